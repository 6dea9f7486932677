//! CSS: what comes before a brace chooses, what comes before a semicolon says.

use super::{Quote, Text, is_letter, run, through};
use crate::markdown::highlight::Words;

/// Where in a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Selector,
    Name,
    Value,
}

pub(super) fn read(code: &str, words: &mut Words) {
    let mut text = Text { rest: code, words };
    let mut part = statement(code);
    while let Some(byte) = text.next() {
        if text.space() {
            continue;
        }
        let rest = text.rest;
        match byte {
            b'/' if rest.starts_with("/*") => text.take(2 + through(&rest[2..], "*/"), Some("comment")),
            b'"' => text.take(Quote::new("\"", true, false).len(rest), Some("string")),
            b'\'' => text.take(Quote::new("'", true, false).len(rest), Some("string")),
            b'{' | b'}' | b';' => {
                text.take(1, None);
                part = statement(text.rest);
            }
            b':' if part == Part::Name => {
                text.take(1, None);
                part = Part::Value;
            }
            b'@' | b'!' => text.take(1 + run(&rest.as_bytes()[1..], is_part), Some("keyword")),
            b'.' | b'#' if part == Part::Selector => {
                text.take(1 + run(&rest.as_bytes()[1..], is_part), Some("name"));
            }
            b'#' => text.take(1 + run(&rest.as_bytes()[1..], is_part), Some("constant")),
            b':' => text.take(1 + run(&rest.as_bytes()[1..], |byte| is_part(byte) || byte == b':'), None),
            _ if byte.is_ascii_digit() => {
                text.take(run(rest.as_bytes(), |byte| is_part(byte) || byte == b'.' || byte == b'%'), Some("constant"));
            }
            _ if is_part(byte) => word(&mut text, part),
            _ => text.take(1, None),
        }
    }
}

fn word(text: &mut Text<'_>, part: Part) {
    let len = run(text.rest.as_bytes(), is_part);
    let is_called = text.rest[len..].starts_with('(');
    let class = match part {
        _ if is_called => Some("function"),
        Part::Selector => Some("keyword"),
        Part::Name => Some("name"),
        Part::Value if text.rest.starts_with("--") => None,
        Part::Value => Some("constant"),
    };
    text.take(len, class);
}

/// What the statement that begins here is: with a brace before its semicolon it chooses.
fn statement(rest: &str) -> Part {
    let end = rest.bytes().find(|byte| matches!(byte, b'{' | b';' | b'}'));
    if end == Some(b'{') || rest.trim_start().starts_with('@') { Part::Selector } else { Part::Name }
}

fn is_part(byte: u8) -> bool {
    is_letter(byte) || byte == b'-'
}
