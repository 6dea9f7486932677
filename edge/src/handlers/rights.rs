//! Privacy requests: anybody asks, and only whoever reads mail at the address finishes. Asking has the same answer, bytes and
//! work for every address. The link leads to a button, since programs that look into mails follow links; it works once, and opens
//! a quarter of an hour.

use cookie::{Cookie, SameSite, time::Duration};
use maud::{Markup, html};

use crate::app::App;
use crate::contract::register::RIGHTS_COOKIE;
use crate::contract::{Category, Context, Right};
use crate::domain::id::{Email, Subject};
use crate::domain::pass::Rights;
use crate::domain::rights::{LINK_LIFE, Request as Asked, RequestId, SESSION_LIFE};
use crate::domain::vault::{Command, Reply, Survey};
use crate::failure::{Failure, FieldError};
use crate::frame::{self, Page};
use crate::handlers::resend::{ANSWER_TIME, no_sooner};
use crate::http::{Form, Request, Response};
use crate::ports::{Ports, Unavailable};
use crate::site::SiteData;
use crate::store;

mod correction;
mod data;
mod deletion;
mod relocation;
mod report;

pub(crate) use correction::correct;
pub(crate) use data::export;
pub(crate) use deletion::{erase, order, statement, sweep};
pub(crate) use relocation::{address as proof_address, confirm as confirm_address, prove, relocate};

const REQUEST: &str = "/privacy/request";
const DATA: &str = "/privacy/data";
/// Rights that can be used here, in words of whoever asks.
const OFFERED: [(Right, &str); 3] = [
    (Right::Access, "A report of all data about me"),
    (Right::Correct, "A correction: of my name, my email address, or what I wrote"),
    (Right::Delete, "The deletion of my data. Before anything is deleted you see what is and what is not."),
];

/// The address of a request's link.
pub(crate) fn address<World: Ports>(
    app: &App<World>,
    subject: &Subject,
    (request, right, link): (&RequestId, Right, u32),
) -> String {
    let pass = Rights { subject: subject.clone(), request: request.clone(), right, link };
    let token = pass.issue_link(&app.config.pepper, app.now().after(LINK_LIFE));
    format!("{}{}", app.config.site_url, path(request, &token))
}

fn path(request: &RequestId, token: &str) -> String {
    format!("/privacy/r/{}/{token}", request.as_str())
}

/// Whether the policy in force says that we keep such requests. What it does not say is not stored; people write to us then.
fn are_taken<World: Ports>(app: &App<World>, site: &SiteData) -> bool {
    let policy = site.policy_in_force(app.now().0);
    policy.is_some_and(|policy| {
        [Category::Email, Category::RightsRequest].iter().all(|category| policy.collects(Context::Rights, *category))
    })
}

/// `GET /privacy/request`
pub(crate) async fn ask<World: Ports>(app: &App<World>) -> Result<Response, Failure> {
    let site = app.site().await?;
    let main = if are_taken(app, &site) { form("", None) } else { by_hand(&site) };
    Ok(frame::page(&app.world, Page { status: 200, title: "Privacy request".to_owned(), main }).await)
}

/// `POST /privacy/request`
pub(crate) async fn request<World: Ports>(
    app: &App<World>,
    request: &Request,
    body: &[u8],
) -> Result<Response, Failure> {
    let form = Form::read(request, body).ok_or(Failure::UnsupportedMediaType { wanted: Form::TYPE })?;
    let site = app.site().await?;
    if !are_taken(app, &site) {
        let page = Page { status: 503, title: "Privacy request".to_owned(), main: by_hand(&site) };
        return Ok(frame::page(&app.world, page).await);
    }
    let kind = OFFERED.iter().find(|(right, _)| right.id() == form.field("kind"));
    let (Some(email), Some((right, _))) = (Email::parse(form.field("email")), kind) else {
        return malformed(app, request, form.field("email")).await;
    };
    if !app.allows("privacy requests from a network", request.network.as_str()).await {
        return Err(Failure::TooMany);
    }
    no_sooner(take_in(app, email, *right), app.world.pause(ANSWER_TIME)).await?;
    let main = html! {
        div class="stack" {
            h1 { "Look into your mail" }
            p class="notice" role="status" { "If this address is ours to answer, a mail is on its way to it. Its link works once and for a day." }
            p { "From today we have one calendar month to answer. Whoever asks more than once within a quarter of an hour gets one mail." }
        }
    };
    Ok(frame::page(&app.world, Page { status: 202, title: "Look into your mail".to_owned(), main }).await)
}

