//! Where the value behind a label begins and ends.

use crate::domain::redaction::part;

/// A value, in bytes of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Behind everything that was read to find it.
    pub(super) read_to: usize,
    pub(super) is_quoted: bool,
}

/// What ends a quoted value, by what begins it.
fn closing(quote: char) -> Option<&'static [char]> {
    match quote {
        '"' => Some(&['"', '\u{201d}']),
        '\'' => Some(&['\'', '\u{2019}']),
        '`' => Some(&['`']),
        '\u{201c}' | '\u{201e}' => Some(&['\u{201d}', '\u{201c}', '"']),
        '\u{2018}' | '\u{201a}' => Some(&['\u{2019}', '\u{2018}', '\'']),
        '\u{ab}' => Some(&['\u{bb}']),
        '\u{bb}' => Some(&['\u{ab}']),
        _ => None,
    }
}

/// The value that begins at a place or behind the space there.
pub(super) fn behind(text: &str, at: usize, in_tag: bool) -> Option<Value> {
    let rest = part(text, at, text.len());
    // The second half of bold letters: `**Password:** …`.
    let rest = rest.strip_prefix("**").unwrap_or(rest);
    let line = rest.trim_start_matches([' ', '\t', '\u{a0}']);
    if line.is_empty() {
        return None;
    }
    let begun = match line.strip_prefix("\r\n").or_else(|| line.strip_prefix('\n')) {
        Some(next) => alone(next)?,
        None => line,
    };
    let start = text.len() - begun.len();
    if in_tag {
        let end = start + begun.find(['<', '\n'])?;
        return (start < end).then_some(Value { start, end, read_to: end, is_quoted: true });
    }
    quoted(begun, start).or_else(|| plain(begun, start))
}

/// The next line, if it is one word: some write the label above its value.
fn alone(line: &str) -> Option<&str> {
    let line = line.trim_start_matches([' ', '\t']);
    let end = line.find('\n').unwrap_or(line.len());
    let word = part(line, 0, end).trim_end();
    let is_label = word.ends_with(':');
    (!word.is_empty() && !is_label && !word.contains(char::is_whitespace)).then_some(line)
}

/// A value in quotes, up to the first one on its line that closes it. A backslash keeps a quote from closing.
fn quoted(text: &str, start: usize) -> Option<Value> {
    let quote = text.chars().next()?;
    let closing = closing(quote)?;
    let mut is_escaped = false;
    let inside = part(text, quote.len_utf8(), text.len());
    let (length, last) = inside.char_indices().take_while(|(_, c)| *c != '\n').find(|(_, c)| {
        let closes = closing.contains(c) && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        closes
    })?;
    let start = start + quote.len_utf8();
    let end = start + length;
    (start < end).then_some(Value { start, end, read_to: end + last.len_utf8(), is_quoted: true })
}

/// A value up to the next space, without what ends a sentence or a list behind it.
fn plain(text: &str, start: usize) -> Option<Value> {
    let word = part(text, 0, text.find(char::is_whitespace).unwrap_or(text.len()));
    let bare = word.trim_end_matches([',', ';', '.', ')', '"', '\'', '`', '*', '\u{201d}']);
    let length = if bare.is_empty() { word.len() } else { bare.len() };
    (length > 0).then_some(Value { start, end: start + length, read_to: start + word.len(), is_quoted: false })
}
