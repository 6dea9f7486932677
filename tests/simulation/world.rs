//! The simulated world: implements the ports of the core over plain memory, one virtual clock and one source of
//! decisions. Every call goes through [`World::call`], which is where faults strike and where a future can be dropped.

use std::cell::RefCell;
use std::fmt::Debug;
use std::future::{Future, pending, poll_fn};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::task::Poll;

use edge::config::{Config, MailTransport};
use edge::domain::attachment::FileId;
use edge::domain::mail::Mail;
use edge::domain::time::{Moment, Seconds};
use edge::log::Event;
use edge::ports::{
    Archive, Archives, Asset, Assets, Clock, Entropy, Files, Found, Limiter, Log, Mailer, Unavailable, Undelivered,
};
use edge::store::file::Sealed;

use super::choice::{self, Choice};
use super::kv;
use super::mark;
use super::mutants::Mutant;
use super::objects::Objects;
use super::outside::Post;
use super::story::Story;
use super::weather::{Fault, Rates, Weather};

/// Where requests come from: two places of the network, and one that nobody asked before the end.
pub(super) const LOCATIONS: usize = 3;
/// The place that nobody asked before the end.
pub(super) const FRESH: usize = 2;
/// When histories begin.
pub(super) const BEGIN: i64 = 1_790_000_000;

/// The site as the generator describes it.
const SITE: &str = r#"{"title":"Shop","url":"https://shop.test","email":"info@shop.test","support_url":"https://shop.test/support/",
"products":[{"id":"plus","name":"Plus","plans":[
{"id":"single","name":"Single","price":4900,"currency":"usd","seats":2,"term":"1y","stripe_price":"price_1"},
{"id":"lifetime","name":"Lifetime","price":29900,"currency":"usd","seats":0,"term":"lifetime","stripe_price":"price_2"},
{"id":"yearly","name":"Yearly","price":4900,"currency":"usd","seats":2,"term":"1y","stripe_price":"price_3","renews":true}]}],
"policies":[{"id":"2025-03-31","effective":1743379200,"collects":{"purchase":["name","email","license_key","purchase_details"]}}]}"#;

/// What a port call reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The key-value store or a storage object; these are counted.
    Storage,
    /// An object's alarm.
    Alarm,
    /// Another server.
    Server,
    /// The site's own files.
    Site,
}

/// The world as one request sees it.
#[derive(Clone)]
pub(super) struct World {
    /// What all share.
    pub(super) shared: Rc<RefCell<Shared>>,
    /// From where it looks.
    pub(super) location: usize,
    /// The configuration, for the mailer.
    pub(super) config: Rc<Config>,
}

/// What all requests share.
pub(super) struct Shared {
    /// Seconds since the Unix epoch.
    pub(super) now: i64,
    /// Decides.
    pub(super) choice: Choice,
    /// How calls fare.
    pub(super) weather: Weather,
    /// What is wrong with the program on purpose.
    pub(super) mutant: Option<Mutant>,
    /// The key-value store.
    pub(super) kv: kv::Store,
    /// The storage objects.
    pub(super) objects: Objects,
    /// The mail provider.
    pub(super) post: Post,
    /// What really happened at the processor.
    pub(super) story: Rc<Story>,
    /// Storage calls of the task that is running.
    pub(super) operations: u32,
    /// What the task that is running was told so far, as a digest: with the world itself, all that its future rests on.
    pub(super) heard: u64,
    /// Set when a call will never be answered: whoever polls has to give the task up.
    pub(super) hangs: bool,
    /// The first promise that was broken.
    pub(super) broken: Option<String>,
    /// What happened, step by step, where somebody wants to know.
    pub(super) steps: Option<Vec<String>>,
    /// What was met.
    pub(super) tally: Tally,
    pub(super) entropy: u64,
}

/// How often what was met: a simulation that meets nothing proves nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally([u64; Met::ALL.len()]);

/// What can be met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    Handler,
    Call,
    RefusedCall,
    LostReply,
    Crash,
    StaleRead,
    ThrottledWrite,
    ParkedFact,
    PlacedFact,
    HeldPurchase,
    PriceDrift,
    Mail,
    MailSentBefore,
    SeatsFull,
    SeatRefused,
    CapturedOrder,
}

