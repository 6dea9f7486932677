//! The processor's hosted checkout page and the two calls of its API that the core makes, in the shapes of
//! <https://docs.stripe.com/api/checkout/sessions>. Sessions lie in a folder of their own, beside the store and not in it:
//! they are what the processor knows, so they survive a restart and are no record of ours.

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use maud::html;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::fs;

use super::{Shared, events, finished};
use crate::domain::id::{Email, hex};
use crate::hosts::native::Host;
use crate::http::Response;
use crate::ports::{Clock, Entropy};
use crate::site::Plan;

/// A Checkout Session, as far as the core and this page need it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Session {
    id: String,
    object: String,
    mode: String,
    url: Option<String>,
    status: String,
    payment_status: String,
    payment_intent: Option<String>,
    amount_subtotal: u64,
    amount_total: u64,
    currency: String,
    created: i64,
    livemode: bool,
    customer_details: Option<Customer>,
    metadata: Value,
    success_url: String,
    cancel_url: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Customer {
    email: String,
    name: String,
}

/// `POST /v1/checkout/sessions`
pub(super) async fn create_session(State(host): Shared, headers: HeaderMap, body: Bytes) -> axum::response::Response {
    if !is_authorized(&host, &headers) {
        return refuse(401, "Invalid API Key provided.");
    }
    let form: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let price = field("line_items[0][price]").unwrap_or_default();
    let Some(plan) = plan(&host, &price).await else { return refuse(400, "No such price.") };
    let (Some(success_url), Some(cancel_url)) = (field("success_url"), field("cancel_url")) else {
        return refuse(400, "Missing required param: success_url or cancel_url.");
    };
    let Ok(random) = host.world().random() else { return refuse(500, "Something went wrong.") };
    let id = format!("cs_test_{}", hex(&random));
    let session = Session {
        url: Some(format!("{}/__dev/checkout?session={id}", host.config().site_url)),
        id,
        object: "checkout.session".to_owned(),
        mode: field("mode").unwrap_or_default(),
        status: "open".to_owned(),
        payment_status: "unpaid".to_owned(),
        payment_intent: None,
        amount_subtotal: plan.price,
        amount_total: plan.price,
        currency: plan.currency,
        created: host.world().now().0,
        livemode: host.config().livemode,
        customer_details: None,
        metadata: json!({ "product": field("metadata[product]"), "plan": field("metadata[plan]") }),
        success_url,
        cancel_url,
    };
    match store(&host, &session).await {
        Ok(()) => finished(Response::json(200, &session)),
        Err(_) => refuse(500, "Something went wrong."),
    }
}

