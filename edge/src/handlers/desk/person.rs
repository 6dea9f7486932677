//! A person as staff see them: purchases, licenses with the sites they are active on, tickets, and what is still to be told. What
//! staff decide about a license stands beside what its money says, and can be taken back.

use maud::{Markup, html};

use super::{Visit, out_of_turn, view};
use crate::contract::Right;
use crate::domain::desk::{Act, Look};
use crate::domain::id::Subject;
use crate::domain::license::{LicenseId, Status};
use crate::domain::outbox::Waiting;
use crate::domain::plain_text;
use crate::domain::rights::{REASON_CHARS_MAX, RequestId, Stage};
use crate::domain::vault::ruling::{DAYS_MAX, Decision};
use crate::domain::vault::{Command, Owned, Reply, Survey};
use crate::failure::Failure;
use crate::http::Response;
use crate::ports::Ports;
use crate::store;

const DISCLOSURE_CHARS_MAX: usize = 2_000;

/// `GET /desk/people/{subject}`
pub(super) async fn show<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let subject = subject(visit)?;
    visit.note(Act::SawPerson, Some(subject.as_str())).await?;
    let survey = survey(visit, &subject).await?;
    let name = survey.holder.as_ref().map_or("Somebody who bought nothing", |holder| holder.name.as_str());
    let main = html! {
        h1 class="desk-title" { (name) }
        @if let Some(holder) = &survey.holder { p { a href={ "mailto:" (holder.email.as_str()) } { (holder.email.as_str()) } } }
        @if survey == Survey::default() { p class="card" { "There is nothing here. Is the address spelled as at the checkout?" } }
        @for owned in &survey.licenses { (license(visit, &subject, &survey, owned)) }
        (purchases(visit, &survey))
        (tickets(&survey))
        (requests(visit, &subject, &survey))
        (outbox(visit, &subject, &survey))
        form class="card form" method="post" action={ "/desk/people/" (subject.as_str()) "/disclosures" } {
            h2 { "Disclosed because the law asked for it" }
            p class="field" {
                label for="disclosure" { "What, to whom, and why" }
                textarea id="disclosure" name="disclosure" rows="3" maxlength=(DISCLOSURE_CHARS_MAX) required {}
            }
            p { button class="button button-quiet" type="submit" { "Record it" } }
        }
    };
    Ok(visit.page(200, name, main).await)
}

/// `POST /desk/people/{subject}/licenses/{license}`
pub(super) async fn rule<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let (subject, form) = (subject(visit)?, visit.form()?);
    let license = LicenseId::parse(visit.second).ok_or(Failure::NotFound)?;
    let (act, decision) = match form.field("decision") {
        "revoke" => (Act::Revoked, Decision::Revoke {}),
        "reinstate" => (Act::Revoked, Decision::Reinstate {}),
        "extend" => {
            let days = form.field("days").trim().parse().ok().filter(|days| *days <= DAYS_MAX);
            let days = days.ok_or(Failure::BadRequest { detail: "Give the days as a number from 0 to 3650." })?;
            (Act::Extended, Decision::Extend { days })
        }
        _ => return Err(Failure::BadRequest { detail: "There is no such decision." }),
    };
    visit.note(act, Some(subject.as_str())).await?;
    match store::vault(&visit.app.world, &subject, Command::Rule { license, decision }).await? {
        Reply::Found { state: Some(_) } => Ok(Response::see_other(&super::inbox::person(&subject))),
        Reply::Found { state: None } => Err(Failure::NotFound),
        _ => Err(out_of_turn().into()),
    }
}

/// `POST /desk/people/{subject}/requests/{request}`: the processor has deleted what it had.
pub(super) async fn processor_done<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let subject = subject(visit)?;
    let id = RequestId::parse(visit.second).ok_or(Failure::NotFound)?;
    visit.form()?;
    visit.note(Act::ClosedDeletion, Some(subject.as_str())).await?;
    store::vault(&visit.app.world, &subject, Command::ProcessorDone { id }).await?;
    Ok(Response::see_other(&super::inbox::person(&subject)))
}

/// `POST /desk/people/{subject}/requests/{request}/extension`
pub(super) async fn extend<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let (subject, form) = (subject(visit)?, visit.form()?);
    let id = RequestId::parse(visit.second).ok_or(Failure::NotFound)?;
    let reason = plain_text::lines(form.field("reason"));
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(Failure::BadRequest { detail: "Give the reason, in up to 1,000 characters. It is mailed." });
    }
    visit.note(Act::TookTime, Some(subject.as_str())).await?;
    match store::vault(&visit.app.world, &subject, Command::ExtendRight { id, reason }).await? {
        Reply::Extended { is_extended: true } => Ok(Response::see_other(&super::inbox::person(&subject))),
        Reply::Extended { is_extended: false } => {
            Err(Failure::BadRequest { detail: "More time can be taken once, and only before the month is over." })
        }
        _ => Err(out_of_turn().into()),
    }
}

