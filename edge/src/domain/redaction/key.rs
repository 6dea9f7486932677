//! Secrets that are known by how they begin: keys of APIs, tokens of accounts, private keys in PEM. Whoever gives them out
//! made them so that they can be found.

use super::{Kind, Span, is_mark, is_name, part};

/// How a secret reads.
struct Pattern {
    prefix: &'static str,
    kind: Kind,
    /// What it is made of behind its prefix.
    body: fn(char) -> bool,
    /// The fewest characters behind the prefix that are taken for one. Somebody may write of `sk_live_` keys.
    min: usize,
}

const fn pattern(prefix: &'static str, kind: Kind, body: fn(char) -> bool, min: usize) -> Pattern {
    Pattern { prefix, kind, body, min }
}

const PATTERNS: &[Pattern] = &[
    pattern("sk_live_", Kind::SecretKey, is_name, 6),
    pattern("sk_test_", Kind::SecretKey, is_name, 6),
    pattern("rk_live_", Kind::SecretKey, is_name, 6),
    pattern("rk_test_", Kind::SecretKey, is_name, 6),
    pattern("whsec_", Kind::SecretKey, is_base64, 6),
    pattern("AKIA", Kind::SecretKey, is_upper, 16),
    pattern("ASIA", Kind::SecretKey, is_upper, 16),
    pattern("AIza", Kind::SecretKey, is_url, 30),
    pattern("SG.", Kind::SecretKey, is_dotted, 30),
    pattern("ghp_", Kind::AccessToken, is_name, 20),
    pattern("gho_", Kind::AccessToken, is_name, 20),
    pattern("ghu_", Kind::AccessToken, is_name, 20),
    pattern("ghs_", Kind::AccessToken, is_name, 20),
    pattern("ghr_", Kind::AccessToken, is_name, 20),
    pattern("github_pat_", Kind::AccessToken, is_name, 20),
    pattern("glpat-", Kind::AccessToken, is_url, 16),
    pattern("xoxb-", Kind::AccessToken, is_url, 16),
    pattern("xoxp-", Kind::AccessToken, is_url, 16),
    pattern("npm_", Kind::AccessToken, is_name, 30),
    // Whoever has these cookies of WordPress is signed in.
    pattern("wordpress_logged_in_", Kind::AccessToken, is_cookie, 32),
    pattern("wordpress_sec_", Kind::AccessToken, is_cookie, 32),
];

/// How a JSON object begins in base64, and with it the header of a JSON Web Token.
const JWT_PREFIX: &str = "eyJ";
/// The fewest characters of its first two parts.
const JWT_PART_MIN: usize = 4;

const PEM_BEGIN: &str = "-----BEGIN ";
const PEM_END: &str = "-----END ";
const PEM_DASHES: &str = "-----";
/// The longest name of what is in a PEM block.
const PEM_NAME_MAX: usize = 40;
/// The shortest word in a block without an end that is taken for part of it.
const PEM_WORD_MIN: usize = 16;

fn is_upper(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit()
}

fn is_url(c: char) -> bool {
    is_name(c) || c == '-'
}

fn is_dotted(c: char) -> bool {
    is_url(c) || c == '.'
}

fn is_base64(c: char) -> bool {
    is_name(c) || "+/=".contains(c)
}

fn is_cookie(c: char) -> bool {
    !c.is_whitespace() && !";,\"'".contains(c)
}

pub(super) fn spans(text: &str) -> Vec<Span> {
    let (mut spans, mut skip_to, mut has_end) = (vec![], 0, true);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let touches = is_url(before) || is_mark(before);
        before = c;
        if at < skip_to {
            continue;
        }
        let rest = part(text, at, text.len());
        let found = match c {
            '-' => private_key(rest, &mut has_end),
            'e' if !touches => jwt(rest),
            'A'..='Z' | 'a'..='z' => prefixed(rest, touches),
            _ => Look::default(),
        };
        if let Some(kind) = found.kind {
            spans.push(Span { start: at, end: at + found.read, kind });
        }
        skip_to = at + found.read;
    }
    spans
}

