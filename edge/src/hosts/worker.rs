//! The Cloudflare host: a Worker answers requests, a Durable Object is each vault, pointer and the desk, KV holds views.
//!
//! Nothing here may panic: a panic takes the isolate with it. `entry.mjs` stands in front and turns a request that got
//! no answer into 503 all the same.

use ::worker::{Context, Env, Request, Response, Result, ScheduleContext, ScheduledEvent, console_error, event};

use crate::app::{self, App};
use crate::config::{self, Config};
use crate::log::Event;

mod exchange;
mod object;
mod world;

pub use object::Vault;
use world::World;

/// The `fetch` event.
#[event(fetch)]
pub async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let response = match app(env) {
        Some(app) => app.handle(exchange::read(request).await?).await,
        None => app::misconfigured(),
    };
    exchange::write(response)
}

/// The cron trigger.
#[event(scheduled)]
pub async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    if let Some(app) = app(env) {
        app.tick().await;
    }
}

/// The edge in Cloudflare's world; `None`, with a line in the log, while a setting is missing.
fn app(env: Env) -> Option<App<World>> {
    match settings(&env) {
        Ok(config) => Some(App { world: World::new(env, config.clone()), config }),
        Err(errors) => {
            let settings: Vec<String> = errors.iter().map(ToString::to_string).collect();
            console_error!("{}", Event::Misconfigured { settings: settings.join("; ") });
            None
        }
    }
}

fn settings(env: &Env) -> std::result::Result<Config, Vec<config::SettingError>> {
    // Variables and secrets are read alike.
    config::read(|name| env.var(name).ok().map(|value| value.to_string()))
}
