//! The generator: Markdown, settings and a theme become a site and what the edge knows about it.
//!
//! A build is a pure function of the files below the root and of the options. It reads no clock, no network and nothing
//! outside the root, and it changes the site in the output folder only when everything went well. Besides, it keeps what took
//! long to make below `.cache/`, from where it may be deleted.
//!
//! The way of a build, and where each step lives:
//!
//! - `source` reads the files; `yaml`, `moment` and `document` give them types; `diagnostic` is how anything complains.
//! - `config` has the settings and the products, `data` what else templates may ask for; `page` and `site` make pages of files, held
//!   against the `schema` of their section, and `tags` lists those that carry one; `policy` adds versioned documents
//!   and `release` what was released.
//! - `language` makes pages of translations, and says what the site is called in each language.
//! - `theme`, `asset` and `template` are how it looks, and `view` is what templates see; `markdown`, `component`, `render`
//!   and `minify` turn a page into HTML.
//! - `image` gives what pages show a choice of sizes, and looks through drawings; `drawing` draws them into points, for
//!   `social`, what a page looks like where somebody shares it, and `icons`, the site's sign.
//! - `bindery` finishes pages, a lot at a time: `markup` reads their tags, for `image` and for `proof`, which names what leads
//!   nowhere.
//! - `search` makes an index of the finished pages, for themes that ask for it.
//! - `switch` writes ahead what a policy's pages become when its next version takes effect.
//! - `feed`, `sitemap`, `security_txt`, `manifest`, `headers` and `site_data` are for machines; with `xml` for two of them.
//! - `plan` does all of this in order; `output` compares, writes and cleans.
//! - `stamp` remembers what was read and written, and where nothing changed there is nothing to do; `trace` remembers what each
//!   page was made of, and where that is the same, the page is not made again.
//! - `timing` keeps how long each part took, where somebody wants to know; its clock comes from outside.
//! - `standing` is a build in memory, in which one page can be made anew; a `session` has one after the other.
//! - `serve` builds again after each edit, with the edge beside it.
//! - `graph` draws what depends on what in a plan.
//! - `check` makes a plan and writes nothing; `publishing` adds versions to policies. The two are asked for by name, and
//!   they alone look further than the root: at the history of the repository, at a log that was deployed, and at other hosts
//!   where somebody wants it.

mod asset;
mod bindery;

pub mod check;
mod component;
mod config;
mod data;
mod diagnostic;
mod document;
mod drawing;
mod feed;
#[cfg(test)]
mod fixture;
pub mod graph;
mod headers;
mod icons;
mod image;
mod language;
mod manifest;
mod markdown;
mod markup;
mod minify;
mod moment;
pub mod operate;
mod output;
mod page;
mod plan;
mod policy;
mod proof;
pub mod publishing;
mod release;
mod render;
mod schema;
mod search;
mod security_txt;
pub mod serve;
mod session;
mod site;
mod site_data;
mod sitemap;
mod social;
mod source;
mod stamp;
mod standing;
mod switch;
mod tags;
mod template;
mod theme;
pub mod timing;
mod trace;
mod view;
mod xml;
mod yaml;

use std::path::{Path, PathBuf};

use plan::{Plan, Purpose};
use policy::evidence::TestReport;
use site::Edition;
use source::Tree;
use timing::Timing;
use trace::Traces;

pub use diagnostic::Diagnostic;
pub use policy::contract::Register;
pub use session::Session;

/// What to build, as of when, and where to.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder that has `content/` and `themes/`.
    pub root: PathBuf,
    /// Where the site is written.
    pub out: PathBuf,
    /// The moment the site is built for: later pages are left out, and policy versions are in force or not.
    pub at: jiff::Timestamp,
    /// Address to use in the place of the one in `site.yaml`.
    pub base_url: Option<String>,
    /// Whether drafts are part of the site.
    pub drafts: bool,
    /// Whether HTML is minified.
    pub minify: bool,
    /// What a test run wrote, for the page that shows how promises are kept.
    pub test_report: Option<PathBuf>,
    /// Is told what takes long, a line at a time.
    pub progress: fn(&str),
    /// Is told where the build is.
    pub timing: Timing,
}

/// What a build did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Pages of the site.
    pub pages: usize,
    /// Those that are as the last build made them.
    pub pages_kept: usize,
    /// Files that are new or different.
    pub files_written: usize,
    /// Files that were there already, byte for byte.
    pub files_unchanged: usize,
    /// Files and folders of former builds that are gone.
    pub files_removed: usize,
    /// Bytes of all files of the site.
    pub bytes: u64,
    /// What somebody should know, though the site was built.
    pub warnings: Vec<Diagnostic>,
}

