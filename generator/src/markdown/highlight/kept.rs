//! Blocks of code that were read: in memory for as long as the program runs, and below the root for the next one. To read a
//! language for the first time costs more than all the rest of a small site.
//!
//! What is below the root can be made again, so it may be deleted at any time, and another program passes it over.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    sync::{
        Arc, LazyLock, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use serde::{Deserialize, Serialize};

use crate::stamp;

/// Where they are, below the root.
const FILE: &str = ".cache/code.json";
/// Bytes that are kept.
const BYTES_MAX: usize = 8 << 20;

/// As HTML; none for a language without a grammar.
type Html = Option<Arc<str>>;

#[derive(Default)]
struct Kept {
    /// By language and code.
    blocks: HashMap<(String, String), Block>,
    bytes: usize,
    /// Whether some of them are not below the root.
    is_new: bool,
}

struct Block {
    html: Html,
    is_used: AtomicBool,
}

/// What is below the root.
#[derive(Serialize, Deserialize)]
struct Shelf {
    /// The program that read them: another one may know other grammars.
    program: String,
    /// Language, code and HTML.
    blocks: Vec<(String, String, Option<String>)>,
}

static KEPT: LazyLock<RwLock<Kept>> = LazyLock::new(RwLock::default);

/// A block that was read before.
pub(super) fn find(name: &(String, String)) -> Option<Html> {
    let kept = KEPT.read().unwrap_or_else(PoisonError::into_inner);
    let block = kept.blocks.get(name)?;
    block.is_used.store(true, Ordering::Relaxed);
    Some(block.html.clone())
}

/// Keeps a block that was read.
pub(super) fn put(name: (String, String), html: Html) {
    let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
    kept.insert(name, html, true);
    kept.is_new = true;
}

impl Kept {
    fn insert(&mut self, name: (String, String), html: Html, is_used: bool) {
        if self.bytes > BYTES_MAX {
            *self = Self::default();
        }
        self.bytes += name.1.len() + html.as_ref().map_or(0, |html| html.len());
        self.blocks.entry(name).or_insert(Block { html, is_used: AtomicBool::new(is_used) });
    }
}

/// Takes up what a former program left below the root.
pub(crate) fn recall(root: &Path) {
    let shelf = || {
        let shelf: Shelf = serde_json::from_slice(&fs::read(root.join(FILE)).ok()?).ok()?;
        (shelf.program == stamp::program()?).then_some(shelf)
    };
    let is_empty = || KEPT.read().unwrap_or_else(PoisonError::into_inner).blocks.is_empty();
    let Some(shelf) = is_empty().then(shelf).flatten() else { return };
    let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
    for (language, code, html) in shelf.blocks {
        kept.insert((language, code), html.map(Into::into), false);
    }
}

/// Leaves what was used below the root. Where that fails, the next program reads it again.
pub(crate) fn keep(root: &Path) {
    let shelf = || {
        let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::take(&mut kept.is_new) {
            return None;
        }
        let used = kept.blocks.iter().filter(|(_, block)| block.is_used.load(Ordering::Relaxed));
        let blocks = used.map(|((language, code), Block { html, .. })| {
            (language.clone(), code.clone(), html.as_deref().map(str::to_owned))
        });
        let mut blocks: Vec<_> = blocks.collect();
        blocks.sort();
        Some(Shelf { program: stamp::program()?, blocks })
    };
    let Some(text) = shelf().and_then(|shelf| serde_json::to_vec(&shelf).ok()) else { return };
    let file = root.join(FILE);
    let _ = file.parent().map(fs::create_dir_all);
    let _ = crate::output::write_source(&file, &text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, SITE};

    #[test]
    fn what_a_site_has_of_code_is_there_for_the_next_program_and_no_other() {
        let page = "---\ntitle: A\n---\n\n```rust\nlet kept = 1;\n```\n\n```nonsense\nx\n```\n";
        let fixture =
            Fixture::site().with("content/site.yaml", format!("{SITE}highlight: true\n")).with("content/a.md", page);
        fixture.build().expect("the site builds");
        let file = fixture.root().join(FILE);
        let shelf: Shelf = serde_json::from_slice(&fs::read(&file).expect("it is there")).expect("JSON");
        let html = |language: &str| {
            let block = shelf.blocks.iter().find(|(name, code, _)| name == language && !code.contains("other"));
            block.and_then(|(.., html)| html.clone())
        };
        assert!(html("rust").is_some_and(|html| html.contains("hl-keyword")) && html("nonsense").is_none());
        assert_eq!(Some(shelf.program), stamp::program());
        assert!(!Fixture::site().root().join(FILE).exists());
    }

    #[test]
    fn damage_and_other_programs_are_passed_over() {
        for text in ["{", "{\"program\":\"other\",\"blocks\":[[\"rust\",\"let lie = 1;\",\"a lie\"]]}"] {
            let fixture = Fixture::empty().with(FILE, text);
            recall(fixture.root());
            assert!(find(&("rust".to_owned(), "let lie = 1;".to_owned())).is_none());
        }
    }
}
