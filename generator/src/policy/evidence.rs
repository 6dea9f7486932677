//! Evidence that promises are kept: the audits that people wrote down, and the report of the tests.
//!
//! Neither is ever typed into a page. Audits are dated entries of `content/evidence/audits.yaml`; the test report is the
//! file that a test run wrote (`site build --test-report FILE`), and without it the page says that nothing was run.

use std::{collections::BTreeMap, path::Path};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    contract::{Contract, Evidence},
    version::Day,
};
use crate::{
    diagnostic::Diagnostic,
    moment::DateView,
    source::{self, Tree},
    yaml::{self, Complaint},
};

const AUDITS: &str = "content/evidence/audits.yaml";

/// A security audit that took place.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Audit {
    pub(crate) date: Day,
    /// What was looked at.
    pub(crate) scope: String,
    /// SHA-256 of the auditor's report, so that nobody can exchange it afterwards.
    pub(crate) report_sha256: Hash,
}

/// 64 hexadecimal digits.
#[derive(Debug, Clone)]
pub(crate) struct Hash(pub(crate) String);

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        yaml::parsed(deserializer, "a SHA-256", |written| {
            let is_hash = written.len() == 64 && written.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            let complaint = || {
                Complaint::new(format!("`{written}` is not a SHA-256"))
                    .hint("write the 64 digits that `sha256sum` prints, in quotes")
            };
            is_hash.then(|| Self(written.to_owned())).ok_or_else(complaint)
        })
    }
}

/// An audit as pages show it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AuditView {
    pub(crate) date: DateView,
    pub(crate) scope: String,
    pub(crate) report_sha256: String,
}

/// The audits, the newest first; none when nobody wrote any down.
pub(crate) fn audits(content: &Tree) -> Result<Vec<Audit>, Diagnostic> {
    let Some(bytes) = content.bytes(AUDITS) else { return Ok(Vec::new()) };
    let text = source::text(AUDITS, bytes)?;
    // A file of comments alone has no audits.
    let audits: Option<Vec<Audit>> = yaml::parse(AUDITS, text, 0..text.len())?;
    let mut audits = audits.unwrap_or_default();
    audits.sort_by_key(|audit| std::cmp::Reverse(audit.date));
    Ok(audits)
}

/// What a test run wrote: when it was, and how each test came out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestReport {
    #[serde(deserialize_with = "instant")]
    pub(crate) at: Timestamp,
    /// By name: whether it passed.
    pub(crate) tests: BTreeMap<String, bool>,
}

fn instant<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

impl TestReport {
    /// Reads a report from its file.
    pub(crate) fn read(path: &Path) -> Result<Self, Diagnostic> {
        let file = path.display().to_string();
        Self::parse(&file, &source::read_text(path)?)
    }

    /// Understands a report; `file` is how findings name it.
    fn parse(file: &str, text: &str) -> Result<Self, Diagnostic> {
        serde_json::from_str(text).map_err(|error| {
            Diagnostic::at(file, text, (error.line(), error.column().max(1)), 1, "is not a test report")
                .hint(format!("it is written by a test run: {{\"at\": TIME, \"tests\": {{NAME: true}}}} ({error})"))
        })
    }

    /// Whether a test passed; none when it was not run.
    pub(crate) fn passed(&self, name: &str) -> Option<bool> {
        self.tests.get(name).copied()
    }

    /// Tests that the contract names and that did not pass in this run.
    pub(crate) fn problems(&self, contract: &Contract) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        for promise in &contract.sentences {
            for name in promise.tests.iter().flat_map(|Evidence { shows, defect }| [shows, defect]) {
                let what = match self.passed(name) {
                    Some(true) => continue,
                    Some(false) => "failed",
                    None => "is not in the test report",
                };
                let finding = contract.finding(promise, format!("the test `{name}` {what}"));
                problems.push(finding.hint("mend it, or name a test that shows the promise"));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn read(yaml: &str) -> Result<Vec<Audit>, Diagnostic> {
        let fixture = Fixture::empty().with("content/evidence/audits.yaml", yaml);
        audits(&Tree::read(fixture.root(), "content").expect("readable"))
    }

    #[test]
    fn audits_come_newest_first_and_may_be_none() {
        let hash = "a".repeat(64);
        let entry = |date: &str| format!("- {{date: {date}, scope: edge, report_sha256: \"{hash}\"}}\n");
        let audits = read(&(entry("2025-01-02") + &entry("2026-01-02"))).expect("audits");
        assert_eq!(
            audits.iter().map(|audit| audit.date.0.to_string()).collect::<Vec<_>>(),
            ["2026-01-02", "2025-01-02"]
        );
        assert!(read("# none yet\n").expect("none").is_empty());
    }

    #[test]
    fn a_hash_that_is_none_is_refused_at_its_place() {
        let problem = read("- date: 2025-01-02\n  scope: edge\n  report_sha256: abc\n").expect_err("no hash");
        assert_eq!((problem.line, problem.column), (3, 18), "{problem}");
    }

    #[test]
    fn a_report_says_what_passed_and_when() {
        let report = TestReport::parse("r.json", r#"{"at":"2026-05-04T09:00:00Z","tests":{"a":true,"b":false}}"#)
            .expect("a report");
        assert_eq!((report.passed("a"), report.passed("b"), report.passed("c")), (Some(true), Some(false), None));
        assert!(TestReport::parse("r.json", "{").is_err());
    }
}
