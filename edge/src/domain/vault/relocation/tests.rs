//! All goes along, once, and whoever asks in between is told to ask again.

use super::*;
use crate::contract::Right;
use crate::domain::id::{Email, Secret};
use crate::domain::vault::{Correction, Named, Reply, apply};

const NOW: Moment = Moment(1_804_000_000);

fn id() -> RequestId {
    RequestId::from_bytes([1; 16])
}

fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

fn subject(text: &str) -> Subject {
    Subject::of(&Secret::new("pepper").expect("not empty"), &email(text))
}

fn run(vault: Vault, command: Command) -> (Vault, Reply) {
    apply(vault, command, NOW)
}

fn change(vault: Vault, step: Step) -> (Vault, Option<Request>) {
    match run(vault, Command::Change { id: id(), step }) {
        (vault, Reply::Right { request }) => (vault, request),
        (_, other) => panic!("{other:?}"),
    }
}

fn buy(at: i64, customer: &str) -> Command {
    let command = format!(
        r#"{{"open":{{"purchase":{{"at":{at},"id":{{"provider":"stripe","id":"cs_{at}"}},{customer}
            "product":"plus","plan":"single","seats":1,"term":"1y","price_drift":false,"policy":"2025-03-31"}},
        "settlement":{{"paid":{{"paid":{{"at":{at},"payment":{{"provider":"stripe","id":"pi_{at}"}}}}}}}},
        "holder":{{"as_of":{at},"name":"Ada","email":"ada@example.com"}},
        "offer":{{"id":"lic_{at:032}","key":"{key}"}}}}}}"#,
        key = key(at),
    );
    serde_json::from_str(&command).expect("a command")
}

fn key(at: i64) -> String {
    let purchase = PurchaseId::new(crate::domain::payment::Provider::Stripe, at.to_string());
    let secret = Secret::new("s").expect("not empty");
    crate::domain::license::LicenseKey::derive(&secret, &purchase, 1).as_str().to_owned()
}

fn ticket(number: &str) -> Command {
    let command = format!(
        r#"{{"open_ticket":{{"opening":{{"number":"{number}","topic":"question","subject":"S","name":"Ada","email":"ada@example.com",
        "license":null,"versions":{{"plugin":null,"wordpress":null,"php":null}},"text":"T","sent":"1","is_spam":false}}}}}}"#
    );
    serde_json::from_str(&command).expect("a command")
}

fn number() -> String {
    TicketNumber::of_form(&Secret::new("s").expect("not empty"), "1").as_str().to_owned()
}

/// Somebody who bought and asked something, and whose next address was named.
fn asked(customer: &str) -> Vault {
    let (vault, _) = run(Vault::default(), buy(NOW.0 - 1_000, customer));
    let (vault, _) = run(vault, ticket(&number()));
    let ask = Command::AskRight { id: id(), right: Right::Correct, email: email("ada@example.com") };
    let (vault, _) = run(vault, ask);
    let (vault, _) = run(vault, Command::ConfirmRight { id: id(), link: 1 });
    let correction = Correction::Address { email: email("Ada@New.example") };
    run(vault, Command::Correct { id: id(), correction }).0
}

fn closed(customer: &str) -> Vault {
    let (vault, request) = change(asked(customer), Step::Prove { link: 1 });
    assert!(request.is_some());
    vault
}

fn arrived(customer: &str) -> (Vault, Vault) {
    let old = closed(customer);
    let (new, is_taken) = arrive(Vault::default(), old.clone(), subject("ada@example.com"), &id(), NOW);
    assert!(is_taken);
    let (old, _) = change(old, Step::Leave { to: subject("ada@new.example") });
    (old, new)
}

#[test]
fn all_goes_to_the_new_address_and_nothing_but_the_request_stays() {
    let before = closed("");
    let (old, new) = arrived("");
    assert_eq!((&new.orders, &new.settlements, &new.messages), (&before.orders, &before.settlements, &before.messages));
    assert_eq!(new.holder.as_ref().map(|holder| holder.email.as_str()), Some("Ada@New.example"));
    assert!(new.tickets.values().all(|ticket| ticket.email.as_str() == "Ada@New.example"));
    assert!(new.requests[&id()].answered.is_some() && old.requests[&id()].answered.is_some());
    let empty = Vault {
        revision: old.revision,
        requests: old.requests.clone(),
        outbox: old.outbox.clone(),
        ..Vault::default()
    };
    assert_eq!(old, empty);
    let mut left: Vec<&str> = old.outbox.values().map(|waiting| waiting.id.word()).collect();
    left.sort_unstable();
    assert_eq!(left, ["mail-left", "mail-proof", "mail-right", "register", "relocate"]);
    assert!(new.outbox.keys().any(|name| name.starts_with("publish/")) && new.outbox.contains_key("register"));
}

