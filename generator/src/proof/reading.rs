//! What a finished page holds, as a browser reads it: where it leads, what can be led to, and what it leaves unsaid.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::markup::{self, Piece};

/// How a page uses an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Use {
    /// Somebody can follow it.
    Link,
    /// The page is not whole without it: a picture, a style, a script.
    Part,
    /// The page may be shown with it in the place of a part: the same picture, smaller or for older browsers, or elsewhere.
    Choice,
    /// A form is sent there.
    Form,
}

/// What a page holds. Of a large site all of them are in memory, so each is as small as can be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Addresses as they are written, each once for each use, in order.
    pub(crate) addresses: Box<[(Use, Arc<str>)]>,
    /// Names of places in it, in order.
    pub(crate) ids: Box<[Arc<str>]>,
    /// The same as it was written in former days, `<a name>`.
    pub(crate) names: Box<[Arc<str>]>,
    /// Names that more than one place has.
    pub(crate) repeated_ids: BTreeSet<String>,
    /// Pictures that do not say what they show.
    pub(crate) silent_pictures: BTreeSet<String>,
    /// Levels of the headings, in order.
    pub(crate) headings: Box<[u8]>,
    /// What is wrong with data for programs that is no JSON.
    pub(crate) broken_data: Vec<String>,
}

/// What was found so far in a page that is being read.
#[derive(Debug, Default)]
struct Found {
    addresses: BTreeSet<(Use, Arc<str>)>,
    ids: BTreeSet<Arc<str>>,
    names: BTreeSet<Arc<str>>,
    repeated_ids: BTreeSet<String>,
    silent_pictures: BTreeSet<String>,
    headings: Vec<u8>,
    broken_data: Vec<String>,
    /// While a `picture` is read: whether what a browser takes was read already.
    taken: Option<bool>,
}

/// The addresses that pages use and the names of their places, each of them once in memory: most pages have the same.
#[derive(Debug, Default)]
pub(crate) struct Known([Mutex<FxHashSet<Arc<str>>>; 8]);

impl Known {
    pub(crate) fn of(&self, address: &str) -> Arc<str> {
        // Several sets, so that readers seldom wait for each other.
        let shard = address.len().wrapping_add(usize::from(*address.as_bytes().get(address.len() / 2).unwrap_or(&0)));
        let mut known = self.0[shard % self.0.len()].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(address) {
            return Arc::clone(known);
        }
        let address: Arc<str> = Arc::from(address);
        known.insert(Arc::clone(&address));
        address
    }
}

/// The tag that is read: what matters of it before it is known to be whole.
#[derive(Debug, Default)]
struct Tag {
    name: Vec<u8>,
    attribute: Vec<u8>,
    action: Option<String>,
    source: Option<String>,
    srcset: Option<String>,
    has_alt: bool,
    /// How it uses its address, where that is not for somebody to follow.
    how: Option<Use>,
    /// Of a `script`: whether it is data for programs, and no program.
    is_data: bool,
    href: Option<String>,
}

/// A page while it is read.
#[derive(Default)]
struct Reader {
    found: Found,
    tag: Option<Tag>,
    /// Data for programs.
    data: Option<String>,
}

/// Reads a page.
pub(crate) fn read(html: &str) -> Reading {
    read_with(html, &Known::default())
}

/// Reads one of many pages.
pub(crate) fn read_with(html: &str, known: &Known) -> Reading {
    markup::read(html, |reader: &mut Reader, piece| reader.take(piece, known)).found.whole()
}

impl Reader {
    fn take(&mut self, piece: Piece<'_>, known: &Known) {
        let Self { found, tag, data } = self;
        match piece {
            Piece::Opens(name, _) => *tag = Some(Tag { name: name.to_vec(), ..Tag::default() }),
            Piece::Attribute(name) => {
                if let Some(tag) = tag {
                    name.clone_into(&mut tag.attribute);
                    tag.has_alt |= name == b"alt";
                }
            }
            Piece::Value(value) => {
                if let Some(tag) = tag {
                    found.attribute(tag, &String::from_utf8_lossy(&value), known);
                }
            }
            Piece::Closes(_) => {
                if let Some(tag) = tag.take() {
                    *data = tag.is_data.then(String::new);
                    found.tag(tag, known);
                }
            }
            Piece::Text(text) => {
                if let Some(data) = data {
                    data.push_str(&String::from_utf8_lossy(text));
                }
            }
            Piece::Ends(name) => {
                found.taken = found.taken.filter(|_| name != b"picture");
                let parsed = data.take().map(|data| serde_json::from_str::<serde::de::IgnoredAny>(&data));
                found.broken_data.extend(parsed.and_then(Result::err).map(|error| error.to_string()));
            }
        }
    }
}

