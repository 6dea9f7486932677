//! What happens in a story as the request that brings it to the edge.

use edge::config::Config;
use edge::domain::id::Secret;
use edge::domain::license::LicenseKey;
use edge::domain::payment::{Provider, PurchaseId};
use edge::http::{Body, Headers, Method, Network, Request};

use super::checks::Witness;
use super::history::Job;
use super::paypal::{self, Approval};
use super::seats::{Site, Wish};
use super::story::{Act, Asked, FORGED_SECRET, Order, Signature, Story, WEBHOOK_SECRET};
use super::stripe;

/// The request of an act; the cron trigger has none.
pub(super) fn request(act: &Act, story: &Story, witness: &Witness, now: i64, config: &Config) -> Option<Request> {
    let request = match act {
        Act::Tick => return None,
        Act::Report { order, body, signature, .. } if story.orders[*order].paypal.is_some() => {
            let known = &story.orders[*order];
            paypal_report(known, known.paypal.as_ref().expect("looked at"), body, *signature, now)
        }
        Act::Report { body, signature, .. } => {
            // Each try is signed anew.
            let header = match signature {
                Signature::Good => stripe::signature(WEBHOOK_SECRET, now, body),
                Signature::Forged => stripe::signature(FORGED_SECRET, now, body),
                Signature::Old => stripe::signature(WEBHOOK_SECRET, now - 360, body),
            };
            post("/webhooks/stripe", &[("stripe-signature", header)], body.clone())
        }
        Act::Poll { order } => Request {
            method: Method::Get,
            secure: true,
            network: Network::default(),
            path: "/checkout/success".to_owned(),
            query: match &story.orders[*order] {
                Order { id, paypal: Some(_), .. } => format!("provider=paypal&token={id}"),
                Order { id, .. } => format!("session_id={id}"),
            },
            headers: Headers::default(),
            body: Body::Bytes(vec![]),
        },
        Act::Validate { order, key } => {
            let key = license_key(&story.orders[*order], witness.key_of(*order), *key, config);
            let body = format!(r#"{{"license_key":"{key}","product":"plus"}}"#);
            post("/api/v1/licenses/validate", &[("content-type", "application/json".to_owned())], body)
        }
        Act::Seat { order, wish, site } => {
            let known = &story.orders[*order];
            let key = license_key(known, witness.key_of(*order), Asked::Right, config);
            let body = format!(r#"{{"license_key":"{key}","site":"{}","product":"plus"}}"#, site.address(known.buyer));
            let path = match wish {
                Wish::Activate => "/api/v1/licenses/activate",
                Wish::Deactivate => "/api/v1/licenses/deactivate",
                Wish::Verdict => "/api/v1/licenses/validate",
            };
            post(path, &[("content-type", "application/json".to_owned())], body)
        }
        Act::Buy => {
            let form = "product=plus&plan=single&provider=stripe".to_owned();
            post("/checkout", &[("content-type", "application/x-www-form-urlencoded".to_owned())], form)
        }
    };
    Some(request)
}

/// A report of `PayPal`'s. That one was signed long ago is no reason to refuse it.
fn paypal_report(order: &Order, approval: &Approval, body: &str, signature: Signature, now: i64) -> Request {
    let (body, time) = (paypal::filled(body, order, approval), paypal::iso(now));
    let secret = if signature == Signature::Forged { FORGED_SECRET } else { WEBHOOK_SECRET };
    let id = format!("T-{now}");
    let signature = paypal::signature(secret, &id, &time, &body);
    let certificate = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1".to_owned();
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("paypal-transmission-id", id),
        ("paypal-transmission-time", time),
        ("paypal-transmission-sig", signature),
        ("paypal-cert-url", certificate),
        ("paypal-auth-algo", "SHA256withRSA".to_owned()),
    ];
    post("/webhooks/paypal", &headers, body)
}

fn post(path: &str, list: &[(&str, String)], body: String) -> Request {
    let mut headers = Headers::default();
    for (name, value) in list {
        headers.add((*name).to_owned(), value.clone());
    }
    Request {
        method: Method::Post,
        secure: true,
        network: Network::default(),
        path: path.to_owned(),
        query: String::new(),
        headers,
        body: Body::Bytes(body.into_bytes()),
    }
}

/// The key somebody asks for: what the buyer was shown. The right one may be asked for before anybody was shown it, which
/// is how a miss gets cached.
fn license_key(order: &Order, shown: Option<&str>, asked: Asked, config: &Config) -> String {
    let derive = |secret: &Secret| {
        let provider = if order.paypal.is_some() { Provider::Paypal } else { Provider::Stripe };
        let id = PurchaseId { provider, id: order.id.clone() };
        LicenseKey::derive(secret, &id, 1).as_str().to_owned()
    };
    if asked == Asked::Unknown {
        return derive(&Secret::new("another secret").expect("not empty"));
    }
    let key = shown.map_or_else(|| derive(&config.license_secret), str::to_owned);
    match (asked, key.strip_suffix('0')) {
        (Asked::Mistyped, Some(start)) => format!("{start}1"),
        (Asked::Mistyped, None) => format!("{}0", &key[..key.len() - 1]),
        _ => key,
    }
}

/// A job in a few words.
pub(super) fn describe(job: &Job) -> String {
    match job {
        Job::Drain(address) => format!("alarm of {}", &address.name()[..10]),
        Job::Act(act) => match &**act {
            Act::Report { order, body, signature, .. } => {
                let kind = body.split('"').nth(11).unwrap_or_default();
                format!("report {kind} of order {order}, signature {signature:?}: {body}")
            }
            Act::Poll { order } => format!("success page of order {order}"),
            Act::Validate { order, key } => format!("validate the key of order {order}: {key:?}"),
            Act::Seat { order, wish, site } => {
                let Site { number, spelling } = site;
                format!("{wish:?} the key of order {order} on site {number} as {spelling}")
            }
            Act::Buy => "checkout".to_owned(),
            Act::Tick => "cron".to_owned(),
        },
    }
}
