//! A deletion and a change of address, broken off at each of their calls in each way, and done again by the next alarm: in the end all
//! is as if nothing had happened. Whoever was deleted is found in no encoding any more, and nobody else notices.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use base64ct::{Base64UrlUnpadded, Encoding};
use edge::app::App;
use edge::contract::Right;
use edge::domain::id::{Email, Subject};
use edge::domain::ledger;
use edge::domain::rights::RequestId;
use edge::domain::ticket::TicketNumber;
use edge::domain::vault::{self, Correction, Step};
use edge::ports::Vaults;
use edge::store::object::{Address, Command, Reply};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::choice::Choice;
use super::exhaustive::{paid, purchase, refunded};
use super::history::{History, Job};
use super::mark;
use super::nth_failure::remembered;
use super::story::{About, Act, Kind, Order, Signature, Story};
use super::stripe;
use super::weather::{Fault, Weather};
use super::world::{World, config};

/// More calls than either makes.
const CALLS_MAX: u32 = 120;
/// Longer than a request is kept.
const FIVE_MONTHS: i64 = 150 * 86_400;

/// What somebody has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Deletion { ends_licenses: bool },
    ChangeOfAddress,
}

fn subject(email: &str) -> Subject {
    Subject::of(&config().pepper, &Email::parse(email).expect("an address"))
}

fn vault(email: &str) -> Address {
    Address::Vault(subject(email))
}

fn id() -> RequestId {
    RequestId::from_bytes([7; 16])
}

/// Two buyers; the second has nothing to do with it.
fn story() -> Story {
    let mut story = purchase(Kind::Sold, true);
    story.orders.push(Order {
        buyer: 1,
        id: "cs_test_2".to_owned(),
        email: mark::address(1),
        name: "Bob ulio1".to_owned(),
        facts: vec![],
        reports: 0,
        paypal: None,
        ..purchase(Kind::Sold, false).orders.remove(0)
    });
    story.orders[0].name = "Ada ulio0".to_owned();
    Story { buyers: 2, ..story }
}

fn other_paid(story: &Story) -> Job {
    let order = &story.orders[1];
    let body = stripe::session_event(order, "completed", true, &order.email);
    Job::Act(Rc::new(Act::Report {
        order: 1,
        body,
        about: About::Session { is_paid: true },
        signature: Signature::Good,
    }))
}

impl History {
    /// Runs a command on an object at once.
    fn command(&self, address: &Address, command: Command) -> Reply {
        let world = self.world();
        let mut future = pin!(world.execute(address, command));
        loop {
            if let Poll::Ready(reply) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return reply.expect("the weather is clear");
            }
        }
    }

    fn ask(&self, email: &str, command: vault::Command) {
        let reply = self.command(&vault(email), Command::Vault(command));
        assert!(
            !matches!(reply, Reply::Vault(vault::Reply::Away {} | vault::Reply::Right { request: None })),
            "{reply:?}"
        );
    }

    /// Somebody who bought and wrote, and has asked for the deed; all that is left is the alarm.
    fn ordered(deed: Deed) -> Self {
        let story = story();
        let (first, second) = (paid(&story), other_paid(&story));
        let mut history = Self::new(Choice::Random(3), Weather::Clear, story, vec![]);
        history.shared().post.knows_keys = true;
        for job in [first, second] {
            history.alone(job).expect("nothing breaks");
        }
        history.quiet().expect("nothing breaks");
        let (email, pepper) = (mark::address(0), &config().pepper);
        let number = TicketNumber::of_form(pepper, "form");
        let reference = edge::domain::id::Reference::ticket(pepper, number.as_str());
        let claim = edge::domain::pointer::Command::Claim { subject: subject(&email) };
        history.command(&Address::Pointer(reference), Command::Pointer(claim));
        let opening = json!({ "number": number, "topic": "question", "subject": "Canary ulio0", "name": "Ada ulio0", "email": email,
            "license": null, "versions": { "plugin": null, "wordpress": null, "php": null }, "text": "Text of ulio0", "sent": "1", "is_spam": false });
        let opening = serde_json::from_value(opening).expect("an opening");
        history.ask(&email, vault::Command::OpenTicket { opening });
        let right = if deed == Deed::ChangeOfAddress { Right::Correct } else { Right::Delete };
        let asked = Email::parse(&email).expect("an address");
        history.ask(&email, vault::Command::AskRight { id: id(), right, email: asked });
        history.quiet().expect("nothing breaks");
        history.ask(&email, vault::Command::ConfirmRight { id: id(), link: 1 });
        match deed {
            Deed::Deletion { ends_licenses } => {
                history.ask(&email, vault::Command::OrderErasure { id: id(), end_licenses: ends_licenses });
            }
            Deed::ChangeOfAddress => {
                let correction = Correction::Address { email: Email::parse(&mark::elsewhere(0)).expect("an address") };
                history.ask(&email, vault::Command::Correct { id: id(), correction });
                history.quiet().expect("nothing breaks");
                history.ask(&email, vault::Command::Change { id: id(), step: Step::Prove { link: 1 } });
            }
        }
        history
    }

    /// What is stored of somebody, to the letter.
    fn rows(&self, email: &str) -> BTreeMap<String, String> {
        let shared = self.shared();
        shared.objects.get(&vault(email)).map(|object| object.rows.clone()).unwrap_or_default()
    }
}

