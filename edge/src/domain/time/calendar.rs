//! The Gregorian calendar in UTC, years 0 to 9999: all of it that the edge needs. A library for it would weigh as much as
//! all handlers together. Tests hold it against one.

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
}

/// 1 January of the year 0 and 31 December 9999, in days since 1 January 1970.
pub(super) const DAYS: std::ops::RangeInclusive<i64> = -719_528..=2_932_896;

impl Date {
    /// A day, if there is such a one.
    pub(super) fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let exists =
            (0..=9_999).contains(&year) && (1..=12).contains(&month) && (1..=month_days(year, month)).contains(&day);
        exists.then_some(Self { year, month, day })
    }

    /// Reads `2026-11-22` or `20261122`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (year, month, day) = match text.len() {
            10 if text.get(4..5) == Some("-") && text.get(7..8) == Some("-") => {
                (text.get(..4)?, text.get(5..7)?, text.get(8..)?)
            }
            8 => (text.get(..4)?, text.get(4..6)?, text.get(6..)?),
            _ => return None,
        };
        Self::new(digits(year)?, digits(month)?, digits(day)?)
    }

    /// The day that is so many days after 1 January 1970. Years are counted from March here, so that the day that is not
    /// in every year is their last (after Howard Hinnant, "chrono-compatible low-level date algorithms").
    pub(super) fn of(days: i64) -> Self {
        let days = days.clamp(*DAYS.start(), *DAYS.end()) + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Self {
            year: era * 400 + year_of_era + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * from_march + 2) / 5 + 1,
        }
    }

    /// Days since 1 January 1970.
    pub(super) fn days(self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let day_of_year = (153 * ((self.month + 9) % 12) + 2) / 5 + self.day - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    }

    /// The same day so many months later, or earlier where they are negative. Where that month is too short it is its last day.
    pub(super) fn months_later(self, months: i64) -> Option<Self> {
        let month = self.year * 12 + (self.month - 1) + months;
        let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
        Self::new(year, month, self.day.min(month_days(year, month)))
    }
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Reads a time of day with its offset from UTC, `12:00:00Z`, `12:00:00.5+01:00` or `120000Z`, as seconds since midnight in
/// UTC, which may lie on the day before or after.
pub(super) fn time(text: &str) -> Option<i64> {
    let end = text.find(['Z', 'z', '+', '-'])?;
    let (clock, offset) = text.split_at_checked(end)?;
    let (clock, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, "0"));
    digits(fraction)?;
    let (hour, minute, second) = match clock.len() {
        8 if clock.get(2..3) == Some(":") && clock.get(5..6) == Some(":") => {
            (clock.get(..2)?, clock.get(3..5)?, clock.get(6..)?)
        }
        6 => (clock.get(..2)?, clock.get(2..4)?, clock.get(4..)?),
        _ => return None,
    };
    let (hour, minute, second) = (digits(hour)?, digits(minute)?, digits(second)?);
    let east = east(offset)?;
    // A leap second is the one before it again, since the seconds we count know none.
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3_600 + minute * 60 + second.min(59) - east)
}

/// Seconds that an offset lies east of UTC: `Z`, `+01:00`, `-0700`, `+01`.
fn east(offset: &str) -> Option<i64> {
    let sign = match offset.chars().next()? {
        'Z' | 'z' => return (offset.len() == 1).then_some(0),
        '-' => -1,
        _ => 1,
    };
    let (hour, minute) = match offset.len() {
        3 => (offset.get(1..)?, "0"),
        5 => (offset.get(1..3)?, offset.get(3..)?),
        6 if offset.get(3..4) == Some(":") => (offset.get(1..3)?, offset.get(4..)?),
        _ => return None,
    };
    let (hour, minute) = (digits(hour)?, digits(minute)?);
    (hour < 26 && minute < 60).then_some(sign * (hour * 3_600 + minute * 60))
}

/// A number in digits alone.
fn digits(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.get(..text.len().min(9))?.parse().ok()).flatten()
}
