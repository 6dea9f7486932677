//! The desk registers every vault, because storage objects cannot be enumerated, and holds what staff share: the list of
//! tickets, sessions, the audit log, canned replies. It holds no name, no e-mail and nothing that a customer wrote: a row
//! says that a vault or a ticket exists and what staff need to find in it.

use serde::{Deserialize, Serialize};

use super::id::Subject;
use super::notice::{Notice, Progress};
use super::staff::StaffId;
use super::ticket::TicketNumber;
use super::time::Moment;
use crate::contract::{Context, Erasure, Export, Keeping, Place, Retention, Stored};
use crate::declare;

pub mod canned;
mod listing;
mod look;
mod session;

pub use canned::Canned;
pub use listing::{Listing, PREFIX as LISTINGS};
pub use look::{Act, KEPT as LOOKS_KEPT, LINES_MAX, Look, PREFIX as LOOKS, behind};
pub use session::{IDLE, LONGEST, Session, UsedLink};

/// Sessions and used links lie behind this; a session's name is the hash of its cookie, a link's its nonce.
pub const SIGNED_IN: &str = "~sign/";

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
        /// Its tickets, as the inbox lists them.
        tickets: Vec<Listing>,
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
    /// List all tickets.
    Inbox,
    /// Begin a session with a link that works once.
    SignIn {
        /// The nonce of the link.
        link: String,
        /// The hash of the cookie.
        session: String,
        /// Whose.
        staff: StaffId,
    },
    /// Say whose session it is, and that it was used.
    Attend {
        /// The hash of the cookie.
        session: String,
    },
    /// End a session.
    SignOut {
        /// The hash of the cookie.
        session: String,
    },
    /// End all sessions of one of the staff.
    SignOutEverywhere {
        /// Whose.
        staff: StaffId,
    },
    /// Take away sessions and links that are over.
    SweepSessions,
    /// Write a line into the audit log.
    Note {
        /// What tells it from others of the same second.
        chance: String,
        /// The line.
        look: Look,
    },
    /// Show lines of the audit log, the newest first.
    Looks {
        /// The key of the last line of the page before.
        after: Option<String>,
    },
    /// Have lines about one vault be about another, whose address it has now; answers with those it looked through.
    Reassign {
        /// The name of the one.
        from: String,
        /// The name of the other.
        to: String,
        /// The key of the last line that was looked through.
        after: Option<String>,
    },
    /// Take away lines that are older than they are kept.
    SweepLooks {
        /// [`behind`] the moment before which they go.
        from: String,
    },
    /// Keep a canned reply, or change it.
    KeepCanned {
        /// Its name among them: digits and letters.
        id: String,
        /// What it says; none takes it away.
        canned: Option<Canned>,
    },
    /// Show the canned replies.
    AllCanned,
}

/// What the desk answers to what staff ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// All tickets.
    Inbox {
        /// In order of their numbers.
        tickets: Vec<Listing>,
    },
    /// Whose session it is; none where there is no such session.
    Session {
        /// Who of the staff.
        staff: Option<StaffId>,
    },
    /// Lines of the audit log with their keys.
    Looks {
        /// The newest first.
        lines: Vec<(String, Look)>,
    },
    /// Canned replies by their ids.
    Canned {
        /// In order of their ids.
        replies: Vec<(String, Canned)>,
    },
    /// It is done.
    Done,
}

/// The row of a notice. It lies behind all rows of the register, whose names are digits.
pub fn notice_row(notice: &Notice) -> String {
    format!("~notice/{}", notice.id())
}

/// The row of the round in which vaults get their keys locked by this key of the configuration.
pub fn epoch_row(epoch: &str) -> String {
    format!("~epoch/{epoch}")
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
    /// Its tickets: what the inbox is to forget once they are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tickets: Vec<TicketNumber>,
    /// How many mails to its holder were given up.
    #[serde(default, skip_serializing_if = "is_none")]
    pub given_up: u32,
    /// When the next request about its data has to be answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right_due: Option<Moment>,
    /// Whether nothing is left in it: then it is no row of the register any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_gone: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

declare! {
    Entry {
        revision: [PurchaseDetails] for [Deliver];
        changed_at: [PurchaseDetails] for [Deliver];
        licenses: [PurchaseDetails] for [Deliver];
        price_drift: [PurchaseDetails] for [Deliver];
        // Numbers are drawn at random; what they stand for is not told here.
        tickets: [NotPersonal] for [Support];
        given_up: [PurchaseDetails] for [Deliver];
        right_due: [NotPersonal] for [Rights];
        is_gone: [NotPersonal] for [Deliver];
    }
}

impl Stored for Entry {
    const KEEPING: Keeping = Keeping {
        place: Place::DeskEntry,
        context: Context::Purchase,
        retention: Retention::OF_ORDERS,
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
        let entry = |revision| Entry {
            revision,
            changed_at: Moment(1),
            licenses: 1,
            price_drift: false,
            tickets: vec![],
            given_up: 0,
            right_due: None,
            is_gone: false,
        };
        assert_eq!(register(None, entry(1)).revision, 1);
        assert_eq!(register(Some(entry(1)), entry(2)).revision, 2);
        assert_eq!(register(Some(entry(2)), entry(1)).revision, 2);
    }
}
