//! Canned replies: texts that staff use again and again, with places that are filled in from the ticket.

use serde::{Deserialize, Serialize};

use super::session::of_the_desk;
use crate::contract::{Keeping, Place, Stored};
use crate::declare;

/// Replies lie behind this.
pub const PREFIX: &str = "~canned/";
/// No desk has more.
pub const REPLIES_MAX: usize = 100;
/// Longest title and text, in characters.
pub const TITLE_CHARS_MAX: usize = 80;
/// See [`TITLE_CHARS_MAX`].
pub const TEXT_CHARS_MAX: usize = 5_000;
const DAYS: u32 = 36_500;

/// A canned reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canned {
    /// What staff choose it by.
    pub title: String,
    /// What it says.
    pub text: String,
}

declare! {
    // Written by staff, about nobody.
    Canned {
        title: [NotPersonal] for [Support];
        text: [NotPersonal] for [Support];
    }
}

impl Stored for Canned {
    const KEEPING: Keeping = of_the_desk(Place::DeskCanned, DAYS);
}

/// What the places are filled with.
#[derive(Debug, Clone, Copy)]
pub struct Filling<'of> {
    /// The sender's name.
    pub name: &'of str,
    /// The number of the ticket.
    pub number: &'of str,
    /// What the ticket is about.
    pub subject: &'of str,
    /// The name of the product.
    pub product: &'of str,
    /// Who answers.
    pub staff: &'of str,
}

/// Places as they are written, for whoever writes a reply.
pub const PLACES: [&str; 5] = ["{name}", "{number}", "{subject}", "{product}", "{staff}"];

impl Canned {
    /// The text with its places filled. What was filled in is not looked into again: a name may well read `{number}`.
    pub fn filled(&self, filling: Filling<'_>) -> String {
        let Filling { name, number, subject, product, staff } = filling;
        let values = [name, number, subject, product, staff];
        let (mut filled, mut rest) = (String::new(), self.text.as_str());
        while let Some(start) = rest.find('{') {
            let (before, from) = rest.split_at(start);
            filled.push_str(before);
            let place = PLACES.iter().zip(values).find(|(place, _)| from.starts_with(**place));
            let (taken, put) = place.map_or(("{", "{"), |(place, value)| (*place, value));
            filled.push_str(put);
            rest = from.strip_prefix(taken).unwrap_or_default();
        }
        filled + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_once_and_other_braces_stay() {
        let text = "Hello {name}, {number}: {subject} {nothing} { {product}, {staff}{".to_owned();
        let canned = Canned { title: "t".to_owned(), text };
        let filling = Filling { name: "{number}", number: "CPP-1", subject: "{", product: "Plus", staff: "eve" };
        assert_eq!(canned.filled(filling), "Hello {number}, CPP-1: { {nothing} { Plus, eve{");
    }
}
