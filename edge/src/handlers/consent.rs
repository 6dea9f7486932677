//! Consent on pages. The site's pages are the same for everybody and say nothing of it; on its way out the edge puts into
//! each what belongs there for this one request: the question, nothing, or the scripts that were allowed. What nobody
//! allowed is not in the page at all, so there is nothing in it that could be let loose.

use std::collections::BTreeSet;

use cookie::{Cookie, SameSite, time::Duration};
use memchr::memmem;
use sha2::{Digest, Sha256};

use crate::app::{self, App};
use crate::contract::register::{CONSENT_COOKIE, KeptAs, Register};
use crate::contract::{Category, Context, CookieCategory};
use crate::domain::consent::{self, Choice, FormUsed, Held, LASTS, OPTIONAL, Outcome, Receipt, ReceiptId, State};
use crate::domain::id::hex;
use crate::failure::Failure;
use crate::http::{Form, Headers, Method, Request, Response};
use crate::log::Event;
use crate::ports::Ports;
use crate::routes::Guard;
use crate::security;
use crate::site::PolicyVersion;
use crate::store::receipt;

mod page;
mod record;
mod words;

pub(crate) use page::{receipt as give_receipt, receipt_of, show};
pub(crate) use record::export as receipt_file;

/// Where the question goes, before all that one can read, and where the footer says what holds. Both are empty and inert, so the page
/// that nobody dresses is that of somebody who allowed nothing.
const PLACE: &[u8] = br#"<template id="consent-place"></template>"#;
const FOOT: &[u8] = br#"<template id="consent-foot"></template>"#;

/// What runs in a page once it was allowed.
const SCRIPTS: [(CookieCategory, &str); 2] = [
    (CookieCategory::Preferences, include_str!("consent/preferences.js")),
    (CookieCategory::Analytics, include_str!("consent/analytics.js")),
];

/// A page in the state of this request is nobody else's, and the browser asks whether it still is.
const PAGE_CACHE: &str = "private, no-cache";

/// Where somebody stands.
pub(crate) fn state(request: &Request, held: Option<&Held>, policy: Option<&PolicyVersion>) -> State {
    State::of(policy, held, sends_signal(&request.headers))
}

/// What somebody's cookie holds.
pub(crate) fn held<World: Ports>(app: &App<World>, request: &Request) -> Option<Held> {
    let cookies = request.headers.get("cookie")?;
    let mut named = Cookie::split_parse(cookies.to_owned()).flatten().filter(|cookie| cookie.name() == CONSENT_COOKIE);
    let held = Held::parse(named.next()?.value(), app.now());
    // Two of that name cannot come from us.
    held.filter(|_| named.next().is_none())
}

/// Whether the browser sends a privacy signal: Global Privacy Control (<https://w3c.github.io/gpc/>), whose only value is
/// `1`, or Do Not Track.
fn sends_signal(headers: &Headers) -> bool {
    let mut named = headers.iter().filter(|(name, _)| matches!(*name, "sec-gpc" | "dnt"));
    named.any(|(_, value)| value.split(',').any(|value| value.trim() == "1"))
}

/// Puts into a page what this request asks for. Pages behind a secret link and of the desk stay without.
pub(crate) async fn dress<World: Ports>(app: &App<World>, guard: Guard, request: &Request, response: &mut Response) {
    if !app::is_page(response) || matches!(guard, Guard::Link | Guard::Staff) {
        return;
    }
    let Some(place) = memmem::find(&response.body, PLACE) else { return };
    let Ok(site) = app.site().await else { return };
    let state = state(request, held(app, request).as_ref(), site.policy_in_force(app.now().0));
    let asks = if request.path == page::PATH { vec![] } else { state.asks() };
    let scripts: Vec<&str> =
        SCRIPTS.iter().filter(|(category, _)| state.grants(*category)).map(|(_, script)| *script).collect();
    let mut inserted = scripts.iter().fold(String::new(), |all, script| all + "<script>" + script + "</script>");
    if !asks.is_empty() {
        inserted += &words::banner(&asks, &return_to(request, response.status)).into_string();
    }
    let foot = words::foot(&state).into_string();
    if let Some(etag) = response.headers.get("etag") {
        let digest = hex(Sha256::digest(format!("{inserted}\n{foot}")).get(..4).unwrap_or_default());
        let etag = format!("\"{}.{digest}\"", etag.trim_start_matches("W/").trim_matches('"'));
        response.headers.set("etag", etag);
        response.headers.set("cache-control", PAGE_CACHE);
    }
    if !scripts.is_empty() {
        response.headers.set("content-security-policy", security::content_security_policy(&scripts, &site.styles));
    }
    // From the back, so that the first place stays where it is.
    if let Some(foot_place) = memmem::find(response.body.get(place..).unwrap_or_default(), FOOT) {
        replace(&mut response.body, place + foot_place, FOOT.len(), foot.into_bytes());
    }
    replace(&mut response.body, place, PLACE.len(), inserted.into_bytes());
}

