//! The ports as Cloudflare provides them.
#![expect(clippy::disallowed_methods, reason = "the one adapter to storage and network: what it takes is declared")]

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use ::worker::js_sys::Date;
use ::worker::js_sys::futures::JsFuture;
use ::worker::wasm_bindgen::JsValue;
use ::worker::{
    AbortController, Bucket, Conditional, Delay, Env, Fetch, Headers, Method, Range as R2Range, Request, RequestInit,
    RequestRedirect, Response, ResponseBody, console_log, kv::KvStore,
};
use futures_util::future::{Either, select};

use super::object::Message;
use super::{crossing, post};
use crate::config::{Config, MailTransport};
use crate::domain::attachment::FileId;
use crate::domain::mail::Mail;
use crate::domain::time::{Moment, Seconds};
use crate::hosts::{ANSWER_TIME_MAX, random};
use crate::http::Excerpt;
use crate::json;
use crate::log::Event;
use crate::mailer;
use crate::ports::{
    Answer, Archive, Archives, Asset, Assets, Call, Clock, Entropy, Files, Found, Kv, Limiter, Log, Mailer, Outbound,
    Unavailable, Undelivered, Vaults, read_site,
};
use crate::site::SiteData;
use crate::store::file::Sealed;
use crate::store::object::{Address, Command, Reply};
use crate::store::record::Written;

const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Keys on a page of the platform's listing.
const PAGE_KEYS: u64 = 1_000;
const PAGES_MAX: usize = 10;

/// Cloudflare's world.
#[derive(Debug, Clone)]
pub(super) struct World {
    env: Env,
    config: Config,
    /// What the site says about itself, once it was asked: an isolate serves one deployment, whose files do not change.
    site: OnceCell<Rc<SiteData>>,
    /// Pages that were read before, for the same reason.
    pages: Rc<RefCell<Pages>>,
}

/// Pages by their path, as many as fit: reading one costs more than all else that is done for it.
#[derive(Debug, Default)]
struct Pages {
    read: BTreeMap<String, Asset>,
    bytes: usize,
}

impl Pages {
    /// What all pages may take. A program has 128 MB.
    const BYTES_MAX: usize = 8 * 1024 * 1024;

    /// Keeps a page; where there is no room, those before it are given up.
    fn keep(&mut self, path: &str, page: &Asset) {
        if page.body.len() > Self::BYTES_MAX {
            return;
        }
        if self.bytes + page.body.len() > Self::BYTES_MAX {
            *self = Self::default();
        }
        let before = self.read.insert(path.to_owned(), page.clone());
        self.bytes += page.body.len() - before.map_or(0, |page| page.body.len());
    }
}

impl World {
    pub(super) fn new(env: Env, config: Config) -> Self {
        Self { env, config, site: OnceCell::new(), pages: Rc::default() }
    }

    fn views(&self) -> Result<KvStore, Unavailable> {
        self.env.kv("VIEWS").map_err(in_part("kv"))
    }

    fn releases(&self) -> Result<Bucket, Unavailable> {
        self.env.bucket("RELEASES").map_err(in_part("archives"))
    }

    fn files(&self) -> Result<Bucket, Unavailable> {
        self.env.bucket("FILES").map_err(in_part("files"))
    }

    /// Opens an archive for an excerpt of it. The platform reads it; no byte of it comes into this program.
    pub(super) async fn open_archive(&self, excerpt: &Excerpt) -> Result<ResponseBody, Unavailable> {
        let Range { start, end } = excerpt.bytes;
        if start == end {
            return Ok(ResponseBody::Empty);
        }
        let failed = in_part("archives");
        let bare = excerpt.etag.trim_matches('"').to_owned();
        let bucket = self.releases()?;
        let part = R2Range::OffsetWithLength { offset: start, length: end - start };
        let same = Conditional { etag_matches: Some(bare), ..Conditional::default() };
        let object = bucket.get(&excerpt.name).range(part).only_if(same).execute().await.map_err(&failed)?;
        let gone = || Unavailable { what: "archives", why: "the archive was replaced meanwhile".to_owned() };
        let object = object.ok_or_else(gone)?;
        object.body().ok_or_else(gone)?.response_body().map_err(&failed)
    }
}

/// The platform's clock; it stands still while a request computes.
pub(super) fn now() -> Moment {
    #[expect(clippy::cast_possible_truncation, reason = "a date of JavaScript is a whole number below 2^53")]
    Moment((Date::now() / 1_000.0) as i64)
}

