//! Whether there is anything to build. A build remembers what it read, what it wrote and how long that holds; where nothing of
//! it has changed since, the next one has nothing to do.
//!
//! A file is taken for unchanged by its length, its place on the disk and the moment of its last change, which no program can
//! set (`ctime`). The system counts those moments in steps, so a build waits until the step of the last edit is over; whatever
//! changes in the same step in which it looked is not taken for known. Where there are no such moments, each build is done in full.
//!
//! What comes into a folder or leaves it changes the folder. So where each file and each folder is as it was, nobody has to
//! list them; where a folder changed, they are listed, since something may have come and gone again.

use std::{
    collections::BTreeMap,
    fs::{self, Metadata},
    io, mem,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use jiff::{Timestamp, ToSpan};
use memchr::memmem;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use crate::{
    Options, Summary,
    config::Config,
    diagnostic::Diagnostic,
    moment::day_begins,
    plan::Plan,
    policy::lock::sha256,
    source::Tree,
    trace::{self, Traces, shelf::Places},
};

/// Where stamps are, below the root; each is named by the folder that was written.
pub(crate) const FOLDER: &str = ".cache/builds";
/// What a build reads.
const INPUTS: [&str; 2] = ["content", "themes"];
/// Folders whose stamps are kept.
const STAMPS_MAX: usize = 32;
/// A step of the file system's clock is shorter than so many pauses together.
const PAUSE: Duration = Duration::from_millis(1);
const PAUSES_MAX: usize = 20;

/// Seconds and nanoseconds since 1970 by the file system's clock.
type Change = (i64, i64);

/// What tells a file from what it was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark(pub(crate) u64, u64, Change);

/// Files and folders by path; that of a folder ends with a slash.
pub(crate) type Marks = BTreeMap<String, Mark>;

/// What a build read and wrote.
#[derive(Debug, Serialize, Deserialize)]
struct Stamp {
    /// The program and what it was asked, but for the moment.
    asked: String,
    /// The moment, and the first and last second in which another one makes no difference.
    at: String,
    holds: Option<(i64, i64)>,
    inputs: Marks,
    outputs: Marks,
    pages: usize,
    warnings: Vec<Diagnostic>,
}

/// What a build is asked, and where the stamp of the answer is.
#[derive(Debug)]
struct Question<'a> {
    options: &'a Options,
    file: PathBuf,
    asked: String,
}

/// What is there before a build begins.
#[derive(Debug)]
pub(crate) struct Before<'a> {
    question: Question<'a>,
    stamp: Option<Stamp>,
    inputs: Marks,
    looked: Change,
}

/// What is found before a build.
#[derive(Debug)]
pub(crate) enum Look<'a> {
    /// It would do this, which is nothing.
    Done(Summary),
    /// Something may have changed. None where it cannot be told whether a file is the same.
    Open(Option<Before<'a>>),
}

/// Looks whether there is anything to build.
pub(crate) fn look(options: &Options) -> Look<'_> {
    let Some(question) = Question::new(options) else { return Look::Open(None) };
    let stamp = question.stamp();
    if let Some(stamp) = stamp.as_ref().filter(|stamp| stamp.is_untouched(options)) {
        return Look::Done(stamp.summary());
    }
    let before = Before::look(question, stamp);
    match before.as_ref().and_then(Before::nothing_to_do) {
        Some(summary) => Look::Done(summary),
        None => Look::Open(before),
    }
}

impl<'a> Question<'a> {
    fn new(options: &'a Options) -> Option<Self> {
        let program = program()?;
        let Options { root, out, at: _, base_url, drafts, minify, test_report, progress: _, timing: _ } = options;
        // A place that is no site is left as it is.
        if !root.join(INPUTS[0]).is_dir() {
            return None;
        }
        let out = std::path::absolute(out).ok()?;
        let report = match test_report {
            Some(file) => Some((file, mark(&fs::metadata(file).ok()?)?)),
            None => None,
        };
        let asked = format!("{program} {} {base_url:?} {drafts} {minify} {report:?}", out.display());
        let file = root.join(FOLDER).join(format!("{}.json", sha256(out.display().to_string().as_bytes())));
        Some(Self { options, file, asked })
    }

    /// Where the traces of its pages are.
    fn traces(&self) -> PathBuf {
        self.file.with_extension("pages")
    }

    /// What the last build left that was asked the same.
    fn stamp(&self) -> Option<Stamp> {
        let stamp: Stamp = serde_json::from_slice(&fs::read(&self.file).ok()?).ok()?;
        let at = self.options.at;
        let is_then = stamp.at == at.to_string()
            || stamp.holds.is_some_and(|(first, last)| (first..=last).contains(&at.as_second()));
        (is_then && stamp.asked == self.asked).then_some(stamp)
    }
}

