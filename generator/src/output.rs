//! The only writer. A site is whole before the first file of it is in its place; each file that differs is written beside its
//! place and moved into it, so that whoever reads sees the old file or the new one and never a half.
//!
//! Files that are equal are not touched, which keeps their times, and files of former builds are removed last. Pages that
//! are known to be in their place (`trace`) are not in memory, nor are those of a large site (`spool`).

mod file;
mod half;
mod spool;
#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::{diagnostic::Diagnostic, page::output_of, policy::lock::in_hexadecimal, source, trace::Trace};
pub(crate) use file::Content;
use file::File;
use half::Done;
pub(crate) use half::{is_half, is_overtaken, overtaken};
use spool::Spool;

/// New files wait here until all of them are written. It is there as long as a site is being put into its place, so a folder
/// that has it is ours, though a build that was killed may not have come to the mark.
const STAGING: &str = ".site-staging";

/// A folder that has this file, and in it what this program says of a site, was written by this program.
const MARK: &str = "site.json";

/// A site that is not in its place yet.
#[derive(Debug, Default)]
pub(crate) struct Output {
    /// By path below the output folder.
    files: BTreeMap<String, File>,
    /// Paths that have capitals, by what they are in a file system that does not tell these from small letters.
    folded: BTreeMap<String, String>,
    problems: Vec<Diagnostic>,
    /// Where its pages wait, and not in memory.
    spool: Option<Spool>,
}

/// What writing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Changes {
    pub(crate) written: usize,
    pub(crate) unchanged: usize,
    pub(crate) removed: usize,
}

impl Output {
    /// From here on pages may wait in the folder that the site will be written into. Where that cannot be, they stay in memory
    /// until it is said why.
    pub(crate) fn spool_into(&mut self, folder: &Path) {
        self.spool = Spool::open(folder).ok();
    }

    /// What is to be added of a page that is finished.
    pub(crate) fn set_aside(&self, address: &str, html: String) -> Content {
        match &self.spool {
            Some(spool) => spool.set_aside(&output_of(address), html.into_bytes()),
            None => Content::Held(html.into_bytes()),
        }
    }

    /// Adds the file that answers for an address; `origin` is what it is made of.
    pub(crate) fn add(&mut self, address: &str, origin: &str, bytes: impl Into<Vec<u8>>) {
        self.add_content(address, origin, Content::Held(bytes.into()));
    }

    /// Adds a page that is as the last build wrote it into `folder`.
    pub(crate) fn add_kept(&mut self, address: &str, origin: &str, folder: &Path, trace: Arc<Trace>) {
        self.add_content(address, origin, Content::Kept(folder.join(output_of(address)), trace));
    }

    /// Adds what was set aside, or anything else.
    pub(crate) fn add_content(&mut self, address: &str, origin: &str, content: Content) {
        let path = output_of(address);
        let folded = path.to_lowercase();
        if let Some(other) = self.alike(&folded) {
            // What the generator makes by itself cannot be renamed, so the file that is in its way is named first.
            let is_own = !origin.starts_with("content/") && other.origin.starts_with("content/");
            let (file, other) = if is_own { (other.origin.as_str(), origin) } else { (origin, other.origin.as_str()) };
            let message = format!("makes `{address}`, and so does {other}");
            let hint = if is_own { "rename or remove it" } else { "rename or remove one of them" };
            self.problems.push(Diagnostic::file(file, message).hint(hint));
            return;
        }
        if folded != path {
            self.folded.insert(folded, path.clone());
        }
        self.files.insert(path, File::new(origin, content));
    }

    /// The file whose path is this one, but for capitals.
    fn alike(&self, folded: &str) -> Option<&File> {
        self.files.get(self.folded.get(folded).map_or(folded, String::as_str))
    }

    /// Whether something answers for an address.
    pub(crate) fn has(&self, address: &str) -> bool {
        self.files.contains_key(&output_of(address))
    }

    /// What answers for an address, where it is in memory: all but pages are.
    pub(crate) fn bytes(&self, address: &str) -> Option<&[u8]> {
        self.files.get(&output_of(address)).and_then(File::held)
    }

    /// Whether this is what answers for an address.
    pub(crate) fn is(&self, address: &str, bytes: &[u8]) -> bool {
        self.files.get(&output_of(address)).is_some_and(|file| file.is(bytes))
    }

