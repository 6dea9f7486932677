//! Each way in which a published version can fail to be what it was: one planted change, and what the build says.

use std::{fs, time::Instant};

use super::*;
use crate::{
    fixture::{Fixture, POLICY, SITE},
    policy::lock::Record,
};

const FIRST: &str = "content/privacy/2025-03-31.md";
const LOCK: &str = "content/privacy/policy.lock";

/// A version of the fixture with another id.
fn version(id: &str) -> (String, String) {
    (format!("content/privacy/{id}.md"), POLICY.replace("2025-03-31", id))
}

/// A site with four published versions.
fn four() -> Fixture {
    let ids = ["2025-06-01", "2025-07-01", "2025-08-01"];
    let with = |fixture: Fixture, id| fixture.with(&version(id).0, version(id).1);
    ids.into_iter().fold(Fixture::site(), with).locked()
}

fn lock(fixture: &Fixture) -> Vec<String> {
    let text = fs::read_to_string(fixture.root().join(LOCK)).expect("the lock");
    text.lines().map(str::to_owned).collect()
}

/// Lines with their hashes made anew, as somebody would who edits the lock and knows how it works.
fn rehashed(lines: &[String]) -> String {
    let mut prev = NO_LINE.to_owned();
    let mut text = String::new();
    for line in lines {
        let mut record = Lock::parse("l", line).expect("well-formed").entries.remove(0).record;
        record.prev.clone_from(&prev);
        record = Record { line: record.hash(), ..record };
        prev.clone_from(&record.line);
        text.push_str(&(record.columns().join(" ") + "\n"));
    }
    text
}

/// The one finding of a build: where, what and the way out.
#[track_caller]
fn check(fixture: &Fixture, (file, line): (&str, usize), message: &str, hint: &str) {
    let problem = fixture.problem();
    assert_eq!((problem.file.as_str(), problem.line), (file, line), "{problem}");
    assert_eq!(problem.message, message);
    assert!(problem.hint.as_deref().is_some_and(|found| found.contains(hint)), "{problem}");
}

#[test]
fn versions_that_are_as_they_were_published_pass() {
    four().build().expect("the site builds");
}

#[test]
fn a_changed_word_names_both_hashes_and_the_way_out() {
    let fixture = Fixture::site().with(FIRST, POLICY.replace("sell", "trade"));
    let message = "version 2025-03-31 is published, and content/privacy/2025-03-31.md has changed: its words \
                   (source_sha256 and text_sha256 differ)";
    check(&fixture, (LOCK, 2), message, "restore the bytes, or write a new version with `site policy new DATE`");
}

#[test]
fn a_changed_byte_is_an_error_though_the_words_are_the_same() {
    for text in [POLICY.replace("- One", "* One"), POLICY.replace("The first version", "The oldest version")] {
        let message = "version 2025-03-31 is published, and content/privacy/2025-03-31.md has changed: not its \
                       words, but other bytes (source_sha256 differs, text_sha256 does not)";
        check(&Fixture::site().with(FIRST, text), (LOCK, 2), message, "restore the bytes");
    }
}

#[test]
fn other_line_ends_and_a_mark_are_named_as_such() {
    let dos = POLICY.replace('\n', "\r\n");
    let mark = |text: &str| format!("\u{feff}{text}");
    for (published, changed, form) in [
        (POLICY.to_owned(), dos.clone(), "LF and no mark"),
        (POLICY.to_owned(), mark(POLICY), "LF and no mark"),
        (dos.clone(), POLICY.to_owned(), "CRLF and no mark"),
        (mark(&dos), POLICY.to_owned(), "CRLF and a mark"),
    ] {
        let fixture = Fixture::site().with(FIRST, published).locked();
        fixture.build().expect("the exact bytes are published, whatever their line ends");
        let message = format!(
            "version 2025-03-31 is published, and content/privacy/2025-03-31.md has changed: only its line ends or \
             its byte order mark, which count; it was published with {form} (source_sha256 differs, text_sha256 \
             does not)"
        );
        check(&fixture.with(FIRST, changed), (LOCK, 2), &message, "restore the bytes");
    }
}

#[test]
fn a_version_that_is_gone_is_named() {
    let fixture = four();
    fs::remove_file(fixture.root().join("content/privacy/2025-06-01.md")).expect("removed");
    let message = "version 2025-06-01 is published, and content/privacy/2025-06-01.md is gone";
    check(&fixture, (LOCK, 3), message, "restore the file");
}

