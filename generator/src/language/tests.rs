//! Sites in several languages from end to end: each test builds one and reads what was written.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::fixture::{Fixture, SITE};

/// The settings of a site in English, German and French.
const LANGUAGES: &str = "languages:\n  de: {title: Beispiel, description: Auf Deutsch}\n  fr: {}\n";

fn settings() -> String {
    SITE.replace("languages: [en]\n", LANGUAGES)
}

/// The small site, with some of its pages in German.
fn site() -> Fixture {
    Fixture::site()
        .with("content/site.yaml", settings())
        .with("content/_index.de.md", "---\ntitle: Start\n---\n\nWillkommen.\n")
        .with("content/features.de.md", "---\ntitle: Funktionen\n---\n\n## Was es kann\n")
        .with("content/docs/_index.de.md", "---\ntitle: Handbuch\n---\n")
        .with("content/docs/install.de.md", "---\ntitle: Einrichten\n---\n")
        .with("content/docs/use.md", "---\ntitle: Use\nweight: 2\n---\n")
        .with("content/docs/use.de.md", "---\ntitle: Benutzen\n---\n")
}

/// A page as it was written, without the quotes around values.
#[track_caller]
fn page_of(fixture: &Fixture, file: &str) -> String {
    fixture.output(file).replace('"', "")
}

/// The links of a page that say which language it is in besides: language and address.
fn alternates(page: &str) -> BTreeSet<(String, String)> {
    let value = |tag: &str, name: &str| {
        let rest = tag.split(&format!("{name}=")).nth(1).unwrap_or_default().trim_start_matches('"');
        rest.split(['"', '>', ' ']).next().unwrap_or_default().to_owned()
    };
    let tags = page.split("<link ").skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
    tags.filter(|tag| tag.contains("hreflang")).map(|tag| (value(tag, "hreflang"), value(tag, "href"))).collect()
}

#[test]
fn a_site_without_other_languages_is_as_it_was() {
    let plain = Fixture::site();
    plain.build().expect("the site builds");
    let before = plain.outputs();
    for languages in ["", "language: en\n", "languages: {de: , fr: {name: Français}}\n", "languages: [en, de]\n"] {
        let fixture = Fixture::site().with("content/site.yaml", SITE.replace("languages: [en]\n", languages));
        fixture.build().expect("the site builds");
        assert!(fixture.outputs() == before, "{languages}");
    }
    let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    let pages = before.iter().filter(|(path, _)| path.extension().is_some_and(|extension| extension == "html"));
    assert!(pages.map(|(_, bytes)| text(bytes)).all(|page| !page.contains("hreflang") && !page.contains("Languages")));
    assert!(!plain.output("sitemap.xml").contains("xhtml"));
}

#[test]
fn a_translation_is_a_page_of_its_own_in_its_language() {
    let fixture = site();
    fixture.build().expect("the site builds");
    let page = page_of(&fixture, "de/features/index.html");
    assert!(page.contains("<html lang=de>") && page.contains("<title>Funktionen · Beispiel</title>"), "{page}");
    assert!(page.contains("Was es kann") && page.contains("href=/de/feed.xml"), "{page}");
    assert!(page.contains(">2025-01-02</time>"), "{page}");
    let page = page_of(&fixture, "features/index.html");
    assert!(page.contains("<html lang=en>") && page.contains(">2 January 2025</time>"), "{page}");
    assert!(page_of(&fixture, "de/index.html").contains("Willkommen."));
    assert!(!fixture.has_output("features.de/index.html") && !fixture.has_output("fr"));
}

#[test]
fn a_part_of_a_name_that_is_no_declared_language_is_a_part_of_the_name() {
    let fixture =
        site().with("content/docs/v1.2.md", "---\ntitle: A\n---\n").with("content/a.es.md", "---\ntitle: B\n---\n");
    fixture.build().expect("the site builds");
    assert!(fixture.has_output("docs/v1.2/index.html") && fixture.has_output("a.es/index.html"));
    let fixture = fixture.with("content/docs/v1.2.de.md", "---\ntitle: A\n---\n");
    fixture.build().expect("the site builds");
    assert!(fixture.has_output("de/docs/v1.2/index.html"));
}

