//! `/.well-known/policy-log.json`: the locks of all documents as far as they are published, for everybody to keep.
//!
//! Git can be rewritten; a log that was deployed, and that others have read, cannot. `site check --deployed` holds the
//! two against each other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Policy, lock::Record};

/// Where the site has it.
pub(crate) const ADDRESS: &str = "/.well-known/policy-log.json";

/// The published versions of each document, by its folder without slashes at the ends.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Log {
    pub(crate) documents: BTreeMap<String, Vec<Record>>,
}

impl Log {
    /// The log of these documents. What is not published yet is no part of it.
    pub(crate) fn new(policies: &[Policy]) -> Self {
        let records = |policy: &Policy| {
            let pending = |id: &str| policy.pending.iter().any(|version| version.id == id);
            let records = policy.lock.entries.iter().map(|entry| &entry.record);
            records.filter(|record| !pending(&record.id)).cloned().collect()
        };
        Self { documents: policies.iter().map(|policy| (policy.key().to_owned(), records(policy))).collect() }
    }

    /// The text of the file.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("strings always have a JSON form") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fixture::{Fixture, POLICY},
        policy::lock::sha256,
    };

    #[test]
    fn the_log_has_what_is_published_and_no_more() {
        let second = POLICY.replace("2025-03-31", "2026-06-01").replace("2025-03-01", "2026-04-01");
        let terms = POLICY.replace("2025-03-31", "2025-07-01");
        let fixture = Fixture::site()
            .with("content/privacy/2026-06-01.md", &second)
            .with("content/legal/terms/_index.md", "---\ntitle: Terms\nkind: policy\n---\n")
            .with("content/legal/terms/2025-07-01.md", terms)
            .locked();
        let log = |at: &str| -> Log {
            fixture.build_at(at).expect("the site builds");
            serde_json::from_str(&fixture.output(".well-known/policy-log.json")).expect("well-formed")
        };
        let before = log("2026-03-31T23:59:59Z");
        assert_eq!(before.documents.keys().collect::<Vec<_>>(), ["legal/terms", "privacy"]);
        assert_eq!(before.documents["privacy"].len(), 1);
        let after = log("2026-04-01T00:00:00Z").documents.remove("privacy").expect("the document");
        assert_eq!(after[0], before.documents["privacy"][0]);
        assert_eq!((after[1].id.as_str(), after[1].published.as_str()), ("2026-06-01", "2026-04-01"));
        assert_eq!(after[1].effective, "2026-06-01T00:00:00Z");
        assert_eq!((&after[1].source_sha256, &after[1].prev), (&sha256(second.as_bytes()), &after[0].line));
    }
}
