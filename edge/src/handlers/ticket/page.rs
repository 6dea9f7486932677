//! The form of a ticket, and the page on which it is followed.
//!
//! All errors are told at once: first a list that leads to the fields, then each beside its field, with what was typed still
//! there. What people wrote is text and stays text.

use maud::{Markup, html};

use super::draft::{Draft, MESSAGE_CHARS_MAX};
use crate::domain::attachment::ENDS;
use crate::domain::form::Refused;
use crate::domain::ticket::{Author, TicketNumber, TicketState, Topic};
use crate::domain::vault::{Desired, Thread};
use crate::failure::FieldError;
use crate::frame::Page;
use crate::handlers::desk::view;
use crate::site::SiteData;

/// How a form sends files (RFC 7578).
const MULTIPART: &str = "multipart/form-data";

/// What has just been done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    Opened,
    OpenedMasked,
    Replied,
    RepliedMasked,
    Closed,
    Reopened,
    Full,
    Unfit,
}

impl Notice {
    const ALL: [Self; 8] = [
        Self::Opened,
        Self::OpenedMasked,
        Self::Replied,
        Self::RepliedMasked,
        Self::Closed,
        Self::Reopened,
        Self::Full,
        Self::Unfit,
    ];

    /// The word in the address of the page.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::OpenedMasked => "opened-masked",
            Self::Replied => "replied",
            Self::RepliedMasked => "replied-masked",
            Self::Closed => "closed",
            Self::Reopened => "reopened",
            Self::Full => "full",
            Self::Unfit => "unfit",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.as_str() == word)
    }

    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::Opened => "We have your request and answer by email.",
            Self::OpenedMasked => {
                "We have your request. It held what looks like a card number or a password; that was masked before anything \
                 was stored."
            }
            Self::Replied => "Your message is added.",
            Self::RepliedMasked => {
                "Your message is added. It held what looks like a card number or a password; that was masked before \
                 anything was stored."
            }
            Self::Closed => "The request is closed. If something is left, write below or open it again.",
            Self::Reopened => "The request is open again.",
            Self::Full => "This request has all the messages it can hold. Please open another one.",
            Self::Unfit => "The message is empty or longer than 20,000 characters.",
        }
    }

    fn is_bad(self) -> bool {
        matches!(self, Self::Full | Self::Unfit)
    }
}

/// Why a form with such a stamp is shown again.
pub(super) fn refused(refused: Refused) -> FieldError {
    let detail = match refused {
        Refused::TooSoon => "That was faster than anybody types. Please send it once more.",
        Refused::TooLate => "The form was open for more than a day. Please send it once more.",
        Refused::Forged => "The form could not be recognised. Please send it once more.",
    };
    FieldError { field: "form", detail }
}

/// Why a ticket was not opened.
pub(super) fn not_opened(desired: &Desired) -> FieldError {
    let detail = match desired {
        Desired::Full {} => {
            "There are ten open requests from this address, or twenty of today. Please write in one of them; the links came by \
             email."
        }
        _ => "This form was sent before, with another text. Please send it once more to open a second request.",
    };
    FieldError { field: "form", detail }
}

/// The page that shows a form again.
pub(super) fn again(draft: &Draft, stamp: &str, errors: &[FieldError], takes_files: bool) -> Page {
    let main = html! {
        h1 { "Write to us" }
        (form(draft, stamp, errors, takes_files))
    };
    Page { status: 422, title: "Error: Write to us".to_owned(), main }
}

