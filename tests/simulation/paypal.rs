//! `PayPal` as its documentation describes it: orders that are approved and then captured, reports about them, and the answer
//! to the question whether a report is genuine. When money moved is known only once somebody captured, so reports leave a
//! gap for it that is filled when they are sent.
//!
//! <https://developer.paypal.com/docs/api/orders/v2/>, <https://developer.paypal.com/docs/api/webhooks/v1/>.

use std::cell::Cell;
use std::fmt::Write;

use edge::domain::time::Moment;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::model::{Fact, Stage};
use super::story::{Kind, Order};

/// The id that our webhook has there.
pub(super) const WEBHOOK_ID: &str = "5GP028458E2496506";
/// Stands in a report for the moment at which its order was captured.
const CAPTURED: &str = "@CAPTURED@";

/// What is special about a purchase that goes through `PayPal`.
#[derive(Debug)]
pub(super) struct Approval {
    /// When it was captured for us. An order that nobody captured is captured when its money is there, as by a person.
    pub(super) captured_at: Cell<Option<i64>>,
    /// Whether the money comes later than the capture.
    pub(super) is_delayed: bool,
}

impl Approval {
    /// When the order was or will be captured.
    pub(super) fn captured_at(&self, order: &Order) -> i64 {
        self.captured_at.get().unwrap_or(order.settled_at)
    }

    /// Whether the money moved by this moment, at the latest when it is settled.
    pub(super) fn has_moved_by(&self, now: i64) -> bool {
        !self.is_delayed && self.captured_at.get().is_some_and(|at| at <= now)
    }
}

/// The processor's id of the capture.
pub(super) fn payment(order: &Order) -> String {
    format!("CAP{}", order.id)
}

/// An order as the API answers it; the answer to a capture names the buyer only where that was asked for.
pub(super) fn order(order: &Order, approval: &Approval, now: i64, names_buyer: bool) -> Value {
    let is_captured = approval.captured_at(order) <= now;
    let status = match (is_captured, order.kind != Kind::Forged && order.completed_at <= now) {
        (_, false) => "CREATED",
        (true, true) => "COMPLETED",
        (false, true) => "APPROVED",
    };
    let is_settled = order.settled_at <= now || approval.has_moved_by(now);
    let outcome = match (is_settled, order.is_paid) {
        (false, _) => "PENDING",
        (true, true) => "COMPLETED",
        (true, false) => "DECLINED",
    };
    let captured = iso(approval.captured_at(order));
    let shown = representation(order, status, (status == "COMPLETED").then_some((outcome, captured.as_str())));
    if names_buyer { shown } else { without_buyer(shown) }
}

fn without_buyer(mut shown: Value) -> Value {
    shown.as_object_mut().expect("an object").remove("payer");
    shown
}

fn representation(order: &Order, status: &str, captured: Option<(&str, &str)>) -> Value {
    let (given, surname) = order.name.rsplit_once(' ').unwrap_or((&order.name, ""));
    let payer = match (order.kind, status) {
        (Kind::NoAddress, _) | (_, "CREATED") => json!({ "payer_id": "QYR5Z8XDVJNXQ" }),
        _ => json!({ "email_address": order.email, "name": { "given_name": given, "surname": surname } }),
    };
    let payments = match captured {
        Some((outcome, at)) => json!({ "captures": [capture(order, outcome, at)] }),
        None => json!({}),
    };
    let unit = json!({ "amount": amount(order, price(order)), "custom_id": custom_id(order), "payments": payments });
    json!({ "id": order.id, "intent": "CAPTURE", "status": status, "payer": payer, "purchase_units": [unit],
        "create_time": iso(order.created) })
}

fn capture(order: &Order, status: &str, at: &str) -> Value {
    json!({ "id": payment(order), "status": status, "amount": amount(order, price(order)),
        "custom_id": custom_id(order), "create_time": at, "update_time": at })
}

/// The buyer agreed.
pub(super) fn approved(order: &Order) -> String {
    event("CHECKOUT.ORDER.APPROVED", order.completed_at, &representation(order, "APPROVED", None))
}

/// The order is done, as the report of the order says it, or the one of its capture.
pub(super) fn settled(order: &Order, of_order: bool) -> String {
    let (outcome, word) = if order.is_paid { ("COMPLETED", "COMPLETED") } else { ("DECLINED", "DENIED") };
    if of_order {
        let shown = representation(order, "COMPLETED", Some((outcome, CAPTURED)));
        return event("CHECKOUT.ORDER.COMPLETED", order.settled_at, &shown);
    }
    let mut capture = capture(order, outcome, CAPTURED);
    capture["supplementary_data"] = json!({ "related_ids": { "order_id": order.id } });
    event(&format!("PAYMENT.CAPTURE.{word}"), order.settled_at, &capture)
}

/// A report as it is sent: what could not be known before is filled in.
pub(super) fn filled(body: &str, order: &Order, approval: &Approval) -> String {
    body.replace(CAPTURED, &iso(approval.captured_at(order)))
}

