//! Proofreading: every finished page is read as a browser reads it, and what leads nowhere is named where somebody wrote it.
//!
//! A link may come from a page, from the theme, from the settings or from the generator itself, so the one place where all of
//! them are is the page as it is written. What answers for an address is a file of the site, a former address of a page, or
//! a route of the edge.

pub(crate) mod address;
pub(crate) mod advice;
pub(crate) mod elsewhere;
pub(crate) mod reading;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use edge::http::Method;
use edge::routes::{self, Match};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::{
    bindery::Bound,
    config::{Config, SITE_FILE},
    diagnostic::{self, Diagnostic, closest},
    output::Output,
    page::output_of,
    site_data::SWITCH_FOLDER,
    source::{self, Tree},
    theme::Theme,
};
use address::Target;
use reading::{Reading, Use};

/// A site as it is read: the pages, and where their words came from.
#[derive(Clone, Copy)]
pub(crate) struct Proof<'a> {
    pub(crate) output: &'a Output,
    /// Former addresses and where they lead now.
    pub(crate) redirects: &'a BTreeMap<String, String>,
    pub(crate) config: &'a Config,
    pub(crate) content: &'a Tree,
    pub(crate) theme: &'a Theme,
}

/// A page that was read.
struct Sheet<'a> {
    /// The folder of the moment that it is for, `/_at/2027-03-01`; empty for now.
    moment: String,
    /// Its address at that moment.
    address: String,
    /// The file that its words are from.
    origin: &'a str,
    reading: Cow<'a, Reading>,
}

impl<'a> Sheet<'a> {
    fn new(file: &str, origin: &'a str, reading: Reading) -> Self {
        let (moment, address) = moment_and_address(file);
        Self { moment, address, origin, reading: Cow::Owned(reading) }
    }
}

/// The places of a page that can be led to.
pub(crate) fn places(html: &str) -> BTreeSet<Arc<str>> {
    reading::read(html).ids.into_iter().collect()
}

/// The addresses of the style sheets that a page asks for.
pub(crate) fn style_sheets(html: &str) -> Vec<String> {
    let parts = reading::read(html).addresses.into_iter().filter(|(how, _)| *how == Use::Part);
    parts.map(|(_, address)| address.to_string()).filter(|address| source::has_extension(address, "css")).collect()
}

/// Pages by where their file is.
type Sheets<'a> = BTreeMap<String, &'a Reading>;

/// Addresses and how they are used.
type Sound<'a> = FxHashSet<(Use, &'a str)>;

