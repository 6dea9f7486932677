//! Social images: what a page looks like where somebody shares its address. The theme draws them (`social.svg`), and a page has
//! one where its template asks for it with `social_image(title=…)`; the call is the setting, so a theme without it pays nothing.
//!
//! The name of such a picture is a hash of all that goes into it, so a page can name it before it is drawn, and a build that
//! has drawn it once takes it from the cache without asking what it would look like. Two pages with the same words share one.

pub(crate) mod lines;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use memchr::memmem;
use rayon::prelude::*;
use resvg::tiny_skia::Color;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tera::{Kwargs, TeraResult, Value};

use crate::{
    diagnostic::Diagnostic,
    drawing::{Canvas, Fonts, png},
    image::{
        Studio,
        cache::{Cache, DRAWINGS},
    },
    output::Output,
    template::sketch::{Site, Sketch, Words},
    theme::{SOCIAL, Theme},
    view::SiteView,
};

/// The size that those who show such pictures ask for.
const WIDTH: u32 = 1200;
const HEIGHT: u32 = 630;

/// How drawings become files. It changes with whatever makes other bytes of the same drawing, which is also another version of
/// the renderer.
const RECIPE: &str = "social 1, resvg 0.49";

/// Where they are in a site.
const FOLDER: &str = "/assets/social/";

/// Digits of a name.
const NAME_DIGITS: usize = 16;

/// The pictures that templates asked for.
pub(crate) struct Gallery {
    site: Site,
    fonts: Fonts,
    fonts_folder: String,
    file: String,
    /// None for a theme that draws none.
    sketch: Option<Sketch>,
    /// The hash of what all have in common.
    common: Sha256,
    /// By the digits of the hash of all that goes into one.
    asked: Mutex<BTreeMap<String, Words>>,
    /// What those that were drawn are made of, by name.
    hung: Mutex<BTreeMap<String, Card>>,
}

/// What is in a picture that is not in all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Card {
    title: String,
    label: String,
}

/// What the cache keeps of a picture, before its bytes.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Entry {
    /// Letters that no font has.
    missing: String,
    #[serde(skip)]
    png: Vec<u8>,
}

impl Gallery {
    /// The gallery of a theme. What is wrong with its drawing is told at its place.
    pub(crate) fn new(theme: &Theme, site: &SiteView) -> Result<Self, Vec<Diagnostic>> {
        // Fonts are read for whoever draws.
        let files = theme.fonts.iter().filter(|_| theme.social.is_some());
        let fonts = Fonts::new(files.clone().map(Vec::as_slice));
        let sketch = Sketch::new(theme, &fonts)?;
        let mut common = Sha256::new().chain_update(RECIPE);
        if let Some(template) = &theme.social {
            common.update([0]);
            common.update(Sha256::digest(template.text.as_bytes()));
            files.for_each(|bytes| common.update(Sha256::digest(bytes)));
        }
        let host = site.url.split_once("://").map_or(site.url.as_str(), |(_, host)| host);
        // A port says nothing to a reader, and a server at hand has another one each time.
        let host = host.split(':').next().unwrap_or(host);
        let site = Site {
            title: site.title.clone(),
            description: site.description.clone(),
            host: host.trim_start_matches("www.").to_owned(),
            language: site.language.clone(),
        };
        let (file, fonts_folder) = (theme.template_file(SOCIAL), theme.fonts_folder());
        Ok(Self { site, fonts, fonts_folder, file, sketch, common, asked: Mutex::default(), hung: Mutex::default() })
    }

    /// What stands in the place of `social_image(title="…", label="…")`: the address and the size.
    pub(crate) fn ask(&self, kwargs: &Kwargs) -> TeraResult<Value> {
        let title = kwargs.must_get::<&str>("title")?.to_owned();
        let label = kwargs.get::<&str>("label")?.unwrap_or_default().to_owned();
        if self.sketch.is_none() {
            let message = format!("`social_image()` needs a drawing, and there is no {}", self.file);
            return Err(tera::Error::message(message));
        }
        let url = self.ask_for(Card { title, label }).map_err(|error| tera::Error::message(error.to_string()))?;
        Ok(Value::from_serializable(&serde_json::json!({ "url": url, "width": WIDTH, "height": HEIGHT })))
    }

    /// Asks for a picture anew that a page of the last build shows.
    pub(crate) fn recall(&self, card: &Card) {
        // It had a JSON form when it was asked for first.
        let _ = self.ask_for(card.clone());
    }

