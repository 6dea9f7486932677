//! What others make of this site's own pages: the picture where an address is shared, the data that programs read, the icons, and
//! what a script is held against. All of it has to say what a reader sees on the page, and name files that are there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use generator::Options;
use serde_json::Value;
use sha2::{Digest, Sha384};

const URL: &str = "https://clientportalplugin.com";

/// The pages of the site by their paths below the output folder.
struct Built {
    out: PathBuf,
    pages: BTreeMap<String, String>,
}

/// How this site, or a copy of it, is built to be read.
pub(crate) fn options(root: &Path, out: &Path) -> Options {
    Options {
        root: root.to_owned(),
        out: out.to_owned(),
        at: "2026-12-01T09:00:00Z".parse().expect("a moment"),
        base_url: None,
        drafts: false,
        minify: true,
        test_report: None,
        progress: |_| (),
        timing: generator::timing::Timing::default(),
    }
}

impl Built {
    fn new(name: &str) -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let out = std::env::temp_dir().join(format!("cpp-shared-{name}-{}", std::process::id()));
        generator::build(&options(&here, &out)).unwrap_or_else(|problems| panic!("{problems:?}"));
        let mut pages = BTreeMap::new();
        read(&out, &out, &mut pages);
        assert!(pages.len() > 20, "{:?}", pages.keys());
        Self { out, pages }
    }

    /// The bytes of a file by an address of this site.
    #[track_caller]
    fn file(&self, address: &str) -> Vec<u8> {
        let path = address.strip_prefix(URL).unwrap_or(address);
        fs::read(self.out.join(path.trim_start_matches('/'))).unwrap_or_else(|error| panic!("{address}: {error}"))
    }

    /// The data for programs that a page has, by type; what a page has as a graph is each by itself.
    fn data(&self, page: &str) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        for (_, rest) in split(&self.pages[page], "<script type=\"application/ld+json\">") {
            let text = rest.split("</script>").next().unwrap_or_default();
            let data: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{page}: {error}"));
            assert_eq!(data["@context"], "https://schema.org", "{page}");
            let items = data["@graph"].as_array().cloned().unwrap_or_else(|| vec![data]);
            for item in items {
                let kind = item["@type"].as_str().unwrap_or_default().to_owned();
                assert!(found.insert(kind.clone(), item).is_none(), "{page} has {kind} twice");
            }
        }
        found
    }
}

impl Drop for Built {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.out));
    }
}

fn read(out: &Path, folder: &Path, pages: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            // Pages ahead of their time are shown under the addresses of others.
            if !path.ends_with("_at") {
                read(out, &path, pages);
            }
        } else if path.extension().is_some_and(|extension| extension == "html") {
            let name = path.strip_prefix(out).expect("inside").to_string_lossy().into_owned();
            pages.insert(name, fs::read_to_string(&path).expect("text"));
        }
    }
}

/// Each place of a text with what stands before and after it.
fn split<'a>(text: &'a str, at: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    text.match_indices(at).map(|(start, found)| (&text[..start], &text[start + found.len()..]))
}

/// The value of a `meta` element.
fn meta<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let tag = page.split("<meta ").find(|tag| tag.contains(&format!("\"{name}\"")))?;
    tag.split_once("content=\"")?.1.split('"').next()
}

/// The letters of some HTML that a reader sees.
fn letters(html: &str) -> String {
    let text: String = html
        .split('<')
        .enumerate()
        .map(|(at, part)| if at == 0 { part } else { part.split_once('>').map_or("", |(_, text)| text) })
        .collect();
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    text.split_whitespace().collect()
}

#[test]
fn every_page_that_can_be_shared_has_a_picture_that_is_there() {
    let built = Built::new("pictures");
    let home = meta(&built.pages["index.html"], "og:image").expect("the home page has one");
    for (path, page) in &built.pages {
        let Some(image) = meta(page, "og:image") else {
            assert!(page.contains("noindex"), "{path} has no picture");
            continue;
        };
        let png = built.file(image);
        assert_eq!(png[16..24], [0, 0, 4, 176, 0, 0, 2, 118], "{path}: 1200 by 630");
        assert!(png.len() < 40_000, "{path}: {} bytes", png.len());
        assert_eq!(
            (meta(page, "og:image:width"), meta(page, "og:image:height")),
            (Some("1200"), Some("630")),
            "{path}"
        );
        assert!(meta(page, "og:image:alt").is_some_and(|alt| alt.len() > 20), "{path}");
        assert_eq!(meta(page, "twitter:card"), Some("summary_large_image"), "{path}");
        let kinds = ["since", "history", "upcoming", "compare"];
        let is_of_version = path.split('/').any(|part| part.starts_with(char::is_numeric) || kinds.contains(&part));
        if path.starts_with("privacy/") && is_of_version {
            assert_eq!(image, home, "{path} looks like the site");
        } else if path != "index.html" {
            assert_ne!(image, home, "{path} has its own");
        }
    }
    for path in ["404.html", "500.html", "_shell/index.html"] {
        assert_eq!(meta(&built.pages[path], "og:image"), None, "{path}");
    }
}

