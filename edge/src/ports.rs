//! What the core needs of the world, as traits. Each host implements them once; the core is generic over them, so that
//! the simulation runs the very same code in a world of its own.
//!
//! No future here is required to be `Send`: an edge isolate has one thread, and the native host pins a request to one.
#![expect(async_fn_in_trait, reason = "static dispatch within this workspace; no auto trait is promised")]

use std::rc::Rc;

use serde::Serialize;
use serde_json::Value;

use crate::config::Config;
use crate::contract::{Recipient, Sent};
use crate::domain::attachment::FileId;
use crate::domain::mail::Mail;
use crate::domain::time::{Moment, Seconds};
use crate::json;
use crate::log::Event;
use crate::site::SiteData;
use crate::store::file::Sealed;
use crate::store::object::{Address, Command, Reply};
use crate::store::record::Written;

/// Something outside did not answer, or said that it cannot now. Whether it acted is unknown: try again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is unavailable: {why}")]
pub struct Unavailable {
    /// Which part of the world.
    pub what: &'static str,
    /// What it said, as the log may show it: the platform's words or ours, never a header, a body or a name.
    pub why: String,
}

/// A mail that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// Not now; it may be taken later.
    #[error(transparent)]
    Later(#[from] Unavailable),
    /// Never: there is no such address, or the mail cannot be read. Trying again would only annoy.
    #[error("mail is refused: {why}")]
    Refused {
        /// See [`Unavailable::why`].
        why: String,
    },
}

/// A key-value store that is eventually consistent: a read may be a minute old, and so may a miss.
pub trait Kv {
    /// The value under a key.
    async fn get(&self, key: &str) -> Result<Option<String>, Unavailable>;
    /// Stores a value. Nothing is stored without an end.
    async fn put(&self, key: &str, value: &Written, ttl: Seconds) -> Result<(), Unavailable>;
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
    /// Lets time pass.
    async fn pause(&self, length: Seconds);
}

/// Randomness that nobody can predict.
pub trait Entropy {
    /// Sixteen random bytes. Without randomness there is no answer: a constant in its place would make strangers share a key.
    fn random(&self) -> Result<[u8; 16], Unavailable>;
}

/// A request to a recipient's server. Where it goes is the configuration's to say, and a body is of a declared type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    method: &'static str,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Call {
    /// Asks for what lies under a path.
    pub fn get(config: &Config, to: Recipient, path: &str) -> Result<Self, Unavailable> {
        let base = config.base(to).ok_or(Unavailable { what: "network", why: format!("{to} has no address") })?;
        Ok(Self { method: "GET", url: format!("{base}{path}"), headers: vec![], body: String::new() })
    }

    /// Asks for a certificate of `PayPal`'s, whose address has been allowed.
    pub fn certificate(address: &str) -> Self {
        Self { method: "GET", url: address.to_owned(), headers: vec![], body: String::new() }
    }

    /// Sends a body as a form, nested values as `a[b][0]=c` (<https://docs.stripe.com/api/metadata>).
    pub fn form<Body: Sent + Serialize>(config: &Config, path: &str, body: &Body) -> Result<Self, Unavailable> {
        let value = serde_json::to_value(body).map_err(|_| unwritable())?;
        let mut form = form_urlencoded::Serializer::new(String::new());
        append(&mut form, "", &value);
        Self::post(config, Body::TO, path, "application/x-www-form-urlencoded", form.finish())
    }

    /// Sends a body as JSON.
    pub fn json<Body: Sent + Serialize>(config: &Config, path: &str, body: &Body) -> Result<Self, Unavailable> {
        let text = serde_json::to_string(body).map_err(|_| unwritable())?;
        Self::post(config, Body::TO, path, "application/json", text)
    }

    /// Sends a body that is JSON already and must not be written anew.
    pub fn text<Body: Sent + AsRef<str>>(config: &Config, path: &str, body: &Body) -> Result<Self, Unavailable> {
        Self::post(config, Body::TO, path, "application/json", body.as_ref().to_owned())
    }

    fn post(config: &Config, to: Recipient, path: &str, kind: &str, body: String) -> Result<Self, Unavailable> {
        Ok(Self { method: "POST", body, ..Self::get(config, to, path)? }.with("content-type", kind))
    }

    /// The same with one more header; its name is in lower case.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// `GET` or `POST`.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Absolute address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Headers, names in lower case.
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// Body; empty for none.
    pub fn body(&self) -> &str {
        &self.body
    }
}

