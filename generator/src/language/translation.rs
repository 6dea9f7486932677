//! What pages know of each other across languages: each its translations, and the way to it from the home page.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::Serialize;

use super::{path_in, tag::Tag};
use crate::{
    config::Config,
    page::{Kind, Page},
    site::entry_view,
    view::EntryView,
};

/// A page in one of its languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct TranslationView {
    pub(crate) language: String,
    /// What the language calls itself.
    pub(crate) name: String,
    pub(crate) path: String,
    /// Whether it is the page in the language of the site, which is for whoever reads none of the others.
    pub(crate) is_default: bool,
}

impl TranslationView {
    pub(super) fn new(page: &Page, config: &Config) -> Self {
        let language = page.language(config);
        Self {
            language: language.to_owned(),
            name: config.name_of(language),
            path: page.path.clone(),
            is_default: page.language.is_none(),
        }
    }
}

/// Gives each page that has translations all of them, itself too, so that they name each other. The language of the site comes first,
/// then the others in the order of the settings.
pub(crate) fn link(pages: &mut [Page], config: &Config) {
    if pages.iter().all(|page| page.language.is_none()) {
        return;
    }
    // What search engines may not list is nothing to name to them.
    let mut groups: BTreeMap<(String, bool), Vec<usize>> = BTreeMap::new();
    for (index, page) in pages.iter().enumerate().filter(|(_, page)| !matches!(page.kind, Kind::Shell | Kind::Error)) {
        groups.entry((page.original_path().to_owned(), page.noindex)).or_default().push(index);
    }
    let rank = |page: &Page| {
        let tag = page.language.as_ref()?;
        config.other_languages().position(|(other, _)| other == tag)
    };
    for mut group in groups.into_values().filter(|group| group.len() > 1) {
        group.sort_by_key(|&index| rank(&pages[index]));
        let views: Vec<TranslationView> =
            group.iter().map(|&index| TranslationView::new(&pages[index], config)).collect();
        for index in group {
            pages[index].languages.clone_from(&views);
        }
    }
}

/// Gives each page the way to it from the home page of its language.
pub(crate) fn lead_down(pages: &mut [Page], config: &Config) {
    let wanted: BTreeSet<String> =
        pages.iter().flat_map(|page| above(page.original_path())).map(str::to_owned).collect();
    let known = pages.iter().filter(|page| wanted.contains(page.original_path()));
    let entries: BTreeMap<String, Arc<EntryView>> =
        known.map(|page| (page.path.clone(), Arc::new(entry_view(page, config)))).collect();
    for page in pages {
        let steps = above(page.original_path());
        page.trail = steps.filter_map(|path| step(&entries, path, page.language.as_ref(), config)).collect();
    }
}

/// The folders above an address, from the top down; none above that of a home page.
fn above(path: &str) -> impl Iterator<Item = &str> {
    path.trim_end_matches('/').match_indices('/').map(|(slash, _)| &path[..=slash])
}

/// A page above another one: in its language, or else in that of the site.
fn step(
    entries: &BTreeMap<String, Arc<EntryView>>,
    path: &str,
    language: Option<&Tag>,
    config: &Config,
) -> Option<Arc<EntryView>> {
    let own = entries.get(&path_in(language, path)).cloned();
    own.or_else(|| {
        let original = EntryView::clone(entries.get(path)?);
        Some(Arc::new(EntryView { language: Some(config.language().to_owned()), ..original }))
    })
}
