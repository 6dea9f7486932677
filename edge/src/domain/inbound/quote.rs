//! What is new in an answer: programs put all that was written before below it, above it, or in between.
//!
//! Our mails begin with a line to write above. Where it is found, what stands before it is new; where it was quoted with `>`, every
//! line without that is. Nothing is thrown away: what is folded stays beside it.

use crate::domain::mail::REPLY_LINE;

/// An answer and what it quotes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Folded {
    /// What is new.
    pub(super) new: String,
    /// All of it, where something was folded away.
    pub(super) quoted: Option<String>,
}

/// Folds what a mail quotes.
pub(super) fn fold(text: &str) -> Folded {
    let whole = || Folded { new: text.trim().to_owned(), quoted: None };
    let lines: Vec<&str> = text.lines().collect();
    let is_quoted = |line: &&str| line.trim_start().starts_with('>');
    let at = lines.iter().position(|line| line.contains(REPLY_LINE));
    let new = match at {
        Some(at) if lines.get(at).is_some_and(is_quoted) => unquoted(&lines),
        Some(at) => introduced(lines.get(..at).unwrap_or_default()),
        // Only a quotation at the end is folded: lines in between are part of what somebody says.
        None => {
            let last = lines.iter().rposition(|line| !line.trim().is_empty() && !is_quoted(line));
            let end = last.map_or(0, |last| last + 1);
            let has_quotation = lines.get(end..).is_some_and(|rest| rest.iter().any(is_quoted));
            if !has_quotation {
                return whole();
            }
            introduced(lines.get(..end).unwrap_or_default())
        }
    };
    if new.is_empty() {
        return whole();
    }
    Folded { new, quoted: Some(text.trim().to_owned()) }
}

/// Lines that are not quoted, without those that introduce a quotation.
fn unquoted(lines: &[&str]) -> String {
    let mut kept: Vec<&str> = vec![];
    let mut is_in_quotation = false;
    for line in lines {
        let is_quoted = line.trim_start().starts_with('>');
        if !is_quoted {
            kept.push(line);
        } else if !is_in_quotation {
            kept.truncate(before_introduction(&kept));
            kept.push("");
        }
        is_in_quotation = is_quoted;
    }
    kept.join("\n").trim().to_owned()
}

/// Lines without those at their end that introduce a quotation.
fn introduced(lines: &[&str]) -> String {
    let kept = lines.get(..before_introduction(lines)).unwrap_or_default();
    kept.join("\n").trim().to_owned()
}

/// How many lines stand before `On Monday, somebody wrote:`, in any language, or before the rule that programs draw.
fn before_introduction(lines: &[&str]) -> usize {
    let mut end = without_blanks(lines, lines.len());
    let line = |at: usize| lines.get(at).copied().unwrap_or_default();
    if end > 0 && line(end - 1).trim_end().ends_with(':') {
        // It is broken over at most two lines, and has a date or an address in it.
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
        let is_about = |text: &str| text.contains('@') || digits(text) >= 4;
        let before = if end > 1 { line(end - 2).trim_end() } else { "" };
        let is_begun_before = digits(before) >= 4 && !before.ends_with(['.', '!', '?', ':']);
        if is_begun_before {
            end -= 2;
        } else if is_about(line(end - 1)) {
            end -= 1;
        }
    }
    end = without_blanks(lines, end);
    while end > 0 && is_rule(line(end - 1).trim()) {
        end = without_blanks(lines, end - 1);
    }
    end
}

fn without_blanks(lines: &[&str], mut end: usize) -> usize {
    while end > 0 && lines.get(end - 1).is_some_and(|line| line.trim().is_empty()) {
        end -= 1;
    }
    end
}

/// `________`, or `-----Original Message-----`.
fn is_rule(line: &str) -> bool {
    let is_drawn = line.len() > 4 && line.chars().all(|c| matches!(c, '_' | '-'));
    is_drawn || (line.starts_with("-----") && line.ends_with("-----"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> (String, bool) {
        let Folded { new, quoted } = fold(&text.replace("LINE", REPLY_LINE));
        (new, quoted.is_some())
    }

    #[test]
    fn an_answer_above_is_what_is_new() {
        for text in [
            "It is 1.2.3.\n\nOn Mon, 4 May 2026 at 09:12, Us <us@example.com> wrote:\n\n> LINE\n>\n> Which version?\n",
            "It is 1.2.3.\n\nAm 04.05.2026 um 09:12 schrieb\nUs <us+7k3m9q.abc@example.com>:\n> LINE\n> Which version?",
            "It is 1.2.3.\n\n________________________________\nLINE\n\nWhich version?",
            "It is 1.2.3.\n\n-----Original Message-----\nLINE\nWhich version?",
            "It is 1.2.3.\n\nOn Mon, 4 May 2026, Us wrote:\n> Which version?",
        ] {
            assert_eq!(folded(text), ("It is 1.2.3.".to_owned(), true), "{text}");
        }
    }

    #[test]
    fn an_answer_below_or_in_between_is_not_lost() {
        let below = "On 4 May 2026, Us wrote:\n> LINE\n>\n> Which version?\n\nIt is 1.2.3.\n";
        assert_eq!(folded(below), ("It is 1.2.3.".to_owned(), true));
        let between = "Hello,\n\n> LINE\n> Which version?\n\n1.2.3\n\n> Which PHP?\n\n8.2\n";
        let (new, is_folded) = folded(between);
        assert!(is_folded);
        assert_eq!(new.split_whitespace().collect::<Vec<_>>(), ["Hello,", "1.2.3", "8.2"]);
    }

    #[test]
    fn what_quotes_nothing_stays_as_it_is() {
        for text in [
            "It is 1.2.3.",
            "These are my steps:\n1. open\n2. look",
            "> a quotation\n\nand what I think of it",
            "LINE\nabove it is nothing",
            "",
        ] {
            assert_eq!(folded(text), (text.replace("LINE", REPLY_LINE).trim().to_owned(), false), "{text}");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test of how long it takes")]
    fn it_takes_no_longer_for_what_is_hostile() {
        for text in [">\n".repeat(100_000), "a:\n>\n".repeat(50_000), "\n".repeat(200_000), "-".repeat(200_000)] {
            let began = std::time::Instant::now();
            fold(&text);
            assert!(began.elapsed().as_secs() < 2, "{:?}", began.elapsed());
        }
    }
}
