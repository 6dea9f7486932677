//! The only reader: folders of the root become maps from path to bytes, and nothing outside the root is ever read.
//!
//! Paths are relative to the root and use `/`, so diagnostics and output are the same on every system. The map is
//! sorted: the order in which a file system lists its files reaches nothing. The pages of a large site are read twice, so that
//! not all of them are in memory at once.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use memchr::memchr;
use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use crate::{
    diagnostic::Diagnostic,
    document, output,
    stamp::{Mark, mark},
};

/// What some editors put before the first letter of a file.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

/// More than any page or image of a site needs; a larger file is a mistake.
pub(crate) const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Text of pages that is not too much for memory, in bytes.
const HELD_BYTES_MAX: usize = if cfg!(test) { 2048 } else { 2 * 1024 * 1024 };

/// Files that are read side by side.
const FILES_AT_ONCE: usize = 512;

/// The files of one folder, by path relative to the root.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    root: Arc<PathBuf>,
    files: BTreeMap<String, Source>,
    has_links: bool,
    /// Bytes of all pages.
    words: usize,
}

/// What is in a file. Text is shared with the documents that are made of it, because a large site is mostly that.
#[derive(Debug, Clone)]
enum Source {
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
    /// The front matter of a page whose words were left on the disk.
    Left(Arc<str>, Left),
}

/// What was left on the disk: the words of a page, until it is rendered.
#[derive(Debug, Clone)]
pub(crate) struct Left {
    root: Arc<PathBuf>,
    mark: Mark,
}

impl Left {
    /// The whole text of the file that it is of. Where somebody wrote it since, it does not go with what was read of it.
    pub(crate) fn text(&self, file: &str) -> Result<String, Diagnostic> {
        let place = self.root.join(file);
        let is_same = || self.is_of(&place);
        let text =
            if is_same() { std::fs::read(&place).ok().and_then(|bytes| String::from_utf8(bytes).ok()) } else { None };
        text.filter(|_| is_same()).ok_or_else(|| output::overtaken(file).hint("build again"))
    }

    /// Whether it is still what is in a file.
    pub(crate) fn is_of(&self, place: &Path) -> bool {
        place.metadata().is_ok_and(|found| mark(&found).as_ref() == Some(&self.mark))
    }
}

impl Source {
    fn new(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            // No text has a NUL, see `text`.
            Ok(text) if memchr(0, text.as_bytes()).is_some() => Self::Bytes(text.into_bytes().into()),
            Ok(text) => Self::Text(text.into()),
            Err(error) => Self::Bytes(error.into_bytes().into()),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
            Self::Left(head, _) => head.as_bytes(),
        }
    }
}

