//! How long each part of a build takes. A build only says where it is; the clock comes from outside, as whoever asks has it, and
//! where nobody asks nothing is looked at.
//!
//! Stages go one after the other and may have others inside. Pages are rendered side by side, so each of them is kept with
//! the worker that had it, and only where somebody wants to see them all.

mod flame;
mod report;

use std::{
    cell::Cell,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

pub use report::{About, bytes, time};

/// Who is told where a build is; nobody by default.
#[derive(Clone, Default)]
pub struct Timing(Option<Arc<Record>>);

/// For whoever does not want to know.
pub(crate) static SILENT: Timing = Timing(None);

struct Record {
    /// The time since some moment in the past.
    clock: fn() -> Duration,
    has_jobs: bool,
    stages: Mutex<Stages>,
    jobs: Mutex<Vec<Job>>,
    done: AtomicUsize,
    total: AtomicUsize,
}

#[derive(Debug, Default)]
struct Stages {
    open: Vec<&'static str>,
    past: Vec<Stage>,
}

/// A part of a build that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What it did.
    pub name: &'static str,
    /// How many stages it is inside of.
    pub depth: usize,
    /// When it began, by the clock that was given.
    pub begin: Duration,
    /// When it ended.
    pub end: Duration,
}

impl Stage {
    /// How long it took.
    pub fn time(&self) -> Duration {
        self.end.saturating_sub(self.begin)
    }
}

/// A page that was rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    page: String,
    template: String,
    /// The worker, counted from 0.
    worker: usize,
    begin: Duration,
    end: Duration,
    /// When its template was at work.
    drawn: (Duration, Duration),
}

impl Job {
    fn time(&self) -> Duration {
        self.end.saturating_sub(self.begin)
    }

    fn template_time(&self) -> Duration {
        self.drawn.1.saturating_sub(self.drawn.0)
    }
}

/// Where a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The stage.
    pub stage: &'static str,
    /// How much of it is done, and of how much; both 0 where it is not counted.
    pub done: usize,
    /// See `done`.
    pub total: usize,
}

impl Timing {
    /// Keeps how long stages take by a clock, which counts from any moment.
    pub fn new(clock: fn() -> Duration) -> Self {
        Self::with(clock, false)
    }

    /// Keeps every page as well.
    pub fn detailed(clock: fn() -> Duration) -> Self {
        Self::with(clock, true)
    }

    fn with(clock: fn() -> Duration, has_jobs: bool) -> Self {
        Self(Some(Arc::new(Record {
            clock,
            has_jobs,
            stages: Mutex::default(),
            jobs: Mutex::default(),
            done: AtomicUsize::new(0),
            total: AtomicUsize::new(0),
        })))
    }

    /// The stages that are over, in the order in which they began.
    pub fn stages(&self) -> Vec<Stage> {
        let mut stages = self.0.as_ref().map(|record| record.stages().past.clone()).unwrap_or_default();
        stages.sort_by_key(|stage| (stage.begin, stage.depth));
        stages
    }

    /// Where the build is now.
    pub fn place(&self) -> Option<Place> {
        let record = self.0.as_ref()?;
        let stage = *record.stages().open.first()?;
        let (done, total) = (record.done.load(Ordering::Relaxed), record.total.load(Ordering::Relaxed));
        Some(Place { stage, done: done.min(total), total })
    }

    /// Pages by the worker that had them and when.
    fn jobs(&self) -> Vec<Job> {
        let mut jobs = self.0.as_ref().map(|record| lock(&record.jobs).clone()).unwrap_or_default();
        jobs.sort_by(|one, other| (one.worker, one.begin, &one.page).cmp(&(other.worker, other.begin, &other.page)));
        jobs
    }

    /// Begins a stage that ends with the next one.
    pub(crate) fn lap(&self, name: &'static str) -> Lap<'_> {
        Lap { timing: self, open: self.open(name) }
    }

    /// A stage that lasts as long as this takes.
    pub(crate) fn of<T>(&self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let _open = self.open(name);
        work()
    }

    /// The stage has so many steps from here on.
    pub(crate) fn expect(&self, total: usize) {
        if let Some(record) = &self.0 {
            record.done.store(0, Ordering::Relaxed);
            record.total.store(total, Ordering::Relaxed);
        }
    }

    /// One of them is done.
    pub(crate) fn step(&self) {
        if let Some(record) = &self.0 {
            record.done.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// One of them, which is a page.
    pub(crate) fn page<T>(&self, page: &str, template: &str, work: impl FnOnce(&Template<'_>) -> T) -> T {
        let record = self.0.as_deref().filter(|record| record.has_jobs);
        let watch = Template { record, drawn: Cell::default() };
        let begin = record.map(Record::now);
        let made = work(&watch);
        if let (Some(record), Some(begin)) = (record, begin) {
            let (page, template, drawn, end) = (page.to_owned(), template.to_owned(), watch.drawn.get(), record.now());
            let worker = rayon::current_thread_index().unwrap_or_default();
            lock(&record.jobs).push(Job { page, template, worker, begin, end, drawn });
        }
        self.step();
        made
    }

    fn open(&self, name: &'static str) -> Option<Open<'_>> {
        let record = self.0.as_deref()?;
        let mut stages = record.stages();
        let depth = stages.open.len();
        stages.open.push(name);
        if depth == 0 {
            self.expect(0);
        }
        Some(Open { record, name, depth, begin: record.now() })
    }
}

impl fmt::Debug for Timing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Timing").field("is_on", &self.0.is_some()).finish_non_exhaustive()
    }
}

impl Record {
    fn now(&self) -> Duration {
        (self.clock)()
    }

    fn stages(&self) -> MutexGuard<'_, Stages> {
        lock(&self.stages)
    }
}

/// Whoever panicked elsewhere left whole values behind.
fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Stages in a row.
pub(crate) struct Lap<'a> {
    timing: &'a Timing,
    open: Option<Open<'a>>,
}

impl Lap<'_> {
    /// Ends the stage and begins another one.
    pub(crate) fn next(&mut self, name: &'static str) {
        drop(self.open.take());
        self.open = self.timing.open(name);
    }
}

