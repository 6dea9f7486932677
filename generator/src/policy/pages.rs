//! The pages of a policy as of one moment: the text in force, each version at its own address, all of them in a list,
//! the next one, what two of them have in common, and what changed since one.

use std::{borrow::Cow, sync::Arc};

use jiff::Timestamp;

use super::{Policy, PolicyView, view::ComparisonView};
use crate::{
    config::Config,
    moment::Moment,
    page::{Kind, Page},
};

/// How many versions a page lists of those since one. With more of them such pages together would grow with the square
/// of their number; the rest are in the history.
const SINCE_VERSIONS_MAX: usize = 100;

impl Policy {
    /// The page that answers for the folder: the version in force, before the first one the upcoming version, and the
    /// folder's own page when there is no version at all.
    pub(crate) fn home(&self, own: Page, at: Timestamp) -> Page {
        let place = self.place_in_force(at).unwrap_or(0);
        if self.versions.is_empty() {
            return own;
        }
        Page { template: own.template, section: own.section, ..self.text_page(place, &self.path, at) }
    }

    /// All pages below the folder's own.
    pub(crate) fn pages(&self, at: Timestamp) -> Vec<Page> {
        let places = 0..self.versions.len();
        let mut pages: Vec<Page> = places.clone().map(|place| self.permalink_page(place, at)).collect();
        pages.extend(places.map(|place| self.since_page(place, at)));
        pages.extend(self.pairs(at).into_iter().map(|pair| self.comparison_page(pair, at)));
        pages.extend(self.history_page(at));
        pages.extend(self.upcoming_page(at));
        pages
    }

    /// What a policy publishes beside its pages: address, what each file is made of, and text.
    pub(crate) fn files<'a>(&'a self, config: &Config, at: Timestamp) -> Vec<(String, &'a str, Cow<'a, str>)> {
        let diffs = self.pairs(at).into_iter().map(|pair| {
            let origin = self.versions[pair.1].document.file.as_str();
            (self.diff_path(pair), origin, Cow::Borrowed(self.comparisons.of(pair).diff.as_str()))
        });
        let feed = self.feed(config, at).map(|(address, text)| (address, "the policy's feed", Cow::Owned(text)));
        diffs.chain(feed).collect()
    }

    fn diff_path(&self, pair: (usize, usize)) -> String {
        format!("{}redline.diff", self.comparison_path(pair))
    }

    /// The text of a version under an address.
    fn text_page(&self, place: usize, path: &str, at: Timestamp) -> Page {
        let version = &self.versions[place];
        let front = &version.front;
        Page {
            document: Arc::clone(&version.document),
            description: front.description.clone(),
            date: Some(Moment::Day(front.published.0)),
            updated: (version.effective_at <= at).then_some(Moment::Day(front.effective.0)),
            policy: Some(self.view(place, at)),
            ..Page::generated(Kind::Policy, &front.title, path)
        }
    }

    /// Search engines should find the version in force, not one that no longer binds or does not bind yet.
    fn permalink_page(&self, place: usize, at: Timestamp) -> Page {
        let page = self.text_page(place, &self.permalink(&self.versions[place]), at);
        Page { noindex: page.policy.as_ref().is_some_and(|view| !view.in_force), ..page }
    }

    /// All versions, about the one in force or else the first.
    fn history_page(&self, at: Timestamp) -> Option<Page> {
        let mut view = self.view(self.shown(at)?, at);
        view.versions = (0..self.versions.len()).rev().map(|place| self.version_view(place, at)).collect();
        let title = format!("{}: all versions", view.title);
        let page = self.listing(Kind::PolicyHistory, &title, "history/", view);
        Some(Page { noindex: false, ..page })
    }

    /// The next version and those behind it; about the version in force when there is none.
    fn upcoming_page(&self, at: Timestamp) -> Option<Page> {
        let begun = self.begun(at);
        let next = if begun < self.versions.len() { begun } else { self.shown(at)? };
        let mut view = self.view(next, at);
        view.versions = (begun + 1..self.versions.len()).map(|place| self.version_view(place, at)).collect();
        let title = format!("{}: next version", view.title);
        Some(self.listing(Kind::PolicyUpcoming, &title, "upcoming/", view))
    }

    /// What changed since a version, from itself on: a reader whose date lies before it comes here too.
    fn since_page(&self, place: usize, at: Timestamp) -> Page {
        let mut view = self.view(place, at);
        let later = self.versions.len() - place - 1;
        let listed = later.min(SINCE_VERSIONS_MAX);
        view.unlisted = later - listed;
        let newest_first = (place + 1..self.versions.len()).rev().take(listed);
        view.versions = newest_first.map(|place| self.version_view(place, at)).collect();
        let title = format!("{}: changes since {}", view.title, view.effective.text);
        self.listing(Kind::PolicySince, &title, &format!("since/{}/", view.id.clone()), view)
    }

    /// Two versions in one text; the page is about the newer one.
    fn comparison_page(&self, pair: (usize, usize), at: Timestamp) -> Page {
        let mut view = self.view(pair.1, at);
        let comparison = self.comparisons.of(pair);
        let (older, newer) = (self.version_view(pair.0, at), self.version_view(pair.1, at));
        let title = format!("{}: {} and {} compared", view.title, older.effective.text, newer.effective.text);
        view.comparison = Some(ComparisonView {
            older,
            newer,
            summary: comparison.summary.clone(),
            changes: comparison.changes.clone(),
            sections: comparison.sections,
            formatting: comparison.formatting.clone(),
            redline: comparison.redline.clone(),
            diff: self.diff_path(pair),
        });
        let below = self.comparison_path(pair).split_off(self.path.len());
        self.listing(Kind::PolicyCompare, &title, &below, view)
    }

    /// A page about versions; the address is the folder's and what follows it. Search engines are led to the text.
    fn listing(&self, kind: Kind, title: &str, below: &str, view: PolicyView) -> Page {
        let path = format!("{}{below}", self.path);
        Page { noindex: true, policy: Some(view), ..Page::generated(kind, title, &path) }
    }

    /// The version that stands for the whole document: the one in force, before the first one that one.
    fn shown(&self, at: Timestamp) -> Option<usize> {
        if self.versions.is_empty() { None } else { Some(self.place_in_force(at).unwrap_or(0)) }
    }
}
