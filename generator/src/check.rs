//! `site check`: everything a build checks, without writing; then the locks of policies against what was said before, in the
//! history of the repository and in a log that was deployed; and other hosts for what pages lead to, where somebody
//! wants it. Only a picture that it had to encode is kept for the next time, and what those hosts said.
//!
//! A lock that is whole proves that nobody edited it by accident. Only its former states prove that nobody wrote all of
//! it anew.

mod deployed;
mod external;
mod history;

use std::path::PathBuf;

use serde::Serialize;

use crate::{
    diagnostic::{self, Diagnostic},
    plan::{self, Plan, Purpose},
    policy::{
        contract,
        lock::{Lock, Record},
    },
    proof::{Proof, advice, elsewhere::Elsewhere},
    site::Edition,
    source::Tree,
};

pub use external::External;

/// What to check, and against what.
#[derive(Debug, Clone)]
pub struct Arguments {
    /// The folder that has `content/` and `themes/`.
    pub root: PathBuf,
    /// The moment the site is checked for.
    pub at: jiff::Timestamp,
    /// A deployed `policy-log.json`: a path, or an address that begins with `http://` or `https://`.
    pub deployed: Option<String>,
    /// Whether other hosts are asked for what pages lead to, and how.
    pub external: Option<External>,
}

/// What was found. The site is in order when there is no error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What is wrong.
    pub errors: Vec<Diagnostic>,
    /// What somebody should know, though nothing is wrong.
    pub warnings: Vec<Diagnostic>,
    /// What could not be checked, and why.
    pub notes: Vec<Diagnostic>,
}

/// Checks a site.
pub fn check(arguments: &Arguments) -> Report {
    let mut report = Report::default();
    let content = match plan::content(&arguments.root) {
        Ok(content) => content,
        Err(errors) => return Report { errors, ..report },
    };
    let edition = Edition { at: arguments.at, drafts: false };
    let register = contract::register();
    match Plan::new(&content, Purpose::plain(&arguments.root, edition, &register)) {
        Ok(plan) => {
            report.notes.extend(plan.notes.clone());
            let url = &plan.config.url;
            let advice = advice::advice(&plan.output, &plan.site.pages, url);
            report.warnings = diagnostic::sorted(plan.warnings().into_iter().chain(advice).collect());
            if let Some(external) = arguments.external {
                external::check(external, &arguments.root, elsewhere(&plan, &content), url, &mut report);
            }
        }
        Err(problems) => report.errors = problems,
    }
    history::check(&arguments.root, &content, &mut report);
    if let Some(place) = &arguments.deployed {
        deployed::check(place, &content, &mut report);
    }
    report.errors = diagnostic::sorted(report.errors);
    report
}

/// What the pages of a plan lead to on other hosts.
fn elsewhere(plan: &Plan, content: &Tree) -> Elsewhere {
    let Plan { output, site, config, made, .. } = plan;
    Proof { output, redirects: &site.redirects, config, content, theme: &made.theme }.elsewhere()
}

/// The first line in which a lock is not what it once was, in the words of who has the older state.
fn departure(present: &Lock, older: &[Record], holder: &str) -> Option<Diagnostic> {
    let index = present.departs_from(older)?;
    let id = &older[index].id;
    Some(match present.entries.get(index) {
        Some(entry) => {
            let message = format!("line {} is not the one that {holder} has for version {id}", entry.number);
            present.finding(entry, 0, message)
        }
        None => Diagnostic::file(&present.file, format!("the line of version {id} is gone; {holder} has it")),
    })
}

/// A finding as programs read it.
#[derive(Debug, Serialize)]
struct Finding<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    level: &'static str,
    message: &'a str,
    hint: Option<&'a str>,
}