/// What was seen at a place, and how far was read. What was read is not read again, so a text is read but once.
#[derive(Default)]
struct Look {
    kind: Option<Kind>,
    read: usize,
}

fn prefixed(text: &str, touches: bool) -> Look {
    let Some(pattern) = PATTERNS.iter().find(|pattern| text.starts_with(pattern.prefix)) else {
        return Look::default();
    };
    let body = taken(part(text, pattern.prefix.len(), text.len()), |c| (pattern.body)(c) || is_mark(c));
    // A prefix with an underscore is one wherever it stands; four letters may be anywhere in something longer.
    let is_known = !touches || pattern.prefix.ends_with('_');
    let is_long = body.chars().take(pattern.min).count() == pattern.min || body.contains(is_mark);
    let kind = (is_known && is_long).then_some(pattern.kind);
    // What is too short was read, but the next secret may begin in it.
    let read = if kind.is_some() { pattern.prefix.len() + body.len() } else { pattern.prefix.len() };
    Look { kind, read }
}

/// Three parts with dots in between (RFC 7519); the last is empty where nobody signed.
fn jwt(text: &str) -> Look {
    if !text.starts_with(JWT_PREFIX) {
        return Look::default();
    }
    let is_part = |c| is_url(c) || is_mark(c);
    let header = taken(text, is_part);
    let rest = part(text, header.len(), text.len());
    let payload = taken(rest.strip_prefix('.').unwrap_or_default(), is_part);
    let rest = part(rest, payload.len() + 1, rest.len());
    let signature = rest.strip_prefix('.').map(|rest| taken(rest, is_part));
    match signature {
        Some(signature) if header.len() > JWT_PART_MIN && payload.len() >= JWT_PART_MIN => {
            Look { kind: Some(Kind::AccessToken), read: header.len() + payload.len() + signature.len() + 2 }
        }
        _ => Look { kind: None, read: header.len() },
    }
}

/// A block from its first line to its last. Where the last is missing, it goes on for as long as it looks like one.
fn private_key(text: &str, has_end: &mut bool) -> Look {
    let Some(rest) = text.strip_prefix(PEM_BEGIN) else { return Look::default() };
    let name = taken(rest, |c| c == ' ' || is_upper(c));
    let is_private = name.len() <= PEM_NAME_MAX && name.contains("PRIVATE KEY");
    if !is_private || !part(rest, name.len(), rest.len()).starts_with(PEM_DASHES) {
        return Look::default();
    }
    let begin = PEM_BEGIN.len() + name.len() + PEM_DASHES.len();
    let rest = part(text, begin, text.len());
    // Where one search for an end found none, there is none further on either.
    let end = if *has_end { rest.find(PEM_END) } else { None };
    *has_end = end.is_some();
    let body = match end {
        Some(end) => end + last_line(part(rest, end, rest.len())),
        None => body(rest),
    };
    Look { kind: Some(Kind::PrivateKey), read: begin + body }
}

/// The length of `-----END … -----`.
fn last_line(text: &str) -> usize {
    let name = taken(text.strip_prefix(PEM_END).unwrap_or_default(), |c| c == ' ' || is_upper(c));
    let length = PEM_END.len() + name.len();
    if part(text, length, text.len()).starts_with(PEM_DASHES) { length + PEM_DASHES.len() } else { length }
}

/// The length of the words at the beginning that can be nothing but base64, with the space between them.
fn body(text: &str) -> usize {
    let is_base64 = |word: &str| word.len() >= PEM_WORD_MIN && word.chars().all(|c| is_base64(c) || c == '\\');
    let words = text.split_inclusive(char::is_whitespace);
    let words = words.take_while(|word| word.trim_end().is_empty() || is_base64(word.trim_end()));
    part(text, 0, words.map(str::len).sum()).trim_end().len()
}

fn taken(text: &str, is_part: impl Fn(char) -> bool) -> &str {
    part(text, 0, text.find(|c| !is_part(c)).unwrap_or(text.len()))
}
