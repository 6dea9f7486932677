//! What a license is worth after a story of purchases, renewals, refunds and disputes.

use super::*;
use crate::domain::payment::{DisputeStage, Incident, Provider, PurchaseId, Refund, SubscriptionId};
use crate::domain::subscription::{Course, Turn};

const BOUGHT: Moment = Moment(1_790_000_000);

/// A story as it is known in the end.
#[derive(Default)]
struct Story {
    settlement: Option<Settlement>,
    renewals: Vec<(Purchase, Settlement)>,
    turns: Vec<Turn>,
    invoices: BTreeMap<InvoiceId, InvoicePayment>,
    payments: BTreeMap<PaymentId, History>,
}

fn payment(id: &str) -> PaymentId {
    PaymentId::new(Provider::Stripe, id)
}

fn purchase(term: Term) -> Purchase {
    Purchase {
        at: BOUGHT,
        id: PurchaseId::new(Provider::Stripe, "cs_1"),
        subscription: Some(SubscriptionId::new(Provider::Stripe, "sub_1")),
        renews: None,
        customer: None,
        product: "plus".to_owned(),
        plan: "single".to_owned(),
        seats: 1,
        term,
        price_drift: false,
        policy: "2025-03-31".to_owned(),
    }
}

fn paid(at: Moment, until: Option<Moment>, by: Option<&str>) -> Paid {
    Paid { at, until, payment: by.map(payment), amount: None }
}

impl Story {
    fn bought(mut self, by: &str) -> Self {
        self.settlement = Some(Settlement::Paid { paid: paid(BOUGHT, None, Some(by)) });
        self
    }

    fn renewed(mut self, at: Moment, by: &str) -> Self {
        self.renewals.push((purchase(Term::OneYear), Settlement::Paid { paid: paid(at, None, Some(by)) }));
        self
    }

    fn invoice(mut self, id: &str, at: Moment, until: Moment, by: Option<&str>) -> Self {
        self.turns.push(Turn::Paid { invoice: id.to_owned(), paid: paid(at, Some(until), by) });
        self
    }

    fn course(mut self, at: i64, course: Course) -> Self {
        self.turns.push(Turn::Course { at: Moment(at), course, plan: None });
        self
    }

    fn refunded(mut self, by: &str, at: Moment) -> Self {
        let incident = Incident::Refund { id: "ch".to_owned(), at, refund: Refund::Whole {} };
        self.payments.entry(payment(by)).or_default().merge(incident);
        self
    }

    fn disputed(mut self, by: &str, at: Moment, stage: DisputeStage) -> Self {
        let incident = Incident::Dispute { id: "dp".to_owned(), at, stage };
        self.payments.entry(payment(by)).or_default().merge(incident);
        self
    }

    fn of_term(&self, term: Term) -> Standing {
        let purchase = purchase(term);
        let mut subscription = Subscription::default();
        self.turns.iter().cloned().for_each(|turn| subscription.merge(turn));
        let account = Account {
            purchase: &purchase,
            settlement: self.settlement.as_ref().unwrap_or(&Settlement::Awaited {}),
            renewals: self.renewals.iter().map(|(purchase, settlement)| (purchase, settlement)).collect(),
            subscription: (!self.turns.is_empty()).then_some(&subscription),
            invoices: &self.invoices,
            payments: &self.payments,
        };
        account.standing()
    }

    fn told(&self) -> (Status, Reason, Option<Moment>) {
        let standing = self.of_term(Term::OneYear);
        (standing.status, standing.reason, standing.expires_at)
    }
}

fn year(n: u32) -> Moment {
    (0..n).fold(BOUGHT, |at, _| at.a_year_later())
}

fn story() -> Story {
    Story::default()
}

#[test]
fn nothing_is_granted_before_it_is_paid() {
    let pending = story().told();
    assert_eq!(pending, (Status::Pending, Reason::AwaitingPayment, None));
    let failed = Story { settlement: Some(Settlement::Failed { at: Moment(9) }), ..story() };
    assert_eq!(failed.told(), (Status::Revoked, Reason::PaymentFailed, None));
    assert_eq!(failed.of_term(Term::OneYear).since, Moment(9));
}

#[test]
fn a_lifetime_does_not_end() {
    let standing = story().bought("pi_1").of_term(Term::Lifetime);
    assert_eq!((standing.status, standing.expires_at, standing.grace_until), (Status::Active, None, None));
}

