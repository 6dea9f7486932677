//! The one table of routes. Method, path, who may call, how long a body may be and what kind of answer is given stand
//! here and nowhere else; `openapi.json` and the hosts' limits come from it.

use crate::http::Method;

/// A route.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// Method; `GET` also answers `HEAD`.
    pub method: Method,
    /// Path, to the letter.
    pub path: &'static str,
    /// Who may call.
    pub guard: Guard,
    /// Longest body in bytes.
    pub body_bytes_max: usize,
    /// How failures are told.
    pub speaks: Speaks,
    /// What answers.
    pub endpoint: Endpoint,
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
}

/// How a route tells of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    /// Problem details.
    Json,
    /// A page.
    Html,
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
    /// Say what a license key is worth.
    ValidateLicense,
}

/// A page, a form, a short JSON document.
const SMALL: usize = 8 * 1024;
/// A processor's event. Invoices grow, but not beyond this.
const EVENT: usize = 1024 * 1024;
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
    Route { method, path, guard, body_bytes_max, speaks, endpoint }
}

/// All routes. Any other path is a file of the site.
pub const ROUTES: &[Route] = &[
    route(Method::Get, "/healthz", Guard::Public, NONE, Speaks::Json, Endpoint::Health),
    route(Method::Get, "/.well-known/license-keys.json", Guard::Public, NONE, Speaks::Json, Endpoint::LicenseKeys),
    route(Method::Post, "/checkout", Guard::SameOrigin, SMALL, Speaks::Html, Endpoint::Checkout),
    route(Method::Get, "/checkout/success", Guard::Public, NONE, Speaks::Html, Endpoint::CheckoutSuccess),
    route(Method::Get, "/checkout/cancel", Guard::Public, NONE, Speaks::Html, Endpoint::CheckoutCancel),
    route(Method::Post, "/webhooks/stripe", Guard::Signature, EVENT, Speaks::Json, Endpoint::StripeWebhook),
    route(Method::Post, "/api/v1/licenses/validate", Guard::Public, SMALL, Speaks::Json, Endpoint::ValidateLicense),
];

/// What the table says about a request.
#[derive(Debug, Clone)]
pub enum Match {
    /// This route answers.
    Route(&'static Route),
    /// The path is a route's, the method is not.
    WrongMethod {
        /// The methods that are.
        allow: String,
        /// How to tell.
        speaks: Speaks,
    },
    /// A file of the site, or nothing.
    Site,
}

/// Looks a request up.
pub fn find(method: Method, path: &str) -> Match {
    let on_path: Vec<&'static Route> = ROUTES.iter().filter(|route| route.path == path).collect();
    let asked = if method == Method::Head { Method::Get } else { method };
    match (on_path.iter().find(|route| route.method == asked), on_path.first()) {
        (Some(route), _) => Match::Route(route),
        (None, Some(first)) => Match::WrongMethod { allow: allow(&on_path), speaks: first.speaks },
        (None, None) => Match::Site,
    }
}

fn allow(routes: &[&Route]) -> String {
    let words = routes.iter().flat_map(|route| match route.method {
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
    fn no_two_routes_share_method_and_path() {
        for (at, route) in ROUTES.iter().enumerate() {
            assert!(ROUTES[..at].iter().all(|other| (other.method, other.path) != (route.method, route.path)));
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
        assert_eq!(body_bytes_max(Method::Post, "/"), 0);
    }
}
