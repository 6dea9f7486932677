//! A new draft: the words and the contract of the version in force, ready to be changed.

use std::fmt;

use super::{Opened, SUMMARY, Subject, days_until};
use crate::{
    diagnostic::Diagnostic,
    document::Document,
    moment,
    policy::{Version, contract},
};

/// A draft that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drafted {
    /// Files that are new.
    pub files: Vec<String>,
    id: String,
    from: String,
    days: String,
}

/// Makes the draft of a version that comes into force on `day`.
pub fn draft(subject: &Subject, day: &str) -> Result<Drafted, Vec<Diagnostic>> {
    let opened = subject.open()?;
    let file = format!("content{}{day}.md", opened.policy.path);
    let (text, from) = text(subject, &opened, day, &file).map_err(|problem| vec![problem])?;
    let mut files = vec![file.clone()];
    if let Some(contract) = opened.content.bytes(&contract::file_of(&from.document.file)) {
        let copy = contract::file_of(&file);
        subject.write(&copy, contract)?;
        files.insert(0, copy);
    }
    subject.write(&file, text.as_bytes())?;
    let today = subject.today(&opened.config);
    let days = moment::day(day).map(|day| days_until(today, day)).unwrap_or_default();
    Ok(Drafted { files, id: day.to_owned(), from: from.id.clone(), days })
}

/// The text of the draft and the version it comes from.
fn text<'a>(subject: &Subject, opened: &'a Opened, day: &str, file: &str) -> Result<(String, &'a Version), Diagnostic> {
    let Opened { content, config, policy } = opened;
    let complaint = |message: String| Diagnostic::file("DATE", message);
    let date = moment::day(day).map_err(|found| found.at("DATE", day, 0, day.chars().count()))?;
    let today = subject.today(config);
    if date < today {
        return Err(complaint(format!("{day} is over: today is {today}")).hint("a version binds nobody backwards"));
    }
    for taken in [file.to_owned(), contract::file_of(file)] {
        if content.bytes(&taken).is_some() {
            let problem = Diagnostic::file(&taken, "is there already");
            return Err(problem.hint("edit the draft that there is, or remove it"));
        }
    }
    let effective = moment::day_begins(date, &config.time_zone);
    if let Some(last) = policy.lock.entries.last().filter(|last| last.effective >= effective) {
        let message = format!("version {} comes into force no earlier than {day}", last.record.id);
        return Err(complaint(message).hint("name a later day: the newest version is the one that binds last"));
    }
    let from = policy.in_force(subject.at).ok_or_else(|| {
        let problem = complaint(format!("no version of {} is in force to begin with", policy.path));
        problem.hint(format!("write the first one by hand, as {file}, with `draft: true`"))
    })?;
    let front = &from.front;
    let head = format!(
        "---\ntitle: {}\ndescription: {}\neffective: {day}\npublished: {today}\nsummary: {SUMMARY}\ndraft: true\n---\n",
        scalar(&front.title)?,
        scalar(&front.description)?
    );
    // The draft goes on with the line ends of the words it copies.
    let dos = from.document.text().split_once('\n').is_some_and(|(first, _)| first.ends_with('\r'));
    let text = format!("{}{}", if dos { head.replace('\n', "\r\n") } else { head }, from.document.body());
    // What is written is read once, so that a draft never begins broken.
    Document::new(file, text.as_str()).and_then(|document| Version::read(document, content, &config.time_zone))?;
    Ok((text, from))
}

/// A string as YAML writes it.
fn scalar(written: &str) -> Result<String, Diagnostic> {
    let text = serde_yaml::to_string(written)
        .map_err(|error| Diagnostic::file("DATE", format!("`{written}` cannot be written as YAML: {error}")))?;
    Ok(text.trim_end().to_owned())
}

