//! `policy.lock`: which versions of a document are published, as a chain of hashes to which lines are only ever added.
//!
//! One line per version, the oldest first: `ID EFFECTIVE PUBLISHED SOURCE_SHA256 TEXT_SHA256 PREV LINE`. The source's
//! hash is that of the exact bytes of the file: line ends and a byte order mark count. The text's hash is that of the
//! article's words alone, so it says whether a difference is one that readers see. `EFFECTIVE` is an instant, not a day,
//! so another time zone cannot move what is published. `LINE` is the hash of the six columns before it and `PREV` is
//! the `LINE` above, so no line can be edited, removed or moved without breaking the chain.

mod verify;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Version;
use crate::{diagnostic::Diagnostic, moment, source::Tree};

/// The name of the file beside the versions.
pub(crate) const NAME: &str = "policy.lock";

/// The first line of a new file.
const COMMENT: &str = "# Published versions, oldest first: ID EFFECTIVE PUBLISHED SOURCE_SHA256 TEXT_SHA256 PREV LINE. \
                       Lines are added by `site policy publish` and never change.\n";

/// What stands before the first line.
const NO_LINE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The names of the columns, as messages and `policy-log.json` say them.
const COLUMNS: [&str; 7] = ["id", "effective", "published", "source_sha256", "text_sha256", "prev", "line"];

/// The lock of one document.
#[derive(Debug)]
pub(crate) struct Lock {
    /// Path of the file, which need not be there.
    pub(crate) file: String,
    text: String,
    pub(crate) entries: Vec<Entry>,
}

/// A line that is well-formed, whether or not it is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) record: Record,
    pub(crate) effective: Timestamp,
    pub(crate) published: Date,
    /// Line in the file, from 1.
    pub(crate) number: usize,
}

/// The columns of a line as they are written, here and in `policy-log.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) effective: String,
    pub(crate) published: String,
    pub(crate) source_sha256: String,
    pub(crate) text_sha256: String,
    pub(crate) prev: String,
    pub(crate) line: String,
}

impl Record {
    /// The record of a version that follows the line with the hash `prev`.
    fn new(version: &Version, prev: &str) -> Self {
        let mut record = Self {
            id: version.id.clone(),
            effective: version.effective_at.to_string(),
            published: version.front.published.0.to_string(),
            source_sha256: version.hashes.source.clone(),
            text_sha256: version.hashes.text.clone(),
            prev: prev.to_owned(),
            line: String::new(),
        };
        record.line = record.hash();
        record
    }

    /// The hash of all columns but the last.
    fn hash(&self) -> String {
        let columns = self.columns();
        sha256(columns[..columns.len() - 1].join(" ").as_bytes())
    }

    fn columns(&self) -> [&str; COLUMNS.len()] {
        let Self { id, effective, published, source_sha256, text_sha256, prev, line } = self;
        [id, effective, published, source_sha256, text_sha256, prev, line]
    }
}

impl Lock {
    /// Reads the lock of the policy at an address; one without lines when there is no file.
    pub(crate) fn read(content: &Tree, address: &str) -> Result<Self, Vec<Diagnostic>> {
        let file = format!("content{address}{NAME}");
        let text = content.text(&file).unwrap_or(Ok("")).map_err(|problem| vec![problem])?;
        Self::parse(&file, text)
    }

    /// Reads the lines. Git may have given them other line ends, which are no part of the chain.
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut entries = Vec::new();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match entry(line, index + 1) {
                Ok(entry) => entries.push(entry),
                Err((column, message)) => {
                    let width = line.split(' ').nth(column).map_or(1, str::len);
                    let place = (index + 1, column_start(line, column));
                    let problem = Diagnostic::at(file, text, place, width, message);
                    problems.push(problem.hint(format!("restore the line from git; it reads {}", COLUMNS.join(" "))));
                }
            }
        }
        let lock = Self { file: file.to_owned(), text: text.to_owned(), entries };
        if problems.is_empty() { Ok(lock) } else { Err(problems) }
    }

    /// The text of the lock with a line more, and that line's record.
    pub(crate) fn with(&self, version: &Version) -> (String, Record) {
        let record = Record::new(version, self.entries.last().map_or(NO_LINE, |last| &last.record.line));
        let mut text = if self.text.is_empty() { COMMENT.to_owned() } else { self.text.clone() };
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&record.columns().join(" "));
        text.push('\n');
        (text, record)
    }

    /// The file as it is.
    #[cfg(test)]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The line of a version.
    pub(crate) fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.record.id == id)
    }

    /// The first line in which this lock is not what an older state of it was: its index, when there is one.
    pub(crate) fn departs_from<'a>(&self, older: impl IntoIterator<Item = &'a Record>) -> Option<usize> {
        let mut present = self.entries.iter();
        older.into_iter().position(|record| present.next().is_none_or(|entry| entry.record != *record))
    }

    /// A finding at a column (from 0) of a line.
    pub(crate) fn finding(&self, entry: &Entry, column: usize, message: impl Into<String>) -> Diagnostic {
        let columns = entry.record.columns();
        let width = columns.get(column).map_or(1, |written| written.len());
        let start = columns.iter().take(column).map(|written| written.len() + 1).sum::<usize>() + 1;
        Diagnostic::at(&self.file, &self.text, (entry.number, start), width, message)
    }
}