#[test]
fn nobody_is_mailed_again_what_they_were_told() {
    let mut told = closed("");
    told.outbox.retain(|_, waiting| matches!(waiting.id, JobId::Relocate { .. }));
    let (new, _) = arrive(Vault::default(), told, subject("ada@example.com"), &id(), NOW);
    let mails: Vec<_> = new.outbox.values().filter(|waiting| waiting.id.is_mail()).collect();
    assert!(matches!(mails.as_slice(), [Waiting { id: JobId::MailCame { .. }, .. }]), "{mails:?}");
}

#[test]
fn while_it_goes_it_can_be_read_and_nothing_can_change() {
    let vault = closed("");
    let license = Named::Key { key: serde_json::from_str(&format!("\"{}\"", key(NOW.0 - 1_000))).expect("a key") };
    assert!(matches!(run(vault.clone(), Command::Find { license }).1, Reply::Found { state: Some(_) }));
    for command in [
        buy(NOW.0, ""),
        ticket(TicketNumber::of_form(&Secret::new("s").expect("not empty"), "9").as_str()),
        Command::Resend,
        Command::OrderErasure { id: id(), end_licenses: true },
    ] {
        assert_eq!(run(vault.clone(), command), (vault.clone(), Reply::Away {}));
    }
    let (after, reply) = run(vault.clone(), Command::Due);
    let Reply::Jobs { jobs } = reply else { panic!("another reply") };
    assert!(matches!(jobs.as_slice(), [job] if matches!(job.work, Work::Relocate { .. })), "{jobs:?}");
    assert_eq!((after.alarm(), after), (Some(NOW), vault));
}

#[test]
fn whoever_asks_at_the_old_place_is_sent_on_and_whoever_buys_there_is_somebody_else() {
    let (old, _) = arrived("");
    let license = Named::Key { key: serde_json::from_str(&format!("\"{}\"", key(NOW.0 - 1_000))).expect("a key") };
    assert_eq!(run(old.clone(), Command::Find { license }).1, Reply::Away {});
    let fact = r#"{"report":{"fact":{"incident":{"payment":{"provider":"stripe","id":"pi_1"},"incident":{"refund":{"id":"re_1","at":1,"refund":{"whole":{}}}}}}}}"#;
    let report: Command = serde_json::from_str(fact).expect("a command");
    assert_eq!(run(old.clone(), report), (old.clone(), Reply::Away {}));
    let (old, reply) = run(old, buy(NOW.0 + 5, ""));
    assert!(matches!(reply, Reply::Opened { .. }) && old.orders.len() == 1);
}

#[test]
fn every_step_can_be_done_again() {
    let old = closed("");
    let (from, to) = (subject("ada@example.com"), subject("ada@new.example"));
    let (once, _) = arrive(Vault::default(), old.clone(), from.clone(), &id(), NOW);
    let (twice, is_taken) = arrive(once.clone(), old.clone(), from, &id(), NOW);
    assert!(is_taken);
    assert_eq!(twice, once);
    let (left, _) = change(old, Step::Leave { to: to.clone() });
    assert_eq!(change(left.clone(), Step::Leave { to }).0, left);
    assert_eq!(change(left.clone(), Step::Stay).0, left);
    assert_eq!(change(left, Step::Prove { link: 1 }).1, None);
}

#[test]
fn two_that_go_to_each_others_place_both_stay() {
    let (one, other) = (closed(""), closed(""));
    assert!(!arrive(other.clone(), one.clone(), subject("ada@example.com"), &id(), NOW).1);
    assert!(!arrive(one.clone(), other, subject("ada@new.example"), &id(), NOW).1);
    let (stays, _) = change(one, Step::Stay);
    assert!(!stays.is_closed() && stays.requests[&id()].is_open());
    assert!(matches!(run(stays.clone(), buy(NOW.0 + 5, "")).1, Reply::Opened { .. }));
    let correction = Correction::Address { email: email("third@example.com") };
    let (again, _) = apply(stays, Command::Correct { id: id(), correction }, Moment(NOW.0 + 1_000));
    assert_eq!(again.requests[&id()].change.as_ref().map(AddressChange::link), Some(2));
}

