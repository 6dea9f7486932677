//! What happens in a history: who buys what, what the processor knows of it, what it reports, how often and when, and
//! who looks in between. All of it is drawn before the history begins.

use std::cell::Cell;
use std::rc::Rc;

use serde_json::Value;

use super::choice::Choice;
use super::mark::{PERSON, PURCHASE, address, elsewhere, other_case};
use super::model::{self, Fact, Stage, Worth};
use super::paypal::{self, Approval};
use super::renewals::{self, Turn};
use super::seats::{self, Site, Wish};
use super::stripe;
use super::world::BEGIN;

/// What Stripe signs with, and what a forger signs with.
pub(super) const WEBHOOK_SECRET: &str = "whsec_of_the_simulation";
pub(super) const FORGED_SECRET: &str = "whsec_of_somebody_else";

/// What is true at the processor.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// Everything that was bought, or looks as if.
    pub(super) orders: Vec<Order>,
    /// How many buyers there are.
    pub(super) buyers: usize,
}

/// A purchase.
#[derive(Debug)]
pub(super) struct Order {
    /// Whose it is.
    pub(super) buyer: usize,
    /// What is special about it.
    pub(super) kind: Kind,
    /// Whether it is for a plan that renews by itself.
    pub(super) renews: bool,
    /// What is special about it where it goes through `PayPal`; otherwise it goes through Stripe.
    pub(super) paypal: Option<Approval>,
    /// The processor's id of the session or the order.
    pub(super) id: String,
    /// When the session was opened.
    pub(super) created: i64,
    /// When the buyer had completed it.
    pub(super) completed_at: i64,
    /// When the money was there, or when it was known that it never will be.
    pub(super) settled_at: i64,
    /// Which of the two.
    pub(super) is_paid: bool,
    /// The address that the processor knows, and the name.
    pub(super) email: String,
    pub(super) name: String,
    /// Everything that truly happened to the payment.
    pub(super) facts: Vec<Fact>,
    /// How many different reports were sent about the payment, facts or not.
    pub(super) reports: u32,
}

/// What is special about a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is paid and ours.
    Sold,
    /// It is paid and ours, and less was asked for it than the catalogue does.
    Underpaid,
    /// Its money is not of this mode.
    OtherMode,
    /// Its money is of another currency.
    OtherCurrency,
    /// It is of another shop on the same account.
    OtherProduct,
    /// It is of a plan we do not sell.
    UnknownPlan,
    /// Nobody knows whose it is.
    NoAddress,
    /// It never took place; somebody without the secret reports it.
    Forged,
}

impl Order {
    /// What its license should be worth when all is said.
    pub(super) fn worth(&self) -> Worth {
        // At Stripe the checkout counts as the moment of the payment, at PayPal the capture.
        let bought_at = self.paypal.as_ref().map_or(self.created, |approval| approval.captured_at(self));
        model::worth(bought_at, self.is_paid, &self.facts)
    }

    /// The processor that it goes through, as the core calls it.
    pub(super) fn processor(&self) -> &'static str {
        if self.paypal.is_some() { "paypal" } else { "stripe" }
    }

    /// The processor's id of the first payment.
    pub(super) fn payment(&self) -> String {
        if self.paypal.is_some() { paypal::payment(self) } else { stripe::payment(self, 0) }
    }

    /// What the core should have read of a fact.
    pub(super) fn incident_read(&self, fact: &Fact) -> Option<Value> {
        if self.paypal.is_some() { paypal::incident_read(self, fact) } else { stripe::incident_read(self, fact) }
    }

    /// A report of a fact. There is no other mode at `PayPal`.
    pub(super) fn incident_event(&self, fact: &Fact, livemode: bool) -> String {
        if self.paypal.is_some() {
            paypal::incident_event(self, fact)
        } else {
            stripe::incident_event(self, fact, livemode)
        }
    }

    /// Whether the money is there at this moment.
    pub(super) fn is_paid_by(&self, now: i64) -> bool {
        let has_moved = self.paypal.as_ref().is_some_and(|approval| approval.has_moved_by(now));
        self.is_paid && (has_moved || self.settled_at <= now)
    }

    /// Whether it is known at this moment that the money will not come.
    pub(super) fn has_failed_by(&self, now: i64) -> bool {
        !self.is_paid && self.settled_at <= now
    }

    /// Whether its buyer has a license at this moment.
    pub(super) fn is_owed_by(&self, now: i64) -> bool {
        self.kind.is_sold() && self.is_paid_by(now)
    }
}

