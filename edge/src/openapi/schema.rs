//! The shapes of bodies, as JSON Schema.

use serde_json::{Map, Value, json};

pub(super) fn keys() -> Value {
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
pub(super) fn order() -> Value {
    let fields = json!({ "product": string(200), "plan": string(200), "provider": { "enum": ["stripe"] } });
    json!({ "type": "object", "required": ["product", "plan", "provider"], "properties": fields })
}

pub(super) fn question() -> Value {
    let optional = || json!({ "type": ["string", "null"], "maxLength": 2_000 });
    let fields = [("license_key", string(100)), ("site", optional()), ("product", optional()), ("version", optional())];
    object(&["license_key"], &fields)
}

pub(super) fn verdict() -> Value {
    let codes = [
        "valid",
        "pending",
        "expired",
        "grace",
        "suspended",
        "refunded",
        "revoked",
        "not_found",
        "malformed_key",
        "site_inactive",
        "product_mismatch",
    ];
    let license = json!({ "anyOf": [{ "$ref": "#/components/schemas/License" }, { "type": "null" }] });
    let token = json!({ "type": ["string", "null"], "description": "Signed; see /docs/license-token/." });
    let suggested =
        json!({ "type": "string", "description": "With malformed_key: what the check characters say was meant." });
    let fields = [
        ("valid", boolean()),
        ("code", json!({ "enum": codes })),
        ("did_you_mean", suggested),
        ("license", license),
        ("token", token),
    ];
    object(&["valid", "code", "license", "token"], &fields)
}

pub(super) fn license() -> Value {
    let count = || json!({ "type": "integer", "minimum": 0 });
    let moment = || json!({ "type": ["string", "null"], "format": "date-time" });
    let statuses = ["active", "pending", "grace", "expired", "suspended", "refunded", "revoked"];
    let reasons = [
        "paid",
        "awaiting_payment",
        "payment_failed",
        "term_ended",
        "renewal_due",
        "dispute_open",
        "dispute_lost",
        "refunded",
    ];
    let fields = [
        ("status", json!({ "enum": statuses })),
        ("reason", json!({ "enum": reasons })),
        ("since", json!({ "type": "string", "format": "date-time" })),
        ("product", string(200)),
        ("plan", string(200)),
        ("expires_at", moment()),
        ("grace_until", moment()),
        ("renews", boolean()),
        ("seats", json!({ "type": "integer", "minimum": 0, "description": "0 means unlimited." })),
        ("seats_used", count()),
        ("sites_exempt", count()),
    ];
    object(&fields.each_ref().map(|(name, _)| *name), &fields)
}

pub(super) fn problem() -> Value {
    let error = object(&["field", "detail"], &[("field", string(200)), ("detail", string(1_000))]);
    let fields = [
        ("type", string(200)),
        ("title", string(200)),
        ("status", json!({ "type": "integer" })),
        ("detail", string(1_000)),
        ("errors", json!({ "type": "array", "items": error })),
        ("code", string(40)),
    ];
    object(&["type", "title", "status", "detail"], &fields)
}

pub(super) fn object(required: &[&str], fields: &[(&str, Value)]) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "required": required, "additionalProperties": false, "properties": properties })
}

pub(super) fn body(media_type: &str, schema: &Value) -> Value {
    json!({ "description": "", "content": { media_type: { "schema": schema } } })
}

pub(super) fn page(what: &str) -> Value {
    json!({ "description": what, "content": { "text/html": {} } })
}

pub(super) fn told(what: &str) -> Value {
    json!({ "description": what })
}

pub(super) fn string(longest: u32) -> Value {
    json!({ "type": "string", "maxLength": longest })
}

pub(super) fn boolean() -> Value {
    json!({ "type": "boolean" })
}
