//! What a license key is worth. A good answer comes from the view near the asker and may be a minute old; a bad one is
//! first confirmed by the vault, so that a buyer is never turned away by a stale copy.

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::contract::{Context, Recipient, Sent};
use crate::declare;
use crate::domain::id::Reference;
use crate::domain::license::{LicenseKey, LicenseState, Status};
use crate::domain::time::Moment;
use crate::domain::vault::{Command, Named, Reply};
use crate::failure::{Failure, FieldError};
use crate::http::{Request, Response};
use crate::ports::{Ports, Unavailable};
use crate::signature::json;
use crate::store;

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
    license: Option<Shown>,
}

declare! {
    Verdict {
        valid: [PurchaseDetails] for [Deliver];
        code: [PurchaseDetails] for [Deliver];
        license: Shown;
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
    product: String,
    plan: String,
    expires_at: Option<String>,
    seats: u32,
    seats_used: u32,
    sites_exempt: u32,
}

declare! {
    Shown {
        status: [PurchaseDetails] for [Deliver];
        product: [PurchaseDetails] for [Deliver];
        plan: [PurchaseDetails] for [Deliver];
        expires_at: [PurchaseDetails] for [Deliver];
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
    if !request.is_of_type("application/json") {
        return Err(Failure::UnsupportedMediaType { wanted: "application/json" });
    }
    let question: Question = json::read(body).ok_or(Failure::BadRequest {
        detail: "The body has to be a JSON object with license_key and optionally site, product and version, each once.",
    })?;
    question.check()?;
    let verdict = match LicenseKey::parse(&question.license_key) {
        None => Verdict { valid: false, code: "malformed_key", license: None },
        Some(key) => match state_of(app, &key).await? {
            None => Verdict { valid: false, code: "not_found", license: None },
            Some(state) => judge(state, question.product.as_deref(), app.now()),
        },
    };
    Ok(Response::json(200, &verdict))
}

impl Question {
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
}

async fn state_of<World: Ports>(app: &App<World>, key: &LicenseKey) -> Result<Option<LicenseState>, Unavailable> {
    let reference = Reference::license_key(&app.config.pepper, key.as_str());
    // A store that does not answer is no reason to fail while the vault does.
    let view = store::license_view(&app.world, &reference).await.unwrap_or(None);
    if let Some(state) = view.filter(|state| state.status(app.now()).is_good()) {
        return Ok(Some(state));
    }
    let Some(owner) = store::resolve(&app.world, &reference).await? else { return Ok(None) };
    match store::vault(&app.world, &owner, Command::Find { license: Named::Key { key: key.clone() } }).await? {
        Reply::Found { state } => Ok(state),
        _ => Ok(None),
    }
}

fn judge(state: LicenseState, product: Option<&str>, now: Moment) -> Verdict {
    let status = state.status(now);
    let code = match status {
        _ if product.is_some_and(|product| product != state.product) => "product_mismatch",
        Status::Active => "valid",
        other => other.as_str(),
    };
    let license = Shown {
        status: status.as_str(),
        product: state.product,
        plan: state.plan,
        expires_at: state.expires_at.map(Moment::rfc3339),
        seats: state.seats,
        seats_used: state.seats_used,
        sites_exempt: state.sites_exempt,
    };
    Verdict { valid: matches!(code, "valid" | "grace"), code, license: Some(license) }
}
