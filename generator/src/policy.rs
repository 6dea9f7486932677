//! Folders with `kind: policy`: one Markdown file per version, named by the day it comes into force.
//!
//! Which version is in force is a question of time. A build answers it as of its own moment; the edge answers it again
//! for each request, from the timeline in `site.json`. The words of a version are never touched: no smart punctuation,
//! no replaced text, and the file itself is published beside the page, byte for byte.

use std::sync::Arc;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    diagnostic::Diagnostic,
    document::Document,
    moment::{self, DateView, Moment},
    page::{Kind, Page},
    yaml,
};

/// A versioned document: the address of its folder and its versions, oldest first.
#[derive(Debug)]
pub(crate) struct Policy {
    /// Address of the folder: `/privacy/`.
    pub(crate) path: String,
    pub(crate) versions: Vec<Version>,
}

/// One version.
#[derive(Debug)]
pub(crate) struct Version {
    /// The day it comes into force, which is also the name of its file: `2025-03-31`.
    pub(crate) id: String,
    /// 00:00 of that day in the site's time zone.
    pub(crate) effective_at: Timestamp,
    pub(crate) front: VersionFront,
    pub(crate) document: Arc<Document>,
}

/// The front matter of a version.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VersionFront {
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) effective: Day,
    pub(crate) published: Day,
    pub(crate) summary: String,
    #[serde(default)]
    pub(crate) draft: bool,
}

/// A day, never a moment: a version comes into force at midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) Date);

/// Where a version stands in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    Upcoming,
    InForce,
    Superseded,
}

/// A version as templates see it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PolicyView {
    pub(crate) id: String,
    pub(crate) effective: DateView,
    pub(crate) published: DateView,
    pub(crate) summary: String,
    pub(crate) in_force: bool,
    pub(crate) standing: Standing,
    /// The address that always shows this version.
    pub(crate) permalink: String,
    /// The address that always shows the version in force.
    pub(crate) home: String,
    /// The file of this version, byte for byte.
    pub(crate) source: String,
    /// The version in force, absent before the first.
    pub(crate) current: Option<Current>,
}

/// The version in force as the pages of other versions name it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Current {
    pub(crate) id: String,
    pub(crate) effective: DateView,
    pub(crate) permalink: String,
}

impl Version {
    /// Reads a version from its file.
    pub(crate) fn read(document: Document, zone: &TimeZone) -> Result<Self, Diagnostic> {
        let name = document.file.rsplit('/').next().unwrap_or_default();
        let id = name.strip_suffix(".md").unwrap_or(name).to_owned();
        if moment::day(&id).is_err() {
            return Err(Diagnostic::file(&document.file, "is in a policy folder, and its name is not a date")
                .hint("name a version by the day it comes into force: `2025-03-31.md`"));
        }
        let front: VersionFront = document.front()?;
        if front.effective.0.to_string() != id {
            let message = format!("`effective` is {}, and the file is named {id}", front.effective.0);
            return Err(document.key_finding("effective", message).hint("make both the same day"));
        }
        if front.published > front.effective {
            let message = format!("published on {}, after it comes into force", front.published.0);
            return Err(document
                .key_finding("published", message)
                .hint("a version is published before it binds anybody"));
        }
        let effective_at = moment::day_begins(front.effective.0, zone);
        Ok(Self { id, effective_at, front, document: Arc::new(document) })
    }
}

impl Policy {
    /// The version in force at a moment.
    pub(crate) fn in_force(&self, at: Timestamp) -> Option<&Version> {
        self.versions.iter().rfind(|version| version.effective_at <= at)
    }

    /// The first version that comes into force after a moment.
    fn upcoming(&self, at: Timestamp) -> Option<&Version> {
        self.versions.iter().find(|version| version.effective_at > at)
    }

    /// The page that answers for the folder: the version in force, before the first one the upcoming version, and the
    /// folder's own page when there is no version at all.
    pub(crate) fn home(&self, own: Page, at: Timestamp) -> Page {
        let Some(version) = self.in_force(at).or_else(|| self.upcoming(at)) else { return own };
        Page { template: own.template, ..self.page(version, &self.path, at) }
    }

    /// One page per version, at the address that always shows it.
    pub(crate) fn permalinks(&self, at: Timestamp) -> Vec<Page> {
        let pages = self.versions.iter().map(|version| {
            let page = self.page(version, &self.permalink(version), at);
            // Search engines should find the version in force, not one that no longer binds or does not bind yet.
            Page { noindex: page.policy.as_ref().is_some_and(|view| !view.in_force), ..page }
        });
        pages.collect()
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
        Some(match self.upcoming(at) {
            Some(version) => {
                warning.hint(format!("version {} comes into force at {}", version.id, version.effective_at))
            }
            None => warning.hint("add a version named by the day it comes into force: `2025-03-31.md`"),
        })
    }

    fn page(&self, version: &Version, path: &str, at: Timestamp) -> Page {
        let front = &version.front;
        let page = Page::generated(Kind::Policy, &front.title, path);
        Page {
            document: Arc::clone(&version.document),
            description: front.description.clone(),
            date: Some(Moment::Day(front.published.0)),
            updated: (version.effective_at <= at).then_some(Moment::Day(front.effective.0)),
            policy: Some(self.view(version, at)),
            ..page
        }
    }

    fn view(&self, version: &Version, at: Timestamp) -> PolicyView {
        let current = self.in_force(at);
        let standing = match current {
            Some(current) if current.id == version.id => Standing::InForce,
            _ if version.effective_at > at => Standing::Upcoming,
            _ => Standing::Superseded,
        };
        PolicyView {
            id: version.id.clone(),
            effective: DateView::new(version.front.effective.0),
            published: DateView::new(version.front.published.0),
            summary: version.front.summary.clone(),
            in_force: standing == Standing::InForce,
            standing,
            permalink: self.permalink(version),
            home: self.path.clone(),
            source: self.source(version),
            current: current.map(|current| Current {
                id: current.id.clone(),
                effective: DateView::new(current.front.effective.0),
                permalink: self.permalink(current),
            }),
        }
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        yaml::parsed(deserializer, "a date", |written| moment::day(written).map(Self))
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Fixture, POLICY};

    fn two_versions() -> Fixture {
        let second = POLICY.replace("2025-03-31", "2026-06-01").replace("sell", "trade");
        Fixture::site().with("content/privacy/2026-06-01.md", second)
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
        let fixture = two_versions().with("content/site.yaml", site);
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
        assert!(page.contains("Effective Date: <time datetime=\"2025-03-31\">3/31/2025</time>"), "{page}");
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
        let fixture = Fixture::site().with("content/privacy/2026-06-01.md", draft);
        fixture.build().expect("the site builds");
        assert!(!fixture.has_output("privacy/2026-06-01/index.html"));
        assert!(!fixture.output("site.json").contains("2026-06-01"));
    }
}
