//! The files of the site, and what the site says about itself.

use crate::app::App;
use crate::failure::Failure;
use crate::http::{Method, Request, Response};
use crate::ports::{Asset, Assets, Found, Ports, Unavailable};
use crate::site::SiteData;

/// Pages are asked for anew each time, so that a new policy version is seen at once.
const PAGE_CACHE: &str = "public, max-age=0, must-revalidate";
/// Names under `/assets/` carry a hash of their contents.
const HASHED_CACHE: &str = "public, max-age=31536000, immutable";

/// Where the frame of the edge's own pages lies.
const SHELL_FOLDER: &str = "/_shell";

/// Answers a request for a file.
pub(crate) async fn serve<World: Ports>(app: &App<World>, request: &Request) -> Result<Response, Failure> {
    if !matches!(request.method, Method::Get | Method::Head) {
        return Err(Failure::MethodNotAllowed { allow: "GET, HEAD".to_owned() });
    }
    if !is_public(&request.path) {
        return Err(Failure::NotFound);
    }
    let moved = |path: &str| Ok(Response::redirect(308, path).with("cache-control", PAGE_CACHE));
    let path = &request.path;
    if let Some(folder) = path.strip_suffix("/index.html") {
        return moved(&format!("{folder}/"));
    }
    let index = if path.ends_with('/') { "index.html" } else { "" };
    match app.world.find(&format!("{path}{index}")).await? {
        Found::File(asset) => Ok(file(request, asset)),
        Found::Moved(path) => moved(&path),
        Found::Nothing if index.is_empty() => match app.world.find(&format!("{path}/index.html")).await? {
            Found::File(_) => moved(&format!("{path}/")),
            _ => Err(Failure::NotFound),
        },
        Found::Nothing => Err(Failure::NotFound),
    }
}

/// Reads `site.json`.
pub(crate) async fn site_data(assets: &impl Assets) -> Result<SiteData, Unavailable> {
    let unreadable = |why: &str| Unavailable { what: "site.json", why: why.to_owned() };
    match assets.find("/site.json").await? {
        Found::File(asset) => serde_json::from_slice(&asset.body).map_err(|_| unreadable("cannot be read")),
        _ => Err(unreadable("is not deployed")),
    }
}

fn file(request: &Request, asset: Asset) -> Response {
    let cache = if request.path.starts_with("/assets/") { HASHED_CACHE } else { PAGE_CACHE };
    let known = request.headers.get("if-none-match").zip(asset.etag.as_deref());
    let mut response = if known.is_some_and(|(known, etag)| is_listed(known, etag)) {
        Response { status: 304, headers: crate::http::Headers::default(), body: vec![] }
    } else {
        Response::new(200, &with_charset(asset.content_type), asset.body)
    };
    response.headers.set("cache-control", cache);
    if let Some(etag) = asset.etag {
        response.headers.set("etag", etag);
    }
    response
}

/// Text says how it is encoded; all of the site's is UTF-8.
fn with_charset(media_type: String) -> String {
    let text = media_type.starts_with("text/") || matches!(media_type.as_str(), "application/xml" | "application/json");
    if text && !media_type.contains("charset") { format!("{media_type}; charset=utf-8") } else { media_type }
}

/// Whether an entity tag is among those listed, compared weakly (RFC 9110, section 13.1.2).
fn is_listed(list: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    list.split(',').any(|listed| listed.trim() == "*" || opaque(listed) == opaque(etag))
}

/// What lies in the output folder but is no page: the frame of the edge's own pages, the CDN's tables, hidden files.
fn is_public(path: &str) -> bool {
    let hidden = |segment: &str| segment.starts_with('.') && segment != ".well-known";
    !(path.starts_with(SHELL_FOLDER)
        || matches!(path, "/_headers" | "/_redirects")
        || path.split('/').any(hidden)
        || path.contains("%2e")
        || path.contains("%2E"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_page_is_not_served() {
        for path in
            ["/_shell/", "/_shell/index.html", "/_headers", "/_redirects", "/.gitkeep", "/../secret", "/%2e%2e/x"]
        {
            assert!(!is_public(path), "{path}");
        }
        for path in ["/", "/features/", "/.well-known/security.txt", "/assets/site.12345678.css"] {
            assert!(is_public(path), "{path}");
        }
    }

    #[test]
    fn text_says_how_it_is_encoded() {
        let shown = |media_type: &str| with_charset(media_type.to_owned());
        assert_eq!(shown("application/xml"), "application/xml; charset=utf-8");
        assert_eq!(shown("text/html; charset=utf-8"), "text/html; charset=utf-8");
        assert_eq!(shown("image/svg+xml"), "image/svg+xml");
    }

    #[test]
    fn a_known_entity_tag_is_recognised() {
        assert!(is_listed("\"a\", W/\"b\"", "\"b\""));
        assert!(is_listed("*", "\"b\""));
        assert!(!is_listed("\"a\"", "\"b\""));
    }
}
