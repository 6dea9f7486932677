//! What changed between two articles, for people who read.
//!
//! The law, on which everything here rests: without what was removed, a redline is the new article's text; without what
//! was added, it is the old one's; byte for byte, in the model and in its HTML. So no change can hide.

mod align;
mod change;
mod html;
mod moves;
mod pieces;
mod stretch;
mod terminal;
mod words;

use similar::TextDiff;

use super::article::{Article, Block, Kind};
use align::Step;
use pieces::{Mark, Piece};

pub(crate) use change::{Change, ChangeKind};

/// Lines of context around a change of the source.
const CONTEXT_LINES: usize = 3;

/// Two articles as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redline {
    entries: Vec<Entry>,
}

/// A block of either article, or of both.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// As it is in the new article, unless it is gone.
    kind: Kind,
    depth: usize,
    quotes: usize,
    fate: Fate,
    pieces: Vec<Piece>,
    /// What it has become, if its words stayed but not the sort of block: `now a list item`.
    reshaped: Option<String>,
    /// Its number in the list of changes, if its words or its place changed.
    change: Option<usize>,
    /// Its number in the list of changes, if style changed.
    formatting: Option<usize>,
    /// Whether the list of changes leads here: blocks that moved together are one change, at their new place.
    leads: bool,
}

/// What became of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is in both articles; its words may have changed.
    Kept,
    Removed,
    Added,
    /// The old place of a block that stands elsewhere now.
    MovedAway(Direction),
    /// The new place.
    MovedHere(Direction),
}

/// Where a block went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Down,
    Up,
}

impl Redline {
    /// Compares two articles.
    pub(crate) fn between(old: &Article, new: &Article) -> Self {
        let steps = align::align(&old.blocks, &new.blocks);
        let partners = moves::partners(&old.blocks, &new.blocks, &steps);
        let mut budget = pieces::PAIRS_MAX;
        let entry = |(index, step): (usize, &Step)| match (*step, partners[index]) {
            (Step::Pair(old_index, new_index), _) => {
                Entry::kept(&old.blocks[old_index], &new.blocks[new_index], &mut budget)
            }
            (Step::Removed(block), None) => Entry::one_sided(&old.blocks[block], Fate::Removed),
            (Step::Removed(block), Some(to)) => {
                Entry::one_sided(&old.blocks[block], Fate::MovedAway(Direction::between(index, to)))
            }
            (Step::Added(block), None) => Entry::one_sided(&new.blocks[block], Fate::Added),
            (Step::Added(block), Some(from)) => {
                Entry::one_sided(&new.blocks[block], Fate::MovedHere(Direction::between(from, index)))
            }
        };
        let mut entries: Vec<Entry> = steps.iter().enumerate().map(entry).collect();
        change::number(&mut entries, &partners);
        Self { entries }
    }

    /// The old article's text.
    #[cfg(test)]
    pub(crate) fn old_text(&self) -> String {
        let texts: Vec<String> = self.entries.iter().filter(|entry| entry.is_in_old()).map(Entry::old_text).collect();
        texts.join("\n")
    }

    /// The new article's text.
    #[cfg(test)]
    pub(crate) fn new_text(&self) -> String {
        let texts: Vec<String> = self.entries.iter().filter(|entry| entry.is_in_new()).map(Entry::new_text).collect();
        texts.join("\n")
    }

    /// The redline as HTML, for the body of a page. Sections without a change are folded.
    pub(crate) fn html(&self) -> String {
        html::render(&self.entries)
    }

    /// The list of changes: those of words and places in the order of the text, then those of formatting.
    pub(crate) fn changes(&self) -> Vec<Change> {
        change::list(&self.entries)
    }

    /// The changed blocks for a terminal; without colour in the manner of `wdiff`.
    pub(crate) fn terminal(&self, colour: bool) -> String {
        terminal::render(&self.entries, colour)
    }
}

/// The difference of two sources, line by line, as `diff -u` shows it.
pub(crate) fn unified_diff(old_name: &str, new_name: &str, old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    diff.unified_diff().context_radius(CONTEXT_LINES).header(old_name, new_name).to_string()
}

impl Entry {
    fn kept(old: &Block, new: &Block, budget: &mut usize) -> Self {
        let mut entry = Self::one_sided(new, Fate::Kept);
        entry.pieces = pieces::compare(old, new, budget);
        entry.reshaped = change::reshaping(old, new);
        entry
    }

    fn one_sided(block: &Block, fate: Fate) -> Self {
        let mark = match fate {
            Fate::Kept => Mark::Kept,
            Fate::Removed | Fate::MovedAway(_) => Mark::Removed,
            Fate::Added | Fate::MovedHere(_) => Mark::Added,
        };
        let (kind, depth, quotes) = (block.kind.clone(), block.depth, block.quotes);
        let pieces = pieces::whole(block, &mark);
        Self { kind, depth, quotes, fate, pieces, reshaped: None, change: None, formatting: None, leads: true }
    }

