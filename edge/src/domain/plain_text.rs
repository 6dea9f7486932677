//! Text as people type and paste it, made plain: no character is kept that shows one thing and means another, or that could
//! break out of a line, and each letter has one spelling (NFC, Unicode Standard Annex 15). Length is for whoever asks for the text to judge; nothing is cut off.

use icu_normalizer::ComposingNormalizerBorrowed;

/// Marks that may stand on one letter; more of them are a stain across the lines.
const MARKS_MAX: usize = 8;

/// Text of several lines: line breaks as `\n`, tabs kept, no blank space around it.
pub fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    visible(&text, |c| matches!(c, '\n' | '\t')).trim().to_owned()
}

/// Text of one line: whatever breaks a line is a space, and spaces do not pile up.
pub fn line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c }).collect();
    visible(&spaced, |_| false).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn visible(text: &str, keeps: impl Fn(char) -> bool) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut marks = 0;
    let mut before = ' ';
    for c in text.chars() {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        // A joiner between two pictures makes one of them; anywhere else it only hides.
        let is_joiner = c == '\u{200D}' && is_picture(before);
        if (!c.is_control() || keeps(c)) && (!is_invisible(c) || is_joiner) && marks <= MARKS_MAX {
            clean.push(c);
            before = c;
        }
    }
    // After what stood between letters is gone: they may belong together.
    ComposingNormalizerBorrowed::new_nfc().normalize(&clean).into_owned()
}

/// Characters that change the direction of others, take no room, or carry a hidden text.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Marks of the scripts in use that stand on the letter before them.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

fn is_picture(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2BFF}' | '\u{FE0F}' | '\u{1F000}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_hides_or_turns_text_is_dropped() {
        for (given, plain) in [
            ("Ada\u{202E}gpj.exe", "Adagpj.exe"),
            ("pay\u{200B}pal", "paypal"),
            ("\u{2066}a\u{2069}\u{FEFF}", "a"),
            ("a\u{E0041}b", "ab"),
            ("\u{1F468}\u{200D}\u{1F4BB} and a\u{200D}b", "\u{1F468}\u{200D}\u{1F4BB} and ab"),
            ("caf\u{65}\u{301}", "caf\u{e9}"),
            ("\u{1112}\u{1161}\u{11ab}", "\u{d55c}"),
            ("\u{212b}", "\u{c5}"),
            ("a\u{200B}\u{301}", "\u{e1}"),
        ] {
            assert_eq!(lines(given), plain);
            assert_eq!(line(given), plain);
        }
        let stained = format!("x{}", "\u{301}".repeat(5_000));
        assert_eq!(line(&stained).chars().count(), 1 + MARKS_MAX);
    }

    #[test]
    fn a_line_cannot_be_broken_and_lines_are_kept() {
        assert_eq!(line(" Ada\r\nBcc: x@example.com\u{0}\u{85}\t "), "Ada Bcc: x@example.com");
        assert_eq!(lines("\r\na\r\nb\rc\u{2028}d\te\u{0}\n\n"), "a\nb\nc\nd\te");
    }

    proptest! {
        #[test]
        fn what_is_plain_stays_as_it_is(text in any::<String>()) {
            prop_assert_eq!(line(&line(&text)), line(&text));
            prop_assert_eq!(lines(&lines(&text)), lines(&text));
            prop_assert!(!line(&text).contains(|c: char| c.is_control()));
        }
    }
}
