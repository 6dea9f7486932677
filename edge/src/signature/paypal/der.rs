//! DER (ITU-T X.690), as much of it as a certificate is written in: one byte of tag, a definite length in its shortest
//! form, and all of what is announced. Anything else is refused.

/// Bytes still to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Der<'der>(pub(super) &'der [u8]);

/// One element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'der> {
    pub(super) tag: u8,
    /// What is inside.
    pub(super) content: &'der [u8],
    /// All of it, tag and length too.
    pub(super) whole: &'der [u8],
}

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_ID: u8 = 0x06;
pub(super) const UTF8_STRING: u8 = 0x0C;
pub(super) const PRINTABLE_STRING: u8 = 0x13;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

impl<'der> Der<'der> {
    /// Whether nothing is left.
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The next element.
    pub(super) fn next(&mut self) -> Option<Element<'der>> {
        let all = self.0;
        let (tag, rest) = all.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7F => (usize::from(*first), rest),
            // No certificate needs more than three bytes of length.
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
                let length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
                let is_shortest = length >= 0x80 && bytes.first() != Some(&0);
                (is_shortest.then_some(length)?, rest)
            }
            _ => return None,
        };
        // In a tag of more than one byte the five lowest bits are ones.
        if tag & 0x1F == 0x1F {
            return None;
        }
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Element { tag: *tag, content, whole: all.get(..all.len() - rest.len())? })
    }

    /// The inside of the next element, which must have this tag.
    pub(super) fn take(&mut self, tag: u8) -> Option<&'der [u8]> {
        self.next().filter(|element| element.tag == tag).map(|element| element.content)
    }

    /// Whether the next element has this tag.
    pub(super) fn is_next(self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    /// The elements inside the next element, which must have this tag.
    pub(super) fn enter(&mut self, tag: u8) -> Option<Self> {
        self.take(tag).map(Self)
    }

    /// All elements that are left.
    pub(super) fn elements(mut self) -> Option<Vec<Element<'der>>> {
        let mut elements = vec![];
        while !self.is_empty() {
            elements.push(self.next()?);
        }
        Some(elements)
    }

    /// The inside of the one element that is left, which must have this tag.
    pub(super) fn single(mut self, tag: u8) -> Option<&'der [u8]> {
        let content = self.take(tag)?;
        self.is_empty().then_some(content)
    }

    /// A whole number of bytes of bits.
    pub(super) fn bits(&mut self) -> Option<&'der [u8]> {
        let (unused, bytes) = self.take(BIT_STRING)?.split_first()?;
        (*unused == 0).then_some(bytes)
    }

    /// The bytes of a number that is not negative, highest first, without a leading zero.
    pub(super) fn number(&mut self) -> Option<&'der [u8]> {
        match self.take(INTEGER)? {
            [0] => Some(&[]),
            // The zero that keeps a high bit from being a sign.
            [0, number @ ..] if *number.first()? >= 0x80 => Some(number),
            number @ [1..=0x7F, ..] => Some(number),
            _ => None,
        }
    }
}
