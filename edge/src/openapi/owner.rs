//! What is said of the page of whoever holds a license, and of the form that leads there.

use serde_json::{Map, Value, json};

use super::schema::{body, page, string, told};
use super::{FORM, Parts};
use crate::failure::Failure;
use crate::routes::Endpoint;

pub(super) fn resend() -> Parts {
    let answer = page("A mail is on its way, if there is a license for this address.");
    let summary = "Mails somebody their licenses. The same answer after the same time for every address.";
    (summary, Some(form(&["email"])), None, vec![("202", answer)])
}

pub(super) fn show() -> Parts {
    let notice =
        json!({ "name": "notice", "in": "query", "schema": string(20), "description": "What has just been done." });
    let summary =
        "The licenses of whoever was sent the link: keys, status, active sites, the latest version, ways to renew.";
    (summary, None, Some(json!([token(), notice])), vec![("200", page("The licenses."))])
}

pub(super) fn deactivate() -> Parts {
    let summary = "Ends that a license is active on a site, named by its mark or by its address.";
    let answer = told("Back to the page, which says what was done.");
    (summary, Some(form(&["license", "site", "address"])), Some(json!([token()])), vec![("303", answer)])
}

pub(super) fn portal() -> Parts {
    let summary = "Leads to Stripe's page of the buyer's own invoices and cards.";
    (summary, Some(form(&["license"])), Some(json!([token()])), vec![("303", told("To the processor's page."))])
}

pub(super) fn renew() -> Parts {
    let summary = "Opens a checkout that prolongs a license, for plans that do not renew by themselves.";
    let answer = told("To the processor's page.");
    (summary, Some(form(&["license", "provider"])), Some(json!([token()])), vec![("303", answer)])
}

/// How a form of these can be refused beside what all forms have in common.
pub(super) fn refusals(endpoint: Endpoint, fields: Failure, processor: Failure) -> Vec<Failure> {
    match endpoint {
        Endpoint::ResendLicenses => vec![fields, Failure::NoPolicyInForce],
        Endpoint::OwnerPortal => vec![Failure::OwnerLink, Failure::NotFound, processor],
        Endpoint::OwnerRenew => {
            vec![Failure::OwnerLink, Failure::NotFound, fields, processor, Failure::NoPolicyInForce]
        }
        _ => vec![Failure::OwnerLink, Failure::NotFound],
    }
}

fn token() -> Value {
    json!({ "name": "token", "in": "path", "required": true, "schema": string(400) })
}

/// Other fields are passed over, as in any form.
fn form(fields: &[&str]) -> Value {
    let properties: Map<String, Value> = fields.iter().map(|field| ((*field).to_owned(), string(500))).collect();
    body(FORM, &json!({ "type": "object", "properties": properties }))
}
