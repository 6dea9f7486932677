//! Watching: an edit is followed by a build as soon as the files have been still for a moment. Editors write a file in
//! several steps, so building at the first of them would show half of an edit.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

/// How long the files have to be still.
const SETTLE: Duration = Duration::from_millis(30);

/// A watch over folders.
#[derive(Debug)]
pub(super) struct Watch {
    watcher: RecommendedWatcher,
    events: Receiver<()>,
}

impl Watch {
    /// Begins to watch. Nothing is missed from here on.
    pub(super) fn start(folders: &[PathBuf]) -> Result<Self, notify::Error> {
        let (sender, events) = channel();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading a file is no edit.
            if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
                let _ = sender.send(());
            }
        })?;
        for folder in folders {
            watcher.watch(folder, RecursiveMode::Recursive)?;
        }
        Ok(Self { watcher, events })
    }

    /// Calls `changed` after each edit since the start, for as long as the watcher lives.
    pub(super) fn follow(self, changed: impl Fn() + Send + 'static) -> RecommendedWatcher {
        let Self { watcher, events } = self;
        thread::spawn(move || follow(&events, changed));
        watcher
    }
}

/// Calls `changed` once after each run of events, until the watcher is gone.
fn follow(events: &Receiver<()>, changed: impl Fn()) {
    while events.recv().is_ok() {
        loop {
            match events.recv_timeout(SETTLE) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        changed();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn a_burst_of_events_is_one_edit() {
        let (sender, receiver) = channel();
        let builds = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = Arc::clone(&builds);
        let following = thread::spawn(move || {
            follow(&receiver, || {
                counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            });
        });
        (0..20).for_each(|_| sender.send(()).expect("a receiver"));
        thread::sleep(SETTLE * 10);
        drop(sender);
        following.join().expect("the end");
        assert_eq!(builds.load(std::sync::atomic::Ordering::SeqCst), 1);
    }

    #[test]
    fn an_edit_between_the_start_and_the_first_look_is_not_missed() {
        let fixture = Fixture::empty().with("content/a.md", "one");
        let watch = Watch::start(&[fixture.root().join("content")]).expect("a watch");
        let fixture = fixture.with("content/a.md", "two");
        let (sender, builds) = channel();
        let _watcher = watch.follow(move || sender.send(()).expect("a receiver"));
        builds.recv_timeout(Duration::from_secs(10)).expect("a build");
        drop(fixture);
    }

    #[test]
    fn nothing_is_built_when_nothing_changes() {
        let (sender, receiver) = channel::<()>();
        drop(sender);
        let built = Cell::new(false);
        follow(&receiver, || built.set(true));
        assert!(!built.get());
    }
}