fn in_part<Error: Display>(what: &'static str) -> impl Fn(Error) -> Unavailable {
    move |error| Unavailable { what, why: error.to_string() }
}

/// What JavaScript threw, as the log may show it.
fn thrown(what: &'static str) -> impl Fn(JsValue) -> Unavailable {
    move |error| Unavailable { what, why: worker::Error::from(error).to_string() }
}

impl Kv for World {
    async fn get(&self, key: &str) -> Result<Option<String>, Unavailable> {
        let answer = crossing::view(&self.env, key).map_err(thrown("kv"))?;
        Ok(JsFuture::from(answer).await.map_err(thrown("kv"))?.as_string())
    }

    async fn put(&self, key: &str, value: &Written, ttl: Seconds) -> Result<(), Unavailable> {
        let put = self.views()?.put(key, value.as_str()).map_err(in_part("kv"))?;
        put.expiration_ttl(u64::from(ttl.0)).execute().await.map_err(in_part("kv"))
    }

    async fn delete(&self, key: &str) -> Result<(), Unavailable> {
        self.views()?.delete(key).await.map_err(in_part("kv"))
    }

    /// The platform's listing cannot begin behind a key, so what lies before it is passed over.
    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, Unavailable> {
        let views = self.views()?;
        let (mut keys, mut cursor) = (vec![], None);
        for _ in 0..PAGES_MAX {
            let mut page = views.list().prefix(prefix.to_owned()).limit(PAGE_KEYS);
            if let Some(cursor) = cursor {
                page = page.cursor(cursor);
            }
            let page = page.execute().await.map_err(in_part("kv"))?;
            let behind = |name: &String| after.is_none_or(|after| name.as_str() > after);
            keys.extend(page.keys.into_iter().map(|key| key.name).filter(behind));
            cursor = page.cursor;
            if page.list_complete || keys.len() >= limit || cursor.is_none() {
                break;
            }
        }
        keys.truncate(limit);
        Ok(keys)
    }
}

impl Vaults for World {
    async fn execute(&self, address: &Address, command: Command) -> Result<Reply, Unavailable> {
        let failed = in_part("object");
        let stub = self.env.durable_object("VAULT").map_err(in_part("object"))?;
        let stub = stub.get_by_name(&address.name()).map_err(in_part("object"))?;
        let message = Message { address: address.clone(), command };
        let body = serde_json::to_string(&message).map_err(in_part("object"))?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(JsValue::from(body)));
        let request = Request::new_with_init("https://object/", &init).map_err(&failed)?;
        let mut response = stub.fetch_with_request(request).await.map_err(&failed)?;
        let bytes = response.bytes().await.map_err(&failed)?;
        if response.status_code() != 200 {
            return Err(Unavailable { what: "object", why: format!("answered {}", response.status_code()) });
        }
        json::read(&bytes).ok_or(Unavailable { what: "object", why: "an unreadable reply".to_owned() })
    }
}

impl Clock for World {
    fn now(&self) -> Moment {
        now()
    }

    async fn pause(&self, length: Seconds) {
        Delay::from(Duration::from_secs(length.0.into())).await;
    }
}

impl Entropy for World {
    fn random(&self) -> Result<[u8; 16], Unavailable> {
        random()
    }
}

impl Outbound for World {
    async fn call(&self, call: Call) -> Result<Answer, Unavailable> {
        let failed = in_part("network");
        let headers = Headers::new();
        for (name, value) in call.headers() {
            headers.set(name, value).map_err(&failed)?;
        }
        let method = if call.method() == "POST" { Method::Post } else { Method::Get };
        let mut init = RequestInit::new();
        init.with_method(method).with_headers(headers).with_redirect(RequestRedirect::Manual);
        if !call.body().is_empty() {
            init.with_body(Some(JsValue::from(call.body())));
        }
        let request = Request::new_with_init(call.url(), &init).map_err(&failed)?;
        let abort = AbortController::default();
        let signal = abort.signal();
        let answer = async {
            let mut response = Fetch::Request(request).send_with_signal(&signal).await?;
            Ok((response.status_code(), response.bytes().await?))
        };
        match select(pin!(answer), pin!(Delay::from(ANSWER_TIME_MAX))).await {
            Either::Left((Ok((_, body)), _)) if body.len() > ANSWER_BYTES_MAX => {
                Err(Unavailable { what: "network", why: "the answer is too long".to_owned() })
            }
            Either::Left((Ok((status, body)), _)) => Ok(Answer { status, body }),
            Either::Left((Err(error), _)) => Err(failed(error)),
            Either::Right(_) => {
                abort.abort();
                Err(Unavailable { what: "network", why: "no answer in time".to_owned() })
            }
        }
    }
}

