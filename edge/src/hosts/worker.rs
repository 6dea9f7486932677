//! The Cloudflare host: a Worker answers requests, a Durable Object is each vault, pointer and the desk, KV holds views.
//!
//! Nothing here may panic: a panic takes the isolate with it. `entry.mjs` stands in front and turns a request that got
//! no answer into 503 all the same.

use std::cell::OnceCell;
use std::rc::Rc;

use ::worker::worker_sys::web_sys::{Request, Response};
use ::worker::{Context, Env, Result, ScheduleContext, ScheduledEvent, console_error, event};

use crate::app::{self, App};
use crate::config::{self, SettingError};
use crate::log::Event;

mod crossing;
mod exchange;
mod object;
mod world;

pub use object::Vault;
use world::World;

/// The `fetch` event.
#[event(fetch)]
pub async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let app = match app(env) {
        Ok(app) => app,
        Err(errors) => return exchange::write(&app::misconfigured(&exchange::read(request).await?.path, &errors)),
    };
    let response = app.handle(exchange::read(request).await?).await;
    let Some(excerpt) = &response.excerpt else { return exchange::write(&response) };
    match app.world.open_archive(excerpt).await {
        Ok(body) => exchange::write_as(&response, body),
        Err(unavailable) => exchange::write(&app.unread(unavailable)),
    }
}

/// The cron trigger.
#[event(scheduled)]
pub async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    if let Ok(app) = app(env) {
        app.tick().await;
    }
}

thread_local! {
    /// The edge of this isolate. Its settings and bindings are the same for all its life, and reading them costs a call of
    /// JavaScript for each and a point on a curve for the signing key.
    static APP: OnceCell<Rc<App<World>>> = const { OnceCell::new() };
}

/// The edge in Cloudflare's world; while a setting is missing there is none, and the log says why.
fn app(env: Env) -> std::result::Result<Rc<App<World>>, Vec<SettingError>> {
    if let Some(known) = APP.with(|known| known.get().cloned()) {
        return Ok(known);
    }
    // Variables and secrets are read alike.
    let config = config::read(|name| env.var(name).ok().map(|value| value.to_string()));
    let config = config.inspect_err(|errors| {
        let settings: Vec<String> = errors.iter().map(ToString::to_string).collect();
        console_error!("{}", Event::Misconfigured { settings: settings.join("; ") });
    })?;
    let app = Rc::new(App { world: World::new(env, config.clone()), config });
    Ok(APP.with(|known| Rc::clone(known.get_or_init(|| app))))
}
