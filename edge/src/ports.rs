//! What the core needs of the world, as traits. Each host implements them once; the core is generic over them, so that
//! the simulation runs the very same code in a world of its own.
//!
//! No future here is required to be `Send`: an edge isolate has one thread, and the native host pins a request to one.
#![expect(async_fn_in_trait, reason = "static dispatch within this workspace; no auto trait is promised")]

use crate::domain::mail::Mail;
use crate::domain::time::{Moment, Seconds};
use crate::log::Event;
use crate::store::object::{Address, Command, Reply};

/// Something outside did not answer, or said that it cannot now. Whether it acted is unknown: try again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is unavailable: {why}")]
pub struct Unavailable {
    /// Which part of the world.
    pub what: &'static str,
    /// What it said; no personal data.
    pub why: String,
}

/// A key-value store that is eventually consistent: a read may be a minute old, and so may a miss.
pub trait Kv {
    /// The value under a key.
    async fn get(&self, key: &str) -> Result<Option<String>, Unavailable>;
    /// Stores a value. Nothing is stored without an end.
    async fn put(&self, key: &str, value: &str, ttl: Seconds) -> Result<(), Unavailable>;
    /// Removes a key; removing one that is absent is fine.
    async fn delete(&self, key: &str) -> Result<(), Unavailable>;
    /// Up to `limit` keys that begin with `prefix`, in order of bytes, behind `after`.
    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, Unavailable>;
}

/// Storage objects: each has one writer, and each command is one transaction.
pub trait Vaults {
    /// Runs a command on an object. When it answers, the effect is durable.
    async fn execute(&self, address: &Address, command: Command) -> Result<Reply, Unavailable>;
}

/// Time.
pub trait Clock {
    /// The current moment.
    fn now(&self) -> Moment;
}

/// Randomness that nobody can predict.
pub trait Entropy {
    /// Sixteen random bytes. Without randomness there is no answer: a constant in its place would make strangers share a key.
    fn random(&self) -> Result<[u8; 16], Unavailable>;
}

/// A request to another server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Absolute address.
    pub url: String,
    /// Headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Body; empty for none.
    pub body: String,
}

/// What the other server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Body, at most 1 MiB.
    pub body: Vec<u8>,
}

/// The network. Redirects are not followed.
pub trait Outbound {
    /// Sends a request and reads the answer.
    async fn call(&self, call: Call) -> Result<Answer, Unavailable>;
}

/// The post.
pub trait Mailer {
    /// Hands a mail over. Handing the same `id` over again must not send it twice where the transport can tell.
    async fn send(&self, mail: &Mail) -> Result<(), Unavailable>;
}

/// A file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Media type.
    pub content_type: String,
    /// Entity tag, with its quotes, where the store has one.
    pub etag: Option<String>,
    /// Contents.
    pub body: Vec<u8>,
}

/// What lies under the path of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The file.
    File(Asset),
    /// An address that the site's `_redirects` names instead.
    Moved(String),
    /// Nothing.
    Nothing,
}

/// The files of the site.
pub trait Assets {
    /// Looks up the path of a file to the letter: `/features/index.html`, not `/features/`.
    async fn find(&self, path: &str) -> Result<Found, Unavailable>;
}

/// The log.
pub trait Log {
    /// Writes an event; events are a closed list, so nothing personal can get in.
    fn log(&self, event: &Event);
}

/// The whole world.
pub trait Ports: Kv + Vaults + Clock + Entropy + Outbound + Mailer + Assets + Log {}

impl<World: Kv + Vaults + Clock + Entropy + Outbound + Mailer + Assets + Log> Ports for World {}