impl fmt::Display for Drafted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "Draft {} begins as version {}:", self.id, self.from)?;
        for file in &self.files {
            writeln!(formatter, "  {file}")?;
        }
        let file = self.files.last().map(String::as_str).unwrap_or_default();
        write!(
            formatter,
            "It would come into force {}. Change its words, write its summary, then: site policy publish {file}",
            self.days
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{CONTRACT, Fixture, POLICY};

    fn subject(fixture: &Fixture) -> Subject {
        let at = "2026-11-22T00:00:00Z".parse().expect("a moment");
        Subject { root: fixture.root().to_owned(), at, folder: "privacy".to_owned() }
    }

    fn read(fixture: &Fixture, path: &str) -> String {
        std::fs::read_to_string(fixture.root().join(path)).expect("the file is there")
    }

    #[test]
    fn a_draft_has_the_words_and_the_contract_of_the_version_in_force() {
        let contract = CONTRACT;
        let fixture = Fixture::site().with("content/privacy/2025-03-31.contract.yaml", contract);
        let drafted = draft(&subject(&fixture), "2027-01-01").expect("a draft is made");
        assert_eq!(drafted.files, ["content/privacy/2027-01-01.contract.yaml", "content/privacy/2027-01-01.md"]);
        let text = read(&fixture, "content/privacy/2027-01-01.md");
        let head = "---\ntitle: Privacy Policy\ndescription: ''\neffective: 2027-01-01\npublished: 2026-11-22\n\
                    summary: Write here what changes for readers, in one or two sentences.\ndraft: true\n---\n";
        let body = POLICY.splitn(3, "---\n").nth(2).expect("a body");
        assert_eq!(text, format!("{head}{body}"));
        assert_eq!(read(&fixture, "content/privacy/2027-01-01.contract.yaml"), contract);
        let shown = drafted.to_string();
        assert!(shown.contains("in 40 days") && shown.ends_with("publish content/privacy/2027-01-01.md"), "{shown}");
        fixture.build().expect("a draft does not stop the build");
        assert!(!fixture.has_output("privacy/2027-01-01/index.html"));
    }

    #[test]
    fn titles_are_quoted_where_yaml_asks_for_it_and_line_ends_are_kept() {
        let policy = POLICY.replace("title: Privacy Policy", "title: \"Privacy: yours\"\ndescription: \"a # b\"");
        let fixture = Fixture::site().with("content/privacy/2025-03-31.md", policy.replace('\n', "\r\n")).locked();
        draft(&subject(&fixture), "2027-01-01").expect("a draft is made");
        let text = read(&fixture, "content/privacy/2027-01-01.md");
        assert!(text.contains("title: 'Privacy: yours'\r\ndescription: 'a # b'\r\n"), "{text}");
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
        fixture.build().expect("a draft does not stop the build");
    }

    #[test]
    fn a_day_that_cannot_be_is_refused_and_nothing_is_written() {
        let fixture = Fixture::site().with(
            "content/privacy/2027-02-01.md",
            POLICY.replace("2025-03-31", "2027-02-01").replace("2025-03-01", "2025-04-01"),
        );
        let fixture = fixture.locked();
        for (day, message) in [
            ("1/1/2028", "`1/1/2028` is not a date"),
            ("2028-02-30", "`2028-02-30` is not a date"),
            ("../2028-01-01", "`../2028-01-01` is not a date"),
            ("2026-11-21", "2026-11-21 is over: today is 2026-11-22"),
            ("2027-02-01", "is there already"),
            ("2027-01-31", "version 2027-02-01 comes into force no earlier than 2027-01-31"),
        ] {
            let problems = draft(&subject(&fixture), day).expect_err("no draft");
            assert_eq!(problems[0].message, message);
        }
        let files = std::fs::read_dir(fixture.root().join("content/privacy")).expect("readable").count();
        assert_eq!(files, 4);
    }

    #[test]
    fn without_a_version_in_force_there_is_nothing_to_begin_with() {
        let fixture = Fixture::site();
        let at = "2025-03-30T00:00:00Z".parse().expect("a moment");
        let problems = draft(&Subject { at, ..subject(&fixture) }, "2027-01-01").expect_err("no draft");
        assert_eq!(problems[0].message, "no version of /privacy/ is in force to begin with");
    }
}
