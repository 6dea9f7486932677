//! Folders with `kind: policy`: one Markdown file per version, named by the day it comes into force.
//!
//! Which version is in force is a question of time. A build answers it as of its own moment; the edge answers it again
//! for each request, from the timeline in `site.json`. The words of a version are never touched: no smart punctuation,
//! no replaced text, and the file itself is published beside the page, byte for byte.

pub(crate) mod article;
mod comparison;
pub(crate) mod contract;
mod dates;
pub(crate) mod evidence;
mod feed;
pub(crate) mod folder;
pub(crate) mod lock;
pub(crate) mod log;
mod pages;
pub(crate) mod redline;
pub(crate) mod succession;
pub(crate) mod verdict;
mod version;
pub(crate) mod view;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::diagnostic::Diagnostic;
use comparison::Comparisons;

use lock::Lock;

pub(crate) use version::Version;
pub(crate) use view::PolicyView;

/// How many versions that come into force after a build have their pages in it already.
const SWITCHES_MAX: usize = 2;

/// A versioned document: the address of its folder and its versions, oldest first.
#[derive(Debug)]
pub(crate) struct Policy {
    /// Address of the folder: `/privacy/`.
    pub(crate) path: String,
    /// The versions that the site shows.
    pub(crate) versions: Vec<Version>,
    /// Versions that are in the lock, and whose day of publication has not begun.
    pub(crate) pending: Vec<Version>,
    /// Versions that are not in the lock yet. They are checked as if they were upcoming.
    pub(crate) drafts: Vec<Version>,
    pub(crate) lock: Lock,
    comparisons: Comparisons,
}

/// Where a version stands in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    Upcoming,
    InForce,
    Superseded,
}

impl Policy {
    /// The document's name: the address of its folder without slashes at the ends.
    pub(crate) fn key(&self) -> &str {
        self.path.trim_matches('/')
    }

    /// The version of this day, whoever may see it.
    pub(crate) fn version(&self, id: &str) -> Option<&Version> {
        let mut all = self.versions.iter().chain(&self.pending).chain(&self.drafts);
        all.find(|version| version.id == id)
    }

    /// The same with its versions compared as of a moment and as of the switches behind it, each pair once.
    fn compared(mut self, at: Timestamp) -> Self {
        let moments = self.switches(at).iter().map(|version| version.effective_at).chain([at]);
        let pairs: BTreeSet<(usize, usize)> = moments.flat_map(|moment| self.pairs(moment)).collect();
        self.comparisons = Comparisons::new(&self.versions, &pairs);
        self
    }

    /// The version in force at a moment.
    pub(crate) fn in_force(&self, at: Timestamp) -> Option<&Version> {
        self.place_in_force(at).map(|place| &self.versions[place])
    }

    /// The versions that come into force after a moment and whose pages are written ahead, the next one first.
    pub(crate) fn switches(&self, at: Timestamp) -> &[Version] {
        let ahead = &self.versions[self.begun(at)..];
        &ahead[..ahead.len().min(SWITCHES_MAX)]
    }

    /// The address that always shows a version.
    pub(crate) fn permalink(&self, version: &Version) -> String {
        format!("{}{}/", self.path, version.id)
    }

    /// The address of a version's file.
    pub(crate) fn source(&self, version: &Version) -> String {
        format!("{}source.md", self.permalink(version))
    }

    /// What a reader has to know before the first version is in force.
    pub(crate) fn warning(&self, file: &str, at: Timestamp) -> Option<Diagnostic> {
        if self.in_force(at).is_some() {
            return None;
        }
        let warning = Diagnostic::file(file, format!("no version of {} is in force at {at}", self.path));
        Some(match self.versions.first() {
            Some(version) => {
                warning.hint(format!("version {} comes into force at {}", version.id, version.effective_at))
            }
            None => match self.pending.first() {
                Some(version) => {
                    warning.hint(format!("version {} is published at {}", version.id, version.published_at))
                }
                None => warning.hint("add a version named by the day it comes into force: `2025-03-31.md`"),
            },
        })
    }

    /// How many versions have come into force by a moment.
    fn begun(&self, at: Timestamp) -> usize {
        self.versions.partition_point(|version| version.effective_at <= at)
    }

    /// Where a version stands at a moment.
    pub(crate) fn standing(&self, version: &Version, at: Timestamp) -> Standing {
        match self.in_force(at) {
            Some(current) if current.id == version.id => Standing::InForce,
            _ if version.effective_at > at => Standing::Upcoming,
            _ => Standing::Superseded,
        }
    }

    /// Where the version in force at a moment stands among all.
    fn place_in_force(&self, at: Timestamp) -> Option<usize> {
        self.begun(at).checked_sub(1)
    }

