//! Stripe's API, as far as we call it: a Checkout Session is opened and read, and a buyer is led to the page of their own
//! invoices and cards.
//!
//! Discounts are Stripe's to offer (promotion codes); tax and tax ids are settings of the vendor's account there.
//!
//! <https://docs.stripe.com/api/checkout/sessions>, `/api/customer_portal/sessions`.

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::contract::{Context, Recipient, Sent};
use crate::declare;
use crate::domain::id::hex;
use crate::domain::license::LicenseId;
use crate::domain::payment::Sold;
use crate::failure::Failure;
use crate::ports::{Answer, Call, Ports};
use crate::site::Plan;

/// The version whose field meanings this program was written to; Stripe keeps answering in it.
const VERSION: &str = "2026-10-28.endive";
/// Where a buyer manages cards and invoices; another address is not Stripe's.
const PORTAL: &str = "https://billing.stripe.com/";

/// What Stripe is told of a purchase before it is made: a price of ours, and where to lead the buyer afterwards.
#[derive(Debug, Serialize)]
pub(crate) struct NewSession {
    mode: &'static str,
    line_items: [LineItem; 1],
    success_url: String,
    cancel_url: String,
    customer_creation: Option<&'static str>,
    allow_promotion_codes: bool,
    metadata: Metadata,
    payment_intent_data: Option<Carrying>,
    subscription_data: Option<Carrying>,
}

#[derive(Debug, Serialize)]
struct LineItem {
    price: String,
    quantity: u32,
}

/// What the metadata say was sold; events bring it back.
#[derive(Debug, Clone, Serialize)]
struct Metadata {
    product: String,
    plan: String,
    renews: Option<LicenseId>,
}

/// The same on the payment or the subscription, whose events do not name the session.
#[derive(Debug, Serialize)]
struct Carrying {
    metadata: Metadata,
}

declare! {
    LineItem {
        price: [PurchaseDetails] for [Deliver];
        quantity: [PurchaseDetails] for [Deliver];
    }
}

declare! {
    Metadata {
        product: [PurchaseDetails] for [Deliver];
        plan: [PurchaseDetails] for [Deliver];
        renews: [PurchaseDetails] for [Deliver];
    }
}

declare! {
    Carrying { metadata: Metadata; }
}

declare! {
    NewSession {
        mode: [NotPersonal] for [Deliver];
        line_items: LineItem;
        success_url: [NotPersonal] for [Deliver];
        cancel_url: [NotPersonal] for [Deliver];
        customer_creation: [NotPersonal] for [Deliver];
        allow_promotion_codes: [NotPersonal] for [Deliver];
        metadata: Metadata;
        payment_intent_data: Carrying;
        subscription_data: Carrying;
    }
}

impl Sent for NewSession {
    const TO: Recipient = Recipient::Stripe;
    const CONTEXT: Context = Context::Purchase;
}

/// Whom to show their own page at Stripe, and where to lead them afterwards.
#[derive(Debug, Serialize)]
pub(crate) struct NewPortal {
    customer: String,
    return_url: String,
}

declare! {
    NewPortal {
        customer: [PurchaseDetails] for [Deliver];
        return_url: [PurchaseDetails] for [Deliver];
    }
}

impl Sent for NewPortal {
    const TO: Recipient = Recipient::Stripe;
    const CONTEXT: Context = Context::Purchase;
}

#[derive(Deserialize)]
struct Created {
    url: String,
}

/// Opens a Checkout Session; the address of its page. The metadata is repeated on what is paid, so that a refund says
/// what it is for.
pub(crate) async fn open<World: Ports>(app: &App<World>, plan: &Plan, sold: Sold) -> Result<String, Failure> {
    let site_url = &app.config.site_url;
    let metadata = Metadata { product: sold.product, plan: sold.plan, renews: sold.renews };
    let carrying = Carrying { metadata: metadata.clone() };
    let (payment_intent_data, subscription_data) =
        if plan.renews { (None, Some(carrying)) } else { (Some(carrying), None) };
    let session = NewSession {
        mode: if plan.renews { "subscription" } else { "payment" },
        line_items: [LineItem { price: plan.stripe_price.clone(), quantity: 1 }],
        success_url: format!("{site_url}/checkout/success?session_id={{CHECKOUT_SESSION_ID}}"),
        cancel_url: format!("{site_url}/checkout/cancel"),
        // A subscription always has a customer; without one there is no page of invoices and cards.
        customer_creation: (!plan.renews).then_some("always"),
        allow_promotion_codes: true,
        metadata,
        payment_intent_data,
        subscription_data,
    };
    let call = Call::form(&app.config, "/v1/checkout/sessions", &session)?;
    let call = call.with("idempotency-key", hex(&app.world.random()?));
    created(&ask(app, call).await?, "https://", app.config.livemode)
}

/// The session as Stripe shows it now.
pub(crate) async fn session<World: Ports>(app: &App<World>, id: &str) -> Result<Vec<u8>, Failure> {
    let call = Call::get(&app.config, Recipient::Stripe, &format!("/v1/checkout/sessions/{id}"))?;
    Ok(ask(app, call).await?.body)
}

/// Opens the buyer's own page at Stripe; its address. Each asking opens another, so it carries no idempotency key.
pub(crate) async fn portal<World: Ports>(
    app: &App<World>,
    customer: String,
    return_url: String,
) -> Result<String, Failure> {
    let call = Call::form(&app.config, "/v1/billing_portal/sessions", &NewPortal { customer, return_url })?;
    created(&ask(app, call).await?, PORTAL, app.config.livemode)
}

/// The address in an answer, if it is one that a buyer may be led to.
fn created(answer: &Answer, begins: &str, livemode: bool) -> Result<String, Failure> {
    let created: Option<Created> = serde_json::from_slice(&answer.body).ok();
    let is_usable = |url: &String| url.starts_with(begins) || (!livemode && url.starts_with("http://"));
    let url = created.map(|created| created.url).filter(is_usable);
    url.ok_or(Failure::Processor { why: "stripe answered without a usable address".to_owned() })
}

/// Calls the API. Any answer but a 200 or a 404 is a failure of theirs to us.
async fn ask<World: Ports>(app: &App<World>, call: Call) -> Result<Answer, Failure> {
    let key = app.config.stripe_api_key.reveal().unwrap_or_default();
    let call = call.with("authorization", format!("Bearer {key}")).with("stripe-version", VERSION);
    let answer =
        app.world.call(call).await.map_err(|unavailable| Failure::Processor { why: unavailable.to_string() })?;
    match answer.status {
        200 => Ok(answer),
        404 => Err(Failure::NotFound),
        status => Err(Failure::Processor { why: format!("stripe answered {status}") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buyer_is_led_to_stripe_alone() {
        let lead = |url: &str, livemode| {
            let answer = Answer { status: 200, body: format!(r#"{{"url":"{url}"}}"#).into_bytes() };
            created(&answer, PORTAL, livemode).is_ok()
        };
        for livemode in [true, false] {
            assert!(lead("https://billing.stripe.com/p/session/live_1", livemode));
            for other in ["https://billing.stripe.com.example.net/", "https://example.net/", "javascript:0", ""] {
                assert!(!lead(other, livemode), "{other}");
            }
        }
        assert!(lead("http://127.0.0.1:1/portal", false) && !lead("http://127.0.0.1:1/portal", true));
    }
}
