//! The ports as the native host provides them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::Take;
use tokio::sync::Notify;

use super::clock::Clock;
use super::store::{OpenError, Store};
use crate::app::Vault;
use crate::config::{Config, MailTransport};
use crate::domain::attachment::FileId;
use crate::domain::id::Subject;
use crate::domain::mail::Mail;
use crate::domain::time::{Moment, Seconds};
use crate::domain::vault;
use crate::hosts::random;
use crate::http::Excerpt;
use crate::log::Event;
use crate::mailer;
use crate::ports::{
    self, Answer, Archive, Archives, Call, Entropy, Files, Found, Kv, Log, Mailer, Outbound, Unavailable, Undelivered,
    Vaults,
};
use crate::store::file::Sealed;
use crate::store::object::{Address, Command, Reply};
use crate::store::record::Written;

mod archives;
mod attachments;
mod files;
mod limiter;
mod network;
mod post;

use limiter::Limiter;

/// The native world. Clones share it.
#[derive(Debug, Clone)]
pub struct World(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    site: PathBuf,
    releases: PathBuf,
    attachments: PathBuf,
    mails: PathBuf,
    stand_in: PathBuf,
    config: Config,
    clock: Clock,
    agent: ureq::Agent,
    post: Option<post::Server>,
    alarm_set: Notify,
    limiter: Limiter,
}

/// A vault whose alarm is due.
#[derive(Debug)]
pub(super) struct Due {
    world: World,
    subject: Subject,
}

impl Vault for Due {
    fn subject(&self) -> &Subject {
        &self.subject
    }

    async fn rows(&self) -> Result<Vec<(String, String)>, Unavailable> {
        crate::store::rows(&self.world, &self.subject).await
    }

    async fn execute(&self, command: vault::Command) -> Result<vault::Reply, Unavailable> {
        crate::store::vault(&self.world, &self.subject, command).await
    }
}

impl World {
    pub(super) fn open(data: &Path, site: PathBuf, config: Config, clock: Clock) -> Result<Self, OpenError> {
        let store = Store::open(data, config.vault_keys.clone())?;
        let (mails, stand_in, agent) = (data.join("mail"), data.join("stand-in"), network::agent());
        let (releases, attachments) = (data.join("releases"), data.join("files"));
        let post = match &config.mail {
            MailTransport::Smtp { url } => Some(post::Server::at(url).map_err(OpenError::Mail)?),
            _ => None,
        };
        Ok(Self(Arc::new(Inner {
            store,
            site,
            releases,
            attachments,
            mails,
            stand_in,
            config,
            clock,
            agent,
            post,
            alarm_set: Notify::new(),
            limiter: Limiter::default(),
        })))
    }

    /// Runs work that blocks on a thread made for it.
    async fn blocking<Result_: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<Result_, Unavailable> + Send + 'static,
    ) -> Result<Result_, Unavailable> {
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(&inner)).await;
        done.unwrap_or_else(|_| Err(Unavailable { what: "host", why: "work was broken off".to_owned() }))
    }

    /// Vaults whose alarm is due.
    pub(super) async fn due_vaults(&self) -> Result<Vec<Due>, Unavailable> {
        let now = self.0.clock.now();
        let subjects = self.blocking(move |inner| inner.store.due(now)).await?;
        Ok(subjects.into_iter().map(|subject| Due { world: self.clone(), subject }).collect())
    }

    /// How long to sleep until the next alarm, at most `longest`.
    pub(super) fn until_next_alarm(&self, longest: Duration) -> Duration {
        let next = self.0.store.next_alarm().ok().flatten();
        let seconds = next.map(|next| next.0.saturating_sub(self.0.clock.now().0).max(0).unsigned_abs());
        seconds.map_or(longest, |seconds| longest.min(Duration::from_secs(seconds)))
    }

    /// Resolves when a command has changed a vault, whose alarm may then be earlier.
    pub(super) async fn alarm_set(&self) {
        self.0.alarm_set.notified().await;
    }

    /// Removes the views that have ended, as Cloudflare's store does by itself.
    pub(super) async fn sweep(&self) {
        let now = self.0.clock.now();
        if let Err(unavailable) = self.blocking(move |inner| inner.store.sweep(now)).await {
            self.log(&Event::Unavailable { why: unavailable.to_string() });
        }
    }

    /// The folder in which the stand-in for the processor keeps what the processor would keep.
    pub(super) fn stand_in(&self) -> &Path {
        &self.0.stand_in
    }

    /// Opens an archive for an excerpt of it.
    pub(super) async fn open_archive(&self, excerpt: &Excerpt) -> Result<Take<tokio::fs::File>, Unavailable> {
        archives::open(&self.0.releases, excerpt).await
    }

    /// The folder that mails are put into.
    pub(super) fn mails(&self) -> &Path {
        &self.0.mails
    }
}

