//! Events as the processor would send them: signed with the endpoint's secret, over the bytes that go out.

use hmac::Mac;
use serde_json::{Value, json};

use crate::domain::id::hex;
use crate::hosts::native::Host;
use crate::http::{Body, Headers, Method, Network, Request};
use crate::ports::{Clock, Entropy, Unavailable};

/// Sends an event to the site's own webhook.
pub(super) async fn send(host: &Host, kind: &str, object: &Value) -> Result<(), Unavailable> {
    let (now, id) = (host.world().now(), hex(&host.world().random()?));
    let event = json!({
        "id": format!("evt_{id}"),
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": now.0,
        "livemode": host.config().livemode,
        "type": kind,
        "data": { "object": object },
    });
    let body = event.to_string();
    let time = now.0.to_string();
    let signatures: String = host.config().stripe_webhook_secrets.iter().fold(String::new(), |list, secret| {
        let tag = secret.mac().chain_update(&time).chain_update(".").chain_update(&body).finalize().into_bytes();
        format!("{list},v1={}", hex(&tag))
    });
    let mut headers = Headers::default();
    headers.add("content-type", "application/json; charset=utf-8");
    headers.add("stripe-signature", format!("t={time}{signatures}"));
    // It is handed to the core at once: the site's address may be another machine's, and no stand-in talks to those.
    let (path, body) = ("/webhooks/stripe".to_owned(), Body::Bytes(body.into_bytes()));
    let report = Request {
        method: Method::Post,
        secure: true,
        path,
        query: String::new(),
        headers,
        network: Network::default(),
        body,
    };
    match host.ask(report).await.map(|answer| answer.status) {
        Some(200) => Ok(()),
        status => Err(Unavailable { what: "webhook", why: format!("answered {status:?}") }),
    }
}