#[test]
fn translations_name_each_other_and_where_one_is_missing_nothing_is_copied() {
    let fixture = site().with("content/features.fr.md", "---\ntitle: Fonctions\n---\n");
    fixture.build().expect("the site builds");
    let expected: BTreeSet<(String, String)> = [
        ("en", "https://example.com/features/"),
        ("de", "https://example.com/de/features/"),
        ("fr", "https://example.com/fr/features/"),
        ("x-default", "https://example.com/features/"),
    ]
    .map(|(language, url)| (language.to_owned(), url.to_owned()))
    .into();
    for file in ["features/index.html", "de/features/index.html", "fr/features/index.html"] {
        assert_eq!(alternates(&page_of(&fixture, file)), expected, "{file}");
    }
    let page = page_of(&fixture, "fr/features/index.html");
    assert!(page.contains("<a href=/de/features/ hreflang=de lang=de>Deutsch</a>"), "{page}");
    assert!(page.contains("<a aria-current=page href=/fr/features/ hreflang=fr lang=fr>Français</a>"), "{page}");
    assert!(!fixture.has_output("fr/docs") && !fixture.has_output("fr/index.html"));
}

#[test]
fn menus_lead_to_the_translation_or_to_the_original_and_say_so() {
    let site_menu = settings()
        .replace("footer:", "  - {title: Use it, url: /docs/use/}\n  - {title: Mail, url: 'mailto:a@b.c'}\nfooter:");
    let fixture = site().with("content/site.yaml", &site_menu);
    fixture.build().expect("the site builds");
    let page = page_of(&fixture, "de/docs/index.html");
    assert!(
        page.contains("<a href=/de/features/>Funktionen</a>") && page.contains("<a href=/de/docs/use/>Benutzen</a>"),
        "{page}"
    );
    assert!(page.contains("<a href=/privacy/ hreflang=en lang=en>Privacy</a>"), "{page}");
    assert!(page.contains("<a href=mailto:a@b.c>Mail</a>") && page.contains("<a href=/de/>Beispiel</a>"), "{page}");
    let own = "de: {title: Beispiel, navigation: [{title: Kann, url: /features/}, {title: Stelle, url: /features/#what-it-does}], ";
    let fixture = fixture.with("content/site.yaml", site_menu.replace("de: {title: Beispiel, ", own));
    fixture.build().expect("the site builds");
    let page = page_of(&fixture, "de/docs/index.html");
    assert!(page.contains("<a href=/de/features/>Kann</a>") && !page.contains("Benutzen</a></ul>"), "{page}");
    assert!(page.contains("<a href=/features/#what-it-does hreflang=en lang=en>Stelle</a>"), "{page}");
}

#[test]
fn folders_neighbours_and_ways_stay_in_their_language() {
    let page = "{{ page.language }}:{% for step in page.trail %} {{ step.path }}{% if step.language %}={{ step.language }}{% endif %}\
                {% endfor %} |{% if page.previous %} {{ page.previous.title }}{% endif %} |{% if page.next %} {{ page.next.title }}{% endif %}\
                {% if section %} [{% for entry in section.pages %}{{ entry.path }} {% endfor %}]{% endif %}";
    let templates = ["page", "section", "home"].map(|name| format!("themes/own/templates/{name}.html"));
    let fixture = Fixture::themed();
    let fixture = templates.iter().fold(fixture, |fixture, name| fixture.with(name, page));
    let english = [
        ("content/docs/use.md", "---\ntitle: Use\nweight: 2\n---\n"),
        ("content/docs/more/a.md", "---\ntitle: A\n---\n"),
    ];
    let german = ["_index", "features", "docs/install", "docs/use", "docs/more/a"];
    let fixture = english.into_iter().fold(fixture, |fixture, (file, text)| fixture.with(file, text));
    let fixture = german.iter().fold(fixture, |fixture, name| {
        fixture.with(&format!("content/{name}.de.md"), format!("---\ntitle: D {name}\n---\n"))
    });
    let fixture = fixture.with("content/site.yaml", settings() + "theme: own\n");
    fixture.build().expect("the site builds");
    for (file, shown) in [
        ("docs/install", "en: / /docs/ | | Use"),
        ("de/docs/install", "de: /de/ /docs/=en | | D docs/use"),
        ("de/docs/use", "de: /de/ /docs/=en | D docs/install |"),
        ("de/docs/more/a", "de: /de/ /docs/=en | |"),
        ("de/features", "de: /de/ | |"),
        ("de", "de: | | [/de/features/ ]"),
        (".", "en: | | [/privacy/ /features/ /docs/ ]"),
        ("docs", "en: / | | [/docs/install/ /docs/use/ ]"),
    ] {
        let words = fixture.output(&format!("{file}/index.html"));
        assert_eq!(words.split_whitespace().collect::<Vec<_>>().join(" "), shown, "{file}");
    }
}