impl Reading {
    /// What is kept of a page that was in order. Its outline is not: that is for `site check`, which makes all pages.
    pub(crate) fn kept(addresses: Box<[(Use, Arc<str>)]>, ids: Box<[Arc<str>]>, names: Box<[Arc<str>]>) -> Self {
        Self { addresses, ids, names, ..Self::default() }
    }

    /// Whether one can be led to this place of it.
    pub(crate) fn has_place(&self, id: &str) -> bool {
        self.ids.binary_search_by(|known| (**known).cmp(id)).is_ok()
    }
}

impl Found {
    fn whole(self) -> Reading {
        let Self { addresses, ids, names, repeated_ids, silent_pictures, headings, broken_data, taken: _ } = self;
        let addresses = addresses.into_iter().collect();
        let (ids, names) = (ids.into_iter().collect(), names.into_iter().collect());
        Reading { addresses, ids, names, repeated_ids, silent_pictures, headings: headings.into(), broken_data }
    }

    fn attribute(&mut self, tag: &mut Tag, value: &str, known: &Known) {
        match (tag.name.as_slice(), tag.attribute.as_slice()) {
            (_, b"id") if !self.ids.insert(known.of(value)) => {
                self.repeated_ids.insert(value.to_owned());
            }
            (b"a", b"name") => drop(self.names.insert(known.of(value))),
            (b"a" | b"area" | b"link", b"href") => tag.href = Some(value.to_owned()),
            (b"link", b"rel") => {
                let needed = ["stylesheet", "icon", "preload", "modulepreload", "manifest"];
                tag.how = value.split_ascii_whitespace().any(|word| needed.contains(&word)).then_some(Use::Part);
            }
            (b"meta", b"property") => tag.how = (value == "og:image").then_some(Use::Choice),
            (b"script", b"type") => tag.is_data = value == "application/ld+json",
            (b"form", b"action") => tag.action = Some(value.to_owned()),
            (b"form", b"method") => tag.how = value.eq_ignore_ascii_case("post").then_some(Use::Form),
            (b"img", b"src") | (b"meta", b"content") => tag.source = Some(value.to_owned()),
            (b"img" | b"source", b"srcset") => tag.srcset = Some(value.to_owned()),
            (b"script" | b"source" | b"video" | b"audio" | b"track" | b"iframe" | b"embed", b"src")
            | (b"video", b"poster")
            | (b"use" | b"image", b"href") => self.use_of(Use::Part, value, known),
            _ => {}
        }
    }

    fn tag(&mut self, tag: Tag, known: &Known) {
        if let [b'h', level @ b'1'..=b'6'] = tag.name.as_slice() {
            self.headings.push(level - b'0');
        }
        let Tag { name, href, action, how, source, srcset, has_alt, .. } = tag;
        if name == b"meta" {
            // Most say something else than an address.
            if let (Some(how), Some(address)) = (how, source) {
                self.use_of(how, &address, known);
            }
            return;
        }
        for address in href.into_iter().chain(action) {
            self.use_of(how.unwrap_or(Use::Link), &address, known);
        }
        if name == b"picture" {
            self.taken = Some(false);
        }
        let is_choice =
            srcset.is_some_and(|srcset| self.choices(&srcset, known)) || name == b"img" && self.taken == Some(true);
        if let Some(source) = &source {
            self.use_of(if is_choice { Use::Choice } else { Use::Part }, source, known);
        }
        if name == b"img" && !has_alt {
            self.silent_pictures.insert(source.unwrap_or_default());
        }
    }

