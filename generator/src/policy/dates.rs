//! Dates that somebody typed into the words of a version.
//!
//! A version has one date, written once, in its front matter, and the page shows it. A sentence that speaks of the
//! policy's own date and names another day contradicts that, and nobody would notice.

use std::ops::Range;

use jiff::civil::Date;

use super::Version;
use crate::diagnostic::Diagnostic;

/// Words of sentences that speak of the version itself. The last stands for "in force".
const ABOUT_THE_VERSION: [&str; 4] = ["effective", "updated", "version", "force"];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Months are known by their first letters, as in `Mar. 31` and `Sept. 1`.
const MONTH_LETTERS_MIN: usize = 3;

/// Marks that may stand between a word and the next without parting a date: emphasis, commas and full stops.
const LOOSE: [char; 5] = [',', '.', '*', '_', '\u{a0}'];

/// A word or a number of the body.
#[derive(Debug, Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    start: usize,
}

impl Word<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Every sentence about the version that names another day than the front matter, and every label typed by hand.
pub(super) fn findings(version: &Version) -> Vec<Diagnostic> {
    let (body, effective) = (version.document.body(), version.front.effective.0);
    let mut found = Vec::new();
    for sentence in sentences(body) {
        let words = words(body, sentence);
        found.extend(label(body, &words).map(|range| {
            let message = "the effective date is typed by hand";
            version
                .document
                .body_finding(range.start, body[range].chars().count(), message)
                .hint("remove it: the page shows the date of the front matter")
        }));
        if !is_about_the_version(&words) {
            continue;
        }
        for range in dates(body, &words, effective) {
            let written = &body[range.clone()];
            let message = format!("`{written}` contradicts the front matter: this version is effective {effective}");
            found.push(
                version
                    .document
                    .body_finding(range.start, written.chars().count(), message)
                    .hint("take the date out of the text: the page shows the one of the front matter"),
            );
        }
    }
    found
}

/// Roughly the sentences: where in doubt, two are one, so that a date is held against all the words near it.
fn sentences(body: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut offset = 0;
    for line in body.split_inclusive('\n') {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', '-', '*', '+', '>', '|']) {
            found.push(start..offset);
            start = offset;
        }
        for (at, _) in line.match_indices(['.', '!', '?']) {
            let mut rest = line[at + 1..].chars();
            // `Mar. 31` is one sentence, and so is `3.1`.
            let ends = rest.next().is_none_or(char::is_whitespace) && !rest.next().is_some_and(|c| c.is_ascii_digit());
            if ends {
                found.push(start..offset + at + 1);
                start = offset + at + 1;
            }
        }
        offset += line.len();
    }
    found.push(start..body.len());
    found
}

/// The runs of letters and digits.
fn words(body: &str, sentence: Range<usize>) -> Vec<Word<'_>> {
    let first = sentence.start;
    let parts = body[sentence].split(|c: char| !c.is_ascii_alphanumeric()).filter(|text| !text.is_empty());
    // The parts are slices of the body, so where each stands follows from what was passed over.
    let mut from = first;
    let mut found = Vec::new();
    for text in parts {
        let start = from + body[from..].find(text).unwrap_or_default();
        from = start + text.len();
        found.push(Word { text, start });
    }
    found
}

