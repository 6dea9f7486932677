//! The `<img>` tags of a finished page, as a browser reads it: where each is, what it says, and how it is written anew.

use std::ops::Range;

use crate::markup::{self, Piece};

/// A tag.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tag {
    /// From `<` to behind `>`.
    pub(super) span: Range<usize>,
    /// In the order of the tag, values decoded.
    attributes: Vec<(String, String)>,
    /// Whether somebody wrote the choice of pictures already.
    pub(super) is_chosen: bool,
}

/// The tags of a page, while it is read.
#[derive(Default)]
struct Found {
    tags: Vec<Tag>,
    open: Option<Tag>,
    in_picture: bool,
}

/// The tags of a page.
pub(super) fn find(html: &str) -> Vec<Tag> {
    let mut found = markup::read(html, Found::take).tags;
    // Whatever a tokenizer counts, only what is a tag is ever replaced.
    found.retain(|tag| html.get(tag.span.clone()).is_some_and(|text| text.starts_with('<') && text.ends_with('>')));
    found
}

impl Found {
    fn take(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Opens(name, start) => {
                self.in_picture |= name == b"picture";
                let tag = || Tag { span: start..start, is_chosen: self.in_picture, ..Tag::default() };
                self.open = (name == b"img").then(tag);
            }
            Piece::Attribute(name) => {
                if let Some(tag) = &mut self.open {
                    tag.attributes.push((String::from_utf8_lossy(name).into_owned(), String::new()));
                }
            }
            Piece::Value(value) => {
                if let Some((_, last)) = self.open.as_mut().and_then(|tag| tag.attributes.last_mut()) {
                    *last = String::from_utf8_lossy(&value).into_owned();
                }
            }
            Piece::Closes(end) => {
                if let Some(mut tag) = self.open.take() {
                    tag.span.end = end;
                    tag.is_chosen |= tag.get("srcset").is_some();
                    self.tags.push(tag);
                }
            }
            Piece::Ends(name) => self.in_picture &= name != b"picture",
            Piece::Text(_) => {}
        }
    }
}

impl Tag {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Sets an attribute, in its place where it has one.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.attributes.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.attributes.push((name.to_owned(), value)),
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.attributes.retain(|(known, _)| known != name);
    }

    /// The tag as HTML.
    pub(super) fn html(&self) -> String {
        let attributes = self.attributes.iter().map(|(name, value)| format!(" {name}=\"{}\"", escape(value)));
        format!("<img{}>", attributes.collect::<String>())
    }
}

/// Text for an attribute in double quotes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_browser_takes_for_a_picture_is_found() {
        let page = "<p>é<img src=/a.png alt='x &amp; \"y\"'></p><!-- <img src=/no> --><script>'<img src=/no>'</script>\
                    <IMG SRC=\"/b.png\" alt /><picture><source srcset=/c.avif><img src=/c.png></picture><img srcset=/d.png>";
        let tags = find(page);
        let texts: Vec<&str> = tags.iter().map(|tag| &page[tag.span.clone()]).collect();
        assert_eq!(
            texts,
            [
                "<img src=/a.png alt='x &amp; \"y\"'>",
                "<IMG SRC=\"/b.png\" alt />",
                "<img src=/c.png>",
                "<img srcset=/d.png>"
            ]
        );
        assert_eq!(tags[0].html(), "<img src=\"/a.png\" alt=\"x &amp; &quot;y&quot;\">");
        assert_eq!(tags[1].html(), "<img src=\"/b.png\" alt=\"\">");
        assert_eq!(tags.iter().map(|tag| tag.is_chosen).collect::<Vec<_>>(), [false, false, true, true]);
    }

    #[test]
    fn an_attribute_keeps_its_place() {
        let mut tags = find("<img src=a alt=b loading=lazy>");
        tags[0].set("src", "c");
        tags[0].set("width", "1");
        tags[0].remove("loading");
        assert_eq!(tags[0].html(), "<img src=\"c\" alt=\"b\" width=\"1\">");
    }
}
