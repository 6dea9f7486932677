//! YAML into typed values: an error names its place in the file and, where there is one, the word that was meant.
//!
//! The parser gives the place of an error that is raised while a scalar is read. Therefore every check of a single value
//! (a date, a price, an address) is part of reading it: see [`parsed`].

use std::{fmt, ops::Range};

use serde::{
    Deserializer,
    de::{DeserializeOwned, Visitor},
};

use crate::{
    diagnostic::{Diagnostic, closest},
    source::BYTE_ORDER_MARK,
};

/// Parts a complaint's message from its hint on the way through serde, which carries one string only.
const HINT_SEPARATOR: char = '\u{1f}';

/// How many brackets may be open at once. The parser goes no deeper than 128 levels, but it finds that out only after it has
/// read all, in a time that grows with the square of the depth.
const OPEN_MAX: usize = 1000;
const TOO_DEEP: &str = "this is nested too deeply";
const TOO_DEEP_HINT: &str = "write it with fewer levels, and see that each `[` and `{` is closed";

/// What is wrong with one value, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    message: String,
    hint: Option<String>,
}

impl Complaint {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The complaint at a place in a file.
    pub(crate) fn at(self, file: &str, text: &str, offset: usize, width: usize) -> Diagnostic {
        let diagnostic = Diagnostic::at_offset(file, text, offset, width, self.message);
        Diagnostic { hint: self.hint, ..diagnostic }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(formatter, "{HINT_SEPARATOR}{hint}"))
    }
}

/// Reads a string and what it means in one step, so that a complaint carries the place of the value.
pub(crate) fn parsed<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &'static str,
    parse: fn(&str) -> Result<T, Complaint>,
) -> Result<T, D::Error> {
    deserializer.deserialize_str(Parsed { expected, parse })
}

struct Parsed<T> {
    expected: &'static str,
    parse: fn(&str) -> Result<T, Complaint>,
}

impl<T> Visitor<'_> for Parsed<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.expected)
    }

    fn visit_str<E: serde::de::Error>(self, written: &str) -> Result<T, E> {
        (self.parse)(written).map_err(E::custom)
    }
}

/// Reads `text[range]`, which begins at the start of a line, as one YAML document.
pub(crate) fn parse<T: DeserializeOwned>(file: &str, text: &str, range: Range<usize>) -> Result<T, Diagnostic> {
    // The parser takes a mark for a part of the first key, and ends the document with it.
    if let Some(text) = text.strip_prefix(BYTE_ORDER_MARK).filter(|_| range.start == 0) {
        return parse(file, text, 0..range.end - BYTE_ORDER_MARK.len_utf8());
    }
    if let Some(offset) = too_deep(&text[range.clone()]) {
        return Err(Diagnostic::at_offset(file, text, range.start + offset, 1, TOO_DEEP).hint(TOO_DEEP_HINT));
    }
    let lines_before = text[..range.start].matches('\n').count();
    serde_yaml::from_str(&text[range.clone()]).map_err(|error| {
        let (message, place) = place(&error);
        let (message, hint) = explain(&message);
        let (line, column) = repeated(&message, &text[range.clone()]).or(place).unwrap_or((1, 1));
        let width = quoted(&message).map_or(1, |word| width_at(text, (line + lines_before, column), word));
        let diagnostic = Diagnostic::at(file, text, (line + lines_before, column), width, message);
        Diagnostic { hint, ..diagnostic }
    })
}

/// Where more brackets are open than any value needs. What stands in quotes is counted too: nobody opens so many there.
fn too_deep(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    text.bytes().position(|byte| {
        open = match byte {
            b'[' | b'{' => open + 1,
            b']' | b'}' => open.saturating_sub(1),
            _ => open,
        };
        open > OPEN_MAX
    })
}

/// Where a key stands for the second time; the parser names the mapping it is in.
fn repeated(message: &str, text: &str) -> Option<(usize, usize)> {
    let key = quoted(message.strip_prefix("duplicate field ")?)?;
    let (value, _) = value_span(text, 0..text.len(), key, 1)?;
    let line = &text[text[..value].rfind('\n').map_or(0, |end| end + 1)..value];
    let column = line.find(key).map_or(0, |start| line[..start].chars().count());
    Some((crate::diagnostic::position(text, value).0, column + 1))
}

