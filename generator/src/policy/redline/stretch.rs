//! Pairs the blocks between two anchors.
//!
//! The one idea: of all ways to pair them in order, take the one that keeps the most words. That is quadratic, so a
//! stretch too long for its budget is halved, and each half has half of the budget.

use super::align::{Candidate, Step};

/// A short block within a longer one is the same block only if it has this many words.
const CONTAINED_WORDS_MIN: usize = 8;

/// Words of a signature; four make 256 bits, which suits a paragraph.
const SIGNATURE_LENGTH: usize = 4;

/// The words of a block by number, sorted: enough to say how many two blocks share.
pub(super) struct Bag {
    words: Vec<usize>,
    /// A bit for each word, some in common. It tells most strangers apart at once.
    signature: [u64; SIGNATURE_LENGTH],
}

impl Bag {
    pub(super) fn new(mut words: Vec<usize>) -> Self {
        words.sort_unstable();
        let mut signature = [0; SIGNATURE_LENGTH];
        for word in &words {
            signature[word / 64 % SIGNATURE_LENGTH] |= 1 << (word % 64);
        }
        Self { words, signature }
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// No fewer than [`Bag::shared`], and quick: a bit the other has not is a word the other has not.
    fn shared_at_most(&self, other: &Self) -> usize {
        let missing = |(own, other): (&u64, &u64)| (own & !other).count_ones() as usize;
        self.len() - self.signature.iter().zip(&other.signature).map(missing).sum::<usize>()
    }

    fn shared(&self, other: &Self) -> usize {
        let (mut old, mut new, mut shared) = (self.words.as_slice(), other.words.as_slice(), 0);
        while let ([first, old_rest @ ..], [second, new_rest @ ..]) = (old, new) {
            if first <= second {
                old = old_rest;
            }
            if second <= first {
                new = new_rest;
            }
            shared += usize::from(first == second);
        }
        shared
    }
}

/// Pairs two stretches; every block is in exactly one step. `budget` bounds the comparisons of words.
pub(super) fn pair(old: &[Candidate], new: &[Candidate], budget: usize) -> Vec<Step> {
    let cost = old.len() * words(new) + new.len() * words(old);
    if old.is_empty() || new.is_empty() {
        let removed = (0..old.len()).map(Step::Removed);
        return removed.chain((0..new.len()).map(Step::Added)).collect();
    }
    if cost <= budget || old.len().max(new.len()) == 1 {
        return Table::fill(old, new).steps();
    }
    let middle = (old.len() / 2, new.len() / 2);
    let mut steps = pair(&old[..middle.0], &new[..middle.1], budget / 2);
    let second = pair(&old[middle.0..], &new[middle.1..], budget / 2);
    steps.extend(second.into_iter().map(|step| step.shifted(middle)));
    steps
}

fn words(candidates: &[Candidate]) -> usize {
    candidates.iter().map(|candidate| candidate.bag.len() + 1).sum()
}

/// How much is kept if one block becomes the other; nothing if they are strangers.
fn gain(old: &Candidate, new: &Candidate) -> usize {
    if old.identity == new.identity {
        return 4 * old.bag.len() + 3;
    }
    let (fewer, total) = (old.bag.len().min(new.bag.len()), old.bag.len() + new.bag.len());
    let is_too_short = 4 * fewer < total && fewer < CONTAINED_WORDS_MIN;
    if is_too_short || old.form != new.form || old.is_anchor || new.is_anchor {
        return 0;
    }
    let resembles = |shared: usize| {
        let is_contained = fewer >= CONTAINED_WORDS_MIN && 5 * shared >= 4 * fewer;
        let is_of_one_sort = old.is_heading == new.is_heading;
        5 * shared >= 2 * total || (is_of_one_sort && (4 * shared >= total || is_contained))
    };
    if !resembles(old.bag.shared_at_most(&new.bag)) {
        return 0;
    }
    let shared = old.bag.shared(&new.bag);
    if resembles(shared) { 3 * shared } else { 0 }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    Pair,
    Remove,
    Add,
}

/// The best choice for each beginning of both stretches, row by row.
struct Table {
    choices: Vec<Choice>,
    old: usize,
    new: usize,
}

impl Table {
    fn fill(old: &[Candidate], new: &[Candidate]) -> Self {
        let width = new.len() + 1;
        let mut choices = vec![Choice::Add; width * (old.len() + 1)];
        let mut above = vec![0; width];
        let mut kept = vec![0; width];
        for (row, old) in old.iter().enumerate() {
            choices[(row + 1) * width] = Choice::Remove;
            for (column, new) in new.iter().enumerate() {
                let gain = gain(old, new);
                let (paired, removed, added) = (above[column] + gain, above[column + 1], kept[column]);
                let best = paired.max(removed).max(added);
                // Of two equals the addition: it is taken from the end, so what is removed comes first in the text.
                let choice = if gain > 0 && paired == best {
                    Choice::Pair
                } else if added == best {
                    Choice::Add
                } else {
                    Choice::Remove
                };
                kept[column + 1] = best;
                choices[(row + 1) * width + column + 1] = choice;
            }
            std::mem::swap(&mut above, &mut kept);
        }
        Self { choices, old: old.len(), new: new.len() }
    }

