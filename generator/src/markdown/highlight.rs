//! Code with its words marked by what they are: `<span class="hl-keyword">`. The grammars are those of an editor; of the
//! hundreds of kinds that they tell apart, the few that a reader sees become classes, and the theme has the colours.
//!
//! The languages that most pages have are read by readers of our own. By a grammar a block is read once, however many pages have it:
//! that takes a millisecond, more than all the rest of a page.

pub(crate) mod kept;
mod quick;

use std::sync::{Arc, LazyLock};

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Tag, TagEnd};
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

use super::language;

/// What a reader sees of the kinds of a grammar, the first that fits. `None` leaves a word to what is around it.
const CLASSES: [(&str, Option<&str>); 18] = [
    ("comment", Some("comment")),
    ("meta.mapping.key", Some("name")),
    ("string", Some("string")),
    ("constant", Some("constant")),
    ("keyword.operator", None),
    ("keyword", Some("keyword")),
    ("storage", Some("keyword")),
    ("variable.language", Some("keyword")),
    ("variable.function", Some("function")),
    ("entity.name.function", Some("function")),
    ("support.function", Some("function")),
    ("entity.name.tag", Some("keyword")),
    ("entity.other.attribute-name", Some("name")),
    ("entity.name", Some("name")),
    ("support.type", Some("name")),
    ("support.class", Some("name")),
    ("support.constant", Some("constant")),
    ("markup.heading", Some("keyword")),
];
/// Names that people write and the grammars do not know: snippets of PHP come without `<?php`.
const ALIASES: [(&str, &str); 4] =
    [("php", "PHP Source"), ("sh", "Bourne Again Shell (bash)"), ("console", "Shell-Unix-Generic"), ("jsonc", "JSON")];
/// A block longer than this is a file that nobody reads on a page.
const CODE_BYTES_MAX: usize = 100_000;

static GRAMMARS: LazyLock<Grammars> = LazyLock::new(Grammars::new);

struct Grammars {
    set: SyntaxSet,
    classes: Vec<(Scope, Option<&'static str>)>,
}

impl Grammars {
    fn new() -> Self {
        let classes = CLASSES.iter().filter_map(|(kind, class)| Some((Scope::new(kind).ok()?, *class)));
        Self { set: SyntaxSet::load_defaults_newlines(), classes: classes.collect() }
    }

    fn grammar(&self, language: &str) -> Option<&SyntaxReference> {
        let language = language.to_ascii_lowercase();
        let alias = ALIASES.iter().find(|(name, _)| *name == language);
        let known = alias.and_then(|(_, name)| self.set.find_syntax_by_name(name));
        known.or_else(|| self.set.find_syntax_by_token(&language))
    }

    /// The class of a word: that of the innermost kind which has one.
    fn class(&self, kinds: &ScopeStack) -> Option<&'static str> {
        kinds.as_slice().iter().rev().find_map(|kind| {
            self.classes.iter().find(|(known, _)| known.is_prefix_of(*kind)).map(|(_, class)| *class)
        })?
    }

    /// Code as HTML; `None` for a language without a grammar, and where its grammar fails.
    fn html(&self, language: &str, code: &str) -> Option<String> {
        let (mut state, mut kinds) = (ParseState::new(self.grammar(language)?), ScopeStack::new());
        let mut words = Words::default();
        for line in code.split_inclusive('\n') {
            let mut from = 0;
            for (at, change) in state.parse_line(line, &self.set).ok()? {
                words.push(self.class(&kinds), line.get(from..at)?);
                from = at;
                kinds.apply(&change).ok()?;
            }
            words.push(self.class(&kinds), line.get(from..)?);
        }
        words.end();
        Some(words.html)
    }
}

/// Words of one class after the other become one span.
#[derive(Default)]
struct Words {
    html: String,
    class: Option<&'static str>,
    open: String,
}

impl Words {
    fn push(&mut self, class: Option<&'static str>, text: &str) {
        // Space between two words has no colour, so it parts nothing.
        if class != self.class && !text.trim().is_empty() {
            self.end();
            self.class = class;
        }
        self.open.push_str(text);
    }

    fn end(&mut self) {
        let open = std::mem::take(&mut self.open);
        let words = open.trim_end();
        let space = &open[words.len()..];
        match self.class.filter(|_| !words.is_empty()) {
            Some(class) => {
                self.html.extend(["<span class=\"hl-", class, "\">"]);
                push_text(&mut self.html, words);
                self.html.push_str("</span>");
            }
            None => push_text(&mut self.html, words),
        }
        self.html.push_str(space);
        self.open = open;
        self.open.clear();
    }
}