impl Stamp {
    /// Whether every file and every folder is the one that it was.
    fn is_untouched(&self, options: &Options) -> bool {
        let is_there =
            |folder: &str| self.inputs.contains_key(&(options.root.join(folder).display().to_string() + "/"));
        let is_same = |path: &Path, mark: &Mark, found: io::Result<Metadata>| {
            let is_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
            found.is_ok_and(|found| found.is_dir() == is_folder && self::mark(&found).as_ref() == Some(mark))
        };
        let input = |(path, mark): (&String, &Mark)| is_same(path.as_ref(), mark, fs::metadata(path));
        let output = |(path, mark): (&String, &Mark)| {
            let below = options.out.join(path.strip_prefix('/').unwrap_or(path));
            is_same(path.as_ref(), mark, fs::symlink_metadata(below))
        };
        INPUTS.iter().all(|folder| is_there(folder) || options.root.join(folder).symlink_metadata().is_err())
            && self.inputs.par_iter().all(input)
            && self.outputs.par_iter().all(output)
    }

    /// What a build did that found everything as it is.
    fn summary(&self) -> Summary {
        let files = || self.outputs.iter().filter(|(path, _)| !path.ends_with('/'));
        let (files_unchanged, bytes) = (files().count(), files().map(|(_, mark)| mark.0).sum());
        let (pages, warnings) = (self.pages, self.warnings.clone());
        Summary { pages, pages_kept: pages, files_written: 0, files_unchanged, files_removed: 0, bytes, warnings }
    }
}

/// Whether the same files are there. A folder is known by what is in it.
fn same(before: &Marks, after: &Marks) -> bool {
    let is_same = |((a, x), (b, y)): ((&String, &Mark), (&String, &Mark))| a == b && (a.ends_with('/') || x == y);
    before.len() == after.len() && before.iter().zip(after).all(is_same)
}

impl<'a> Before<'a> {
    fn look(question: Question<'a>, stamp: Option<Stamp>) -> Option<Self> {
        let folders = INPUTS.map(|folder| question.options.root.join(folder));
        let look = || {
            let looked = now(&question.file)?;
            let (content, themes) = rayon::join(|| marks(&folders[0], true), || marks(&folders[1], true));
            let mut inputs = content?;
            inputs.extend(themes?);
            Some((inputs, looked))
        };
        let (mut inputs, mut looked) = look()?;
        if newest(&inputs) >= looked && passed(&question.file, newest(&inputs)) {
            (inputs, looked) = look()?;
        }
        Some(Self { question, stamp, inputs, looked })
    }

    /// What a build would do, where that is nothing.
    fn nothing_to_do(&self) -> Option<Summary> {
        let stamp = self.stamp.as_ref().filter(|stamp| same(&stamp.inputs, &self.inputs))?;
        same(&stamp.outputs, &marks(&self.question.options.out, false)?).then(|| stamp.summary())
    }

    /// What is known of the pages of the last build.
    pub(crate) fn traces(&self) -> Traces {
        Traces::read(&self.question.traces(), &self.question.options.out)
    }

    /// Remembers a build that went well. Where that fails, the next build is done in full.
    /// `holds` is the [`day`] of it.
    pub(crate) fn remember(self, plan: &mut Plan, holds: Option<(i64, i64)>, summary: &Summary) {
        let _ = self.write(plan, holds, summary);
    }

    fn write(self, plan: &mut Plan, holds: Option<(i64, i64)>, summary: &Summary) -> Option<()> {
        let kept = self.question.traces();
        let Question { options, file, asked } = self.question;
        let outputs = marks(&options.out, false)?;
        // Whatever is written from now on has to have another moment.
        if !passed(&file, newest(&outputs)) {
            return None;
        }
        fs::create_dir_all(file.parent()?).ok()?;
        let fresh = mem::take(&mut plan.made.fresh);
        let places = Places::of(&plan.output, &fresh);
        let traces = trace::all(fresh, (&plan.output, &plan.made.album, &plan.made.engine), &outputs);
        trace::shelf::write(&kept, &places, traces).ok()?;
        if newest(&self.inputs) >= self.looked {
            return None;
        }
        let stamp = Stamp {
            asked,
            at: options.at.to_string(),
            holds,
            inputs: self.inputs,
            outputs,
            pages: summary.pages,
            warnings: summary.warnings.clone(),
        };
        let new = file.with_extension("new");
        let mut text = io::BufWriter::new(fs::File::create(&new).ok()?);
        serde_json::to_writer(&mut text, &stamp).ok()?;
        text.into_inner().ok()?;
        fs::rename(&new, &file).ok()?;
        forget(file.parent()?)
    }
}

