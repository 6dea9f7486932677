//! What is read from events, what is ignored, and what never gets in.

use serde_json::{Value, json};

use super::*;
use crate::domain::payment::{DisputeStage, Incident, Refund};

fn envelope(kind: &str, object: &Value) -> Value {
    json!({ "id": "evt_1", "object": "event", "created": 1_790_000_100, "livemode": false, "type": kind,
        "data": { "object": object } })
}

fn session() -> Value {
    json!({
        "id": "cs_test_1", "object": "checkout.session", "created": 1_790_000_000, "livemode": false,
        "status": "complete", "payment_status": "paid", "mode": "payment", "currency": "usd",
        "amount_subtotal": 4_900, "amount_total": 5_831, "payment_intent": "pi_1",
        "metadata": { "product": "client-portal-plus", "plan": "single" },
        "customer_details": {
            "email": "ada@example.com", "name": "Ada", "phone": "+15550100", "tax_exempt": "none",
            "address": { "line1": "1 Canary Street", "city": "Birdville", "postal_code": "90210" },
        },
    })
}

fn with(mut value: Value, pointer: &str, new: Value) -> Value {
    *value.pointer_mut(pointer).expect("a field") = new;
    value
}

fn without(mut value: Value, field: &str) -> Value {
    value.as_object_mut().expect("an object").remove(field);
    value
}

fn read(event: &Value) -> Option<Result<Event, Ignored>> {
    read_event(event.to_string().as_bytes(), false)
}

fn completed(session: &Value) -> Option<Result<Event, Ignored>> {
    read(&envelope("checkout.session.completed", session))
}

fn bought(session: &Value) -> Checkout {
    match completed(session) {
        Some(Ok(Event::Checkout(checkout))) => *checkout,
        other => panic!("{other:?}"),
    }
}

fn payment_of(session: &Value) -> Option<String> {
    bought(session).settlement.paid().expect("paid").payment.clone().map(|payment| payment.id)
}

#[test]
fn a_paid_session_is_read() {
    let paid = bought(&session());
    assert_eq!((paid.id.id.as_str(), paid.at, paid.amount), ("cs_test_1", Moment(1_790_000_000), Some(4_900)));
    assert_eq!(
        (paid.sold.product.as_str(), paid.sold.plan.as_str(), paid.currency.as_str()),
        ("client-portal-plus", "single", "usd")
    );
    assert_eq!(paid.email.map(String::from).as_deref(), Some("ada@example.com"));
    assert_eq!(payment_of(&session()).as_deref(), Some("pi_1"));
}

#[test]
fn older_and_newer_shapes_are_read() {
    let expanded = with(session(), "/payment_intent", json!({ "id": "pi_9", "object": "payment_intent" }));
    assert_eq!(payment_of(&expanded).as_deref(), Some("pi_9"));
    assert_eq!(bought(&without(session(), "status")).id.id, "cs_test_1");
    assert_eq!(bought(&without(session(), "amount_subtotal")).amount, Some(5_831));
    let free = with(with(session(), "/payment_status", json!("no_payment_required")), "/payment_intent", Value::Null);
    assert_eq!(payment_of(&free), None);
    let late = envelope("checkout.session.async_payment_succeeded", &session());
    assert!(matches!(read(&late), Some(Ok(Event::Checkout(_)))));
}

#[test]
fn nothing_of_the_buyer_but_name_and_address_gets_in() {
    let shown = format!("{:?}", bought(&session()));
    for canary in ["Canary", "Birdville", "90210", "5550100"] {
        assert!(!shown.contains(canary), "{shown}");
    }
}

#[test]
fn an_unusable_address_is_none() {
    for email in [Value::Null, json!("nobody"), json!("a@b\r\nBcc: c@d")] {
        assert_eq!(bought(&with(session(), "/customer_details/email", email)).email, None);
    }
    assert_eq!(bought(&with(session(), "/customer_details", Value::Null)).email, None);
}

#[test]
fn what_is_not_ours_or_not_yet_is_ignored() {
    let plain = envelope("checkout.session.completed", &session());
    let mut connected = plain.clone();
    connected["account"] = json!("acct_1");
    let cases = [
        ("open", envelope("checkout.session.completed", &with(session(), "/status", json!("open")))),
        ("no metadata", envelope("checkout.session.completed", &without(session(), "metadata"))),
        ("null metadata", envelope("checkout.session.completed", &with(session(), "/metadata", Value::Null))),
        ("no plan", envelope("checkout.session.completed", &with(session(), "/metadata", json!({ "product": "x" })))),
        ("another shop's", envelope("checkout.session.completed", &json!({ "id": "cs_1", "metadata": {} }))),
        ("live", with(plain.clone(), "/livemode", json!(true))),
        ("no mode", without(plain.clone(), "livemode")),
        ("thin", with(plain, "/object", json!("v2.core.event"))),
        ("connected", connected),
        ("unknown", envelope("customer.created", &json!({ "id": "cus_1" }))),
    ];
    for (what, event) in cases {
        assert!(matches!(read(&event), Some(Err(_))), "{what}");
    }
}

