//! The parser's events, gathered into blocks.
//!
//! The one idea: words open a block wherever they appear, and every start or end of a block construct closes the block
//! that is open. So a tight list item, which has no paragraph of its own, needs no rule of its own either.

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use super::{Block, CELL_SEPARATOR, DEPTH_MAX, Kind, Run, Style};

/// Tags that enclose nothing.
const VOID_TAGS: [&str; 9] = ["area", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"];

/// Inline tags open at once; further ones count as tags without content.
const TAGS_MAX: usize = 8;

/// The blocks of a body.
pub(super) fn read(body: &str) -> Vec<Block> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_HEADING_ATTRIBUTES;
    let mut reader = Reader::default();
    for (event, span) in Parser::new_ext(body, options).into_offset_iter() {
        reader.take(event, span);
    }
    reader.close();
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    open: Option<Block>,
    /// The kind of the next paragraph, when an item or a footnote has just begun.
    next: Option<Kind>,
    /// The next number of each list that is open.
    lists: Vec<Option<u64>>,
    quotes: usize,
    /// How many cells the open row has so far.
    cells: usize,
    inline: Inline,
}

/// The inline constructs that are open.
#[derive(Default)]
struct Inline {
    strong: usize,
    emphasis: usize,
    strike: usize,
    links: Vec<String>,
    tags: Vec<String>,
    /// Tags without content since the last word.
    loose: String,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, span: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::End(end) => self.end(end),
            Event::Code(text) => self.words(&text, true, &span),
            Event::Html(html) => self.words(&html, false, &span),
            Event::InlineHtml(tag) => self.tag(&tag, &span),
            Event::FootnoteReference(label) => self.words(&format!("[{label}]"), false, &span),
            Event::SoftBreak | Event::HardBreak => self.words(" ", false, &span),
            Event::Rule | Event::TaskListMarker(_) => self.close(),
            Event::Text(text) | Event::InlineMath(text) | Event::DisplayMath(text) => self.words(&text, false, &span),
        }
    }

    fn start(&mut self, tag: Tag<'_>, span: Range<usize>) {
        match tag {
            Tag::Strong => self.inline.strong += 1,
            Tag::Emphasis => self.inline.emphasis += 1,
            Tag::Strikethrough => self.inline.strike += 1,
            Tag::Link { link_type, dest_url, .. } => {
                let scheme = if link_type == LinkType::Email { "mailto:" } else { "" };
                self.inline.links.push(format!("{scheme}{dest_url}"));
            }
            Tag::Image { dest_url, .. } => self.inline.loose.extend(["<img src=\"", &dest_url, "\">"]),
            Tag::TableCell => self.cell(),
            block => {
                self.close();
                self.start_block(block, span);
            }
        }
    }

    fn start_block(&mut self, tag: Tag<'_>, span: Range<usize>) {
        match tag {
            Tag::Heading { level, .. } => self.open(Kind::Heading(level as u8), span),
            Tag::Paragraph => {
                let kind = self.next.take().unwrap_or(Kind::Paragraph);
                self.open(kind, span);
            }
            Tag::CodeBlock(_) => self.open(Kind::Code, span),
            Tag::HtmlBlock => self.open(Kind::Html, span),
            Tag::TableHead => self.open(Kind::Row { header: true }, span),
            Tag::TableRow => self.open(Kind::Row { header: false }, span),
            Tag::List(first) => self.lists.push(first),
            Tag::Item => {
                let number = self.lists.last_mut().and_then(|next| {
                    let number = *next;
                    *next = number.map(|number| number.saturating_add(1));
                    number
                });
                self.next = Some(Kind::Item { number });
            }
            Tag::FootnoteDefinition(label) => self.next = Some(Kind::Footnote { label: label.to_string() }),
            Tag::BlockQuote(_) => self.quotes += 1,
            _ => {}
        }
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Strong => self.inline.strong = self.inline.strong.saturating_sub(1),
            TagEnd::Emphasis => self.inline.emphasis = self.inline.emphasis.saturating_sub(1),
            TagEnd::Strikethrough => self.inline.strike = self.inline.strike.saturating_sub(1),
            TagEnd::Link => drop(self.inline.links.pop()),
            TagEnd::Image | TagEnd::TableCell => {}
            block => {
                self.close();
                match block {
                    TagEnd::List(_) => drop(self.lists.pop()),
                    TagEnd::BlockQuote(_) => self.quotes = self.quotes.saturating_sub(1),
                    TagEnd::Item | TagEnd::FootnoteDefinition => self.next = None,
                    _ => {}
                }
            }
        }
    }

    fn open(&mut self, kind: Kind, span: Range<usize>) {
        self.next = None;
        self.cells = 0;
        self.open = Some(self.blank(kind, span));
    }

    fn blank(&self, kind: Kind, span: Range<usize>) -> Block {
        let (depth, quotes) = (self.lists.len().min(DEPTH_MAX), self.quotes.min(DEPTH_MAX));
        Block { kind, depth, quotes, runs: Vec::new(), span }
    }

    /// The open block, or a new one for words that stand in an item as they are.
    fn opened(&mut self, span: &Range<usize>) -> Block {
        let mut block = self.open.take().unwrap_or_else(|| {
            let kind = self.next.take().unwrap_or(Kind::Paragraph);
            self.blank(kind, span.clone())
        });
        block.span.end = block.span.end.max(span.end);
        block
    }

    fn words(&mut self, text: &str, code: bool, span: &Range<usize>) {
        let mut block = self.opened(span);
        let fresh = if block.kind.is_verbatim() { text.replace('\r', "") } else { spaced(text, &block.runs) };
        if !fresh.is_empty() {
            let style = self.inline.style(code, fresh.trim().is_empty());
            append(&mut block.runs, fresh, style);
        }
        self.open = Some(block);
    }

    fn cell(&mut self) {
        if let Some(row) = self.open.as_mut().filter(|_| self.cells > 0) {
            trim_end(&mut row.runs, ' ');
            append(&mut row.runs, CELL_SEPARATOR.to_string(), Style::default());
        }
        self.cells += 1;
    }

    fn tag(&mut self, tag: &str, span: &Range<usize>) {
        let name: String =
            tag.chars().skip(1).take_while(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        if name == "br" {
            self.words(" ", false, span);
        } else if tag.starts_with("</") {
            self.inline.tags.pop();
        } else if is_void(&name, tag) || self.inline.tags.len() == TAGS_MAX {
            self.inline.loose.push_str(tag);
        } else {
            self.inline.tags.push(tag.to_owned());
        }
        let block = self.opened(span);
        self.open = Some(block);
    }

    fn close(&mut self) {
        let tags = self.inline.tags.concat();
        self.inline.tags.clear();
        let loose = std::mem::take(&mut self.inline.loose);
        let Some(mut block) = self.open.take() else { return };
        trim_end(&mut block.runs, if block.kind.is_verbatim() { '\n' } else { ' ' });
        if block.runs.is_empty() && !(tags.is_empty() && loose.is_empty()) {
            block.kind = Kind::Html;
            block.runs.push(Run { text: tags + &loose, style: Style::default() });
        } else if let Some(mut last) = block.runs.pop() {
            last.style.tags.push_str(&loose);
            append(&mut block.runs, last.text, last.style);
        }
        let is_separator = |character: char| character == CELL_SEPARATOR;
        if block.runs.iter().any(|run| !run.text.trim_matches(is_separator).is_empty()) {
            self.blocks.push(block);
        }
    }
}

