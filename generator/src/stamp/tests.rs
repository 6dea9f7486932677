//! A build that has nothing to do does nothing, and one that has does all: after any edit the output is that of a clean build.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use proptest::prelude::*;

use crate::{Options, Summary, build, fixture::Fixture};

/// Longer than a step of any file system's clock, so that what was written is old.
fn age() {
    thread::sleep(Duration::from_millis(25));
}

fn settings(options: &Options) -> (crate::source::Tree, crate::config::Config) {
    let content = crate::plan::content(&options.root).expect("content");
    let config = crate::config::Config::read(&content, None).expect("settings");
    (content, config)
}

/// Whether the next build would have nothing to do.
fn is_fresh(options: &Options) -> bool {
    matches!(super::look(options), super::Look::Done(_))
}

fn built(options: &Options) -> Summary {
    build(options).expect("the site builds")
}

fn bytes(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let entries = walkdir::WalkDir::new(folder).min_depth(1).into_iter().map(|entry| entry.expect("readable"));
    entries
        .map(|entry| (entry.path().strip_prefix(folder).expect("below").to_owned(), fs::read(entry.path()).ok()))
        .collect()
}

#[test]
fn nothing_is_done_twice() {
    let fixture = Fixture::site();
    age();
    let first = built(&fixture.options());
    assert!(is_fresh(&fixture.options()));
    let second = built(&fixture.options());
    assert_eq!((second.files_written, second.files_unchanged), (0, first.files_written));
    assert_eq!((second.pages, &second.warnings), (first.pages, &first.warnings));
}

#[test]
fn an_edit_of_the_same_moment_is_known_too() {
    for round in 0..8 {
        let fixture = Fixture::site().with("content/new.md", format!("---\ntitle: New {round}\n---\n"));
        built(&fixture.options());
        assert!(is_fresh(&fixture.options()), "round {round}");
    }
}

#[cfg(unix)]
#[test]
fn pages_behind_a_link_that_somebody_made_of_their_folder_are_made_again() {
    let fixture = Fixture::site();
    built(&fixture.options());
    let (docs, elsewhere) = (fixture.root().join("public/docs"), fixture.root().join("elsewhere"));
    let before = bytes(&docs);
    fs::rename(&docs, &elsewhere).expect("moved");
    std::os::unix::fs::symlink("../elsewhere", &docs).expect("linked");
    assert!(!is_fresh(&fixture.options()));
    built(&fixture.options());
    assert!(!docs.is_symlink() && bytes(&docs) == before && !before.is_empty());
}

#[test]
fn whatever_a_build_reads_or_was_asked_makes_it_anew() {
    let fixture = Fixture::themed();
    age();
    built(&fixture.options());
    let options = fixture.options();
    for other in [
        Options { drafts: true, ..options.clone() },
        Options { minify: !options.minify, ..options.clone() },
        Options { base_url: Some("https://other.example".to_owned()), ..options.clone() },
        Options { out: fixture.root().join("elsewhere"), ..options.clone() },
    ] {
        assert!(is_fresh(&options) && !is_fresh(&other), "{other:?}");
    }
    let edits: [(&str, Change); 6] = [
        ("a page", |root| fs::write(root.join("content/features.md"), "---\ntitle: New\n---\n").expect("written")),
        ("a template", |root| fs::write(root.join("themes/own/templates/page.html"), "<p>").expect("written")),
        ("a new folder", |root| fs::create_dir(root.join("content/new")).expect("made")),
        ("a page that is gone", |root| fs::remove_file(root.join("content/docs/install.md")).expect("removed")),
        ("an output", |root| fs::write(root.join("public/robots.txt"), "").expect("written")),
        ("a stray", |root| fs::create_dir(root.join("public/stray")).expect("made")),
    ];
    for (what, edit) in edits {
        edit(fixture.root());
        assert!(!is_fresh(&options), "{what}");
        age();
        built(&options);
        assert!(is_fresh(&options), "{what}");
    }
}

