//! Where traces are kept: a file below `.cache/` with a line for each page. Nearly all pages lead to the same addresses, so
//! these stand in the first line, once.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::Path,
    sync::Arc,
};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{Fresh, Trace, Traces, cause::Cause};
use crate::{
    output::Output,
    proof::reading::{Known, Reading, Use},
    social::Card,
    stamp::Mark,
};

/// Lines that are in memory side by side.
const LINES_AT_ONCE: usize = 512;

/// A page as it is written.
#[derive(Serialize, Deserialize)]
struct Line {
    file: String,
    cause: Cause,
    hash: String,
    mark: Mark,
    /// By their place in the first line.
    addresses: Vec<(Use, usize)>,
    ids: Vec<String>,
    names: Vec<String>,
    cards: Vec<Card>,
    styles: Vec<String>,
    pictures: BTreeMap<String, Option<String>>,
}

impl Traces {
    /// What is kept in a file of the pages in a folder. What cannot be read is not known.
    pub(crate) fn read(file: &Path, folder: &Path) -> Self {
        // Whoever removed the site wants it made anew.
        let is_there = folder.join("index.html").exists();
        let text = if is_there { fs::read_to_string(file).unwrap_or_default() } else { String::new() };
        let (first, lines) = text.split_once('\n').unwrap_or_default();
        let addresses: Vec<String> = serde_json::from_str(first).unwrap_or_default();
        let addresses: Vec<Arc<str>> = addresses.into_iter().map(Arc::from).collect();
        let lines: Vec<&str> = lines.lines().collect();
        let names = Known::default();
        let read = |line: &&str| serde_json::from_str::<Line>(line).ok()?.trace(&addresses, &names);
        let known = lines.par_iter().filter_map(read).collect::<Vec<_>>().into_iter().collect();
        Self { folder: folder.to_owned(), known }
    }
}

/// Addresses that pages lead to, each with its place in the first line.
#[derive(Debug, Default)]
pub(crate) struct Places(FxHashMap<Arc<str>, usize>);

impl Places {
    /// Those of all pages that an output and what is known of its new pages speak of.
    pub(crate) fn of(output: &Output, fresh: &Fresh) -> Self {
        let kept = output.kept().map(|(_, _, trace)| &trace.reading);
        let made = fresh.bound.values().map(|bound| &bound.reading);
        let mut places = FxHashMap::default();
        for (_, address) in kept.chain(made).flat_map(|reading| &reading.addresses) {
            if !places.contains_key(address) {
                places.insert(Arc::clone(address), places.len());
            }
        }
        Self(places)
    }

    fn in_order(&self) -> Vec<&str> {
        let mut all: Vec<(&usize, &str)> = self.0.iter().map(|(address, place)| (place, &**address)).collect();
        all.sort_unstable();
        all.into_iter().map(|(_, address)| address).collect()
    }
}

/// Keeps traces in a file.
pub(crate) fn write(
    file: &Path,
    places: &Places,
    mut traces: impl Iterator<Item = (String, Arc<Trace>)>,
) -> io::Result<()> {
    let new = file.with_extension("newer");
    let mut text = io::BufWriter::new(fs::File::create(&new)?);
    serde_json::to_writer(&mut text, &places.in_order())?;
    let line = |(file, trace): &(String, Arc<Trace>)| serde_json::to_vec(&Line::new(file, trace, places));
    loop {
        let some: Vec<(String, Arc<Trace>)> = traces.by_ref().take(LINES_AT_ONCE).collect();
        if some.is_empty() {
            break;
        }
        for line in some.par_iter().map(line).collect::<Result<Vec<_>, _>>()? {
            text.write_all(b"\n")?;
            text.write_all(&line)?;
        }
    }
    text.into_inner()?;
    fs::rename(&new, file)
}

impl Line {
    fn new(file: &str, trace: &Trace, places: &Places) -> Self {
        let Trace { hash, reading, cards, styles, pictures, cause, mark } = trace;
        let place = |(how, address): &(Use, Arc<str>)| Some((*how, *places.0.get(address)?));
        Self {
            file: file.to_owned(),
            cause: cause.clone(),
            hash: hash.clone(),
            mark: mark.clone(),
            addresses: reading.addresses.iter().filter_map(place).collect(),
            ids: reading.ids.iter().map(ToString::to_string).collect(),
            names: reading.names.iter().map(ToString::to_string).collect(),
            cards: cards.clone(),
            styles: styles.clone(),
            pictures: pictures.clone(),
        }
    }

    fn trace(self, known: &[Arc<str>], shared: &Known) -> Option<(String, Arc<Trace>)> {
        let Self { file, cause, hash, mark, addresses, ids, names, cards, styles, pictures } = self;
        let address = |(how, place): (Use, usize)| Some((how, Arc::clone(known.get(place)?)));
        let addresses = addresses.into_iter().map(address).collect::<Option<_>>()?;
        let of = |names: Vec<String>| names.iter().map(|name| shared.of(name)).collect();
        let reading = Reading::kept(addresses, of(ids), of(names));
        Some((file, Arc::new(Trace { hash, reading, cards, styles, pictures, cause, mark })))
    }
}