/// Begins what somebody asked for in a ticket or by mail, where the policy in force knows of it. Staff have the ticket all the same.
pub(crate) async fn begin<World: Ports>(app: &App<World>, email: Email, right: Right) -> Result<(), Unavailable> {
    if are_taken(app, &*app.site().await?) { take_in(app, email, right).await } else { Ok(()) }
}

/// Takes a request in.
async fn take_in<World: Ports>(app: &App<World>, email: Email, right: Right) -> Result<(), Unavailable> {
    let subject = Subject::of(&app.config.pepper, &email);
    let id = RequestId::from_bytes(app.world.random()?);
    match store::vault(&app.world, &subject, Command::AskRight { id, right, email }).await? {
        Reply::Noted => Ok(()),
        _ => Err(out_of_turn()),
    }
}

/// `GET /privacy/r/{rid}/{token}`: a button and nothing else. Whether it will open something is seen when it is pressed.
pub(crate) async fn confirm<World: Ports>(app: &App<World>, rid: &str, token: &str) -> Result<Response, Failure> {
    let pass = opened(app, rid, token)?;
    let what = "The link works once. What it opens stays open for a quarter of an hour, in this browser.";
    Ok(button(app, "Your privacy request", what, ("Continue", &path(&pass.request, token))).await)
}

/// A page with one button: programs that look into mails follow links, but press no buttons.
async fn button<World: Ports>(app: &App<World>, title: &str, what: &str, (label, action): (&str, &str)) -> Response {
    let main = html! {
        div class="stack" {
            h1 { (title) }
            p { (what) }
            form method="post" action=(action) {
                p { button class="button" type="submit" { (label) } }
            }
        }
    };
    frame::page(&app.world, Page { status: 200, title: title.to_owned(), main }).await
}

/// `POST /privacy/r/{rid}/{token}`
pub(crate) async fn take<World: Ports>(
    app: &App<World>,
    request: &Request,
    rid: &str,
    token: &str,
) -> Result<Response, Failure> {
    let pass = opened(app, rid, token)?;
    let command = Command::ConfirmRight { id: pass.request.clone(), link: pass.link };
    let Reply::Right { request: confirmed } = store::vault(&app.world, &pass.subject, command).await? else {
        return Err(out_of_turn().into());
    };
    if confirmed.is_none() {
        // Whoever presses twice is where they wanted to be.
        let is_open = session(app, request).is_ok_and(|session| session == pass);
        return if is_open { Ok(Response::see_other(DATA)) } else { Err(Failure::RightsLink) };
    }
    let held = pass.issue_session(&app.config.pepper, app.now().after(SESSION_LIFE));
    let cookie = Cookie::build((RIGHTS_COOKIE, held))
        .path("/")
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Strict)
        .max_age(Duration::seconds(SESSION_LIFE.0.into()));
    Ok(Response::see_other(DATA).with("set-cookie", cookie.build().to_string()))
}

/// `GET /privacy/data`: what the link was asked for.
pub(crate) async fn show<World: Ports>(app: &App<World>, request: &Request) -> Result<Response, Failure> {
    let pass = session(app, request)?;
    match pass.right {
        Right::Access => data::show(app, &pass).await,
        Right::Correct => correction::show(app, request, &pass).await,
        Right::Delete => deletion::preview(app, &pass).await,
    }
}

