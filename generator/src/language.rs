//! Languages: `content/features.de.md` beside `content/features.md` is the same page in German, at `/de/features/`.
//!
//! A translation is a page of its own that knows its original. Nothing is copied: where a translation is missing, what would lead to
//! it leads to the original and says in which language that is. A site that declares no other language pays nothing.

pub(crate) mod original;
pub(crate) mod settings;
pub(crate) mod strings;
pub(crate) mod tag;
#[cfg(test)]
mod tests;
pub(crate) mod translation;
pub(crate) mod voice;

use crate::{config::Config, page::Page};
use tag::Tag;

/// The address that a page has in a language; none is that of the site.
pub(crate) fn path_in(language: Option<&Tag>, path: &str) -> String {
    language.map_or_else(|| path.to_owned(), |tag| format!("/{}{path}", tag.as_str()))
}

impl Page {
    /// The address of the page that it translates, or its own.
    pub(crate) fn original_path(&self) -> &str {
        let below = self.language.as_ref().and_then(|tag| self.path.strip_prefix('/')?.strip_prefix(tag.as_str()));
        below.unwrap_or(&self.path)
    }

    /// The language that its words are in.
    pub(crate) fn language<'a>(&'a self, config: &'a Config) -> &'a str {
        self.language.as_ref().map_or_else(|| config.language(), Tag::as_str)
    }
}

/// The languages that pages are in besides that of the site, in the order of the settings.
pub(crate) fn spoken<'a>(pages: &[Page], config: &'a Config) -> Vec<&'a Tag> {
    let is_spoken = |tag: &&Tag| pages.iter().any(|page| page.language.as_ref() == Some(*tag));
    config.other_languages().map(|(tag, _)| tag).filter(is_spoken).collect()
}