/// Builds the site, unless nothing changed since it was built. When anything is wrong, all of it is reported and the output
/// folder stays as it is.
pub fn build(options: &Options) -> Result<Summary, Vec<Diagnostic>> {
    Session::default().begin(options)
}

/// Builds the site and holds its policies against a register of what the code does.
pub fn build_against(options: &Options, register: &Register) -> Result<Summary, Vec<Diagnostic>> {
    check_out(options).map_err(|problem| vec![problem])?;
    build_from(&plan::content(&options.root)?, options, register, None).map(|(summary, _)| summary)
}

fn build_from(
    content: &Tree,
    options: &Options,
    register: &Register,
    traces: Option<&Traces>,
) -> Result<(Summary, Plan), Vec<Diagnostic>> {
    let report = options.test_report.as_deref().map(TestReport::read).transpose().map_err(|problem| vec![problem])?;
    let mut plan = Plan::new(
        content,
        Purpose {
            root: &options.root,
            edition: Edition { at: options.at, drafts: options.drafts },
            base_url: options.base_url.as_deref(),
            minify: options.minify,
            register,
            report: report.as_ref(),
            progress: options.progress,
            timing: &options.timing,
            traces,
            out: Some(&options.out),
        },
    )?;
    let changes = options.timing.of("write", || plan.output.write(&options.out)).map_err(|problem| vec![problem])?;
    let summary = Summary {
        pages: plan.site.pages.len(),
        pages_kept: plan.output.kept().count(),
        files_written: changes.written,
        files_unchanged: changes.unchanged,
        files_removed: changes.removed,
        bytes: plan.output.size(),
        warnings: plan.warnings(),
    };
    Ok((summary, plan))
}

/// Whether a build that failed left the output folder as it was. All but the disk is looked at before anything is moved.
pub fn is_untouched(problems: &[Diagnostic]) -> bool {
    !problems.iter().any(output::is_half)
}

/// A build cleans its output folder, so that must not hold what the build reads.
fn check_out(options: &Options) -> Result<(), Diagnostic> {
    let out = real(&options.out);
    let sources =
        [options.root.clone(), options.root.join("content"), options.root.join("themes")].map(|path| real(&path));
    let inside_source = sources[1..].iter().any(|source| out.starts_with(source));
    if sources.iter().any(|source| source.starts_with(&out)) || inside_source {
        let problem =
            Diagnostic::file(&options.out.display().to_string(), "is not a place for the site: its sources are there");
        return Err(problem.hint("name a folder of its own with `--out`"));
    }
    Ok(())
}

