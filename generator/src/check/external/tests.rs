//! Against a real server on this machine that answers as the web does: rightly, wrongly, late and not at all.

use std::{
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::*;
use crate::{
    check::{self, Arguments},
    fixture::Fixture,
};

/// A web of one host.
#[derive(Debug, Default)]
struct Web {
    /// Method and path of each request, and what kind of program asked.
    asked: Mutex<Vec<(String, String)>>,
    open: AtomicUsize,
    most: AtomicUsize,
}

impl Web {
    /// The requests so far, which are then forgotten.
    fn asked(&self) -> Vec<String> {
        let asked: Vec<_> = self.asked.lock().expect("whole").drain(..).map(|(what, _)| what).collect();
        asked
    }
}

async fn answer(State(web): State<Arc<Web>>, request: Request) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let headers: Vec<&str> = request.headers().keys().map(header::HeaderName::as_str).collect();
    web.asked.lock().expect("whole").push((format!("{method} {path}"), headers.join(" ")));
    let open = web.open.fetch_add(1, Ordering::SeqCst) + 1;
    web.most.fetch_max(open, Ordering::SeqCst);
    let wait = match path.as_str() {
        "/slow" => 2_000,
        "/wait" => 100,
        _ => 5,
    };
    tokio::time::sleep(Duration::from_millis(wait)).await;
    web.open.fetch_sub(1, Ordering::SeqCst);
    let html = |body: String| ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response();
    let to = |status: StatusCode, place: &str| (status, [(header::LOCATION, place.to_owned())]).into_response();
    let tries = || {
        let asked = web.asked.lock().expect("whole");
        asked.iter().filter(|(what, _)| what.ends_with(&path)).count()
    };
    match path.as_str() {
        "/places" => html("<h2 id=one>1</h2><a name=two></a><h2 id=user-content-three>3</h2>".to_owned()),
        "/long" => html(format!("{}<h2 id=one>", " ".repeat(2 * 1024 * 1024 + 1))),
        "/head" if method == Method::HEAD => StatusCode::NOT_FOUND.into_response(),
        "/recovers" if tries() < 4 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        "/moved" => to(StatusCode::MOVED_PERMANENTLY, "/there"),
        "/moved-places" => to(StatusCode::PERMANENT_REDIRECT, "/places"),
        "/moved-on" => to(StatusCode::MOVED_PERMANENTLY, "/for-now"),
        "/moved-gone" => to(StatusCode::MOVED_PERMANENTLY, "/404"),
        "/for-now" => to(StatusCode::FOUND, "/there"),
        "/circle" => to(StatusCode::FOUND, "/circle"),
        "/mailbox" => to(StatusCode::FOUND, "mailto:a@b.example"),
        other => {
            match other.trim_start_matches('/').parse::<u16>().ok().and_then(|code| StatusCode::from_u16(code).ok()) {
                Some(status) => status.into_response(),
                None => html("There.".to_owned()),
            }
        }
    }
}

/// Starts a web; the address of its host ends without a slash.
fn web() -> (Arc<Web>, String) {
    web_at("127.0.0.1:0")
}

fn web_at(place: &str) -> (Arc<Web>, String) {
    let listener = TcpListener::bind(place).expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    listener.set_nonblocking(true).expect("a listener");
    let web = Arc::new(Web::default());
    let state = Arc::clone(&web);
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, Router::new().fallback(answer).with_state(state)).await.expect("a server");
        });
    });
    (web, address)
}

const NOW: &str = "2026-11-22T00:00:00Z";

fn external(private: bool) -> External {
    External { now: NOW.parse().expect("a moment"), private, progress: |_| () }
}

/// As patient as a test can be.
fn hurried() -> Manner {
    Manner { time_max: Duration::from_millis(500), pauses: [Duration::from_millis(1); 2] }
}

/// Errors and warnings about addresses, each with its hint, in the order of messages.
fn asked(root: &Path, external: External, addresses: &[String]) -> (Vec<String>, Vec<String>) {
    let place = BTreeSet::from([Diagnostic::file("content/a.md", "")]);
    let elsewhere = addresses.iter().map(|address| (address.clone(), place.clone())).collect();
    let mut report = Report::default();
    ask_all(external, hurried(), root, elsewhere, "https://example.com", &mut report);
    let said = |found: Vec<Diagnostic>| {
        let said = found.into_iter().map(|found| format!("{} ({})", found.message, found.hint.unwrap_or_default()));
        said.collect()
    };
    (said(report.errors), said(report.warnings))
}

