//! Crockford's base32: no I, L and O, which look like 1 and 0, and no U. License keys and ticket numbers are written in it,
//! and read as people write them.

/// The alphabet; a letter's place is its symbol.
pub(super) const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Hyphens that people and word processors put between groups.
const HYPHENS: [char; 5] = ['-', '\u{2010}', '\u{2011}', '\u{2013}', '_'];

/// The symbols of a code of this many characters in any case and grouping, with or without its prefix.
pub(crate) fn symbols(text: &str, prefix: &str, len: usize) -> Option<Vec<u8>> {
    let letters: String = text.chars().filter(|c| !c.is_whitespace() && !HYPHENS.contains(c)).collect();
    let letters = letters.to_ascii_uppercase();
    let body = if letters.len() == prefix.len() + len { letters.strip_prefix(prefix)? } else { &letters };
    let symbols: Vec<u8> = body.chars().map(symbol).collect::<Option<_>>()?;
    (symbols.len() == len).then_some(symbols)
}

/// The letter of a symbol; only its lowest five bits count.
pub(crate) fn letter(symbol: u8) -> char {
    ALPHABET.get(usize::from(symbol & 31)).map_or('0', |byte| char::from(*byte))
}

fn symbol(letter: char) -> Option<u8> {
    let letter = match letter {
        'O' => b'0',
        'I' | 'L' => b'1',
        other => u8::try_from(other).ok()?,
    };
    ALPHABET.iter().position(|candidate| *candidate == letter).and_then(|at| u8::try_from(at).ok())
}
