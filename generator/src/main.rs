//! The command line: the only place that prints, exits and reads the clock.

mod command_line;

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use clap::Parser;
use generator::{Diagnostic, Options, Summary, check, publishing};

use command_line::{Build, Check, Cli, Command, Desk, Document, Export, Format, Import, Policy, Serve};

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Build(arguments) => build(arguments),
        Command::Serve(arguments) => serve(arguments),
        Command::Export(arguments) => export(&arguments),
        Command::Import(arguments) => import(&arguments),
        Command::Desk(arguments) => desk(&arguments),
        Command::Check(arguments) => check(arguments),
        Command::Policy(command) => policy(command),
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
    let result = tokio::runtime::Runtime::new().map_err(Into::into).and_then(|runtime| {
        let world = generator::serve::World { now: jiff::Timestamp::now, env, say: say as fn(&str), ready };
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

fn export(arguments: &Export) -> ExitCode {
    let result = generator::operate::export(&arguments.data_dir, &arguments.out, arguments.open, env);
    told(result.map(|count| format!("{count} records in {}", arguments.out.display())))
}

fn import(arguments: &Import) -> ExitCode {
    let Import { from, ledger, data_dir, at } = arguments;
    let at = at.unwrap_or_else(jiff::Timestamp::now);
    let result = generator::operate::import(from, ledger, data_dir, at, env);
    told(result.map(|done| {
        format!("{} records in {}; {} people deleted again", done.records, data_dir.display(), done.erased)
    }))
}

fn desk(arguments: &Desk) -> ExitCode {
    let at = arguments.at.unwrap_or_else(jiff::Timestamp::now);
    told(generator::operate::attention(&arguments.data_dir, at, env).map(|lines| lines.join("\n")))
}

/// A setting of the environment.
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Says what was done, or why it was not.
fn told(result: Result<String, generator::operate::OperateError>) -> ExitCode {
    match result {
        Ok(text) => {
            print(&mut io::stdout(), &text);
            ExitCode::SUCCESS
        }
        Err(error) => {
            print(&mut io::stderr(), &format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Findings are what this command is for, so they go to standard output.
fn check(arguments: Check) -> ExitCode {
    let at = arguments.at.unwrap_or_else(jiff::Timestamp::now);
    let (root, deployed) = (arguments.root, arguments.deployed);
    let report = check::check(&check::Arguments { root, at, deployed });
    match arguments.format {
        Format::Json => print(&mut io::stdout(), &report.json()),
        Format::Github => report.annotations().iter().for_each(|line| print(&mut io::stdout(), line)),
        Format::Text => {
            report.lines().iter().for_each(|line| print(&mut io::stdout(), line));
            print(&mut io::stderr(), &format!("{} errors", report.errors.len()));
        }
    }
    if report.errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn policy(command: Policy) -> ExitCode {
    let subject = |document: Document| publishing::Subject {
        root: document.root,
        at: document.at.unwrap_or_else(jiff::Timestamp::now),
        folder: document.folder,
    };
    let shown = match command {
        Policy::Status(document) => publishing::status(&subject(document)).map(|status| status.to_string()),
        Policy::New { day, document } => publishing::draft(&subject(document), &day).map(|draft| draft.to_string()),
        Policy::Publish { file, document } => {
            let published = publishing::publish(&subject(document), &file);
            report("warning", "33", published.as_ref().map_or(&[], |published| &published.warnings));
            published.map(|published| published.to_string())
        }
        Policy::Diff { older, newer, document } => {
            publishing::difference(&subject(document), &older, &newer, is_coloured(&io::stdout()))
        }
        Policy::Contract { version, document } => publishing::contract(&subject(document), version.as_deref()),
    };
    match shown {
        Ok(text) => {
            print(&mut io::stdout(), &text);
            ExitCode::SUCCESS
        }
        Err(problems) => {
            report("error", "31", &problems);
            ExitCode::FAILURE
        }
    }
}

/// Resolves when somebody wants the server to stop. Whoever asks twice does not want to wait.
async fn stop_signal() {
    signalled().await;
    tokio::spawn(async {
        signalled().await;
        std::process::exit(130);
    });
}

/// Resolves at the next signal to stop.
async fn signalled() {
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
        test_report: arguments.test_report,
        progress: say,
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
    let word = if is_coloured(&io::stderr()) { format!("\u{1b}[1;{colour}m{word}\u{1b}[0m") } else { word.to_owned() };
    for finding in findings {
        print(&mut io::stderr(), &format!("{word}: {finding}\n"));
    }
}

/// Whether a stream shows colours, and its reader wants them (<https://no-color.org>).
fn is_coloured(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Says what goes on, beside what was asked for.
fn say(line: &str) {
    print(&mut io::stderr(), line);
}

/// Prints a line. A reader that went away, such as `head`, is no reason to fail.
fn print(stream: &mut impl Write, line: &str) {
    let _ = writeln!(stream, "{line}");
}
