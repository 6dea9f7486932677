//! The one table of routes. Method, path, who may call, how long a body may be and what kind of answer is given stand
//! here and nowhere else; `openapi.json` and the hosts' limits come from it.

use crate::domain::attachment::BYTES_MAX;
use crate::http::Method;

/// A route.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// Method; `GET` also answers `HEAD`.
    pub method: Method,
    /// Path, to the letter but for a part in braces, which stands for any one part.
    pub path: &'static str,
    /// Who may call.
    pub guard: Guard,
    /// Longest body in bytes.
    pub body_bytes_max: usize,
    /// How failures are told.
    pub speaks: Speaks,
    /// What answers.
    pub endpoint: Endpoint,
    /// Bytes of the path before the part in braces.
    fixed: usize,
}

impl Route {
    /// Whether a path is this route's.
    fn fits(&self, path: &str) -> bool {
        // Nearly all paths of the table are told apart by this, and it is asked of each route at each request.
        let start = self.path.as_bytes().get(..self.fixed).unwrap_or_default();
        if !path.as_bytes().starts_with(start) || self.fixed == self.path.len() {
            return path == self.path;
        }
        let (mut ours, mut theirs) = (self.path.split('/'), path.split('/'));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(part), Some(given)) if part == given || (part.starts_with('{') && !given.is_empty()) => {}
                _ => return false,
            }
        }
    }

    /// What a path has in the place of the first two parts in braces; empty where the route has none.
    pub fn parameters<'path>(&self, path: &'path str) -> (&'path str, &'path str) {
        let parts = self.path.split('/').zip(path.split('/'));
        let mut given = parts.filter(|(part, _)| part.starts_with('{')).map(|(_, given)| given);
        (given.next().unwrap_or_default(), given.next().unwrap_or_default())
    }
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Anybody.
    Public,
    /// Anybody, with a form of this very site.
    SameOrigin,
    /// Whoever can sign the body.
    Signature,
    /// Whoever has a link that we signed; a form of it comes from this very site, too. The address is a secret then, so
    /// no answer may be kept, listed or told to where it leads.
    Link,
    /// Whoever is signed in to the desk; a form has to say that it comes from this very site.
    Staff,
}

/// How a route tells of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    /// Problem details.
    Json,
    /// A page.
    Html,
    /// A page to a browser, one sentence to any other program.
    Sentence,
}

/// What answers a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// Is the edge alive?
    Health,
    /// The public key that license tokens are verified with.
    LicenseKeys,
    /// Open a checkout at the processor.
    Checkout,
    /// Show the license of a paid checkout.
    CheckoutSuccess,
    /// Say that a checkout was given up.
    CheckoutCancel,
    /// Take a report from Stripe.
    StripeWebhook,
    /// Take a report from `PayPal`.
    PaypalWebhook,
    /// Say what a license key is worth.
    ValidateLicense,
    /// Make a license active on a site.
    ActivateLicense,
    /// End that.
    DeactivateLicense,
    /// Say which version is the latest, and where to get it.
    LatestRelease,
    /// Hand out the archive of a release.
    Download,
    /// Show the home page, or answer as EDD's server does.
    Home,
    /// Answer as EDD's server does.
    Edd,
    /// Mail somebody their licenses.
    ResendLicenses,
    /// Show somebody their licenses.
    Owner,
    /// End, from there, that a license is active on a site.
    OwnerDeactivate,
    /// Lead from there to the processor's page of invoices and cards.
    OwnerPortal,
    /// Lead from there to a checkout that prolongs a license.
    OwnerRenew,
    /// Show the form of a ticket.
    Support,
    /// Open a ticket.
    OpenTicket,
    /// Show somebody their ticket.
    Ticket,
    /// Write in it.
    TicketReply,
    /// Close it.
    TicketClose,
    /// Open it again.
    TicketReopen,
    /// Hand it out as JSON.
    TicketExport,
    /// Hand out a file of it.
    TicketFile,
    /// Show what somebody decided about cookies.
    Consent,
    /// Take such a decision.
    Decide,
    /// Hand out its receipt.
    ConsentReceipt,
    /// Say that privacy signals are honored.
    SignalSupport,
    /// Count a visit.
    Visit,
    /// Show the form of a privacy request.
    AskRight,
    /// Take one.
    RequestRight,
    /// Show the button that its link leads to.
    ConfirmRight,
    /// Use the link.
    TakeRight,
    /// Show somebody all data about them.
    Data,
    /// Hand it out as a file.
    DataExport,
    /// Order the deletion of it.
    DataDelete,
    /// Have something in it corrected.
    DataCorrect,
    /// Show the button by which a new mailbox is proven.
    ConfirmAddress,
    /// Take that.
    ProveAddress,
    /// Take a mail from a mail server.
    MailIn,
    /// Show the form by which staff sign in.
    SignIn,
    /// Mail them the link.
    MailSignIn,
    /// Show the button that the link leads to: programs that look into mails follow links, but press no buttons.
    ConfirmSignIn,
    /// Sign in.
    TakeSignIn,
    /// Something that staff do.
    Desk(Errand),
}

