//! The receipt of a consent, or of its withdrawal: what the law wants to be shown (GDPR Art. 7(1)) and nothing about whoever
//! gave it. It is found by a random id that only the holder's cookie knows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contract::{
    Context, CookieCategory, Datum, Erasure, Export, Ground, Keeping, Period, Place, Retention, Stored, Unit,
};
use crate::declare;
use crate::domain::id::{hex, unhex};
use crate::domain::time::Moment;

/// Months for which a receipt is kept.
pub const KEPT_MONTHS: u16 = 13;
const PERIOD: Period = Period { count: KEPT_MONTHS as u32, unit: Unit::Months };

/// The id of a receipt: 32 hexadecimal digits, drawn at random.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReceiptId(String);

impl ReceiptId {
    /// The id with these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(hex(&bytes))
    }

    /// Reads the digits.
    pub fn parse(text: &str) -> Option<Self> {
        unhex::<16>(text).map(Self::from_bytes)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ReceiptId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not the id of a receipt")
    }
}

impl From<ReceiptId> for String {
    fn from(id: ReceiptId) -> Self {
        id.0
    }
}

/// Where a choice was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormUsed {
    /// On the banner of a page.
    Banner,
    /// On the cookie page.
    Page,
}

impl Datum for ReceiptId {}
impl Datum for FormUsed {}
impl Datum for CookieCategory {}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Its id.
    pub id: ReceiptId,
    /// When the choice was made.
    pub at: Moment,
    /// The policy version in force.
    pub policy: String,
    /// SHA-256 of that version's words, as the lock has it.
    pub policy_text: String,
    /// SHA-256 of what the form said.
    pub banner_text: String,
    /// What was allowed and what was not.
    pub choices: BTreeMap<CookieCategory, bool>,
    /// Which form it was.
    pub form: FormUsed,
    /// The build of the site that showed it.
    pub build: String,
    /// Whether the browser sent a privacy signal with it.
    pub signal: bool,
    /// The receipt of the choice that this one takes the place of.
    pub before: Option<ReceiptId>,
}

declare! {
    Receipt {
        id: [ConsentReceipt] for [Improve] if declared;
        at: [ConsentReceipt] for [Improve] if declared;
        policy: [ConsentReceipt] for [Improve] if declared;
        policy_text: [ConsentReceipt] for [Improve] if declared;
        banner_text: [ConsentReceipt] for [Improve] if declared;
        choices: [ConsentReceipt] for [Improve] if declared;
        form: [ConsentReceipt] for [Improve] if declared;
        build: [ConsentReceipt] for [Improve] if declared;
        signal: [ConsentReceipt] for [Improve] if declared;
        before: [ConsentReceipt] for [Improve] if declared;
    }
}

impl Stored for Receipt {
    const KEEPING: Keeping = Keeping {
        place: Place::Receipt,
        context: Context::Consent,
        retention: Retention::For { period: PERIOD },
        erasure: Erasure::Keep { ground: Ground::NotPersonal, until: PERIOD },
        export: Export::Withheld { why: "nothing in it says whose it is; its holder takes it from the cookie page" },
    };
}

impl Receipt {
    /// When it goes.
    pub fn ends(&self) -> Moment {
        self.at.months_later(KEPT_MONTHS.into())
    }
}
