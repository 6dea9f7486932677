//! Tickets of a vault: opened, written in, moved, and ended by time.
//!
//! What opens a ticket is sent once and may arrive twice. Its number comes from the form, so the second time finds the
//! ticket there.

use serde::{Deserialize, Serialize};

use super::{Told, Vault};
use crate::domain::attachment::Attached;
use crate::domain::id::Email;
use crate::domain::outbox::{JobId, Waiting};
use crate::domain::staff::StaffId;
use crate::domain::ticket::{
    Author, Change, MESSAGES_MAX, Message, OPEN_MAX, OPENED_PER_DAY_MAX, Ticket, TicketNumber, TicketState, Topic,
    Versions,
};
use crate::domain::time::{Moment, Seconds};

/// Whoever opens tickets gets one mail about it in this time, until we know that the address is theirs: anybody can type
/// anybody's.
const CONFIRMATION_PAUSE: Seconds = Seconds(3_600);

/// A ticket to be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Its number.
    pub number: TicketNumber,
    /// See [`Ticket::topic`], and so on.
    pub topic: Topic,
    /// One line.
    pub subject: String,
    /// One line.
    pub name: String,
    /// Where answers go.
    pub email: Email,
    /// The last group of a license key.
    pub license: Option<String>,
    /// Versions.
    pub versions: Versions,
    /// The first message.
    pub text: String,
    /// Stands for all of it.
    pub sent: String,
    /// Whether a program sent it, which is not told so.
    pub is_spam: bool,
    /// How it came, where it came by mail.
    #[serde(default)]
    pub mail: Option<ByMail>,
    /// Files, which are put away already.
    #[serde(default)]
    pub files: Vec<Attached>,
}

/// What somebody writes in a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Who.
    pub author: Author,
    /// Who of the staff.
    pub by: Option<StaffId>,
    /// What.
    pub text: String,
    /// How it came, where it came by mail.
    #[serde(default)]
    pub mail: Option<ByMail>,
    /// Files, which are put away already.
    #[serde(default)]
    pub files: Vec<Attached>,
}

/// What a message that came by mail brings besides its text. See [`Message`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByMail {
    /// Stands for the mail.
    pub id: String,
    /// See [`Message::from`].
    pub from: Option<Email>,
    /// See [`Message::quoted`].
    pub quoted: Option<String>,
}

/// What staff change of a ticket's place in the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filing {
    /// Who has it.
    To {
        /// None: nobody.
        assignee: Option<StaffId>,
    },
    /// What it is sorted by.
    Under {
        /// All its tags.
        tags: Vec<String>,
    },
    /// Another link to it: those before open nothing from then on, and its sender is mailed the new one.
    Relinked {},
}

/// A ticket with its messages in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// The ticket.
    pub ticket: Ticket,
    /// Its messages.
    pub messages: Vec<Message>,
}

/// What became of something that was asked of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Desired {
    /// It is as was asked.
    Done {
        /// How the ticket stands now.
        thread: Thread,
    },
    /// There is no such ticket here.
    Unknown {},
    /// The form opened another ticket before.
    Used {},
    /// There is no more room: too many open tickets, too many messages.
    Full {},
    /// Somebody else wrote meanwhile.
    Stale {
        /// How the ticket stands now.
        thread: Thread,
    },
}

