//! The tags of a template as words and signs, without text, comments, strings and numbers.

/// A word or a sign of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Word {
        text: &'t str,
        /// Where it begins in the template, in bytes.
        offset: usize,
    },
    Sign(&'t str),
}

impl Token<'_> {
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self, Token::Word { text, .. } if *text == word)
    }

    pub(super) fn is_any_word(&self, words: &[&str]) -> bool {
        matches!(self, Token::Word { text, .. } if words.contains(text))
    }

    pub(super) fn is_sign(&self, sign: &str) -> bool {
        matches!(self, Token::Sign(text) if *text == sign)
    }
}

/// A tag of a template.
#[derive(Debug)]
pub(super) struct Tag<'t> {
    /// Whether it is `{% … %}`, which begins with a word of the language, and not `{{ … }}`.
    pub(super) is_statement: bool,
    pub(super) tokens: Vec<Token<'t>>,
}

/// The tokens of each `{{ … }}` and `{% … %}`. What is between `raw` and `endraw` is text.
pub(super) fn tags(text: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut offset = 0;
    while let Some(start) = next_start(text, offset) {
        let inside = start + 2;
        if text[start..].starts_with("{#") {
            offset = text[inside..].find("#}").map_or(text.len(), |end| inside + end + 2);
            continue;
        }
        let is_statement = text[start..].starts_with("{%");
        let close = if is_statement { "%}" } else { "}}" };
        // `{%-` trims the text before the tag.
        let inside = if text[inside..].starts_with('-') { inside + 1 } else { inside };
        let (tokens, end) = tokens(text, inside, close);
        offset = end;
        if tokens.len() == 1 && tokens[0].is_word("raw") {
            offset = text[end..].find("endraw").map_or(text.len(), |at| end + at);
            continue;
        }
        tags.push(Tag { is_statement, tokens });
    }
    tags
}

fn next_start(text: &str, from: usize) -> Option<usize> {
    let starts = ["{{", "{%", "{#"].into_iter().filter_map(|start| text.get(from..)?.find(start));
    starts.min().map(|at| from + at)
}

/// The tokens up to the closing mark, and the offset behind it. A mark inside a map or a component's argument closes
/// that first.
fn tokens<'t>(text: &'t str, from: usize, close: &str) -> (Vec<Token<'t>>, usize) {
    let mut tokens = Vec::new();
    let mut braces = 0_usize;
    let mut offset = from;
    while let Some(next) = text[offset..].chars().next() {
        let rest = &text[offset..];
        if braces == 0 && rest.starts_with(close) {
            // `-%}` trims the text behind the tag; no expression ends with a minus.
            tokens.pop_if(|last: &mut Token<'_>| last.is_sign("-"));
            return (tokens, offset + close.len());
        }
        let length = match next {
            '"' | '\'' | '`' => string_length(rest, next),
            _ if next.is_alphabetic() || next == '_' => {
                let length = run(rest, |c| c.is_alphanumeric() || c == '_');
                tokens.push(Token::Word { text: &rest[..length], offset });
                length
            }
            _ if next.is_ascii_digit() => run(rest, |c| c.is_alphanumeric() || c == '_'),
            // `a?.b` is `a.b` for this purpose.
            '?' => 1,
            _ if next.is_whitespace() => next.len_utf8(),
            _ => {
                match next {
                    '{' => braces += 1,
                    '}' => braces = braces.saturating_sub(1),
                    _ => {}
                }
                let double = ["==", "!=", "<=", ">=", "//", "**"].iter().any(|sign| rest.starts_with(sign));
                let length = if double { 2 } else { next.len_utf8() };
                tokens.push(Token::Sign(&rest[..length]));
                length
            }
        };
        offset += length;
    }
    (tokens, text.len())
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// The length of a string with its quotes.
fn string_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return index + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let show = |token: &Token<'_>| match token {
            Token::Word { text, .. } | Token::Sign(text) => (*text).to_owned(),
        };
        tags(text).iter().map(|tag| tag.tokens.iter().map(show).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn keeps_words_and_signs_of_tags_only() {
        assert_eq!(shown("a {{ b.c }} d {# {{ e }} #} {% if f == \"}}\" %}"), ["b . c", "if f =="]);
    }

    #[test]
    fn braces_inside_a_tag_do_not_close_it() {
        assert_eq!(shown("{{<x a={b}/>}}{{ {\"k\": {\"l\": m}} }}"), ["< x a = { b } / >", "{ : { : m } }"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_tags(text in "[{}%#\"'a. \u{e9}\\\\|<>?=-]{0,60}") {
            for tag in tags(&text) {
                proptest::prop_assert!(tag.tokens.len() <= text.len());
            }
        }
    }

    #[test]
    fn raw_text_is_no_tag() {
        assert_eq!(shown("{% raw %}{{ a }}{% endraw %}{{ b }}"), ["b"]);
    }
}
