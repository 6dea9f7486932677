//! Tickets of a vault, command by command.

use super::*;
use crate::domain::id::Secret;
use crate::domain::outbox::Work;
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
        mail: None,
        files: vec![],
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
    Command::WriteIn {
        ticket: number("a"),
        written: Written { author, by: None, text: text.to_owned(), mail: None, files: vec![] },
        seen,
    }
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
fn one_person_opens_so_many_tickets_in_a_day_though_all_are_closed() {
    let once = |vault: Vault, at: usize, now| {
        let (vault, desired) = open(vault, &at.to_string(), now);
        let closing = Command::MoveTicket { ticket: number(&at.to_string()), to: TicketState::Resolved };
        (apply(vault, closing, now).0, desired)
    };
    let vault = (0..OPENED_PER_DAY_MAX).fold(Vault::default(), |vault, at| once(vault, at, NOW).0);
    assert_eq!(once(vault.clone(), OPENED_PER_DAY_MAX, NOW).1, Desired::Full {});
    assert!(matches!(once(vault, OPENED_PER_DAY_MAX, NOW.after(Seconds::days(1))).1, Desired::Done { .. }));
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

fn by_mail(id: &str) -> ByMail {
    ByMail { id: id.to_owned(), from: None, quoted: None }
}

#[test]
fn a_mail_that_is_brought_twice_is_one_message_whatever_was_written_in_between() {
    let (vault, _) = open(Vault::default(), "a", NOW);
    let mailed = |text: &str, id| {
        let written =
            Written { author: Author::Sender, by: None, text: text.to_owned(), mail: Some(by_mail(id)), files: vec![] };
        Command::WriteIn { ticket: number("a"), written, seen: None }
    };
    let (vault, _) = ask(vault, mailed("It is 1.2.3.", "m1"), NOW);
    let (vault, _) = ask(vault, write(Author::Staff, "Thank you.", None), NOW);
    let (again, _) = ask(vault.clone(), mailed("It is 1.2.3.", "m1"), NOW);
    assert_eq!(again, vault);
    let (more, _) = ask(vault, mailed("It is 1.2.3.", "m2"), NOW);
    assert_eq!(more.messages.len(), 4);
}

#[test]
fn another_link_is_mailed_and_is_another_mail() {
    let id = |vault: &Vault| match apply(vault.clone(), Command::Due, NOW).1 {
        Reply::Jobs { jobs } => jobs.into_iter().find_map(|job| match job.work {
            Work::Mail { letter } if matches!(job.id, JobId::MailTicket { .. }) => Some(letter.id),
            _ => None,
        }),
        other => panic!("{other:?}"),
    };
    let (vault, _) = open(Vault::default(), "a", NOW);
    let first = id(&vault).expect("a mail");
    let relink = Command::FileTicket { ticket: number("a"), filing: Filing::Relinked {} };
    let (vault, desired) = ask(vault, relink, NOW);
    assert!(matches!(desired, Desired::Done { thread } if thread.ticket.access == 2));
    assert_ne!(id(&vault).expect("a mail"), first);
}

#[test]
fn a_mail_that_came_back_is_given_up_until_staff_say_otherwise() {
    let (vault, _) = open(Vault::default(), "a", NOW);
    let (vault, _) = ask(vault, write(Author::Staff, "Which version?", None), NOW);
    let settled = Vault { outbox: std::collections::BTreeMap::new(), ..vault };
    let (vault, _) = apply(settled, Command::Bounced { ticket: number("a") }, NOW);
    let name = JobId::MailAnswer { ticket: number("a"), message: 2 }.name();
    assert!(vault.outbox.get(&name).is_some_and(|waiting| waiting.given_up == Some(NOW)));
    let jobs = |vault: &Vault| match apply(vault.clone(), Command::Due, NOW.after(Seconds::days(1))).1 {
        Reply::Jobs { jobs } => jobs.iter().map(|job| job.id.word()).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(jobs(&vault), ["register"]);
    let (retried, _) = apply(vault.clone(), Command::Retry { name: name.clone() }, NOW);
    assert_eq!(jobs(&retried), ["mail-answer", "register"]);
    let (forgotten, _) = apply(vault, Command::Due, NOW.after(Seconds::days(90)));
    assert!(!forgotten.outbox.contains_key(&name));
}