/// The form.
pub(super) fn form(draft: &Draft, stamp: &str, errors: &[FieldError], takes_files: bool) -> Markup {
    let error = |field: &str| errors.iter().find(|error| error.field == field).map(|error| error.detail);
    html! {
        @if !errors.is_empty() {
            div class="notice notice-error" role="alert" {
                p { strong { "Nothing was sent yet." } }
                ul {
                    @for FieldError { field, detail } in errors {
                        li { @if *field == "form" { (detail) } @else { a href={ "#" (field) } { (detail) } } }
                    }
                }
            }
        }
        form class="card form" id="form" method="post" action="/support/tickets" enctype=[takes_files.then_some(MULTIPART)] {
            input type="hidden" name="form_token" value=(stamp);
            (line("name", "Your name", "text", "name", &draft.name, 100, error("name")))
            (line("email", "Email address", "email", "email", &draft.email, 254, error("email")))
            (topic(&draft.category, error("category")))
            (line("subject", "Subject", "text", "off", &draft.subject, 150, error("subject")))
            (text("message", "Your message", 10, &draft.message, Some("Please leave out passwords and card numbers."), error("message")))
            @if takes_files { (files(error("files"), !errors.is_empty())) }
            details open[!draft.license_key.is_empty() || !draft.site_health.is_empty() || error("license_key").is_some()] {
                summary { "License key and versions (optional)" }
                (key(&draft.license_key, error("license_key")))
                (text("site_health", "Site Health info", 5, &draft.site_health, Some("In WordPress under Tools, Site Health, Info: copy site info. We keep the versions of the plugin, WordPress and PHP, and nothing else of it."), None))
            }
            p class="visually-hidden" aria-hidden="true" {
                label for="website" { "Leave this empty" }
                input id="website" name="website" type="text" tabindex="-1" autocomplete="off";
            }
            p class="muted" { "What we keep of it, and how long, is in the " a href="/privacy/" { "privacy policy" } "." }
            p { button class="button" type="submit" { "Send" } }
        }
    }
}

/// Names of what describes a field, for programs that read a page aloud.
fn described(field: &str, error: Option<&str>, hint: bool) -> Option<String> {
    let names = [error.map(|_| format!("{field}-problem")), hint.then(|| format!("{field}-hint"))];
    let names: Vec<String> = names.into_iter().flatten().collect();
    (!names.is_empty()).then(|| names.join(" "))
}

fn problem(field: &str, error: Option<&str>) -> Markup {
    html! { @if let Some(error) = error { span class="field-error" id={ (field) "-problem" } { (error) } } }
}

fn line(field: &str, label: &str, kind: &str, complete: &str, typed: &str, max: usize, error: Option<&str>) -> Markup {
    html! {
        p class="field" {
            label for=(field) { (label) }
            (problem(field, error))
            input id=(field) name=(field) type=(kind) autocomplete=(complete) maxlength=(max) required value=(typed)
                aria-invalid=[error.map(|_| "true")] aria-describedby=[described(field, error, false)];
        }
    }
}

fn key(typed: &str, error: Option<&str>) -> Markup {
    let field = "license_key";
    html! {
        p class="field" {
            label for=(field) { "License key" }
            (problem(field, error))
            input id=(field) name=(field) type="text" autocomplete="off" maxlength="100" value=(typed)
                aria-invalid=[error.map(|_| "true")] aria-describedby=[described(field, error, false)];
        }
    }
}

fn text(field: &str, label: &str, rows: u32, typed: &str, hint: Option<&str>, error: Option<&str>) -> Markup {
    let is_required = field == "message";
    html! {
        p class="field" {
            label for=(field) { (label) }
            @if let Some(hint) = hint { span class="muted" id={ (field) "-hint" } { (hint) } }
            (problem(field, error))
            textarea id=(field) name=(field) rows=(rows) maxlength=(MESSAGE_CHARS_MAX * 10) required[is_required]
                aria-invalid=[error.map(|_| "true")] aria-describedby=[described(field, error, hint.is_some())] { (typed) }
        }
    }
}

fn files(error: Option<&str>, was_sent: bool) -> Markup {
    let field = "files";
    html! {
        p class="field" {
            label for=(field) { "Files (optional)" }
            span class="muted" id={ (field) "-hint" } {
                "Up to three, 5 MiB in all: png, jpg, webp, pdf, txt, log, zip."
                @if was_sent { " Please choose them once more." }
            }
            (problem(field, error))
            input id=(field) name=(field) type="file" multiple accept=(ENDS)
                aria-invalid=[error.map(|_| "true")] aria-describedby=[described(field, error, true)];
        }
    }
}