/// Privacy requests, with the day by which each has to be answered.
fn requests<World: Ports>(visit: &Visit<'_, World>, subject: &Subject, survey: &Survey) -> Markup {
    html! {
        @if !survey.requests.is_empty() {
            section class="card" {
                h2 { "Privacy requests" }
                @for (id, request) in &survey.requests {
                    p {
                        strong { (request.right.wording()) } ", came in " (view::when(request.received, visit.app.now())) ". "
                        @match request.answered {
                            Some(at) => { "Answered " (view::when(at, visit.app.now())) "." }
                            None => { "To be answered by " strong { (request.due().day()) } "." }
                        }
                    }
                    @if request.may_extend(visit.app.now()) {
                        details {
                            summary { "This needs more time" }
                            form class="form" method="post" action={ "/desk/people/" (subject.as_str()) "/requests/" (id.as_str()) "/extension" } {
                                p class="field" {
                                    label for="reason" { "Why, in words for whoever asked" }
                                    textarea id="reason" name="reason" rows="3" maxlength=(REASON_CHARS_MAX) required {}
                                }
                                p { button class="button button-secondary" type="submit" { "Take two more months and mail the reason" } }
                            }
                        }
                    }
                    @if !request.at_processor.is_empty() {
                        @let (task, done) = match request.right {
                            Right::Correct => ("Correct name and address of these customers at Stripe (Dashboard, Customers)", "The processor has corrected it"),
                            _ => ("Delete these customers at Stripe (Dashboard, Customers, Redact)", "The processor has deleted it"),
                        };
                        p { (task) ", then say so here: " code { (request.at_processor.join(", ")) } }
                        form method="post" action={ "/desk/people/" (subject.as_str()) "/requests/" (id.as_str()) } {
                            button class="button button-secondary" type="submit" { (done) }
                        }
                    }
                    @if let Some(Stage::Left { to }) = request.change.as_ref().map(|change| &change.stage) {
                        p { "Everything is under " a href=(super::inbox::person(to)) { "another address" } " now." }
                    }
                }
            }
        }
    }
}

/// `POST /desk/people/{subject}/outbox`: a mail that was given up is tried again.
pub(super) async fn retry<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let (subject, form) = (subject(visit)?, visit.form()?);
    visit.note(Act::Resent, Some(subject.as_str())).await?;
    let command = Command::Retry { name: form.field("job").to_owned() };
    store::vault(&visit.app.world, &subject, command).await?;
    Ok(Response::see_other(&super::inbox::person(&subject)))
}

/// `POST /desk/people/{subject}/disclosures`
pub(super) async fn disclose<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let (subject, form) = (subject(visit)?, visit.form()?);
    let text = plain_text::lines(form.field("disclosure"));
    if text.is_empty() || text.chars().count() > DISCLOSURE_CHARS_MAX {
        return Err(Failure::BadRequest {
            detail: "Say what was disclosed, to whom and why, in up to 2,000 characters.",
        });
    }
    if !super::keeps_a_log(visit.app).await? {
        let detail = "The privacy policy in force names no log of disclosures, so none is kept here. Keep it on paper.";
        return Err(Failure::BadRequest { detail });
    }
    let (at, staff) = (visit.app.now(), visit.member.id.clone());
    let whose = Some(subject.as_str().to_owned());
    super::enter(visit.app, Look { at, staff, act: Act::Disclosed, whose, disclosure: Some(text) }).await?;
    Ok(Response::see_other("/desk/log"))
}

/// Everything that a vault tells staff.
pub(super) async fn survey<World: Ports>(visit: &Visit<'_, World>, subject: &Subject) -> Result<Survey, Failure> {
    match store::vault(&visit.app.world, subject, Command::Survey).await? {
        Reply::Survey { survey } => Ok(survey),
        _ => Err(out_of_turn().into()),
    }
}

/// Licenses in short: what stands beside a ticket.
pub(super) fn licenses<World: Ports>(visit: &Visit<'_, World>, survey: &Survey) -> Markup {
    html! {
        @for Owned { license, state, sites, .. } in &survey.licenses {
            p {
                strong { (state.plan) } ", " (state.status(visit.app.now()).as_str()) br;
                span class="muted" {
                    "key ends in " (last_group(license.key.as_str())) ", " (end(state.expires_at)) ", "
                    (sites.len()) " sites"
                }
            }
            ul { @for site in sites { li { (site.address.as_deref().unwrap_or("a site")) span class="muted" { " " (site.version) } } } }
        }
    }
}

