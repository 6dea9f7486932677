//! Markdown into HTML: headings with unique ids and a link to themselves, tables, footnotes with links both ways, smart
//! punctuation where the words may be dressed.
//!
//! Raw HTML passes through: whoever can write content can write the theme too. A reference that leads nowhere is an
//! error, because Markdown would show its brackets as text.

mod footnotes;
pub(crate) mod highlight;
mod portable;
mod summary;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use pulldown_cmark::{
    BrokenLink, CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html,
};
use serde::Serialize;

use crate::component::Calls;
use footnotes::Footnotes;

pub(crate) use summary::summary;

/// A page's body as HTML.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) html: String,
    pub(crate) headings: Vec<Heading>,
    /// References that lead nowhere.
    pub(crate) dangling: Vec<Dangling>,
    /// Components that are still to be drawn; the HTML has marks in their places.
    pub(crate) calls: Calls,
    /// Whether all of it was made here, so that there is nothing in it that could be left out.
    pub(crate) is_compact: bool,
}

/// A text that is read elsewhere too, as HTML.
#[derive(Debug)]
pub(crate) struct Portable {
    pub(crate) html: String,
    pub(crate) dangling: Vec<Dangling>,
    /// The first footnote, which has no place in such a text.
    pub(crate) footnote: Option<Range<usize>>,
}

/// A heading of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Heading {
    pub(crate) level: u8,
    pub(crate) id: String,
    pub(crate) text: String,
}

/// A reference to something the body does not define.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dangling {
    /// Where it stands in the body, in bytes.
    pub(crate) span: Range<usize>,
    pub(crate) name: String,
}

/// Whether straight quotes, hyphens and dots may become typographic ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Punctuation {
    Smart,
    /// Word for word, for texts that bind somebody.
    AsWritten,
}

/// Whether the words of code carry classes by what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Plain,
    Highlighted,
}

/// Renders a body. Links to other hosts than that of `site_url` get `rel="noopener"`.
pub(crate) fn render(body: &str, punctuation: Punctuation, site_url: &str, code: Code) -> Rendered {
    // Texts that bind somebody say all of it themselves.
    let mut calls = if punctuation == Punctuation::Smart { Calls::find(body) } else { Calls::default() };
    let blanked = if calls.calls.is_empty() { Cow::Borrowed(body) } else { Cow::Owned(calls.blank(body)) };
    let Parsed { mut events, places, dangling } = parse(&blanked, punctuation);
    calls.place(&mut events, &places);
    let is_compact = !events.iter().any(|event| matches!(event, Event::Html(_) | Event::InlineHtml(_)));
    let mut headings = Headings::default();
    let events = headings.anchor(events);
    let events = Footnotes::default().number(events);
    let events = if code == Code::Highlighted { highlight::highlighted(events) } else { events };
    Rendered { html: html(events, site_url), headings: headings.found, dangling, calls, is_compact }
}

/// Renders a text that is read elsewhere than on its page too.
pub(crate) fn render_portable(body: &str, site_url: &str) -> Portable {
    let Parsed { events, places, dangling } = parse(body, Punctuation::Smart);
    let footnote = events.iter().position(footnotes::is_footnote).map(|index| places[index].clone());
    Portable { html: html(portable::portable(events, site_url), site_url), dangling, footnote }
}

/// A body as the parser reads it: events, where in the body each is, and references that lead nowhere.
struct Parsed<'a> {
    events: Vec<Event<'a>>,
    places: Vec<Range<usize>>,
    dangling: Vec<Dangling>,
}

fn parse(body: &str, punctuation: Punctuation) -> Parsed<'_> {
    let mut options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_HEADING_ATTRIBUTES;
    if punctuation == Punctuation::Smart {
        options |= Options::ENABLE_SMART_PUNCTUATION;
    }
    let mut dangling = Vec::new();
    let mut on_broken = |link: BrokenLink<'_>| note_dangling(&mut dangling, &link);
    let parser = Parser::new_with_broken_link_callback(body, options, Some(&mut on_broken));
    let (events, places): (Vec<Event<'_>>, Vec<Range<usize>>) = parser.into_offset_iter().unzip();
    dangling.extend(dangling_footnotes(body, &events, &places));
    Parsed { events, places, dangling }
}