#[test]
fn a_file_of_the_same_length_and_age_is_another_file() {
    let fixture = Fixture::site();
    age();
    built(&fixture.options());
    let page = fixture.root().join("content/features.md");
    let (text, times) = (fs::read_to_string(&page).expect("text"), fs::metadata(&page).expect("there").modified());
    fs::write(&page, text.to_uppercase().replace("TITLE", "title")).expect("written");
    fs::File::open(&page).and_then(|file| file.set_modified(times.expect("a time"))).expect("set");
    assert!(!is_fresh(&fixture.options()));
}

#[test]
fn what_was_edited_while_a_build_looked_is_not_known() {
    let fixture = Fixture::site();
    age();
    let options = fixture.options();
    // As another program would, in the same step of the clock or after it.
    let super::Look::Open(Some(before)) = super::look(&options) else { panic!("nothing is known") };
    let summary = built(&options);
    let _fixture = fixture.with("content/features.md", "---\ntitle: Later\n---\n");
    let (content, _) = settings(&options);
    let edition = crate::Edition { at: options.at, drafts: false };
    let register = crate::policy::contract::register();
    let purpose = crate::Purpose::plain(&options.root, edition, &register);
    let mut plan = crate::Plan::new(&content, purpose).expect("a plan");
    before.remember(&mut plan, None, &summary);
    assert!(!is_fresh(&options));
}

#[test]
fn a_build_holds_until_its_day_ends_and_not_where_something_has_a_time_on_it() {
    let settings = "title: A\nurl: https://example.com\nemail: info@example.com\nsupport_url: https://example.com/\n\
                    time_zone: America/New_York\n";
    let fixture =
        Fixture::empty().with("content/site.yaml", settings).with("content/_index.md", "---\ntitle: A\n---\n");
    age();
    fixture.build_at("2026-11-22T10:00:00Z").expect("the site builds");
    let at = |fixture: &Fixture, at: &str| Options { at: at.parse().expect("a moment"), ..fixture.options() };
    assert!(is_fresh(&at(&fixture, "2026-11-22T05:00:00Z")) && is_fresh(&at(&fixture, "2026-11-23T04:59:59Z")));
    assert!(!is_fresh(&at(&fixture, "2026-11-22T04:59:59Z")) && !is_fresh(&at(&fixture, "2026-11-23T05:00:00Z")));
    let fixture = fixture.with("content/soon.md", "---\ntitle: Soon\ndate: 2026-11-23T01:00:00+09:00\n---\n");
    age();
    fixture.build_at("2026-11-22T10:00:00Z").expect("the site builds");
    assert!(is_fresh(&at(&fixture, "2026-11-22T10:00:00Z")) && !is_fresh(&at(&fixture, "2026-11-22T10:00:01Z")));
}

#[test]
fn what_came_and_went_again_is_no_change() {
    let fixture = Fixture::themed();
    age();
    built(&fixture.options());
    let root = fixture.root();
    for folder in ["content", "content/docs", "themes", "public/docs"] {
        fs::write(root.join(folder).join("passing"), "x").expect("written");
        assert!(!is_fresh(&fixture.options()), "{folder}");
        fs::remove_file(root.join(folder).join("passing")).expect("removed");
        assert!(is_fresh(&fixture.options()), "{folder}");
    }
    fs::remove_dir_all(root.join("themes")).expect("removed");
    assert!(!is_fresh(&fixture.options()));
}

#[test]
fn a_folder_of_themes_that_was_not_there_is_a_change() {
    let fixture = Fixture::site();
    age();
    built(&fixture.options());
    fs::create_dir(fixture.root().join("themes")).expect("made");
    assert!(!is_fresh(&fixture.options()));
}

#[test]
fn a_damaged_stamp_is_passed_over() {
    let fixture = Fixture::site();
    age();
    built(&fixture.options());
    for entry in fs::read_dir(fixture.root().join(super::FOLDER)).expect("stamps") {
        fs::write(entry.expect("readable").path(), "{").expect("written");
    }
    assert!(!is_fresh(&fixture.options()));
    built(&fixture.options());
    assert!(is_fresh(&fixture.options()));
}

