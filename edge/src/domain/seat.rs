//! Sites that a license is active on: one identity for every spelling of an address, and which sites take no seat.
//!
//! The rule behind both: in doubt nobody pays twice. Spellings that can only mean one site are one, and a staging or
//! local copy of a site is free. A name that merely contains such a word is a site like any other.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::id::{Secret, hex};
use super::license::LicenseId;
use crate::contract::Datum;

mod address;
mod exempt;

/// The one spelling of a site's address: host and path without scheme, `www.`, port and trailing slash, for example
/// `example.com/blog`. It reads back as itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SiteIdentity(String);

impl SiteIdentity {
    /// Reads an address as plugins send it and people type it: with or without scheme, in any case, with a host in
    /// letters of any language. None for what is no web address, and for one with a user name in it.
    pub fn parse(text: &str) -> Option<Self> {
        address::normalised(text).map(Self)
    }

    /// The identity as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a staging or local site by its address, and so takes no seat.
    pub fn is_exempt(&self) -> bool {
        let (host, path) = self.0.split_once('/').unwrap_or((&self.0, ""));
        exempt::is_host(host) || exempt::is_path(path)
    }
}

impl TryFrom<String> for SiteIdentity {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not the address of a site")
    }
}

impl From<SiteIdentity> for String {
    fn from(site: SiteIdentity) -> Self {
        site.0
    }
}

/// Whose site it is can often be told from its address, so that stays out of logs.
impl fmt::Debug for SiteIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[site]")
    }
}

/// Stands for a site where its address must not be stored: a keyed digest of license and identity, 32 hexadecimal digits.
/// The marks of one site under two licenses have nothing in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SiteMark(String);

impl SiteMark {
    /// Comes before every mark, and is none.
    pub const FIRST: Self = Self(String::new());

    /// The mark of a site under a license.
    pub fn of(secret: &Secret, license: &LicenseId, site: &SiteIdentity) -> Self {
        let tag = secret.tag(&["site", license.as_str(), site.as_str()]);
        Self(hex(tag.get(..16).unwrap_or(&tag)))
    }

    /// Reads a mark: 32 hexadecimal digits in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (text.len() == 32 && is_hex).then(|| Self(text.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SiteMark {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not the mark of a site")
    }
}

impl From<SiteMark> for String {
    fn from(mark: SiteMark) -> Self {
        mark.0
    }
}

/// What a site says it is, in the words of WordPress (`wp_get_environment_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// The site that visitors see.
    Production,
    /// A copy to try things on.
    Staging,
    /// A copy to build on.
    Development,
    /// A copy on somebody's own machine.
    Local,
}

impl Environment {
    /// Reads the word. Any other word, and none, is [`Environment::Production`]: a misspelling frees no seat.
    pub fn parse(word: &str) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "staging" => Self::Staging,
            "development" => Self::Development,
            "local" => Self::Local,
            _ => Self::Production,
        }
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Development => "development",
            Self::Local => "local",
        }
    }

    /// Whether such a site takes no seat, if we believe what it says of itself.
    pub fn is_exempt(self) -> bool {
        self != Self::Production
    }
}

impl Datum for SiteIdentity {}
impl Datum for SiteMark {}

#[cfg(test)]
mod tests;
