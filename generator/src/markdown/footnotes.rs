//! Footnotes: numbered in the order of the text, gathered at the end, with a link from each note back to its place.

use std::collections::BTreeMap;

use pulldown_cmark::{Event, Tag, TagEnd};

/// Whether an event begins a footnote or refers to one.
pub(super) fn is_footnote(event: &Event<'_>) -> bool {
    matches!(event, Event::FootnoteReference(_) | Event::Start(Tag::FootnoteDefinition(_)))
}

/// Footnotes of one body.
#[derive(Debug, Default)]
pub(super) struct Footnotes {
    /// Number by name, from 1.
    numbers: BTreeMap<String, usize>,
    /// How often each number is referred to.
    references: BTreeMap<usize, usize>,
}

impl Footnotes {
    /// Replaces references and definitions by HTML. Notes nobody refers to come last.
    pub(super) fn number<'a>(mut self, events: Vec<Event<'a>>) -> Vec<Event<'a>> {
        if !events.iter().any(|event| matches!(event, Event::Start(Tag::FootnoteDefinition(_)))) {
            return events;
        }
        let mut text = Vec::with_capacity(events.len());
        let mut notes: Vec<(String, Vec<Event<'a>>)> = Vec::new();
        let mut open: Option<(String, Vec<Event<'a>>)> = None;
        for event in events {
            match event {
                Event::Start(Tag::FootnoteDefinition(name)) => open = Some((name.to_string(), Vec::new())),
                Event::End(TagEnd::FootnoteDefinition) => notes.extend(open.take()),
                Event::FootnoteReference(name) if open.is_none() => text.push(self.reference(&name)),
                other => open.as_mut().map_or(&mut text, |(_, note)| note).push(other),
            }
        }
        for (name, _) in &notes {
            self.numbered(name);
        }
        notes.sort_by_key(|(name, _)| self.numbers.get(name).copied());
        text.push(html("<section class=\"footnotes\" aria-label=\"Footnotes\">\n<ol>\n"));
        for (name, note) in notes {
            let number = self.numbered(&name);
            text.push(html(&format!("<li id=\"fn-{number}\">\n")));
            // References inside notes are rare; they lead to their note and need no way back.
            text.extend(note.into_iter().map(|event| match event {
                Event::FootnoteReference(name) => {
                    let number = self.numbered(&name);
                    inline(&format!("<sup><a href=\"#fn-{number}\" role=\"doc-noteref\">{number}</a></sup>"))
                }
                other => other,
            }));
            text.push(html(&self.ways_back(number)));
            text.push(html("</li>\n"));
        }
        text.push(html("</ol>\n</section>\n"));
        text
    }

    fn numbered(&mut self, name: &str) -> usize {
        let next = self.numbers.len() + 1;
        *self.numbers.entry(name.to_owned()).or_insert(next)
    }

    fn reference<'a>(&mut self, name: &str) -> Event<'a> {
        let number = self.numbered(name);
        let nth = self.references.entry(number).or_default();
        *nth += 1;
        let id = reference_id(number, *nth);
        inline(&format!("<sup><a id=\"{id}\" href=\"#fn-{number}\" role=\"doc-noteref\">{number}</a></sup>"))
    }

    fn ways_back(&self, number: usize) -> String {
        let count = self.references.get(&number).copied().unwrap_or_default();
        let links = (1..=count).map(|nth| {
            let id = reference_id(number, nth);
            format!("<a href=\"#{id}\" role=\"doc-backlink\" aria-label=\"Back to the text\">↩</a>\n")
        });
        links.collect()
    }
}

fn reference_id(number: usize, nth: usize) -> String {
    if nth == 1 { format!("fnref-{number}") } else { format!("fnref-{number}-{nth}") }
}

fn html<'a>(markup: &str) -> Event<'a> {
    Event::Html(markup.to_owned().into())
}

fn inline<'a>(markup: &str) -> Event<'a> {
    Event::InlineHtml(markup.to_owned().into())
}

#[cfg(test)]
mod tests {
    use super::super::{Code, Punctuation, render};

    #[test]
    fn notes_are_numbered_by_the_text_and_link_both_ways() {
        let body = "One[^b], two[^a], one again[^b].\n\n[^a]: First written.\n[^b]: Second *written*.\n";
        let html = render(body, Punctuation::Smart, "", Code::Plain).html;
        assert!(
            html.contains("One<sup><a id=\"fnref-1\" href=\"#fn-1\" role=\"doc-noteref\">1</a></sup>, two"),
            "{html}"
        );
        assert!(html.contains("id=\"fnref-1-2\" href=\"#fn-1\""), "{html}");
        let (first, second) = (html.find("Second <em>"), html.find("First written"));
        assert!(first.is_some() && first < second, "{html}");
        assert!(html.contains("<a href=\"#fnref-1-2\" role=\"doc-backlink\""), "{html}");
        assert!(html.trim_end().ends_with("</section>"), "{html}");
    }

    #[test]
    fn a_note_nobody_refers_to_stays() {
        let html = render("Text[^a].\n\n[^z]: Alone.\n\n[^a]: Used.\n", Punctuation::Smart, "", Code::Plain).html;
        assert!(html.contains("Alone.") && html.contains("id=\"fn-2\""), "{html}");
    }
}
