//! The interface as an `OpenAPI` 3.1 document, made from the table of routes. `edge/openapi.json` is its golden copy: a
//! change of the interface shows as a change of that file.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::http::Method;
use crate::ports::Unavailable;
use crate::routes::{self, Endpoint, Guard, Match, ROUTES, Route, Speaks};

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";
const FORM: &str = "application/x-www-form-urlencoded";

/// The document.
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let operations = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(operations) = operations.as_object_mut() {
            operations.insert(route.method.as_str().to_lowercase(), operation(route));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Client Portal Plus edge", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": { "schemas": { "Problem": problem(), "License": license() } },
    })
}

fn operation(route: &Route) -> Value {
    let about = about(route.endpoint);
    let mut responses = about.answers;
    let mut by_status: BTreeMap<u16, Vec<Failure>> = BTreeMap::new();
    for failure in refusals(route) {
        by_status.entry(failure.status()).or_default().push(failure);
    }
    responses.extend(by_status.iter().map(|(status, failures)| (status.to_string(), refusal(route.speaks, failures))));
    let mut operation = json!({
        "summary": about.summary,
        "x-guard": match route.guard {
            Guard::Public => "public",
            Guard::SameOrigin => "same-origin",
            Guard::Signature => "signature",
        },
        "x-body-bytes-max": route.body_bytes_max,
        "responses": responses,
    });
    if let Some(fields) = operation.as_object_mut() {
        fields.extend(about.body.map(|body| ("requestBody".to_owned(), body)));
        fields.extend(about.parameters.map(|parameters| ("parameters".to_owned(), parameters)));
    }
    operation
}

/// What an endpoint takes and gives.
struct About {
    summary: &'static str,
    body: Option<Value>,
    parameters: Option<Value>,
    answers: Map<String, Value>,
}

fn about(endpoint: Endpoint) -> About {
    let (summary, body, parameters, answers) = match endpoint {
        Endpoint::Health => (
            "Whether the program runs, and its version.",
            None,
            None,
            vec![("200", body(JSON, &object(&["ok", "version"], &[("ok", boolean()), ("version", string(100))])))],
        ),
        Endpoint::LicenseKeys => (
            "The public key that license tokens are verified with, as a set of JSON Web Keys.",
            None,
            None,
            vec![("200", body(JSON, &keys()))],
        ),
        Endpoint::Checkout => (
            "Opens a checkout at the processor for a plan of the catalogue.",
            Some(body(FORM, &order())),
            None,
            vec![("303", told("To the processor's page."))],
        ),
        Endpoint::CheckoutSuccess => (
            "The license of a paid checkout; asks the processor, never the key-value store.",
            None,
            Some(json!([{ "name": "session_id", "in": "query", "required": true, "schema": string(200) }])),
            vec![
                ("200", page("The license.")),
                ("202", page("Not paid yet; the page refreshes itself.")),
                ("410", page("It expired without a payment.")),
            ],
        ),
        Endpoint::CheckoutCancel => {
            ("Says that nothing was charged.", None, None, vec![("200", page("Nothing was charged."))])
        }
        Endpoint::StripeWebhook => (
            "Takes an event from Stripe. The answer is a success only once everything it causes is durable.",
            Some(body(JSON, &json!({ "type": "object", "description": "A Stripe event." }))),
            Some(json!([{ "name": "Stripe-Signature", "in": "header", "required": true, "schema": string(8_192) }])),
            vec![("200", body(JSON, &object(&["received"], &[("received", json!({ "const": true }))])))],
        ),
        Endpoint::ValidateLicense => (
            "What a license key is worth. An unknown key is a 200 as well. `site` and `version` are accepted.",
            Some(body(JSON, &question())),
            None,
            vec![("200", body(JSON, &verdict()))],
        ),
    };
    let answers = answers.into_iter().map(|(status, answer)| (status.to_owned(), answer)).collect();
    About { summary, body, parameters, answers }
}