fn opened<World: Ports>(app: &App<World>, rid: &str, token: &str) -> Result<Rights, Failure> {
    let pass = Rights::open_link(&app.config.pepper, token, app.now()).map_err(|_| Failure::RightsLink)?;
    if pass.request.as_str() == rid { Ok(pass) } else { Err(Failure::RightsLink) }
}

/// What whoever asks holds.
fn session<World: Ports>(app: &App<World>, request: &Request) -> Result<Rights, Failure> {
    let cookies = request.headers.get("cookie").unwrap_or_default();
    let mut named = Cookie::split_parse(cookies.to_owned()).flatten().filter(|cookie| cookie.name() == RIGHTS_COOKIE);
    let cookie = named.next().ok_or(Failure::RightsSession)?;
    Rights::open_session(&app.config.pepper, cookie.value(), app.now()).map_err(|_| Failure::RightsSession)
}

async fn malformed<World: Ports>(app: &App<World>, request: &Request, typed: &str) -> Result<Response, Failure> {
    let problem = FieldError { field: "email", detail: "is not an email address, or nothing was chosen" };
    if request.accepts("application/json") {
        return Err(Failure::InvalidFields { fields: vec![problem] });
    }
    let typed: String = typed.chars().take(254).collect();
    let problem = "An address looks like name@example.com. Choose what you ask for, too.";
    let page = Page { status: 422, title: "Error: Privacy request".to_owned(), main: form(&typed, Some(problem)) };
    Ok(frame::page(&app.world, page).await)
}

fn form(typed: &str, problem: Option<&str>) -> Markup {
    html! {
        div class="stack" {
            h1 { "Privacy request" }
            p { "We mail a link to the address that the data is about. Only whoever reads mail there can go on." }
            form class="card form" method="post" action=(REQUEST) {
                p class="field" {
                    label for="email" { "Email address" }
                    span class="muted" id="email-hint" { "The one you bought or wrote with." }
                    @if let Some(problem) = problem { span class="field-error" id="email-problem" role="alert" { (problem) } }
                    input id="email" name="email" type="email" autocomplete="email" maxlength="254" required value=(typed)
                        aria-invalid=[problem.map(|_| "true")]
                        aria-describedby=(if problem.is_some() { "email-problem email-hint" } else { "email-hint" });
                }
                fieldset class="field" {
                    legend { "What do you ask for?" }
                    @for (at, (right, wording)) in OFFERED.iter().enumerate() {
                        label { input type="radio" name="kind" value=(right.id()) checked[at == 0] required; " " (wording) }
                    }
                }
                p { button class="button" type="submit" { "Send me the link" } }
            }
            p { "To object to a use, " a href="/support/" { "write to us" } "." }
        }
    }
}

fn by_hand(site: &SiteData) -> Markup {
    html! {
        div class="stack" {
            h1 { "Privacy request" }
            p { "To see your data, to have it corrected or deleted, write to " a href={ "mailto:" (site.email) } { (site.email) } " or on the " a href="/support/" { "support page" } ", from the address that it is about. We answer within a month." }
        }
    }
}

/// A request that was confirmed, and all else of whoever made it.
async fn asked<World: Ports>(
    app: &App<World>,
    subject: &Subject,
    request: &RequestId,
) -> Result<(Survey, Asked), Failure> {
    let Reply::Survey { survey } = store::vault(&app.world, subject, Command::Survey).await? else {
        return Err(out_of_turn().into());
    };
    let asked = survey.requests.iter().find(|(id, _)| id == request).map(|(_, asked)| asked.clone());
    Ok((survey, asked.ok_or(Failure::RightsSession)?))
}

fn out_of_turn() -> Unavailable {
    Unavailable { what: "vault", why: "unexpected reply".to_owned() }
}
