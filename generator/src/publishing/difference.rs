//! What is different between two versions, for a terminal.

use super::{Opened, Subject};
use crate::{
    diagnostic::Diagnostic,
    policy::{Version, redline::Redline, succession::Succession},
};

/// The redline of two versions, drafts included, below what the change means.
pub fn difference(subject: &Subject, older: &str, newer: &str, colour: bool) -> Result<String, Vec<Diagnostic>> {
    let Opened { policy, .. } = subject.open()?;
    let find = |id: &str| -> Result<&Version, Vec<Diagnostic>> {
        policy.version(id).ok_or_else(|| {
            let problem = Diagnostic::file("VERSION", format!("there is no version {id} of {}", policy.path));
            vec![problem.hint("see `site policy status`")]
        })
    };
    let (older, newer) = (find(older)?, find(newer)?);
    let succession = Succession::between(older, newer);
    let mut text = format!("From {} to {}: {}\n", older.id, newer.id, succession.level);
    for line in succession.summary() {
        text.extend(["  ", &line, "\n"]);
    }
    text.push('\n');
    text.push_str(&Redline::between(&older.article, &newer.article).terminal(colour));
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{CONTRACT, Fixture, POLICY};

    #[test]
    fn two_versions_are_shown_as_one_text_below_what_the_change_means() {
        let second = |text: &str| text.replace("2025-03-31", "2027-01-01").replace("sell", "trade");
        let fixture = Fixture::site()
            .with("content/privacy/2025-03-31.contract.yaml", CONTRACT)
            .with("content/privacy/2027-01-01.md", second(POLICY).replace("summary:", "draft: true\nsummary:"))
            .with("content/privacy/2027-01-01.contract.yaml", second(CONTRACT).replace("uses: [deliver, support, notify]", "uses: [deliver, support, notify]\n    rights: [access]\n    waived: { reason: later, since: 2026-11-01, until: 2026-12-01 }"));
        let at = "2026-11-22T00:00:00Z".parse().expect("a moment");
        let subject = Subject { root: fixture.root().to_owned(), at, folder: "privacy".to_owned() };
        let shown = difference(&subject, "2025-03-31", "2027-01-01", false).expect("a difference");
        for part in
            ["From 2025-03-31 to 2027-01-01: narrowing\n  New: the right of access can be used\n", "[-sell-]{+trade+}"]
        {
            assert!(shown.contains(part), "{shown}");
        }
        let problems = difference(&subject, "2025-03-31", "2024-01-01", false).expect_err("no such version");
        assert_eq!(problems[0].message, "there is no version 2024-01-01 of /privacy/");
    }
}
