//! The public key that license tokens are verified with. Plugins pin it; this is where their authors find it.

use crate::domain::token::SigningKey;
use crate::http::Response;

/// An hour: the key changes when somebody changes it on purpose, and then old tokens are refused anyway.
const CACHED: &str = "public, max-age=3600";

pub(crate) fn answer(key: &SigningKey) -> Response {
    Response::json(200, &key.public_keys()).with("cache-control", CACHED)
}
