//! A page is made again where something of it changed, and nowhere else; and whatever is edited, the site is that of a clean build.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    thread,
    time::Duration,
};

use proptest::prelude::*;

use crate::{
    Options, Summary, build,
    fixture::{Fixture, POLICY, PRODUCTS, SITE, png},
    output,
    plan::{self, Plan, Purpose},
    policy::contract,
    site::Edition,
    stamp::{self, Look},
};

/// Longer than a step of any file system's clock, so that what was written is old.
fn age() {
    thread::sleep(Duration::from_millis(25));
}

/// A site whose pages differ in what they are made of: the pricing page asks for products, the fact page for data, one has a
/// picture beside it, two have tags, and one draws a component.
fn site() -> Fixture {
    let base = "<!doctype html>\n<title>{{ page.title }} {{ site.title }}</title>{{ style(path=\"own.css\") }}\n\
                {% block main %}{{ page.content }}{% endblock %}\n\
                {% if page.previous %}<a href=\"{{ page.previous.path }}\">{{ page.previous.title }}</a>{% endif %}\n";
    let extends = |main: &str| format!("{{% extends \"base.html\" %}}{{% block main %}}{main}{{% endblock %}}");
    let list =
        "{{ page.content }}{% if section %}{% for page in section.pages %}<p>{{ page.title }}{% endfor %}{% endif %}";
    Fixture::themed()
        .with("themes/own/assets/own.css", "p { order: 1 }")
        .with("themes/own/templates/base.html", base)
        .with("themes/own/templates/page.html", extends("{{ page.content }}"))
        .with("themes/own/templates/section.html", extends(list))
        .with("themes/own/templates/home.html", extends(list))
        .with(
            "themes/own/templates/pricing.html",
            extends("{% for product in products %}{{ product.name }}{% endfor %}"),
        )
        .with("themes/own/templates/facts.html", extends("{{ data.facts.height }}"))
        .with("themes/own/templates/parts.html", "{% component box() %}<b>box</b>{% endcomponent box %}")
        .with("content/data/facts.yaml", "height: 3\n")
        .with("content/pricing.md", "---\ntitle: Pricing\ntemplate: pricing.html\n---\n")
        .with("content/facts.md", "---\ntitle: Facts\ntemplate: facts.html\n---\n")
        .with(
            "content/docs/more.md",
            "---\ntitle: More\ndescription: D.\nweight: 2\ntags: [one]\n---\n\n{{ <box /> }}\n\n## Place\n",
        )
        .with("content/docs/last.md", "---\ntitle: Last\nweight: 3\ntags: [one]\n---\n\n![A](p.png)\n")
        .with("content/docs/p.png", png(40, 20))
        .with("content/notes.md", "---\ntitle: Notes\n---\n\n[Place](/docs/more/#place)\n")
}

fn built(options: &Options) -> Summary {
    build(options).expect("the site builds")
}

/// The pages that a build made anew after this.
fn made_after(edit: impl FnOnce(Fixture) -> Fixture) -> usize {
    let fixture = site();
    age();
    built(&fixture.options());
    let fixture = edit(fixture);
    age();
    let Summary { pages, pages_kept, .. } = built(&fixture.options());
    assert_clean(&fixture, &fixture.options());
    pages - pages_kept
}

/// The bytes of every file of an output.
fn bytes(options: &Options) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = walkdir::WalkDir::new(&options.out).into_iter().map(|entry| entry.expect("readable"));
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| {
            let below = entry.path().strip_prefix(&options.out).expect("below").to_owned();
            (below, fs::read(entry.path()).expect("readable"))
        })
        .collect()
}

#[track_caller]
fn assert_clean(fixture: &Fixture, options: &Options) {
    let clean = Options { out: fixture.root().join("clean"), ..options.clone() };
    drop(fs::remove_dir_all(&clean.out));
    built(&clean);
    let (there, clean) = (bytes(options), bytes(&clean));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&there), names(&clean));
    let differ: Vec<&PathBuf> =
        there.iter().filter(|(path, bytes)| clean[*path] != **bytes).map(|(path, _)| path).collect();
    assert_eq!(differ, Vec::<&PathBuf>::new());
}

