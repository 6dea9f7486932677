//! Watching: an edit is followed by a build as soon as the files have been still for a moment. Editors write a file in
//! several steps, so building at the first of them would show half of an edit; the system tells when the last one is done.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::source;

/// How long the files have to be still.
const SETTLE: Duration = Duration::from_millis(30);

/// The same once a file was closed or came to its place, which ends an edit of it.
const SETTLE_WHOLE: Duration = Duration::from_millis(3);

/// What is known of what was edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edit {
    /// The server starts.
    Start,
    /// These files and folders changed, and nothing else did.
    Files(Vec<PathBuf>),
    /// The system lost track.
    Unknown,
}

impl Edit {
    /// Whether style sheets changed and nothing else.
    pub(super) fn is_of_styles(&self) -> bool {
        let Self::Files(files) = self else { return false };
        let is_css = |file: &Path| source::has_extension(&file.to_string_lossy(), "css");
        // Folders change with what is in them, and editors remove what they made beside a file.
        files.iter().any(|file| is_css(file)) && files.iter().all(|file| is_css(file) || !file.is_file())
    }
}

/// One step of an edit.
#[derive(Debug)]
struct Step {
    /// None where the system lost track.
    paths: Option<Vec<PathBuf>>,
    is_last: bool,
}

impl Step {
    /// None for what is no edit: to read a file is none.
    fn of(event: notify::Result<notify::Event>) -> Option<Self> {
        let Ok(event) = event else { return Some(Self { paths: None, is_last: false }) };
        let is_closed = event.kind == EventKind::Access(AccessKind::Close(AccessMode::Write));
        if matches!(event.kind, EventKind::Access(_)) && !is_closed {
            return None;
        }
        let is_last = is_closed || matches!(event.kind, EventKind::Modify(ModifyKind::Name(_)) | EventKind::Remove(_));
        let paths = if event.need_rescan() { None } else { Some(event.paths) };
        Some(Self { paths, is_last })
    }
}

/// A watch over folders.
#[derive(Debug)]
pub(super) struct Watch {
    watcher: RecommendedWatcher,
    steps: Receiver<Step>,
}

impl Watch {
    /// Begins to watch. Nothing is missed from here on.
    pub(super) fn start(folders: &[PathBuf]) -> Result<Self, notify::Error> {
        let (sender, steps) = channel();
        let mut watcher = notify::recommended_watcher(move |event| {
            if let Some(step) = Step::of(event) {
                let _ = sender.send(step);
            }
        })?;
        for folder in folders {
            watcher.watch(folder, RecursiveMode::Recursive)?;
        }
        Ok(Self { watcher, steps })
    }

    /// Calls `changed` after each edit since the start, for as long as the watcher lives.
    pub(super) fn follow(self, changed: impl FnMut(&Edit) + Send + 'static) -> RecommendedWatcher {
        let Self { watcher, steps } = self;
        thread::spawn(move || follow(&steps, changed));
        watcher
    }

    /// The same, but for a call before the first edit.
    pub(super) fn catch_up(self, mut changed: impl FnMut(&Edit) + Send + 'static) -> RecommendedWatcher {
        let Self { watcher, steps } = self;
        thread::spawn(move || {
            changed(&Edit::Unknown);
            follow(&steps, changed);
        });
        watcher
    }
}

/// Calls `changed` once after each run of steps, until the watcher is gone.
fn follow(steps: &Receiver<Step>, mut changed: impl FnMut(&Edit)) {
    while let Ok(first) = steps.recv() {
        let (mut paths, mut is_known) = (BTreeSet::new(), true);
        let mut next = Some(first);
        while let Some(Step { paths: more, is_last }) = next {
            is_known &= more.is_some();
            paths.extend(more.unwrap_or_default());
            next = match steps.recv_timeout(if is_last { SETTLE_WHOLE } else { SETTLE }) {
                Ok(step) => Some(step),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
        }
        changed(&if is_known { Edit::Files(paths.into_iter().collect()) } else { Edit::Unknown });
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn a_burst_of_events_is_one_edit() {
        let (sender, receiver) = channel();
        let (told, edits) = channel();
        let following = thread::spawn(move || follow(&receiver, |edit| told.send(edit.clone()).expect("a receiver")));
        for number in 0..20 {
            let paths = Some(vec![PathBuf::from(["b", "a"][number % 2])]);
            sender.send(Step { paths, is_last: false }).expect("a receiver");
        }
        thread::sleep(SETTLE * 10);
        sender.send(Step { paths: None, is_last: true }).expect("a receiver");
        thread::sleep(SETTLE * 10);
        drop(sender);
        following.join().expect("the end");
        let both = Edit::Files(vec![PathBuf::from("a"), PathBuf::from("b")]);
        assert_eq!(edits.iter().collect::<Vec<_>>(), [both, Edit::Unknown]);
    }

    #[test]
    fn an_edit_between_the_start_and_the_first_look_is_not_missed() {
        let fixture = Fixture::empty().with("content/a.md", "one");
        let watch = Watch::start(&[fixture.root().join("content")]).expect("a watch");
        let fixture = fixture.with("content/a.md", "two");
        let (sender, builds) = channel();
        let _watcher = watch.follow(move |edit| sender.send(edit.clone()).expect("a receiver"));
        let edit = builds.recv_timeout(Duration::from_secs(10)).expect("a build");
        assert_eq!(edit, Edit::Files(vec![fixture.root().join("content/a.md")]));
        drop(fixture);
    }

    #[test]
    fn nothing_is_built_when_nothing_changes() {
        let (sender, receiver) = channel::<Step>();
        drop(sender);
        let built = Cell::new(false);
        follow(&receiver, |_| built.set(true));
        assert!(!built.get());
    }
}
