//! What went wrong, where, and how to mend it: every error and warning of the generator is one `Diagnostic`.
//!
//! A build collects them, sorts them and shows them together, so an editor mends everything in one go. The text form is
//! the same on a terminal, in a log and on the error page of the development server: no colour is part of it.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

/// Longer lines are cut around the column, so that one minified line does not fill the screen.
const EXCERPT_CHARS_MAX: usize = 140;

/// More findings of one file than anybody reads at once. To place a finding costs as much as to read the file, so a file
/// with a fault in every line would take its size squared.
const FEW: usize = 100;

/// One finding at one place in one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Path relative to the root, with `/` between folders.
    pub file: String,
    /// Line, counted from 1; 0 when the finding is about the file as a whole.
    pub line: usize,
    /// Column in characters, counted from 1; 0 when the finding is about the file as a whole.
    pub column: usize,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
    /// The offending line and a line of carets below it.
    pub excerpt: Option<String>,
}

impl Diagnostic {
    /// A finding about a file as a whole.
    pub(crate) fn file(file: &str, message: impl Into<String>) -> Self {
        let message = visible(&message.into(), &['\n']).into_owned();
        Self { file: visible(file, &[]).into_owned(), line: 0, column: 0, message, hint: None, excerpt: None }
    }

    /// A finding at a line and column (both from 1) of `text`; `width` characters are underlined.
    pub(crate) fn at(
        file: &str,
        text: &str,
        (line, column): (usize, usize),
        width: usize,
        message: impl Into<String>,
    ) -> Self {
        let excerpt = text.split('\n').nth(line.saturating_sub(1)).map(|content| excerpt(content, column, width));
        Self { line, column, excerpt, ..Self::file(file, message) }
    }

    /// A finding at a byte offset of `text`.
    pub(crate) fn at_offset(file: &str, text: &str, offset: usize, width: usize, message: impl Into<String>) -> Self {
        Self::at(file, text, position(text, offset), width, message)
    }

    /// The same place with other words about it.
    pub(crate) fn saying(&self, message: &str) -> Self {
        Self { message: visible(message, &['\n']).into_owned(), ..self.clone() }
    }

    /// Adds the way out.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(formatter, "{}: {}", self.file, self.message)?;
        } else {
            write!(formatter, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        }
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        if let Some((content, carets)) = self.excerpt.as_deref().and_then(|excerpt| excerpt.split_once('\n')) {
            write!(formatter, "\n {margin} |\n {number} | {content}\n {margin} | {carets}")?;
        }
        if let Some(hint) = &self.hint {
            write!(formatter, "\n {margin} = hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}

/// A text in which control characters are shown and do nothing: what a file is called or has in it does not steer a terminal.
pub(crate) fn visible<'a>(text: &'a str, kept: &[char]) -> Cow<'a, str> {
    let is_silent = |c: char| c.is_control() && !kept.contains(&c);
    if !text.contains(is_silent) {
        return Cow::Borrowed(text);
    }
    // Unicode has a picture for each of the old ones.
    let picture = |c: char| char::from_u32(0x2400 + u32::from(c)).filter(|_| u32::from(c) < 0x20).unwrap_or('\u{fffd}');
    Cow::Owned(text.chars().map(|c| if is_silent(c) { picture(c) } else { c }).collect())
}

/// The first findings of a file, and whether there are more.
pub(crate) fn few(file: &str, findings: impl IntoIterator<Item = Diagnostic>) -> Vec<Diagnostic> {
    let mut findings = findings.into_iter();
    let mut few: Vec<Diagnostic> = findings.by_ref().take(FEW).collect();
    if findings.next().is_some() {
        let more = Diagnostic::file(file, format!("has more faults than the {FEW} that are shown"));
        few.push(more.hint("mend these, and the next build shows the others"));
    }
    few
}

/// Findings in the order of files and lines, each once.
pub(crate) fn sorted(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort();
    diagnostics.dedup();
    diagnostics
}

/// Line and column (both from 1, in characters) of a byte offset.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The entry of `known` that somebody who wrote `written` probably meant.
pub(crate) fn closest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let tolerance = written.chars().count().div_ceil(3);
    let distances = known.into_iter().map(|candidate| (distance(written, candidate), candidate));
    distances.filter(|(distance, _)| *distance <= tolerance).min().map(|(_, candidate)| candidate)
}