#[test]
fn an_edit_makes_the_pages_that_it_reaches() {
    let all = built(&site().options()).pages;
    let words =
        "---\ntitle: More\ndescription: D.\nweight: 2\ntags: [one]\n---\n\n{{ <box /> }}\n\n## Place\n\nWords.\n";
    // It stands on its own page, in the lists of its folder and its tag, and on both of its neighbours.
    let titled = "---\ntitle: Less\ndescription: D.\nweight: 2\ntags: [one]\n---\n\n{{ <box /> }}\n\n## Place\n";
    for (what, made, edit) in [
        ("nothing", 0, &(|fixture: Fixture| fixture) as &dyn Fn(Fixture) -> Fixture),
        ("words", 1, &|fixture| fixture.with("content/docs/more.md", words)),
        ("a title", 5, &|fixture| fixture.with("content/docs/more.md", titled)),
        ("data", 1, &|fixture| fixture.with("content/data/facts.yaml", "height: 4\n")),
        ("a product", 1, &|fixture| fixture.with("content/products.yaml", PRODUCTS.replace("Portal", "Door"))),
        ("a picture", 1, &|fixture| fixture.with("content/docs/p.png", png(48, 20))),
        ("a template of one page", 1, &|fixture| fixture.with("themes/own/templates/facts.html", "{{ data.facts }}")),
        ("a picture that is nearer", 1, &|fixture| fixture.with("content/docs/last/p.png", png(24, 20))),
        ("settings", all, &|fixture| {
            fixture.with("content/site.yaml", format!("{SITE}theme: own\n").replace("Fixture", "Other"))
        }),
        ("a style", all, &|fixture| fixture.with("themes/own/assets/own.css", "p { order: 2 }")),
        ("a component", all, &|fixture| {
            fixture.with("themes/own/templates/parts.html", "{% component box() %}<i>box</i>{% endcomponent box %}")
        }),
    ] {
        assert_eq!(made_after(edit), made, "{what}");
    }
}

#[test]
fn a_page_that_somebody_spoilt_is_made_again() {
    let fixture = site();
    age();
    built(&fixture.options());
    let page = fixture.root().join("public/notes/index.html");
    fs::write(&page, fs::read_to_string(&page).expect("a page").to_uppercase()).expect("written");
    let Summary { pages, pages_kept, files_written, .. } = built(&fixture.options());
    assert_eq!((pages - pages_kept, files_written), (1, 1));
    assert_clean(&fixture, &fixture.options());
}

#[test]
fn a_page_that_somebody_writes_while_a_site_is_built_stops_it_before_anything_is_moved() {
    let fixture = site();
    let options = Options { minify: false, ..fixture.options() };
    age();
    built(&options);
    let _fixture = fixture.with("content/features.md", "---\ntitle: Features\n---\n\nOther words.\n");
    let Look::Open(Some(before)) = stamp::look(&options) else { panic!("there is something to do") };
    let (traces, register) = (before.traces(), contract::register());
    let content = plan::content(&options.root).expect("content");
    let edition = Edition { at: options.at, drafts: false };
    let purpose = Purpose { traces: Some(&traces), ..Purpose::plain(&options.root, edition, &register) };
    let mut plan = Plan::new(&content, purpose).expect("a plan");
    assert!(plan.output.kept().count() > 8);
    fs::write(options.out.join("notes/index.html"), "spoilt").expect("written");
    let there = bytes(&options);
    let problem = plan.output.write(&options.out).expect_err("a page is another one");
    assert!(output::is_overtaken(&problem) && problem.file.ends_with("notes/index.html"), "{problem}");
    assert_eq!(bytes(&options), there);
}

#[test]
fn a_link_to_what_is_gone_is_told_though_its_page_is_kept() {
    let fixture = site();
    age();
    built(&fixture.options());
    let fixture = fixture
        .with("content/docs/more.md", "---\ntitle: More\ndescription: D.\nweight: 2\ntags: [one]\n---\n\n## Other\n");
    let problem = fixture.problem();
    assert_eq!((problem.file.as_str(), problem.line), ("content/notes.md", 5), "{problem}");
    let fixture = fixture
        .with("content/docs/more.md", "---\ntitle: More\ndescription: D.\nweight: 2\ntags: [one]\n---\n\n## Place\n");
    age();
    assert_eq!(built(&fixture.options()).pages_kept, built(&fixture.options()).pages - 1);
}

#[test]
fn another_day_alone_makes_only_what_it_changes() {
    let fixture = site().with("content/privacy/2026-12-01.md", POLICY.replace("2025-03-31", "2026-12-01")).locked();
    age();
    built(&fixture.options());
    for (at, is_switch) in [("2026-11-23T00:00:00Z", false), ("2026-12-02T00:00:00Z", true)] {
        let options = Options { at: at.parse().expect("a moment"), ..fixture.options() };
        age();
        let Summary { pages, pages_kept, .. } = built(&options);
        assert!(pages_kept > 8 && (pages_kept < pages) == is_switch, "{at}: {pages_kept} of {pages}");
        assert_clean(&fixture, &options);
    }
}

