//! The license API: what a key is worth, and where it is active. A good answer comes from the view near the asker and may
//! be a minute old; a bad one is first confirmed by the vault, so that a buyer is never turned away by a stale copy.

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::contract::{Context, Recipient, Sent};
use crate::declare;
use crate::domain::license::{LicenseKey, LicenseState};
use crate::domain::seat::SiteIdentity;
use crate::domain::time::Moment;
use crate::domain::token::Token;
use crate::domain::vault::Grant;
use crate::failure::{Failure, FieldError, Refusal};
use crate::http::{Request, Response};
use crate::json;
use crate::ports::Ports;

pub(crate) mod lookup;

use lookup::{Asked, Known};

const KEY_CHARS_MAX: usize = 100;
const FIELD_CHARS_MAX: usize = 2_000;

/// A question about a license.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    license_key: String,
    #[serde(default)]
    site: Option<String>,
    #[serde(default)]
    product: Option<String>,
    #[serde(default)]
    version: Option<String>,
}

/// The answer to it.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    valid: bool,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    did_you_mean: Option<LicenseKey>,
    license: Option<Shown>,
    /// It names the site that asks, to that site: nothing that it did not just say.
    token: Option<Token>,
}

declare! {
    Verdict {
        valid: [PurchaseDetails] for [Deliver];
        code: [PurchaseDetails] for [Deliver];
        did_you_mean: [LicenseKey] for [Deliver];
        license: Shown;
        token: [PurchaseDetails] for [Deliver];
    }
}

impl Sent for Verdict {
    const TO: Recipient = Recipient::Holder;
    const CONTEXT: Context = Context::Purchase;
}

/// A license as its holder's site may see it.
#[derive(Debug, Serialize)]
struct Shown {
    status: &'static str,
    reason: &'static str,
    since: String,
    product: String,
    plan: String,
    expires_at: Option<String>,
    grace_until: Option<String>,
    renews: bool,
    seats: u32,
    seats_used: u32,
    sites_exempt: u32,
}

declare! {
    Shown {
        status: [PurchaseDetails] for [Deliver];
        reason: [PurchaseDetails] for [Deliver];
        since: [PurchaseDetails] for [Deliver];
        product: [PurchaseDetails] for [Deliver];
        plan: [PurchaseDetails] for [Deliver];
        expires_at: [PurchaseDetails] for [Deliver];
        grace_until: [PurchaseDetails] for [Deliver];
        renews: [PurchaseDetails] for [Deliver];
        seats: [PurchaseDetails] for [Deliver];
        seats_used: [PurchaseDetails] for [Deliver];
        sites_exempt: [PurchaseDetails] for [Deliver];
    }
}

/// `POST /api/v1/licenses/validate`
pub(crate) async fn validate<World: Ports>(
    app: &App<World>,
    request: &Request,
    body: &[u8],
) -> Result<Response, Failure> {
    let question = Question::read(request, body)?;
    let Some(key) = LicenseKey::parse(&question.license_key) else {
        let did_you_mean = LicenseKey::suggest(&question.license_key);
        let verdict = Verdict { valid: false, code: "malformed_key", did_you_mean, license: None, token: None };
        return Ok(Response::json(200, &verdict));
    };
    let asked = question.asked(key)?;
    let verdict = match lookup::find(app, request, &asked).await? {
        None => Verdict { valid: false, code: "not_found", did_you_mean: None, license: None, token: None },
        Some(known) => judge(app, &asked, known),
    };
    Ok(Response::json(200, &verdict))
}

/// `POST /api/v1/licenses/activate`
pub(crate) async fn activate<World: Ports>(
    app: &App<World>,
    request: &Request,
    body: &[u8],
) -> Result<Response, Failure> {
    let (asked, site) = Question::read(request, body)?.asked_of_site()?;
    let activated = lookup::activate(app, request, &asked, &site).await?;
    let state = activated.state.ok_or(refused(404, "not_found"))?;
    match activated.grant {
        Grant::Granted => {}
        Grant::Unknown => return Err(refused(404, "not_found")),
        Grant::NoSeats => return Err(refused(409, "no_activations_left")),
        Grant::NotGood => return Err(refused(403, state.status(app.now()).as_str())),
    }
    Ok(Response::json(200, &judge(app, &asked, Known { state, is_active: true, token: None })))
}