/// What staff do at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// Look at the list of tickets.
    Inbox,
    /// Search.
    Search,
    /// Read a ticket.
    Ticket,
    /// Answer it, or leave a note.
    Write,
    /// Have a canned reply put into the answer.
    Draft,
    /// Move a ticket to another state.
    Move,
    /// Give it to somebody.
    Assign,
    /// Give tags to it.
    Tag,
    /// Give it another link.
    Relink,
    /// Take it along as JSON.
    Export,
    /// Save a file of it.
    File,
    /// Look at a person.
    Person,
    /// Decide about a license.
    Rule,
    /// Record that something about a person was disclosed because the law asked for it.
    Disclose,
    /// Take note that the processor deleted what it had of somebody.
    ProcessorDone,
    /// Take more time for the answer to a privacy request.
    Extend,
    /// Have a mail tried again that was given up.
    Retry,
    /// See what needs a look.
    Attention,
    /// Read the audit log.
    Log,
    /// See how many visits there were.
    Visits,
    /// Look at the canned replies.
    Canned,
    /// Change one.
    KeepCanned,
    /// End this session.
    SignOut,
    /// End all sessions of one's own.
    SignOutEverywhere,
}

/// A page, a form, a short JSON document.
const SMALL: usize = 8 * 1024;
/// A question of EDD's clients, which may be about many plugins.
const QUESTION: usize = 64 * 1024;
/// A message of 20,000 characters in any language, as a browser encodes it.
pub const MESSAGE: usize = 256 * 1024;
/// The same with files.
const UPLOAD: usize = BYTES_MAX + MESSAGE + 64 * 1024;
/// A processor's event. Invoices grow, but not beyond this.
const EVENT: usize = 1024 * 1024;
/// A mail with what is attached to it.
pub const MAIL: usize = 8 * 1024 * 1024;
/// No body is expected; whatever comes is refused before it is read.
const NONE: usize = 0;

const fn route(
    method: Method,
    path: &'static str,
    guard: Guard,
    body_bytes_max: usize,
    speaks: Speaks,
    endpoint: Endpoint,
) -> Route {
    let mut fixed = 0;
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest
        && *first != b'{'
    {
        fixed += 1;
        rest = tail;
    }
    Route { method, path, guard, body_bytes_max, speaks, endpoint, fixed }
}

