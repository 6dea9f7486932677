//! The pages of a policy as of one moment: the text in force, each version at its own address, all of them in a list,
//! the next one, what two of them have in common, and what changed since one.

use std::{borrow::Cow, sync::Arc};

use jiff::Timestamp;

use super::{Policy, PolicyView, view::ComparisonView};
use crate::{
    config::Config,
    moment::{DateView, Moment},
    page::{Kind, Page},
};

/// How many versions a page lists of those since one. With more of them such pages together would grow with the square
/// of their number; the rest are in the history.
const SINCE_VERSIONS_MAX: usize = 100;

impl Policy {
    /// The page that answers for the folder: the version in force, before the first one the upcoming version, and the
    /// folder's own page when there is no version at all.
    pub(crate) fn home(&self, own: Page, at: Timestamp) -> Page {
        let place = self.place_in_force(at).unwrap_or(0);
        if self.versions.is_empty() {
            return own;
        }
        Page { template: own.template, section: own.section, ..self.text_page(place, &self.path, at) }
    }

    /// All pages below the folder's own.
    pub(crate) fn pages(&self, at: Timestamp) -> Vec<Page> {
        let places = 0..self.versions.len();
        let mut pages: Vec<Page> = places.clone().map(|place| self.permalink_page(place, at)).collect();
        pages.extend(places.map(|place| self.since_page(place, at)));
        pages.extend(self.pairs(at).into_iter().map(|pair| self.comparison_page(pair)));
        pages.extend(self.history_page(at));
        pages.extend(self.upcoming_page(at));
        pages
    }