/// What is said of the only address.
#[track_caller]
fn verdict_of(path: &str) -> (char, String) {
    let (fixture, (_, host)) = (Fixture::empty(), web());
    let (errors, warnings) = asked(fixture.root(), external(true), &[format!("{host}{path}")]);
    let mut all: Vec<(char, String)> = errors.into_iter().map(|said| ('e', said)).collect();
    all.extend(warnings.into_iter().map(|said| ('w', said)));
    assert!(all.len() < 2, "{all:?}");
    all.pop().map_or((' ', String::new()), |(kind, said)| (kind, said.replace(&host, "HOST")))
}

#[test]
fn what_is_gone_is_an_error_and_what_may_be_there_for_readers_a_warning() {
    for (path, kind, said) in [
        ("/there", ' ', ""),
        ("/204", ' ', ""),
        ("/404", 'e', "`HOST/404` is not there: its host answers 404"),
        ("/410", 'e', "`HOST/410` is not there: its host answers 410"),
        ("/401", 'w', "`HOST/401` answers with status 401"),
        ("/403", 'w', "`HOST/403` answers with status 403"),
        ("/405", 'w', "`HOST/405` answers with status 405"),
        ("/429", 'w', "`HOST/429` answers with status 429"),
        ("/500", 'w', "`HOST/500` answers with status 500"),
        ("/slow", 'w', "`HOST/slow` could not be asked for: it takes too long to answer"),
        ("/circle", 'w', "`HOST/circle` is passed on from address to address without an end"),
        ("/mailbox", 'w', "`HOST/mailbox` could not be asked for: it leads to an address that begins with `mailto:`"),
    ] {
        let found = verdict_of(path);
        assert!(found.0 == kind && found.1.starts_with(said), "{path}: {found:?}");
        assert!(kind == ' ' || !found.1.ends_with("()"), "a finding has a way out: {found:?}");
    }
}

#[test]
fn what_moved_for_good_is_said_with_its_new_address_and_what_moved_for_now_is_not() {
    for (path, kind, said) in [
        ("/moved", 'w', "`HOST/moved` has moved for good (write `HOST/there`)"),
        ("/moved-places#one", 'w', "`HOST/moved-places#one` has moved for good (write `HOST/places#one`)"),
        ("/moved-on", 'w', "`HOST/moved-on` has moved for good (write `HOST/for-now`)"),
        ("/moved-gone", 'e', "`HOST/moved-gone` is not there: its host answers 404"),
        ("/for-now", ' ', ""),
    ] {
        let found = verdict_of(path);
        assert!(found.0 == kind && found.1.starts_with(said), "{path}: {found:?}");
    }
}

#[test]
fn a_place_is_looked_for_where_the_page_can_be_read() {
    for (path, said) in [
        ("/places#one", ""),
        ("/places#two", ""),
        ("/places#three", ""),
        ("/places#four", "`HOST/places#four` leads to a page without a place `four`"),
        ("/places#top", ""),
        ("/places#:~:text=1", ""),
        ("/places#/state", ""),
        ("/places#L10-L20", ""),
        ("/long#two", ""),
    ] {
        let found = verdict_of(path);
        assert!(found.1.starts_with(said) && found.1.is_empty() == said.is_empty(), "{path}: {found:?}");
    }
}

#[test]
fn a_host_is_asked_in_the_cheap_way_then_as_browsers_do_and_again_where_it_may_help() {
    let (fixture, (web, host)) = (Fixture::empty(), web());
    for (path, requests) in [
        ("/there", &["HEAD /there"][..]),
        ("/head", &["HEAD /head", "GET /head"]),
        ("/404", &["HEAD /404", "GET /404"]),
        ("/recovers", &["HEAD /recovers", "GET /recovers", "GET /recovers", "GET /recovers"]),
        ("/places#one", &["GET /places"]),
    ] {
        asked(fixture.root(), external(true), &[format!("{host}{path}")]);
        assert_eq!(web.asked(), requests, "{path}");
    }
}

#[test]
fn nothing_is_sent_but_the_address_and_what_kind_of_program_asks() {
    let (fixture, (web, host)) = (Fixture::empty(), web());
    asked(fixture.root(), external(true), &[format!("{host}/there"), format!("{host}/places#one")]);
    for (what, headers) in web.asked.lock().expect("whole").iter() {
        let mut names: Vec<&str> = headers.split(' ').collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "host", "user-agent"], "{what}");
    }
}

#[test]
fn a_host_is_asked_one_thing_at_a_time_and_a_page_once_for_all_its_places() {
    let (fixture, (web, host)) = (Fixture::empty(), web());
    let mut addresses: Vec<String> = (0..12).map(|number| format!("{host}/p{number}")).collect();
    addresses.extend(["one", "two", "four"].map(|place| format!("{host}/places#{place}")));
    let (errors, warnings) = asked(fixture.root(), external(true), &addresses);
    assert_eq!((errors.len(), warnings.len()), (0, 1), "{warnings:?}");
    assert_eq!((web.asked().len(), web.most.load(Ordering::SeqCst)), (13, 1));
}

