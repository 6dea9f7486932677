//! Readers of our own for the languages that most pages have: some microseconds a block where a grammar takes a millisecond, and
//! nothing to load. What one of them is not sure of it leaves to the grammar.
//!
//! Every reader goes forward only and never comes back, so the time is that of the length, whatever the text is.

mod languages;
mod markup;
mod plain;
mod shell;
mod style;

use super::Words;

/// Code as HTML, where its language is one of these.
pub(super) fn html(language: &str, code: &str) -> Option<String> {
    let mut words = Words::default();
    match language.to_ascii_lowercase().as_str() {
        "bash" | "sh" | "shell" | "zsh" => shell::read(code, &mut words),
        "html" | "xml" | "svg" if markup::is_sure(code) => markup::read(code, &mut words),
        "css" => style::read(code, &mut words),
        name => {
            let language = languages::ALL.iter().find(|language| language.names.contains(&name))?;
            if language.foreign.iter().any(|part| code.contains(part)) {
                return None;
            }
            plain::read(language, code, &mut words);
        }
    }
    words.end();
    Some(words.html)
}

/// What surrounds a string.
#[derive(Debug, Clone, Copy)]
struct Quote {
    mark: &'static str,
    /// Whether a backslash keeps the next letter from closing it.
    escapes: bool,
    /// Whether it may go on in the next line.
    lines: bool,
}

impl Quote {
    const fn new(mark: &'static str, escapes: bool, lines: bool) -> Self {
        Self { mark, escapes, lines }
    }

    /// Bytes of the string that begins here, quotes and all. One that is never closed ends with its line or the text.
    fn len(self, rest: &str) -> usize {
        let bytes = rest.as_bytes();
        let mut at = self.mark.len();
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' if self.escapes => at += 1,
                b'\n' if !self.lines => return at,
                _ if bytes[at..].starts_with(self.mark.as_bytes()) => return at + self.mark.len(),
                _ => {}
            }
            at += 1;
        }
        bytes.len()
    }
}

/// Bytes up to the first that is not of a kind. Letters beyond ASCII are whole if the kind has all of them or none.
fn run(rest: impl AsRef<[u8]>, is_of: impl Fn(u8) -> bool) -> usize {
    let rest = rest.as_ref();
    rest.iter().position(|byte| !is_of(*byte)).unwrap_or(rest.len())
}

/// Bytes up to and with the end of something; all where it has none.
fn through(rest: &str, end: &str) -> usize {
    rest.find(end).map_or(rest.len(), |at| at + end.len())
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// What is read, and the words that it became.
struct Text<'a> {
    rest: &'a str,
    words: &'a mut Words,
}

