//! What is said of tickets.

use serde_json::{Map, Value, json};

use super::schema::{body, object, page, string, told};
use super::{FORM, JSON, Parts};
use crate::failure::Failure;
use crate::handlers::mail_in::TYPE;
use crate::handlers::ticket::MESSAGE_CHARS_MAX;
use crate::routes::Endpoint;

pub(super) fn ask() -> Parts {
    ("The page with the form of a ticket, stamped for whoever asks.", None, None, vec![("200", page("The form."))])
}

pub(super) fn open() -> Parts {
    let fields = || {
        [
            ("name", string(100)),
            ("email", string(254)),
            ("subject", string(150)),
            ("message", long(MESSAGE_CHARS_MAX)),
            ("license_key", string(100)),
            ("category", json!({ "enum": ["question", "bug", "billing", "privacy", "other"] })),
            ("site_health", long(MESSAGE_CHARS_MAX * 10)),
        ]
    };
    let required = ["name", "email", "subject", "message"];
    let given = object(&required, &fields());
    let mut properties = Map::new();
    properties.extend(fields().into_iter().map(|(name, schema)| (name.to_owned(), schema)));
    properties.insert("form_token".to_owned(), string(128));
    let form = json!({ "type": "object", "required": required, "properties": properties });
    let answer = object(&["number", "url"], &[("number", string(10)), ("url", string(500))]);
    let key = json!({
        "name": "Idempotency-Key", "in": "header", "schema": string(200),
        "description": "With JSON: the same key and body open one ticket, however often they are sent.",
    });
    let summary = "Opens a ticket. A form needs the stamp of the page it stands on, three seconds to a day old.";
    let both = json!({ "content": { JSON: { "schema": given }, FORM: { "schema": form } }, "required": true });
    let answers = vec![("201", body(JSON, &answer)), ("303", told("To the page of the ticket."))];
    (summary, Some(both), Some(json!([key])), answers)
}

pub(super) fn show() -> Parts {
    let notice =
        json!({ "name": "notice", "in": "query", "schema": string(20), "description": "What has just been done." });
    let answer = page("The ticket with its messages.");
    ("The ticket of whoever has the link.", None, Some(link(&[notice])), vec![("200", answer)])
}

pub(super) fn export() -> Parts {
    let answer = page("The ticket as a JSON file: what its page shows.");
    ("A ticket as a file.", None, Some(link(&[])), vec![("200", answer)])
}

pub(super) fn file() -> Parts {
    let file = json!({ "name": "file", "in": "path", "required": true, "schema": string(32) });
    ("A file of a ticket, to be saved.", None, Some(link(&[file])), vec![("200", page("The file."))])
}

pub(super) fn reply() -> Parts {
    let form = json!({ "type": "object", "properties": { "message": long(MESSAGE_CHARS_MAX) } });
    let answer = told("Back to the page, which says what was done.");
    ("Adds a message to a ticket.", Some(body(FORM, &form)), Some(link(&[])), vec![("303", answer)])
}

pub(super) fn moved(summary: &'static str) -> Parts {
    (summary, None, Some(link(&[])), vec![("303", told("Back to the page, which says what was done."))])
}

pub(super) fn mail() -> Parts {
    let header = json!({
        "name": "Mail-Signature", "in": "header", "required": true, "schema": string(8_192),
        "description": "t=SECONDS,v1=HEX: HMAC-SHA-256 over the seconds, a dot and the body, with MAIL_IN_SECRET.",
    });
    let mail =
        body(TYPE, &json!({ "type": "string", "description": "A mail with Return-Path and Delivered-To on top." }));
    let words = json!({ "enum": ["opened", "written", "noted", "bounced", "dropped"] });
    let answer = body(JSON, &object(&["taken"], &[("taken", words)]));
    let summary =
        "Takes a mail from a mail server. A 400 is for its sender to read; whatever has Retry-After comes again.";
    (summary, Some(mail), Some(json!([header])), vec![("200", answer)])
}

/// How these can be refused.
pub(super) fn refusals(endpoint: Endpoint, fields: Failure, storage: Failure) -> Vec<Failure> {
    let unread = || Failure::UnsupportedMediaType { wanted: FORM };
    match endpoint {
        Endpoint::Support => vec![Failure::NotFound, storage],
        Endpoint::OpenTicket => {
            let detail = "The body is not JSON, repeats a key, lacks a field or has others.";
            let conflict = Failure::Conflict { detail: "Another ticket was opened with this Idempotency-Key." };
            let unfit = [Failure::BadRequest { detail }, unread(), fields, conflict];
            unfit.into_iter().chain([Failure::TooMany, storage, Failure::NoPolicyInForce]).collect()
        }
        Endpoint::MailIn => {
            let unread = Failure::UnsupportedMediaType { wanted: TYPE };
            let unfit = Failure::BadRequest { detail: "Says why the mail is not taken." };
            vec![Failure::NotFound, unread, unfit, Failure::TooMany, storage, Failure::NoPolicyInForce]
        }
        Endpoint::TicketFile => vec![Failure::TicketLink, Failure::NotFound, storage],
        Endpoint::Ticket | Endpoint::TicketExport => vec![Failure::TicketLink, storage],
        Endpoint::TicketReply => vec![Failure::TicketLink, unread(), fields, Failure::TooMany, storage],
        _ => vec![Failure::TicketLink, Failure::TooMany, storage],
    }
}

fn long(chars: usize) -> Value {
    json!({ "type": "string", "maxLength": chars })
}

fn link(more: &[Value]) -> Value {
    let number = json!({ "name": "number", "in": "path", "required": true, "schema": string(20) });
    let token = json!({ "name": "token", "in": "path", "required": true, "schema": string(32) });
    Value::Array([&[number, token], more].concat())
}
