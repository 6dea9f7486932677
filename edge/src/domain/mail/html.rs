//! The second part of a mail: its text as a page. It is made of the text, so that both parts always say the same, and it
//! loads nothing: no picture, no font, no style from elsewhere.

use maud::{DOCTYPE, Markup, html};

const BODY: &str = "margin:0;padding:24px;background:#ffffff;color:#1b1f24;font:16px/1.6 system-ui,sans-serif";
const COLUMN: &str = "max-width:36em;margin:0 auto";
/// A key is read letter by letter and copied as a whole.
const ALONE: &str = "font:18px/1.6 ui-monospace,monospace;overflow-wrap:anywhere";

/// A text as a page: paragraphs, addresses of pages as links.
pub(super) fn page(subject: &str, text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| paragraph.trim_matches('\n')).filter(|text| !text.is_empty());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta name="color-scheme" content="light";
                title { (subject) }
            }
            body style=(BODY) { div style=(COLUMN) { @for text in paragraphs { (paragraph(text)) } } }
        }
    };
    page.into_string()
}

fn paragraph(text: &str) -> Markup {
    let is_key = text.starts_with("CPP-") && !text.contains(char::is_whitespace);
    html! {
        p style=[is_key.then_some(ALONE)] {
            @for (at, line) in text.lines().enumerate() {
                @if at > 0 { br; }
                @for (at, word) in line.split(' ').enumerate() {
                    @if at > 0 { " " }
                    @if is_address(word) { a href=(word) { (word) } } @else { (word) }
                }
            }
        }
    }
}

/// Whether a word is an address to be followed. One that ends as a sentence does is left as text.
fn is_address(word: &str) -> bool {
    let is_page = word.starts_with("https://") || word.starts_with("http://");
    is_page && !word.ends_with(['.', ',', ')', '!', '?', ';', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_the_text_says_and_nothing_in_it_becomes_markup() {
        let text = "Hello <b>Ada</b>,\n\nsee\nhttps://example.com/a?b=1&c=\"2\n\nCPP-AAAA-BBBB\n";
        let page = page("A & B", text);
        assert!(page.contains("<title>A &amp; B</title>"), "{page}");
        assert!(page.contains("Hello &lt;b&gt;Ada&lt;/b&gt;,</p>"), "{page}");
        assert!(page.contains("see<br><a href=\"https://example.com/a?b=1&amp;c=&quot;2\">"), "{page}");
        assert!(page.contains("monospace;overflow-wrap:anywhere\">CPP-AAAA-BBBB</p>"), "{page}");
    }

    #[test]
    fn only_pages_become_links_and_nothing_is_loaded() {
        let page = page("x", "javascript:alert(1) data:text/html,x https://example.com/. mailto:a@b.example");
        for word in ["<a ", "<img", "src=", "url(", "<link", "<script"] {
            assert!(!page.contains(word), "{word} in {page}");
        }
    }
}