fn html(events: Vec<Event<'_>>, site_url: &str) -> String {
    let mut html = String::new();
    html::push_html(&mut html, events.into_iter().map(|event| reachable(mark_external(event, site_url))));
    html
}

/// `[text][name]` and `[name][]` are meant as references; a lone `[word]` is just a word in brackets.
fn note_dangling(dangling: &mut Vec<Dangling>, link: &BrokenLink<'_>) -> Option<(CowStr<'static>, CowStr<'static>)> {
    if matches!(link.link_type, LinkType::Reference | LinkType::Collapsed) {
        dangling.push(Dangling { span: link.span.clone(), name: link.reference.to_string() });
    }
    None
}

/// `[^name]` that is still text has no note. The parser gives brackets as texts of their own.
fn dangling_footnotes(body: &str, events: &[Event<'_>], places: &[Range<usize>]) -> Vec<Dangling> {
    let is_text = |event: &Event<'_>, text: &str| matches!(event, Event::Text(found) if **found == *text);
    let mut found = Vec::new();
    for (index, place) in places.iter().enumerate() {
        // Most texts open nothing; what follows them is not searched, so a long body stays linear.
        if !is_text(&events[index], "[") || body[..place.start].ends_with('\\') {
            continue;
        }
        let rest = body.get(place.end..).unwrap_or_default();
        let Some(label) = rest.strip_prefix('^') else { continue };
        // A name is one word, so this looks no further than to its end.
        let end = label.find(|c: char| matches!(c, '[' | ']') || c.is_whitespace());
        let Some(end) = end.filter(|end| *end > 0 && label[*end..].starts_with(']')) else { continue };
        let name = &rest[..'^'.len_utf8() + end];
        found.push(Dangling { span: place.start..place.end + name.len() + 1, name: name.to_owned() });
    }
    found
}

/// Collects headings and gives each its id.
#[derive(Debug, Default)]
struct Headings {
    found: Vec<Heading>,
    ids: BTreeSet<String>,
    /// The number that the next heading of a name gets.
    next: BTreeMap<String, usize>,
}

impl Headings {
    /// Puts an id on each heading, and behind each but the first level a link to itself. The link has no text of its
    /// own: the theme draws the mark, so the words of the page are those of the author.
    fn anchor<'a>(&mut self, events: Vec<Event<'a>>) -> Vec<Event<'a>> {
        let ends: Vec<usize> =
            events.iter().enumerate().filter(|(_, event)| is_heading_end(event)).map(|(index, _)| index).collect();
        let texts: Vec<String> = heading_texts(&events);
        let mut next = 0;
        let mut anchored = Vec::with_capacity(events.len() + ends.len());
        for event in events {
            match event {
                Event::Start(Tag::Heading { level, id, classes, attrs }) => {
                    let text = texts.get(next).cloned().unwrap_or_default();
                    let id = self.unique(id.as_deref().unwrap_or(&slug(&text)));
                    self.found.push(Heading { level: level as u8, id: id.clone(), text });
                    anchored.push(Event::Start(Tag::Heading { level, id: Some(id.into()), classes, attrs }));
                }
                Event::End(TagEnd::Heading(level)) => {
                    if let Some(heading) = self.found.last().filter(|_| level != HeadingLevel::H1) {
                        anchored.push(Event::InlineHtml(anchor_link(heading).into()));
                    }
                    anchored.push(Event::End(TagEnd::Heading(level)));
                    next += 1;
                }
                other => anchored.push(other),
            }
        }
        anchored
    }

    /// The id, or the id with the first number that makes it unique.
    fn unique(&mut self, wanted: &str) -> String {
        let mut id = wanted.to_owned();
        if self.ids.insert(id.clone()) {
            return id;
        }
        let next = self.next.entry(id).or_insert(2);
        loop {
            id = format!("{wanted}-{next}");
            *next += 1;
            if self.ids.insert(id.clone()) {
                return id;
            }
        }
    }
}

