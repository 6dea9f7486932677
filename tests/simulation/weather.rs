//! When calls fail, and how. One of four regimes decides: never, at random, at most so often among all possibilities, or
//! at one given call.

use super::choice::Choice;

/// What can befall a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// It fails and has no effect.
    Refused,
    /// It takes effect, and the caller hears of a failure.
    ReplyLost,
    /// The program stops before it takes effect.
    CrashBefore,
    /// It takes effect, and the program stops.
    CrashAfter,
}

impl Fault {
    /// All that are faults.
    pub(super) const ALL: [Self; 4] = [Self::Refused, Self::ReplyLost, Self::CrashBefore, Self::CrashAfter];

    pub(super) fn is_before(self) -> bool {
        matches!(self, Self::Refused | Self::CrashBefore)
    }

    pub(super) fn is_crash(self) -> bool {
        matches!(self, Self::CrashBefore | Self::CrashAfter)
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Refused => "REFUSED",
            Self::ReplyLost => "REPLY LOST",
            Self::CrashBefore => "CRASH BEFORE",
            Self::CrashAfter => "CRASH AFTER",
        }
    }
}

/// How often what goes wrong, in a thousand.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rates {
    /// A call is refused.
    pub(super) refused: u64,
    /// A reply is lost.
    pub(super) reply_lost: u64,
    /// A task is dropped at a step.
    pub(super) crash: u64,
    /// A location does not see its own write at once.
    pub(super) own_cache_missed: u64,
    /// Time passes between two steps.
    pub(super) time_passes: u64,
}

impl Rates {
    /// Rates are drawn anew for each history: some are calm, some are brutal.
    pub(super) fn draw(choice: &mut Choice) -> Self {
        let mut level = |max| if choice.chance(300) { 0 } else { choice.below(max) };
        Self {
            refused: level(120),
            reply_lost: level(120),
            crash: level(60),
            own_cache_missed: level(300),
            time_passes: level(150),
        }
    }
}

/// The regime.
#[derive(Debug, Clone, Copy)]
pub(super) enum Weather {
    /// Nothing fails.
    Clear,
    /// Faults at random.
    Random(Rates),
    /// At most so many more faults, each at any call.
    AtMost(u32),
    /// This fault at the call after so many more; it strikes once.
    Nth(u32, Fault),
}

impl Weather {
    /// What befalls the next call.
    pub(super) fn strike(&mut self, choice: &mut Choice) -> Fault {
        match self {
            Self::Clear | Self::AtMost(0) => Fault::None,
            Self::Random(rates) => match choice.below(1_000) {
                draw if draw < rates.refused => Fault::Refused,
                draw if draw < rates.refused + rates.reply_lost => Fault::ReplyLost,
                _ => Fault::None,
            },
            // To crash after a call is to crash before the next one, or to lose the last reply.
            Self::AtMost(left) => match choice.index(Fault::ALL.len()).checked_sub(1) {
                None => Fault::None,
                Some(at) => {
                    *left -= 1;
                    Fault::ALL[at]
                }
            },
            Self::Nth(0, fault) => {
                let fault = *fault;
                *self = Self::Clear;
                fault
            }
            Self::Nth(calls, _) => {
                *calls -= 1;
                Fault::None
            }
        }
    }
}