impl Vaults for World {
    async fn execute(&self, address: &Address, command: Command) -> Result<Reply, Unavailable> {
        let (address, now) = (address.clone(), self.0.clock.now());
        let reply = self.blocking(move |inner| inner.store.execute(&address, command, now)).await;
        self.0.alarm_set.notify_one();
        reply
    }
}

impl Kv for World {
    async fn get(&self, key: &str) -> Result<Option<String>, Unavailable> {
        self.0.store.view(key, self.0.clock.now())
    }

    async fn put(&self, key: &str, value: &Written, ttl: Seconds) -> Result<(), Unavailable> {
        let (key, value, end) = (key.to_owned(), value.clone(), self.0.clock.now().after(ttl));
        self.blocking(move |inner| inner.store.set_view(&key, Some((value.as_str(), end)))).await
    }

    async fn delete(&self, key: &str) -> Result<(), Unavailable> {
        let key = key.to_owned();
        self.blocking(move |inner| inner.store.set_view(&key, None)).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, Unavailable> {
        self.0.store.view_keys(prefix, after, limit, self.0.clock.now())
    }
}

impl ports::Clock for World {
    fn now(&self) -> Moment {
        self.0.clock.now()
    }

    async fn pause(&self, length: Seconds) {
        tokio::time::sleep(Duration::from_secs(length.0.into())).await;
    }
}

impl Entropy for World {
    fn random(&self) -> Result<[u8; 16], Unavailable> {
        random()
    }
}

impl Outbound for World {
    async fn call(&self, call: Call) -> Result<Answer, Unavailable> {
        self.blocking(move |inner| network::call(&inner.agent, &call)).await
    }
}

impl Mailer for World {
    async fn send(&self, mail: &Mail) -> Result<(), Undelivered> {
        match &self.0.config.mail {
            MailTransport::Resend { key, .. } => mailer::send(self, &self.0.config, key, mail).await,
            MailTransport::Smtp { .. } => {
                let (mail, now) = (mail.clone(), self.0.clock.now());
                let sent = self.blocking(move |inner| {
                    let server = inner.post.as_ref();
                    Ok(server.map(|server| server.send(&inner.config.mail_from, &mail, now)))
                });
                sent.await?.unwrap_or_else(|| Err(no_transport()))
            }
            MailTransport::File => {
                let (mail, now) = (mail.clone(), self.0.clock.now());
                let write = move |inner: &Inner| post::write(&inner.mails, &inner.config.mail_from, &mail, now);
                Ok(self.blocking(write).await?)
            }
            // The configuration refuses it on this target.
            MailTransport::Cloudflare => Err(no_transport()),
        }
    }
}

fn no_transport() -> Undelivered {
    Unavailable { what: "mail", why: "there is no such transport here".to_owned() }.into()
}

impl ports::Assets for World {
    async fn find(&self, path: &str) -> Result<Found, Unavailable> {
        let path = path.to_owned();
        self.blocking(move |inner| Ok(files::find(&inner.site, &path))).await
    }
}

impl Archives for World {
    async fn archive(&self, name: &str) -> Result<Option<Archive>, Unavailable> {
        let name = name.to_owned();
        self.blocking(move |inner| archives::find(&inner.releases, &name)).await
    }
}

impl Files for World {
    async fn put_file(&self, id: &FileId, sealed: &Sealed) -> Result<(), Unavailable> {
        let (id, sealed) = (id.clone(), sealed.clone());
        self.blocking(move |inner| attachments::put(&inner.attachments, &id, &sealed)).await
    }

    async fn file(&self, id: &FileId) -> Result<Option<Vec<u8>>, Unavailable> {
        let id = id.clone();
        self.blocking(move |inner| attachments::get(&inner.attachments, &id)).await
    }

    async fn drop_file(&self, id: &FileId) -> Result<(), Unavailable> {
        let id = id.clone();
        self.blocking(move |inner| attachments::drop(&inner.attachments, &id)).await
    }
}

impl ports::Limiter for World {
    async fn allows(&self, name: &str) -> bool {
        self.0.limiter.allows(name, self.0.clock.now())
    }
}

impl Log for World {
    fn log(&self, event: &Event) {
        eprintln!("{} {event}", self.0.clock.now().rfc3339());
    }
}