/// All routes. Any other path is a file of the site.
pub const ROUTES: &[Route] = &[
    route(Method::Get, "/healthz", Guard::Public, NONE, Speaks::Json, Endpoint::Health),
    route(Method::Get, "/.well-known/license-keys.json", Guard::Public, NONE, Speaks::Json, Endpoint::LicenseKeys),
    route(Method::Post, "/checkout", Guard::SameOrigin, SMALL, Speaks::Html, Endpoint::Checkout),
    route(Method::Get, "/checkout/success", Guard::Public, NONE, Speaks::Html, Endpoint::CheckoutSuccess),
    route(Method::Get, "/checkout/cancel", Guard::Public, NONE, Speaks::Html, Endpoint::CheckoutCancel),
    route(Method::Post, "/webhooks/stripe", Guard::Signature, EVENT, Speaks::Json, Endpoint::StripeWebhook),
    route(Method::Post, "/webhooks/paypal", Guard::Signature, EVENT, Speaks::Json, Endpoint::PaypalWebhook),
    route(Method::Post, "/api/v1/licenses/validate", Guard::Public, SMALL, Speaks::Json, Endpoint::ValidateLicense),
    route(Method::Post, "/api/v1/licenses/activate", Guard::Public, SMALL, Speaks::Json, Endpoint::ActivateLicense),
    route(Method::Post, "/api/v1/licenses/deactivate", Guard::Public, SMALL, Speaks::Json, Endpoint::DeactivateLicense),
    route(Method::Get, "/api/v1/releases/latest", Guard::Public, NONE, Speaks::Json, Endpoint::LatestRelease),
    route(Method::Get, "/download/{token}", Guard::Link, NONE, Speaks::Sentence, Endpoint::Download),
    route(Method::Get, "/", Guard::Public, NONE, Speaks::Html, Endpoint::Home),
    route(Method::Post, "/", Guard::Public, QUESTION, Speaks::Json, Endpoint::Edd),
    route(Method::Post, "/licenses/resend", Guard::SameOrigin, SMALL, Speaks::Html, Endpoint::ResendLicenses),
    route(Method::Get, "/licenses/o/{token}", Guard::Link, NONE, Speaks::Html, Endpoint::Owner),
    route(Method::Post, "/licenses/o/{token}/deactivate", Guard::Link, SMALL, Speaks::Html, Endpoint::OwnerDeactivate),
    route(Method::Post, "/licenses/o/{token}/portal", Guard::Link, SMALL, Speaks::Html, Endpoint::OwnerPortal),
    route(Method::Post, "/licenses/o/{token}/renew", Guard::Link, SMALL, Speaks::Html, Endpoint::OwnerRenew),
    route(Method::Get, "/support/", Guard::Public, NONE, Speaks::Html, Endpoint::Support),
    route(Method::Post, "/support/tickets", Guard::SameOrigin, UPLOAD, Speaks::Html, Endpoint::OpenTicket),
    route(Method::Get, "/support/t/{number}/{token}", Guard::Link, NONE, Speaks::Html, Endpoint::Ticket),
    route(Method::Post, "/support/t/{number}/{token}/reply", Guard::Link, UPLOAD, Speaks::Html, Endpoint::TicketReply),
    route(Method::Post, "/support/t/{number}/{token}/close", Guard::Link, SMALL, Speaks::Html, Endpoint::TicketClose),
    route(Method::Post, "/support/t/{number}/{token}/reopen", Guard::Link, SMALL, Speaks::Html, Endpoint::TicketReopen),
    route(Method::Get, "/support/t/{number}/{token}/export", Guard::Link, NONE, Speaks::Html, Endpoint::TicketExport),
    route(
        Method::Get,
        "/support/t/{number}/{token}/files/{file}",
        Guard::Link,
        NONE,
        Speaks::Html,
        Endpoint::TicketFile,
    ),
    route(Method::Get, "/consent", Guard::Public, NONE, Speaks::Html, Endpoint::Consent),
    route(Method::Post, "/consent", Guard::SameOrigin, SMALL, Speaks::Html, Endpoint::Decide),
    route(Method::Get, "/consent/receipt", Guard::Public, NONE, Speaks::Html, Endpoint::ConsentReceipt),
    route(Method::Get, "/.well-known/gpc.json", Guard::Public, NONE, Speaks::Json, Endpoint::SignalSupport),
    route(Method::Post, "/visit", Guard::SameOrigin, SMALL, Speaks::Json, Endpoint::Visit),
    route(Method::Get, "/privacy/request", Guard::Public, NONE, Speaks::Html, Endpoint::AskRight),
    route(Method::Post, "/privacy/request", Guard::SameOrigin, SMALL, Speaks::Html, Endpoint::RequestRight),
    route(Method::Get, "/privacy/r/{rid}/{token}", Guard::Link, NONE, Speaks::Html, Endpoint::ConfirmRight),
    route(Method::Post, "/privacy/r/{rid}/{token}", Guard::Link, SMALL, Speaks::Html, Endpoint::TakeRight),
    route(Method::Get, "/privacy/data", Guard::Link, NONE, Speaks::Html, Endpoint::Data),
    route(Method::Post, "/privacy/data/delete", Guard::Link, SMALL, Speaks::Html, Endpoint::DataDelete),
    route(Method::Post, "/privacy/data/correction", Guard::Link, MESSAGE, Speaks::Html, Endpoint::DataCorrect),
    route(Method::Get, "/privacy/e/{rid}/{token}", Guard::Link, NONE, Speaks::Html, Endpoint::ConfirmAddress),
    route(Method::Post, "/privacy/e/{rid}/{token}", Guard::Link, SMALL, Speaks::Html, Endpoint::ProveAddress),
    route(Method::Get, "/privacy/data/export.json", Guard::Link, NONE, Speaks::Html, Endpoint::DataExport),
    route(Method::Post, "/mail/in", Guard::Signature, MAIL, Speaks::Json, Endpoint::MailIn),
    route(Method::Get, "/desk/sign-in", Guard::Public, NONE, Speaks::Html, Endpoint::SignIn),
    route(Method::Post, "/desk/sign-in", Guard::SameOrigin, SMALL, Speaks::Html, Endpoint::MailSignIn),
    route(Method::Get, "/desk/sign-in/{token}", Guard::Link, NONE, Speaks::Html, Endpoint::ConfirmSignIn),
    route(Method::Post, "/desk/sign-in/{token}", Guard::Link, SMALL, Speaks::Html, Endpoint::TakeSignIn),
    desk(Method::Get, "/desk/", NONE, Errand::Inbox),
    desk(Method::Post, "/desk/search", SMALL, Errand::Search),
    desk(Method::Get, "/desk/tickets/{number}", NONE, Errand::Ticket),
    desk(Method::Post, "/desk/tickets/{number}/write", MESSAGE, Errand::Write),
    desk(Method::Post, "/desk/tickets/{number}/draft", MESSAGE, Errand::Draft),
    desk(Method::Post, "/desk/tickets/{number}/state", SMALL, Errand::Move),
    desk(Method::Post, "/desk/tickets/{number}/assignee", SMALL, Errand::Assign),
    desk(Method::Post, "/desk/tickets/{number}/tags", SMALL, Errand::Tag),
    desk(Method::Post, "/desk/tickets/{number}/link", SMALL, Errand::Relink),
    desk(Method::Get, "/desk/tickets/{number}/export", NONE, Errand::Export),
    desk(Method::Get, "/desk/tickets/{number}/files/{file}", NONE, Errand::File),
    desk(Method::Get, "/desk/people/{subject}", NONE, Errand::Person),
    desk(Method::Post, "/desk/people/{subject}/licenses/{license}", SMALL, Errand::Rule),
    desk(Method::Post, "/desk/people/{subject}/disclosures", MESSAGE, Errand::Disclose),
    desk(Method::Post, "/desk/people/{subject}/requests/{request}", SMALL, Errand::ProcessorDone),
    desk(Method::Post, "/desk/people/{subject}/requests/{request}/extension", SMALL, Errand::Extend),
    desk(Method::Post, "/desk/people/{subject}/outbox", SMALL, Errand::Retry),
    desk(Method::Get, "/desk/attention", NONE, Errand::Attention),
    desk(Method::Get, "/desk/log", NONE, Errand::Log),
    desk(Method::Get, "/desk/visits", NONE, Errand::Visits),
    desk(Method::Get, "/desk/replies", NONE, Errand::Canned),
    desk(Method::Post, "/desk/replies", MESSAGE, Errand::KeepCanned),
    desk(Method::Post, "/desk/sign-out", SMALL, Errand::SignOut),
    desk(Method::Post, "/desk/sign-out-everywhere", SMALL, Errand::SignOutEverywhere),
];

