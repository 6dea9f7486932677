//! A policy as templates see it. Every field is a fact as of one moment, so that a page written for the day of a switch
//! is right on that day.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Policy, Standing, ordered,
    redline::{Change, ChangeKind},
};
use crate::moment::DateView;

/// The version a page is about, its document, and what else the page shows of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PolicyView {
    pub(crate) title: String,
    pub(crate) id: String,
    pub(crate) effective: DateView,
    pub(crate) published: DateView,
    pub(crate) summary: String,
    pub(crate) in_force: bool,
    pub(crate) standing: Standing,
    /// The address that always shows this version.
    pub(crate) permalink: String,
    /// The address that always shows the version in force; the document's other pages lie below it.
    pub(crate) home: String,
    /// The file of this version, byte for byte.
    pub(crate) source: String,
    /// The address of the comparison with its predecessor.
    pub(crate) changes: Option<String>,
    /// The address of the comparison with the version in force.
    pub(crate) to_current: Option<String>,
    /// The day its successor took effect.
    pub(crate) superseded_on: Option<DateView>,
    /// The version in force, absent before the first.
    pub(crate) current: Option<VersionView>,
    /// The next version to come into force.
    pub(crate) upcoming: Option<VersionView>,
    /// The versions the page lists, newest first; empty on pages without a list.
    pub(crate) versions: Vec<VersionView>,
    /// How many versions the list leaves out.
    pub(crate) unlisted: usize,
    /// What a page of a comparison compares; absent on every other page.
    pub(crate) comparison: Option<ComparisonView>,
}

/// A version as the pages of other versions name it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct VersionView {
    pub(crate) id: String,
    pub(crate) effective: DateView,
    pub(crate) published: DateView,
    pub(crate) summary: String,
    pub(crate) standing: Standing,
    pub(crate) permalink: String,
    pub(crate) source: String,
    /// The address of the comparison with its predecessor.
    pub(crate) changes: Option<String>,
}

/// Two versions and what is different.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ComparisonView {
    pub(crate) older: VersionView,
    pub(crate) newer: VersionView,
    /// What the change means, as computed from what both versions promise.
    pub(crate) summary: Vec<String>,
    pub(crate) changes: Vec<Change>,
    /// How many sections the changes are in.
    pub(crate) sections: usize,
    /// Changes that no word is part of.
    pub(crate) formatting: Vec<Change>,
    /// HTML of both texts in one; the engine marks it as such.
    pub(crate) redline: String,
    /// The address of the same as plain text.
    pub(crate) diff: String,
}

impl Policy {
    /// A version as of a moment.
    pub(super) fn view(&self, place: usize, at: Timestamp) -> PolicyView {
        let current = self.place_in_force(at);
        let VersionView { id, effective, published, summary, standing, permalink, source, changes } =
            self.version_view(place, at);
        let other = current.filter(|current| *current != place);
        let successor = self.versions.get(place + 1).filter(|successor| successor.effective_at <= at);
        let upcoming = self.begun(at);
        PolicyView {
            title: self.versions[place].front.title.clone(),
            id,
            effective,
            published,
            summary,
            in_force: standing == Standing::InForce,
            standing,
            permalink,
            home: self.path.clone(),
            source,
            changes,
            to_current: other.map(|current| self.comparison_path(ordered(place, current))),
            superseded_on: successor.map(|successor| DateView::new(successor.front.effective.0)),
            current: current.map(|current| self.version_view(current, at)),
            upcoming: (upcoming < self.versions.len()).then(|| self.version_view(upcoming, at)),
            versions: Vec::new(),
            unlisted: 0,
            comparison: None,
        }
    }

    /// A version in a list as of a moment.
    pub(super) fn version_view(&self, place: usize, at: Timestamp) -> VersionView {
        let version = &self.versions[place];
        let standing = match self.place_in_force(at) {
            Some(current) if place < current => Standing::Superseded,
            Some(current) if place == current => Standing::InForce,
            _ => Standing::Upcoming,
        };
        VersionView {
            id: version.id.clone(),
            effective: DateView::new(version.front.effective.0),
            published: DateView::new(version.front.published.0),
            summary: version.front.summary.clone(),
            standing,
            permalink: self.permalink(version),
            source: self.source(version),
            changes: place.checked_sub(1).map(|predecessor| self.comparison_path((predecessor, place))),
        }
    }
}

/// All fields with every optional one present and one element in every list.
pub(crate) fn example() -> PolicyView {
    let word = String::new;
    let day = || DateView { iso: word(), text: word() };
    let version = || VersionView {
        id: word(),
        effective: day(),
        published: day(),
        summary: word(),
        standing: Standing::InForce,
        permalink: word(),
        source: word(),
        changes: Some(word()),
    };
    let change = || Change { id: word(), section: word(), kind: ChangeKind::Added, excerpt: word() };
    let comparison = ComparisonView {
        older: version(),
        newer: version(),
        summary: vec![word()],
        changes: vec![change()],
        sections: 0,
        formatting: vec![change()],
        redline: word(),
        diff: word(),
    };
    PolicyView {
        title: word(),
        id: word(),
        effective: day(),
        published: day(),
        summary: word(),
        in_force: true,
        standing: Standing::InForce,
        permalink: word(),
        home: word(),
        source: word(),
        changes: Some(word()),
        to_current: Some(word()),
        superseded_on: Some(day()),
        current: Some(version()),
        upcoming: Some(version()),
        versions: vec![version()],
        unlisted: 0,
        comparison: Some(comparison),
    }
}
