//! The locks against the history of the repository: every committed state has to be a beginning of the present one.
//!
//! Whatever keeps git from answering is said in a note, because a site may live without git; what git does say counts.

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    process::{Command, Output},
};

use super::{Report, departure};
use crate::{
    diagnostic::Diagnostic,
    policy::lock::{self, Lock, Record},
    source::Tree,
};

/// What the notes are about.
const HISTORY: &str = "git";

/// Parts the commits of `git log`; no path has it.
const COMMIT_MARK: char = '\u{1}';

/// Compares all locks, also those that are gone, with all their committed states.
pub(super) fn check(root: &Path, content: &Tree, report: &mut Report) {
    let present = content.iter().any(|(path, _)| path.rsplit('/').next() == Some(lock::NAME));
    match states(root, report) {
        Ok(states) => {
            for (path, commits) in states {
                compare(root, content, (&path, &commits), report);
            }
        }
        Err(why) if present => report.notes.push(
            Diagnostic::file(HISTORY, format!("the history of policy.lock was not checked: {why}"))
                .hint("run this in a clone with its history, or give the deployed log with `--deployed`"),
        ),
        Err(_) => {}
    }
}

/// The commits that touched each lock, newest first.
fn states(root: &Path, report: &mut Report) -> Result<BTreeMap<String, Vec<String>>, String> {
    if git(root, &["rev-parse", "--is-shallow-repository"])?.trim() == "true" {
        report.notes.push(
            Diagnostic::file(HISTORY, "this is a shallow clone: policy.lock was checked against the commits it has")
                .hint("get the others with `git fetch --unshallow`"),
        );
    }
    // Merges are listed too, since one may change a file by itself.
    let pathspec = format!(":(glob)content/**/{}", lock::NAME);
    let format = format!("--format={COMMIT_MARK}%H");
    let log = ["log", "--full-history", "-m", "--diff-filter=d", "--relative", "--name-only", &format, "--", &pathspec];
    let log = git(root, &log)?;
    let mut states: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in log.split(COMMIT_MARK) {
        let mut lines = entry.lines().filter(|line| !line.is_empty());
        let Some(commit) = lines.next() else { continue };
        for path in lines {
            let commits = states.entry(path.to_owned()).or_default();
            if commits.last().is_none_or(|last| last != commit) {
                commits.push(commit.to_owned());
            }
        }
    }
    Ok(states)
}

/// Compares one lock with its committed states; the newest that it departs from is reported.
fn compare(root: &Path, content: &Tree, (path, commits): (&str, &[String]), report: &mut Report) {
    // A lock that cannot be read is reported by whoever reads it.
    let Ok(text) = content.text(path).unwrap_or(Ok("")) else { return };
    let Ok(present) = Lock::parse(path, text) else { return };
    for commit in commits {
        let short = commit.get(..10).unwrap_or(commit);
        let older = git(root, &["show", &format!("{commit}:./{path}")])
            .and_then(|text| Lock::parse(path, &text).map_err(|_| "it is not well-formed there".to_owned()));
        let older = match older {
            Ok(older) => older,
            Err(why) => {
                let message = format!("its state in commit {short} was not checked: {why}");
                report.notes.push(Diagnostic::file(path, message));
                continue;
            }
        };
        let records: Vec<Record> = older.entries.into_iter().map(|entry| entry.record).collect();
        if let Some(problem) = departure(&present, &records, &format!("commit {short}")) {
            let way_out = format!("restore what was published: `git show {short}:./{path}`");
            report.errors.push(problem.hint(way_out));
            return;
        }
    }
}

