//! Digits in all scripts, and what people and programs put between them.

/// The zeros of Unicode's decimal digits; the other nine follow each. A card number is one whatever its digits look like,
/// and a phone set to another language writes its own.
const ZEROS: [u32; 70] = [
    0x0030, 0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6,
    0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40,
    0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x10d40, 0x11066,
    0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50,
    0x11d50, 0x11da0, 0x11f50, 0x16a60, 0x16ac0, 0x16b50, 0x1ccf0, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
    0x1e140, 0x1e2f0, 0x1e4f0, 0x1e950, 0x1fbf0,
];

/// The value of a decimal digit of any script.
pub(super) fn value(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.to_digit(10).and_then(|value| u8::try_from(value).ok());
    }
    let code = u32::from(c);
    let zero = ZEROS.get(ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?)?;
    u8::try_from(code - zero).ok().filter(|value| *value < 10)
}

/// Whether a character may stand between two digits of one number: space and line breaks, dashes, dots, strokes, brackets, the mark
/// of a quoted line, and what is not seen at all (keycaps are digits with two such behind).
pub(super) fn is_separator(c: char) -> bool {
    match c {
        '-'
        | '.'
        | '_'
        | '>'
        | '/'
        | '|'
        | ','
        | '('
        | ')'
        | '\u{b7}'
        | '\u{2022}'
        | '\u{2024}'
        | '\u{30fb}'
        | '\u{3002}'
        | '\u{ff0e}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{2043}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{20e3}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => true,
        _ => c.is_whitespace(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_all_scripts_have_their_values() {
        for (c, expected) in [
            ('0', Some(0)),
            ('9', Some(9)),
            ('٤', Some(4)),
            ('۹', Some(9)),
            ('４', Some(4)),
            ('𝟗', Some(9)),
            ('𝟘', Some(0)),
            ('๑', Some(1)),
            ('/', None),
            (':', None),
            ('a', None),
            ('½', None),
            ('²', None),
            ('\u{66a}', None),
            ('四', None),
        ] {
            assert_eq!(value(c), expected, "{c}");
        }
        assert!(ZEROS.is_sorted() && !is_separator('0') && is_separator('\n'));
    }
}
