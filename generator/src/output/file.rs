//! A file of a site: its bytes, or what is known of a page that is on the disk already and need not be in memory.

use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use crate::{
    policy::lock::sha256,
    stamp::{Mark, mark},
    trace::Trace,
};

#[derive(Debug)]
pub(super) struct File {
    pub(super) origin: String,
    content: Content,
    hash: OnceLock<String>,
}

#[derive(Debug)]
pub(crate) enum Content {
    Held(Vec<u8>),
    /// It is in its place since the last build, which is what this says of it.
    Kept(PathBuf, Arc<Trace>),
    /// It waits on the disk until the site is whole.
    Aside(Aside),
}

/// A page on the disk.
#[derive(Debug)]
pub(crate) struct Aside {
    place: PathBuf,
    hash: String,
    size: u64,
    /// Of one that was found in its place; none of one that is new.
    found: Option<Mark>,
}

impl Aside {
    /// One that waits in this file.
    pub(super) fn new(place: PathBuf, bytes: &[u8]) -> Self {
        Self { place, hash: sha256(bytes), size: bytes.len() as u64, found: None }
    }

    /// One that is in its place below a folder, if these bytes are there. What is behind a link is elsewhere.
    pub(super) fn found(folder: &Path, path: &str, bytes: &[u8]) -> Option<Self> {
        let place = folder.join(path);
        let before = place.symlink_metadata().ok()?;
        let is_same = before.is_file() && before.len() == bytes.len() as u64;
        let found = Some(mark(&before).filter(|_| is_same)?);
        let mut above = place.ancestors().skip(1).take_while(|above| *above != folder);
        let has_bytes = fs::read(&place).is_ok_and(|old| old == bytes) && !above.any(Path::is_symlink);
        has_bytes.then(|| Self { found, ..Self::new(place, bytes) })
    }
}

impl File {
    pub(super) fn new(origin: &str, content: Content) -> Self {
        Self { origin: origin.to_owned(), content, hash: OnceLock::new() }
    }

    /// Its bytes, where they are in memory.
    pub(super) fn held(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Held(bytes) => Some(bytes),
            Content::Kept(..) | Content::Aside(_) => None,
        }
    }

    /// Whether it is a text in memory.
    pub(super) fn is_text(&self) -> bool {
        self.held().is_some_and(|bytes| str::from_utf8(bytes).is_ok())
    }

    /// What it is made of, and its text where it is one in memory.
    pub(super) fn into_text(self) -> Option<(String, String)> {
        match self.content {
            Content::Held(bytes) => Some((self.origin, String::from_utf8(bytes).ok()?)),
            Content::Kept(..) | Content::Aside(_) => None,
        }
    }

    /// What is known of it, where it is a page of the last build.
    pub(super) fn trace(&self) -> Option<&Arc<Trace>> {
        match &self.content {
            Content::Held(_) | Content::Aside(_) => None,
            Content::Kept(_, trace) => Some(trace),
        }
    }

    /// Its text, where it is one.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match &self.content {
            Content::Held(bytes) => str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Content::Kept(place, _) | Content::Aside(Aside { place, .. }) => {
                fs::read_to_string(place).ok().map(Cow::Owned)
            }
        }
    }

    /// Whether these are its bytes.
    pub(super) fn is(&self, bytes: &[u8]) -> bool {
        match &self.content {
            Content::Held(held) => held == bytes,
            Content::Kept(..) | Content::Aside(_) => self.hash() == sha256(bytes),
        }
    }

    pub(super) fn hash(&self) -> &str {
        match &self.content {
            Content::Held(bytes) => self.hash.get_or_init(|| sha256(bytes)),
            Content::Kept(_, trace) => &trace.hash,
            Content::Aside(aside) => &aside.hash,
        }
    }

    pub(super) fn size(&self) -> u64 {
        match &self.content {
            Content::Held(bytes) => bytes.len() as u64,
            Content::Kept(_, trace) => trace.size(),
            Content::Aside(aside) => aside.size,
        }
    }

    /// Whether a place has it already.
    pub(super) fn is_in(&self, place: &Path) -> bool {
        match &self.content {
            Content::Held(bytes) => holds(place, bytes),
            Content::Kept(..) => true,
            Content::Aside(aside) => aside.found.is_some(),
        }
    }

    /// It is in its place by now.
    pub(super) fn arrived(&mut self, at: PathBuf) {
        if let Content::Aside(aside) = &mut self.content {
            aside.place = at;
        }
    }

    /// The place of a page that was found there, and is nowhere else.
    pub(super) fn found(&self) -> Option<&Path> {
        match &self.content {
            Content::Kept(place, _) | Content::Aside(Aside { place, found: Some(_), .. }) => Some(place),
            Content::Held(_) | Content::Aside(_) => None,
        }
    }

    /// The place of a page that was found there and has another file by now.
    pub(super) fn changed(&self) -> Option<&Path> {
        match &self.content {
            Content::Kept(place, trace) if !trace.is_of(place) => Some(place),
            Content::Aside(Aside { place, found: Some(found), .. }) => {
                let is_same = place.symlink_metadata().is_ok_and(|now| mark(&now).as_ref() == Some(found));
                (!is_same).then_some(place.as_path())
            }
            _ => None,
        }
    }
}

fn holds(path: &Path, bytes: &[u8]) -> bool {
    let same_length = path.symlink_metadata().is_ok_and(|meta| meta.is_file() && meta.len() == bytes.len() as u64);
    same_length && fs::read(path).is_ok_and(|old| old == bytes)
}