fn is_heading_end(event: &Event<'_>) -> bool {
    matches!(event, Event::End(TagEnd::Heading(_)))
}

/// The words of each heading, in order.
fn heading_texts(events: &[Event<'_>]) -> Vec<String> {
    let mut texts = Vec::new();
    let mut open: Option<String> = None;
    for event in events {
        match event {
            Event::Start(Tag::Heading { .. }) => open = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => texts.extend(open.take()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(words) = &mut open {
                    words.push_str(text);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(words) = &mut open {
                    words.push(' ');
                }
            }
            _ => {}
        }
    }
    texts
}

fn anchor_link(heading: &Heading) -> String {
    format!(
        "<a class=\"anchor\" href=\"#{}\" aria-label=\"Link to this section: {}\"></a>",
        escape(&heading.id),
        escape(&heading.text)
    )
}

/// A name for an address: letters and digits of any script in lower case, everything else a hyphen.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for character in text.chars().flat_map(char::to_lowercase) {
        if character.is_alphanumeric() {
            slug.push(character);
        } else if !matches!(character, '\'' | '’') && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let trimmed = slug.trim_end_matches('-');
    if trimmed.is_empty() { "section".to_owned() } else { trimmed.to_owned() }
}

/// Text for an attribute in double quotes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A page on another host that opens from here gets no handle on this page.
fn mark_external<'a>(event: Event<'a>, site_url: &str) -> Event<'a> {
    match event {
        Event::Start(Tag::Link { link_type, dest_url, title, .. })
            if link_type != LinkType::Email && is_external(&dest_url, site_url) =>
        {
            let title = if title.is_empty() { String::new() } else { format!(" title=\"{}\"", escape(&title)) };
            Event::InlineHtml(format!("<a href=\"{}\"{title} rel=\"noopener\">", escape(&dest_url)).into())
        }
        other => other,
    }
}

/// Code may be wider than the screen, so whoever has no mouse has to get there to move it.
fn reachable(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Start(Tag::CodeBlock(kind)) => {
            let word = match &kind {
                CodeBlockKind::Fenced(info) => language(info),
                CodeBlockKind::Indented => "",
            };
            let class = if word.is_empty() { String::new() } else { format!(" class=\"language-{}\"", escape(word)) };
            Event::Html(format!("<pre tabindex=\"0\"><code{class}>").into())
        }
        Event::End(TagEnd::CodeBlock) => Event::Html("</code></pre>\n".into()),
        other => other,
    }
}

/// The language that the fence of a block of code names.
fn language(info: &str) -> &str {
    info.split_ascii_whitespace().next().unwrap_or_default()
}

