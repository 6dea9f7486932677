//! The doors of the core: a request comes in by [`App::handle`], time passes by [`App::tick`], and a vault that has
//! something to tell is drained by [`App::drain`], and a mail comes in by [`App::take_mail`]. Everything the edge does begins
//! at one of the four.

use std::rc::Rc;

use crate::config::{Config, SettingError};
use crate::contract::register;
use crate::domain::id::hex;
use crate::domain::inbound::Envelope;
use crate::domain::ticket::TicketState;
use crate::domain::time::Moment;
use crate::failure::Failure;
use crate::frame;
use crate::handlers::{
    assets, checkout, consent, delivery, desk, edd, health, keys, license, mail_in, notices, outbox, owner, parked,
    releases, resend, rights, round, sign_in, ticket, visit, webhook,
};
use crate::http::{Body, Headers, Method, Request, Response};
use crate::log::Event;
use crate::ports::{Ports, Unavailable};
use crate::routes::{self, Endpoint, Guard, Match, Route, Speaks};
use crate::security;
use crate::site::SiteData;

pub use crate::handlers::mail_in::Taken;
pub use crate::handlers::outbox::Vault;

/// The edge program in a world.
#[derive(Debug, Clone)]
pub struct App<World> {
    /// The world.
    pub world: World,
    /// The configuration.
    pub config: Config,
}

impl<World: Ports> App<World> {
    /// Answers a request.
    pub async fn handle(&self, request: Request) -> Response {
        let head = request.method == Method::Head;
        let https = self.config.site_url.starts_with("https://");
        let mut response = if https && !request.secure {
            // Before anything else is looked at: a form sent in the clear must not be answered in the clear.
            Response::redirect(308, &format!("{}{}", self.config.site_url, target(&request)))
        } else {
            unless_known(&request, self.answer(&request).await)
        };
        self.finish(&mut response).await;
        if head {
            response.body.clear();
            response.excerpt = None;
        }
        response
    }

    /// Adds what every answer carries. A page may have the styles that the site says it has.
    pub(crate) async fn finish(&self, response: &mut Response) {
        if is_page(response) && response.headers.get("content-security-policy").is_none() {
            // Without the site's data a page stands there without its look, and still says what it has to say.
            let site = self.site().await.ok();
            let styles = site.as_ref().map_or(&[][..], |site| &site.styles);
            response.headers.set("content-security-policy", security::content_security_policy(&[], styles));
        }
        finish(response, self.config.site_url.starts_with("https://"));
    }

    /// What a host answers when it cannot read an excerpt after all.
    pub fn unread(&self, unavailable: Unavailable) -> Response {
        self.world.log(&Event::Unavailable { why: unavailable.to_string() });
        let mut response = frame::sentence(&Failure::Storage(unavailable)).with("retry-after", "5");
        finish(&mut response, self.config.site_url.starts_with("https://"));
        response
    }

    /// Tries parked facts again, and goes on telling notices. The cron trigger calls it.
    pub async fn tick(&self) {
        for result in [
            parked::retry_all(self).await,
            notices::go_on(self).await,
            desk::sweep(self).await,
            visit::sweep(self).await,
            rights::sweep(self).await,
            round::lock_anew(self).await,
        ] {
            if let Err(unavailable) = result {
                self.world.log(&Event::Unavailable { why: unavailable.to_string() });
            }
        }
    }

    /// Does the jobs of a vault that are due. Its alarm calls it, one call at a time for each vault.
    pub async fn drain(&self, vault: &impl Vault) -> Result<(), Unavailable> {
        outbox::drain(self, vault).await
    }

    /// Takes a mail that the platform brings. Whoever sent it reads the reason if it is not taken.
    pub async fn take_mail(&self, envelope: &Envelope, raw: &[u8]) -> Result<Taken, Failure> {
        mail_in::take(self, envelope, raw).await
    }

    /// Counts one more of a kind from somebody or somewhere; whether that is still within the limit. They are counted under a name
    /// that nobody can guess and that is another one every day, so that it leads nowhere once the day is over.
    pub(crate) async fn allows(&self, kind: &str, from: &str) -> bool {
        let day = self.now().day();
        self.world.allows(&hex(&self.config.pepper.tag(&["counted", &day, kind, from]))).await
    }

    /// What the site says about itself.
    pub(crate) async fn site(&self) -> Result<Rc<SiteData>, Unavailable> {
        self.world.site().await
    }