/// How a route can refuse: what its row of the table brings about, and what its endpoint adds.
fn refusals(route: &Route) -> Vec<Failure> {
    let mut refusals = vec![Failure::TooLarge, Failure::Misconfigured { settings: vec![] }];
    if let Match::WrongMethod { allow, .. } = routes::find(Method::Other, route.path) {
        refusals.push(Failure::MethodNotAllowed { allow });
    }
    refusals.extend(match route.guard {
        Guard::Public => None,
        Guard::SameOrigin => Some(Failure::CrossSite),
        Guard::Signature => Some(Failure::BadSignature),
    });
    let storage = Failure::Storage(Unavailable { what: "", why: String::new() });
    let processor = Failure::Processor { why: String::new() };
    let unconfirmed = Failure::Unconfirmed { why: String::new() };
    let fields = Failure::InvalidFields { fields: vec![] };
    refusals.extend(match route.endpoint {
        Endpoint::Health | Endpoint::LicenseKeys | Endpoint::CheckoutCancel => vec![],
        Endpoint::Checkout => {
            let no_form = Failure::UnsupportedMediaType { wanted: FORM };
            vec![no_form, fields, storage, processor, Failure::NoPolicyInForce]
        }
        Endpoint::CheckoutSuccess => vec![Failure::NotFound, storage, unconfirmed, Failure::NoPolicyInForce],
        Endpoint::StripeWebhook => {
            let detail = "The body is not JSON, repeats a key, or lacks a field it must have.";
            vec![Failure::BadRequest { detail }, storage, Failure::NoPolicyInForce]
        }
        Endpoint::ValidateLicense => {
            let detail = "The body is not JSON, repeats a key, lacks the license key or has other fields.";
            let no_json = Failure::UnsupportedMediaType { wanted: JSON };
            vec![Failure::BadRequest { detail }, no_json, fields, storage]
        }
    });
    refusals
}

fn keys() -> Value {
    let fixed = |word: &str| json!({ "const": word });
    let fields = [
        ("kid", string(16)),
        ("kty", fixed("OKP")),
        ("crv", fixed("Ed25519")),
        ("x", string(43)),
        ("use", fixed("sig")),
        ("alg", fixed("EdDSA")),
    ];
    let key = object(&fields.each_ref().map(|(name, _)| *name), &fields);
    object(&["keys"], &[("keys", json!({ "type": "array", "items": key }))])
}

/// Other fields are passed over, as in any form.
fn order() -> Value {
    let fields = json!({ "product": string(200), "plan": string(200), "provider": { "enum": ["stripe"] } });
    json!({ "type": "object", "required": ["product", "plan", "provider"], "properties": fields })
}

fn question() -> Value {
    let optional = || json!({ "type": ["string", "null"], "maxLength": 2_000 });
    let fields = [("license_key", string(100)), ("site", optional()), ("product", optional()), ("version", optional())];
    object(&["license_key"], &fields)
}

fn verdict() -> Value {
    let codes =
        ["valid", "expired", "suspended", "refunded", "revoked", "not_found", "malformed_key", "product_mismatch"];
    let license = json!({ "anyOf": [{ "$ref": "#/components/schemas/License" }, { "type": "null" }] });
    let fields = [("valid", boolean()), ("code", json!({ "enum": codes })), ("license", license)];
    object(&["valid", "code", "license"], &fields)
}

fn license() -> Value {
    let count = || json!({ "type": "integer", "minimum": 0 });
    object(
        &["status", "product", "plan", "expires_at", "seats", "seats_used", "sites_exempt"],
        &[
            ("status", json!({ "enum": ["active", "expired", "suspended", "refunded", "revoked"] })),
            ("product", string(200)),
            ("plan", string(200)),
            ("expires_at", json!({ "type": ["string", "null"], "format": "date-time" })),
            ("seats", json!({ "type": "integer", "minimum": 0, "description": "0 means unlimited." })),
            ("seats_used", count()),
            ("sites_exempt", count()),
        ],
    )
}