    /// Reads the pictures that a browser may choose of. The largest of the first list is what a page is counted with; what
    /// stands beside it is there for others.
    fn choices(&mut self, srcset: &str, known: &Known) -> bool {
        // A picture that is in its address has a comma of its own.
        if srcset.contains("data:") {
            return false;
        }
        let candidate = |text: &str| {
            let mut words = text.split_ascii_whitespace();
            let address = words.next()?.to_owned();
            let size = words.next().and_then(|word| word.trim_end_matches(['w', 'x']).parse::<f64>().ok());
            Some((size.unwrap_or(1.0), address))
        };
        let mut found: Vec<(f64, String)> = srcset.split(',').filter_map(candidate).collect();
        found.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        let largest = found.pop();
        if let Some((_, address)) = &largest {
            self.use_of(if self.taken == Some(true) { Use::Choice } else { Use::Part }, address, known);
        }
        for (_, address) in found {
            self.use_of(Use::Choice, &address, known);
        }
        self.taken = self.taken.map(|taken| taken || largest.is_some());
        largest.is_some()
    }

    fn use_of(&mut self, how: Use, address: &str, known: &Known) {
        self.addresses.insert((how, known.of(address.trim_ascii())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_browser_would() {
        let reading = read(
            "<!doctype html><title>a <a href=/no/></title><link rel=stylesheet href=/a.css><link rel=canonical href=/>\
             <script>'<a href=\"/no/\">'</script><!-- <a href=/no/> --><a href='/a/?b&amp;c#d'>A</a> <A HREF=/b/>B</A>\
             <form method=POST action=/f></form><form action=/g></form><img src=/p.png srcset='/p.png 1x, /q.png 2x' alt>",
        );
        let found: Vec<(Use, &str)> = reading.addresses.iter().map(|(how, address)| (*how, &**address)).collect();
        assert_eq!(
            found,
            [
                (Use::Link, "/"),
                (Use::Link, "/a/?b&c#d"),
                (Use::Link, "/b/"),
                (Use::Link, "/g"),
                (Use::Part, "/a.css"),
                (Use::Part, "/q.png"),
                (Use::Choice, "/p.png"),
                (Use::Form, "/f"),
            ]
        );
        assert_eq!((reading.silent_pictures, &*reading.headings), (BTreeSet::new(), &[][..]));
        assert_eq!(*read("<h1>A</h1><H3>B</H3><header>").headings, [1, 3]);
    }

    #[test]
    fn of_a_picture_the_largest_of_the_first_list_is_what_a_page_needs() {
        let reading = read(
            "<picture><source srcset='/b.avif 20w, /a.avif 10w'><source srcset='/b.webp 20w'>\
             <img src=/b.jpg srcset='/a.jpg 10w, /b.jpg 20w' alt></picture><img src=/c.png alt><img src=/d.png srcset=/e.png alt>",
        );
        let of = |how: Use| {
            let found = reading.addresses.iter().filter(move |(used, _)| *used == how);
            found.map(|(_, address)| &**address).collect::<Vec<_>>()
        };
        assert_eq!(of(Use::Part), ["/b.avif", "/c.png", "/e.png"]);
        assert_eq!(of(Use::Choice), ["/a.avif", "/a.jpg", "/b.jpg", "/b.webp", "/d.png"]);
    }

    #[test]
    fn data_for_programs_is_json() {
        let reading = read("<script type=application/ld+json>{\"a\": \"<b>\"}</script><script>{x</script>");
        assert_eq!(reading.broken_data, Vec::<String>::new());
        assert_eq!(read("<script type=application/ld+json>{\"a\":,}</script>").broken_data.len(), 1);
    }

    #[test]
    fn names_are_places_and_a_picture_says_what_it_shows() {
        let reading = read("<h2 id=a>A</h2><p id='b'></p><h2 id=a>A</h2></p id=c><img src=/p.png>");
        assert_eq!(*reading.ids, ["a".into(), "b".into()]);
        assert!(reading.has_place("b") && !reading.has_place("c"));
        assert_eq!(reading.repeated_ids, BTreeSet::from(["a".to_owned()]));
        assert_eq!(reading.silent_pictures, BTreeSet::from(["/p.png".to_owned()]));
    }
}