#[test]
fn a_schema_asks_a_translation_only_for_what_it_does_not_take_over() {
    let fixture = site()
        .with("content/book/_schema.yaml", "required: [description, weight]\n")
        .with("content/book/_index.md", "---\ntitle: Docs\ndescription: All\nweight: 1\n---\n")
        .with("content/book/install.md", "---\ntitle: Install\ndescription: How\nweight: 2\n---\n")
        .with("content/book/install.de.md", "---\ntitle: D\n---\n");
    let problem = fixture.problem();
    assert_eq!(
        (problem.file.as_str(), problem.message.as_str()),
        ("content/book/install.de.md", "there is no `description`")
    );
    fixture
        .with("content/book/install.de.md", "---\ntitle: D\ndescription: Wie\n---\n")
        .build()
        .expect("the site builds");
}

#[test]
fn what_a_translation_leaves_unsaid_it_takes_over_and_with_its_page_it_goes() {
    let fixture = site()
        .with("content/a.md", "---\ntitle: A\nnoindex: true\ntemplate: section.html\n---\n")
        .with("content/a.de.md", "---\ntitle: Ah\n---\n")
        .with("content/b.md", "---\ntitle: B\ndraft: true\n---\n")
        .with("content/b.de.md", "---\ntitle: Be\n---\n")
        .with("content/c.md", "---\ntitle: C\n---\n")
        .with("content/c.de.md", "---\ntitle: Ce\nnoindex: true\n---\n");
    fixture.build().expect("the site builds");
    assert!(page_of(&fixture, "de/a/index.html").contains("noindex") && !fixture.has_output("de/b"));
    // What search engines may not list is no alternate of what they may.
    assert!(alternates(&page_of(&fixture, "c/index.html")).is_empty());
    let fixture = fixture.with("content/site.yaml", settings()).with("content/b.md", "---\ntitle: B\n---\n");
    fixture.build().expect("the site builds");
    assert!(fixture.has_output("de/b/index.html"));
}

#[test]
fn a_translation_of_nothing_is_named_with_what_was_meant() {
    let problem = site().with("content/fetures.de.md", "---\ntitle: A\n---\n").problem();
    assert_eq!(problem.file, "content/fetures.de.md");
    assert_eq!(problem.message, "translates a page that does not exist: `content/fetures.md`");
    assert_eq!(
        problem.hint.as_deref(),
        Some("did you mean `content/features.de.md`, which translates `content/features.md`?")
    );
    // One that is there and cannot be read is named itself, and alone.
    let problem = site().with("content/features.md", "---\ntitel: A\n---\n").problem();
    assert_eq!(problem.file, "content/features.md");
}

#[test]
fn a_language_that_is_not_declared_is_asked_for_and_broken_settings_are_told_alone() {
    let problem = site().with("content/docs/_index.es.md", "---\ntitle: A\n---\n").problem();
    assert_eq!(problem.file, "content/docs/_index.es.md");
    assert_eq!(problem.hint.as_deref(), Some("declare the language `es` in `languages` of `content/site.yaml`"));
    let problem = site().with("content/site.yaml", settings().replace("  fr: {}", "  french: {}")).problem();
    assert_eq!(
        (problem.file.as_str(), problem.message.as_str()),
        ("content/site.yaml", "`french` is not a language tag")
    );
}

