//! What a vault can be asked, and what it answers.

use serde::{Deserialize, Serialize};

use super::ruling::Decision;
use super::{Activation, Correction, Desired, Filing, Holder, Issued, Opening, Step, Survey, Thread, Written};
use crate::contract::Right;
use crate::domain::fact::Fact;
use crate::domain::id::Email;
use crate::domain::license::{LicenseId, LicenseKey, LicenseState};
use crate::domain::notice::Notice;
use crate::domain::outbox::{Job, JobId, Try};
use crate::domain::payment::{Provider, Purchase, Settlement};
use crate::domain::rights::{Class, Request, RequestId};
use crate::domain::seat::SiteMark;
use crate::domain::ticket::{TicketNumber, TicketState};
use crate::domain::time::Moment;
use crate::domain::token::SealedToken;

/// What a vault can be asked to do.
#[allow(clippy::large_enum_variant, reason = "there is one at a time, moved once; on 32 bits it is small")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Somebody bought something: keep the order, and issue its license once it is paid.
    Open {
        /// What was bought.
        purchase: Purchase,
        /// Whether it was paid.
        settlement: Settlement,
        /// Who bought it.
        holder: Holder,
        /// The license to issue. A purchase that has one already keeps it.
        offer: Issued,
    },
    /// A processor reported something.
    Report {
        /// What.
        fact: Fact,
    },
    /// Say what a license is worth.
    Find {
        /// Which.
        license: Named,
    },
    /// Make a license active on a site.
    Activate {
        /// Which.
        license: Named,
        /// Where.
        site: Site,
    },
    /// End that.
    Deactivate {
        /// Which.
        license: Named,
        /// Where.
        site: SiteMark,
    },
    /// Say whether a license is active on a site.
    IsActive {
        /// Which.
        license: Named,
        /// Where.
        site: SiteMark,
    },
    /// Take note of what a site that asks brings or gets.
    Seen {
        /// Which license.
        license: Named,
        /// Which site.
        site: SiteMark,
        /// The plugin version that it reports; empty where it is no news.
        version: String,
        /// The token that was signed for it; none where the one that is kept will do.
        token: Option<SealedToken>,
    },
    /// Mail all licenses to their holder.
    Resend,
    /// Say all that the holder may see.
    Overview,
    /// Tell the holder something, once.
    Notify {
        /// What.
        notice: Notice,
    },
    /// Open a ticket.
    OpenTicket {
        /// With what.
        opening: Opening,
    },
    /// Show a ticket.
    ReadTicket {
        /// Which.
        ticket: TicketNumber,
    },
    /// Write in a ticket.
    WriteIn {
        /// Which.
        ticket: TicketNumber,
        /// Who writes what.
        written: Written,
        /// How many messages they had seen, where it matters.
        seen: Option<u32>,
    },
    /// Change a ticket's place in the inbox.
    FileTicket {
        /// Which.
        ticket: TicketNumber,
        /// What changes.
        filing: Filing,
    },
    /// Decide about a license against or beyond what was paid.
    Rule {
        /// Which.
        license: LicenseId,
        /// What.
        decision: Decision,
    },
    /// Say all that staff may see.
    Survey,
    /// Move a ticket to another state.
    MoveTicket {
        /// Which.
        ticket: TicketNumber,
        /// Where to.
        to: TicketState,
    },
    /// Take a request about personal data, and mail its link.
    AskRight {
        /// The id of the request, should it be a new one.
        id: RequestId,
        /// What is asked for.
        right: Right,
        /// The address as it was typed.
        email: Email,
    },
    /// Use the link of a request.
    ConfirmRight {
        /// The request.
        id: RequestId,
        /// The number of the link.
        link: u32,
    },
    /// Take note that a request was answered.
    AnswerRight {
        /// The request.
        id: RequestId,
    },
    /// Take more time for the answer to a request.
    ExtendRight {
        /// The request.
        id: RequestId,
        /// Why.
        reason: String,
    },
    /// Say what a deletion would do.
    PreviewErasure {
        /// Whether licenses in use would end with it.
        end_licenses: bool,
    },
    /// Order the deletion that was asked for.
    OrderErasure {
        /// The request.
        id: RequestId,
        /// Whether licenses in use end with it.
        end_licenses: bool,
    },
    /// Delete what was ordered.
    Erase {
        /// The request.
        id: RequestId,
    },
    /// Delete once more, in a copy of the store, what was deleted at that moment.
    EraseAgain {
        /// Whether licenses in use ended with it.
        end_licenses: bool,
        /// When.
        at: Moment,
    },
    /// Take note that the processor deleted or corrected what it had.
    ProcessorDone {
        /// The request.
        id: RequestId,
    },
    /// Put something right.
    Correct {
        /// The request.
        id: RequestId,
        /// What.
        correction: Correction,
    },
    /// Take a step of a change of address.
    Change {
        /// The request.
        id: RequestId,
        /// Which.
        step: Step,
    },
    /// Forget what was bought with a license whose time is over.
    Expire {
        /// The license.
        license: LicenseId,
    },
    /// Hand out the jobs that are due, and do what time has done.
    Due,
    /// Take note that a job was delivered, or that the try failed.
    Settle {
        /// The job.
        job: JobId,
        /// The revision it was handed out at.
        revision: u64,
        /// How the try ended.
        ended: Try,
    },
    /// Take note that a mail about a ticket came back.
    Bounced {
        /// Which.
        ticket: TicketNumber,
    },
    /// Have a mail tried again that was given up.
    Retry {
        /// Its name: [`JobId::name`].
        name: String,
    },
}

