//! Notices: what every holder is told once. There are three kinds and no other; none of them sells anything.

use serde::{Deserialize, Serialize};

use crate::contract::{Context, Erasure, Export, Keeping, Place, Retention, Stored};
use crate::declare;
use crate::domain::id::Subject;
use crate::domain::time::{Moment, Seconds};
use crate::site::SiteData;

/// A release is told of within this time. A site that is set up anew does not tell of old ones.
const TOLD_FOR: Seconds = Seconds::days(30);

/// Something that holders are told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A release closes a hole.
    Security {
        /// Id of the product.
        product: String,
        /// The version to update to.
        version: String,
    },
    /// A release that staff want everybody to know of.
    Update {
        /// Id of the product.
        product: String,
        /// The version.
        version: String,
    },
    /// A new version of the privacy policy is published.
    Policy {
        /// Its id, the day it takes effect.
        version: String,
    },
}

declare! {
    enum Notice {
        Security {
            product: [PurchaseDetails] for [Notify];
            version: [PurchaseDetails] for [Notify];
        }
        Update {
            product: [PurchaseDetails] for [Notify];
            version: [PurchaseDetails] for [Notify];
        }
        Policy { version: [PurchaseDetails] for [Notify]; }
    }
}

impl Notice {
    /// Its name, which says whether somebody was told already.
    pub fn id(&self) -> String {
        match self {
            // A release is told of once, whether or not it turned out to close a hole.
            Self::Security { product, version } | Self::Update { product, version } => {
                format!("release/{product}/{version}")
            }
            Self::Policy { version } => format!("policy/{version}"),
        }
    }

    /// The product it is about; none when it is about all.
    pub fn product(&self) -> Option<&str> {
        match self {
            Self::Security { product, .. } | Self::Update { product, .. } => Some(product),
            Self::Policy { .. } => None,
        }
    }
}

/// How far the telling of a notice has come. The desk keeps it, so that a run that was broken off goes on where it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The last vault that was asked, in the order of their names; none before the first.
    pub after: Option<Subject>,
    /// Vaults asked so far.
    pub asked: u64,
    /// Mails queued so far.
    pub queued: u64,
    /// Whether all were asked.
    pub done: bool,
}

declare! {
    Progress {
        // The keyed name of a vault, while vaults are asked; it goes with the last.
        after: [NotPersonal] for [Notify];
        asked: [NotPersonal] for [Notify];
        queued: [NotPersonal] for [Notify];
        done: [NotPersonal] for [Notify];
    }
}

impl Progress {
    /// How far it is after these vaults were asked, of which so many were told.
    pub fn after(self, asked: &[Subject], told: u64, is_last: bool) -> Self {
        Self {
            asked: self.asked.saturating_add(asked.len() as u64),
            queued: self.queued.saturating_add(told),
            after: asked.last().cloned().or(self.after).filter(|_| !is_last),
            done: is_last,
        }
    }

    /// The further of two: a run that was overtaken does not set it back.
    pub fn furthest(self, other: Self) -> Self {
        if (other.done, &other.after) > (self.done, &self.after) { other } else { self }
    }
}

/// The notices that are to be told at `now`: releases of the last days that close a hole or that staff want known, and
/// policy versions that are published and not yet in force.
pub fn current(site: &SiteData, now: Moment) -> Vec<Notice> {
    let is_fresh = |date: i64| date <= now.0 && now.0 < Moment(date).after(TOLD_FOR).0;
    let releases = site.releases.iter().filter(|release| is_fresh(release.date));
    let releases = releases.filter_map(|release| {
        let (product, version) = (release.product.clone(), release.version.clone());
        match (release.security, release.notify) {
            (true, _) => Some(Notice::Security { product, version }),
            (false, true) => Some(Notice::Update { product, version }),
            (false, false) => None,
        }
    });
    let upcoming = site.policies.iter().filter(|version| version.published <= now.0 && now.0 < version.effective);
    let upcoming = upcoming.map(|version| Notice::Policy { version: version.id.clone() });
    releases.chain(upcoming).collect()
}

impl Stored for Progress {
    const KEEPING: Keeping = Keeping {
        place: Place::DeskNotice,
        context: Context::Purchase,
        retention: Retention::NoEnd,
        erasure: Erasure::Delete,
        export: Export::Withheld { why: "how many were told" },
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000;
    const DAY: i64 = 86_400;

    fn site() -> SiteData {
        let release = |version: &str, days_ago: i64, security: bool, notify: bool| {
            serde_json::json!({ "product": "plus", "version": version, "date": NOW - days_ago * DAY, "security": security,
                "notify": notify, "requires": "6.1", "tested": "6.9", "requires_php": "7.4", "notes": "" })
        };
        let policy = |id: &str, published: i64, effective: i64| serde_json::json!({ "id": id, "published": published, "effective": effective, "collects": {} });
        let site = serde_json::json!({
            "title": "Shop", "url": "https://shop.test", "email": "i@shop.test", "support_url": "https://shop.test/",
            "products": [],
            "releases": [release("1.4", -1, true, false), release("1.3", 0, true, false), release("1.2", 3, false, true),
                release("1.1", 5, false, false), release("1.0", 31, true, false)],
            "policies": [policy("2025-03-31", 5, 5), policy("2026-12-01", NOW, NOW + 60 * DAY),
                policy("2027-12-01", NOW + 1, NOW + 90 * DAY)],
        });
        serde_json::from_value(site).expect("site data")
    }

    #[test]
    fn what_is_new_is_told_and_what_is_old_or_still_to_come_is_not() {
        let told: Vec<String> = current(&site(), Moment(NOW)).iter().map(Notice::id).collect();
        assert_eq!(told, ["release/plus/1.3", "release/plus/1.2", "policy/2026-12-01"]);
        let later: Vec<String> = current(&site(), Moment(NOW + 60 * DAY)).iter().map(Notice::id).collect();
        assert_eq!(later, ["policy/2027-12-01"]);
    }

    #[test]
    fn a_run_that_was_overtaken_does_not_set_the_progress_back() {
        let subject = |digit: &str| serde_json::from_value(serde_json::json!(digit.repeat(64))).expect("a subject");
        let begun = Progress::default().after(&[subject("a"), subject("b")], 1, false);
        assert_eq!((begun.asked, begun.queued, begun.done), (2, 1, false));
        let done = begun.clone().after(&[], 0, true);
        assert_eq!(done.after, None, "no name is left");
        assert_eq!(begun.clone().furthest(done.clone()), done);
        assert_eq!(done.clone().furthest(begun), done);
    }
}