#[test]
fn a_line_that_is_gone_moved_or_edited_breaks_the_chain() {
    let whole = lock(&four());
    let with = |lines: &[&String]| {
        let lines: Vec<&str> = lines.iter().map(|line| line.as_str()).collect();
        four().with(LOCK, lines.join("\n") + "\n")
    };
    let [comment, a, b, c, d] = whole.as_slice() else { panic!("{whole:?}") };
    let way_out = "restore the file from git";
    let message = "line 3 (version 2025-07-01) does not follow line 2 (version 2025-03-31): a line between them \
                   was removed, or that one edited";
    check(&with(&[comment, a, c, d]), (LOCK, 3), message, way_out);
    let message = "line 2 (version 2025-06-01) is not the first line: one above it was removed";
    check(&with(&[comment, b, c, d]), (LOCK, 2), message, way_out);
    let message = "line 3 (version 2025-07-01) is in a new place: it follows line 4 (version 2025-06-01)";
    check(&with(&[comment, a, c, b, d]), (LOCK, 3), message, way_out);
    let message = "line 3 (version 2025-03-31) is in a new place: it is the first line";
    check(&with(&[comment, b, a, c, d]).with(LOCK, format!("{comment}\n{a}\n{a}\n")), (LOCK, 3), message, way_out);
    let edited = b.replace(" 2025-03-01 ", " 2025-03-02 ");
    let message = "line 3 (version 2025-06-01) was edited: its last column is not its hash";
    check(&with(&[comment, a, &edited, c, d]), (LOCK, 3), message, way_out);
    let rehashed = rehashed(&[a.clone(), edited]);
    let rehashed = rehashed.lines().last().expect("a line").to_owned();
    let message = "line 4 (version 2025-07-01) does not follow line 3 (version 2025-06-01): a line between them \
                   was removed, or that one edited";
    check(&with(&[comment, a, &rehashed, c, d]), (LOCK, 4), message, way_out);
}

#[test]
fn the_last_line_cannot_go_while_its_version_stays() {
    let fixture = four();
    let lines = lock(&fixture);
    let fixture = fixture.with(LOCK, lines[..4].join("\n"));
    check(
        &fixture,
        ("content/privacy/2025-08-01.md", 3),
        "version 2025-08-01 is not frozen",
        "run `site policy publish content/privacy/2025-08-01.md`, or mark it `draft: true`",
    );
    fs::remove_file(fixture.root().join(LOCK)).expect("removed");
    assert_eq!(fixture.build().expect_err("no lock").len(), 4);
}

#[test]
fn a_chain_that_holds_is_held_against_the_calendar() {
    let lines = lock(&four());
    let replaced = |index: usize, old: &str, new: &str| {
        let mut lines = lines[1..].to_vec();
        lines[index] = lines[index].replace(old, new);
        four().with(LOCK, rehashed(&lines)).build().expect_err("a lock that is not true")
    };
    for (problems, line, message) in [
        (
            replaced(2, "2025-07-01T", "2025-05-01T"),
            3,
            "version 2025-07-01 comes into force before 2025-06-01, which stands above it",
        ),
        (
            replaced(2, "2025-07-01T", "2025-06-01T"),
            3,
            "versions 2025-06-01 and 2025-07-01 would both be in force from 2025-06-01T00:00:00Z",
        ),
        (
            replaced(1, " 2025-03-01 ", " 2025-06-02 "),
            2,
            "version 2025-06-01 is published on 2025-06-02, after it binds",
        ),
        (
            replaced(1, " 2025-03-01 ", " 2025-02-28 "),
            2,
            "version 2025-06-01 is published before 2025-03-31, which stands above it",
        ),
        (replaced(1, " 2025-03-01 ", " 2025-03-02 "), 2, "version 2025-06-01 says that it is published on 2025-03-01"),
        (replaced(3, "2025-08-01 ", "2025-07-01 "), 4, "version 2025-07-01 is here twice: line 3 has it"),
        (
            replaced(0, &sha256(POLICY.as_bytes()), NO_LINE),
            1,
            "version 2025-03-31 is published, and content/privacy/2025-03-31.md has changed: not its words, but other bytes (source_sha256 differs, text_sha256 does not)",
        ),
    ] {
        let found = problems.iter().any(|problem| (problem.line, problem.message.as_str()) == (line, message));
        assert!(found, "{message}: {problems:#?}");
    }
}

#[test]
fn words_that_hash_otherwise_than_when_they_were_published_are_an_error() {
    let fixture = Fixture::site();
    let line = lock(&fixture).remove(1);
    let text = line.split(' ').nth(4).expect("a column").to_owned();
    let fixture = fixture.with(LOCK, rehashed(&[line.replace(&text, NO_LINE)]));
    let message = "the bytes of version 2025-03-31 are those that were published, and text_sha256 is not";
    check(&fixture, (LOCK, 1), message, "Markdown is read otherwise");
}

#[test]
fn another_time_zone_cannot_move_a_published_version() {
    let site = SITE.replace("time_zone: UTC", "time_zone: America/New_York");
    let message = "version 2025-03-31 was published to come into force at 2025-03-31T00:00:00Z, and would now at \
                   2025-03-31T04:00:00Z";
    check(&Fixture::site().with("content/site.yaml", site), (LOCK, 2), message, "put `time_zone`");
}

