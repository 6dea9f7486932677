//! A request about personal data, from the moment it comes in. Anybody can type anybody's address, so nothing happens before a
//! link was used that goes to that address alone; it works once. The clock runs from the moment of the request (GDPR Art. 12(3)).

use serde::{Deserialize, Serialize};

use super::id::{Email, hex, unhex};
use super::time::{Moment, Seconds};
use crate::contract::{Context, Datum, Erasure, Export, Keeping, Period, Place, Retention, Right, Stored, Unit};
use crate::declare;

mod change;

pub use change::{AddressChange, Stage};

/// How long the link of a request works.
pub const LINK_LIFE: Seconds = Seconds::days(1);
/// How long somebody who used it may go on.
pub const SESSION_LIFE: Seconds = Seconds(15 * 60);
/// Whoever asks again and again gets one mail in this time…
const PAUSE: Seconds = Seconds(15 * 60);
/// …and so many in a day.
const MAILS_PER_DAY_MAX: usize = 3;
/// Months in which a request is to be answered.
const MONTHS: i32 = 1;
/// Months that an answer may take longer where there is a reason.
const MONTHS_MORE: i32 = 2;
/// Longest reason.
pub const REASON_CHARS_MAX: usize = 1_000;
/// Months for which a request that was confirmed is kept.
const KEPT_MONTHS: u16 = 4;
/// Days before the end of the clock on which staff are warned.
pub const WARNINGS: [u32; 3] = [14, 7, 2];

/// The id of a request: 32 hexadecimal digits, drawn at random.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(String);

impl RequestId {
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

impl Datum for RequestId {}
impl Datum for Right {}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// What is asked for.
    pub right: Right,
    /// The address as it was typed; the link goes there.
    pub email: Email,
    /// When it came in.
    pub received: Moment,
    /// When each link was mailed.
    pub mailed: Vec<Moment>,
    /// Whether the last of them was used.
    pub used: bool,
    /// When somebody first used one.
    pub confirmed: Option<Moment>,
    /// When it was answered.
    pub answered: Option<Moment>,
    /// That more time is needed, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
    /// Of a deletion that was ordered: whether licenses in use end with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_licenses: Option<bool>,
    /// Of a deletion that was done: what was deleted and what stayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Vec<Class>>,
    /// The processor's ids of what it still has to delete, or to correct.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_processor: Vec<String>,
    /// Of a correction: another address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<AddressChange>,
}

/// More time for an answer (GDPR Art. 12(3)): two months, once, and only with a reason that is told before the first month is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// When it was told.
    pub at: Moment,
    /// Why.
    pub reason: String,
}

declare! {
    Extension {
        at: [RightsRequest] for [Rights] if declared;
        reason: [RightsRequest] for [Rights] to [Mail] if declared;
    }
}

/// How much of a kind was deleted and how much stayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// What, in words.
    pub what: String,
    /// How many are gone.
    pub deleted: u32,
    /// How many stayed.
    pub kept: u32,
}

declare! {
    Class {
        what: [RightsRequest] for [Rights] if declared;
        deleted: [RightsRequest] for [Rights] if declared;
        kept: [RightsRequest] for [Rights] if declared;
    }
}

declare! {
    Request {
        right: [RightsRequest] for [Rights] if declared;
        email: [Email] for [Rights] to [Mail] if declared;
        received: [RightsRequest] for [Rights] if declared;
        mailed: [RightsRequest] for [Rights] if declared;
        used: [RightsRequest] for [Rights] if declared;
        confirmed: [RightsRequest] for [Rights] if declared;
        answered: [RightsRequest] for [Rights] if declared;
        extension: Extension;
        end_licenses: [RightsRequest] for [Rights] if declared;
        outcome: Class;
        at_processor: [RightsRequest] for [Rights] if declared;
        change: AddressChange;
    }
}

impl Stored for Request {
    const KEEPING: Keeping = Keeping {
        place: Place::VaultRequest,
        context: Context::Rights,
        retention: Retention::For { period: Period { count: KEPT_MONTHS as u32, unit: Unit::Months } },
        erasure: Erasure::Delete,
        export: Export::Given,
    };
}

impl Request {
    /// A request that comes in now, with its first link on the way.
    pub fn new(right: Right, email: Email, now: Moment) -> Self {
        Self {
            right,
            email,
            received: now,
            mailed: vec![now],
            used: false,
            confirmed: None,
            answered: None,
            extension: None,
            end_licenses: None,
            outcome: None,
            at_processor: vec![],
            change: None,
        }
    }

    /// When it has to be answered: one calendar month after it came in, at the end of a shorter one.
    pub fn due(&self) -> Moment {
        let more = if self.extension.is_some() { MONTHS_MORE } else { 0 };
        self.received.months_later(MONTHS + more)
    }

    /// Whether more time can still be taken.
    pub fn may_extend(&self, now: Moment) -> bool {
        self.is_open() && self.confirmed.is_some() && self.extension.is_none() && now < self.due()
    }

    /// Whether it still waits for somebody.
    pub fn is_open(&self) -> bool {
        self.answered.is_none()
    }

    /// The number of its last link.
    pub fn link(&self) -> u32 {
        u32::try_from(self.mailed.len()).unwrap_or(u32::MAX)
    }

