//! Names by which things are found. An object and a value of the key-value store are found by a keyed hash, so that no
//! e-mail address, no license key and no purchase appears there: without the pepper a name says nothing and cannot be
//! guessed. Only inside a vault are things called what the processor calls them.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::contract::Datum;

/// A secret of the configuration. It does not print, does not compare and is never empty.
#[derive(Clone)]
pub struct Secret {
    bytes: Vec<u8>,
    /// The key is worked in once: half of the work of a short message.
    mac: Hmac<Sha256>,
}

impl Secret {
    /// Takes the bytes of a secret; an empty one is refused.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Option<Self> {
        let bytes = bytes.into();
        // HMAC takes a key of any length.
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&bytes).ok()?;
        (!bytes.is_empty()).then_some(Self { bytes, mac })
    }

    /// HMAC-SHA-256 over the parts. Each part is preceded by its length, so no two lists of parts share a message.
    pub fn tag(&self, parts: &[&str]) -> [u8; 32] {
        self.mac_of(parts).finalize().into_bytes().into()
    }

    /// Whether this is the tag of the parts. Takes the same time whichever byte is wrong.
    pub fn is_tag(&self, parts: &[&str], tag: &[u8]) -> bool {
        self.mac_of(parts).verify_slice(tag).is_ok()
    }

    /// The same for the first bytes of a tag.
    pub fn is_start_of_tag(&self, parts: &[&str], start: &[u8]) -> bool {
        self.mac_of(parts).verify_truncated_left(start).is_ok()
    }

    fn mac_of(&self, parts: &[&str]) -> Hmac<Sha256> {
        let mut mac = self.mac();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }

    /// HMAC-SHA-256 keyed with this secret, ready for a message.
    pub fn mac(&self) -> Hmac<Sha256> {
        self.mac.clone()
    }

    /// The secret as text, for the one place that must send it (an `Authorization` header).
    pub fn reveal(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[REDACTED]")
    }
}

/// The address of one person's vault: `HMAC(pepper, normalised e-mail)`, 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subject(String);

impl Subject {
    /// The vault of whoever reads mail at this address.
    pub fn of(pepper: &Secret, email: &Email) -> Self {
        Self(hex(&pepper.tag(&["subject", &email.normalised()])))
    }

    /// The address with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(hex(&bytes))
    }

    /// The 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a pointer or a view: `HMAC(pepper, kind, reference)`, 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reference(String);

impl Reference {
    /// The reference with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(hex(&bytes))
    }

    /// The reference of a purchase at its processor.
    pub fn purchase(pepper: &Secret, provider: &str, id: &str) -> Self {
        Self(hex(&pepper.tag(&["purchase", provider, id])))
    }

    /// The reference of a payment at its processor.
    pub fn payment(pepper: &Secret, provider: &str, id: &str) -> Self {
        Self(hex(&pepper.tag(&["payment", provider, id])))
    }

    /// The reference of a subscription at its processor.
    pub fn subscription(pepper: &Secret, provider: &str, id: &str) -> Self {
        Self(hex(&pepper.tag(&["subscription", provider, id])))
    }

    /// The reference of an invoice at its processor.
    pub fn invoice(pepper: &Secret, provider: &str, id: &str) -> Self {
        Self(hex(&pepper.tag(&["invoice", provider, id])))
    }

    /// The reference of a license's id.
    pub fn license(pepper: &Secret, id: &str) -> Self {
        Self(hex(&pepper.tag(&["license", id])))
    }

    /// The reference of a ticket by its number.
    pub fn ticket(pepper: &Secret, number: &str) -> Self {
        Self(hex(&pepper.tag(&["ticket", number])))
    }

    /// The reference of a license key in its canonical spelling.
    pub fn license_key(pepper: &Secret, canonical: &str) -> Self {
        Self(hex(&pepper.tag(&["license-key", canonical])))
    }

    /// The 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An e-mail address that can stand in a mail header: one `@`, no spaces or control characters, at most 254 bytes
/// (RFC 5321, section 4.5.3.1). Whether it exists is not asked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// Accepts an address as a person typed it; surrounding space is dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@')?;
        let clean = |part: &str| {
            !part.is_empty()
                && !part.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;:\"()[]\\@".contains(c))
        };
        (text.len() <= 254 && clean(local) && clean(domain)).then(|| Self(text.to_owned()))
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Lower case throughout: two spellings that reach the same mailbox in practice are one person.
    pub fn normalised(&self) -> String {
        self.0.to_lowercase()
    }

    /// The first letter and the domain, enough to recognise one's own address: `j***@example.com`.
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        format!("{}***@{domain}", local.chars().next().unwrap_or('*'))
    }
}

impl TryFrom<String> for Email {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not an e-mail address")
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[e-mail]")
    }
}

impl Datum for Subject {}
impl Datum for Reference {}
impl Datum for Email {}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes of hexadecimal digits in lower case, if there are as many as that.
pub fn unhex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let nibble = |digit: &u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = digits.as_bytes().as_chunks() else { return None };
    let bytes = pairs.iter().map(|[high, low]| Some(nibble(high)? << 4 | nibble(low)?));
    bytes.collect::<Option<Vec<u8>>>()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pepper() -> Secret {
        Secret::new("pepper").expect("not empty")
    }

    #[test]
    fn a_secret_does_not_print() {
        assert_eq!(format!("{:?}", pepper()), "[REDACTED]");
        assert!(Secret::new("").is_none());
    }

    #[test]
    fn only_the_tag_of_the_parts_is_their_tag() {
        let tag = pepper().tag(&["a", "b"]);
        assert!(pepper().is_tag(&["a", "b"], &tag));
        assert!(!pepper().is_tag(&["ab"], &tag) && !pepper().is_tag(&["a", "b"], &tag[..31]));
        assert!(!pepper().is_tag(&["a", "b"], &[]));
    }

    #[test]
    fn digits_are_read_as_they_are_written() {
        assert_eq!(unhex(&hex(&[0, 9, 10, 255])), Some([0, 9, 10, 255]));
        for bad in ["", "0", "000", "0G", "0A", "+1", "0000", "\u{e9}"] {
            assert_eq!(unhex::<1>(bad), None, "{bad}");
        }
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(pepper().tag(&["ab", "c"]), pepper().tag(&["a", "bc"]));
        assert_ne!(pepper().tag(&["ab"]), pepper().tag(&["ab", ""]));
    }

    #[test]
    fn spellings_of_one_address_share_a_vault() {
        let subject = |text: &str| Subject::of(&pepper(), &Email::parse(text).expect("an address"));
        assert_eq!(subject("Ada@Example.com"), subject(" ada@example.COM "));
        assert_ne!(subject("ada@example.com"), subject("ada@example.org"));
    }

    #[test]
    fn addresses_that_would_break_a_header_are_refused() {
        for bad in ["", "ada", "@example.com", "ada@", "a b@example.com", "a@b\r\nBcc: c@d", "a@b@c", "<a@b>"] {
            assert!(Email::parse(bad).is_none(), "{bad:?}");
        }
        assert!(Email::parse(&format!("{}@example.com", "a".repeat(250))).is_none());
    }

    #[test]
    fn a_masked_address_shows_one_letter() {
        assert_eq!(Email::parse("jane@example.com").expect("an address").masked(), "j***@example.com");
    }
}
