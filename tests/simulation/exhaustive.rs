//! The exhaustive twin: not some orders of two racing reports but all of them, with a few faults, each at any call. To
//! keep their number finite a task waits only before a call takes effect; waiting after it as well would give no new
//! order of effects. Where two orders have led to the same world, and the tasks have been told the same, what follows is
//! played for one of them.

use std::cell::Cell;
use std::collections::HashSet;
use std::rc::Rc;

use super::choice::{Choice, Enumerator};
use super::history::{History, Job};
use super::mark;
use super::model::Fact;
use super::paypal::{self, Approval};
use super::story::{About, Act, Kind, Order, Signature, Story};
use super::stripe;
use super::weather::Weather;
use super::world::BEGIN;

/// A story of one purchase, paid, and perhaps refunded.
pub(super) fn purchase(kind: Kind, is_refunded: bool) -> Story {
    let facts = if is_refunded { vec![Fact::Refund { payment: 0, is_whole: true }] } else { vec![] };
    let order = Order {
        buyer: 0,
        kind,
        renews: false,
        paypal: None,
        id: "cs_test_1".to_owned(),
        created: BEGIN,
        completed_at: BEGIN,
        settled_at: BEGIN,
        is_paid: true,
        email: mark::address(0),
        name: "Ada".to_owned(),
        reports: u32::from(is_refunded),
        facts,
    };
    Story { orders: vec![order], buyers: 1 }
}

/// The same through `PayPal`.
pub(super) fn through_paypal(mut story: Story) -> Story {
    let order = &mut story.orders[0];
    order.paypal = Some(Approval { captured_at: Cell::new(None), is_delayed: false });
    (order.id, order.reports) = ("PAY1".to_owned(), order.reports + 1);
    story
}

/// The report that the purchase is paid, or is approved and so can be captured.
pub(super) fn paid(story: &Story) -> Job {
    let order = &story.orders[0];
    if order.paypal.is_some() {
        return report(paypal::approved(order), About::Session { is_paid: true });
    }
    report(stripe::session_event(order, "completed", true, &order.email), About::Session { is_paid: true })
}

/// The report that an order was captured.
pub(super) fn captured(story: &Story) -> Job {
    report(paypal::settled(&story.orders[0], false), About::Session { is_paid: false })
}

/// The report that all the money went back.
pub(super) fn refunded(story: &Story) -> Job {
    report(story.orders[0].incident_event(&Fact::Refund { payment: 0, is_whole: true }, false), About::Later)
}

fn report(body: String, about: About) -> Job {
    Job::Act(Rc::new(Act::Report { order: 0, body, about, signature: Signature::Good }))
}

/// Plays two racing reports in every order, with so many faults at most; answers how many were played, and how many ends there are.
fn all_orders(is_refunded: bool, faults: u32) -> (u64, usize) {
    let (mut schedules, mut ends) = (0, HashSet::new());
    let mut turn = Some(Enumerator::default());
    while let Some(all) = turn {
        schedules += 1;
        let story = purchase(Kind::Sold, is_refunded);
        let jobs = [paid(&story), if is_refunded { refunded(&story) } else { paid(&story) }];
        let mut history = History::new(Choice::Enumerated(all), Weather::AtMost(faults), story, vec![]);
        for (location, job) in jobs.into_iter().enumerate() {
            history.spawn_at(job, location);
        }
        let result = history.race();
        let state = history.state();
        let choice = std::mem::replace(&mut history.shared().choice, Choice::Random(0));
        let Choice::Enumerated(all) = choice else { unreachable!("enumerated so far") };
        // A world that has been judged needs no second judgement.
        let judged = result.and_then(|is_new| {
            let is_new = is_new && ends.insert(state);
            if is_new { history.settle() } else { Ok(()) }
        });
        if let Err(promise) = judged {
            panic!("schedule {schedules}, {:?}: {promise}", all.taken());
        }
        turn = all.advance();
    }
    (schedules, ends.len())
}

#[test]
fn two_reports_of_one_purchase_race_in_every_order() {
    let (schedules, ends) = all_orders(false, 3);
    eprintln!("paid and paid, at most 3 faults: {schedules} schedules, {ends} ends, all well");
    assert!(schedules > 10_000);
}

#[test]
fn a_purchase_and_its_refund_race_in_every_order() {
    let (schedules, ends) = all_orders(true, 2);
    eprintln!("paid and refunded, at most 2 faults: {schedules} schedules, {ends} ends, all well");
    assert!(schedules > 1_000 && ends > 1);
}

#[test]
fn a_refund_that_is_parked_while_its_purchase_comes_is_told_at_once() {
    let story = purchase(Kind::Sold, true);
    let (refunded, paid) = (refunded(&story), paid(&story));
    let choice = Choice::Enumerated(Enumerator::default());
    let mut history = History::new(choice, Weather::Clear, story, vec![]);
    // It has asked whose the payment is, and is about to park.
    history.interrupted(refunded, 1, paid).expect("nothing breaks");
    let shared = history.shared();
    let is_told = shared.objects.vaults().any(|(_, vault)| vault.rows.keys().any(|row| row.starts_with("payment/")));
    assert!(is_told, "its vault knows of the refund before the cron trigger comes");
}
