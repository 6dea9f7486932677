//! What is said of consent and of the count of visits.

use serde_json::{Map, Value, json};

use super::schema::{body, boolean, object, page, string, told};
use super::{FORM, JSON, Parts};
use crate::domain::consent::OPTIONAL;
use crate::failure::Failure;
use crate::routes::Endpoint;

pub(super) fn show() -> Parts {
    ("What somebody decided about cookies, and all there are.", None, None, vec![("200", page("The page."))])
}

pub(super) fn decide() -> Parts {
    let mut fields: Map<String, Value> = Map::new();
    fields.insert("choice".to_owned(), json!({ "enum": ["accept", "reject", "save"] }));
    fields.insert("form".to_owned(), json!({ "enum": ["banner", "page"], "default": "banner" }));
    fields.extend(OPTIONAL.iter().map(|category| (format!("c.{category}"), string(2))));
    fields.insert("return".to_owned(), string(1_000));
    let form = body(FORM, &json!({ "type": "object", "required": ["choice"], "properties": fields }));
    let answer = told("Back to the page, with the cookie of the decision.");
    ("Takes a decision about optional cookies.", Some(form), None, vec![("303", answer)])
}

pub(super) fn receipt() -> Parts {
    let answer = body(JSON, &json!({ "type": "object" }));
    ("The receipt that the cookie names, in the fields of ISO/IEC TS 27560.", None, None, vec![("200", answer)])
}

pub(super) fn signal_support() -> Parts {
    let answer = object(&["gpc", "lastUpdate"], &[("gpc", boolean()), ("lastUpdate", string(10))]);
    ("That Global Privacy Control is honored.", None, None, vec![("200", body(JSON, &answer))])
}

pub(super) fn visit() -> Parts {
    let fields =
        json!({ "type": "object", "required": ["path"], "properties": { "path": string(1_000), "from": string(253) } });
    let answer = json!({ "description": "It is counted." });
    ("Counts a visit, where analytics was allowed.", Some(body(FORM, &fields)), None, vec![("204", answer)])
}

/// How these can be refused.
pub(super) fn refusals(endpoint: Endpoint, storage: Failure) -> Vec<Failure> {
    let unread = || Failure::UnsupportedMediaType { wanted: FORM };
    let unfit = || Failure::BadRequest { detail: "Says what is wrong." };
    match endpoint {
        Endpoint::Decide => vec![unread(), unfit(), storage, Failure::NoPolicyInForce],
        Endpoint::ConsentReceipt => vec![Failure::NotFound, storage],
        Endpoint::SignalSupport => vec![storage, Failure::NoPolicyInForce],
        Endpoint::Visit => vec![unread(), unfit(), Failure::NotAllowed, Failure::TooMany, storage],
        _ => vec![storage],
    }
}
