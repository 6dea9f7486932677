//! Numbers of payment cards, however they are written.
//!
//! Digits with nothing but separators between them are a run, and digits with nothing between them a group. A card is made
//! of whole groups of one run, has a length and a beginning that an issuer gives out, and its last digit checks the others
//! (Luhn). One number in ten passes that check, so a card in the middle of other numbers is believed only where it is
//! grouped as people group cards: two telephone numbers side by side are no card.

use super::digit;
use super::identifier;
use super::{Kind, Span, is_name, part};

mod issuer;

/// The longest card number (ISO/IEC 7812-1).
const DIGITS_MAX: usize = 19;
/// The longest telephone number (E.164).
const PHONE_DIGITS_MAX: usize = 15;
/// Most characters between two digits of one number: a line break, a quoted line and its indentation.
const GAP_MAX: usize = 12;
/// A word that touches a number and is longer than that is no word but part of an identifier.
const WORD_MAX: usize = 24;

/// Digits with nothing in between: where they are in the text, and in the digits of the run.
struct Group {
    start: usize,
    end: usize,
    from: usize,
    to: usize,
}

/// Groups with nothing but separators in between.
#[derive(Default)]
struct Run {
    groups: Vec<Group>,
    digits: Vec<u8>,
    /// Characters since the last digit.
    gap: usize,
}

impl Run {
    fn push(&mut self, at: usize, c: char, value: u8) {
        self.digits.push(value);
        let (end, to) = (at + c.len_utf8(), self.digits.len());
        match self.groups.last_mut() {
            Some(group) if group.end == at => (group.end, group.to) = (end, to),
            _ => self.groups.push(Group { start: at, end, from: to - 1, to }),
        }
        self.gap = 0;
    }

    /// Whether a number may go on behind this character.
    fn goes_on(&mut self, c: char) -> bool {
        self.gap += 1;
        digit::is_separator(c) && self.gap <= GAP_MAX
    }
}

pub(super) fn spans(text: &str) -> Vec<Span> {
    let (mut spans, mut run) = (vec![], Run::default());
    let (mut was_name, mut skip_to) = (false, 0);
    for (at, c) in text.char_indices() {
        if at < skip_to {
            continue;
        }
        // Identifiers are looked for where a word begins.
        let begins = is_name(c) && !was_name;
        was_name = is_name(c);
        if begins && let Some(length) = identifier::length(part(text, at, text.len())) {
            skip_to = at + length;
            cards(text, &std::mem::take(&mut run), &mut spans);
        } else if let Some(value) = digit::value(c) {
            run.push(at, c, value);
        } else if !run.groups.is_empty() && !run.goes_on(c) {
            cards(text, &std::mem::take(&mut run), &mut spans);
        }
    }
    cards(text, &run, &mut spans);
    spans
}

/// The cards of a run, from left to right.
fn cards(text: &str, run: &Run, spans: &mut Vec<Span>) {
    if run.digits.len() < issuer::DIGITS_MIN {
        return;
    }
    let mut first = 0;
    while let Some(group) = run.groups.get(first) {
        match longest(text, run, first) {
            Some(last) => {
                let end = run.groups.get(last).map_or(group.end, |last| last.end);
                spans.push(Span { start: group.start, end, kind: Kind::CardNumber });
                first = last + 1;
            }
            None => first += 1,
        }
    }
}

/// The last group of the longest card that begins with a group. At most as many digits are read as a card has, so a run
/// costs no more than that for each of its groups.
fn longest(text: &str, run: &Run, first: usize) -> Option<usize> {
    let groups = run.groups.get(first..)?;
    let head = groups.first()?;
    // Some programs fill a number up with zeros from the left; Luhn does not mind.
    let zeros = run.digits.get(head.from..head.to)?.iter().take_while(|digit| **digit == 0).count();
    let from = head.from + zeros;
    if from == head.to || !issuer::may_begin(*run.digits.get(from)?) || is_fraction(text, run, first) {
        return None;
    }
    let (mut luhn, mut read, mut longest) = (Luhn::default(), from, None);
    for (more, group) in groups.iter().enumerate().take_while(|(_, group)| group.to - from <= DIGITS_MAX) {
        run.digits.get(read..group.to)?.iter().for_each(|digit| luhn.push(*digit));
        read = group.to;
        let digits = run.digits.get(from..read)?;
        let is_card = luhn.holds()
            && issuer::gives_out(digits)
            && is_grouped(groups.get(..=more)?, digits.len(), groups.len() == more + 1 && first == 0)
            && stands_free(text, head.start, group.end, digits.len());
        if is_card {
            longest = Some(first + more);
        }
    }
    longest
}

/// Whether the groups are those of a card. Alone in its run, a number may be grouped in any way.
fn is_grouped(groups: &[Group], digits: usize, is_alone: bool) -> bool {
    let sizes: Vec<usize> = groups.iter().map(|group| group.to - group.from).collect();
    let is_even = sizes.split_last().is_some_and(|(last, others)| {
        others.iter().all(|size| Some(size) == others.first()) && others.first().is_none_or(|size| last <= size)
    });
    let is_usual = is_even || matches!(sizes.as_slice(), [4, 6, 5 | 4] | [4, 3, 3, 3]);
    // Cards of 13 digits are rare, telephone numbers of 13 are not.
    is_usual || is_alone && digits > issuer::DIGITS_MIN
}

/// Whether a group of digits is what follows `0.`: no card, but a number that a program computed.
fn is_fraction(text: &str, run: &Run, group: usize) -> bool {
    let before = group.checked_sub(1).and_then(|before| run.groups.get(before));
    let pair = before.zip(run.groups.get(group));
    pair.is_some_and(|(before, group)| part(text, before.start, group.start) == "0.")
}

/// Whether what touches a number leaves it one. A word may (`card4111…`), other digits of the same word show that all of it
/// is an identifier, and a plus begins a telephone number.
fn stands_free(text: &str, start: usize, end: usize, digits: usize) -> bool {
    let (before, after) = (part(text, 0, start), part(text, end, text.len()));
    !(before.ends_with('+') && digits <= PHONE_DIGITS_MAX) && is_word(before.chars().rev()) && is_word(after.chars())
}

/// Whether what is read up to the end of a name is a word.
fn is_word(touching: impl Iterator<Item = char>) -> bool {
    let mut length = 0;
    touching.take_while(|c| is_name(*c)).all(|c| {
        length += 1;
        length <= WORD_MAX && !c.is_ascii_digit()
    })
}

/// The check digit of ISO/IEC 7812-1, digit by digit from the left. Every second digit counts twice, from the right; so both
/// sums are kept until the last digit is known.
#[derive(Default)]
struct Luhn {
    single: u32,
    double: u32,
}

impl Luhn {
    fn push(&mut self, digit: u8) {
        let digit = u32::from(digit);
        let twice = digit * 2 / 10 + digit * 2 % 10;
        (self.single, self.double) = (self.double + digit, self.single + twice);
    }

    fn holds(&self) -> bool {
        self.single.is_multiple_of(10)
    }
}

#[cfg(test)]
mod tests;