    /// The hash of what answers for an address.
    pub(crate) fn hash(&self, address: &str) -> Option<&str> {
        self.files.get(&output_of(address)).map(File::hash)
    }

    /// What a file is made of.
    pub(crate) fn origin(&self, address: &str) -> Option<&str> {
        self.files.get(&output_of(address)).map(|file| file.origin.as_str())
    }

    /// The text that answers for an address, where it is one. A page that is not in memory is read; should it be gone, the
    /// site will not be written.
    pub(crate) fn text(&self, address: &str) -> Option<Cow<'_, str>> {
        self.files.get(&output_of(address))?.text()
    }

    /// Other bytes for a file that is there.
    pub(crate) fn replace(&mut self, address: &str, bytes: impl Into<Vec<u8>>) {
        if let Some(file) = self.files.get_mut(&output_of(address)) {
            *file = File::new(&file.origin, Content::Held(bytes.into()));
        }
    }

    /// The pages that are in memory: path below the folder, what it is made of, and its HTML.
    pub(crate) fn pages(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let pages = self.files.iter().filter(|(path, _)| source::has_extension(path, "html"));
        pages.filter_map(|(path, file)| Some((path.as_str(), file.origin.as_str(), str::from_utf8(file.held()?).ok()?)))
    }

    /// Takes out the pages that are in memory: address, what each is made of, and its HTML.
    pub(crate) fn take_pages(&mut self) -> Vec<(String, String, String)> {
        let is_page = |path: &str, file: &File| source::has_extension(path, "html") && file.is_text();
        let taken: Vec<(String, File)> = self.files.extract_if(.., |path, file| is_page(path, file)).collect();
        let page = |(path, file): (String, File)| {
            self.folded.remove(&path.to_lowercase());
            let (origin, html) = file.into_text()?;
            Some((format!("/{path}"), origin, html))
        };
        taken.into_iter().filter_map(page).collect()
    }

    /// The path of each page, and what it is made of.
    pub(crate) fn page_files(&self) -> impl Iterator<Item = (&str, &str)> {
        let pages = self.files.iter().filter(|(path, _)| source::has_extension(path, "html"));
        pages.map(|(path, file)| (path.as_str(), file.origin.as_str()))
    }

    /// The pages of the last build: path below the folder, what it is made of, and what is known of it.
    pub(crate) fn kept(&self) -> impl Iterator<Item = (&str, &str, &Arc<Trace>)> {
        self.files.iter().filter_map(|(path, file)| Some((path.as_str(), file.origin.as_str(), file.trace()?)))
    }

    /// How many files it has.
    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// The paths of all files.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Bytes of a file.
    pub(crate) fn size_of(&self, address: &str) -> Option<u64> {
        self.files.get(&output_of(address)).map(File::size)
    }

    /// Bytes of all files.
    pub(crate) fn size(&self) -> u64 {
        self.files.values().map(File::size).sum()
    }

    /// A hash over every path and every byte, but for the file that says it.
    pub(crate) fn digest(&self) -> String {
        // Side by side, before they are asked one after the other.
        self.files.par_iter().for_each(|(_, file)| {
            file.hash();
        });
        let mut digest = Sha256::new();
        for (path, file) in self.files.iter().filter(|(path, _)| *path != MARK) {
            digest.update(format!("{} {path}\n", file.hash()));
        }
        in_hexadecimal(digest)
    }

    /// Two files for one address, and a file where another needs a folder.
    pub(crate) fn problems(&self) -> Vec<Diagnostic> {
        let mut problems = self.problems.clone();
        for (path, file) in &self.files {
            let folders = path.match_indices('/').map(|(slash, _)| path[..slash].to_lowercase());
            for blocked in folders.filter_map(|folder| self.alike(&folder)) {
                let message = format!("is in the way of {}", file.origin);
                problems.push(Diagnostic::file(&blocked.origin, message).hint("rename or remove one of them"));
            }
        }
        problems
    }

    /// Makes `folder` hold exactly these files. When it fails before the last new file is written, nothing has changed; after that
    /// the finding says how far it came.
    pub(crate) fn write(&mut self, folder: &Path) -> Result<Changes, Diagnostic> {
        let failed = |error: io::Error| unwritten(folder, &error);
        let spool = match self.spool.take() {
            Some(spool) => spool,
            None => Spool::open(folder)?,
        };
        let strays = self.strays(folder).map_err(failed)?;
        let elsewhere = self.behind_links(folder, &strays);
        if let Some(path) = self.changed_meanwhile().or_else(|| elsewhere.values().find_map(|file| file.found())) {
            return Err(overtaken(&path.display().to_string()).hint("leave the folder to one program"));
        }
        let is_there = |path: &String, file: &File| !elsewhere.contains_key(path) && file.is_in(&folder.join(path));
        let differing: Vec<_> = self.files.par_iter().filter(|(path, file)| !is_there(path, file)).collect();
        let mut done = Done::default();
        let told = |error: io::Error, done: Done| done.told(folder, &error).unwrap_or_else(|| failed(error));
        let changes = self.bring(&spool, strays, &differing, &mut done).map_err(|error| told(error, done))?;
        spool.close().map_err(|error| told(error, done))?;
        for (path, file) in &mut self.files {
            file.arrived(folder.join(path));
        }
        Ok(changes)
    }

    /// Writes the files of these addresses alone, where the folder holds all others as they are.
    pub(crate) fn write_some(&self, folder: &Path, addresses: &[&str]) -> Result<(), Diagnostic> {
        let _turn = turn(folder);
        let paths = addresses.iter().map(|address| output_of(address));
        let files = paths.filter_map(|path| self.files.get_key_value(&path)).collect::<Vec<_>>();
        let (staging, mut done) = (folder.join(STAGING), Done::default());
        let placed = stage(&staging, &files).and_then(|()| self.place(&staging, folder, "", &mut done));
        let told = |error: io::Error| done.told(folder, &error).unwrap_or_else(|| unwritten(folder, &error));
        placed.and_then(|()| remove(&staging)).map_err(told)
    }

    /// A page that was found in its place and is not what it was then.
    fn changed_meanwhile(&self) -> Option<&Path> {
        self.files.par_iter().find_map_first(|(_, file)| file.changed())
    }

    /// The files whose folder is a link, which goes with whatever it leads to.
    fn behind_links(&self, folder: &Path, strays: &[PathBuf]) -> BTreeMap<&String, &File> {
        let links = strays.iter().filter(|stray| stray.is_symlink());
        links.flat_map(|link| self.inside(format!("{}/", below(folder, link)))).collect()
    }

    fn bring(
        &self,
        Spool { folder, staging, .. }: &Spool,
        strays: Vec<PathBuf>,
        differing: &[(&String, &File)],
        done: &mut Done,
    ) -> io::Result<Changes> {
        if !differing.is_empty() {
            stage(staging, differing)?;
        }
        // A file where a folder has to be, the other way round, and links, which might lead elsewhere, go first.
        let (blocking, mut strays): (Vec<PathBuf>, Vec<PathBuf>) =
            strays.into_iter().partition(|stray| stray.is_symlink() || self.needs(folder, stray));
        let mut removed = blocking.len();
        for stray in &blocking {
            remove(stray)?;
            done.removed += 1;
        }
        removed += strays.len();
        strays.retain(|stray| stray.symlink_metadata().is_ok());
        if !differing.is_empty() {
            self.place(staging, folder, "", done)?;
        }
        for stray in &strays {
            remove(stray)?;
            done.removed += 1;
        }
        let written = differing.len();
        Ok(Changes { written, unchanged: self.files.len() - written, removed })
    }

    /// Moves the new files into their places and counts them. A folder that is not there comes as a whole, so most of a new site
    /// is moved in a few steps. Folders go before the files beside them.
    fn place(&self, new: &Path, folder: &Path, below: &str, done: &mut Done) -> io::Result<()> {
        let mut entries = fs::read_dir(new)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_cached_key(|entry| (entry.file_type().is_ok_and(|kind| kind.is_file()), entry.file_name()));
        for entry in entries {
            let (name, target) = (entry.file_name(), folder.join(entry.file_name()));
            let path = format!("{below}{}", name.to_string_lossy());
            let is_folder = entry.file_type()?.is_dir();
            let inside = format!("{path}/");
            if is_folder && target.is_dir() {
                self.place(&entry.path(), &target, &inside, done)?;
                continue;
            }
            fs::rename(entry.path(), &target)?;
            done.placed += if is_folder { self.inside(inside).count() } else { 1 };
        }
        Ok(())
    }

    /// Files, links and empty folders of former builds. What version control keeps at the top stays.
    fn strays(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut strays = Vec::new();
        let is_left = |name: &OsStr| is_kept(name.to_str()) || name == STAGING;
        // A folder that comes after its contents can no longer be passed over, so what is left alone goes before the walk.
        let tops = WalkDir::new(folder).min_depth(1).max_depth(1).sort_by_file_name().into_iter();
        let tops = tops.filter(|top| !top.as_ref().is_ok_and(|top| is_left(top.file_name())));
        let walk = tops.flat_map(|top| {
            let top = top
                .map(|top| WalkDir::new(top.path()).follow_root_links(false).contents_first(true).sort_by_file_name());
            let (walk, failed) = top.map_or_else(|error| (None, Some(Err(error))), |walk| (Some(walk), None));
            walk.into_iter().flatten().chain(failed)
        });
        for entry in walk {
            let entry = entry?;
            let path = below(folder, entry.path());
            let wanted = if entry.file_type().is_dir() {
                self.has_inside(&path)
            } else {
                entry.file_type().is_file() && self.files.contains_key(&path)
            };
            if !wanted {
                strays.push(entry.into_path());
            }
        }
        Ok(strays)
    }

    /// Whether the site has a file or a folder at the place of something else.
    fn needs(&self, folder: &Path, path: &Path) -> bool {
        let path = below(folder, path);
        self.files.contains_key(&path) || self.has_inside(&path)
    }

    fn has_inside(&self, path: &str) -> bool {
        self.inside(format!("{path}/")).next().is_some()
    }

    /// The files below a folder, whose path ends with a slash.
    fn inside(&self, folder: String) -> impl Iterator<Item = (&String, &File)> {
        self.files.range(folder.clone()..).take_while(move |(path, _)| path.starts_with(&folder))
    }
}

