//! Pictures: what a finished page shows with `<img>` gets its size, and a still picture of points its mean colour and the
//! choice of a width and a format, so that a phone loads what a phone can show.
//!
//! A picture may come from Markdown, from a component or from the theme, so the one place where all of them are is the page as
//! it is written. The file that somebody put into `content/` stays where it is, for feeds and links; what is made of it lies
//! below `/assets/` under a name that changes with its content. Without a picture in the site nothing of this happens.

pub(crate) mod cache;
mod raster;
pub(crate) mod svg;
mod tag;
mod tone;
mod variants;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    mem,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use memchr::memmem;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    asset,
    bindery::Leaf,
    diagnostic::Diagnostic,
    output::Output,
    page::output_of,
    proof::{self, address::Target},
    source,
    trace::Trace,
};
use cache::Cache;
use raster::Read;
use tag::Tag;
use tone::Tone;
use variants::{Format, RECIPE, Series, Variant};

/// How wide a picture is where nobody says so with `sizes`: a column of text, or a phone. Browsers that can, look themselves.
const SIZES: &str = "(min-width: 42rem) 40rem, 100vw";

/// What an address in an attribute cannot hold as it is.
const UNSAFE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?').add(b'`');

/// Where pictures are made ready, and who hears of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Studio<'a> {
    /// The root of the site, which has the cache.
    pub(crate) root: &'a Path,
    pub(crate) site_url: &'a str,
    /// Is told of each picture that was encoded, because that takes long.
    pub(crate) progress: fn(&str),
}

/// What a page shows: the tag, and the address of the file that answers for it.
struct Shown {
    tag: Tag,
    file: String,
    /// The address to write, where the one that somebody wrote is not as a browser understands it.
    written: Option<String>,
}

/// The pictures of a site that are ready, for pages that are made anew.
#[derive(Debug, Default)]
pub(crate) struct Album {
    /// What somebody should know of them.
    pub(crate) warnings: Vec<Diagnostic>,
    /// Variants that are not in the output yet, by address: what each is made of, and its bytes.
    pub(crate) added: BTreeMap<String, (String, Vec<u8>)>,
    /// Whether the site has a picture; none before somebody asked.
    has_any: Option<bool>,
    ready: BTreeMap<String, Ready>,
    /// Pictures that some page shows and that are not ready.
    wanted: BTreeSet<String>,
    /// By the file of a page.
    looked: BTreeMap<String, Looked>,
}

/// The addresses at which the pictures of a page were looked for, and whether something was there.
type Looked = BTreeMap<String, bool>;

impl Album {
    /// Where a page's pictures were looked for.
    pub(crate) fn looked(&self, page: &str) -> Cow<'_, Looked> {
        self.looked.get(page).map(Cow::Borrowed).unwrap_or_default()
    }

    /// Takes in a page of the last build.
    pub(crate) fn recall(&mut self, page: &str, trace: &Trace) {
        if !trace.pictures.is_empty() {
            self.note(page, trace.pictures.iter().map(|(at, hash)| (at.clone(), hash.is_some())).collect());
        }
    }

    fn note(&mut self, page: &str, looked: Looked) {
        let shown = looked.iter().filter(|(file, is_there)| **is_there && is_picture(file)).map(|(file, _)| file);
        let wanted = shown.filter(|file| !self.ready.contains_key(*file)).cloned();
        self.wanted.extend(wanted);
        self.looked.insert(page.to_owned(), looked);
    }
}

/// A picture that is ready, with the address of each variant.
#[derive(Debug, Default)]
struct Ready {
    size: Option<(u32, u32)>,
    tone: Option<Tone>,
    /// The best format first.
    choice: Vec<(Format, Vec<(u32, String)>)>,
}

/// A picture as the cache keeps it: this in one line, and behind it the bytes of all variants.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    size: (u32, u32),
    tone: Option<Tone>,
    is_moving: bool,
    /// Width and length of each variant, by format.
    series: Vec<(Format, Vec<(u32, usize)>)>,
}

/// A picture and what was made of it.
struct Made {
    size: (u32, u32),
    tone: Option<Tone>,
    is_moving: bool,
    series: Vec<Series>,
}

impl Studio<'_> {
    /// Gives pages their pictures. Those that are not ready are made, also for the pages of the last build. What is wrong with
    /// pictures is told, each once.
    pub(crate) fn dress(self, album: &mut Album, output: &Output, lot: Vec<Leaf>) -> (Vec<Leaf>, Vec<Diagnostic>) {
        if !*album.has_any.get_or_insert_with(|| output.files().any(is_picture)) {
            return (lot, vec![]);
        }
        let look = |leaf: &Leaf| {
            let has_tags = memmem::find(leaf.html.as_bytes(), b"<img").is_some();
            if has_tags {
                self.shown(output, (&output_of(&leaf.address), &leaf.origin), &leaf.html)
            } else {
                Default::default()
            }
        };
        let mut looks: Vec<(Vec<Shown>, Looked)> = lot.par_iter().map(look).collect();
        for (leaf, (_, looked)) in lot.iter().zip(&mut looks).filter(|(_, (_, looked))| !looked.is_empty()) {
            album.note(&output_of(&leaf.address), mem::take(looked));
        }
        let problems = self.make_ready(album, output);
        let ready = &album.ready;
        let dressed = lot.into_par_iter().zip(looks).map(|(leaf, (shown, _))| {
            if shown.is_empty() { leaf } else { Leaf { html: dressed(&leaf.html, shown, ready), ..leaf } }
        });
        (dressed.collect(), problems)
    }

    /// Makes the pictures that are asked for and not ready.
    fn make_ready(self, album: &mut Album, output: &Output) -> Vec<Diagnostic> {
        let wanted = mem::take(&mut album.wanted);
        let files: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        let made = if files.is_empty() { Ok(vec![]) } else { self.made(output, &files) };
        let (made, problems) = made.map_or_else(|problems| (vec![], problems), |made| (made, vec![]));
        for (file, made) in made {
            if made.as_ref().is_some_and(|made| made.is_moving) {
                let finding = Diagnostic::file(output.origin(file).unwrap_or(file), "is a picture that moves");
                album
                    .warnings
                    .push(finding.hint("it is published as it is, in one size: a short video would weigh less"));
            }
            album.ready.insert(file.to_owned(), placed(file, made, output, &mut album.added));
        }
        // Nobody is told twice.
        for file in wanted {
            album.ready.entry(file).or_default();
        }
        problems
    }

    /// A page of this file that was made anew, with its pictures. `None` where it shows others than before: they have to be
    /// made, or nobody may show them any more.
    pub(crate) fn redress(self, album: &Album, output: &Output, page: (&str, &str), html: String) -> Option<String> {
        let (shown, looked) = self.shown(output, page, &html);
        if looked != *album.looked(page.0) {
            return None;
        }
        Some(if shown.is_empty() { html } else { dressed(&html, shown, &album.ready) })
    }

    /// The pictures of a page that are files of this site, and where they were looked for.
    fn shown(self, output: &Output, (page, origin): (&str, &str), html: &str) -> (Vec<Shown>, Looked) {
        let (moment, address) = proof::moment_and_address(page);
        let (mut shown, mut looked) = (Vec::new(), Looked::new());
        for tag in tag::find(html) {
            // Without words for who cannot see it the build ends, and shows it as somebody wrote it.
            let (Some(source), Some(_)) = (tag.get("src"), tag.get("alt")) else { continue };
            let mut file = |page: &str| match Target::of(source, page, self.site_url) {
                Target::Here { path, .. } => [format!("{moment}{path}"), path].into_iter().find(|path| {
                    let is_there = output.has(path);
                    looked.insert(path.clone(), is_there);
                    is_there
                }),
                Target::Elsewhere | Target::Nothing => None,
            };
            let folder = origin.strip_prefix("content").and_then(|folder| Some(&folder[..=folder.rfind('/')?]));
            let (file, written) = match file(&address) {
                Some(file) => (file, None),
                None => match folder.and_then(file) {
                    Some(file) => {
                        let written = utf8_percent_encode(&file, UNSAFE).to_string();
                        (file, Some(written))
                    }
                    None => continue,
                },
            };
            if is_picture(&file) {
                shown.push(Shown { tag, file, written });
            }
        }
        (shown, looked)
    }

    /// Makes what pages show, side by side. All that is wrong is told at once.
    fn made<'file>(
        self,
        output: &Output,
        files: &BTreeSet<&'file str>,
    ) -> Result<Vec<(&'file str, Option<Made>)>, Vec<Diagnostic>> {
        let (cache, done) = (Cache::new(self.root, cache::FOLDER), AtomicUsize::new(0));
        let points = |file: &&&str| raster::format(file).is_some();
        let count = files.iter().filter(points).count();
        let made: Vec<Result<(&str, Option<Made>), Diagnostic>> = files
            .par_iter()
            .map(|file| {
                let (Some(bytes), Some(format)) = (output.bytes(file), raster::format(file)) else {
                    return Ok((*file, None));
                };
                let origin = output.origin(file).unwrap_or(file);
                let key = Cache::key(&format!("{RECIPE} {format:?}"), bytes);
                if let Some(made) = cache.get(&key).and_then(|entry| Made::read(&entry)) {
                    done.fetch_add(1, Ordering::Relaxed);
                    return Ok((*file, Some(made)));
                }
                let made = Made::new(origin, bytes, format)?;
                cache.put(&key, &made.entry());
                let number = done.fetch_add(1, Ordering::Relaxed) + 1;
                if !made.is_moving {
                    (self.progress)(&format!("picture {number} of {count}: {origin}"));
                }
                Ok((*file, Some(made)))
            })
            .collect();
        let mut problems = Vec::new();
        let made = made.into_iter().filter_map(|made| made.map_err(|problem| problems.push(problem)).ok()).collect();
        if problems.is_empty() { Ok(made) } else { Err(problems) }
    }
}

impl Made {
    fn new(file: &str, bytes: &[u8], format: image::ImageFormat) -> Result<Self, Diagnostic> {
        match raster::read(file, bytes, format)? {
            Read::Moving(width, height) => {
                Ok(Self { size: (width, height), tone: None, is_moving: true, series: vec![] })
            }
            Read::Still(raster) => {
                let series = variants::make(&raster, bytes).map_err(|error| {
                    Diagnostic::file(file, format!("cannot be encoded: {error}"))
                        .hint("save it in another format, or in another size")
                })?;
                let size = (raster.image.width(), raster.image.height());
                Ok(Self { size, tone: Tone::of(&raster.image), is_moving: false, series })
            }
        }
    }

    fn entry(&self) -> Vec<u8> {
        let lengths = |series: &Series| {
            let variants = series.variants.iter().map(|variant| (variant.width, variant.bytes.len()));
            (series.format, variants.collect())
        };
        let series = self.series.iter().map(lengths).collect();
        let head = Entry { size: self.size, tone: self.tone, is_moving: self.is_moving, series };
        // Numbers and names of formats always have a JSON form; an entry without one is read as none.
        let mut entry = serde_json::to_vec(&head).unwrap_or_default();
        entry.push(b'\n');
        let variants = self.series.iter().flat_map(|series| &series.variants);
        variants.for_each(|variant| entry.extend(&variant.bytes));
        entry
    }

    fn read(entry: &[u8]) -> Option<Self> {
        let line = memchr::memchr(b'\n', entry)?;
        let head: Entry = serde_json::from_slice(entry.get(..line)?).ok()?;
        let mut rest = entry.get(line + 1..)?;
        let mut series = Vec::new();
        for (format, lengths) in head.series {
            let mut variants = Vec::new();
            for (width, length) in lengths {
                let (bytes, behind) = rest.split_at_checked(length)?;
                variants.push(Variant { width, bytes: bytes.to_vec() });
                rest = behind;
            }
            series.push(Series { format, variants });
        }
        rest.is_empty().then_some(Self { size: head.size, tone: head.tone, is_moving: head.is_moving, series })
    }
}

/// Whether a file is a picture whose size can be known.
fn is_picture(file: &str) -> bool {
    raster::format(file).is_some() || source::has_extension(file, "svg")
}

/// Gives each variant its address, and notes what is to be added to the site.
fn placed(file: &str, made: Option<Made>, output: &Output, added: &mut BTreeMap<String, (String, Vec<u8>)>) -> Ready {
    let Some(made) = made else {
        let text = output.text(file);
        return Ready { size: text.and_then(|text| svg::size(&text)), ..Ready::default() };
    };
    let origin = output.origin(file).unwrap_or(file);
    let choice = made.series.into_iter().map(|Series { format, variants }| {
        let variants = variants.into_iter().map(|Variant { width, bytes }| {
            let name = format!("{}-{width}.{}", stem(file), format.extension());
            let address = format!("/assets/{}", asset::hashed(&name, &bytes));
            added.entry(address.clone()).or_insert_with(|| (origin.to_owned(), bytes));
            (width, address)
        });
        (format, variants.collect())
    });
    Ready { size: Some(made.size), tone: made.tone, choice: choice.collect() }
}

/// The name of a file in letters that stand in an address and in a list of addresses as they are.
fn stem(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    match name.trim_matches('-') {
        "" => "picture".to_owned(),
        name => name.to_owned(),
    }
}

/// A page with its pictures made ready.
fn dressed(html: &str, shown: Vec<Shown>, ready: &BTreeMap<String, Ready>) -> String {
    let mut written = String::with_capacity(html.len() + shown.len() * 512);
    let mut end = 0;
    for (number, shown) in shown.into_iter().enumerate() {
        let span = shown.tag.span.clone();
        written.push_str(html.get(end..span.start).unwrap_or_default());
        match ready.get(&shown.file) {
            Some(ready) => written.push_str(&picture(shown, ready, number == 0)),
            None => written.push_str(html.get(span.clone()).unwrap_or_default()),
        }
        end = span.end;
    }
    written.push_str(html.get(end..).unwrap_or_default());
    written
}

/// A picture as HTML. The first of a page is most likely in sight at once, so it does not wait to be scrolled to.
fn picture(Shown { mut tag, written, .. }: Shown, ready: &Ready, is_first: bool) -> String {
    if let Some(written) = written {
        tag.set("src", written);
    }
    if let Some((width, height)) = ready.size {
        let (wide, high) = (number(&tag, "width"), number(&tag, "height"));
        let scaled = |by: u32, of: u32, from: u32| (u64::from(by) * u64::from(of)).div_ceil(u64::from(from.max(1)));
        match (wide, high) {
            (None, None) => {
                tag.set("width", width.to_string());
                tag.set("height", height.to_string());
            }
            (Some(wide), None) => tag.set("height", scaled(wide, height, width).to_string()),
            (None, Some(high)) => tag.set("width", scaled(high, width, height).to_string()),
            (Some(_), Some(_)) => {}
        }
    }
    if is_first {
        tag.remove("loading");
    } else if tag.get("loading").is_none() {
        tag.set("loading", "lazy");
    }
    tag.set("decoding", "async");
    // Another picture than this one may be shown where somebody chose, and it may let something through.
    if let Some(tone) = ready.tone.filter(|_| !tag.is_chosen) {
        tone.tell(&mut tag);
    }
    let Some(((_, common), better)) = ready.choice.split_last().filter(|_| !tag.is_chosen) else { return tag.html() };
    let own = tag.get("sizes").filter(|sizes| !sizes.is_empty()).map(str::to_owned);
    let sizes = own.unwrap_or_else(|| if is_first { SIZES.to_owned() } else { format!("auto, {SIZES}") });
    let list = |variants: &[(u32, String)]| {
        let variants = variants.iter().map(|(width, address)| format!("{address} {width}w"));
        variants.collect::<Vec<_>>().join(", ")
    };
    if let Some((_, largest)) = common.last() {
        tag.set("src", largest);
    }
    tag.set("srcset", list(common));
    tag.set("sizes", &*sizes);
    let sizes = sizes.replace('&', "&amp;").replace('"', "&quot;");
    let sources = better.iter().map(|(format, variants)| {
        format!("<source type=\"{}\" srcset=\"{}\" sizes=\"{sizes}\">", format.media_type(), list(variants))
    });
    let sources: String = sources.collect();
    if sources.is_empty() { tag.html() } else { format!("<picture>{sources}{}</picture>", tag.html()) }
}

/// A size that somebody wrote; what is no number is none.
fn number(tag: &Tag, name: &str) -> Option<u32> {
    tag.get(name).and_then(|value| value.trim().parse().ok())
}

#[cfg(test)]
mod tests;
