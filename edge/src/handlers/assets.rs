//! The files of the site, and what the site says about itself.

use crate::app::App;
use crate::failure::Failure;
use crate::handlers::policy;
use crate::http::{Method, Request, Response};
use crate::ports::{Asset, Found, Ports};

/// Pages are asked for anew each time, so that a new policy version is seen at once.
const PAGE_CACHE: &str = "public, max-age=0, must-revalidate";
/// Names under `/assets/` carry a hash of their contents.
const HASHED_CACHE: &str = "public, max-age=31536000, immutable";

/// Answers a request for a file.
pub(crate) async fn serve<World: Ports>(app: &App<World>, request: &Request) -> Result<Response, Failure> {
    if !matches!(request.method, Method::Get | Method::Head) {
        return Err(Failure::MethodNotAllowed { allow: "GET, HEAD".to_owned() });
    }
    let path = &*request.decoded_path().filter(|path| is_public(path)).ok_or(Failure::NotFound)?;
    // What was asked goes along: `/search?q=a` is `/search/?q=a`.
    let asked = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let moved = |path: &str| Ok(Response::redirect(308, &format!("{path}{asked}")).with("cache-control", PAGE_CACHE));
    if let Some(folder) = path.strip_suffix("/index.html") {
        return moved(&format!("{folder}/"));
    }
    let place = policy::Place::of(&app.world, path, app.now()).await;
    let index = if path.ends_with('/') { "index.html" } else { "" };
    match place.find(&app.world, &format!("{path}{index}")).await? {
        Found::File(asset) => return Ok(file(request, asset)),
        Found::Moved(path) => return moved(&path),
        Found::Nothing => {}
    }
    if index.is_empty()
        && let Found::File(_) = place.find(&app.world, &format!("{path}/index.html")).await?
    {
        return moved(&format!("{path}/"));
    }
    let since = place.since(path).ok_or(Failure::NotFound)?;
    Ok(Response::see_other(&since).with("cache-control", PAGE_CACHE))
}

fn file(request: &Request, asset: Asset) -> Response {
    let cache = if request.path.starts_with("/assets/") { HASHED_CACHE } else { PAGE_CACHE };
    let mut response = Response::new(200, with_charset(media_type(&request.path, asset.content_type)), asset.body);
    response.headers.set("cache-control", cache);
    if let Some(etag) = asset.etag {
        response.headers.set("etag", etag);
    }
    response
}

/// The type a store gives, but for one that stores do not know or call by names that browsers only download.
fn media_type(path: &str, given: String) -> String {
    if path.rsplit_once('.').is_some_and(|(_, end)| end == "diff") { "text/plain".to_owned() } else { given }
}

/// Text says how it is encoded; all of the site's is UTF-8.
fn with_charset(media_type: String) -> String {
    let text = media_type.starts_with("text/") || matches!(media_type.as_str(), "application/xml" | "application/json");
    if text && !media_type.contains("charset") { format!("{media_type}; charset=utf-8") } else { media_type }
}

/// What lies in the output folder but is no page: hidden files, and whatever has a name with `_` at the top: the frame of
/// the edge's own pages, pages of later moments, the CDN's tables. Nor is a path that a browser would read as the name of
/// another host, should it be redirected to.
fn is_public(path: &str) -> bool {
    let hidden = |segment: &str| segment.starts_with('.') && segment != ".well-known";
    !(path.starts_with("/_") || path.starts_with("//") || path.contains('\\') || path.split('/').any(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_page_is_not_served() {
        for path in [
            "/_shell/",
            "/_shell/index.html",
            "/_at/2026-06-01/privacy/",
            "/_headers",
            "/_redirects",
            "/.gitkeep",
            "/../secret",
        ] {
            assert!(!is_public(path), "{path}");
        }
        for path in ["//evil.example/index.html", "/\\evil.example/index.html", "/a\\b"] {
            assert!(!is_public(path), "{path} names another host");
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
    fn a_difference_is_shown_and_not_downloaded() {
        let given = "application/octet-stream".to_owned();
        assert_eq!(media_type("/privacy/compare/a..b/redline.diff", given.clone()), "text/plain");
        assert_eq!(media_type("/a.bin", given.clone()), given);
    }
}
