//! Certificates and public keys that verified something, of `PayPal` and of Cloudflare Access: kept for a day, so that they are not
//! asked for each time.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::record;
use crate::contract::{Context, Erasure, Export, Ground, Keeping, Period, Place, Retention, Stored};
use crate::declare;
use crate::domain::id::hex;
use crate::domain::time::Seconds;
use crate::ports::{Kv, Unavailable};

const DAYS: u32 = 1;

/// A certificate with those on the way to its root, or a set of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// As it was fetched.
    pub pem: String,
}

declare! {
    Certificate { pem: [NotPersonal] for [Deliver, Support]; }
}

impl Stored for Certificate {
    const KEEPING: Keeping = Keeping {
        place: Place::Certificate,
        context: Context::Purchase,
        retention: Retention::For { period: Period::days(DAYS) },
        erasure: Erasure::Keep { ground: Ground::NotPersonal, until: Period::days(DAYS) },
        export: Export::Withheld { why: "it is about nobody" },
    };
}

/// The certificate that was fetched from an address.
pub async fn certificate(kv: &impl Kv, address: &str) -> Result<Option<Certificate>, Unavailable> {
    Ok(kv.get(&key(address)).await?.and_then(|text| record::decode(&text).ok()))
}

/// Keeps a certificate that verified something.
pub async fn keep_certificate(kv: &impl Kv, address: &str, pem: &[u8]) -> Result<(), Unavailable> {
    let Ok(pem) = std::str::from_utf8(pem) else { return Ok(()) };
    let certificate = Certificate { pem: pem.to_owned() };
    kv.put(&key(address), &record::encode(&certificate), Seconds::days(DAYS)).await
}

fn key(address: &str) -> String {
    format!("certificate/{}", hex(&Sha256::digest(address.as_bytes())))
}