/// The place of the value of the `nth` key (from 0) with this name: its offset and its length.
pub(crate) fn value_span(text: &str, range: Range<usize>, key: &str, nth: usize) -> Option<(usize, usize)> {
    let mut offset = range.start;
    let mut seen = 0;
    for line in text[range].split_inclusive('\n') {
        let content = line.trim_start_matches([' ', '-']);
        if let Some(value) = content.strip_prefix(key).and_then(|rest| rest.strip_prefix(':')) {
            if seen == nth {
                let written = value.trim();
                // What follows on other lines is named by its key.
                if written.is_empty() {
                    return Some((offset + (line.len() - content.len()), key.chars().count()));
                }
                let start = offset + (line.len() - value.len()) + (value.len() - value.trim_start().len());
                return Some((start, written.chars().count().max(1)));
            }
            seen += 1;
        }
        offset += line.len();
    }
    None
}

/// The parser's message without its place, and the place where the trouble began.
fn place(error: &serde_yaml::Error) -> (String, Option<(usize, usize)>) {
    let shown = error.to_string();
    // "did not find …, while parsing a quoted scalar at line 2 column 8": the second place is where it began.
    let Some((message, context)) = shown.split_once(", while ") else {
        let location = error.location().map(|location| (location.line(), location.column()));
        return (strip_place(&shown).to_owned(), location);
    };
    let began = context.rsplit_once(" at line ").and_then(|(_, place)| {
        let (line, column) = place.split_once(" column ")?;
        Some((line.parse().ok()?, column.parse().ok()?))
    });
    let location = error.location().map(|location| (location.line(), location.column()));
    (format!("{}, while {}", strip_place(message), strip_place(context)), began.or(location))
}

fn strip_place(message: &str) -> &str {
    let stripped = message.rsplit_once(" at line ").map_or(message, |(before, _)| before);
    stripped.rsplit_once(" at position ").map_or(stripped, |(before, _)| before)
}

/// The message without the path serde puts before it, and a hint.
fn explain(message: &str) -> (String, Option<String>) {
    if let Some((message, hint)) = message.split_once(HINT_SEPARATOR) {
        return (without_path(message).to_owned(), Some(hint.to_owned()));
    }
    let message = without_path(message);
    if let Some((message, hint)) = wrong_type(message) {
        return (message, Some(hint.to_owned()));
    }
    match message {
        "recursion limit exceeded" => return (TOO_DEEP.to_owned(), Some(TOO_DEEP_HINT.to_owned())),
        "repetition limit exceeded" => {
            let hint = "write the values out, without `&name` and `*name`";
            return ("the aliases in this stand for too many values".to_owned(), Some(hint.to_owned()));
        }
        _ => {}
    }
    if let Some((unknown, expected)) = message.split_once(", expected ") {
        let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
        if let Some(word) = quoted(unknown).filter(|_| !known.is_empty()) {
            let meant = closest(word, known.iter().copied()).map(|meant| format!("did you mean `{meant}`?"));
            return (unknown.to_owned(), meant.or_else(|| Some(format!("known here: {}", known.join(", ")))));
        }
    }
    let hint = if message.contains("quoted scalar") {
        Some("a quote that opens here is never closed".to_owned())
    } else if message.contains("mapping values are not allowed") {
        Some("a value with a colon in it needs quotes".to_owned())
    } else {
        message.strip_prefix("missing field ").map(|field| format!("add {field}"))
    };
    (message.to_owned(), hint)
}

/// A value of the wrong type in the words of whoever wrote it, and how to write it.
fn wrong_type(message: &str) -> Option<(String, &'static str)> {
    let rest = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "))?;
    let (found, expected) = rest.rsplit_once(", expected ")?;
    let is_whole = |name: &str| name.starts_with(['i', 'u']) && name[1..].parse::<u8>().is_ok();
    let (wanted, hint) = match expected {
        "a boolean" => ("`true` or `false`", "write `true` or `false` without quotes"),
        "a string" | "a borrowed string" => ("text", "put the text in quotes, behind the colon"),
        "f32" | "f64" => ("a number", "write the number without quotes"),
        "usize" | "isize" => ("a whole number", "write digits only, without quotes"),
        name if is_whole(name) => ("a whole number", "write digits only, without quotes"),
        "a sequence" => ("a list", "put each item on a line of its own, with `- ` in front"),
        name if name == "a map" || name.starts_with("struct ") => {
            ("a group of fields", "put each field on a line of its own, as `name: value`")
        }
        name if name.starts_with("enum ") => {
            ("one of the known words", "look how it is written elsewhere in this project")
        }
        // What this project reads by itself is called in plain words already.
        other => (other, "write it as it is written elsewhere in this project"),
    };
    let written = |kind: &str| found.strip_prefix(kind);
    let found = match found {
        "sequence" => "a list".to_owned(),
        "map" => "a group of fields".to_owned(),
        "unit value" => "empty".to_owned(),
        _ => written("string ")
            .or_else(|| written("integer "))
            .or_else(|| written("floating point "))
            .or_else(|| written("boolean "))
            .unwrap_or(found)
            .to_owned(),
    };
    Some((format!("has to be {wanted}, and is {found}"), hint))
}