impl Inline {
    /// The style of the next words. A space has no use for loose tags: the word behind it takes them.
    fn style(&mut self, code: bool, is_space: bool) -> Style {
        let mut tags = self.tags.concat();
        if !is_space {
            tags.push_str(&std::mem::take(&mut self.loose));
        }
        Style {
            strong: self.strong > 0,
            emphasis: self.emphasis > 0,
            strike: self.strike > 0,
            code,
            link: self.links.last().cloned(),
            tags,
        }
    }
}

/// Whether the tag encloses nothing: by its name, by its end, or because it is a comment.
fn is_void(name: &str, tag: &str) -> bool {
    name.is_empty() || tag.ends_with("/>") || VOID_TAGS.contains(&name)
}

/// The text with single spaces, and none at the start of a block or behind another.
fn spaced(text: &str, runs: &[Run]) -> String {
    let mut spaced = String::with_capacity(text.len());
    let mut last = runs.last().and_then(|run| run.text.chars().next_back()).unwrap_or(' ');
    for character in text.chars() {
        let character = if character.is_ascii_whitespace() { ' ' } else { character };
        if character != ' ' || !matches!(last, ' ' | CELL_SEPARATOR) {
            spaced.push(character);
            last = character;
        }
    }
    spaced
}

fn append(runs: &mut Vec<Run>, text: String, style: Style) {
    match runs.last_mut() {
        Some(last) if last.style == style => last.text.push_str(&text),
        _ => runs.push(Run { text, style }),
    }
}

fn trim_end(runs: &mut Vec<Run>, space: char) {
    while let Some(last) = runs.last_mut() {
        last.text.truncate(last.text.trim_end_matches(space).len());
        if !last.text.is_empty() {
            return;
        }
        runs.pop();
    }
}
