//! The Cloudflare host: a Worker answers requests, a Durable Object is each vault, pointer and the desk, KV holds views.
//!
//! Nothing here may panic: a panic takes the isolate with it. `entry.mjs` stands in front and turns a request that got
//! no answer into 503 all the same.

use std::cell::OnceCell;
use std::rc::Rc;

use ::worker::worker_sys::web_sys::{Request, Response};
use ::worker::{Context, Env, ForwardableEmailMessage, Result, ScheduleContext, ScheduledEvent, console_error, event};

use crate::app::{self, App};
use crate::config::{self, SettingError};
use crate::domain::inbound::Envelope;
use crate::log::Event;
use crate::routes;

#[expect(clippy::cast_precision_loss, reason = "it is small")]
const MAIL_BYTES_MAX: f64 = routes::MAIL as f64;

mod crossing;
mod exchange;
mod object;
mod post;
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

/// Mail that Cloudflare routes here. An error would panic and a mail that is not taken be lost, so each is taken or refused with a
/// reason, which its sender gets to read.
#[event(email)]
pub async fn email(message: ForwardableEmailMessage, env: Env, _context: Context) -> Result<()> {
    let reason = match app(env) {
        Ok(app) => mail(&app, &message).await.err(),
        Err(_) => Some(LATER.to_owned()),
    };
    if let Some(reason) = reason {
        message.set_reject(&reason);
    }
    Ok(())
}

const LATER: &str = "This cannot be taken right now. Please send it again in some minutes.";

/// Takes a mail; the reason if it is not taken.
async fn mail(app: &App<World>, message: &ForwardableEmailMessage) -> std::result::Result<(), String> {
    if message.raw_size() > MAIL_BYTES_MAX {
        return Err("The mail is larger than 8 MiB. Please send what matters of it.".to_owned());
    }
    let raw = message.raw_bytes().await.map_err(|_| LATER.to_owned())?;
    let envelope = Envelope { from: Some(message.from()), to: message.to() };
    app.take_mail(&envelope, &raw)
        .await
        .map(drop)
        .map_err(|failure| if failure.retry_after().is_some() { LATER.to_owned() } else { failure.problem().detail })
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
