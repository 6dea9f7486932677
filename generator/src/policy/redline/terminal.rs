//! A redline for a terminal: the blocks that changed, each below its heading, and how many did not.
//!
//! The one idea: without colour nothing is lost. The marks are those of `wdiff`, and colour only replaces them.

use super::{
    super::article::{CELL_SEPARATOR, Kind},
    Entry, Fate, change,
    pieces::{Mark, Piece},
};

/// Red and struck through, green and underlined, yellow.
const COLOURS: [&str; 3] = ["\u{1b}[31;9m", "\u{1b}[32;4m", "\u{1b}[33m"];
const COLOUR_END: &str = "\u{1b}[0m";

/// The marks around removed, added and restyled words.
const MARKS: [[&str; 2]; 3] = [["[-", "-]"], ["{+", "+}"], ["{~", "~}"]];

/// The changed blocks, a paragraph each.
pub(super) fn render(entries: &[Entry], colour: bool) -> String {
    let mut lines = Vec::new();
    let mut unchanged = 0;
    let mut shown_section = None;
    for (entry, section) in entries.iter().zip(change::sections(entries)) {
        if !entry.is_changed() {
            unchanged += 1;
            continue;
        }
        lines.extend(summary(&mut unchanged));
        if shown_section.as_ref() != Some(&section) && !entry.is_heading() && !section.is_empty() {
            lines.push(format!("# {}", harmless(&section)));
        }
        lines.push(block(entry, colour));
        shown_section = Some(section);
    }
    lines.extend(summary(&mut unchanged));
    lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().join("\n")
}

/// How many blocks did not change since the last that did.
fn summary(unchanged: &mut usize) -> Option<String> {
    match std::mem::take(unchanged) {
        0 => None,
        1 => Some("… 1 paragraph unchanged".to_owned()),
        count => Some(format!("… {count} paragraphs unchanged")),
    }
}

fn block(entry: &Entry, colour: bool) -> String {
    let remark = match (entry.fate, &entry.reshaped) {
        (Fate::MovedAway(direction), _) => format!("[moved {}] ", direction.name()),
        (Fate::MovedHere(direction), _) => format!("[moved {} to here] ", direction.name()),
        (_, Some(reshaped)) => format!("[{reshaped}] "),
        _ => String::new(),
    };
    let text: String = entry.pieces.iter().map(|piece| marked(piece, colour)).collect();
    format!("{}{remark}{text}", bullet(entry))
}

fn bullet(entry: &Entry) -> String {
    let indent = "  ".repeat(entry.depth.saturating_sub(1));
    match &entry.kind {
        Kind::Heading(_) => "# ".to_owned(),
        Kind::Item { number: Some(number) } => format!("{indent}{number}. "),
        Kind::Item { number: None } => format!("{indent}- "),
        _ => String::new(),
    }
}

fn marked(piece: &Piece, colour: bool) -> String {
    let text = harmless(&piece.text).replace(CELL_SEPARATOR, " | ");
    let (which, remark) = match &piece.mark {
        Mark::Kept => return text,
        Mark::Removed => (0, String::new()),
        Mark::Added => (1, String::new()),
        Mark::Restyled { was } => (2, format!(" ({})", harmless(&change::restyling(was, &piece.style)))),
    };
    let [start, end] = if colour { [COLOURS[which], COLOUR_END] } else { MARKS[which] };
    format!("{start}{text}{end}{remark}")
}

/// The text without what would steer a terminal.
fn harmless(text: &str) -> String {
    let steers = |character: char| character.is_control() && !matches!(character, '\n' | CELL_SEPARATOR);
    text.replace(steers, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::super::{super::article::Article, Redline};

    fn terminal(old: &str, new: &str, colour: bool) -> String {
        Redline::between(&Article::parse(old), &Article::parse(new)).terminal(colour)
    }

    #[test]
    fn shows_changes_below_their_heading() {
        let old = "# A\n\nsame\n\n- kept **30** days here\n- x\n\n# B\n\nsame too\n";
        let new = "# A\n\nsame\n\n- kept 14 days here\n- *x*\n\n# B\n\nsame too\n\n| a | b |\n|---|---|\n";
        assert_eq!(
            terminal(old, new, false),
            "… 2 paragraphs unchanged\n\n# A\n\n- kept [-30-]{+14+} days here\n\n- {~x~} (now emphasised)\n\n\
             … 2 paragraphs unchanged\n\n# B\n\n{+a | b+}\n"
        );
    }

    #[test]
    fn colour_replaces_the_marks() {
        assert_eq!(
            terminal("kept 30 days\n", "kept 14 days\n", true),
            "kept \u{1b}[31;9m30\u{1b}[0m\u{1b}[32;4m14\u{1b}[0m days\n"
        );
    }

    #[test]
    fn a_policy_does_not_steer_the_terminal() {
        assert!(!terminal("a\n", "b \u{1b}[2J\n", false).contains('\u{1b}'));
    }

    #[test]
    fn nothing_changed_is_said() {
        assert_eq!(terminal("a\n", "a\n", false), "… 1 paragraph unchanged\n");
        assert_eq!(terminal("", "", false), "");
    }
}
