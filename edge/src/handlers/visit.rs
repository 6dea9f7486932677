//! A visit that the script of a page reports, where somebody allowed that. Page, day and host are counted, and nothing of
//! the request is kept.

use crate::app::App;
use crate::contract::{Category, Context, CookieCategory};
use crate::domain::time::Moment;
use crate::domain::visit::{self, Command, Visit};
use crate::failure::Failure;
use crate::handlers::consent;
use crate::http::{Form, Method, Request, Response};
use crate::ports::{Found, Ports, Unavailable};
use crate::routes::{self, Guard, Match};
use crate::store;

/// The moment of the day, in seconds behind midnight, up to which old counts are looked for. The cron trigger calls every
/// five minutes; a day on which it does not call is made up for by the next one.
const SWEPT_UNTIL: i64 = 600;

/// `POST /visit`
pub(crate) async fn count<World: Ports>(app: &App<World>, request: &Request, body: &[u8]) -> Result<Response, Failure> {
    let form = Form::read(request, body).ok_or(Failure::UnsupportedMediaType { wanted: Form::TYPE })?;
    let (site, now) = (app.site().await?, app.now());
    let policy = site.policy_in_force(now.0);
    let state = consent::state(request, consent::held(app, request).as_ref(), policy);
    let is_declared = policy.is_some_and(|policy| policy.collects(Context::Visit, Category::Usage));
    if !is_declared || !state.grants(CookieCategory::Analytics) {
        return Err(Failure::NotAllowed);
    }
    if !app.allows("visits from a network", request.network.as_str()).await {
        return Err(Failure::TooMany);
    }
    let path = form.field("path");
    if !is_page(app, path).await? {
        return Err(Failure::BadRequest { detail: "path is no page of this site." });
    }
    let own = app.config.site_url.split("://").nth(1).unwrap_or_default();
    let own = own.split([':', '/']).next().unwrap_or_default();
    store::visits(&app.world, Visit::new(path, form.field("from"), own, now)).await?;
    Ok(Response::empty())
}

/// Whether there is a page under a path, so that nobody can fill the counts with paths of their own.
async fn is_page<World: Ports>(app: &App<World>, path: &str) -> Result<bool, Unavailable> {
    Ok(match routes::find(Method::Get, path) {
        Match::Route(route) => route.path == path && route.guard == Guard::Public,
        Match::WrongMethod { .. } => false,
        Match::Site => {
            path.ends_with('/')
                && !path.starts_with("/_")
                && matches!(app.world.find(&format!("{path}index.html")).await?, Found::File(_))
        }
    })
}

/// Forgets counts that are old enough, once a day. The cron trigger calls it.
pub(crate) async fn sweep<World: Ports>(app: &App<World>) -> Result<(), Unavailable> {
    let now = app.now();
    if now.0.rem_euclid(86_400) >= SWEPT_UNTIL {
        return Ok(());
    }
    let before = visit::kept_since(now);
    for month in [Moment(now.0).months_later(-i32::from(visit::KEPT_MONTHS) - 1).day(), before.clone()] {
        store::forget_visits(&app.world, visit::month(&month), before.clone()).await?;
    }
    Ok(())
}

/// All counts of a month.
pub(crate) async fn of_month<World: Ports>(app: &App<World>, day: &str) -> Result<Vec<visit::Count>, Unavailable> {
    store::ask_visits(&app.world, visit::month(day), Command::Tell).await
}