#[test]
fn two_files_for_one_translation_are_both_named() {
    let shown = site().with("content/features/_index.de.md", "---\ntitle: A\n---\n").problem().to_string();
    assert!(shown.contains("content/features.de.md") && shown.contains("content/features/_index.de.md"), "{shown}");
}

#[test]
fn the_place_of_a_language_is_for_its_translations_alone() {
    for (file, hint) in [
        ("content/de/news.md", "a translation lies beside its page: `content/news.de.md`"),
        ("content/de.md", "give it another name"),
    ] {
        let problem = site().with(file, "---\ntitle: A\n---\n").problem();
        assert_eq!((problem.file.as_str(), problem.hint.as_deref()), (file, Some(hint)), "{problem}");
    }
}

#[test]
fn a_policy_has_one_wording() {
    for file in ["content/privacy/_index.de.md", "content/privacy/2025-03-31.de.md"] {
        let problem = site().with(file, "---\ntitle: Datenschutz\n---\n").problem();
        assert_eq!(problem.file, file);
        assert_eq!(problem.message, "is a translation of a policy, which has one wording only");
        assert!(problem.hint.is_some_and(|hint| hint.contains("what binds is its text in `en`")));
    }
    let problem = site().with("content/docs/_index.de.md", "---\ntitle: A\nkind: policy\n---\n").problem();
    assert_eq!((problem.line, problem.message.as_str()), (3, "a translation has no kind of its own"));
}

#[test]
fn a_page_for_addresses_that_do_not_exist_may_be_translated() {
    let fixture = site().with("content/404.de.md", "---\ntitle: Nicht da\n---\n");
    fixture.build().expect("the site builds");
    assert!(page_of(&fixture, "de/404.html").contains("Nicht da") && page_of(&fixture, "404.html").contains("lang=en"));
}

#[test]
fn the_sitemap_has_each_page_with_all_its_languages() {
    let fixture = site();
    fixture.build().expect("the site builds");
    let sitemap = fixture.output("sitemap.xml");
    assert!(sitemap.contains("xmlns:xhtml=\"http://www.w3.org/1999/xhtml\""), "{sitemap}");
    let links = "<xhtml:link rel=\"alternate\" hreflang=\"en\" href=\"https://example.com/docs/use/\"/>\
                 <xhtml:link rel=\"alternate\" hreflang=\"de\" href=\"https://example.com/de/docs/use/\"/>\
                 <xhtml:link rel=\"alternate\" hreflang=\"x-default\" href=\"https://example.com/docs/use/\"/></url>";
    for path in ["/docs/use/", "/de/docs/use/"] {
        assert!(sitemap.contains(&format!("<url><loc>https://example.com{path}</loc>{links}")), "{sitemap}");
    }
    assert!(sitemap.contains("<url><loc>https://example.com/privacy/history/</loc></url>"), "{sitemap}");
}

#[test]
fn feeds_and_tags_are_of_one_language() {
    let fixture = site()
        .with("content/news.md", "---\ntitle: News\ndate: 2026-01-01\ntags: [guide]\n---\n")
        .with("content/news.de.md", "---\ntitle: Neues\ntags: [guide, Hilfe]\n---\n");
    fixture.build().expect("the site builds");
    let (english, german) = (fixture.output("feed.xml"), fixture.output("de/feed.xml"));
    assert!(english.contains("<title>News</title>") && !english.contains("Neues"), "{english}");
    assert!(german.contains("<title>Neues</title>") && !german.contains("Privacy Policy"), "{german}");
    assert!(german.contains("xml:lang=\"de\"") && german.contains("<title>Beispiel</title>"), "{german}");
    assert!(german.contains("<id>https://example.com/de/</id>") && !fixture.has_output("fr/feed.xml"), "{german}");
    assert!(!page_of(&fixture, "tags/guide/index.html").contains("Neues"));
    let page = page_of(&fixture, "de/tags/guide/index.html");
    assert!(page.contains("<html lang=de>") && page.contains("href=/de/news/>Neues"), "{page}");
    assert_eq!(alternates(&page).len(), 3);
    let feed = fixture.output("de/tags/guide/feed.xml");
    assert!(
        feed.contains("Neues") && !feed.contains("<title>News</title>") && feed.contains("xml:lang=\"de\""),
        "{feed}"
    );
    assert!(fixture.has_output("de/tags/hilfe/index.html") && !fixture.has_output("tags/hilfe"));
}

