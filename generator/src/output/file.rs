//! A file of a site: its bytes, or what is known of a page that is in its place already and need not be in memory.

use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use crate::{policy::lock::sha256, trace::Trace};

#[derive(Debug)]
pub(super) struct File {
    pub(super) origin: String,
    content: Content,
    hash: OnceLock<String>,
}

#[derive(Debug)]
pub(super) enum Content {
    Held(Vec<u8>),
    /// It is in its place since the last build, which is what this says of it.
    Kept(PathBuf, Arc<Trace>),
}

impl File {
    pub(super) fn new(origin: &str, content: Content) -> Self {
        Self { origin: origin.to_owned(), content, hash: OnceLock::new() }
    }

    /// Its bytes, where they are in memory.
    pub(super) fn held(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Held(bytes) => Some(bytes),
            Content::Kept(..) => None,
        }
    }

    /// What is known of it, where it is a page of the last build.
    pub(super) fn trace(&self) -> Option<&Arc<Trace>> {
        match &self.content {
            Content::Held(_) => None,
            Content::Kept(_, trace) => Some(trace),
        }
    }

    /// Its text, where it is one.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match &self.content {
            Content::Held(bytes) => str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Content::Kept(place, _) => fs::read_to_string(place).ok().map(Cow::Owned),
        }
    }

    /// Whether these are its bytes.
    pub(super) fn is(&self, bytes: &[u8]) -> bool {
        match &self.content {
            Content::Held(held) => held == bytes,
            Content::Kept(_, trace) => trace.hash == sha256(bytes),
        }
    }

    pub(super) fn hash(&self) -> &str {
        match &self.content {
            Content::Held(bytes) => self.hash.get_or_init(|| sha256(bytes)),
            Content::Kept(_, trace) => &trace.hash,
        }
    }

    pub(super) fn size(&self) -> u64 {
        match &self.content {
            Content::Held(bytes) => bytes.len() as u64,
            Content::Kept(_, trace) => trace.size(),
        }
    }

    /// Whether a place has it already.
    pub(super) fn is_in(&self, place: &Path) -> bool {
        self.held().is_none_or(|bytes| holds(place, bytes))
    }

    /// The place of a page of the last build that has another file by now.
    pub(super) fn changed(&self) -> Option<&Path> {
        match &self.content {
            Content::Kept(place, trace) if !trace.is_of(place) => Some(place),
            _ => None,
        }
    }
}

fn holds(path: &Path, bytes: &[u8]) -> bool {
    let same_length = path.symlink_metadata().is_ok_and(|meta| meta.is_file() && meta.len() == bytes.len() as u64);
    same_length && fs::read(path).is_ok_and(|old| old == bytes)
}