impl Kind {
    /// Whether it is an order of ours, and once it is paid for a license.
    pub(super) fn is_sold(self) -> bool {
        matches!(self, Self::Sold | Self::Underpaid)
    }

    /// Whether it is ours, but nobody may fulfil it unseen.
    pub(super) fn is_held(self) -> bool {
        matches!(self, Self::OtherCurrency | Self::UnknownPlan | Self::NoAddress)
    }
}

/// Something that happens at a moment.
#[derive(Debug, Clone)]
pub(super) struct Due {
    pub(super) at: i64,
    pub(super) act: Rc<Act>,
}

/// Something that happens.
#[derive(Debug)]
pub(super) enum Act {
    /// The processor reports something.
    Report {
        order: usize,
        body: String,
        /// What the report is about.
        about: About,
        /// Whether whoever signs it lacks the secret, or signed it long ago.
        signature: Signature,
    },
    /// The buyer looks at the success page.
    Poll { order: usize },
    /// A site asks what a key is worth.
    Validate { order: usize, key: Asked },
    /// A site asks for a seat, or gives it back, or asks whether it has one.
    Seat { order: usize, wish: Wish, site: Site },
    /// Somebody presses Buy.
    Buy,
    /// The cron trigger.
    Tick,
}

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// The session, which the buyer has completed.
    Session {
        /// Whether the money is there.
        is_paid: bool,
    },
    /// Anything that happened later.
    Later,
}

/// How a report is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signature {
    /// As it should be.
    Good,
    /// With another secret.
    Forged,
    /// With the secret, six minutes ago.
    Old,
}

/// Which key a site asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// The key of the purchase.
    Right,
    /// A well-formed key that was never issued.
    Unknown,
    /// The key of the purchase with one wrong character.
    Mistyped,
}

/// Collects what happens.
struct Writer<'choice> {
    choice: &'choice mut Choice,
    story: Story,
    due: Vec<Due>,
}

/// Draws a history.
pub(super) fn write(choice: &mut Choice) -> (Story, Vec<Due>) {
    let mut writer = Writer { choice, story: Story::default(), due: vec![] };
    writer.story.buyers = 1 + writer.choice.index(6) / 3 + writer.choice.index(6) / 5;
    for buyer in 0..writer.story.buyers {
        for number in 0..=usize::from(writer.choice.chance(350)) {
            writer.order(buyer, number);
        }
    }
    for _ in 0..writer.choice.below(3) {
        let at = BEGIN + writer.between(0, 300);
        writer.add(at, Act::Tick);
    }
    if writer.choice.chance(200) {
        writer.add(BEGIN, Act::Buy);
    }
    (writer.story, writer.due)
}