    fn is_in_old(&self) -> bool {
        matches!(self.fate, Fate::Kept | Fate::Removed | Fate::MovedAway(_))
    }

    fn is_in_new(&self) -> bool {
        matches!(self.fate, Fate::Kept | Fate::Added | Fate::MovedHere(_))
    }

    fn old_text(&self) -> String {
        self.pieces.iter().filter(|piece| piece.mark != Mark::Added).map(|piece| piece.text.as_str()).collect()
    }

    fn new_text(&self) -> String {
        self.pieces.iter().filter(|piece| piece.mark != Mark::Removed).map(|piece| piece.text.as_str()).collect()
    }

    /// Its text in the new article, or in the old if it is gone.
    fn text(&self) -> String {
        if self.is_in_new() { self.new_text() } else { self.old_text() }
    }

    fn is_changed(&self) -> bool {
        self.change.is_some() || self.formatting.is_some()
    }

    fn is_heading(&self) -> bool {
        matches!(self.kind, Kind::Heading(_))
    }
}

impl Direction {
    fn between(from: usize, to: usize) -> Self {
        if from < to { Self::Down } else { Self::Up }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Up => "up",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::Index};

    use super::*;

    /// Takes the text out of a redline's HTML, and knows nothing of how it was made: `dropped` is `del` for the new text
    /// and `ins` for the old.
    fn text_of_html(html: &str, dropped: &str) -> String {
        const BLOCKS: &str = " h1 h2 h3 h4 h5 h6 p ul ol li blockquote pre table thead tbody tr details summary ";
        let mut texts: Vec<String> = vec![String::new()];
        let mut open: Vec<(&str, bool)> = Vec::new();
        let mut cells = 0;
        for part in html.split('<').skip(1) {
            let (tag, text) = part.split_once('>').expect("a tag has an end");
            let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            let is_hidden = open.last().is_some_and(|(_, is_hidden)| *is_hidden);
            if let Some(name) = name.strip_prefix('/') {
                assert_eq!(open.pop().map(|(name, _)| name), Some(name), "elements nest");
            } else {
                let is_ours =
                    ["visually-hidden", "note"].iter().any(|class| attributes == format!("class=\"{class}\""));
                open.push((name, is_hidden || is_ours || name == dropped || name == "summary"));
            }
            let text_so_far = texts.last_mut().expect("never empty");
            match name {
                "tr" => cells = 0,
                "td" | "th" if cells > 0 => text_so_far.push('\t'),
                _ => {}
            }
            cells += usize::from(matches!(name, "td" | "th"));
            if BLOCKS.contains(&format!(" {} ", name.trim_start_matches('/'))) {
                texts.push(String::new());
            }
            if !open.last().is_some_and(|(_, is_hidden)| *is_hidden) {
                let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
                texts.last_mut().expect("never empty").push_str(&text);
            }
        }
        assert!(open.is_empty(), "elements are closed");
        texts.retain(|text| !text.trim_matches('\t').is_empty());
        texts.join("\n")
    }

    /// Everything that holds for any two bodies.
    fn obeys_the_law(old: &str, new: &str) {
        let (old_article, new_article) = (Article::parse(old), Article::parse(new));
        let redline = Redline::between(&old_article, &new_article);
        assert_eq!(redline.old_text(), old_article.plain_text());
        assert_eq!(redline.new_text(), new_article.plain_text());
        let html = redline.html();
        assert_eq!(text_of_html(&html, "ins"), old_article.plain_text(), "{html}");
        assert_eq!(text_of_html(&html, "del"), new_article.plain_text(), "{html}");

        let changes = redline.changes();
        let ids = changes.iter().map(|change| html.matches(&format!(" id=\"{}\"", change.id)).count());
        assert!(ids.into_iter().all(|count| count == 1), "each change has its place: {changes:?} {html}");
        assert_eq!(html.matches(" id=").count(), changes.len());
        let numbers: Vec<String> = (1..=changes.len()).map(change::id).collect();
        assert!(changes.iter().map(|change| &change.id).eq(&numbers), "numbers follow each other: {changes:?}");
        let tells = changes.iter().any(|change| change.kind != ChangeKind::Formatting);
        assert!(tells || old_article.plain_text() == new_article.plain_text());
        assert_eq!(Redline::between(&old_article, &new_article), redline);
    }

