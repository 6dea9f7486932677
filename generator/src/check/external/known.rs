//! What hosts answered, kept below `.cache/`: what was there is believed for a week, what was not for an hour, so that whoever
//! mends a link sees it soon. The file may be deleted; the next check asks again.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ask::Answer;
use crate::output;

pub(super) const FILE: &str = ".cache/links.json";
const GOOD_SECONDS: i64 = 7 * 24 * 60 * 60;
const BAD_SECONDS: i64 = 60 * 60;

/// Answers by address.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Known(BTreeMap<String, Entry>);

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// In seconds since 1970.
    asked: i64,
    answer: Answer,
}

impl Entry {
    fn holds(&self, now: Timestamp) -> bool {
        let seconds = if self.answer.is_good() { GOOD_SECONDS } else { BAD_SECONDS };
        // Whatever is of later than now was written by a clock that was wrong.
        (0..seconds).contains(&(now.as_second() - self.asked))
    }
}

impl Known {
    /// What is known; nothing where the file is none of ours.
    pub(super) fn read(root: &Path) -> Self {
        let text = fs::read(root.join(FILE)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// The answer of a page, where it is fresh and says something of all these places.
    pub(super) fn answer(&self, address: &str, places: &BTreeSet<String>, now: Timestamp) -> Option<&Answer> {
        let entry = self.0.get(address).filter(|entry| entry.holds(now))?;
        places.iter().all(|place| entry.answer.speaks_of(place)).then_some(&entry.answer)
    }

    pub(super) fn learn(&mut self, address: &str, answer: Answer, now: Timestamp) {
        self.0.insert(address.to_owned(), Entry { asked: now.as_second(), answer });
    }

    /// Keeps what is still believed. Where that fails, the next check asks again.
    pub(super) fn write(mut self, root: &Path, now: Timestamp) {
        self.0.retain(|_, entry| entry.holds(now));
        let file = root.join(FILE);
        if self.0.is_empty() && !file.exists() {
            return;
        }
        let folder = file.parent().map_or(Ok(()), fs::create_dir_all);
        let text = serde_json::to_vec_pretty(&self).unwrap_or_default();
        let _ = folder.and_then(|()| output::write_source(&file, &text));
    }
}

#[cfg(test)]
mod tests {
    use super::super::ask::Outcome;
    use super::*;
    use crate::fixture::Fixture;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    #[test]
    fn what_was_there_is_believed_for_a_week_and_what_was_not_for_an_hour() {
        let now = at("2026-11-22T00:00:00Z");
        let mut known = Known::default();
        known.learn("good", Answer::of(Outcome::There), now);
        known.learn("bad", Answer::of(Outcome::Gone(404)), now);
        let has = |address: &str, moment: &str| known.answer(address, &BTreeSet::new(), at(moment)).is_some();
        assert!(has("good", "2026-11-28T23:59:59Z") && !has("good", "2026-11-29T00:00:00Z"));
        assert!(has("bad", "2026-11-22T00:59:59Z") && !has("bad", "2026-11-22T01:00:00Z"));
        assert!(!has("good", "2026-11-21T00:00:00Z") && !has("other", "2026-11-22T00:00:00Z"));
    }

    #[test]
    fn what_is_known_is_found_again_and_goes_when_it_is_old() {
        let (fixture, now) = (Fixture::empty(), at("2026-11-22T00:00:00Z"));
        let mut known = Known::read(fixture.root());
        known.learn("good", Answer::of(Outcome::There), now);
        known.learn("bad", Answer::of(Outcome::Gone(404)), now);
        known.write(fixture.root(), at("2026-11-23T00:00:00Z"));
        let known = Known::read(fixture.root());
        assert!(known.answer("good", &BTreeSet::new(), now).is_some());
        assert!(!known.0.contains_key("bad"));
        let broken = Fixture::empty().with(FILE, "{\"a\": 1}");
        assert!(Known::read(broken.root()).0.is_empty());
    }

    #[test]
    fn a_place_that_nobody_looked_for_is_asked_for() {
        let now = at("2026-11-22T00:00:00Z");
        let mut known = Known::default();
        let places = BTreeMap::from([("a".to_owned(), true)]);
        known.learn("page", Answer { places, ..Answer::of(Outcome::There) }, now);
        assert!(known.answer("page", &["a".to_owned()].into(), now).is_some());
        assert!(known.answer("page", &["a".to_owned(), "b".to_owned()].into(), now).is_none());
    }
}
