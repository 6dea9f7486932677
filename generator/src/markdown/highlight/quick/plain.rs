//! Languages that are made of words, strings and comments. What a word is follows from itself, from what stands before it and from
//! the letter behind it.

use super::{
    Text, is_letter,
    languages::{Language, Way},
    run, through,
};
use crate::markdown::highlight::Words;

/// What was read last, beside space and comments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// After it a value may stand.
    Open,
    Value,
    /// After it the name of a member stands.
    Member,
    /// After it the name of a type stands.
    BeforeType,
}

/// Where nothing closes a pattern, the rest of a line is read in vain.
const PATTERN_BYTES_MAX: usize = 1000;

struct Reader<'a> {
    language: &'static Language,
    text: Text<'a>,
    last: Last,
    /// Braces that are open in each template that is.
    templates: Vec<usize>,
}

pub(super) fn read(language: &'static Language, code: &str, words: &mut Words) {
    let text = Text { rest: code, words };
    let mut reader = Reader { language, text, last: Last::Open, templates: vec![] };
    while let Some(byte) = reader.text.next() {
        reader.step(byte);
    }
}

impl Reader<'_> {
    fn step(&mut self, byte: u8) {
        if self.text.space() || self.comment() || self.string(byte) {
            return;
        }
        if byte.is_ascii_digit() {
            let len = run(self.text.rest, |byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_');
            self.text.take(len, Some("constant"));
            self.last = Last::Value;
        } else if self.is_word(byte) {
            self.word();
        } else if let Some(mark) = self.language.members.iter().find(|mark| self.text.rest.starts_with(**mark)) {
            self.text.take(mark.len(), None);
            self.last = Last::Member;
        } else {
            self.mark(byte);
        }
    }

    fn is_word(&self, byte: u8) -> bool {
        is_letter(byte) || self.language.letters.contains(&byte)
    }

    fn comment(&mut self) -> bool {
        let rest = self.text.rest;
        let Some((begin, end)) = self.language.comments.iter().find(|(begin, _)| rest.starts_with(begin)) else {
            return false;
        };
        self.text.take(begin.len() + through(&rest[begin.len()..], end), Some("comment"));
        true
    }

    fn string(&mut self, byte: u8) -> bool {
        let (rest, does) = (self.text.rest, |way| self.language.does(way));
        let quote = self.language.quotes.iter().find(|quote| rest.starts_with(quote.mark));
        let pattern =
            || (does(Way::Patterns) && byte == b'/' && self.last != Last::Value).then(|| pattern_len(rest))?;
        let document = || does(Way::Documents).then(|| document_len(rest))?;
        if does(Way::Templates) && byte == b'`' {
            self.template(1);
        } else if let Some(quote) = quote {
            let len = quote.len(rest);
            let is_key = does(Way::Keys) && rest.get(len..).is_some_and(|rest| rest.trim_start().starts_with(':'));
            self.text.take(len, Some(if is_key { "name" } else { "string" }));
        } else if let Some(len) = pattern().or_else(document) {
            self.text.take(len, Some("string"));
        } else {
            return false;
        }
        self.last = Last::Value;
        true
    }

    /// Takes a template up to its end, or to code in it.
    fn template(&mut self, from: usize) {
        let bytes = self.text.rest.as_bytes();
        let mut at = from;
        while let Some(byte) = bytes.get(at) {
            at += 1;
            match byte {
                b'\\' => at += 1,
                b'`' => break,
                b'$' if bytes.get(at) == Some(&b'{') => {
                    self.text.take(at + 1, Some("string"));
                    self.templates.push(0);
                    self.last = Last::Open;
                    return;
                }
                _ => {}
            }
        }
        self.text.take(at, Some("string"));
        self.last = Last::Value;
    }

    fn word(&mut self) {
        let len = run(self.text.rest, |byte| self.is_word(byte));
        let word = &self.text.rest[..len];
        let (class, last) = self.class(word, &self.text.rest[len..]);
        self.text.take(len, class);
        self.last = last;
    }

    fn class(&self, word: &str, after: &str) -> (Option<&'static str>, Last) {
        let Language { keywords, constants, before_types, .. } = self.language;
        let does = |way| self.language.does(way);
        let is_called = after.starts_with('(');
        let is_label = after.starts_with(':') && word != "default" || does(Way::Labels) && is_name_here(word, after);
        let is_in = |words: &[&str]| {
            words.iter().any(|known| *known == word || does(Way::Shouts) && known.eq_ignore_ascii_case(word))
        };
        let call = is_called.then_some("function");
        if self.last == Last::Member {
            return (call.or_else(|| constant(word).filter(|_| does(Way::Capitals))), Last::Value);
        }
        if word == "$this" {
            return (Some("keyword"), Last::Value);
        }
        if is_in(constants) {
            return (Some("constant"), Last::Value);
        }
        if is_in(keywords) && !(does(Way::Labels) && is_label) {
            let last = if is_in(before_types) { Last::BeforeType } else { Last::Open };
            return (Some("keyword"), last);
        }
        if word.starts_with('$') && !is_called {
            return (None, Last::Value);
        }
        if self.last == Last::BeforeType {
            return (Some("name"), Last::Value);
        }
        let is_type = !is_called && does(Way::Capitals) && begins_with_capital(word);
        (if is_type { constant(word).or(Some("name")) } else { call }, Last::Value)
    }

    fn mark(&mut self, byte: u8) {
        match (byte, self.templates.last_mut()) {
            (b'}', Some(0)) => {
                self.templates.pop();
                return self.template(1);
            }
            (b'}', Some(open)) => *open -= 1,
            (b'{', Some(open)) => *open += 1,
            _ => {}
        }
        self.text.take(1, None);
        self.last = if matches!(byte, b')' | b']' | b'}') { Last::Value } else { Last::Open };
    }
}

/// Words that mean something only before another word.
fn is_name_here(word: &str, after: &str) -> bool {
    let is_followed =
        || after.trim_start().starts_with(|next: char| next.is_alphanumeric() || "'\"`{[(*$_".contains(next));
    matches!(word, "as" | "async" | "from" | "of" | "static")
        && !(after.starts_with(char::is_whitespace) && is_followed())
}

fn begins_with_capital(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_ascii_uppercase())
}

/// Whether a word has capitals only, and more than one.
fn constant(word: &str) -> Option<&'static str> {
    let is_loud = word.len() > 1 && !word.bytes().any(|byte| byte.is_ascii_lowercase());
    (is_loud && begins_with_capital(word)).then_some("constant")
}

/// Bytes of a pattern with its flags, which ends in its line. A slash within brackets is one of its letters.
fn pattern_len(rest: &str) -> Option<usize> {
    let (bytes, mut at, mut is_set) = (rest.as_bytes(), 1, false);
    while at < PATTERN_BYTES_MAX {
        match bytes.get(at)? {
            b'\n' => return None,
            b'\\' => at += 1,
            b'[' => is_set = true,
            b']' => is_set = false,
            b'/' if !is_set => return Some(at + 1 + run(rest.get(at + 1..)?, |byte| byte.is_ascii_lowercase())),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Bytes of a text between `<<<END` and that word at the beginning of a line.
fn document_len(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix("<<<")?.trim_start_matches([' ', '"', '\'']);
    let name = Some(&after[..run(after, is_letter)]).filter(|name| !name.is_empty())?;
    let mut at = through(rest, "\n");
    for line in rest[at..].split_inclusive('\n') {
        let inside = line.trim_start();
        if inside.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_alphanumeric())) {
            return Some(at + line.len() - inside.len() + name.len());
        }
        at += line.len();
    }
    Some(rest.len())
}
