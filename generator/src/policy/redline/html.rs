//! A redline as HTML: the new article with what was removed still in it, struck out.
//!
//! The one idea: what is not the article's text can be told from it. Words for screen readers are in
//! `.visually-hidden`, remarks of ours in `.note`, folded sections begin with a `summary`; all else is text of the
//! policy, and so the law can be checked on the page itself. `maud` escapes every text.

use std::mem;

use maud::{Markup, html};

use super::{
    super::article::{CELL_SEPARATOR, Kind, Style},
    Direction, Entry, Fate, change,
    pieces::{Mark, Piece},
};

/// The redline's sections.
pub(super) fn render(entries: &[Entry]) -> String {
    let sections = entries.chunk_by(|before, entry| !begins_section(before, entry));
    html! {
        @for section in sections {
            @if section.iter().any(Entry::is_changed) {
                (flow(section, 0, 0))
            } @else {
                details.unchanged {
                    summary { "Unchanged: " (title(section)) }
                    (flow(section, 0, 0))
                }
            }
        }
    }
    .into_string()
}

/// A heading begins a section, but not directly below the heading it belongs to: that one would fold with nothing in it.
fn begins_section(before: &Entry, entry: &Entry) -> bool {
    match (&before.kind, &entry.kind) {
        (Kind::Heading(above), Kind::Heading(level)) => level <= above,
        (_, Kind::Heading(_)) => true,
        _ => false,
    }
}

fn title(section: &[Entry]) -> String {
    let headings: Vec<String> = section.iter().take_while(|entry| entry.is_heading()).map(Entry::text).collect();
    if headings.is_empty() { "introduction".to_owned() } else { headings.join(" – ") }
}

/// Blocks as they follow each other, `depth` lists and `quotes` quotes deep.
fn flow(entries: &[Entry], depth: usize, quotes: usize) -> Markup {
    let mut parts = Vec::new();
    let mut rest = entries;
    while let Some(first) = rest.first() {
        let (count, part) = match &first.kind {
            _ if first.quotes > quotes => {
                let count = count_while(rest, |entry| entry.quotes > quotes);
                (count, html! { blockquote { (flow(&rest[..count], depth, quotes + 1)) } })
            }
            Kind::Item { .. } if first.depth > depth => {
                let count = count_while(rest, |entry| belongs_to_list(first, entry));
                (count, list(&rest[..count], first))
            }
            Kind::Row { .. } => {
                let count = 1 + count_while(&rest[1..], |entry| continues_table(first, entry));
                (count, table(&rest[..count]))
            }
            _ => (1, leaf(first)),
        };
        parts.push(part);
        rest = &rest[count..];
    }
    html! { @for part in &parts { (part) } }
}

fn count_while(entries: &[Entry], is_part: impl Fn(&Entry) -> bool) -> usize {
    entries.iter().take_while(|entry| is_part(entry)).count()
}

/// Whether an entry is an item of the list that begins with `first`, or stands in one.
fn belongs_to_list(first: &Entry, entry: &Entry) -> bool {
    let is_item = matches!(entry.kind, Kind::Item { .. });
    let is_deeper = entry.depth > first.depth && entry.quotes >= first.quotes;
    let is_within = entry.depth == first.depth && entry.quotes >= first.quotes && !is_item;
    is_deeper || is_within || is_next_item(first, entry)
}

fn is_next_item(first: &Entry, entry: &Entry) -> bool {
    entry.kind.is_like(&first.kind) && (entry.depth, entry.quotes) == (first.depth, first.quotes)
}

fn list(entries: &[Entry], first: &Entry) -> Markup {
    let items = entries.chunk_by(|_, entry| !is_next_item(first, entry));
    let is_ordered = matches!(first.kind, Kind::Item { number: Some(_) });
    let items = html! {
        @for item in items {
            li id=[id(&item[0])] value=[number(&item[0])] {
                (inline(&item[0]))
                (flow(&item[1..], first.depth, first.quotes))
            }
        }
    };
    html! { @if is_ordered { ol { (items) } } @else { ul { (items) } } }
}

fn number(entry: &Entry) -> Option<u64> {
    if let Kind::Item { number } = entry.kind { number } else { None }
}

fn continues_table(first: &Entry, entry: &Entry) -> bool {
    matches!(entry.kind, Kind::Row { header: false }) && (entry.depth, entry.quotes) == (first.depth, first.quotes)
}

fn table(rows: &[Entry]) -> Markup {
    let head = count_while(rows, |row| matches!(row.kind, Kind::Row { header: true }));
    let (head, body) = rows.split_at(head);
    html! {
        table {
            @if !head.is_empty() {
                thead { @for row in head { tr id=[id(row)] { @for cell in cells(row) { th scope="col" { (cell) } } } } }
            }
            @if !body.is_empty() {
                tbody { @for row in body { tr id=[id(row)] { @for cell in cells(row) { td { (cell) } } } } }
            }
        }
    }
}

