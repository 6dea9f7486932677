//! Releases from their files to everything that tells of them, and every mistake an editor can make.

use edge::site::SiteData;

use crate::fixture::{Fixture, PRODUCTS, SITE};

/// A well-formed release of the one product of the fixture.
const RELEASE: &str = "---
version: 1.2.0
date: 2026-05-01
security: false
requires: 6.1
tested: 6.9
requires_php: 7.4
---

## Added

- Files can be *sorted*
";

const FILE: &str = "content/releases/1.2.0.md";

/// The release with another version and day, and more above its notes.
fn release(version: &str, date: &str, more: &str) -> String {
    let text = RELEASE.replace("1.2.0", version).replace("2026-05-01", date);
    text.replace("requires_php: 7.4\n", &format!("requires_php: 7.4\n{more}"))
}

/// A site with releases of these versions, each of its day and with more above its notes.
fn with(releases: &[(&str, &str, &str)]) -> Fixture {
    releases.iter().fold(Fixture::site(), |fixture, (version, date, more)| {
        fixture.with(&format!("content/releases/{version}.md"), release(version, date, more))
    })
}

fn site_data(fixture: &Fixture) -> SiteData {
    serde_json::from_str(&fixture.output("site.json")).expect("the edge reads it")
}

fn versions(fixture: &Fixture) -> Vec<String> {
    site_data(fixture).releases.into_iter().map(|release| release.version).collect()
}

/// The places of texts in another, which has them all.
#[track_caller]
fn places<const N: usize>(text: &str, parts: [&str; N]) -> [usize; N] {
    parts.map(|part| text.find(part).unwrap_or_else(|| panic!("{part} is missing in {text}")))
}

#[test]
fn a_release_reaches_the_changelog_its_feed_and_the_edge() {
    let fixture = with(&[("1.2.0", "2026-05-01", "notify: true\n")]);
    fixture.build().expect("the site builds");
    let page = fixture.output("changelog/index.html");
    places(
        &page,
        [
            "<h1>Changelog</h1>",
            "id=\"portal-1.2.0\"",
            "datetime=\"2026-05-01\"",
            "<h3>Added</h3>",
            "<em>sorted</em>",
            "Requires WordPress 6.1 and PHP 7.4 or later. Tested up to WordPress 6.9.",
            "href=\"/changelog/feed.xml\"",
        ],
    );
    assert!(!page.contains("ecurity"), "{page}");
    let feed = fixture.output("changelog/feed.xml");
    places(
        &feed,
        [
            "<title>Fixture: Changelog</title>",
            "href=\"https://example.com/changelog/feed.xml\"",
            "<title>Portal 1.2.0</title>\n<id>https://example.com/changelog/#portal-1.2.0</id>",
            "<updated>2026-05-01T00:00:00Z</updated>",
            "<summary>Requires WordPress 6.1 and PHP 7.4; tested up to WordPress 6.9.</summary>",
            "<content type=\"html\">&lt;h3&gt;Added&lt;/h3&gt;",
        ],
    );
    assert!(fixture.output("sitemap.xml").contains("/changelog/</loc><lastmod>2026-05-01</lastmod>"));
    let data = site_data(&fixture);
    let latest = data.latest_release("portal").expect("a release");
    assert_eq!((latest.date, latest.security, latest.notify), (1_777_593_600, false, true));
    assert_eq!([&*latest.requires, &*latest.tested, &*latest.requires_php], ["6.1", "6.9", "7.4"]);
    assert_eq!(latest.notes, "<h3>Added</h3>\n<ul>\n<li>Files can be <em>sorted</em></li>\n</ul>\n");
}

#[test]
fn the_newest_come_first_and_a_security_release_says_so() {
    let fixture = with(&[
        ("1.9.0", "2026-01-01", ""),
        ("1.10.0", "2026-03-01", ""),
        ("1.9.1", "2026-03-01", ""),
        ("1.10.1", "2026-02-01", ""),
    ]);
    let fixture = fixture.with(
        "content/releases/1.10.1.md",
        release("1.10.1", "2026-02-01", "").replace("security: false", "security: true"),
    );
    fixture.build().expect("the site builds");
    let order = ["1.10.0", "1.9.1", "1.10.1", "1.9.0"];
    assert_eq!(versions(&fixture), order);
    assert_eq!(site_data(&fixture).latest_release("portal").map(|release| release.version.as_str()), Some("1.10.1"));
    for file in ["changelog/index.html", "changelog/feed.xml"] {
        let text = fixture.output(file);
        let found = places(&text, order.map(|version| ["#portal-", version].concat()).each_ref().map(String::as_str));
        assert!(found.is_sorted(), "{file} {found:?}");
        assert_eq!(text.matches("ecurity release").count(), 1, "{file}");
    }
}

