//! What Stripe sends and how it signs it, written from its documentation and not from the core
//! (<https://docs.stripe.com/webhooks#verify-manually>, <https://docs.stripe.com/api/events>).

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use serde_json::{Value, json};

use super::model::{Fact, Stage};
use super::story::{Kind, Order};

pub(super) mod subscription;

/// A Checkout Session as the API shows it.
pub(super) fn session(order: &Order, is_completed: bool, is_paid: bool, email: &str) -> String {
    let Order { id, created, name, kind, .. } = order;
    // A subscription is paid by its invoices.
    let (payment, subscription) = if order.renews {
        ("null".to_owned(), format!(r#""{}""#, subscription::id(order)))
    } else {
        (format!(r#""{}""#, payment(order, 0)), "null".to_owned())
    };
    let (status, payment_status) =
        (if is_completed { "complete" } else { "open" }, if is_paid { "paid" } else { "unpaid" });
    let livemode = *kind == Kind::OtherMode;
    let price = if *kind == Kind::Underpaid { 4_899 } else { 4_900 };
    let currency = if *kind == Kind::OtherCurrency { "eur" } else { "usd" };
    let customer = match kind {
        Kind::NoAddress => "null".to_owned(),
        _ => format!(r#"{{"email":"{email}","name":"{name}","phone":null}}"#),
    };
    let metadata = metadata(order);
    format!(
        r#"{{"id":"{id}","object":"checkout.session","created":{created},"livemode":{livemode},"status":"{status}","payment_status":"{payment_status}",
"amount_subtotal":{price},"amount_total":{price},"currency":"{currency}","customer_details":{customer},
"payment_intent":{payment},"subscription":{subscription},"metadata":{metadata}}}"#
    )
}

/// A report about a Checkout Session.
pub(super) fn session_event(order: &Order, event: &str, is_paid: bool, email: &str) -> String {
    let session = session(order, true, is_paid, email);
    whole_event(&format!("checkout.session.{event}"), order.created + 1, order.kind == Kind::OtherMode, &session)
}

/// A report about something that happened to a payment.
pub(super) fn incident_event(order: &Order, fact: &Fact, livemode: bool) -> String {
    let id = &order.id;
    match fact {
        Fact::Refund { payment: number, is_whole } => {
            // The charge of an invoice does not say what it is for.
            let (payment, metadata) = (payment(order, *number), if order.renews { "{}" } else { metadata(order) });
            let charge = charge(order, *number);
            let charge = format!(
                r#"{{"id":"{charge}","object":"charge","payment_intent":"{payment}","refunded":{is_whole},"metadata":{metadata}}}"#
            );
            whole_event("charge.refunded", refunded_at(order, *number), livemode, &charge)
        }
        Fact::Dispute { payment: of, number, at, stage } => {
            let payment = payment(order, *of);
            let (status, event) = match stage {
                Stage::Inquiry => ("warning_needs_response", "created"),
                Stage::Open => ("needs_response", "created"),
                Stage::InquiryClosed => ("warning_closed", "closed"),
                Stage::Won => ("won", "closed"),
                Stage::Lost => ("lost", "closed"),
            };
            let dispute = format!(
                r#"{{"id":"dp_{id}{number}","object":"dispute","payment_intent":"{payment}","status":"{status}"}}"#
            );
            whole_event(&format!("charge.dispute.{event}"), *at, livemode, &dispute)
        }
        Fact::Reversal { .. } | Fact::Period { .. } | Fact::Unpaid { .. } | Fact::Course { .. } => {
            unreachable!("told otherwise")
        }
    }
}

/// What the core should have read of such a report, in its own words; none for a fact that it has to pass over.
pub(super) fn incident_read(order: &Order, fact: &Fact) -> Option<Value> {
    let is_told_apart = matches!(fact, Fact::Refund { .. }) && order.kind == Kind::OtherProduct;
    if is_told_apart || matches!(order.kind, Kind::OtherMode | Kind::Forged) {
        return None;
    }
    let id = &order.id;
    Some(match fact {
        Fact::Refund { payment: number, is_whole } => {
            let refund = if *is_whole { "whole" } else { "part" };
            json!({ "refund": { "id": charge(order, *number), "at": refunded_at(order, *number), "refund": { refund: {} } } })
        }
        Fact::Dispute { number, at, stage, .. } => {
            let stage = match stage {
                Stage::Inquiry => "inquiry",
                Stage::Open => "open",
                Stage::InquiryClosed | Stage::Won => "won",
                Stage::Lost => "lost",
            };
            json!({ "dispute": { "id": format!("dp_{id}{number}"), "at": at, "stage": stage } })
        }
        Fact::Reversal { .. } | Fact::Period { .. } | Fact::Unpaid { .. } | Fact::Course { .. } => return None,
    })
}

fn refunded_at(order: &Order, payment: u8) -> i64 {
    order.settled_at + 2 + i64::from(payment)
}

fn charge(order: &Order, payment: u8) -> String {
    let id = &order.id;
    if payment == 0 { format!("ch_{id}") } else { format!("ch_{id}p{payment}") }
}

fn whole_event(kind: &str, created: i64, livemode: bool, object: &str) -> String {
    format!(
        r#"{{"id":"evt_1","object":"event","type":"{kind}","created":{created},"livemode":{livemode},"data":{{"object":{object}}}}}"#
    )
}

/// The processor's id of a payment: the first, or that of a later period.
pub(super) fn payment(order: &Order, number: u8) -> String {
    let id = &order.id;
    if number == 0 { format!("pi_{id}") } else { format!("pi_{id}p{number}") }
}

fn metadata(order: &Order) -> &'static str {
    match order.kind {
        _ if order.renews => r#"{"product":"plus","plan":"yearly"}"#,
        Kind::OtherProduct => r#"{"product":"theme","plan":"single"}"#,
        Kind::UnknownPlan => r#"{"product":"plus","plan":"gone"}"#,
        _ => r#"{"product":"plus","plan":"single"}"#,
    }
}

/// The header that proves who wrote a body and when.
pub(super) fn signature(secret: &str, at: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length will do");
    mac.update(format!("{at}.{body}").as_bytes());
    let mut header = format!("t={at},v1=");
    for byte in mac.finalize().into_bytes() {
        write!(header, "{byte:02x}").expect("text takes text");
    }
    header
}