impl Tree {
    /// Reads `folder` below `root`. A folder that does not exist is an empty tree.
    pub(crate) fn read(root: &Path, folder: &str) -> Result<Self, Vec<Diagnostic>> {
        let top = root.join(folder);
        let mut tree = Self { root: Arc::new(root.to_owned()), ..Self::default() };
        let Ok(real_top) = top.canonicalize() else { return Ok(tree) };
        let (mut problems, mut files) = (Vec::new(), Vec::new());
        let mut walk = WalkDir::new(&top).follow_links(true).into_iter();
        while let Some(entry) = walk.next() {
            match entry {
                Ok(entry) if entry.depth() > 0 && entry.file_name().to_str().is_some_and(is_hidden) => {
                    if entry.file_type().is_dir() {
                        walk.skip_current_dir();
                    }
                }
                Ok(entry) => {
                    tree.has_links |= entry.path_is_symlink();
                    match file_of(root, &real_top, &entry) {
                        Ok(file) => files.extend(file.map(|path| (path, entry))),
                        Err(problem) => {
                            if entry.file_type().is_dir() {
                                walk.skip_current_dir();
                            }
                            problems.push(problem);
                        }
                    }
                }
                Err(error) => problems.push(walk_problem(root, folder, &error)),
            }
        }
        // Most of what is read is not kept, so not all of it is read at once.
        for some in files.chunks(FILES_AT_ONCE) {
            let read: Vec<_> = some.par_iter().map(|(path, entry)| read_file(path, entry)).collect();
            for ((path, _), read) in some.iter().zip(read) {
                match read {
                    Ok((source, mark)) => tree.add(path.clone(), source, mark),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        if problems.is_empty() { Ok(tree) } else { Err(problems) }
    }

    fn add(&mut self, path: String, mut source: Source, mark: Option<Mark>) {
        if let Source::Text(text) = &source
            && has_extension(&path, "md")
        {
            self.words += text.len();
            let head = document::head(text).filter(|_| self.words > HELD_BYTES_MAX);
            if let Some((head, mark)) = head.zip(mark) {
                source = Source::Left(head.into(), Left { root: Arc::clone(&self.root), mark });
            }
        }
        self.files.insert(path, source);
    }

    /// The tree with other bytes for a file, as it would be after writing it.
    pub(crate) fn with(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.to_owned(), Source::new(bytes.into()));
        self
    }

    /// Other text for a file.
    pub(crate) fn put(&mut self, path: &str, text: String) {
        self.files.insert(path.to_owned(), Source::new(text.into_bytes()));
    }

    /// Keeps the files of a folder whole, though their words were left. The name ends with a slash.
    pub(crate) fn hold_files_of(&mut self, folder: &str) -> Result<(), Diagnostic> {
        let below = self.files.range_mut(folder.to_owned()..).take_while(|(path, _)| path.starts_with(folder));
        for (path, source) in below.filter(|(path, _)| !path[folder.len()..].contains('/')) {
            if let Source::Left(_, left) = source {
                *source = Source::Text(left.text(path)?.into());
            }
        }
        Ok(())
    }

    /// What was left of a file, if it was.
    pub(crate) fn left(&self, path: &str) -> Option<&Left> {
        match self.files.get(path)? {
            Source::Left(_, left) => Some(left),
            _ => None,
        }
    }

    /// Whether something in it is a link, so that one file may change with another.
    pub(crate) fn has_links(&self) -> bool {
        self.has_links
    }

    /// Whether a folder of this path has a file.
    pub(crate) fn has_below(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        self.files.range(inside.clone()..).next().is_some_and(|(next, _)| next.starts_with(&inside))
    }

    /// The bytes of a file; of one whose words were left on the disk its front matter.
    pub(crate) fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Source::bytes)
    }

    /// The text of a file, or a finding that names the first byte that is not UTF-8. See `bytes`.
    pub(crate) fn text(&self, path: &str) -> Option<Result<&str, Diagnostic>> {
        self.files.get(path).map(|source| match source {
            Source::Text(text) => Ok(&**text),
            Source::Bytes(bytes) => text(path, bytes),
            Source::Left(head, _) => Ok(&**head),
        })
    }

    /// The whole text of a file, wherever it is.
    pub(crate) fn whole_text(&self, path: &str) -> Option<Cow<'_, str>> {
        match self.left(path) {
            Some(left) => left.text(path).ok().map(Cow::Owned),
            None => self.text(path)?.ok().map(Cow::Borrowed),
        }
    }

    /// The same, to be kept.
    pub(crate) fn shared_text(&self, path: &str) -> Option<Result<Arc<str>, Diagnostic>> {
        self.files.get(path).map(|source| match source {
            Source::Text(text) => Ok(Arc::clone(text)),
            Source::Bytes(bytes) => text(path, bytes).map(Arc::from),
            Source::Left(head, _) => Ok(Arc::clone(head)),
        })
    }

    /// All files in the order of their paths. See `bytes`.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.bytes()))
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// The text of one file that somebody named, such as a report.
pub(crate) fn read_text(path: &Path) -> Result<String, Diagnostic> {
    let file = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| Diagnostic::file(&file, format!("cannot be read: {error}")))?;
    text(&file, &bytes).map(str::to_owned)
}