/// Does the deed, perhaps with a fault at one call; the history, and whether the fault was met.
fn play(deed: Deed, fault: Option<(u32, Fault)>) -> (History, bool) {
    let mut history = History::ordered(deed);
    let others = history.rows(&mark::address(1));
    if let Some((calls, fault)) = fault {
        history.shared().weather = Weather::Nth(calls, fault);
    }
    history.alone(Job::Drain(vault(&mark::address(0)))).expect("nothing breaks");
    let weather = std::mem::replace(&mut history.shared().weather, Weather::Clear);
    let was_met = fault.is_some() && matches!(weather, Weather::Clear);
    history.quiet().expect("all is done in the end");
    assert_eq!(history.rows(&mark::address(1)), others, "nobody else notices");
    (history, was_met)
}

/// Everything that is stored, as one text.
fn dump(history: &History) -> String {
    let shared = history.shared();
    let rows = shared.objects.iter().flat_map(|(address, object)| {
        object.rows.iter().map(move |(key, text)| format!("{} {key} {text}\n", address.name()))
    });
    let views = shared.kv.all(shared.now).map(|(key, text)| format!("{key} {text}\n"));
    rows.chain(views).collect()
}

/// Forms in which something personal could lie somewhere.
fn forms(canary: &str) -> Vec<String> {
    let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let encoded: String = form_urlencoded::byte_serialize(canary.as_bytes()).collect();
    let lower = canary.to_lowercase();
    let mut forms = vec![canary.to_owned(), lower.clone(), canary.to_uppercase(), encoded];
    for text in [canary, &lower] {
        forms.extend([hex(text.as_bytes()), hex(&Sha256::digest(text))]);
        // Wherever it begins within a longer text that is encoded.
        for before in ["", "x", "xx"] {
            let whole = Base64UrlUnpadded::encode_string(format!("{before}{text}").as_bytes());
            let (start, end) = (if before.is_empty() { 0 } else { before.len() + 1 }, whole.len() - 2);
            forms.push(whole[start..end].to_owned());
            forms.push(whole[start..end].replace('-', "+").replace('_', "/"));
        }
    }
    forms
}

fn is_gone(history: &History, canaries: &[&str]) {
    let dump = dump(history);
    for canary in canaries {
        for form in forms(canary) {
            assert!(!dump.contains(&form), "{form} ({canary}) is still stored");
        }
    }
}