#[test]
fn a_release_is_out_from_its_day_in_the_zone_of_the_site_on() {
    let zone = SITE.replace("time_zone: UTC", "time_zone: America/New_York");
    let fixture = with(&[("1.2.0", "2026-05-01", ""), ("1.3.0", "2026-06-01", "")]).with("content/site.yaml", zone);
    let fixture = fixture.locked();
    for (at, out) in [
        ("2026-05-01T03:59:59Z", vec![]),
        ("2026-05-01T04:00:00Z", vec!["1.2.0"]),
        ("2026-06-01T03:59:59Z", vec!["1.2.0"]),
        ("2026-06-01T04:00:00Z", vec!["1.3.0", "1.2.0"]),
    ] {
        fixture.build_at(at).expect("the site builds");
        assert_eq!(versions(&fixture), out, "{at}");
        assert_eq!(fixture.has_output("changelog/index.html"), !out.is_empty(), "{at}");
        let feed = fixture.has_output("changelog/feed.xml").then(|| fixture.output("changelog/feed.xml"));
        assert_eq!(feed.map_or(0, |feed| feed.matches("<entry>").count()), out.len(), "{at}");
    }
}

#[test]
fn the_page_has_the_words_of_its_own_file_and_is_there_before_the_first_release() {
    let words = "---\ntitle: What is new\ndescription: All of it.\n---\n\nFrom the start.\n";
    let fixture = with(&[("1.2.0", "2026-05-01", "")]).with("content/changelog.md", words);
    fixture.build().expect("the site builds");
    let page = fixture.output("changelog/index.html");
    let found = places(&page, ["<h1>What is new</h1>", "From the start.", "id=\"portal-1.2.0\""]);
    assert!(found.is_sorted(), "{page}");
    assert!(fixture.output("changelog/feed.xml").contains("<title>Fixture: What is new</title>"));
    fixture.build_at("2026-01-01T00:00:00Z").expect("the site builds");
    assert!(fixture.output("changelog/index.html").contains("Nothing has been released yet."));
    assert_eq!(fixture.output("changelog/feed.xml").matches("<entry>").count(), 0);
}

#[test]
fn releases_of_several_products_say_whose_they_are() {
    let second = PRODUCTS.replace("id: portal", "id: vault").replace("name: Portal", "name: Vault");
    let fixture = Fixture::site()
        .with("content/products.yaml", format!("{PRODUCTS}{second}"))
        .with("content/releases/portal/1.2.0.md", release("1.2.0", "2026-05-01", "product: portal\n"))
        .with("content/releases/vault/1.2.0.md", release("1.2.0", "2026-05-01", "product: vault\n"));
    fixture.build().expect("the site builds");
    let page = fixture.output("changelog/index.html");
    places(&page, ["id=\"portal-1.2.0\">Portal 1.2.0", "id=\"vault-1.2.0\">Vault 1.2.0"]);
    let data = site_data(&fixture);
    assert!(data.latest_release("portal").is_some() && data.latest_release("vault").is_some());

    let fixture = fixture.with("content/releases/vault/1.2.0.md", RELEASE);
    let problem = fixture.problem();
    assert_eq!(problem.message, "does not say of which product it is a release");
    assert_eq!(problem.hint.as_deref(), Some("add `product: …`; there are: portal, vault"));
}

#[test]
fn each_mistake_in_a_value_is_named_at_its_place_with_a_way_out() {
    for (from, to, place, message, hint) in [
        ("version: 1.2.0", "version: 1.2.1", (2, 10), "`1.2.1` is not the name of the file, `1.2.0`", "1.2.1.md"),
        ("version: 1.2.0", "version: v1.2.0", (2, 10), "`v1.2.0` is not a version", "as `1.2.3`"),
        ("version: 1.2.0\n", "", (2, 1), "missing field `version`", "add `version`"),
        ("date: 2026-05-01", "date: 2026-02-30", (3, 7), "`2026-02-30` is not a date", "write a day that exists"),
        (
            "date: 2026-05-01",
            "date: 2026-05-01T10:00:00Z",
            (3, 7),
            "`2026-05-01T10:00:00Z` is not a date",
            "write a day",
        ),
        ("security: false\n", "", (2, 1), "missing field `security`", "add `security`"),
        (
            "security: false",
            "security: maybe",
            (4, 11),
            "has to be `true` or `false`, and is \"maybe\"",
            "without quotes",
        ),
        (
            "security: false",
            "security: false\nnotify: 1",
            (5, 9),
            "has to be `true` or `false`, and is `1`",
            "without quotes",
        ),
        ("security: false", "securty: false", (4, 1), "unknown field `securty`", "did you mean `security`?"),
        ("requires: 6.1", "requires: WordPress 6", (5, 11), "`WordPress 6` is not a version", "as `1.2.3`"),
        ("requires: 6.1\n", "", (2, 1), "missing field `requires`", "add `requires`"),
        (
            "tested: 6.9",
            "tested: 6.0",
            (6, 9),
            "it requires WordPress 6.1 and was tested with 6.0 only",
            "newest WordPress",
        ),
        ("requires_php: 7.4", "requires_php: 8", (7, 15), "`8` is not a version", "as `1.2.3`"),
        (
            "requires_php: 7.4",
            "requires_php: 7.4\nproduct: portl",
            (8, 10),
            "there is no product `portl`",
            "did you mean `portal`?",
        ),
        (
            "requires_php: 7.4",
            "requires_php: 7.4\nproduct: mail",
            (8, 10),
            "there is no product `mail`",
            "there are: portal",
        ),
        ("Files can", "Files [can][c]", (12, 9), "nothing defines the link `c`", "add a line `[c]: …` below"),
        (
            "sorted*",
            "sorted*[^1]\n\n[^1]: By name",
            (12, 24),
            "release notes have no footnotes",
            "write it into the text",
        ),
    ] {
        assert!(RELEASE.contains(from), "{from}");
        let problem = Fixture::site().with(FILE, RELEASE.replacen(from, to, 1)).problem();
        assert_eq!(problem.file, FILE, "{problem}");
        assert_eq!(((problem.line, problem.column), problem.message.as_str()), (place, message), "{problem}");
        assert!(problem.hint.as_deref().is_some_and(|text| text.contains(hint)), "{hint}: {problem}");
    }
}

