//! License keys and what a license is worth at a moment.
//!
//! A key is derived from the purchase, never drawn: however often and in whatever order a payment is reported, the same
//! key comes out. It reads `CPP-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-CCCC`: 24 Crockford base32 characters (120 bits) and a
//! check group of four, so that a mistyped key is known as such without asking anybody.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::crockford;
use super::id::{Secret, hex};
use super::payment::PurchaseId;
use crate::contract::Datum;

mod check;
mod state;

pub(super) use check::character as check_character;
pub use state::{LicenseState, ListedSite, Reason, SITES_LISTED_MAX, SITES_WITH_TOKEN_MAX, Status, Worth};

const PREFIX: &str = "CPP";
const DATA_LEN: usize = 24;
const CHECK_LEN: usize = 4;
const GROUP_LEN: usize = 4;

/// A license key in its canonical spelling.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LicenseKey(String);

impl LicenseKey {
    /// The key of the `n`-th license of a purchase.
    pub fn derive(secret: &Secret, purchase: &PurchaseId, n: u32) -> Self {
        let tag = secret.tag(&["license-key", purchase.provider.as_str(), &purchase.id, &n.to_string()]);
        // Five bits at a time from the front of the tag: 24 symbols take 15 of its 32 bytes.
        let mut symbols = Vec::with_capacity(DATA_LEN + CHECK_LEN);
        let (mut buffer, mut bits) = (0_u32, 0);
        for byte in tag {
            buffer = (buffer << 8 | u32::from(byte)) & 0xFFFF;
            bits += 8;
            while bits >= 5 && symbols.len() < DATA_LEN {
                bits -= 5;
                symbols.push((buffer >> bits & 31) as u8);
            }
        }
        Self::spell(&symbols)
    }

    /// Reads a key as a person may write it: any case, any grouping, with or without the prefix, `O` for 0, `I` and `L`
    /// for 1. `None` unless the check group agrees.
    pub fn parse(text: &str) -> Option<Self> {
        let symbols = symbols(text)?;
        let (data, check) = symbols.split_at_checked(DATA_LEN)?;
        (check == check::group(data)).then(|| Self::spell(data))
    }

    /// The key that somebody meant who got one or two characters wrong. It comes from the check group alone: nobody is
    /// asked whether there is such a key.
    pub fn suggest(text: &str) -> Option<Self> {
        let corrected = check::corrected(&symbols(text)?)?;
        Some(Self::spell(corrected.get(..DATA_LEN)?))
    }

    fn spell(data: &[u8]) -> Self {
        let symbols = data.iter().chain(&check::group(data)).copied().collect::<Vec<_>>();
        let mut text = PREFIX.to_owned();
        for group in symbols.chunks(GROUP_LEN) {
            text.push('-');
            text.extend(group.iter().map(|symbol| crockford::letter(*symbol)));
        }
        Self(text)
    }

    /// The key of no license: it stands where one was deleted, and nothing is found by it.
    pub fn of_none() -> Self {
        Self::spell(&[0; DATA_LEN])
    }

    /// Whether it is the key of no license.
    pub fn is_of_none(&self) -> bool {
        *self == Self::of_none()
    }

    /// The canonical spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The symbols of data and check group of something that has the length of a key.
fn symbols(text: &str) -> Option<Vec<u8>> {
    crockford::symbols(text, PREFIX, DATA_LEN + CHECK_LEN)
}

impl TryFrom<String> for LicenseKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a license key")
    }
}

impl From<LicenseKey> for String {
    fn from(key: LicenseKey) -> Self {
        key.0
    }
}

/// Keys open what was paid for, so they stay out of logs.
impl fmt::Debug for LicenseKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[license key]")
    }
}

/// The id of a license: derived like its key, but safe to show and to store anywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LicenseId(String);

impl Datum for LicenseKey {}
impl Datum for LicenseId {}

impl LicenseId {
    /// The id of the `n`-th license of a purchase: `lic_` and 32 hexadecimal digits.
    pub fn derive(secret: &Secret, purchase: &PurchaseId, n: u32) -> Self {
        let tag = secret.tag(&["license-id", purchase.provider.as_str(), &purchase.id, &n.to_string()]);
        Self(format!("lic_{}", hex(tag.get(..16).unwrap_or(&tag))))
    }

    /// Reads an id: `lic_` and 32 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("lic_")?;
        let is_hex = digits.len() == 32 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_hex.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests;