#[test]
fn the_search_finds_pages_of_its_language() {
    let search = "---\ntitle: Search\nnoindex: true\ntemplate: search.html\n---\n";
    let template = "<p id={{ search_index() }}></p>{% for group in all_pages() %}{{ group.path }}:{% for page in group.pages %} {{ page.path }}{% endfor %};{% endfor %}";
    let fixture =
        ["_index", "features", "docs/_index", "docs/install"].iter().fold(Fixture::themed(), |fixture, name| {
            fixture.with(&format!("content/{name}.de.md"), format!("---\ntitle: D\n---\n\nwort-{name}\n"))
        });
    let fixture = fixture
        .with("content/site.yaml", settings() + "theme: own\n")
        .with("content/search.md", search)
        .with("content/search.de.md", "---\ntitle: Suche\n---\n")
        .with("themes/own/templates/search.html", template);
    fixture.build().expect("the site builds");
    let paths = |file: &str| {
        let page = page_of(&fixture, file);
        let address = page.split("id=").nth(1).and_then(|rest| rest.split('>').next()).expect("an address").to_owned();
        let index = fixture.output(address.trim_matches(['/', '"']));
        let index: serde_json::Value = serde_json::from_str(&index).expect("JSON");
        let paths = index["pages"].as_array().into_iter().flatten().filter_map(|page| page[0].as_str());
        (paths.map(str::to_owned).collect::<Vec<_>>(), page.split("</p>").nth(1).unwrap_or_default().trim().to_owned())
    };
    let (german, overview) = paths("de/search/index.html");
    assert_eq!(german, ["/de/", "/de/docs/", "/de/docs/install/", "/de/features/"]);
    assert_eq!(overview, "/de/: /de/ /de/features/;/de/docs/: /de/docs/ /de/docs/install/;");
    let (english, _) = paths("search/index.html");
    assert!(!english.is_empty() && english.iter().all(|path| !path.starts_with("/de/")), "{english:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever is translated: each page with alternates names itself, all that it names exist, and they name it as well.
    #[test]
    fn alternates_are_mutual_and_name_the_page_itself(translated in proptest::collection::vec((0_usize..5, 0_usize..2), 0..10)) {
        let names = ["_index", "features", "docs/_index", "docs/install", "docs/use"];
        let fixture = Fixture::site()
            .with("content/site.yaml", settings())
            .with("content/docs/use.md", "---\ntitle: Use\ntags: [a]\n---\n");
        let fixture = translated.iter().fold(fixture, |fixture, (name, language)| {
            let file = format!("content/{}.{}.md", names[*name], ["de", "fr"][*language]);
            fixture.with(&file, "---\ntitle: T\ntags: [a]\n---\n")
        });
        fixture.build().expect("the site builds");
        let pages: BTreeMap<String, BTreeSet<(String, String)>> = fixture
            .outputs()
            .into_iter()
            .filter_map(|(path, bytes)| {
                let path = path.to_str()?.strip_suffix("index.html")?.to_owned();
                Some((format!("https://example.com/{path}"), alternates(&String::from_utf8_lossy(&bytes))))
            })
            .collect();
        prop_assert_eq!(translated.is_empty(), pages.values().all(BTreeSet::is_empty));
        for (url, links) in pages.iter().filter(|(_, links)| !links.is_empty()) {
            prop_assert!(links.iter().any(|(_, one)| one == url), "{} does not name itself", url);
            for (_, other) in links {
                prop_assert_eq!(pages.get(other), Some(links), "{} and {}", url, other);
            }
        }
    }
}