#[test]
fn a_session_whose_money_comes_later_is_kept_and_not_paid() {
    let unpaid = with(session(), "/payment_status", json!("unpaid"));
    assert_eq!(bought(&unpaid).settlement, Settlement::Awaited {});
    let failed = read(&envelope("checkout.session.async_payment_failed", &unpaid));
    let fact = Fact::Settled {
        purchase: PurchaseId::new(Provider::Stripe, "cs_test_1"),
        settlement: Settlement::Failed { at: Moment(1_790_000_100) },
    };
    assert_eq!(failed, Some(Ok(Event::Fact { fact, product: Some("client-portal-plus".to_owned()) })));
    let given_up = read(&envelope("checkout.session.expired", &with(session(), "/status", json!("expired"))));
    assert_eq!(given_up, Some(Ok(Event::Expired(PurchaseId::new(Provider::Stripe, "cs_test_1")))));
}

#[test]
fn an_expired_session_is_told_from_one_that_may_still_be_paid() {
    let state = |status: &str| completed(&with(session(), "/status", json!(status)));
    assert_eq!(state("expired"), Some(Err(EXPIRED)));
    assert_eq!(state("open"), Some(Err(NOT_PAID_YET)));
}

const AT: Moment = Moment(1_790_000_100);

fn incident(incident: Incident, product: Option<&str>) -> Event {
    let payment = PaymentId::new(Provider::Stripe, "pi_1");
    Event::Fact { fact: Fact::Incident { payment, incident }, product: product.map(str::to_owned) }
}

#[test]
fn a_refund_is_read_whole_or_in_part() {
    for whole in [false, true] {
        let charge = json!({ "id": "ch_1", "payment_intent": "pi_1", "refunded": whole,
            "metadata": { "product": "client-portal-plus" }, "billing_details": { "name": "Canary" } });
        let refund = if whole { Refund::Whole {} } else { Refund::Part {} };
        let expected = incident(Incident::Refund { id: "ch_1".to_owned(), at: AT, refund }, Some("client-portal-plus"));
        assert_eq!(read(&envelope("charge.refunded", &charge)), Some(Ok(expected)));
    }
}

#[test]
fn a_refund_that_failed_is_told_from_one_that_its_charge_reports() {
    let failed = incident(Incident::Refund { id: "ch_1".to_owned(), at: AT, refund: Refund::Failed {} }, None);
    for (status, expected) in [("failed", true), ("canceled", true), ("succeeded", false), ("pending", false)] {
        let refund =
            json!({ "id": "re_1", "amount": 4_900, "charge": "ch_1", "payment_intent": "pi_1", "status": status });
        for kind in ["refund.updated", "refund.failed", "refund.created", "charge.refund.updated"] {
            let read = read(&envelope(kind, &refund)).expect("an event");
            assert_eq!(read.ok().as_ref(), expected.then_some(&failed), "{kind} {status}");
        }
    }
}

#[test]
fn every_status_of_a_dispute_has_its_stage() {
    let cases = [
        ("needs_response", Some(DisputeStage::Open)),
        ("under_review", Some(DisputeStage::Open)),
        ("warning_needs_response", Some(DisputeStage::Inquiry)),
        ("warning_under_review", Some(DisputeStage::Inquiry)),
        ("warning_closed", Some(DisputeStage::Won)),
        ("prevented", Some(DisputeStage::Won)),
        ("won", Some(DisputeStage::Won)),
        ("lost", Some(DisputeStage::Lost)),
        ("something_new", None),
    ];
    for (status, expected) in cases {
        let dispute = json!({ "id": "dp_1", "payment_intent": "pi_1", "status": status });
        let stage = match read(&envelope("charge.dispute.updated", &dispute)) {
            Some(Ok(Event::Fact {
                fact: Fact::Incident { incident: Incident::Dispute { at, stage, .. }, .. },
                ..
            })) => {
                assert_eq!(at, AT);
                Some(stage)
            }
            _ => None,
        };
        assert_eq!(stage, expected, "{status}");
    }
}

