//! The native clock: the system's, or one that was set and runs on from there.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::domain::time::Moment;

/// What time it is.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// As the system says.
    System,
    /// It was `at` when the monotonic clock stood at `since`.
    Set {
        /// The moment it was set to.
        at: Moment,
        /// When it was set.
        since: Instant,
    },
}

impl Clock {
    /// A clock that begins at this moment and runs.
    #[expect(clippy::disallowed_methods, reason = "this is the native host's clock")]
    pub fn starting_at(at: Moment) -> Self {
        Self::Set { at, since: Instant::now() }
    }

    /// The current moment.
    #[expect(clippy::disallowed_methods, reason = "this is the native host's clock")]
    pub(super) fn now(self) -> Moment {
        let seconds = |duration: std::time::Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        match self {
            Self::System => Moment(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, seconds)),
            Self::Set { at, since } => Moment(at.0.saturating_add(seconds(since.elapsed()))),
        }
    }
}
