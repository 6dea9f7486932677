//! Publishing: a version is frozen into the lock of its folder, and from then on not a byte of it changes.
//!
//! It is frozen only when the whole site builds with it. Of its file nothing is touched but the mark of a draft and the
//! day of publication.

use std::{fmt, path::Path};

use super::{SUMMARY, Subject, days_until};
use crate::{
    config::Config,
    diagnostic::Diagnostic,
    document::Document,
    plan::{self, Plan, Purpose},
    policy::{self, Version, lock::Lock},
    site::{Edition, folder_of},
    source::{self, Tree},
    yaml,
};

/// A version that is frozen now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    id: String,
    effective: String,
    days: String,
    line: String,
    /// What was changed in the file of the version.
    edits: Vec<String>,
    /// Files that changed and belong into one commit.
    pub files: Vec<String>,
    /// What somebody should know, though the version is published.
    pub warnings: Vec<Diagnostic>,
}

/// Freezes a version. When anything is wrong, nothing is written.
pub fn publish(subject: &Subject, file: &Path) -> Result<Published, Vec<Diagnostic>> {
    let content = plan::content(&subject.root)?;
    let one = |problem: Diagnostic| vec![problem];
    let config = Config::read(&content, None).map_err(one)?;
    let file = resolve(subject, &content, file).map_err(one)?;
    let lock = Lock::read(&content, &folder_of(&file))?;
    let today = subject.today(&config);
    let draft = version(&file, content.bytes(&file).unwrap_or_default(), &content, &config).map_err(one)?;
    check(&draft, &lock).map_err(one)?;
    let (text, edits) = frozen(&draft, &today.to_string()).map_err(one)?;
    let frozen = version(&file, text.as_bytes(), &content, &config).map_err(one)?;
    let (lines, record) = lock.with(&frozen);
    let after = content.with(&file, text.clone()).with(&lock.file, lines.clone());
    let edition = Edition { at: subject.at, drafts: false };
    let register = policy::contract::register();
    let plan = Plan::new(&after, Purpose::plain(&subject.root, edition, &register))?;
    let mut files = vec![lock.file.clone()];
    if !edits.is_empty() {
        subject.write(&file, text.as_bytes())?;
        files.insert(0, file);
    }
    // Last, because the line is what makes the version published: without it the same command may be given again.
    subject.write(&lock.file, lines.as_bytes())?;
    Ok(Published {
        id: record.id,
        days: days_until(today, frozen.front.effective.0),
        effective: record.effective,
        line: record.line,
        edits,
        files,
        warnings: plan.warnings(),
    })
}

/// The path below the root of the file somebody names: from here, from the root, or by its name in the folder.
fn resolve(subject: &Subject, content: &Tree, file: &Path) -> Result<String, Diagnostic> {
    let top = subject.root.join("content").canonicalize().ok();
    let below = |path: &Path| {
        let real = path.canonicalize().ok()?;
        let names: Option<Vec<&str>> =
            real.strip_prefix(top.as_ref()?).ok()?.iter().map(|name| name.to_str()).collect();
        Some(format!("content/{}", names?.join("/")))
    };
    let written = file.to_string_lossy();
    let named = |name: &str| Some(format!("content/{}/{name}", subject.key()));
    let candidates = [below(file), below(&subject.root.join(file)), named(&written), named(&format!("{written}.md"))];
    let is_version = |path: &String| source::has_extension(path, "md") && content.bytes(path).is_some();
    candidates.into_iter().flatten().find(is_version).ok_or_else(|| {
        Diagnostic::file(&written, "is not a version of a policy")
            .hint(format!("name a file like content/{}/2025-03-31.md", subject.key()))
    })
}

fn version(file: &str, bytes: &[u8], content: &Tree, config: &Config) -> Result<Version, Diagnostic> {
    let document = Document::new(file, source::text(file, bytes)?)?;
    Version::read(document, content, &config.time_zone)
}

/// What keeps a version from being frozen, apart from what keeps a site from being built.
fn check(version: &Version, lock: &Lock) -> Result<(), Diagnostic> {
    let id = &version.id;
    if let Some(entry) = lock.entry(id) {
        let message = format!("version {id} is published already: line {} of {}", entry.number, lock.file);
        let problem = Diagnostic::file(&version.document.file, message);
        return Err(problem.hint("write a new version with `site policy new DATE`"));
    }
    if let Some(last) = lock.entries.last().filter(|last| last.effective >= version.effective_at) {
        let (last, when) = (&last.record.id, &last.record.effective);
        let message = format!("version {id} would come into force no later than {last}, which does so at {when}");
        let problem = version.document.key_finding("effective", message);
        return Err(problem.hint(format!("name the file and `effective` by a day after {last}")));
    }
    let summary = version.front.summary.trim();
    if summary.is_empty() || summary == SUMMARY {
        let problem = version.document.key_finding("summary", format!("version {id} has no summary yet"));
        return Err(problem.hint("say in one or two sentences what changes for readers: it goes into the feed"));
    }
    Ok(())
}