impl Proof<'_> {
    /// Goes through what was read of the pages (`bound`, by their files) and is kept of those of the last build. Everything that
    /// is wrong with any of them is told.
    pub(crate) fn read(self, bound: &BTreeMap<String, Bound>) -> Result<(), Vec<Diagnostic>> {
        let fresh =
            self.output.page_files().filter_map(|(file, origin)| Some((file, origin, &bound.get(file)?.reading)));
        let kept = self.output.kept().map(|(file, origin, trace)| (file, origin, &trace.reading));
        let sheet = |(file, origin, reading)| {
            let (moment, address) = moment_and_address(file);
            Sheet { moment, address, origin, reading: Cow::Borrowed(reading) }
        };
        let sheets: Vec<Sheet<'_>> = fresh.chain(kept).map(sheet).collect();
        let place = |sheet: &Sheet<'_>| format!("{}{}", sheet.moment, sheet.address);
        let known: Sheets<'_> = sheets.iter().map(|sheet| (place(sheet), &*sheet.reading)).collect();
        let sound = self.sound(&sheets);
        let findings = |sheet| self.findings(sheet, &known, &sound);
        let problems: Vec<Diagnostic> = sheets.par_iter().flat_map_iter(findings).collect();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Whether nothing would be wrong with a page of the output that were this.
    pub(crate) fn is_right(self, file: &str, origin: &str, html: &str) -> bool {
        let sheet = Sheet::new(file, origin, reading::read(html));
        let leads_to = |written: &str| match Target::of(written, &sheet.address, &self.config.url) {
            Target::Here { path, fragment } if !fragment.is_empty() && path != sheet.address => Some(path),
            _ => None,
        };
        let others: BTreeSet<String> =
            sheet.reading.addresses.iter().filter_map(|(_, written)| leads_to(written)).collect();
        let read = |path: String| {
            let file = output_of(&path);
            let is_page = source::has_extension(&file, "html") && address_of(&file) == path;
            is_page.then(|| Some((reading::read(&self.output.text(&path)?), path)))?
        };
        let others: Vec<(Reading, String)> = others.into_iter().filter_map(read).collect();
        let mut known: Sheets<'_> = others.iter().map(|(reading, path)| (path.clone(), reading)).collect();
        known.insert(sheet.address.clone(), &sheet.reading);
        self.findings(&sheet, &known, &Sound::default()).is_empty()
    }

    /// The addresses that are right wherever they are written. Most pages have the same, so each is looked at once.
    fn sound<'sheet>(self, sheets: &'sheet [Sheet<'_>]) -> Sound<'sheet> {
        let gather = |mut all: Sound<'sheet>, sheet: &'sheet Sheet<'_>| {
            all.extend(sheet.reading.addresses.iter().map(|(how, written)| (*how, &**written)));
            all
        };
        let both = |mut one: Sound<'sheet>, other: Sound<'sheet>| {
            one.extend(other);
            one
        };
        let all = sheets.par_iter().fold(Sound::default, gather).reduce(Sound::default, both);
        let is_sound = |(how, written): &(Use, &str)| match Target::of(written, "/", &self.config.url) {
            Target::Elsewhere => true,
            Target::Nothing => false,
            Target::Here { path, fragment } => {
                let is_whole = written.starts_with('/') || written.contains("://");
                is_whole && fragment.is_empty() && self.answers("", *how, &path)
            }
        };
        all.into_par_iter().filter(is_sound).collect()
    }

    fn findings(self, sheet: &Sheet<'_>, known: &Sheets<'_>, sound: &Sound<'_>) -> Vec<Diagnostic> {
        let addresses = sheet.reading.addresses.iter().filter(|(how, written)| !sound.contains(&(*how, &**written)));
        let astray = addresses.filter_map(|(how, written)| self.astray(sheet, *how, written, known));
        diagnostic::few(sheet.origin, astray.chain(self.slips(sheet)))
    }

    /// What is wrong with an address that a page uses.
    fn astray(self, sheet: &Sheet<'_>, how: Use, written: &str, known: &Sheets<'_>) -> Option<Diagnostic> {
        let (path, fragment) = match Target::of(written, &sheet.address, &self.config.url) {
            Target::Elsewhere => return None,
            Target::Nothing => return Some(self.finding(sheet, written, format!("`{written}` is not an address"))),
            Target::Here { path, fragment } => (path, fragment),
        };
        if path != sheet.address && !self.answers(&sheet.moment, how, &path) {
            return Some(self.missing(sheet, how, written, &path));
        }
        if how != Use::Link || matches!(fragment.as_str(), "" | "top") || fragment.starts_with(":~:") {
            return None;
        }
        let page = known.get(&format!("{}{path}", sheet.moment)).or_else(|| known.get(&path))?;
        if page.has_place(&fragment) {
            return None;
        }
        let finding = self.finding(sheet, written, format!("`{written}` leads to a page without a place `{fragment}`"));
        Some(match closest(&fragment, page.ids.iter().map(|id| &**id)) {
            Some(meant) => finding.hint(format!("did you mean `#{meant}`?")),
            None => finding.hint("the places of a page are its headings, in lower case and with hyphens"),
        })
    }

    /// Whether something is there.
    fn answers(self, moment: &str, how: Use, path: &str) -> bool {
        let method = if how == Use::Form { Method::Post } else { Method::Get };
        if matches!(routes::find(method, path), Match::Route(_)) {
            return true;
        }
        let is_file = || {
            let is_public = !path.starts_with("/_");
            is_public && (self.output.has(path) || self.output.has(&format!("{moment}{path}")))
        };
        how != Use::Form && (is_file() || self.redirects.contains_key(path))
    }

    fn missing(self, sheet: &Sheet<'_>, how: Use, written: &str, path: &str) -> Diagnostic {
        let message = match how {
            Use::Link => format!("`{written}` leads nowhere"),
            Use::Part | Use::Choice => format!("there is no file `{written}`"),
            Use::Form => format!("no form is taken at `{written}`"),
        };
        let finding = self.finding(sheet, written, message);
        let slashed = format!("{path}/");
        if how == Use::Link && self.answers(&sheet.moment, how, &slashed) {
            return finding.hint(format!("the address of a page ends with a slash: `{slashed}`"));
        }
        let known: BTreeSet<String> = match how {
            Use::Form => BTreeSet::new(),
            Use::Link => {
                let files = self.output.files().filter(|file| source::has_extension(file, "html"));
                files.map(address_of).filter(|path| !path.starts_with("/_")).collect()
            }
            Use::Part | Use::Choice => {
                self.output.files().filter(|file| !source::has_extension(file, "html")).map(address_of).collect()
            }
        };
        match closest(path, known.iter().map(String::as_str)) {
            Some(meant) => finding.hint(format!("did you mean `{meant}`?")),
            None if how == Use::Form => finding.hint("forms are taken where the edge has a route for them"),
            None => finding.hint("an address begins with the slash of the site: a page is named by its folders, any other file lies below `content/`"),
        }
    }

    /// What is wrong with a page by itself.
    fn slips(self, sheet: &Sheet<'_>) -> Vec<Diagnostic> {
        let Reading { repeated_ids, silent_pictures, broken_data, .. } = &*sheet.reading;
        let repeated = repeated_ids.iter().map(move |id| {
            let finding = self.finding(sheet, id, format!("two places of `{}` are named `{id}`", sheet.address));
            finding.hint("a name is for one place: change one of them")
        });
        let silent = silent_pictures.iter().map(move |source| {
            let finding = self.finding(sheet, source, format!("the picture `{source}` does not say what it shows"));
            finding.hint("add `alt=\"…\"`, which is empty where the picture only decorates")
        });
        let broken = broken_data.iter().map(|error| {
            let message = format!("data for programs in `{}` is no JSON: {error}", sheet.address);
            self.finding(sheet, "application/ld+json", message)
                .hint("write every value with `| json`, and no comma behind the last")
        });
        repeated.chain(silent).chain(broken).collect()
    }

    /// A finding at the place where somebody wrote this: in the page, in the theme or in the settings.
    fn finding(self, sheet: &Sheet<'_>, written: &str, message: String) -> Diagnostic {
        let page = self.content.whole_text(sheet.origin).map(|text| (sheet.origin.to_owned(), text));
        let templates = self
            .theme
            .templates
            .iter()
            .map(|template| (self.theme.template_file(&template.name), Cow::Borrowed(&*template.text)));
        let settings = self.content.whole_text(SITE_FILE).map(|text| (SITE_FILE.to_owned(), text));
        let mut sources = page.into_iter().chain(templates).chain(settings);
        let found = sources.find_map(|(file, text)| whole_word(&text, written).map(|offset| (file, text, offset)));
        match found {
            Some((file, text, offset)) => Diagnostic::at_offset(&file, &text, offset, written.chars().count(), message),
            None => Diagnostic::file(sheet.origin, message),
        }
    }
}

