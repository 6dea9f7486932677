//! The latest release of a product, for plugins that ask in our own words. Everybody may know which version is the latest;
//! the archive is for those whose license is good.

use serde::Serialize;

use crate::app::App;
use crate::contract::{Context, Recipient, Sent};
use crate::declare;
use crate::domain::license::LicenseKey;
use crate::domain::seat::SiteIdentity;
use crate::domain::time::Moment;
use crate::failure::{Failure, FieldError};
use crate::handlers::delivery;
use crate::handlers::license::lookup::{self, Asked};
use crate::http::{Request, Response};
use crate::ports::Ports;
use crate::site::Release;

/// What is known of the latest release.
#[derive(Debug, Serialize)]
pub(crate) struct Manifest {
    product: String,
    version: String,
    date: String,
    security: bool,
    requires: String,
    tested: String,
    requires_php: String,
    notes_html: String,
    changelog_url: String,
    download_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    download_size: Option<u64>,
    reason: Option<&'static str>,
}

declare! {
    Manifest {
        product: [NotPersonal] for [Deliver];
        version: [NotPersonal] for [Deliver];
        date: [NotPersonal] for [Deliver];
        security: [NotPersonal] for [Deliver];
        requires: [NotPersonal] for [Deliver];
        tested: [NotPersonal] for [Deliver];
        requires_php: [NotPersonal] for [Deliver];
        notes_html: [NotPersonal] for [Deliver];
        changelog_url: [NotPersonal] for [Deliver];
        download_url: [PurchaseDetails] for [Deliver];
        download_size: [NotPersonal] for [Deliver];
        reason: [PurchaseDetails] for [Deliver];
    }
}

impl Sent for Manifest {
    const TO: Recipient = Recipient::Holder;
    const CONTEXT: Context = Context::Purchase;
}

/// `GET /api/v1/releases/latest`
pub(crate) async fn latest<World: Ports>(app: &App<World>, request: &Request) -> Result<Response, Failure> {
    let product = request.query_value("product").unwrap_or_default();
    let site = app.site().await?;
    let release = site.latest_finished_release(&product).ok_or(Failure::NotFound)?;
    let mut manifest = Manifest::of(release, &app.config.site_url);
    match license(app, request, &release.product, &release.version).await? {
        Ok(url) => match app.world.archive(&delivery::archive_name(&release.product, &release.version)).await? {
            Some(archive) => (manifest.download_url, manifest.download_size) = (Some(url), Some(archive.size)),
            None => manifest.reason = Some("The file of this version is not there yet. Please check again later."),
        },
        Err(code) => manifest.reason = delivery::why_not(code),
    }
    Ok(Response::json(200, &manifest))
}

/// A link to the archive, or the code that says why there is none.
async fn license<World: Ports>(
    app: &App<World>,
    request: &Request,
    product: &str,
    version: &str,
) -> Result<Result<String, &'static str>, Failure> {
    let site = match request.query_value("site").filter(|site| !site.trim().is_empty()) {
        None => None,
        Some(site) => Some(SiteIdentity::parse(&site).ok_or_else(|| {
            let field = FieldError { field: "site", detail: "is not the address of a site" };
            Failure::InvalidFields { fields: vec![field] }
        })?),
    };
    let Some(key) = request.headers.get("authorization").and_then(key_in) else { return Ok(Err("no_key")) };
    let Some(key) = LicenseKey::parse(key) else { return Ok(Err("malformed_key")) };
    let asked = Asked::new(key, site, Some(product.to_owned()), None);
    let Some(known) = lookup::find(app, request, &asked).await? else { return Ok(Err("not_found")) };
    let code = asked.code(&known, app.now());
    Ok(match delivery::why_not(code) {
        None => Ok(delivery::link(app, &asked.key, &known.state, version)),
        Some(_) => Err(code),
    })
}

/// The key in `License CPP-…`.
fn key_in(header: &str) -> Option<&str> {
    let (scheme, key) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("license").then(|| key.trim())
}

impl Manifest {
    fn of(release: &Release, site_url: &str) -> Self {
        Self {
            product: release.product.clone(),
            version: release.version.clone(),
            date: Moment(release.date).rfc3339(),
            security: release.security,
            requires: release.requires.clone(),
            tested: release.tested.clone(),
            requires_php: release.requires_php.clone(),
            notes_html: release.notes.clone(),
            changelog_url: format!("{site_url}/changelog/"),
            download_url: None,
            download_size: None,
            reason: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_with_its_scheme() {
        assert_eq!(key_in("License CPP-AAAA"), Some("CPP-AAAA"));
        assert_eq!(key_in(" license  CPP-AAAA "), Some("CPP-AAAA"));
        for header in ["", "License", "CPP-AAAA", "Bearer CPP-AAAA", "LicenseCPP"] {
            assert_eq!(key_in(header), None, "{header}");
        }
    }
}