// Elsewhere a machine has but one number of its own.
#[cfg(target_os = "linux")]
#[test]
fn hosts_are_asked_side_by_side_and_no_more_than_eight() {
    let (fixture, (web, host)) = (Fixture::empty(), web_at("0.0.0.0:0"));
    let port = host.rsplit_once(':').expect("a port").1;
    let pages: Vec<String> = (1..=20).map(|number| format!("http://127.0.0.{number}:{port}/wait")).collect();
    assert_eq!(asked(fixture.root(), external(true), &pages), (vec![], vec![]));
    let most = web.most.load(Ordering::SeqCst);
    assert!((2..=HOSTS_AT_ONCE).contains(&most), "{most} at once");
    assert_eq!(web.asked().len(), 20);
}

#[test]
fn what_was_answered_is_not_asked_again_while_it_is_fresh() {
    let (fixture, (web, host)) = (Fixture::empty(), web());
    let addresses = ["/there", "/404", "/places#four"].map(|path| format!("{host}{path}"));
    let first = asked(fixture.root(), external(true), &addresses);
    assert_eq!(web.asked().len(), 4);
    assert_eq!(asked(fixture.root(), external(true), &addresses), first);
    assert_eq!(web.asked(), Vec::<String>::new());
    let later = External { now: "2026-11-22T02:00:00Z".parse().expect("a moment"), ..external(true) };
    assert_eq!(asked(fixture.root(), later, &addresses), first);
    assert_eq!(web.asked(), ["HEAD /404", "GET /404", "GET /places"]);
}

#[test]
fn private_hosts_and_addresses_with_a_password_are_not_asked() {
    let (fixture, (web, host)) = (Fixture::empty(), web());
    let named = host.replace("127.0.0.1", "localhost");
    let (errors, warnings) = asked(fixture.root(), external(false), &[format!("{host}/a"), format!("{named}/b")]);
    assert_eq!((errors, warnings.len()), (vec![], 2), "{warnings:?}");
    assert!(warnings.iter().all(|said| said.contains("leads into a private network")), "{warnings:?}");
    let secret = host.replace("http://", "http://me:secret@");
    let (_, warnings) = asked(fixture.root(), external(true), &[secret]);
    assert!(warnings[0].contains("has a name or a password in it"), "{warnings:?}");
    assert_eq!(web.asked(), Vec::<String>::new());
}

#[test]
fn a_host_that_does_not_answer_is_not_waited_for_again() {
    let (fixture, (web, host)) = (Fixture::empty(), web());
    asked(fixture.root(), external(true), &["/500", "/502", "/503"].map(|path| format!("{host}{path}")));
    assert_eq!(web.asked().len(), 4 + 2 + 2);
}

#[test]
fn a_machine_without_a_network_says_so_once() {
    let page = |host: &str| Page {
        url: Url::parse(&format!("https://{host}/")).expect("an address"),
        places: BTreeSet::new(),
        uses: vec![],
    };
    let asked = |outcomes: &[(&str, Outcome)]| {
        let asked = outcomes.iter().map(|(host, outcome)| (page(host), Answer::of(outcome.clone())));
        is_cut_off(&asked.collect::<Vec<_>>())
    };
    assert!(asked(&[("a.example", Outcome::NoName), ("b.example", Outcome::NoHost)]));
    assert!(!asked(&[("a.example", Outcome::NoHost)]));
    assert!(!asked(&[("a.example", Outcome::NoName), ("b.example", Outcome::There)]));
    assert!(!asked(&[]));
}

#[test]
fn the_check_of_a_site_names_the_line_wherever_it_was_written() {
    let (_web, host) = web();
    let fixture = Fixture::themed()
        .with(
            "content/a.md",
            format!("---\ntitle: A\ndescription: B\n---\n\n# A\n\n[gone]({host}/404) <{host}/there>\n"),
        )
        .with(
            "themes/own/templates/section.html",
            format!("<!doctype html>\n<title>{{{{ page.title }}}}</title>\n<a href=\"{host}/410\">b</a>"),
        );
    let options = fixture.options();
    let check =
        |external| check::check(&Arguments { root: options.root.clone(), at: options.at, deployed: None, external });
    assert_eq!(check(None).errors, vec![]);
    let errors = check(Some(external(true))).errors;
    let places: Vec<(&str, usize, usize)> =
        errors.iter().map(|error| (error.file.as_str(), error.line, error.column)).collect();
    assert_eq!(places, [("content/a.md", 8, 8), ("themes/own/templates/section.html", 3, 10)], "{errors:?}");
}