impl Vault {
    /// Opens a ticket, unless the form opened it before.
    pub(super) fn open_ticket(&mut self, opening: Opening, now: Moment) -> Desired {
        if let Some(known) = self.tickets.get(&opening.number) {
            return if known.sent == opening.sent { self.done(&opening.number) } else { Desired::Used {} };
        }
        let count = |which: &dyn Fn(&Ticket) -> bool| self.tickets.values().filter(|ticket| which(ticket)).count();
        let is_of_today = |ticket: &Ticket| now < ticket.opened_at.after(Seconds::days(1));
        if count(&|ticket| ticket.state.is_open()) >= OPEN_MAX || count(&is_of_today) >= OPENED_PER_DAY_MAX {
            return Desired::Full {};
        }
        let Opening { number, topic, subject, name, email, license, versions, text, sent, is_spam, mail, files } =
            opening;
        let ticket = Ticket {
            opened_at: now,
            topic,
            subject,
            name,
            email,
            license,
            versions,
            state: if is_spam { TicketState::Spam } else { TicketState::New },
            since: now,
            messages: 1,
            access: 1,
            sent,
            assignee: None,
            tags: vec![],
        };
        let is_confirmed = self.holder.is_some();
        let is_soon = self.confirmed.is_some_and(|told| now < told.at.after(CONFIRMATION_PAUSE));
        self.changing(now, |vault| {
            vault.tickets.insert(number.clone(), ticket);
            vault.messages.insert(
                (number.clone(), 1),
                entered(now, Written { author: Author::Sender, by: None, text, mail, files }),
            );
            if !is_spam {
                vault.queue(JobId::MailStaff { ticket: number.clone(), message: 1 }, now);
            }
            if !is_spam && (is_confirmed || !is_soon) {
                vault.confirmed = Some(Told { at: now });
                vault.queue(JobId::MailTicket { ticket: number.clone() }, now);
            }
        });
        self.done(&number)
    }

    /// Adds a message. `seen` is how many the author had seen; where there are more, nothing is added.
    pub(super) fn write_in(
        &mut self,
        number: &TicketNumber,
        written: Written,
        seen: Option<u32>,
        now: Moment,
    ) -> Desired {
        let author = written.author;
        let Some(ticket) = self.tickets.get(number).cloned() else { return Desired::Unknown {} };
        let last = self.messages.get(&(number.clone(), ticket.messages));
        // The same once more, from a button that was pressed twice.
        if last.is_some_and(|last| last.author == author && last.text == written.text && last.files == written.files)
            || self.has_come(number, written.mail.as_ref())
        {
            return self.done(number);
        }
        if seen.is_some_and(|seen| seen != ticket.messages) {
            return self.thread(number).map_or(Desired::Unknown {}, |thread| Desired::Stale { thread });
        }
        if ticket.messages >= MESSAGES_MAX {
            return Desired::Full {};
        }
        self.changing(now, |vault| {
            let ticket = ticket.after_message(author, now);
            let place = (number.clone(), ticket.messages);
            let (of, message) = (number.clone(), ticket.messages);
            let tell = match author {
                Author::Staff => Some(JobId::MailAnswer { ticket: of, message }),
                Author::Sender => Some(JobId::MailStaff { ticket: of, message }),
                Author::Note => None,
            };
            if let Some(tell) = tell.filter(|_| ticket.state != TicketState::Spam) {
                vault.queue(tell, now);
            }
            vault.messages.insert(place, entered(now, written));
            vault.tickets.insert(number.clone(), ticket);
        });
        self.done(number)
    }

    /// Whether a mail has brought its message before: mail servers repeat what they are not sure of.
    fn has_come(&self, number: &TicketNumber, mail: Option<&ByMail>) -> bool {
        let id = mail.map(|mail| mail.id.as_str());
        let theirs = self.messages.iter().filter(|((of, _), _)| of == number);
        id.is_some() && theirs.into_iter().any(|(_, message)| message.mail.as_deref() == id)
    }

    /// Takes note that the last mail of a ticket came back: it is given up until staff say otherwise.
    pub(super) fn bounce(&mut self, number: &TicketNumber, now: Moment) {
        let Some(ticket) = self.tickets.get(number) else { return };
        let is_answer = |place: &u32| {
            self.messages.get(&(number.clone(), *place)).is_some_and(|message| message.author == Author::Staff)
        };
        let ticket_number = || number.clone();
        let job = match (1..=ticket.messages).rev().find(is_answer) {
            Some(message) => JobId::MailAnswer { ticket: ticket_number(), message },
            None => JobId::MailTicket { ticket: ticket_number() },
        };
        self.changing(now, |vault| {
            let waiting = Waiting::new(job.clone(), vault.revision.number, now).refused(now);
            vault.outbox.insert(job.name(), waiting);
        });
    }