    /// Whether this link opens it now.
    pub fn opens_by(&self, link: u32, now: Moment) -> bool {
        let is_fresh = self.mailed.last().is_some_and(|mailed| now < mailed.after(LINK_LIFE));
        link == self.link() && is_fresh && !self.used
    }

    /// When it goes. One that nobody confirmed goes with its last link.
    pub fn ends(&self) -> Moment {
        match self.confirmed {
            Some(_) => self.received.months_later(KEPT_MONTHS.into()),
            None => self.mailed.last().copied().unwrap_or(self.received).after(LINK_LIFE),
        }
    }
}

/// What a text asks for, if it is a privacy request: for people who write to us as the policy tells them to. Whoever means something
/// else is mailed a link that they need not use.
pub fn wanted(text: &str) -> Option<Right> {
    let text = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let right = if says(&["delet", "eras", "forgotten", "remove"]) {
        Right::Delete
    } else if says(&["correct", "rectif", "update"]) {
        Right::Correct
    } else {
        Right::Access
    };
    let is_named = says(&[
        "gdpr",
        "data request",
        "privacy request",
        "subject access",
        "right of access",
        "right to erasure",
        "right to be forgotten",
    ]);
    let is_about_own =
        says(&["my data", "my personal data", "my personal information", "data about me", "data you have on me"]);
    let is_asked =
        right != Right::Access || says(&["copy of", "access to", "export", "what data", "which data", "report"]);
    (is_named || (is_about_own && is_asked)).then_some(right)
}

/// Whether one more link may be mailed to somebody who was mailed these.
pub fn may_mail(mailed: impl Iterator<Item = Moment>, now: Moment) -> bool {
    let recent: Vec<Moment> = mailed.filter(|mailed| now < mailed.after(Seconds::days(1))).collect();
    recent.len() < MAILS_PER_DAY_MAX && recent.iter().all(|mailed| now >= mailed.after(PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        Moment::parse(text).expect("a moment")
    }

    fn request(received: &str) -> Request {
        Request::new(Right::Access, Email::parse("ada@example.com").expect("an address"), at(received))
    }

    #[test]
    fn a_month_ends_where_the_calendar_ends_it() {
        for (received, due) in [
            ("2027-03-15T10:00:00Z", "2027-04-15T10:00:00Z"),
            ("2027-01-31T10:00:00Z", "2027-02-28T10:00:00Z"),
            ("2028-01-31T10:00:00Z", "2028-02-29T10:00:00Z"),
            ("2027-12-31T23:59:59Z", "2028-01-31T23:59:59Z"),
        ] {
            assert_eq!(request(received).due(), at(due), "{received}");
        }
    }

    #[test]
    fn a_link_opens_for_a_day_until_it_is_used_or_followed_by_another() {
        let mut request = request("2027-03-15T10:00:00Z");
        assert!(request.opens_by(1, at("2027-03-16T09:59:59Z")));
        assert!(!request.opens_by(1, at("2027-03-16T10:00:00Z")) && !request.opens_by(2, request.received));
        request.used = true;
        assert!(!request.opens_by(1, request.received));
        request.mailed.push(at("2027-03-20T10:00:00Z"));
        request.used = false;
        assert!(!request.opens_by(1, at("2027-03-20T10:00:01Z")) && request.opens_by(2, at("2027-03-20T10:00:01Z")));
    }

    #[test]
    fn what_nobody_confirms_goes_with_its_link_and_the_rest_after_four_months() {
        let mut request = request("2027-10-31T10:00:00Z");
        assert_eq!(request.ends(), at("2027-11-01T10:00:00Z"));
        request.confirmed = Some(request.received);
        assert_eq!(request.ends(), at("2028-02-29T10:00:00Z"));
    }

    #[test]
    fn more_time_is_two_months_once_and_before_the_first_is_over() {
        let mut request = request("2027-11-30T10:00:00Z");
        request.confirmed = Some(request.received);
        assert!(request.may_extend(at("2027-12-30T09:59:59Z")) && !request.may_extend(at("2027-12-30T10:00:00Z")));
        request.extension = Some(Extension { at: request.received, reason: "Much".to_owned() });
        assert_eq!((request.due(), request.may_extend(request.received)), (at("2028-02-29T10:00:00Z"), false));
    }

    #[test]
    fn a_request_is_known_by_its_words() {
        for (text, right) in [
            ("Data request", Right::Access),
            ("Please send me a copy of my data.", Right::Access),
            ("GDPR: delete everything", Right::Delete),
            ("I want you to erase my personal data", Right::Delete),
            ("Please correct my data: my name is Ada", Right::Correct),
        ] {
            assert_eq!(wanted(text), Some(right), "{text}");
        }
        for text in ["How do I delete a client?", "My data is not shown", "The report of errors", "Update fails", ""] {
            assert_eq!(wanted(text), None, "{text}");
        }
    }

    #[test]
    fn there_is_one_mail_in_a_quarter_of_an_hour_and_three_a_day() {
        let may = |mailed: &[i64], now| may_mail(mailed.iter().map(|at| Moment(*at)), Moment(now));
        assert!(may(&[], 0) && !may(&[0], 899) && may(&[0], 900));
        assert!(!may(&[0, 900, 1_800], 80_000) && may(&[0, 900, 1_800], 86_400));
    }
}