#[test]
fn stamps_of_folders_that_nobody_builds_into_are_forgotten() {
    let fixture = Fixture::site();
    age();
    built(&fixture.options());
    let folder = fixture.root().join(super::FOLDER);
    for number in 0..2 * super::STAMPS_MAX {
        fs::write(folder.join(format!("{number}.json")), "{}").expect("written");
    }
    age();
    let later = Options { drafts: true, ..fixture.options() };
    built(&later);
    assert_eq!(fs::read_dir(&folder).expect("stamps").count(), super::STAMPS_MAX);
    assert!(is_fresh(&later));
}

#[test]
fn what_is_no_site_is_left_as_it_is() {
    let fixture = Fixture::empty();
    let options = Options { root: fixture.root().join("nowhere"), ..fixture.options() };
    build(&options).expect_err("there is nothing to build");
    assert!(!options.root.exists());
}

/// What somebody does to a site in a folder.
type Change = fn(&Path);

/// What an editor does next.
#[derive(Debug, Clone)]
enum Edit {
    Write(usize, u8),
    Remove(usize),
    Template(u8),
    Style(u8),
    Title(u8),
    Later(u32),
    Spoil(usize),
    Nothing,
}

const PAGES: [&str; 4] = ["features", "docs/install", "docs/more", "notes"];

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        4 => (0..PAGES.len(), any::<u8>()).prop_map(|(page, word)| Edit::Write(page, word)),
        1 => (0..PAGES.len()).prop_map(Edit::Remove),
        1 => any::<u8>().prop_map(Edit::Template),
        1 => any::<u8>().prop_map(Edit::Style),
        1 => any::<u8>().prop_map(Edit::Title),
        1 => (1_u32..80).prop_map(Edit::Later),
        1 => (0_usize..40).prop_map(Edit::Spoil),
        2 => Just(Edit::Nothing),
    ];
    proptest::collection::vec(edit, 1..7)
}

fn carry_out(edit: &Edit, fixture: &Fixture, options: &mut Options) {
    let write = |path: &str, text: String| fs::write(fixture.root().join(path), text).expect("written");
    match edit {
        Edit::Write(page, word) => {
            let dated = if word % 3 == 0 { "date: 2026-11-24\n" } else { "" };
            write(
                &format!("content/{}.md", PAGES[*page]),
                format!("---\ntitle: T{word}\n{dated}---\n\nText {word}.\n"),
            );
        }
        Edit::Remove(page) => drop(fs::remove_file(fixture.root().join(format!("content/{}.md", PAGES[*page])))),
        Edit::Template(word) => {
            write(
                "themes/own/templates/page.html",
                format!("<title>{word}</title>{{{{ page.title }}}}{{{{ page.content }}}}"),
            );
        }
        Edit::Style(word) => write("themes/own/assets/own.css", format!("p {{ order: {word} }}")),
        Edit::Title(word) => {
            write("content/site.yaml", crate::fixture::SITE.replacen("title: ", &format!("title: {word} "), 1));
        }
        Edit::Later(hours) => options.at += jiff::SignedDuration::from_hours(i64::from(*hours)),
        Edit::Spoil(number) => {
            let files: Vec<PathBuf> =
                bytes(&options.out).into_keys().filter(|path| !path.ends_with("site.json")).collect();
            let path = options.out.join(&files[number % files.len()]);
            if path.is_file() {
                fs::write(path, "spoilt").expect("written");
            }
        }
        Edit::Nothing => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn after_any_edits_the_output_is_that_of_a_clean_build(edits in edits()) {
        let fixture = Fixture::themed().with("themes/own/assets/own.css", "p { order: 1 }");
        let mut options = fixture.options();
        age();
        built(&options);
        for edit in &edits {
            carry_out(edit, &fixture, &mut options);
            if matches!(edit, Edit::Nothing) {
                age();
            }
            let outcome = build(&options);
            let clean = Options { out: fixture.root().join("clean"), ..options.clone() };
            drop(fs::remove_dir_all(&clean.out));
            // A page that is gone may be one that another leads to.
            let clean_outcome = build(&clean);
            prop_assert_eq!(outcome.as_ref().err(), clean_outcome.as_ref().err(), "{:?}", edit);
            if outcome.is_ok() {
                prop_assert_eq!(bytes(&options.out), bytes(&clean.out), "{:?}", edit);
            }
        }
    }
}
