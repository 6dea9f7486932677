//! From an address as it was sent to its one spelling.
//!
//! The path is kept, because WordPress can run a site of its own in each folder. It is lower-cased like the host: folders
//! that differ only by case are no two sites in practice, and one site must not take two seats because somebody typed
//! `/Blog`. What browsers do beyond that (compatibility forms of letters, decomposed accents) needs tables of Unicode
//! of some 60 KiB, so a host is taken as its letters are, in lower case.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::iter;

use idna::punycode;

use crate::domain::id::hex;

/// Longest address, as it was sent and as it is kept.
const ADDRESS_BYTES_MAX: usize = 2_000;
/// Longest host (RFC 1035, section 2.3.4).
const HOST_BYTES_MAX: usize = 253;
/// Longest label of a host.
const LABEL_BYTES_MAX: usize = 63;

pub(super) fn normalised(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > ADDRESS_BYTES_MAX {
        return None;
    }
    // No host has a percent sign. Where one stands there, the address was encoded as a whole on its way, and once more
    // than its reader undid.
    if split(text).0.contains('%') { one_spelling(&decoded(text)?) } else { one_spelling(text) }
}

fn one_spelling(text: &str) -> Option<String> {
    // A browser would take a backslash for a slash and pass over a line break.
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return None;
    }
    let (authority, rest) = split(text);
    let spelling = host(authority)? + &path(rest);
    (spelling.len() <= ADDRESS_BYTES_MAX).then_some(spelling)
}

/// Host and port, and what comes after them.
fn split(text: &str) -> (&str, &str) {
    let mut text = text;
    // People paste an address behind a scheme that is there already.
    while let Some(rest) = ["http://", "https://", "//"].iter().find_map(|scheme| without(text, scheme)) {
        text = rest;
    }
    text.split_at(text.find(['/', '?', '#']).unwrap_or(text.len()))
}

fn without<'text>(text: &'text str, prefix: &str) -> Option<&'text str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// The host in its one spelling. A port is dropped; a user name makes it none.
fn host(authority: &str) -> Option<String> {
    let end = match authority.strip_prefix('[') {
        Some(_) => authority.find(']')? + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(end);
    let is_port = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
        return None;
    }
    match host.strip_prefix('[') {
        Some(literal) => literal.trim_end_matches(']').parse().ok().map(|address: Ipv6Addr| format!("[{address}]")),
        None => name(host),
    }
}

/// A host's name or IPv4 address in its one spelling.
fn name(host: &str) -> Option<String> {
    let lower: String = host.chars().map(narrow).flat_map(char::to_lowercase).collect();
    let labels: Vec<String> = lower.strip_suffix('.').unwrap_or(&lower).split('.').map(label).collect::<Option<_>>()?;
    let name = labels.join(".");
    let last = labels.last().map_or("", String::as_str);
    // A browser reads a name that ends in a number as an IPv4 address, or not at all.
    let is_number = last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit());
    if name.len() > HOST_BYTES_MAX || is_number && name.parse::<Ipv4Addr>().is_err() {
        return None;
    }
    let mut bare = name.as_str();
    while let Some(rest) = bare.strip_prefix("www.").filter(|rest| rest.contains('.')) {
        bare = rest;
    }
    Some(bare.to_owned())
}

/// Letters and dots as wide as their Chinese and Japanese neighbours are the plain ones.
fn narrow(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        '\u{3002}' | '\u{ff61}' => '.',
        _ => letter,
    }
}

/// A label of a host in the form that is looked up (RFC 3492).
fn label(lower: &str) -> Option<String> {
    if lower.chars().any(|c| c.is_ascii() && !(c.is_ascii_alphanumeric() || "-_".contains(c))) {
        return None;
    }
    let label = if lower.is_ascii() { lower.to_owned() } else { format!("xn--{}", punycode::encode_str(lower)?) };
    (1..=LABEL_BYTES_MAX).contains(&label.len()).then_some(label)
}

/// The path in its one spelling, from what comes after the host: without empty and dot segments, query and fragment.
fn path(rest: &str) -> String {
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let mut segments: Vec<String> = vec![];
    for written in path.split('/') {
        let segment = segment(written);
        match segment.as_str() {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    segments.iter().flat_map(|segment| ["/", segment]).collect()
}

/// A segment of a path: escapes of plain letters undone, everything else that needs one escaped.
fn segment(written: &str) -> String {
    bytes(written).fold(String::new(), |mut segment, (byte, was_escaped)| {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if is_plain || !was_escaped && b"!$&'()*+,;=:@".contains(&byte) {
            segment.push(char::from(byte.to_ascii_lowercase()));
        } else {
            segment.push('%');
            segment += &hex(&[byte]);
        }
        segment
    })
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(bytes(text).map(|(byte, _)| byte).collect()).ok()
}

/// The bytes of a text, and of each whether it was written as an escape.
fn bytes(text: &str) -> impl Iterator<Item = (u8, bool)> {
    let mut rest = text.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    iter::from_fn(move || {
        if let [b'%', high, low, after @ ..] = rest
            && let Some(byte) = digit(*high).zip(digit(*low)).and_then(|(high, low)| u8::try_from(high << 4 | low).ok())
        {
            rest = after;
            return Some((byte, true));
        }
        let (byte, after) = rest.split_first()?;
        rest = after;
        Some((*byte, false))
    })
}
