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
        let entries = entries.filter(|entry| entry.published <= at).collect();
        let text = feed::text(&Feed { title: &title, path: &path, home: &self.path }, entries, config);
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
            published: moment,
            updated: moment,
        };
        [entry("Published", "published", version.published_at), entry("In effect", "effective", version.effective_at)]
    }
}
