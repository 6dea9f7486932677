//! The outbox: what a vault still has to tell the outside. A job is queued in the same transaction as its cause and stays
//! until the outside has taken it, so nothing that was acknowledged is ever left unsaid.

use serde::{Deserialize, Serialize};

use super::desk::Entry;
use super::license::{LicenseId, LicenseKey, LicenseState};
use super::mail::Letter;
use super::notice::Notice;
use super::payment::{PurchaseId, SubscriptionId};
use super::ticket::{Ticket, TicketNumber};
use super::time::{Moment, Seconds};
use crate::contract::{Context, Erasure, Export, Keeping, Place, Retention, Stored};
use crate::declare;

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

/// What a job is about; also its name in the vault, so that queueing it twice is queueing it once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobId {
    /// Publish the view of a license and the pointer of its key.
    Publish {
        /// The license.
        license: LicenseId,
    },
    /// Mail a license to its buyer.
    MailLicense {
        /// The license.
        license: LicenseId,
    },
    /// Say that a license was prolonged.
    MailRenewed {
        /// The purchase that did it.
        purchase: PurchaseId,
    },
    /// Say that the money for a purchase did not come.
    MailFailed {
        /// The purchase.
        purchase: PurchaseId,
    },
    /// Say that a renewal could not be collected.
    MailUnpaid {
        /// The subscription.
        subscription: SubscriptionId,
        /// Id of the invoice.
        invoice: String,
    },
    /// Mail all licenses to their holder, who asked for them.
    MailKeys {},
    /// Say that a license will end.
    MailReminder {
        /// The license.
        license: LicenseId,
        /// How many days before its end.
        days: u32,
    },
    /// Tell a notice.
    MailNotice {
        /// The notice.
        notice: Notice,
    },
    /// Say that a ticket was opened, and where.
    MailTicket {
        /// Its number.
        ticket: TicketNumber,
    },
    /// Bring an answer.
    MailAnswer {
        /// The ticket.
        ticket: TicketNumber,
        /// Which of its messages.
        message: u32,
    },
    /// Show staff what somebody wrote.
    MailStaff {
        /// The ticket.
        ticket: TicketNumber,
        /// Which of its messages.
        message: u32,
    },
    /// Report the vault to the desk.
    Register {},
}

declare! {
    enum JobId {
        Publish { license: [PurchaseDetails] for [Deliver]; }
        MailLicense { license: [PurchaseDetails] for [Deliver]; }
        MailRenewed { purchase: PurchaseId; }
        MailFailed { purchase: PurchaseId; }
        MailUnpaid {
            subscription: SubscriptionId;
            invoice: [PurchaseDetails] for [Deliver];
        }
        MailKeys {}
        MailReminder {
            license: [PurchaseDetails] for [Notify];
            days: [PurchaseDetails] for [Notify];
        }
        MailNotice { notice: Notice; }
        // A number is drawn at random, and the row goes as soon as the mail went.
        MailTicket { ticket: [NotPersonal] for [Support]; }
        MailAnswer {
            ticket: [NotPersonal] for [Support];
            message: [NotPersonal] for [Support];
        }
        MailStaff {
            ticket: [NotPersonal] for [Support];
            message: [NotPersonal] for [Support];
        }
        Register {}
    }
}

impl JobId {
    /// Its kind in a word, for the log.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Publish { .. } => "publish",
            Self::MailLicense { .. } => "mail-license",
            Self::MailRenewed { .. } => "mail-renewed",
            Self::MailFailed { .. } => "mail-failed",
            Self::MailUnpaid { .. } => "mail-unpaid",
            Self::MailKeys {} => "mail-keys",
            Self::MailReminder { .. } => "mail-reminder",
            Self::MailNotice { .. } => "mail-notice",
            Self::MailTicket { .. } => "mail-ticket",
            Self::MailAnswer { .. } => "mail-answer",
            Self::MailStaff { .. } => "mail-staff",
            Self::Register {} => "register",
        }
    }

    /// Its name within the vault.
    pub fn name(&self) -> String {
        let word = self.word();
        match self {
            Self::Publish { license } | Self::MailLicense { license } => format!("{word}/{}", license.as_str()),
            Self::MailRenewed { purchase } | Self::MailFailed { purchase } => {
                format!("{word}/{}/{}", purchase.provider.as_str(), purchase.id)
            }
            Self::MailUnpaid { subscription, invoice } => {
                format!("{word}/{}/{}/{invoice}", subscription.provider.as_str(), subscription.id)
            }
            Self::MailReminder { license, days } => format!("{word}/{}/{days}", license.as_str()),
            Self::MailNotice { notice } => format!("{word}/{}", notice.id()),
            Self::MailTicket { ticket } => format!("{word}/{}", ticket.as_str()),
            Self::MailAnswer { ticket, message } | Self::MailStaff { ticket, message } => {
                format!("{word}/{}/{message}", ticket.as_str())
            }
            Self::MailKeys {} | Self::Register {} => word.to_owned(),
        }
    }
}

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
}

declare! {
    Waiting {
        id: JobId;
        revision: [PurchaseDetails] for [Deliver];
        due_at: [PurchaseDetails] for [Deliver];
        failures: [PurchaseDetails] for [Deliver];
    }
}

impl Stored for Waiting {
    const KEEPING: Keeping = Keeping {
        place: Place::VaultOutbox,
        context: Context::Purchase,
        retention: Retention::UntilErased,
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

impl Waiting {
    /// A job to be done at this moment.
    pub fn new(id: JobId, revision: u64, due_at: Moment) -> Self {
        Self { id, revision, due_at, failures: 0 }
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
        Self { due_at: now.after(Seconds(pause.min(RETRY_LONGEST.0))), failures, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(id: JobId) -> Waiting {
        Waiting::new(id, 3, Moment(100))
    }

    #[test]
    fn a_delivered_job_is_gone() {
        assert_eq!(waiting(JobId::Register {}).delivered(3, Moment(200)), None);
    }

    #[test]
    fn what_changed_while_it_was_delivered_is_delivered_again() {
        assert_eq!(waiting(JobId::Register {}).delivered(2, Moment(200)), Some(waiting(JobId::Register {})));
    }

    #[test]
    fn each_failure_waits_longer_up_to_six_hours() {
        let mut job = waiting(JobId::Register {});
        let mut pauses = vec![];
        for _ in 0..12 {
            job = job.failed(Moment(0));
            pauses.push(job.due_at.0);
        }
        assert_eq!(pauses[..3], [30, 60, 120]);
        assert_eq!(pauses[11], 6 * 3600);
        assert!(pauses.is_sorted());
    }
}
