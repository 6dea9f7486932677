//! Tokens that were signed before, so that a site which asks again costs no signature.
//!
//! What a token says is known to whoever asks; only its signature is kept, and that under a pad. A bare signature would
//! tell anybody who reads the store and guesses a site's address whether the guess is right.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};

use super::{Claims, SigningKey, TOKEN_RENEWED_AFTER, Token};
use crate::contract::Datum;
use crate::domain::id::Secret;
use crate::domain::license::Status;
use crate::domain::seat::SiteIdentity;
use crate::domain::time::Moment;

const SIGNATURE_LEN: usize = 64;

/// The signature of a token for one site, under a pad, with what of its claims is not known otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedToken {
    /// What the license was worth.
    pub status: Status,
    /// When the token was signed.
    pub issued_at: Moment,
    seal: String,
}

impl Datum for SealedToken {}

impl SealedToken {
    /// Seals the token that was signed for these claims.
    pub fn seal(claims: &Claims<'_>, token: &Token, pepper: &Secret) -> Option<Self> {
        let seal = padded(token.signature(), claims, pepper)?;
        Some(Self { status: claims.status, issued_at: claims.issued_at, seal })
    }

    /// Whether it still says what a new token would say, and for at least half of its life.
    pub fn is_fresh(&self, status: Status, now: Moment) -> bool {
        self.status == status && self.issued_at <= now && now < self.issued_at.after(TOKEN_RENEWED_AFTER)
    }

    /// The token for a site; nothing where what was kept is no seal.
    pub fn open(&self, of: Claims<'_>, key: &SigningKey, pepper: &Secret) -> Option<Token> {
        let claims = Claims { status: self.status, issued_at: self.issued_at, ..of };
        Some(claims.with_signature(key, &padded(&self.seal, &claims, pepper)?))
    }
}

/// A signature in base64 with the pad of its claims put on, or taken off. The pad is HMAC-SHA-256 in counter mode; no two
/// claims share one, and the same claims have the same signature (RFC 8032), so none is ever used for two.
fn padded(signature: &str, claims: &Claims<'_>, pepper: &Secret) -> Option<String> {
    let mut bytes = [0; SIGNATURE_LEN];
    let read = Base64UrlUnpadded::decode(signature, &mut bytes).ok()?.len();
    let site = claims.site.map_or("", SiteIdentity::as_str);
    let issued_at = claims.issued_at.0.to_string();
    let half =
        |number| pepper.tag(&["token", claims.license.as_str(), site, claims.status.as_str(), &issued_at, number]);
    let pad = [half("0"), half("1")];
    for (byte, pad) in bytes.iter_mut().zip(pad.as_flattened()) {
        *byte ^= pad;
    }
    (read == SIGNATURE_LEN).then(|| Base64UrlUnpadded::encode_string(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::license::LicenseId;

    const AT: Moment = Moment(1_790_000_000);

    fn secret(text: &str) -> Secret {
        Secret::new(text).expect("a secret")
    }

    #[test]
    fn a_token_comes_back_from_its_seal_and_from_no_other() {
        let (key, pepper) = (SigningKey::from_seed(&[1; 32]), secret("pepper"));
        let license = LicenseId::parse("lic_00112233445566778899aabbccddeeff").expect("an id");
        let [site, other] = ["example.com", "example.org"].map(|site| SiteIdentity::parse(site).expect("a site"));
        let claims = Claims { license: &license, site: Some(&site), status: Status::Active, issued_at: AT };
        let token = claims.sign(&key);
        let sealed = SealedToken::seal(&claims, &token, &pepper).expect("a seal");
        let later = Claims { issued_at: AT.after(TOKEN_RENEWED_AFTER), ..claims };
        assert_eq!(sealed.open(later, &key, &pepper), Some(token.clone()));
        assert_ne!(sealed.open(Claims { site: Some(&other), ..claims }, &key, &pepper), Some(token.clone()));
        assert_ne!(sealed.open(claims, &key, &secret("another")), Some(token.clone()));
        // Who has no pepper cannot tell for which site it is.
        let text = serde_json::to_string(&sealed).expect("JSON");
        assert!(!text.contains(token.signature()), "{text}");
        let broken = SealedToken { seal: "AAAA".to_owned(), ..sealed };
        assert_eq!(broken.open(claims, &key, &pepper), None);
    }

    #[test]
    fn a_token_is_signed_anew_after_half_of_its_life_or_when_it_no_longer_holds() {
        let sealed = SealedToken { status: Status::Active, issued_at: AT, seal: String::new() };
        let half = AT.after(TOKEN_RENEWED_AFTER);
        for (status, now, is_fresh) in [
            (Status::Active, AT, true),
            (Status::Active, Moment(half.0 - 1), true),
            (Status::Active, half, false),
            (Status::Active, Moment(AT.0 - 1), false),
            (Status::Grace, AT, false),
        ] {
            assert_eq!(sealed.is_fresh(status, now), is_fresh, "{status:?} {now:?}");
        }
    }
}