impl Mailer for World {
    async fn send(&self, mail: &Mail) -> Result<(), Undelivered> {
        match &self.config.mail {
            MailTransport::Resend { key, .. } => mailer::send(self, &self.config, key, mail).await,
            MailTransport::Cloudflare => post::send(&self.env, &self.config.mail_from, mail).await,
            // The configuration refuses them on this target.
            MailTransport::File | MailTransport::Smtp { .. } => {
                Err(Unavailable { what: "mail", why: "there is no such transport here".to_owned() }.into())
            }
        }
    }
}

impl Assets for World {
    async fn find(&self, path: &str) -> Result<Found, Unavailable> {
        if let Some(page) = self.pages.borrow().read.get(path) {
            return Ok(Found::File(page.clone()));
        }
        let failed = in_part("assets");
        let assets = self.env.assets("ASSETS").map_err(&failed)?;
        let mut init = RequestInit::new();
        init.with_redirect(RequestRedirect::Manual);
        let mut response = assets.fetch(format!("https://assets{path}"), Some(init)).await.map_err(&failed)?;
        match response.status_code() {
            200 => {
                let etag = response.headers().get("etag").map_err(&failed)?;
                let content_type = response.headers().get("content-type").map_err(&failed)?;
                let body = response.bytes().await.map_err(&failed)?;
                let content_type = content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
                let asset = Asset { content_type, etag, body };
                if asset.content_type.starts_with("text/html") {
                    self.pages.borrow_mut().keep(path, &asset);
                }
                Ok(Found::File(asset))
            }
            301..=308 => Ok(location(&response)?.map_or(Found::Nothing, Found::Moved)),
            404 => Ok(Found::Nothing),
            status => Err(Unavailable { what: "assets", why: format!("answered {status}") }),
        }
    }

    async fn site(&self) -> Result<Rc<SiteData>, Unavailable> {
        if let Some(known) = self.site.get() {
            return Ok(Rc::clone(known));
        }
        let read = read_site(self).await?;
        Ok(Rc::clone(self.site.get_or_init(|| read)))
    }
}

impl Archives for World {
    async fn archive(&self, name: &str) -> Result<Option<Archive>, Unavailable> {
        let object = self.releases()?.head(name).await.map_err(in_part("archives"))?;
        Ok(object.map(|object| Archive { size: object.size(), etag: object.http_etag() }))
    }
}

impl Files for World {
    async fn put_file(&self, id: &FileId, sealed: &Sealed) -> Result<(), Unavailable> {
        let files = self.files()?;
        files.put(id.as_str(), sealed.bytes().to_vec()).execute().await.map(drop).map_err(in_part("files"))
    }

    async fn file(&self, id: &FileId) -> Result<Option<Vec<u8>>, Unavailable> {
        let failed = in_part("files");
        let Some(object) = self.files()?.get(id.as_str()).execute().await.map_err(&failed)? else { return Ok(None) };
        let Some(body) = object.body() else { return Ok(None) };
        body.bytes().await.map(Some).map_err(&failed)
    }

    async fn drop_file(&self, id: &FileId) -> Result<(), Unavailable> {
        self.files()?.delete(id.as_str()).await.map_err(in_part("files"))
    }
}

/// Where a redirect of the site leads, as a path.
fn location(response: &Response) -> Result<Option<String>, Unavailable> {
    let location = response.headers().get("location").map_err(in_part("assets"))?;
    Ok(location.map(|location| location.strip_prefix("https://assets").unwrap_or(&location).to_owned()))
}

impl Limiter for World {
    /// The platform counts in the memory of the data centre. A limit that cannot be asked turns nobody away.
    async fn allows(&self, name: &str) -> bool {
        let Ok(limiter) = self.env.rate_limiter("LIMITER") else { return true };
        limiter.limit(name.to_owned()).await.map_or(true, |outcome| outcome.success)
    }
}

impl Log for World {
    fn log(&self, event: &Event) {
        console_log!("{event}");
    }
}