    fn steps(&self) -> Vec<Step> {
        let (mut old, mut new) = (self.old, self.new);
        let mut steps = Vec::with_capacity(old + new);
        while old + new > 0 {
            let choice = self.choices[old * (self.new + 1) + new];
            old -= usize::from(choice != Choice::Add);
            new -= usize::from(choice != Choice::Remove);
            steps.push(match choice {
                Choice::Pair => Step::Pair(old, new),
                Choice::Remove => Step::Removed(old),
                Choice::Add => Step::Added(new),
            });
        }
        steps.reverse();
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::{super::align::Form, *};

    fn block(words: &[usize]) -> Candidate {
        let identity = words.iter().fold(words.len(), |sum, word| sum.wrapping_mul(31).wrapping_add(*word));
        let bag = Bag::new(words.to_vec());
        Candidate { identity, form: Form::Prose, is_heading: false, bag, is_anchor: false }
    }

    #[test]
    fn bags_share_each_word_as_often_as_both_have_it() {
        assert_eq!(Bag::new(vec![1, 2, 2, 5]).shared(&Bag::new(vec![2, 2, 2, 5, 6])), 3);
    }

    proptest::proptest! {
        #[test]
        fn a_signature_never_denies_a_shared_word(
            old in proptest::collection::vec(0_usize..2_000, 0..300),
            new in proptest::collection::vec(0_usize..2_000, 0..300),
        ) {
            let (old, new) = (Bag::new(old), Bag::new(new));
            proptest::prop_assert!(old.shared(&new) <= old.shared_at_most(&new));
        }
    }

    #[test]
    fn pairs_what_keeps_the_most_words() {
        let old = [block(&[1, 2, 3, 4]), block(&[7])];
        let new = [block(&[7]), block(&[1, 2, 3, 5])];
        let kept = [Step::Added(0), Step::Pair(0, 1), Step::Removed(1)];
        assert_eq!(pair(&old, &new, 1_000), kept);
    }

    #[test]
    fn a_block_grown_long_is_still_itself() {
        let words: Vec<usize> = (0..40).collect();
        let (old, new) = ([block(&words[..9])], [block(&words)]);
        assert_eq!(pair(&old, &new, 1_000), [Step::Pair(0, 0)]);
        assert_eq!(pair(&[block(&words[..7])], &new, 1_000), [Step::Removed(0), Step::Added(0)]);
    }

    #[test]
    fn without_budget_every_block_is_still_in_one_step() {
        let blocks = |count: usize| -> Vec<Candidate> { (0..count).map(|word| block(&[word])).collect() };
        for (old, new) in [(0, 3), (5, 1), (7, 7), (1, 9)] {
            let steps = pair(&blocks(old), &blocks(new), 0);
            let olds = steps.iter().filter_map(|step| match step {
                Step::Pair(old, _) | Step::Removed(old) => Some(*old),
                Step::Added(_) => None,
            });
            let news = steps.iter().filter_map(|step| match step {
                Step::Pair(_, new) | Step::Added(new) => Some(*new),
                Step::Removed(_) => None,
            });
            assert!(olds.eq(0..old) && news.eq(0..new), "{steps:?}");
        }
    }
}
