//! Moments and calendar steps. A moment is a number of seconds; only here does it meet a calendar.

use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::contract::Datum;

/// A moment in seconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

/// A length of time in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub u32);

impl Datum for Moment {}

impl Seconds {
    /// A number of days.
    pub const fn days(days: u32) -> Self {
        Self(days * 86_400)
    }
}

impl Moment {
    /// The moment `seconds` later.
    pub fn after(self, seconds: Seconds) -> Self {
        Self(self.0.saturating_add(i64::from(seconds.0)))
    }

    /// The moment `seconds` earlier.
    pub fn before(self, seconds: Seconds) -> Self {
        Self(self.0.saturating_sub(i64::from(seconds.0)))
    }

    /// The day in UTC, for example `2026-11-22`.
    pub fn day(self) -> String {
        let text = self.rfc3339();
        text.split('T').next().unwrap_or_default().to_owned()
    }

    /// The same date and time of day one year later in UTC; 29 February becomes 28 February.
    pub fn a_year_later(self) -> Self {
        let year = |stamp: Timestamp| stamp.to_zoned(TimeZone::UTC).checked_add(1.year()).ok();
        match Timestamp::from_second(self.0).ok().and_then(year) {
            Some(later) => Self(later.timestamp().as_second()),
            // Beyond the calendar of the library (year 9999) a year is 365 days.
            None => self.after(Seconds::days(365)),
        }
    }

    /// Reads a date and a time of day with its offset from UTC, as RFC 3339 and ISO 8601 write them. None for a day that
    /// is on no calendar, and for what lies beyond the year 9999.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<Timestamp>().ok().map(|stamp| Self(stamp.as_second()))
    }

    /// RFC 3339 in UTC with seconds, for example `2026-11-22T10:00:00Z`.
    pub fn rfc3339(self) -> String {
        let clamped = self.0.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        Timestamp::from_second(clamped).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    pub fn since(self, earlier: Self) -> SignedDuration {
        SignedDuration::from_secs(self.0.saturating_sub(earlier.0).max(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        Moment::parse(text).expect("a moment")
    }

    #[test]
    fn a_year_keeps_the_date() {
        assert_eq!(moment("2026-11-22T10:00:00Z").a_year_later().rfc3339(), "2027-11-22T10:00:00Z");
    }

    #[test]
    fn a_year_after_leap_day_ends_on_the_last_of_february() {
        assert_eq!(moment("2028-02-29T12:00:00Z").a_year_later().rfc3339(), "2029-02-28T12:00:00Z");
    }

    #[test]
    fn a_moment_is_read_in_any_offset_and_on_the_calendar() {
        let noon = moment("2026-11-22T12:00:00Z");
        for text in
            ["2026-11-22T05:00:00-07:00", "2026-11-22T12:00:00.999Z", "20261122T120000Z", "2026-11-22t12:00:00z"]
        {
            assert_eq!(Moment::parse(text), Some(noon), "{text}");
        }
        let far = "292277026596-12-04T15:30:07Z";
        for text in
            ["", "now", "2026-11-22", "2026-11-22T12:00:00", "2026-13-01T00:00:00Z", "10000-01-01T00:00:00Z", far]
        {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_end_of_time_does_not_panic() {
        for far in [i64::MAX, i64::MIN, 253_402_300_799] {
            let _ = Moment(far).a_year_later().rfc3339();
        }
    }
}
