//! What can happen to a payment, and what the processor reports of it, in the shapes it has since 2025-03-31
//! (<https://docs.stripe.com/api/events/types>).

#![expect(clippy::indexing_slicing, reason = "a JSON value answers null for what is not there, and takes what is new")]

use serde_json::{Value, json};

use super::super::events;
use super::{Kept, Session};
use crate::domain::time::Moment;
use crate::hosts::native::Host;
use crate::ports::Clock;

/// Something that a buyer, a bank or the processor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::hosts::native::dev) enum Act {
    Pay,
    PayLater,
    Decline,
    Arrive,
    Fail,
    Refund,
    RefundPart,
    Dispute,
    DisputeWon,
    DisputeLost,
    Renew,
    RenewFails,
    Cancel,
}

/// An event: its type and its object.
pub(super) type Report = (&'static str, Value);

impl Act {
    const ALL: [Self; 13] = [
        Self::Pay,
        Self::PayLater,
        Self::Decline,
        Self::Arrive,
        Self::Fail,
        Self::Refund,
        Self::RefundPart,
        Self::Dispute,
        Self::DisputeWon,
        Self::DisputeLost,
        Self::Renew,
        Self::RenewFails,
        Self::Cancel,
    ];

    /// The word in the form.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::PayLater => "pay-later",
            Self::Decline => "decline",
            Self::Arrive => "arrive",
            Self::Fail => "fail",
            Self::Refund => "refund",
            Self::RefundPart => "refund-part",
            Self::Dispute => "dispute",
            Self::DisputeWon => "dispute-won",
            Self::DisputeLost => "dispute-lost",
            Self::Renew => "renew",
            Self::RenewFails => "renew-fails",
            Self::Cancel => "cancel",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == word)
    }

    /// What its button says.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Pay => "Pay",
            Self::PayLater => "Pay later, by bank transfer",
            Self::Decline => "Have the card declined",
            Self::Arrive => "The money arrives",
            Self::Fail => "The money does not arrive",
            Self::Refund => "Refund it",
            Self::RefundPart => "Refund a part",
            Self::Dispute => "Dispute it",
            Self::DisputeWon => "The dispute is won",
            Self::DisputeLost => "The dispute is lost",
            Self::Renew => "Renew for a year",
            Self::RenewFails => "The renewal is not paid",
            Self::Cancel => "Cancel at the end of the term",
        }
    }

    /// What can happen to a session as it is.
    pub(super) fn possible(session: &Session) -> Vec<Self> {
        if session.status == "open" {
            // A subscription begins with a payment that is there at once.
            let waits = (!session.is_subscription()).then_some(Self::PayLater);
            return [Self::Pay, Self::Decline].into_iter().chain(waits).collect();
        }
        if !session.is_paid() {
            return vec![Self::Arrive, Self::Fail];
        }
        let mut acts = vec![Self::Refund, Self::RefundPart, Self::Dispute, Self::DisputeWon, Self::DisputeLost];
        if session.is_subscription() {
            acts.extend([Self::Renew, Self::RenewFails, Self::Cancel]);
        }
        acts
    }

    /// Whether a buyer does it at the checkout.
    pub(super) fn is_checkout(self) -> bool {
        matches!(self, Self::Pay | Self::PayLater | Self::Decline)
    }
}

/// Does it; what the processor then reports, in this order.
pub(super) fn perform(host: &Host, kept: &mut Kept, act: Act) -> Vec<Report> {
    let now = host.world().now();
    if !act.is_checkout() {
        kept.done.push(format!("{}: {}", now.rfc3339(), act.label()));
    }
    match act {
        Act::Pay | Act::PayLater => complete(kept, act, now),
        Act::Decline => vec![],
        Act::Arrive => {
            "paid".clone_into(&mut kept.session.payment_status);
            vec![("checkout.session.async_payment_succeeded", json!(kept.session))]
        }
        Act::Fail => vec![("checkout.session.async_payment_failed", json!(kept.session))],
        Act::Refund => vec![("charge.refunded", charge(kept, kept.session.amount_total))],
        Act::RefundPart => vec![("charge.refunded", charge(kept, kept.session.amount_total / 2))],
        Act::Dispute => vec![("charge.dispute.created", dispute(kept, "needs_response"))],
        Act::DisputeWon => vec![("charge.dispute.closed", dispute(kept, "won"))],
        Act::DisputeLost => vec![("charge.dispute.closed", dispute(kept, "lost"))],
        Act::Renew => {
            let mut reports = invoice(kept, "subscription_cycle", now);
            reports.push(("customer.subscription.updated", subscription(kept, "active", false)));
            reports
        }
        Act::RenewFails => vec![
            ("invoice.payment_failed", unpaid(kept, "subscription_cycle", now)),
            ("customer.subscription.updated", subscription(kept, "past_due", false)),
        ],
        Act::Cancel => vec![("customer.subscription.updated", subscription(kept, "active", true))],
    }
}