impl Writer<'_> {
    fn between(&mut self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.choice.below(u64::try_from(to - from).expect("from before to"))).expect("small")
    }

    fn add(&mut self, at: i64, act: Act) {
        self.due.push(Due { at, act: Rc::new(act) });
    }

    /// Reports something this often, each time at another moment.
    fn report(&mut self, order: usize, times: u64, earliest: i64, body: &str, about: About, signature: Signature) {
        for _ in 0..times {
            let at = earliest + self.between(0, 90);
            self.add(at, Act::Report { order, body: body.to_owned(), about, signature });
        }
    }

    fn order(&mut self, buyer: usize, number: usize) {
        let kind = match self.choice.below(100) {
            0..=74 => Kind::Sold,
            75..=79 => Kind::Underpaid,
            80..=83 => Kind::OtherMode,
            84..=87 => Kind::OtherCurrency,
            88..=91 => Kind::OtherProduct,
            92..=94 => Kind::UnknownPlan,
            95..=96 => Kind::NoAddress,
            _ => Kind::Forged,
        };
        let created = BEGIN + self.between(0, 60);
        let renews = kind.is_sold() && self.choice.chance(300);
        let is_delayed = !renews && self.choice.chance(250);
        let is_paypal = !renews && kind != Kind::OtherMode && self.choice.chance(350);
        let completed_at = created + self.between(1, 60);
        let settled_at = match (is_delayed, is_paypal) {
            (true, _) => completed_at + self.between(60, 200),
            // Meanwhile it is to be captured.
            (false, true) => completed_at + self.between(0, 90),
            (false, false) => completed_at,
        };
        let same_mailbox = self.choice.chance(300);
        let is_paid = kind != Kind::Forged && !(is_delayed && self.choice.chance(250));
        let order = Order {
            buyer,
            kind,
            renews,
            paypal: is_paypal.then(|| Approval { captured_at: Cell::new(None), is_delayed }),
            id: if is_paypal {
                format!("PAY{PURCHASE}{buyer}N{number}")
            } else {
                format!("cs_test_{PURCHASE}{buyer}n{number}")
            },
            created,
            completed_at,
            settled_at,
            is_paid,
            email: if same_mailbox { other_case(buyer) } else { address(buyer) },
            name: format!("Ada{} {PERSON}{buyer}", if same_mailbox { " M." } else { "" }),
            facts: vec![],
            reports: u32::from(!is_paid || is_paypal),
        };
        let index = self.story.orders.len();
        if is_paypal {
            self.approval(index, &order, is_delayed);
        } else {
            self.payment(index, &order, is_delayed);
        }
        let turns = if renews { renewals::draw(self.choice, &order) } else { vec![] };
        self.story.orders.push(order);
        self.turns(index, turns);
        if is_paid || kind == Kind::Forged {
            self.incidents(index, settled_at);
        }
        self.lookers(index, settled_at);
    }

    /// Who looks: the buyer at the success page, and sites at their license.
    fn lookers(&mut self, index: usize, settled_at: i64) {
        for _ in 0..self.choice.below(3) {
            let at = (settled_at + self.between(-40, 120)).max(BEGIN);
            self.add(at, Act::Poll { order: index });
        }
        for _ in 0..self.choice.below(3) {
            let key = match self.choice.below(10) {
                0..=7 => Asked::Right,
                8 => Asked::Unknown,
                _ => Asked::Mistyped,
            };
            let at = (settled_at + self.between(-40, 200)).max(BEGIN);
            self.add(at, Act::Validate { order: index, key });
        }
        for (after, wish, site) in seats::draw(self.choice) {
            let at = (settled_at + after - 20).max(BEGIN);
            self.add(at, Act::Seat { order: index, wish, site });
        }
    }

    /// Reports of the payment itself, some of them with another address in the body.
    fn payment(&mut self, index: usize, order: &Order, is_delayed: bool) {
        let signature = if order.kind == Kind::Forged { Signature::Forged } else { Signature::Good };
        let is_paid = order.is_paid || order.kind == Kind::Forged;
        if is_delayed {
            let body = stripe::session_event(order, "completed", false, &order.email);
            self.report(index, 1, order.completed_at, &body, About::Session { is_paid: false }, signature);
        }
        let event = match (is_delayed, is_paid) {
            (true, true) => "async_payment_succeeded",
            (true, false) => "async_payment_failed",
            (false, _) => "completed",
        };
        // That a payment failed says nothing of what was bought.
        let about = if is_paid { About::Session { is_paid } } else { About::Later };
        for _ in 0..=self.choice.below(3) {
            let email = match self.choice.below(100) {
                0..=14 => elsewhere(order.buyer),
                15..=24 => other_case(order.buyer),
                _ => order.email.clone(),
            };
            let body = stripe::session_event(order, event, is_paid, &email);
            self.report(index, 1, order.settled_at, &body, about, signature);
        }
        if self.choice.chance(30) {
            let body = stripe::session_event(order, event, is_paid, &order.email);
            self.report(index, 1, order.settled_at, &body, about, Signature::Old);
        }
    }

    /// Reports of an order that is approved, and of its capture, which may come first.
    fn approval(&mut self, index: usize, order: &Order, is_delayed: bool) {
        let signature = if order.kind == Kind::Forged { Signature::Forged } else { Signature::Good };
        let is_captured = About::Session { is_paid: order.is_paid && !is_delayed };
        for _ in 0..=self.choice.below(2) {
            self.report(index, 1, order.completed_at, &paypal::approved(order), is_captured, signature);
        }
        for _ in 0..self.choice.below(3) {
            let of_order = self.choice.chance(300);
            // Where the order cannot be looked up, its capture waits for it.
            let about = About::Session { is_paid: order.is_paid && of_order };
            self.report(index, 1, order.settled_at, &paypal::settled(order, of_order), about, signature);
        }
        // That a delayed payment came or not is told at least once.
        let body = paypal::settled(order, false);
        self.report(index, 1, order.settled_at, &body, About::Session { is_paid: false }, signature);
    }

    /// Reports of what happened to a subscription.
    fn turns(&mut self, index: usize, turns: Vec<Turn>) {
        for Turn { at, fact, bodies } in turns {
            self.story.orders[index].facts.push(fact);
            for body in bodies {
                self.story.orders[index].reports += 1;
                let times = 1 + self.choice.below(3) / 2;
                self.report(index, times, at, &body, About::Later, Signature::Good);
            }
        }
    }

    /// Refunds and disputes, and reports of such that are not to be believed.
    fn incidents(&mut self, index: usize, paid_at: i64) {
        let payments = self.story.orders[index].facts.iter().filter(|fact| matches!(fact, Fact::Period { .. })).count();
        let any = |writer: &mut Self| u8::try_from(writer.choice.index(payments.max(1))).expect("small");
        let refunds = self.choice.below(5).saturating_sub(2);
        for number in 0..refunds {
            // A part first, or all of it at once.
            let is_whole = number + 1 == refunds && self.choice.chance(600);
            let payment = any(self);
            self.incident(index, paid_at + 1, Fact::Refund { payment, is_whole });
        }
        for number in 0..u8::try_from(self.choice.below(6).saturating_sub(3)).expect("small") {
            let opened = paid_at + self.between(1, 60);
            let (first, last) = if self.choice.chance(200) {
                (Stage::Inquiry, Stage::InquiryClosed)
            } else {
                (Stage::Open, if self.choice.chance(500) { Stage::Won } else { Stage::Lost })
            };
            let payment = any(self);
            self.incident(index, opened, Fact::Dispute { payment, number, at: opened, stage: first });
            if self.choice.chance(600) {
                let closed = opened + self.between(0, 40);
                self.incident(index, closed, Fact::Dispute { payment, number, at: closed, stage: last });
            }
        }
        if self.story.orders[index].paypal.is_some() && self.choice.chance(100) {
            let at = paid_at + self.between(1, 60);
            self.incident(index, at, Fact::Reversal { at });
        }
        if self.choice.chance(60) {
            let order = &self.story.orders[index];
            let whole = Fact::Refund { payment: 0, is_whole: true };
            let (body, signature) = match self.choice.below(3) {
                0 if order.paypal.is_none() => (order.incident_event(&whole, true), Signature::Good),
                1 if order.paypal.is_none() => (order.incident_event(&whole, false), Signature::Old),
                _ => (order.incident_event(&whole, false), Signature::Forged),
            };
            self.report(index, 1, paid_at, &body, About::Later, signature);
        }
    }

    fn incident(&mut self, index: usize, at: i64, fact: Fact) {
        let order = &mut self.story.orders[index];
        let body = order.incident_event(&fact, order.kind == Kind::OtherMode);
        let is_forged = order.kind == Kind::Forged;
        order.facts.push(fact);
        order.reports += 1;
        let times = 1 + self.choice.below(3) / 2;
        let signature = if is_forged { Signature::Forged } else { Signature::Good };
        self.report(index, times, at, &body, About::Later, signature);
    }
}