/// The names of the folders directly below `folder`, sorted; none when it does not exist.
pub(crate) fn folder_names(root: &Path, folder: &str) -> Vec<String> {
    let entries = WalkDir::new(root.join(folder)).min_depth(1).max_depth(1).sort_by_file_name();
    let folders = entries.into_iter().filter_map(Result::ok).filter(|entry| entry.path().is_dir());
    folders.filter_map(|entry| entry.file_name().to_str().map(str::to_owned)).collect()
}

/// Bytes as text, or a finding that names the first byte that is not UTF-8, or is none of a text.
pub(crate) fn text<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, Diagnostic> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let lossy = String::from_utf8_lossy(bytes);
        // Everything before the bad byte is valid, so its offset is the same in the lossy text.
        Diagnostic::at_offset(path, &lossy, error.valid_up_to(), 1, "this byte is not UTF-8")
            .hint("save the file as UTF-8")
    })?;
    match memchr(0, bytes) {
        Some(offset) => Err(Diagnostic::at_offset(path, text, offset, 1, "this is a NUL byte, which no text has")
            .hint("remove it; if the whole file looks like this, save it as UTF-8")),
        None => Ok(text),
    }
}

/// Whether a file's name ends with an extension, in whatever case.
pub(crate) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// Editors leave swap files and locks beside the pages; nothing that begins with a dot is content.
pub(crate) fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~')
}

/// The path of a file of the walk, `None` for a folder.
fn file_of(root: &Path, real_top: &Path, entry: &DirEntry) -> Result<Option<String>, Diagnostic> {
    let path = relative(root, entry.path())?;
    let failed = |error: io::Error| unread(&path, &error);
    if entry.path_is_symlink() && !entry.path().canonicalize().map_err(failed)?.starts_with(real_top) {
        return Err(Diagnostic::file(&path, "is a symbolic link to a place outside its folder")
            .hint("copy the file into the folder: a site is built from its own files only"));
    }
    if entry.file_type().is_dir() {
        return Ok(None);
    }
    // To open a pipe would wait for somebody who writes into it.
    if !entry.file_type().is_file() {
        return Err(Diagnostic::file(&path, "is neither a file nor a folder")
            .hint("a site is built from files: remove it, or give it a name that begins with a dot"));
    }
    Ok(Some(path))
}

fn read_file(path: &str, entry: &DirEntry) -> Result<(Source, Option<Mark>), Diagnostic> {
    let failed = |error: io::Error| unread(path, &error);
    let found = entry.path().metadata().map_err(failed)?;
    let length = found.len();
    if length > FILE_BYTES_MAX {
        return Err(Diagnostic::file(path, format!("has {length} bytes; a source file has at most {FILE_BYTES_MAX}"))
            .hint("make it smaller, or publish it somewhere else and link to it"));
    }
    let bytes = std::fs::read(entry.path()).map_err(failed)?;
    Ok((Source::new(bytes), mark(&found)))
}

fn unread(path: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::file(path, format!("cannot be read: {error}")).hint("check that it may be read")
}

/// The path below the root with `/` between folders.
fn relative(root: &Path, path: &Path) -> Result<String, Diagnostic> {
    let below = path.strip_prefix(root).unwrap_or(path);
    let names: Option<Vec<&str>> = below.iter().map(|name| name.to_str()).collect();
    names.map(|names| names.join("/")).ok_or_else(|| {
        Diagnostic::file(&below.to_string_lossy(), "has a name that is not UTF-8").hint("rename the file")
    })
}

