//! Live reload: each page served carries a small script that waits for the next build, and, while an edit has errors,
//! the errors themselves, so that they are seen without the script as well. The server says what a build changed: where that
//! is the styles alone, the page takes those and stays.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::html;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;

use crate::{Diagnostic, Summary, page::output_of, proof, site::SHELL};

const SCRIPT: &str = include_str!("reload/reload.js");
const STYLE: &str = include_str!("reload/reload.css");
/// A question for the next build is answered after this time even when there is none.
const WAIT: Duration = Duration::from_secs(25);
/// Pages are read into memory to put the script in.
const PAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What the browser is told.
#[derive(Debug, Clone, Default)]
struct News {
    /// Builds that changed something, or changed what is wrong.
    number: u64,
    /// The last of them that changed more than styles.
    whole: u64,
    /// What is wrong with the last edit.
    errors: Vec<String>,
    /// Whether the server ends, so that nobody waits for more.
    ends: bool,
}

/// News of builds, shared by the watcher and the server.
#[derive(Debug, Clone)]
pub(super) struct Reload {
    news: Arc<watch::Sender<News>>,
    /// Where the site is.
    site: Arc<Path>,
}

impl Reload {
    /// For the site in a folder.
    pub(super) fn new(site: PathBuf) -> Self {
        Self { news: Arc::new(watch::Sender::new(News::default())), site: site.into() }
    }

    /// Takes note of a build after an edit, which was one of styles or another, and tells of it.
    pub(super) fn built(&self, result: Result<Summary, Vec<Diagnostic>>, is_of_styles: bool, say: &dyn Fn(&str)) {
        let (changed, errors) = match result {
            Ok(summary) => {
                for warning in &summary.warnings {
                    say(&format!("warning: {warning}\n"));
                }
                let changed = summary.files_written + summary.files_removed;
                say(&format!("Built {} pages, {changed} files changed.", summary.pages));
                (changed > 0, vec![])
            }
            Err(problems) => {
                for problem in &problems {
                    say(&format!("error: {problem}\n"));
                }
                say("The last good site stays up.");
                (false, problems.iter().map(ToString::to_string).collect())
            }
        };
        self.news.send_if_modified(|news| {
            let has_other_errors = news.errors != errors;
            let new = changed || has_other_errors;
            if new {
                let number = news.number + 1;
                let whole = if is_of_styles && !has_other_errors { news.whole } else { number };
                *news = News { number, whole, errors, ends: news.ends };
            }
            new
        });
    }

    /// Lets go of whoever waits for the next build: a server that ends waits for them.
    pub(super) fn end(&self) {
        self.news.send_modify(|news| news.ends = true);
    }

    /// Puts live reload around a server.
    pub(super) fn around(&self, router: Router) -> Router {
        let own = Router::new()
            .route("/__dev/reload.js", get(async || file("text/javascript; charset=utf-8", SCRIPT)))
            .route("/__dev/reload.css", get(async || file("text/css; charset=utf-8", STYLE)))
            .route("/__dev/news", get(news))
            .route("/__dev/styles", get(styles))
            .with_state(self.clone());
        own.fallback_service(router.layer(from_fn_with_state(self.clone(), insert)))
    }
}

fn file(media_type: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "no-store")], text).into_response()
}

#[derive(Debug, Deserialize)]
struct Known {
    #[serde(default)]
    after: u64,
}

/// Answers with the newest build, once it is not the one that the page knows, and says whether the page may stay.
async fn news(State(reload): State<Reload>, Query(known): Query<Known>) -> Response {
    let mut receiver = reload.news.subscribe();
    let _ = tokio::time::timeout(WAIT, receiver.wait_for(|news| news.ends || news.number != known.after)).await;
    let (number, whole) = {
        let news = reload.news.borrow();
        (news.number, news.whole)
    };
    // A page may come from a server before this one, which counted builds of its own.
    let stays = whole <= known.after && known.after <= number;
    answer(&json!({ "build": number, "stays": stays }))
}

#[derive(Debug, Deserialize)]
struct Open {
    path: String,
}

/// Answers with the styles of an open page: those in it, and the addresses of those beside it. What the edge makes by itself
/// looks like the frame that it is set into.
async fn styles(State(reload): State<Reload>, Query(open): Query<Open>) -> Response {
    let is_below = !open.path.split('/').any(|name| name == "..");
    let files = [is_below.then(|| output_of(&open.path)), Some(output_of(SHELL))];
    let page = files.into_iter().flatten().find_map(|file| fs::read_to_string(reload.site.join(file)).ok());
    let page = page.unwrap_or_default();
    answer(&json!({ "inline": inline_styles(&page), "sheets": proof::style_sheets(&page) }))
}

fn answer(value: &serde_json::Value) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json; charset=utf-8"), (header::CACHE_CONTROL, "no-store")],
        value.to_string(),
    )
        .into_response()
}