/// A stage that is not over.
struct Open<'a> {
    record: &'a Record,
    name: &'static str,
    depth: usize,
    begin: Duration,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let Self { record, name, depth, begin } = *self;
        let end = record.now();
        let mut stages = record.stages();
        stages.open.truncate(depth);
        stages.past.push(Stage { name, depth, begin, end });
    }
}

/// A page that is being rendered, until its template has been at work.
pub(crate) struct Template<'a> {
    record: Option<&'a Record>,
    drawn: Cell<(Duration, Duration)>,
}

impl Template<'_> {
    /// What the template does.
    pub(crate) fn draws<T>(&self, work: impl FnOnce() -> T) -> T {
        let Some(record) = self.record else { return work() };
        let begin = record.now();
        let made = work();
        self.drawn.set((begin, record.now()));
        made
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{Options, fixture::Fixture};

    /// A clock that goes on by a millisecond whenever somebody looks.
    pub(crate) fn clock() -> Duration {
        static LOOKS: AtomicUsize = AtomicUsize::new(0);
        Duration::from_millis(LOOKS.fetch_add(1, Ordering::Relaxed) as u64)
    }

    #[test]
    fn stages_go_one_after_the_other_and_have_others_inside() {
        let timing = Timing::new(clock);
        let mut lap = timing.lap("plan");
        timing.of("theme", || timing.of("style", || ()));
        lap.next("render");
        assert_eq!(timing.place(), Some(Place { stage: "render", done: 0, total: 0 }));
        timing.expect(2);
        timing.page("/a/", "page.html", |template| template.draws(|| ()));
        assert_eq!(timing.place(), Some(Place { stage: "render", done: 1, total: 2 }));
        drop(lap);
        assert_eq!(timing.place(), None);
        let stages = timing.stages();
        let names: Vec<_> = stages.iter().map(|stage| (stage.name, stage.depth)).collect();
        assert_eq!(names, [("plan", 0), ("theme", 1), ("style", 2), ("render", 0)]);
        assert!(stages.iter().all(|stage| stage.begin < stage.end));
        assert!(stages[0].end <= stages[3].begin && stages[0].begin < stages[1].begin && stages[1].end < stages[0].end);
        assert!(timing.jobs().is_empty(), "nobody asked for pages");
    }

    #[test]
    fn where_nobody_asks_nothing_is_kept() {
        let _lap = SILENT.lap("plan");
        assert_eq!(SILENT.page("/a/", "page.html", |template| template.draws(|| 1)), 1);
        assert_eq!((SILENT.stages(), SILENT.place(), SILENT.jobs()), (vec![], None, vec![]));
    }

    #[test]
    fn a_build_tells_its_stages_and_pages_and_builds_the_same_site() {
        let (plain, watched) = (Fixture::site(), Fixture::site());
        let timing = Timing::detailed(clock);
        let summary = crate::build(&Options { timing: timing.clone(), ..watched.options() }).expect("the site builds");
        plain.build().expect("the site builds");
        assert_eq!(plain.outputs(), watched.outputs());
        let stages = timing.stages();
        let names: Vec<&str> = stages.iter().filter(|stage| stage.depth == 0).map(|stage| stage.name).collect();
        assert_eq!(names, ["look", "read", "recall", "plan", "render", "pictures", "proof", "write", "remember"]);
        let jobs = timing.jobs();
        assert!(jobs.len() >= summary.pages, "{jobs:?}");
        assert!(jobs.iter().all(|job| job.begin < job.drawn.0 && job.drawn.0 < job.drawn.1 && job.drawn.1 < job.end));
        let bytes: u64 = watched.outputs().values().map(|bytes| bytes.len() as u64).sum();
        assert_eq!(summary.bytes, bytes);
        let again = crate::build(&watched.options()).expect("the site builds");
        assert_eq!((again.files_written, again.bytes), (0, bytes));
    }

    #[test]
    fn a_build_that_fails_ends_its_stages() {
        let fixture = Fixture::site().with("content/a.md", "---\ntitle: A\n---\n[b](/b/)\n");
        let timing = Timing::new(clock);
        crate::build(&Options { timing: timing.clone(), ..fixture.options() }).expect_err("a dead link");
        assert_eq!(timing.place(), None);
        let last = timing.stages().into_iter().rfind(|stage| stage.depth == 0);
        assert_eq!(last.map(|stage| stage.name), Some("proof"));
    }
}