fn replace(body: &mut Vec<u8>, at: usize, length: usize, part: Vec<u8>) {
    drop(body.splice(at..at + length, part));
}

/// The address to come back to. What was sent as a form cannot be asked for again, and where nothing is nobody wants to be.
fn return_to(request: &Request, status: u16) -> String {
    let address =
        if request.query.is_empty() { request.path.clone() } else { format!("{}?{}", request.path, request.query) };
    let can_return =
        status == 200 && matches!(request.method, Method::Get | Method::Head) && consent::is_local(&address);
    if can_return { address } else { "/".to_owned() }
}

/// `POST /consent`
pub(crate) async fn decide<World: Ports>(
    app: &App<World>,
    request: &Request,
    body: &[u8],
) -> Result<Response, Failure> {
    let form = Form::read(request, body).ok_or(Failure::UnsupportedMediaType { wanted: Form::TYPE })?;
    let choice = choice(&form).ok_or(Failure::BadRequest { detail: "choice is accept, reject or save." })?;
    let used = if form.field("form") == "page" { FormUsed::Page } else { FormUsed::Banner };
    let site = app.site().await?;
    let policy = site.policy_in_force(app.now().0).ok_or(Failure::NoPolicyInForce)?;
    let to = Some(form.field("return")).filter(|path| consent::is_local(path)).unwrap_or(page::PATH);
    let before = held(app, request);
    if policy.asks.is_empty() && before.is_none() {
        return Ok(Response::see_other(to));
    }
    let signal = sends_signal(&request.headers);
    let Outcome { mut held, asked, grants, withdrawn } =
        consent::decide(policy, before.as_ref(), signal, (used, &choice), app.now());
    let is_declared = policy.collects(Context::Consent, Category::ConsentReceipt);
    if is_declared && (grants || !withdrawn.is_empty()) {
        let before = held.receipt.take();
        let receipt = Receipt {
            id: ReceiptId::from_bytes(app.world.random()?),
            at: held.at,
            policy: policy.id.clone(),
            policy_text: policy.text_sha256.clone(),
            banner_text: words::hash(&asked),
            choices: OPTIONAL.iter().map(|category| (*category, held.allows(*category))).collect(),
            form: used,
            build: site.build.clone(),
            signal,
            before,
        };
        match receipt::keep(&app.world, &receipt, app.now()).await {
            Ok(()) => held.receipt = Some(receipt.id),
            // Without a receipt nobody can show that it was allowed. What is taken back is taken back all the same.
            Err(unavailable) if grants => return Err(unavailable.into()),
            Err(unavailable) => app.world.log(&Event::Unavailable { why: unavailable.to_string() }),
        }
    }
    let mut response = Response::see_other(to);
    response.headers.add("set-cookie", cookie(CONSENT_COOKIE, &held.written(), i64::from(LASTS.0)));
    forget(&mut response, &withdrawn);
    Ok(response)
}

fn choice(form: &Form) -> Option<Choice> {
    let ticked = |category: &CookieCategory| !form.field(&format!("c.{category}")).is_empty();
    Some(match form.field("choice") {
        "accept" => Choice::Accept,
        "reject" => Choice::Reject,
        "save" => Choice::Save(OPTIONAL.into_iter().filter(ticked).collect::<BTreeSet<_>>()),
        _ => return None,
    })
}

/// Has the browser forget what it keeps for categories that were taken back.
fn forget(response: &mut Response, withdrawn: &[CookieCategory]) {
    let register = Register::of_this_program();
    let theirs = register.cookies.iter().filter(|cookie| withdrawn.contains(&cookie.category));
    for kept in theirs {
        match kept.kept_as {
            KeptAs::Cookie => response.headers.add("set-cookie", cookie(&kept.name, "", 0)),
            // Of "cookies" it would clear the decision as well.
            KeptAs::WebStorage => response.headers.set("clear-site-data", "\"storage\""),
        }
    }
}

/// A cookie that browsers take only by HTTPS, for this host alone, and out of reach of scripts. One that is to go has to say
/// the same, or browsers pass it over.
fn cookie(name: &str, value: &str, seconds: i64) -> String {
    let cookie = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::seconds(seconds));
    cookie.build().to_string()
}

/// `GET /.well-known/gpc.json`: that the signal is honored (<https://w3c.github.io/gpc/>, "GPC Support Resource").
pub(crate) async fn signal_support<World: Ports>(app: &App<World>) -> Result<Response, Failure> {
    let site = app.site().await?;
    let policy = site.policy_in_force(app.now().0).ok_or(Failure::NoPolicyInForce)?;
    let support = serde_json::json!({ "gpc": true, "lastUpdate": policy.id });
    Ok(Response::json(200, &support).with("cache-control", "public, max-age=86400"))
}

#[cfg(test)]
mod tests;