/// What only staff may do.
const fn desk(method: Method, path: &'static str, body_bytes_max: usize, errand: Errand) -> Route {
    route(method, path, Guard::Staff, body_bytes_max, Speaks::Html, Endpoint::Desk(errand))
}

/// What the table says about a request.
#[derive(Debug, Clone)]
pub enum Match {
    /// This route answers.
    Route(&'static Route),
    /// The path is a route's, the method is not.
    WrongMethod {
        /// The methods that are.
        allow: String,
        /// Who may call.
        guard: Guard,
        /// How to tell.
        speaks: Speaks,
    },
    /// A file of the site, or nothing.
    Site,
}

/// Looks a request up.
pub fn find(method: Method, path: &str) -> Match {
    let on_path = || ROUTES.iter().filter(|route| route.fits(path));
    let asked = if method == Method::Head { Method::Get } else { method };
    if let Some(route) = on_path().find(|route| route.method == asked) {
        return Match::Route(route);
    }
    match on_path().next() {
        Some(first) => Match::WrongMethod { allow: allow(on_path()), guard: first.guard, speaks: first.speaks },
        None => Match::Site,
    }
}

fn allow<'routes>(routes: impl Iterator<Item = &'routes Route>) -> String {
    let words = routes.flat_map(|route| match route.method {
        Method::Get => vec!["GET", "HEAD"],
        other => vec![other.as_str()],
    });
    words.collect::<Vec<_>>().join(", ")
}

