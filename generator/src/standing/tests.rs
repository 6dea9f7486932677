//! An edit of one page changes what a whole build would change, and where it is more than words it is a whole build.

use std::{collections::BTreeMap, fs, path::PathBuf};

use proptest::prelude::*;

use super::*;
use crate::{
    Session,
    fixture::{Fixture, SITE, png},
};

const PAGES: [&str; 4] = ["features", "docs/install", "docs/more", "notes"];

/// What a page may be made of. Each changes something else of a site.
const PARTS: [&str; 11] = [
    "Text.",
    "## One",
    "## Two",
    "[Install](/docs/install/)",
    "[One](/docs/install/#one)",
    "[Home](/#top)",
    "[Nowhere](/nowhere/)",
    "![A](/p.png)",
    "![B](/docs/q.png)",
    "{{ <box /> }}",
    "`code` &amp; <b>bold",
];

const FEATURES: &str = "---\ntitle: Features\ndate: 2025-01-02\n---\n";

fn site() -> Fixture {
    Fixture::themed()
        .with("content/features.md", format!("{FEATURES}\nOpening.\n\n## What \"it\" does\n"))
        .with("content/docs/install.md", "---\ntitle: Install\nweight: 1\n---\n\nOpening.\n\n## One\n")
        .with("content/notes.md", "---\ntitle: Notes\n---\n\nOpening.\n\n[One](/docs/install/#one)\n")
        .with("content/p.png", png(40, 20))
        .with("content/docs/q.png", png(30, 20))
        .with("themes/own/assets/box.css", "b { order: 1 }")
        .with(
            "themes/own/templates/parts.html",
            "{% component box() %}{{ style(path=\"box.css\") }}{% endcomponent box %}",
        )
}

fn session(fixture: &Fixture) -> Session {
    let mut session = Session::default();
    session.build(&fixture.options()).expect("the site builds");
    session
}

fn path(fixture: &Fixture, file: &str) -> PathBuf {
    fixture.root().join(file)
}

/// Writes a page of a site that was built, and says whether it alone was made anew.
fn is_small(fixture: Fixture, file: &str, text: &str) -> (bool, Fixture) {
    let mut session = session(&fixture);
    let fixture = fixture.with(file, text);
    let edited = [path(&fixture, file)];
    let revised = session.standing.as_mut().expect("a build").revise(&fixture.options(), &edited);
    (revised.is_some_and(|revised| revised.is_ok()), fixture)
}

/// The bytes of every file of an output.
fn bytes(options: &Options) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let entries = walkdir::WalkDir::new(&options.out).min_depth(1).into_iter().map(|entry| entry.expect("readable"));
    let below = |path: &Path| path.strip_prefix(&options.out).expect("below").to_owned();
    entries.map(|entry| (below(entry.path()), fs::read(entry.path()).ok())).collect()
}

#[test]
fn other_words_are_a_small_edit_and_what_others_know_of_a_page_is_not() {
    for (text, small) in [
        (format!("{FEATURES}\nOpening.\n\n## What \"it\" does\n\nMore words.\n\n## And more\n"), true),
        (format!("{FEATURES}\nOpening.\n\n## What \"it\" does\n\n[There](/docs/install/)\n"), true),
        // It is described by its first paragraph in lists.
        (format!("{FEATURES}\nMore words.\n\n## What \"it\" does\n"), false),
        (format!("{FEATURES}\nOpening.\n\n## Something else\n"), false),
        (format!("{FEATURES}\nOpening.\n\n## What \"it\" does\n\n![A](/p.png)\n"), false),
        (format!("{FEATURES}\nOpening.\n\n## What \"it\" does\n\n[There](/nowhere/)\n"), false),
        (format!("{FEATURES}\nOpening.\n\n## What \"it\" does\n\n[There](/docs/install/#nowhere)\n"), false),
        (format!("{FEATURES}\nOpening.\n\n## What \"it\" does\n\n{{{{ <box /> }}}}\n"), false),
        (format!("{FEATURES}\nOpening.\n\n## What \"it\" does\n\n{{{{ <boks /> }}}}\n"), false),
        ("---\ntitle: Other\ndate: 2025-01-02\n---\n\n## What \"it\" does\n".to_owned(), false),
        ("---\ntitel: Features\n---\n".to_owned(), false),
    ] {
        assert_eq!(is_small(site(), "content/features.md", &text).0, small, "{text}");
    }
}