impl Report {
    /// All findings, errors first.
    fn findings(&self) -> impl Iterator<Item = Finding<'_>> {
        let levels = [("error", &self.errors), ("warning", &self.warnings), ("note", &self.notes)];
        levels.into_iter().flat_map(|(level, found)| {
            found.iter().map(move |Diagnostic { file, line, column, message, hint, .. }| Finding {
                file,
                line: *line,
                column: *column,
                level,
                message,
                hint: hint.as_deref(),
            })
        })
    }

    /// An array of objects with `file`, `line`, `column`, `level`, `message` and `hint`.
    pub fn json(&self) -> String {
        let findings: Vec<Finding<'_>> = self.findings().collect();
        serde_json::to_string_pretty(&findings).expect("strings and numbers always have a JSON form")
    }

    /// One line a finding as the annotations of GitHub Actions are written
    /// (<https://docs.github.com/actions/reference/workflow-commands-for-github-actions>).
    pub fn annotations(&self) -> Vec<String> {
        let text = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        let value = |written: &str| text(written).replace(':', "%3A").replace(',', "%2C");
        let lines = self.findings().map(|Finding { file, line, column, level, message, hint }| {
            let level = if level == "note" { "notice" } else { level };
            let place = if line == 0 { String::new() } else { format!(",line={line},col={column}") };
            let hint = hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
            format!("::{level} file={}{place}::{}", value(file), text(&format!("{message}{hint}")))
        });
        lines.collect()
    }

    /// One line a finding: `file:line:column: level: message (hint)`.
    pub fn lines(&self) -> Vec<String> {
        let lines = self.findings().map(|Finding { file, line, column, level, message, hint }| {
            let place = if line == 0 { file.to_owned() } else { format!("{file}:{line}:{column}") };
            let hint = hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
            format!("{place}: {level}: {message}{hint}")
        });
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, POLICY};

    /// The report about a fixture at the moment of an ordinary build.
    pub(super) fn report(fixture: &Fixture, deployed: Option<&str>) -> Report {
        let options = fixture.options();
        check(&Arguments { root: options.root, at: options.at, deployed: deployed.map(str::to_owned), external: None })
    }

    #[test]
    fn a_site_in_order_has_no_error_and_nothing_is_written() {
        let fixture = Fixture::site();
        let report = report(&fixture, None);
        let is_order = |warning: &Diagnostic| warning.message.ends_with("has no description");
        assert!(report.errors.is_empty() && report.warnings.iter().all(is_order), "{report:?}");
        assert!(!fixture.root().join("public").exists());
    }

    #[test]
    fn everything_that_stops_a_build_is_an_error() {
        let fixture = Fixture::site()
            .with("content/a.md", "---\ntitle: A\n---\n\nSee [this][nowhere].\n")
            .with("content/privacy/2026-06-01.md", POLICY.replace("2025-03-31", "2026-06-01"));
        let errors = report(&fixture, None).errors;
        let built = fixture.build().expect_err("not frozen");
        assert_eq!(errors, built);
        assert!(report(&Fixture::empty(), None).errors[0].message.contains("nothing to build"));
    }

    #[test]
    fn findings_are_lines_for_people_and_objects_for_programs() {
        let report = Report {
            errors: vec![Diagnostic::at("content/a.md", "x", (1, 1), 1, "is \"wrong\"").hint("mend it")],
            warnings: vec![Diagnostic::file("content/b.md", "is odd")],
            notes: vec![],
        };
        assert_eq!(
            report.lines(),
            ["content/a.md:1:1: error: is \"wrong\" (mend it)", "content/b.md: warning: is odd"]
        );
        assert_eq!(
            report.annotations(),
            ["::error file=content/a.md,line=1,col=1::is \"wrong\" (mend it)", "::warning file=content/b.md::is odd"]
        );
        let json: serde_json::Value = serde_json::from_str(&report.json()).expect("well-formed");
        assert_eq!(
            json,
            serde_json::json!([
                {"file": "content/a.md", "line": 1, "column": 1, "level": "error", "message": "is \"wrong\"", "hint": "mend it"},
                {"file": "content/b.md", "line": 0, "column": 0, "level": "warning", "message": "is odd", "hint": null}
            ])
        );
        assert_eq!(Report::default().json(), "[]");
    }
}
