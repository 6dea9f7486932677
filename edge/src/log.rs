//! What the log can say: a closed list of events. Most fields are words of this program. A free text is what a part of the
//! world said of its own failure, never anything a person sent or a server answered; who makes an
//! [`Unavailable`](crate::ports::Unavailable) sees to that, and the simulation looks for marked persons in every line.

use std::fmt;

use crate::app::Taken;
use crate::signature::access;

/// Something worth a line in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A part of the world did not answer; a caller was told to try again.
    Unavailable {
        /// Which part, and what it said.
        why: String,
    },
    /// A webhook with a good signature that is none of our business.
    WebhookIgnored {
        /// Why.
        why: &'static str,
    },
    /// A webhook whose signature does not hold.
    WebhookRefused {
        /// Why.
        why: &'static str,
    },
    /// A fact waits for the purchase it belongs to.
    Parked,
    /// A parked fact found its purchase.
    Unparked,
    /// A purchase that cannot be fulfilled was set aside for staff.
    Held {
        /// Why.
        why: &'static str,
    },
    /// A buyer was charged less than the catalogue asks.
    PriceDrift,
    /// A notice is being told.
    NoticeProgress {
        /// Which.
        notice: String,
        /// Vaults asked so far.
        asked: u64,
        /// Mails queued so far.
        queued: u64,
        /// Whether all were asked.
        done: bool,
    },
    /// A token of Cloudflare Access opens nothing.
    AccessRefused {
        /// Why.
        why: access::Refused,
    },
    /// A mail was taken.
    MailTaken {
        /// What became of it.
        how: Taken,
    },
    /// A job of an outbox failed and will be tried again.
    JobFailed {
        /// What it was about.
        job: &'static str,
        /// What went wrong.
        why: String,
    },
    /// Stored text could not be read back.
    Corrupt {
        /// Where.
        place: &'static str,
    },
    /// The configuration lacks something; everything answers 503.
    Misconfigured {
        /// Names of the settings.
        settings: String,
    },
}

/// One line of `name field=value`; values are quoted and escaped, so no line can be forged.
impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable { why } => write!(formatter, "unavailable why={why:?}"),
            Self::WebhookIgnored { why } => write!(formatter, "webhook-ignored why={why:?}"),
            Self::WebhookRefused { why } => write!(formatter, "webhook-refused why={why:?}"),
            Self::Parked => write!(formatter, "parked"),
            Self::Unparked => write!(formatter, "unparked"),
            Self::Held { why } => write!(formatter, "held why={why:?}"),
            Self::PriceDrift => write!(formatter, "price-drift"),
            Self::NoticeProgress { notice, asked, queued, done } => {
                write!(formatter, "notice id={notice:?} asked={asked} queued={queued} done={done}")
            }
            Self::AccessRefused { why } => write!(formatter, "access-refused why={:?}", why.to_string()),
            Self::MailTaken { how } => write!(formatter, "mail-taken how={how:?}"),
            Self::JobFailed { job, why } => write!(formatter, "job-failed job={job} why={why:?}"),
            Self::Corrupt { place } => write!(formatter, "corrupt place={place}"),
            Self::Misconfigured { settings } => write!(formatter, "misconfigured settings={settings:?}"),
        }
    }
}
