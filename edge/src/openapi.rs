//! The interface as an `OpenAPI` 3.1 document, made from the table of routes. `edge/openapi.json` is its golden copy: a
//! change of the interface shows as a change of that file.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::failure::{Failure, Refusal};
use crate::http::Method;
use crate::ports::Unavailable;
use crate::routes::{self, Endpoint, Guard, Match, ROUTES, Route, Speaks};

mod consent;
mod delivery;
mod desk;
mod owner;
mod purchase;
mod rights;
mod schema;
mod ticket;

use schema::{body, boolean, keys, license, object, problem, question, string, verdict};

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
        "components": { "schemas": {
            "Problem": problem(),
            "License": license(),
            "EddStanding": delivery::standing(),
            "EddUpdate": delivery::update(),
        } },
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
            Guard::Link => "signed link",
            Guard::Staff => "session of the desk",
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

/// What is said of an endpoint: summary, body, parameters, and the answers by their status.
type Parts = (&'static str, Option<Value>, Option<Value>, Vec<(&'static str, Value)>);

/// What an endpoint takes and gives.
struct About {
    summary: &'static str,
    body: Option<Value>,
    parameters: Option<Value>,
    answers: Map<String, Value>,
}

fn about(endpoint: Endpoint) -> About {
    let (summary, body, parameters, answers): Parts = match endpoint {
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
        Endpoint::Checkout => purchase::checkout(),
        Endpoint::CheckoutSuccess => purchase::success(),
        Endpoint::CheckoutCancel => purchase::cancel(),
        Endpoint::StripeWebhook => purchase::stripe_webhook(),
        Endpoint::PaypalWebhook => purchase::paypal_webhook(),
        Endpoint::ValidateLicense => asked(
            "What a license key is worth. An unknown key is a 200 as well. A site that is named has to be active.",
        ),
        Endpoint::ActivateLicense => asked("Makes a license active on a site. A repeat takes no second seat."),
        Endpoint::DeactivateLicense => asked("Frees the seat of a site. A site that is not active is a 200 as well."),
        Endpoint::LatestRelease => delivery::latest(),
        Endpoint::Download => delivery::download(),
        Endpoint::Home => delivery::home(),
        Endpoint::Edd => delivery::edd(),
        Endpoint::ResendLicenses => owner::resend(),
        Endpoint::Owner => owner::show(),
        Endpoint::OwnerDeactivate => owner::deactivate(),
        Endpoint::OwnerPortal => owner::portal(),
        Endpoint::OwnerRenew => owner::renew(),
        Endpoint::Support => ticket::ask(),
        Endpoint::OpenTicket => ticket::open(),
        Endpoint::Ticket => ticket::show(),
        Endpoint::TicketReply => ticket::reply(),
        Endpoint::TicketClose => ticket::moved("Closes a ticket."),
        Endpoint::TicketReopen => ticket::moved("Opens a ticket again."),
        Endpoint::TicketExport => ticket::export(),
        Endpoint::TicketFile => ticket::file(),
        Endpoint::Consent => consent::show(),
        Endpoint::Decide => consent::decide(),
        Endpoint::ConsentReceipt => consent::receipt(),
        Endpoint::SignalSupport => consent::signal_support(),
        Endpoint::Visit => consent::visit(),
        Endpoint::AskRight => rights::ask(),
        Endpoint::RequestRight => rights::request(),
        Endpoint::ConfirmRight => rights::confirm(),
        Endpoint::TakeRight => rights::take(),
        Endpoint::Data => rights::data(),
        Endpoint::DataExport => rights::export(),
        Endpoint::DataDelete => rights::order(),
        Endpoint::DataCorrect => rights::correct(),
        Endpoint::ConfirmAddress => rights::confirm_address(),
        Endpoint::ProveAddress => rights::prove(),
        Endpoint::MailIn => ticket::mail(),
        Endpoint::SignIn => desk::ask(),
        Endpoint::MailSignIn => desk::mail(),
        Endpoint::ConfirmSignIn => desk::confirm(),
        Endpoint::TakeSignIn => desk::take(),
        Endpoint::Desk(errand) => desk::errand(errand),
    };
    let answers = answers.into_iter().map(|(status, answer)| (status.to_owned(), answer)).collect();
    About { summary, body, parameters, answers }
}

