//! What is read from each kind of event and answer, in the shapes of both versions of the API, and what is not.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::license::LicenseId;
use crate::domain::payment::Provider;

mod other;

const LICENSE: &str = "lic_0123456789abcdef0123456789abcdef";
const CUSTOM: &str = "client-portal-plus/single";

fn sold() -> Sold {
    Sold { product: "client-portal-plus".to_owned(), plan: "single".to_owned(), renews: None }
}

fn at(text: &str) -> Moment {
    Moment::parse(text).expect("a moment")
}

fn usd(minor: u64) -> Amount {
    Amount { minor, currency: "usd".to_owned() }
}

fn payment(id: &str) -> PaymentId {
    PaymentId::new(Provider::Paypal, id)
}

fn event(kind: &str, resource: &Value) -> Value {
    json!({ "id": "WH-1", "event_version": "1.0", "create_time": "2026-06-01T10:00:05.123Z", "event_type": kind,
        "summary": "Canary", "resource": resource, "links": [{ "href": "https://canary.example", "rel": "self" }] })
}

fn read(event: &Value) -> Option<Result<Event, Ignored>> {
    read_event(event.to_string().as_bytes())
}

fn happened(kind: &str, resource: &Value) -> Event {
    match read(&event(kind, resource)) {
        Some(Ok(event)) => event,
        other => panic!("{kind}: {other:?}"),
    }
}

/// The same with something else at a place; nothing for leaving the place out.
fn with(value: &Value, pointer: &str, new: Option<Value>) -> Value {
    let mut value = value.clone();
    let (parent, name) = pointer.rsplit_once('/').expect("a place");
    let parent = value.pointer_mut(parent).expect("a parent");
    match (new, parent) {
        (Some(new), Value::Array(list)) => list[name.parse::<usize>().expect("a number")] = new,
        (Some(new), parent) => parent[name] = new,
        (None, Value::Object(fields)) => drop(fields.remove(name).expect("a field")),
        (None, _) => panic!("{pointer} is no field"),
    }
    value
}

fn captured_in_order() -> Value {
    json!({ "id": "3C679366HH908993F", "status": "COMPLETED", "final_capture": true, "custom_id": CUSTOM,
        "amount": { "currency_code": "USD", "value": "49.00" },
        "seller_receivable_breakdown": { "paypal_fee": { "currency_code": "USD", "value": "1.50" } },
        "create_time": "2026-06-01T10:00:02Z", "update_time": "2026-06-01T10:00:02Z" })
}

fn order() -> Value {
    json!({
        "id": "5O190127TN364715T", "intent": "CAPTURE", "status": "APPROVED", "create_time": "2026-06-01T09:59:00Z",
        "payer": {
            "email_address": "ada@example.com", "payer_id": "QYR5Z8XDVJNXQ",
            "name": { "given_name": "Ada", "surname": "Lovelace" },
            "phone": { "phone_number": { "national_number": "5550100" } }, "birth_date": "1815-12-10",
            "address": { "address_line_1": "1 Canary Street", "postal_code": "90210" },
        },
        "payment_source": { "paypal": { "email_address": "canary@example.com", "account_id": "CANARY" } },
        "purchase_units": [{
            "reference_id": "default", "custom_id": CUSTOM, "description": "Canary",
            "amount": { "currency_code": "USD", "value": "49.00",
                "breakdown": { "item_total": { "currency_code": "USD", "value": "12.34" } } },
            "payee": { "email_address": "canary-seller@example.com", "merchant_id": "CANARYMERCHANT" },
            "shipping": { "name": { "full_name": "Canary Bird" }, "address": { "address_line_1": "1 Canary Street" } },
            "items": [{ "name": "Canary item" }],
        }],
    })
}

fn completed_order() -> Value {
    let order = with(&order(), "/status", Some(json!("COMPLETED")));
    with(&order, "/purchase_units/0/payments", Some(json!({ "captures": [captured_in_order()] })))
}

