//! Delivery: a signed link leads to the archive of one release for a day. The license is looked at when the link is made
//! and once more when it is used, so a refund ends the links that are out.

use crate::app::App;
use crate::domain::id::Reference;
use crate::domain::license::{LicenseKey, LicenseState};
use crate::domain::pass::{DOWNLOAD_LIFE, Download, Refused};
use crate::domain::range::{self, Asked};
use crate::failure::{Failure, Refusal};
use crate::handlers::license::lookup;
use crate::http::{Excerpt, Method, Request, Response};
use crate::ports::{Archive, Ports};

/// `GET /download/{token}`
pub(crate) async fn download<World: Ports>(
    app: &App<World>,
    request: &Request,
    token: &str,
) -> Result<Response, Failure> {
    let opened = Download::open(&app.config.license_secret, token, app.now());
    let pass = opened.map_err(|refused| Failure::DownloadLink { detail: what_to_do(refused) })?;
    let state = lookup::held(app, request, &pass.key, &pass.license).await?;
    let code = state.as_ref().map_or("not_found", |state| state.status(app.now()).as_str());
    let detail = why_not(code);
    let Some(state) = state.filter(|_| detail.is_none()) else {
        return Err(Failure::License(Refusal { status: 403, code, detail: detail.unwrap_or_default() }));
    };
    let name = archive_name(&state.product, &pass.version);
    let archive = app.world.archive(&name).await?.ok_or(Failure::NoArchive)?;
    Ok(sent(request, name, archive))
}

/// A link to the archive of a release, for the holder of a license.
pub(crate) fn link<World: Ports>(app: &App<World>, key: &LicenseKey, state: &LicenseState, version: &str) -> String {
    let pass = Download {
        key: Reference::license_key(&app.config.pepper, key.as_str()),
        license: state.id.clone(),
        version: version.to_owned(),
    };
    let pass = pass.issue(&app.config.license_secret, app.now().after(DOWNLOAD_LIFE));
    format!("{}/download/{pass}", app.config.site_url)
}

/// What the archive of a release is called.
pub(crate) fn archive_name(product: &str, version: &str) -> String {
    format!("{product}-{version}.zip")
}

/// Why a license with this code of the API opens no download; `None` when it does.
pub(crate) fn why_not(code: &str) -> Option<&'static str> {
    Some(match code {
        "valid" | "active" | "grace" => return None,
        "no_key" => "Enter your license key to get this version.",
        "malformed_key" => "This is not a license key: its check characters do not agree. Please copy it again.",
        "not_found" => "There is no license with this key.",
        "product_mismatch" => "Your license is for another product.",
        "site_inactive" => "Your license is not active on this site. Activate it, then check for updates again.",
        "expired" => "Your license has expired. Renew it to get this version.",
        "pending" => "The payment for your license has not arrived yet.",
        "suspended" => "The payment for your license is disputed. Please write to us.",
        "refunded" => "The payment for your license was refunded.",
        "too_many_requests" => "Too many questions came from your network. Please check again in a minute.",
        _ => "Your license was revoked. Please write to us.",
    })
}

fn what_to_do(refused: Refused) -> &'static str {
    match refused {
        Refused::Expired => "This download link has expired. Check for updates again to get a new one.",
        Refused::Forged => "This download link is not complete. Copy all of it, or check for updates again.",
    }
}

fn sent(request: &Request, name: String, archive: Archive) -> Response {
    let Archive { size, etag } = archive;
    let (status, bytes) = match wanted(request, &etag).map(|header| range::asked(header, size)) {
        Some(Asked::Beyond) => {
            let response = Response::new(416, "text/plain; charset=utf-8", "The file ends before these bytes.\n");
            return response.with("content-range", format!("bytes */{size}")).with("accept-ranges", "bytes");
        }
        Some(Asked::Part(part)) => (206, part),
        Some(Asked::Whole) | None => (200, 0..size),
    };
    let mut response = Response::new(status, "application/zip", "")
        .with("content-length", (bytes.end - bytes.start).to_string())
        .with("content-disposition", format!("attachment; filename=\"{name}\""))
        .with("accept-ranges", "bytes")
        .with("cache-control", "private, no-store")
        .with("etag", etag.clone());
    if status == 206 {
        response.headers.set("content-range", format!("bytes {}-{}/{size}", bytes.start, bytes.end.saturating_sub(1)));
    }
    response.excerpt = Some(Excerpt { name, etag, bytes });
    response
}

/// The range that is asked for, unless it is of another file than the one that is here now.
fn wanted<'request>(request: &'request Request, etag: &str) -> Option<&'request str> {
    let is_same = request.headers.get("if-range").is_none_or(|known| known.trim() == etag);
    request.headers.get("range").filter(|_| is_same && request.method == Method::Get)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Body, Headers, Network};

    fn answer(method: Method, headers: &[(&str, &str)]) -> Response {
        let mut given = Headers::default();
        for (name, value) in headers {
            given.add((*name).to_owned(), (*value).to_owned());
        }
        let request = Request {
            method,
            secure: true,
            path: "/download/x".to_owned(),
            query: String::new(),
            headers: given,
            network: Network::default(),
            body: Body::Bytes(vec![]),
        };
        sent(&request, "a-1.0.zip".to_owned(), Archive { size: 100, etag: "\"e\"".to_owned() })
    }

    #[test]
    fn an_archive_is_sent_whole_or_in_part() {
        let shown = |headers: &[(&str, &str)]| {
            let response = answer(Method::Get, headers);
            let header = |name: &str| response.headers.get(name).unwrap_or_default().to_owned();
            let bytes = response.excerpt.as_ref().map(|excerpt| excerpt.bytes.clone());
            (response.status, header("content-length"), header("content-range"), bytes)
        };
        let text = str::to_owned;
        for (headers, expected) in [
            (&[][..], (200, text("100"), text(""), Some(0..100))),
            (&[("range", "bytes=10-19")], (206, text("10"), text("bytes 10-19/100"), Some(10..20))),
            (&[("range", "bytes=-5")], (206, text("5"), text("bytes 95-99/100"), Some(95..100))),
            (&[("range", "bytes=0-1,5-6")], (200, text("100"), text(""), Some(0..100))),
            (&[("range", "bytes=200-")], (416, text(""), text("bytes */100"), None)),
            (&[("range", "bytes=0-0"), ("if-range", "\"e\"")], (206, text("1"), text("bytes 0-0/100"), Some(0..1))),
            (&[("range", "bytes=0-0"), ("if-range", "\"f\"")], (200, text("100"), text(""), Some(0..100))),
            (&[("range", "bytes=0-0"), ("if-range", "W/\"e\"")], (200, text("100"), text(""), Some(0..100))),
        ] {
            assert_eq!(shown(headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn a_part_is_asked_for_by_get_alone() {
        assert_eq!(answer(Method::Head, &[("range", "bytes=0-0")]).status, 200);
    }

    #[test]
    fn only_a_good_license_needs_no_sentence() {
        for code in ["valid", "active", "grace"] {
            assert_eq!(why_not(code), None);
        }
        for code in ["expired", "revoked", "site_inactive", "no_key", "anything else"] {
            assert!(why_not(code).is_some_and(|sentence| sentence.ends_with('.')), "{code}");
        }
    }
}