/// What an editor does next.
#[derive(Debug, Clone)]
enum Edit {
    Write(usize, u8),
    Remove(usize),
    File(usize, u8),
    Picture(bool, u8),
    Later(u32),
    Minify,
    Spoil(usize),
}

const PAGES: [&str; 5] = ["features", "docs/install", "docs/more", "docs/last", "notes"];

/// Files that are no page, each with a word in it that may be another.
const FILES: [(&str, &str); 6] = [
    ("content/data/facts.yaml", "height: WORD\n"),
    ("content/products.yaml", PRODUCTS),
    ("content/site.yaml", SITE),
    ("themes/own/templates/facts.html", "<p>{{ data.facts.height }}WORD"),
    ("themes/own/templates/parts.html", "{% component box() %}<b>WORD</b>{% endcomponent box %}"),
    ("themes/own/assets/own.css", "p { order: WORD }"),
];

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        4 => (0..PAGES.len(), any::<u8>()).prop_map(|(page, word)| Edit::Write(page, word)),
        1 => (0..PAGES.len()).prop_map(Edit::Remove),
        4 => (0..FILES.len(), any::<u8>()).prop_map(|(file, word)| Edit::File(file, word)),
        2 => (any::<bool>(), 1_u8..90).prop_map(|(is_near, size)| Edit::Picture(is_near, size)),
        1 => (1_u32..80).prop_map(Edit::Later),
        1 => Just(Edit::Minify),
        1 => (0_usize..40).prop_map(Edit::Spoil),
    ];
    proptest::collection::vec(edit, 1..8)
}

fn carry_out(edit: &Edit, fixture: &Fixture, options: &mut Options) {
    let write = |path: &str, bytes: &[u8]| {
        let path = fixture.root().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, bytes).expect("written");
    };
    match edit {
        Edit::Write(page, word) => {
            let front = ["", "date: 2026-11-24\n", "tags: [one]\n", "weight: 1\n", "aliases: [/old/]\n"];
            let body = ["Text.", "![A](p.png)", "{{ <box /> }}", "[A](/docs/last/)", "## Place"];
            let (front, body) = (front[usize::from(word % 5)], body[usize::from(word / 5 % 5)]);
            write(
                &format!("content/{}.md", PAGES[*page]),
                format!("---\ntitle: T{word}\n{front}---\n\n{body}\n").as_bytes(),
            );
        }
        Edit::Remove(page) => drop(fs::remove_file(fixture.root().join(format!("content/{}.md", PAGES[*page])))),
        Edit::File(file, word) => {
            let (path, text) = FILES[*file];
            let text = text.replace("WORD", &word.to_string()).replacen("title: ", &format!("title: {word} "), 1);
            let theme = if path == "content/site.yaml" { "theme: own\n" } else { "" };
            write(path, (text.replace("Portal", &format!("Portal {word}")) + theme).as_bytes());
        }
        Edit::Picture(is_near, size) => {
            write(if *is_near { "content/docs/last/p.png" } else { "content/docs/p.png" }, &png(u32::from(*size), 20));
        }
        Edit::Later(hours) => options.at += jiff::SignedDuration::from_hours(i64::from(*hours)),
        Edit::Minify => options.minify = !options.minify,
        Edit::Spoil(number) => {
            let files: Vec<PathBuf> = bytes(options).into_keys().filter(|path| !path.ends_with("site.json")).collect();
            fs::write(options.out.join(&files[number % files.len()]), "spoilt").expect("written");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn after_any_edits_the_output_is_that_of_a_clean_build(edits in edits()) {
        let fixture = site();
        let mut options = fixture.options();
        age();
        built(&options);
        for edit in &edits {
            carry_out(edit, &fixture, &mut options);
            age();
            let outcome = build(&options);
            let clean = Options { out: fixture.root().join("clean"), ..options.clone() };
            drop(fs::remove_dir_all(&clean.out));
            let clean_outcome = build(&clean);
            prop_assert_eq!(outcome.as_ref().err(), clean_outcome.as_ref().err(), "{:?}", edit);
            if let (Ok(summary), Ok(clean_summary)) = (outcome, clean_outcome) {
                prop_assert_eq!(bytes(&options), bytes(&clean), "{:?}", edit);
                prop_assert_eq!((summary.pages, summary.warnings), (clean_summary.pages, clean_summary.warnings));
            }
        }
    }
}
