//! How long things are kept: lengths of time as people write them, and from when on they run.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::terms::{Ground, Unit};

/// A length of time as people write it: `90 days`, `13 months`, `6 years`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: Unit,
}

impl Period {
    /// A number of days.
    pub const fn days(count: u32) -> Self {
        Self { count, unit: Unit::Days }
    }

    /// Reads `90 days` or `1 year`.
    pub fn parse(text: &str) -> Option<Self> {
        let (count, unit) = text.trim().split_once(' ')?;
        let count = count.parse().ok().filter(|count| *count > 0)?;
        let unit = Unit::ALL.iter().find(|known| {
            let word = known.id();
            unit == word || (count == 1 && unit == word.trim_end_matches('s'))
        })?;
        Some(Self { count, unit: *unit })
    }

    /// Whether it can be longer than `other`. Months and years vary, so the longest one is held against the shortest.
    pub fn exceeds(self, other: Self) -> bool {
        if self.unit == other.unit {
            return self.count > other.count;
        }
        let days = |period: Self, [month, year]: [u32; 2]| match period.unit {
            Unit::Days => period.count,
            Unit::Months => period.count.saturating_mul(month),
            Unit::Years => period.count.saturating_mul(year),
        };
        days(self, [31, 366]) > days(other, [28, 365])
    }
}

impl fmt::Display for Period {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = self.unit.id();
        let unit = if self.count == 1 { unit.trim_end_matches('s') } else { unit };
        write!(formatter, "{} {unit}", self.count)
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a period such as `90 days`")))
    }
}

/// How long a record stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kept", rename_all = "snake_case")]
pub enum Retention {
    /// No end is set. Nothing that is about a person may be kept so.
    NoEnd,
    /// Until this much time has passed since something ended.
    After {
        /// What.
        what: Ending,
        /// How much.
        period: Period,
    },
    /// Until this much time has passed.
    For {
        /// How much.
        period: Period,
    },
}

impl Retention {
    /// As long as the law asks for what was bought: six years after the license ended.
    pub const OF_ORDERS: Self = Self::After { what: Ending::License, period: Period { count: 6, unit: Unit::Years } };

    /// The longest time, once what it waits for has ended; none where no end is set.
    pub fn period(self) -> Option<Period> {
        match self {
            Self::NoEnd => None,
            Self::After { period, .. } | Self::For { period } => Some(period),
        }
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEnd => formatter.write_str("without an end"),
            Self::After { what, period } => write!(formatter, "at most {period} after {}", what.wording()),
            Self::For { period } => write!(formatter, "at most {period}"),
        }
    }
}

/// What has to end before the time of a record runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The license that it belongs to; of several the last.
    License,
    /// The ticket that it belongs to was closed.
    Ticket,
}

impl Ending {
    /// In words.
    pub fn wording(self) -> &'static str {
        match self {
            Self::License => "the license ended",
            Self::Ticket => "the ticket was closed",
        }
    }
}

/// What the deletion of a person does with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "erasure", rename_all = "snake_case")]
pub enum Erasure {
    /// It goes.
    Delete,
    /// It stays for a while.
    Keep {
        /// Why.
        ground: Ground,
        /// How long.
        until: Period,
    },
}

impl Erasure {
    /// What tax law asks for stays for six years; there is no name and no address in it.
    pub const KEPT_FOR_TAX: Self = Self::Keep { ground: Ground::TaxLaw, until: Period { count: 6, unit: Unit::Years } };
}

#[cfg(test)]
mod tests;
