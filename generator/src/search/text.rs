//! What a reader finds on a finished page: the words of its main part, cut where a heading can be led to.

use std::convert::Infallible;

use html5gum::{
    Span, Tokenizer,
    emitters::callback::{CallbackEmitter, CallbackEvent},
};

/// What is no text to read: programs, drawings, ways to other pages, and what somebody fills in or presses.
const SILENT: &[&[u8]] =
    &[b"script", b"style", b"template", b"svg", b"nav", b"button", b"select", b"textarea", b"title"];

/// What stands around the text where a theme does not say which part is the main one.
const AROUND: &[&[u8]] = &[b"header", b"footer"];

/// Tags inside a word or between words: all others end one.
const INLINE: &[&[u8]] =
    &[b"a", b"abbr", b"b", b"code", b"em", b"i", b"mark", b"small", b"span", b"strong", b"sub", b"sup", b"wbr"];

/// A part of a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// The place to lead to; empty for what stands before the first.
    pub(super) id: String,
    /// The heading at that place.
    pub(super) heading: String,
    /// What follows it.
    pub(super) text: String,
}

/// The tag that is read.
#[derive(Debug, Default)]
struct Tag {
    name: Vec<u8>,
    is_id: bool,
    id: String,
}

/// A page on the way through it.
struct Reader {
    parts: Vec<Part>,
    tag: Tag,
    /// Whether this is the part of the page that counts.
    is_main: bool,
    /// Whether the page says by itself which part that is.
    has_main: bool,
    /// What is passed over, and how deep in tags of this name.
    silent: Option<(Vec<u8>, usize)>,
    /// Whether the words belong to the heading.
    in_heading: bool,
}

/// The parts of a page, in order; the first one has no heading.
pub(super) fn read(html: &str) -> Vec<Part> {
    let has_main = html.contains("<main");
    let parts = vec![Part::default()];
    let mut reader =
        Reader { parts, tag: Tag::default(), is_main: !has_main, has_main, silent: None, in_heading: false };
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| -> Option<Infallible> {
        reader.event(&event);
        None
    });
    emitter.naively_switch_states(true);
    // The page is text in memory, so reading it cannot fail.
    Tokenizer::new_with_emitter(html, emitter).for_each(drop);
    for Part { heading, text, .. } in &mut reader.parts {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        (*heading, *text) = (plain(heading), plain(text));
    }
    reader.parts
}

impl Reader {
    fn event(&mut self, event: &CallbackEvent<'_>) {
        match event {
            CallbackEvent::OpenStartTag { name } => self.tag = Tag { name: name.to_vec(), ..Tag::default() },
            CallbackEvent::AttributeName { name } => self.tag.is_id = name == b"id",
            CallbackEvent::AttributeValue { value } if self.tag.is_id => {
                self.tag.id = String::from_utf8_lossy(value).into_owned();
            }
            CallbackEvent::CloseStartTag { .. } => self.open(),
            CallbackEvent::EndTag { name } => self.close(name),
            CallbackEvent::String { value } if self.silent.is_none() => self.write(&String::from_utf8_lossy(value)),
            _ => {}
        }
    }

    fn open(&mut self) {
        let Tag { name, id, .. } = std::mem::take(&mut self.tag);
        if let Some((silent, depth)) = &mut self.silent {
            *depth += usize::from(*silent == name);
            return;
        }
        self.is_main |= name == b"main";
        let name = name.as_slice();
        if SILENT.contains(&name) || (!self.has_main && AROUND.contains(&name)) {
            self.silent = Some((name.to_vec(), 1));
            self.write(" ");
        } else if self.is_main && is_heading(name) && !id.is_empty() {
            self.parts.push(Part { id, ..Part::default() });
            self.in_heading = true;
        } else if !INLINE.contains(&name) {
            self.write(" ");
        }
    }

    fn close(&mut self, name: &[u8]) {
        if let Some((silent, depth)) = &mut self.silent {
            *depth -= usize::from(silent == name);
            if *depth == 0 {
                self.silent = None;
            }
            return;
        }
        self.is_main &= name != b"main";
        self.in_heading &= !is_heading(name);
        if !INLINE.contains(&name) {
            self.write(" ");
        }
    }

    fn write(&mut self, text: &str) {
        let Some(part) = self.parts.last_mut().filter(|_| self.is_main) else { return };
        if self.in_heading { part.heading.push_str(text) } else { part.text.push_str(text) }
    }
}

/// A heading that a page is cut at: the one of the page itself is its title.
fn is_heading(name: &[u8]) -> bool {
    matches!(name, [b'h', b'2'..=b'6'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(html: &str, expected: &[(&str, &str, &str)]) {
        let parts = read(html);
        let parts: Vec<_> = parts.iter().map(|part| (&*part.id, &*part.heading, &*part.text)).collect();
        assert_eq!(parts, expected, "{html}");
    }

    #[test]
    fn the_main_part_is_cut_at_headings_that_can_be_led_to() {
        reads(
            "<!doctype html><title>T</title><nav>no</nav><main id=m><h1 id=t>Title</h1><p>Lead<h2 id=a>A <code>b</code>\
             <a class=anchor href=#a></a></h2><p>x<b>y</b>z<li>one<li>two<h3>No place</h3><h2 id=c>C</h2>end</main>no",
            &[("", "", "Title Lead"), ("a", "A b", "xyz one two No place"), ("c", "C", "end")],
        );
    }

    #[test]
    fn what_nobody_reads_is_left_out() {
        reads(
            "<main>a<script>b</script><style>c</style><nav><nav>d</nav>d</nav><svg><text>e</text></svg><button>f</button>\
             <select><option>g</select><template>h</template><!-- i -->j &amp; k</main>",
            &[("", "", "a j & k")],
        );
    }

    #[test]
    fn a_page_that_names_no_main_part_is_read_without_what_stands_around() {
        reads("<title>T</title><header>a</header><p>b</p><footer>c</footer>", &[("", "", "b")]);
    }
}
