//! Which block of the old article became which block of the new one.
//!
//! The one idea: certainty first, resemblance after. Blocks that occur once in each version, word for word, are anchors;
//! between two anchors the blocks are paired so that as many words as possible stay. The work between anchors is shared
//! out from one budget, and where it does not suffice the stretch is halved: time is bounded for any input.

use std::{
    collections::HashMap,
    mem::{self, Discriminant},
    ops::Range,
};

use super::{
    super::article::{Block, CELL_SEPARATOR, Kind},
    stretch::{self, Bag},
    words,
};

/// A block with fewer words is no anchor, unless it is a heading: `Name` may stand in any list.
const ANCHOR_WORDS_MIN: usize = 4;

/// How many comparisons of words the pairing between anchors may take in all.
const COMPARISONS_MAX: usize = 64_000_000;

/// What becomes of a block, in the order of both articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The old block became the new one.
    Pair(usize, usize),
    Removed(usize),
    Added(usize),
}

/// Aligns two articles. Every block is in exactly one step.
pub(super) fn align(old: &[Block], new: &[Block]) -> Vec<Step> {
    let first = old.iter().zip(new).take_while(|(old, new)| same_words(old, new)).count();
    let (old_rest, new_rest) = (&old[first..], &new[first..]);
    let last = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(old, new)| same_words(old, new)).count();
    let middle = [first..old.len() - last, first..new.len() - last];

    let mut steps: Vec<Step> = (0..first).map(|index| Step::Pair(index, index)).collect();
    steps.extend(Middle::new(old, new, middle.clone()).steps());
    steps.extend((0..last).map(|index| Step::Pair(middle[0].end + index, middle[1].end + index)));
    steps
}

fn same_words(old: &Block, new: &Block) -> bool {
    old.kind.is_like(&new.kind) && (old.runs == new.runs || old.text() == new.text())
}

/// The blocks between the common beginning and the common end.
struct Middle {
    old: Vec<Candidate>,
    new: Vec<Candidate>,
    start: [usize; 2],
}

/// What aligning needs to know of a block.
pub(super) struct Candidate {
    /// Equal for blocks of one kind and the same words.
    pub(super) identity: usize,
    /// Only blocks of one form can become each other.
    pub(super) form: Form,
    pub(super) is_heading: bool,
    pub(super) bag: Bag,
    /// It stands in the other version, word for word, so it becomes no other block.
    pub(super) is_anchor: bool,
}

/// Layouts that cannot turn into each other: the words of a cell do not become part of a paragraph.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Prose,
    Row { cells: usize },
    Code,
    Html,
}

impl Middle {
    fn new(old: &[Block], new: &[Block], ranges: [Range<usize>; 2]) -> Self {
        let start = [ranges[0].start, ranges[1].start];
        let [old_range, new_range] = ranges;
        let mut names = Names::default();
        let mut candidates = |blocks: &[Block]| blocks.iter().map(|block| names.candidate(block)).collect();
        let mut middle = Self { old: candidates(&old[old_range]), new: candidates(&new[new_range]), start };
        middle.mark_anchors();
        middle
    }

    fn mark_anchors(&mut self) {
        let mut counts: HashMap<usize, [usize; 2]> = HashMap::new();
        for (side, candidates) in [&self.old, &self.new].into_iter().enumerate() {
            for candidate in candidates {
                counts.entry(candidate.identity).or_default()[side] += 1;
            }
        }
        for candidate in self.old.iter_mut().chain(&mut self.new) {
            let says_enough = candidate.is_heading || candidate.bag.len() >= ANCHOR_WORDS_MIN;
            candidate.is_anchor = says_enough && counts.get(&candidate.identity) == Some(&[1, 1]);
        }
    }

    fn steps(&self) -> Vec<Step> {
        let total = weight(&self.old) + weight(&self.new);
        let mut steps = Vec::new();
        let (mut old_start, mut new_start) = (0, 0);
        let end = (self.old.len(), self.new.len());
        for (old_end, new_end) in self.anchors().into_iter().chain([end]) {
            let (old, new) = (&self.old[old_start..old_end], &self.new[new_start..new_end]);
            let share = (weight(old) + weight(new)) as u128 * COMPARISONS_MAX as u128 / total.max(1) as u128;
            let budget = usize::try_from(share).unwrap_or(COMPARISONS_MAX);
            let place = (self.start[0] + old_start, self.start[1] + new_start);
            steps.extend(stretch::pair(old, new, budget).into_iter().map(|step| step.shifted(place)));
            if (old_end, new_end) != end {
                steps.push(Step::Pair(self.start[0] + old_end, self.start[1] + new_end));
            }
            (old_start, new_start) = (old_end + 1, new_end + 1);
        }
        steps
    }

    /// The longest chain of anchors that is in order in both versions. Anchors outside of it have moved.
    fn anchors(&self) -> Vec<(usize, usize)> {
        let places: HashMap<usize, usize> = anchors_of(&self.new).map(|(index, identity)| (identity, index)).collect();
        let pairs: Vec<(usize, usize)> = anchors_of(&self.old)
            .filter_map(|(index, identity)| places.get(&identity).map(|place| (index, *place)))
            .collect();
        longest_rise(&pairs)
    }
}

