//! Who is signed in. A session is found by a hash of what its cookie holds, so a copy of the store opens nothing. It ends
//! after half a day in which nobody used it, when its owner signs out, and when their address is no longer one of the staff.

use serde::{Deserialize, Serialize};

use crate::contract::{Context, Erasure, Export, Ground, Keeping, Period, Place, Retention, Stored};
use crate::declare;
use crate::domain::staff::StaffId;
use crate::domain::time::{Moment, Seconds};

/// A session ends when it was not used for so long…
pub const IDLE: Seconds = Seconds(12 * 3600);
/// …and after this in any case.
pub const LONGEST: Seconds = Seconds::days(LONGEST_DAYS);
const LONGEST_DAYS: u32 = 7;
/// A use is written down this much later than the last one that was: a session is read far more often than it is written.
const WRITTEN_AFTER: Seconds = Seconds(300);

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose.
    pub staff: StaffId,
    /// When it began.
    pub began_at: Moment,
    /// When it was last used, to within some minutes.
    pub used_at: Moment,
}

declare! {
    // About staff, who are not whom the policy is for.
    Session {
        staff: [NotPersonal] for [Support];
        began_at: [NotPersonal] for [Support];
        used_at: [NotPersonal] for [Support];
    }
}

impl Stored for Session {
    const KEEPING: Keeping = of_the_desk(Place::DeskSession, LONGEST_DAYS);
}

/// A link to sign in with that was used, so that it cannot be used again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedLink {
    /// When.
    pub at: Moment,
}

declare! {
    UsedLink { at: [NotPersonal] for [Support]; }
}

impl Stored for UsedLink {
    const KEEPING: Keeping = of_the_desk(Place::DeskUsedLink, 1);
}

/// How records are kept that are about the desk and nobody else.
pub(super) const fn of_the_desk(place: Place, days: u32) -> Keeping {
    let period = Period::days(days);
    Keeping {
        place,
        context: Context::Desk,
        retention: Retention::For { period },
        erasure: Erasure::Keep { ground: Ground::NotPersonal, until: period },
        export: Export::Withheld { why: "it is about the work of staff" },
    }
}

impl Session {
    /// A session that begins.
    pub fn begin(staff: StaffId, now: Moment) -> Self {
        Self { staff, began_at: now, used_at: now }
    }

    /// Whether it is over.
    pub fn is_over(&self, now: Moment) -> bool {
        self.used_at.after(IDLE) <= now || self.began_at.after(LONGEST) <= now
    }

    /// The same after a use, where that is to be written down.
    pub fn used(&self, now: Moment) -> Option<Self> {
        (self.used_at.after(WRITTEN_AFTER) <= now).then(|| Self { used_at: now, ..self.clone() })
    }
}

impl UsedLink {
    /// Whether the link has ended by itself meanwhile, so that there is nothing to remember.
    pub fn is_over(&self, now: Moment) -> bool {
        self.at.after(Seconds::days(1)) <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment(1_790_000_000);

    #[test]
    fn a_session_ends_when_it_is_not_used_and_after_a_week() {
        let mut session = Session::begin(StaffId::from_bytes([1; 16]), NOW);
        assert!(!session.is_over(NOW.after(Seconds(IDLE.0 - 1))) && session.is_over(NOW.after(IDLE)));
        assert_eq!(session.used(NOW.after(Seconds(299))), None);
        let mut at = NOW;
        while !session.is_over(at) {
            session = session.used(at).unwrap_or(session);
            at = at.after(Seconds(3600));
        }
        assert_eq!(at, NOW.after(LONGEST));
    }
}
