//! Counts of visits: a number for a page, a day and the host that a visitor came from. Nothing in them is about anybody.
//!
//! The counts of a month lie in one object, so that they are exact, and go a day at a time, 25 months later (CNIL 2020-092).

use serde::{Deserialize, Serialize};

use super::time::Moment;
use crate::contract::{Context, Erasure, Export, Ground, Keeping, Period, Place, Retention, Stored, Unit};
use crate::declare;

/// Months for which a count is kept.
pub const KEPT_MONTHS: u16 = 25;
const PERIOD: Period = Period { count: KEPT_MONTHS as u32, unit: Unit::Months };
/// Hosts that are told apart for a page and a day; visits from others are counted together.
pub const HOSTS_MAX: usize = 200;
/// Stands for the hosts beyond that.
pub const OTHER: &str = "other";
/// Longest name of a host (RFC 1035, section 2.3.4).
const HOST_BYTES_MAX: usize = 253;

/// What an object of counts can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Count one visit.
    Count {
        /// Where rows of this page and day lie.
        prefix: String,
        /// What is counted.
        visit: Visit,
    },
    /// Say all counts.
    Tell,
    /// Forget the days before this one.
    Forget {
        /// The first day that stays.
        before: String,
    },
}

/// One visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The day, `2026-11-22`.
    pub day: String,
    /// The page.
    pub path: String,
    /// The host that the visitor came from; empty for none.
    pub from: String,
}

/// How often that was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// The day.
    pub day: String,
    /// The page.
    pub path: String,
    /// The host that visitors came from; empty for none.
    pub from: String,
    /// How many.
    pub visits: u32,
}

declare! {
    Count {
        day: [Usage] for [Improve] if declared;
        path: [Usage] for [Improve] if declared;
        from: [Usage] for [Improve] if declared;
        visits: [Usage] for [Improve] if declared;
    }
}

impl Stored for Count {
    const KEEPING: Keeping = Keeping {
        place: Place::VisitCount,
        context: Context::Visit,
        retention: Retention::For { period: PERIOD },
        erasure: Erasure::Keep { ground: Ground::NotPersonal, until: PERIOD },
        export: Export::Withheld { why: "it is a number of visits and says of none whose it was" },
    };
}

impl Visit {
    /// A visit of a page, coming from the host that a browser names.
    pub fn new(path: &str, from: &str, own_host: &str, now: Moment) -> Self {
        Self { day: now.day(), path: path.to_owned(), from: host(from, own_host) }
    }

    /// Where the counts of this page and day lie.
    pub fn prefix(&self) -> String {
        format!("{} {} ", self.day, self.path)
    }
}

/// The month of a day: `2026-11`.
pub fn month(day: &str) -> &str {
    day.get(..7).unwrap_or(day)
}

/// The first day whose counts are still kept.
pub fn kept_since(now: Moment) -> String {
    now.months_later(-i32::from(KEPT_MONTHS)).day()
}

/// The name of a host, if it is one and not our own; empty otherwise.
fn host(from: &str, own_host: &str) -> String {
    let name = from.to_ascii_lowercase();
    let is_name = name.len() <= HOST_BYTES_MAX
        && name.split('.').all(|label| !label.is_empty())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
    if is_name && name != own_host { name } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_where_somebody_comes_from_only_the_host_is_kept() {
        let from = |text: &str| Visit::new("/", text, "example.com", Moment(0)).from;
        assert_eq!(from("WordPress.org"), "wordpress.org");
        for text in [
            "",
            "example.com",
            "https://a.example/?q=ada",
            "a/b",
            "a b",
            "a.example:80",
            ".",
            "a..b",
            "\u{e9}.example",
            "ada@example.org",
        ] {
            assert_eq!(from(text), "", "{text}");
        }
        assert_eq!(from(&"a".repeat(254)), "");
    }

    #[test]
    fn counts_stay_25_months() {
        let now = Moment::parse("2029-03-31T10:00:00Z").expect("a moment");
        assert_eq!(kept_since(now), "2027-02-28");
        assert_eq!(month("2027-02-28"), "2027-02");
    }
}
