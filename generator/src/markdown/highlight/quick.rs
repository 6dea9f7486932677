//! Readers of our own for the languages that most pages have: some microseconds a block where a grammar takes a millisecond, and
//! nothing to load. What one of them is not sure of it leaves to the grammar.
//!
//! Every reader goes forward only and never comes back, so the time is that of the length, whatever the text is.

mod languages;
mod markup;
mod plain;
mod shell;
mod style;

use super::Words;

/// Code as HTML, where its language is one of these.
pub(super) fn html(language: &str, code: &str) -> Option<String> {
    let mut words = Words::default();
    match language.to_ascii_lowercase().as_str() {
        "bash" | "sh" | "shell" | "zsh" => shell::read(code, &mut words),
        "html" | "xml" | "svg" if markup::is_sure(code) => markup::read(code, &mut words),
        "css" => style::read(code, &mut words),
        name => {
            let language = languages::ALL.iter().find(|language| language.names.contains(&name))?;
            if language.foreign.iter().any(|part| code.contains(part)) {
                return None;
            }
            plain::read(language, code, &mut words);
        }
    }
    words.end();
    Some(words.html)
}

/// What surrounds a string.
#[derive(Debug, Clone, Copy)]
struct Quote {
    mark: &'static str,
    /// Whether a backslash keeps the next letter from closing it.
    escapes: bool,
    /// Whether it may go on in the next line.
    lines: bool,
}

impl Quote {
    const fn new(mark: &'static str, escapes: bool, lines: bool) -> Self {
        Self { mark, escapes, lines }
    }

    /// Bytes of the string that begins here, quotes and all. One that is never closed ends with its line or the text.
    fn len(self, rest: &str) -> usize {
        let bytes = rest.as_bytes();
        let mut at = self.mark.len();
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' if self.escapes => at += 1,
                b'\n' if !self.lines => return at,
                _ if bytes[at..].starts_with(self.mark.as_bytes()) => return at + self.mark.len(),
                _ => {}
            }
            at += 1;
        }
        bytes.len()
    }
}

/// Bytes up to the first that is not of a kind. Letters beyond ASCII are whole if the kind has all of them or none.
fn run(rest: impl AsRef<[u8]>, is_of: impl Fn(u8) -> bool) -> usize {
    let rest = rest.as_ref();
    rest.iter().position(|byte| !is_of(*byte)).unwrap_or(rest.len())
}

/// Bytes up to and with the end of something; all where it has none.
fn through(rest: &str, end: &str) -> usize {
    rest.find(end).map_or(rest.len(), |at| at + end.len())
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// What is read, and the words that it became.
struct Text<'a> {
    rest: &'a str,
    words: &'a mut Words,
}

impl Text<'_> {
    /// Takes so many bytes as one word. A reader that has counted wrong takes one letter at least, and no half ones.
    fn take(&mut self, len: usize, class: Option<&'static str>) {
        let len =
            (len.max(1)..=self.rest.len()).find(|len| self.rest.is_char_boundary(*len)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(len);
        self.words.push(class, word);
        self.rest = rest;
    }

    fn next(&self) -> Option<u8> {
        self.rest.bytes().next()
    }

    /// Takes the space that is here.
    fn space(&mut self) -> bool {
        let len = run(self.rest, |byte| byte.is_ascii_whitespace());
        if len > 0 {
            self.take(len, None);
        }
        len > 0
    }
}
