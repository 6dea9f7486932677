//! Corrections: what we have of somebody's name, address and words, each with a form to put it right. What processors and sites told us
//! is put right where it came from.

use maud::{Markup, html};

use super::{DATA, asked, out_of_turn, session};
use crate::app::App;
use crate::contract::Right;
use crate::domain::id::Email;
use crate::domain::pass::Rights;
use crate::domain::rights::{AddressChange, Request as Asked, Stage};
use crate::domain::ticket::{Author, TicketNumber};
use crate::domain::vault::{Command, Correction, Desired, Reply, Survey, Written};
use crate::domain::{plain_text, redaction};
use crate::failure::Failure;
use crate::frame::{self, Page};
use crate::http::{Form, Request, Response};
use crate::ports::Ports;
use crate::store;

const NAME_CHARS_MAX: usize = 100;
const TEXT_CHARS_MAX: usize = 5_000;

/// What came of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notice {
    Renamed,
    Mailed,
    Noted,
    NoName,
    NoAddress,
    NoText,
}

impl Notice {
    const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Renamed, "renamed", "Your name is changed."),
        (
            Self::Mailed,
            "mailed",
            "A link is mailed to the new address, at most one in a quarter of an hour. It works for a day, and nothing changes before it is used.",
        ),
        (Self::Noted, "noted", "Your correction stands in the request now, and we have been told of it."),
        (Self::NoName, "no-name", "A name has 1 to 100 characters."),
        (Self::NoAddress, "no-address", "An address looks like name@example.com."),
        (Self::NoText, "no-text", "Choose a request, and say in up to 5,000 characters what is wrong in it."),
    ];

    fn to_page(self) -> Response {
        let word = Self::ALL.iter().find(|(notice, ..)| *notice == self).map_or("", |(_, word, _)| word);
        Response::see_other(&format!("{DATA}?notice={word}"))
    }

    fn shown(word: &str) -> Option<Markup> {
        let (notice, _, sentence) = Self::ALL.iter().find(|(_, known, _)| *known == word)?;
        Some(match notice {
            Self::Renamed | Self::Mailed | Self::Noted => html! { p class="notice" role="status" { (sentence) } },
            Self::NoName | Self::NoAddress | Self::NoText => {
                html! { p class="notice notice-error" role="alert" { (sentence) } }
            }
        })
    }
}

/// The page.
pub(super) async fn show<World: Ports>(
    app: &App<World>,
    request: &Request,
    pass: &Rights,
) -> Result<Response, Failure> {
    let (survey, asked) = asked(app, &pass.subject, &pass.request).await?;
    let notice = request.query_value("notice").and_then(|word| Notice::shown(&word));
    let site = app.site().await?;
    let main = html! {
        div class="stack" {
            h1 { "Correct my data" }
            @if let Some(notice) = notice { (notice) }
            @match asked.change.as_ref().map(|change| (change, &change.stage)) {
                Some((_, Stage::Proven {})) => { p class="notice" role="status" { "Your address is being changed. Reload this page to see whether it is done." } }
                Some((change, Stage::Left { .. })) => { p { "All that we held about this address is under " (change.email.masked()) " now." } }
                _ => (forms(&survey, &asked))
            }
            p {
                "What you bought and paid comes from Stripe or PayPal, and what your sites run comes from them. Is something of that wrong? Write to "
                a href={ "mailto:" (site.email) } { (site.email) } "."
            }
        }
    };
    Ok(frame::page(&app.world, Page { status: 200, title: "Correct my data".to_owned(), main }).await)
}

fn forms(survey: &Survey, asked: &Asked) -> Markup {
    let name = survey.holder.as_ref().map(|holder| &holder.name);
    let name = name.or_else(|| survey.tickets.first().map(|(_, ticket)| &ticket.name));
    html! {
        @if let Some(name) = name {
            form class="card form" method="post" action={ (DATA) "/correction" } {
                h2 { "Name" }
                p class="field" {
                    label for="name" { "Your name" }
                    input id="name" name="name" autocomplete="name" maxlength=(NAME_CHARS_MAX) required value=(name);
                }
                p { button class="button" type="submit" name="what" value="name" { "Change my name" } }
            }
        }
        (address_form(asked))
        @if !survey.tickets.is_empty() {
            form class="card form" method="post" action={ (DATA) "/correction" } {
                h2 { "What you wrote" }
                p class="muted" { "What was written stays, for it was answered. Your correction stands behind it." }
                p class="field" {
                    label for="ticket" { "Support request" }
                    select id="ticket" name="ticket" required {
                        @for (number, ticket) in &survey.tickets { option value=(number.as_str()) { (number.as_str()) ": " (ticket.subject) } }
                    }
                }
                p class="field" {
                    label for="text" { "What is wrong, and what is right" }
                    textarea id="text" name="text" rows="4" maxlength=(TEXT_CHARS_MAX) required {}
                }
                p { button class="button" type="submit" name="what" value="text" { "Add the correction" } }
            }
        }
    }
}

