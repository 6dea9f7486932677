//! Stripe's webhook signature: `Stripe-Signature: t=SECONDS,v1=HEX[,v1=HEX…]`, HMAC-SHA-256 over `t`, a dot and the raw
//! body, keyed with the endpoint's whole secret (<https://docs.stripe.com/webhooks#verify-manually>).

use hmac::Mac;

use crate::domain::id::Secret;
use crate::domain::time::Moment;

mod event;

pub use event::{EXPIRED, Event, NOT_PAID_YET, Session, read_event, read_session};

/// How far the signature's time may lie from ours, in seconds, either way.
const TOLERANCE_S: u64 = 300;
/// More candidates than any rolled secret explains.
const SIGNATURES_MAX: usize = 16;

/// Why a signature was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No header.
    #[error("no Stripe-Signature header")]
    Missing,
    /// The header has no time, more than one, or no signature of the scheme `v1`.
    #[error("not one timestamp or no v1 signature in the header")]
    Malformed,
    /// No signature matches.
    #[error("no signature matches the body")]
    Mismatch,
    /// Signed too long ago, or in the future.
    #[error("the timestamp is out of tolerance")]
    OutOfTime,
}

impl Refused {
    /// The reason as the log says it.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Missing => "no signature header",
            Self::Malformed => "malformed signature header",
            Self::Mismatch => "no signature matches",
            Self::OutOfTime => "timestamp out of tolerance",
        }
    }
}

/// Checks that one of the secrets signed this body at about this time.
///
/// Any of several signatures and any of several secrets may match: while a secret is rolled, Stripe signs with both.
/// Schemes other than `v1` are dropped, so that nobody can talk us down to a weaker one.
pub fn verify(secrets: &[Secret], header: Option<&str>, body: &[u8], now: Moment) -> Result<(), Refused> {
    let header = header.filter(|header| !header.is_empty()).ok_or(Refused::Missing)?;
    let (mut time, mut candidates) = (None, vec![]);
    for (name, value) in header.split(',').filter_map(|element| element.split_once('=')) {
        match name {
            // Readers disagree on which of two times counts, so neither does.
            "t" if time.is_some() => return Err(Refused::Malformed),
            "t" => time = Some(value),
            "v1" if candidates.len() < SIGNATURES_MAX => candidates.push(value),
            _ => {}
        }
    }
    let time = time.ok_or(Refused::Malformed)?;
    let signed_at = decimal(time).ok_or(Refused::Malformed)?;
    if candidates.is_empty() {
        return Err(Refused::Malformed);
    }
    let tags: Vec<[u8; 32]> = candidates.into_iter().filter_map(unhex).collect();
    let matches = |secret: &Secret, tag: &[u8; 32]| {
        let mac = secret.mac().chain_update(time).chain_update(b".").chain_update(body);
        mac.verify_slice(tag).is_ok()
    };
    if !secrets.iter().any(|secret| tags.iter().any(|tag| matches(secret, tag))) {
        return Err(Refused::Mismatch);
    }
    if now.0.abs_diff(signed_at) > TOLERANCE_S {
        return Err(Refused::OutOfTime);
    }
    Ok(())
}

/// Digits alone: a sign or a space would make two headers of one time.
fn decimal(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// 64 lower-case hexadecimal digits as 32 bytes.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let nibble = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let bytes: Vec<u8> =
        pairs.iter().map(|[high, low]| Some(nibble(*high)? << 4 | nibble(*low)?)).collect::<Option<_>>()?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests;
