//! Pages that the edge writes itself, set into the frame that the theme provides: the generator renders
//! `/_shell/index.html` once, with two markers where title and contents go. So the look lives in the theme alone, and
//! what comes from outside is escaped by the macro that writes the markup.

use maud::{DOCTYPE, Markup, html};

use crate::failure::{Failure, Problem};
use crate::http::Response;
use crate::ports::{Assets, Found};

/// Where the frame lies. It is no page of its own: requests for it are answered 404.
pub const SHELL_PATH: &str = "/_shell/index.html";
const TITLE_MARKER: &str = "EDGE-TITLE";
const MAIN_MARKER: &str = "EDGE-MAIN";
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// A page of the edge.
#[derive(Debug)]
pub struct Page {
    /// Status code.
    pub status: u16,
    /// Title, as text.
    pub title: String,
    /// Contents of the main element.
    pub main: Markup,
}

/// Renders a page. Without the frame, which a broken deployment may lack, a bare one serves.
pub async fn page(assets: &impl Assets, page: Page) -> Response {
    let shell = match assets.find(SHELL_PATH).await {
        Ok(Found::File(asset)) => String::from_utf8(asset.body).ok(),
        _ => None,
    };
    let body = match shell.filter(|shell| shell.contains(TITLE_MARKER) && shell.contains(MAIN_MARKER)) {
        Some(shell) => {
            let title = html! { (page.title) }.into_string();
            // The contents go in last: a buyer's name may well read "EDGE-TITLE".
            shell.replacen(TITLE_MARKER, &title, 1).replacen(MAIN_MARKER, &page.main.into_string(), 1)
        }
        None => bare(&page).into_string(),
    };
    Response::new(page.status, HTML, body).with("x-robots-tag", "noindex")
}

fn bare(page: &Page) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { (page.title) } meta name="viewport" content="width=device-width"; }
            body { main id="main" { (page.main) } }
        }
    }
}

/// A failure as a page.
pub async fn failure_page(assets: &impl Assets, failure: &Failure) -> Response {
    if *failure == Failure::NotFound
        && let Ok(Found::File(asset)) = assets.find("/404.html").await
    {
        return Response::new(404, HTML, asset.body);
    }
    let problem = failure.problem();
    let main = html! {
        div class="stack" {
            h1 { (problem.title) }
            p class="notice notice-error" role="alert" { (problem.detail) }
            @if !problem.errors.is_empty() {
                ul { @for error in &problem.errors { li { strong { (error.field) } ": " (error.detail) } } }
            }
            @if *failure == Failure::OwnerLink {
                (resend_form("", None))
            } @else {
                p { a class="button button-secondary" href="/" { "Go to the home page" } }
            }
        }
    };
    page(assets, Page { status: problem.status, title: problem.title.to_owned(), main }).await
}

/// A failure as one plain sentence, for programs that show no more to the person in front of them.
pub fn sentence(failure: &Failure) -> Response {
    let Problem { status, detail, .. } = failure.problem();
    Response::new(status, "text/plain; charset=utf-8", detail + "\n")
}

/// The form that has somebody's licenses mailed to them: as on the site's own page, with what was typed and what is wrong
/// with it.
pub fn resend_form(typed: &str, problem: Option<&str>) -> Markup {
    html! {
        form class="card form" method="post" action="/licenses/resend" {
            p class="field" {
                label for="email" { "Email address" }
                span class="muted" id="email-hint" { "The one you gave at checkout." }
                @if let Some(problem) = problem { span class="field-error" id="email-problem" { (problem) } }
                input id="email" name="email" type="email" autocomplete="email" maxlength="254" required value=(typed)
                    aria-invalid=[problem.map(|_| "true")]
                    aria-describedby=(if problem.is_some() { "email-problem email-hint" } else { "email-hint" });
            }
            p { button class="button" type="submit" { "Send my license" } }
        }
    }
}

/// A failure as problem details (RFC 9457).
pub fn problem(failure: &Failure) -> Response {
    Response::json(failure.status(), &failure.problem()).with("content-type", "application/problem+json; charset=utf-8")
}