#[test]
fn two_days_that_begin_at_one_moment_would_both_be_in_force() {
    // Samoa had no 30 December 2011.
    let site = SITE.replace("time_zone: UTC", "time_zone: Pacific/Apia");
    let policy = |id| POLICY.replace("2025-03-31", id).replace("2025-03-01", "2011-12-01");
    let fixture = Fixture::empty()
        .with("content/site.yaml", site)
        .with("content/privacy/_index.md", "---\ntitle: Privacy\nkind: policy\n---\n")
        .with("content/privacy/2011-12-30.md", policy("2011-12-30"))
        .with("content/privacy/2011-12-31.md", policy("2011-12-31"))
        .locked();
    let message = "versions 2011-12-30 and 2011-12-31 would both be in force from 2011-12-30T10:00:00Z";
    check(&fixture, (LOCK, 3), message, "a moment of its own");
}

#[test]
fn a_published_version_cannot_be_made_a_draft() {
    let fixture = Fixture::site().with(FIRST, POLICY.replace("summary:", "draft: true\nsummary:"));
    let message = "version 2025-03-31 is published (line 2 of content/privacy/policy.lock), and marked as a draft";
    check(&fixture, (FIRST, 5), message, "restore the bytes");
}

#[test]
fn a_draft_is_not_in_the_lock_and_is_read_all_the_same() {
    let draft = |text: &str| POLICY.replace("2025-03-31", text).replace("summary:", "draft: true\nsummary:");
    let fixture = Fixture::site().with("content/privacy/2027-01-01.md", draft("2027-01-01"));
    fixture.build().expect("the site builds");
    let fixture = fixture.with("content/privacy/2027-01-01.md", draft("2027-02-30"));
    assert_eq!(fixture.problem().message, "`2027-02-30` is not a date");
}

#[test]
fn dates_that_are_none_and_two_dates_in_one_version_are_named_at_their_line() {
    for (text, place, message) in [
        (POLICY.replace("effective: 2025-03-31", "effective: 3/31/2025"), (3, 12), "`3/31/2025` is not a date"),
        (POLICY.replace("published: 2025-03-01", "published: 2025-02-30"), (4, 12), "`2025-02-30` is not a date"),
        (POLICY.replace("effective: 2025-03-31", "effective: 20250331"), (3, 12), "`20250331` is not a date"),
        (POLICY.replace("effective:", "effective: 2025-03-31\neffective:"), (4, 1), "duplicate field `effective`"),
        (POLICY.replace("effective: 2025-03-31\n", ""), (2, 1), "missing field `effective`"),
    ] {
        for text in [text.clone(), format!("\u{feff}{}", text.replace('\n', "\r\n"))] {
            let problem = Fixture::site().with(FIRST, text).problem();
            assert_eq!((problem.line, problem.column), place, "{problem}");
            assert_eq!(problem.message, message);
        }
    }
}

#[test]
fn a_policy_of_two_megabytes_is_one_like_any_other() {
    let long = POLICY.to_owned() + &"\nWe keep *what* you tell us, and no more than that. ".repeat(40_000);
    assert!(long.len() > 2_000_000);
    let fixture = Fixture::site().with(FIRST, &long).locked();
    let started = Instant::now();
    fixture.build().expect("the site builds");
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    let fixture = fixture.with(FIRST, long + " ");
    assert!(fixture.problem().message.contains("has changed"));
}

#[test]
fn five_hundred_versions_are_verified_quickly() {
    let mut fixture = Fixture::site();
    let mut day = jiff::civil::date(2025, 4, 1);
    let words = "We keep what you tell us, and no more than that. ".repeat(200);
    for _ in 0..500 {
        let (file, text) = version(&day.to_string());
        fixture = fixture.with(&file, text + &words);
        day = day.tomorrow().expect("a day");
    }
    let fixture = fixture.locked();
    let content = crate::plan::content(fixture.root()).expect("readable");
    let lock = Lock::read(&content, "/privacy/").expect("well-formed");
    let utc = jiff::tz::TimeZone::UTC;
    let read = |(path, bytes): (&str, &[u8])| {
        let text = crate::source::text(path, bytes).ok()?;
        Version::read(crate::document::Document::new(path, text).ok()?, &content, &utc).ok()
    };
    let versions: Vec<Version> = content.iter().filter_map(read).collect();
    assert_eq!((versions.len(), lock.entries.len()), (501, 501));
    let started = Instant::now();
    assert_eq!(lock.verify(&versions, &content), vec![]);
    // It takes a few milliseconds; anything that is not linear takes seconds.
    assert!(started.elapsed().as_millis() < 500, "{:?}", started.elapsed());
}
