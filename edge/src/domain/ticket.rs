//! A support ticket: what somebody asked, what was answered, and where it stands.
//!
//! It has two names. Its number is for people, and whoever knows it can do nothing with it. Its access code opens it: derived
//! from number and a version, so that nothing is stored that opens a ticket, and a new version ends all links before it.

use serde::{Deserialize, Serialize};

use super::attachment::Attached;
use super::id::{Email, Secret, hex, unhex};
use super::staff::StaffId;
use super::time::{Moment, Seconds};
use crate::contract::{Context, Datum, Ending, Erasure, Export, Keeping, Period, Place, Retention, Stored, Unit};
use crate::declare;

mod number;
mod reply_address;

pub use number::TicketNumber;
pub use reply_address::{bare, conversation_root, reply_address, ticket_of_address};

/// A ticket that waits for its sender this long is resolved by itself.
pub const QUIET: Seconds = Seconds::days(14);
/// A ticket goes this long after it was closed…
const KEPT: Seconds = Seconds::days(2 * 365);
/// …and one that is spam after this time.
const SPAM_KEPT: Seconds = Seconds::days(30);
/// Tickets of one person that may be open at once. Whoever reaches it writes into one of them; a program that answers our
/// mails by opening tickets stops here.
pub const OPEN_MAX: usize = 10;
/// Tickets that one person may open in a day, whatever became of them.
pub const OPENED_PER_DAY_MAX: usize = 20;
/// Messages in one ticket.
pub const MESSAGES_MAX: u32 = 200;
/// Tags of one ticket, and characters of a tag.
pub const TAGS_MAX: usize = 8;
/// See [`TAGS_MAX`].
pub const TAG_CHARS_MAX: usize = 24;
/// Bytes of an access code: 128 bits.
const ACCESS_LEN: usize = 16;

/// What a ticket is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// How something is done.
    Question,
    /// Something does not work.
    Bug,
    /// A payment, an invoice, a refund.
    Billing,
    /// A right about one's own data.
    Privacy,
    /// Anything else.
    Other,
}

impl Topic {
    /// All topics, in the order in which a form offers them.
    pub const ALL: [Self; 5] = [Self::Question, Self::Bug, Self::Billing, Self::Privacy, Self::Other];

    /// The word used in forms and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Bug => "bug",
            Self::Billing => "billing",
            Self::Privacy => "privacy",
            Self::Other => "other",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == word)
    }
}

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    /// Nobody has answered yet.
    New,
    /// It is for us to answer.
    Open,
    /// It is for its sender to answer.
    Waiting,
    /// It is done.
    Resolved,
    /// It asks for nothing.
    Spam,
}

impl TicketState {
    /// All states, in the order in which a ticket goes through them.
    pub const ALL: [Self; 5] = [Self::New, Self::Open, Self::Waiting, Self::Resolved, Self::Spam];

    /// The word used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Resolved => "resolved",
            Self::Spam => "spam",
        }
    }

    /// Whether somebody still has something to do.
    pub fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Open | Self::Waiting)
    }
}

/// Versions that the sender's site told of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// Of the plugin.
    pub plugin: Option<String>,
    /// Of WordPress.
    pub wordpress: Option<String>,
    /// Of PHP.
    pub php: Option<String>,
}

declare! {
    Versions {
        plugin: [PluginVersion] for [Support];
        wordpress: [PluginVersion] for [Support];
        php: [PluginVersion] for [Support];
    }
}

/// A ticket without its messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// When it was opened.
    pub opened_at: Moment,
    /// What it is about.
    pub topic: Topic,
    /// What it is about, in the sender's words.
    pub subject: String,
    /// Who sent it.
    pub name: String,
    /// Where answers go.
    pub email: Email,
    /// The last group of a license key that was given with it.
    pub license: Option<String>,
    /// What the sender's site told of itself.
    pub versions: Versions,
    /// Where it stands.
    pub state: TicketState,
    /// Since when.
    pub since: Moment,
    /// How many messages it has had.
    pub messages: u32,
    /// The version of its access code.
    pub access: u32,
    /// Stands for what was sent, so that the same form sent twice is known from another one.
    pub sent: String,
    /// Who of the staff has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<StaffId>,
    /// What staff sort it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

declare! {
    Ticket {
        opened_at: [RequestContent] for [Support];
        topic: [RequestContent] for [Support];
        subject: [RequestContent] for [Support] to [Mail];
        name: [Name] for [Support] to [Mail];
        email: [Email] for [Support] to [Mail];
        license: [LicenseKey] for [Support];
        versions: Versions;
        state: [RequestContent] for [Support];
        since: [RequestContent] for [Support];
        messages: [RequestContent] for [Support];
        access: [RequestContent] for [Support];
        sent: [RequestContent] for [Support];
        assignee: [RequestContent] for [Support];
        tags: [RequestContent] for [Support];
    }
}