fn is_external(url: &str, site_url: &str) -> bool {
    let own = url.strip_prefix(site_url).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
    !own && (url.starts_with("https://") || url.starts_with("http://") || url.starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(body: &str) -> String {
        render(body, Punctuation::Smart, "https://example.com", Code::Plain).html
    }

    #[test]
    fn headings_have_unique_ids_and_a_link_without_words() {
        let rendered =
            render("## A *b* `c`\n\n## A b c\n\n### Own {#mine}\n\n# Top\n", Punctuation::Smart, "", Code::Plain);
        let ids: Vec<&str> = rendered.headings.iter().map(|heading| heading.id.as_str()).collect();
        assert_eq!(ids, ["a-b-c", "a-b-c-2", "mine", "top"]);
        assert_eq!(rendered.headings[0], Heading { level: 2, id: "a-b-c".to_owned(), text: "A b c".to_owned() });
        assert!(
            rendered.html.starts_with(
                "<h2 id=\"a-b-c\">A <em>b</em> <code>c</code>\
                 <a class=\"anchor\" href=\"#a-b-c\" aria-label=\"Link to this section: A b c\"></a></h2>"
            ),
            "{}",
            rendered.html
        );
        assert!(rendered.html.contains("<h1 id=\"top\">Top</h1>"));
    }

    #[test]
    fn an_id_with_a_number_does_not_meet_a_heading_of_that_name() {
        let rendered = render("## A\n\n## A 2\n\n## A\n", Punctuation::Smart, "", Code::Plain);
        let ids: BTreeSet<&str> = rendered.headings.iter().map(|heading| heading.id.as_str()).collect();
        assert_eq!(ids.len(), 3);
    }

    #[test]
    fn words_of_a_heading_are_escaped_in_its_link() {
        assert!(html("## \"A\" & <b>\n").contains("aria-label=\"Link to this section: “A” &amp; "));
    }

    #[test]
    fn slugs_keep_every_script_and_drop_the_rest() {
        assert_eq!(slug("5. Cookies & Tracking"), "5-cookies-tracking");
        assert_eq!(slug("Don’t panic!"), "dont-panic");
        assert_eq!(slug("Über uns"), "über-uns");
        assert_eq!(slug("???"), "section");
    }

    #[test]
    fn tables_strikethrough_and_smart_punctuation() {
        assert!(html("|a|b|\n|-|-|\n|1|2|\n").contains("<table>"));
        assert_eq!(html("~~no~~ \"yes\" -- it's...\n"), "<p><del>no</del> “yes” – it’s…</p>\n");
    }

    #[test]
    fn texts_that_bind_are_printed_as_written() {
        let rendered = render("\"yes\" -- it's...\n", Punctuation::AsWritten, "", Code::Plain);
        assert_eq!(rendered.html, "<p>\"yes\" -- it's...</p>\n");
    }

    #[test]
    fn links_to_other_hosts_get_noopener() {
        assert_eq!(
            html("[a](https://other.example/?a&b \"T\")"),
            "<p><a href=\"https://other.example/?a&amp;b\" title=\"T\" rel=\"noopener\">a</a></p>\n"
        );
        assert!(html("<https://example.com.evil.example>").contains("noopener"));
        for own in ["[a](/b/)", "[a](https://example.com/b/)", "<https://example.com>", "<info@example.com>"] {
            assert!(!html(own).contains("noopener"), "{own}");
        }
    }

    #[test]
    fn code_can_be_reached_without_a_mouse() {
        assert_eq!(
            html("```php x\n<b> & \"\"\n```\n"),
            "<pre tabindex=\"0\"><code class=\"language-php\">&lt;b&gt; &amp; \"\"\n</code></pre>\n"
        );
        assert_eq!(html("    a\n"), "<pre tabindex=\"0\"><code>a\n</code></pre>\n");
    }

    #[test]
    fn raw_html_passes_through() {
        assert_eq!(html("<aside>a</aside>\n"), "<aside>a</aside>\n");
    }

    #[test]
    fn a_portable_text_has_no_ids_and_whole_addresses() {
        let text = "# A {#x .y}\n\n## B\n\n### C\n\n[in](/a/) [out](https://other.example/) ![p](/p.png) [far](//h/)\n";
        let portable = render_portable(text, "https://example.com");
        assert_eq!(
            portable.html,
            "<h3>A</h3>\n<h3>B</h3>\n<h4>C</h4>\n<p><a href=\"https://example.com/a/\">in</a> \
             <a href=\"https://other.example/\" rel=\"noopener\">out</a> \
             <img src=\"https://example.com/p.png\" alt=\"p\" /> <a href=\"//h/\" rel=\"noopener\">far</a></p>\n"
        );
        assert_eq!((portable.dangling.len(), portable.footnote), (0, None));
        assert_eq!(render_portable("A[^1]\n\n[^1]: B\n", "").footnote, Some(1..5));
        assert_eq!(render_portable("See [text][nowhere].\n", "").dangling[0].span, 4..19);
    }

    #[test]
    fn references_that_lead_nowhere_are_reported_and_brackets_are_not() {
        let rendered =
            render("See [text][nowhere], [also][], a note[^1] and [optional].\n", Punctuation::Smart, "", Code::Plain);
        let names: Vec<&str> = rendered.dangling.iter().map(|dangling| dangling.name.as_str()).collect();
        assert_eq!(names, ["nowhere", "also", "^1"]);
        assert_eq!(rendered.dangling[0].span, 4..19);
        let code = render("`[^1]` \\[^2] [^ 3]\n\n    [^4]\n", Punctuation::Smart, "", Code::Plain);
        assert_eq!(code.dangling, []);
    }
}