/// The cells of a row; remarks about the row stand in the first.
fn cells(row: &Entry) -> Vec<Markup> {
    let mut cells: Vec<Vec<Piece>> = vec![Vec::new()];
    for piece in &row.pieces {
        for (index, text) in piece.text.split(CELL_SEPARATOR).enumerate() {
            if index > 0 {
                cells.push(Vec::new());
            }
            if let Some(cell) = cells.last_mut().filter(|_| !text.is_empty()) {
                cell.push(Piece { text: text.to_owned(), ..piece.clone() });
            }
        }
    }
    let remarks = |index: usize| {
        if index == 0 {
            remarks(row)
        } else {
            html! {}
        }
    };
    let cell = |(index, cell): (usize, &Vec<Piece>)| html! { (remarks(index)) (marked(cell, row.fate)) };
    cells.iter().enumerate().map(cell).collect()
}

fn leaf(entry: &Entry) -> Markup {
    let (id, text) = (id(entry), inline(entry));
    match &entry.kind {
        Kind::Heading(1) => html! { h1 id=[id] { (text) } },
        Kind::Heading(2) => html! { h2 id=[id] { (text) } },
        Kind::Heading(3) => html! { h3 id=[id] { (text) } },
        Kind::Heading(4) => html! { h4 id=[id] { (text) } },
        Kind::Heading(5) => html! { h5 id=[id] { (text) } },
        Kind::Heading(_) => html! { h6 id=[id] { (text) } },
        Kind::Paragraph | Kind::Item { .. } | Kind::Row { .. } => html! { p id=[id] { (text) } },
        Kind::Footnote { label } => html! { p.footnote id=[id] { span.note { "[" (label) "] " } (text) } },
        Kind::Code => html! { pre id=[id] { code { (text) } } },
        Kind::Html => html! { pre.html id=[id] { code { (text) } } },
    }
}

fn id(entry: &Entry) -> Option<String> {
    entry.change.filter(|_| entry.leads).or(entry.formatting).map(change::id)
}

fn inline(entry: &Entry) -> Markup {
    html! { (remarks(entry)) (marked(&entry.pieces, entry.fate)) }
}

/// What is to be said about the block as a whole. A block with two changes has its second id here.
fn remarks(entry: &Entry) -> Markup {
    let second_id = entry.formatting.filter(|_| entry.change.is_some()).map(change::id);
    html! {
        @if let Some(id) = second_id { span id=(id) {} }
        @if let Some(reshaped) = &entry.reshaped { span.note { "[" (reshaped) "] " } }
        @match entry.fate {
            Fate::MovedAway(direction) => { (moved_away(entry, direction)) }
            Fate::MovedHere(direction) => { span.note { "[moved " (direction.name()) " to here] " } }
            Fate::Kept | Fate::Removed | Fate::Added => {}
        }
    }
}

fn moved_away(entry: &Entry, direction: Direction) -> Markup {
    html! {
        span.note {
            @if let Some(number) = entry.change {
                a href={ "#" (change::id(number)) } { "[moved " (direction.name()) "]" }
            }
            " "
        }
    }
}

fn marked(pieces: &[Piece], fate: Fate) -> Markup {
    let moved = matches!(fate, Fate::MovedAway(_) | Fate::MovedHere(_)).then_some("moved");
    let (removed, added) =
        if moved.is_some() { ("[moved away: ", "[moved here: ") } else { ("[removed: ", "[added: ") };
    let groups = pieces.chunk_by(|left, right| mem::discriminant(&left.mark) == mem::discriminant(&right.mark));
    html! {
        @for group in groups {
            @match group[0].mark {
                Mark::Kept => { @for piece in group { (styled(piece)) } }
                Mark::Removed => { del class=[moved] { (spoken(removed, group)) } }
                Mark::Added => { ins class=[moved] { (spoken(added, group)) } }
                Mark::Restyled { .. } => { @for piece in group { (restyled(piece)) } }
            }
        }
    }
}

fn spoken(opening: &str, group: &[Piece]) -> Markup {
    html! {
        span.visually-hidden { (opening) }
        @for piece in group { (styled(piece)) }
        span.visually-hidden { "]" }
    }
}

fn restyled(piece: &Piece) -> Markup {
    let Mark::Restyled { was } = &piece.mark else { return styled(piece) };
    html! { span.restyled { (styled(piece)) span.note { " [" (change::restyling(was, &piece.style)) "]" } } }
}

fn styled(piece: &Piece) -> Markup {
    let Style { strong, emphasis, strike, code, link, tags: _ } = &piece.style;
    let mut words = html! { (piece.text) };
    if *code {
        words = html! { code { (words) } };
    }
    if *emphasis {
        words = html! { em { (words) } };
    }
    if *strong {
        words = html! { strong { (words) } };
    }
    if *strike {
        // `del` is ours: struck through by the author is `s`.
        words = html! { s { (words) } };
    }
    match link.as_deref().filter(|target| piece.mark != Mark::Removed && leads_from_anywhere(target)) {
        Some(target) => html! { a href=(target) rel=[is_external(target).then_some("noopener")] { (words) } },
        None => words,
    }
}