fn address_form(asked: &Asked) -> Markup {
    let is_refused = asked.change.as_ref().is_some_and(|change| change.stage == Stage::Refused {});
    html! {
        form class="card form" method="post" action={ (DATA) "/correction" } {
            h2 { "Email address" }
            p { "We have " strong { (asked.email.as_str()) } ". Licenses, support requests and all else goes to the new address with its keys and sites; the new mailbox has to confirm it." }
            @if let Some(AddressChange { email, stage: Stage::Asked {}, .. }) = &asked.change { p { "A mail went to " (email.as_str()) " and waits for an answer there." } }
            @if is_refused { p class="field-error" { "The change could not be done, because a change or a deletion of the other address is under way. Try again once that is over." } }
            p class="field" {
                label for="email" { "New email address" }
                input id="email" name="email" type="email" autocomplete="email" maxlength="254" required;
            }
            p { button class="button" type="submit" name="what" value="address" { "Mail a link there" } }
        }
    }
}

/// `POST /privacy/data/correction`
pub(crate) async fn correct<World: Ports>(
    app: &App<World>,
    request: &Request,
    body: &[u8],
) -> Result<Response, Failure> {
    let pass = session(app, request)?;
    if pass.right != Right::Correct {
        return Err(Failure::RightsSession);
    }
    let form = Form::read(request, body).ok_or(Failure::UnsupportedMediaType { wanted: Form::TYPE })?;
    let (correction, notice) = match form.field("what") {
        "name" => {
            let name = redaction::redact(&plain_text::line(form.field("name"))).text;
            if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
                return Ok(Notice::NoName.to_page());
            }
            (Correction::Name { name }, Notice::Renamed)
        }
        "address" => match Email::parse(form.field("email")) {
            Some(email) => (Correction::Address { email }, Notice::Mailed),
            None => return Ok(Notice::NoAddress.to_page()),
        },
        "text" => return add(app, &pass, &form).await,
        _ => return Err(Failure::BadRequest { detail: "Choose what is to be corrected." }),
    };
    match store::vault(&app.world, &pass.subject, Command::Correct { id: pass.request.clone(), correction }).await? {
        Reply::Right { request: Some(_) } => Ok(notice.to_page()),
        Reply::Right { request: None } => Err(Failure::RightsSession),
        _ => Err(out_of_turn().into()),
    }
}

/// Adds a correction to what was written in a ticket.
async fn add<World: Ports>(app: &App<World>, pass: &Rights, form: &Form) -> Result<Response, Failure> {
    let text = plain_text::lines(form.field("text"));
    let ticket = TicketNumber::parse(form.field("ticket"));
    let (Some(ticket), true) = (ticket, (1..=TEXT_CHARS_MAX).contains(&text.chars().count())) else {
        return Ok(Notice::NoText.to_page());
    };
    asked(app, &pass.subject, &pass.request).await?;
    let text = format!("Correction:\n{}", redaction::redact(&text).text);
    let written = Written { author: Author::Sender, by: None, text, mail: None, files: vec![] };
    let command = Command::WriteIn { ticket, written, seen: None };
    match store::vault(&app.world, &pass.subject, command).await? {
        Reply::Ticket(Desired::Done { .. }) => {}
        Reply::Ticket(_) => return Ok(Notice::NoText.to_page()),
        _ => return Err(out_of_turn().into()),
    }
    match store::vault(&app.world, &pass.subject, Command::AnswerRight { id: pass.request.clone() }).await? {
        Reply::Noted => Ok(Notice::Noted.to_page()),
        _ => Err(out_of_turn().into()),
    }
}
