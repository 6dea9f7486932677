//! The list of changes: which there are, where, and each in a line.
//!
//! The one idea: what was said and how it looks are two lists. A reader who wants to know what a policy says now must
//! not have to search for it among bold words, so formatting comes last and never counts as a rewording.

use std::rc::Rc;

use serde::Serialize;

use super::{
    super::article::{Block, Kind, Style},
    Entry, Fate,
    pieces::{Mark, Piece},
};

/// An excerpt is no longer than this.
const EXCERPT_CHARACTERS_MAX: usize = 120;

/// Nor is one side of a replacement longer than this.
const SIDE_CHARACTERS_MAX: usize = 45;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Change {
    /// The id of its block in the HTML.
    pub(crate) id: String,
    /// The heading above it, empty before the first.
    pub(crate) section: String,
    pub(crate) kind: ChangeKind,
    pub(crate) excerpt: String,
}

/// What sort of change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChangeKind {
    Added,
    Removed,
    Reworded,
    Moved,
    /// The words are the same; their style, their link or their sort of block is not.
    Formatting,
}

/// Numbers the changes: words and places first, then formatting.
pub(super) fn number(entries: &mut [Entry], partners: &[Option<usize>]) {
    let mut count = 0;
    for index in 0..entries.len() {
        match entries[index].fate {
            Fate::MovedAway(_) => entries[index].leads = false,
            Fate::MovedHere(_) => {
                entries[index].leads = !follows_its_neighbour(index, partners, entries);
                count += usize::from(entries[index].leads);
                entries[index].change = Some(count);
                if let Some(from) = partners[index] {
                    entries[from].change = Some(count);
                }
            }
            Fate::Kept if !is_reworded(&entries[index]) => {}
            Fate::Kept | Fate::Removed | Fate::Added => {
                count += 1;
                entries[index].change = Some(count);
            }
        }
    }
    for entry in entries.iter_mut().filter(|entry| is_reformatted(entry)) {
        count += 1;
        entry.formatting = Some(count);
    }
}

/// Whether the block before it moved with it.
fn follows_its_neighbour(index: usize, partners: &[Option<usize>], entries: &[Entry]) -> bool {
    let Some(before) = index.checked_sub(1) else { return false };
    let came_here = matches!(entries[before].fate, Fate::MovedHere(_));
    came_here && partners[before].map(|from| from + 1) == partners[index]
}

fn is_reworded(entry: &Entry) -> bool {
    entry.pieces.iter().any(|piece| matches!(piece.mark, Mark::Removed | Mark::Added))
}

fn is_reformatted(entry: &Entry) -> bool {
    entry.reshaped.is_some() || entry.pieces.iter().any(|piece| matches!(piece.mark, Mark::Restyled { .. }))
}

/// The changes in the order of their numbers.
pub(super) fn list(entries: &[Entry]) -> Vec<Change> {
    let (mut changes, mut formatting) = (Vec::new(), Vec::new());
    for (entry, section) in entries.iter().zip(sections(entries)) {
        let change = |number: usize, kind: ChangeKind, excerpt: String| Change {
            id: id(number),
            section: section.to_string(),
            kind,
            excerpt: shortened(&excerpt, EXCERPT_CHARACTERS_MAX),
        };
        if let Some((number, kind)) = entry.change.zip(kind(entry)) {
            let excerpt = if kind == ChangeKind::Reworded { replacement(&entry.pieces) } else { entry.text() };
            changes.push(change(number, kind, excerpt));
        }
        if let Some(number) = entry.formatting {
            formatting.push(change(number, ChangeKind::Formatting, restyled_excerpt(entry)));
        }
    }
    changes.append(&mut formatting);
    changes
}

