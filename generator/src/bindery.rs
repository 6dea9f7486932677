//! Where rendered pages are finished: they get their pictures, they are read as a browser reads them, and they are set aside.
//!
//! They come in lots and go as they came, so of a large site only one lot is in memory. What the rest of the build has to know
//! of a page is noted down (`Bound`), because its text is not at hand any more.

use std::{collections::BTreeMap, mem};

use rayon::prelude::*;

use crate::{
    diagnostic::Diagnostic,
    image::{Album, Studio},
    output::{Content, Output},
    page::output_of,
    proof::reading::{self, Known, Reading},
    social,
    template::Engine,
    trace::Trace,
};

/// Pages that are in memory side by side.
pub(crate) const LOT: usize = if cfg!(test) { 4 } else { 128 };

/// A page that is rendered.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) address: String,
    /// What it is made of.
    pub(crate) origin: String,
    pub(crate) html: String,
}

/// What is known of a page that was finished.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) reading: Reading,
    /// The names of the pictures that stand for it elsewhere.
    pub(crate) cards: Vec<String>,
    /// The hash sources of the styles in it.
    pub(crate) styles: Vec<String>,
}

/// Pages that are finished, and what they are finished with.
pub(crate) struct Bindery<'a> {
    studio: Studio<'a>,
    engine: &'a Engine,
    album: Album,
    bound: BTreeMap<String, Bound>,
    known: Known,
    problems: Vec<Diagnostic>,
}

impl<'a> Bindery<'a> {
    pub(crate) fn new(studio: Studio<'a>, engine: &'a Engine) -> Self {
        let (album, bound, known, problems) = (Album::default(), BTreeMap::new(), Known::default(), Vec::new());
        Self { studio, engine, album, bound, known, problems }
    }

    /// Gives pages their pictures and adds them to the output, which has to have all other files.
    pub(crate) fn bind(&mut self, output: &mut Output, lot: Vec<Leaf>) {
        let lot = self.dress(output, lot);
        self.add(output, lot);
    }

    /// Gives pages their pictures. What is wrong with these is told in the end.
    pub(crate) fn dress(&mut self, output: &Output, lot: Vec<Leaf>) -> Vec<Leaf> {
        let (lot, problems) = self.studio.dress(&mut self.album, output, lot);
        self.problems.extend(problems);
        lot
    }

    /// Adds pages that have their pictures.
    pub(crate) fn add(&mut self, output: &mut Output, lot: Vec<Leaf>) {
        let finish = |Leaf { address, origin, html }: Leaf| {
            let bound = Bound {
                reading: reading::read_with(&html, &self.known),
                cards: social::named(&html).into_iter().map(str::to_owned).collect(),
                styles: self.engine.styles_in(&html),
            };
            (output.set_aside(&address, html), bound, address, origin)
        };
        let finished: Vec<(Content, Bound, String, String)> = lot.into_par_iter().map(finish).collect();
        for (content, bound, address, origin) in finished {
            output.add_content(&address, &origin, content);
            self.bound.insert(output_of(&address), bound);
        }
    }

    /// Takes in a page of the last build, whose pictures have to be there as well.
    pub(crate) fn recall(&mut self, file: &str, trace: &Trace) {
        self.engine.recall(trace);
        self.album.recall(file, trace);
    }

    /// Adds what was made for the pages, and gives all that is known of them, by their files.
    pub(crate) fn close(mut self, output: &mut Output) -> Result<(Album, BTreeMap<String, Bound>), Vec<Diagnostic>> {
        self.dress(output, vec![]);
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        for (address, (origin, bytes)) in mem::take(&mut self.album.added) {
            output.add(&address, &origin, bytes);
        }
        Ok((self.album, self.bound))
    }
}
