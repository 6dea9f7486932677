//! Invoices and subscriptions in the shapes before and after 2025-03-31.

use serde_json::{Value, json};

use super::super::{Event, read_event};
use super::*;

fn read(kind: &str, object: &Value) -> Option<Result<Event, Ignored>> {
    let event = json!({ "id": "evt_1", "object": "event", "created": 500, "livemode": false, "type": kind,
        "data": { "object": object } });
    read_event(event.to_string().as_bytes(), false)
}

fn ours() -> Value {
    json!({ "product": "plus", "plan": "single" })
}

fn newer() -> Value {
    json!({ "id": "in_1", "object": "invoice", "created": 100, "amount_paid": 4_900, "subtotal": 4_900,
        "billing_reason": "subscription_cycle", "status": "paid", "status_transitions": { "paid_at": 200 },
        "customer_email": "canary@example.com", "customer_address": { "postal_code": "90210" },
        "lines": { "data": [{ "period": { "start": 150, "end": 900 } }, { "period": { "start": 150, "end": 800 } }] },
        "parent": { "type": "subscription_details",
            "subscription_details": { "subscription": "sub_1", "metadata": ours() } } })
}

fn older() -> Value {
    json!({ "id": "in_1", "object": "invoice", "created": 100, "amount_paid": 4_900, "subtotal": 4_900,
        "status": "paid", "status_transitions": { "paid_at": 200 }, "subscription": "sub_1",
        "subscription_details": { "metadata": ours() }, "payment_intent": "pi_1", "charge": "ch_1",
        "lines": { "data": [{ "period": { "start": 150, "end": 900 }, "price": { "id": "price_1" } }] } })
}

fn turn(event: Option<Result<Event, Ignored>>) -> (Turn, Option<String>) {
    match event {
        Some(Ok(Event::Fact { fact: Fact::Turn { subscription, turn }, product })) => {
            assert_eq!(subscription, SubscriptionId::new(Provider::Stripe, "sub_1"));
            (turn, product)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_paid_invoice_is_read_in_both_shapes() {
    use crate::domain::payment::PaymentId;

    for (invoice, payment) in [(newer(), None), (older(), Some(PaymentId::new(Provider::Stripe, "pi_1")))] {
        let paid = Paid { at: Moment(200), until: Some(Moment(900)), payment, amount: None };
        let expected = Turn::Paid { invoice: "in_1".to_owned(), paid };
        assert_eq!(turn(read("invoice.paid", &invoice)), (expected, Some("plus".to_owned())));
    }
}

#[test]
fn an_invoice_that_was_not_paid_is_read_in_both_shapes() {
    for invoice in [newer(), older()] {
        let expected = Turn::Unpaid { invoice: "in_1".to_owned(), at: Moment(500) };
        assert_eq!(turn(read("invoice.payment_failed", &invoice)).0, expected);
    }
}

#[test]
fn an_invoice_that_is_not_ours_is_ignored() {
    let with = |pointer: &str, value: Value| {
        let mut invoice = newer();
        *invoice.pointer_mut(pointer).expect("a field") = value;
        read("invoice.paid", &invoice)
    };
    let ignored = |event: Option<Result<Event, Ignored>>| matches!(event, Some(Err(_)));
    assert!(ignored(with("/parent", Value::Null)), "of no subscription");
    assert!(ignored(with("/parent/subscription_details/metadata", json!({ "license_id": "7" }))), "of another shop");
    let trial = json!({ "id": "in_1", "created": 1, "amount_paid": 0, "subtotal": 0, "subscription": "sub_1" });
    assert!(ignored(read("invoice.paid", &trial)), "a trial");
    let gift = json!({ "id": "in_1", "created": 1, "amount_paid": 0, "subtotal": 4_900, "subscription": "sub_1" });
    assert!(!ignored(read("invoice.paid", &gift)), "wholly discounted");
}

#[test]
fn the_payment_behind_an_invoice_is_read() {
    let linked = json!({ "id": "inpay_1", "object": "invoice_payment", "invoice": "in_1", "status": "paid",
        "payment": { "type": "payment_intent", "payment_intent": "pi_1" } });
    let Some(Ok(Event::Fact { fact: Fact::PaidBy { invoice, payment }, .. })) = read("invoice_payment.paid", &linked)
    else {
        panic!("a link")
    };
    assert_eq!((invoice.id.as_str(), payment.id.as_str()), ("in_1", "pi_1"));
    let by_hand = json!({ "invoice": "in_1", "payment": { "type": "payment_record" } });
    assert!(matches!(read("invoice_payment.paid", &by_hand), Some(Err(_))));
}

#[test]
fn every_status_of_a_subscription_has_its_course() {
    for (status, at_end, expected) in [
        ("active", false, Some(Course::Renewing)),
        ("trialing", false, Some(Course::Renewing)),
        ("active", true, Some(Course::Ending)),
        ("past_due", false, Some(Course::Overdue)),
        ("past_due", true, Some(Course::Overdue)),
        ("paused", false, Some(Course::Ending)),
        ("canceled", false, Some(Course::Ended)),
        ("unpaid", false, Some(Course::Ended)),
        ("incomplete_expired", false, Some(Course::Ended)),
        ("incomplete", false, None),
        ("something_new", false, None),
    ] {
        let subscription = json!({ "id": "sub_1", "object": "subscription", "status": status,
            "cancel_at_period_end": at_end, "metadata": ours(), "customer": "cus_1",
            "items": { "data": [{ "price": { "id": "price_1" }, "current_period_end": 900 }] } });
        for kind in ["customer.subscription.updated", "customer.subscription.deleted"] {
            match (read(kind, &subscription), expected) {
                (Some(Ok(Event::Subscription { at, course, price, product, .. })), Some(expected)) => {
                    assert_eq!((at, course), (Moment(500), expected), "{status}");
                    assert_eq!((price.as_deref(), product.as_str()), (Some("price_1"), "plus"));
                }
                (Some(Err(_)), None) => {}
                (other, _) => panic!("{status}: {other:?}"),
            }
        }
    }
    let foreign = json!({ "id": "sub_1", "status": "active", "metadata": {} });
    assert!(matches!(read("customer.subscription.updated", &foreign), Some(Err(_))));
}