impl Met {
    const ALL: [Self; 16] = [
        Self::Handler,
        Self::Call,
        Self::RefusedCall,
        Self::LostReply,
        Self::Crash,
        Self::StaleRead,
        Self::ThrottledWrite,
        Self::ParkedFact,
        Self::PlacedFact,
        Self::HeldPurchase,
        Self::PriceDrift,
        Self::Mail,
        Self::MailSentBefore,
        Self::SeatsFull,
        Self::SeatRefused,
        Self::CapturedOrder,
    ];
}

impl Tally {
    /// Counts one.
    pub(super) fn met(&mut self, what: Met) {
        self.0[what as usize] += 1;
    }

    /// Every count with what it counts.
    pub(super) fn counts(&self) -> Vec<(Met, u64)> {
        Met::ALL.into_iter().zip(self.0).collect()
    }

    /// Adds another tally to this one.
    pub(super) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, count)| *sum += count);
    }
}

impl Shared {
    pub(super) fn new(choice: Choice, weather: Weather, story: Rc<Story>) -> Self {
        let entropy = match choice {
            Choice::Random(state) => state ^ 0xE47_0917,
            Choice::Enumerated(_) => 0,
        };
        Self {
            now: BEGIN,
            choice,
            weather,
            mutant: None,
            kv: kv::Store::default(),
            objects: Objects::default(),
            post: Post::default(),
            story,
            operations: 0,
            heard: 0,
            hangs: false,
            broken: None,
            steps: None,
            tally: Tally::default(),
            entropy,
        }
    }

    /// Notes that a promise is broken, unless it holds. The first one counts.
    pub(super) fn require(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds && self.broken.is_none() {
            self.broken = Some(otherwise());
        }
    }

    /// Notes a step, where somebody wants to know.
    pub(super) fn note(&mut self, step: impl FnOnce() -> String) {
        if let Some(steps) = &mut self.steps {
            steps.push(format!("+{:>5} s  {}", self.now - BEGIN, step()));
        }
    }

    /// How often what goes wrong.
    pub(super) fn rates(&self) -> Rates {
        match self.weather {
            Weather::Random(rates) => rates,
            _ => Rates::default(),
        }
    }

    /// Whether decisions are enumerated.
    pub(super) fn is_enumerated(&self) -> bool {
        matches!(self.choice, Choice::Enumerated(_))
    }

    fn fate(&mut self, what: &'static str) -> Fault {
        let fault = self.weather.strike(&mut self.choice);
        self.tally.met(Met::Call);
        match fault {
            Fault::None => {}
            Fault::Refused => self.tally.met(Met::RefusedCall),
            Fault::ReplyLost => self.tally.met(Met::LostReply),
            Fault::CrashBefore | Fault::CrashAfter => self.hangs = true,
        }
        self.note(|| format!("  {what} {}", fault.as_str()));
        fault
    }
}

impl World {
    /// One call of a port: it can be interrupted before it takes effect and after, it can be refused, and its reply can
    /// be lost.
    pub(super) async fn call<Value: Debug>(
        &self,
        kind: Kind,
        what: &'static str,
        effect: impl FnOnce(&mut Shared) -> Result<Value, Unavailable>,
    ) -> Result<Value, Unavailable> {
        // Where all orders are walked through, only what acts on the world is worth waiting for, and waiting after it is
        // the same as waiting before the next.
        let is_enumerated = self.shared.borrow().is_enumerated();
        if is_enumerated && kind == Kind::Site {
            return effect(&mut self.shared.borrow_mut());
        }
        pause().await;
        let no_answer = || Unavailable { what, why: "no answer".to_owned() };
        let (fault, outcome) = {
            let shared = &mut *self.shared.borrow_mut();
            shared.operations += u32::from(kind == Kind::Storage);
            let fault = shared.fate(what);
            let outcome = if fault.is_before() { Err(no_answer()) } else { effect(shared) };
            if is_enumerated {
                shared.heard = digest(&format!("{} {what} {fault:?} {outcome:?} {}", shared.heard, shared.now));
            }
            (fault, outcome)
        };
        if fault.is_crash() {
            return pending().await;
        }
        if !is_enumerated {
            pause().await;
        }
        if fault == Fault::ReplyLost { Err(no_answer()) } else { outcome }
    }

    /// What is wrong with the program on purpose.
    pub(super) fn mutant(&self) -> Option<Mutant> {
        self.shared.borrow().mutant
    }
}