    /// The current moment.
    pub(crate) fn now(&self) -> Moment {
        self.world.now()
    }

    async fn answer(&self, request: &Request) -> Response {
        let (guard, speaks, result) = match routes::find(request.method, &request.path) {
            Match::Route(route) => (route.guard, route.speaks, self.dispatch(route, request).await),
            Match::WrongMethod { allow, guard, speaks } => (guard, speaks, Err(Failure::MethodNotAllowed { allow })),
            Match::Site => (Guard::Public, Speaks::Html, assets::serve(self, request).await),
        };
        let mut response = match result {
            Ok(response) => response,
            Err(failure) => self.fail(&failure, speaks, request).await,
        };
        consent::dress(self, guard, request, &mut response).await;
        if matches!(guard, Guard::Link | Guard::Staff) { keep_quiet(response) } else { response }
    }

    async fn dispatch(&self, route: &Route, request: &Request) -> Result<Response, Failure> {
        let Body::Bytes(body) = &request.body else { return Err(Failure::TooLarge) };
        if body.len() > route.body_bytes_max {
            return Err(Failure::TooLarge);
        }
        let is_form = match route.guard {
            Guard::SameOrigin => true,
            Guard::Link | Guard::Staff => route.method == Method::Post,
            Guard::Public | Guard::Signature => false,
        };
        if is_form && !is_same_origin(&request.headers, &self.config.site_url, route.guard) {
            return Err(Failure::CrossSite);
        }
        let (parameter, second) = route.parameters(&request.path);
        match route.endpoint {
            Endpoint::Health => Ok(health::answer()),
            Endpoint::LicenseKeys => Ok(keys::answer(&self.config.signing_key)),
            Endpoint::Checkout => checkout::open(self, request, body).await,
            Endpoint::CheckoutSuccess => checkout::success(self, request).await,
            Endpoint::CheckoutCancel => checkout::cancel(self).await,
            Endpoint::StripeWebhook => webhook::stripe(self, request, body).await,
            Endpoint::PaypalWebhook => webhook::paypal::paypal(self, request, body).await,
            Endpoint::ValidateLicense => license::validate(self, request, body).await,
            Endpoint::ActivateLicense => license::activate(self, request, body).await,
            Endpoint::DeactivateLicense => license::deactivate(self, request, body).await,
            Endpoint::LatestRelease => releases::latest(self, request).await,
            Endpoint::Download => delivery::download(self, request, parameter).await,
            Endpoint::Home => edd::home(self, request).await,
            Endpoint::Edd => edd::answer(self, request, body).await,
            Endpoint::ResendLicenses => resend::resend(self, request, body).await,
            Endpoint::Owner => owner::show(self, request, parameter).await,
            Endpoint::OwnerDeactivate => owner::deactivate(self, request, parameter, body).await,
            Endpoint::OwnerPortal => owner::portal(self, request, parameter, body).await,
            Endpoint::OwnerRenew => owner::renew(self, request, parameter, body).await,
            Endpoint::Support => ticket::ask(self).await,
            Endpoint::OpenTicket => ticket::open(self, request, body).await,
            Endpoint::Ticket => ticket::show(self, request, parameter, second).await,
            Endpoint::TicketReply => ticket::reply(self, request, parameter, second, body).await,
            Endpoint::TicketClose => ticket::move_to(self, parameter, second, TicketState::Resolved).await,
            Endpoint::TicketReopen => ticket::move_to(self, parameter, second, TicketState::Open).await,
            Endpoint::TicketExport => ticket::export(self, parameter, second).await,
            Endpoint::TicketFile => ticket::file(self, request, parameter, second).await,
            Endpoint::Consent => consent::show(self, request).await,
            Endpoint::Decide => consent::decide(self, request, body).await,
            Endpoint::ConsentReceipt => consent::give_receipt(self, request).await,
            Endpoint::SignalSupport => consent::signal_support(self).await,
            Endpoint::Visit => visit::count(self, request, body).await,
            Endpoint::AskRight => rights::ask(self).await,
            Endpoint::RequestRight => rights::request(self, request, body).await,
            Endpoint::ConfirmRight => rights::confirm(self, parameter, second).await,
            Endpoint::TakeRight => rights::take(self, request, parameter, second).await,
            Endpoint::Data => rights::show(self, request).await,
            Endpoint::DataDelete => rights::order(self, request, body).await,
            Endpoint::DataCorrect => rights::correct(self, request, body).await,
            Endpoint::ConfirmAddress => rights::confirm_address(self, parameter, second).await,
            Endpoint::ProveAddress => rights::prove(self, parameter, second).await,
            Endpoint::DataExport => rights::export(self, request).await,
            Endpoint::MailIn => mail_in::post(self, request, body).await,
            Endpoint::SignIn => sign_in::ask(self, request).await,
            Endpoint::MailSignIn => sign_in::mail(self, request, body).await,
            Endpoint::ConfirmSignIn => sign_in::confirm(self, request, parameter).await,
            Endpoint::TakeSignIn => sign_in::take(self, request, parameter, body).await,
            Endpoint::Desk(errand) => desk::run(self, errand, request, (parameter, second), body).await,
        }
    }

