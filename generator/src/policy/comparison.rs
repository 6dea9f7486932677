//! What is different between two versions, computed once for each pair, in parallel.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{
    Version,
    redline::{Change, ChangeKind, Redline, unified_diff},
    succession::Succession,
};

/// What is different between two versions.
#[derive(Debug)]
pub(super) struct Comparison {
    /// What the change means, as computed from what both versions promise.
    pub(super) summary: Vec<String>,
    /// Changes of words.
    pub(super) changes: Vec<Change>,
    /// How many sections they are in.
    pub(super) sections: usize,
    /// Changes that no word is part of.
    pub(super) formatting: Vec<Change>,
    /// HTML of both texts in one.
    pub(super) redline: String,
    /// A unified diff of the two files.
    pub(super) diff: String,
}

/// The comparisons of one document, by the places of the older and the newer version.
#[derive(Debug, Default)]
pub(super) struct Comparisons(BTreeMap<(usize, usize), Comparison>);

impl Comparisons {
    /// Compares each pair once.
    pub(super) fn new(versions: &[Version], pairs: &BTreeSet<(usize, usize)>) -> Self {
        let compare = |&(older, newer): &(usize, usize)| {
            ((older, newer), Comparison::between(&versions[older], &versions[newer]))
        };
        Self(pairs.par_iter().map(compare).collect())
    }

    /// The comparison of a pair that was asked for.
    pub(super) fn of(&self, pair: (usize, usize)) -> &Comparison {
        &self.0[&pair]
    }
}

impl Comparison {
    fn between(older: &Version, newer: &Version) -> Self {
        let redline = Redline::between(&older.article, &newer.article);
        let (formatting, changes): (Vec<Change>, Vec<Change>) =
            redline.changes().into_iter().partition(|change| change.kind == ChangeKind::Formatting);
        let sections: BTreeSet<&str> = changes.iter().map(|change| change.section.as_str()).collect();
        let name = |version: &Version| format!("{}.md", version.id);
        Self {
            summary: Succession::between(older, newer).summary(),
            sections: sections.len(),
            redline: redline.html(),
            diff: unified_diff(&name(older), &name(newer), older.document.text(), newer.document.text()),
            changes,
            formatting,
        }
    }
}
