//! The audit log: who of the staff saw or changed what of whom, and when. Reading counts, too. It holds no content; whose
//! data it was is written down only while the policy in force says that we keep such a log.

use serde::{Deserialize, Serialize};

use crate::contract::{Context, Datum, Erasure, Export, Ground, Keeping, Period, Place, Retention, Stored, Unit};
use crate::declare;
use crate::domain::staff::StaffId;
use crate::domain::time::{Moment, Seconds};

const YEARS: u32 = 3;
/// A line is kept for so long.
pub const KEPT: Seconds = Seconds::days(YEARS * 365);
/// Lines on a page of the log, and lines taken away in one go.
pub const LINES_MAX: usize = 100;
/// Lines lie behind this, the newest first.
pub const PREFIX: &str = "~look/";
/// No moment has more digits, so that keys in their order are in that of time, backwards.
const LAST: i64 = 999_999_999_999;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Signed in.
    SignedIn,
    /// Saw the list of tickets.
    SawInbox,
    /// Searched.
    Searched,
    /// Saw a ticket.
    SawTicket,
    /// Answered it.
    Answered,
    /// Left a note.
    Noted,
    /// Moved it, assigned it or gave it tags.
    Filed,
    /// Took it along as a file.
    Exported,
    /// Saved a file of it.
    SavedFile,
    /// Saw what somebody bought.
    SawPerson,
    /// Revoked a license, or took that back.
    Revoked,
    /// Prolonged a license.
    Extended,
    /// Took more time for a privacy request.
    TookTime,
    /// Took note that the processor deleted what it had.
    ClosedDeletion,
    /// Had a mail sent again.
    Resent,
    /// Recorded that something was disclosed because the law asked for it.
    Disclosed,
}

impl Datum for Act {}

impl Act {
    /// In words.
    pub fn wording(self) -> &'static str {
        match self {
            Self::SignedIn => "signed in",
            Self::SawInbox => "saw the inbox",
            Self::Searched => "searched",
            Self::SawTicket => "read a ticket",
            Self::Answered => "answered a ticket",
            Self::Noted => "left a note",
            Self::Filed => "filed a ticket",
            Self::Exported => "exported a ticket",
            Self::SavedFile => "saved a file of a ticket",
            Self::SawPerson => "saw what somebody bought",
            Self::Revoked => "revoked a license or took that back",
            Self::Extended => "prolonged a license",
            Self::TookTime => "took more time for a privacy request",
            Self::ClosedDeletion => "noted that the processor deleted its data",
            Self::Resent => "had a mail sent again",
            Self::Disclosed => "recorded a disclosure",
        }
    }
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// When.
    pub at: Moment,
    /// Who of the staff.
    pub staff: StaffId,
    /// What they did.
    pub act: Act,
    /// Whose data it was: the name of a vault, or the number of a ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whose: Option<String>,
    /// Of a disclosure: what was disclosed, to whom, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disclosure: Option<String>,
}

declare! {
    Look {
        at: [NotPersonal] for [Protect];
        staff: [NotPersonal] for [Protect];
        act: [NotPersonal] for [Protect];
        whose: [AccessLog] for [Protect] if declared;
        disclosure: [AccessLog] for [Protect] if declared;
    }
}

impl Stored for Look {
    const KEEPING: Keeping = Keeping {
        place: Place::DeskLook,
        context: Context::Desk,
        retention: Retention::For { period: PERIOD },
        erasure: Erasure::Keep { ground: Ground::NotPersonal, until: PERIOD },
        export: Export::Withheld { why: "it is about the work of staff; a person is told of it on request" },
    };
}

const PERIOD: Period = Period { count: YEARS, unit: Unit::Years };

impl Look {
    /// The key of its row: the newest line comes first. `chance` tells lines of one second apart.
    pub fn key(&self, chance: &str) -> String {
        format!("{}{chance}", behind(self.at))
    }
}

/// Where the lines of a moment begin.
pub fn behind(at: Moment) -> String {
    format!("{PREFIX}{:012}/", LAST - at.0.clamp(0, LAST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_line_comes_first() {
        let look = |at| Look {
            at: Moment(at),
            staff: StaffId::from_bytes([1; 16]),
            act: Act::SawInbox,
            whose: None,
            disclosure: None,
        };
        let keys = [1_900_000_000, 1_790_000_001, 1_790_000_000, 0].map(|at| look(at).key("ff"));
        assert!(keys.is_sorted(), "{keys:?}");
        assert!(keys[1] < behind(Moment(1_790_000_000)) && keys[2] > behind(Moment(1_790_000_000)));
    }
}
