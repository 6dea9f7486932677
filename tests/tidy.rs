//! Rules of the house as tests: what a reviewer would say about the shape of the code, said by the machine. Each rule is
//! a pure function over a file, and each is shown to fail on a planted defect.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

mod deployment;
mod direction;
mod reach;
mod shape;

/// A source file of the project.
#[derive(Debug, Clone)]
struct File {
    /// Path from the root, with `/` between folders.
    path: String,
    text: String,
}

/// What is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    /// Counted from 1; 0 when the finding is about the file as a whole.
    line: usize,
    what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.path, self.line, self.what)
    }
}

impl File {
    fn finding(&self, line: usize, what: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, what: what.into() }
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(at, line)| (at + 1, line))
    }

    fn is_rust(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|end| end == "rs")
    }

    /// The lines of the program itself, without tests that follow it in the same file.
    fn program(&self) -> impl Iterator<Item = (usize, &str)> {
        let begins = |pair: &[&str]| pair[0].trim() == "#[cfg(test)]" && pair[1].trim().starts_with("mod tests");
        let lines: Vec<&str> = self.text.lines().collect();
        let end = lines.windows(2).position(begins).unwrap_or(usize::MAX);
        self.lines().take_while(move |(line, _)| *line <= end)
    }

    /// Whether the whole file is a test.
    fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.ends_with("/tests.rs") || self.path.ends_with("fixture.rs")
    }
}

#[cfg(test)]
fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every text file that belongs to the project, in order of their paths.
fn project() -> Vec<File> {
    const PASSED_OVER: &[&str] =
        &["target", "node_modules", ".cache", ".git", ".site", ".out", "build", "public", ".wrangler"];
    const READ: &[&str] = &["rs", "mjs", "js", "toml", "md", "yaml", "html", "css", "capnp", "json"];
    let mut files = vec![];
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the project").flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() && !PASSED_OVER.contains(&name.as_str()) {
                folders.push(path);
            } else if READ.contains(&name.rsplit('.').next().unwrap_or_default()) && path.is_file() {
                let path =
                    path.strip_prefix(root()).expect("a path below the root").to_string_lossy().replace('\\', "/");
                let text = fs::read_to_string(root().join(&path)).expect("UTF-8");
                files.push(File { path, text });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(files.len() > 100, "the project was not found");
    files
}

fn expect_none(findings: &[Finding]) {
    let list: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "\n{}\n", list.join("\n"));
}

#[test]
fn files_have_their_shape() {
    expect_none(&project().iter().flat_map(shape::findings).collect::<Vec<_>>());
}

#[test]
fn dependencies_point_one_way() {
    expect_none(&project().iter().flat_map(direction::findings).collect::<Vec<_>>());
}

#[test]
fn every_file_is_reached() {
    expect_none(&reach::findings(&project()));
}