/// The SHA-256 of bytes in lower case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    in_hexadecimal(Sha256::new().chain_update(bytes))
}

/// What a SHA-256 came to, in lower case hexadecimal.
pub(crate) fn in_hexadecimal(hash: Sha256) -> String {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' + half - 10 });
    hash.finalize().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// One line; what is wrong with it comes with the index of the column.
fn entry(line: &str, number: usize) -> Result<Entry, (usize, String)> {
    let columns: Vec<&str> = line.split(' ').collect();
    let &[id, effective, published, source_sha256, text_sha256, prev, last] = columns.as_slice() else {
        return Err((0, format!("has {} columns, and a line has {}", columns.len(), COLUMNS.len())));
    };
    let day = |column: usize| {
        moment::day(columns[column]).map_err(|_| (column, format!("`{}` is not a day that exists", columns[column])))
    };
    day(0)?;
    let published_on = day(2)?;
    let instant = effective.parse::<Timestamp>().ok().filter(|instant| instant.to_string() == effective);
    let Some(instant) = instant else {
        return Err((1, format!("`{effective}` is not an instant like `2025-03-31T00:00:00Z`")));
    };
    if let Some(column) = (3..COLUMNS.len()).find(|&column| !is_hash(columns[column])) {
        return Err((column, format!("`{}` is not 64 digits of lower case hexadecimal", columns[column])));
    }
    let record = Record {
        id: id.to_owned(),
        effective: effective.to_owned(),
        published: published.to_owned(),
        source_sha256: source_sha256.to_owned(),
        text_sha256: text_sha256.to_owned(),
        prev: prev.to_owned(),
        line: last.to_owned(),
    };
    Ok(Entry { record, effective: instant, published: published_on, number })
}

fn is_hash(written: &str) -> bool {
    written.len() == NO_LINE.len() && written.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Where a column (from 0) of a line begins, from 1.
fn column_start(line: &str, column: usize) -> usize {
    line.split(' ').take(column).map(|written| written.chars().count() + 1).sum::<usize>() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "2025-03-31 2025-03-31T00:00:00Z 2025-03-01";

    fn text(columns: &str) -> String {
        let hash = sha256(b"");
        format!("# A comment\n{columns} {hash} {hash} {NO_LINE} {hash}\n")
    }

    #[test]
    fn a_hash_is_lower_case_hexadecimal() {
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn line_ends_a_mark_and_comments_are_no_part_of_the_chain() {
        let plain = Lock::parse("l", &text(LINE)).expect("well-formed");
        for other in [text(LINE).replace('\n', "\r\n"), format!("\u{feff}{}", text(LINE)), format!("\n{}", text(LINE))]
        {
            let lock = Lock::parse("l", &other).expect("well-formed");
            assert_eq!(lock.entries[0].record, plain.entries[0].record);
        }
        assert_eq!((plain.entries.len(), plain.entries[0].number), (1, 2));
    }

    #[test]
    fn a_malformed_line_is_named_at_its_column() {
        for (line, place, message) in [
            (text("2025-02-30 2025-03-31T00:00:00Z 2025-03-01"), (2, 1), "`2025-02-30` is not a day that exists"),
            (text("2025-03-31 2025-03-31 2025-03-01"), (2, 12), "is not an instant"),
            (text("2025-03-31 2025-03-31T01:00:00+01:00 2025-03-01"), (2, 12), "is not an instant"),
            (text("2025-03-31 2025-03-31T00:00:00Z 3/1/2025"), (2, 33), "`3/1/2025` is not a day that exists"),
            (text(LINE).replace(" e3b0", " E3B0"), (2, 44), "is not 64 digits"),
            (text(LINE).replace(" 0000", "  0000"), (2, 1), "has 8 columns, and a line has 7"),
            ("2025-03-31\n".to_owned(), (1, 1), "has 1 columns, and a line has 7"),
        ] {
            let problems = Lock::parse("l", &line).expect_err("malformed");
            assert_eq!(problems.len(), 1, "{line}");
            assert_eq!((problems[0].line, problems[0].column), place, "{line}");
            assert!(problems[0].message.contains(message), "{}", problems[0]);
        }
    }

    #[test]
    fn a_longer_lock_is_one_that_begins_with_the_older_one() {
        let lock = Lock::parse("l", &text(LINE)).expect("well-formed");
        let same = lock.entries[0].record.clone();
        let other = Record { published: "2025-03-02".to_owned(), ..same.clone() };
        assert_eq!(lock.departs_from([]), None);
        assert_eq!(lock.departs_from([&same]), None);
        assert_eq!(lock.departs_from([&other]), Some(0));
        assert_eq!(lock.departs_from([&same, &other]), Some(1));
    }
}