    async fn fail(&self, failure: &Failure, speaks: Speaks, request: &Request) -> Response {
        match failure {
            Failure::Storage(unavailable) => self.world.log(&Event::Unavailable { why: unavailable.to_string() }),
            Failure::Processor { why } | Failure::Unconfirmed { why } => {
                self.world.log(&Event::Unavailable { why: why.clone() });
            }
            _ => {}
        }
        let is_json = |request: &Request| request.accepts("application/json") || request.is_of_type("application/json");
        let mut response = if speaks == Speaks::Json || is_json(request) || edd::is_asked(request) {
            frame::problem(failure)
        } else if speaks == Speaks::Html || request.accepts("text/html") {
            frame::failure_page(&self.world, failure).await
        } else {
            frame::sentence(failure)
        };
        if let Failure::MethodNotAllowed { allow } = failure {
            response.headers.set("allow", allow.clone());
        }
        if let Some(seconds) = failure.retry_after() {
            response.headers.set("retry-after", seconds.to_string());
        }
        response
    }
}

/// Answers 503 to everything while the configuration cannot be used. Whoever asks how the edge is hears which settings it
/// is about, and never what they hold.
pub fn misconfigured(path: &str, errors: &[SettingError]) -> Response {
    let is_asked = matches!(routes::find(Method::Get, path), Match::Route(route) if route.endpoint == Endpoint::Health);
    let mut settings: Vec<_> = errors.iter().filter(|_| is_asked).map(|error| error.name).collect();
    settings.dedup();
    let mut response = frame::problem(&Failure::Misconfigured { settings }).with("retry-after", "300");
    finish(&mut response, false);
    response
}

fn target(request: &Request) -> String {
    if request.query.is_empty() { request.path.clone() } else { format!("{}?{}", request.path, request.query) }
}

