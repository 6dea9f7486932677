//! `/changelog/` and its feed: every release that is out, newest first.
//!
//! The page's own words are those of `content/changelog.md` where an editor wrote one; a site with releases has the page
//! without it too.

use serde::Serialize;

use super::Release;
use crate::{
    config::Config,
    feed::{self, Entry, Feed},
    moment::{DateView, Moment},
    page::Page,
};

/// Address of the page.
pub(crate) const PATH: &str = "/changelog/";
/// Address of its feed.
pub(crate) const FEED: &str = "/changelog/feed.xml";
/// What the page is called where nobody says so.
pub(crate) const TITLE: &str = "Changelog";

/// The newest entries are enough for a reader; older ones are on the page.
const ENTRIES_MAX: usize = 50;

/// The releases as templates see them.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ChangelogView {
    /// Address of the feed.
    pub(crate) feed: &'static str,
    pub(crate) releases: Vec<ReleaseView>,
}

/// A release as templates see it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ReleaseView {
    /// Of its place on the page.
    pub(crate) id: String,
    pub(crate) version: String,
    /// Name of the product, where the releases are of several.
    pub(crate) product: Option<String>,
    pub(crate) date: DateView,
    pub(crate) security: bool,
    pub(crate) requires: String,
    pub(crate) tested: String,
    pub(crate) requires_php: String,
    /// HTML; the engine marks it as such.
    pub(crate) notes: String,
}

/// The page with the releases on it.
pub(crate) fn page(own: Page, releases: &[Release]) -> Page {
    let is_of_several = releases.iter().any(|release| release.product != releases[0].product);
    let view = |release: &Release| ReleaseView {
        id: release.anchor(),
        version: release.version.clone(),
        product: is_of_several.then(|| release.product_name.clone()),
        date: DateView::within(release.date, own.language.as_ref()),
        security: release.security,
        requires: release.requires.clone(),
        tested: release.tested.clone(),
        requires_php: release.requires_php.clone(),
        notes: release.notes.clone(),
    };
    let changed = releases.iter().map(|release| release.date).max().map(Moment::Day);
    let view = ChangelogView { feed: FEED, releases: releases.iter().map(view).collect() };
    Page { updated: own.updated.or(changed), changelog: Some(view), ..own }
}

/// The text of the feed; `title` is that of the page.
pub(crate) fn feed(releases: &[Release], title: &str, config: &Config) -> String {
    let entries = releases.iter().take(ENTRIES_MAX).map(|release| {
        let url = format!("{}{PATH}#{}", config.url, release.anchor());
        let security = if release.security { ": security release" } else { "" };
        Entry {
            id: url.clone(),
            title: format!("{} {}{security}", release.product_name, release.version),
            url,
            related: None,
            summary: release.requirements(),
            content: Some(release.notes.clone()),
            published: release.at,
            updated: release.at,
        }
    });
    let title = format!("{}: {title}", config.title);
    let feed = Feed { title: &title, path: FEED, home: PATH, language: config.language() };
    feed::text(&feed, &entries.collect::<Vec<_>>(), config)
}

impl Release {
    /// Where on the page it is, for ever: a second product moves none.
    fn anchor(&self) -> String {
        format!("{}-{}", self.product, self.version)
    }

    fn requirements(&self) -> String {
        format!(
            "Requires WordPress {} and PHP {}; tested up to WordPress {}.",
            self.requires, self.requires_php, self.tested
        )
    }
}

/// All fields with one element in every list.
pub(crate) fn example() -> ChangelogView {
    let word = String::new;
    let release = ReleaseView {
        id: word(),
        version: word(),
        product: Some(word()),
        date: DateView { iso: word(), text: word() },
        security: false,
        requires: word(),
        tested: word(),
        requires_php: word(),
        notes: word(),
    };
    ChangelogView { feed: FEED, releases: vec![release] }
}
