//! Moments and calendar steps. A moment is a number of seconds; only here does it meet a calendar.

use serde::{Deserialize, Serialize};

use crate::contract::Datum;
use calendar::Date;

mod calendar;

const DAY_SECONDS: i64 = 86_400;

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
        let Date { year, month, day } = Date::of(self.0.div_euclid(DAY_SECONDS));
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// The same date and time of day one year later in UTC; 29 February becomes 28 February.
    pub fn a_year_later(self) -> Self {
        self.months_later(12)
    }

    /// The same day of the month and time of day so many months later in UTC, or earlier where they are negative; where that
    /// month is too short, its last day.
    pub fn months_later(self, months: i32) -> Self {
        let (days, seconds) = (self.0.div_euclid(DAY_SECONDS), self.0.rem_euclid(DAY_SECONDS));
        match Date::of(days).months_later(months.into()).filter(|_| calendar::DAYS.contains(&days)) {
            Some(later) => Self(later.days() * DAY_SECONDS + seconds),
            // Beyond the calendar (year 9999) a month is 30 days and a year 365.
            None => Self(self.0.saturating_add(i64::from(months) * 365 * DAY_SECONDS / 12)),
        }
    }

    /// Reads a date and a time of day with its offset from UTC, as RFC 3339 and ISO 8601 write them. None for a day that
    /// is on no calendar, and for what lies beyond the year 9999.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once(['T', 't', ' '])?;
        Some(Self(Date::parse(date)?.days() * DAY_SECONDS + calendar::time(time)?))
    }

    /// RFC 3339 in UTC with seconds, for example `2026-11-22T10:00:00Z`. Beyond the calendar it is the calendar's end.
    pub fn rfc3339(self) -> String {
        let within =
            Self(self.0.clamp(calendar::DAYS.start() * DAY_SECONDS, (calendar::DAYS.end() + 1) * DAY_SECONDS - 1));
        let second = within.0.rem_euclid(DAY_SECONDS);
        format!("{}T{:02}:{:02}:{:02}Z", within.day(), second / 3_600, second / 60 % 60, second % 60)
    }
}

/// Whether a text is a day of the calendar, written like `2026-11-22`. So written, days are in the order of their letters.
pub fn is_day(text: &str) -> bool {
    text.len() == 10 && Date::parse(text).is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    /// What the library of calendars makes of a text.
    fn read_by_jiff(text: &str) -> Option<Moment> {
        text.parse::<jiff::Timestamp>().ok().map(|stamp| Moment(stamp.as_second()))
    }

    proptest! {
        /// From the year 0 to the last hours of 9999, which jiff leaves to time zones. Steps that lead before the year 0 are
        /// steps out of our calendar, and are left out.
        #[test]
        fn moments_are_those_of_the_library(seconds in -62_167_219_200_i64..253_402_207_200) {
            let stamp = jiff::Timestamp::from_second(seconds).expect("a timestamp");
            let moment = Moment(seconds);
            prop_assert_eq!(moment.rfc3339(), stamp.to_string());
            prop_assert_eq!(Moment::parse(&stamp.to_string()), Some(moment));
            prop_assert_eq!(moment.day(), stamp.to_zoned(jiff::tz::TimeZone::UTC).date().to_string());
            let later = stamp.to_zoned(jiff::tz::TimeZone::UTC).checked_add(jiff::Span::new().years(1));
            if let Ok(later) = later {
                prop_assert_eq!(moment.a_year_later(), Moment(later.timestamp().as_second()));
            }
            for months in [-25, -1, 1, 13] {
                let other = stamp.to_zoned(jiff::tz::TimeZone::UTC).checked_add(jiff::Span::new().months(months));
                if let Some(other) = other.ok().filter(|other| other.year() >= 0) {
                    prop_assert_eq!(moment.months_later(months), Moment(other.timestamp().as_second()));
                }
            }
        }

        #[test]
        fn texts_are_read_as_by_the_library(
            year in 0..10_000, month in 0..14, day in 0..33, hour in 0..26, minute in 0..62, second in 0..62, east in 0..15,
            sign in "[+-]",
        ) {
            let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{sign}{east:02}:30");
            // Where the offset leads out of the library's calendar, ours goes on for some hours.
            prop_assume!((1..9_999).contains(&year));
            prop_assert_eq!(Moment::parse(&text), read_by_jiff(&text), "{}", text);
        }

        #[test]
        fn any_text_is_read_or_not(text in "[0-9]{0,6}-?[0-9]{2}-?[0-9]{2}[Tt ]?[0-9]{2}:?[0-9]{2}:?[0-9]{0,3}[.,]?[0-9]{0,12}[Zz+-]?[0-9:]{0,6}|.{0,40}") {
            let _ = Moment::parse(&text);
        }
    }

    #[test]
    fn the_end_of_time_does_not_panic() {
        for far in [i64::MAX, i64::MIN, 253_402_300_799] {
            let _ = Moment(far).a_year_later().rfc3339();
        }
        assert_eq!(Moment(i64::MAX).rfc3339(), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn a_day_is_written_in_one_way() {
        assert!(is_day("2028-02-29"));
        for text in ["", "20280229", "2027-02-29", "2028-2-29", "2028-02-29Z", "0000-00-00"] {
            assert!(!is_day(text), "{text}");
        }
    }
}
