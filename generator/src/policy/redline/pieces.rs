//! Two states of a block as one line of pieces: kept, removed, added, or kept in another style.
//!
//! The one idea: words are compared as text, and only words that stayed are asked about their style. So bold is never
//! mistaken for a new wording.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::{
    super::article::{Block, CELL_SEPARATOR, Kind, Run, Style},
    words,
};

/// How many pairs of tokens all comparisons of one redline may have between them. What goes beyond is replaced as a
/// whole.
pub(super) const PAIRS_MAX: usize = 500_000_000;

/// A text of which less than one word in so many stayed is replaced as a whole: shreds are harder to read than two
/// texts.
const KEPT_WORDS_SHARE: usize = 4;

/// What may be drawn into the changes around it, at most: two words.
const BRIDGE_WEIGHT_MAX: usize = 4;

/// Words with one fate and one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) mark: Mark,
    pub(super) text: String,
    /// Its style in the new text, or in the old if it is removed.
    pub(super) style: Style,
}

/// The fate of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    Kept,
    Removed,
    Added,
    /// The same words in another style.
    Restyled {
        was: Style,
    },
}

/// A stretch of two texts that is the same in both, or that one replaces in the other. In bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    kept: bool,
    old: Range<usize>,
    new: Range<usize>,
}

/// A block that is all removed or all added.
pub(super) fn whole(block: &Block, mark: &Mark) -> Vec<Piece> {
    let piece = |run: &Run| Piece { mark: mark.clone(), text: run.text.clone(), style: run.style.clone() };
    block.runs.iter().map(piece).collect()
}

/// A block that stayed, with what changed in it. `budget` is what is left of [`PAIRS_MAX`].
pub(super) fn compare(old: &Block, new: &Block, budget: &mut usize) -> Vec<Piece> {
    if old.runs == new.runs {
        return whole(new, &Mark::Kept);
    }
    let (old_text, new_text) = (old.text(), new.text());
    let mut weave = Weave { old: Reel::new(&old.runs), new: Reel::new(&new.runs), pieces: Vec::new() };
    for edit in edits(&old_text, &new_text, matches!(new.kind, Kind::Row { .. }), budget) {
        if edit.kept {
            weave.keep(edit.new.len());
        } else {
            weave.replace(edit.old.len(), edit.new.len());
        }
    }
    weave.pieces
}

/// The edits of two texts; in a table's row, cell by cell.
fn edits(old: &str, new: &str, is_row: bool, budget: &mut usize) -> Vec<Edit> {
    if !is_row {
        return edits_within(old, new, budget);
    }
    let mut edits = Vec::new();
    let (mut old_start, mut new_start) = (0, 0);
    for (old_cell, new_cell) in old.split(CELL_SEPARATOR).zip(new.split(CELL_SEPARATOR)) {
        if old_start > 0 {
            edits.push(Edit { kept: true, old: old_start - 1..old_start, new: new_start - 1..new_start });
        }
        edits.extend(edits_within(old_cell, new_cell, budget));
        old_start += old_cell.len() + 1;
        new_start += new_cell.len() + 1;
    }
    edits
}

fn edits_within(old: &str, new: &str, budget: &mut usize) -> Vec<Edit> {
    let (old_tokens, new_tokens) = (words::tokens(old), words::tokens(new));
    let (old_sums, new_sums) = (Sums::new(&old_tokens), Sums::new(&new_tokens));
    let replaced = Edit { kept: false, old: 0..old_tokens.len(), new: 0..new_tokens.len() };
    let edits = if spend(budget, &old_tokens, &new_tokens) {
        let ops = capture_diff_slices(Algorithm::Myers, &old_tokens, &new_tokens);
        let edits: Vec<Edit> = ops.iter().map(Edit::of).collect();
        let kept: usize = edits.iter().filter(|edit| edit.kept).map(|edit| old_sums.weight(&edit.old)).sum();
        let fewer = old_sums.weight(&replaced.old).min(new_sums.weight(&replaced.new));
        if kept * KEPT_WORDS_SHARE < fewer { vec![replaced] } else { joined(edits, &old_sums, &new_sums) }
    } else {
        vec![replaced]
    };
    let bytes = |edit: Edit| Edit { kept: edit.kept, old: old_sums.bytes(&edit.old), new: new_sums.bytes(&edit.new) };
    edits.into_iter().map(bytes).collect()
}

