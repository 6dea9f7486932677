//! Text as tokens: words, runs of spaces, and marks one by one.
//!
//! The one idea: a token is the smallest thing a redline may strike out. `e.g.`, `don't`, `third-party` and
//! `info@example.com` are one word each, and a full stop is none.

/// Marks that join when they stand between letters or digits.
const JOINERS: &str = "'’-_.@";

/// Typographic marks, which no word contains. All other signs beyond ASCII count as letters.
const TYPOGRAPHIC: &str = "‘’‚“”„«»‹›–—…·•¿¡、。";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Space,
    Mark,
}

/// The tokens of a text. Joined, they are the text.
pub(super) fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut current = None;
    let mut characters = text.char_indices().peekable();
    while let Some((offset, character)) = characters.next() {
        let joins = current == Some(Class::Word)
            && JOINERS.contains(character)
            && characters.peek().is_some_and(|(_, next)| class(*next) == Class::Word);
        let class = if joins { Class::Word } else { class(character) };
        if offset > start && (current != Some(class) || class == Class::Mark) {
            tokens.push(&text[start..offset]);
            start = offset;
        }
        current = Some(class);
    }
    if start < text.len() {
        tokens.push(&text[start..]);
    }
    tokens
}

/// Whether a token is a word.
pub(super) fn is_word(token: &str) -> bool {
    token.chars().next().is_some_and(|first| class(first) == Class::Word)
}

/// How many words a text has.
pub(super) fn count(text: &str) -> usize {
    tokens(text).into_iter().filter(|token| is_word(token)).count()
}

fn class(character: char) -> Class {
    if character.is_whitespace() {
        Class::Space
    } else if character.is_alphanumeric() || !(character.is_ascii() || TYPOGRAPHIC.contains(character)) {
        Class::Word
    } else {
        Class::Mark
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_what_joins_them() {
        for (text, expected) in [
            ("don’t e.g., a  third-party.", vec!["don’t", " ", "e.g", ".", ",", " ", "a", "  ", "third-party", "."]),
            ("<info@example.com>", vec!["<", "info@example.com", ">"]),
            ("“é”—x", vec!["“", "é", "”", "—", "x"]),
            ("...", vec![".", ".", "."]),
            ("", vec![]),
        ] {
            assert_eq!(tokens(text), expected);
        }
    }

    #[test]
    fn only_words_count() {
        assert_eq!(count("We do not: sell, (e.g.) 5."), 6);
    }

    proptest::proptest! {
        #[test]
        fn tokens_are_the_text(text in "\\PC{0,60}") {
            proptest::prop_assert_eq!(tokens(&text).concat(), text);
        }
    }
}
