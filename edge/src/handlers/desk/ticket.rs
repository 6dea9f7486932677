//! A ticket as staff see it: the thread beside what its sender bought, and everything that can be done with it. An answer names
//! how many messages its author had seen; where there are more by now, both texts are shown and nothing is sent.

use maud::{Markup, html};
use serde::Serialize;

use super::{Visit, canned, inbox, out_of_turn, person, view};
use crate::domain::desk::Act;
use crate::domain::id::{Reference, Subject};
use crate::domain::staff::StaffId;
use crate::domain::ticket::{self, Author, Message, TicketNumber, TicketState};
use crate::domain::vault::{Command, Desired, Filing, Reply, Survey, Thread, Written};
use crate::domain::{plain_text, redaction};
use crate::failure::Failure;
use crate::handlers::ticket as sender;
use crate::http::Response;
use crate::ports::Ports;
use crate::store;

/// A ticket that somebody of the staff has before them.
struct Before {
    number: TicketNumber,
    subject: Subject,
    thread: Thread,
}

/// What a page says above the thread, and what stands in the answer.
#[derive(Default)]
struct Answering<'page> {
    problem: Option<&'page str>,
    typed: String,
}

/// `GET /desk/tickets/{number}`
pub(super) async fn show<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let before = find(visit, Act::SawTicket).await?;
    page(visit, 200, &before, Answering::default()).await
}

/// `POST /desk/tickets/{number}/write`: an answer, an answer that ends it, or a note.
pub(super) async fn write<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let form = visit.form()?;
    let (then, typed) = (form.field("then"), form.field("message"));
    let author = if then == "note" { Author::Note } else { Author::Staff };
    let before = find(visit, if author == Author::Note { Act::Noted } else { Act::Answered }).await?;
    let text = redaction::redact(&plain_text::lines(typed)).text;
    if text.is_empty() || text.chars().count() > sender::MESSAGE_CHARS_MAX {
        let problem = Some("The message is empty or longer than 20,000 characters.");
        return page(visit, 422, &before, Answering { problem, typed: typed.to_owned() }).await;
    }
    let written = Written { author, by: Some(visit.member.id.clone()), text, mail: None, files: vec![] };
    // Whoever leaves a note tells nobody anything, so it need not be held against what was written meanwhile.
    let seen = form.field("seen").parse().ok().filter(|_| author == Author::Staff);
    if author == Author::Staff && seen.is_none() {
        return Err(Failure::BadRequest { detail: "The form does not say which messages its author had seen." });
    }
    let ticket = before.number.clone();
    match ask(visit, &before.subject, Command::WriteIn { ticket, written, seen }).await? {
        Desired::Done { .. } => {}
        Desired::Stale { thread } => {
            let now = Before { thread, ..before };
            let problem = Some("Somebody wrote meanwhile. Nothing was sent; read what is new, then send it again.");
            return page(visit, 409, &now, Answering { problem, typed: typed.to_owned() }).await;
        }
        Desired::Full {} => {
            let problem = Some("There is no room for more messages in this request.");
            return page(visit, 409, &before, Answering { problem, typed: typed.to_owned() }).await;
        }
        Desired::Unknown {} | Desired::Used {} => return Err(Failure::NotFound),
    }
    if then == "resolve" {
        let command = Command::MoveTicket { ticket: before.number.clone(), to: TicketState::Resolved };
        ask(visit, &before.subject, command).await?;
    }
    Ok(back(&before.number))
}

/// `POST /desk/tickets/{number}/draft`: the same page with a canned reply behind what was typed.
pub(super) async fn draft<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let form = visit.form()?;
    let before = find(visit, Act::SawTicket).await?;
    let chosen = canned::filled(visit, form.field("canned"), &before.number, &before.thread.ticket).await?;
    let typed = [form.field("message").trim_end(), chosen.as_str()];
    let typed: Vec<&str> = typed.into_iter().filter(|text| !text.is_empty()).collect();
    page(visit, 200, &before, Answering { problem: None, typed: typed.join("\n\n") }).await
}

/// `POST /desk/tickets/{number}/state`
pub(super) async fn move_to<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let form = visit.form()?;
    let to = TicketState::ALL.into_iter().find(|state| state.as_str() == form.field("to"));
    let to = to.ok_or(Failure::BadRequest { detail: "There is no such state." })?;
    change(visit, |ticket| Command::MoveTicket { ticket, to }).await
}

/// `POST /desk/tickets/{number}/assignee`
pub(super) async fn assign<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let form = visit.form()?;
    let to = form.field("to");
    let assignee: Option<StaffId> =
        visit.app.config.staff.iter().map(|member| &member.id).find(|id| id.as_str() == to).cloned();
    if assignee.is_none() && !to.is_empty() {
        return Err(Failure::BadRequest { detail: "There is nobody of that id among the staff." });
    }
    change(visit, |ticket| Command::FileTicket { ticket, filing: Filing::To { assignee } }).await
}

