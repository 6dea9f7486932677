//! Storing is an honest round trip, and writes only what changed.

use super::*;
use crate::domain::desk;
use crate::domain::id::{Email, Secret};

fn subject(email: &str) -> Subject {
    Subject::of(&Secret::new("pepper").expect("not empty"), &Email::parse(email).expect("an address"))
}

fn write(rows: &mut Rows, outcome: &Outcome) {
    for (key, text) in &outcome.writes {
        match text {
            Some(text) => rows.insert(key.clone(), text.as_str().to_owned()),
            None => rows.remove(key),
        };
    }
}

fn run(rows: &mut Rows, command: Command) -> Outcome {
    let outcome = execute(rows, command, Moment(1_790_000_000)).expect("readable rows");
    write(rows, &outcome);
    outcome
}

fn issue() -> Command {
    let command = r#"{"vault":{"open":{
        "purchase":{"at":1790000000,"id":{"provider":"stripe","id":"cs_1"},
            "product":"plus","plan":"single","seats":1,"term":"1y","price_drift":false,"policy":"2025-03-31"},
        "settlement":{"paid":{"paid":{"at":1790000000,"payment":{"provider":"stripe","id":"pi_1"}}}},
        "holder":{"as_of":1790000000,"name":"Ada","email":"ada@example.com"},
        "offer":{"id":"lic_1","key":"0000-0000-0000-0000-0000-0000-0000"}}}}"#;
    serde_json::from_str(command).expect("a command")
}

#[test]
fn a_vault_is_the_same_after_it_was_stored() {
    let mut rows = Rows::new();
    let first = run(&mut rows, issue());
    assert_eq!(first.alarm, Some(Moment(1_790_000_000)));
    assert_eq!(changes(&rows, rows::store(&rows::load(&rows).expect("readable rows"))), []);
    let keys: Vec<&str> = rows.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "holder",
            "order/stripe/cs_1",
            "outbox/mail-license/lic_1",
            "outbox/mail-reminder/lic_1/30",
            "outbox/mail-reminder/lic_1/7",
            "outbox/publish/lic_1",
            "outbox/register",
            "revision",
            "settlement/stripe/cs_1",
        ]
    );
}

#[test]
fn a_command_that_changes_nothing_writes_nothing() {
    let mut rows = Rows::new();
    run(&mut rows, issue());
    assert_eq!(run(&mut rows, issue()).writes, []);
}

#[test]
fn a_stranger_who_asks_for_their_licenses_leaves_no_trace() {
    let mut rows = Rows::new();
    for command in [vault::Command::Resend, vault::Command::Overview] {
        let outcome = run(&mut rows, Command::Vault(command));
        assert_eq!((outcome.writes, outcome.alarm), (vec![], None));
    }
}

#[test]
fn a_pointer_stores_its_owner_once() {
    let mut rows = Rows::new();
    let claim = |email| Command::Pointer(pointer::Command::Claim { subject: subject(email) });
    assert_eq!(run(&mut rows, claim("a@example.com")).reply, Reply::Pointer(Some(subject("a@example.com"))));
    let second = run(&mut rows, claim("b@example.com"));
    assert_eq!((second.reply, second.writes), (Reply::Pointer(Some(subject("a@example.com"))), vec![]));
}

#[test]
fn the_desk_lists_what_it_registered() {
    let mut rows = Rows::new();
    let entry = desk::Entry { revision: 1, changed_at: Moment(1), licenses: 1, price_drift: false, tickets: vec![] };
    run(
        &mut rows,
        Command::Desk(desk::Command::Register {
            subject: subject("a@example.com"),
            entry: entry.clone(),
            tickets: vec![],
        }),
    );
    let page = run(&mut rows, Command::Desk(desk::Command::Page { after: None }));
    assert_eq!(page.reply, Reply::Page(vec![(subject("a@example.com"), entry)]));
}

#[test]
fn a_row_that_cannot_be_read_changes_nothing() {
    let rows = Rows::from([("holder".to_owned(), "undefined".to_owned())]);
    assert_eq!(execute(&rows, issue(), Moment(1)), Err(Corrupt));
}