#[test]
fn a_renewal_begins_where_the_term_before_ends_or_when_it_is_paid() {
    let early = story().bought("pi_1").renewed(year(1).before(Seconds::days(20)), "pi_2");
    assert_eq!(early.told().2, Some(year(2)));
    let late = story().bought("pi_1").renewed(year(1).after(Seconds::days(20)), "pi_2");
    assert_eq!(late.told().2, Some(year(1).after(Seconds::days(20)).a_year_later()));
}

#[test]
fn a_refund_takes_back_its_own_term_and_no_other() {
    let two = || story().bought("pi_1").renewed(year(1).before(Seconds::days(20)), "pi_2");
    assert_eq!(two().refunded("pi_2", year(1)).told(), (Status::Active, Reason::Paid, Some(year(1))));
    // The renewal alone counts from when it was paid.
    let renewal_left = two().refunded("pi_1", year(1)).told();
    assert_eq!(renewal_left, (Status::Active, Reason::Paid, Some(year(1).before(Seconds::days(20)).a_year_later())));
    let none_left = two().refunded("pi_1", year(1)).refunded("pi_2", year(2)).of_term(Term::OneYear);
    assert_eq!((none_left.status, none_left.since), (Status::Refunded, year(2)));
}

#[test]
fn a_dispute_suspends_and_its_end_decides() {
    let disputed = |stage| story().bought("pi_1").disputed("pi_1", Moment(5), stage).told().0;
    assert_eq!(disputed(DisputeStage::Inquiry), Status::Active);
    assert_eq!(disputed(DisputeStage::Open), Status::Suspended);
    assert_eq!(disputed(DisputeStage::Won), Status::Active);
    assert_eq!(disputed(DisputeStage::Lost), Status::Revoked);
    // A dispute about the renewal suspends, too; lost, it takes the renewal with it.
    let two = || story().bought("pi_1").renewed(year(1).before(Seconds::days(20)), "pi_2");
    assert_eq!(two().disputed("pi_2", Moment(5), DisputeStage::Open).told().0, Status::Suspended);
    let lost = two().disputed("pi_2", Moment(5), DisputeStage::Lost).told();
    assert_eq!(lost, (Status::Active, Reason::Paid, Some(year(1))));
}

#[test]
fn the_first_invoice_of_a_subscription_is_the_purchase_once_more() {
    let checkout = Settlement::Paid { paid: paid(BOUGHT, None, None) };
    let first = Story { settlement: Some(checkout), ..story() };
    assert_eq!(first.told().2, Some(year(1)), "before the invoice came");
    let both = first.invoice("in_1", BOUGHT, year(1), Some("pi_1"));
    assert_eq!(both.told().2, Some(year(1)));
    // The invoice leads to the payment, so the refund of it is one of the license.
    assert_eq!(both.refunded("pi_1", Moment(5)).told().0, Status::Refunded);
}

#[test]
fn a_payment_may_be_linked_to_its_invoice_by_a_report_of_its_own() {
    let mut linked = story().invoice("in_1", BOUGHT, year(1), None).refunded("pi_1", Moment(5));
    assert_eq!(linked.told().0, Status::Active);
    linked.invoices.insert(InvoiceId::new(Provider::Stripe, "in_1"), InvoicePayment { payment: payment("pi_1") });
    assert_eq!(linked.told().0, Status::Refunded);
}

#[test]
fn a_subscription_has_grace_while_it_renews_and_none_once_it_ends() {
    let with = |course| story().invoice("in_1", BOUGHT, year(1), Some("pi_1")).course(9, course).of_term(Term::OneYear);
    for (course, grace) in [
        (Course::Renewing, Some(year(1).after(GRACE))),
        (Course::Overdue, Some(year(1).after(GRACE))),
        (Course::Ending, None),
        (Course::Ended, None),
    ] {
        let standing = with(course);
        // Paid time stays whatever the subscription does.
        assert_eq!((standing.status, standing.expires_at), (Status::Active, Some(year(1))), "{course:?}");
        assert_eq!((standing.grace_until, standing.renews), (grace, grace.is_some()), "{course:?}");
    }
}

#[test]
fn the_newest_report_of_a_subscription_counts() {
    let renews = |story: Story| story.invoice("in_1", BOUGHT, year(1), None).of_term(Term::OneYear).renews;
    assert!(!renews(story().course(5, Course::Ending).course(3, Course::Renewing)));
    assert!(renews(story().course(3, Course::Ending).course(5, Course::Renewing)));
}
