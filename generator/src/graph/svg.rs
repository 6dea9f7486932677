//! The picture of a graph: one file without a script, in the colours that whoever looks prefers. Each node and each line says what
//! it is to whoever points at it, and to programs that read aloud.

use std::collections::BTreeMap;

use maud::{Markup, PreEscaped, html};

use super::{Edge, Graph, Kind, Node, layout};

const WIDTH: i32 = 210;
const HEIGHT: i32 = 30;
const STEP: i32 = 40;
const GAP: i32 = 96;
const MARGIN: i32 = 24;
const HEAD: i32 = 76;
/// Longer names are cut in front, where they are most alike.
const LETTERS: usize = 28;

const KINDS: [(Kind, &str, &str); 5] = [
    (Kind::Content, "content", "content"),
    (Kind::Template, "template", "templates"),
    (Kind::Asset, "asset", "assets"),
    (Kind::Data, "data", "data and settings"),
    (Kind::Timeline, "timeline", "versions of policies"),
];

const STYLE: &str = "
svg { color-scheme: light dark; --paper: #fcfbf8; --ink: #1b211f; --muted: #565f5b; --line: #9aa39e; --content: #e0f0ea; --template: #dbe8f5;
  --asset: #f3e3c3; --data: #efe0f1; --timeline: #fcede6; background: var(--paper); font: 13px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { svg { --paper: #121614; --ink: #ebefed; --muted: #a5afaa; --line: #66706b; --content: #17332b;
  --template: #1d3044; --asset: #41341a; --data: #392440; --timeline: #3a1e13; } }
.paper { fill: var(--paper); } text { fill: var(--ink); } .muted { fill: var(--muted); } .name { font-size: 20px; font-weight: 600; }
path { fill: none; stroke: var(--line); stroke-width: 1.25; } path:hover { stroke: var(--ink); stroke-width: 2.5; }
.node rect, .key rect { stroke: var(--line); } .node:hover rect { stroke: var(--ink); stroke-width: 2; }
.content rect { fill: var(--content); } .template rect { fill: var(--template); } .asset rect { fill: var(--asset); }
.data rect { fill: var(--data); } .timeline rect { fill: var(--timeline); }
";

/// The upper left corner of each node.
type Places<'a> = BTreeMap<&'a str, (i32, i32)>;

/// Draws a graph.
pub(super) fn draw(graph: &Graph) -> String {
    let columns = layout::columns(graph);
    let tallest = columns.iter().map(Vec::len).max().unwrap_or_default();
    let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX / STEP);
    let mut places = Places::new();
    for (x, column) in columns.iter().enumerate() {
        let space = (number(tallest) - number(column.len())) * STEP / 2;
        for (y, id) in column.iter().enumerate() {
            places.insert(*id, (MARGIN + number(x) * (WIDTH + GAP), HEAD + space + number(y) * STEP));
        }
    }
    let width = (2 * MARGIN + number(columns.len()) * (WIDTH + GAP) - GAP).max(2 * MARGIN + 5 * 160);
    let height = HEAD + number(tallest) * STEP + MARGIN;
    let drawing = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {width} {height}")) width=(width) height=(height)
            role="img" aria-labelledby="graph-title graph-text" {
            title id="graph-title" { "What depends on what" }
            desc id="graph-text" {
                "Content on the left depends on templates, and those on what is to their right. `site graph --format text` has the same as a list."
            }
            style { (PreEscaped(STYLE)) }
            rect class="paper" width=(width) height=(height) {}
            text class="name" x=(MARGIN) y="34" { "What depends on what" }
            (key())
            @for ((from, to), edge) in &graph.edges {
                @if let (Some(from), Some(to)) = (places.get(from.as_str()).map(|at| (*at, from)), places.get(to.as_str()).map(|at| (*at, to))) {
                    (line(from, to, edge))
                }
            }
            @for (id, place) in &places {
                @if let Some(node) = graph.nodes.get(*id) { (shape(id, node, *place)) }
            }
        }
    };
    drawing.into_string() + "\n"
}

/// What the colours mean.
fn key() -> Markup {
    html! {
        @for ((_, class, label), x) in KINDS.iter().zip((0..).map(|at| MARGIN + at * 160)) {
            g class=(format!("key {class}")) {
                rect x=(x) y="46" width="12" height="12" rx="3" {}
                text class="muted" x=(x + 18) y="57" { (label) }
            }
        }
    }
}

/// A line from the right side of one to the left side of the other.
fn line(((x1, y1), from): ((i32, i32), &String), ((x2, y2), to): ((i32, i32), &String), edge: &Edge) -> Markup {
    let (x1, y1, y2) = (x1 + WIDTH, y1 + HEIGHT / 2, y2 + HEIGHT / 2);
    let bend = ((x2 - x1).abs() / 2).max(GAP / 2);
    let count = if edge.count > 0 { format!(" (pages: {})", edge.count) } else { String::new() };
    html! {
        path d=(format!("M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}", x1 + bend, x2 - bend)) {
            title { (from) " " (edge.how) " " (to) (count) }
        }
    }
}

fn shape(id: &str, node: &Node, (x, y): (i32, i32)) -> Markup {
    let class = KINDS.iter().find(|(kind, ..)| *kind == node.kind).map_or("", |(_, class, _)| class);
    let count = if node.count > 1 { format!("{}", node.count) } else { String::new() };
    let said = if node.count > 0 { format!(" ({})", node.counted()) } else { String::new() };
    let room = if count.is_empty() { LETTERS } else { LETTERS - count.len() - 1 };
    html! {
        g class=(format!("node {class}")) {
            title { (id) (said) }
            rect x=(x) y=(y) width=(WIDTH) height=(HEIGHT) rx="6" {}
            text x=(x + 10) y=(y + 20) { (cut(&node.label, room)) }
            @if !count.is_empty() {
                text class="muted" x=(x + WIDTH - 10) y=(y + 20) text-anchor="end" { (count) }
            }
        }
    }
}

/// The end of a name that is too long.
fn cut(label: &str, room: usize) -> String {
    let length = label.chars().count();
    if length <= room {
        return label.to_owned();
    }
    let end: String = label.chars().skip(length + 1 - room).collect();
    format!("…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_too_long_keeps_its_end() {
        assert_eq!(cut("short.html", 28), "short.html");
        let long = cut("/a/very/long/way/down/to/a/page.md", 20);
        assert_eq!((long.chars().count(), long.as_str()), (20, "…y/down/to/a/page.md"));
    }

    #[test]
    fn names_are_text_and_the_picture_is_well_formed() {
        let node = Node { kind: Kind::Content, label: "<a>&".to_owned(), count: 2 };
        let graph = Graph { nodes: [("<a>&".to_owned(), node)].into(), edges: BTreeMap::new() };
        let drawn = draw(&graph);
        let parsed = roxmltree::Document::parse(&drawn).expect("well-formed");
        let titles: Vec<&str> =
            parsed.descendants().filter(|node| node.has_tag_name("title")).filter_map(|node| node.text()).collect();
        assert_eq!(titles, ["What depends on what", "<a>& (2 pages)"]);
        assert!(drawn.contains("prefers-color-scheme: dark") && !drawn.contains("<script"));
    }
}