    /// What a policy publishes beside its pages: address, what each file is made of, and text.
    pub(crate) fn files<'a>(&'a self, config: &Config, at: Timestamp) -> Vec<(String, &'a str, Cow<'a, str>)> {
        let diffs = self.pairs(at).into_iter().map(|pair| {
            let origin = self.versions[pair.1].document.file.as_str();
            (self.diff_path(pair), origin, Cow::Borrowed(self.comparisons.of(pair).diff.as_str()))
        });
        let feed = self.feed(config, at).map(|(address, text)| (address, "the policy's feed", Cow::Owned(text)));
        diffs.chain(feed).collect()
    }

    fn diff_path(&self, pair: (usize, usize)) -> String {
        format!("{}redline.diff", self.comparison_path(pair))
    }

    /// The text of a version under an address.
    fn text_page(&self, place: usize, path: &str, at: Timestamp) -> Page {
        let version = &self.versions[place];
        let front = &version.front;
        Page {
            document: Arc::clone(&version.document),
            description: front.description.clone(),
            date: Some(Moment::Day(front.published.0)),
            updated: (version.effective_at <= at).then_some(Moment::Day(front.effective.0)),
            policy: Some(Box::new(self.view(place, at))),
            ..Page::generated(Kind::Policy, &front.title, path)
        }
    }

    /// Search engines should find the version in force, not one that no longer binds or does not bind yet.
    fn permalink_page(&self, place: usize, at: Timestamp) -> Page {
        let version = &self.versions[place];
        let page = self.text_page(place, &self.permalink(version), at);
        let day = DateView::new(version.front.effective.0).text;
        Page {
            noindex: page.policy.as_ref().is_some_and(|view| !view.in_force),
            description: if page.description.is_empty() {
                String::new()
            } else {
                format!("Effective {day}: {}", page.description)
            },
            ..page
        }
    }

    /// All versions, about the one in force or else the first.
    fn history_page(&self, at: Timestamp) -> Option<Page> {
        let mut view = self.view(self.shown(at)?, at);
        view.versions = (0..self.versions.len()).rev().map(|place| self.version_view(place, at)).collect();
        let title = format!("{}: all versions", view.title);
        let page = self.listing(Kind::PolicyHistory, &title, "history/", view);
        let description = "Every version, the day from which it holds, and what it changes.".to_owned();
        Some(Page { noindex: false, description, ..page })
    }

    /// The next version and those behind it; about the version in force when there is none.
    fn upcoming_page(&self, at: Timestamp) -> Option<Page> {
        let begun = self.begun(at);
        let next = if begun < self.versions.len() { begun } else { self.shown(at)? };
        let mut view = self.view(next, at);
        view.versions = (begun + 1..self.versions.len()).map(|place| self.version_view(place, at)).collect();
        let title = format!("{}: next version", view.title);
        Some(self.listing(Kind::PolicyUpcoming, &title, "upcoming/", view))
    }

    /// What changed since a version, from itself on: a reader whose date lies before it comes here too.
    fn since_page(&self, place: usize, at: Timestamp) -> Page {
        let mut view = self.view(place, at);
        let later = self.versions.len() - place - 1;
        let listed = later.min(SINCE_VERSIONS_MAX);
        view.unlisted = later - listed;
        let newest_first = (place + 1..self.versions.len()).rev().take(listed);
        view.versions = newest_first.map(|place| self.version_view(place, at)).collect();
        let title = format!("{}: changes since {}", view.title, view.effective.text);
        self.listing(Kind::PolicySince, &title, &format!("since/{}/", view.id.clone()), view)
    }

    /// Two versions in one text, as of the moment the newer one takes effect: such a page is the same at all times.
    fn comparison_page(&self, pair: (usize, usize)) -> Page {
        let at = self.versions[pair.1].effective_at;
        let mut view = PolicyView { upcoming: None, ..self.view(pair.1, at) };
        let comparison = self.comparisons.of(pair);
        let (older, newer) = (self.version_view(pair.0, at), self.version_view(pair.1, at));
        let title = format!("{}: {} and {} compared", view.title, older.effective.text, newer.effective.text);
        view.comparison = Some(ComparisonView {
            older,
            newer,
            summary: comparison.summary.clone(),
            changes: comparison.changes.clone(),
            sections: comparison.sections,
            formatting: comparison.formatting.clone(),
            redline: comparison.redline.clone(),
            diff: self.diff_path(pair),
        });
        let below = self.comparison_path(pair).split_off(self.path.len());
        self.listing(Kind::PolicyCompare, &title, &below, view)
    }

    /// A page about versions; the address is the folder's and what follows it. Search engines are led to the text.
    fn listing(&self, kind: Kind, title: &str, below: &str, view: PolicyView) -> Page {
        let path = format!("{}{below}", self.path);
        Page { noindex: true, policy: Some(Box::new(view)), ..Page::generated(kind, title, &path) }
    }

    /// The version that stands for the whole document: the one in force, before the first one that one.
    fn shown(&self, at: Timestamp) -> Option<usize> {
        if self.versions.is_empty() { None } else { Some(self.place_in_force(at).unwrap_or(0)) }
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Fixture, POLICY};

    /// The fixture's policy with other days and one other word.
    fn version(id: &str, published: &str, word: &str) -> String {
        POLICY.replace("2025-03-31", id).replace("2025-03-01", published).replace("sell", word).replace("first", word)
    }

    /// Four versions: as of the fixture's build two are past, the third is in force and the fourth lies ahead.
    fn four() -> Fixture {
        Fixture::site()
            .with("content/privacy/2025-09-01.md", version("2025-09-01", "2025-08-01", "trade"))
            .with("content/privacy/2026-01-01.md", version("2026-01-01", "2025-12-01", "rent"))
            .with("content/privacy/2026-12-24.md", version("2026-12-24", "2026-11-20", "lend"))
            .locked()
    }

    #[test]
    fn an_old_version_says_since_when_it_is_not_in_force_and_what_is_different_now() {
        let fixture = four();
        fixture.build().expect("the site builds");
        let page = fixture.output("privacy/2025-03-31/index.html");
        assert!(page.contains("Not in force since <time datetime=\"2025-09-01\">1 September 2025</time>"), "{page}");
        assert!(page.contains("href=\"/privacy/compare/2025-03-31..2026-01-01/\"") && page.contains("noindex"));
        let page = fixture.output("privacy/2026-12-24/index.html");
        assert!(page.contains("takes effect on <time datetime=\"2026-12-24\">") && page.contains("noindex"), "{page}");
        assert!(page.contains("href=\"/privacy/compare/2026-01-01..2026-12-24/\""), "{page}");
        let page = fixture.output("privacy/2026-01-01/index.html");
        assert!(!page.contains("class=\"notice\"") && !page.contains("noindex"), "{page}");
    }

    #[test]
    fn a_new_version_is_announced_from_the_day_it_is_published() {
        let fixture = four();
        fixture.build_at("2026-11-19T23:59:59Z").expect("the site builds");
        assert!(!fixture.output("privacy/index.html").contains("A new version"));
        assert!(fixture.output("privacy/upcoming/index.html").contains("No new version has been published"));
        assert!(!fixture.has_output("privacy/2026-12-24") && !fixture.output("site.json").contains("2026-12-24"));
        fixture.build_at("2026-11-20T00:00:00Z").expect("the site builds");
        let page = fixture.output("privacy/index.html");
        assert!(page.contains("A new version takes effect on <time datetime=\"2026-12-24\">"), "{page}");
        let page = fixture.output("privacy/upcoming/index.html");
        assert!(page.contains("The lend version.") && page.contains("2026-01-01..2026-12-24/"), "{page}");
    }

    #[test]
    fn the_history_lists_all_versions_newest_first() {
        let fixture = four();
        fixture.build().expect("the site builds");
        let page = fixture.output("privacy/history/index.html");
        let places: Vec<Option<usize>> = [
            "/privacy/2026-12-24/\"",
            "not in force yet",
            "/privacy/compare/2026-01-01..2026-12-24/",
            "/privacy/2026-01-01/\"",
            "in force)",
            "published <time datetime=\"2025-12-01\">",
            "The rent version.",
            "/privacy/2025-09-01/\"",
            "/privacy/2025-03-31/\"",
            "/privacy/2025-03-31/source.md",
        ]
        .iter()
        .map(|part| page.find(part))
        .collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {page}");
    }

    #[test]
    fn each_version_is_compared_with_its_predecessor_and_with_the_one_in_force_once() {
        let fixture = four();
        fixture.build().expect("the site builds");
        let folder = std::fs::read_dir(fixture.root().join("public/privacy/compare")).expect("comparisons");
        let mut pairs: Vec<String> =
            folder.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
        pairs.sort();
        assert_eq!(
            pairs,
            ["2025-03-31..2025-09-01", "2025-03-31..2026-01-01", "2025-09-01..2026-01-01", "2026-01-01..2026-12-24"]
        );
        let page = fixture.output("privacy/compare/2025-03-31..2025-09-01/index.html");
        assert!(page.contains("1 change in 1 section") && page.contains("href=\"#change-1\""), "{page}");
        assert!(page.contains("sell</del>") || page.contains("[removed: </span>sell"), "{page}");
        let diff = fixture.output("privacy/compare/2025-03-31..2025-09-01/redline.diff");
        assert!(diff.starts_with("--- 2025-03-31.md\n+++ 2025-09-01.md\n@@ "), "{diff}");
        assert!(diff.contains("\n-effective: 2025-03-31\n"), "{diff}");
    }

    #[test]
    fn since_a_version_come_the_later_ones() {
        let fixture = four();
        fixture.build().expect("the site builds");
        let page = fixture.output("privacy/since/2025-09-01/index.html");
        for link in ["2025-09-01..2026-01-01", "2026-01-01..2026-12-24", "2025-03-31..2025-09-01"] {
            assert!(page.contains(&format!("/privacy/compare/{link}/")), "{link} {page}");
        }
        assert!(!page.contains("The first version."), "{page}");
        let page = fixture.output("privacy/since/2026-12-24/index.html");
        assert!(page.contains("There is no later version"), "{page}");
    }

    #[test]
    fn search_engines_are_led_to_the_text_in_force_and_to_the_history() {
        let fixture = four();
        fixture.build().expect("the site builds");
        let sitemap = fixture.output("sitemap.xml");
        let listed: Vec<&str> = sitemap.split("<loc>https://example.com").skip(1).collect();
        let listed = listed.iter().filter_map(|rest| rest.split_once('<')).map(|(path, _)| path);
        let policy: Vec<&str> = listed.filter(|path| path.starts_with("/privacy/") || path.contains("_at")).collect();
        assert_eq!(policy, ["/privacy/", "/privacy/2026-01-01/", "/privacy/history/"]);
    }

    #[test]
    fn many_versions_make_few_comparisons_and_long_lists_are_cut() {
        let day = |number: usize| format!("{}-{:02}-01", 2000 + number / 12, 1 + number % 12);
        let fixture =
            (0..120).fold(Fixture::empty().with("content/a.md", "---\ntitle: A\n---\n"), |fixture, number| {
                let id = day(number);
                fixture.with(&format!("content/terms/{id}.md"), version(&id, &id, &format!("word{number}")))
            });
        let fixture = fixture.with("content/terms/_index.md", "---\ntitle: Terms\nkind: policy\n---\n").locked();
        fixture.build().expect("the site builds");
        let folder = std::fs::read_dir(fixture.root().join("public/terms/compare")).expect("comparisons");
        assert_eq!(folder.count(), 119 + 118);
        let page = fixture.output("terms/since/2000-01-01/index.html");
        assert_eq!(page.matches("The word").count(), 1 + 100, "{page}");
        assert!(page.contains("19 more are in the <a href=\"/terms/history/\">"), "{page}");
    }
}