fn at_each_call(deed: Deed, calls_min: u32, check: impl Fn(&History)) {
    let (clean, _) = play(deed, None);
    check(&clean);
    let clean = remembered(&clean.shared());
    for fault in Fault::ALL {
        let calls = (0..CALLS_MAX).find(|calls| {
            let (history, was_met) = play(deed, Some((*calls, fault)));
            assert_eq!(remembered(&history.shared()), clean, "{deed:?}, {fault:?} at call {calls}");
            check(&history);
            !was_met
        });
        let calls = calls.expect("it runs through");
        assert!(calls >= calls_min, "{calls} calls only");
        eprintln!("{deed:?}: {fault:?} at each of {calls} calls");
    }
}

#[test]
fn a_deletion_that_is_broken_off_anywhere_is_done_and_nothing_personal_is_left() {
    for ends_licenses in [false, true] {
        at_each_call(Deed::Deletion { ends_licenses }, 6, |history| {
            is_gone(history, &["Ada ulio0", "Canary ulio0", "Text of ulio0"]);
            let Reply::Ledger(head, lines) = history.command(&Address::Ledger, Command::Ledger(ledger::Command::Tell))
            else {
                panic!("another reply")
            };
            assert!(lines.len() == 2 && ledger::is_chain(&lines, &head), "{lines:?}");
        });
    }
}

#[test]
fn five_months_after_a_deletion_not_even_the_request_is_left() {
    let (mut history, _) = play(Deed::Deletion { ends_licenses: true }, None);
    history.shared().now += FIVE_MONTHS;
    history.quiet().expect("nothing breaks");
    is_gone(&history, &[&mark::address(0), "Ada ulio0", "ulio0.example"]);
}

#[test]
fn a_change_of_address_that_is_broken_off_anywhere_is_done() {
    at_each_call(Deed::ChangeOfAddress, 12, |history| {
        let old = history.rows(&mark::address(0));
        assert!(
            old.keys().all(|key| !["order/", "ticket/", "message/", "holder"].iter().any(|row| key.starts_with(row))),
            "{old:?}"
        );
        let new = history.rows(&mark::elsewhere(0));
        assert!(new.contains_key("holder") && new.keys().any(|key| key.starts_with("order/")), "{new:?}");
        let (shared, old) = (history.shared(), subject(&mark::address(0)));
        let pointers = shared.objects.iter().filter(|(address, _)| matches!(address, Address::Pointer(_)));
        let behind = pointers.filter(|(_, object)| object.rows.values().any(|text| text.contains(old.as_str())));
        assert_eq!(behind.count(), 0, "nothing points to where it was");
    });
}

/// Where the refund of the first purchase is stored.
fn refund_is_at(history: &History) -> Vec<bool> {
    let is_at = |email: &str| history.rows(email).keys().any(|key| key.starts_with("payment/"));
    vec![is_at(&mark::address(0)), is_at(&mark::elsewhere(0))]
}

/// Lets one come at each moment of the other; how many moments there are.
fn at_any_moment(other: fn(&Story) -> Job, of: fn(&Story) -> Job) -> u32 {
    for calls in 0..CALLS_MAX {
        let mut history = History::ordered(Deed::ChangeOfAddress);
        let (job, by) = (of(history.story()), other(history.story()));
        if !history.interrupted(job, calls, by).expect("nothing breaks") {
            return calls;
        }
        history.quiet().expect("all is done in the end");
        assert_eq!(refund_is_at(&history), [false, true], "before call {calls}");
    }
    panic!("it never ends")
}

#[test]
fn a_report_that_comes_at_any_moment_of_a_change_of_address_finds_its_way() {
    let change: fn(&Story) -> Job = |_| Job::Drain(vault(&mark::address(0)));
    let moments = [at_any_moment(refunded, change), at_any_moment(change, refunded)];
    eprintln!("moments of the change, and of the report: {moments:?}");
    assert!(moments[0] > 20 && moments[1] >= 3);
}

impl History {
    fn world(&self) -> World {
        let app: &App<World> = self.app();
        app.world.clone()
    }
}
