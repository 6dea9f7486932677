//! Tests of social images: what a page names is there, drawn once, and whatever is wrong is told.

use std::{fs, path::Path};

use super::*;
use crate::{
    drawing::tests::FONT,
    fixture::{Fixture, SITE},
};

const DRAWING: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1200\" height=\"630\"><path fill=\"#fff\" d=\"M0 0h1200v630H0z\"/>\
    {% for line in title | lines(width=900, size=80, weight=600, most=3) %}<text x=\"80\" y=\"{{ 200 + loop.index0 * 90 }}\" \
    font-size=\"80\">{{ line }}</text>{% endfor %}<text x=\"80\" y=\"600\">{{ label }}{{ site.title }}{{ site.host }}</text></svg>\n";

const PAGE: &str = "<title>{{ page.title }}</title>{% set card = social_image(title=page.title, label=\"In\") %}\
    <meta property=\"og:image\" content=\"{{ site.url ~ card.url }}\"><p>{{ card.width }}x{{ card.height }}</p>";

/// A site whose pages have such pictures.
fn site() -> Fixture {
    Fixture::themed()
        .with("themes/own/social.svg", DRAWING)
        .with("themes/own/fonts/a.ttf", FONT)
        .with("themes/own/templates/page.html", PAGE)
}

/// The picture of a page: where it is and what it is.
fn picture(fixture: &Fixture, page: &str) -> (String, Vec<u8>) {
    let html = fixture.output(page);
    let (_, rest) = html.split_once("https://example.com/").expect("an address");
    let (path, rest) = rest.split_once('"').expect("its end");
    assert!(rest.contains("1200x630"), "{html}");
    (path.to_owned(), fixture.outputs().remove(Path::new(path)).unwrap_or_else(|| panic!("{path} is there")))
}

#[test]
fn a_page_has_a_picture_with_its_title() {
    let fixture = site();
    fixture.build().expect("the site builds");
    let (path, png) = picture(&fixture, "features/index.html");
    assert!(path.starts_with("assets/social/") && path.len() == "assets/social/.png".len() + NAME_DIGITS, "{path}");
    let read = image::load_from_memory(&png).expect("a picture").into_luma8();
    assert_eq!(read.dimensions(), (WIDTH, HEIGHT));
    assert!(png.len() < 40_000, "{}", png.len());
    let dark = |top: u32, high: u32| (top..top + high).any(|y| (80..900).any(|x| read.get_pixel(x, y).0[0] < 60));
    assert!(dark(130, 80) && dark(580, 25) && !dark(260, 200));
    // Pages that ask for none have none: the home page, the folder and the policy of this theme.
    let pictures = fixture.outputs().into_keys().filter(|path| path.starts_with("assets/social")).count();
    assert_eq!(pictures, 2, "one for each page of the kind `page`");
}

#[test]
fn the_same_words_are_drawn_once_and_other_words_are_another_picture() {
    let same = "---\ntitle: Features\n---\n";
    let fixture = site().with("content/again.md", same).with("content/b.md", "---\ntitle: Pricing\n---\n");
    fixture.build().expect("the site builds");
    let first = picture(&fixture, "features/index.html");
    assert_eq!(first, picture(&fixture, "again/index.html"));
    assert_ne!(first.0, picture(&fixture, "b/index.html").0);
    let other = site();
    other.build().expect("the site builds");
    assert_eq!(first, picture(&other, "features/index.html"), "the same inputs, the same bytes");
    for (path, text) in [
        ("content/site.yaml", format!("{SITE}theme: own\n").replace("Fixture", "Another").into_bytes()),
        ("themes/own/social.svg", DRAWING.replace("#fff", "#ffe").into_bytes()),
        ("themes/own/fonts/b.ttf", include_bytes!("../../../themes/plus/fonts/inter-medium.ttf").to_vec()),
    ] {
        let changed = site().with(path, text);
        changed.build().expect("the site builds");
        assert_ne!(first.0, picture(&changed, "features/index.html").0, "{path}");
    }
}

#[test]
fn a_picture_of_the_editors_that_is_not_there_is_named() {
    let page =
        "<title>A</title>{% if page.image %}<meta content=\"{{ page.image }}\" property=\"og:image\">{% endif %}";
    let fixture = Fixture::themed()
        .with("themes/own/templates/page.html", page)
        .with("content/features.md", "---\ntitle: Features\nimage: /shot.png\n---\n");
    let problem = fixture.problem();
    assert!(problem.message.contains("there is no file `/shot.png`"), "{problem}");
    fixture.with("content/shot.png", crate::fixture::png(9, 9)).build().expect("the site builds");
}

