//! Pages ahead of time: what a policy's pages become when its next versions come into force.
//!
//! Which version is in force is a question of the moment of a request, and the edge can only choose among files. So the
//! build also writes, for the next switches, every page and file that will be different then, below a folder that no
//! address reaches. Where nothing is different, the file under its own address answers before and after.

use jiff::Timestamp;

use crate::{
    bindery::{Bindery, Leaf},
    diagnostic::Diagnostic,
    output::Output,
    page::{Kind, Page},
    policy::{Policy, Version},
    render::Press,
    site::Site,
    site_data::SWITCH_FOLDER,
};

/// Files by address.
pub(crate) type Files = Vec<(String, String)>;

/// What belongs to a policy and is made elsewhere, as of another moment.
#[derive(Clone, Copy)]
pub(crate) struct Ahead<'a> {
    /// The page of promises of a version.
    pub(crate) promises: &'a dyn Fn(&Policy, &Version) -> Option<Page>,
    /// Files for machines, by address.
    pub(crate) declared: &'a dyn Fn(&Policy, Timestamp) -> Files,
}

/// Adds what will be different to an output that has everything as of the build.
pub(crate) fn render_into(
    output: &mut Output,
    site: &Site,
    press: Press<'_>,
    at: Timestamp,
    ahead: Ahead<'_>,
    bindery: &mut Bindery<'_>,
) -> Result<(), Vec<Diagnostic>> {
    let mut problems = Vec::new();
    for policy in &site.policies {
        let own = site.pages.iter().find(|page| page.path == policy.path);
        for version in policy.switches(at) {
            for (address, origin, text) in policy.files(press.config, version.effective_at) {
                add(output, version, (&address, origin), &text);
            }
            for (address, text) in (ahead.declared)(policy, version.effective_at) {
                add(output, version, (&address, "the policy for machines"), &text);
            }
            let mut pages = pages(policy, version, own);
            // A comparison is the same at all times, and those of the build are many.
            pages.retain(|page| page.kind != Kind::PolicyCompare || !output.has(&page.path));
            pages.extend((ahead.promises)(policy, version));
            let pages: Vec<&Page> = pages.iter().collect();
            let mut lot = Vec::new();
            for (page, rendered) in pages.iter().zip(press.pages(&pages)) {
                let html = rendered.map_err(|found| problems.extend(found)).unwrap_or_default();
                let (address, origin) = (ahead_of(version, &page.path), page.document.file.clone());
                lot.push(Leaf { address, origin, html });
            }
            let mut lot = bindery.dress(output, lot);
            let mut paths = pages.iter().map(|page| &page.path);
            lot.retain(|leaf| paths.next().is_none_or(|path| !output.is(path, leaf.html.as_bytes())));
            bindery.add(output, lot);
        }
    }
    problems.extend(output.problems());
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// All pages of a policy as of the moment a version takes effect.
fn pages(policy: &Policy, version: &Version, own: Option<&Page>) -> Vec<Page> {
    let at = version.effective_at;
    let home = own.map(|own| policy.home(own.clone(), at));
    policy.pages(at).into_iter().chain(home).collect()
}

fn add(output: &mut Output, version: &Version, (address, origin): (&str, &str), text: &str) {
    if !output.is(address, text.as_bytes()) {
        output.add(&ahead_of(version, address), origin, text);
    }
}

/// Where something is that will have an address when a version takes effect.
fn ahead_of(version: &Version, address: &str) -> String {
    format!("{SWITCH_FOLDER}/{}{address}", version.id)
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Fixture, POLICY, SITE};

    /// Three versions in New York: the second takes effect on the day clocks go forward, the third on the day they go
    /// back, and a fourth behind them.
    fn new_york() -> Fixture {
        let site = SITE.replace("time_zone: UTC", "time_zone: America/New_York");
        let later = [("2026-03-08", "trade"), ("2026-11-01", "rent"), ("2026-12-01", "lend")];
        let fixture = Fixture::site().with("content/site.yaml", site);
        let fixture = later.iter().fold(fixture, |fixture, (id, word)| {
            let text = POLICY.replace("2025-03-31", id).replace("sell", word);
            fixture.with(&format!("content/privacy/{id}.md"), text)
        });
        fixture.locked()
    }

    /// The id of each switch and its moment.
    fn switches(fixture: &Fixture) -> Vec<(String, i64)> {
        let data: serde_json::Value = serde_json::from_str(&fixture.output("site.json")).expect("JSON");
        let switches = data["documents"][0]["switches"].as_array().cloned().unwrap_or_default();
        let entry =
            |switch: serde_json::Value| Some((switch["id"].as_str()?.to_owned(), switch["effective"].as_i64()?));
        switches.into_iter().filter_map(entry).collect()
    }

    #[test]
    fn the_next_two_switches_are_written_ahead_to_the_second() {
        let fixture = new_york();
        let second = ("2026-03-08".to_owned(), 1_772_946_000);
        let third = ("2026-11-01".to_owned(), 1_793_505_600);
        let fourth = ("2026-12-01".to_owned(), 1_796_101_200);
        for (at, plain, ahead) in [
            ("2026-03-08T04:59:59Z", "sell", vec![&second, &third]),
            ("2026-03-08T05:00:00Z", "trade", vec![&third, &fourth]),
            ("2026-03-08T05:00:01Z", "trade", vec![&third, &fourth]),
            ("2026-11-01T03:59:59Z", "trade", vec![&third, &fourth]),
            ("2026-11-01T04:00:00Z", "rent", vec![&fourth]),
            ("2026-12-01T05:00:00Z", "lend", vec![]),
        ] {
            fixture.build_at(at).expect("the site builds");
            assert!(fixture.output("privacy/index.html").contains(&format!("don't {plain}")), "{at}");
            assert_eq!(switches(&fixture).iter().collect::<Vec<_>>(), ahead, "{at}");
            for (id, _) in [&second, &third, &fourth] {
                let written = fixture.has_output(&format!("_at/{id}/privacy/index.html"));
                assert_eq!(written, ahead.iter().any(|(switch, _)| switch == id), "{at} {id}");
            }
        }
    }

    #[test]
    fn what_is_written_ahead_is_what_a_build_of_that_moment_writes() {
        let fixture = new_york();
        let paths = [
            "index.html",
            "2025-03-31/index.html",
            "2026-03-08/index.html",
            "history/index.html",
            "compare/2026-03-08..2026-12-01/index.html",
            "feed.xml",
        ];
        fixture.build_at("2026-03-01T00:00:00Z").expect("the site builds");
        let ahead = paths.map(|path| fixture.output(&format!("_at/2026-03-08/privacy/{path}")));
        fixture.build_at("2026-03-08T05:00:00Z").expect("the site builds");
        assert_eq!(ahead, paths.map(|path| fixture.output(&format!("privacy/{path}"))));
    }

    #[test]
    fn what_stays_as_it_is_is_not_written_twice() {
        let fixture = new_york();
        fixture.build_at("2026-03-01T00:00:00Z").expect("the site builds");
        for path in ["2025-03-31/source.md", "compare/2025-03-31..2026-03-08/index.html"] {
            assert!(fixture.has_output(&format!("privacy/{path}")), "{path}");
            assert!(!fixture.has_output(&format!("_at/2026-03-08/privacy/{path}")), "{path}");
        }
        assert!(!fixture.output("sitemap.xml").contains("_at"));
    }

    #[test]
    fn a_site_without_a_policy_has_nothing_ahead() {
        let fixture = Fixture::empty().with("content/a.md", "---\ntitle: A\n---\n");
        fixture.build().expect("the site builds");
        assert!(!fixture.has_output("_at"));
    }
}