#[test]
fn an_approved_order_is_read_and_is_no_payment() {
    let expected = Order {
        id: PurchaseId::new(Provider::Paypal, "5O190127TN364715T"),
        at: at("2026-06-01T09:59:00Z"),
        state: OrderState::Approved,
        sold: sold(),
        amount: usd(4_900),
        email: Email::parse("ada@example.com"),
        name: "Ada Lovelace".to_owned(),
        captures: vec![],
    };
    assert_eq!(happened("CHECKOUT.ORDER.APPROVED", &order()), Event::Approved(Box::new(expected.clone())));
    let renewal = format!("{CUSTOM}/{LICENSE}");
    let renewed = with(&order(), "/purchase_units/0/custom_id", Some(json!(renewal)));
    let sold = Sold { renews: LicenseId::parse(LICENSE), ..sold() };
    let expected = Order { sold, ..expected };
    assert_eq!(happened("CHECKOUT.ORDER.APPROVED", &renewed), Event::Approved(Box::new(expected)));
}

#[test]
fn a_completed_order_has_its_captures() {
    let Event::Completed(read) = happened("CHECKOUT.ORDER.COMPLETED", &completed_order()) else {
        panic!("another kind")
    };
    let capture = Capture {
        id: payment("3C679366HH908993F"),
        at: at("2026-06-01T10:00:02Z"),
        state: CaptureState::Paid,
        amount: usd(4_900),
        order: Some(PurchaseId::new(Provider::Paypal, "5O190127TN364715T")),
        sold: Some(sold()),
    };
    assert_eq!((read.state, read.captures), (OrderState::Completed, vec![capture]));
}

#[test]
fn answers_about_orders_are_read_in_full_and_in_brief() {
    let answered = |order: &Value| read_order(order.to_string().as_bytes());
    let whole = answered(&completed_order()).expect("an order").expect("ours");
    assert_eq!((whole.captures.len(), whole.amount.minor, whole.at), (1, 4_900, at("2026-06-01T09:59:00Z")));
    // The answer to a capture leaves out what was said when the order was made.
    let brief = with(&completed_order(), "/create_time", None);
    let brief = with(&brief, "/purchase_units/0/amount", None);
    let brief = with(&brief, "/purchase_units/0/custom_id", None);
    let brief = answered(&brief).expect("an order").expect("ours");
    assert_eq!(brief, Order { at: at("2026-06-01T10:00:02Z"), ..whole });
    let made = with(&with(&order(), "/status", Some(json!("CREATED"))), "/payer", None);
    let made = answered(&made).expect("an order").expect("ours");
    assert_eq!((made.state, made.email, made.name.as_str()), (OrderState::Open, None, ""));
    for (status, state) in [
        ("PAYER_ACTION_REQUIRED", OrderState::Open),
        ("SAVED", OrderState::Open),
        ("APPROVED", OrderState::Approved),
        ("COMPLETED", OrderState::Completed),
        ("VOIDED", OrderState::Voided),
        ("A NEW WORD", OrderState::Open),
    ] {
        let order = answered(&with(&order(), "/status", Some(json!(status)))).expect("an order").expect("ours");
        assert_eq!(order.state, state, "{status}");
    }
    assert!(matches!(answered(&json!({ "id": "5O190127TN364715T", "status": "COMPLETED" })), Some(Err(_))), "minimal");
    assert!(answered(&json!({ "name": "RESOURCE_NOT_FOUND" })).is_some_and(|read| read.is_err()), "an error");
    assert_eq!(answered(&json!([])), Some(Err(Ignored("of another product"))));
    assert_eq!(read_order(b"<html>"), None);
}

fn capture() -> Value {
    json!({ "id": "2GG279541U471931P", "status": "COMPLETED", "custom_id": CUSTOM, "invoice_id": "Canary",
        "amount": { "currency_code": "USD", "value": "49.00" },
        "payee": { "email_address": "canary-seller@example.com" }, "note_to_payer": "Canary",
        "supplementary_data": { "related_ids": { "order_id": "5O190127TN364715T" } },
        "create_time": "2026-06-01T10:00:02Z", "update_time": "2026-06-01T10:00:03Z",
        "links": [
            { "href": "https://api.paypal.com/v2/payments/captures/2GG279541U471931P", "rel": "self", "method": "GET" },
            { "href": "https://api.paypal.com/v2/checkout/orders/5O190127TN364715T", "rel": "up", "method": "GET" },
        ] })
}

