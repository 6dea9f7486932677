//! The command line: the only place that prints, exits and reads the clock.

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use generator::{Diagnostic, Options, Summary};

/// Builds the site of a folder with `content/` and `themes/`.
#[derive(Debug, Parser)]
#[command(name = "site", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build the site.
    #[command(after_help = "Example: site build --at 2026-11-22T00:00:00Z --out public")]
    Build(Build),
    /// Build the site, serve it with the edge, and build again after each edit.
    #[command(after_help = "Example: site serve --port 8080")]
    Serve(Serve),
}

#[derive(Debug, Args)]
struct Serve {
    /// Folder that has `content/` and `themes/`.
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// Port on this machine; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Moment at which the clock starts, as RFC 3339; now when left out.
    #[arg(long, value_name = "TIME")]
    at: Option<jiff::Timestamp>,
    /// Folder for the store, the mails and the built site [default: `.site` in the root].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Do not open a browser.
    #[arg(long)]
    no_open: bool,
}

#[derive(Debug, Args)]
struct Build {
    /// Folder that has `content/` and `themes/`.
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// Moment to build for, as RFC 3339; now when left out.
    #[arg(long, value_name = "TIME")]
    at: Option<jiff::Timestamp>,
    /// Folder to write the site to [default: `public` in the root].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Address of the site in the place of the one in `site.yaml`.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Build drafts too.
    #[arg(long)]
    drafts: bool,
    /// Leave HTML as the templates write it.
    #[arg(long)]
    no_minify: bool,
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Build(arguments) => build(arguments),
        Command::Serve(arguments) => serve(arguments),
    }
}

fn serve(arguments: Serve) -> ExitCode {
    let data_dir = arguments.data_dir.unwrap_or_else(|| arguments.root.join(".site"));
    let what = generator::serve::Arguments { root: arguments.root, port: arguments.port, at: arguments.at, data_dir };
    let browser = !arguments.no_open && io::stdout().is_terminal();
    let ready = move |address: &str| {
        print(&mut io::stdout(), &format!("Serving {address} (stop with Ctrl+C)"));
        if browser {
            // Without a browser the address is all there is.
            let _ = open::that_detached(address);
        }
    };
    let say = |line: &str| print(&mut io::stderr(), line);
    let env = |name: &str| std::env::var(name).ok();
    let result = tokio::runtime::Runtime::new().map_err(Into::into).and_then(|runtime| {
        let world = generator::serve::World { now: jiff::Timestamp::now, env, say, ready };
        runtime.block_on(generator::serve::serve(what, world, stop_signal()))
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print(&mut io::stderr(), &format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Resolves when somebody wants the server to stop.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
            return;
        }
    }
    let _ = interrupt.await;
}

fn build(arguments: Build) -> ExitCode {
    let out = arguments.out.unwrap_or_else(|| arguments.root.join("public"));
    let options = Options {
        root: arguments.root,
        out,
        at: arguments.at.unwrap_or_else(jiff::Timestamp::now),
        base_url: arguments.base_url,
        drafts: arguments.drafts,
        minify: !arguments.no_minify,
    };
    match generator::build(&options) {
        Ok(summary) => {
            report("warning", "33", &summary.warnings);
            print(&mut io::stdout(), &summary_line(&summary, &options));
            ExitCode::SUCCESS
        }
        Err(problems) => {
            report("error", "31", &problems);
            let count = problems.len();
            print(
                &mut io::stderr(),
                &format!("{count} {}, nothing written", if count == 1 { "error" } else { "errors" }),
            );
            ExitCode::FAILURE
        }
    }
}

fn summary_line(summary: &Summary, options: &Options) -> String {
    format!(
        "{} pages in {}: {} files written, {} unchanged, {} removed",
        summary.pages,
        options.out.display(),
        summary.files_written,
        summary.files_unchanged,
        summary.files_removed
    )
}

/// Shows findings; the word in front is coloured for people and plain for programs.
fn report(word: &str, colour: &str, findings: &[Diagnostic]) {
    let coloured = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let word = if coloured { format!("\u{1b}[1;{colour}m{word}\u{1b}[0m") } else { word.to_owned() };
    for finding in findings {
        print(&mut io::stderr(), &format!("{word}: {finding}\n"));
    }
}

/// Prints a line. A reader that went away, such as `head`, is no reason to fail.
fn print(stream: &mut impl Write, line: &str) {
    let _ = writeln!(stream, "{line}");
}