#[test]
fn each_mistake_in_the_files_is_named_with_a_way_out() {
    let whole = |text: &str| text.to_owned();
    for (file, text, message, hint) in [
        ("1.2.0.md", whole("1.2.0"), "there is no front matter", "begin the file with a line `---`"),
        (
            "1.2.0.md",
            whole(RELEASE.split_once("\n\n").expect("notes").0),
            "has no notes",
            "write below the front matter",
        ),
        ("portal.zip", whole("PK"), "is not a release", "keep archives out of `content/`"),
        (
            "latest.md",
            whole(RELEASE),
            "`1.2.0` is not the name of the file, `latest`",
            "name the file `content/releases/1.2.0.md`",
        ),
    ] {
        let file = format!("content/releases/{file}");
        let problem = Fixture::site().with(&file, text).problem();
        assert_eq!((problem.file.as_str(), problem.message.as_str()), (&*file, message), "{problem}");
        assert!(problem.hint.as_deref().is_some_and(|text| text.contains(hint)), "{problem}");
    }
}

#[test]
fn one_version_is_released_once_however_it_is_written() {
    let problem = with(&[("1.2-RC.1", "2026-04-01", ""), ("1.2-rc1", "2026-05-01", "")]).problem();
    assert_eq!(problem.file, "content/releases/1.2-rc1.md");
    assert_eq!(problem.message, "version 1.2-rc1 has been released already: content/releases/1.2-RC.1.md");
    assert!(problem.hint.is_some_and(|hint| hint.contains("higher number")));
}

#[test]
fn a_release_needs_a_product_and_a_broken_catalogue_is_one_finding() {
    let problem = with(&[("1.2.0", "2026-05-01", "")]).with("content/products.yaml", "[]\n").problem();
    assert_eq!((problem.file.as_str(), problem.line), (FILE, 0), "{problem}");
    assert!(problem.hint.is_some_and(|hint| hint.contains("content/products.yaml")));
    let problem = with(&[("1.2.0", "2026-05-01", "")]).with("content/products.yaml", "- id: A\n").problem();
    assert_eq!(problem.file, "content/products.yaml");
}

#[test]
fn a_release_of_a_later_day_is_checked_too() {
    let later = release("1.3.0", "2027-05-01", "").replace("requires_php: 7.4", "requires_php: seven");
    let problem = Fixture::site().with("content/releases/1.3.0.md", later).problem();
    assert_eq!((problem.file.as_str(), problem.line), ("content/releases/1.3.0.md", 7));
}

#[test]
fn an_unfinished_version_that_every_site_would_get_is_a_warning() {
    let warnings = |fixture: &Fixture| fixture.build().expect("the site builds").warnings;
    let fixture = with(&[("1.2.0", "2026-05-01", ""), ("1.3.0-beta.1", "2026-06-01", "")]);
    let [warning] = &warnings(&fixture)[..] else { panic!("one warning") };
    assert_eq!(warning.file, "content/releases/1.3.0-beta.1.md");
    assert_eq!(
        warning.message,
        "1.3.0-beta.1 is not a finished version; sites that take beta versions are told to update to it"
    );
    let fixture = fixture.with("content/releases/1.3.0.md", release("1.3.0", "2026-07-01", ""));
    assert_eq!(warnings(&fixture), []);
}

#[test]
fn the_same_releases_give_the_same_bytes_at_whatever_moment() {
    let fixture = with(&[("1.2.0", "2026-05-01", ""), ("1.1.0", "2026-05-01", "")]);
    let files = ["changelog/index.html", "changelog/feed.xml", "site.json"];
    fixture.build().expect("the site builds");
    let first = files.map(|file| fixture.output(file));
    let summary = fixture.build_at("2026-11-23T00:00:00Z").expect("the site builds");
    assert_eq!((summary.files_written, first), (0, files.map(|file| fixture.output(file))));
}

#[test]
fn notes_are_no_page_and_are_published_only_where_they_belong() {
    let fixture = with(&[("1.2.0", "2026-05-01", "")]);
    fixture.build().expect("the site builds");
    assert!(!fixture.has_output("releases"));
    assert!(!fixture.output("sitemap.xml").contains("/releases/"));
}