/// A finding for what the walk itself could not do.
fn walk_problem(root: &Path, folder: &str, error: &walkdir::Error) -> Diagnostic {
    let path = error.path().map_or_else(|| PathBuf::from(folder), Path::to_path_buf);
    let shown = relative(root, &path).unwrap_or_else(|_| folder.to_owned());
    if error.loop_ancestor().is_some() {
        return Diagnostic::file(&shown, "is a symbolic link to a folder that contains it").hint("remove the link");
    }
    if path.is_symlink() && !path.exists() {
        return Diagnostic::file(&shown, "is a symbolic link to nothing")
            .hint("remove the link, or put the file there");
    }
    let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
    Diagnostic::file(&shown, format!("cannot be read: {reason}")).hint("check that it is there and may be read")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn paths_are_relative_and_sorted_and_hidden_files_are_skipped() {
        let fixture = Fixture::empty()
            .with("content/b.md", "b")
            .with("content/a/z.md", "z")
            .with("content/.a.md.swp", "x")
            .with("content/.git/config", "x");
        let tree = Tree::read(fixture.root(), "content").expect("the folder is readable");
        let paths: Vec<&str> = tree.iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["content/a/z.md", "content/b.md"]);
    }

    #[test]
    fn a_missing_folder_is_empty() {
        assert!(Tree::read(Fixture::empty().root(), "themes/plus").is_ok_and(|tree| tree.is_empty()));
    }

    #[test]
    fn the_words_of_many_pages_are_read_when_somebody_wants_them() {
        let text = format!("---\ntitle: A\n---\n{}\n", "word ".repeat(200));
        let with = |fixture: Fixture, number: usize| fixture.with(&format!("content/a/p{number}.md"), &text);
        let fixture = (0..6).fold(Fixture::empty(), with).with("content/a.yaml", text.repeat(4));
        let mut tree = Tree::read(fixture.root(), "content").expect("the folder is readable");
        let left: Vec<String> =
            tree.iter().map(|(path, _)| path.to_owned()).filter(|path| tree.left(path).is_some()).collect();
        assert!((3..6).contains(&left.len()) && left.iter().all(|path| has_extension(path, "md")), "{left:?}");
        assert_eq!(tree.bytes(&left[0]), Some(b"---\ntitle: A\n---\n".as_slice()));
        assert_eq!(tree.whole_text(&left[0]).as_deref(), Some(text.as_str()));
        tree.hold_files_of("content/").expect("read");
        assert!(tree.left(&left[0]).is_some(), "what is below has a folder of its own");
        std::fs::write(fixture.root().join(&left[1]), "other words").expect("written");
        let problem = tree.hold_files_of("content/a/").expect_err("it is another one");
        assert!(output::is_overtaken(&problem) && problem.file == left[1], "{problem}");
        std::fs::write(fixture.root().join(&left[1]), &text).expect("written");
        let mut tree = Tree::read(fixture.root(), "content").expect("the folder is readable");
        tree.hold_files_of("content/a/").expect("read");
        assert!(tree.iter().all(|(path, bytes)| tree.left(path).is_none() && bytes.ends_with(b"word \n")));
    }

    #[test]
    fn names_the_byte_that_is_not_utf8() {
        let problem = text("content/a.md", b"ok\nab\xffc").expect_err("0xff is never UTF-8");
        assert_eq!((problem.line, problem.column), (2, 3));
        let problem = text("content/a.md", b"ok\n\0").expect_err("no text has a NUL");
        assert_eq!((problem.line, problem.column), (2, 1));
    }

    #[cfg(unix)]
    #[test]
    fn refuses_links_that_leave_the_folder() {
        let outside = Fixture::empty().with("secret.md", "s").with("folder/secret.md", "s");
        let fixture = Fixture::empty().with("content/a.md", "a");
        for name in ["secret.md", "folder"] {
            std::os::unix::fs::symlink(outside.root().join(name), fixture.root().join("content").join(name))
                .expect("a link can be made");
        }
        std::os::unix::fs::symlink(fixture.root().join("content"), fixture.root().join("content/again"))
            .expect("a link can be made");
        let problems = Tree::read(fixture.root(), "content").expect_err("three bad links");
        let mut files: Vec<&str> = problems.iter().map(|problem| problem.file.as_str()).collect();
        files.sort_unstable();
        assert_eq!(files, ["content/again", "content/folder", "content/secret.md"]);
    }
}
