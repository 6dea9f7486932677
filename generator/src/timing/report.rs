//! The page of `site build --timings`: a picture, and below it the same in tables. It is one file that asks for nothing, so it
//! can be sent around, and a program that cannot draw can read it.

use std::{collections::BTreeMap, time::Duration};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Job, Stage, Timing, flame};

/// As many pages as are listed.
const SLOWEST: usize = 20;

/// The page asks for nothing, and what is in it cannot make it ask.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

const STYLE: &str = "
:root { color-scheme: light dark; --paper: light-dark(#fcfbf8, #121614); --ink: light-dark(#1b211f, #ebefed);
  --muted: light-dark(#565f5b, #a5afaa); --line: light-dark(#e2ded4, #2d3531); --accent: light-dark(#0c6b57, #63d2b3);
  --stage: light-dark(#bfe0d5, #1f4b3f); --inner: light-dark(#dbe8f5, #24384d); --page: light-dark(#f3e3c3, #4a3a1c);
  --crowd: light-dark(#ebe7dd, #2a322e); }
body { margin: 0 auto; padding: 2rem clamp(1rem, 4vw, 3rem); max-width: 76rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 0.5rem; }
h2 { font-size: 1.125rem; margin: 2.5rem 0 0.5rem; }
p { margin: 0 0 1rem; color: var(--muted); }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.flame { min-width: 46rem; display: block; }
.flame text { font: 11px system-ui, sans-serif; fill: var(--ink); }
.flame .axis { fill: var(--muted); }
.tick { stroke: var(--line); }
.stage rect { fill: var(--stage); } .inner rect { fill: var(--inner); } .page rect { fill: var(--page); }
.crowd rect { fill: var(--crowd); } .drawn rect { fill: var(--accent); }
.flame g:hover rect { stroke: var(--ink); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: start; padding: 0.25rem 1rem 0.25rem 0; border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--muted); }
.number { text-align: end; white-space: nowrap; }
.share { width: 22%; padding-inline-end: 0; }
.share svg { display: block; width: 100%; height: 0.625rem; }
.share rect { fill: var(--accent); }
";

/// What the page says besides times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// What was built, in one line.
    pub line: String,
    /// Most memory that was used at once, in bytes, where the system says so.
    pub memory: Option<u64>,
}

/// A time as people read it.
pub fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds >= 1.0 { format!("{seconds:.2} s") } else { format!("{:.1} ms", seconds * 1000.0) }
}

/// Bytes as people read them.
pub fn bytes(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", tenths(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

impl Timing {
    /// From the beginning of the first stage to the end of the last.
    pub fn total(&self) -> Duration {
        let stages = self.stages();
        let begin = stages.iter().map(|stage| stage.begin).min().unwrap_or_default();
        stages.iter().map(|stage| stage.end).max().unwrap_or_default().saturating_sub(begin)
    }

    /// All that is known, as a page.
    pub fn page_of_all(&self, about: &About) -> String {
        let (stages, jobs) = (self.stages(), self.jobs());
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { "How long the build took" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    main {
                        h1 { "The build took " (time(self.total())) }
                        p { (about.line) @if let Some(memory) = about.memory { " At most " (bytes(memory)) " of memory." } }
                        div class="scroll" tabindex="0" role="region" aria-label="Picture of the build" {
                            div class="flame" { (flame::draw(&stages, &jobs)) }
                        }
                        (stage_table(&stages, self.total()))
                        @if !jobs.is_empty() {
                            (worker_table(&jobs))
                            (page_table(&jobs))
                            (template_table(&jobs))
                        }
                    }
                }
            }
        };
        page.into_string()
    }
}

/// A part of a whole as a bar, which says nothing that the number beside it does not.
fn share(part: Duration, whole: Duration) -> Markup {
    let percent = if whole.is_zero() { 0.0 } else { part.as_secs_f64() / whole.as_secs_f64() * 100.0 };
    html! {
        td class="share" {
            svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
                rect width=(format!("{percent:.1}")) height="10" {}
            }
        }
    }
}

fn table(title: &str, text: &str, columns: &[&str], rows: &Markup) -> Markup {
    html! {
        section {
            h2 { (title) }
            @if !text.is_empty() { p { (text) } }
            div class="scroll" tabindex="0" role="region" aria-label=(title) {
                table {
                    thead { tr {
                        // All are numbers but the name in front and the bar behind them.
                        @for (at, column) in columns.iter().enumerate() {
                            @let is_number = at > 0 && at + 1 < columns.len();
                            th scope="col" class=[is_number.then_some("number")] { (column) }
                        }
                    } }
                    tbody { (rows) }
                }
            }
        }
    }
}

fn stage_table(stages: &[Stage], total: Duration) -> Markup {
    let rows = html! {
        @for stage in stages {
            tr {
                th scope="row" { @for _ in 0..stage.depth { "— " } (stage.name) }
                td class="number" { (time(stage.time())) }
                (share(stage.time(), total))
            }
        }
    };
    table("Stages", "What is inside of a stage has a dash in front.", &["stage", "time", "share"], &rows)
}