/// Something happened to the money.
pub(super) fn incident_event(order: &Order, fact: &Fact) -> String {
    let up = json!([{ "rel": "up", "href": format!("https://api.test/v2/payments/captures/{}", payment(order)) }]);
    match fact {
        Fact::Refund { is_whole, .. } => {
            let (minor, at) = (returned(order, *is_whole), refunded_at(order));
            let breakdown = json!({ "total_refunded_amount": amount(order, minor) });
            let refund = json!({ "id": refund_id(order, *is_whole), "status": "COMPLETED", "custom_id": custom_id(order),
                "amount": amount(order, minor), "seller_payable_breakdown": breakdown, "links": up });
            event("PAYMENT.CAPTURE.REFUNDED", at, &refund)
        }
        Fact::Reversal { at } => {
            let reversal = json!({ "id": reversal_id(order), "status": "COMPLETED", "custom_id": custom_id(order),
                "amount": amount(order, price(order)), "links": up });
            event("PAYMENT.CAPTURE.REVERSED", *at, &reversal)
        }
        Fact::Dispute { number, at, stage, .. } => {
            let (kind, status, life, outcome) = match stage {
                Stage::Inquiry => ("CREATED", "OPEN", "INQUIRY", Value::Null),
                Stage::Open => ("UPDATED", "UNDER_REVIEW", "CHARGEBACK", Value::Null),
                Stage::InquiryClosed => ("RESOLVED", "RESOLVED", "INQUIRY", json!("CANCELED_BY_BUYER")),
                Stage::Won => ("RESOLVED", "RESOLVED", "CHARGEBACK", json!("RESOLVED_SELLER_FAVOUR")),
                Stage::Lost => ("RESOLVED", "RESOLVED", "CHARGEBACK", json!("RESOLVED_BUYER_FAVOUR")),
            };
            let dispute = json!({ "dispute_id": dispute_id(order, *number), "status": status, "update_time": iso(*at),
                "dispute_life_cycle_stage": life, "dispute_outcome": { "outcome_code": outcome },
                "disputed_transactions": [{ "seller_transaction_id": payment(order) }] });
            event(&format!("CUSTOMER.DISPUTE.{kind}"), *at, &dispute)
        }
        Fact::Period { .. } | Fact::Unpaid { .. } | Fact::Course { .. } => unreachable!("orders have no periods"),
    }
}

/// What the core should have read of such a report, in its own words; none for a fact that it has to pass over.
pub(super) fn incident_read(order: &Order, fact: &Fact) -> Option<Value> {
    // A dispute does not say what was bought.
    if order.kind == Kind::Forged || order.kind == Kind::OtherProduct && !matches!(fact, Fact::Dispute { .. }) {
        return None;
    }
    match fact {
        Fact::Refund { is_whole, .. } => {
            let (id, minor) = (refund_id(order, *is_whole), returned(order, *is_whole));
            let refund = json!({ "amount": { "amount": minor, "total": minor } });
            Some(json!({ "refund": { "id": id, "at": refunded_at(order), "refund": refund } }))
        }
        Fact::Reversal { at } => {
            let id = format!("reversal/{}", reversal_id(order));
            Some(json!({ "dispute": { "id": id, "at": at, "stage": "lost" } }))
        }
        Fact::Dispute { number, at, stage, .. } => {
            let stage = match stage {
                Stage::Inquiry => "inquiry",
                Stage::Open => "open",
                Stage::InquiryClosed | Stage::Won => "won",
                Stage::Lost => "lost",
            };
            Some(json!({ "dispute": { "id": dispute_id(order, *number), "at": at, "stage": stage } }))
        }
        Fact::Period { .. } | Fact::Unpaid { .. } | Fact::Course { .. } => None,
    }
}

/// Whether a report is genuine, as the question about it is answered.
pub(super) fn is_genuine(question: &str, secret: &str) -> bool {
    let Some((head, event)) = question.split_once(r#","webhook_event":"#) else { return false };
    let fields: Value = serde_json::from_str(&format!("{head}}}")).unwrap_or_default();
    let text = |name: &str| fields[name].as_str().unwrap_or_default().to_owned();
    let event = event.strip_suffix('}').unwrap_or_default();
    let expected = signature(secret, &text("transmission_id"), &text("transmission_time"), event);
    text("webhook_id") == WEBHOOK_ID && text("transmission_sig") == expected
}

/// Stands for the signature of a delivery.
pub(super) fn signature(secret: &str, id: &str, time: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length will do");
    mac.update(format!("{id}|{time}|{WEBHOOK_ID}|{body}").as_bytes());
    mac.finalize().into_bytes().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("text takes text");
        text
    })
}

/// A moment as `PayPal` writes it.
pub(super) fn iso(at: i64) -> String {
    Moment(at).rfc3339()
}

fn event(kind: &str, at: i64, resource: &Value) -> String {
    let event = json!({ "id": "WH-1", "event_type": kind, "create_time": iso(at), "resource": resource });
    event.to_string()
}

fn price(order: &Order) -> u64 {
    if order.kind == Kind::Underpaid { 4_899 } else { 4_900 }
}

/// How much went back up to a refund, in minor units.
fn returned(order: &Order, is_whole: bool) -> u64 {
    if is_whole { price(order) } else { 1_000 }
}

fn amount(order: &Order, minor: u64) -> Value {
    let currency = if order.kind == Kind::OtherCurrency { "EUR" } else { "USD" };
    json!({ "currency_code": currency, "value": format!("{}.{:02}", minor / 100, minor % 100) })
}

fn custom_id(order: &Order) -> &'static str {
    match order.kind {
        Kind::OtherProduct => "theme/single",
        Kind::UnknownPlan => "plus/gone",
        _ => "plus/single",
    }
}

fn refunded_at(order: &Order) -> i64 {
    order.settled_at + 2
}

fn refund_id(order: &Order, is_whole: bool) -> String {
    format!("RF{}{}", order.id, if is_whole { "W" } else { "P" })
}

fn reversal_id(order: &Order) -> String {
    format!("RV{}", order.id)
}

fn dispute_id(order: &Order, number: u8) -> String {
    format!("PP-D-{}D{number}", order.id)
}
