//! Requests counted in memory, by name and minute. What was counted is gone when the minute is.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::time::Moment;
use crate::ports::REQUESTS_PER_MINUTE_MAX;

/// Counts of one minute.
#[derive(Debug, Default)]
pub(super) struct Limiter(Mutex<(i64, HashMap<String, u32>)>);

impl Limiter {
    /// Counts one more under a name; whether it is within the limit.
    pub(super) fn allows(&self, name: &str, now: Moment) -> bool {
        let minute = now.0.div_euclid(60);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.0 != minute {
            *counts = (minute, HashMap::new());
        }
        let count = counts.1.entry(name.to_owned()).or_default();
        *count = count.saturating_add(1);
        *count <= REQUESTS_PER_MINUTE_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_its_limit_and_the_next_one_its_own() {
        let limiter = Limiter::default();
        let granted = (0..100).filter(|_| limiter.allows("a", Moment(120))).count();
        assert_eq!(granted, REQUESTS_PER_MINUTE_MAX as usize);
        assert!(limiter.allows("b", Moment(179)));
        assert!(!limiter.allows("a", Moment(179)));
        assert!(limiter.allows("a", Moment(180)));
    }
}
