//! What there is of a document, and which of it counts.

use std::fmt;

use super::{Opened, Subject, days_until};
use crate::{diagnostic::Diagnostic, policy::Standing};

/// The versions of a document as of a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The document and the moment.
    title: String,
    /// Id, standing and the rest, one a version.
    rows: Vec<[String; 3]>,
    /// What happens next.
    next: String,
}

/// What there is of a document.
pub fn status(subject: &Subject) -> Result<Status, Vec<Diagnostic>> {
    let Opened { config, policy, .. } = subject.open()?;
    let today = subject.today(&config);
    let mut rows = Vec::new();
    for version in &policy.versions {
        let standing = match policy.standing(version, subject.at) {
            Standing::InForce => "in force",
            Standing::Upcoming => "upcoming",
            Standing::Superseded => "superseded",
        };
        let detail = format!("effective {}, published {}", version.effective_at, version.front.published.0);
        rows.push([version.id.clone(), standing.to_owned(), detail]);
    }
    for version in &policy.pending {
        let detail = format!("effective {}, to be published {}", version.effective_at, version.front.published.0);
        rows.push([version.id.clone(), "frozen".to_owned(), detail]);
    }
    for version in &policy.drafts {
        let detail = format!("effective {} when published: {}", version.effective_at, version.document.file);
        rows.push([version.id.clone(), "draft".to_owned(), detail]);
    }
    let upcoming = policy.versions.iter().chain(&policy.pending).find(|version| version.effective_at > subject.at);
    let next = match upcoming {
        Some(version) => {
            let days = days_until(today, version.front.effective.0);
            format!("Version {} comes into force {days}, at {}.", version.id, version.effective_at)
        }
        None => "No published version is upcoming.".to_owned(),
    };
    Ok(Status { title: format!("{} at {}", policy.key(), subject.at), rows, next })
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.title)?;
        for [id, standing, detail] in &self.rows {
            writeln!(formatter, "  {id}  {standing:<10}  {detail}")?;
        }
        write!(formatter, "{}", self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, POLICY};

    fn subject(fixture: &Fixture, at: &str) -> Subject {
        Subject { root: fixture.root().to_owned(), at: at.parse().expect("a moment"), folder: "privacy".to_owned() }
    }

    #[test]
    fn the_status_says_what_counts_and_what_comes() {
        let version = |id: &str| POLICY.replace("2025-03-31", id);
        let fixture = Fixture::site()
            .with("content/privacy/2026-06-01.md", version("2026-06-01"))
            .with("content/privacy/2026-12-01.md", version("2026-12-01"))
            .with(
                "content/privacy/2027-06-01.md",
                version("2027-06-01").replace("published: 2025-03-01", "published: 2027-01-01"),
            )
            .with("content/privacy/2028-01-01.md", version("2028-01-01").replace("summary:", "draft: true\nsummary:"))
            .locked();
        let shown = status(&subject(&fixture, "2026-11-22T00:00:00Z")).expect("all is well").to_string();
        let expected = "privacy at 2026-11-22T00:00:00Z
  2025-03-31  superseded  effective 2025-03-31T00:00:00Z, published 2025-03-01
  2026-06-01  in force    effective 2026-06-01T00:00:00Z, published 2025-03-01
  2026-12-01  upcoming    effective 2026-12-01T00:00:00Z, published 2025-03-01
  2027-06-01  frozen      effective 2027-06-01T00:00:00Z, to be published 2027-01-01
  2028-01-01  draft       effective 2028-01-01T00:00:00Z when published: content/privacy/2028-01-01.md
Version 2026-12-01 comes into force in 9 days, at 2026-12-01T00:00:00Z.";
        assert_eq!(shown, expected);
        let shown = status(&subject(&fixture, "2026-11-30T23:59:59Z")).expect("all is well").to_string();
        assert!(shown.contains("comes into force in 1 day, at"), "{shown}");
        let shown = status(&subject(&fixture, "2027-06-01T00:00:00Z")).expect("all is well").to_string();
        assert!(shown.ends_with("No published version is upcoming."), "{shown}");
    }

    #[test]
    fn a_document_that_is_not_there_is_named_with_one_that_is() {
        let fixture = Fixture::site();
        let of = |folder: &str| Subject { folder: folder.to_owned(), ..subject(&fixture, "2026-11-22T00:00:00Z") };
        let problems = status(&of("privcay")).expect_err("no such document");
        assert_eq!(problems[0].hint.as_deref(), Some("did you mean `privacy`?"));
        let problems = status(&of("docs/terms")).expect_err("no such document");
        assert_eq!(problems[0].hint.as_deref(), Some("there are: privacy"));
        assert!(status(&of("/privacy/")).is_ok() && status(&of("content/privacy")).is_ok());
    }
}