/// `POST /desk/tickets/{number}/tags`
pub(super) async fn tag<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let tags = ticket::tags(visit.form()?.field("tags"));
    change(visit, |ticket| Command::FileTicket { ticket, filing: Filing::Under { tags } }).await
}

/// `POST /desk/tickets/{number}/link`: for a sender whose link got to somebody else.
pub(super) async fn relink<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    change(visit, |ticket| Command::FileTicket { ticket, filing: Filing::Relinked {} }).await
}

/// `GET /desk/tickets/{number}/export`
pub(super) async fn export<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let Before { number, thread, .. } = find(visit, Act::Exported).await?;
    Ok(file(&number, &thread))
}

/// `GET /desk/tickets/{number}/files/{file}`
pub(super) async fn attached<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let Before { thread, .. } = find(visit, Act::SavedFile).await?;
    sender::file::hand_out(visit.app, &thread, visit.second).await
}

/// A ticket as a file: everything that is kept of it.
pub(in crate::handlers) fn file(number: &TicketNumber, thread: &Thread) -> Response {
    #[derive(Serialize)]
    struct File<'of> {
        number: &'of TicketNumber,
        ticket: &'of ticket::Ticket,
        messages: &'of [Message],
    }
    let file = File { number, ticket: &thread.ticket, messages: &thread.messages };
    let name = format!("attachment; filename=\"{}.json\"", number.as_str());
    Response::json(200, &file).with("content-disposition", name)
}

async fn change<World: Ports>(
    visit: &Visit<'_, World>,
    command: impl FnOnce(TicketNumber) -> Command,
) -> Result<Response, Failure> {
    let before = find(visit, Act::Filed).await?;
    match ask(visit, &before.subject, command(before.number.clone())).await? {
        Desired::Done { .. } => Ok(back(&before.number)),
        _ => Err(Failure::NotFound),
    }
}

/// The ticket of the address, once the log says who has it before them.
async fn find<World: Ports>(visit: &Visit<'_, World>, act: Act) -> Result<Before, Failure> {
    let number = TicketNumber::parse(visit.first).ok_or(Failure::NotFound)?;
    let reference = Reference::ticket(&visit.app.config.pepper, number.as_str());
    let subject = store::resolve(&visit.app.world, &reference).await?.ok_or(Failure::NotFound)?;
    visit.note(act, Some(number.as_str())).await?;
    let command = Command::ReadTicket { ticket: number.clone() };
    match store::vault(&visit.app.world, &subject, command).await? {
        Reply::Thread { thread: Some(thread) } => Ok(Before { number, subject, thread }),
        Reply::Thread { thread: None } => Err(Failure::NotFound),
        _ => Err(out_of_turn().into()),
    }
}

async fn ask<World: Ports>(visit: &Visit<'_, World>, subject: &Subject, command: Command) -> Result<Desired, Failure> {
    match store::vault(&visit.app.world, subject, command).await? {
        Reply::Ticket(desired) => Ok(desired),
        _ => Err(out_of_turn().into()),
    }
}

fn back(number: &TicketNumber) -> Response {
    Response::see_other(&format!("/desk/tickets/{}", number.as_str()))
}

async fn page<World: Ports>(
    visit: &Visit<'_, World>,
    status: u16,
    before: &Before,
    answering: Answering<'_>,
) -> Result<Response, Failure> {
    let survey = person::survey(visit, &before.subject).await?;
    let replies = canned::all(visit).await?;
    let Before { number, thread: Thread { ticket, messages }, .. } = before;
    let action = |what: &str| format!("/desk/tickets/{}/{what}", number.as_str());
    let main = html! {
        h1 class="desk-title" { (ticket.subject) }
        p class="muted" {
            (number.as_str()) " · " (view::topic(ticket.topic)) " · " (view::state(ticket.state)) " " (view::when(ticket.since, visit.app.now()))
        }
        @if let Some(problem) = answering.problem { p class="notice notice-error" role="alert" { (problem) } }
        div class="desk-columns" {
            div {
                ol class="thread" { @for message in messages { (self::message(visit, before, message)) } }
                form class="card form" method="post" action=(action("write")) {
                    input type="hidden" name="seen" value=(ticket.messages);
                    p class="field" {
                        label for="message" { "Answer or note" }
                        textarea id="message" name="message" rows="8" maxlength=(sender::MESSAGE_CHARS_MAX * 10) { (answering.typed) }
                    }
                    @if !replies.is_empty() {
                        p class="desk-canned" {
                            label for="canned" { "Canned reply" } " "
                            select id="canned" name="canned" { @for (id, reply) in &replies { option value=(id) { (reply.title) } } } " "
                            button class="button button-quiet" type="submit" formaction=(action("draft")) { "Put it in" }
                        }
                    }
                    p class="actions" {
                        button class="button" type="submit" name="then" value="send" { "Send" } " "
                        button class="button button-secondary" type="submit" name="then" value="resolve" { "Send and resolve" } " "
                        button class="button button-quiet" type="submit" name="then" value="note" { "Keep as note" }
                    }
                }
            }
            aside class="desk-side" aria-label="About this request" {
                (filing(visit, before, &action))
                (about(visit, before, &survey))
            }
        }
    };
    Ok(visit.page(status, &format!("{}: {}", number.as_str(), ticket.subject), main).await)
}

