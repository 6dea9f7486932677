//! Search without a server: one file with the words of all pages that may be found, and where they are.
//!
//! It is made of the finished pages, because words also come from templates, products and releases. A browser loads it
//! once somebody wants to search, so it is small: words that a reader sees in a title or a heading are not repeated, each
//! word says only how it differs from the one before, and what nearly all pages say is no way to tell them apart.

mod overview;
mod text;
mod word;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use rayon::prelude::*;
use serde::Serialize;

use crate::page::Page;
use text::Part;
use word::words;

pub(crate) use overview::{Group, overview};

/// The name from which its address is made.
pub(crate) const NAME: &str = "search.json";

/// From so many pages on there are words that are everywhere.
const FEW_PAGES: usize = 8;

/// What one digit can say.
const DIGIT_MAX: usize = 35;

/// What a browser loads.
#[derive(Debug, Serialize)]
struct Index {
    pages: Vec<Entry>,
    /// The words in order, with a space in between. Of each: how many letters it shares with the one before, in one digit;
    /// its other letters; and the parts of pages in whose text it is, each as the distance from the one before. Parts are
    /// counted through all pages: what stands before the first heading is one, and so is each heading. Numbers have the
    /// base 36. A word without parts is on nearly every page.
    words: String,
}

/// Address, title, description, and id and text of each heading in turn.
#[derive(Debug, Serialize)]
struct Entry(String, String, String, Vec<String>);

/// Whether a page can be found: search engines may list it, and what it says is not the same as another page. A policy in
/// force has two addresses and stands here under the one that is always right.
pub(crate) fn is_found(page: &Page) -> bool {
    !page.noindex && page.policy.as_ref().is_none_or(|policy| policy.home == page.path || !is_text(page))
}

fn is_text(page: &Page) -> bool {
    page.kind == crate::page::Kind::Policy
}

/// The index of pages, of which this gives the HTML.
pub(crate) fn index<'a>(pages: &[&Page], html: impl Fn(&Page) -> Option<Cow<'a, str>> + Sync) -> String {
    let found: Vec<(&Page, Vec<Part>)> =
        pages.par_iter().copied().filter_map(|page| Some((page, text::read(&html(page)?)))).collect();
    let places = places(&found);
    let entry = |(page, parts): &(&Page, Vec<Part>)| {
        let headings = parts.iter().skip(1).flat_map(|part| [part.id.clone(), part.heading.clone()]);
        Entry(page.path.clone(), page.title.clone(), page.description.clone(), headings.collect())
    };
    let index = Index { pages: found.iter().map(entry).collect(), words: written(&places) };
    // It has nothing but lists and texts.
    serde_json::to_string(&index).unwrap_or_default()
}

/// Each word with the parts in whose text it is; none where it is on more than nine in ten pages.
fn places(found: &[(&Page, Vec<Part>)]) -> BTreeMap<String, Vec<usize>> {
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut pages: BTreeMap<String, usize> = BTreeMap::new();
    let mut number = 0;
    for (page, parts) in found {
        let title: BTreeSet<String> = words(&page.title).into_iter().collect();
        let mut on_page = title.clone();
        for part in parts {
            let heading: BTreeSet<String> = words(&part.heading).into_iter().collect();
            let text: BTreeSet<String> = words(&part.text).into_iter().collect();
            for word in text.iter().filter(|word| !title.contains(*word) && !heading.contains(*word)) {
                places.entry(word.clone()).or_default().push(number);
            }
            on_page.extend(text.into_iter().chain(heading));
            number += 1;
        }
        for word in on_page {
            *pages.entry(word).or_default() += 1;
        }
    }
    if found.len() >= FEW_PAGES {
        for (word, _) in pages.into_iter().filter(|(_, on)| on * 10 > found.len() * 9) {
            places.insert(word, Vec::new());
        }
    }
    places
}

/// The words as [`Index::words`] says.
fn written(places: &BTreeMap<String, Vec<usize>>) -> String {
    let mut all = String::new();
    let mut before = "";
    for (word, parts) in places {
        let same = word.chars().zip(before.chars()).take_while(|(a, b)| a == b).take(DIGIT_MAX);
        let bytes: usize = same.map(|(c, _)| c.len_utf8()).sum();
        // A browser counts letters in UTF-16.
        let mut shared = word[..bytes].encode_utf16().count();
        let mut rest = &word[bytes..];
        if shared > DIGIT_MAX {
            (shared, rest) = (0, word);
        }
        let space = if all.is_empty() { "" } else { " " };
        // Writing to a string cannot fail.
        let _ = write!(all, "{space}{}{rest}", base_36(shared));
        let mut last = 0;
        for part in parts {
            let _ = write!(all, ",{}", base_36(part - last));
            last = *part;
        }
        before = word;
    }
    all
}