#[test]
fn a_policy_is_never_edited_by_the_way() {
    let text = crate::fixture::POLICY.replace("We don't sell", "We do not sell");
    assert!(!is_small(site(), "content/privacy/2025-03-31.md", &text).0);
}

#[test]
fn a_page_that_the_search_index_is_made_of_is_more_than_itself() {
    let search = "---\ntitle: Search\nnoindex: true\ntemplate: search.html\n---\n";
    let fixture = || {
        let template = "{{ search_index() }}{{ page.content }}";
        site().with("content/search.md", search).with("themes/own/templates/search.html", template)
    };
    let text = format!("{FEATURES}\nOpening.\n\n## What \"it\" does\n\nMore.\n");
    assert!(!is_small(fixture(), "content/features.md", &text).0);
    assert!(
        !is_small(fixture(), "content/search.md", &format!("{search}\nMore.\n")).0,
        "its opening is known in lists"
    );
    let described = search.replace("title", "description: Search.\ntitle");
    let fixture = fixture().with("content/search.md", &described);
    let (small, fixture) = is_small(fixture, "content/search.md", &format!("{described}\nMore.\n"));
    assert!(small && fixture.output("search/index.html").contains("More."));
}

#[test]
fn another_day_and_another_question_are_another_build() {
    let fixture = site();
    let mut session = session(&fixture);
    let standing = session.standing.as_mut().expect("a build");
    let options = fixture.options();
    let at = |at: &str| Options { at: at.parse().expect("a moment"), ..options.clone() };
    assert!(standing.revise(&at("2026-11-22T23:59:59Z"), &[]).is_some());
    assert!(standing.revise(&at("2026-11-23T00:00:00Z"), &[]).is_none());
    assert!(standing.revise(&Options { drafts: true, ..options.clone() }, &[]).is_none());
    assert!(standing.revise(&Options { base_url: Some("https://a.example".to_owned()), ..options }, &[]).is_none());
}

#[test]
fn what_editors_leave_beside_a_file_is_no_edit_and_a_new_file_is_one() {
    let fixture = site().with("content/.features.md.swp", "x");
    let mut session = session(&fixture);
    let standing = session.standing.as_mut().expect("a build");
    let options = fixture.options();
    let mut is_small = |files: &[&str]| {
        let edited: Vec<PathBuf> = files.iter().map(|file| path(&fixture, file)).collect();
        standing.revise(&options, &edited).map(|revised| revised.map(|summary| summary.files_written))
    };
    for none in
        ["content/.features.md.swp", "content/4913", "content/features.md~", "content/docs", "content/features.md"]
    {
        assert_eq!(is_small(&[none]), Some(Ok(0)), "{none}");
    }
    assert_eq!(is_small(&["themes/own/templates/page.html"]), None);
    fs::write(path(&fixture, "content/new.md"), "---\ntitle: New\n---\n").expect("written");
    assert_eq!(is_small(&["content/new.md"]), None);
    fs::remove_file(path(&fixture, "content/docs/install.md")).expect("removed");
    assert_eq!(is_small(&["content/docs/install.md"]), None);
}

#[cfg(unix)]
#[test]
fn a_page_that_is_a_link_changes_with_another() {
    let fixture = site().with("content/twin.md", "---\ntitle: Twin\n---\n\nOne.\n\nTwo.\n");
    std::os::unix::fs::symlink(path(&fixture, "content/twin.md"), path(&fixture, "content/other.md")).expect("a link");
    let (small, _fixture) = is_small(fixture, "content/twin.md", "---\ntitle: Twin\n---\n\nOne.\n\nThree.\n");
    assert!(!small);
}