/// How many bytes of a body a host may read for this request. A body is never read where none is expected.
pub fn body_bytes_max(method: Method, path: &str) -> usize {
    match find(method, path) {
        Match::Route(route) => route.body_bytes_max,
        Match::WrongMethod { .. } | Match::Site => NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desk_is_for_staff_but_for_its_door() {
        for route in ROUTES.iter().filter(|route| route.path.starts_with("/desk")) {
            let is_door = route.path.starts_with("/desk/sign-in");
            assert_eq!(route.guard == Guard::Staff, !is_door, "{}", route.path);
            assert_eq!(matches!(route.endpoint, Endpoint::Desk(_)), !is_door, "{}", route.path);
        }
    }

    #[test]
    fn no_two_routes_share_method_and_path() {
        for (at, route) in ROUTES.iter().enumerate() {
            assert!(ROUTES[..at].iter().all(|other| (other.method, other.path) != (route.method, route.path)));
        }
    }

    #[test]
    fn a_part_in_braces_stands_for_any_one_part() {
        let route = route(Method::Get, "/licenses/o/{token}/portal", Guard::Link, NONE, Speaks::Html, Endpoint::Health);
        assert!(route.fits("/licenses/o/abc/portal"));
        assert_eq!(route.parameters("/licenses/o/abc/portal"), ("abc", ""));
        for path in ["/licenses/o//portal", "/licenses/o/abc/", "/licenses/o/a/b/portal", "/licenses/o/abc/portal/"] {
            assert!(!route.fits(path), "{path}");
        }
    }

    #[test]
    fn head_is_answered_where_get_is() {
        assert!(matches!(find(Method::Head, "/healthz"), Match::Route(_)));
        assert!(matches!(find(Method::Head, "/checkout"), Match::WrongMethod { allow, .. } if allow == "POST"));
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        assert!(matches!(find(Method::Post, "/healthz"), Match::WrongMethod { allow, .. } if allow == "GET, HEAD"));
        assert!(matches!(find(Method::Other, "/features/"), Match::Site));
    }

    #[test]
    fn a_body_is_read_only_where_one_is_expected() {
        assert_eq!(body_bytes_max(Method::Post, "/webhooks/stripe"), EVENT);
        assert_eq!(body_bytes_max(Method::Get, "/webhooks/stripe"), 0);
        assert_eq!(body_bytes_max(Method::Post, "/pricing/"), 0);
    }
}