impl Command {
    /// Whether it is there to forget somebody, or what they wrote or bought.
    pub fn forgets(&self) -> bool {
        matches!(
            self,
            Self::Erase { .. }
                | Self::EraseAgain { .. }
                | Self::Expire { .. }
                | Self::Change { step: Step::Leave { .. }, .. }
        )
    }
}

/// A license by one of its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Named {
    /// By its key, which whoever asks must know.
    Key {
        /// The key.
        key: LicenseKey,
    },
    /// By its id, for those who proved otherwise that they may ask.
    Id {
        /// The id.
        id: LicenseId,
    },
}

/// A site that a license is to be active on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its mark.
    pub mark: SiteMark,
    /// Its address, where the policy in force lets us keep it.
    pub address: Option<String>,
    /// Whether it is free: a staging or local site.
    pub exempt: bool,
    /// The plugin version it reports, possibly empty.
    pub version: String,
    /// The token that it gets.
    pub token: Option<SealedToken>,
}

/// What a vault answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The license of the purchase, whether issued now or before.
    Opened {
        /// Its names.
        license: Issued,
        /// What it is worth.
        state: LicenseState,
    },
    /// Noted.
    Noted,
    /// It is on its way to another vault, or gone there: ask again.
    Away {},
    /// The license that was asked for.
    Found {
        /// What it is worth; `None` when the vault has no such license.
        state: Option<LicenseState>,
    },
    /// Whether the site is active.
    Active {
        /// Whether.
        is_active: bool,
    },
    /// What became of an activation.
    Activated(Activated),
    /// All that the holder may see.
    Overview {
        /// Their licenses.
        licenses: Vec<Owned>,
    },
    /// All that staff may see.
    Survey {
        /// It.
        survey: Survey,
    },
    /// Whether the holder is told of the notice, now or before.
    Notified {
        /// Whether.
        is_told: bool,
    },
    /// What became of something that was asked of a ticket.
    Ticket(Desired),
    /// A ticket, if there is one.
    Thread {
        /// With its messages.
        thread: Option<Thread>,
    },
    /// The request that a link opened; none where it opens nothing, or no longer.
    Right {
        /// The request.
        request: Option<Request>,
    },
    /// Whether more time was taken.
    Extended {
        /// Whether.
        is_extended: bool,
    },
    /// Whether something had to be deleted once more.
    ErasedAgain {
        /// Whether.
        is_new: bool,
    },
    /// What a deletion would do.
    Erasure {
        /// How much of each kind.
        classes: Vec<Class>,
        /// Licenses that work now.
        in_use: Vec<LicenseId>,
    },
    /// Jobs to do.
    Jobs {
        /// At most [`crate::domain::outbox::JOBS_PER_RUN_MAX`].
        jobs: Vec<Job>,
    },
}

impl Reply {
    /// What is answered after a change of which there is nothing to say.
    pub(super) fn noted(change: impl FnOnce()) -> Self {
        change();
        Self::Noted
    }
}

/// What became of an activation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activated {
    /// Whether the site is active.
    pub grant: Grant,
    /// What the license is worth now; `None` when the vault has no such license.
    pub state: Option<LicenseState>,
}

/// Whether a site is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// It is.
    Granted,
    /// The license is not good.
    NotGood,
    /// All seats are taken.
    NoSeats,
    /// There is no such license here.
    Unknown,
}

/// A license as its holder may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owned {
    /// Its names.
    pub license: Issued,
    /// What it is worth.
    pub state: LicenseState,
    /// When it was bought.
    pub bought: Moment,
    /// Who took the money.
    pub provider: Provider,
    /// Whether it began as a subscription.
    pub subscribed: bool,
    /// Where it is active.
    pub sites: Vec<Activation>,
    /// Stripe's id of the buyer, for the page of invoices and cards there.
    pub customer: Option<String>,
}