/// `GET /v1/checkout/sessions/{id}`
pub(super) async fn read_session(
    State(host): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> axum::response::Response {
    if !is_authorized(&host, &headers) {
        return refuse(401, "Invalid API Key provided.");
    }
    match load(&host, &id).await {
        Some(session) => finished(Response::json(200, &session)),
        None => refuse(404, "No such checkout.session."),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Opened {
    session: String,
}

/// The payment page.
pub(super) async fn page(State(host): Shared, Query(opened): Query<Opened>) -> axum::response::Response {
    let Some(session) = load(&host, &opened.session).await else { return unknown(&host).await };
    let amount =
        format!("{}.{:02} {}", session.amount_total / 100, session.amount_total % 100, session.currency.to_uppercase());
    let main = html! {
        h1 { "Pay " (amount) }
        p class="notice" { "This page stands in for the payment processor on this machine. No money moves." }
        @if session.payment_status == "paid" {
            p { "This session is paid." }
            form method="post" action="/__dev/checkout/refund" {
                input type="hidden" name="session" value=(session.id);
                button class="button button-secondary" { "Refund it" }
            }
        } @else {
            form method="post" action="/__dev/checkout" class="stack" {
                input type="hidden" name="session" value=(session.id);
                p { label { "Name " input name="name" autocomplete="name" value="Test Buyer"; } }
                p { label { "E-mail " input type="email" name="email" autocomplete="email" required value="buyer@example.com"; } }
                p { button class="button" { "Pay " (amount) } }
            }
            p { a href=(session.cancel_url) { "Cancel" } }
        }
    };
    host.dev_page(200, "Payment", main).await
}

#[derive(Debug, Deserialize)]
pub(super) struct Payment {
    session: String,
    name: String,
    email: String,
}

/// The button of the payment page: pays, sends the webhook, goes where the shop asked.
pub(super) async fn pay(State(host): Shared, body: Bytes) -> axum::response::Response {
    let Some(payment) = form::<Payment>(&body) else { return unknown(&host).await };
    let Some(mut session) = load(&host, &payment.session).await else { return unknown(&host).await };
    if Email::parse(&payment.email).is_none() {
        return host.dev_page(422, "Payment", html! { h1 { "That is no e-mail address" } }).await;
    }
    if session.payment_status != "paid" {
        session = Session {
            payment_status: "paid".to_owned(),
            status: "complete".to_owned(),
            payment_intent: Some(session.id.replace("cs_test_", "pi_")),
            customer_details: Some(Customer { email: payment.email, name: payment.name }),
            url: None,
            ..session
        };
        if store(&host, &session).await.is_err() {
            return refuse(500, "Something went wrong.");
        }
    }
    // A real processor repeats a webhook that failed; here the success page asks for the session and gets there too.
    deliver(&host, "checkout.session.completed", &json!(session)).await;
    finished(Response::see_other(&session.success_url.replace("{CHECKOUT_SESSION_ID}", &session.id)))
}

/// Gives the money back and sends the webhook.
pub(super) async fn refund(State(host): Shared, body: Bytes) -> axum::response::Response {
    let Some(opened) = form::<Opened>(&body) else { return unknown(&host).await };
    let Some(session) = load(&host, &opened.session).await else { return unknown(&host).await };
    let charge = json!({
        "id": session.id.replace("cs_test_", "ch_"),
        "object": "charge",
        "amount": session.amount_total,
        "amount_refunded": session.amount_total,
        "refunded": true,
        "payment_intent": session.payment_intent,
        "metadata": session.metadata,
    });
    deliver(&host, "charge.refunded", &charge).await;
    finished(Response::see_other(&session.success_url.replace("{CHECKOUT_SESSION_ID}", &session.id)))
}

async fn deliver(host: &Host, kind: &str, object: &Value) {
    if let Err(unavailable) = events::send(host, kind, object).await {
        eprintln!("{unavailable}");
    }
}

async fn plan(host: &Host, price: &str) -> Option<Plan> {
    let site = host.app.site().await.ok()?;
    site.products.into_iter().flat_map(|product| product.plans).find(|plan| plan.stripe_price == price)
}

fn is_authorized(host: &Host, headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let wanted = host.config().stripe_api_key.reveal().map(|key| format!("Bearer {key}"));
    given.is_some() && given.map(str::to_owned) == wanted
}

fn refuse(status: u16, message: &str) -> axum::response::Response {
    finished(Response::json(status, &json!({ "error": { "message": message, "type": "invalid_request_error" } })))
}

async fn unknown(host: &Arc<Host>) -> axum::response::Response {
    host.dev_page(404, "Payment", html! { h1 { "No such payment" } }).await
}

fn form<Form: for<'de> Deserialize<'de>>(body: &[u8]) -> Option<Form> {
    let fields: serde_json::Map<String, Value> = form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect();
    serde_json::from_value(Value::Object(fields)).ok()
}

async fn store(host: &Host, session: &Session) -> std::io::Result<()> {
    let file = file(host, &session.id).ok_or(std::io::ErrorKind::InvalidInput)?;
    let half = file.with_extension("half");
    fs::create_dir_all(host.world().stand_in()).await?;
    fs::write(&half, json!(session).to_string()).await?;
    fs::rename(half, file).await
}

async fn load(host: &Host, id: &str) -> Option<Session> {
    serde_json::from_slice(&fs::read(file(host, id)?).await.ok()?).ok()
}

/// Where a session lies. Its id comes from an address, so it is not taken for a path before it has been looked at.
fn file(host: &Host, id: &str) -> Option<PathBuf> {
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (plain && !id.is_empty()).then(|| host.world().stand_in().join(format!("{id}.json")))
}