    /// The address that a picture will have.
    fn ask_for(&self, Card { title, label }: Card) -> serde_json::Result<String> {
        let words = Words { site: self.site.clone(), title, label };
        let json = serde_json::to_vec(&words)?;
        let digest = self.common.clone().chain_update(json).finalize();
        let digits = digest.iter().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"));
        let url = address(&digits);
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).entry(digits).or_insert(words);
        Ok(url)
    }

    /// What the pictures of these names are made of.
    pub(crate) fn cards(&self, names: &[String]) -> Vec<Card> {
        let hung = self.hung.lock().unwrap_or_else(PoisonError::into_inner);
        names.iter().filter_map(|name| hung.get(name).cloned()).collect()
    }

    /// Whether an output has all that was asked for since it was made.
    pub(crate) fn is_in(&self, output: &Output) -> bool {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner));
        asked.keys().all(|digits| output.has(&address(digits)))
    }

    /// Draws what was asked for, side by side, or takes it from the cache. All that is wrong is told at once; what somebody should
    /// know is returned. For a site that will not be written because something else `is_wrong`, nobody waits for pictures.
    pub(crate) fn hang(
        &self,
        output: &mut Output,
        studio: Studio<'_>,
        is_wrong: bool,
    ) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(sketch) = self.sketch.as_ref().filter(|_| !asked.is_empty()) else { return Ok(vec![]) };
        if is_wrong {
            for digits in asked.keys() {
                output.add(&address(digits), "a social image", "");
            }
            return Ok(vec![]);
        }
        let (cache, done, count) = (Cache::new(studio.root, DRAWINGS), AtomicUsize::new(0), asked.len());
        let made: Vec<Result<(&String, &Words, Entry), Diagnostic>> = asked
            .par_iter()
            .map(|(digits, words)| {
                if let Some(entry) = cache.get(digits).and_then(|kept| Entry::read(&kept)) {
                    done.fetch_add(1, Ordering::Relaxed);
                    return Ok((digits, words, entry));
                }
                let entry = self.draw(sketch, words)?;
                cache.put(digits, &entry.kept());
                let number = done.fetch_add(1, Ordering::Relaxed) + 1;
                (studio.progress)(&format!("social image {number} of {count}: {}", words.title));
                Ok((digits, words, entry))
            })
            .collect();
        let (mut problems, mut warnings) = (Vec::new(), Vec::new());
        for made in made {
            match made {
                Ok((digits, words, Entry { missing, png })) => {
                    let card = Card { title: words.title.clone(), label: words.label.clone() };
                    let name = digits.get(..NAME_DIGITS).unwrap_or(digits).to_owned();
                    self.hung.lock().unwrap_or_else(PoisonError::into_inner).insert(name, card);
                    output.add(&address(digits), "a social image", png);
                    if !missing.is_empty() {
                        let message = format!("no font has `{missing}`, which “{}” shows", words.title);
                        let hint = format!("add a font that has it to {}", self.fonts_folder);
                        warnings.push(Diagnostic::file(&self.file, message).hint(hint));
                    }
                }
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(warnings) } else { Err(problems) }
    }

    fn draw(&self, sketch: &Sketch, words: &Words) -> Result<Entry, Diagnostic> {
        let failed = |error: String| {
            Diagnostic::file(&self.file, format!("cannot be drawn: {error}"))
                .hint(format!("it is an SVG of {WIDTH} by {HEIGHT}; met while drawing “{}”", words.title))
        };
        if self.fonts.family().is_empty() {
            let problem = Diagnostic::file(&self.file, "has no font to write with");
            return Err(problem.hint(format!("put one into {}, with its license", self.fonts_folder)));
        }
        let svg = sketch.draw(words)?;
        let canvas = Canvas { width: WIDTH, height: HEIGHT, part: 100, ground: Color::WHITE };
        let drawn = self.fonts.draw(&svg, canvas).map_err(failed)?;
        let png = png::encode(&drawn.pixmap).map_err(|error| failed(error.to_string()))?;
        Ok(Entry { missing: drawn.missing.into_iter().collect(), png })
    }
}

impl Entry {
    fn kept(&self) -> Vec<u8> {
        // Letters always have a JSON form; an entry without one is read as none.
        let mut kept = serde_json::to_vec(self).unwrap_or_default();
        kept.push(b'\n');
        kept.extend(&self.png);
        kept
    }

    fn read(kept: &[u8]) -> Option<Self> {
        let line = memchr::memchr(b'\n', kept)?;
        let entry: Self = serde_json::from_slice(kept.get(..line)?).ok()?;
        Some(Self { png: kept.get(line + 1..)?.to_vec(), ..entry })
    }
}

/// The pictures that a page names.
pub(crate) fn named(html: &str) -> BTreeSet<&str> {
    let starts = memmem::find_iter(html.as_bytes(), FOLDER.as_bytes()).map(|start| start + FOLDER.len());
    starts.filter_map(|start| html.get(start..start + NAME_DIGITS)).collect()
}

fn address(digits: &str) -> String {
    format!("{FOLDER}{}.png", digits.get(..NAME_DIGITS).unwrap_or(digits))
}

#[cfg(test)]
mod tests;
