//! `PayPal` on a developer's machine: its page, and the calls of its orders API that the core makes, in the shapes of
//! <https://developer.paypal.com/docs/api/orders/v2/>. It signs no reports: a purchase ends when the buyer comes back and
//! the core captures the order, as it does with the real one when a report is late.
#![expect(clippy::indexing_slicing, reason = "a JSON value answers null for what is not there, and takes what is new")]

use std::path::PathBuf;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use maud::html;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::fs;

use super::{Shared, finished};
use crate::domain::id::{Email, hex};
use crate::hosts::native::Host;
use crate::http::Response;
use crate::ports::{Clock, Entropy};

/// What opens the stand-in's API; the real one gives a new one every few hours.
const ACCESS: &str = "access-of-the-stand-in";

/// `POST /v1/oauth2/token`
pub(super) async fn token() -> axum::response::Response {
    finished(Response::json(200, &json!({ "access_token": ACCESS, "token_type": "Bearer", "expires_in": 32_400 })))
}

/// `POST /v2/checkout/orders`
pub(super) async fn create(State(host): Shared, headers: HeaderMap, body: Bytes) -> axum::response::Response {
    let (Ok(mut order), Ok(random)) = (serde_json::from_slice::<Value>(&body), host.world().random()) else {
        return refuse(400, "INVALID_REQUEST");
    };
    let id = hex(&random).to_uppercase();
    order["id"] = json!(id);
    order["status"] = json!("CREATED");
    order["create_time"] = json!(host.world().now().rfc3339());
    order["links"] =
        json!([{ "rel": "approve", "href": format!("{}/__dev/paypal/approve?token={id}", host.config().site_url) }]);
    match (is_authorized(&headers), store(&host, &order).await) {
        (true, Ok(())) => finished(Response::json(201, &order)),
        _ => refuse(401, "AUTHENTICATION_FAILURE"),
    }
}

/// `GET /v2/checkout/orders/{id}`
pub(super) async fn read(State(host): Shared, Path(id): Path<String>, headers: HeaderMap) -> axum::response::Response {
    match load(&host, &id).await.filter(|_| is_authorized(&headers)) {
        Some(order) => finished(Response::json(200, &order)),
        None => refuse(404, "RESOURCE_NOT_FOUND"),
    }
}

/// `POST /v2/checkout/orders/{id}/capture`
pub(super) async fn capture(
    State(host): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> axum::response::Response {
    let Some(mut order) = load(&host, &id).await.filter(|_| is_authorized(&headers)) else {
        return refuse(404, "RESOURCE_NOT_FOUND");
    };
    if order["status"] != "APPROVED" {
        return refuse(
            422,
            if order["status"] == "COMPLETED" { "ORDER_ALREADY_CAPTURED" } else { "ORDER_NOT_APPROVED" },
        );
    }
    let unit = &mut order["purchase_units"][0];
    let capture = json!({
        "id": format!("{}C", id.get(..16).unwrap_or_default()),
        "status": "COMPLETED",
        "amount": unit["amount"],
        "custom_id": unit["custom_id"],
        "create_time": host.world().now().rfc3339(),
    });
    unit["payments"] = json!({ "captures": [capture] });
    order["status"] = json!("COMPLETED");
    match store(&host, &order).await {
        Ok(()) => finished(Response::json(201, &order)),
        Err(_) => refuse(500, "INTERNAL_SERVER_ERROR"),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Opened {
    token: String,
}

/// The page where a buyer approves an order.
pub(super) async fn page(State(host): Shared, Query(opened): Query<Opened>) -> axum::response::Response {
    let Some(order) = load(&host, &opened.token).await else { return unknown(&host).await };
    let unit = &order["purchase_units"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let amount = format!("{} {}", text(&unit["amount"]["value"]), text(&unit["amount"]["currency_code"]));
    let main = html! {
        h1 { "Pay " (amount) " with PayPal" }
        p class="notice" { "This page stands in for PayPal on this machine. No money moves." }
        form method="post" action="/__dev/paypal/approve" class="stack" {
            input type="hidden" name="token" value=(opened.token);
            p { label { "Name " input name="name" autocomplete="name" value="Test Buyer"; } }
            p { label { "E-mail " input type="email" name="email" autocomplete="email" required value="buyer@example.com"; } }
            p { button class="button" { "Pay " (amount) } }
        }
        p { a href=(text(&order["application_context"]["cancel_url"])) { "Cancel" } }
    };
    host.dev_page(200, "PayPal", main).await
}

/// The button of that page: approves, and goes where the shop asked.
pub(super) async fn approve(State(host): Shared, body: Bytes) -> axum::response::Response {
    let field = |name: &str| {
        form_urlencoded::parse(&body).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    };
    let (Some(token), Some(email)) = (field("token"), field("email")) else { return unknown(&host).await };
    let Some(mut order) = load(&host, &token).await else { return unknown(&host).await };
    if Email::parse(&email).is_none() {
        return host.dev_page(422, "PayPal", html! { h1 { "That is no e-mail address" } }).await;
    }
    if order["status"] == "CREATED" {
        let name = field("name").unwrap_or_default();
        let (given, surname) = name.split_once(' ').unwrap_or((&name, ""));
        order["status"] = json!("APPROVED");
        order["payer"] = json!({ "email_address": email, "payer_id": "STANDIN00",
            "name": { "given_name": given, "surname": surname } });
        if store(&host, &order).await.is_err() {
            return refuse(500, "INTERNAL_SERVER_ERROR");
        }
    }
    let back = order["application_context"]["return_url"].as_str().unwrap_or_default();
    finished(Response::see_other(&format!("{back}&token={token}&PayerID=STANDIN00")))
}

fn is_authorized(headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    given.and_then(|given| given.strip_prefix("Bearer ")) == Some(ACCESS)
}

fn refuse(status: u16, name: &str) -> axum::response::Response {
    finished(Response::json(status, &json!({ "name": name, "message": "The stand-in refuses.", "details": [] })))
}

async fn unknown(host: &Host) -> axum::response::Response {
    host.dev_page(404, "PayPal", html! { h1 { "No such order" } }).await
}

async fn store(host: &Host, order: &Value) -> std::io::Result<()> {
    let id = order["id"].as_str().unwrap_or_default();
    let file = file(host, id).ok_or(std::io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(host.world().stand_in()).await?;
    let half = file.with_extension("half");
    fs::write(&half, order.to_string()).await?;
    fs::rename(half, file).await
}

async fn load(host: &Host, id: &str) -> Option<Value> {
    serde_json::from_slice(&fs::read(file(host, id)?).await.ok()?).ok()
}

/// Where an order lies. Its id comes from an address, so it is not taken for a path before it has been looked at.
fn file(host: &Host, id: &str) -> Option<PathBuf> {
    let is_plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_plain.then(|| host.world().stand_in().join(format!("paypal-{id}.json")))
}