/// The text of a version as it is published on a day, and what that changes. Every other byte stays.
fn frozen(version: &Version, today: &str) -> Result<(String, Vec<String>), Diagnostic> {
    let (document, front) = (&version.document, &version.front);
    let mut text = document.text().to_owned();
    let range = document.front_range();
    // From the end to the beginning, so that an edit does not move the place of the next.
    let mut edits: Vec<(std::ops::Range<usize>, &str, String)> = Vec::new();
    let published = front.published.0.to_string();
    if published != today {
        let value = yaml::value_span(&text, range.clone(), "published", 0);
        let start = value.and_then(|(start, _)| Some(start + text[start..range.end].find(&published)?));
        let start = start.ok_or_else(|| by_hand(version, "published", &format!("published: {today}")))?;
        let what = format!("published: {today} in the place of {published}");
        edits.push((start..start + published.len(), today, what));
    }
    if front.draft {
        let line = line_of(&text, range, "draft:").ok_or_else(|| by_hand(version, "draft", "draft: true"))?;
        edits.push((line, "", "the line `draft: true` is gone".to_owned()));
    }
    edits.sort_by_key(|(range, ..)| std::cmp::Reverse(range.start));
    let mut done = Vec::new();
    for (range, new, what) in edits {
        text.replace_range(range, new);
        done.push(what);
    }
    Ok((text, done))
}

/// The line that begins with a key, with its end.
fn line_of(text: &str, range: std::ops::Range<usize>, key: &str) -> Option<std::ops::Range<usize>> {
    let mut start = range.start;
    for line in text[range].split_inclusive('\n') {
        if line.starts_with(key) {
            return Some(start..start + line.len());
        }
        start += line.len();
    }
    None
}

fn by_hand(version: &Version, key: &str, line: &str) -> Diagnostic {
    version
        .document
        .key_finding(key, format!("`{key}` is not on a line of its own, so it cannot be changed without touching more"))
        .hint(format!("write `{line}` on a line of its own"))
}

