//! The command line: the only place that prints, exits and reads the clock.

mod command_line;
mod progress;

use std::{
    io::{self, IsTerminal, Write},
    path::Path,
    process::ExitCode,
    sync::OnceLock,
    time::{Duration, Instant},
};

use clap::Parser;
use generator::{
    Diagnostic, Options, Summary, check, publishing,
    timing::{self, Timing},
};

use command_line::{Build, Check, Cli, Command, Desk, Document, Export, Format, Graph, Import, Policy, Serve, Shape};

/// A build makes many small texts on all cores, and lets them go again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Build(arguments) => build(arguments),
        Command::Serve(arguments) => serve(arguments),
        Command::Export(arguments) => export(&arguments),
        Command::Import(arguments) => import(&arguments),
        Command::Desk(arguments) => desk(&arguments),
        Command::Check(arguments) => check(arguments),
        Command::Graph(arguments) => graph(arguments),
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
    // What is known of other hosts gets old by the real clock, whenever the site is checked for.
    let external = arguments.external.then(|| check::External {
        now: jiff::Timestamp::now(),
        private: arguments.external_private,
        progress: say,
    });
    let report = check::check(&check::Arguments { root, at, deployed, external });
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

fn graph(arguments: Graph) -> ExitCode {
    let at = arguments.at.unwrap_or_else(jiff::Timestamp::now);
    let graph = match generator::graph::graph(&arguments.root, at) {
        Ok(graph) => graph,
        Err(problems) => {
            report("error", "31", &problems);
            return ExitCode::FAILURE;
        }
    };
    let text = match arguments.format {
        Shape::Svg => graph.svg(),
        Shape::Text => graph.text(),
        Shape::Json => graph.json(),
    };
    let Some(file) = arguments.out else {
        print(&mut io::stdout(), text.trim_end());
        return ExitCode::SUCCESS;
    };
    written(&file, &text)
}

/// Writes what was asked for to a file.
fn written(file: &Path, text: &str) -> ExitCode {
    match std::fs::write(file, text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print(&mut io::stderr(), &format!("error: {}: cannot be written: {error}", file.display()));
            ExitCode::FAILURE
        }
    }
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
    let timing = if arguments.timings.is_some() { Timing::detailed(clock) } else { Timing::new(clock) };
    let options = Options {
        root: arguments.root,
        out,
        at: arguments.at.unwrap_or_else(jiff::Timestamp::now),
        base_url: arguments.base_url,
        drafts: arguments.drafts,
        minify: !arguments.no_minify,
        test_report: arguments.test_report,
        progress: say,
        timing: timing.clone(),
    };
    let bar = progress::Bar::beside(&timing);
    let built = generator::build(&options);
    drop(bar);
    match built {
        Ok(summary) => {
            report("warning", "33", &summary.warnings);
            for line in &summary_lines(&summary, &options) {
                print(&mut io::stdout(), line);
            }
            arguments.timings.map_or(ExitCode::SUCCESS, |file| write_timings(&file, &summary, &options))
        }
        Err(problems) => {
            report("error", "31", &problems);
            let count = problems.len();
            let errors = if count == 1 { "error" } else { "errors" };
            let left = if generator::is_untouched(&problems) { ", nothing written" } else { "" };
            print(&mut io::stderr(), &format!("{count} {errors}{left}"));
            ExitCode::FAILURE
        }
    }
}

/// What was built, and where its time went.
fn summary_lines(summary: &Summary, options: &Options) -> [String; 2] {
    let Summary { pages, pages_kept, files_written, files_unchanged, files_removed, bytes, .. } = summary;
    let out = options.out.display();
    let made = if *pages_kept > 0 { format!(", {} made anew", pages - pages_kept) } else { String::new() };
    let done = format!(
        "{pages} pages in {out}{made}: {files_written} files written, {files_unchanged} unchanged, {files_removed} removed"
    );
    let (bytes, total) = (timing::bytes(*bytes), timing::time(options.timing.total()));
    let stages = options.timing.stages();
    // What looks whether there is anything to do is short, and the page of timings has it.
    let is_told = |stage: &&timing::Stage| stage.depth == 0 && !matches!(stage.name, "look" | "recall" | "remember");
    let told: Vec<String> =
        stages.iter().filter(is_told).map(|stage| format!("{} {}", stage.name, timing::time(stage.time()))).collect();
    if told.is_empty() {
        return [done, format!("{bytes} in {total}: nothing had changed")];
    }
    [done, format!("{bytes} in {total}: {}", told.join(", "))]
}

/// Writes how long the build took. The site is there all the same when that fails, and yet it was asked for.
fn write_timings(file: &Path, summary: &Summary, options: &Options) -> ExitCode {
    let about = timing::About { line: summary_lines(summary, options)[0].clone() + ".", memory: memory_peak() };
    written(file, &options.timing.page_of_all(&about))
}

/// The time since the program began to look.
fn clock() -> Duration {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed()
}

/// Most memory that this program had at once, where the system says so.
fn memory_peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
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
    progress::above(|| print(&mut io::stderr(), line));
}

/// Prints a line. A reader that went away, such as `head`, is no reason to fail.
fn print(stream: &mut impl Write, line: &str) {
    let _ = writeln!(stream, "{line}");
}