fn anchors_of(candidates: &[Candidate]) -> impl Iterator<Item = (usize, usize)> {
    candidates.iter().enumerate().filter(|(_, block)| block.is_anchor).map(|(index, block)| (index, block.identity))
}

fn weight(candidates: &[Candidate]) -> usize {
    candidates.iter().map(|candidate| candidate.bag.len() + 1).sum()
}

/// The longest subsequence whose second parts rise.
fn longest_rise(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // tails[n] ends the best chain of n + 1 pairs; before[i] comes before pair i in its chain.
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (index, (_, place)) in pairs.iter().enumerate() {
        let length = tails.partition_point(|tail| pairs[*tail].1 < *place);
        before.push(length.checked_sub(1).map(|last| tails[last]));
        if length == tails.len() {
            tails.push(index);
        } else {
            tails[length] = index;
        }
    }
    let mut chain: Vec<(usize, usize)> =
        std::iter::successors(tails.last().copied(), |index| before[*index]).map(|index| pairs[index]).collect();
    chain.reverse();
    chain
}

impl Step {
    pub(super) fn shifted(self, (old_by, new_by): (usize, usize)) -> Self {
        match self {
            Self::Pair(old, new) => Self::Pair(old + old_by, new + new_by),
            Self::Removed(old) => Self::Removed(old + old_by),
            Self::Added(new) => Self::Added(new + new_by),
        }
    }
}

/// Numbers for words and texts, so that comparing them is comparing numbers.
#[derive(Default)]
struct Names {
    words: HashMap<String, usize>,
    texts: HashMap<(Discriminant<Kind>, String), usize>,
}

impl Names {
    fn candidate(&mut self, block: &Block) -> Candidate {
        let text = block.text();
        let bag = words::tokens(&text).into_iter().filter(|token| words::is_word(token)).map(|word| self.word(word));
        let bag = Bag::new(bag.collect());
        let form = match block.kind {
            Kind::Row { .. } => Form::Row { cells: text.matches(CELL_SEPARATOR).count() },
            Kind::Code => Form::Code,
            Kind::Html => Form::Html,
            Kind::Heading(_) | Kind::Paragraph | Kind::Item { .. } | Kind::Footnote { .. } => Form::Prose,
        };
        let next = self.texts.len();
        let identity = *self.texts.entry((mem::discriminant(&block.kind), text)).or_insert(next);
        let is_heading = matches!(block.kind, Kind::Heading(_));
        Candidate { identity, form, is_heading, bag, is_anchor: false }
    }

    fn word(&mut self, word: &str) -> usize {
        if let Some(number) = self.words.get(word) {
            return *number;
        }
        let number = self.words.len();
        self.words.insert(word.to_owned(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::article::Article, *};

    fn steps(old: &str, new: &str) -> Vec<Step> {
        align(&Article::parse(old).blocks, &Article::parse(new).blocks)
    }

    #[test]
    fn a_reworded_block_meets_its_successor() {
        let old = "# Data\n\nWe keep your name for ten days.\n\n- Name\n- Email\n";
        let new = "# Data\n\nThis is an altogether new beginning.\n\nWe keep your name for two days.\n\n- Name\n- Phone\n- Email\n";
        assert_eq!(
            steps(old, new),
            [Step::Pair(0, 0), Step::Added(1), Step::Pair(1, 2), Step::Pair(2, 3), Step::Added(4), Step::Pair(3, 5)]
        );
    }

    #[test]
    fn strangers_are_removed_and_added() {
        assert_eq!(steps("Apples and pears.\n", "We sell nothing.\n"), [Step::Removed(0), Step::Added(0)]);
        assert_eq!(steps("    a b c\n", "a b c\n"), [Step::Removed(0), Step::Added(0)]);
        assert_eq!(steps("| a b |\n|---|\n", "| a | b |\n|---|---|\n"), [Step::Removed(0), Step::Added(0)]);
    }

    #[test]
    fn what_stands_elsewhere_word_for_word_is_no_rewording() {
        let (a, b) = ("We may keep your name for ten days.", "We may keep your mail for ten days.");
        assert_eq!(
            steps(&format!("{a}\n\n{b}\n"), &format!("{b}\n\n{a}\n")),
            [Step::Removed(0), Step::Pair(1, 0), Step::Added(1)]
        );
        let altered = "We may keep your name for two days.";
        let (old, new) = (format!("{a}\n\nHello.\n\n# B\n"), format!("{altered}\n\nHello.\n\n# B\n\n{a}\n"));
        let stays = [Step::Pair(1, 1), Step::Pair(2, 2)];
        assert_eq!(steps(&old, &new), [&[Step::Removed(0), Step::Added(0)], &stays[..], &[Step::Added(3)]].concat());
    }

    #[test]
    fn the_longest_rise_is_found() {
        let pairs: Vec<(usize, usize)> = [3, 0, 1, 4, 2, 5].into_iter().enumerate().collect();
        assert_eq!(longest_rise(&pairs), [(1, 0), (2, 1), (4, 2), (5, 5)]);
    }
}