#[test]
fn what_was_drawn_before_comes_from_the_cache_and_is_whole() {
    let fixture = site();
    fixture.build().expect("the site builds");
    let (first, folder) = (fixture.outputs(), fixture.root().join(DRAWINGS));
    let entries = || fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("readable").path());
    assert_eq!(entries().count(), 2);
    for damage in ["", "not a picture"] {
        entries().for_each(|entry| fs::write(entry, damage).expect("written"));
        fs::remove_dir_all(fixture.root().join("public")).expect("removed");
        fixture.build().expect("the site builds");
        assert_eq!(fixture.outputs(), first);
    }
    // Another picture in the cache under that name is shown: nothing was drawn.
    let cache = Cache::new(fixture.root(), DRAWINGS);
    let names = entries().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
    names.for_each(|name| cache.put(&name, b"{\"missing\":\"\"}\nkept"));
    fs::remove_dir_all(fixture.root().join("public")).expect("removed");
    fixture.build().expect("the site builds");
    assert_eq!(picture(&fixture, "features/index.html").1, b"kept");
}

#[test]
fn a_site_with_another_fault_waits_for_no_picture() {
    let fixture =
        site().with("content/a.md", "---\ntitle: A\n---\n").with("content/evidence/audits.yaml", "- date: soon\n");
    let problem = fixture.problem();
    assert_eq!(problem.file, "content/evidence/audits.yaml", "{problem}");
    assert!(!fixture.root().join(DRAWINGS).exists());
}

#[test]
fn a_theme_that_draws_nothing_pays_nothing() {
    let fixture = Fixture::themed().with("themes/own/social.svg", DRAWING).with("themes/own/fonts/a.ttf", FONT);
    fixture.build().expect("the site builds");
    assert!(!fixture.has_output("assets/social") && !fixture.root().join(DRAWINGS).exists());
    assert!(fixture.outputs().keys().all(|path| !path.to_string_lossy().contains("a.ttf")), "fonts are not published");
}

#[test]
fn letters_that_no_font_has_are_a_warning_each_time() {
    let fixture = site().with("content/features.md", "---\ntitle: 日本 <b>\n---\n");
    for at in ["2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"] {
        let summary = fixture.build_at(at).expect("the site builds");
        let [warning] = summary.warnings.as_slice() else { panic!("{:?}", summary.warnings) };
        assert_eq!(warning.message, "no font has `日`, which “日本 <b>” shows");
        assert_eq!(warning.file, "themes/own/social.svg");
    }
}

#[test]
fn what_is_wrong_with_the_drawing_is_told_at_its_place() {
    for (drawing, place, message) in [
        ("<svg>\n{{ titel }}</svg>", (2, 4), "there is no variable `titel`"),
        ("<svg>\n{{ site.url }}</svg>", (2, 9), "`site` has no field `url`"),
        ("<svg>\n{{ title | shout }}</svg>", (2, 12), "Unknown filter `shout`"),
        ("<svg>\n{% if title %}</svg>", (2, 1), ""),
        ("<svg>\n{{ title + 1 }}</svg>", (2, 4), ""),
        ("<p>{{ title }}", (0, 0), "cannot be drawn"),
    ] {
        let problem = site().with("themes/own/social.svg", drawing).problem();
        assert_eq!(problem.file, "themes/own/social.svg", "{drawing}");
        assert!(problem.message.contains(message) && problem.hint.is_some(), "{drawing}: {problem}");
        assert!(
            place.1 == 0 || problem.line > 0 && (message.is_empty() || (problem.line, problem.column) == place),
            "{problem}"
        );
    }
}

#[test]
fn a_theme_without_a_drawing_or_without_a_font_is_told_what_is_missing() {
    let problem = Fixture::themed().with("themes/own/templates/page.html", PAGE).problem();
    assert!(problem.message.contains("there is no themes/own/social.svg"), "{problem}");
    assert_eq!((problem.file.as_str(), problem.line), ("themes/own/templates/page.html", 1));
    let fixture = Fixture::themed().with("themes/own/templates/page.html", PAGE).with("themes/own/social.svg", DRAWING);
    let problem = fixture.problem();
    assert_eq!(problem.message, "has no font to write with", "{problem}");
}
