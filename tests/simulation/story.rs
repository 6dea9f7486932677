//! What happens in a history: who buys what, what the processor knows of it, what it reports, how often and when, and
//! who looks in between. All of it is drawn before the history begins.

use std::rc::Rc;

use super::choice::Choice;
use super::mark::{PERSON, PURCHASE};
use super::model::{Fact, Stage};
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
    /// The processor's id of the session.
    pub(super) id: String,
    /// When the session was opened.
    pub(super) created: i64,
    /// When the money was there.
    pub(super) paid_at: i64,
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

impl Kind {
    /// Whether it ends in a license.
    pub(super) fn is_sold(self) -> bool {
        matches!(self, Self::Sold | Self::Underpaid)
    }

    /// Whether it is ours and paid, but nobody may fulfil it unseen.
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
        /// Whether the report says that the purchase is paid.
        pays: bool,
        /// Whether whoever signs it lacks the secret, or signed it long ago.
        signature: Signature,
    },
    /// The buyer looks at the success page.
    Poll { order: usize },
    /// A site asks what a key is worth.
    Validate { order: usize, key: Asked },
    /// Somebody presses Buy.
    Buy,
    /// The cron trigger.
    Tick,
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
    fn report(&mut self, order: usize, times: u64, earliest: i64, body: &str, pays: bool, signature: Signature) {
        for _ in 0..times {
            let at = earliest + self.between(0, 90);
            self.add(at, Act::Report { order, body: body.to_owned(), pays, signature });
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
        let is_delayed = self.choice.chance(250);
        let paid_at = created + if is_delayed { self.between(60, 200) } else { self.between(1, 60) };
        let same_mailbox = self.choice.chance(300);
        let order = Order {
            buyer,
            kind,
            id: format!("cs_test_{PURCHASE}{buyer}n{number}"),
            created,
            paid_at: if kind == Kind::Forged { i64::MAX } else { paid_at },
            email: if same_mailbox { other_case(buyer) } else { address(buyer) },
            name: format!("Ada{} {PERSON}{buyer}", if same_mailbox { " M." } else { "" }),
            facts: vec![],
            reports: 0,
        };
        let index = self.story.orders.len();
        self.payment(index, &order, is_delayed, paid_at);
        self.story.orders.push(order);
        self.incidents(index, paid_at);
        for _ in 0..self.choice.below(3) {
            let at = (paid_at + self.between(-40, 120)).max(BEGIN);
            self.add(at, Act::Poll { order: index });
        }
        for _ in 0..self.choice.below(3) {
            let key = match self.choice.below(10) {
                0..=7 => Asked::Right,
                8 => Asked::Unknown,
                _ => Asked::Mistyped,
            };
            let at = (paid_at + self.between(-40, 200)).max(BEGIN);
            self.add(at, Act::Validate { order: index, key });
        }
    }

    /// Reports of the payment itself, some of them with another address in the body.
    fn payment(&mut self, index: usize, order: &Order, is_delayed: bool, paid_at: i64) {
        let signature = if order.kind == Kind::Forged { Signature::Forged } else { Signature::Good };
        if is_delayed {
            let body = stripe::session_event(order, "completed", false, &order.email);
            self.report(index, 1, order.created, &body, false, signature);
        }
        let event = if is_delayed { "async_payment_succeeded" } else { "completed" };
        for _ in 0..=self.choice.below(3) {
            let email = match self.choice.below(100) {
                0..=14 => elsewhere(order.buyer),
                15..=24 => other_case(order.buyer),
                _ => order.email.clone(),
            };
            let body = stripe::session_event(order, event, true, &email);
            self.report(index, 1, paid_at, &body, true, signature);
        }
        if self.choice.chance(30) {
            let body = stripe::session_event(order, event, true, &order.email);
            self.report(index, 1, paid_at, &body, true, Signature::Old);
        }
    }

    /// Refunds and disputes, and reports of such that are not to be believed.
    fn incidents(&mut self, index: usize, paid_at: i64) {
        let refunds = self.choice.below(5).saturating_sub(2);
        for number in 0..refunds {
            // A part first, or all of it at once.
            let is_whole = number + 1 == refunds && self.choice.chance(600);
            self.incident(index, paid_at + 1, Fact::Refund { is_whole });
        }
        for number in 0..u8::try_from(self.choice.below(6).saturating_sub(3)).expect("small") {
            let opened = paid_at + self.between(1, 60);
            let (first, last) = if self.choice.chance(200) {
                (Stage::Inquiry, Stage::InquiryClosed)
            } else {
                (Stage::Open, if self.choice.chance(500) { Stage::Won } else { Stage::Lost })
            };
            self.incident(index, opened, Fact::Dispute { number, at: opened, stage: first });
            if self.choice.chance(600) {
                let closed = opened + self.between(0, 40);
                self.incident(index, closed, Fact::Dispute { number, at: closed, stage: last });
            }
        }
        if self.choice.chance(60) {
            let order = &self.story.orders[index];
            let whole = Fact::Refund { is_whole: true };
            let (body, signature) = match self.choice.below(3) {
                0 => (stripe::incident_event(order, &whole, true), Signature::Good),
                1 => (stripe::incident_event(order, &whole, false), Signature::Forged),
                _ => (stripe::incident_event(order, &whole, false), Signature::Old),
            };
            self.report(index, 1, paid_at, &body, false, signature);
        }
    }

    fn incident(&mut self, index: usize, at: i64, fact: Fact) {
        let order = &mut self.story.orders[index];
        let body = stripe::incident_event(order, &fact, order.kind == Kind::OtherMode);
        let is_forged = order.kind == Kind::Forged;
        order.facts.push(fact);
        order.reports += 1;
        let times = 1 + self.choice.below(3) / 2;
        let signature = if is_forged { Signature::Forged } else { Signature::Good };
        self.report(index, times, at, &body, false, signature);
    }
}

/// The buyer's address.
pub(super) fn address(buyer: usize) -> String {
    format!("ada.{PERSON}{buyer}@{PERSON}{buyer}.example")
}

/// The same mailbox, typed differently.
fn other_case(buyer: usize) -> String {
    address(buyer).to_uppercase()
}

/// Another mailbox of the same buyer.
fn elsewhere(buyer: usize) -> String {
    format!("home.{PERSON}{buyer}@home.{PERSON}{buyer}.example")
}