/// What the change of a block is called; nothing for a block that tells of a change listed elsewhere.
fn kind(entry: &Entry) -> Option<ChangeKind> {
    match entry.fate {
        Fate::Kept => Some(ChangeKind::Reworded),
        Fate::Removed => Some(ChangeKind::Removed),
        Fate::Added => Some(ChangeKind::Added),
        Fate::MovedHere(_) => Some(ChangeKind::Moved).filter(|_| entry.leads),
        Fate::MovedAway(_) => None,
    }
}

/// The id of a change in the HTML.
pub(super) fn id(number: usize) -> String {
    format!("change-{number}")
}

/// For each block the heading above it: in the new article, or in the old if the block is gone.
pub(super) fn sections(entries: &[Entry]) -> Vec<Rc<str>> {
    let (mut old, mut new): (Rc<str>, Rc<str>) = Default::default();
    let section = |entry: &Entry| {
        if entry.is_heading() {
            let text: Rc<str> = entry.text().into();
            if entry.is_in_old() {
                old = Rc::clone(&text);
            }
            if entry.is_in_new() {
                new = text;
            }
        }
        Rc::clone(if entry.is_in_new() { &new } else { &old })
    };
    entries.iter().map(section).collect()
}

/// The first replacement of a block: `“30” → “14”`.
fn replacement(pieces: &[Piece]) -> String {
    let is_changed = |piece: &Piece| matches!(piece.mark, Mark::Removed | Mark::Added);
    let mut changes =
        pieces.chunk_by(|left, right| is_changed(left) == is_changed(right)).filter(|c| is_changed(&c[0]));
    let first = changes.next().unwrap_or_default();
    let side = |mark: &Mark| {
        let text: String = first.iter().filter(|piece| piece.mark == *mark).map(|piece| piece.text.as_str()).collect();
        (!text.trim().is_empty()).then(|| quoted(&text))
    };
    let replacement = match (side(&Mark::Removed), side(&Mark::Added)) {
        (Some(removed), Some(added)) => format!("{removed} → {added}"),
        (Some(removed), None) => format!("removed {removed}"),
        (None, Some(added)) => format!("added {added}"),
        (None, None) => "spaces".to_owned(),
    };
    match changes.count() {
        0 => replacement,
        more => format!("{replacement} and {more} more"),
    }
}

fn restyled_excerpt(entry: &Entry) -> String {
    let restyled = entry.pieces.iter().find_map(|piece| match &piece.mark {
        Mark::Restyled { was } => Some((piece.text.clone(), restyling(was, &piece.style))),
        _ => None,
    });
    let (text, what) = restyled.unwrap_or_else(|| (entry.text(), entry.reshaped.clone().unwrap_or_default()));
    format!("{}: {what}", quoted(&text))
}

fn quoted(text: &str) -> String {
    format!("“{}”", shortened(text, SIDE_CHARACTERS_MAX))
}

/// The text in one line and at most so many characters.
fn shortened(text: &str, characters_max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(characters_max) {
        None => line,
        Some(_) => line.chars().take(characters_max - 1).collect::<String>().trim_end().to_owned() + "…",
    }
}

/// What happened to words that stayed the same: `now bold, link removed`.
pub(super) fn restyling(was: &Style, now: &Style) -> String {
    let marks = [
        ("bold", was.strong, now.strong),
        ("emphasised", was.emphasis, now.emphasis),
        ("struck through", was.strike, now.strike),
        ("code", was.code, now.code),
    ];
    let mut changes: Vec<String> = marks
        .into_iter()
        .filter(|(_, was, now)| was != now)
        .map(|(name, _, now)| format!("{} {name}", if now { "now" } else { "no longer" }))
        .collect();
    match (&was.link, &now.link) {
        (was, now) if was == now => {}
        (Some(_), None) => changes.push("no longer a link".to_owned()),
        (None, Some(target)) => changes.push(format!("now a link to {target}")),
        _ => changes.push(format!("link now leads to {}", now.link.as_deref().unwrap_or_default())),
    }
    if was.tags != now.tags {
        changes.push("other HTML tags".to_owned());
    }
    changes.join(", ")
}

