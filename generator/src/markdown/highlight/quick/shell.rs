//! Commands of a shell: the first word of each is what is called, and the words that only mean something there are its keywords.

use super::{Quote, Text, is_letter, run, through};
use crate::markdown::highlight::Words;

const KEYWORDS: &[&str] = &[
    "if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "in", "select",
    "function", "time",
];
/// After these no command stands, but a name.
const BEFORE_NAMES: &[&str] = &["for", "case", "select", "function", "in"];

struct Reader<'a> {
    text: Text<'a>,
    /// Whether a command may stand here.
    is_first: bool,
    /// Whether the last that was read ended a word.
    is_apart: bool,
    /// Whether `in` belongs to a `for` or `case` of this line.
    is_choice: bool,
    /// Parentheses that are open.
    depth: usize,
    /// The word at which a text ends that begins with the next line.
    document: Option<&'a str>,
}

pub(super) fn read(code: &str, words: &mut Words) {
    let text = Text { rest: code, words };
    let mut reader = Reader { text, is_first: true, is_apart: true, is_choice: false, depth: 0, document: None };
    while let Some(byte) = reader.text.next() {
        reader.step(byte);
    }
}

impl<'a> Reader<'a> {
    fn step(&mut self, byte: u8) {
        let rest = self.text.rest;
        match byte {
            b'\n' => self.line(),
            b' ' | b'\t' | b'\r' => {
                self.text.take(run(rest, |byte| matches!(byte, b' ' | b'\t' | b'\r')), None);
                self.is_apart = true;
            }
            b'#' if self.is_apart => {
                self.text.take(run(rest, |byte| byte != b'\n'), Some("comment"));
            }
            b'\'' => self.word(Quote::new("'", false, true).len(rest), Some("string")),
            b'"' => self.word(nested_len(rest), Some("string")),
            b'$' => self.variable(),
            b'\\' => self.escaped(),
            b'<' if self.document_begins().is_some() => {
                self.document = self.document_begins();
                self.mark(2, false);
            }
            b'(' => self.group(1),
            b')' => {
                // One that closes nothing ends a choice, and a command follows.
                self.mark(1, self.depth == 0);
                self.depth = self.depth.saturating_sub(1);
            }
            b';' | b'|' | b'&' | b'`' | b'{' | b'!' => self.mark(1, true),
            b'}' | b'<' | b'>' => self.mark(1, false),
            _ => self.bare(),
        }
    }

    /// The next line: a command again, or the text that was said to come.
    fn line(&mut self) {
        self.text.take(1, None);
        (self.is_first, self.is_apart, self.is_choice) = (true, true, false);
        let Some(name) = self.document.take() else { return };
        let mut len = 0;
        for line in self.text.rest.split_inclusive('\n') {
            if line.trim() == name {
                break;
            }
            len += line.len();
        }
        if len > 0 {
            self.text.take(len, Some("string"));
        }
        // The word itself is no command.
        self.is_first = false;
    }

    fn document_begins(&self) -> Option<&'a str> {
        let after = self.text.rest.strip_prefix("<<")?;
        let after = after.strip_prefix('-').unwrap_or(after).trim_start_matches(['\'', '"', '\\', ' ']);
        let name = &after[..run(after, is_letter)];
        name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_').then_some(name)
    }

    fn mark(&mut self, len: usize, is_first: bool) {
        self.text.take(len, None);
        (self.is_first, self.is_apart) = (is_first, true);
    }

    fn group(&mut self, len: usize) {
        self.mark(len, true);
        self.depth += 1;
    }

    fn word(&mut self, len: usize, class: Option<&'static str>) {
        self.text.take(len, class);
        (self.is_first, self.is_apart) = (false, false);
    }

    /// `$name`, `${name}`, or `$(` before a command.
    fn variable(&mut self) {
        let rest = self.text.rest;
        match rest.as_bytes().get(1) {
            Some(b'(') => self.group(2),
            Some(b'{') => self.word(through(rest, "}"), None),
            Some(byte) if is_letter(*byte) => self.word(1 + run(&rest[1..], is_letter), None),
            Some(b'?' | b'#' | b'@' | b'*' | b'!' | b'$' | b'-') => self.word(2, None),
            _ => self.word(1, None),
        }
    }

    /// A line that goes on in the next one begins no command there.
    fn escaped(&mut self) {
        let is_first = self.is_first;
        let is_end = self.text.rest.as_bytes().get(1) == Some(&b'\n');
        self.text.take(2, None);
        (self.is_first, self.is_apart) = (is_first && is_end, is_end);
    }

    fn bare(&mut self) {
        let rest = self.text.rest;
        let len = run(rest, |byte| !byte.is_ascii_whitespace() && !b"'\"$\\;|&()`{}<>".contains(&byte)).max(1);
        let word = &rest[..len];
        let is_free = self.is_apart && rest.as_bytes().get(len).is_none_or(|byte| !b"'\"$\\".contains(byte));
        if is_free && KEYWORDS.contains(&word) && (self.is_first || word == "in" && self.is_choice) {
            self.text.take(len, Some("keyword"));
            self.is_choice |= matches!(word, "for" | "case" | "select");
            (self.is_first, self.is_apart) = (!BEFORE_NAMES.contains(&word), false);
            return;
        }
        let name_len = run(word, is_letter);
        if self.is_first && self.is_apart && word[name_len..].starts_with(['=', '+']) && name_len > 0 {
            self.text.take(len, None);
            // After what is given a command may come.
            self.is_apart = false;
            return;
        }
        let is_choice = self.depth == 0 && rest[len..].starts_with(')');
        let is_command = self.is_first && self.is_apart && !is_choice && !word.starts_with(['-', '[']);
        self.word(len, is_command.then_some("function"));
    }
}

/// Bytes of a string in double quotes, in which `$(` begins commands with strings of their own.
fn nested_len(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut open, mut at) = (vec![b'"'], 1);
    while let (Some(byte), Some(end)) = (bytes.get(at), open.last()) {
        at += 1;
        match byte {
            b'\\' => at += 1,
            byte if byte == end => {
                open.pop();
            }
            b'(' if *end == b')' || bytes.get(at.wrapping_sub(2)) == Some(&b'$') => open.push(b')'),
            b'"' => open.push(b'"'),
            b'\'' if *end == b')' => at += run(&rest[at..], |byte| byte != b'\'') + 1,
            _ => {}
        }
    }
    at.min(bytes.len())
}