fn message<World: Ports>(visit: &Visit<'_, World>, before: &Before, message: &Message) -> Markup {
    let (number, ticket) = (before.number.as_str(), &before.thread.ticket);
    let (class, author) = match message.author {
        Author::Sender => ("post-sender", ticket.name.as_str()),
        Author::Staff => ("post-staff", message.by.as_ref().map_or("staff", |by| visit.called(by))),
        Author::Note => ("post-note", message.by.as_ref().map_or("A program", |by| visit.called(by))),
    };
    html! {
        li class={ "card post " (class) } {
            p class="muted" {
                strong { (author) } @if message.author == Author::Note { ", a note for staff" }
                @if let Some(from) = &message.from { ", by mail from " (from.as_str()) ", who is not the sender of the request" }
                " · " (view::when(message.at, visit.app.now()))
            }
            p class="post-text" { (message.text) }
            (view::files(&message.files, |id| format!("/desk/tickets/{number}/files/{id}")))
            @if let Some(quoted) = &message.quoted {
                details { summary { "The whole mail" } p class="post-text" { (quoted) } }
            }
        }
    }
}

/// Where a ticket stands, who has it, what it is sorted by.
fn filing<World: Ports>(visit: &Visit<'_, World>, before: &Before, action: &impl Fn(&str) -> String) -> Markup {
    let ticket = &before.thread.ticket;
    html! {
        section class="card" {
            h2 { "This request" }
            form method="post" action=(action("state")) class="desk-inline" {
                label for="to-state" { "State" }
                select id="to-state" name="to" {
                    @for state in TicketState::ALL { option value=(state.as_str()) selected[state == ticket.state] { (view::state(state)) } }
                }
                button class="button button-quiet" type="submit" { "Move" }
            }
            form method="post" action=(action("assignee")) class="desk-inline" {
                label for="to-staff" { "With" }
                select id="to-staff" name="to" {
                    option value="" { "nobody" }
                    @for member in &visit.app.config.staff {
                        option value=(member.id.as_str()) selected[ticket.assignee.as_ref() == Some(&member.id)] { (member.name()) }
                    }
                }
                button class="button button-quiet" type="submit" { "Assign" }
            }
            form method="post" action=(action("tags")) class="desk-inline" {
                label for="tags" { "Tags" }
                input id="tags" name="tags" type="text" autocomplete="off" maxlength="200" value=(ticket.tags.join(", "));
                button class="button button-quiet" type="submit" { "Save" }
            }
            form method="post" action=(action("link")) {
                p { button class="button button-quiet" type="submit" title="The old link stops working; the new one is mailed to the sender" { "Replace the link" } }
            }
            p { a href=(action("export")) { "Export as JSON" } }
        }
    }
}

/// Who wrote, with what, and what they bought.
fn about<World: Ports>(visit: &Visit<'_, World>, before: &Before, survey: &Survey) -> Markup {
    let ticket = &before.thread.ticket;
    let versions =
        [("Plugin", &ticket.versions.plugin), ("WordPress", &ticket.versions.wordpress), ("PHP", &ticket.versions.php)];
    let others = survey.tickets.iter().filter(|(number, _)| *number != before.number);
    html! {
        section class="card" {
            h2 { "Sender" }
            p { (ticket.name) br; a href={ "mailto:" (ticket.email.as_str()) } { (ticket.email.as_str()) } }
            @if survey.holder.is_none() { p class="muted" { "Nothing was bought with this address; anybody can type it." } }
            dl class="desk-facts" {
                @for (name, version) in versions { @if let Some(version) = version { dt { (name) } dd { (version) } } }
                @if let Some(end) = &ticket.license { dt { "Key ends in" } dd { (end) } }
            }
            (person::licenses(visit, survey))
            p { a href=(inbox::person(&before.subject)) { "All about this person" } }
            ul { @for (number, other) in others { li { a href={ "/desk/tickets/" (number.as_str()) } { (other.subject) } span class="muted" { " " (view::state(other.state)) } } } }
        }
    }
}
