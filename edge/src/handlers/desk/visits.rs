//! The room of visits: how many there were on each day of the last month, of which pages, coming from where. They are numbers
//! about nobody, and only of visitors who allowed to be counted.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::Visit;
use crate::domain::time::Seconds;
use crate::domain::visit::Count;
use crate::failure::Failure;
use crate::handlers::visit;
use crate::http::Response;
use crate::ports::Ports;

/// Days that are shown.
const DAYS: u32 = 30;
/// Rows of a list.
const ROWS_MAX: usize = 20;
/// Size of the plot in its own units.
const HEIGHT: u32 = 120;
const BAR: u32 = 20;

/// `GET /desk/visits`
pub(super) async fn show<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let now = visit.app.now();
    let days: Vec<String> = (0..DAYS).rev().map(|ago| now.before(Seconds::days(ago)).day()).collect();
    let first = days.first().cloned().unwrap_or_default();
    let mut counts = visit::of_month(visit.app, &now.day()).await?;
    if first.get(..7) != now.day().get(..7) {
        counts.extend(visit::of_month(visit.app, &first).await?);
    }
    counts.retain(|count| count.day >= first);
    let of_day = sums(&counts, |count| &count.day);
    let per_day: Vec<(&String, u32)> = days.iter().map(|day| (day, of_day.get(day).copied().unwrap_or(0))).collect();
    let total: u32 = per_day.iter().map(|(_, visits)| visits).sum();
    let main = html! {
        h1 class="desk-title" { "Visits" }
        p class="muted" { (total) " in the last " (DAYS) " days, of visitors who allowed to be counted. Days are those of UTC." }
        section class="card" { (plot(&per_day)) }
        (list("Pages", &sums(&counts, |count| &count.path), "none"))
        (list("Where they came from", &sums(&counts, |count| &count.from), "nowhere, or here"))
        details {
            summary { "The days as numbers" }
            div class="table-scroll" tabindex="0" role="region" aria-label="Visits by day" {
                table class="desk-table" {
                    thead { tr { th scope="col" { "Day" } th scope="col" { "Visits" } } }
                    tbody { @for (day, visits) in &per_day { tr { td { (day) } td { (visits) } } } }
                }
            }
        }
    };
    Ok(visit.page(200, "Visits", main).await)
}

fn sums<'count>(counts: &'count [Count], by: impl Fn(&'count Count) -> &'count String) -> BTreeMap<String, u32> {
    let mut sums: BTreeMap<String, u32> = BTreeMap::new();
    for count in counts {
        let sum = sums.entry(by(count).clone()).or_default();
        *sum = sum.saturating_add(count.visits);
    }
    sums
}

/// Bars, one a day. The numbers stand below for whoever does not see them.
fn plot(days: &[(&String, u32)]) -> Markup {
    let most = days.iter().map(|(_, visits)| *visits).max().unwrap_or(0).max(1);
    let height = |visits: u32| u64::from(visits) * u64::from(HEIGHT) / u64::from(most);
    let width = u32::try_from(days.len()).unwrap_or(DAYS) * BAR;
    let ends = (days.first().map_or("", |(day, _)| day.as_str()), days.last().map_or("", |(day, _)| day.as_str()));
    html! {
        svg class="plot" viewBox={ "0 0 " (width) " " (HEIGHT + 4) } role="img" aria-label={ "Visits by day, at most " (most) } {
            @for (at, (day, visits)) in (0_u32..).zip(days) {
                rect x=(at * BAR + 2) y=(u64::from(HEIGHT) - height(*visits) + 2) width=(BAR - 4) height=(height(*visits).max(1)) {
                    title { (day) ": " (visits) }
                }
            }
        }
        p class="plot-ends muted" { span { (ends.0) } span { "at most " (most) " a day" } span { (ends.1) } }
    }
}

fn list(title: &str, sums: &BTreeMap<String, u32>, unnamed: &str) -> Markup {
    let mut rows: Vec<(&String, &u32)> = sums.iter().collect();
    rows.sort_by(|(name, visits), (other_name, other)| other.cmp(visits).then(name.cmp(other_name)));
    html! {
        section class="card" {
            h2 { (title) }
            @if rows.is_empty() { p { "None yet." } }
            ol class="counts" {
                @for (name, visits) in rows.iter().take(ROWS_MAX) {
                    li { span { @if name.is_empty() { (unnamed) } @else { (name) } } " " strong { (visits) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_is_as_high_as_the_plot_and_a_day_without_visits_is_a_line() {
        let (one, other) = ("2027-03-01".to_owned(), "2027-03-02".to_owned());
        let plot = plot(&[(&one, 0), (&other, 7)]).into_string();
        assert!(
            plot.contains("y=\"122\" width=\"16\" height=\"1\"")
                && plot.contains("y=\"2\" width=\"16\" height=\"120\""),
            "{plot}"
        );
    }
}
