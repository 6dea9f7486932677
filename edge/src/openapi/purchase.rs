//! What is said of buying: the way to the processor and back, and what the processor reports.

use serde_json::{Value, json};

use super::schema::{body, object, order, page, string, told};
use super::{FORM, JSON, Parts};
use crate::failure::Failure;

pub(super) fn checkout() -> Parts {
    let summary = "Opens a checkout at the processor for a plan of the catalogue.";
    (summary, Some(body(FORM, &order())), None, vec![("303", told("To the processor's page."))])
}

pub(super) fn success() -> Parts {
    let session = json!([{ "name": "session_id", "in": "query", "required": true, "schema": string(200) }]);
    let answers = vec![
        ("200", page("The license.")),
        ("202", page("Not paid yet; the page refreshes itself.")),
        ("410", page("It expired without a payment.")),
    ];
    ("The license of a paid checkout; asks the processor, never the key-value store.", None, Some(session), answers)
}

pub(super) fn cancel() -> Parts {
    ("Says that nothing was charged.", None, None, vec![("200", page("Nothing was charged."))])
}

pub(super) fn stripe_webhook() -> Parts {
    let headers = json!([{ "name": "Stripe-Signature", "in": "header", "required": true, "schema": string(8_192) }]);
    webhook(
        "Takes an event from Stripe. The answer is a success only once everything it causes is durable.",
        "A Stripe event.",
        headers,
    )
}

pub(super) fn paypal_webhook() -> Parts {
    webhook(
        "Takes an event from PayPal. The answer is a success only once everything it causes is durable.",
        "A PayPal event.",
        paypal_headers(),
    )
}

fn webhook(summary: &'static str, event: &str, headers: Value) -> Parts {
    let event = body(JSON, &json!({ "type": "object", "description": event }));
    let received = body(JSON, &object(&["received"], &[("received", json!({ "const": true }))]));
    (summary, Some(event), Some(headers), vec![("200", received)])
}

fn paypal_headers() -> Value {
    let names = ["Id", "Time", "Sig"].map(|name| format!("PayPal-Transmission-{name}"));
    let names = names.into_iter().chain(["PayPal-Cert-Url", "PayPal-Auth-Algo"].map(str::to_owned));
    names.map(|name| json!({ "name": name, "in": "header", "required": true, "schema": string(1_024) })).collect()
}

/// How a report of either processor can be refused.
pub(super) fn unfit_report(storage: Failure) -> [Failure; 3] {
    let detail = "The body is not JSON, repeats a key, or lacks a field it must have.";
    [Failure::BadRequest { detail }, storage, Failure::NoPolicyInForce]
}
