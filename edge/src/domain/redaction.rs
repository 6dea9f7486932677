//! Takes out of a text what its sender did not mean to send: card numbers, passwords, keys. It happens before anything is
//! stored, so that what nobody should have had is nowhere, in no record and in no backup.
//!
//! The one idea: what was found becomes a single character that no text has, and the search begins again until nothing is
//! found. So every rule sees a mask as something closed, rules need not know of each other, and a text that was masked
//! stays as it is when it comes by a second time. Where a rule is in doubt, it masks: a sender who is told can repeat a
//! number that was none, but nobody can take a card out of a backup.

mod address;
mod card;
mod digit;
mod identifier;
mod key;
mod label;

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The number of a payment card.
    CardNumber,
    /// The three or four digits on a card that prove it is at hand.
    SecurityCode,
    /// What a person signs in with, or a program at a database.
    Password,
    /// A key of an API, or one of the secrets in `wp-config.php`.
    SecretKey,
    /// What stands for somebody who is signed in.
    AccessToken,
    /// The private half of a pair of keys, in PEM.
    PrivateKey,
}

impl Kind {
    /// Each of them, in the order in which [`Found`] tells of them.
    pub const ALL: [Self; 6] =
        [Self::CardNumber, Self::SecurityCode, Self::Password, Self::SecretKey, Self::AccessToken, Self::PrivateKey];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::CardNumber => "card number",
            Self::SecurityCode => "security code",
            Self::Password => "password",
            Self::SecretKey => "secret key",
            Self::AccessToken => "access token",
            Self::PrivateKey => "private key",
        }
    }

    /// What stands in the text instead.
    pub fn mask(self) -> &'static str {
        match self {
            Self::CardNumber => "[card number removed]",
            Self::SecurityCode => "[security code removed]",
            Self::Password => "[password removed]",
            Self::SecretKey => "[secret key removed]",
            Self::AccessToken => "[access token removed]",
            Self::PrivateKey => "[private key removed]",
        }
    }

    /// The character that stands for it during the search. Unicode keeps these for use within a program and promises that
    /// no text has them.
    fn mark(self) -> char {
        match self {
            Self::CardNumber => '\u{fdd0}',
            Self::SecurityCode => '\u{fdd1}',
            Self::Password => '\u{fdd2}',
            Self::SecretKey => '\u{fdd3}',
            Self::AccessToken => '\u{fdd4}',
            Self::PrivateKey => '\u{fdd5}',
        }
    }
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdd5}')
}

/// How often each kind was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found([u32; Kind::ALL.len()]);

impl Found {
    /// Whether there was nothing.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// How often this one.
    pub fn count(self, kind: Kind) -> u32 {
        self.iter().find(|(candidate, _)| *candidate == kind).map_or(0, |(_, count)| count)
    }

    /// The kinds that were found, and how often.
    pub fn iter(self) -> impl Iterator<Item = (Kind, u32)> {
        Kind::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }

    /// Together with what was found in another text of the same sender.
    pub fn and(self, other: Self) -> Self {
        let mut both = self;
        both.0.iter_mut().zip(other.0).for_each(|(count, more)| *count = count.saturating_add(more));
        both
    }

    fn add(&mut self, kind: Kind) {
        let counts = Kind::ALL.into_iter().zip(&mut self.0);
        counts.filter(|(candidate, _)| *candidate == kind).for_each(|(_, count)| *count = count.saturating_add(1));
    }
}

/// A text that may be stored, and what was taken out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The text, with a mask in each place where something was.
    pub text: String,
    /// What was taken out. A mask that was there before does not count.
    pub found: Found,
}

/// Where something is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: usize,
    end: usize,
    kind: Kind,
}

/// One search takes out what it sees; what only shows once its neighbour is gone takes another. Real texts need two. A text
/// made to need more than this is left as it then is, so that no text costs more than so many readings.
const SEARCHES_MAX: usize = 8;

/// Masks card numbers and obvious secrets.
pub fn redact(text: &str) -> Redacted {
    let mut text = closed(text);
    let mut found = Found::default();
    for _ in 0..SEARCHES_MAX {
        let spans = search(&text);
        if spans.is_empty() {
            break;
        }
        for span in &spans {
            found.add(span.kind);
        }
        text = marked(&text, &spans);
    }
    Redacted { text: opened(&text), found }
}

/// What all rules find, in order and without overlap. Where two meet, both places become one mask.
fn search(text: &str) -> Vec<Span> {
    let mut spans = [card::spans(text), key::spans(text), label::spans(text), address::spans(text)].concat();
    spans.sort_by_key(|span| (span.start, usize::MAX - span.end));
    let mut apart: Vec<Span> = vec![];
    for span in spans {
        match apart.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => apart.push(span),
        }
    }
    apart
}

fn marked(text: &str, spans: &[Span]) -> String {
    let mut marked = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans {
        marked.push_str(part(text, from, span.start));
        marked.push(span.kind.mark());
        from = span.end;
    }
    marked + part(text, from, text.len())
}

/// The text with its masks as marks. Where somebody sends the marks themselves, each becomes the replacement character.
fn closed(text: &str) -> String {
    let text: String = text.chars().map(|c| if is_mark(c) { char::REPLACEMENT_CHARACTER } else { c }).collect();
    let is_masked = text.contains(" removed]");
    let close = |text: String, kind: Kind| text.replace(kind.mask(), kind.mark().encode_utf8(&mut [0; 4]));
    if is_masked { Kind::ALL.into_iter().fold(text, close) } else { text }
}

fn opened(text: &str) -> String {
    Kind::ALL.into_iter().fold(text.to_owned(), |text, kind| text.replace(kind.mark(), kind.mask()))
}

/// The text between two places. Rules count places at the borders of characters, so there always is one.
fn part(text: &str, start: usize, end: usize) -> &str {
    text.get(start..end).unwrap_or_default()
}

/// Whether a character continues a name as programs and identifiers write it.
fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests;
