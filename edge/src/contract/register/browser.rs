//! What is kept in browsers: cookies and web storage, and what lies in them. The cookie table and what consent clears come from
//! here.

use serde::Serialize;

use super::{Entered, Kind, Record};
use crate::contract::{Category, Context, CookieCategory, Erasure, Period, Purpose, Retention};
use crate::domain::consent;
use crate::domain::desk::LONGEST;
use crate::domain::rights::SESSION_LIFE;
use crate::domain::time::Seconds;

/// Something that is kept in a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// How it is kept.
    pub kept_as: KeptAs,
    /// Its category.
    pub category: CookieCategory,
    /// What it is for, as the cookie table says it.
    pub purpose: String,
    /// Seconds until it ends.
    pub max_age_s: u32,
}

/// How something is kept in a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptAs {
    /// As a cookie.
    Cookie,
    /// In the web storage of the site, which is never sent.
    WebStorage,
}

impl KeptAs {
    /// The wording for people.
    pub fn wording(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::WebStorage => "web storage",
        }
    }
}

/// What is kept in browsers today. Whoever only looks gets none of it.
const COOKIES: &[(&str, KeptAs, CookieCategory, &str, Seconds)] = &[
    (
        CONSENT_COOKIE,
        KeptAs::Cookie,
        CookieCategory::Necessary,
        "remembers what you decided about optional cookies",
        consent::LASTS,
    ),
    (
        RIGHTS_COOKIE,
        KeptAs::Cookie,
        CookieCategory::Necessary,
        "keeps a privacy request open for whoever used its link",
        SESSION_LIFE,
    ),
    (SESSION_COOKIE, KeptAs::Cookie, CookieCategory::Necessary, DESK_PURPOSE, LONGEST),
    (SESSION_COOKIE_IN_THE_CLEAR, KeptAs::Cookie, CookieCategory::Necessary, DESK_PURPOSE, LONGEST),
    (
        "preferences",
        KeptAs::WebStorage,
        CookieCategory::Preferences,
        "keeps your color scheme, and your name and email address for the support form",
        consent::LASTS,
    ),
];

/// What lies in those: name, its data, and what that is for. None of it is stored by us.
const ON_DEVICE: &[(&str, &[&str])] = &[(CONSENT_COOKIE, &["choices"]), ("preferences", &["scheme", "name", "email"])];

const DESK_PURPOSE: &str = "keeps staff signed in to the support desk; nobody else gets it";

/// The cookie of the desk. Its name has browsers take it only by HTTPS, for this host alone, and out of reach of scripts.
pub const SESSION_COOKIE: &str = "__Host-Http-desk";
/// The same on a machine of one's own, where there is no HTTPS.
pub const SESSION_COOKIE_IN_THE_CLEAR: &str = "desk";

/// The cookie of whoever used the link of a privacy request.
pub const RIGHTS_COOKIE: &str = "__Host-Http-dsr";

/// The cookie of what somebody decided about optional ones. No script can read it or make one.
pub const CONSENT_COOKIE: &str = "__Host-Http-consent";

/// All of it.
pub(super) fn cookies() -> Vec<Cookie> {
    let cookies = COOKIES.iter().map(|(name, kept_as, category, purpose, lasts)| Cookie {
        name: (*name).to_owned(),
        kept_as: *kept_as,
        category: *category,
        purpose: (*purpose).to_owned(),
        max_age_s: lasts.0,
    });
    cookies.collect()
}

/// What lies in browsers, each under its name. It is there only while the policy in force declares its category.
pub(super) fn on_device() -> impl Iterator<Item = Record> {
    ON_DEVICE.iter().map(|(name, data)| {
        let field = |path: &&str| Entered {
            path: (*path).to_owned(),
            categories: vec![Category::Preference],
            purposes: vec![Purpose::Improve],
            recipients: vec![],
            conditional: true,
            retention: Some(Retention::For { period: Period::days(consent::LASTS.0 / 86_400) }),
            erasure: Some(Erasure::Delete),
        };
        let fields = data.iter().map(field).collect();
        Record { name: (*name).to_owned(), kind: Kind::OnDevice, context: Context::Visit, also: &[], fields }
    })
}

/// Whether a `Set-Cookie` value sets a cookie of the register.
pub fn is_registered_cookie(set_cookie: &str) -> bool {
    let name = set_cookie.split('=').next().unwrap_or_default().trim();
    COOKIES.iter().any(|(known, kept_as, ..)| *kept_as == KeptAs::Cookie && *known == name)
}