/// A number that stands for a text.
pub(super) fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Lets others run once.
fn pause() -> impl Future<Output = ()> {
    let mut waited = false;
    poll_fn(move |_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending })
}

/// The configuration of every simulated edge.
pub(super) fn config() -> Config {
    let setting = |name: &str| {
        let value = match name {
            "SITE_URL" => "https://shop.test",
            "PEPPER" => "pepper of the simulation",
            "LICENSE_SECRET" => "license secret of the simulation",
            "SIGNING_KEY" => "c2lnbmluZyBrZXkgb2YgdGhlIHNpbXVsYXRpb24uLi4=",
            "VAULT_KEYS" => "v1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "STRIPE_WEBHOOK_SECRETS" => super::story::WEBHOOK_SECRET,
            "STRIPE_API_KEY" => "sk_test_of_the_simulation",
            "STRIPE_API_BASE" => super::outside::STRIPE,
            "PAYPAL_CLIENT_ID" => "client of the simulation",
            "PAYPAL_CLIENT_SECRET" => "client secret of the simulation",
            "PAYPAL_WEBHOOK_ID" => super::paypal::WEBHOOK_ID,
            "PAYPAL_API_BASE" => super::outside::PAYPAL,
            "PAYPAL_VERIFICATION" => "postback",
            "LIVEMODE" => "false",
            "MAIL_FROM" => "info@shop.test",
            "MAIL_TRANSPORT" => "resend",
            "MAIL_API_KEY" => "mail key of the simulation",
            "MAIL_API_BASE" => super::outside::POST_OFFICE,
            _ => return None,
        };
        Some(value.to_owned())
    };
    edge::config::read(setting).expect("a whole configuration")
}

impl Clock for World {
    fn now(&self) -> Moment {
        Moment(self.shared.borrow().now)
    }

    /// How long an answer takes is no matter here.
    async fn pause(&self, _length: Seconds) {}
}

impl Entropy for World {
    fn random(&self) -> Result<[u8; 16], Unavailable> {
        let entropy = &mut self.shared.borrow_mut().entropy;
        Ok((u128::from(choice::next(entropy)) << 64 | u128::from(choice::next(entropy))).to_be_bytes())
    }
}

impl Assets for World {
    async fn find(&self, path: &str) -> Result<Found, Unavailable> {
        if path != "/site.json" {
            return Ok(Found::Nothing);
        }
        let file = |_: &mut Shared| {
            Ok(Found::File(Asset { content_type: "application/json".to_owned(), etag: None, body: SITE.into() }))
        };
        self.call(Kind::Site, "site", file).await
    }
}

impl Archives for World {
    async fn archive(&self, _name: &str) -> Result<Option<Archive>, Unavailable> {
        Ok(None)
    }
}

/// Nobody attaches a file in these histories.
impl Files for World {
    async fn put_file(&self, _id: &FileId, _sealed: &Sealed) -> Result<(), Unavailable> {
        Err(Unavailable { what: "files", why: "there are none here".to_owned() })
    }

    async fn file(&self, _id: &FileId) -> Result<Option<Vec<u8>>, Unavailable> {
        Ok(None)
    }

    async fn drop_file(&self, _id: &FileId) -> Result<(), Unavailable> {
        Ok(())
    }
}

impl Mailer for World {
    async fn send(&self, mail: &Mail) -> Result<(), Undelivered> {
        let MailTransport::Resend { key, .. } = &self.config.mail else { unreachable!("configured so") };
        let sent = edge::mailer::send(self, &self.config, key, mail).await;
        if self.mutant() == Some(Mutant::MailSettledUnsent) { Ok(()) } else { sent }
    }
}

impl Limiter for World {
    async fn allows(&self, _: &str) -> bool {
        true
    }
}

impl Log for World {
    fn log(&self, event: &Event) {
        let shared = &mut *self.shared.borrow_mut();
        match event {
            Event::Parked => shared.tally.met(Met::ParkedFact),
            Event::Unparked => shared.tally.met(Met::PlacedFact),
            Event::Held { .. } => shared.tally.met(Met::HeldPurchase),
            Event::PriceDrift => shared.tally.met(Met::PriceDrift),
            _ => {}
        }
        let line = event.to_string();
        shared.require(!mark::is_in(&line), || format!("I6 the log holds something personal: {line}"));
        shared.note(|| format!("  log: {line}"));
    }
}