/// Takes the pairs of tokens between the common beginning and end from the budget, if there are as many left.
fn spend(budget: &mut usize, old: &[&str], new: &[&str]) -> bool {
    let first = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[first..], &new[first..]);
    let last = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let left = budget.checked_sub((old.len() - last).saturating_mul(new.len() - last));
    *budget = left.unwrap_or(*budget);
    left.is_some()
}

/// Makes one change of several that only a space, or little in proportion to them, keeps apart.
fn joined(edits: Vec<Edit>, old: &Sums, new: &Sums) -> Vec<Edit> {
    let changed = |edit: &Edit| old.weight(&edit.old).max(new.weight(&edit.new));
    let afters: Vec<usize> = edits.iter().skip(1).map(changed).collect();
    let mut joined: Vec<Edit> = Vec::with_capacity(edits.len());
    for (index, mut edit) in edits.into_iter().enumerate() {
        if let (true, Some(before), Some(after)) = (edit.kept, joined.last(), afters.get(index)) {
            let weight = old.weight(&edit.old);
            edit.kept = weight > 0 && (weight > BRIDGE_WEIGHT_MAX || 3 * weight >= changed(before).min(*after));
        }
        match joined.last_mut() {
            Some(last) if !last.kept && !edit.kept => {
                last.old.end = edit.old.end;
                last.new.end = edit.new.end;
            }
            _ => joined.push(edit),
        }
    }
    joined
}

impl Edit {
    fn of(op: &DiffOp) -> Self {
        Self { kept: matches!(op, DiffOp::Equal { .. }), old: op.old_range(), new: op.new_range() }
    }
}

/// Lengths and weights of tokens, summed up, so that those of any range are a subtraction.
struct Sums {
    bytes: Vec<usize>,
    weights: Vec<usize>,
}

impl Sums {
    /// A word weighs two, a mark one, a space nothing.
    fn new(tokens: &[&str]) -> Self {
        let (mut bytes, mut weights) = (vec![0], vec![0]);
        let (mut byte, mut weight) = (0, 0);
        for token in tokens {
            byte += token.len();
            weight += if words::is_word(token) { 2 } else { usize::from(!token.trim().is_empty()) };
            bytes.push(byte);
            weights.push(weight);
        }
        Self { bytes, weights }
    }

    fn bytes(&self, tokens: &Range<usize>) -> Range<usize> {
        self.bytes[tokens.start]..self.bytes[tokens.end]
    }

    fn weight(&self, tokens: &Range<usize>) -> usize {
        self.weights[tokens.end] - self.weights[tokens.start]
    }
}

/// Follows the runs of both blocks and gathers the pieces.
struct Weave<'a> {
    old: Reel<'a>,
    new: Reel<'a>,
    pieces: Vec<Piece>,
}

impl Weave<'_> {
    fn keep(&mut self, mut length: usize) {
        while length > 0 {
            let take = length.min(self.old.left()).min(self.new.left());
            let (Some((_, was)), Some((text, style))) = (self.old.take(take), self.new.take(take)) else { return };
            let looks_same = was == style || text.trim().is_empty();
            let mark = if looks_same { Mark::Kept } else { Mark::Restyled { was: was.clone() } };
            push(&mut self.pieces, mark, text, style);
            length -= take;
        }
    }

    fn replace(&mut self, old_length: usize, new_length: usize) {
        for (reel, mut length, mark) in
            [(&mut self.old, old_length, Mark::Removed), (&mut self.new, new_length, Mark::Added)]
        {
            while length > 0 {
                let take = length.min(reel.left());
                let Some((text, style)) = reel.take(take) else { break };
                push(&mut self.pieces, mark.clone(), text, style);
                length -= take;
            }
        }
    }
}

