//! Refunds, reversals, subscriptions, their sales, and disputes.

use super::*;
use crate::domain::payment::SubscriptionId;

const REPORTED: &str = "2026-06-01T10:00:05Z";

fn refund() -> Value {
    json!({ "id": "1Y107995YT783435V", "status": "COMPLETED", "custom_id": CUSTOM, "note_to_payer": "Canary",
        "amount": { "currency_code": "USD", "value": "9.00" },
        "seller_payable_breakdown": {
            "gross_amount": { "currency_code": "USD", "value": "9.00" },
            "total_refunded_amount": { "currency_code": "USD", "value": "49.00" },
        },
        "create_time": "2026-06-01T03:00:00-07:00", "update_time": "2026-06-01T03:00:00-07:00",
        "links": [
            { "href": "https://api.paypal.com/v2/payments/refunds/1Y107995YT783435V", "rel": "self" },
            { "href": "https://api.paypal.com/v2/payments/captures/2GG279541U471931P", "rel": "up" },
        ] })
}

fn sale_refund() -> Value {
    json!({ "id": "6YX43824R4443062K", "state": "completed", "sale_id": "80021663DE681814L",
        "amount": { "total": "-0.01", "currency": "USD" }, "create_time": "2026-06-01T10:00:00Z",
        "links": [{ "href": "https://api.paypal.com/v1/payments/refund/6YX43824R4443062K", "rel": "self" }] })
}

fn sale() -> Value {
    json!({ "id": "80021663DE681814L", "state": "completed", "billing_agreement_id": "I-BW452GLLEP1G", "custom": CUSTOM,
        "amount": { "total": "49.00", "currency": "USD", "details": { "subtotal": "49.00" } },
        "payment_mode": "INSTANT_TRANSFER", "create_time": "2026-06-01T10:00:00Z", "update_time": REPORTED })
}

pub(super) fn subscription() -> Value {
    json!({ "id": "I-BW452GLLEP1G", "status": "ACTIVE", "plan_id": "P-5ML4271244454362WXNWU5NQ", "custom_id": CUSTOM,
        "quantity": "1", "start_time": "2026-06-01T00:00:00Z", "create_time": "2026-05-31T10:00:00Z",
        "update_time": "2026-06-01T10:00:04Z", "status_update_time": "2026-06-01T10:00:03Z",
        "subscriber": {
            "email_address": "ada@example.com", "payer_id": "QYR5Z8XDVJNXQ",
            "name": { "given_name": "Ada", "surname": "Lovelace" },
            "shipping_address": { "name": { "full_name": "Canary Bird" }, "address": { "postal_code": "90210" } },
        },
        "billing_info": {
            "outstanding_balance": { "currency_code": "USD", "value": "12.34" }, "failed_payments_count": 0,
            "last_payment": { "amount": { "currency_code": "USD", "value": "49.00" }, "time": "2026-06-01T10:00:01Z" },
            "next_billing_time": "2027-06-01T10:00:00Z",
        } })
}

pub(super) fn dispute() -> Value {
    json!({ "dispute_id": "PP-D-4012", "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED", "status": "OPEN",
        "dispute_life_cycle_stage": "CHARGEBACK", "dispute_amount": { "currency_code": "USD", "value": "12.34" },
        "disputed_transactions": [{ "seller_transaction_id": "2GG279541U471931P", "custom": CUSTOM,
            "buyer": { "name": "Canary Bird" }, "seller": { "name": "Canary Store" }, "invoice_number": "Canary" }],
        "messages": [{ "posted_by": "BUYER", "content": "Canary" }],
        "create_time": "2026-06-01T10:00:00.000Z", "update_time": "2026-06-01T10:00:02.000Z" })
}

