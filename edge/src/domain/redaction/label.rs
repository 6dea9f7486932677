//! Secrets that are known by the word in front of them: `password: …`, `define( 'DB_PASSWORD', '…' )`, `Bearer …`.
//!
//! Words are read one by one. Only behind one that may be a label is anything looked at, and what was looked at is not read
//! again.

use super::identifier;
use super::{Kind, Span, digit, is_mark, part};
use crate::domain::license::LicenseKey;

mod value;
mod words;

use value::Value;

/// What has to stand behind a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Anything that is assigned to it.
    Any,
    /// Three or four digits, assigned or not.
    Code,
    /// What can hardly be a word, assigned or not.
    Credential,
}

/// How a label leads to its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    /// `:`, `=`, `=>` and whatever else assigns.
    Assigns,
    /// The word *is*, which people use of other things than the password itself.
    Is,
    /// `>`, the end of a tag.
    Tag,
    /// Space alone.
    Nothing,
}

/// The longest value of the wrong shape that is looked into for other labels.
const READ_TWICE_MAX: usize = 200;

pub(super) fn spans(text: &str) -> Vec<Span> {
    let (mut spans, mut from) = (vec![], 0);
    while let Some((start, end)) = word(text, from) {
        from = end;
        let Some((kind, shape, lead, value)) = labelled(text, start, end) else { continue };
        let written = part(text, value.start, value.end);
        let fits = fits(shape, lead, value, written);
        if fits && !is_harmless(written) {
            spans.push(Span { start: value.start, end: value.end, kind });
        }
        // What does not fit may hold the next label; only where it is long it is not read twice.
        if fits || written.len() > READ_TWICE_MAX {
            from = value.read_to;
        }
    }
    spans
}

/// The next word at or behind a place. Letters of any script make one, and so do underscores; a mask is one as well.
fn word(text: &str, from: usize) -> Option<(usize, usize)> {
    let is_word = |c: char| match c {
        '\u{201c}'..='\u{201f}' | '\u{2018}'..='\u{201b}' | '\u{ab}' | '\u{bb}' | '\u{ff1a}' | '\u{ff1d}' => false,
        c if c.is_ascii() => c.is_ascii_alphanumeric() || c == '_',
        c => !c.is_whitespace(),
    };
    let start = from + part(text, from, text.len()).find(is_word)?;
    let rest = part(text, start, text.len());
    Some((start, start + rest.find(|c| !is_word(c)).unwrap_or(rest.len())))
}

/// What a word announces and what stands behind it, if the word is a label.
fn labelled(text: &str, start: usize, end: usize) -> Option<(Kind, Shape, Lead, Value)> {
    let (lead, at) = lead(text, start, end)?;
    let (kind, shape) = words::label(part(text, 0, end))?;
    Some((kind, shape, lead, value::behind(text, at, lead == Lead::Tag)?))
}

/// Whether what stands behind a label is of its shape.
fn fits(shape: Shape, lead: Lead, value: Value, written: &str) -> bool {
    match (shape, lead) {
        (Shape::Any, Lead::Assigns | Lead::Tag) => value.is_quoted || !words::is_prose(written),
        (Shape::Any, Lead::Is) => value.is_quoted || is_password(written),
        (Shape::Any, Lead::Nothing) => false,
        (Shape::Code, _) => is_code(written),
        (Shape::Credential, _) => is_credential(written),
    }
}

/// What leads from a word to a value, and where the value may begin.
fn lead(text: &str, start: usize, end: usize) -> Option<(Lead, usize)> {
    let rest = part(text, end, text.len());
    // The other end of what stood before the word: a quote, or the asterisks of bold letters.
    let closed = rest.trim_start_matches(['"', '\'', '`', '*', ')', ']', '\u{201d}', '\u{2019}', '\u{bb}']);
    let is_quoted = rest.starts_with(['"', '\'']);
    let bare = closed.trim_start_matches([' ', '\t', '\u{a0}']);
    let at = |rest: &str| text.len() - rest.len();
    let assigned = bare.strip_prefix([':', '=', '\u{ff1a}', '\u{ff1d}']);
    if let Some(behind) = assigned {
        // Two signs are a comparison; `:=` and `=>` are not.
        let is_comparison = bare.starts_with("==") || bare.starts_with("::");
        let behind = behind.strip_prefix(['=', '>']).unwrap_or(behind);
        return (!is_comparison).then(|| (Lead::Assigns, at(behind)));
    }
    if let Some(behind) = rest.strip_prefix('>') {
        return Some((Lead::Tag, at(behind)));
    }
    if let Some(behind) = bare.strip_prefix(',') {
        return (is_quoted && is_defined(part(text, 0, start))).then(|| (Lead::Assigns, at(behind)));
    }
    let is_spaced = bare.len() < closed.len();
    let is = ["is ", "ist ", "est ", "es "].iter().find_map(|is| bare.strip_prefix(is));
    match is.filter(|_| is_spaced) {
        Some(behind) => Some((Lead::Is, at(behind))),
        None => is_spaced.then(|| (Lead::Nothing, at(bare))),
    }
}

/// Whether what stands before a quoted name is `define(`.
fn is_defined(before: &str) -> bool {
    let before = before.strip_suffix(['"', '\'']).unwrap_or_default().trim_end();
    before.strip_suffix('(').is_some_and(|before| before.trim_end().ends_with("define"))
}

/// Whether a word behind *is* is a password and not what somebody says about one.
fn is_password(text: &str) -> bool {
    let is_letter = |c: char| !c.is_ascii() || c.is_ascii_alphabetic();
    let count = text.chars().take(6).count();
    count == 6 && text.contains(is_letter) && text.contains(|c: char| !is_letter(c) && !"'-/,.".contains(c))
}

fn is_code(text: &str) -> bool {
    matches!(text.chars().take(5).count(), 3 | 4) && text.chars().all(|c| digit::value(c).is_some())
}

/// Whether this is made by a machine: it has a digit, or letters of both sizes and the length of no word.
fn is_credential(text: &str) -> bool {
    let has_digit = text.contains(|c: char| c.is_ascii_digit() || c == '=');
    let is_mixed = text.len() >= 16 && text.chars().skip(1).any(|c| c.is_ascii_uppercase());
    text.len() >= 8 && (has_digit || is_mixed) || text.chars().all(is_mark)
}

/// Whether a value is no secret: already masked, only dots or asterisks, an address, or a name that people may write to us.
fn is_harmless(value: &str) -> bool {
    let is_blank = value.chars().all(|c| is_mark(c) || "*.-_?\u{2022}\u{2026}\u{25cf}\u{2013}\u{2014}".contains(c));
    let is_address = value.starts_with("https://") || value.starts_with("http://");
    is_blank || is_address || identifier::length(value) == Some(value.len()) || LicenseKey::parse(value).is_some()
}
