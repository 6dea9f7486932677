//! Placeholder until the real module is merged.
use serde::{Deserialize, Serialize};
/// A mark.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SiteMark(String);
impl crate::contract::Datum for SiteMark {}
impl SiteMark {
    /// Reads.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }
    /// Text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
