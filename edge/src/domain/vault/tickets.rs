//! Tickets of a vault: opened, written in, moved, and ended by time.
//!
//! What opens a ticket is sent once and may arrive twice. Its number comes from the form, so the second time finds the
//! ticket there.

use serde::{Deserialize, Serialize};

use super::{Told, Vault};
use crate::domain::id::Email;
use crate::domain::outbox::JobId;
use crate::domain::staff::StaffId;
use crate::domain::ticket::{
    Author, Change, MESSAGES_MAX, Message, OPEN_MAX, Ticket, TicketNumber, TicketState, Topic, Versions,
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
        if self.tickets.values().filter(|ticket| ticket.state.is_open()).count() >= OPEN_MAX {
            return Desired::Full {};
        }
        let Opening { number, topic, subject, name, email, license, versions, text, sent, is_spam } = opening;
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
            vault.messages.insert((number.clone(), 1), Message { at: now, author: Author::Sender, by: None, text });
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
        let Written { author, by, text } = written;
        let Some(ticket) = self.tickets.get(number).cloned() else { return Desired::Unknown {} };
        let last = self.messages.get(&(number.clone(), ticket.messages));
        // The same once more, from a button that was pressed twice.
        if last.is_some_and(|last| last.author == author && last.text == text) {
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
            vault.messages.insert(place, Message { at: now, author, by, text });
            vault.tickets.insert(number.clone(), ticket);
        });
        self.done(number)
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
                    Change::Forget => vault.messages.retain(|(of, _), _| *of != number),
                }
            }
        });
    }

    fn done(&self, number: &TicketNumber) -> Desired {
        self.thread(number).map_or(Desired::Unknown {}, |thread| Desired::Done { thread })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Secret;
    use crate::domain::vault::{Command, Reply, apply};

    const NOW: Moment = Moment(1_790_000_000);

    fn number(nonce: &str) -> TicketNumber {
        TicketNumber::of_form(&Secret::new("pepper").expect("not empty"), nonce)
    }

    fn opening(nonce: &str) -> Opening {
        Opening {
            number: number(nonce),
            topic: Topic::Bug,
            subject: "It breaks".to_owned(),
            name: "Ada".to_owned(),
            email: Email::parse("ada@example.com").expect("an address"),
            license: None,
            versions: Versions::default(),
            text: "The portal is blank.".to_owned(),
            sent: nonce.to_owned(),
            is_spam: false,
        }
    }

    fn ask(vault: Vault, command: Command, now: Moment) -> (Vault, Desired) {
        match apply(vault, command, now) {
            (vault, Reply::Ticket(desired)) => (vault, desired),
            other => panic!("{other:?}"),
        }
    }

    fn open(vault: Vault, nonce: &str, now: Moment) -> (Vault, Desired) {
        ask(vault, Command::OpenTicket { opening: opening(nonce) }, now)
    }

    fn write(author: Author, text: &str, seen: Option<u32>) -> Command {
        Command::WriteIn { ticket: number("a"), written: Written { author, by: None, text: text.to_owned() }, seen }
    }

    fn words(vault: &Vault) -> Vec<&'static str> {
        vault
            .outbox
            .values()
            .map(|waiting| waiting.id.word())
            .filter(|word| word.starts_with("mail") && *word != "mail-staff")
            .collect()
    }

    #[test]
    fn a_form_sent_twice_is_one_ticket_and_another_text_is_not_taken_for_it() {
        let (vault, first) = open(Vault::default(), "a", NOW);
        assert!(matches!(&first, Desired::Done { thread } if thread.ticket.state == TicketState::New));
        let (again, second) = open(vault.clone(), "a", NOW.after(Seconds(5)));
        assert_eq!((&again, second), (&vault, first));
        let other = Opening { sent: "other".to_owned(), ..opening("a") };
        let (after, desired) = ask(vault.clone(), Command::OpenTicket { opening: other }, NOW);
        assert_eq!((after, desired), (vault, Desired::Used {}));
    }

    #[test]
    fn staff_hear_of_all_that_is_written_to_them() {
        let (vault, _) = open(Vault::default(), "a", NOW);
        let (vault, _) = ask(vault, write(Author::Sender, "One thing more.", None), NOW);
        let (vault, _) = ask(vault, write(Author::Staff, "Which version?", None), NOW);
        let told = vault.outbox.values().filter(|waiting| waiting.id.word() == "mail-staff").count();
        assert_eq!(told, 2);
    }

    #[test]
    fn a_program_is_not_answered() {
        let command = Command::OpenTicket { opening: Opening { is_spam: true, ..opening("a") } };
        let (vault, desired) = ask(Vault::default(), command, NOW);
        assert!(matches!(desired, Desired::Done { thread } if thread.ticket.state == TicketState::Spam));
        assert!(words(&vault).is_empty());
    }

    #[test]
    fn nobody_can_have_somebody_mailed_again_and_again() {
        let (vault, _) = open(Vault::default(), "a", NOW);
        assert_eq!(words(&vault), ["mail-ticket"]);
        let (soon, _) = open(vault.clone(), "b", NOW.after(Seconds(3_599)));
        assert_eq!(words(&soon), ["mail-ticket"]);
        let (later, _) = open(vault, "b", NOW.after(Seconds(3_600)));
        assert_eq!(words(&later), ["mail-ticket", "mail-ticket"]);
    }

    #[test]
    fn one_person_has_so_many_open_tickets() {
        let nonces: Vec<String> = (0..=OPEN_MAX).map(|at| at.to_string()).collect();
        let (last, others) = nonces.split_last().expect("some");
        let vault = others.iter().fold(Vault::default(), |vault, nonce| open(vault, nonce, NOW).0);
        assert_eq!(open(vault.clone(), last, NOW).1, Desired::Full {});
        let (vault, _) = ask(vault, Command::MoveTicket { ticket: number("0"), to: TicketState::Resolved }, NOW);
        assert!(matches!(open(vault, last, NOW).1, Desired::Done { .. }));
    }

    #[test]
    fn an_answer_is_mailed_once_and_leaves_the_ticket_to_its_sender() {
        let (vault, _) = open(Vault::default(), "a", NOW);
        let (vault, desired) = ask(vault, write(Author::Staff, "Which version?", Some(1)), NOW);
        let Desired::Done { thread } = desired else { panic!("{desired:?}") };
        assert_eq!((thread.ticket.state, thread.messages.len()), (TicketState::Waiting, 2));
        assert_eq!(words(&vault), ["mail-answer", "mail-ticket"]);
        let (again, _) = ask(vault.clone(), write(Author::Staff, "Which version?", Some(1)), NOW.after(Seconds(9)));
        assert_eq!(again, vault, "a button that was pressed twice");
    }

    #[test]
    fn a_stale_answer_is_not_sent() {
        let (vault, _) = open(Vault::default(), "a", NOW);
        let (vault, _) = ask(vault, write(Author::Sender, "Never mind.", None), NOW);
        let (after, desired) = ask(vault.clone(), write(Author::Staff, "Which version?", Some(1)), NOW);
        assert_eq!(after, vault);
        assert!(matches!(desired, Desired::Stale { thread } if thread.messages.len() == 2));
    }

    #[test]
    fn a_quiet_ticket_is_resolved_and_goes_two_years_later_with_all_that_was_written() {
        let (vault, _) = open(Vault::default(), "a", NOW);
        let (vault, _) = ask(vault, write(Author::Staff, "Which version?", None), NOW);
        let quiet = NOW.after(Seconds::days(14));
        assert_eq!(vault.next_ticket_change(), Some(quiet));
        let late = quiet.after(Seconds::days(1));
        let (vault, _) = apply(vault, Command::Due, late);
        let resolved = vault.tickets.get(&number("a")).expect("a ticket");
        assert_eq!((resolved.state, resolved.since), (TicketState::Resolved, quiet));
        let end = quiet.after(Seconds::days(730));
        assert_eq!(vault.next_ticket_change(), Some(end));
        let (vault, _) = apply(vault, Command::Due, Moment(end.0 - 1));
        assert_eq!(vault.messages.len(), 2);
        let (vault, _) = apply(vault, Command::Due, end);
        assert!(vault.tickets.is_empty() && vault.messages.is_empty());
    }
}