#[test]
fn programs_read_what_the_pages_say() {
    let built = Built::new("data");
    let home = built.data("index.html");
    assert_eq!(home["Organization"]["url"], format!("{URL}/"));
    built.file(home["Organization"]["logo"].as_str().expect("an address"));
    assert_eq!(home["WebSite"]["publisher"]["@id"], home["Organization"]["@id"]);
    let pricing = built.data("pricing/index.html");
    let offers = pricing["Product"]["offers"].as_array().expect("offers");
    let html = &built.pages["pricing/index.html"];
    let page = letters(html);
    assert_eq!(offers.len(), html.matches("name=\"plan\"").count(), "one for each plan");
    for offer in offers {
        let price = offer["price"].as_str().expect("a price").trim_end_matches(".00").to_owned();
        assert!(page.contains(&price), "{offer}");
    }
    assert_eq!(home["SoftwareApplication"]["offers"].as_array().map(Vec::len), Some(offers.len()));
    built.file(pricing["Product"]["image"].as_str().expect("an address"));
    let release = built.data("changelog/index.html");
    let notes = release["SoftwareApplication"]["releaseNotes"].as_str().expect("an address");
    let place = notes.split_once('#').expect("a place").1;
    assert!(built.pages["changelog/index.html"].contains(&format!("id=\"{place}\"")), "{notes}");
    let steps = built.data("docs/install/index.html")["BreadcrumbList"]["itemListElement"].clone();
    assert_eq!(steps.as_array().map(Vec::len), Some(3), "{steps}");
    for (path, page) in &built.pages {
        assert!(!page.contains("itemprop") && !page.contains("Rating"), "{path}");
        let is_below = path.ends_with("/index.html") && !page.contains("noindex");
        assert!(!is_below || built.data(path).contains_key("BreadcrumbList"), "{path} does not say where it is");
    }
}

#[test]
fn questions_and_answers_for_programs_are_those_on_the_page() {
    let built = Built::new("questions");
    let mut count = 0;
    for (path, page) in &built.pages {
        let shown: Vec<(String, String)> = split(page, "<details class=\"question\">")
            .map(|(_, rest)| {
                let (question, rest) = rest.split_once("</summary>").expect("its end");
                (letters(question), letters(rest.split("</details>").next().unwrap_or_default()))
            })
            .collect();
        let data = built.data(path);
        let Some(list) = data.get("FAQPage") else {
            assert!(shown.is_empty(), "{path} has questions that programs do not see");
            continue;
        };
        let plain = |value: &Value| value.as_str().expect("text").split_whitespace().collect::<String>();
        let entry = |entry: &Value| (plain(&entry["name"]), plain(&entry["acceptedAnswer"]["text"]));
        let read: Vec<(String, String)> = list["mainEntity"].as_array().expect("a list").iter().map(entry).collect();
        assert_eq!(read, shown, "{path}");
        count += read.len();
    }
    assert!(count > 5, "{count} questions");
}

#[test]
fn every_script_of_a_page_is_held_against_what_was_built_and_icons_are_there() {
    let built = Built::new("scripts");
    let mut count = 0;
    for (path, page) in &built.pages {
        for (_, tag) in
            split(page, "<script ").filter(|(_, tag)| tag.split('>').next().unwrap_or_default().contains("src="))
        {
            let value = |name: &str| tag.split_once(&format!("{name}=\"")).and_then(|(_, rest)| rest.split('"').next());
            let script = built.file(value("src").expect("an address"));
            let digest = format!("sha384-{}", Base64::encode_string(&Sha384::digest(&script)));
            assert_eq!(value("integrity"), Some(digest.as_str()), "{path}");
            count += 1;
        }
        for icon in ["apple-touch-icon", "icon-32"] {
            let address = page.split('"').find(|text| text.starts_with(&format!("/assets/{icon}.")));
            built.file(address.unwrap_or_else(|| panic!("{path} has no {icon}")));
        }
    }
    assert!(count > 0, "the search has a script");
}
