//! Buying: a form becomes a Checkout Session of the processor, and a paid session becomes a license on the screen.
//!
//! Prices come from the site's own catalogue; the form names a plan and nothing else.

use maud::html;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::contract::{Context, Recipient, Sent};
use crate::declare;
use crate::domain::id::{Email, hex};
use crate::domain::license::{LicenseId, LicenseState, Reason, Status};
use crate::domain::payment::{Provider, Sold};
use crate::domain::time::Seconds;
use crate::failure::{Failure, FieldError};
use crate::frame::{self, Page};
use crate::handlers::fulfilment::{self, Fulfilment};
use crate::handlers::{paypal, webhook};
use crate::http::{Request, Response};
use crate::json;
use crate::ports::{Answer, Call, Ports};
use crate::signature::checkout::Checkout;
use crate::signature::paypal::{OrderState, SubscriptionState};
use crate::signature::stripe;
use crate::site::{Plan, Product, SiteData};

/// The version whose field meanings this program was written to; Stripe keeps answering in it.
const STRIPE_VERSION: &str = "2026-10-28.endive";
/// The address of a success page opens a license, so it stops doing so after a while. The mail stays.
const KEY_SHOWN_FOR: Seconds = Seconds::days(7);
const SESSION_ID_CHARS_MAX: usize = 200;

/// `POST /checkout`
pub(crate) async fn open<World: Ports>(app: &App<World>, request: &Request, body: &[u8]) -> Result<Response, Failure> {
    const FORM: &str = "application/x-www-form-urlencoded";
    if !request.is_of_type(FORM) {
        return Err(Failure::UnsupportedMediaType { wanted: FORM });
    }
    let site = app.site().await?;
    site.policy_in_force(app.now().0).ok_or(Failure::NoPolicyInForce)?;
    let form: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let field = |name: &str| form.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let sold = site.plan(field("product"), field("plan"));
    let provider = Provider::parse(field("provider")).filter(|provider| site.takes(*provider));
    let mut fields = vec![];
    if sold.is_none() {
        fields.push(FieldError { field: "plan", detail: "is not one of the plans on the pricing page" });
    }
    if provider.is_none() {
        fields.push(FieldError { field: "provider", detail: "is not a payment method we take" });
    }
    let (Some((product, plan)), Some(provider)) = (sold, provider) else {
        return Err(Failure::InvalidFields { fields });
    };
    Ok(Response::see_other(&begin(app, &site, provider, product, plan, None).await?))
}

/// Opens a checkout at a processor; the address of its page. With `renews`, what is bought prolongs that license.
pub(crate) async fn begin<World: Ports>(
    app: &App<World>,
    site: &SiteData,
    provider: Provider,
    product: &Product,
    plan: &Plan,
    renews: Option<LicenseId>,
) -> Result<String, Failure> {
    let sold = Sold { product: product.id.clone(), plan: plan.id.clone(), renews };
    match provider {
        Provider::Stripe => create_session(app, plan, sold).await,
        Provider::Paypal => paypal::open(app, &site.title, product, plan, &sold).await,
    }
}

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

#[derive(Deserialize)]
struct Created {
    url: String,
}

/// Creates a Checkout Session and returns the address of its page. The metadata is repeated on what is paid, so that a
/// refund says what it is for.
async fn create_session<World: Ports>(app: &App<World>, plan: &Plan, sold: Sold) -> Result<String, Failure> {
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
    let answer = ask_stripe(app, call.with("idempotency-key", hex(&app.world.random()?))).await?;
    let created: Option<Created> = json::read(&answer.body);
    let url = created.map(|created| created.url).filter(|url| is_checkout_page(url, app.config.livemode));
    url.ok_or(Failure::Processor { why: "stripe answered without a usable address".to_owned() })
}

fn is_checkout_page(url: &str, livemode: bool) -> bool {
    url.starts_with("https://") || (!livemode && url.starts_with("http://"))
}