#[test]
fn the_processor_is_told_before_it_is_answered() {
    let (_, new) = arrived(r#""customer":"cus_1","#);
    let request = &new.requests[&id()];
    assert!(request.is_open() && request.at_processor == ["cus_1"]);
    assert!(new.outbox.keys().any(|name| name.starts_with("mail-right-due")));
    let (new, _) = run(new, Command::ProcessorDone { id: id() });
    assert!(!new.requests[&id()].is_open() && !new.outbox.keys().any(|name| name.starts_with("mail-erased")));
}

#[test]
fn the_link_to_the_new_mailbox_works_once_for_a_day_and_only_the_last_one() {
    let prove = |vault: Vault, link, at| apply(vault, Command::Change { id: id(), step: Step::Prove { link } }, at).1;
    assert_eq!(prove(asked(""), 2, NOW), Reply::Right { request: None });
    assert_eq!(prove(asked(""), 1, Moment(NOW.0 + 86_400)), Reply::Right { request: None });
    let correction = || Correction::Address { email: email("third@example.com") };
    let soon = apply(asked(""), Command::Correct { id: id(), correction: correction() }, Moment(NOW.0 + 10)).0;
    assert_eq!(soon.requests[&id()].change.as_ref().map(|change| change.email.as_str()), Some("Ada@New.example"));
    let later = Moment(NOW.0 + 1_000);
    let (again, _) = apply(asked(""), Command::Correct { id: id(), correction: correction() }, later);
    assert_eq!(prove(again.clone(), 1, later), Reply::Right { request: None });
    assert!(matches!(prove(again, 2, later), Reply::Right { request: Some(_) }));
}

#[test]
fn a_name_is_put_right_wherever_it_stands_and_no_older_report_brings_it_back() {
    let name = Correction::Name { name: "Ada Lovelace".to_owned() };
    let (vault, _) = run(asked(""), Command::Correct { id: id(), correction: name });
    assert!(vault.tickets.values().all(|ticket| ticket.name == "Ada Lovelace"));
    let (vault, _) = run(vault, buy(NOW.0 - 2_000, ""));
    assert_eq!(vault.holder.map(|holder| holder.name).as_deref(), Some("Ada Lovelace"));
    assert!(vault.requests[&id()].answered.is_some());
}

#[test]
fn the_same_address_in_other_letters_stays_where_it_is() {
    let (vault, request) = change(closed(""), Step::Respell);
    assert!(request.is_some_and(|request| request.answered.is_some()) && !vault.is_closed());
    assert_eq!(vault.holder.map(|holder| holder.email.as_str().to_owned()).as_deref(), Some("Ada@New.example"));
}

#[test]
fn a_link_that_was_used_proves_no_address_that_is_named_later() {
    let (respelled, _) = change(closed(""), Step::Respell);
    let correction = Correction::Address { email: email("victim@example.com") };
    let later = Moment(NOW.0 + 1_000);
    let (again, reply) = apply(respelled, Command::Correct { id: id(), correction }, later);
    assert!(matches!(reply, Reply::Right { request: Some(_) }));
    let prove = |link| apply(again.clone(), Command::Change { id: id(), step: Step::Prove { link } }, later).1;
    assert_eq!(prove(1), Reply::Right { request: None });
    assert!(matches!(prove(2), Reply::Right { request: Some(_) }));
}

#[test]
fn what_came_stays_for_an_hour_and_stands_in_the_way_of_no_other_correction() {
    let (_, new) = arrived(r#""customer":"cus_1","#);
    let other = RequestId::from_bytes([2; 16]);
    let ask = Command::AskRight { id: other.clone(), right: Right::Correct, email: email("Ada@New.example") };
    let (new, _) = run(new, ask);
    assert_eq!(new.requests.len(), 2, "it is a request of its own");
    let (new, _) = run(new, Command::ConfirmRight { id: other.clone(), link: 1 });
    let correction = Correction::Address { email: email("third@example.com") };
    // One mail in a quarter of an hour, here as for requests.
    let (new, _) = apply(new, Command::Correct { id: other.clone(), correction }, Moment(NOW.0 + 1_000));
    let prove = |at| apply(new.clone(), Command::Change { id: other.clone(), step: Step::Prove { link: 1 } }, at).1;
    assert_eq!(prove(Moment(NOW.0 + 3_599)), Reply::Right { request: None });
    assert!(matches!(prove(Moment(NOW.0 + 3_600)), Reply::Right { request: Some(_) }));
}

#[test]
fn what_is_still_to_be_taken_away_is_pointed_to_the_new_place_first() {
    let mut old = closed("");
    old.queue(JobId::Release { ticket: TicketNumber::parse(&number()).expect("a number") }, NOW);
    let withdrawn = old.orders.values().next().expect("an order").license.key.clone();
    old.queue(JobId::Withdraw { key: withdrawn.clone() }, NOW);
    let belongings = old.belongings();
    assert_eq!((belongings.withdrawn.as_slice(), belongings.tickets.len()), (&[withdrawn][..], 2));
}

#[test]
fn an_answer_waits_for_the_processor_whatever_else_is_corrected() {
    let name = Correction::Name { name: "Ada Lovelace".to_owned() };
    let (vault, _) = run(asked(r#""customer":"cus_1","#), Command::Correct { id: id(), correction: name });
    let (vault, _) = run(vault, Command::AnswerRight { id: id() });
    assert!(vault.requests[&id()].is_open() && vault.right_due().is_some());
}
