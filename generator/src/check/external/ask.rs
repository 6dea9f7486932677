//! One question to another host: is this there, has it moved, and does it have these places? Programs that ask are often sent
//! away where a browser is not, so a question is asked in the cheap way first, then as a browser does, and again after a pause.
//!
//! What is sent is the address and what kind of program asks: no cookie, no referrer, no name.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use ureq::{
    Agent, Body,
    http::{Response, header},
    unversioned::transport::DefaultConnector,
};
use url::Url;

use super::resolver::{Public, Refusal, is_named_private};
use crate::proof::elsewhere;

/// Who asks.
const AGENT: &str = concat!("site-link-check/", env!("CARGO_PKG_VERSION"));
/// As many as a browser follows, or nearly.
const REDIRECTS_MAX: usize = 10;
/// Longer pages are not read for a place in them.
const PAGE_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// As long as somebody who asks for patience is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// For an answer.
    pub(super) time_max: Duration,
    /// Before each further try.
    pub(super) pauses: [Duration; 2],
}

impl Default for Manner {
    fn default() -> Self {
        Self { time_max: Duration::from_secs(10), pauses: [Duration::from_secs(1), Duration::from_secs(4)] }
    }
}

/// What became of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Outcome {
    /// It is there.
    There,
    /// Its host says that it is not.
    Gone(u16),
    /// Its host says something else.
    Odd(u16),
    /// There is no such host.
    NoHost,
    /// Whether there is one could not be found out.
    NoName,
    /// Nothing that could be read came back.
    Silent(String),
    /// The host is in a private network.
    Private,
    /// The address has a name or a password in it.
    Named,
    /// One address leads to the next.
    Endless,
}

/// What is known of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    /// Where it went for good.
    pub(super) moved: Option<String>,
    /// Whether it has a place, as far as that can be told.
    pub(super) places: BTreeMap<String, bool>,
}

impl Answer {
    pub(super) fn of(outcome: Outcome) -> Self {
        Self { outcome, moved: None, places: BTreeMap::new() }
    }

    /// Whether nobody has to mend anything soon.
    pub(super) fn is_good(&self) -> bool {
        self.outcome == Outcome::There && self.places.values().all(|is_there| *is_there)
    }

    /// Whether somebody looked for a place, or cannot look for any.
    pub(super) fn speaks_of(&self, place: &str) -> bool {
        self.outcome != Outcome::There || self.places.contains_key(place)
    }
}

/// Where a reply leads.
enum Reply {
    On { to: Url, is_for_good: bool },
    Here(Response<Body>),
}

/// Asks, and never one host for two things at once.
pub(super) struct Asker {
    agent: Agent,
    manner: Manner,
    with_private: bool,
    /// Whose turn it is, by host.
    turns: Mutex<BTreeMap<String, Arc<Mutex<()>>>>,
    /// Hosts that were waited for in vain and are not waited for again.
    tired: Mutex<BTreeSet<String>>,
}

impl Asker {
    pub(super) fn new(manner: Manner, with_private: bool) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(manner.time_max))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(AGENT)
            .accept("text/html, */*;q=0.8")
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), Public::new(with_private));
        Self { agent, manner, with_private, turns: Mutex::default(), tired: Mutex::default() }
    }

    /// Asks for a page and for places in it.
    pub(super) fn ask(&self, page: &Url, places: &BTreeSet<String>) -> Answer {
        let host = page.host_str().unwrap_or_default();
        let is_tired = self.tired.lock().unwrap_or_else(PoisonError::into_inner).contains(host);
        let pauses = if is_tired { &[][..] } else { &self.manner.pauses[..] };
        let mut tries = 0;
        loop {
            let (answer, patience) = self.once(page, places, tries > 0);
            let is_passing = match answer.outcome {
                Outcome::Silent(_) | Outcome::NoName => true,
                Outcome::Odd(status) => status == 429 || status >= 500,
                _ => false,
            };
            if !is_passing {
                return answer;
            }
            let Some(pause) = pauses.get(tries) else {
                self.tired.lock().unwrap_or_else(PoisonError::into_inner).insert(host.to_owned());
                return answer;
            };
            thread::sleep(patience.unwrap_or(*pause));
            tries += 1;
        }
    }

    /// Follows an address to its end. How long its host wants to be left alone comes with the answer.
    fn once(&self, page: &Url, places: &BTreeSet<String>, is_again: bool) -> (Answer, Option<Duration>) {
        let (mut at, mut moved, mut is_for_good) = (page.clone(), None, true);
        for _ in 0..=REDIRECTS_MAX {
            let reply = self.reply(&at, !is_again && places.is_empty());
            match reply {
                Err(outcome) => return (Answer::of(outcome), None),
                Ok(Reply::On { to, is_for_good: this }) => {
                    is_for_good &= this;
                    if is_for_good {
                        moved = Some(to.to_string());
                    }
                    at = to;
                }
                Ok(Reply::Here(response)) => {
                    let patience = patience(&response);
                    let outcome = match response.status().as_u16() {
                        200..=299 => Outcome::There,
                        status @ (404 | 410) => Outcome::Gone(status),
                        status => Outcome::Odd(status),
                    };
                    let is_there = outcome == Outcome::There;
                    let found = if is_there && !places.is_empty() { read_places(response) } else { None };
                    let places = places
                        .iter()
                        .filter(|_| is_there)
                        .map(|place| (place.clone(), found.as_ref().is_none_or(|found| has_place(found, place))));
                    let answer = Answer { outcome, moved: moved.filter(|_| is_there), places: places.collect() };
                    return (answer, patience);
                }
            }
        }
        (Answer::of(Outcome::Endless), None)
    }

    /// What an address answers, in its turn.
    fn reply(&self, url: &Url, is_head_enough: bool) -> Result<Reply, Outcome> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Outcome::Named);
        }
        if !self.with_private && is_named_private(url) {
            return Err(Outcome::Private);
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        let turn = Arc::clone(self.turns.lock().unwrap_or_else(PoisonError::into_inner).entry(host).or_default());
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let head = is_head_enough.then(|| self.agent.head(url.as_str()).call()).transpose().map_err(|e| failed(&e))?;
        // Some answer only to those who want all of it, and some of those who do not say the wrong thing.
        let is_plain = |response: &Response<Body>| response.status().is_success() || response.status().is_redirection();
        let response = match head.filter(is_plain) {
            Some(response) => response,
            None => self.agent.get(url.as_str()).call().map_err(|error| failed(&error))?,
        };
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        match (response.status().as_u16(), location) {
            (status @ (301 | 302 | 303 | 307 | 308), Some(location)) => {
                let mut to = url.join(location).map_err(|_| Outcome::Silent("it leads to no address".to_owned()))?;
                if !matches!(to.scheme(), "http" | "https") {
                    return Err(Outcome::Silent(format!("it leads to an address that begins with `{}:`", to.scheme())));
                }
                if to.fragment().is_none() {
                    to.set_fragment(url.fragment());
                }
                Ok(Reply::On { to, is_for_good: matches!(status, 301 | 308) })
            }
            _ => Ok(Reply::Here(response)),
        }
    }
}