impl fmt::Display for Published {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "Version {} is published. It comes into force {}, at {}.",
            self.id, self.days, self.effective
        )?;
        for edit in &self.edits {
            writeln!(formatter, "  {}: {edit}", self.files.first().map(String::as_str).unwrap_or_default())?;
        }
        let lock = self.files.last().map(String::as_str).unwrap_or_default();
        writeln!(formatter, "  {lock}: a line more, {}", self.line)?;
        write!(formatter, "From now on no byte of it changes. Commit together: {}", self.files.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::fixture::{Fixture, POLICY};

    const FILE: &str = "content/privacy/2027-01-01.md";
    const LOCK: &str = "content/privacy/policy.lock";

    fn draft() -> String {
        POLICY.replace("2025-03-31", "2027-01-01").replace("summary:", "draft: true # not yet\nsummary:")
    }

    fn subject(fixture: &Fixture) -> Subject {
        let at = "2026-11-22T00:00:00Z".parse().expect("a moment");
        Subject { root: fixture.root().to_owned(), at, folder: "privacy".to_owned() }
    }

    fn read(fixture: &Fixture, path: &str) -> String {
        std::fs::read_to_string(fixture.root().join(path)).expect("the file is there")
    }

    /// The problem of publishing the draft, after which everything has to be as it was.
    #[track_caller]
    fn refused(fixture: &Fixture) -> Diagnostic {
        let before = (read(fixture, FILE), read(fixture, LOCK));
        let mut problems = publish(&subject(fixture), Path::new(FILE)).expect_err("not published");
        assert_eq!((read(fixture, FILE), read(fixture, LOCK)), before);
        assert_eq!(problems.len(), 1, "{problems:#?}");
        problems.remove(0)
    }

    #[test]
    fn publishing_touches_the_mark_and_the_day_and_adds_a_line() {
        let fixture = Fixture::site().with(FILE, draft());
        let lock = read(&fixture, LOCK);
        let published = publish(&subject(&fixture), Path::new(FILE)).expect("published");
        assert_eq!(published.files, [FILE, LOCK]);
        let expected =
            draft().replace("draft: true # not yet\n", "").replace("published: 2025-03-01", "published: 2026-11-22");
        assert_eq!(read(&fixture, FILE), expected);
        let longer = read(&fixture, LOCK);
        assert!(longer.starts_with(&lock) && longer.lines().count() == lock.lines().count() + 1, "{longer}");
        assert!(
            longer.lines().last().is_some_and(|line| line.starts_with("2027-01-01 2027-01-01T00:00:00Z 2026-11-22 "))
        );
        let shown = published.to_string();
        assert!(shown.contains("comes into force in 40 days, at 2027-01-01T00:00:00Z"), "{shown}");
        assert!(shown.ends_with("Commit together: content/privacy/2027-01-01.md content/privacy/policy.lock"));
        fixture.build().expect("the site builds");
        assert!(fixture.has_output("privacy/2027-01-01/index.html"));
        assert!(fixture.output(".well-known/policy-log.json").contains("2027-01-01"));
        let again = publish(&subject(&fixture), Path::new(FILE)).expect_err("frozen");
        assert_eq!(again[0].message, "version 2027-01-01 is published already: line 3 of content/privacy/policy.lock");
    }

    #[test]
    fn line_ends_and_a_mark_stay_as_they_are() {
        let text = format!("\u{feff}{}", draft().replace('\n', "\r\n"));
        let fixture = Fixture::site().with(FILE, &text);
        publish(&subject(&fixture), Path::new(FILE)).expect("published");
        let expected = text.replace("draft: true # not yet\r\n", "").replace("2025-03-01", "2026-11-22");
        assert_eq!(read(&fixture, FILE), expected);
        fixture.build().expect("the site builds");
    }

    #[test]
    fn a_version_that_is_ready_is_only_locked() {
        let text = draft().replace("draft: true # not yet\n", "").replace("2025-03-01", "2026-11-22");
        let fixture = Fixture::site().with(FILE, text);
        assert!(fixture.problem().message.contains("not frozen"));
        assert_eq!(publish(&subject(&fixture), Path::new(FILE)).expect("published").files, [LOCK]);
    }

    #[test]
    fn the_first_version_of_a_document_begins_its_lock() {
        let fixture = Fixture::site()
            .with("content/terms/_index.md", "---\ntitle: Terms\nkind: policy\n---\n")
            .with("content/terms/2027-01-01.md", draft());
        let subject = Subject { folder: "terms".to_owned(), ..subject(&fixture) };
        publish(&subject, Path::new("2027-01-01")).expect("published");
        assert!(read(&fixture, "content/terms/policy.lock").starts_with("# Published versions"));
        fixture.build().expect("the site builds");
    }

    #[test]
    fn a_file_is_found_from_here_from_the_root_and_by_its_name() {
        let root = Fixture::site().with(FILE, draft());
        let content = plan::content(root.root()).expect("content");
        for name in [root.root().join(FILE), PathBuf::from(FILE), "2027-01-01.md".into(), "2027-01-01".into()] {
            assert_eq!(resolve(&subject(&root), &content, &name).ok().as_deref(), Some(FILE), "{}", name.display());
        }
        for name in ["2028-01-01", "content/privacy/policy.lock", "../x.md", ""] {
            assert!(resolve(&subject(&root), &content, Path::new(name)).is_err(), "{name}");
        }
    }

    #[test]
    fn a_version_that_does_not_come_last_is_refused() {
        let later = POLICY.replace("2025-03-31", "2027-01-02");
        let problem =
            refused(&Fixture::site().with("content/privacy/2027-01-02.md", later).locked().with(FILE, draft()));
        assert_eq!(
            problem.message,
            "version 2027-01-01 would come into force no later than 2027-01-02, which does so at 2027-01-02T00:00:00Z"
        );
        assert_eq!(problem.line, 3);
    }

    #[test]
    fn a_version_without_a_summary_is_refused() {
        for summary in ["", SUMMARY] {
            let text = draft().replace("summary: The first version.", &format!("summary: \"{summary}\""));
            let problem = refused(&Fixture::site().with(FILE, text));
            assert_eq!((problem.line, problem.message.as_str()), (6, "version 2027-01-01 has no summary yet"));
        }
    }

    #[test]
    fn whatever_stops_the_build_stops_publishing() {
        let problem = refused(&Fixture::site().with(FILE, draft().replace("- One", "See [this][nowhere].")));
        assert_eq!(problem.message, "nothing defines the link `nowhere`");
        let problem = refused(&Fixture::site().with(FILE, draft().replace("- One", "- Version of 1/1/2020")));
        assert!(problem.message.starts_with("`1/1/2020` contradicts the front matter"));
        let changed = Fixture::site().with("content/privacy/2025-03-31.md", POLICY.replace("sell", "trade"));
        assert!(refused(&changed.with(FILE, draft())).message.starts_with("version 2025-03-31 is published"));
    }

    #[test]
    fn a_version_whose_day_is_over_is_refused() {
        let (file, text) = ("content/privacy/2026-01-01.md", draft().replace("2027-01-01", "2026-01-01"));
        let fixture = Fixture::site().with(file, text);
        let problems = publish(&subject(&fixture), Path::new(file)).expect_err("not published");
        assert_eq!(problems[0].message, "published on 2026-11-22, after it comes into force");
    }

    #[test]
    fn front_matter_that_cannot_be_edited_line_by_line_says_what_it_needs() {
        let front = "{title: A, effective: 2027-01-01, published: 2026-11-22, summary: B, draft: true}";
        let problem = refused(&Fixture::site().with(FILE, format!("---\n{front}\n---\nWords.\n")));
        assert_eq!(problem.hint.as_deref(), Some("write `draft: true` on a line of its own"));
    }
}