fn problem() -> Value {
    let error = object(&["field", "detail"], &[("field", string(200)), ("detail", string(1_000))]);
    let fields = [
        ("type", string(200)),
        ("title", string(200)),
        ("status", json!({ "type": "integer" })),
        ("detail", string(1_000)),
        ("errors", json!({ "type": "array", "items": error })),
    ];
    object(&["type", "title", "status", "detail"], &fields)
}

/// The answer with one status, for whichever of these reasons: the document names them all, since callers act on them.
fn refusal(speaks: Speaks, failures: &[Failure]) -> Value {
    let problems: Vec<_> = failures.iter().map(Failure::problem).collect();
    let kinds: Vec<&str> = problems.iter().map(|problem| problem.kind.as_str()).collect();
    let mut details: Vec<&str> = problems.iter().map(|problem| problem.detail.as_str()).collect();
    details.sort_unstable();
    details.dedup();
    let schema = json!({
        "allOf": [{ "$ref": "#/components/schemas/Problem" }],
        "properties": { "type": { "enum": kinds } },
    });
    let content = match speaks {
        Speaks::Json => json!({ PROBLEM: { "schema": schema } }),
        Speaks::Html => json!({ "text/html": {}, PROBLEM: { "schema": schema } }),
    };
    let mut headers = Map::new();
    if failures.iter().any(|failure| failure.retry_after().is_some()) {
        headers.insert("Retry-After".to_owned(), json!({ "schema": { "type": "integer", "minimum": 1 } }));
    }
    if failures.iter().any(|failure| matches!(failure, Failure::MethodNotAllowed { .. })) {
        headers.insert("Allow".to_owned(), json!({ "schema": string(100) }));
    }
    json!({ "description": details.join(" "), "headers": headers, "content": content })
}

fn object(required: &[&str], fields: &[(&str, Value)]) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "required": required, "additionalProperties": false, "properties": properties })
}

fn body(media_type: &str, schema: &Value) -> Value {
    json!({ "description": "", "content": { media_type: { "schema": schema } } })
}

fn page(what: &str) -> Value {
    json!({ "description": what, "content": { "text/html": {} } })
}

fn told(what: &str) -> Value {
    json!({ "description": what })
}

fn string(longest: u32) -> Value {
    json!({ "type": "string", "maxLength": longest })
}

fn boolean() -> Value {
    json!({ "type": "boolean" })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_golden_copy_is_the_interface() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            let text = serde_json::to_string_pretty(&document()).expect("JSON");
            std::fs::write(&file, format!("{text}\n")).expect("a golden file");
        }
        let golden: Value = serde_json::from_slice(&std::fs::read(&file).expect("the golden file")).expect("JSON");
        assert_eq!(golden, document(), "run this test with UPDATE_GOLDEN=1 and read the difference");
    }

    #[test]
    fn each_refusal_names_its_reasons() {
        let answers = &document()["paths"]["/webhooks/stripe"]["post"]["responses"];
        let kinds = &answers["400"]["content"][PROBLEM]["schema"]["properties"]["type"]["enum"];
        assert_eq!(*kinds, json!(["/problems/bad-signature", "/problems/bad-request"]));
        assert!(answers["503"]["headers"]["Retry-After"].is_object() && answers["405"]["headers"]["Allow"].is_object());
    }

    #[test]
    fn it_holds_every_route_and_nothing_else() {
        let document = document();
        let paths = document["paths"].as_object().expect("paths");
        let operations: usize = paths.values().map(|operations| operations.as_object().map_or(0, Map::len)).sum();
        assert_eq!(operations, ROUTES.len());
        for route in ROUTES {
            assert!(document["paths"][route.path][route.method.as_str().to_lowercase()].is_object(), "{}", route.path);
        }
    }
}
