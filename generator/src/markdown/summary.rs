//! What a page is about in a sentence or two, for lists and search engines where its editor wrote no description.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// About what a search engine shows, in characters.
const CHARS_MAX: usize = 200;
/// More than that holds; a page may be a book.
const BYTES_MAX: usize = 16 * 1024;
/// Ends what stands for the whole, where an editor wrote it.
const MORE: &str = "<!-- more -->";

/// The words before `<!-- more -->`, or else those of the first paragraph, without what dresses them. Empty where a page
/// begins with something else.
pub(crate) fn summary(body: &str) -> String {
    let before = body.find(MORE).map(|end| &body[..end]);
    let words = match before {
        Some(text) => paragraphs(text, usize::MAX),
        None => paragraphs(body, 1),
    };
    shortened(&words)
}

/// The words of so many paragraphs that are no component.
fn paragraphs(text: &str, count: usize) -> String {
    let (mut words, mut found, mut open) = (String::new(), 0, None);
    for event in Parser::new(&text[..text.floor_char_boundary(BYTES_MAX)]) {
        match event {
            Event::Start(Tag::Paragraph) => open = Some(words.len()),
            Event::End(TagEnd::Paragraph) => {
                let from = open.take().unwrap_or_default();
                if words[from..].starts_with("{{") || words[from..].starts_with("{%") {
                    words.truncate(from);
                    continue;
                }
                words.push(' ');
                found += 1;
                if found == count {
                    break;
                }
            }
            Event::Text(text) | Event::Code(text) if open.is_some() => words.push_str(&text),
            Event::SoftBreak | Event::HardBreak if open.is_some() => words.push(' '),
            _ => {}
        }
    }
    words.trim_end().to_owned()
}

fn shortened(words: &str) -> String {
    let Some((end, _)) = words.char_indices().nth(CHARS_MAX) else { return words.to_owned() };
    let end = words[..end].rfind(' ').unwrap_or(end);
    format!("{}…", words[..end].trim_end_matches([',', ';', ':', '.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::summary;
    use crate::fixture::Fixture;

    #[test]
    fn a_page_is_summed_up_by_its_first_paragraph_or_by_what_comes_before_the_mark() {
        for (body, expected) in [
            ("# A\n\nOne *two*\n`three` [four](/a/).\n\nFive.\n", "One two three four."),
            ("One.\n\nTwo.\n\n<!-- more -->\n\nThree.\n", "One. Two."),
            ("{{ <plans /> }}\n\nOne.\n", "One."),
            ("- a\n- b\n", ""),
            ("", ""),
        ] {
            assert_eq!(summary(body), expected, "{body}");
        }
    }

    #[test]
    fn a_long_paragraph_ends_at_a_word() {
        let summary = summary(&"wörter, ".repeat(100));
        assert!(summary.ends_with("wörter…") && summary.chars().count() <= 201, "{summary}");
    }

    #[test]
    fn what_an_editor_describes_is_not_summed_up() {
        let fixture = Fixture::themed()
            .with("themes/own/templates/page.html", "{{ page.summary }}")
            .with(
                "themes/own/templates/section.html",
                "{% for entry in section.pages %}[{{ entry.summary }}]{% endfor %}",
            )
            .with("content/docs/install.md", "---\ntitle: A\ndescription: Said.\n---\n\nFirst.\n")
            .with("content/docs/use.md", "---\ntitle: B\n---\n\nSecond.\n");
        fixture.build().expect("the site builds");
        assert_eq!(fixture.output("docs/install/index.html"), "Said.");
        assert_eq!(fixture.output("docs/use/index.html"), "Second.");
        assert_eq!(fixture.output("docs/index.html"), "[Said.][Second.]");
    }
}
