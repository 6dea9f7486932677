//! An article's sentences: what the registry of promises names one by one.
//!
//! The one idea: where in doubt, do not split. A promise glued to its neighbour is still looked at; one cut in two may
//! be read as something it does not say.

use std::ops::Range;

use super::{Article, Block, Kind};

/// Words that end with a full stop and go on.
const ABBREVIATIONS: [&str; 17] = [
    "e.g", "i.e", "etc", "vs", "cf", "approx", "incl", "inc", "ltd", "corp", "mr", "mrs", "ms", "dr", "u.s", "u.k",
    "a.k.a",
];

/// Words that go on only if a number follows: `No. 5`, but not `Do we sell? No. We never did.`
const BEFORE_NUMBERS: [&str; 8] = ["no", "nos", "p", "pp", "art", "sec", "para", "fig"];

/// Brackets open at once; deeper ones are just characters.
const BRACKETS_MAX: usize = 16;

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentence {
    /// With single spaces.
    pub(crate) text: String,
    /// The heading above it, empty before the first.
    pub(crate) section: String,
    /// Where its block stands in the body, in bytes.
    pub(crate) span: Range<usize>,
}

/// The sentences of an article. A row of a table, a code block and raw HTML are one each: they have no grammar.
pub(super) fn sentences(article: &Article) -> Vec<Sentence> {
    let mut section = String::new();
    let mut found = Vec::new();
    for block in &article.blocks {
        if let Kind::Heading(_) = block.kind {
            section = single_spaced(&block.text());
            continue;
        }
        for text in parts(block) {
            found.push(Sentence { text, section: section.clone(), span: block.span.clone() });
        }
    }
    found
}

fn parts(block: &Block) -> Vec<String> {
    let text = single_spaced(&block.text());
    let is_prose = !block.kind.is_verbatim() && !matches!(block.kind, Kind::Row { .. });
    let parts = if is_prose { split(&text) } else { vec![text] };
    parts.into_iter().filter(|part| !part.is_empty()).collect()
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn split(text: &str) -> Vec<String> {
    let inside = bracketed(text);
    let mut parts = Vec::new();
    let mut start = 0;
    for (space, _) in text.match_indices(' ') {
        let (sentence, rest) = (&text[start..space], &text[space + 1..]);
        if !inside[space] && begins_sentence(rest) && ends_sentence(sentence, rest) {
            parts.push(sentence.to_owned());
            start = space + 1;
        }
    }
    parts.push(text[start..].to_owned());
    parts
}

fn begins_sentence(rest: &str) -> bool {
    rest.starts_with(|first: char| first.is_uppercase() || first.is_ascii_digit() || "\"'“‘«„".contains(first))
}

fn ends_sentence(sentence: &str, rest: &str) -> bool {
    let before_note = sentence.strip_suffix(']').and_then(|note| note.rsplit_once('[')).map(|(before, _)| before);
    [Some(sentence), before_note].into_iter().flatten().any(|text| ends_with_mark(text, rest))
}

fn ends_with_mark(text: &str, rest: &str) -> bool {
    let text = text.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']', '}', '*']);
    let Some(before) = text.strip_suffix('.') else { return text.ends_with(['?', '!']) };
    let word = before.rsplit([' ', '(', '[', '"', '“']).next().unwrap_or_default().to_lowercase();
    let is_numbering = word.len() == before.len() && word.chars().all(|character| character.is_ascii_digit());
    let is_count = BEFORE_NUMBERS.contains(&word.as_str()) && rest.starts_with(|first: char| first.is_ascii_digit());
    !(is_numbering || is_count || ABBREVIATIONS.contains(&word.as_str()))
}

/// For each byte, whether it is inside brackets. A bracket without its partner is just a character.
fn bracketed(text: &str) -> Vec<bool> {
    let mut inside = vec![false; text.len()];
    let mut open: Vec<(usize, char)> = Vec::new();
    for (offset, character) in text.char_indices() {
        match character {
            '(' | '[' | '{' if open.len() == BRACKETS_MAX => {}
            '(' => open.push((offset, ')')),
            '[' => open.push((offset, ']')),
            '{' => open.push((offset, '}')),
            ')' | ']' | '}' => {
                let Some(position) = open.iter().rposition(|(_, close)| *close == character) else { continue };
                let outer = open[position].0;
                open.truncate(position);
                inside[outer..offset].fill(true);
            }
            _ => {}
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str) -> Vec<String> {
        Article::parse(body).sentences().into_iter().map(|sentence| sentence.text).collect()
    }

    #[test]
    fn splits_where_a_sentence_ends() {
        let cases: &[(&str, &[&str])] = &[
            (
                "We do not sell, trade, or rent your personal information. We may share data with trusted third-party \
                 services only to operate our business (e.g., payment processing, support tools).",
                &[
                    "We do not sell, trade, or rent your personal information.",
                    "We may share data with trusted third-party services only to operate our business (e.g., payment \
                     processing, support tools).",
                ],
            ),
            ("- Email: <info@clientportalplugin.com>", &["Email: info@clientportalplugin.com"]),
            ("It is an art. We do.", &["It is an art.", "We do."]),
            ("Do we? No. We never did! 5 times.", &["Do we?", "No.", "We never did!", "5 times."]),
            (
                "Cookies, etc. Are kept, see No. 5 vs. Art. 6 of e.g. Inc. Law.",
                &["Cookies, etc. Are kept, see No. 5 vs. Art. 6 of e.g. Inc. Law."],
            ),
            (
                "He said \"no.\" \"Why?\" (Really. Truly.) Yes.",
                &[
                    "He said \"no.\"",
                    "\"Why?\" (Really.
Truly.)",
                    "Yes.",
                ],
            ),
            (
                "See example.com. it is v1.2. a smiley :-( Here. End.",
                &["See example.com. it is v1.2. a smiley :-( Here.", "End."],
            ),
            (
                "Kept 30 days.[^1] Then not.\n\n[^1]: Or so. Perhaps.",
                &["Kept 30 days.[1]", "Then not.", "Or so.", "Perhaps."],
            ),
            ("1\\. We collect. Names", &["1. We collect.", "Names"]),
            ("| a. B | c |\n|---|---|\n| D. E | f |", &["a. B c", "D. E f"]),
            ("   ", &[]),
        ];
        for (body, expected) in cases {
            let expected: Vec<String> = expected.iter().map(|text| text.replace('\n', " ")).collect();
            assert_eq!(texts(body), expected, "{body}");
        }
    }

    #[test]
    fn knows_section_and_place() {
        let body = "Before.\n\n## 1. *Data*\n\n- Name\n- Mail\n\n### B\n\nSo. It\nis.\n";
        let found: Vec<(String, String, &str)> = Article::parse(body)
            .sentences()
            .into_iter()
            .map(|sentence| (sentence.section, sentence.text, body[sentence.span].trim_end()))
            .collect();
        let expected = [
            ("", "Before.", "Before."),
            ("1. Data", "Name", "Name"),
            ("1. Data", "Mail", "Mail"),
            ("B", "So.", "So. It\nis."),
            ("B", "It is.", "So. It\nis."),
        ];
        let expected = expected.map(|(section, text, place)| (section.to_owned(), text.to_owned(), place));
        assert_eq!(found, expected);
    }

    #[test]
    fn no_word_is_lost() {
        let body = "A. B? (C. D.) \"E.\" f. G! [H] I.J K... L";
        assert_eq!(texts(body).join(" "), Article::parse(body).plain_text());
    }
}