fn base_36(mut number: usize) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]);
        number /= 36;
        if number == 0 {
            break;
        }
    }
    digits.iter().rev().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::fixture::{Fixture, SITE};

    /// A site that asks for the index.
    fn site() -> Fixture {
        let search = "---\ntitle: Search\nnoindex: true\ntemplate: search.html\n---\n";
        let page = "<title>{{ page.title }}</title><main><h1>{{ page.title }}</h1>{{ page.content }}</main>";
        Fixture::themed()
            .with("content/search.md", search)
            .with("themes/own/templates/search.html", "<p id={{ search_index() }}></p>")
            .with("themes/own/templates/page.html", page)
    }

    /// The index that a site has.
    fn index_of(fixture: &Fixture) -> Value {
        fixture.build().expect("the site builds");
        let page = fixture.output("search/index.html");
        let url = page.split("id=").nth(1).and_then(|rest| rest.split('>').next()).expect("the address is there");
        serde_json::from_str(&fixture.output(url.trim_matches(['/', '"']))).expect("JSON")
    }

    /// What the words say, read as a browser reads it.
    fn read(words: &str) -> BTreeMap<String, Vec<usize>> {
        let mut word = String::new();
        let entry = |entry: &str| {
            let mut numbers = entry.split(',');
            let coded = numbers.next().expect("a word");
            let shared = usize::from_str_radix(&coded[..1], 36).expect("a digit");
            word = word.chars().take(shared).collect::<String>() + &coded[1..];
            let mut at = 0;
            let place = |gap: &str| {
                at += usize::from_str_radix(gap, 36).expect("a number");
                at
            };
            (word.clone(), numbers.map(place).collect())
        };
        words.split(' ').filter(|entry| !entry.is_empty()).map(entry).collect()
    }

    #[test]
    fn words_of_the_text_lead_to_the_heading_before_them() {
        let body = "---\ntitle: Install it\ndescription: How.\n---\n\nFirst unpack.\n\n## On a server\n\nUpload the install file.\n";
        let index = index_of(&site().with("content/docs/install.md", body));
        let pages = index["pages"].as_array().expect("a list");
        let before = pages.iter().take_while(|page| page[0] != "/docs/install/");
        let first: usize = before.map(|page| 1 + page[3].as_array().map_or(0, Vec::len) / 2).sum();
        let page = pages.iter().find(|page| page[0] == "/docs/install/").expect("the page is there");
        let expected = r#"["/docs/install/","Install it","How.",["on-a-server","On a server"]]"#;
        assert_eq!(page.to_string(), expected);
        let words = read(index["words"].as_str().expect("a text"));
        assert_eq!((&words["unpack"], &words["upload"]), (&vec![first], &vec![first + 1]));
        assert!(
            !words.contains_key("install") && !words.contains_key("server"),
            "titles and headings say it: {words:?}"
        );
    }

    #[test]
    fn what_search_engines_may_not_list_is_not_found_and_a_policy_is_there_once() {
        let later = crate::fixture::POLICY.replace("2025-03-31", "2026-06-01").replace("sell", "rent");
        let fixture = site().with("content/privacy/2026-06-01.md", later).locked();
        let index = index_of(&fixture.with("content/404.md", "---\ntitle: Gone\n---\n\nlost\n"));
        let paths: Vec<&str> =
            index["pages"].as_array().into_iter().flatten().filter_map(|page| page[0].as_str()).collect();
        assert_eq!(paths, ["/", "/docs/", "/docs/install/", "/features/", "/privacy/", "/privacy/history/"]);
        assert!(!read(index["words"].as_str().expect("a text")).contains_key("lost"));
    }

    #[test]
    fn a_word_of_nearly_all_pages_is_named_without_places() {
        let page = |number: usize| format!("---\ntitle: P{number}\n---\n\nthe word{number}\n");
        let fixture =
            (0..60).fold(site(), |fixture, number| fixture.with(&format!("content/p{number}.md"), page(number)));
        let words = read(index_of(&fixture)["words"].as_str().expect("a text"));
        assert_eq!((words["the"].len(), words["word3"].len()), (0, 1), "{words:?}");
    }

    #[test]
    fn words_come_back_as_they_were_whatever_they_share() {
        let long = "é".repeat(50);
        let words = ["a", "ab", "abc", "b1", "b12", "\u{10400}\u{10400}", &long, &format!("{long}x"), "7"];
        let places: BTreeMap<String, Vec<usize>> =
            words.iter().enumerate().map(|(at, word)| ((*word).to_owned(), vec![at, at + 1, 36 * 36 + at])).collect();
        let text = written(&places);
        assert!(!text.contains("\u{10400}\u{10400}\u{10400}"));
        assert_eq!(read(&text), places);
    }

    #[test]
    fn the_index_is_the_same_whatever_the_order_of_the_files() {
        let files: Vec<String> = (0..20).map(|number| format!("content/p{number}.md")).collect();
        let page = |path: &String| format!("---\ntitle: A {path}\n---\n\n## Why\n\nb {path}\n");
        let with = |files: &mut dyn Iterator<Item = &String>| {
            files.fold(site(), |fixture, path| fixture.with(path, page(path)))
        };
        let (first, second) = (with(&mut files.iter()), with(&mut files.iter().rev()));
        assert_eq!(index_of(&first), index_of(&second));
    }

    #[test]
    fn the_plain_theme_has_no_index() {
        let fixture = Fixture::site().with("content/site.yaml", SITE);
        fixture.build().expect("the site builds");
        let assets = std::fs::read_dir(fixture.root().join("public/assets")).expect("there are assets");
        let names = assets.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned());
        assert!(names.into_iter().all(|name| !name.starts_with("search")));
    }
}