/// What a failure means.
fn failed(error: &ureq::Error) -> Outcome {
    match (Refusal::of(error), error) {
        (Some(Refusal::Private), _) => Outcome::Private,
        (Some(Refusal::NoHost), _) => Outcome::NoHost,
        (Some(Refusal::NoName), _) => Outcome::NoName,
        (None, ureq::Error::Timeout(_)) => Outcome::Silent("it takes too long to answer".to_owned()),
        (None, error) => Outcome::Silent(error.to_string()),
    }
}

/// How long a host asks to be left alone.
fn patience(response: &Response<Body>) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    value.parse().ok().map(Duration::from_secs).map(|wait| wait.min(PATIENCE))
}

/// The places of a page, where it is one and can be read.
fn read_places(mut response: Response<Body>) -> Option<BTreeSet<String>> {
    let kind = response.headers().get(header::CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
    if !kind.starts_with("text/html") && !kind.starts_with("application/xhtml") {
        return None;
    }
    // A page that is longer than this cannot be judged.
    let html = response.body_mut().with_config().limit(PAGE_BYTES_MAX).read_to_vec().ok()?;
    Some(elsewhere::places(&String::from_utf8_lossy(&html)))
}

/// Whether a page has a place. GitHub gives names of its own to the headings of a text, and a script leads there.
fn has_place(found: &BTreeSet<String>, place: &str) -> bool {
    found.contains(place) || found.contains(&format!("user-content-{place}"))
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader, Read, Write},
        net::{TcpListener, TcpStream},
    };

    use ureq::Proxy;

    use super::*;

    /// A proxy that plays each host it is asked for and sends everybody on to an address; which hosts those were.
    fn proxy(to: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let hosts = Arc::new(Mutex::new(Vec::new()));
        let asked = Arc::clone(&hosts);
        thread::spawn(move || {
            // A connection that is kept open does not keep the next one waiting.
            for stream in listener.incoming().flatten() {
                let asked = Arc::clone(&asked);
                thread::spawn(move || play(&stream, to, &asked));
            }
        });
        (address, hosts)
    }

    fn play(stream: &TcpStream, to: &str, asked: &Mutex<Vec<String>>) {
        let (mut reader, mut writer) = (BufReader::new(stream), stream);
        loop {
            let lines = reader.by_ref().lines().map_while(Result::ok);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let Some(first) = head.first() else { return };
            let reply = match first.strip_prefix("CONNECT ") {
                Some(host) => {
                    asked.lock().expect("whole").push(host.split(':').next().unwrap_or(host).to_owned());
                    "HTTP/1.1 200 OK\r\n\r\n".to_owned()
                }
                None => format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"),
            };
            if writer.write_all(reply.as_bytes()).is_err() {
                return;
            }
        }
    }

    #[test]
    fn behind_a_proxy_a_private_address_is_not_followed_either() {
        for (to, outcome, also) in [
            ("http://10.0.0.1/admin", Outcome::Private, None),
            ("http://router.local/", Outcome::Private, None),
            ("http://a:b@other.example/", Outcome::Named, None),
            ("http://other.example/", Outcome::Endless, Some("other.example")),
        ] {
            let (address, hosts) = proxy(to);
            let manner = Manner { time_max: Duration::from_secs(5), pauses: [Duration::ZERO; 2] };
            let config = Agent::config_builder()
                .timeout_global(Some(manner.time_max))
                .max_redirects(0)
                .max_redirects_will_error(false);
            let config = config.proxy(Some(Proxy::new(&address).expect("a proxy"))).build();
            let agent = Agent::with_parts(config, DefaultConnector::default(), Public::new(false));
            let asker = Asker { agent, ..Asker::new(manner, false) };
            let page = Url::parse("http://page.example/").expect("an address");
            assert_eq!(asker.ask(&page, &BTreeSet::new()).outcome, outcome, "{to}");
            let hosts: BTreeSet<String> = hosts.lock().expect("whole").drain(..).collect();
            let expected: BTreeSet<String> = ["page.example"].into_iter().chain(also).map(str::to_owned).collect();
            assert_eq!(hosts, expected, "{to}");
        }
    }
}