impl Text<'_> {
    /// Takes so many bytes as one word. A reader that has counted wrong takes one letter at least, and no half ones.
    fn take(&mut self, len: usize, class: Option<&'static str>) {
        let len =
            (len.max(1)..=self.rest.len()).find(|len| self.rest.is_char_boundary(*len)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(len);
        self.words.push(class, word);
        self.rest = rest;
    }

    fn next(&self) -> Option<u8> {
        self.rest.bytes().next()
    }

    /// Takes the space that is here.
    fn space(&mut self) -> bool {
        let len = run(self.rest, |byte| byte.is_ascii_whitespace());
        if len > 0 {
            self.take(len, None);
        }
        len > 0
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::super::GRAMMARS;
    use super::*;

    const LANGUAGES: [&str; 7] = ["php", "js", "json", "sql", "bash", "html", "css"];

    /// Code that people write, by language.
    const SAMPLES: [(&str, &str); 7] = [
        (
            "php",
            "/**\n * Says it's done.\n */\nfunction shop_done( array $items, $now = 0 ) {\n\tif ( ! $items || null === $now ) {\n\t\treturn false;\n\t}\n\tforeach ( $items as $item ) {\n\t\t$item->list( \"a\\\"b\" ); // once\n\t}\n\treturn new Shop_Order( 12 );\n}\n",
        ),
        (
            "js",
            "// Asks.\nconst answer = await fetch(`/api/${name}?a=${b.map((c) => `${c}`)}`, { method: 'POST' });\nif (!answer.ok) throw new Error('it\\'s gone');\nfor (const one of list) one.delete(/[/'\"]+/g, 10);\n",
        ),
        ("json", "{\n  \"a b\": [\"c\", 1.5, true, null]\n}\n"),
        ("sql", "-- All of them.\nSELECT id, COUNT(*) FROM orders WHERE state = 'it''s' AND total > 10;\n"),
        (
            "bash",
            "# Saves.\nfor file in *.txt; do\n  cp \"$file\" out/ || exit 1\ndone\nif test -d out; then echo 'it is \"there\"'; fi\n",
        ),
        ("html", "<!-- a -->\n<p class=\"b\" hidden>Don't &amp; won't <a href='/x'>go</a></p>\n"),
        ("css", "/* a */\n.note > a { color: #123456; margin: 0 1.5rem; content: \"it's\"; }\n"),
    ];

    /// Each letter with its class.
    fn letters(html: &str) -> Vec<(char, String)> {
        let (mut letters, mut class) = (vec![], String::new());
        let mut rest = html;
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix("<span class=\"hl-") {
                let (name, inside) = inside.split_once("\">").expect("a span");
                (class, rest) = (name.to_owned(), inside);
            } else if let Some(after) = rest.strip_prefix("</span>") {
                (class, rest) = (String::new(), after);
            } else {
                let known = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')];
                let mark = known.iter().find(|(mark, _)| rest.starts_with(mark));
                let letter = mark.map_or_else(|| rest.chars().next().expect("a letter"), |(_, letter)| *letter);
                letters.push((letter, class.clone()));
                rest = &rest[mark.map_or(letter.len_utf8(), |(mark, _)| mark.len())..];
            }
        }
        letters
    }

    #[test]
    fn readers_see_what_the_grammars_see_but_for_some_words() {
        for (language, code) in SAMPLES {
            let ours = letters(&html(language, code).expect("it is one of ours"));
            let theirs = letters(&GRAMMARS.html(language, code).expect("it has a grammar"));
            let same = ours.iter().zip(&theirs).filter(|(one, other)| one == other).count();
            assert_eq!(ours.len(), theirs.len(), "{language}");
            assert!(
                same * 100 >= theirs.len() * 75,
                "{language}: {same} of {}\n{:?}",
                theirs.len(),
                html(language, code)
            );
        }
    }

    /// A language, code in it, and words with the class that they have.
    const WORDS: &[(&str, &str, &[&str])] = &[
        (
            "php",
            SAMPLES[0].1,
            &[
                "comment/**\n * Says it's done.\n */",
                "functionshop_done",
                "constantnull",
                "functionlist",
                "string\"a\\\"b\"",
                "nameShop_Order",
            ],
        ),
        (
            "php",
            "$a = <<<END\nit's\nEND;\nreturn WP_DEBUG;\n",
            &["string<<<END\nit's\nEND", "keywordreturn", "constantWP_DEBUG"],
        ),
        (
            "js",
            SAMPLES[1].1,
            &[
                "string`/api/${",
                "string}?a=${",
                "string}`",
                "functionmap",
                "string'it\\'s gone'",
                "string/[/'\"]+/g",
                "keywordof",
                "constant10",
            ],
        ),
        ("js", "const of = { class: from / 2, a: b / 3 };\n", &["keywordconst", "constant2", "constant3"]),
        ("json", SAMPLES[2].1, &["name\"a b\"", "string\"c\"", "constant1.5", "constanttrue"]),
        (
            "sql",
            SAMPLES[3].1,
            &["comment-- All of them.", "keywordSELECT", "functionCOUNT", "string'it''s'", "constant10"],
        ),
        (
            "bash",
            SAMPLES[4].1,
            &[
                "comment# Saves.",
                "keywordfor",
                "keywordin",
                "functioncp",
                "string\"$file\"",
                "functionexit",
                "keyworddone\nif",
                "functiontest",
                "functionecho",
            ],
        ),
        (
            "sh",
            "cat <<'END' | wc -l\nit's\nEND\necho \"$(date \"+%Y\")\" ${a#b} # c\n",
            &["functioncat", "functionwc", "stringit's", "functionecho", "string\"$(date \"+%Y\")\"", "comment# c"],
        ),
        (
            "html",
            SAMPLES[5].1,
            &["comment<!-- a -->", "keywordp", "nameclass", "string\"b\"", "namehidden", "constant&amp;", "string'/x'"],
        ),
        (
            "css",
            "@media print { a:hover, .b-c { color: var(--d); top: 1.5rem } }",
            &["keyword@media print", "keyworda", "name.b-c", "namecolor", "functionvar", "constant1.5rem"],
        ),
    ];

    #[test]
    fn every_language_has_its_words() {
        for (language, code, marked) in WORDS.iter().copied() {
            let html = html(language, code).expect("it is one of ours");
            let mut words: Vec<String> = vec![];
            let mut last = String::new();
            for (letter, class) in letters(&html) {
                if class != last || words.is_empty() {
                    words.push(class.clone());
                    last = class;
                }
                words.last_mut().expect("a word").push(letter);
            }
            let words: Vec<&str> = words.iter().map(|word| word.trim_end()).collect();
            for word in marked {
                assert!(words.contains(word), "{language}: {word} is not in {words:?}");
            }
        }
    }

    #[test]
    fn what_holds_another_language_is_left_to_the_grammar() {
        for (language, code) in [
            ("php", "?><p><?php echo 1;"),
            ("php", "#[Pure]\nfunction a() {}"),
            ("html", "<SCRIPT>a()</SCRIPT>"),
            ("html", "<?php a(); ?>"),
            ("sql", "DO $$ BEGIN END $$"),
            ("rust", "let a = 1;"),
        ] {
            assert!(html(language, code).is_none(), "{language}: {code}");
        }
    }

    /// What begins things without end, as long as a block may be: each is read once.
    #[test]
    fn no_text_takes_longer_than_its_length() {
        let begun = Instant::now();
        for part in [
            "/\\/ ", "(/[", "`${", "<<<", "<<A ", "\"$(", "<a ", "&a", "/*", "a{", "'", "\"a\": ", "((", "$$", "<!-",
            "\\",
        ] {
            let code = part.repeat(100_000 / part.len());
            for language in LANGUAGES {
                let _ = html(language, &code);
            }
        }
        let taken = begun.elapsed();
        assert!(taken < Duration::from_secs(20), "{taken:?}");
    }

    proptest! {
        /// Whatever the code is, its text is what a browser shows.
        #[test]
        fn readers_change_no_letter(
            code in r#"([a-zé0-9A-Z$<>&"'`/*#{}()=;:!?@|\\. \n\t-]|<<<A|<<A|\$\{|\$\(|<!--|A\n|//|--|<a ){0,60}"#,
            language in 0..LANGUAGES.len(),
        ) {
            if let Some(html) = html(LANGUAGES[language], &code) {
                let text: String = letters(&html).into_iter().map(|(letter, _)| letter).collect();
                prop_assert_eq!(text, code);
            }
        }
    }
}