fn read_capture(kind: &str, resource: &Value) -> Capture {
    match happened(kind, resource) {
        Event::Capture(capture) => capture,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_capture_of_the_second_version_is_read() {
    let expected = Capture {
        id: payment("2GG279541U471931P"),
        at: at("2026-06-01T10:00:02Z"),
        state: CaptureState::Paid,
        amount: usd(4_900),
        order: Some(PurchaseId::new(Provider::Paypal, "5O190127TN364715T")),
        sold: Some(sold()),
    };
    assert_eq!(read_capture("PAYMENT.CAPTURE.COMPLETED", &capture()), expected);
    let linked = with(&capture(), "/supplementary_data", None);
    assert_eq!(read_capture("PAYMENT.CAPTURE.COMPLETED", &linked), expected, "the order in a link");
    let authorized = "https://api.paypal.com/v2/payments/authorizations/7W5147081L658180V";
    let authorized = with(&linked, "/links/1/href", Some(json!(authorized)));
    assert_eq!(read_capture("PAYMENT.CAPTURE.COMPLETED", &authorized).order, None, "a link to something else");
    let yen = with(&capture(), "/amount", Some(json!({ "currency_code": "JPY", "value": "4900" })));
    let amount = Amount { minor: 4_900, currency: "jpy".to_owned() };
    assert_eq!(read_capture("PAYMENT.CAPTURE.COMPLETED", &yen).amount, amount);
}

#[test]
fn a_capture_of_the_first_version_is_read() {
    let first = json!({ "id": "42311647XV020574X", "state": "completed", "amount": { "total": "7.47", "currency": "USD" },
        "parent_payment": "PAY-3YE025760C441402AKTRY2PQ", "create_time": "2026-06-01T10:00:02Z" });
    let expected = Capture {
        id: payment("42311647XV020574X"),
        at: at("2026-06-01T10:00:02Z"),
        state: CaptureState::Paid,
        amount: usd(747),
        order: None,
        sold: None,
    };
    assert_eq!(read_capture("PAYMENT.CAPTURE.COMPLETED", &first), expected);
    let denied = with(&first, "/state", Some(json!("denied")));
    assert_eq!(read_capture("PAYMENT.CAPTURE.DENIED", &denied).state, CaptureState::Failed);
}

#[test]
fn a_capture_is_paid_when_both_event_and_status_say_so() {
    use CaptureState::{Awaited, Failed, Paid, Refunded};
    for (kind, status, state) in [
        ("COMPLETED", "COMPLETED", Paid),
        ("COMPLETED", "PARTIALLY_REFUNDED", Paid),
        ("COMPLETED", "REFUNDED", Refunded),
        ("COMPLETED", "PENDING", Awaited),
        ("COMPLETED", "A NEW WORD", Awaited),
        ("COMPLETED", "FAILED", Failed),
        ("PENDING", "PENDING", Awaited),
        ("PENDING", "COMPLETED", Awaited),
        ("DENIED", "DECLINED", Failed),
        ("DECLINED", "DECLINED", Failed),
        ("DENIED", "COMPLETED", Failed),
    ] {
        let capture = with(&capture(), "/status", Some(json!(status)));
        assert_eq!(read_capture(&format!("PAYMENT.CAPTURE.{kind}"), &capture).state, state, "{kind} {status}");
    }
    let silent = with(&capture(), "/status", None);
    assert_eq!(read_capture("PAYMENT.CAPTURE.COMPLETED", &silent).state, Awaited);
}

#[test]
fn what_others_sell_is_ignored() {
    let foreign = json!("Order 1042");
    let cases = [
        ("CHECKOUT.ORDER.APPROVED", with(&order(), "/purchase_units/0/custom_id", Some(foreign.clone()))),
        ("CHECKOUT.ORDER.APPROVED", with(&order(), "/purchase_units/0/custom_id", None)),
        ("CHECKOUT.ORDER.APPROVED", with(&order(), "/purchase_units", Some(json!([])))),
        ("CHECKOUT.ORDER.APPROVED", json!({})),
        ("PAYMENT.CAPTURE.COMPLETED", with(&capture(), "/custom_id", Some(foreign.clone()))),
        ("PAYMENT.CAPTURE.REFUNDED", json!({ "custom_id": foreign })),
        ("PAYMENT.CAPTURE.REVERSED", json!({ "custom_id": foreign })),
        ("PAYMENT.SALE.COMPLETED", json!({ "custom": foreign })),
        ("BILLING.SUBSCRIPTION.ACTIVATED", json!({ "id": "I-1", "custom_id": foreign })),
        ("BILLING.SUBSCRIPTION.CANCELLED", json!({ "id": "I-PE7JWXKGVN0R", "state": "Cancelled", "plan": {} })),
        (
            "CUSTOMER.DISPUTE.CREATED",
            json!({ "disputed_transactions": [{ "seller_transaction_id": "1", "custom": foreign }] }),
        ),
        ("CUSTOMER.DISPUTE.CREATED", json!({ "dispute_id": "PP-D-1" })),
    ];
    for (kind, resource) in cases {
        assert_eq!(read(&event(kind, &resource)), Some(Err(Ignored("of another product"))), "{kind} {resource}");
    }
    for kind in
        ["PAYMENT.AUTHORIZATION.CREATED", "BILLING.PLAN.CREATED", "", "payment.capture.completed", "PAYMENT.CAPTURE"]
    {
        let read = read(&event(kind, &json!(["anything", 1])));
        assert_eq!(read, if kind.is_empty() { None } else { Some(Err(Ignored("unknown type"))) }, "{kind}");
    }
}

#[test]
fn what_lacks_what_it_must_have_is_refused() {
    let capture = event("PAYMENT.CAPTURE.COMPLETED", &capture());
    let amount = |value: Value| with(&capture, "/resource/amount/value", Some(value));
    let cases = [
        with(&capture, "/event_type", None),
        with(&capture, "/event_type", Some(json!(1))),
        with(&capture, "/resource/id", None),
        with(&capture, "/resource/id", Some(json!(""))),
        with(&capture, "/resource/id", Some(json!(7))),
        with(&capture, "/resource/amount", None),
        with(&capture, "/resource/amount/currency_code", None),
        with(&capture, "/resource", None),
        amount(json!(49)),
        amount(json!("-49.00")),
        amount(json!("49.001")),
        amount(json!("99999999999999999999.00")),
        event("BILLING.SUBSCRIPTION.CREATED", &json!({ "custom_id": CUSTOM, "id": "I-1" })),
    ];
    for event in cases {
        assert_eq!(read(&event), None, "{event}");
    }
    for body in [b"".as_slice(), b"{", b"[]", b"null", b"\xff\xfe", b"{\"event_type\":\"\xff\"}"] {
        assert_eq!(read_event(body), None, "{body:?}");
    }
}

#[test]
fn a_repeated_key_is_refused_wherever_it_is() {
    let good = event("PAYMENT.CAPTURE.COMPLETED", &capture()).to_string();
    assert!(matches!(read_event(good.as_bytes()), Some(Ok(_))));
    for (what, twice) in [
        (r#""value":"49.00""#, r#""value":"49.00","value":"0.01""#),
        (r#""status":"COMPLETED""#, r#""status":"PENDING","status":"COMPLETED""#),
        (r#""summary":"Canary""#, r#""summary":"Canary","summary":"Canary""#),
        (r#""event_type""#, r#""event_typ\u0065":"X","event_type""#),
    ] {
        let body = good.replacen(what, twice, 1);
        assert_ne!(body, good);
        assert_eq!(read_event(body.as_bytes()), None, "{twice}");
    }
}

#[test]
fn moments_out_of_range_are_passed_over_or_refused() {
    let kind = "PAYMENT.CAPTURE.COMPLETED";
    for odd in [
        "2018-19-12T22:20:32.000Z",
        "10000-01-01T00:00:00Z",
        "-292277022657-01-27T08:29:52Z",
        "-009998-01-01T00:00:00Z",
        "soon",
        "",
    ] {
        let once = with(&capture(), "/create_time", Some(json!(odd)));
        assert_eq!(read_capture(kind, &once).at, at("2026-06-01T10:00:03Z"), "{odd}");
        let twice = with(&once, "/update_time", Some(json!(odd)));
        assert_eq!(read_capture(kind, &twice).at, at("2026-06-01T10:00:05Z"), "{odd}");
        let never = with(&event(kind, &twice), "/create_time", Some(json!(odd)));
        assert_eq!(read(&never), None, "{odd}");
    }
    let early = with(&capture(), "/create_time", Some(json!("0001-01-01T00:00:00Z")));
    assert!(read_capture(kind, &early).at < Moment(0));
}

#[test]
fn nothing_but_the_named_fields_gets_in() {
    let events = [
        happened("CHECKOUT.ORDER.COMPLETED", &completed_order()),
        happened("PAYMENT.CAPTURE.COMPLETED", &capture()),
        happened("BILLING.SUBSCRIPTION.ACTIVATED", &other::subscription()),
        happened("CUSTOMER.DISPUTE.CREATED", &other::dispute()),
    ];
    let everything = event("CHECKOUT.ORDER.COMPLETED", &completed_order()).to_string();
    let fields: fields::Field = serde_json::from_str(&everything).expect("JSON");
    for shown in events.iter().map(|event| format!("{event:?}")).chain([format!("{fields:?}")]) {
        for canary in ["anary", "CANARY", "90210", "5550100", "1815", "QYR5Z8XDVJNXQ", "12.34", "1.50"] {
            // The address of a link is read, to find the id at its end, and goes no further.
            assert!(!shown.replace("https://canary.example", "").contains(canary), "{canary}: {shown}");
        }
    }
}

/// Changes of JSON that keep it JSON: something else in one place, or a place left out.
fn mutated() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop_oneof!["-1.00", "1e9", "9999-12-31T23:59:59Z", "COMPLETED", "plus/single", "/", "https://x/captures/"]
            .prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{ "rel": "up", "href": "/captures/" }, 1, null])),
    ];
    let all: Vec<Value> = other::one_of_each();
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), proptest::option::of(leaf)), 1..6);
    (proptest::sample::select(all), changes).prop_map(|(mut event, changes)| {
        for (place, new) in changes {
            let mut places = vec![];
            collect(&event, String::new(), &mut places);
            let pointer = place.get(&places).clone();
            let Some((parent, name)) = pointer.rsplit_once('/') else { continue };
            match (new, event.pointer_mut(parent)) {
                (Some(new), _) => *event.pointer_mut(&pointer).expect("a place") = new,
                (None, Some(Value::Object(fields))) => drop(fields.remove(name)),
                (None, _) => {}
            }
        }
        event
    })
}

/// All places in a document.
fn collect(value: &Value, pointer: String, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| collect(value, format!("{pointer}/{name}"), places));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, value)| collect(value, format!("{pointer}/{at}"), places));
        }
        _ => {}
    }
    places.push(pointer);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_event_makes_it_panic(event in mutated()) {
        let body = event.to_string();
        let _ = read_event(body.as_bytes());
        let resource = event["resource"].to_string();
        let _ = (read_order(resource.as_bytes()), read_subscription(resource.as_bytes()));
    }

    #[test]
    fn no_bytes_make_it_panic(
        event in proptest::sample::select(other::one_of_each()),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut body = event.to_string().into_bytes();
        for (place, byte) in changes {
            let place = place.index(body.len());
            body[place] = byte;
        }
        let _ = read_event(&body);
        body.truncate(cut.index(body.len()));
        let _ = read_event(&body);
    }
}