fn worker_table(jobs: &[Job]) -> Markup {
    let workers: Vec<(usize, usize, Duration)> = flame::workers(jobs)
        .into_iter()
        .map(|worker| {
            let own = || jobs.iter().filter(move |job| job.worker == worker);
            (worker, own().count(), own().map(Job::time).sum())
        })
        .collect();
    let most = workers.iter().map(|(_, _, busy)| *busy).max().unwrap_or_default();
    let rows = html! {
        @for (worker, pages, busy) in workers {
            tr {
                th scope="row" { "worker " (worker + 1) }
                td class="number" { (pages) }
                td class="number" { (time(busy)) }
                (share(busy, most))
            }
        }
    };
    table("Workers", "Pages are rendered side by side.", &["worker", "pages", "time", "share"], &rows)
}

fn page_table(jobs: &[Job]) -> Markup {
    let mut slowest: Vec<&Job> = jobs.iter().collect();
    slowest.sort_by(|one, other| other.time().cmp(&one.time()).then_with(|| one.page.cmp(&other.page)));
    slowest.truncate(SLOWEST);
    let most = slowest.first().map(|job| job.time()).unwrap_or_default();
    let rows = html! {
        @for job in &slowest {
            tr {
                th scope="row" { (job.page) }
                td class="number" { (time(job.time())) }
                td class="number" { (time(job.template_time())) }
                (share(job.time(), most))
            }
        }
    };
    let text = "Text, components, template and minifier; the second number is the template's.";
    table("Slowest pages", text, &["page", "time", "template", "share"], &rows)
}

fn template_table(jobs: &[Job]) -> Markup {
    let mut templates = BTreeMap::<&str, (u32, Duration, Duration)>::new();
    for job in jobs {
        let (count, sum, longest) = templates.entry(&job.template).or_default();
        *count += 1;
        *sum += job.template_time();
        *longest = job.template_time().max(*longest);
    }
    let mut slowest: Vec<_> = templates.into_iter().collect();
    slowest.sort_by(|(one, (_, sum, _)), (other, (_, more, _))| more.cmp(sum).then_with(|| one.cmp(other)));
    let most = slowest.first().map(|(_, (_, sum, _))| *sum).unwrap_or_default();
    let rows = html! {
        @for (name, (count, sum, longest)) in slowest {
            tr {
                th scope="row" { (name) }
                td class="number" { (count) }
                td class="number" { (time(sum)) }
                td class="number" { (time(sum / count.max(1))) }
                td class="number" { (time(longest)) }
                (share(sum, most))
            }
        }
    };
    table(
        "Templates",
        "Without the text of the pages.",
        &["template", "pages", "time", "mean", "longest", "share"],
        &rows,
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::clock;
    use super::*;
    use crate::{Options, fixture::Fixture};

    #[test]
    fn numbers_are_short() {
        let shown = [0u64, 999, 1_250, 4_200_000, 3_000_000_000].map(bytes);
        assert_eq!(shown, ["0 bytes", "999 bytes", "1.2 kB", "4.2 MB", "3.0 GB"]);
        assert_eq!([10, 1_500, 60_000].map(|ms| time(Duration::from_millis(ms))), ["10.0 ms", "1.50 s", "60.00 s"]);
    }

    #[test]
    fn the_page_has_a_picture_and_the_same_in_tables_and_asks_for_nothing() {
        let (fixture, timing) = (Fixture::site(), Timing::detailed(clock));
        crate::build(&Options { timing: timing.clone(), ..fixture.options() }).expect("the site builds");
        let page = timing.page_of_all(&About { line: "11 pages.".to_owned(), memory: Some(32_000_000) });
        for part in ["<svg viewBox", "Slowest pages", "Templates", "worker ", "/docs/install/", "page.html", "32.0 MB"]
        {
            assert!(page.contains(part), "{part}");
        }
        for stage in timing.stages() {
            let shown = format!("<title>{}: {}</title>", stage.name, time(stage.time()));
            assert!(page.contains(&shown), "the picture has {shown}");
            let cell = format!("{}</th><td class=\"number\">{}</td>", stage.name, time(stage.time()));
            assert!(page.contains(&cell), "the table has {cell}");
        }
        for absent in ["<script", "href=", "src=", "url(", " style=", "@import"] {
            assert!(!page.contains(absent), "{absent}");
        }
    }

    #[test]
    fn at_most_twenty_pages_are_listed_the_slowest_first() {
        let job = |number: u64| Job {
            page: format!("/p{number}/"),
            template: "page.html".to_owned(),
            worker: 0,
            begin: Duration::ZERO,
            end: Duration::from_millis(number % 7 * 100 + number),
            drawn: (Duration::ZERO, Duration::ZERO),
        };
        let listed = page_table(&(0..30).map(job).collect::<Vec<_>>()).into_string();
        let rows: Vec<&str> =
            listed.split("<th scope=\"row\">").skip(1).map(|row| row.split('<').next().unwrap_or("")).collect();
        assert_eq!((rows.len(), &rows[..3]), (SLOWEST, &["/p27/", "/p20/", "/p13/"][..]));
    }
}