fn push(pieces: &mut Vec<Piece>, mark: Mark, text: &str, style: &Style) {
    match pieces.last_mut() {
        Some(last) if last.mark == mark && last.style == *style => last.text.push_str(text),
        _ => pieces.push(Piece { mark, text: text.to_owned(), style: style.clone() }),
    }
}

/// A place in the runs of a block.
struct Reel<'a> {
    runs: std::slice::Iter<'a, Run>,
    text: &'a str,
    style: Option<&'a Style>,
}

impl<'a> Reel<'a> {
    fn new(runs: &'a [Run]) -> Self {
        let mut reel = Self { runs: runs.iter(), text: "", style: None };
        reel.next_run();
        reel
    }

    fn next_run(&mut self) {
        let run = self.runs.next();
        self.text = run.map_or("", |run| &run.text);
        self.style = run.map(|run| &run.style);
    }

    /// How many bytes of the current run are left; nothing only at the end of the block.
    fn left(&self) -> usize {
        self.text.len()
    }

    /// The next bytes, which lie in one run.
    fn take(&mut self, length: usize) -> Option<(&'a str, &'a Style)> {
        let (text, rest) = self.text.split_at_checked(length).filter(|_| length > 0)?;
        let style = self.style?;
        self.text = rest;
        if rest.is_empty() {
            self.next_run();
        }
        Some((text, style))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::article::Article, *};

    /// `[-removed-]`, `{+added+}` and `{~restyled~}`.
    fn marked(old: &str, new: &str) -> String {
        let (old, new) = (Article::parse(old), Article::parse(new));
        let show = |piece: &Piece| match piece.mark {
            Mark::Kept => piece.text.clone(),
            Mark::Removed => format!("[-{}-]", piece.text),
            Mark::Added => format!("{{+{}+}}", piece.text),
            Mark::Restyled { .. } => format!("{{~{}~}}", piece.text),
        };
        compare(&old.blocks[0], &new.blocks[0], &mut 10_000).iter().map(show).collect()
    }

    #[test]
    fn only_words_that_changed_are_marked() {
        for (old, new, expected) in [
            ("Kept for 30 days.", "Kept for 14 days.", "Kept for [-30-]{+14+} days."),
            ("We sell, or rent.", "We sell, trade, or rent.", "We sell, {+trade, +}or rent."),
            ("a b c d e", "a x y z e", "a [-b c d-]{+x y z+} e"),
            ("one two three", "four five six", "[-one two three-]{+four five six+}"),
            ("| 30 days | Stripe |\n|---|---|", "| 14 days | |\n|---|---|", "[-30-]{+14+} days\t[-Stripe-]"),
        ] {
            assert_eq!(marked(old, new), expected);
        }
    }

    #[test]
    fn style_is_no_wording() {
        for (old, new, expected) in [
            ("un**believ**able things", "unbelievable things", "un{~believ~}able things"),
            ("**a b** c", "**a** **b** c", "a b c"),
            ("see [us](/a/)", "see [us](/b/)", "see {~us~}"),
            ("see **us** now", "see us today", "see {~us~} [-now-]{+today+}"),
            ("<u>a</u> b", "a b", "{~a~} b"),
        ] {
            assert_eq!(marked(old, new), expected);
        }
    }

    #[test]
    fn without_budget_a_text_is_replaced_as_a_whole() {
        let (old, new) = (Article::parse("a b c d"), Article::parse("a x c y"));
        let marks = |mut budget: usize| {
            let pieces = compare(&old.blocks[0], &new.blocks[0], &mut budget);
            (pieces.into_iter().map(|piece| piece.mark).collect::<Vec<_>>(), budget)
        };
        assert_eq!(marks(24), (vec![Mark::Removed, Mark::Added], 24));
        assert_eq!(marks(25).1, 0);
        assert!(marks(25).0.contains(&Mark::Kept));
    }
}