/// A question about a license key.
fn asked(summary: &'static str) -> Parts {
    (summary, Some(body(JSON, &question())), None, vec![("200", body(JSON, &verdict()))])
}

/// How a route can refuse: what its row of the table brings about, and what its endpoint adds.
fn refusals(route: &Route) -> Vec<Failure> {
    let mut refusals = vec![Failure::TooLarge, Failure::Misconfigured { settings: vec![] }];
    if let Match::WrongMethod { allow, .. } = routes::find(Method::Other, route.path) {
        refusals.push(Failure::MethodNotAllowed { allow });
    }
    refusals.extend(match route.guard {
        Guard::Link | Guard::Staff if route.method == Method::Post => Some(Failure::CrossSite),
        Guard::Public | Guard::Link | Guard::Staff => None,
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
        Endpoint::StripeWebhook => purchase::unfit_report(storage).to_vec(),
        Endpoint::PaypalWebhook => [&purchase::unfit_report(storage)[..], &[processor, unconfirmed]].concat(),
        Endpoint::ValidateLicense => {
            let detail = "The body is not JSON, repeats a key, lacks the license key or has other fields.";
            let no_json = Failure::UnsupportedMediaType { wanted: JSON };
            vec![Failure::BadRequest { detail }, no_json, fields, Failure::TooMany, storage]
        }
        Endpoint::ActivateLicense => seat(&[404, 403, 409], fields, storage),
        Endpoint::DeactivateLicense => seat(&[404], fields, storage),
        Endpoint::LatestRelease => vec![Failure::NotFound, fields, Failure::TooMany, storage],
        Endpoint::Download => {
            let detail = "Says what to do.";
            let refused = Failure::License(Refusal { status: 403, code: "", detail });
            vec![Failure::DownloadLink { detail }, refused, Failure::NoArchive, Failure::TooMany, storage]
        }
        Endpoint::Home | Endpoint::Edd => vec![storage, Failure::NoPolicyInForce],
        Endpoint::Owner => vec![Failure::OwnerLink, storage],
        Endpoint::ResendLicenses | Endpoint::OwnerDeactivate | Endpoint::OwnerPortal | Endpoint::OwnerRenew => {
            let form = [Failure::UnsupportedMediaType { wanted: FORM }, Failure::TooMany, storage];
            form.into_iter().chain(owner::refusals(route.endpoint, fields, processor)).collect()
        }
        other => of_a_person(other, fields, storage),
    });
    refusals
}

/// How what is about a person can be refused: their tickets, their consent, their rights, and the desk.
fn of_a_person(endpoint: Endpoint, fields: Failure, storage: Failure) -> Vec<Failure> {
    match endpoint {
        Endpoint::Support
        | Endpoint::OpenTicket
        | Endpoint::Ticket
        | Endpoint::TicketReply
        | Endpoint::TicketClose
        | Endpoint::TicketExport
        | Endpoint::MailIn
        | Endpoint::TicketFile
        | Endpoint::TicketReopen => ticket::refusals(endpoint, fields, storage),
        Endpoint::Consent | Endpoint::Decide | Endpoint::ConsentReceipt | Endpoint::SignalSupport | Endpoint::Visit => {
            consent::refusals(endpoint, storage)
        }
        Endpoint::SignIn
        | Endpoint::MailSignIn
        | Endpoint::ConfirmSignIn
        | Endpoint::TakeSignIn
        | Endpoint::Desk(_) => desk::refusals(endpoint, storage),
        _ => rights::refusals(endpoint, fields, storage),
    }
}

/// How a seat can be refused: with these statuses by the license.
fn seat(statuses: &[u16], fields: Failure, storage: Failure) -> Vec<Failure> {
    let detail = "The body is not JSON, repeats a key, lacks the license key or has other fields.";
    let no_json = Failure::UnsupportedMediaType { wanted: JSON };
    let license = |status| Failure::License(Refusal { status, code: "", detail: "See code." });
    let refused = statuses.iter().map(|status| license(*status));
    let common = [Failure::BadRequest { detail }, no_json, fields, Failure::TooMany, storage];
    refused.chain(common).chain([Failure::NoPolicyInForce]).collect()
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
        Speaks::Sentence => json!({ "text/plain": {}, "text/html": {}, PROBLEM: { "schema": schema } }),
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
        // The documents are long; the difference is read in the version control.
        assert!(golden == document(), "run this test with UPDATE_GOLDEN=1 and read the difference");
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
