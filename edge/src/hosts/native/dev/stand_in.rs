//! The processor's side on a developer's machine: the calls of its API that the core makes, in the shapes of
//! <https://docs.stripe.com/api/checkout/sessions> and `/api/customer_portal/sessions`. What a buyer does on its pages is in
//! [`page`], what it reports of that in [`act`].
//!
//! Sessions lie in a folder of their own, beside the store and not in it: they are what the processor knows, so they survive
//! a restart and are no record of ours.

use std::path::PathBuf;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::fs;

use super::{Shared, finished};
use crate::domain::id::hex;
use crate::hosts::native::Host;
use crate::http::Response;
use crate::ports::{Clock, Entropy};
use crate::site::Plan;

mod act;
pub(super) mod page;

/// A Checkout Session, as far as the core and the pages need it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) id: String,
    object: String,
    mode: String,
    url: Option<String>,
    pub(super) status: String,
    payment_status: String,
    payment_intent: Option<String>,
    subscription: Option<String>,
    customer: Option<String>,
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

/// A session with what became of it since, which its own API object does not say.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) session: Session,
    /// Id of the price, which reports of a subscription name.
    price: String,
    /// Invoices of the subscription that were paid so far.
    invoices: u32,
    /// The end of what they paid for.
    paid_until: Option<i64>,
    /// What was done since it was paid, in words for the page.
    done: Vec<String>,
}

/// The buyer's own page, as it was asked for.
#[derive(Debug, Serialize, Deserialize)]
struct Portal {
    id: String,
    object: String,
    customer: String,
    return_url: String,
    url: String,
    created: i64,
    livemode: bool,
}

impl Session {
    fn is_subscription(&self) -> bool {
        self.mode == "subscription"
    }

    fn is_paid(&self) -> bool {
        self.payment_status == "paid"
    }

    fn amount(&self) -> String {
        let (whole, rest) = (self.amount_total / 100, self.amount_total % 100);
        format!("{whole}.{rest:02} {}", self.currency.to_uppercase())
    }

    /// An id of something that belongs to this session.
    fn related(&self, prefix: &str) -> String {
        self.id.replace("cs_test_", prefix)
    }
}