    /// Moves a ticket to another state.
    pub(super) fn move_ticket(&mut self, number: &TicketNumber, to: TicketState, now: Moment) -> Desired {
        self.changing(now, |vault| {
            if let Some(ticket) = vault.tickets.remove(number) {
                vault.tickets.insert(number.clone(), ticket.moved(to, now));
            }
        });
        self.done(number)
    }

    /// Gives a ticket to one of the staff, and tags to it.
    pub(super) fn file_ticket(&mut self, number: &TicketNumber, filing: Filing, now: Moment) -> Desired {
        self.changing(now, |vault| {
            if let Some(ticket) = vault.tickets.get_mut(number) {
                match filing {
                    Filing::To { assignee } => ticket.assignee = assignee,
                    Filing::Under { tags } => ticket.tags = tags,
                    Filing::Relinked {} => {
                        ticket.access = ticket.access.saturating_add(1);
                        vault.queue(JobId::MailTicket { ticket: number.clone() }, now);
                    }
                }
            }
        });
        self.done(number)
    }

    /// The tickets as the inbox lists them.
    pub(super) fn filed(&self) -> Vec<(TicketNumber, Ticket, Moment)> {
        let written_at = |number: &TicketNumber, ticket: &Ticket| {
            self.messages.get(&(number.clone(), ticket.messages)).map_or(ticket.opened_at, |message| message.at)
        };
        let filed = self.tickets.iter().map(|(number, ticket)| {
            // What was written, and by whom, is not for the desk.
            (number.clone(), ticket.clone(), written_at(number, ticket))
        });
        filed.collect()
    }

    /// A ticket with its messages.
    pub(super) fn thread(&self, number: &TicketNumber) -> Option<Thread> {
        let ticket = self.tickets.get(number)?.clone();
        let messages = (1..=ticket.messages).filter_map(|place| self.messages.get(&(number.clone(), place)).cloned());
        Some(Thread { messages: messages.collect(), ticket })
    }

    /// When time next changes a ticket.
    pub(super) fn next_ticket_change(&self) -> Option<Moment> {
        self.tickets.values().filter_map(Ticket::next_change).map(|(at, _)| at).min()
    }

    /// Does what time has done to tickets.
    pub(super) fn age_tickets(&mut self, now: Moment) {
        let due: Vec<(TicketNumber, Moment, Change)> = self
            .tickets
            .iter()
            .filter_map(|(number, ticket)| {
                let (at, change) = ticket.next_change()?;
                (at <= now).then(|| (number.clone(), at, change))
            })
            .collect();
        if due.is_empty() {
            return;
        }
        self.changing(now, |vault| {
            for (number, at, change) in due {
                let Some(ticket) = vault.tickets.remove(&number) else { continue };
                match change {
                    // At its hour, however late the alarm rings: from then on its time counts.
                    Change::Resolve => _ = vault.tickets.insert(number, ticket.moved(TicketState::Resolved, at)),
                    Change::Forget => vault.forget_messages(&number, at.max(now)),
                }
            }
        });
    }

    /// Forgets what was written in a ticket. Its files are taken away by jobs, until that is done.
    pub(super) fn forget_messages(&mut self, number: &TicketNumber, now: Moment) {
        let theirs = self.messages.iter().filter(|((of, _), _)| of == number);
        let files: Vec<_> = theirs.flat_map(|(_, message)| &message.files).map(|file| file.id.clone()).collect();
        self.messages.retain(|(of, _), _| of != number);
        self.queue(JobId::Release { ticket: number.clone() }, now);
        for file in files {
            self.queue(JobId::DropFile { file }, now);
        }
    }

    fn done(&self, number: &TicketNumber) -> Desired {
        self.thread(number).map_or(Desired::Unknown {}, |thread| Desired::Done { thread })
    }
}

/// A message as it is kept.
fn entered(at: Moment, Written { author, by, text, mail, files }: Written) -> Message {
    let (mut quoted, mut from, mut id) = (None, None, None);
    if let Some(mail) = mail {
        (quoted, from, id) = (mail.quoted, mail.from, Some(mail.id));
    }
    Message { at, author, by, text, quoted, from, mail: id, files }
}

#[cfg(test)]
mod tests;
