//! HTML and XML: tags, their attributes, and what is neither.

use super::{Quote, Text, is_letter, run, through};
use crate::markdown::highlight::Words;

/// Whether there is no other language inside, which the grammars read better.
pub(super) fn is_sure(code: &str) -> bool {
    let small = code.to_ascii_lowercase();
    !["<script", "<style", "<?", "<!["].iter().any(|begin| small.contains(begin))
}

pub(super) fn read(code: &str, words: &mut Words) {
    let mut text = Text { rest: code, words };
    while let Some(byte) = text.next() {
        let rest = text.rest;
        if rest.starts_with("<!--") {
            text.take(through(rest, "-->"), Some("comment"));
        } else if rest.starts_with("<!") {
            text.take(through(rest, ">"), Some("keyword"));
        } else if byte == b'<' {
            tag(&mut text);
        } else if let Some(len) = reference_len(rest) {
            text.take(len, Some("constant"));
        } else {
            text.take(1 + run(&rest.as_bytes()[1..], |byte| byte != b'<' && byte != b'&'), None);
        }
    }
}

fn tag(text: &mut Text<'_>) {
    let is_end = text.rest.starts_with("</");
    text.take(if is_end { 2 } else { 1 }, None);
    let name = run(text.rest.as_bytes(), |byte| is_letter(byte) || byte == b'-' || byte == b':');
    if name == 0 || text.next().is_some_and(|byte| byte.is_ascii_digit()) {
        return;
    }
    text.take(name, Some("keyword"));
    let mut is_value = false;
    while let Some(byte) = text.next() {
        if text.space() {
            continue;
        }
        match byte {
            b'>' => {
                text.take(1, None);
                return;
            }
            b'<' => return,
            b'"' => text.take(Quote::new("\"", false, true).len(text.rest), Some("string")),
            b'\'' => text.take(Quote::new("'", false, true).len(text.rest), Some("string")),
            b'=' | b'/' if !(is_value && byte == b'/') => {
                text.take(1, None);
            }
            _ => {
                let is_part = |byte: u8| !byte.is_ascii_whitespace() && !b"=>\"'<".contains(&byte);
                let len = run(text.rest.as_bytes(), is_part);
                text.take(len, Some(if is_value { "string" } else { "name" }));
            }
        }
        is_value = byte == b'=';
    }
}

/// Bytes of `&amp;` or `&#38;`.
fn reference_len(rest: &str) -> Option<usize> {
    let name = rest.strip_prefix('&')?;
    let len = run(name.as_bytes(), |byte| byte.is_ascii_alphanumeric() || byte == b'#');
    (len > 0 && name[len..].starts_with(';')).then_some(len + 2)
}
