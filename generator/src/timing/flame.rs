//! The picture of a build: stages above each other on one axis of time, what is inside of a stage below it, and a row for each
//! worker that rendered pages. It is a drawing without a script; each bar says what it is to whoever points at it.
//!
//! Ten thousand pages are more than a picture can show, so pages that are narrower than a line are drawn as one.

use std::time::Duration;

use maud::{Markup, html};

use super::{Job, Stage, report::time};

const WIDTH: f64 = 1000.0;
const LEFT: f64 = 84.0;
const ROW: f64 = 26.0;
const BAR: f64 = 22.0;
const AXIS: f64 = 22.0;
/// About as wide as a letter is, to know whether a word has room.
const LETTER: f64 = 6.6;
/// Narrower bars are drawn together.
const THIN: f64 = 2.0;

/// A scale from times to the width of the picture.
#[derive(Clone, Copy)]
struct Scale {
    start: Duration,
    span: f64,
}

impl Scale {
    fn x(self, at: Duration) -> f64 {
        LEFT + at.saturating_sub(self.start).as_secs_f64() / self.span * (WIDTH - LEFT)
    }
}

/// A bar with the words for it.
struct Bar {
    class: &'static str,
    begin: f64,
    end: f64,
    y: f64,
    height: f64,
    label: String,
    title: String,
}

/// Draws stages and pages.
pub(super) fn draw(stages: &[Stage], jobs: &[Job]) -> Markup {
    let start = stages.iter().map(|stage| stage.begin).min().unwrap_or_default();
    let end = stages.iter().map(|stage| stage.end).max().unwrap_or_default();
    let span = end.saturating_sub(start).as_secs_f64().max(1e-6);
    let scale = Scale { start, span };
    let levels = stages.iter().map(|stage| stage.depth + 1).max().unwrap_or(1);
    let workers = workers(jobs);
    let y = |row: usize| AXIS + ROW * small(row);
    let mut bars: Vec<Bar> = stages.iter().map(|stage| stage_bar(stage, scale, y(stage.depth))).collect();
    for (row, worker) in workers.iter().enumerate() {
        bars.extend(worker_bars(jobs.iter().filter(|job| job.worker == *worker), scale, y(levels + row)));
    }
    let height = y(levels + workers.len()) + 4.0;
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-labelledby="flame-title flame-text" {
            title id="flame-title" { "The build on an axis of time" }
            desc id="flame-text" { "Stages, what is inside of them, and the pages of each worker. The tables below have the numbers." }
            @for tick in ticks(span) {
                @let x = scale.x(start + tick);
                line class="tick" x1=(place(x)) x2=(place(x)) y1=(AXIS - 4.0) y2=(place(height)) {}
                text class="axis" x=(place(x + 3.0)) y="12" { (time(tick)) }
            }
            @for row in 0..levels {
                text class="axis" x="0" y=(place(y(row) + 15.0)) { (if row == 0 { "stages" } else { "" }) }
            }
            @for (row, worker) in workers.iter().enumerate() {
                text class="axis" x="0" y=(place(y(levels + row) + 15.0)) { "worker " (worker + 1) }
            }
            @for bar in &bars { (bar.draw()) }
        }
    }
}

impl Bar {
    fn draw(&self) -> Markup {
        let width = (self.end - self.begin).max(0.5);
        let has_room = small(self.label.chars().count()) * LETTER + 10.0 < width;
        html! {
            g class=(self.class) {
                title { (self.title) }
                rect x=(place(self.begin)) y=(place(self.y)) width=(place(width)) height=(self.height) rx="2" {}
                @if has_room {
                    text x=(place(self.begin + 5.0)) y=(place(self.y + 15.0)) { (self.label) }
                }
            }
        }
    }
}

fn stage_bar(stage: &Stage, scale: Scale, y: f64) -> Bar {
    let class = if stage.depth == 0 { "stage" } else { "inner" };
    let (begin, end) = (scale.x(stage.begin), scale.x(stage.end));
    let title = format!("{}: {}", stage.name, time(stage.time()));
    Bar { class, begin, end, y, height: BAR, label: title.clone(), title }
}

