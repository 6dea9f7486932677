//! The outbox: what a vault still has to tell the outside. A job is queued in the same transaction as its cause and stays
//! until the outside has taken it, so nothing that was acknowledged is ever left unsaid.

use serde::{Deserialize, Serialize};

use super::attachment::FileId;
use super::desk::Entry;
use super::id::Email;
use super::license::{LicenseId, LicenseKey, LicenseState};
use super::mail::Letter;
use super::rights::{Request, RequestId};
use super::ticket::{Ticket, TicketNumber};
use super::time::{Moment, Seconds};
use super::vault::Belongings;
use crate::contract::{Context, Erasure, Export, Keeping, Place, Retention, Stored};
use crate::declare;

mod job_id;

pub use job_id::JobId;

/// Jobs handed out at once.
pub const JOBS_PER_RUN_MAX: usize = 20;
/// A published view expires after this time in the store…
pub const VIEW_TTL: Seconds = Seconds::days(VIEW_DAYS);
/// The same in days.
pub const VIEW_DAYS: u32 = 30;
/// …and is published anew before that.
const VIEW_REFRESH: Seconds = Seconds::days(25);
const RETRY_FIRST: Seconds = Seconds(30);
const RETRY_LONGEST: Seconds = Seconds(6 * 3600);
/// A mail that failed so often, which takes a week, is given up until staff say otherwise.
const TRIES_MAX: u32 = 36;
/// A mail that was given up is kept so long for staff to see.
const GIVEN_UP_KEPT: Seconds = Seconds::days(90);

/// A job waiting in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// What it is about.
    pub id: JobId,
    /// Revision of the vault that queued it last. What is delivered at an older revision is delivered again.
    pub revision: u64,
    /// When it should be tried.
    pub due_at: Moment,
    /// How often it has failed since it was queued.
    pub failures: u32,
    /// When it was given up. It is tried no more then, unless staff say so, and goes when it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<Moment>,
    /// How often staff had it sent again. A mail service that knows the first one takes the next for another.
    #[serde(default, skip_serializing_if = "is_never")]
    pub again: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_never(count: &u32) -> bool {
    *count == 0
}

declare! {
    Waiting {
        id: JobId;
        revision: [PurchaseDetails] for [Deliver];
        due_at: [PurchaseDetails] for [Deliver];
        failures: [PurchaseDetails] for [Deliver];
        given_up: [PurchaseDetails] for [Deliver];
        again: [PurchaseDetails] for [Deliver];
    }
}

impl Stored for Waiting {
    const KEEPING: Keeping = Keeping {
        place: Place::VaultOutbox,
        context: Context::Purchase,
        retention: Retention::OF_ORDERS,
        erasure: Erasure::Delete,
        export: Export::Withheld { why: "what is still to be done with the order, gone once it is done" },
    };
}

/// A job with all that is needed to do it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// What it is about.
    pub id: JobId,
    /// Revision of the vault when it was handed out.
    pub revision: u64,
    /// What to do.
    pub work: Work,
}

/// What a job does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Publish the view of a license and the pointer of its key.
    Publish {
        /// The license's key, by which both are found.
        key: LicenseKey,
        /// What the view says.
        state: LicenseState,
    },
    /// Send a mail.
    Mail {
        /// What it is to say.
        letter: Letter,
    },
    /// Delete a person.
    Erase {
        /// The request.
        id: RequestId,
        /// What it says.
        request: Box<Request>,
    },
    /// Bring all that is in the vault to another.
    Relocate {
        /// The request.
        id: RequestId,
        /// The address of the other.
        email: Email,
        /// What the desk is to have of it meanwhile.
        entry: Entry,
        /// What points to it.
        belongings: Box<Belongings>,
    },
    /// Forget an order, and before that what leads to it.
    Expire {
        /// Its license.
        license: LicenseId,
        /// What leads to it.
        belongings: Box<Belongings>,
    },
    /// Take away what leads to a ticket.
    Release {
        /// The ticket.
        ticket: TicketNumber,
    },
    /// Take away the view of a license.
    Withdraw {
        /// The license's key, by which it is found.
        key: LicenseKey,
    },
    /// Take away a file.
    DropFile {
        /// Which.
        file: FileId,
    },
    /// Report the vault to the desk.
    Register {
        /// Its row.
        entry: Entry,
        /// Its tickets, each with the moment of its last message.
        tickets: Vec<(TicketNumber, Ticket, Moment)>,
    },
    /// Nothing: what the job was for is no longer so.
    Nothing {},
}

/// How a try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Try {
    /// The outside took it.
    Delivered,
    /// It did not; it may later.
    Failed,
    /// It never will.
    Refused,
}

impl Waiting {
    /// A job to be done at this moment.
    pub fn new(id: JobId, revision: u64, due_at: Moment) -> Self {
        Self { id, revision, due_at, failures: 0, given_up: None, again: 0 }
    }

    /// What is left of the job after the outside took what was handed out at `revision`.
    pub fn delivered(self, revision: u64, now: Moment) -> Option<Self> {
        if self.revision != revision {
            return Some(self);
        }
        match self.id {
            JobId::Publish { .. } => Some(Self { due_at: now.after(VIEW_REFRESH), failures: 0, ..self }),
            _ => None,
        }
    }

    /// The job after a try that failed: later, and later each time.
    pub fn failed(self, now: Moment) -> Self {
        let failures = self.failures.saturating_add(1);
        let pause = RETRY_FIRST.0.saturating_mul(1_u32.checked_shl(failures.min(16) - 1).unwrap_or(u32::MAX));
        let pause = pause.min(RETRY_LONGEST.0);
        let failed = Self { failures, ..self };
        if failures >= TRIES_MAX && failed.id.is_mail() {
            return failed.refused(now);
        }
        let early = failed.jitter(pause / 5);
        Self { due_at: now.after(Seconds(pause - early)), ..failed }
    }

    /// The job after the outside said that it will never take it. Only mails are given up: what is published or reported is
    /// ours alone.
    pub fn refused(self, now: Moment) -> Self {
        if self.id.is_mail() {
            Self { due_at: now.after(GIVEN_UP_KEPT), given_up: Some(now), ..self }
        } else {
            self.failed(now)
        }
    }

    /// The job as if it were new, for staff who saw why it failed.
    pub fn retried(self, now: Moment) -> Self {
        Self { due_at: now, failures: 0, given_up: None, again: self.again.saturating_add(1), ..self }
    }

    /// Seconds by which a try comes before its time, below `most`, so that what failed together does not come again
    /// together. The name of the job decides, which differs from vault to vault.
    fn jitter(&self, most: u32) -> u32 {
        let text = format!("{}#{}", self.id.name(), self.failures);
        let mixed = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        mixed.checked_rem(most).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
