//! All pages of a site at a glance, by the folders at its top: for readers, where the sitemap is for machines.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{config::Config, language::path_in, page::Page, site::entry_view, view::EntryView};

/// A folder with its pages, and the pages that are in none.
#[derive(Debug, Serialize)]
pub(crate) struct Group {
    title: String,
    path: String,
    pages: Vec<EntryView>,
}

/// The groups of pages in one language, in the order of their addresses; the first one has what is in no folder, from the home page on. In a folder
/// the order is that of reading, with the folder's own page first.
pub(crate) fn overview(pages: &[&Page], config: &Config) -> Vec<Group> {
    let mut folders: BTreeMap<&str, Vec<&Page>> = BTreeMap::new();
    for page in pages {
        let path = page.original_path();
        let below = path[1..].find('/').map_or(0, |slash| slash + 1);
        folders.entry(&path[..=below]).or_default().push(page);
    }
    let alone = |(_, pages): &(&str, Vec<&Page>)| pages.len() == 1;
    let (top, folders): (Vec<_>, Vec<_>) = folders.into_iter().partition(alone);
    let group = |path: &str, mut pages: Vec<&Page>| {
        pages.sort_by_key(|page| (page.original_path() != path, page.weight.is_none(), page.weight, &page.path));
        let title = pages.first().map(|page| page.title.clone()).unwrap_or_default();
        let path = path_in(pages.first().and_then(|page| page.language.as_ref()), path);
        let pages = pages.into_iter().map(|page| entry_view(page, config)).collect();
        Group { title, path, pages }
    };
    let top = group("/", top.into_iter().flat_map(|(_, pages)| pages).collect());
    let folders = folders.into_iter().map(|(path, pages)| group(path, pages));
    std::iter::once(top).filter(|top| !top.pages.is_empty()).chain(folders).collect()
}
