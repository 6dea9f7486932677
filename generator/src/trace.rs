//! What each page was made of, kept from one build to the next: a page whose causes are as they were is not made again.
//!
//! The graph is kept at its ends. Beside each page of the last build stands a hash of all that went into it (`cause`), each
//! picture that it asked for, and what the site has to know of it without its text: where it leads, its places, its styles.
//! Whether the page is still right is asked of these; whether its links are, is asked of the whole site as ever. What is not
//! known for certain is made anew, so nothing here can be wrong but only slow.

pub(crate) mod cause;
pub(crate) mod shelf;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    bindery::Bound,
    image::Album,
    output::Output,
    page::{Page, output_of},
    proof::reading::Reading,
    social::Card,
    stamp::{Mark, Marks, mark},
    template::Engine,
};
use cause::Cause;

/// A page of the last build.
#[derive(Debug)]
pub(crate) struct Trace {
    /// Of its bytes.
    pub(crate) hash: String,
    pub(crate) reading: Reading,
    /// The pictures that stand for it elsewhere.
    pub(crate) cards: Vec<Card>,
    /// The hash sources of the styles in it.
    pub(crate) styles: Vec<String>,
    /// Every address at which one of its pictures was looked for, with the hash of what was there.
    pub(crate) pictures: BTreeMap<String, Option<String>>,
    cause: Cause,
    mark: Mark,
}

/// The pages of the last build, by their files.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    /// Where they are.
    pub(crate) folder: PathBuf,
    known: BTreeMap<String, Arc<Trace>>,
}

/// What is known of the pages that a build made, by their files, and not of others.
#[derive(Debug, Default)]
pub(crate) struct Fresh {
    pub(crate) causes: BTreeMap<String, Cause>,
    pub(crate) bound: BTreeMap<String, Bound>,
}

impl Trace {
    /// Whether it is still about this file.
    pub(crate) fn is_of(&self, file: &Path) -> bool {
        fs::symlink_metadata(file).is_ok_and(|found| found.is_file() && mark(&found).as_ref() == Some(&self.mark))
    }

    /// Bytes of the page.
    pub(crate) fn size(&self) -> u64 {
        self.mark.0
    }

    /// Whether its pictures, and the lack of others, are what they were. The output has to have all files but pages.
    fn shows_the_same(&self, output: &Output) -> bool {
        self.pictures.iter().all(|(address, hash)| output.hash(address) == hash.as_deref())
    }
}

impl Traces {
    /// The last build's page, where this one would make the same.
    pub(crate) fn of(&self, page: &Page, cause: &Cause, output: &Output) -> Option<Arc<Trace>> {
        let file = output_of(&page.path);
        let trace = self.known.get(&file)?;
        let is_same = trace.cause == *cause && trace.shows_the_same(output) && trace.is_of(&self.folder.join(file));
        is_same.then(|| Arc::clone(trace))
    }
}

/// What is known of each page of an output that was written, one after the other, so that there are no two of all; `marks` has
/// its files.
pub(crate) fn all<'a>(
    fresh: Fresh,
    (output, album, engine): (&'a Output, &'a Album, &'a Engine),
    marks: &'a Marks,
) -> impl Iterator<Item = (String, Arc<Trace>)> + 'a {
    let Fresh { causes, mut bound } = fresh;
    let made = causes.into_iter().filter_map(move |(file, cause)| {
        let address = format!("/{file}");
        let (bound, hash) = (bound.remove(&file)?, output.hash(&address)?);
        let mark = marks.get(&file).filter(|mark| Some(mark.0) == output.size_of(&address))?;
        let looked = album.looked(&file);
        let pictures = looked.keys().map(|at| (at.clone(), output.hash(at).map(str::to_owned))).collect();
        let Bound { reading, cards, styles } = bound;
        let cards = engine.gallery().cards(&cards);
        let trace = Trace { hash: hash.to_owned(), reading, cards, styles, pictures, cause, mark: mark.clone() };
        Some((file, Arc::new(trace)))
    });
    output.kept().map(|(file, _, trace)| (file.to_owned(), Arc::clone(trace))).chain(made)
}