/// Where a text has an address, and not only one that begins or ends with it.
fn whole_word(text: &str, written: &str) -> Option<usize> {
    if written.is_empty() {
        return None;
    }
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '#' | '%');
    let mut found = text.match_indices(written).filter(|(at, _)| {
        let (before, after) = (text[..*at].chars().next_back(), text[*at + written.len()..].chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    });
    found.next().map(|(at, _)| at)
}

/// The folder of the moment that a file of the output is for, if that is a later one, and its address at that moment.
pub(crate) fn moment_and_address(file: &str) -> (String, String) {
    let address = address_of(file);
    let below = address.strip_prefix(SWITCH_FOLDER).and_then(|rest| rest.strip_prefix('/'));
    match below.and_then(|below| below.find('/')) {
        Some(slash) => {
            let (moment, address) = address.split_at(SWITCH_FOLDER.len() + 1 + slash);
            (moment.to_owned(), address.to_owned())
        }
        None => (String::new(), address),
    }
}

/// The address that a file of the output answers for.
fn address_of(file: &str) -> String {
    match file.strip_suffix("index.html") {
        Some(folder) if folder.is_empty() || folder.ends_with('/') => format!("/{folder}"),
        _ => format!("/{file}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, Fixture, SITE};

    /// What is wrong with a page: line, column, message and hint.
    #[track_caller]
    fn wrong(body: &str) -> (usize, usize, String, String) {
        let fixture = Fixture::site().with("content/a.md", format!("---\ntitle: A\n---\n\n{body}\n"));
        let problem = fixture.with("content/p.png", fixture::png(8, 8)).problem();
        assert_eq!(problem.file, "content/a.md", "{problem}");
        (problem.line, problem.column, problem.message, problem.hint.unwrap_or_default())
    }

    #[test]
    fn a_dead_link_is_named_at_its_line_with_what_was_meant() {
        for (body, line, column, message, hint) in [
            ("See [this](/featurs/).", 5, 12, "`/featurs/` leads nowhere", "did you mean `/features/`?"),
            (
                "a\n\n[b](/features)",
                7,
                5,
                "`/features` leads nowhere",
                "the address of a page ends with a slash: `/features/`",
            ),
            ("[b](../feature/)", 5, 5, "`../feature/` leads nowhere", "did you mean `/features/`?"),
            ("[b](/_shell/)", 5, 5, "`/_shell/` leads nowhere", ""),
            ("![b](/q.png)", 5, 6, "there is no file `/q.png`", "did you mean `/p.png`?"),
            ("<img src=/p.png srcset='/p.png 1x, /q.png 2x' alt>", 5, 36, "there is no file `/q.png`", "`/p.png`?"),
            ("## One\n\n[b](#on)", 7, 5, "`#on` leads to a page without a place `on`", "did you mean `#one`?"),
            ("<form method=post action=/sent></form>", 5, 26, "no form is taken at `/sent`", ""),
            ("<p id=x></p><p id=x></p>", 5, 7, "two places of `/a/` are named `x`", ""),
            ("<img src=/p.png>", 5, 10, "the picture `/p.png` does not say what it shows", ""),
        ] {
            let found = wrong(body);
            assert_eq!((found.0, found.1, found.2.as_str()), (line, column, message), "{body}");
            assert!(found.3.contains(hint), "{body}: {}", found.3);
        }
    }

    #[test]
    fn what_answers_is_a_page_a_file_a_former_address_or_a_route_of_the_edge() {
        let body = "# A\n\n[a](/features/) [b](/p.png) [c](/old/) [d](/consent) [e](/privacy/#main) [f](#a) [g](https://example.org/x) \
                    [h](mailto:a@b.example) [i](https://example.com/features/) ![](/p.png)\n\n<form method=post action=/checkout></form>";
        let fixture = Fixture::site().with("content/a.md", format!("---\ntitle: A\naliases: [/old/]\n---\n\n{body}\n"));
        fixture.with("content/p.png", fixture::png(8, 8)).build().expect("the site builds");
    }

    #[test]
    fn a_dead_link_of_the_settings_is_named_there_and_once() {
        let site = SITE.replace("navigation:", "navigation:\n  - { title: Gone, url: /gone/ }");
        assert!(site.contains("/gone/"));
        let problems = Fixture::site().with("content/site.yaml", site).build().expect_err("a dead link");
        let places: Vec<&str> = problems.iter().map(|problem| problem.file.as_str()).collect();
        assert_eq!(places, [SITE_FILE]);
    }

    #[test]
    fn every_fault_of_a_site_is_told_at_once() {
        let fixture = Fixture::site().with("content/a.md", "---\ntitle: A\n---\n[b](/b/) [c](/c/)\n");
        let problems = fixture.with("content/d.md", "---\ntitle: D\n---\n[e](/e/)\n").build().expect_err("dead links");
        assert_eq!(problems.len(), 3);
    }
}