/// `POST /api/v1/licenses/deactivate`
pub(crate) async fn deactivate<World: Ports>(
    app: &App<World>,
    request: &Request,
    body: &[u8],
) -> Result<Response, Failure> {
    let (asked, site) = Question::read(request, body)?.asked_of_site()?;
    let state = lookup::deactivate(app, request, &asked, &site).await?.ok_or(refused(404, "not_found"))?;
    Ok(Response::json(200, &judge(app, &asked, Known { state, is_active: false, token: None })))
}

/// Why a license does not allow what was asked.
fn refused(status: u16, code: &'static str) -> Failure {
    let detail = match code {
        "malformed_key" => "This is not a license key: its check characters do not agree.",
        "not_found" => "There is no license with this key.",
        "product_mismatch" => "The license is for another product.",
        "no_activations_left" => "All sites of this license are taken. Deactivate one of them first.",
        "expired" => "The license has expired. Renew it to activate it on more sites.",
        "pending" => "The payment for this license has not arrived yet.",
        "suspended" => "The payment for this license is disputed.",
        "refunded" => "The payment for this license was refunded.",
        _ => "The license was revoked.",
    };
    Failure::License(Refusal { status, code, detail })
}

impl Question {
    fn read(request: &Request, body: &[u8]) -> Result<Self, Failure> {
        if !request.is_of_type("application/json") {
            return Err(Failure::UnsupportedMediaType { wanted: "application/json" });
        }
        let question: Self = json::read(body).ok_or(Failure::BadRequest {
            detail: "The body has to be a JSON object with license_key and optionally site, product and version, each once.",
        })?;
        question.check()?;
        Ok(question)
    }

    fn check(&self) -> Result<(), Failure> {
        let optional = [("site", &self.site), ("product", &self.product), ("version", &self.version)];
        let too_long =
            optional.into_iter().filter(|(_, value)| value.as_ref().is_some_and(|v| v.len() > FIELD_CHARS_MAX));
        let mut fields: Vec<FieldError> =
            too_long.map(|(field, _)| FieldError { field, detail: "is longer than 2,000 bytes" }).collect();
        if self.license_key.len() > KEY_CHARS_MAX {
            fields.push(FieldError { field: "license_key", detail: "is longer than 100 bytes" });
        }
        if fields.is_empty() { Ok(()) } else { Err(Failure::InvalidFields { fields }) }
    }

    fn asked(self, key: LicenseKey) -> Result<Asked, Failure> {
        let site = match self.site.as_deref().map(str::trim).filter(|site| !site.is_empty()) {
            None => None,
            Some(site) => Some(SiteIdentity::parse(site).ok_or_else(|| {
                let field = FieldError { field: "site", detail: "is not the address of a site" };
                Failure::InvalidFields { fields: vec![field] }
            })?),
        };
        Ok(Asked::new(key, site, self.product, self.version))
    }

    /// The same where a site has to be named.
    fn asked_of_site(self) -> Result<(Asked, SiteIdentity), Failure> {
        let key = LicenseKey::parse(&self.license_key).ok_or(refused(404, "malformed_key"))?;
        let asked = self.asked(key)?;
        let Some(site) = asked.site.clone() else {
            let field = FieldError { field: "site", detail: "has to name the site" };
            return Err(Failure::InvalidFields { fields: vec![field] });
        };
        Ok((asked, site))
    }
}

/// What a known license is worth to whoever asked. There is no token that a site could show to itself as good while it
/// is not: one is signed only for what the license is worth where it was asked.
fn judge<World: Ports>(app: &App<World>, asked: &Asked, known: Known) -> Verdict {
    let now = app.now();
    let code = asked.code(&known, now);
    let is_signed = !matches!(code, "site_inactive" | "product_mismatch");
    let token = is_signed.then(|| lookup::token(app, asked, &known));
    let license = Some(shown(known.state, now));
    Verdict { valid: matches!(code, "valid" | "grace"), code, did_you_mean: None, license, token }
}

fn shown(state: LicenseState, now: Moment) -> Shown {
    let worth = state.worth(now);
    Shown {
        status: worth.status.as_str(),
        reason: worth.reason.as_str(),
        since: worth.since.rfc3339(),
        product: state.product,
        plan: state.plan,
        expires_at: state.expires_at.map(Moment::rfc3339),
        grace_until: state.grace_until.map(Moment::rfc3339),
        renews: state.renews,
        seats: state.seats,
        seats_used: state.seats_used,
        sites_exempt: state.sites_exempt,
    }
}