fn unwritten(folder: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::file(&folder.display().to_string(), format!("cannot be written: {error}"))
        .hint("check that the folder may be written to and that the disk has room")
}

/// Writes a source file for its editor: whole, or not at all.
pub(crate) fn write_source(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    let new = path.with_file_name(name);
    let written = fs::File::create(&new).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let placed = written.and_then(|()| fs::rename(&new, path));
    if placed.is_err() {
        // Why it failed matters more than what it leaves behind, which no reader takes for content.
        let _ = fs::remove_file(&new);
    }
    placed
}

/// A path below the output folder with `/` between folders.
fn below(folder: &Path, path: &Path) -> String {
    let below = path.strip_prefix(folder).unwrap_or(path);
    below.iter().map(|name| name.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// `.gitkeep`, `.git` and `.gitignore` belong to the repository and not to the site.
fn is_kept(name: Option<&str>) -> bool {
    name.is_some_and(|name| name.starts_with(".git"))
}

/// Waits until no other build writes into the folder. The turn ends with the value, or with the process.
fn turn(folder: &Path) -> Option<fs::File> {
    let file = fs::File::open(folder).ok()?;
    // A system that cannot lock a folder has to be used by one build at a time.
    file.lock().ok()?;
    Some(file)
}

/// Empties the folder of new files and leaves it where it is.
fn clear(staging: &Path) -> io::Result<()> {
    if !staging.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
        return remove(staging);
    }
    for entry in fs::read_dir(staging)? {
        remove(&entry?.path())?;
    }
    Ok(())
}

/// Writes the new files that do not wait there already.
fn stage(staging: &Path, files: &[(&String, &File)]) -> io::Result<()> {
    fs::create_dir_all(staging)?;
    files.par_iter().try_for_each(|(path, file)| file.held().map_or(Ok(()), |bytes| put(&staging.join(path), bytes)))
}

/// Writes a file and makes its folder where that is not there.
fn put(file: &Path, bytes: &[u8]) -> io::Result<()> {
    match (fs::write(file, bytes), file.parent()) {
        (Err(_), Some(folder)) => fs::create_dir_all(folder).and_then(|()| fs::write(file, bytes)),
        (written, _) => written,
    }
}

/// Removes a file, a link or a folder; what is not there any more is removed already.
fn remove(path: &Path) -> io::Result<()> {
    let removed = match path.symlink_metadata() {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