impl Stored for Ticket {
    const KEEPING: Keeping = kept(Place::VaultTicket);
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// Whoever opened the ticket.
    Sender,
    /// We.
    Staff,
    /// We, for ourselves: its sender is not shown it.
    Note,
}

/// A message of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// When it was written.
    pub at: Moment,
    /// By whom.
    pub author: Author,
    /// Who of the staff it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<StaffId>,
    /// Plain text.
    pub text: String,
    /// Of an answer by mail, all of it, where something was folded away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted: Option<String>,
    /// The address that it came from by mail, where that is another than the ticket's. Whoever has it is not the ticket's
    /// sender: no answer goes there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Email>,
    /// Stands for the mail that brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// Files that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attached>,
}

declare! {
    Message {
        at: [RequestContent] for [Support];
        author: [RequestContent] for [Support];
        by: [RequestContent] for [Support];
        text: [RequestContent] for [Support];
        quoted: [RequestContent] for [Support];
        from: [Email] for [Support];
        mail: [RequestContent] for [Support];
        files: Attached;
    }
}

impl Stored for Message {
    const KEEPING: Keeping = kept(Place::VaultMessage);
}

/// How a ticket is kept: until two years after it was closed.
const fn kept(place: Place) -> Keeping {
    let period = Period { count: 2, unit: Unit::Years };
    let retention = Retention::After { what: Ending::Ticket, period };
    Keeping { place, context: Context::Ticket, retention, erasure: Erasure::Delete, export: Export::Given }
}

impl Datum for Topic {}
impl Datum for TicketState {}
impl Datum for Author {}

/// What time does to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is resolved, for its sender was silent.
    Resolve,
    /// It goes.
    Forget,
}

impl Ticket {
    /// What time does to it next, and when.
    pub fn next_change(&self) -> Option<(Moment, Change)> {
        match self.state {
            TicketState::New | TicketState::Open => None,
            TicketState::Waiting => Some((self.since.after(QUIET), Change::Resolve)),
            TicketState::Resolved => Some((self.since.after(KEPT), Change::Forget)),
            TicketState::Spam => Some((self.since.after(SPAM_KEPT), Change::Forget)),
        }
    }

    /// The same in another state, since `now` if it is another one.
    pub fn moved(self, state: TicketState, now: Moment) -> Self {
        let since = if self.state == state { self.since } else { now };
        Self { state, since, ..self }
    }

    /// The same after a message: a question is for us, an answer for its sender. Spam stays spam whatever is written.
    pub fn after_message(self, author: Author, now: Moment) -> Self {
        let state = match (author, self.state) {
            (_, TicketState::Spam) => TicketState::Spam,
            (Author::Sender, TicketState::New) => TicketState::New,
            (Author::Sender, _) => TicketState::Open,
            (Author::Staff, _) => TicketState::Waiting,
            (Author::Note, state) => state,
        };
        let messages = self.messages.saturating_add(1);
        if author == Author::Note {
            return Self { messages, ..self };
        }
        // Each message begins the time anew in which the other side may be silent.
        Self { messages, ..self.moved(state, now) }.since_message(now)
    }

    fn since_message(self, now: Moment) -> Self {
        let since = if self.state == TicketState::Waiting { now } else { self.since };
        Self { since, ..self }
    }
}

/// Tags as somebody types them, between commas or spaces: in lower case, each once.
pub fn tags(text: &str) -> Vec<String> {
    let mut tags: Vec<String> = vec![];
    for word in text.split(|c: char| c == ',' || c.is_whitespace()) {
        let tag: String = word.chars().filter(|c| c.is_alphanumeric() || *c == '-').take(TAG_CHARS_MAX).collect();
        let tag = tag.to_lowercase();
        if !tag.is_empty() && !tags.contains(&tag) && tags.len() < TAGS_MAX {
            tags.push(tag);
        }
    }
    tags
}

/// What opens a ticket: 128 bits as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy)]
pub struct Access<'of> {
    /// The ticket.
    pub number: &'of TicketNumber,
    /// The version of the code.
    pub version: u32,
}

impl Access<'_> {
    /// The code.
    pub fn code(&self, secret: &Secret) -> String {
        let tag = secret.tag(&["ticket-access", self.number.as_str(), &self.version.to_string()]);
        hex(tag.get(..ACCESS_LEN).unwrap_or(&tag))
    }

    /// Whether somebody holds the code. Takes the same time whichever digit is wrong.
    pub fn is_code(&self, secret: &Secret, given: &str) -> bool {
        let Some(given) = unhex::<ACCESS_LEN>(given) else { return false };
        secret.is_start_of_tag(&["ticket-access", self.number.as_str(), &self.version.to_string()], &given)
    }
}

#[cfg(test)]
mod tests;