/// What git answers, or why it does not.
fn git(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(["-c", "core.quotepath=off"]).args(arguments);
    // A hook of git runs with the places of its own repository; the one that counts is that of the root.
    for place in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(place);
    }
    let Output { status, stdout, stderr } = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "git is not installed".to_owned(),
        _ => format!("git does not run: {error}"),
    })?;
    if status.success() {
        return String::from_utf8(stdout).map_err(|_| "git answered with something that is not UTF-8".to_owned());
    }
    let said = String::from_utf8_lossy(&stderr);
    Err(said.lines().next().unwrap_or("git failed without a word").trim_start_matches("fatal: ").to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;
    use super::*;
    use crate::fixture::{Fixture, POLICY};

    const LOCK: &str = "content/privacy/policy.lock";
    const SECOND: &str = "content/privacy/2026-06-01.md";

    /// Runs git for a test.
    #[track_caller]
    fn run(fixture: &Fixture, arguments: &[&str]) {
        let who = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
        let arguments: Vec<&str> = who.iter().chain(arguments).copied().collect();
        git(fixture.root(), &arguments).expect("git does it");
    }

    fn commit(fixture: &Fixture) {
        run(fixture, &["add", "--all"]);
        run(fixture, &["commit", "--quiet", "--message", "A state"]);
    }

    /// A repository in which two versions were published one after the other.
    fn published() -> Fixture {
        let fixture = Fixture::site();
        run(&fixture, &["init", "--quiet"]);
        commit(&fixture);
        let fixture = fixture.with(SECOND, POLICY.replace("2025-03-31", "2026-06-01")).locked();
        commit(&fixture);
        fixture
    }

    #[test]
    fn a_lock_that_only_grew_is_in_order() {
        let report = report(&published(), None);
        assert_eq!((report.errors, report.notes), (vec![], vec![]));
    }

    #[test]
    fn a_chain_that_was_made_anew_is_found() {
        let fixture = published();
        let fixture = fixture.with("content/privacy/2025-03-31.md", POLICY.replace("sell", "trade")).locked();
        fixture.build().expect("the new chain is whole");
        let check = |fixture: &Fixture| {
            let errors = report(fixture, None).errors;
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert_eq!((errors[0].file.as_str(), errors[0].line), (LOCK, 2));
            assert!(errors[0].message.starts_with("line 2 is not the one that commit "), "{}", errors[0]);
        };
        check(&fixture);
        // It does not help to commit it.
        commit(&fixture);
        check(&fixture);
    }

    #[test]
    fn the_last_version_and_its_line_cannot_go_together() {
        let fixture = published();
        std::fs::remove_file(fixture.root().join(SECOND)).expect("removed");
        let fixture = fixture.locked();
        fixture.build().expect("what is left is whole");
        let errors = report(&fixture, None).errors;
        assert!(errors[0].message.starts_with("the line of version 2026-06-01 is gone; commit "), "{}", errors[0]);
    }

    #[test]
    fn a_document_cannot_go() {
        let fixture = published();
        std::fs::remove_dir_all(fixture.root().join("content/privacy")).expect("removed");
        commit(&fixture);
        let report = report(&fixture, None);
        let errors = report.errors.iter().filter(|error| error.file == LOCK).count();
        assert_eq!(errors, 1, "{report:?}");
    }

    #[test]
    fn what_cannot_be_checked_is_noted() {
        let alone = Fixture::site();
        let notes = report(&alone, None).notes;
        assert!(notes[0].message.contains("not a git repository"), "{notes:?}");
        run(&alone, &["init", "--quiet"]);
        let notes = report(&alone, None).notes;
        assert!(notes[0].message.contains("does not have any commits"), "{notes:?}");
        let (whole, shallow) = (published(), Fixture::empty());
        let address = format!("file://{}", whole.root().display());
        run(&shallow, &["clone", "--quiet", "--depth", "1", &address, "."]);
        let report = report(&shallow, None);
        assert_eq!(report.errors, vec![]);
        assert!(report.notes[0].message.contains("shallow"), "{report:?}");
    }

    #[test]
    fn a_root_below_the_top_of_the_repository_is_checked_too() {
        let outer = Fixture::empty();
        run(&outer, &["init", "--quiet"]);
        let (below, site) = (outer.root().join("site"), Fixture::site());
        std::fs::rename(site.root(), &below).expect("moved");
        commit(&outer);
        std::fs::remove_file(below.join(LOCK)).expect("removed");
        let tree = Tree::read(&below, "content").expect("readable");
        let mut report = Report::default();
        check(&below, &tree, &mut report);
        assert!(report.errors[0].message.starts_with("the line of version 2025-03-31 is gone"), "{report:?}");
    }
}
