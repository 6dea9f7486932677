//! What is said of releases: the interface of our own, and the one that EDD's clients speak.

use serde_json::{Value, json};

use super::schema::{body, boolean, object, string, told};
use super::{FORM, JSON, Parts};

pub(super) fn latest() -> Parts {
    let parameters = json!([
        { "name": "product", "in": "query", "required": true, "schema": string(200) },
        { "name": "site", "in": "query", "schema": string(2_000), "description": "Has to be active, where it is named." },
        { "name": "Authorization", "in": "header", "schema": string(200), "description": "`License KEY`." },
    ]);
    let summary = "The latest release of a product. Without a good license it is described, and reason says why there is \
                   no link.";
    (summary, None, Some(parameters), vec![("200", body(JSON, &manifest()))])
}

pub(super) fn download() -> Parts {
    let parameters = json!([
        { "name": "token", "in": "path", "required": true, "schema": string(400) },
        { "name": "Range", "in": "header", "schema": string(200), "description": "One range of bytes." },
        { "name": "If-Range", "in": "header", "schema": string(200), "description": "The entity tag of the archive." },
    ]);
    let zip = |what: &str| json!({ "description": what, "content": { "application/zip": {} } });
    let answers = vec![
        ("200", zip("The archive.")),
        ("206", zip("The bytes that were asked for.")),
        ("416", told("The archive ends before these bytes.")),
    ];
    ("The archive of a release. The license behind the link has to be good still.", None, Some(parameters), answers)
}

pub(super) fn home() -> Parts {
    let name = json!({ "name": "edd_action", "in": "query", "schema": action() });
    let json = json!({ "oneOf": answers() });
    let content = json!({ "text/html": {}, JSON: { "schema": json } });
    let answer = json!({ "description": "The home page, or the answer to the action.", "content": content });
    let answers = vec![("200", answer), ("304", told("The home page is the one that is known."))];
    ("The home page; with edd_action the same as by POST.", None, Some(json!([name])), answers)
}

pub(super) fn edd() -> Parts {
    let fields = json!({
        "edd_action": action(),
        "license": string(200),
        "item_id": string(200),
        "item_name": string(600),
        "url": string(2_000),
        "environment": { "enum": ["production", "staging", "development", "local"] },
        "version": string(40),
        "slug": string(100),
        "beta": string(5),
        "php_version": string(100),
        "wp_version": string(100),
        "products": { "type": "object", "description": "get_version for many: products[NAME][FIELD]." },
    });
    let form = json!({ "type": "object", "required": ["edd_action"], "properties": fields });
    let summary = "EDD Software Licensing, for plugins that were written for it. Refusals are a 200 as well.";
    (summary, Some(body(FORM, &form)), None, vec![("200", body(JSON, &json!({ "oneOf": answers() })))])
}

fn action() -> Value {
    json!({ "enum": ["check_license", "activate_license", "deactivate_license", "get_version"] })
}

fn manifest() -> Value {
    let text = || json!({ "type": "string" });
    let nullable = || json!({ "type": ["string", "null"] });
    let fields = [
        ("product", string(200)),
        ("version", string(100)),
        ("date", json!({ "type": "string", "format": "date-time" })),
        ("security", boolean()),
        ("requires", string(20)),
        ("tested", string(20)),
        ("requires_php", string(20)),
        ("notes_html", text()),
        ("changelog_url", text()),
        ("download_url", nullable()),
        ("reason", nullable()),
        ("download_size", json!({ "type": "integer", "minimum": 0 })),
    ];
    let names = fields.each_ref().map(|(name, _)| *name);
    object(names.get(..11).unwrap_or_default(), &fields)
}

fn answers() -> Value {
    let unknown = object(
        &["success", "error"],
        &[("success", json!({ "const": false })), ("error", json!({ "const": "unknown_action" }))],
    );
    let named = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let bulk = json!({ "type": "object", "additionalProperties": named("EddUpdate") });
    json!([named("EddStanding"), named("EddUpdate"), bulk, unknown])
}

/// An answer of the three actions about a license.
pub(super) fn standing() -> Value {
    let count = || json!({ "type": "integer", "minimum": 0 });
    let or_false = |kind: &str| json!({ "anyOf": [{ "type": kind }, { "const": false }] });
    let licenses = [
        "valid",
        "invalid",
        "expired",
        "disabled",
        "inactive",
        "site_inactive",
        "invalid_item_id",
        "item_name_mismatch",
        "deactivated",
        "failed",
    ];
    let errors = [
        "missing",
        "missing_url",
        "inactive",
        "disabled",
        "no_activations_left",
        "expired",
        "invalid_item_id",
        "item_name_mismatch",
        "too_many_requests",
    ];
    let fields = [
        ("success", boolean()),
        ("license", json!({ "enum": licenses })),
        ("item_id", json!({ "type": ["string", "integer", "boolean"] })),
        ("item_name", json!({ "type": "string" })),
        ("checksum", string(32)),
        ("expires", or_false("string")),
        ("payment_id", json!({ "const": 0 })),
        ("customer_name", json!({ "const": "" })),
        ("customer_email", json!({ "const": "" })),
        ("license_limit", or_false("integer")),
        ("site_count", count()),
        ("activations_left", json!({ "anyOf": [count(), { "const": "unlimited" }] })),
        ("price_id", json!({ "type": ["string", "integer", "boolean"] })),
        ("error", json!({ "enum": errors })),
        ("max_sites", count()),
        ("is_local", json!({ "const": true })),
        ("token", json!({ "type": "string", "description": "Signed; see /docs/license-token/." })),
    ];
    let names = fields.each_ref().map(|(name, _)| *name);
    object(names.get(..13).unwrap_or_default(), &fields)
}

/// An answer of `get_version`.
pub(super) fn update() -> Value {
    let text = |what: &str| json!({ "type": "string", "description": what });
    let fields = [
        ("new_version", string(100)),
        ("stable_version", string(100)),
        ("name", text("")),
        ("slug", string(100)),
        ("url", text("")),
        ("last_updated", string(20)),
        ("homepage", text("")),
        ("package", text("A signed link; empty where msg says why.")),
        ("download_link", text("The same.")),
        ("sections", text("description and changelog, an array as PHP serializes it.")),
        ("banners", text("high and low, likewise.")),
        ("icons", text("1x and 2x, likewise.")),
        ("requires", string(20)),
        ("tested", string(20)),
        ("requires_php", string(20)),
        ("msg", text("Why there is no package.")),
    ];
    let names = fields.each_ref().map(|(name, _)| *name);
    object(names.get(..15).unwrap_or_default(), &fields)
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    #[test]
    fn only_what_is_always_there_is_required() {
        for (schema, optional) in [(manifest(), 1), (standing(), 4), (update(), 1)] {
            let properties = schema["properties"].as_object().map_or(0, Map::len);
            let required = schema["required"].as_array().map_or(0, Vec::len);
            assert_eq!(properties - required, optional, "{schema}");
        }
    }
}