/// What a block has become, if it is no longer what it was.
pub(super) fn reshaping(old: &Block, new: &Block) -> Option<String> {
    if !old.kind.is_like(&new.kind) {
        return Some(format!("now {}", shape(&new.kind)));
    }
    let nests_alike = (old.depth, old.quotes) == (new.depth, new.quotes);
    (!nests_alike).then(|| if old.quotes < new.quotes { "now a quotation" } else { "now at another level" }.to_owned())
}

fn shape(kind: &Kind) -> String {
    match kind {
        Kind::Heading(level) => format!("a heading of level {level}"),
        Kind::Paragraph => "a paragraph".to_owned(),
        Kind::Item { number: None } => "an item of a list".to_owned(),
        Kind::Item { number: Some(_) } => "an item of a numbered list".to_owned(),
        Kind::Row { header: true } => "the head of a table".to_owned(),
        Kind::Row { header: false } => "a row of a table".to_owned(),
        Kind::Footnote { label } => format!("the footnote {label}"),
        Kind::Code => "code".to_owned(),
        Kind::Html => "HTML".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{super::article::Article, Redline},
        *,
    };

    fn changes(old: &str, new: &str) -> Vec<(String, String, ChangeKind, String)> {
        let changes = Redline::between(&Article::parse(old), &Article::parse(new)).changes();
        changes.into_iter().map(|change| (change.id, change.section, change.kind, change.excerpt)).collect()
    }

    #[test]
    fn formatting_comes_last() {
        let old = "# A\n\nThe **name** is kept for 30 days.\n\n# B\n\n- mail\n\n# C\n\ngone\n";
        let new = "# A\n\nThe name is kept for 14 days.\n\n# B\n\n- mail\n- phone\n\n# C\n";
        let change = |id: &str, section: &str, kind, excerpt: &str| {
            (id.to_owned(), section.to_owned(), kind, excerpt.to_owned())
        };
        assert_eq!(
            changes(old, new),
            [
                change("change-1", "A", ChangeKind::Reworded, "“30” → “14”"),
                change("change-2", "B", ChangeKind::Added, "phone"),
                change("change-3", "C", ChangeKind::Removed, "gone"),
                change("change-4", "A", ChangeKind::Formatting, "“name”: no longer bold"),
            ]
        );
    }

    #[test]
    fn what_moves_together_is_one_change() {
        let section = "# Moved\n\nWe keep your name for ten days.\n\nNobody else reads any of it.\n\n";
        let rest: String = ["0", "1", "2", "3", "4"]
            .map(|index| ["# Heading ", index, "\n\nParagraph number ", index, " stays.\n\n"].concat())
            .concat();
        let found = changes(&format!("{section}{rest}"), &format!("{rest}{section}"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].2, found[0].3.as_str()), (ChangeKind::Moved, "Moved"));
    }

    #[test]
    fn excerpts_are_short() {
        let (old, new) = ("old word ".repeat(50), "new text ".repeat(50));
        for (_, _, _, excerpt) in changes(&format!("a b c d {old}"), &format!("a b c d {new}\n\n{new}")) {
            assert!(excerpt.chars().count() <= EXCERPT_CHARACTERS_MAX && excerpt.contains('…'), "{excerpt}");
        }
    }

    #[test]
    fn a_replacement_says_how_many_more_there_are() {
        let found = changes("one b c d e f two h i j k", "1 b c d e f g h i j, k");
        assert_eq!(found[0].3, "“one” → “1” and 2 more");
    }

    #[test]
    fn kinds_have_names_for_templates() {
        let change = Change { id: id(1), section: String::new(), kind: ChangeKind::Reworded, excerpt: String::new() };
        let json = serde_json::to_string(&change).expect("plain data");
        assert_eq!(json, "{\"id\":\"change-1\",\"section\":\"\",\"kind\":\"reworded\",\"excerpt\":\"\"}");
    }
}