/// What stands in a page between `<style>` and its end.
fn inline_styles(page: &str) -> Vec<&str> {
    let style = |rest: &'_ str| -> Option<(usize, usize)> {
        let start = rest.find('>')? + 1;
        Some((start, rest.find("</style")?))
    };
    let mut rests = page.split("<style");
    rests.next();
    rests.filter_map(|rest| style(rest).and_then(|(start, end)| rest.get(start..end))).collect()
}

/// Puts script and errors into a page on its way out.
async fn insert(State(reload): State<Reload>, mut request: Request, next: Next) -> Response {
    if may_be_page(request.uri().path()) {
        // A page is new whenever the script in it is.
        request.headers_mut().remove(header::IF_NONE_MATCH);
    }
    let response = next.run(request).await;
    if !is_page(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(page) = to_bytes(body, PAGE_BYTES_MAX).await else { return Response::from_parts(parts, Body::empty()) };
    let news = reload.news.borrow().clone();
    parts.headers.remove(header::ETAG);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(with_news(&String::from_utf8_lossy(&page), &news)))
}

/// Whether a page may lie under a path; another file says by the end of its name that it is none.
fn may_be_page(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').is_none_or(|(_, end)| end == "html")
}

fn is_page(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type.is_some_and(|media_type| media_type.starts_with("text/html"))
}

/// The page with the script and, when there are any, the errors.
fn with_news(page: &str, news: &News) -> String {
    if page.is_empty() {
        return String::new();
    }
    let added = html! {
        @if !news.errors.is_empty() {
            link rel="stylesheet" href="/__dev/reload.css";
            section id="build-errors" role="alert" aria-label="Build errors" {
                p { "The last edit has errors. This is the last good site." }
                @for error in &news.errors { pre { (error) } }
            }
        }
        script src="/__dev/reload.js" data-build=(news.number) defer {}
    };
    let added = added.into_string();
    match page.rfind("</body>") {
        Some(end) => format!("{}{added}{}", &page[..end], &page[end..]),
        None => format!("{page}{added}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_goes_to_the_end_of_the_page() {
        let page = with_news("<body><p>Hi</p></body></html>", &News { number: 7, ..News::default() });
        let script = "<script src=\"/__dev/reload.js\" data-build=\"7\" defer></script>";
        assert_eq!(page, format!("<body><p>Hi</p>{script}</body></html>"));
    }

    #[test]
    fn a_file_that_is_no_page_is_known_by_its_name() {
        assert!(["/", "/pricing/", "/pricing", "/404.html"].into_iter().all(may_be_page));
        assert!(!may_be_page("/robots.txt") && !may_be_page("/assets/site.1.css"));
    }

    #[test]
    fn errors_are_shown_as_text() {
        let errors = vec!["content/a.md:1:1: bad <b>".to_owned()];
        assert!(with_news("<body></body>", &News { number: 1, errors, ..News::default() }).contains("bad &lt;b&gt;"));
    }

    #[test]
    fn a_build_that_changed_nothing_is_no_news() {
        let reload = Reload::new(PathBuf::new());
        let summary = Summary {
            pages: 1,
            pages_kept: 0,
            files_written: 0,
            files_unchanged: 1,
            files_removed: 0,
            bytes: 1,
            warnings: vec![],
        };
        reload.built(Ok(summary.clone()), false, &|_| {});
        assert_eq!(reload.news.borrow().number, 0);
        reload.built(Ok(Summary { files_written: 1, ..summary }), false, &|_| {});
        assert_eq!(reload.news.borrow().number, 1);
        let problem = Diagnostic::file("content/a.md", "is broken");
        reload.built(Err(vec![problem.clone()]), false, &|_| {});
        reload.built(Err(vec![problem]), false, &|_| {});
        assert_eq!((reload.news.borrow().number, reload.news.borrow().errors.len()), (2, 1));
    }
    #[test]
    fn a_page_stays_only_where_styles_alone_changed_since() {
        let reload = Reload::new(PathBuf::new());
        let summary = Summary {
            pages: 1,
            pages_kept: 0,
            files_written: 1,
            files_unchanged: 0,
            files_removed: 0,
            bytes: 1,
            warnings: vec![],
        };
        let whole = |is_of_styles| {
            reload.built(Ok(summary.clone()), is_of_styles, &|_| {});
            reload.news.borrow().whole
        };
        assert_eq!([true, true, false, true].map(whole), [0, 0, 3, 3]);
        // A mistake in a style sheet is shown, and so is its end.
        reload.built(Err(vec![Diagnostic::file("themes/own/assets/site.css", "is broken")]), true, &|_| {});
        assert_eq!([true, true].map(whole), [6, 6]);
    }

    #[test]
    fn the_styles_of_a_page_are_those_in_it() {
        let page = "<style>a{}</style><p>x<style media=print>b{}</style>";
        assert_eq!(inline_styles(page), ["a{}", "b{}"]);
        assert!(inline_styles("<style").is_empty() && inline_styles("<p>").is_empty());
    }
}
