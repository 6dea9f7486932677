//! The tags of a finished page, as a browser reads it, in one go forward. What is written as pages mostly are, is read here at a
//! fifth of the cost; whatever is not, by the tokenizer of the standard, which is also what this is held against.

use std::{borrow::Cow, convert::Infallible};

use html5gum::{
    Span, Tokenizer,
    emitters::callback::{CallbackEmitter, CallbackEvent},
};
use memchr::{memchr, memmem};

/// What is met, names in small letters.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A tag, and where it begins.
    Opens(&'a [u8], usize),
    Attribute(&'a [u8]),
    /// Of the last attribute; none where it is empty.
    Value(Cow<'a, [u8]>),
    /// The tag ends before this.
    Closes(usize),
    Ends(&'a [u8]),
    /// Text: all of a script, and of others nothing that can be counted on.
    Text(&'a [u8]),
}

/// Elements whose content is not markup.
const RAW: [&[u8]; 8] = [b"title", b"textarea", b"script", b"style", b"noscript", b"iframe", b"xmp", b"noembed"];
/// As are these, by rules that are not followed here.
const STRANGE: [&[u8]; 2] = [b"plaintext", b"noframe"];

/// Hands each piece of a page to what takes them up, made anew where the page has to be begun again.
pub(crate) fn read<Reader: Default>(html: &str, mut take: impl FnMut(&mut Reader, Piece<'_>)) -> Reader {
    let mut reader = Reader::default();
    if walk(html, |piece| take(&mut reader, piece)).is_some() {
        return reader;
    }
    let mut reader = Reader::default();
    by_the_standard(html, |piece| take(&mut reader, piece));
    reader
}

fn by_the_standard(html: &str, mut take: impl FnMut(Piece<'_>)) {
    let on_event = |event: CallbackEvent<'_>, span: Span<usize>| -> Option<Infallible> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                let start = html.get(..=span.start).and_then(|before| before.rfind('<')).unwrap_or(span.start);
                take(Piece::Opens(name, start));
            }
            CallbackEvent::AttributeName { name } => take(Piece::Attribute(name)),
            CallbackEvent::AttributeValue { value } => take(Piece::Value(Cow::Borrowed(value))),
            CallbackEvent::CloseStartTag { .. } => take(Piece::Closes(span.end)),
            CallbackEvent::String { value } => take(Piece::Text(value)),
            CallbackEvent::EndTag { name } => take(Piece::Ends(name)),
            _ => {}
        }
        None
    };
    let mut emitter = CallbackEmitter::new(on_event);
    emitter.naively_switch_states(true);
    // The page is text in memory, so reading it cannot fail.
    Tokenizer::new_with_emitter(html, emitter).for_each(drop);
}

/// Reads a page that is written as pages mostly are; `None` where it is not.
fn walk(html: &str, mut take: impl FnMut(Piece<'_>)) -> Option<()> {
    let bytes = html.as_bytes();
    // A browser reads both as something else.
    if memchr(b'\r', bytes).or_else(|| memchr(0, bytes)).is_some() {
        return None;
    }
    let mut at = 0;
    while let Some(start) = memchr(b'<', &bytes[at..]).map(|found| at + found) {
        at = start + 1;
        match bytes.get(at)? {
            b'a'..=b'z' => at = tag(bytes, start, &mut take)?,
            b'/' => {
                let name = name(bytes, at + 1).filter(|name| !name.is_empty())?;
                at += 1 + name.len();
                (bytes.get(at)? == &b'>').then(|| take(Piece::Ends(name)))?;
            }
            b'!' if bytes[at..].starts_with(b"!--") => at = comment(bytes, at + 3)?,
            b'!' => {
                let end = at + memchr(b'>', &bytes[at..])?;
                bytes[at..end].eq_ignore_ascii_case(b"!doctype html").then_some(())?;
                at = end;
            }
            b'?' | b'A'..=b'Z' => return None,
            _ => {}
        }
    }
    Some(())
}

/// Where a comment is over.
fn comment(bytes: &[u8], begin: usize) -> Option<usize> {
    let inside = &bytes[begin..];
    let len = memmem::find(inside, b"-->")?;
    let is_odd =
        inside.starts_with(b">") || inside.starts_with(b"->") || memmem::find(&inside[..len], b"--!").is_some();
    (!is_odd).then_some(begin + len + 3)
}

/// The letters of a name, which a tag may have anything else behind.
fn name(bytes: &[u8], begin: usize) -> Option<&[u8]> {
    let rest = &bytes[begin..];
    let is_part = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'_');
    let len = rest.iter().position(|byte| !is_part(byte))?;
    rest.first()?.is_ascii_lowercase().then(|| &rest[..len])
}

/// Where a tag is over, and what its element has that is not markup.
fn tag(bytes: &[u8], start: usize, take: &mut impl FnMut(Piece<'_>)) -> Option<usize> {
    let element = name(bytes, start + 1)?;
    if STRANGE.contains(&element) {
        return None;
    }
    take(Piece::Opens(element, start));
    let mut at = start + 1 + element.len();
    loop {
        let space = bytes[at..].iter().position(|byte| !byte.is_ascii_whitespace())?;
        at += space;
        match bytes[at] {
            b'>' => break,
            b'/' if bytes.get(at + 1) == Some(&b'>') && !RAW.contains(&element) => {
                at += 1;
                break;
            }
            _ if space > 0 => at = attribute(bytes, at, take)?,
            _ => return None,
        }
    }
    take(Piece::Closes(at + 1));
    if !RAW.contains(&element) {
        return Some(at + 1);
    }
    let inside = &bytes[at + 1..];
    let end = memmem::find(inside, b"</")?;
    let (content, after) = (&inside[..end], inside.get(end + 2..)?.strip_prefix(element)?);
    let is_sure = after.first() == Some(&b'>') && memmem::find(content, b"<!--").is_none();
    if element == b"script" && is_sure {
        take(Piece::Text(content));
    }
    is_sure.then_some(at + 1 + end)
}

/// Where an attribute is over.
fn attribute(bytes: &[u8], begin: usize, take: &mut impl FnMut(Piece<'_>)) -> Option<usize> {
    let attribute = name(bytes, begin)?;
    take(Piece::Attribute(attribute));
    let mut at = begin + attribute.len();
    if bytes[at] != b'=' {
        return Some(at);
    }
    at += 1;
    let quote = bytes.get(at).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let len = memchr(*quote, &bytes[at + 1..])?;
    let value = &bytes[at + 1..at + 1 + len];
    if !value.is_empty() {
        take(Piece::Value(decoded(value)?));
    }
    Some(at + len + 2)
}

/// A value without the references that pages have; `None` for others.
fn decoded(value: &[u8]) -> Option<Cow<'_, [u8]>> {
    const KNOWN: [(&[u8], u8); 5] =
        [(b"&amp;", b'&'), (b"&quot;", b'"'), (b"&lt;", b'<'), (b"&gt;", b'>'), (b"&#39;", b'\'')];
    let Some(first) = memchr(b'&', value) else { return Some(Cow::Borrowed(value)) };
    let (mut text, mut rest) = (value[..first].to_vec(), &value[first..]);
    while let Some(letter) = rest.first() {
        if *letter == b'&' {
            let (reference, meant) = KNOWN.iter().find(|(reference, _)| rest.starts_with(reference))?;
            text.push(*meant);
            rest = &rest[reference.len()..];
        } else {
            let len = memchr(b'&', rest).unwrap_or(rest.len());
            text.extend_from_slice(&rest[..len]);
            rest = &rest[len..];
        }
    }
    Some(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is met, as text; of texts only those of scripts.
    fn pieces(html: &str, read: impl FnOnce(&str, &mut dyn FnMut(Piece<'_>)) -> bool) -> Option<Vec<String>> {
        let (mut met, mut is_script) = (vec![], false);
        let is_sure = read(html, &mut |piece| {
            if let Piece::Opens(name, _) = piece {
                is_script = name == b"script";
            }
            match piece {
                Piece::Text(text) if !is_script || text.is_empty() => {}
                Piece::Text(text) => met.push(format!("text {}", String::from_utf8_lossy(text))),
                Piece::Value(value) => met.push(format!("value {}", String::from_utf8_lossy(&value))),
                Piece::Ends(name) => {
                    is_script = false;
                    met.push(format!("ends {}", String::from_utf8_lossy(name)));
                }
                other => met.push(format!("{other:?}")),
            }
        });
        is_sure.then_some(met)
    }

    fn walked(html: &str) -> Option<Vec<String>> {
        pieces(html, |html, take| walk(html, take).is_some())
    }

    fn standard(html: &str) -> Vec<String> {
        let read = |html: &str, take: &mut dyn FnMut(Piece<'_>)| {
            by_the_standard(html, take);
            true
        };
        pieces(html, read).unwrap_or_default()
    }

    #[test]
    fn what_pages_are_made_of_is_read_here() {
        let page = "<!doctype html><html lang=\"en\"><title>A & b < c</title><!-- <img> --><p>é < 3 & <img src='/a?b&amp;c' alt=\"\" hidden />\
                    <script type=\"application/ld+json\">{\"a\":\"<img>\"}</script><x-y a:b=\"&#39;\"></x-y>";
        assert_eq!(walked(page), Some(standard(page)));
    }

    #[test]
    fn what_is_odd_is_left_to_the_standard() {
        for odd in [
            "<IMG>",
            "<a href=b>",
            "<a href = \"b\">",
            "<a b=\"&copy;\">",
            "<a b=\"c\"d>",
            "<a b",
            "<a b=\"c",
            "<!-->",
            "<!--a--!>-->",
            "<!--a",
            "<?a>",
            "</a b>",
            "<script><!--</script>",
            "<script></scripts></script>",
            "<script/>",
            "<title>",
            "<plaintext>",
            "a\r",
            "a\0",
            "<!doctype a>",
        ] {
            assert_eq!(walked(odd), None, "{odd}");
        }
    }

    proptest! {
        /// Whatever a page is, it is read as the standard says.
        #[test]
        fn nothing_is_read_otherwise_than_the_standard_says(
            parts in prop::collection::vec(prop::sample::select(vec![
                "<p", "<img", "<a", ">", " />", "/>", " ", "\n", " src", " id", "=\"", "\"", "='", "'", "=", "a", "é", "&amp;", "&", "&lt;", "&#39;",
                "</p>", "</a>", "</", "<!--", "-->", "--", "-", "!", "<script", "<script>", "</script>", "</script", "<title>", "</title>", "<style>", "</style>",
                "<textarea>", "</textarea>", "<noscript>", "</noscript>", "<!doctype html>", "<!", "<", "/", "x", "A", "<h1>", "<br>", "?", "\u{c}", "\t",
            ]), 0..24),
        ) {
            let page = parts.concat();
            if let Some(met) = walked(&page) {
                prop_assert_eq!(met, standard(&page), "{}", page);
            }
        }
    }
}
