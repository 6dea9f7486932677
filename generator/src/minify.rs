//! Smaller HTML that any consumer still understands.
//!
//! Correct output comes before small output: closing tags, `html` and `head` stay, scripts and styles are left alone, and
//! attribute values keep their quotes. The minifier drops quotes where the standard allows it; that saves next to nothing
//! after compression and breaks everything that reads HTML with less than a whole parser.

use memchr::memmem;
use minify_html::{Cfg, minify};

/// Elements whose content is not markup.
const RAW_TEXT: &[&str] = &["script", "style", "textarea", "title"];

/// Elements without an end.
const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// Elements whose end may be left out.
const OPTIONAL_END: &[&str] = &[
    "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "option", "optgroup", "rt", "rp",
    "html", "head", "body",
];

/// How many elements may be open at once. The minifier calls itself for each, and browsers put what is deeper than 512
/// elsewhere; a page that goes deeper than this stays as it is.
const DEPTH_MAX: usize = 256;

/// Stands for a part of a page while the page around it is minified: an element like those it stands for, with a text
/// from Unicode's private use area, which no page has.
const MARK: &str = "<p>\u{f8ff}part\u{f8ff}</p>";

/// Minifies one page with a large part that is small already: `part` is that part as it stands in the page, `small` what
/// takes its place. A page without the part, because its template did something else with it, is minified as it is.
pub(crate) fn around(page: &str, part: &str, small: &str) -> String {
    if !part.is_empty()
        && !page.contains(MARK)
        && let Some((before, after)) = split_at_part(page, part)
        && let Some((before, after)) = html(&format!("{before}{MARK}{after}")).split_once(MARK)
    {
        return [before, small, after].concat();
    }
    html(page)
}

/// What is before and behind a part of a page. To search for some of it is enough, and to search for all of it costs as much
/// as to minify it.
fn split_at_part<'page>(page: &'page str, part: &str) -> Option<(&'page str, &'page str)> {
    const SEARCHED: usize = 64;
    let start = part.as_bytes().get(..SEARCHED).unwrap_or(part.as_bytes());
    let mut found = memmem::find_iter(page.as_bytes(), start);
    found.find_map(|at| Some((page.get(..at)?, page.get(at..)?.strip_prefix(part)?)))
}

/// Minifies the body of an article.
pub(crate) fn body(body: &str) -> String {
    let article = html(&format!("<article>{body}</article>"));
    let inner = article.strip_prefix("<article>").and_then(|rest| rest.strip_suffix("</article>"));
    inner.unwrap_or(body).to_owned()
}

/// Minifies one page.
pub(crate) fn html(page: &str) -> String {
    if is_too_deep(page) {
        return page.to_owned();
    }
    let settings = Cfg {
        keep_closing_tags: true,
        keep_html_and_head_opening_tags: true,
        keep_input_type_text_attr: true,
        ..Cfg::new()
    };
    let small = minify(page.as_bytes(), &settings);
    // The minifier copies text and only ever cuts at ASCII characters.
    quoted(&String::from_utf8_lossy(&small))
}

/// Whether more elements are open at once than the minifier can bear.
fn is_too_deep(page: &str) -> bool {
    // Most pages have fewer tags than that in all.
    if memchr::memchr_iter(b'<', page.as_bytes()).count() <= DEPTH_MAX {
        return false;
    }
    let (mut open, mut rest) = (Vec::<&str>::new(), page);
    while let Some(start) = memchr::memchr(b'<', rest.as_bytes()) {
        rest = &rest[start + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
            continue;
        }
        let end = rest.strip_prefix('/');
        let name = end.unwrap_or(rest).split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if name.is_empty() {
            continue;
        }
        rest = &rest[tag_length(rest)..];
        if end.is_some() {
            close(&mut open, name);
        } else if !is_one_of(VOID, name) {
            open.push(name);
            if is_one_of(RAW_TEXT, name) {
                rest = memmem::find(rest.as_bytes(), b"</").map_or("", |end| &rest[end..]);
            }
        }
        if open.len() > DEPTH_MAX {
            return true;
        }
    }
    false
}

/// Takes away the innermost element of this name, unless one is in it that needs an end of its own.
fn close(open: &mut Vec<&str>, name: &str) {
    let inner = open.iter().rposition(|inner| inner.eq_ignore_ascii_case(name) || !is_one_of(OPTIONAL_END, inner));
    if let Some(at) = inner.filter(|at| open[*at].eq_ignore_ascii_case(name)) {
        open.truncate(at);
    }
}

/// How long a tag is from its name on. A `>` in quotes does not end it.
fn tag_length(tag: &str) -> usize {
    let (mut quote, mut last) = (None, b' ');
    let end = tag.bytes().position(|byte| {
        match quote {
            Some(open) if byte == open => quote = None,
            None if last == b'=' && matches!(byte, b'"' | b'\'') => quote = Some(byte),
            _ => {}
        }
        let is_outside = quote.is_none();
        if !byte.is_ascii_whitespace() {
            last = byte;
        }
        is_outside && byte == b'>'
    });
    end.unwrap_or(tag.len())
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Puts every bare attribute value into double quotes. A bare value holds no quote, so nothing needs escaping.
fn quoted(html: &str) -> String {
    let mut output = String::with_capacity(html.len() + html.len() / 16);
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let (text, tag) = rest.split_at(start);
        output.push_str(text);
        let begins_tag = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic());
        if !begins_tag {
            output.push('<');
            rest = &tag[1..];
            continue;
        }
        let length = quote_tag(tag, &mut output);
        rest = &tag[length..];
        let name = tag[1..].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if RAW_TEXT.contains(&name) {
            let end = rest.find(&format!("</{name}")).unwrap_or(rest.len());
            output.push_str(&rest[..end]);
            rest = &rest[end..];
        }
    }
    output.push_str(rest);
    output
}

