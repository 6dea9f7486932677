//! The words of the command line: what can be asked, and how. What happens then is in `main.rs`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Builds the site of a folder with `content/` and `themes/`.
#[derive(Debug, Parser)]
#[command(name = "site", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Build the site.
    #[command(after_help = "Example: site build --at 2026-11-22T00:00:00Z --out public")]
    Build(Build),
    /// Build the site, serve it with the edge, and build again after each edit.
    #[command(after_help = "Example: site serve --port 8080")]
    Serve(Serve),
    /// Write the whole store to a folder, a record a line: a copy to go back to, sealed as it is stored.
    #[command(after_help = "Example: site export --data-dir .site --out backup")]
    Export(Export),
    /// Go back to such a copy, and delete again whoever was deleted after it was made.
    #[command(after_help = "Example: site import --from backup --ledger newest/ledger.jsonl --data-dir .site")]
    Import(Import),
    /// Show what staff have to look at: purchases set aside, reports without a purchase, prices, notices.
    #[command(after_help = "Example: site desk --data-dir .site")]
    Desk(Desk),
    /// Check everything a build checks, and the policies against the past.
    #[command(
        after_help = "Example: site check --deployed https://example.com --format json\n         site check --external"
    )]
    Check(Check),
    /// Show what depends on what: content, templates, assets, data and policies.
    #[command(after_help = "Example: site graph --out graph.svg")]
    Graph(Graph),
    /// Work on a policy: its versions, and what they promise.
    #[command(subcommand)]
    Policy(Policy),
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Folder that has `content/` and `themes/`.
    #[arg(long, default_value = ".")]
    pub(crate) root: PathBuf,
    /// Moment to check for, as RFC 3339; now when left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,
    /// Address of the deployed site, or a copy of its `policy-log.json`.
    #[arg(long, value_name = "FILE_OR_URL")]
    pub(crate) deployed: Option<String>,
    /// Ask other hosts whether what pages lead to is there. What they answer is kept in `.cache/links.json`.
    #[arg(long)]
    pub(crate) external: bool,
    /// Ask hosts of this machine and of private networks too, for tests.
    #[arg(long, hide = true, requires = "external")]
    pub(crate) external_private: bool,
    /// How to show what was found.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Graph {
    /// Folder that has `content/` and `themes/`.
    #[arg(long, default_value = ".")]
    pub(crate) root: PathBuf,
    /// Moment to look at, as RFC 3339; now when left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,
    /// File to write to [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = Shape::Svg)]
    pub(crate) format: Shape,
}

/// How a graph is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// A picture for browsers.
    Svg,
    /// A list for people: each thing and what it depends on.
    Text,
    /// For programs: nodes and edges.
    Json,
}

/// How findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, with the line and a hint.
    Text,
    /// For programs: a list of objects.
    Json,
    /// As annotations of GitHub Actions, which show them beside the changed lines.
    Github,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Show the versions, which is in force, which is upcoming, and the days left.
    #[command(after_help = "Example: site policy status --at 2026-11-22T00:00:00Z")]
    Status(Document),
    /// Begin a draft from the version in force.
    #[command(after_help = "Example: site policy new 2027-06-01")]
    New {
        /// Day it comes into force.
        #[arg(value_name = "DATE")]
        day: String,
        #[command(flatten)]
        document: Document,
    },
    /// Freeze a draft into the lock.
    #[command(after_help = "Example: site policy publish content/privacy/2027-06-01.md")]
    Publish {
        /// The draft, as a path from the root.
        file: PathBuf,
        #[command(flatten)]
        document: Document,
    },
    /// Show what is different between two versions.
    #[command(after_help = "Example: site policy diff 2025-03-31 2027-06-01")]
    Diff {
        /// The older version.
        older: String,
        /// The newer version.
        newer: String,
        #[command(flatten)]
        document: Document,
    },
    /// Show what a version promises beside what the code does.
    #[command(after_help = "Example: site policy contract 2027-06-01")]
    Contract {
        /// The version; the one in force when left out.
        version: Option<String>,
        #[command(flatten)]
        document: Document,
    },
}

/// Which document, and as of when.
#[derive(Debug, Args)]
pub(crate) struct Document {
    /// Folder that has `content/` and `themes/`.
    #[arg(long, default_value = ".")]
    pub(crate) root: PathBuf,
    /// Moment to work at, as RFC 3339; now when left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,
    /// The document's folder below `content/`.
    #[arg(long, value_name = "DIR", default_value = "privacy")]
    pub(crate) folder: String,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Folder of the store.
    #[arg(long, value_name = "DIR", default_value = ".site")]
    pub(crate) data_dir: PathBuf,
    /// Folder to write to.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Open what is sealed, to look into it. Such a copy is not for going back to.
    #[arg(long)]
    pub(crate) open: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Folder of the copy.
    #[arg(long, value_name = "DIR")]
    pub(crate) from: PathBuf,
    /// The newest `ledger.jsonl` that there is: of the last export before whatever happened.
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: PathBuf,
    /// Folder of the store, which is to have none yet.
    #[arg(long, value_name = "DIR", default_value = ".site")]
    pub(crate) data_dir: PathBuf,
    /// Moment at which it is done, as RFC 3339; now when left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,
}

#[derive(Debug, Args)]
pub(crate) struct Desk {
    /// Folder of the store; no server may run on it.
    #[arg(long, value_name = "DIR", default_value = ".site")]
    pub(crate) data_dir: PathBuf,
    /// Moment to look at it, as RFC 3339; now when left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Folder that has `content/` and `themes/`.
    #[arg(long, default_value = ".")]
    pub(crate) root: PathBuf,
    /// Port on this machine; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Moment at which the clock starts, as RFC 3339; now when left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,
    /// Folder for the store, the mails and the built site [default: `.site` in the root].
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Do not open a browser.
    #[arg(long)]
    pub(crate) no_open: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// Folder that has `content/` and `themes/`.
    #[arg(long, default_value = ".")]
    pub(crate) root: PathBuf,
    /// Moment to build for, as RFC 3339; now when left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,
    /// Folder to write the site to [default: `public` in the root].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Address of the site in the place of the one in `site.yaml`.
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Build drafts too.
    #[arg(long)]
    pub(crate) drafts: bool,
    /// Report of a test run, for the page that shows how promises are kept.
    #[arg(long, value_name = "FILE")]
    pub(crate) test_report: Option<PathBuf>,
    /// Write a page to this file that shows how long each part of the build took.
    #[arg(long, value_name = "FILE")]
    pub(crate) timings: Option<PathBuf>,
    /// Leave HTML as the templates write it.
    #[arg(long)]
    pub(crate) no_minify: bool,
}
