//! Whether a lock is whole, and whether the versions on disk are the ones it has.
//!
//! First the chain: behind a broken link nothing can be trusted, so nothing else is said. Then the calendar, then the
//! files. Each takes time in proportion to the number of versions.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{Entry, Lock, NO_LINE, sha256};
use crate::{diagnostic::Diagnostic, policy::Version, source::Tree};

/// The way out of every change of a published version.
const RESTORE: &str = "restore the bytes, or write a new version with `site policy new DATE`";

/// The way out of a chain that does not hold.
const RESTORE_LOCK: &str = "restore the file from git: lines are only ever added, by `site policy publish FILE`";

const BYTE_ORDER_MARK: &str = "\u{feff}";

impl Lock {
    /// Everything in which the lock, the calendar and the versions on disk do not agree. `versions` are all those that
    /// can be read, with drafts; what cannot be read is reported where it is read.
    pub(crate) fn verify(&self, versions: &[Version], content: &Tree) -> Vec<Diagnostic> {
        if let Some(problem) = self.broken_link() {
            return vec![problem];
        }
        let mut problems = self.order();
        let by_id: BTreeMap<&str, &Version> = versions.iter().map(|version| (version.id.as_str(), version)).collect();
        let folder = self.file.strip_suffix(super::NAME).unwrap_or_default();
        for entry in &self.entries {
            let file = format!("{folder}{}.md", entry.record.id);
            match by_id.get(entry.record.id.as_str()) {
                Some(version) => problems.extend(self.differences(entry, version)),
                None if content.bytes(&file).is_none() => problems.push(
                    self.finding(entry, 0, format!("version {} is published, and {file} is gone", entry.record.id))
                        .hint("restore the file: a published version stays, also when a newer one is in force"),
                ),
                None => {}
            }
        }
        let locked: BTreeMap<&str, usize> =
            self.entries.iter().map(|entry| (entry.record.id.as_str(), entry.number)).collect();
        let loose = versions.iter().filter(|version| !version.front.draft && !locked.contains_key(version.id.as_str()));
        problems.extend(loose.map(not_frozen));
        problems
    }

    /// The first line that is not what its hash says, or that does not follow from the line above.
    fn broken_link(&self) -> Option<Diagnostic> {
        let mut prev = NO_LINE;
        for (index, entry) in self.entries.iter().enumerate() {
            let (id, number) = (&entry.record.id, entry.number);
            if entry.record.prev != prev {
                let message = format!("line {number} (version {id}) {}", self.link_problem(index));
                return Some(self.finding(entry, 5, message).hint(RESTORE_LOCK));
            }
            if entry.record.hash() != entry.record.line {
                let message = format!("line {number} (version {id}) was edited: its last column is not its hash");
                return Some(self.finding(entry, 6, message).hint(RESTORE_LOCK));
            }
            prev = &entry.record.line;
        }
        None
    }

    /// What is wrong with the link of the line at an index.
    fn link_problem(&self, index: usize) -> String {
        let prev = &self.entries[index].record.prev;
        let place = |entry: &Entry| format!("line {} (version {})", entry.number, entry.record.id);
        let meant = self.entries.iter().find(|entry| entry.record.line == *prev);
        match (meant, index.checked_sub(1).and_then(|above| self.entries.get(above))) {
            (Some(meant), _) => format!("is in a new place: it follows {}", place(meant)),
            (None, Some(above)) if prev != NO_LINE => {
                format!("does not follow {}: a line between them was removed, or that one edited", place(above))
            }
            (None, Some(_)) => "is in a new place: it is the first line".to_owned(),
            (None, None) => "is not the first line: one above it was removed".to_owned(),
        }
    }

