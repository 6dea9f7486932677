//! Mails as plain data. There is a closed list of them; none of them sells anything.

use serde::{Deserialize, Serialize};

use super::id::Email;
use super::license::{LicenseKey, LicenseState};
use super::notice::Notice;
use super::rights::{Class, RequestId};
use super::ticket::{Ticket, TicketNumber};
use super::time::Moment;
use crate::contract::{Context, Recipient, Right, Sent};
use crate::declare;

mod html;
mod text;

pub use text::{REPLY_LINE, write};

/// A mail to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Idempotency key: a provider that knows such keys sends a mail once, however often it is handed over.
    pub id: String,
    /// Who gets it.
    pub to: Email,
    /// One line.
    pub subject: String,
    /// Plain text, lines ending in `\n`.
    pub text: String,
    /// The same as a page.
    pub html: String,
    /// Whether a program wrote it, so that absence notes do not answer it (RFC 3834, section 5).
    pub is_automatic: bool,
    /// The conversation it belongs to; only where answers by mail come to us.
    pub conversation: Option<Conversation>,
}

/// What keeps the mails of a ticket together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Where an answer goes: [`super::ticket::reply_address`].
    pub reply_to: String,
    /// The id that all of its mails refer to, with its brackets (RFC 5322, section 3.6.4). It is that of no mail that must
    /// have arrived.
    pub root: String,
}

declare! {
    Mail {
        id: [PurchaseDetails] for [Deliver, Notify, Support];
        to: [Email] for [Deliver, Notify, Support];
        subject: [PurchaseDetails, RequestContent] for [Deliver, Notify, Support];
        text: [Name, Email, LicenseKey, PurchaseDetails, PluginVersion, RequestContent] for [Deliver, Notify, Support];
        html: [Name, Email, LicenseKey, PurchaseDetails, PluginVersion, RequestContent] for [Deliver, Notify, Support];
        is_automatic: [NotPersonal] for [Deliver, Notify, Support];
        conversation: Conversation;
    }
}

declare! {
    Conversation {
        reply_to: [NotPersonal] for [Support];
        root: [NotPersonal] for [Support];
    }
}

impl Sent for Mail {
    const TO: Recipient = Recipient::Mail;
    const CONTEXT: Context = Context::Purchase;
    const ALSO: &'static [Context] = &[Context::Ticket, Context::Rights];
}

impl Mail {
    /// What stands in its header besides to whom it goes and what it is about.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let automatic = self.is_automatic.then(|| ("Auto-Submitted", "auto-generated".to_owned()));
        let threading = self.conversation.iter().flat_map(|conversation| {
            let root = conversation.root.clone();
            [("In-Reply-To", root.clone()), ("References", root)]
        });
        automatic.into_iter().chain(threading).collect()
    }
}

/// A mail before it is written: to whom, and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// See [`Mail::id`].
    pub id: String,
    /// Who gets it.
    pub to: Email,
    /// Their name as the processor gave it, possibly empty.
    pub name: String,
    /// What it says.
    pub says: Says,
}

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// Here is your license.
    License {
        /// Its key.
        key: LicenseKey,
        /// What it is worth.
        state: LicenseState,
    },
    /// Your license was prolonged.
    Renewed {
        /// What it is worth now.
        state: LicenseState,
    },
    /// Your payment did not come.
    Failed {
        /// Id of the product.
        product: String,
        /// Id of the plan.
        plan: String,
    },
    /// Your renewal could not be collected.
    Unpaid {
        /// What the license is worth.
        state: LicenseState,
    },
    /// Here are your licenses, as you asked.
    Keys {
        /// Their keys, and what they are worth.
        licenses: Vec<(LicenseKey, LicenseState)>,
    },
    /// Your license will end.
    Reminder {
        /// What it is worth.
        state: LicenseState,
    },
    /// Your ticket is here.
    Ticket {
        /// Its number.
        number: TicketNumber,
        /// The version of its access code.
        access: u32,
    },
    /// For staff: this was written in a ticket.
    ForStaff {
        /// The ticket.
        number: TicketNumber,
        /// The version of its access code.
        access: u32,
        /// The ticket.
        ticket: Box<Ticket>,
        /// What was written.
        text: String,
    },
    /// Here is our answer.
    Answer {
        /// The ticket.
        number: TicketNumber,
        /// The version of its access code.
        access: u32,
        /// What it is about.
        subject: String,
        /// What we say.
        text: String,
    },
    /// For staff: the link to sign in with.
    SignIn {},
    /// The link of your request about personal data.
    Right {
        /// The request.
        request: RequestId,
        /// What is asked for.
        right: Right,
        /// The number of the link.
        link: u32,
    },
    /// There is nothing that your request could be about.
    NothingHeld {
        /// What was asked for.
        right: Right,
    },
    /// An answer takes longer.
    Extended {
        /// What is asked for.
        right: Right,
        /// Until when.
        due: Moment,
        /// Why.
        reason: String,
    },
    /// What was deleted, and what stays.
    Erased {
        /// The request.
        request: RequestId,
        /// When it came in.
        received: Moment,
        /// How much of each kind.
        classes: Vec<Class>,
        /// Whether the processor still has to delete something.
        open: bool,
    },
    /// Is this address yours?
    Proof {
        /// The request.
        request: RequestId,
        /// The number of the link.
        link: u32,
    },
    /// Your data is under this address now.
    Came {},
    /// Your data is under another address now.
    Left {
        /// As much of it as its owner recognises.
        to: String,
    },
    /// For staff: a request has to be answered soon.
    RightDue {
        /// What is asked for.
        right: Right,
        /// Until when.
        due: Moment,
    },
    /// A notice.
    Notice {
        /// Which.
        notice: Notice,
    },
}
