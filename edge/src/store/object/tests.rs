//! Storing is an honest round trip, and writes only what changed.

use super::*;
use crate::domain::desk;
use crate::domain::id::{Email, Secret};
use crate::domain::staff::StaffId;
use crate::domain::ticket::{TicketNumber, TicketState, Topic};

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
    let entry = desk::Entry {
        revision: 1,
        changed_at: Moment(1),
        licenses: 1,
        price_drift: false,
        tickets: vec![],
        given_up: 0,
        right_due: None,
        is_gone: false,
    };
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

#[test]
fn the_inbox_forgets_a_ticket_that_is_gone_and_an_old_report_changes_nothing() {
    let number = |nonce: &str| TicketNumber::of_form(&Secret::new("pepper").expect("not empty"), nonce);
    let listing = |nonce: &str| desk::Listing {
        subject: subject("a@example.com"),
        number: number(nonce),
        state: TicketState::New,
        since: Moment(1),
        topic: Topic::Bug,
        assignee: None,
        tags: vec![],
        written_at: Moment(1),
    };
    let report = |revision, nonces: &[&str]| {
        let tickets = nonces.iter().map(|nonce| listing(nonce)).collect();
        let numbers = nonces.iter().map(|nonce| number(nonce)).collect();
        let entry = desk::Entry {
            revision,
            changed_at: Moment(1),
            licenses: 0,
            price_drift: false,
            tickets: numbers,
            given_up: 0,
            right_due: None,
            is_gone: false,
        };
        Command::Desk(desk::Command::Register { subject: subject("a@example.com"), entry, tickets })
    };
    let mut rows = Rows::new();
    let listed = |rows: &mut Rows| -> Vec<TicketNumber> {
        match run(rows, Command::Desk(desk::Command::Inbox)).reply {
            Reply::Desk(desk::Reply::Inbox { tickets }) => tickets.into_iter().map(|listing| listing.number).collect(),
            other => panic!("{other:?}"),
        }
    };
    run(&mut rows, report(1, &["a", "b"]));
    run(&mut rows, report(3, &["b"]));
    assert_eq!(listed(&mut rows), vec![number("b")]);
    run(&mut rows, report(2, &["a"]));
    assert_eq!(listed(&mut rows), vec![number("b")]);
}

#[test]
fn a_link_signs_in_once_and_old_lines_of_the_log_go() {
    let staff = StaffId::from_bytes([1; 16]);
    let sign_in = |session: &str| {
        Command::Desk(desk::Command::SignIn { link: "l".to_owned(), session: session.to_owned(), staff: staff.clone() })
    };
    let mut rows = Rows::new();
    let whose = |outcome: Outcome| match outcome.reply {
        Reply::Desk(desk::Reply::Session { staff }) => staff,
        other => panic!("{other:?}"),
    };
    assert_eq!(whose(run(&mut rows, sign_in("s"))), Some(staff.clone()));
    assert_eq!(whose(run(&mut rows, sign_in("t"))), None);
    let attend = |session: &str| Command::Desk(desk::Command::Attend { session: session.to_owned() });
    assert_eq!(whose(run(&mut rows, attend("s"))), Some(staff.clone()));
    assert_eq!(whose(run(&mut rows, attend("t"))), None);
    let look = |at| desk::Look {
        at: Moment(at),
        staff: staff.clone(),
        act: desk::Act::SawInbox,
        whose: None,
        disclosure: None,
    };
    for at in [100, 200] {
        run(&mut rows, Command::Desk(desk::Command::Note { chance: "00".to_owned(), look: look(at) }));
    }
    let old: Rows = rows
        .range(desk::behind(Moment(150))..)
        .filter(|(key, _)| key.starts_with(desk::LOOKS))
        .map(|(key, text)| (key.clone(), text.clone()))
        .collect();
    let swept = execute(&old, Command::Desk(desk::Command::SweepLooks { from: desk::behind(Moment(150)) }), Moment(1));
    assert_eq!(swept.expect("readable rows").writes, [(look(100).key("00"), None)]);
}