/// What an editor does next.
#[derive(Debug, Clone)]
enum Edit {
    Words(usize, Vec<usize>),
    Front(usize, u8),
    Remove(usize),
    Picture(u8),
    Template(u8),
    Title(u8),
    Later(u32),
    Touch(usize),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let page = || 0..PAGES.len();
    let edit = prop_oneof![
        8 => (page(), proptest::collection::vec(0..PARTS.len(), 0..5)).prop_map(|(page, parts)| Edit::Words(page, parts)),
        1 => (page(), any::<u8>()).prop_map(|(page, word)| Edit::Front(page, word)),
        1 => page().prop_map(Edit::Remove),
        1 => (1_u8..90).prop_map(Edit::Picture),
        1 => any::<u8>().prop_map(Edit::Template),
        1 => any::<u8>().prop_map(Edit::Title),
        1 => (1_u32..40).prop_map(Edit::Later),
        1 => page().prop_map(Edit::Touch),
    ];
    proptest::collection::vec(edit, 1..8)
}

/// Does it, and gives the file that was edited.
fn carry_out(edit: &Edit, fixture: &Fixture, options: &mut Options) -> Option<PathBuf> {
    let file = |page: &usize| path(fixture, &format!("content/{}.md", PAGES[*page]));
    let text = |page: &usize| fs::read_to_string(file(page)).unwrap_or_else(|_| "---\ntitle: New\n---\n".to_owned());
    let (file, bytes) = match edit {
        Edit::Words(page, parts) => {
            let text = text(page);
            let head = &text[..text.rfind("---\n").map_or(0, |end| end + 4)];
            let parts: Vec<&str> = parts.iter().map(|part| PARTS[*part]).collect();
            (file(page), format!("{head}\nOpening.\n\n{}\n", parts.join("\n\n")).into_bytes())
        }
        Edit::Front(page, word) => {
            let dated = if word % 3 == 0 { "date: 2026-11-24\n" } else { "" };
            (file(page), text(page).replacen("title: ", &format!("{dated}title: {word}"), 1).into_bytes())
        }
        Edit::Remove(page) => {
            drop(fs::remove_file(file(page)));
            return Some(file(page));
        }
        Edit::Picture(size) => (path(fixture, "content/p.png"), png(u32::from(*size), 20)),
        Edit::Template(word) => {
            let text = format!("<title>{word}</title>{{{{ page.content }}}}");
            (path(fixture, "themes/own/templates/page.html"), text.into_bytes())
        }
        Edit::Title(word) => {
            let text = SITE.replacen("title: ", &format!("title: {word} "), 1) + "theme: own\n";
            (path(fixture, "content/site.yaml"), text.into_bytes())
        }
        Edit::Later(hours) => {
            options.at += jiff::SignedDuration::from_hours(i64::from(*hours));
            return None;
        }
        Edit::Touch(page) => (file(page), text(page).into_bytes()),
    };
    fs::write(&file, bytes).expect("written");
    Some(file)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn after_any_edits_the_output_is_that_of_a_clean_build(edits in edits()) {
        let fixture = site();
        let mut options = fixture.options();
        let mut session = session(&fixture);
        for edit in &edits {
            let edited: Vec<PathBuf> = carry_out(edit, &fixture, &mut options).into_iter().collect();
            let outcome = session.rebuild(&options, &edited);
            let clean = Options { out: fixture.root().join("clean"), ..options.clone() };
            drop(fs::remove_dir_all(&clean.out));
            let clean_outcome = crate::build(&clean);
            prop_assert_eq!(outcome.as_ref().err(), clean_outcome.as_ref().err(), "{:?}", edit);
            if let (Ok(summary), Ok(clean_summary)) = (outcome, clean_outcome) {
                prop_assert_eq!(bytes(&options), bytes(&clean), "{:?}", edit);
                prop_assert_eq!((summary.pages, summary.warnings), (clean_summary.pages, clean_summary.warnings));
            }
        }
    }
}
