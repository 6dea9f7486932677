//! Who signed in at Cloudflare Access, as it tells the sites behind it: a JWT signed with RSA and SHA-256, in the header
//! `Cf-Access-Jwt-Assertion`
//! (<https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/>).
//!
//! The algorithm is ours to say, not the token's; and a token for another application of the same team opens nothing here.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::rsa::{Digest, PublicKey};
use crate::domain::id::Email;
use crate::domain::time::{Moment, Seconds};
use crate::json;

/// Where a team's public keys lie.
pub const KEYS: &str = "/cdn-cgi/access/certs";
/// The header with the token.
pub const HEADER: &str = "cf-access-jwt-assertion";
const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// Clocks differ by so much.
const LEEWAY: Seconds = Seconds(60);

/// Whose tokens are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The team, as `https://TEAM.cloudflareaccess.com`.
    pub team: String,
    /// The tag of the application.
    pub audience: String,
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no token, or one of another kind.
    #[error("not a token of this kind")]
    Malformed,
    /// The key that it names is not among those known; there may be newer ones.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// The signature does not hold.
    #[error("the signature does not hold")]
    Forged,
    /// It is for another application, or from another team.
    #[error("for another application")]
    Elsewhere,
    /// It has ended, or has not begun.
    #[error("out of its time")]
    OutOfTime,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    kid: String,
    kty: String,
    n: String,
    e: String,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: String,
}

#[derive(Deserialize)]
struct Claims {
    aud: Audience,
    iss: String,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    email: String,
}

/// One or several (RFC 7519, section 4.1.3).
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Whose address a token vouches for. `keys` are the team's, as they were fetched.
pub fn verify(token: &str, keys: &[u8], access: &Access, now: Moment) -> Result<Email, Refused> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Refused::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Refused::Malformed)?;
    let (head, claims) = signed.split_once('.').ok_or(Refused::Malformed)?;
    let (head, signature) = (part::<Head>(head)?, decoded(signature)?);
    if head.alg != "RS256" {
        return Err(Refused::Malformed);
    }
    let known: Keys = json::read(keys).ok_or(Refused::UnknownKey)?;
    let key = known.keys.iter().find(|key| key.kid == head.kid && key.kty == "RSA").ok_or(Refused::UnknownKey)?;
    let key = PublicKey::new(&decoded(&key.n)?, &decoded(&key.e)?).ok_or(Refused::UnknownKey)?;
    if !key.verifies(Digest::Sha256, signed.as_bytes(), &signature) {
        return Err(Refused::Forged);
    }
    let claims = part::<Claims>(claims)?;
    let is_ours = match &claims.aud {
        Audience::One(audience) => *audience == access.audience,
        Audience::Several(audiences) => audiences.contains(&access.audience),
    };
    if !is_ours || claims.iss != access.team {
        return Err(Refused::Elsewhere);
    }
    let has_begun = claims.nbf.is_none_or(|begin| Moment(begin) <= now.after(LEEWAY));
    if !has_begun || Moment(claims.exp).after(LEEWAY) <= now {
        return Err(Refused::OutOfTime);
    }
    Email::parse(&claims.email).ok_or(Refused::Malformed)
}

fn part<Part: DeserializeOwned>(text: &str) -> Result<Part, Refused> {
    json::read(&decoded(text)?).ok_or(Refused::Malformed)
}

fn decoded(text: &str) -> Result<Vec<u8>, Refused> {
    Base64UrlUnpadded::decode_vec(text).map_err(|_| Refused::Malformed)
}
