//! Where every decision of the simulated world comes from: one seeded generator, or an enumerator that walks through all
//! sequences of decisions. The world asks and does not know which of the two answers.

use std::collections::HashSet;

/// The source of decisions.
pub(super) enum Choice {
    /// `SplitMix64` with this state (<https://prng.di.unimi.it/splitmix64.c>).
    Random(u64),
    /// One sequence of decisions among all.
    Enumerated(Enumerator),
}

impl Choice {
    /// A number below `n`.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        match self {
            Self::Random(state) => next(state) % n.max(1),
            Self::Enumerated(all) => all.below(n),
        }
    }

    /// A place in a list of this length.
    pub(super) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("below a length")
    }

    /// True this often in a thousand. Only randomness knows rates, so nothing enumerated asks.
    pub(super) fn chance(&mut self, per_mille: u64) -> bool {
        match self {
            Self::Random(_) => per_mille > 0 && self.below(1_000) < per_mille,
            Self::Enumerated(_) => false,
        }
    }
}

/// The next number of a `SplitMix64` generator.
pub(super) fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Walks through all sequences of decisions, deepest last decision first.
#[derive(Default)]
pub(super) struct Enumerator {
    /// Decisions of this sequence: what was taken, out of how many.
    taken: Vec<(u64, u64)>,
    /// How many were asked for so far.
    asked: usize,
    /// Worlds with a decision ahead that were come to, by their digests.
    seen: HashSet<u64>,
}

impl Enumerator {
    fn below(&mut self, n: u64) -> u64 {
        if n <= 1 {
            return 0;
        }
        if self.asked == self.taken.len() {
            self.taken.push((0, n));
        }
        let (chosen, _) = self.taken[self.asked];
        self.asked += 1;
        chosen
    }

    /// Whether another sequence came to this world before: all that can follow from here is visited there. On the way to
    /// where this sequence parts from the last one it is the same sequence, which does not count.
    pub(super) fn was_here(&mut self, world: impl FnOnce() -> u64) -> bool {
        self.asked >= self.taken.len() && !self.seen.insert(world())
    }

    /// The decisions of this sequence, to tell which it was.
    pub(super) fn taken(&self) -> Vec<u64> {
        self.taken.iter().map(|(chosen, _)| *chosen).collect()
    }

    /// Turns to the next sequence; `None` when this was the last.
    pub(super) fn advance(mut self) -> Option<Self> {
        self.asked = 0;
        while let Some((chosen, of)) = self.taken.pop() {
            if chosen + 1 < of {
                self.taken.push((chosen + 1, of));
                return Some(self);
            }
        }
        None
    }
}

#[test]
fn all_sequences_are_visited_once() {
    let mut seen = vec![];
    let mut turn = Some(Enumerator::default());
    while let Some(mut all) = turn {
        let first = all.below(3);
        // How many decisions there are may depend on those before.
        let second = if first == 1 { all.below(2) } else { 9 };
        seen.push((first, second));
        turn = all.advance();
    }
    assert_eq!(seen, [(0, 9), (1, 0), (1, 1), (2, 9)]);
}

#[test]
fn what_follows_from_one_world_is_visited_once() {
    let mut ends = vec![];
    let mut turn = Some(Enumerator::default());
    while let Some(mut all) = turn {
        let sum = all.below(3) + all.below(3);
        if !all.was_here(|| sum) {
            ends.push((sum, all.below(2)));
        }
        turn = all.advance();
    }
    assert_eq!(ends.len(), 10, "two ends of each of five sums: {ends:?}");
}
