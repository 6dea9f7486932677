//! Events as the processor would send them: signed with the endpoint's secret, over the bytes that go out.

use hmac::Mac;
use serde_json::{Value, json};

use crate::domain::id::hex;
use crate::hosts::native::Host;
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
    let headers = [
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("stripe-signature", format!("t={time}{signatures}")),
    ];
    let url = format!("{}/webhooks/stripe", host.config().site_url);
    match host.world().report(url, headers, body).await? {
        200 => Ok(()),
        status => Err(Unavailable { what: "webhook", why: format!("answered {status}") }),
    }
}