/// serde puts "plans[0].price: " before a message; the excerpt shows the place already.
fn without_path(message: &str) -> &str {
    message.split_once(": ").filter(|(path, _)| is_path(path)).map_or(message, |(_, rest)| rest)
}

fn is_path(candidate: &str) -> bool {
    let path_like = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']');
    !matches!(candidate, "invalid type" | "invalid value") && candidate.chars().all(path_like)
}

/// The first word in backquotes.
fn quoted(message: &str) -> Option<&str> {
    message.split('`').nth(1)
}

/// The length of `word` when it stands at the place, and 1 otherwise.
fn width_at(text: &str, (line, column): (usize, usize), word: &str) -> usize {
    let content = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
    let rest: String = content.chars().skip(column.saturating_sub(1)).collect();
    if rest.trim_start_matches(['"', '\'']).starts_with(word) { word.chars().count() } else { 1 }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::moment::Moment;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Entry {
        #[serde(rename = "title")]
        _title: String,
        #[serde(rename = "date")]
        _date: Option<Moment>,
        #[serde(default, rename = "draft")]
        _draft: bool,
    }

    fn problem(yaml: &str) -> Diagnostic {
        let text = format!("---\n{yaml}");
        parse::<Entry>("a.md", &text, 4..text.len()).expect_err("the document is broken")
    }

    #[track_caller]
    fn check(yaml: &str, place: (usize, usize), message: &str, hint: Option<&str>) {
        let problem = problem(yaml);
        assert_eq!(((problem.line, problem.column), problem.message.as_str()), (place, message), "{problem}");
        assert_eq!(problem.hint.as_deref(), hint);
    }

    #[test]
    fn an_unknown_key_names_the_one_that_was_meant() {
        check("titel: A\n", (2, 1), "unknown field `titel`", Some("did you mean `title`?"));
        check("title: A\nzzzzzz: B\n", (3, 1), "unknown field `zzzzzz`", Some("known here: title, date, draft"));
    }

    #[test]
    fn a_bad_date_is_named_at_the_value() {
        check(
            "title: A\ndate: soon\n",
            (3, 7),
            "`soon` is not a date",
            Some("write a day as `2025-03-31` or a moment as `2025-03-31T09:00:00Z`"),
        );
        assert!(problem("title: A\ndate: soon\n").to_string().contains("date: soon\n   |       ^^^^\n"));
    }

    #[test]
    fn a_missing_key_is_named() {
        check("draft: true\n", (2, 1), "missing field `title`", Some("add `title`"));
    }

    #[test]
    fn a_wrong_type_is_named_at_the_value() {
        let hint = Some("write `true` or `false` without quotes");
        check("title: A\ndraft: maybe\n", (3, 8), "has to be `true` or `false`, and is \"maybe\"", hint);
        let hint = Some("put the text in quotes, behind the colon");
        check("title: [A]\n", (2, 8), "has to be text, and is a list", hint);
        let hint = Some("put each field on a line of its own, as `name: value`");
        check("- A\n", (2, 1), "has to be a group of fields, and is a list", hint);
        check("A\n", (2, 1), "has to be a group of fields, and is \"A\"", hint);
    }

    #[test]
    fn no_type_is_called_by_its_name_in_the_program() {
        for expected in ["i64", "u32", "usize", "f64", "struct FrontMatter", "enum Term", "a sequence", "a map"] {
            let (message, hint) = explain(&format!("plans[0].price: invalid type: string \"x\", expected {expected}"));
            assert!(!message.contains(expected) && hint.is_some(), "{message}");
        }
        assert_eq!(explain("invalid value: integer `-1`, expected u32").0, "has to be a whole number, and is `-1`");
    }

    #[test]
    fn an_open_quote_is_named_where_it_opens() {
        let problem = problem("title: \"A\ndraft: true\n");
        assert_eq!((problem.line, problem.column), (2, 8), "{problem}");
        assert_eq!(problem.hint.as_deref(), Some("a quote that opens here is never closed"));
    }

    #[test]
    fn a_value_with_a_colon_says_what_it_needs() {
        let problem = problem("title: A: B\n");
        assert_eq!(problem.line, 2, "{problem}");
        assert_eq!(problem.hint.as_deref(), Some("a value with a colon in it needs quotes"));
    }

    #[test]
    fn finds_the_value_of_a_key() {
        let text = "- id: a\n  plans:\n    - id:  b\n";
        assert_eq!(
            value_span(text, 0..text.len(), "id", 1).map(|(start, width)| (&text[start..=start], width)),
            Some(("b", 1))
        );
    }
}