/// Removes the stamps of folders that nobody has built into for long.
fn forget(folder: &Path) -> Option<()> {
    let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok);
    let age = |entry: &fs::DirEntry| entry.metadata().and_then(|meta| meta.modified()).ok();
    let mut stamps: Vec<_> = entries.filter_map(|entry| Some((age(&entry)?, entry.path()))).collect();
    stamps.sort();
    let old = stamps.len().saturating_sub(STAMPS_MAX);
    // One that stays is only not used.
    stamps.drain(..old).for_each(|(_, stamp)| drop(fs::remove_file(stamp)));
    Some(())
}

/// What tells this program from another one.
pub(crate) fn program() -> Option<String> {
    let mark = mark(&fs::metadata(std::env::current_exe().ok()?).ok()?)?;
    Some(format!("{mark:?}"))
}

/// Waits until a moment of the file system's clock is over, and says whether it is.
fn passed(stamp: &Path, moment: Change) -> bool {
    (0..PAUSES_MAX).any(|pause| {
        thread::sleep(if pause == 0 { Duration::ZERO } else { PAUSE });
        now(stamp).is_some_and(|now| moment < now)
    })
}

/// The last change of any of them.
fn newest(marks: &Marks) -> Change {
    marks.values().map(|mark| mark.2).max().unwrap_or_default()
}

/// The moment by the clock of the file system in which a stamp is. A build that fails leaves nothing behind, so what was made
/// to ask for it goes again.
fn now(stamp: &Path) -> Option<Change> {
    let folder = stamp.parent()?;
    fs::create_dir_all(folder).ok()?;
    let probe = stamp.with_extension("now");
    let written = fs::write(&probe, ".").and_then(|()| fs::metadata(&probe));
    let _ = fs::remove_file(&probe);
    // A folder that has something in it stays.
    let _ = fs::remove_dir(folder).and_then(|()| fs::remove_dir(folder.parent().unwrap_or(folder)));
    Some(mark(&written.ok()?)?.2)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
pub(crate) fn mark(file: &Metadata) -> Option<Mark> {
    use std::os::unix::fs::MetadataExt;
    Some(Mark(file.len(), file.ino(), (file.ctime(), file.ctime_nsec())))
}

#[cfg(not(unix))]
pub(crate) fn mark(_: &Metadata) -> Option<Mark> {
    None
}

/// A folder and everything below it. Nothing where it is not there, and `None` where something cannot be looked at.
fn marks(folder: &Path, follows_links: bool) -> Option<Marks> {
    if folder.symlink_metadata().is_err() {
        return Some(Marks::new());
    }
    let marks = |walk: WalkDir| {
        let mut marks = Marks::new();
        for entry in walk.follow_links(follows_links) {
            let entry = entry.ok()?;
            let path = if follows_links { entry.path() } else { entry.path().strip_prefix(folder).ok()? };
            let slash = if entry.file_type().is_dir() { "/" } else { "" };
            marks.insert(path.to_str()?.to_owned() + slash, mark(&entry.metadata().ok()?)?);
        }
        Some(marks)
    };
    let inside = fs::read_dir(folder).ok()?.collect::<Result<Vec<_>, _>>().ok()?;
    let inside = inside.into_par_iter().map(|entry| marks(WalkDir::new(entry.path()).follow_root_links(false)));
    let mut all = marks(WalkDir::new(folder).max_depth(0))?;
    for marks in inside.collect::<Option<Vec<_>>>()? {
        all.extend(marks);
    }
    Some(all)
}

/// The first and last second of the day of a moment, in which nothing that depends on time changes: whatever an editor dates
/// without a time begins with a day. `None` where something has a time on it.
pub(crate) fn day(content: &Tree, config: &Config, at: Timestamp) -> Option<(i64, i64)> {
    let zone = &config.time_zone;
    let today = at.to_zoned(zone.clone()).date();
    // A time may be written by any clock on earth, with which it is a day more or less.
    let days = [today.checked_sub(1.day()).ok()?, today, today.checked_add(1.day()).ok()?];
    let written: Vec<String> =
        days.iter().flat_map(|day| [day.to_string(), day.strftime("%Y%m%d").to_string()]).collect();
    let finders: Vec<_> = written.iter().map(memmem::Finder::new).collect();
    let has_time = |text: &[u8]| {
        let mut ends =
            finders.iter().flat_map(|finder| finder.find_iter(text).map(|start| start + finder.needle().len()));
        ends.any(|end| matches!(text.get(end), Some(b'T' | b't' | b' ')))
    };
    if content.iter().any(|(_, text)| has_time(dated(text))) {
        return None;
    }
    Some((day_begins(today, zone).as_second(), day_begins(days[2], zone).as_second() - 1))
}

/// The part of a file in which a date says when something holds: of a page that is its front matter.
fn dated(text: &[u8]) -> &[u8] {
    let end = if text.starts_with(b"---") { memmem::find(text, b"\n---") } else { None };
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests;
