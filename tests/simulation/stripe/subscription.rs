//! What Stripe sends about subscriptions, in the shapes before and after its version 2025-03-31, which moved what an invoice
//! and its payment say of each other (<https://docs.stripe.com/changelog/basil>).

use serde_json::{Value, json};

use super::{metadata, payment, whole_event};
use crate::simulation::model::Course;
use crate::simulation::story::Order;

/// The shape of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulation) enum Shape {
    /// Before that version: an invoice names its payment.
    Older,
    /// Since then: an event of its own does.
    Newer,
}

/// The processor's id of a subscription.
pub(super) fn id(order: &Order) -> String {
    format!("sub_{}", order.id)
}

fn invoice(order: &Order, number: u8, shape: Shape, end: i64) -> Value {
    let reason = if number == 0 { "subscription_create" } else { "subscription_cycle" };
    let (subscription, metadata): (String, Value) = (id(order), metadata_of(order));
    // A line for what was left of another plan ends earlier than what is paid now.
    let lines =
        json!([{ "period": { "start": end - 9, "end": end - 5 } }, { "period": { "start": end - 9, "end": end } }]);
    let mut invoice = json!({
        "id": invoice_id(order, number), "object": "invoice", "billing_reason": reason, "created": order.created,
        "customer_email": order.email, "customer_name": order.name, "subtotal": 4_900, "amount_paid": 0,
        "lines": { "data": lines }, "status_transitions": { "paid_at": null },
    });
    match shape {
        Shape::Older => {
            invoice["subscription"] = json!(subscription);
            invoice["subscription_details"] = json!({ "metadata": metadata });
            invoice["payment_intent"] = json!(payment(order, number));
        }
        Shape::Newer => {
            let details = json!({ "metadata": metadata, "subscription": subscription });
            invoice["parent"] = json!({ "type": "subscription_details", "subscription_details": details });
        }
    }
    invoice
}

/// A period was paid. One report, or two since the payment is told apart.
pub(in crate::simulation) fn paid(order: &Order, number: u8, shape: Shape, at: i64, end: i64) -> Vec<String> {
    let mut invoice = invoice(order, number, shape, end);
    (invoice["amount_paid"], invoice["status_transitions"]["paid_at"]) = (json!(4_900), json!(at));
    let mut events = vec![event("invoice.paid", at, &invoice)];
    if shape == Shape::Newer {
        let by = json!({ "type": "payment_intent", "payment_intent": payment(order, number) });
        let invoice = invoice_id(order, number);
        let link = json!({ "id": "inpay_1", "object": "invoice_payment", "invoice": invoice, "payment": by });
        events.push(event("invoice_payment.paid", at, &link));
    }
    events
}

/// A period could not be collected.
pub(in crate::simulation) fn unpaid(order: &Order, number: u8, shape: Shape, at: i64) -> String {
    event("invoice.payment_failed", at, &invoice(order, number, shape, at + 9))
}

/// A subscription goes on like this from now on.
pub(in crate::simulation) fn course(order: &Order, at: i64, course: Course) -> String {
    let (kind, status) = match course {
        Course::Renewing | Course::Ending => ("updated", "active"),
        Course::Overdue => ("updated", "past_due"),
        Course::Ended => ("deleted", "canceled"),
    };
    let subscription = json!({
        "id": id(order), "object": "subscription", "status": status, "cancel_at_period_end": course == Course::Ending,
        "items": { "data": [{ "price": { "id": "price_3" } }] }, "metadata": metadata_of(order),
    });
    event(&format!("customer.subscription.{kind}"), at, &subscription)
}

fn invoice_id(order: &Order, number: u8) -> String {
    format!("in_{}p{number}", order.id)
}

fn metadata_of(order: &Order) -> Value {
    serde_json::from_str(metadata(order)).expect("JSON")
}

fn event(kind: &str, at: i64, object: &Value) -> String {
    whole_event(kind, at, false, &object.to_string())
}