/// Calls the Stripe API. Any answer but a 200 or a 404 is a failure of theirs to us.
async fn ask_stripe<World: Ports>(app: &App<World>, call: Call) -> Result<Answer, Failure> {
    let key = app.config.stripe_api_key.reveal().unwrap_or_default();
    let call = call.with("authorization", format!("Bearer {key}")).with("stripe-version", STRIPE_VERSION);
    let answer =
        app.world.call(call).await.map_err(|unavailable| Failure::Processor { why: unavailable.to_string() })?;
    match answer.status {
        200 => Ok(answer),
        404 => Err(Failure::NotFound),
        status => Err(Failure::Processor { why: format!("stripe answered {status}") }),
    }
}

/// `GET /checkout/success`
pub(crate) async fn success<World: Ports>(app: &App<World>, request: &Request) -> Result<Response, Failure> {
    let page = match request.query_value("provider").as_deref() {
        Some("paypal") => paypal_page(app, request).await?,
        _ => stripe_page(app, request).await?,
    };
    let refreshes = page.status == 202;
    let response = frame::page(&app.world, page).await.with("referrer-policy", "no-referrer");
    Ok(if refreshes { response.with("refresh", "5") } else { response })
}

/// Stripe is asked about the session; the license is issued here as well as by its report, whichever comes first.
async fn stripe_page<World: Ports>(app: &App<World>, request: &Request) -> Result<Page, Failure> {
    let id = request.query_value("session_id").unwrap_or_default();
    let plain = id.starts_with("cs_") && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !plain || id.len() > SESSION_ID_CHARS_MAX {
        return Err(Failure::NotFound);
    }
    let call = Call::get(&app.config, Recipient::Stripe, &format!("/v1/checkout/sessions/{id}"))?;
    let answer = ask_stripe(app, call).await.map_err(|failure| match failure {
        // Whoever comes here may have paid already.
        Failure::Processor { why } => Failure::Unconfirmed { why },
        other => other,
    })?;
    let session = stripe::read_session(&answer.body)
        .ok_or(Failure::Unconfirmed { why: "stripe answered with something that is no session".to_owned() })?;
    match session.checkout(app.config.livemode) {
        Err(ignored) if ignored == stripe::NOT_PAID_YET => Ok(pending()),
        Err(ignored) if ignored == stripe::EXPIRED => Ok(expired()),
        Err(_) => Err(Failure::NotFound),
        Ok(checkout) => license_page(app, checkout).await,
    }
}

/// A buyer who comes back from `PayPal` has approved an order, which is captured here, or a subscription.
async fn paypal_page<World: Ports>(app: &App<World>, request: &Request) -> Result<Page, Failure> {
    // Whoever comes here may have paid already.
    let unconfirmed = |failure| match failure {
        Failure::Processor { why } => Failure::Unconfirmed { why },
        other => other,
    };
    if let Some(id) = request.query_value("subscription_id") {
        let id = paypal::id(&id).ok_or(Failure::NotFound)?;
        return match webhook::paypal::subscription(app, id).await.map_err(unconfirmed)? {
            Err(_) => Err(Failure::NotFound),
            Ok(subscription) if subscription.state != SubscriptionState::Active => Ok(pending()),
            Ok(subscription) => license_page(app, webhook::paypal::subscribed(subscription)).await,
        };
    }
    let token = request.query_value("token").unwrap_or_default();
    let id = paypal::id(&token).ok_or(Failure::NotFound)?;
    match webhook::paypal::capture(app, id).await.map_err(unconfirmed)? {
        Err(_) => Err(Failure::NotFound),
        Ok((_, OrderState::Open)) => Ok(expired()),
        Ok((checkout, _)) => license_page(app, checkout).await,
    }
}