    /// What the calendar says about each line and the one above.
    fn order(&self) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let id = entry.record.id.as_str();
            let mut report = |column, message: String, hint: &str| {
                problems.push(self.finding(entry, column, message).hint(hint));
            };
            if let Some(line) = seen.insert(id, entry.number) {
                report(0, format!("version {id} is here twice: line {line} has it"), RESTORE_LOCK);
                continue;
            }
            if entry.record.published.as_str() > id {
                let message = format!("version {id} is published on {}, after it binds", entry.published);
                report(2, message, "a version is published before it binds anybody");
            }
            let Some(above) = index.checked_sub(1).and_then(|above| self.entries.get(above)) else { continue };
            let before = &above.record.id;
            if entry.effective == above.effective {
                let message =
                    format!("versions {before} and {id} would both be in force from {}", entry.record.effective);
                report(1, message, "each version comes into force at a moment of its own");
            } else if entry.effective < above.effective {
                let message = format!("version {id} comes into force before {before}, which stands above it");
                report(1, message, "effective dates only increase: a version with a later date replaces both");
            }
            if entry.published < above.published {
                let message = format!("version {id} is published before {before}, which stands above it");
                report(2, message, "versions stand in the order in which they are published");
            }
        }
        problems
    }

    /// In what the version on disk is not the one that was published.
    fn differences(&self, entry: &Entry, version: &Version) -> Vec<Diagnostic> {
        let (record, file) = (&entry.record, &version.document.file);
        let id = &record.id;
        if version.front.draft {
            let message =
                format!("version {id} is published (line {} of {}), and marked as a draft", entry.number, self.file);
            return vec![version.document.key_finding("draft", message).hint(RESTORE)];
        }
        if record.source_sha256 != version.hashes.source {
            let message = format!("version {id} is published, and {file} has changed: {}", change(entry, version));
            return vec![self.finding(entry, 3, message).hint(RESTORE)];
        }
        let mut problems = Vec::new();
        if record.text_sha256 != version.hashes.text {
            let message = format!("the bytes of version {id} are those that were published, and text_sha256 is not");
            problems.push(self.finding(entry, 4, message).hint(
                "the line was written wrongly, or Markdown is read otherwise than on the day it was published: \
                 restore the line, or the release of the generator that wrote it",
            ));
        }
        if entry.effective != version.effective_at {
            let message = format!(
                "version {id} was published to come into force at {}, and would now at {}",
                record.effective, version.effective_at
            );
            problems.push(
                self.finding(entry, 1, message)
                    .hint("put `time_zone` in content/site.yaml back: a published version cannot be moved"),
            );
        }
        if entry.published != version.front.published.0 {
            let message = format!("version {id} says that it is published on {}", version.front.published.0);
            problems.push(self.finding(entry, 2, message).hint(RESTORE_LOCK));
        }
        problems
    }
}

/// How the bytes differ, as far as two hashes can tell.
fn change(entry: &Entry, version: &Version) -> String {
    let same_words = entry.record.text_sha256 == version.hashes.text;
    let hashes =
        if same_words { "source_sha256 differs, text_sha256 does not" } else { "source_sha256 and text_sha256 differ" };
    let what = match published_as(entry, version.document.text()) {
        Some(form) => format!("only its line ends or its byte order mark, which count; it was published with {form}"),
        None if same_words => "not its words, but other bytes".to_owned(),
        None => "its words".to_owned(),
    };
    format!("{what} ({hashes})")
}

/// The line ends and the byte order mark that the file was published with, when nothing else has changed.
fn published_as(entry: &Entry, text: &str) -> Option<String> {
    let unix = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text).replace("\r\n", "\n");
    let dos = unix.replace('\n', "\r\n");
    for (ends, body) in [("LF", unix), ("CRLF", dos)] {
        for mark in ["", BYTE_ORDER_MARK] {
            if sha256(format!("{mark}{body}").as_bytes()) == entry.record.source_sha256 {
                return Some(format!("{ends} and {} mark", if mark.is_empty() { "no" } else { "a" }));
            }
        }
    }
    None
}

fn not_frozen(version: &Version) -> Diagnostic {
    let file = &version.document.file;
    version
        .document
        .key_finding("effective", format!("version {} is not frozen", version.id))
        .hint(format!("run `site policy publish {file}`, or mark it `draft: true`"))
}
