//! Where traces are kept: a file below `.cache/` with a line for each page. Nearly all pages lead to the same addresses, so
//! these stand in the first line, once.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    io::{self, Write},
    path::Path,
    sync::Arc,
};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Trace, Traces, cause::Cause};
use crate::{
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

/// Keeps traces in a file.
pub(crate) fn write(file: &Path, traces: &BTreeMap<String, Arc<Trace>>) -> io::Result<()> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut addresses: Vec<&str> = Vec::new();
    for (_, address) in traces.values().flat_map(|trace| &trace.reading.addresses) {
        places.entry(address).or_insert_with(|| {
            addresses.push(address);
            addresses.len() - 1
        });
    }
    let new = file.with_extension("newer");
    let mut text = io::BufWriter::new(fs::File::create(&new)?);
    serde_json::to_writer(&mut text, &addresses)?;
    let traces: Vec<(&String, &Arc<Trace>)> = traces.iter().collect();
    let line = |(file, trace): &(&String, &Arc<Trace>)| serde_json::to_vec(&Line::new(file, trace, &places));
    for some in traces.chunks(LINES_AT_ONCE) {
        for line in some.par_iter().map(line).collect::<Result<Vec<_>, _>>()? {
            text.write_all(b"\n")?;
            text.write_all(&line)?;
        }
    }
    text.into_inner()?;
    fs::rename(&new, file)
}

impl Line {
    fn new(file: &str, trace: &Trace, places: &HashMap<&str, usize>) -> Self {
        let Trace { hash, reading, cards, styles, pictures, cause, mark } = trace;
        let place = |(how, address): &(Use, Arc<str>)| Some((*how, *places.get(&**address)?));
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