#[test]
fn a_broken_event_is_refused() {
    let bad_time = with(session(), "/created", json!("yesterday"));
    for broken in [without(session(), "id"), without(session(), "payment_status"), bad_time] {
        assert_eq!(completed(&broken), None);
    }
    for (pointer, wrong) in [
        ("/id", json!(7)),
        ("/livemode", json!("false")),
        ("/amount_subtotal", json!(-1)),
        ("/amount_subtotal", json!("4900")),
        ("/customer_details", json!("Ada")),
        ("/customer_details/email", json!(7)),
        ("/payment_intent", json!({ "object": "payment_intent" })),
        ("/metadata", json!({ "product": 7, "plan": "single" })),
    ] {
        assert_eq!(completed(&with(session(), pointer, wrong)), None, "{pointer}");
    }
    for kind in ["charge.refunded", "charge.dispute.created", "checkout.session.completed"] {
        for object in [json!({}), json!(null), json!([]), json!("ch_1")] {
            assert!(!matches!(read(&envelope(kind, &object)), Some(Ok(_))), "{kind} {object}");
        }
        assert_eq!(read(&without(envelope(kind, &json!({})), "data")), None);
    }
    for field in ["id", "refunded"] {
        let charge = json!({ "id": "ch_1", "payment_intent": "pi_1", "refunded": true });
        assert_eq!(read(&envelope("charge.refunded", &without(charge, field))), None, "{field}");
    }
    for text in ["", "[]", "null", "{\"object\":\"event\",\"object\":\"event\",\"type\":\"x\"}"] {
        assert_eq!(read_event(text.as_bytes(), false), None, "{text}");
    }
}

#[test]
fn a_key_named_twice_is_refused_wherever_it_stands() {
    let event = envelope("checkout.session.completed", &session()).to_string();
    for (once, twice) in [
        (r#""livemode":false"#, r#""livemode":false,"livemode":false"#),
        (r#""plan":"single""#, r#""plan":"single","plan":"agency""#),
        (r#""payment_status":"paid""#, r#""payment_status":"unpaid","payment\u005fstatus":"paid""#),
        (r#""city":"Birdville""#, r#""city":"Birdville","city":"Birdville""#),
    ] {
        let repeated = event.replacen(once, twice, 1);
        assert_ne!(repeated, event);
        assert_eq!(read_event(repeated.as_bytes(), false), None, "{twice}");
    }
}

#[test]
fn deep_nesting_is_refused_without_a_crash() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let nested = |depth: usize| {
            let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            envelope("customer.created", &json!("DEEP")).to_string().replace("\"DEEP\"", &deep)
        };
        assert!(matches!(read_event(nested(100).as_bytes(), false), Some(Err(_))));
        assert_eq!(read_event(nested(100_000).as_bytes(), false), None);
    }
}

#[test]
fn an_incident_without_a_payment_is_ignored() {
    let charge = json!({ "id": "ch_1", "payment_intent": null, "refunded": true });
    assert!(matches!(read(&envelope("charge.refunded", &charge)), Some(Err(_))));
    let dispute = json!({ "id": "dp_1", "payment_intent": null, "status": "lost" });
    assert!(matches!(read(&envelope("charge.dispute.closed", &dispute)), Some(Err(_))));
}

#[test]
fn nothing_of_the_payer_gets_in_with_an_incident() {
    let charge = json!({
        "id": "ch_1", "refunded": true, "metadata": {}, "receipt_email": "canary@example.com",
        "payment_intent": { "id": "pi_1", "receipt_email": "canary@example.com" },
        "billing_details": { "name": "Canary", "phone": "+15550100", "address": { "postal_code": "90210" } },
        "payment_method_details": { "card": { "last4": "4242", "fingerprint": "Canary" } },
    });
    let dispute = json!({
        "id": "dp_1", "payment_intent": "pi_1", "status": "needs_response",
        "evidence": { "customer_name": "Canary", "customer_purchase_ip": "203.0.113.9" },
    });
    for (kind, object) in [("charge.refunded", charge), ("charge.dispute.created", dispute)] {
        let shown = format!("{:?}", read(&envelope(kind, &object)).expect("an event").expect("an incident"));
        for canary in ["anary", "5550100", "90210", "4242", "203.0"] {
            assert!(!shown.contains(canary), "{shown}");
        }
    }
}

#[test]
fn an_event_is_of_the_mode_it_is_read_in() {
    let session = with(session(), "/livemode", json!(true));
    let live = with(envelope("checkout.session.completed", &session), "/livemode", json!(true));
    assert!(matches!(read_event(live.to_string().as_bytes(), true), Some(Ok(Event::Checkout(_)))));
    assert!(matches!(read(&live), Some(Err(_))));
    let torn = with(live, "/data/object/livemode", json!(false));
    assert!(matches!(read_event(torn.to_string().as_bytes(), true), Some(Err(_))));
}