fn topic(chosen: &str, error: Option<&str>) -> Markup {
    let field = "category";
    html! {
        p class="field" {
            label for=(field) { "What is it about?" }
            (problem(field, error))
            select id=(field) name=(field) aria-invalid=[error.map(|_| "true")] aria-describedby=[described(field, error, false)] {
                @for topic in Topic::ALL {
                    option value=(topic.as_str()) selected[topic.as_str() == chosen] { (wording(topic)) }
                }
            }
        }
    }
}

fn wording(topic: Topic) -> &'static str {
    match topic {
        Topic::Question => "A question",
        Topic::Bug => "Something does not work",
        Topic::Billing => "A payment or an invoice",
        Topic::Privacy => "My personal data",
        Topic::Other => "Something else",
    }
}

/// What the page of a ticket shows besides the ticket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'page> {
    /// What opens the ticket.
    pub(super) code: &'page str,
    pub(super) notice: Option<Notice>,
    /// What was typed for a reply that did not fit.
    pub(super) typed: &'page str,
    /// Why it did not.
    pub(super) problem: Option<&'page str>,
    pub(super) takes_files: bool,
}

/// The page of a ticket.
pub(super) fn thread(site: &SiteData, number: &TicketNumber, thread: &Thread, shown: &Shown<'_>) -> Page {
    let ticket = &thread.ticket;
    let Shown { code, notice, typed, problem, takes_files } = *shown;
    let action = |what: &str| format!("/support/t/{}/{code}/{what}", number.as_str());
    let main = html! {
        h1 { (ticket.subject) }
        @if let Some(notice) = notice {
            p class={ "notice" (if notice.is_bad() { " notice-error" } else { "" }) } role="status" { (problem.unwrap_or(notice.sentence())) }
        }
        p { "Request " strong { (number.as_str()) } ", " (standing(ticket.state)) }
        p class="muted" { "The link to this page opens it without a password. Keep it to yourself." }
        ol class="thread" {
            @for message in thread.messages.iter().filter(|message| message.author != Author::Note) {
                li class={ "card post " (if message.author == Author::Staff { "post-staff" } else { "post-sender" }) } {
                    p class="muted" {
                        strong { (if message.author == Author::Staff { site.title.as_str() } else { ticket.name.as_str() }) }
                        @if let Some(from) = &message.from { " (by mail from " (from.as_str()) ")" }
                        " · " time datetime=(message.at.rfc3339()) { (moment(&message.at.rfc3339())) }
                    }
                    p class="post-text" { (message.text) }
                    (view::files(&message.files, |id| action(&format!("files/{id}"))))
                }
            }
        }
        form class="card form" method="post" action=(action("reply")) enctype=[takes_files.then_some(MULTIPART)] {
            (text("message", "Write back", 6, typed, None, problem))
            @if takes_files { (files(None, problem.is_some())) }
            p { button class="button" type="submit" { "Send" } }
        }
        @if ticket.state.is_open() {
            form method="post" action=(action("close")) { p { button class="button button-secondary" type="submit" { "Close this request" } } }
        } @else {
            form method="post" action=(action("reopen")) { p { button class="button button-secondary" type="submit" { "Open it again" } } }
        }
    };
    Page { status: 200, title: format!("{}: {}", number.as_str(), ticket.subject), main }
}

fn standing(state: TicketState) -> &'static str {
    match state {
        TicketState::New | TicketState::Spam => "not answered yet.",
        TicketState::Open => "it is for us to answer.",
        TicketState::Waiting => "we wait for you.",
        TicketState::Resolved => "closed.",
    }
}

/// A moment as people read it: `2026-05-04 09:00 UTC`.
fn moment(rfc3339: &str) -> String {
    format!("{} UTC", rfc3339.get(..16).unwrap_or(rfc3339).replace('T', " "))
}
