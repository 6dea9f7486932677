//! `PayPal`'s API, as far as we call it: an order or a subscription is opened, an approved order is captured, and both are
//! read. Approved is not paid: nothing is granted before a capture or a sale.
//!
//! <https://developer.paypal.com/docs/api/orders/v2/>, `/docs/api/subscriptions/v1/`.

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::contract::{Context, Recipient, Sent};
use crate::declare;
use crate::domain::id::hex;
use crate::domain::payment::Sold;
use crate::failure::Failure;
use crate::json;
use crate::ports::{Answer, Call, Ports};
use crate::signature::paypal::{Amount as Price, Refused, read_verdict};
use crate::site::{Plan, Product};

/// What `PayPal` is told of a purchase before it is made.
#[derive(Debug, Serialize)]
pub(crate) struct NewOrder {
    intent: &'static str,
    purchase_units: [Unit; 1],
    application_context: ApplicationContext,
}

#[derive(Debug, Serialize)]
struct Unit {
    custom_id: String,
    description: String,
    amount: Amount,
}

#[derive(Debug, Serialize)]
struct Amount {
    currency_code: String,
    value: String,
}

/// Where to lead the buyer, and what the page there is to ask: nothing is shipped, so no address.
#[derive(Debug, Serialize)]
struct ApplicationContext {
    brand_name: String,
    return_url: String,
    cancel_url: String,
    user_action: &'static str,
    shipping_preference: &'static str,
}

declare! {
    Amount {
        currency_code: [PurchaseDetails] for [Deliver];
        value: [PurchaseDetails] for [Deliver];
    }
}

declare! {
    Unit {
        custom_id: [PurchaseDetails] for [Deliver];
        description: [PurchaseDetails] for [Deliver];
        amount: Amount;
    }
}

declare! {
    ApplicationContext {
        brand_name: [NotPersonal] for [Deliver];
        return_url: [NotPersonal] for [Deliver];
        cancel_url: [NotPersonal] for [Deliver];
        user_action: [NotPersonal] for [Deliver];
        shipping_preference: [NotPersonal] for [Deliver];
    }
}

declare! {
    NewOrder {
        intent: [NotPersonal] for [Deliver];
        purchase_units: Unit;
        application_context: ApplicationContext;
    }
}

impl Sent for NewOrder {
    const TO: Recipient = Recipient::Paypal;
    const CONTEXT: Context = Context::Purchase;
}

/// The same for a subscription.
#[derive(Debug, Serialize)]
pub(crate) struct NewSubscription {
    plan_id: String,
    custom_id: String,
    application_context: ApplicationContext,
}

declare! {
    NewSubscription {
        plan_id: [PurchaseDetails] for [Deliver];
        custom_id: [PurchaseDetails] for [Deliver];
        application_context: ApplicationContext;
    }
}

impl Sent for NewSubscription {
    const TO: Recipient = Recipient::Paypal;
    const CONTEXT: Context = Context::Purchase;
}

/// Asks for a token that opens the API for some hours.
#[derive(Debug, Serialize)]
pub(crate) struct TokenRequest {
    grant_type: &'static str,
}

declare! {
    TokenRequest { grant_type: [NotPersonal] for [Deliver]; }
}

impl Sent for TokenRequest {
    const TO: Recipient = Recipient::Paypal;
    const CONTEXT: Context = Context::Purchase;
}

/// A capture says nothing but which order.
#[derive(Debug, Serialize)]
pub(crate) struct CaptureRequest {}

declare! {
    CaptureRequest {}
}

impl Sent for CaptureRequest {
    const TO: Recipient = Recipient::Paypal;
    const CONTEXT: Context = Context::Purchase;
}

/// A report of `PayPal`'s, back to it with the question whether it is genuine. It tells `PayPal` nothing that it did not just
/// tell us.
#[derive(Debug)]
pub(crate) struct Postback {
    text: String,
}

declare! {
    Postback { text: [PurchaseDetails] for [Deliver]; }
}

impl Sent for Postback {
    const TO: Recipient = Recipient::Paypal;
    const CONTEXT: Context = Context::Purchase;
}

