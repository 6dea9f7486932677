//! `site serve`: builds, watches, reloads the browser, and mounts the edge's native host beside the site.
//!
//! The site is built into the data folder with the server's own address, never into `public/`: what is deployed cannot
//! come from here by mistake. While an edit has errors the last good site stays up and every page shows them.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};

use edge::config::{self, SettingError};
use edge::domain::time::Moment;
use edge::hosts::native::{Clock, Host, OpenError, Settings, secrets};
use tokio::net::TcpListener;

use crate::{Options, Session, timing::Timing};
use reload::Reload;
use watch::{Edit, Watch};

mod reload;
mod watch;

/// What to serve, and how.
#[derive(Debug, Clone)]
pub struct Arguments {
    /// The folder that has `content/` and `themes/`.
    pub root: PathBuf,
    /// Port on the loopback address; 0 takes a free one.
    pub port: u16,
    /// The moment at which the clock starts; `None` is now.
    pub at: Option<jiff::Timestamp>,
    /// Where the store, the mails and the built site are kept.
    pub data_dir: PathBuf,
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port is taken.
    #[error(
        "cannot listen on port {port}: {source}\n  hint: choose another with `--port`, or let `--port 0` find a free one"
    )]
    Port {
        /// The port.
        port: u16,
        /// Why not.
        source: io::Error,
    },
    /// Something in the environment cannot be used.
    #[error("these settings cannot be used:\n{}", list(.0))]
    Settings(Vec<SettingError>),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The data folder cannot be used, or watching failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Files cannot be watched.
    #[error("cannot watch the files: {0}")]
    Watch(#[from] notify::Error),
}

fn list(errors: &[SettingError]) -> String {
    errors.iter().map(|error| format!("  {error}")).collect::<Vec<_>>().join("\n")
}

/// What the server needs of the world around it.
#[derive(Debug)]
pub struct World<Now, Env, Say, Ready> {
    /// The system's clock.
    pub now: Now,
    /// The environment.
    pub env: Env,
    /// Shows a line to whoever runs the server.
    pub say: Say,
    /// Is told the address once it answers.
    pub ready: Ready,
}

/// Serves until `shutdown` resolves.
pub async fn serve(
    arguments: Arguments,
    world: World<
        impl Fn() -> jiff::Timestamp + Send + 'static,
        impl Fn(&str) -> Option<String>,
        fn(&str),
        impl FnOnce(&str),
    >,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let (Arguments { root, port, at, data_dir }, World { now, env, say, ready }) = (arguments, world);
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|source| ServeError::Port { port, source })?;
    let address = format!("http://{}", listener.local_addr()?);
    let out = data_dir.join("site");
    let made = secrets::keep(&data_dir)?;
    let config = config::read(|name| setting(name, &env, &made, &address)).map_err(ServeError::Settings)?;
    let base_url = config.site_url.clone();
    let clock = at.map_or(Clock::System, |at| Clock::starting_at(Moment(at.as_second())));
    let host = Host::open(Settings { data_dir, site_dir: out.clone(), config, clock, dev: true })?;

    let reload = Reload::new(out.clone());
    let folders: Vec<PathBuf> = watched(&root).collect();
    let mut session = Session::default();
    let mut rebuild = {
        let (reload, started) = (reload.clone(), now());
        move |edit: &Edit| {
            // A clock that was set runs on from there, for the pages as for the edge.
            let at = at.map_or_else(&now, |at| at.saturating_add(now().duration_since(started)).unwrap_or(at));
            let (root, out, base_url) = (root.clone(), out.clone(), Some(base_url.clone()));
            let options = Options {
                root,
                out,
                at,
                base_url,
                drafts: false,
                minify: true,
                test_report: None,
                progress: say,
                timing: Timing::default(),
            };
            let built = match edit {
                Edit::Start => session.begin(&options),
                Edit::Files(files) => session.rebuild(&options, files),
                Edit::Unknown => session.build(&options),
            };
            reload.built(built, edit.is_of_styles(), &say);
            session.stands()
        }
    };
    // Watching begins before the first build, so that no edit falls in between.
    let watch = Watch::start(&folders)?;
    let is_ready = rebuild(&Edit::Start);
    let follow = move |edit: &Edit| {
        rebuild(edit);
    };
    let _watcher = if is_ready { watch.follow(follow) } else { watch.catch_up(follow) };
    ready(&format!("{address}/"));
    let shutdown = {
        let reload = reload.clone();
        async move {
            shutdown.await;
            reload.end();
        }
    };
    Ok(host.serve(listener, reload.around(host.router()), shutdown).await?)
}

/// A setting: from the environment, else what this machine made for itself, else what suits a machine of one's own.
fn setting(
    name: &str,
    env: &impl Fn(&str) -> Option<String>,
    made: &BTreeMap<String, String>,
    address: &str,
) -> Option<String> {
    let default = || match name {
        "SITE_URL" => Some(address.to_owned()),
        "STRIPE_API_BASE" => Some(format!("{address}/__dev/stripe")),
        "PAYPAL_API_BASE" => Some(format!("{address}/__dev/paypal")),
        "LIVEMODE" => Some("false".to_owned()),
        "MAIL_FROM" => Some("site@localhost.localdomain".to_owned()),
        "MAIL_TRANSPORT" => Some("file".to_owned()),
        "STAFF" => Some("staff@localhost.localdomain".to_owned()),
        _ => None,
    };
    env(name).filter(|value| !value.is_empty()).or_else(|| made.get(name).cloned()).or_else(default)
}

/// Folders whose changes call for a build.
fn watched(root: &Path) -> impl Iterator<Item = PathBuf> {
    ["content", "themes"].map(|folder| root.join(folder)).into_iter().filter(|folder| folder.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_goes_before_what_the_machine_made() {
        let made = BTreeMap::from([("PEPPER".to_owned(), "made".to_owned())]);
        let env = |name: &str| (name == "SITE_URL").then(|| "https://example.com".to_owned());
        let setting = |name| setting(name, &env, &made, "http://127.0.0.1:1");
        assert_eq!(setting("SITE_URL").as_deref(), Some("https://example.com"));
        assert_eq!(setting("PEPPER").as_deref(), Some("made"));
        assert_eq!(setting("STRIPE_API_BASE").as_deref(), Some("http://127.0.0.1:1/__dev/stripe"));
        assert_eq!(setting("MAIL_API_KEY"), None);
    }
}