    fn words() -> impl Strategy<Value = String> {
        let vocabulary = [
            "we",
            "keep",
            "your name",
            "**for**",
            "*30* days",
            "`x < y`",
            "[us](/a/)",
            "[us](/b/)",
            "e.g.,",
            "<i>it</i>",
            "~~not~~",
            "&amp;",
            "—",
            "sell.",
            "(Never)",
            "un**der**",
            "![a](b)",
            "[^1]",
            "café",
        ];
        vec(prop::sample::select(vocabulary.to_vec()), 1..12).prop_map(|words| words.join(" "))
    }

    /// A block of Markdown of any sort.
    fn block() -> impl Strategy<Value = String> {
        let form = prop::sample::select(vec!["", "# ", "## ", "### ", "> ", "> - ", "[^1]: ", "    ", "<div>"]);
        let list = (vec(words(), 1..5), any::<bool>(), any::<bool>()).prop_map(|(items, ordered, nested)| {
            let mark = if ordered { "1. " } else { "- " };
            let indent = |index: usize| if nested && index % 2 == 1 { "   " } else { "" };
            let lines = items.iter().enumerate().map(|(index, item)| [indent(index), mark, item, "\n"].concat());
            lines.collect::<String>()
        });
        let cell = || prop_oneof![4 => words(), 1 => Just(String::new())];
        let table = vec((cell(), cell()), 1..4).prop_map(|rows| {
            let rows: Vec<String> = rows.iter().map(|(left, right)| format!("| {left} | {right} |")).collect();
            format!("| what | why |\n|---|---|\n{}\n", rows.join("\n"))
        });
        prop_oneof![4 => (form, words()).prop_map(|(form, words)| format!("{form}{words}")), 2 => list, 1 => table]
    }

    #[derive(Debug, Clone)]
    enum Edit {
        Remove(Index),
        Insert(Index, String),
        Move(Index, Index),
        Reword(Index, Index, String),
    }

    fn edit() -> impl Strategy<Value = Edit> {
        prop_oneof![
            any::<Index>().prop_map(Edit::Remove),
            (any::<Index>(), block()).prop_map(|(at, block)| Edit::Insert(at, block)),
            (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Edit::Move(from, to)),
            (any::<Index>(), any::<Index>(), words()).prop_map(|(at, word, with)| Edit::Reword(at, word, with)),
        ]
    }

    fn apply(blocks: &mut Vec<String>, edit: &Edit) {
        match edit {
            _ if blocks.is_empty() => {}
            Edit::Remove(at) => drop(blocks.remove(at.index(blocks.len()))),
            Edit::Insert(at, block) => blocks.insert(at.index(blocks.len()), block.clone()),
            Edit::Move(from, to) => {
                let block = blocks.remove(from.index(blocks.len()));
                blocks.insert(to.index(blocks.len() + 1), block);
            }
            Edit::Reword(at, word, with) => {
                let place = at.index(blocks.len());
                let block = &mut blocks[place];
                let mut words: Vec<&str> = block.split(' ').collect();
                let place = word.index(words.len());
                words[place] = with;
                *block = words.join(" ");
            }
        }
    }

    proptest! {
        #[test]
        fn the_law_holds_for_edits(blocks in vec(block(), 0..10), edits in vec(edit(), 0..6)) {
            let mut edited = blocks.clone();
            for edit in &edits {
                apply(&mut edited, edit);
            }
            obeys_the_law(&blocks.join("\n\n"), &edited.join("\n\n"));
        }

        #[test]
        fn the_law_holds_for_strangers(old in vec(block(), 0..6), new in vec(block(), 0..6)) {
            obeys_the_law(&old.join("\n\n"), &new.join("\n\n"));
        }

        #[test]
        fn the_law_holds_for_any_text(
            old in "[-a-c*_`~<>!#|\\[\\]()^:&;\"' \t\r\n\\\\1-3.=\u{e9}]{0,80}",
            new in "[-a-c*_`~<>!#|\\[\\]()^:&;\"' \t\r\n\\\\1-3.=\u{e9}]{0,80}",
            noise in "\\PC{0,20}",
        ) {
            obeys_the_law(&old, &new);
            obeys_the_law(&format!("{old}{noise}"), &format!("{noise}{old}"));
        }

        #[test]
        fn an_article_does_not_differ_from_itself(blocks in vec(block(), 0..8)) {
            let article = Article::parse(&blocks.join("\n\n"));
            prop_assert!(Redline::between(&article, &article).changes().is_empty());
        }
    }

    #[test]
    fn the_source_differs_line_by_line() {
        let diff = unified_diff("2025-03-31.md", "2026-01-01.md", "a\nb\nc\nd\ne\n", "a\nb\nc\nd\nf\n");
        assert_eq!(diff, "--- 2025-03-31.md\n+++ 2026-01-01.md\n@@ -2,4 +2,4 @@\n b\n c\n d\n-e\n+f\n");
    }
}