/// Workers that had a page.
pub(super) fn workers(jobs: &[Job]) -> Vec<usize> {
    let mut workers: Vec<usize> = jobs.iter().map(|job| job.worker).collect();
    workers.sort_unstable();
    workers.dedup();
    workers
}

/// The pages of a worker in the order of time: wide ones each with its template inside, narrow ones in a row as one.
fn worker_bars<'a>(jobs: impl Iterator<Item = &'a Job>, scale: Scale, y: f64) -> Vec<Bar> {
    let (mut bars, mut row): (Vec<Bar>, Option<(f64, f64, usize)>) = (Vec::new(), None);
    let crowd = |(begin, end, count): (f64, f64, usize)| {
        let title = format!("{count} {}", if count == 1 { "short page" } else { "short pages" });
        Bar { class: "crowd", begin, end, y, height: BAR, label: title.clone(), title }
    };
    for job in jobs {
        let (begin, end) = (scale.x(job.begin), scale.x(job.end));
        if end - begin < THIN {
            row = match row {
                Some((first, last, count)) if begin - last < THIN => Some((first, end, count + 1)),
                other => {
                    bars.extend(other.map(crowd));
                    Some((begin, end, 1))
                }
            };
            continue;
        }
        bars.extend(row.take().map(crowd));
        let title =
            format!("{}: {}, of it {} in {}", job.page, time(job.time()), time(job.template_time()), job.template);
        bars.push(Bar { class: "page", begin, end, y, height: BAR, label: job.page.clone(), title });
        let (begin, end) = (scale.x(job.drawn.0), scale.x(job.drawn.1));
        if job.drawn.0 >= job.begin && end - begin >= THIN {
            let title = format!("{} for {}: {}", job.template, job.page, time(job.template_time()));
            bars.push(Bar { class: "drawn", begin, end, y: y + BAR - 4.0, height: 4.0, label: String::new(), title });
        }
    }
    bars.extend(row.map(crowd));
    bars
}

/// Round times on the axis, about ten of them.
fn ticks(span: f64) -> Vec<Duration> {
    let rough = span / 10.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|step| step * power).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(power).max(1e-6);
    let times = (0..=10u32).map(|number| f64::from(number) * step);
    times.take_while(|at| *at < span * 0.97).map(Duration::from_secs_f64).collect()
}

/// A place in the picture, no finer than anybody sees.
fn place(value: f64) -> String {
    format!("{value:.1}")
}

/// Rows and letters are few.
fn small(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(worker: usize, page: &str, begin: u64, end: u64) -> Job {
        let (begin, end) = (Duration::from_millis(begin), Duration::from_millis(end));
        Job { page: page.to_owned(), template: "page.html".to_owned(), worker, begin, end, drawn: (begin, end) }
    }

    #[test]
    fn ticks_are_round_and_few() {
        for (span, step, count) in [(1.0, 100, 10), (0.03, 5, 6), (7.3, 1000, 8), (0.0, 0, 0)] {
            let ticks = ticks(span);
            assert_eq!(ticks.len(), count, "{span}: {ticks:?}");
            assert!(ticks.get(1).is_none_or(|tick| tick.as_millis() == step), "{span}: {ticks:?}");
        }
    }

    #[test]
    fn many_short_pages_are_drawn_as_one_and_a_long_one_by_itself() {
        let mut jobs: Vec<Job> = (0..10_000).map(|number| job(0, "/a/", number, number + 1)).collect();
        jobs.push(job(1, "/<long>/", 0, 10_000));
        let stage = Stage { name: "render", depth: 0, begin: Duration::ZERO, end: Duration::from_secs(10) };
        let drawn = draw(&[stage], &jobs).into_string();
        assert!(drawn.contains("<title>10000 short pages</title>"), "{drawn}");
        assert!(drawn.contains("<title>/&lt;long&gt;/: 10.00 s, of it 10.00 s in page.html</title>"), "{drawn}");
        assert!(drawn.contains("worker 2") && drawn.len() < 5_000, "{}", drawn.len());
    }
}
