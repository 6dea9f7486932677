//! Blocks that stand elsewhere now.
//!
//! The one idea: a block that was removed here and added there, word for word and mark for mark, was moved. Reading it
//! twice, struck out and new, would hide that nothing in it changed.

use std::{
    collections::{HashMap, VecDeque},
    mem::{self, Discriminant},
    rc::Rc,
};

use super::{
    super::article::{Block, Kind},
    align::Step,
    words,
};

/// A block with fewer words has only moved if it stayed in its section: `Name` may be removed here and added there by
/// chance.
const WORDS_MIN: usize = 4;

/// What makes two blocks one: kind, words and, for short blocks, the section.
type Likeness = (Discriminant<Kind>, String, Rc<str>);

/// For each step, the step at the other end of the move.
pub(super) fn partners(old: &[Block], new: &[Block], steps: &[Step]) -> Vec<Option<usize>> {
    let mut partners = vec![None; steps.len()];
    let mut gone: HashMap<Likeness, VecDeque<(usize, usize)>> = HashMap::new();
    let old_sections = sections(old);
    for (index, step) in steps.iter().enumerate() {
        if let Step::Removed(block) = *step {
            gone.entry(likeness(&old[block], &old_sections[block])).or_default().push_back((index, block));
        }
    }
    if gone.is_empty() {
        return partners;
    }
    let new_sections = sections(new);
    for (index, step) in steps.iter().enumerate() {
        let Step::Added(block) = *step else { continue };
        let Some(queue) = gone.get_mut(&likeness(&new[block], &new_sections[block])) else { continue };
        let is_pure = |old: &Block| old.kind.is_like(&new[block].kind) && old.runs == new[block].runs;
        if let Some(&(from, _)) = queue.front().filter(|(_, block)| is_pure(&old[*block])) {
            queue.pop_front();
            (partners[from], partners[index]) = (Some(index), Some(from));
        }
    }
    partners
}

fn likeness(block: &Block, section: &Rc<str>) -> Likeness {
    let text = block.text();
    let section = if words::count(&text) < WORDS_MIN { Rc::clone(section) } else { Rc::default() };
    (mem::discriminant(&block.kind), text, section)
}

/// The heading above each block.
fn sections(blocks: &[Block]) -> Vec<Rc<str>> {
    let mut section: Rc<str> = Rc::default();
    let section_of = |block: &Block| {
        if let Kind::Heading(_) = block.kind {
            section = block.text().into();
        }
        Rc::clone(&section)
    };
    blocks.iter().map(section_of).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{super::article::Article, align},
        *,
    };

    fn moved(old: &str, new: &str) -> Vec<(usize, usize)> {
        let (old, new) = (Article::parse(old), Article::parse(new));
        let steps = align::align(&old.blocks, &new.blocks);
        let partners = partners(&old.blocks, &new.blocks, &steps);
        for (index, partner) in partners.iter().enumerate() {
            assert!(partner.is_none_or(|partner| partners[partner] == Some(index)), "both ends know each other");
        }
        let ends = partners.iter().enumerate().filter_map(|(index, partner)| Some((index, (*partner)?)));
        ends.filter(|(index, _)| matches!(steps[*index], Step::Removed(_))).collect()
    }

    #[test]
    fn a_block_elsewhere_has_moved() {
        let (a, b) = ("We keep your name for ten days.", "Nobody else reads any of it.");
        let old = format!("# A\n\n{a}\n\n# B\n\n{b}\n");
        let new = format!("# A\n\n# B\n\n{b}\n\n{a}\n");
        assert_eq!(moved(&old, &new), [(1, 4)]);
    }

    #[test]
    fn a_short_block_moves_within_its_section_only() {
        assert_eq!(moved("# A\n\n- x\n- y\n", "# A\n\n- y\n- x\n"), [(1, 3)]);
        assert_eq!(moved("# A\n\n- x\n- y\n- z\n", "# A\n\n- y\n- z\n- x\n- x\n"), [(1, 4)]);
        assert_eq!(moved("# A\n\n- x\n\n# B\n\n- y\n", "# A\n\n# B\n\n- y\n- x\n"), []);
    }

    #[test]
    fn a_block_with_other_marks_is_another_block() {
        assert_eq!(moved("# A\n\n- x\n- y\n", "# A\n\n- y\n- *x*\n"), []);
    }
}
