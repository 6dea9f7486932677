//! `check_license`, `activate_license` and `deactivate_license`: what a license is worth to a site, in EDD's words.
//!
//! What is looked at first is part of the contract: clients show the first thing that is wrong.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::question::{Item, Question};
use crate::app::App;
use crate::contract::{Context, Datum, Recipient, Sent};
use crate::declare;
use crate::domain::id::hex;
use crate::domain::license::{LicenseState, Status};
use crate::domain::time::Moment;
use crate::domain::token::Token;
use crate::domain::vault::{Activated, Grant};
use crate::failure::Failure;
use crate::handlers::license::lookup::{self, Known};
use crate::http::Request;
use crate::ports::Ports;
use crate::site::SiteData;

#[cfg(test)]
mod tests;

/// An answer. Every field is there in every answer, because clients read them without asking whether they are.
#[derive(Debug, Serialize)]
pub(crate) struct Standing {
    success: bool,
    license: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    item_id: Loose,
    item_name: String,
    checksum: String,
    expires: Loose,
    payment_id: u32,
    customer_name: &'static str,
    customer_email: &'static str,
    license_limit: Loose,
    site_count: u32,
    activations_left: Loose,
    price_id: Loose,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_sites: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_local: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<Token>,
}

declare! {
    Standing {
        success: [PurchaseDetails] for [Deliver];
        license: [PurchaseDetails] for [Deliver];
        error: [PurchaseDetails] for [Deliver];
        item_id: [PurchaseDetails] for [Deliver];
        item_name: [PurchaseDetails] for [Deliver];
        checksum: [LicenseKey] for [Deliver];
        expires: [PurchaseDetails] for [Deliver];
        payment_id: [NotPersonal] for [Deliver];
        customer_name: [NotPersonal] for [Deliver];
        customer_email: [NotPersonal] for [Deliver];
        license_limit: [PurchaseDetails] for [Deliver];
        site_count: [PurchaseDetails] for [Deliver];
        activations_left: [PurchaseDetails] for [Deliver];
        price_id: [PurchaseDetails] for [Deliver];
        max_sites: [PurchaseDetails] for [Deliver];
        is_local: [PurchaseDetails] for [Deliver];
        token: [PurchaseDetails] for [Deliver];
    }
}

impl Sent for Standing {
    const TO: Recipient = Recipient::Holder;
    const CONTEXT: Context = Context::Purchase;
}

/// A value whose type says something, as PHP likes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Loose {
    Missing(bool),
    Number(u64),
    Text(String),
}

impl Datum for Loose {}

impl Loose {
    const MISSING: Self = Self::Missing(false);

    /// An id: EDD's own are numbers.
    fn id(text: &str) -> Self {
        let plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if plain => Self::Number(number),
            _ if text.is_empty() => Self::MISSING,
            _ => Self::Text(text.to_owned()),
        }
    }
}

/// `check_license`
pub(super) async fn check<World: Ports>(
    app: &App<World>,
    request: &Request,
    question: &Question,
    site: &SiteData,
) -> Result<Standing, Failure> {
    let blank = Standing::blank(question, site);
    let Ok(key) = question.key() else { return Ok(blank) };
    let asked = question.asked(key);
    let known = match lookup::find(app, request, &asked).await {
        Err(Failure::TooMany) => return Ok(blank.failed("too_many_requests")),
        known => known?,
    };
    let Some(known) = known else { return Ok(blank) };
    let (state, now) = (&known.state, app.now());
    let license = status(state, mismatch(&question.item(), state, site), known.is_active, now);
    let is_of_this_site = !matches!(license, "invalid_item_id" | "item_name_mismatch" | "inactive" | "site_inactive");
    let token = is_of_this_site.then(|| lookup::token(app, &asked, &known));
    Ok(Standing { success: true, license, token, ..blank.about(state, site) })
}

/// `activate_license`
pub(super) async fn activate<World: Ports>(
    app: &App<World>,
    request: &Request,
    question: &Question,
    site: &SiteData,
) -> Result<Standing, Failure> {
    let blank = Standing::blank(question, site);
    let Ok(key) = question.key() else { return Ok(blank.failed("missing")) };
    let asked = question.asked(key);
    let found = match lookup::look(app, request, &asked).await {
        Err(Failure::TooMany) => return Ok(blank.failed("too_many_requests")),
        found => found?,
    };
    let Some((owner, known)) = found else { return Ok(blank.failed("missing")) };
    let state = &known.state;
    let answer = blank.about(state, site);
    let Some(address) = &asked.site else { return Ok(answer.failed("missing_url")) };
    let has_seat = known.is_active || asked.exempt || state.seats_left() != Some(0);
    if let Some(error) = refusal(state, mismatch(&question.item(), state, site), has_seat, app.now()) {
        return Ok(answer.failed(error));
    }
    let Activated { grant, state } = lookup::take_seat(app, &asked, address, &owner, state).await?;
    let Some(state) = state else { return Ok(answer.failed("missing")) };
    let answer = answer.about(&state, site);
    let known = Known { state, is_active: grant == Grant::Granted, token: None };
    // Between the look and the decision of the vault something may have happened; the vault is right.
    Ok(match grant {
        Grant::Granted => Standing {
            success: true,
            license: "valid",
            is_local: asked.exempt.then_some(true),
            token: Some(lookup::token(app, &asked, &known)),
            ..answer
        },
        Grant::NoSeats => answer.failed("no_activations_left"),
        Grant::NotGood => answer.failed(refusal(&known.state, None, true, app.now()).unwrap_or("disabled")),
        Grant::Unknown => answer.failed("missing"),
    })
}

