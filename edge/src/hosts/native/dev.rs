//! `/__dev`: what a developer's machine has in place of other companies. A stand-in for the processor answers the API
//! calls that the core makes and sends properly signed webhooks; mails lie in a folder and can be read.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path as Parameter, State};
use axum::routing::{get, post};
use maud::{Markup, html};

use super::exchange;
use super::{Host, World};
use crate::app;
use crate::config::Config;
use crate::frame::{self, Page};
use crate::http::Response;

mod events;
mod paypal;
mod stand_in;

/// Routes of `/__dev`.
pub(super) fn router(host: &Host) -> Router {
    Router::new()
        .route("/__dev", get(index))
        .route("/__dev/mail", get(mails))
        .route("/__dev/mail/{name}", get(mail))
        .route("/__dev/tick", post(tick))
        .route("/__dev/checkout", get(stand_in::page::show).post(stand_in::page::press))
        .route("/__dev/portal", get(stand_in::page::portal))
        .route("/__dev/stripe/v1/checkout/sessions", post(stand_in::create_session))
        .route("/__dev/stripe/v1/checkout/sessions/{id}", get(stand_in::read_session))
        .route("/__dev/stripe/v1/billing_portal/sessions", post(stand_in::create_portal))
        .route("/__dev/paypal/approve", get(paypal::page).post(paypal::approve))
        .route("/__dev/paypal/v1/oauth2/token", post(paypal::token))
        .route("/__dev/paypal/v2/checkout/orders", post(paypal::create))
        .route("/__dev/paypal/v2/checkout/orders/{id}", get(paypal::read))
        .route("/__dev/paypal/v2/checkout/orders/{id}/capture", post(paypal::capture))
        .with_state(Arc::new(host.clone()))
}

type Shared = State<Arc<Host>>;

/// Payments on the first page; older ones are found through their buyer's page.
const PAYMENTS_SHOWN_MAX: usize = 20;

impl Host {
    fn world(&self) -> &World {
        &self.app.world
    }

    fn config(&self) -> &Config {
        &self.app.config
    }

    async fn dev_page(&self, status: u16, title: &str, main: Markup) -> axum::response::Response {
        let page = Page { status, title: title.to_owned(), main: html! { div class="stack" { (main) } } };
        let mut response = frame::page(self.world(), page).await;
        self.app.finish(&mut response).await;
        exchange::write(response)
    }
}

/// A response with the headers of every answer.
fn finished(mut response: Response) -> axum::response::Response {
    app::finish(&mut response, false);
    exchange::write(response)
}

async fn index(State(host): Shared) -> axum::response::Response {
    let payments = stand_in::sessions(&host).await;
    let main = html! {
        h1 { "On this machine" }
        p { "These pages exist in " code { "site serve" } " only." }
        ul {
            li { a href="/__dev/mail" { "Mails that were sent" } }
            li { a href="/pricing/" { "Buy something" } ": the payment page is a stand-in, no money moves" }
            li { a href="/licenses/" { "Have a license sent" } ": the mail leads to its holder's page" }
        }
        @if !payments.is_empty() {
            h2 { "Payments" }
            p { "The page of each can refund, dispute, renew or cancel it." }
            (stand_in::page::list(payments.iter().take(PAYMENTS_SHOWN_MAX)))
        }
        form method="post" action="/__dev/tick" { button class="button button-secondary" { "Run the cron trigger now" } }
    };
    host.dev_page(200, "On this machine", main).await
}

async fn tick(State(host): Shared) -> axum::response::Response {
    host.tick().await;
    finished(Response::see_other("/__dev"))
}

async fn mails(State(host): Shared) -> axum::response::Response {
    let names = names(&host);
    let main = html! {
        h1 { "Mails" }
        @if names.is_empty() { p { "None was sent yet." } }
        ul {
            @for name in &names {
                @let text = read(&host, name).unwrap_or_default();
                li { a href={ "/__dev/mail/" (name) } { (header(&text, "Subject")) } " to " (header(&text, "To")) }
            }
        }
    };
    host.dev_page(200, "Mails", main).await
}

async fn mail(State(host): Shared, Parameter(name): Parameter<String>) -> axum::response::Response {
    match names(&host).iter().find(|known| **known == name).and_then(|name| read(&host, name)) {
        Some(text) => finished(Response::new(200, "text/plain; charset=utf-8", text)),
        None => host.dev_page(404, "No such mail", html! { h1 { "No such mail" } }).await,
    }
}

/// Names of the mails, newest first.
fn names(host: &Host) -> Vec<String> {
    let entries = std::fs::read_dir(host.world().mails()).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.file_name().into_string().ok()?)))
        .filter(|(_, name)| Path::new(name).extension().is_some_and(|end| end == "eml"))
        .collect();
    names.sort();
    names.into_iter().rev().map(|(_, name)| name).collect()
}

fn read(host: &Host, name: &str) -> Option<String> {
    std::fs::read_to_string(host.world().mails().join(name)).ok()
}

fn header<'text>(mail: &'text str, name: &str) -> &'text str {
    let line = |line: &'text str| line.strip_prefix(name)?.strip_prefix(": ");
    mail.lines().take_while(|line| !line.is_empty()).find_map(line).unwrap_or_default()
}
