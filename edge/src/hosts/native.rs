//! The native host: the edge on axum, with an embedded store in one file, outgoing HTTP by ureq and mail into a folder.
//!
//! The core's futures stay on one thread, so each request is pinned to a thread of a small pool. Blocking work (the
//! store's fsync, HTTP) happens on threads made for it.

use std::future::ready;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::map_response;
use tokio::net::TcpListener;
use tokio_util::task::LocalPoolHandle;

use crate::app::App;
use crate::config::Config;
use crate::http;
use crate::log::Event;
use crate::ports::Log;

mod clock;
mod dev;
mod exchange;
pub mod secrets;
mod store;
mod world;

pub use clock::Clock;
pub use store::OpenError;
pub use store::attention::{Attention, attention};
pub use store::export::{ExportError, export};
pub use store::import::{ImportError, Imported, import};
pub use world::World;

/// Threads that run the core.
const THREADS: usize = 4;
/// The cron trigger's period, as on Cloudflare.
const TICK_EVERY: Duration = Duration::from_mins(5);
/// The longest sleep between two looks at the alarms.
const ALARM_LOOK_EVERY: Duration = Duration::from_secs(30);
/// Pause after an alarm that failed.
const ALARM_PAUSE: Duration = Duration::from_secs(1);

/// What a host is made of.
#[derive(Debug)]
pub struct Settings {
    /// Folder of the store and of the mails.
    pub data_dir: PathBuf,
    /// Folder of the built site.
    pub site_dir: PathBuf,
    /// The edge's configuration.
    pub config: Config,
    /// What time it is.
    pub clock: Clock,
    /// Whether `/__dev` is there: the processor's stand-in and the mails.
    pub dev: bool,
}

/// A host that is ready to serve.
#[derive(Clone, Debug)]
pub struct Host {
    app: App<World>,
    pool: LocalPoolHandle,
    dev: bool,
}

impl Host {
    /// Opens the store. It belongs to this process until it ends.
    pub fn open(settings: Settings) -> Result<Self, OpenError> {
        let Settings { data_dir, site_dir, config, clock, dev } = settings;
        let world = World::open(&data_dir, site_dir, config.clone(), clock)?;
        Ok(Self { app: App { world, config }, pool: LocalPoolHandle::new(THREADS), dev })
    }

    /// The host's routes: everything is answered by the core, but for `/__dev`.
    pub fn router(&self) -> Router {
        let core = Router::new().fallback(answer).with_state(Arc::new(self.clone()));
        if self.dev { dev::router(self).fallback_service(core) } else { core }
    }

    /// Serves until `shutdown` resolves, then lets what is under way finish.
    pub async fn serve(
        &self,
        listener: TcpListener,
        router: Router,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let alarms = self.pool.spawn_pinned({
            let host = self.clone();
            move || async move { host.watch_alarms().await }
        });
        let ticks = self.pool.spawn_pinned({
            let host = self.clone();
            move || async move { host.keep_ticking().await }
        });
        let https = self.app.config.site_url.starts_with("https://");
        // Whatever did not come from the core (the framework's own refusals, too) carries what every answer carries.
        let router = router.layer(map_response(move |answer| ready(exchange::finished(answer, https))));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let result = axum::serve(listener, service).with_graceful_shutdown(shutdown).await;
        // What a vault still has to tell is in its outbox and goes out after the next start.
        alarms.abort();
        ticks.abort();
        result
    }

    /// Hands a request to the core on a thread of the pool; none when the program broke.
    async fn ask(&self, request: http::Request) -> Option<http::Response> {
        let app = self.app.clone();
        self.pool.spawn_pinned(move || async move { app.handle(request).await }).await.ok()
    }

    /// Does now what the cron trigger does.
    async fn tick(&self) {
        let app = self.app.clone();
        let _ = self.pool.spawn_pinned(move || async move { tick(&app).await }).await;
    }

    async fn keep_ticking(&self) {
        loop {
            tick(&self.app).await;
            tokio::time::sleep(TICK_EVERY).await;
        }
    }

    /// Drains vaults as their alarms fall due, one after the other: so none is ever drained twice at once.
    async fn watch_alarms(&self) {
        loop {
            let world = &self.app.world;
            let failed = match world.due_vaults().await {
                Ok(due) => {
                    let mut failed = false;
                    for vault in due {
                        failed |= self.app.drain(&vault).await.is_err();
                    }
                    failed
                }
                Err(unavailable) => {
                    world.log(&Event::Unavailable { why: unavailable.to_string() });
                    true
                }
            };
            if failed {
                tokio::time::sleep(ALARM_PAUSE).await;
            } else {
                let _ = tokio::time::timeout(world.until_next_alarm(ALARM_LOOK_EVERY), world.alarm_set()).await;
            }
        }
    }
}

async fn tick(app: &App<World>) {
    app.world.sweep().await;
    app.tick().await;
}

/// Answers whatever is no page of the host itself.
async fn answer(
    State(host): State<Arc<Host>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> axum::response::Response {
    let Some(request) = exchange::read(request, peer).await else { return exchange::unfinished() };
    let Some(response) = host.ask(request).await else { return exchange::broken() };
    let Some(excerpt) = &response.excerpt else { return exchange::write(response) };
    match host.app.world.open_archive(excerpt).await {
        Ok(reader) => exchange::stream(&response, reader),
        Err(unavailable) => exchange::write(host.app.unread(unavailable)),
    }
}
