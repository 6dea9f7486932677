//! What is said of privacy requests.

use serde_json::{Map, Value, json};

use super::schema::{body, page, string, told};
use super::{FORM, JSON, Parts};
use crate::failure::Failure;
use crate::routes::Endpoint;

pub(super) fn ask() -> Parts {
    ("The form of a privacy request.", None, None, vec![("200", page("The form."))])
}

pub(super) fn request() -> Parts {
    let mut fields = Map::new();
    fields.insert("email".to_owned(), string(254));
    fields.insert("kind".to_owned(), json!({ "enum": ["access", "correct", "delete"] }));
    let form = body(FORM, &json!({ "type": "object", "required": ["email", "kind"], "properties": fields }));
    let summary = "Takes a privacy request. The same answer after the same time for every address.";
    (summary, Some(form), None, vec![("202", page("Where to look for the link."))])
}

pub(super) fn confirm() -> Parts {
    ("The button behind that link.", None, Some(link()), vec![("200", page("The button."))])
}

pub(super) fn take() -> Parts {
    let answer = told("To the data, with the cookie of a session.");
    ("Uses the link. It works once.", None, Some(link()), vec![("303", answer)])
}

pub(super) fn data() -> Parts {
    ("All data about whoever used the link.", None, None, vec![("200", page("The report."))])
}

pub(super) fn export() -> Parts {
    ("The same as a file.", None, None, vec![("200", body(JSON, &json!({ "type": "object" })))])
}

pub(super) fn order() -> Parts {
    let fields =
        json!({ "type": "object", "properties": { "licenses": { "enum": ["keep", "end"] }, "sure": string(2) } });
    let answer = told("Back to the page, which says that it is being done.");
    ("Orders the deletion that was asked for.", Some(body(FORM, &fields)), None, vec![("303", answer)])
}

pub(super) fn correct() -> Parts {
    let fields = json!({ "type": "object", "required": ["what"], "properties": {
        "what": { "enum": ["name", "address", "text"] },
        "name": string(100), "email": string(254), "ticket": string(20), "text": string(5_000),
    } });
    let answer = told("Back to the page, which says what came of it.");
    ("Corrects something.", Some(body(FORM, &fields)), None, vec![("303", answer)])
}

pub(super) fn confirm_address() -> Parts {
    ("The button by which a new mailbox is proven.", None, Some(link()), vec![("200", page("The button."))])
}

pub(super) fn prove() -> Parts {
    ("Proves a new mailbox. It works once.", None, Some(link()), vec![("202", page("That it is being done."))])
}

/// How these can be refused.
pub(super) fn refusals(endpoint: Endpoint, fields: Failure, storage: Failure) -> Vec<Failure> {
    match endpoint {
        Endpoint::RequestRight => {
            vec![Failure::UnsupportedMediaType { wanted: FORM }, fields, Failure::TooMany, storage]
        }
        Endpoint::ConfirmRight | Endpoint::ConfirmAddress => vec![Failure::RightsLink],
        Endpoint::TakeRight | Endpoint::ProveAddress => vec![Failure::RightsLink, storage],
        Endpoint::DataDelete | Endpoint::DataCorrect => vec![
            Failure::UnsupportedMediaType { wanted: FORM },
            Failure::BadRequest { detail: "Says what is wrong." },
            Failure::RightsSession,
            storage,
        ],
        Endpoint::Data | Endpoint::DataExport => vec![Failure::RightsSession, storage],
        _ => vec![storage],
    }
}

fn link() -> Value {
    let part = |name: &str, longest| json!({ "name": name, "in": "path", "required": true, "schema": string(longest) });
    json!([part("rid", 32), part("token", 400)])
}
