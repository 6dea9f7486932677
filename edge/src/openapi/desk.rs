//! What is said of the desk: pages for people, behind a session.

use serde_json::{Map, Value, json};

use super::schema::{body, page, string, told};
use super::{FORM, Parts};
use crate::failure::Failure;
use crate::routes::{Endpoint, Errand};

pub(super) fn ask() -> Parts {
    ("The form by which staff sign in.", None, Some(json!([to()])), vec![("200", page("The form."))])
}

pub(super) fn mail() -> Parts {
    let summary =
        "Mails a link to sign in with to one of the staff. The same answer after the same time for every address.";
    (summary, Some(form(&["email", "to"])), None, vec![("202", page("Where to look for it."))])
}

pub(super) fn confirm() -> Parts {
    ("The button behind that link.", None, Some(json!([token(), to()])), vec![("200", page("The button."))])
}

pub(super) fn take() -> Parts {
    let answer = told("To the desk, with the cookie of a session.");
    ("Signs in. A link works once.", Some(form(&["to"])), Some(json!([token()])), vec![("303", answer)])
}

pub(super) fn errand(errand: Errand) -> Parts {
    let done = || vec![("303", told("Back to the page that shows it."))];
    let shown = |what| vec![("200", page(what)), ("303", told("To the sign-in, without a session."))];
    let number = || json!({ "name": "number", "in": "path", "required": true, "schema": string(20) });
    let subject = || json!({ "name": "subject", "in": "path", "required": true, "schema": string(64) });
    let query = |name: &str| json!({ "name": name, "in": "query", "schema": string(100) });
    let of = |parameter: Value| Some(json!([parameter]));
    match errand {
        Errand::Inbox => {
            ("Tickets by where they stand.", None, Some(json!([query("box"), query("page")])), shown("The list."))
        }
        Errand::Search => {
            let answers = vec![("200", page("What was found.")), ("303", told("To the one thing that was found."))];
            ("Looks for a person, a license, a ticket or words.", Some(form(&["q"])), None, answers)
        }
        Errand::Ticket => ("A ticket beside what its sender bought.", None, of(number()), shown("The ticket.")),
        Errand::Write => {
            let fields = form(&["message", "seen", "then"]);
            (
                "Answers a ticket, or leaves a note. A stale answer is a 409 with both texts.",
                Some(fields),
                of(number()),
                done(),
            )
        }
        Errand::Draft => {
            let answers = vec![("200", page("The ticket with the text in the answer."))];
            ("Puts a canned reply into the answer.", Some(form(&["message", "canned"])), of(number()), answers)
        }
        Errand::Move => ("Moves a ticket to another state.", Some(form(&["to"])), of(number()), done()),
        Errand::Assign => ("Gives a ticket to one of the staff.", Some(form(&["to"])), of(number()), done()),
        Errand::Tag => ("Gives tags to a ticket.", Some(form(&["tags"])), of(number()), done()),
        Errand::Relink => ("Ends the links to a ticket and mails another.", None, of(number()), done()),
        Errand::Export => ("A ticket as a JSON file.", None, of(number()), shown("The file.")),
        Errand::File => {
            let file = json!({ "name": "file", "in": "path", "required": true, "schema": string(32) });
            ("Saves a file of a ticket.", None, Some(json!([number(), file])), shown("The file, to be saved."))
        }
        Errand::Person => ("What somebody bought and asked.", None, of(subject()), shown("The person.")),
        Errand::Rule => {
            let license = json!({ "name": "license", "in": "path", "required": true, "schema": string(40) });
            let parameters = Some(json!([subject(), license]));
            (
                "Revokes a license, takes that back, or prolongs it.",
                Some(form(&["decision", "days"])),
                parameters,
                done(),
            )
        }
        Errand::Disclose => {
            ("Records a disclosure that the law asked for.", Some(form(&["disclosure"])), of(subject()), done())
        }
        Errand::Extend => {
            privacy("Takes more time for an answer, and mails the reason.", &["reason"], &subject(), done())
        }
        Errand::ProcessorDone => privacy("Notes that the processor deleted what it had.", &[], &subject(), done()),
        Errand::Retry => ("Has a mail tried again that was given up.", Some(form(&["job"])), of(subject()), done()),
        Errand::Attention => ("What needs a look.", None, None, shown("The list.")),
        Errand::Log => ("Who saw or changed what.", None, of(query("after")), shown("The log.")),
        Errand::Visits => ("How many visits there were.", None, None, shown("The numbers.")),
        Errand::Canned => ("The canned replies.", None, None, shown("The replies.")),
        Errand::KeepCanned => {
            ("Keeps a canned reply, or drops it.", Some(form(&["id", "title", "text", "drop"])), None, done())
        }
        Errand::SignOut => ("Ends this session.", None, None, vec![("303", told("To the sign-in."))]),
        Errand::SignOutEverywhere => {
            ("Ends all sessions of one's own.", None, None, vec![("303", told("To the sign-in."))])
        }
    }
}

/// What is done with a privacy request.
fn privacy(summary: &'static str, fields: &[&str], subject: &Value, answers: Vec<(&'static str, Value)>) -> Parts {
    let request = json!({ "name": "request", "in": "path", "required": true, "schema": string(32) });
    (summary, Some(form(fields)), Some(json!([subject, request])), answers)
}

/// How these can be refused.
pub(super) fn refusals(endpoint: Endpoint, storage: Failure) -> Vec<Failure> {
    let unread = || Failure::UnsupportedMediaType { wanted: FORM };
    let unfit = || Failure::BadRequest { detail: "Says what is wrong." };
    match endpoint {
        Endpoint::SignIn => vec![],
        Endpoint::MailSignIn => vec![unread(), Failure::TooMany, storage],
        Endpoint::ConfirmSignIn => vec![Failure::SignInLink],
        Endpoint::TakeSignIn => vec![unread(), Failure::SignInLink, storage],
        Endpoint::Desk(errand) => match errand {
            Errand::Inbox | Errand::Attention | Errand::Log | Errand::Visits | Errand::Canned => vec![storage],
            Errand::SignOut | Errand::SignOutEverywhere => vec![Failure::SignedOut, storage],
            Errand::Ticket | Errand::Export | Errand::File | Errand::Person => vec![Failure::NotFound, storage],
            Errand::Search => vec![unread(), Failure::SignedOut, storage],
            Errand::KeepCanned => vec![unread(), unfit(), Failure::SignedOut, storage],
            Errand::Relink => vec![Failure::NotFound, Failure::SignedOut, storage],
            Errand::Draft | Errand::Tag | Errand::Retry | Errand::ProcessorDone => {
                vec![unread(), Failure::NotFound, Failure::SignedOut, storage]
            }
            _ => vec![unread(), unfit(), Failure::NotFound, Failure::SignedOut, storage],
        },
        _ => vec![storage],
    }
}

fn token() -> Value {
    json!({ "name": "token", "in": "path", "required": true, "schema": string(400) })
}

fn to() -> Value {
    json!({ "name": "to", "in": "query", "schema": string(200), "description": "Where to go then, within the desk." })
}

/// Other fields are passed over, as in any form.
fn form(fields: &[&str]) -> Value {
    let mut properties = Map::new();
    properties.extend(fields.iter().map(|field| ((*field).to_owned(), string(200_000))));
    body(FORM, &json!({ "type": "object", "properties": properties }))
}
