//! Points in time as editors write them: a day, which begins at midnight in the site's time zone, or an exact moment.

use std::str::FromStr;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    language::tag::Tag,
    yaml::{self, Complaint},
};

/// A day or an exact moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A whole day, from midnight.
    Day(Date),
    /// An exact moment.
    Instant(Timestamp),
}

impl Moment {
    /// The moment it begins. A midnight that a change of clocks skips is the first moment after it.
    pub(crate) fn begins(self, zone: &TimeZone) -> Timestamp {
        match self {
            Self::Day(date) => day_begins(date, zone),
            Self::Instant(timestamp) => timestamp,
        }
    }

    /// The day it falls on.
    pub(crate) fn date(self, zone: &TimeZone) -> Date {
        match self {
            Self::Day(date) => date,
            Self::Instant(timestamp) => timestamp.to_zoned(zone.clone()).date(),
        }
    }
}

/// 00:00 of a day in a time zone, or the first moment after it where a change of clocks skips midnight.
pub(crate) fn day_begins(date: Date, zone: &TimeZone) -> Timestamp {
    // Only the last day that a timestamp can express has no midnight in every zone.
    date.to_zoned(zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

impl FromStr for Moment {
    type Err = Complaint;

    fn from_str(written: &str) -> Result<Self, Complaint> {
        if let Ok(date) = day(written) {
            return Ok(Self::Day(date));
        }
        written.parse().map(Self::Instant).map_err(|_| {
            Complaint::new(format!("`{written}` is not a date"))
                .hint("write a day as `2025-03-31` or a moment as `2025-03-31T09:00:00Z`")
        })
    }
}

/// A day as `YYYY-MM-DD` and nothing else: jiff alone would read `20250331` or a time too.
pub(crate) fn day(written: &str) -> Result<Date, Complaint> {
    let parsed = if written.len() == 10 { written.parse::<Date>().ok() } else { None };
    parsed.filter(|date| date.to_string() == written).ok_or_else(|| {
        Complaint::new(format!("`{written}` is not a date")).hint("write a day that exists as `2025-03-31`")
    })
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        yaml::parsed(deserializer, "a date", Self::from_str)
    }
}

/// A date as templates see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct DateView {
    /// For machines: `2025-03-31`.
    pub(crate) iso: String,
    /// For people: `31 March 2025`, which nobody takes for another day.
    pub(crate) text: String,
}

impl DateView {
    pub(crate) fn new(date: Date) -> Self {
        Self { iso: date.to_string(), text: date.strftime("%-d %B %Y").to_string() }
    }

    /// The date on a page that may be a translation. The names of months are English, so elsewhere it is written in digits.
    pub(crate) fn within(date: Date, translation: Option<&Tag>) -> Self {
        let is_foreign = translation.is_some_and(|tag| tag.as_str().split('-').next() != Some("en"));
        let view = Self::new(date);
        if is_foreign { Self { text: view.iso.clone(), ..view } } else { view }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("the zone is in the bundled database")
    }

    fn moment(written: &str) -> Moment {
        written.parse().expect("the moment is well-formed")
    }

    #[test]
    fn a_day_begins_at_midnight_in_the_zone() {
        assert_eq!(moment("2025-03-31").begins(&zone("UTC")).to_string(), "2025-03-31T00:00:00Z");
        assert_eq!(moment("2025-03-31").begins(&zone("America/New_York")).to_string(), "2025-03-31T04:00:00Z");
    }

    #[test]
    fn a_skipped_midnight_is_the_first_moment_after_it() {
        // Clocks in Beirut went from 00:00 to 01:00 on this day.
        assert_eq!(moment("2024-03-31").begins(&zone("Asia/Beirut")).to_string(), "2024-03-30T22:00:00Z");
    }

    #[test]
    fn a_moment_falls_on_the_day_of_the_zone() {
        let instant = moment("2025-03-31T23:30:00-02:00");
        assert_eq!(instant.date(&zone("UTC")).to_string(), "2025-04-01");
    }

    #[test]
    fn refuses_what_is_not_a_date() {
        for written in ["soon", "2025-02-30", "2025-3-31", "20250331", "31/03/2025", "2025-03-31T09:00:00", ""] {
            assert!(written.parse::<Moment>().is_err(), "{written}");
        }
    }

    #[test]
    fn people_read_the_month_as_a_word() {
        let view = DateView::new(moment("2025-03-31").date(&zone("UTC")));
        assert_eq!((view.iso.as_str(), view.text.as_str()), ("2025-03-31", "31 March 2025"));
    }
}