impl AsRef<str> for Postback {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

#[derive(Deserialize)]
struct AccessToken {
    access_token: String,
}

#[derive(Deserialize)]
struct Opened {
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    href: String,
    rel: String,
}

/// Opens an order, or a subscription where the plan renews by itself; the address of `PayPal`'s page.
pub(crate) async fn open<World: Ports>(
    app: &App<World>,
    title: &str,
    product: &Product,
    plan: &Plan,
    sold: &Sold,
) -> Result<String, Failure> {
    // The build refuses names that are too long for it.
    let custom_id = sold.custom_id().ok_or(Failure::Processor { why: "the plan's name is too long".to_owned() })?;
    let context = ApplicationContext {
        brand_name: title.to_owned(),
        return_url: format!("{}/checkout/success?provider=paypal", app.config.site_url),
        cancel_url: format!("{}/checkout/cancel", app.config.site_url),
        user_action: if plan.renews { "SUBSCRIBE_NOW" } else { "PAY_NOW" },
        shipping_preference: "NO_SHIPPING",
    };
    let call = if plan.renews {
        let plan_id = plan.paypal_plan.clone().ok_or(Failure::Processor { why: "no plan id".to_owned() })?;
        let subscription = NewSubscription { plan_id, custom_id, application_context: context };
        Call::json(&app.config, "/v1/billing/subscriptions", &subscription)?
    } else {
        let price = Price { minor: plan.price, currency: plan.currency.clone() };
        let amount = Amount { currency_code: price.currency_code(), value: price.value() };
        let unit = Unit { custom_id, description: format!("{}, {}", product.name, plan.name), amount };
        let order = NewOrder { intent: "CAPTURE", purchase_units: [unit], application_context: context };
        Call::json(&app.config, "/v2/checkout/orders", &order)?
    };
    let answer = ask(app, call.with("paypal-request-id", hex(&app.world.random()?))).await?;
    let opened: Option<Opened> = json::read(&answer.body);
    let links = opened.map(|opened| opened.links).unwrap_or_default();
    let approve = links.into_iter().find(|link| matches!(link.rel.as_str(), "approve" | "payer-action"));
    let is_usable = |url: &String| url.starts_with("https://") || (!app.config.livemode && url.starts_with("http://"));
    let url = approve.map(|link| link.href).filter(is_usable);
    url.ok_or(Failure::Processor { why: "paypal answered without a usable address".to_owned() })
}

/// Captures an approved order: only now the money moves. Asking again captures nothing twice, since the request carries
/// the order's own id. The order as it is then; one that the buyer has not approved is read instead.
pub(crate) async fn capture<World: Ports>(app: &App<World>, id: &str) -> Result<Vec<u8>, Failure> {
    let call = Call::json(&app.config, &format!("/v2/checkout/orders/{id}/capture"), &CaptureRequest {})?;
    // Without this header the answer does not name the buyer.
    let call = call.with("paypal-request-id", format!("capture-{id}")).with("prefer", "return=representation");
    match send(app, call).await? {
        Answer { status: 200 | 201, body } => Ok(body),
        // It was captured before, or cannot be yet; what it is now says which.
        Answer { status: 409 | 422, .. } => read(app, "/v2/checkout/orders/", id).await,
        Answer { status: 404, .. } => Err(Failure::NotFound),
        Answer { status, .. } => Err(Failure::Processor { why: format!("paypal answered {status}") }),
    }
}

/// Asks whether a report is genuine. That it does not say so now is no answer.
pub(crate) async fn confirm<World: Ports>(app: &App<World>, text: String) -> Result<Result<(), Refused>, Failure> {
    let call = Call::text(&app.config, "/v1/notifications/verify-webhook-signature", &Postback { text })?;
    let answer = ask(app, call).await?;
    read_verdict(&answer.body).ok_or(Failure::Processor { why: "paypal gave no clear verdict".to_owned() })
}

/// Reads an order.
pub(crate) async fn order<World: Ports>(app: &App<World>, id: &str) -> Result<Vec<u8>, Failure> {
    read(app, "/v2/checkout/orders/", id).await
}

/// Reads a subscription.
pub(crate) async fn subscription<World: Ports>(app: &App<World>, id: &str) -> Result<Vec<u8>, Failure> {
    read(app, "/v1/billing/subscriptions/", id).await
}

async fn read<World: Ports>(app: &App<World>, path: &str, id: &str) -> Result<Vec<u8>, Failure> {
    let call = Call::get(&app.config, Recipient::Paypal, &format!("{path}{id}"))?;
    Ok(ask(app, call).await?.body)
}

/// Calls the API. Any answer but a success or a 404 is a failure of theirs to us.
pub(crate) async fn ask<World: Ports>(app: &App<World>, call: Call) -> Result<Answer, Failure> {
    let answer = send(app, call).await?;
    match answer.status {
        200 | 201 => Ok(answer),
        404 => Err(Failure::NotFound),
        status => Err(Failure::Processor { why: format!("paypal answered {status}") }),
    }
}

async fn send<World: Ports>(app: &App<World>, call: Call) -> Result<Answer, Failure> {
    let token = access_token(app).await?;
    deliver(app, call.with("authorization", format!("Bearer {token}"))).await
}

/// A token for one call. It is a secret, so it is kept nowhere: a purchase takes two or three, which `PayPal` allows.
async fn access_token<World: Ports>(app: &App<World>) -> Result<String, Failure> {
    let config = &app.config.paypal;
    let pair = format!("{}:{}", config.client_id, config.client_secret.reveal().unwrap_or_default());
    let call = Call::form(&app.config, "/v1/oauth2/token", &TokenRequest { grant_type: "client_credentials" })?;
    let call = call.with("authorization", format!("Basic {}", Base64::encode_string(pair.as_bytes())));
    let answer = deliver(app, call).await?;
    let token: Option<AccessToken> = json::read(&answer.body);
    match token.filter(|_| answer.status == 200) {
        Some(token) => Ok(token.access_token),
        None => Err(Failure::Processor { why: format!("paypal gave no access: {}", answer.status) }),
    }
}

async fn deliver<World: Ports>(app: &App<World>, call: Call) -> Result<Answer, Failure> {
    app.world.call(call).await.map_err(|unavailable| Failure::Processor { why: unavailable.to_string() })
}

/// A text that can be an id of `PayPal`'s, and so stand in a path.
pub(crate) fn id(text: &str) -> Option<&str> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_plain && !text.is_empty() && text.len() <= 64).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_an_id_stands_in_a_path() {
        assert!(id("5O190127TN364715T").is_some() && id("I-BW452GLLEP1G").is_some());
        for text in ["", "../x", "a/b", "a?b", "\u{e9}", &"A".repeat(65)] {
            assert_eq!(id(text), None, "{text}");
        }
    }
}