/// `POST /v1/checkout/sessions`
pub(super) async fn create_session(State(host): Shared, headers: HeaderMap, body: Bytes) -> axum::response::Response {
    if !is_authorized(&host, &headers) {
        return refuse(401, "Invalid API Key provided.");
    }
    let form = fields(&body);
    let field = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let price = field("line_items[0][price]").unwrap_or_default();
    let Some(plan) = plan(&host, &price).await else { return refuse(400, "No such price.") };
    let mode = field("mode").unwrap_or_default();
    // The real one refuses a price of the other kind as well.
    if mode != if plan.renews { "subscription" } else { "payment" } {
        return refuse(400, "The price does not fit the mode.");
    }
    let (Some(success_url), Some(cancel_url)) = (field("success_url"), field("cancel_url")) else {
        return refuse(400, "Missing required param: success_url or cancel_url.");
    };
    let Ok(random) = host.world().random() else { return refuse(500, "Something went wrong.") };
    let id = format!("cs_test_{}", hex(&random));
    let session = Session {
        url: Some(format!("{}/__dev/checkout?session={id}", host.config().site_url)),
        id,
        object: "checkout.session".to_owned(),
        mode,
        status: "open".to_owned(),
        payment_status: "unpaid".to_owned(),
        payment_intent: None,
        subscription: None,
        customer: None,
        amount_subtotal: plan.price,
        amount_total: plan.price,
        currency: plan.currency,
        created: host.world().now().0,
        livemode: host.config().livemode,
        customer_details: None,
        metadata: Value::Object(nested(&form, "metadata")),
        success_url,
        cancel_url,
    };
    let kept = Kept { session, price, invoices: 0, paid_until: None, done: vec![] };
    match store(&host, &kept.session.id, &kept).await {
        Ok(()) => finished(Response::json(200, &kept.session)),
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
    match load::<Kept>(&host, &id).await {
        Some(kept) => finished(Response::json(200, &kept.session)),
        None => refuse(404, "No such checkout.session."),
    }
}

/// `POST /v1/billing_portal/sessions`
pub(super) async fn create_portal(State(host): Shared, headers: HeaderMap, body: Bytes) -> axum::response::Response {
    if !is_authorized(&host, &headers) {
        return refuse(401, "Invalid API Key provided.");
    }
    let form = fields(&body);
    let field = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let (Some(customer), Some(return_url)) = (field("customer"), field("return_url")) else {
        return refuse(400, "Missing required param: customer or return_url.");
    };
    if !sessions(&host).await.iter().any(|kept| kept.session.customer.as_ref() == Some(&customer)) {
        return refuse(400, "No such customer.");
    }
    let Ok(random) = host.world().random() else { return refuse(500, "Something went wrong.") };
    let id = format!("bps_{}", hex(&random));
    let portal = Portal {
        url: format!("{}/__dev/portal?session={id}", host.config().site_url),
        id,
        object: "billing_portal.session".to_owned(),
        customer,
        return_url,
        created: host.world().now().0,
        livemode: host.config().livemode,
    };
    match store(&host, &portal.id, &portal).await {
        Ok(()) => finished(Response::json(200, &portal)),
        Err(_) => refuse(500, "Something went wrong."),
    }
}

/// All sessions, newest first.
pub(super) async fn sessions(host: &Host) -> Vec<Kept> {
    let mut all = vec![];
    let Ok(mut entries) = fs::read_dir(host.world().stand_in()).await else { return all };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let name = entry.file_name().into_string().unwrap_or_default();
        if let Some(id) = name.strip_suffix(".json").filter(|id| id.starts_with("cs_")) {
            all.extend(load::<Kept>(host, id).await);
        }
    }
    all.sort_by(|one, other| (other.session.created, &other.session.id).cmp(&(one.session.created, &one.session.id)));
    all
}

async fn plan(host: &Host, price: &str) -> Option<Plan> {
    let site = host.app.site().await.ok()?;
    site.products.iter().flat_map(|product| &product.plans).find(|plan| plan.stripe_price == price).cloned()
}

fn is_authorized(host: &Host, headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let wanted = host.config().stripe_api_key.reveal().map(|key| format!("Bearer {key}"));
    given.is_some() && given.map(str::to_owned) == wanted
}

fn refuse(status: u16, message: &str) -> axum::response::Response {
    finished(Response::json(status, &json!({ "error": { "message": message, "type": "invalid_request_error" } })))
}

fn fields(body: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(body).into_owned().collect()
}

/// The values of `name[key]`.
fn nested(form: &[(String, String)], name: &str) -> Map<String, Value> {
    let key = |field: &str| Some(field.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?.to_owned());
    form.iter().filter_map(|(field, value)| Some((key(field)?, json!(value)))).collect()
}

async fn store(host: &Host, id: &str, what: &impl Serialize) -> std::io::Result<()> {
    let file = file(host, id).ok_or(std::io::ErrorKind::InvalidInput)?;
    let half = file.with_extension("half");
    fs::create_dir_all(host.world().stand_in()).await?;
    fs::write(&half, json!(what).to_string()).await?;
    fs::rename(half, file).await
}

async fn load<Type: DeserializeOwned>(host: &Host, id: &str) -> Option<Type> {
    serde_json::from_slice(&fs::read(file(host, id)?).await.ok()?).ok()
}

/// Where a session lies. Its id comes from an address, so it is not taken for a path before it has been looked at.
fn file(host: &Host, id: &str) -> Option<PathBuf> {
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (plain && !id.is_empty()).then(|| host.world().stand_in().join(format!("{id}.json")))
}