/// Sends the reports to the site's own webhook.
pub(super) async fn deliver(host: &Host, reports: Vec<Report>) {
    for (kind, object) in reports {
        if let Err(unavailable) = events::send(host, kind, &object).await {
            eprintln!("{unavailable}");
        }
    }
}

/// The buyer has gone through the checkout; the money is there or will come.
fn complete(kept: &mut Kept, act: Act, now: Moment) -> Vec<Report> {
    let session = &mut kept.session;
    "complete".clone_into(&mut session.status);
    session.url = None;
    session.customer = Some(session.related("cus_"));
    if session.is_subscription() {
        session.subscription = Some(session.related("sub_"));
    } else {
        session.payment_intent = Some(session.related("pi_"));
    }
    if act == Act::Pay {
        "paid".clone_into(&mut session.payment_status);
    }
    let mut reports = vec![("checkout.session.completed", json!(session))];
    if session.is_subscription() {
        let invoice = invoice(kept, "subscription_create", now);
        reports.push(("customer.subscription.created", subscription(kept, "active", false)));
        reports.extend(invoice);
    }
    reports
}

/// A year is paid for. Which payment it was is told by a report of its own.
fn invoice(kept: &mut Kept, reason: &str, now: Moment) -> Vec<Report> {
    let mut invoice = unpaid(kept, reason, now);
    kept.invoices += 1;
    kept.paid_until = invoice["lines"]["data"][0]["period"]["end"].as_i64();
    invoice["status"] = json!("paid");
    invoice["amount_paid"] = json!(kept.session.amount_total);
    invoice["status_transitions"] = json!({ "paid_at": now.0 });
    let payment = json!({
        "id": format!("{}_{}", kept.session.related("inpay_"), kept.invoices),
        "object": "invoice_payment",
        "invoice": invoice["id"],
        "amount_paid": kept.session.amount_total,
        "currency": kept.session.currency,
        "status": "paid",
        "livemode": kept.session.livemode,
        "payment": { "type": "payment_intent", "payment_intent": payment_intent(kept) },
    });
    vec![("invoice.paid", invoice), ("invoice_payment.paid", payment)]
}

/// The invoice of the next year, not paid yet.
fn unpaid(kept: &Kept, reason: &str, now: Moment) -> Value {
    let (session, number) = (&kept.session, kept.invoices + 1);
    let begins = kept.paid_until.map_or(now, Moment);
    let line = json!({
        "id": format!("{}_{number}", session.related("il_")),
        "object": "line_item",
        "amount": session.amount_total,
        "period": { "start": begins.0, "end": begins.a_year_later().0 },
        "pricing": { "type": "price_details", "price_details": { "price": kept.price } },
    });
    json!({
        "id": format!("{}_{number}", session.related("in_")),
        "object": "invoice",
        "created": now.0,
        "billing_reason": reason,
        "status": "open",
        "amount_due": session.amount_total,
        "amount_paid": 0,
        "subtotal": session.amount_total,
        "currency": session.currency,
        "customer": session.customer,
        "livemode": session.livemode,
        "lines": { "object": "list", "data": [line] },
        "parent": {
            "type": "subscription_details",
            "subscription_details": { "subscription": session.subscription, "metadata": session.metadata },
        },
    })
}

fn subscription(kept: &Kept, status: &str, is_ending: bool) -> Value {
    let session = &kept.session;
    let item = json!({
        "id": session.related("si_"),
        "object": "subscription_item",
        "price": { "id": kept.price, "object": "price" },
        "current_period_end": kept.paid_until,
    });
    json!({
        "id": session.subscription,
        "object": "subscription",
        "status": status,
        "cancel_at_period_end": is_ending,
        "cancel_at": if is_ending { kept.paid_until } else { None },
        "customer": session.customer,
        "livemode": session.livemode,
        "metadata": session.metadata,
        "items": { "object": "list", "data": [item] },
    })
}

/// The charge behind the newest payment, as it is after a refund.
fn charge(kept: &Kept, refunded: u64) -> Value {
    let session = &kept.session;
    json!({
        "id": related(kept, "ch_"),
        "object": "charge",
        "amount": session.amount_total,
        "amount_refunded": refunded,
        "refunded": refunded == session.amount_total,
        "payment_intent": payment_intent(kept),
        "livemode": session.livemode,
        // What a subscription carries is not repeated on its payments.
        "metadata": if session.is_subscription() { json!({}) } else { session.metadata.clone() },
    })
}

fn dispute(kept: &Kept, status: &str) -> Value {
    json!({
        "id": related(kept, "dp_"),
        "object": "dispute",
        "amount": kept.session.amount_total,
        "charge": related(kept, "ch_"),
        "payment_intent": payment_intent(kept),
        "status": status,
        "livemode": kept.session.livemode,
    })
}

fn payment_intent(kept: &Kept) -> String {
    related(kept, "pi_")
}

/// An id of something that belongs to the newest payment.
fn related(kept: &Kept, prefix: &str) -> String {
    let id = kept.session.related(prefix);
    if kept.session.is_subscription() { format!("{id}_{}", kept.invoices) } else { id }
}