/// Copies the tag at the start of `tag` with its values quoted, and gives its length.
fn quote_tag(tag: &str, output: &mut String) -> usize {
    let mut characters = tag.char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        output.push(character);
        if character == '>' {
            return index + 1;
        }
        if character != '=' {
            continue;
        }
        if let Some((_, quote)) = characters.next_if(|(_, c)| matches!(c, '"' | '\'')) {
            output.push(quote);
            for (_, inner) in characters.by_ref() {
                output.push(inner);
                if inner == quote {
                    break;
                }
            }
            continue;
        }
        output.push('"');
        while let Some((_, inner)) = characters.next_if(|(_, c)| !c.is_ascii_whitespace() && *c != '>') {
            output.push(inner);
        }
        output.push('"');
    }
    tag.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_nested_without_end_stays_as_it_is() {
        for tag in ["<div>", "<B CLASS=a>", "<b title=\"</b>\">", "<i><!-- </i> -->", "<div></x>", "<li></x><b></x>"] {
            let page = format!("x  y {}", tag.repeat(100_000));
            assert_eq!(html(&page), page, "{tag}");
        }
        for part in
            ["<div>a</div>", "<p>a</p>", "<ul><li>a<li>b</ul>", "<br><img src=\"a\">", "<script>a < b</script>", "<"]
        {
            assert!(!is_too_deep(&part.repeat(10_000)), "{part}");
        }
        assert!(html(&format!("x  y {}", "<div>".repeat(DEPTH_MAX))).starts_with("x y"));
    }

    #[test]
    fn a_part_that_is_small_already_is_not_touched_again() {
        let part = "<p>a  <b>b</b></p>\n\n<ul>\n<li>c\n</ul>\n";
        let page = |part: &str| format!("<main>\n<article class=x>\n{part}\n</article>\n<p>d</p></main>");
        assert_eq!(around(&page(part), part, &body(part)), html(&page(part)));
        assert_eq!(around(&page(part), part, "<pre>\n</pre>"), html(&page("")).replace("x\">", "x\"><pre>\n</pre>"));
        for other in ["", "<p>not in it</p>", MARK] {
            assert_eq!(around(&page(part), other, "small"), html(&page(part)));
        }
    }

    #[test]
    fn whitespace_goes_and_quotes_and_closing_tags_stay() {
        let page = "<!doctype html>\n<html lang=\"en\">\n<head>\n<title>A &amp; B</title>\n</head>\n<body>\n<p class=\"a\">One\n  two</p>\n<p>Three</p>\n</body>\n</html>\n";
        assert_eq!(
            html(page),
            "<!doctype html><html lang=\"en\"><head><title>A & B</title></head><body><p class=\"a\">One two</p><p>Three</p></body></html>"
        );
    }

    #[test]
    fn the_pricing_form_survives() {
        let form = "<form method=\"post\" action=\"/checkout\"><input type=\"hidden\" name=\"product\" value=\"portal\"><input type=\"hidden\" name=\"provider\" value=\"stripe\"><button type=\"submit\">Buy Single</button></form>";
        let small = html(&format!("<body>{form}</body>"));
        for part in [
            "action=\"/checkout\"",
            "method=\"post\"",
            "name=\"product\"",
            "value=\"portal\"",
            "name=\"provider\"",
            "value=\"stripe\"",
            ">Buy Single</button></form>",
        ] {
            assert!(small.contains(part), "{part}: {small}");
        }
    }

    #[test]
    fn the_marks_of_the_edge_survive() {
        let small = html(
            "<html><head><title>EDGE-TITLE</title></head><body>\n<main id=\"main\">EDGE-MAIN</main>\n</body></html>",
        );
        assert!(small.contains("<title>EDGE-TITLE</title>"), "{small}");
        assert!(small.contains("<main id=\"main\">EDGE-MAIN</main>"), "{small}");
    }

    #[test]
    fn the_date_line_survives_to_the_letter() {
        let line = "Effective Date: <time datetime=\"2025-03-31\">31 March 2025</time>";
        assert!(html(&format!("<p>{line}</p>")).contains(line));
    }

    #[test]
    fn bare_values_are_quoted_and_text_is_left_alone() {
        assert_eq!(
            quoted("<a href=/x/?a=b&c title='it is'>a=b < c</a><script src=/a.js>if(a<b)c=d</script><br>"),
            "<a href=\"/x/?a=b&c\" title='it is'>a=b < c</a><script src=\"/a.js\">if(a<b)c=d</script><br>"
        );
    }

    proptest::proptest! {
        #[test]
        fn words_survive(words in "[a-zA-Z0-9 ,.;:'\"\u{e9}-]{1,60}") {
            let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
            let page = format!("<body><p title=\"{}\">{words}</p></body>", words.replace('"', "&quot;"));
            let paragraph = format!(">{words}</p>");
            proptest::prop_assert!(html(&page).contains(&paragraph));
        }
    }

    #[test]
    fn values_with_quotes_and_signs_survive_both_steps() {
        for value in ["a&quot;b", "a=b", "a&gt;b", "it's", "a`b", "ü/", "a b", "1 &lt; 2"] {
            let small = html(&format!("<p title=\"{value}\">x</p>"));
            let again = html(&small);
            assert_eq!(small, again, "{value}");
            assert!(small.ends_with(">x</p>"), "{small}");
        }
    }
}