/// The redline has another address than the policy and none of its anchors, so a relative link would lead astray.
fn leads_from_anywhere(target: &str) -> bool {
    target.starts_with('/') || target.starts_with("mailto:") || is_external(target)
}

fn is_external(target: &str) -> bool {
    ["https://", "http://", "//"].iter().any(|scheme| target.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use super::super::{super::article::Article, Redline};

    fn html(old: &str, new: &str) -> String {
        Redline::between(&Article::parse(old), &Article::parse(new)).html()
    }

    #[test]
    fn words_are_struck_out_and_spoken() {
        assert_eq!(
            html("Kept 30 days & more.\n", "Kept 14 days & more.\n"),
            "<p id=\"change-1\">Kept \
             <del><span class=\"visually-hidden\">[removed: </span>30<span class=\"visually-hidden\">]</span></del>\
             <ins><span class=\"visually-hidden\">[added: </span>14<span class=\"visually-hidden\">]</span></ins> \
             days &amp; more.</p>"
        );
    }

    #[test]
    fn what_did_not_change_is_folded() {
        let old = "Hello.\n\n## A\n\n### B\n\ntext\n\n### C\n\n- x\n";
        let folded = html(old, &format!("{old}- y\n"));
        let start = "<details class=\"unchanged\"><summary>Unchanged: introduction</summary><p>Hello.</p></details>\
                     <details class=\"unchanged\"><summary>Unchanged: A – B</summary><h2>A</h2><h3>B</h3><p>text</p>\
                     </details><h3>C</h3><ul><li>x</li><li id=\"change-1\"><ins>";
        assert!(folded.starts_with(start), "{folded}");
    }

    #[test]
    fn blocks_nest_as_in_the_article() {
        let body = "1. one\n   - two\n     - three\n\n     more\n2. four\n\n- five\n\n> six\n>\n> - seven\n\n```\ncode\n```\n\n\
                    | h |\n|---|\n| c |\n\nx[^n]\n\n[^n]: note\n";
        let nested = html(body, body);
        let expected = "<ol><li value=\"1\">one<ul><li>two<ul><li>three</li></ul><p>more</p></li></ul></li>\
                        <li value=\"2\">four</li></ol><ul><li>five</li></ul>\
                        <blockquote><p>six</p><ul><li>seven</li></ul></blockquote><pre><code>code</code></pre>\
                        <table><thead><tr><th scope=\"col\">h</th></tr></thead><tbody><tr><td>c</td></tr></tbody></table>\
                        <p>x[n]</p><p class=\"footnote\"><span class=\"note\">[n] </span>note</p>";
        assert!(nested.contains(expected), "{nested}");
    }

    #[test]
    fn a_move_is_told_at_both_ends() {
        let (a, b) = ("We keep your name for ten days.", "Nobody else reads any of it.");
        let moved = html(&format!("{a}\n\n{b}\n\n{b} Ever.\n"), &format!("{b}\n\n{b} Ever.\n\n{a}\n"));
        assert!(
            moved.contains(
                "<p><span class=\"note\"><a href=\"#change-1\">[moved down]</a> </span><del class=\"moved\">"
            )
        );
        assert!(
            moved.contains("<p id=\"change-1\"><span class=\"note\">[moved down to here] </span><ins class=\"moved\">")
        );
    }

    #[test]
    fn formatting_is_a_remark_and_no_change_of_words() {
        let found = html("See *us* [here](/a/).\n\ntext\n", "See us [here](/b/).\n\n- text\n");
        assert_eq!(
            found,
            "<p id=\"change-1\">See <span class=\"restyled\">us<span class=\"note\"> [no longer emphasised]</span></span> \
             <span class=\"restyled\"><a href=\"/b/\">here</a><span class=\"note\"> [link now leads to /b/]</span></span>.</p>\
             <ul><li id=\"change-2\"><span class=\"note\">[now an item of a list] </span>text</li></ul>"
        );
    }

    #[test]
    fn a_removed_link_leads_nowhere() {
        let found = html("See it [here](https://a.example/), please.\n", "See it there, please.\n");
        assert!(found.contains("here") && !found.contains("href"), "{found}");
    }

    #[test]
    fn links_that_would_lead_astray_are_words() {
        let body = "[a](#x) [b](y/) [c](javascript:z) [d](//e) <f@g.example>\n";
        let found = html(body, body);
        let expected =
            "<p>a b c <a href=\"//e\" rel=\"noopener\">d</a> <a href=\"mailto:f@g.example\">f@g.example</a></p>";
        assert!(found.contains(expected), "{found}");
    }
}