/// An event of each kind.
pub(super) fn one_of_each() -> Vec<Value> {
    let resources = [
        ("CHECKOUT.ORDER.APPROVED", order()),
        ("CHECKOUT.ORDER.COMPLETED", completed_order()),
        ("PAYMENT.CAPTURE.COMPLETED", capture()),
        ("PAYMENT.CAPTURE.DENIED", capture()),
        ("PAYMENT.CAPTURE.REFUNDED", refund()),
        ("PAYMENT.CAPTURE.REVERSED", refund()),
        ("PAYMENT.SALE.COMPLETED", sale()),
        ("PAYMENT.SALE.REFUNDED", sale_refund()),
        ("BILLING.SUBSCRIPTION.ACTIVATED", subscription()),
        ("CUSTOMER.DISPUTE.CREATED", dispute()),
        ("CUSTOMER.DISPUTE.RESOLVED", with(&dispute(), "/dispute_outcome", Some(json!({ "outcome_code": "DENIED" })))),
    ];
    resources.iter().map(|(kind, resource)| event(kind, resource)).collect()
}

#[test]
fn one_of_each_is_read() {
    for event in one_of_each() {
        assert!(matches!(read(&event), Some(Ok(_))), "{event}");
    }
}

#[test]
fn a_refund_names_its_payment_in_either_version() {
    let expected = Refund {
        id: "1Y107995YT783435V".to_owned(),
        payment: payment("2GG279541U471931P"),
        at: at(REPORTED),
        state: RefundState::Made,
        amount: usd(900),
        total: Some(4_900),
        sold: Some(sold()),
    };
    assert_eq!(happened("PAYMENT.CAPTURE.REFUNDED", &refund()), Event::Refund(expected.clone()));
    let of_sale = Refund {
        id: "6YX43824R4443062K".to_owned(),
        payment: payment("80021663DE681814L"),
        amount: usd(1),
        total: None,
        sold: None,
        ..expected.clone()
    };
    assert_eq!(happened("PAYMENT.SALE.REFUNDED", &sale_refund()), Event::Refund(of_sale));
    let first = json!({ "id": "8VC964970N548345V", "state": "completed", "capture_id": "5LK72275CG489890D",
        "amount": { "total": "-0.15", "currency": "USD" }, "create_time": "2026-06-01T10:00:00Z" });
    let of_first = Refund {
        id: "8VC964970N548345V".to_owned(),
        payment: payment("5LK72275CG489890D"),
        amount: usd(15),
        total: None,
        sold: None,
        ..expected
    };
    assert_eq!(happened("PAYMENT.CAPTURE.REFUNDED", &first), Event::Refund(of_first));
    let lost = with(&refund(), "/links", None);
    let ignored = Some(Err(Ignored("refund that names no payment")));
    assert_eq!(read(&event("PAYMENT.CAPTURE.REFUNDED", &lost)), ignored);
}