/// Whether a form was sent from a page of this site. Browsers say so in `Sec-Fetch-Site`, which scripts cannot set; older
/// ones send `Origin`. A request with neither does not come from a browser and carries nobody's rights.
fn is_same_origin(headers: &Headers, site_url: &str, guard: Guard) -> bool {
    match (headers.get("sec-fetch-site"), headers.get("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        // Whoever is signed in has a browser, and every browser of today says where a form comes from.
        (None, None | Some("null")) if guard == Guard::Staff => false,
        // A page that tells nobody its address sends its forms from an origin `null`. Another site could do so as well,
        // but would have to know the link.
        (None, Some("null")) if guard == Guard::Link => true,
        (None, Some(origin)) => origin == site_url,
        (None, None) => true,
    }
}

/// What answers behind a link carry: the address stays with whoever has it.
fn keep_quiet(mut response: Response) -> Response {
    for (name, value) in security::BEHIND_A_LINK {
        response.headers.set(*name, *value);
    }
    response
}

/// Sends nothing to whoever has it already. A browser gives the file it has the headers of a 304, so that keeps the type and
/// with it the right policy.
fn unless_known(request: &Request, mut response: Response) -> Response {
    let known = request.headers.get("if-none-match").zip(response.headers.get("etag"));
    let is_known = known.is_some_and(|(known, etag)| is_listed(known, etag));
    if is_known && response.status == 200 && response.excerpt.is_none() {
        response.status = 304;
        response.body.clear();
    }
    response
}

/// Whether an entity tag is among those listed, compared weakly (RFC 9110, section 13.1.2).
fn is_listed(list: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    list.split(',').any(|listed| listed.trim() == "*" || opaque(listed) == opaque(etag))
}

pub(crate) fn is_page(response: &Response) -> bool {
    response.headers.get("content-type").is_some_and(|media_type| media_type.starts_with("text/html"))
}

/// Adds what every answer carries that knows no site.
pub(crate) fn finish(response: &mut Response, https: bool) {
    for (name, value) in security::EVERYWHERE {
        // A page may be stricter.
        if response.headers.get(name).is_none() {
            response.headers.set(*name, *value);
        }
    }
    if https {
        let (name, value) = security::STRICT_TRANSPORT_SECURITY;
        response.headers.set(name, value);
    }
    if !is_page(response) {
        response.headers.set("content-security-policy", security::API_CONTENT_SECURITY_POLICY);
    } else if response.headers.get("content-security-policy").is_none() {
        response.headers.set("content-security-policy", security::content_security_policy(&[], &[]));
    }
    // A cookie that the register does not know is not in the cookie table either, so it is not set.
    response.headers.retain(|name, value| name != "set-cookie" || register::is_registered_cookie(value));
    if response.headers.get("cache-control").is_none() {
        response.headers.set("cache-control", "no-store");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_that_no_register_knows_is_not_set() {
        let mut response = Response::new(200, "text/plain", "").with("set-cookie", "visitor=1; Path=/");
        finish(&mut response, true);
        assert_eq!(response.headers.get("set-cookie"), None);
    }

    #[test]
    fn the_health_page_names_settings_that_are_missing_and_no_other_page_does() {
        let error = |name, problem: &str| SettingError { name, problem: problem.to_owned() };
        let errors = [error("PEPPER", "is `secret`"), error("SITE_URL", "is not set")];
        let body = |path| String::from_utf8(misconfigured(path, &errors).body).expect("text");
        assert!(body("/healthz").contains("PEPPER, SITE_URL."), "{}", body("/healthz"));
        assert!(!body("/healthz").contains("secret"));
        assert!(!body("/").contains("PEPPER"));
        assert_eq!(misconfigured("/healthz", &errors).status, 503);
    }

    #[test]
    fn a_page_may_be_stricter_than_the_table() {
        let mut response = keep_quiet(Response::new(200, "text/html", ""));
        finish(&mut response, true);
        for (name, value) in security::BEHIND_A_LINK {
            assert_eq!(response.headers.get(name), Some(*value));
        }
    }

    #[test]
    fn a_page_that_is_known_keeps_the_policy_of_a_page() {
        let answer = |known: &str| {
            let mut headers = Headers::default();
            headers.add("if-none-match", known.to_owned());
            let request = Request {
                method: Method::Get,
                secure: true,
                path: "/".to_owned(),
                query: String::new(),
                headers,
                network: crate::http::Network::default(),
                body: Body::Bytes(vec![]),
            };
            let page = Response::new(200, "text/html; charset=utf-8", "<p>").with("etag", "\"a\"");
            let mut response = unless_known(&request, page);
            finish(&mut response, true);
            response
        };
        let (new, known) = (answer("\"b\""), answer("\"a\""));
        assert_eq!((new.status, known.status, known.body.len()), (200, 304, 0));
        assert_eq!(new.headers, known.headers);
    }

    #[test]
    fn a_known_entity_tag_is_recognised() {
        assert!(is_listed("\"a\", W/\"b\"", "\"b\""));
        assert!(is_listed("*", "\"b\""));
        assert!(!is_listed("\"a\"", "\"b\""));
    }

    #[test]
    fn a_form_of_another_site_is_known_as_such() {
        let headers = |list: &[(&str, &str)]| {
            let mut headers = Headers::default();
            for (name, value) in list {
                headers.add((*name).to_owned(), (*value).to_owned());
            }
            headers
        };
        let cases: [(&[(&str, &str)], bool); 6] = [
            (&[], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://example.com")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("origin", "https://example.com")], true),
            (&[("origin", "null")], false),
        ];
        let is_ours = |list: &[_], guard| is_same_origin(&headers(list), "https://example.com", guard);
        for (list, expected) in cases {
            assert_eq!(is_ours(list, Guard::SameOrigin), expected, "{list:?}");
            let hides_its_address = list == [("origin", "null")];
            assert_eq!(is_ours(list, Guard::Link), expected || hides_its_address, "{list:?}");
        }
    }
}