/// `deactivate_license`. EDD refuses it to licenses that have expired, which keeps their holders from moving them to the
/// site that they renew them for, and to sites that are not active, so a repeated request fails. Here both are fine.
pub(super) async fn deactivate<World: Ports>(
    app: &App<World>,
    request: &Request,
    question: &Question,
    site: &SiteData,
) -> Result<Standing, Failure> {
    let blank = Standing { license: "failed", ..Standing::blank(question, site) };
    let failed = |answer: Standing, error| Ok(Standing { error: Some(error), ..answer });
    let Ok(key) = question.key() else { return failed(blank, "missing") };
    let asked = question.asked(key);
    let found = match lookup::look(app, request, &asked).await {
        Err(Failure::TooMany) => return failed(blank, "too_many_requests"),
        found => found?,
    };
    let Some((owner, known)) = found else { return failed(blank, "missing") };
    let answer = blank.about(&known.state, site);
    let Some(address) = &asked.site else { return failed(answer, "missing_url") };
    if let Some(error) = mismatch(&question.item(), &known.state, site) {
        return failed(answer, error);
    }
    let state = lookup::free_seat(app, &asked, address, &owner, &known.state).await?;
    let answer = answer.about(state.as_ref().unwrap_or(&known.state), site);
    Ok(Standing { success: true, license: "deactivated", ..answer })
}

/// The code for a license that is not of the product which the client is.
fn mismatch(item: &Item, state: &LicenseState, site: &SiteData) -> Option<&'static str> {
    let name = site.products.iter().find(|product| product.id == state.product).map(|product| product.name.as_str());
    match item {
        _ if item.is(&state.product, name.unwrap_or(&state.product)) => None,
        Item::Id(_) => Some("invalid_item_id"),
        Item::Unnamed | Item::Name(_) => Some("item_name_mismatch"),
    }
}

/// Whether its term is over, whatever else is known of it.
fn is_over(state: &LicenseState, now: Moment) -> bool {
    let is_past = |end: Moment| end <= now;
    state.expires_at.is_some_and(is_past) && state.grace_until.is_none_or(is_past)
}

/// What `check_license` says of a license that is known.
fn status(state: &LicenseState, mismatch: Option<&'static str>, is_active: bool, now: Moment) -> &'static str {
    if let Some(code) = mismatch {
        return code;
    }
    match state.status(now) {
        _ if is_over(state, now) => "expired",
        Status::Expired => "expired",
        Status::Suspended | Status::Refunded | Status::Revoked => "disabled",
        Status::Pending => "inactive",
        Status::Active | Status::Grace if is_active => "valid",
        Status::Active | Status::Grace if state.seats_used + state.sites_exempt == 0 => "inactive",
        Status::Active | Status::Grace => "site_inactive",
    }
}

/// Why `activate_license` refuses a license that is known.
fn refusal(state: &LicenseState, mismatch: Option<&'static str>, has_seat: bool, now: Moment) -> Option<&'static str> {
    match state.status(now) {
        Status::Pending => Some("inactive"),
        Status::Suspended | Status::Refunded | Status::Revoked => Some("disabled"),
        _ if !has_seat => Some("no_activations_left"),
        Status::Expired => Some("expired"),
        Status::Active | Status::Grace => mismatch,
    }
}

impl Standing {
    /// What is said of a license that is not known.
    fn blank(question: &Question, site: &SiteData) -> Self {
        let (id, item) = (question.get("item_id"), question.item());
        let named = || site.products.iter().find(|product| item.is(&product.id, &product.name));
        let item_name = match &item {
            Item::Unnamed => String::new(),
            Item::Id(_) => named().map(|product| product.name.clone()).unwrap_or_default(),
            Item::Name(_) => item.text().to_owned(),
        };
        let sent = ["item_name", "license", "url", "item_id", "environment"].map(|name| question.get(name));
        let digest = Sha256::digest(sent.join("\n"));
        Self {
            success: false,
            license: "invalid",
            error: None,
            item_id: if matches!(item, Item::Id(_)) { Loose::id(id) } else { Loose::MISSING },
            item_name,
            checksum: hex(digest.get(..16).unwrap_or(&digest)),
            expires: Loose::MISSING,
            payment_id: 0,
            // Real servers say who bought the license, to everybody who has its key. Nobody's name leaves by this door.
            customer_name: "",
            customer_email: "",
            license_limit: Loose::MISSING,
            site_count: 0,
            activations_left: Loose::Number(0),
            price_id: Loose::MISSING,
            max_sites: None,
            is_local: None,
            token: None,
        }
    }

    /// The same with what is known of the license.
    fn about(self, state: &LicenseState, site: &SiteData) -> Self {
        let product = site.products.iter().find(|product| product.id == state.product);
        let name = Some(self.item_name).filter(|name| !name.is_empty());
        Self {
            item_name: name.or_else(|| Some(product?.name.clone())).unwrap_or_default(),
            expires: Loose::Text(state.expires_at.map_or_else(|| "lifetime".to_owned(), date_and_time)),
            license_limit: Loose::Number(state.seats.into()),
            site_count: state.seats_used,
            activations_left: match state.seats_left() {
                Some(left) => Loose::Number(left.into()),
                None => Loose::Text("unlimited".to_owned()),
            },
            price_id: Loose::id(&state.plan),
            ..self
        }
    }

    /// The same as a refusal.
    fn failed(self, error: &'static str) -> Self {
        let max_sites = match self.license_limit {
            Loose::Number(limit) if error == "no_activations_left" => u32::try_from(limit).ok(),
            _ => None,
        };
        Self { success: false, license: "invalid", error: Some(error), max_sites, ..self }
    }
}

/// A moment as databases write it, in UTC: `2027-05-04 09:00:00`.
pub(super) fn date_and_time(moment: Moment) -> String {
    moment.rfc3339().trim_end_matches('Z').replace('T', " ")
}
