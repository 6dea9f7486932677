//! The one table of security headers: the edge sets them on every answer, the generator writes them to `_headers`.

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

use crate::contract::register;

/// What a policy calls an inline script or style, by its hash: `sha256-…`
/// (<https://www.w3.org/TR/CSP3/#grammardef-hash-source>).
pub fn hash_source(inline: &str) -> String {
    format!("sha256-{}", Base64::encode_string(&Sha256::digest(inline)))
}

/// What a page may load: its own files, nothing from elsewhere, nothing inline but these scripts, and the styles whose
/// hash sources these are.
///
/// Browsers apply `form-action` to the redirect that follows a form, so the answer to `POST /checkout` is blocked unless
/// the processors' checkout hosts are listed. They come from the register, like everybody else who gets data.
pub fn content_security_policy(scripts: &[&str], styles: &[String]) -> String {
    let scripts = scripts.iter().fold(String::new(), |list, script| format!("{list} '{}'", hash_source(script)));
    let styles = styles.iter().fold(String::new(), |list, style| format!("{list} '{style}'"));
    let checkout_hosts = register::form_hosts().fold(String::new(), |list, host| format!("{list} https://{host}"));
    format!(
        "default-src 'none'; script-src 'self'{scripts}; style-src 'self'{styles}; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; \
         form-action 'self'{checkout_hosts}"
    )
}

/// What a JSON answer may do when somebody opens it as a page: nothing.
pub const API_CONTENT_SECURITY_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// Headers of every answer behind a signed link, whose address is a secret, in lower case.
pub const BEHIND_A_LINK: &[(&str, &str)] =
    &[("referrer-policy", "no-referrer"), ("cache-control", "no-store"), ("x-robots-tag", "noindex")];

/// Browsers remember for two years to come only by HTTPS. Sent only when the site's address is https.
pub const STRICT_TRANSPORT_SECURITY: (&str, &str) =
    ("strict-transport-security", "max-age=63072000; includeSubDomains; preload");

/// Headers of every answer, whatever it carries, in lower case.
pub const EVERYWHERE: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
];