/// Adds a value and all that is nested in it; what is absent is left out.
fn append(form: &mut form_urlencoded::Serializer<'_, String>, name: &str, value: &Value) {
    let inner = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}[{key}]") };
    match value {
        Value::Null => {}
        Value::Bool(value) => drop(form.append_pair(name, if *value { "true" } else { "false" })),
        Value::Number(number) => drop(form.append_pair(name, &number.to_string())),
        Value::String(text) => drop(form.append_pair(name, text)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, value)| append(form, &inner(&at.to_string()), value));
        }
        Value::Object(fields) => fields.iter().for_each(|(key, value)| append(form, &inner(key), value)),
    }
}

fn unwritable() -> Unavailable {
    Unavailable { what: "network", why: "the body cannot be written as JSON".to_owned() }
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
    async fn send(&self, mail: &Mail) -> Result<(), Undelivered>;
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

    /// What the site says about itself. A host whose files stay as they are reads it once.
    async fn site(&self) -> Result<Rc<SiteData>, Unavailable> {
        read_site(self).await
    }
}

/// Reads `site.json`.
pub async fn read_site(assets: &(impl Assets + ?Sized)) -> Result<Rc<SiteData>, Unavailable> {
    let unreadable = |why: &str| Unavailable { what: "site.json", why: why.to_owned() };
    match assets.find("/site.json").await? {
        Found::File(asset) => json::read(&asset.body).map(Rc::new).ok_or_else(|| unreadable("cannot be read")),
        _ => Err(unreadable("is not deployed")),
    }
}

/// An archive of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// Its length in bytes.
    pub size: u64,
    /// Entity tag, with its quotes. Two archives of one name have two.
    pub etag: String,
}

/// Archives of releases. What is sent of one is for the host to read ([`crate::http::Excerpt`]).
pub trait Archives {
    /// Looks an archive up.
    async fn archive(&self, name: &str) -> Result<Option<Archive>, Unavailable>;
}

/// Files that people attach to what they write, sealed.
pub trait Files {
    /// Stores a file, in place of one of the same id.
    async fn put_file(&self, id: &FileId, sealed: &Sealed) -> Result<(), Unavailable>;
    /// What is stored.
    async fn file(&self, id: &FileId) -> Result<Option<Vec<u8>>, Unavailable>;
    /// Removes a file; removing one that is absent is fine.
    async fn drop_file(&self, id: &FileId) -> Result<(), Unavailable>;
}

/// The log.
pub trait Log {
    /// Writes an event.
    fn log(&self, event: &Event);
}

/// Counts requests, roughly and for a minute, where each may cost or try something.
pub trait Limiter {
    /// Counts one more under a name; whether it is still within [`REQUESTS_PER_MINUTE_MAX`]. A name is a keyed digest.
    async fn allows(&self, name: &str) -> bool;
}

/// Requests under one name in a minute.
pub const REQUESTS_PER_MINUTE_MAX: u32 = 60;

/// The whole world.
pub trait Ports: Kv + Vaults + Clock + Entropy + Outbound + Mailer + Assets + Archives + Files + Limiter + Log {}

impl<World: Kv + Vaults + Clock + Entropy + Outbound + Mailer + Assets + Archives + Files + Limiter + Log> Ports
    for World
{
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_values_have_brackets() {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let value = serde_json::json!({ "a": [{ "b": 1 }], "c": { "d": "e&f" }, "g": null });
        append(&mut form, "", &value);
        assert_eq!(form.finish(), "a%5B0%5D%5Bb%5D=1&c%5Bd%5D=e%26f");
    }
}