#[test]
fn a_refund_may_be_on_its_way_or_fail() {
    for (status, state) in [
        ("COMPLETED", RefundState::Made),
        ("PENDING", RefundState::Awaited),
        ("A NEW WORD", RefundState::Awaited),
        ("FAILED", RefundState::Failed),
        ("CANCELLED", RefundState::Failed),
    ] {
        match happened("PAYMENT.CAPTURE.REFUNDED", &with(&refund(), "/status", Some(json!(status)))) {
            Event::Refund(refund) => assert_eq!(refund.state, state, "{status}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_reversal_names_its_payment_or_is_ignored() {
    let expected = |id: &str, reversed: &str, sold: Option<Sold>| {
        Event::Reversal(Reversal { id: id.to_owned(), payment: payment(reversed), at: at(REPORTED), sold })
    };
    let reversed = expected("1Y107995YT783435V", "2GG279541U471931P", Some(sold()));
    assert_eq!(happened("PAYMENT.CAPTURE.REVERSED", &refund()), reversed);
    // The first version reports the sale itself, or a refund that does not say of what.
    let itself = json!({ "id": "80021663DE681814L", "state": "reversed",
        "links": [{ "href": "https://api.paypal.com/v1/payments/sale/80021663DE681814L", "rel": "self" }] });
    let reversed = expected("80021663DE681814L", "80021663DE681814L", None);
    assert_eq!(happened("PAYMENT.SALE.REVERSED", &itself), reversed);
    let nameless = json!({ "id": "77689802DL785834G", "state": "completed", "amount": { "total": "-0.49", "currency": "USD" },
        "links": [{ "href": "https://api.paypal.com/v1/payments/refund/77689802DL785834G", "rel": "self" }] });
    let ignored = Some(Err(Ignored("reversal that names no payment")));
    assert_eq!(read(&event("PAYMENT.SALE.REVERSED", &nameless)), ignored);
}

#[test]
fn a_sale_pays_for_a_subscription() {
    let expected = Sale {
        id: payment("80021663DE681814L"),
        at: at("2026-06-01T10:00:00Z"),
        subscription: SubscriptionId::new(Provider::Paypal, "I-BW452GLLEP1G"),
        amount: usd(4_900),
        sold: Some(sold()),
    };
    assert_eq!(happened("PAYMENT.SALE.COMPLETED", &sale()), Event::Sale(expected.clone()));
    let unmarked = with(&sale(), "/custom", None);
    assert_eq!(happened("PAYMENT.SALE.COMPLETED", &unmarked), Event::Sale(Sale { sold: None, ..expected }));
    let cases = [
        (with(&sale(), "/billing_agreement_id", None), "sale of no subscription"),
        (with(&sale(), "/state", Some(json!("pending"))), "sale not completed"),
        (with(&sale(), "/state", None), "sale not completed"),
    ];
    for (sale, why) in cases {
        assert_eq!(read(&event("PAYMENT.SALE.COMPLETED", &sale)), Some(Err(Ignored(why))));
    }
}

#[test]
fn a_subscription_is_read_with_what_happened() {
    let expected = Subscription {
        id: SubscriptionId::new(Provider::Paypal, "I-BW452GLLEP1G"),
        at: at(REPORTED),
        state: SubscriptionState::Active,
        plan: "P-5ML4271244454362WXNWU5NQ".to_owned(),
        sold: sold(),
        email: Email::parse("ada@example.com"),
        name: "Ada Lovelace".to_owned(),
        start: Some(at("2026-06-01T00:00:00Z")),
        next_billing: Some(at("2027-06-01T10:00:00Z")),
        last_payment: Some((at("2026-06-01T10:00:01Z"), usd(4_900))),
    };
    for (kind, change) in [
        ("CREATED", Change::Created),
        ("ACTIVATED", Change::Activated),
        ("UPDATED", Change::Updated),
        ("EXPIRED", Change::Expired),
        ("CANCELLED", Change::Cancelled),
        ("SUSPENDED", Change::Suspended),
        ("RE-ACTIVATED", Change::Reactivated),
        ("PAYMENT.FAILED", Change::PaymentFailed),
    ] {
        let read = happened(&format!("BILLING.SUBSCRIPTION.{kind}"), &subscription());
        assert_eq!(read, Event::Subscription { change, subscription: Box::new(expected.clone()) });
    }
    let answered = |subscription: &Value| read_subscription(subscription.to_string().as_bytes());
    let asked = Subscription { at: at("2026-06-01T10:00:04Z"), ..expected.clone() };
    assert_eq!(answered(&subscription()), Some(Ok(asked)), "as the API answers it");
    let begun = with(&with(&subscription(), "/billing_info", None), "/subscriber", None);
    let begun = answered(&begun).expect("a subscription").expect("ours");
    assert_eq!((begun.next_billing, begun.last_payment, begun.email, begun.name), (None, None, None, String::new()));
}

#[test]
fn a_subscription_stands_as_its_status_says() {
    for (status, state) in [
        ("APPROVAL_PENDING", SubscriptionState::Awaited),
        ("APPROVED", SubscriptionState::Awaited),
        ("ACTIVE", SubscriptionState::Active),
        ("SUSPENDED", SubscriptionState::Suspended),
        ("CANCELLED", SubscriptionState::Cancelled),
        ("EXPIRED", SubscriptionState::Expired),
        ("A NEW WORD", SubscriptionState::Awaited),
    ] {
        let subscription = with(&subscription(), "/status", Some(json!(status)));
        let read = read_subscription(subscription.to_string().as_bytes()).expect("a subscription").expect("ours");
        assert_eq!(read.state, state, "{status}");
    }
}

fn stage(kind: &str, dispute: &Value) -> Option<DisputeStage> {
    match read(&event(&format!("CUSTOMER.DISPUTE.{kind}"), dispute))? {
        Ok(Event::Dispute(dispute)) => Some(dispute.stage),
        _ => None,
    }
}

#[test]
fn a_dispute_is_at_its_stage() {
    use DisputeStage::{Inquiry, Lost, Open, Won};
    let expected = Dispute {
        id: "PP-D-4012".to_owned(),
        at: at("2026-06-01T10:00:02Z"),
        payments: vec![payment("2GG279541U471931P")],
        stage: Open,
    };
    assert_eq!(happened("CUSTOMER.DISPUTE.CREATED", &dispute()), Event::Dispute(expected));
    for (life_cycle, expected) in
        [("INQUIRY", Inquiry), ("CHARGEBACK", Open), ("PRE_ARBITRATION", Open), ("ARBITRATION", Open)]
    {
        let dispute = with(&dispute(), "/dispute_life_cycle_stage", Some(json!(life_cycle)));
        assert_eq!(stage("CREATED", &dispute), Some(expected), "{life_cycle}");
        assert_eq!(stage("UPDATED", &dispute), Some(expected), "{life_cycle}");
    }
    assert_eq!(stage("CREATED", &with(&dispute(), "/dispute_life_cycle_stage", None)), Some(Open));
    for (outcome, expected) in [
        ("RESOLVED_BUYER_FAVOUR", Some(Lost)),
        ("ACCEPTED", Some(Lost)),
        ("RESOLVED_SELLER_FAVOUR", Some(Won)),
        ("CANCELED_BY_BUYER", Some(Won)),
        ("DENIED", Some(Won)),
        ("RESOLVED_WITH_PAYOUT", Some(Won)),
        ("NONE", Some(Won)),
        ("A NEW WORD", None),
    ] {
        let decided = with(&dispute(), "/dispute_outcome", Some(json!({ "outcome_code": outcome })));
        assert_eq!(stage("RESOLVED", &decided), expected, "{outcome}");
        let resolved = with(&decided, "/status", Some(json!("RESOLVED")));
        assert_eq!(stage("UPDATED", &resolved), expected, "{outcome}");
        let inquired = with(&decided, "/dispute_life_cycle_stage", Some(json!("INQUIRY")));
        assert_eq!(stage("RESOLVED", &inquired), expected, "{outcome} of an inquiry");
        assert_eq!(stage("CREATED", &decided), Some(Open), "an outcome before its time");
    }
    assert_eq!(stage("RESOLVED", &dispute()), None, "no outcome");
}

#[test]
fn a_dispute_may_be_about_several_payments_and_some_of_others() {
    let transactions = json!([
        { "seller_transaction_id": "A" },
        { "seller_transaction_id": "B", "custom": "Order 1042" },
        { "buyer_transaction_id": "C" },
        { "seller_transaction_id": "D", "custom": CUSTOM },
        { "seller_transaction_id": "" },
    ]);
    match happened("CUSTOMER.DISPUTE.CREATED", &with(&dispute(), "/disputed_transactions", Some(transactions))) {
        Event::Dispute(dispute) => assert_eq!(dispute.payments, [payment("A"), payment("D")]),
        other => panic!("{other:?}"),
    }
}