fn subject<World: Ports>(visit: &Visit<'_, World>) -> Result<Subject, Failure> {
    let bytes = crate::domain::id::unhex(visit.first).ok_or(Failure::NotFound)?;
    Ok(Subject::from_bytes(bytes))
}

fn license<World: Ports>(visit: &Visit<'_, World>, subject: &Subject, survey: &Survey, owned: &Owned) -> Markup {
    let Owned { license, state, sites, bought, .. } = owned;
    let ruling = survey.rulings.iter().find(|(id, _)| *id == license.id).map(|(_, ruling)| ruling);
    let is_revoked = ruling.is_some_and(|ruling| ruling.revoked_at.is_some());
    let action = format!("/desk/people/{}/licenses/{}", subject.as_str(), license.id.as_str());
    let id = license.id.as_str();
    html! {
        section class="card" {
            h2 { (state.product) " " (state.plan) }
            dl class="desk-facts" {
                dt { "Status" } dd { (state.status(visit.app.now()).as_str()) " (" (state.reason.as_str()) ")" }
                dt { "Key ends in" } dd { (last_group(license.key.as_str())) }
                dt { "Bought" } dd { (bought.day()) }
                dt { "Ends" } dd { (end(state.expires_at)) @if state.renews { ", renews by itself" } }
                dt { "Sites" } dd { (state.seats_used) " of " @if state.seats == 0 { "any number" } @else { (state.seats) } }
            }
            ul { @for site in sites { li { (site.address.as_deref().unwrap_or("a site")) span class="muted" { " " (site.version) @if site.exempt { ", for staging" } } } } }
            @if state.standing != Status::Pending || is_revoked {
                form method="post" action=(action) class="desk-inline" {
                    input type="hidden" name="decision" value="extend";
                    label for={ "days-" (id) } { "Days beyond what was paid" }
                    input id={ "days-" (id) } name="days" type="number" min="0" max=(DAYS_MAX) value=(ruling.map_or(0, |ruling| ruling.days)) required;
                    button class="button button-quiet" type="submit" { "Extend" }
                }
                form method="post" action=(action) {
                    input type="hidden" name="decision" value=(if is_revoked { "reinstate" } else { "revoke" });
                    button class="button button-quiet" type="submit" { (if is_revoked { "Take the revocation back" } else { "Revoke" }) }
                }
            }
        }
    }
}

fn purchases<World: Ports>(visit: &Visit<'_, World>, survey: &Survey) -> Markup {
    html! {
        @if !survey.purchases.is_empty() {
            section class="card" {
                h2 { "Purchases" }
                ul {
                    @for purchase in &survey.purchases {
                        li {
                            (purchase.product) " " (purchase.plan) ", " (purchase.id.provider.as_str()) ", "
                            (view::when(purchase.at, visit.app.now()))
                            @if purchase.price_drift { strong { ", charged less than the catalogue asks" } }
                        }
                    }
                }
            }
        }
    }
}

fn tickets(survey: &Survey) -> Markup {
    html! {
        @if !survey.tickets.is_empty() {
            section class="card" {
                h2 { "Requests" }
                ul {
                    @for (number, ticket) in &survey.tickets {
                        li { a href={ "/desk/tickets/" (number.as_str()) } { (ticket.subject) } span class="muted" { " " (number.as_str()) ", " (view::state(ticket.state)) } }
                    }
                }
            }
        }
    }
}

fn outbox<World: Ports>(visit: &Visit<'_, World>, subject: &Subject, survey: &Survey) -> Markup {
    let now = visit.app.now();
    let is_late = |waiting: &&Waiting| waiting.due_at <= now || waiting.failures > 0 || waiting.given_up.is_some();
    let late = survey.outbox.iter().filter(is_late);
    let action = format!("/desk/people/{}/outbox", subject.as_str());
    html! {
        section class="card" {
            h2 { "Still to be told" }
            ul {
                @for waiting in late {
                    li {
                        (waiting.id.word())
                        @if waiting.failures > 0 { ", failed " (waiting.failures) " times" }
                        @if let Some(at) = waiting.given_up {
                            ", given up " (view::when(at, now))
                            form method="post" action=(action) class="desk-inline" {
                                input type="hidden" name="job" value=(waiting.id.name());
                                button class="button button-quiet" type="submit" { "Try again now" }
                            }
                        }
                    }
                }
            }
            p class="muted" { (survey.outbox.len()) " in all, with what is planned for later" }
        }
    }
}

fn end(at: Option<crate::domain::time::Moment>) -> String {
    at.map_or_else(|| "never".to_owned(), crate::domain::time::Moment::day)
}

/// The last group of a key: enough to know it by, too little to use it.
fn last_group(key: &str) -> &str {
    key.rsplit('-').next().unwrap_or_default()
}