fn is_about_the_version(words: &[Word<'_>]) -> bool {
    words.iter().enumerate().any(|(index, word)| {
        let known = ABOUT_THE_VERSION.iter().any(|about| word.text.eq_ignore_ascii_case(about));
        let before = index.checked_sub(1).and_then(|before| words.get(before));
        known
            && (!word.text.eq_ignore_ascii_case("force")
                || before.is_some_and(|before| matches!(before.text.to_ascii_lowercase().as_str(), "in" | "into")))
    })
}

/// `Effective Date:`, however it is marked.
fn label(body: &str, words: &[Word<'_>]) -> Option<Range<usize>> {
    let pair = words.windows(2).find(|pair| {
        pair[0].text.eq_ignore_ascii_case("effective")
            && pair[1].text.eq_ignore_ascii_case("date")
            && body[pair[0].end()..pair[1].start].trim().is_empty()
            && body[pair[1].end()..].trim_start_matches([' ', '*', '_']).starts_with(':')
    })?;
    Some(pair[0].start..pair[1].end())
}

/// The dates of a sentence that are not the one of the version.
fn dates(body: &str, words: &[Word<'_>], effective: Date) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut rest = words;
    while let [first, second, third, ..] = rest {
        let between = [&body[first.end()..second.start], &body[second.end()..third.start]];
        let range = first.start..third.end();
        match day([first.text, second.text, third.text], between).filter(|_| stands_alone(body, &range)) {
            Some(day) => {
                if day != [i64::from(effective.year()), i64::from(effective.month()), i64::from(effective.day())] {
                    found.push(range);
                }
                rest = &rest[3..];
            }
            None => rest = &rest[1..],
        }
    }
    found
}

/// Year, month and day of three words, whether or not there is such a day.
fn day(words: [&str; 3], between: [&str; 2]) -> Option<[i64; 3]> {
    let [first, second, third] = words;
    match between {
        ["-", "-"] => Some([year(first)?, number(second)?, number(third)?]),
        // As the site writes dates; what cannot be a month is a day.
        ["/", "/"] => match (number(first)?, number(second)?, year(third)?) {
            (day, month, year) if day > 12 => Some([year, month, day]),
            (month, day, year) => Some([year, month, day]),
        },
        _ if between.iter().all(|between| between.chars().all(|c| c.is_whitespace() || LOOSE.contains(&c))) => {
            let year = year(third)?;
            let of = |name: &str, written: &str| Some([year, month(name)?, ordinal(written)?]);
            of(first, second).or_else(|| of(second, first))
        }
        _ => None,
    }
}

fn year(written: &str) -> Option<i64> {
    (written.len() == 4).then(|| number_of(written)).flatten()
}

fn number(written: &str) -> Option<i64> {
    (written.len() <= 2).then(|| number_of(written)).flatten()
}

fn number_of(written: &str) -> Option<i64> {
    written.bytes().all(|byte| byte.is_ascii_digit()).then(|| written.parse().ok()).flatten()
}

/// `31` and `31st`.
fn ordinal(written: &str) -> Option<i64> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|ending| written.strip_suffix(ending));
    number(digits.unwrap_or(written))
}

fn month(written: &str) -> Option<i64> {
    let written = written.to_ascii_lowercase();
    let known = |name: &&str| written.len() >= MONTH_LETTERS_MIN && name.starts_with(&written);
    (1..).zip(MONTHS).find(|(_, name)| known(name)).map(|(number, _)| number)
}

/// Whether it is no part of something longer, such as an address.
fn stands_alone(body: &str, range: &Range<usize>) -> bool {
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '=');
    let before = body[..range.start].chars().next_back();
    let after = body[range.end..].chars().next();
    !before.is_some_and(joins) && !after.is_some_and(joins)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, POLICY};

    /// What is found in a body of the version of 2025-03-31.
    fn found(body: &str) -> Vec<String> {
        let effective = jiff::civil::date(2025, 3, 31);
        let all = sentences(body).into_iter().map(|sentence| words(body, sentence));
        let about = all.filter(|words| is_about_the_version(words));
        about.flat_map(|words| dates(body, &words, effective)).map(|range| body[range].to_owned()).collect()
    }

    #[test]
    fn another_day_is_found_however_it_is_spelt() {
        for date in [
            "3/30/2025",
            "03/30/2025",
            "30/3/2025",
            "2025-03-30",
            "2/31/2025",
            "March 30, 2025",
            "Mar. 30 2025",
            "March\n30, 2025",
            "30 March 2025",
            "30th March 2025",
            "30 mar 2025",
            "March 30th, 2025",
            "March **30**, 2025",
        ] {
            for about in
                ["Effective", "Last updated:", "It is in force since", "It comes into\nforce on", "This version is of"]
            {
                assert_eq!(found(&format!("Hello.\n\n{about} {date}.")), [date], "{about}");
            }
        }
    }

    #[test]
    fn its_own_day_other_sentences_and_addresses_are_left_alone() {
        for text in [
            "Effective 3/31/2025, 2025-03-31, March 31, 2025 and 31st March 2025.",
            "We began on 1/1/2020. This version is short.",
            "This version is short. We began on 1/1/2020.",
            "## Effective\n\nWe began on 1/1/2020",
            "- In force\n- Since 1/1/2020",
            "The [former version](/privacy/2024-01-01/) is kept.",
            "A version of the part A-2024-01-01 or 2024-01-01-b.",
            "Effectively we began on 1/1/2020, by force and 10.0.2020.",
            "Version 1.2.3 came in May and 2020 was a good year.",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_date_that_contradicts_the_front_matter_stops_the_build_at_its_place() {
        let body = POLICY.replace("- One", "- One\n\nThis policy was last updated on January 23, 2018.");
        let problem = Fixture::site().with("content/privacy/2025-03-31.md", body).locked().problem();
        let place = (problem.file.as_str(), problem.line, problem.column);
        assert_eq!(place, ("content/privacy/2025-03-31.md", 14, 33), "{problem}");
        assert_eq!(
            problem.message,
            "`January 23, 2018` contradicts the front matter: this version is effective 2025-03-31"
        );
    }

    #[test]
    fn a_label_typed_by_hand_stops_the_build_though_its_date_is_right() {
        for label in ["Effective Date: 3/31/2025", "**effective date**: 2025-03-31", "_Effective Date:_"] {
            let body = POLICY.replace("- One", &format!("- One\n\n{label}"));
            let problem = Fixture::site().with("content/privacy/2025-03-31.md", body).locked().problem();
            assert_eq!((problem.line, problem.message.as_str()), (14, "the effective date is typed by hand"));
        }
    }

    #[test]
    fn a_draft_is_checked_too() {
        let draft = POLICY.replace("2025-03-31", "2027-01-01").replace("summary:", "draft: true\nsummary:");
        let draft = draft.replace("- One", "- This version is of 3/31/2025");
        let problem = Fixture::site().with("content/privacy/2027-01-01.md", draft).problem();
        assert_eq!((problem.file.as_str(), problem.line), ("content/privacy/2027-01-01.md", 13), "{problem}");
    }
}
