//! The key-value store as Cloudflare documents it: each location keeps what it read, and what it did not find, for a
//! minute; listings lag; a key takes one write a second (<https://developers.cloudflare.com/kv/concepts/how-kv-works/>).

use std::collections::BTreeMap;
use std::ops::Bound;

use edge::domain::time::Seconds;
use edge::ports::{Kv, Unavailable};
use edge::store::record::Written;

use super::mark;
use super::mutants::Mutant;
use super::world::{Kind, LOCATIONS, Met, Shared, World};

/// How long a location trusts what it read, in seconds.
const CACHED_FOR: i64 = 60;
/// Longest lag of a listing, in seconds.
const LAG_MAX: u64 = 60;
/// The shortest life the store takes, in seconds.
const TTL_MIN: u32 = 60;

/// The store.
#[derive(Debug, Default)]
pub(super) struct Store {
    /// What was written, as somebody who could see everything would read it.
    central: BTreeMap<String, Value>,
    /// What listings show of a key: whether it is there, and from when on the other.
    listed: BTreeMap<String, (bool, i64)>,
    written_at: BTreeMap<String, i64>,
    caches: [BTreeMap<String, (Option<String>, i64)>; LOCATIONS],
}

#[derive(Debug)]
struct Value {
    text: String,
    expires_at: i64,
}

impl Store {
    /// What is stored under a key at `now`, whatever any location believes.
    pub(super) fn truth(&self, key: &str, now: i64) -> Option<&str> {
        self.central.get(key).filter(|value| value.expires_at > now).map(|value| value.text.as_str())
    }

    /// Everything that is stored at `now`.
    pub(super) fn all(&self, now: i64) -> impl Iterator<Item = (&str, &str)> {
        let living = self.central.iter().filter(move |(_, value)| value.expires_at > now);
        living.map(|(key, value)| (key.as_str(), value.text.as_str()))
    }

    fn is_listed(&self, key: &str, now: i64) -> bool {
        self.listed.get(key).is_some_and(|(present, since)| *present == (*since <= now))
    }
}

impl Shared {
    fn read(&mut self, location: usize, key: &str) -> Option<String> {
        let now = self.now;
        let truth = self.kv.truth(key, now).map(str::to_owned);
        if let Some((known, at)) = self.kv.caches[location].get(key)
            && now - at < CACHED_FOR
        {
            let known = known.clone();
            if known != truth {
                self.tally.met(Met::StaleRead);
            }
            return known;
        }
        self.kv.caches[location].insert(key.to_owned(), (truth.clone(), now));
        truth
    }

    /// Writes or removes a value, unless the key was written within this second.
    fn write(&mut self, location: usize, key: &str, value: Option<(&str, Seconds)>) -> Result<(), Unavailable> {
        let now = self.now;
        if self.kv.written_at.insert(key.to_owned(), now) == Some(now) {
            self.tally.met(Met::ThrottledWrite);
            return Err(Unavailable { what: "kv", why: "429".to_owned() });
        }
        if let Some((text, ttl)) = value {
            self.require(ttl.0 >= TTL_MIN, || format!("I9 {key} is to live for {} s only", ttl.0));
            let is_clean = !mark::is_in(key) && !mark::is_in(&mark::without_seals(text)) && !text.contains("CPP-");
            self.require(is_clean, || format!("I6 the store holds something personal: {key} {text}"));
            let expires_at = now + i64::from(ttl.0);
            self.kv.central.insert(key.to_owned(), Value { text: text.to_owned(), expires_at });
        } else {
            self.kv.central.remove(key);
        }
        let (shown, wanted) = (self.kv.is_listed(key, now), value.is_some());
        // Whoever enumerates decides between a listing that knows at once and one that knows too late.
        let lag = match (shown == wanted, self.is_enumerated()) {
            (true, _) => 0,
            (false, true) => self.choice.below(2) * LAG_MAX,
            (false, false) => self.choice.below(LAG_MAX + 1),
        };
        self.kv.listed.insert(key.to_owned(), (wanted, now + i64::try_from(lag).expect("a minute")));
        let missed = self.rates().own_cache_missed;
        if !self.choice.chance(missed) {
            let text = value.map(|(text, _)| text.to_owned());
            self.kv.caches[location].insert(key.to_owned(), (text, now));
        }
        Ok(())
    }
}

impl Kv for World {
    async fn get(&self, key: &str) -> Result<Option<String>, Unavailable> {
        self.call(Kind::Storage, "kv get", |shared| Ok(shared.read(self.location, key))).await
    }

    async fn put(&self, key: &str, value: &Written, ttl: Seconds) -> Result<(), Unavailable> {
        let is_dropped = match self.mutant() {
            Some(Mutant::RefundNeedsPurchase) => key.starts_with("parked/"),
            Some(Mutant::HeldForgotten) => key.starts_with("held/"),
            _ => false,
        };
        if is_dropped {
            return Ok(());
        }
        let write = |shared: &mut Shared| shared.write(self.location, key, Some((value.as_str(), ttl)));
        let written = self.call(Kind::Storage, "kv put", write).await;
        if self.mutant() == Some(Mutant::SwallowedError) { Ok(()) } else { written }
    }

    async fn delete(&self, key: &str) -> Result<(), Unavailable> {
        self.call(Kind::Storage, "kv delete", |shared| shared.write(self.location, key, None)).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, Unavailable> {
        self.call(Kind::Storage, "kv list", |shared| {
            let from = after.filter(|after| *after >= prefix).map_or(Bound::Included(prefix), Bound::Excluded);
            let keys = shared.kv.listed.range::<str, _>((from, Bound::Unbounded)).map(|(key, _)| key);
            let keys = keys.take_while(|key| key.starts_with(prefix));
            Ok(keys.filter(|key| shared.kv.is_listed(key, shared.now)).take(limit).cloned().collect())
        })
        .await
    }
}