fn push_text(html: &mut String, text: &str) {
    for part in text.split_inclusive(['&', '<', '>']) {
        let (plain, mark) = match part.as_bytes().last() {
            Some(b'&') => (&part[..part.len() - 1], "&amp;"),
            Some(b'<') => (&part[..part.len() - 1], "&lt;"),
            Some(b'>') => (&part[..part.len() - 1], "&gt;"),
            _ => (part, ""),
        };
        html.extend([plain, mark]);
    }
}

/// The events with each block of code whose language is known as HTML.
pub(super) fn highlighted(events: Vec<Event<'_>>) -> Vec<Event<'_>> {
    let mut done = Vec::with_capacity(events.len());
    let mut events = events.into_iter();
    while let Some(event) = events.next() {
        let Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) = &event else {
            done.push(event);
            continue;
        };
        let language = language(info).to_owned();
        let inside: Vec<Event<'_>> =
            events.by_ref().take_while(|event| *event != Event::End(TagEnd::CodeBlock)).collect();
        let code: String =
            inside.iter().map(|event| if let Event::Text(text) = event { &**text } else { "" }).collect();
        done.push(event);
        match block(&language, &code) {
            Some(html) => done.push(Event::Html(html)),
            None => done.extend(inside),
        }
        done.push(Event::End(TagEnd::CodeBlock));
    }
    done
}

/// One block, read now or before.
fn block(language: &str, code: &str) -> Option<CowStr<'static>> {
    if language.is_empty() || code.len() > CODE_BYTES_MAX {
        return None;
    }
    if let Some(html) = quick::html(language, code) {
        return Some(html.into());
    }
    let name = (language.to_owned(), code.to_owned());
    let html = kept::find(&name).unwrap_or_else(|| {
        let html: Option<Arc<str>> = GRAMMARS.html(language, code).map(Into::into);
        kept::put(name, html.clone());
        html
    });
    html.map(|html| html.to_string().into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Code, Punctuation, render};
    use super::*;

    fn html(body: &str) -> String {
        render(body, Punctuation::Smart, "", Code::Highlighted).html
    }

    #[test]
    fn words_of_code_carry_what_they_are() {
        let html = html("```php\n$key = get_option( 'key' ); // the key\nif ( ! $key ) {\n    return null;\n}\n```\n");
        assert!(html.starts_with("<pre tabindex=\"0\"><code class=\"language-php\">"), "{html}");
        for marked in [
            "<span class=\"hl-function\">get_option</span>",
            "<span class=\"hl-string\">'key'</span>",
            "<span class=\"hl-comment\">// the key</span>\n",
            "<span class=\"hl-keyword\">if</span>",
            "<span class=\"hl-keyword\">return</span> <span class=\"hl-constant\">null</span>",
        ] {
            assert!(html.contains(marked), "{marked}: {html}");
        }
    }

    #[test]
    fn languages_that_people_write_about_are_known() {
        for (language, code) in [
            ("php", "echo 1;"),
            ("json", "{\"a\": true}"),
            ("html", "<a href=\"x\">y</a>"),
            ("css", "a { color: red; }"),
            ("js", "const a = 1;"),
            ("bash", "if true; then echo \"a\"; fi"),
            ("sh", "for a in b; do echo $a; done"),
            ("yaml", "a: \"b\""),
            ("sql", "SELECT 1"),
            ("rust", "let a = 1;"),
            ("diff", "- a\n+ b"),
        ] {
            let html = html(&format!("```{language}\n{code}\n```\n"));
            assert!(html.contains("<span class=\"hl-") || language == "diff", "{language}: {html}");
        }
    }

    #[test]
    fn what_has_no_grammar_is_as_it_was() {
        for body in ["```text\nif a < b\n```\n", "```\nif a\n```\n", "```nothing-such\nif a\n```\n", "    if a\n"] {
            assert_eq!(html(body), render(body, Punctuation::Smart, "", Code::Plain).html, "{body}");
        }
    }

    proptest! {
        /// Whatever the code is, its text is what a browser shows.
        #[test]
        fn marks_change_no_letter(code in "[a-z0-9$<>&\"'/*#{}();= \n.-]{0,80}", language in "php|json|html|bash|js|yaml") {
            let marked = GRAMMARS.html(&language, &code);
            let mut text = marked.unwrap_or_default();
            for (_, class) in CLASSES {
                text = text.replace(&format!("<span class=\"hl-{}\">", class.unwrap_or_default()), "");
            }
            let text = text.replace("</span>", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            prop_assert_eq!(text, code);
        }
    }
}
