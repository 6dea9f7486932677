//! The signed license token: what a license was worth at a moment, for a plugin that believes it without asking us. So a
//! customer's site goes on working while the edge is away.
//!
//! It reads `base64url(payload).base64url(signature)`, both without padding. The signature (Ed25519, RFC 8032) is over the
//! first part as it stands, so nobody has to write JSON in one way only. The public key is at
//! `/.well-known/license-keys.json`.

use std::fmt;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use ed25519_dalek::Signer;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::id::hex;
use super::license::{LicenseId, Status};
use super::seat::SiteIdentity;
use super::time::{Moment, Seconds};
use crate::contract::Datum;

mod sealed;

pub use sealed::SealedToken;

/// How long a token is believed. Two weeks outlast any outage of ours and a site that its owner left alone over a holiday;
/// a refunded license goes on working for no longer than that where nobody asks again.
pub const TOKEN_LIFE: Seconds = Seconds::days(14);

/// After half of its life a token is signed anew. Whoever asks once a week always holds one that lasts another week.
pub const TOKEN_RENEWED_AFTER: Seconds = Seconds::days(7);

/// The key that signs tokens. It does not print.
#[derive(Clone)]
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
    id: String,
}

impl SigningKey {
    /// The key with this seed (the private key of RFC 8032).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let digest = Sha256::digest(key.verifying_key().as_bytes());
        Self { key, id: hex(digest.get(..8).unwrap_or(&digest)) }
    }

    /// Reads a seed in base64, as `openssl rand -base64 32` writes it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut seed = [0; 32];
        let read = Base64::decode(text, &mut seed).ok()?.len();
        (read == seed.len()).then(|| Self::from_seed(&seed))
    }

    /// The name of its public key: the first eight bytes of that key's SHA-256, in hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public key, as it is published.
    pub fn public_keys(&self) -> PublicKeys<'_> {
        let x = Base64UrlUnpadded::encode_string(self.key.verifying_key().as_bytes());
        let key = PublicKey { kid: &self.id, kty: "OKP", crv: "Ed25519", x, usage: "sig", alg: "EdDSA" };
        PublicKeys { keys: [key] }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[REDACTED]")
    }
}

/// The set of public keys as RFC 7517 writes it.
#[derive(Debug, Serialize)]
pub struct PublicKeys<'key> {
    keys: [PublicKey<'key>; 1],
}

/// A public key as RFC 8037 writes it.
#[derive(Debug, Serialize)]
struct PublicKey<'key> {
    kid: &'key str,
    kty: &'static str,
    crv: &'static str,
    x: String,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
}

impl SigningKey {
    /// Signs a statement of ours: `base64url(statement).base64url(signature)`.
    pub fn sign_statement(&self, statement: &str) -> String {
        let payload = Base64UrlUnpadded::encode_string(statement.as_bytes());
        let signature = self.key.sign(payload.as_bytes()).to_bytes();
        format!("{payload}.{}", Base64UrlUnpadded::encode_string(&signature))
    }
}

/// What a token says.
#[derive(Debug, Clone, Copy)]
pub struct Claims<'of> {
    /// Of which license.
    pub license: &'of LicenseId,
    /// For which site; none where the question named none.
    pub site: Option<&'of SiteIdentity>,
    /// What the license is worth.
    pub status: Status,
    /// When that was.
    pub issued_at: Moment,
}

impl Claims<'_> {
    /// Signs them.
    pub fn sign(&self, key: &SigningKey) -> Token {
        let payload = self.payload(key);
        let signature = key.key.sign(payload.as_bytes()).to_bytes();
        Token(format!("{payload}.{}", Base64UrlUnpadded::encode_string(&signature)))
    }

    /// The token that was signed for the same claims with the same key, from its [`Token::signature`]. A view keeps that
    /// much of a token and no more, because the rest names the site.
    pub fn with_signature(&self, key: &SigningKey, signature: &str) -> Token {
        Token(format!("{}.{signature}", self.payload(key)))
    }

    fn payload(&self, key: &SigningKey) -> String {
        let payload = Payload {
            kid: &key.id,
            lic: self.license.as_str(),
            site: self.site.map_or("", SiteIdentity::as_str),
            status: self.status.as_str(),
            iat: self.issued_at.0,
            exp: self.issued_at.after(TOKEN_LIFE).0,
        };
        Base64UrlUnpadded::encode_string(&serde_json::to_vec(&payload).unwrap_or_default())
    }
}

/// The first part of a token.
#[derive(Serialize)]
struct Payload<'of> {
    kid: &'of str,
    lic: &'of str,
    site: &'of str,
    status: &'static str,
    iat: i64,
    exp: i64,
}

/// A signed token.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// The token as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its second part.
    pub fn signature(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, signature)| signature)
    }
}

/// It names the site, so it stays out of logs.
impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[license token]")
    }
}

impl Datum for Token {}

#[cfg(test)]
mod tests;
