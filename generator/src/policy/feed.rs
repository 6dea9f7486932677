//! `feed.xml` of a policy: an entry when a version is published and another when it takes effect, each only once its
//! moment has come.

use jiff::Timestamp;

use super::Policy;
use crate::{
    config::Config,
    feed::{self, Entry, Feed},
    moment::DateView,
};

impl Policy {
    /// The address of the feed and its text; none while there is nothing to follow.
    pub(crate) fn feed(&self, config: &Config, at: Timestamp) -> Option<(String, String)> {
        let title = format!("{}: {}", config.title, self.versions.last()?.front.title);
        let path = format!("{}feed.xml", self.path);
        let entries = (0..self.versions.len()).flat_map(|place| self.entries(place, config));
        let mut entries: Vec<Entry> = entries.filter(|entry| entry.published <= at).collect();
        feed::sort(&mut entries);
        let text = feed::text(
            &Feed { title: &title, path: &path, home: &self.path, language: config.language() },
            &entries,
            config,
        );
        Some((path, text))
    }

    /// The two entries of a version.
    fn entries(&self, place: usize, config: &Config) -> [Entry; 2] {
        let version = &self.versions[place];
        let url = format!("{}{}", config.url, self.permalink(version));
        let name = format!("{}, effective {}", version.front.title, DateView::new(version.front.effective.0).text);
        let predecessor = place.checked_sub(1);
        let changes = predecessor.map(|older| format!("{}{}", config.url, self.comparison_path((older, place))));
        let entry = |what: &str, mark: &str, moment: Timestamp| Entry {
            id: format!("{url}#{mark}"),
            title: format!("{what}: {name}"),
            url: url.clone(),
            related: changes.clone(),
            summary: version.front.summary.clone(),
            content: None,
            published: moment,
            updated: moment,
        };
        [entry("Published", "published", version.published_at), entry("In effect", "effective", version.effective_at)]
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Fixture, POLICY};

    #[test]
    fn a_version_is_told_when_it_is_published_and_again_when_it_takes_effect() {
        let second = POLICY.replace("2025-03-31", "2026-06-01").replace("2025-03-01", "2026-05-01");
        let fixture = Fixture::site().with("content/privacy/2026-06-01.md", second).locked();
        for (at, entries) in [
            ("2025-02-28T23:59:59Z", None),
            ("2025-03-01T00:00:00Z", Some(1)),
            ("2025-03-31T00:00:00Z", Some(2)),
            ("2026-04-30T23:59:59Z", Some(2)),
            ("2026-05-01T00:00:00Z", Some(3)),
            ("2026-05-31T23:59:59Z", Some(3)),
            ("2026-06-01T00:00:00Z", Some(4)),
        ] {
            fixture.build_at(at).expect("the site builds");
            let feed = fixture.has_output("privacy/feed.xml").then(|| fixture.output("privacy/feed.xml"));
            assert_eq!(feed.map(|feed| feed.matches("<entry>").count()), entries, "{at}");
        }
        let feed = fixture.output("privacy/feed.xml");
        for part in [
            "<title>Fixture: Privacy Policy</title>",
            "<link rel=\"self\" type=\"application/atom+xml\" href=\"https://example.com/privacy/feed.xml\"/>",
            "<updated>2026-06-01T00:00:00Z</updated>\n<author>",
            "<title>In effect: Privacy Policy, effective 1 June 2026</title>\n<id>https://example.com/privacy/2026-06-01/#effective</id>",
            "<link rel=\"related\" type=\"text/html\" href=\"https://example.com/privacy/compare/2025-03-31..2026-06-01/\"/>",
            "<id>https://example.com/privacy/2025-03-31/#published</id>",
        ] {
            assert!(feed.contains(part), "{part}\n{feed}");
        }
    }
}