/// Edits between two words, where a swap of neighbours is one edit (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(a != b)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

/// The line, cut to a readable length around the column, and carets below it.
fn excerpt(line: &str, column: usize, width: usize) -> String {
    let line = visible(line.trim_end_matches('\r'), &['\t']);
    let characters: Vec<char> = line.chars().collect();
    let start = if characters.len() > EXCERPT_CHARS_MAX { column.saturating_sub(EXCERPT_CHARS_MAX / 2) } else { 0 };
    let shown: String = characters.iter().skip(start).take(EXCERPT_CHARS_MAX).collect();
    let before = column.saturating_sub(1).saturating_sub(start);
    // Tabs stay tabs, so that the carets line up however wide the terminal draws them.
    let padding: String = shown.chars().take(before).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let missing = before.saturating_sub(padding.chars().count());
    let room = shown.chars().count().saturating_sub(before).max(1);
    format!("{shown}\n{padding}{}{}", " ".repeat(missing), "^".repeat(width.clamp(1, room)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_place_line_carets_and_hint() {
        let text = "title: A\ndesciption: B\n";
        let shown = Diagnostic::at("content/a.md", text, (2, 1), 10, "unknown field `desciption`")
            .hint("did you mean `description`?")
            .to_string();
        assert_eq!(
            shown,
            "content/a.md:2:1: unknown field `desciption`\n   |\n 2 | desciption: B\n   | ^^^^^^^^^^\n   = hint: did you mean `description`?"
        );
    }

    #[test]
    fn what_is_shown_does_not_steer_a_terminal() {
        let problem = Diagnostic::at("a\nb\u{1b}[2J.md", "x\u{1b}[31m\ty\r\n", (1, 2), 1, "`\u{7}\u{9b}` is wrong");
        assert_eq!(
            problem.to_string(),
            "a\u{240a}b\u{241b}[2J.md:1:2: `\u{2407}\u{fffd}` is wrong\n   |\n 1 | x\u{241b}[31m\ty\n   |  ^"
        );
    }

    #[test]
    fn of_very_many_findings_a_few_are_shown() {
        let finding = |line| Diagnostic { line, ..Diagnostic::file("a.md", "is wrong") };
        assert_eq!(few("a.md", (1..=FEW).map(finding)).len(), FEW);
        let shown = few("a.md", (1..).map(finding));
        assert_eq!(shown.len(), FEW + 1);
        assert_eq!(shown[FEW].message, "has more faults than the 100 that are shown");
    }

    #[test]
    fn columns_count_characters_and_carets_follow_tabs() {
        let text = "\tü: {{ typo }}";
        let offset = text.find("typo").expect("the text holds it");
        let diagnostic = Diagnostic::at_offset("a", text, offset, 4, "unknown");
        assert_eq!((diagnostic.line, diagnostic.column), (1, 8));
        assert_eq!(diagnostic.excerpt.as_deref(), Some("\tü: {{ typo }}\n\t      ^^^^"));
    }

    #[test]
    fn long_lines_are_cut_around_the_column() {
        let text = "x".repeat(10_000);
        let diagnostic = Diagnostic::at("a", &text, (1, 5_000), 1, "m");
        assert!(diagnostic.excerpt.is_some_and(|excerpt| excerpt.len() < 300 && excerpt.ends_with('^')));
    }

    #[test]
    fn a_place_past_the_end_still_shows() {
        assert_eq!(
            Diagnostic::at("a", "x", (9, 9), 1, "m").to_string(),
            "a:9:9: m\n   = hint: h".replace("\n   = hint: h", "")
        );
    }

    #[test]
    fn finds_the_word_that_was_meant() {
        assert_eq!(closest("desciption", ["title", "description"]), Some("description"));
        assert_eq!(closest("titel", ["title", "description"]), Some("title"));
        assert_eq!(closest("zzzz", ["title", "description"]), None);
    }

    #[test]
    fn sorts_by_place_and_drops_repeats() {
        let (a, b) = (Diagnostic::file("b", "m"), Diagnostic::at("a", "x", (1, 1), 1, "m"));
        assert_eq!(sorted(vec![a.clone(), b.clone(), a.clone()]), vec![b, a]);
    }
}