async fn license_page<World: Ports>(app: &App<World>, checkout: Checkout) -> Result<Page, Failure> {
    let shown = app.now() < checkout.at.after(KEY_SHOWN_FOR);
    let email = checkout.email.as_ref().map(Email::masked).unwrap_or_default();
    let site = app.site().await?;
    match fulfilment::fulfil(app, checkout).await? {
        Fulfilment::NotOurs => Err(Failure::NotFound),
        Fulfilment::Held => Ok(held(&site)),
        Fulfilment::Opened { state, .. } if state.standing == Status::Pending => Ok(pending()),
        Fulfilment::Opened { state, .. } if state.reason == Reason::PaymentFailed => Ok(failed()),
        Fulfilment::Opened { license, state } => {
            Ok(thanks(&site, shown.then_some(license.key.as_str()), &state, state.status(app.now()), &email))
        }
    }
}

/// `GET /checkout/cancel`
pub(crate) async fn cancel<World: Ports>(app: &App<World>) -> Result<Response, Failure> {
    let main = html! {
        div class="stack" {
            h1 { "Checkout cancelled" }
            p { "Nothing was charged, and nothing was stored here." }
            p { a class="button" href="/pricing/" { "Back to the plans" } }
        }
    };
    Ok(frame::page(&app.world, Page { status: 200, title: "Checkout cancelled".to_owned(), main }).await)
}

fn thanks(site: &SiteData, key: Option<&str>, state: &LicenseState, status: Status, email: &str) -> Page {
    let sold = site.plan(&state.product, &state.plan);
    let main = html! {
        div class="stack" {
            h1 { "Thank you" }
            @match key {
                Some(key) => {
                    p { "This is your license key. We also send it to " strong { (email) } "." }
                    p class="license-key" { code { (key) } }
                }
                None => p class="notice" {
                    "Your license key is no longer shown here. It is in the mail that we sent to " strong { (email) } "."
                }
            }
            dl class="facts" {
                @if let Some((product, plan)) = sold {
                    div { dt { "Plan" } dd { (product.name) ", " (plan.name) } }
                }
                div { dt { "Status" } dd { (status.as_str()) } }
                div { dt { "Sites" } dd { (if state.seats == 0 { "unlimited".to_owned() } else { state.seats.to_string() }) } }
                div { dt { "Valid until" } dd {
                    @match state.expires_at {
                        Some(end) => { @let date = end.rfc3339(); time datetime=(date) { (date.get(..10).unwrap_or(&date)) } }
                        None => "no end"
                    }
                } }
            }
            p { "Questions? Write to " a href={ "mailto:" (site.email) } { (site.email) } "." }
        }
    };
    Page { status: 200, title: "Your license".to_owned(), main }
}

fn pending() -> Page {
    let main = html! {
        div class="stack" {
            h1 { "Waiting for your payment" }
            p class="notice" role="status" {
                "Your bank has not confirmed the payment yet. This page looks again by itself; as soon as the payment is \
                 confirmed, the license appears here and comes by mail."
            }
        }
    };
    Page { status: 202, title: "Waiting for your payment".to_owned(), main }
}

fn failed() -> Page {
    let main = html! {
        div class="stack" {
            h1 { "Your payment did not arrive" }
            p { "Your bank did not confirm it, so no license was issued." }
            p { a class="button" href="/pricing/" { "Back to the plans" } }
        }
    };
    Page { status: 410, title: "Your payment did not arrive".to_owned(), main }
}

fn expired() -> Page {
    let main = html! {
        div class="stack" {
            h1 { "This checkout has expired" }
            p { "Nothing was charged." }
            p { a class="button" href="/pricing/" { "Back to the plans" } }
        }
    };
    Page { status: 410, title: "This checkout has expired".to_owned(), main }
}

fn held(site: &SiteData) -> Page {
    let main = html! {
        div class="stack" {
            h1 { "Thank you" }
            p class="notice" {
                "Your payment arrived, but it needs a look by one of us before the license can be sent. If you do not hear \
                 from us, write to " a href={ "mailto:" (site.email) } { (site.email) } "."
            }
        }
    };
    Page { status: 200, title: "Your payment arrived".to_owned(), main }
}
