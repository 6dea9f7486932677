//! The desk registers every vault, because storage objects cannot be enumerated. It holds no name, no e-mail and no free
//! text: a row says that a vault exists and what staff need to find in it.

use serde::{Deserialize, Serialize};

use super::id::Subject;
use super::notice::{Notice, Progress};
use super::time::Moment;
use crate::contract::{Context, Erasure, Export, Keeping, Place, Retention, Stored};
use crate::declare;

/// Rows a page of the register holds at most.
pub const PAGE_ROWS_MAX: usize = 500;

/// What the desk can be asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Enter or renew the row of a vault.
    Register {
        /// The vault.
        subject: Subject,
        /// What the row says.
        entry: Entry,
    },
    /// List rows in the order of their vaults' names.
    Page {
        /// The last name of the page before.
        after: Option<Subject>,
    },
    /// Say how far the telling of a notice has come.
    Progress {
        /// Its row: [`notice_row`].
        row: String,
    },
    /// Take note of how far it has come.
    Advance {
        /// Its row.
        row: String,
        /// How far.
        progress: Progress,
    },
}

/// The row of a notice. It lies behind all rows of the register, whose names are digits.
pub fn notice_row(notice: &Notice) -> String {
    format!("~notice/{}", notice.id())
}

/// A row of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// How often the vault had changed when it reported this; an older report never replaces a newer one.
    pub revision: u64,
    /// When the vault last changed.
    pub changed_at: Moment,
    /// How many licenses it holds, whatever their standing.
    pub licenses: u32,
    /// Whether a purchase in it was charged less than the catalogue asks.
    pub price_drift: bool,
}

declare! {
    Entry {
        revision: [PurchaseDetails] for [Deliver];
        changed_at: [PurchaseDetails] for [Deliver];
        licenses: [PurchaseDetails] for [Deliver];
        price_drift: [PurchaseDetails] for [Deliver];
    }
}

impl Stored for Entry {
    const KEEPING: Keeping = Keeping {
        place: Place::DeskEntry,
        context: Context::Purchase,
        retention: Retention::UntilErased,
        erasure: Erasure::Delete,
        export: Export::Withheld { why: "a summary of the orders" },
    };
}

/// The row of a vault after a report. Reports may arrive in any order.
pub fn register(current: Option<Entry>, reported: Entry) -> Entry {
    match current {
        Some(current) if current.revision >= reported.revision => current,
        _ => reported,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_report_never_replaces_a_newer_one() {
        let entry = |revision| Entry { revision, changed_at: Moment(1), licenses: 1, price_drift: false };
        assert_eq!(register(None, entry(1)).revision, 1);
        assert_eq!(register(Some(entry(1)), entry(2)).revision, 2);
        assert_eq!(register(Some(entry(2)), entry(1)).revision, 2);
    }
}
