//! The interface as an `OpenAPI` 3.1 document, made from the table of routes. `edge/openapi.json` is its golden copy: a
//! change of the interface shows as a change of that file.

use serde_json::{Map, Value, json};

use crate::routes::{Endpoint, Guard, ROUTES, Route, Speaks};

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
    for (status, when) in refusals(route) {
        responses.entry(status).or_insert_with(|| refusal(route.speaks, when));
    }
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
        Endpoint::Checkout => (
            "Opens a checkout at the processor for a plan of the catalogue.",
            Some(body(
                FORM,
                &object(
                    &["product", "plan", "provider"],
                    &[("product", string(200)), ("plan", string(200)), ("provider", json!({ "enum": ["stripe"] }))],
                ),
            )),
            None,
            vec![("303", told("To the processor's page.")), ("422", page("A field is not one of the catalogue's."))],
        ),
        Endpoint::CheckoutSuccess => (
            "The license of a paid checkout; asks the processor, never the key-value store.",
            None,
            Some(json!([{ "name": "session_id", "in": "query", "required": true, "schema": string(200) }])),
            vec![
                ("200", page("The license.")),
                ("202", page("Not paid yet; the page refreshes itself.")),
                ("404", page("No such checkout.")),
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

/// How a route can refuse, beside what its endpoint says.
fn refusals(route: &Route) -> Vec<(&'static str, &'static str)> {
    let mut refusals =
        vec![("405", "The method is not one of this path's; see `Allow`."), ("413", "The body is too long.")];
    match route.endpoint {
        Endpoint::Health | Endpoint::CheckoutCancel => {}
        Endpoint::CheckoutSuccess => {
            refusals.push(("503", "Storage or processor do not answer, or no policy is in force."));
        }
        Endpoint::Checkout => refusals.extend([
            ("403", "The form is of another site."),
            ("415", "The body is no form."),
            ("503", "The processor does not answer, or no policy is in force."),
        ]),
        Endpoint::StripeWebhook => refusals.extend([
            ("400", "The signature does not hold, or the body is not JSON, repeats a key or lacks a field."),
            ("503", "Storage does not answer, or no policy is in force; send it again."),
        ]),
        Endpoint::ValidateLicense => refusals.extend([
            ("400", "The body is not JSON, repeats a key, or has other fields."),
            ("415", "The body is not declared as JSON."),
            ("422", "A field is too long."),
            ("503", "Storage does not answer."),
        ]),
    }
    refusals
}

fn question() -> Value {
    let fields =
        [("license_key", string(100)), ("site", string(2_000)), ("product", string(2_000)), ("version", string(2_000))];
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

fn refusal(speaks: Speaks, when: &str) -> Value {
    let problem = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
    match speaks {
        Speaks::Json => json!({ "description": when, "content": { PROBLEM: problem } }),
        Speaks::Html => json!({ "description": when, "content": { "text/html": {}, PROBLEM: problem } }),
    }
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
