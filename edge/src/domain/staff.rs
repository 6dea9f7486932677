//! Staff: whoever reads mail at one of the addresses of the configuration. What they do is stored under an id that is a keyed
//! hash of the address, so that nothing at the desk spells out who works here, and an address that leaves the configuration
//! opens nothing from that moment on.

use serde::{Deserialize, Serialize};

use super::id::{Email, Secret, hex};
use crate::contract::Datum;

/// Bytes of an id.
const ID_LEN: usize = 16;

/// One of the staff, in records: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StaffId(String);

impl Datum for StaffId {}

impl StaffId {
    /// The id of an address.
    pub fn of(pepper: &Secret, email: &Email) -> Self {
        let tag = pepper.tag(&["staff", &email.normalised()]);
        Self(hex(tag.get(..ID_LEN).unwrap_or(&tag)))
    }

    /// The id with these bytes.
    pub fn from_bytes(bytes: [u8; ID_LEN]) -> Self {
        Self(hex(&bytes))
    }

    /// The 32 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One of the staff, as the configuration knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Their id.
    pub id: StaffId,
    /// Their address.
    pub email: Email,
}

impl Member {
    /// What they are called at the desk: what stands before the at sign.
    pub fn name(&self) -> &str {
        self.email.as_str().split('@').next().unwrap_or_default()
    }
}