/// A path without links, though its last folders may not be there yet.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let known = absolute.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    known.map_or_else(|| absolute.clone(), |(above, real)| real.join(absolute.strip_prefix(above).unwrap_or(path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, POLICY, SITE};

    #[test]
    fn a_site_has_all_its_pages_and_files() {
        let fixture = Fixture::site();
        let summary = fixture.build().expect("the site builds");
        let files: Vec<String> = fixture
            .outputs()
            .into_keys()
            .map(|path| path.to_string_lossy().into_owned())
            .filter(|path| !path.starts_with("assets/"))
            .collect();
        assert_eq!(
            files,
            [
                ".assetsignore",
                ".well-known/policy-log.json",
                ".well-known/security.txt",
                "404.html",
                "500.html",
                "_headers",
                "_redirects",
                "_shell/index.html",
                "docs/index.html",
                "docs/install/index.html",
                "features/index.html",
                "feed.xml",
                "index.html",
                "privacy/2025-03-31/index.html",
                "privacy/2025-03-31/source.md",
                "privacy/feed.xml",
                "privacy/history/index.html",
                "privacy/index.html",
                "privacy/since/2025-03-31/index.html",
                "privacy/upcoming/index.html",
                "robots.txt",
                "site.json",
                "sitemap.xml"
            ]
        );
        assert_eq!((summary.pages, summary.files_written, summary.warnings.len()), (12, 24, 0));
        assert!(["404.html", "500.html"].iter().all(|page| fixture.output(page).contains("noindex")));
        let shell = fixture.output("_shell/index.html");
        assert!(shell.contains("<title>EDGE-TITLE</title>") && shell.contains("<main id=\"main\">EDGE-MAIN</main>"));
    }

    #[test]
    fn the_same_inputs_give_the_same_bytes_whatever_the_order_of_the_files() {
        let files: Vec<(String, String)> = (0..40)
            .map(|number| {
                let text = format!("---\ntitle: Page {}\nextra: {{b: 1, a: 2}}\n---\n\n## A\n\n## A\n", number % 7);
                (format!("content/p{number}.md"), text)
            })
            .collect();
        let with = |files: &mut dyn Iterator<Item = &(String, String)>| {
            files.fold(Fixture::site(), |fixture, (path, text)| fixture.with(path, text))
        };
        let (first, second) = (with(&mut files.iter()), with(&mut files.iter().rev()));
        first.build().expect("the site builds");
        second.build().expect("the site builds");
        assert_eq!(first.outputs(), second.outputs());
        let again = first.build().expect("the site builds");
        assert_eq!((again.files_written, again.files_removed), (0, 0));
    }

    #[test]
    fn a_failed_build_leaves_the_old_site_as_it_was() {
        let mut fixture = Fixture::site();
        fixture.build().expect("the site builds");
        let before = fixture.outputs();
        for (path, broken, whole) in [
            ("content/features.md", "---\ntitel: A\n---\n", "---\ntitle: Features\n---\n"),
            ("content/site.yaml", "title: A", SITE),
            ("content/privacy/2025-03-31.md", "---\n---\n", POLICY),
        ] {
            fixture = fixture.with(path, broken);
            assert!(fixture.build().is_err(), "{path}");
            assert_eq!(fixture.outputs(), before, "{path}");
            fixture = fixture.with(path, whole);
        }
    }

    #[test]
    fn everything_that_is_wrong_is_reported_at_once_and_in_order() {
        let problems = Fixture::site()
            .with("content/site.yaml", SITE.replace("title: Fixture", "titel: Fixture"))
            .with("content/products.yaml", "- id: A\n")
            .with("content/a.md", "---\ntitle: \"A\n---\n")
            .with("content/b.md", "---\ntitle: B\ndate: soon\n---\n")
            .with("content/c.md", "no front matter")
            .with("content/d.md", b"---\ntitle: \xff\n---\n")
            .build()
            .expect_err("six files are broken");
        let places: Vec<(&str, usize)> = problems.iter().map(|problem| (problem.file.as_str(), problem.line)).collect();
        assert_eq!(
            places,
            [
                ("content/a.md", 2),
                ("content/b.md", 3),
                ("content/c.md", 1),
                ("content/d.md", 2),
                ("content/products.yaml", 1),
                ("content/site.yaml", 1)
            ]
        );
    }

    #[test]
    fn two_pages_with_one_address_are_both_named() {
        let problem = Fixture::site().with("content/features/_index.md", "---\ntitle: A\n---\n").problem();
        let shown = problem.to_string();
        assert!(shown.contains("content/features.md") && shown.contains("content/features/_index.md"), "{shown}");
    }

    #[test]
    fn a_reference_that_leads_nowhere_is_named_at_its_line() {
        let problem = Fixture::site().with("content/a.md", "---\ntitle: A\n---\n\nSee [this][nowhere].\n").problem();
        assert_eq!(
            (problem.line, problem.column, problem.message.as_str()),
            (5, 5, "nothing defines the link `nowhere`")
        );
    }

    #[test]
    fn a_bare_folder_of_pages_is_a_site() {
        let fixture = Fixture::empty().with("content/a.md", "---\ntitle: First\n---\n\nHello.\n");
        fixture.build().expect("the site builds");
        assert!(fixture.output("a/index.html").contains("Hello."));
        assert!(fixture.output("index.html").contains("href=\"/a/\""));
    }

    #[test]
    fn an_empty_root_says_what_is_missing() {
        assert_eq!(Fixture::empty().problem().message, "there is nothing to build");
    }

    #[test]
    fn sources_are_never_the_output() {
        let fixture = Fixture::site();
        for out in ["", "content", "content/public", "themes/x"] {
            let out = fixture.root().join(out);
            assert!(build(&Options { out, ..fixture.options() }).is_err());
        }
        assert!(fixture.root().join("content/features.md").exists());
    }

    #[test]
    fn the_base_url_is_everywhere_the_address_is() {
        let fixture = Fixture::site();
        let options = Options { base_url: Some("http://localhost:8080".to_owned()), ..fixture.options() };
        build(&options).expect("the site builds");
        for (path, text) in fixture.outputs() {
            let text = String::from_utf8_lossy(&text).replace("https://example.com/support/", "");
            assert!(!text.contains("https://example.com"), "{}", path.display());
        }
    }

    #[test]
    fn pages_are_minified_unless_told_otherwise() {
        let fixture = Fixture::site();
        fixture.build().expect("the site builds");
        let small = fixture.output("features/index.html").len();
        build(&Options { minify: false, ..fixture.options() }).expect("the site builds");
        assert!(small < fixture.output("features/index.html").len());
    }
}