    /// The pairs that are compared as of a moment, the older version first: each with its predecessor and each with the
    /// one in force.
    fn pairs(&self, at: Timestamp) -> BTreeSet<(usize, usize)> {
        let places = 0..self.versions.len();
        let mut pairs: BTreeSet<(usize, usize)> = places.clone().skip(1).map(|newer| (newer - 1, newer)).collect();
        if let Some(current) = self.place_in_force(at) {
            pairs.extend(places.filter(|place| *place != current).map(|place| ordered(place, current)));
        }
        pairs
    }

    /// The address of a comparison.
    fn comparison_path(&self, (older, newer): (usize, usize)) -> String {
        format!("{}compare/{}..{}/", self.path, self.versions[older].id, self.versions[newer].id)
    }
}

/// Two places, the older version's first.
fn ordered(one: usize, other: usize) -> (usize, usize) {
    (one.min(other), one.max(other))
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Fixture, POLICY};

    fn two_versions() -> Fixture {
        let second = POLICY.replace("2025-03-31", "2026-06-01").replace("sell", "trade");
        Fixture::site().with("content/privacy/2026-06-01.md", second).locked()
    }

    #[test]
    fn the_version_in_force_changes_at_midnight() {
        let fixture = two_versions();
        fixture.build_at("2026-05-31T23:59:59Z").expect("the site builds");
        assert!(fixture.output("privacy/index.html").contains("don't sell"));
        assert!(fixture.output("privacy/2026-06-01/index.html").contains("noindex"));
        fixture.build_at("2026-06-01T00:00:00Z").expect("the site builds");
        assert!(fixture.output("privacy/index.html").contains("don't trade"));
        assert!(fixture.output("privacy/2025-03-31/index.html").contains("noindex"));
        assert!(!fixture.output("privacy/2026-06-01/index.html").contains("noindex"));
    }

    #[test]
    fn midnight_is_that_of_the_sites_time_zone() {
        let site = crate::fixture::SITE.replace("time_zone: UTC", "time_zone: America/New_York");
        let fixture = two_versions().with("content/site.yaml", site).locked();
        fixture.build_at("2026-06-01T03:59:59Z").expect("the site builds");
        assert!(fixture.output("privacy/index.html").contains("don't sell"));
        fixture.build_at("2026-06-01T04:00:00Z").expect("the site builds");
        assert!(fixture.output("privacy/index.html").contains("don't trade"));
    }

    #[test]
    fn before_the_first_version_the_page_says_so_and_the_build_warns() {
        let fixture = Fixture::site();
        let summary = fixture.build_at("2025-03-30T23:59:59Z").expect("the site builds");
        assert_eq!(summary.warnings.len(), 1);
        assert!(summary.warnings[0].message.starts_with("no version of /privacy/ is in force"));
        let page = fixture.output("privacy/index.html");
        assert!(page.contains("No version is in force yet") && page.contains("don't sell"), "{page}");
    }

    #[test]
    fn the_words_and_the_file_are_not_touched() {
        let fixture = Fixture::site();
        assert!(fixture.build().expect("the site builds").warnings.is_empty());
        let page = fixture.output("privacy/2025-03-31/index.html");
        assert!(page.contains("We don't sell \"data\" -- not any..."), "{page}");
        assert!(page.contains("Effective Date: <time datetime=\"2025-03-31\">31 March 2025</time>"), "{page}");
        assert_eq!(fixture.output("privacy/2025-03-31/source.md"), POLICY);
    }

    #[test]
    fn names_dates_and_order_are_checked() {
        let problem = Fixture::site().with("content/privacy/new.md", POLICY).problem();
        assert_eq!(problem.file, "content/privacy/new.md");
        let problem = Fixture::site().with("content/privacy/2025-04-01.md", POLICY).problem();
        assert_eq!((problem.line, problem.column), (3, 12), "{problem}");
        let late = POLICY.replace("published: 2025-03-01", "published: 2025-04-01");
        let problem = Fixture::site().with("content/privacy/2025-03-31.md", late).problem();
        assert_eq!(problem.line, 4, "{problem}");
        let moment = POLICY.replace("effective: 2025-03-31", "effective: 2025-03-31T09:00:00Z");
        assert_eq!(Fixture::site().with("content/privacy/2025-03-31.md", moment).problem().line, 3);
    }

    #[test]
    fn a_draft_version_is_left_out() {
        let draft = POLICY.replace("2025-03-31", "2026-06-01").replace("summary:", "draft: true\nsummary:");
        let fixture = Fixture::site().with("content/privacy/2026-06-01.md", draft).locked();
        fixture.build().expect("the site builds");
        assert!(!fixture.has_output("privacy/2026-06-01/index.html"));
        assert!(!fixture.output("site.json").contains("2026-06-01"));
    }
}
