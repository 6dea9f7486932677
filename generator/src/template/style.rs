//! `style(path="site.css")`: a style sheet within its page, so that the first answer is all that a browser needs to draw it.
//!
//! The policy of the site's pages allows nothing inline but what it names by its hash, so what was printed is remembered.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use memchr::memmem;
use tera::{Kwargs, TeraResult, Value};

use super::{Engine, missing_asset};
use crate::{asset::Assets, site_data, source, trace::Trace};

/// The style sheets of a theme.
pub(super) struct Styles {
    /// None for one that would end its element before its end.
    sheets: BTreeMap<String, Option<Sheet>>,
    printed: Mutex<BTreeSet<String>>,
}

struct Sheet {
    element: Value,
    /// Looks for the element in a page.
    finder: memmem::Finder<'static>,
    hash_source: String,
}

impl Styles {
    pub(super) fn new(assets: &Assets) -> Self {
        let styles = assets.urls.iter().filter(|(name, _)| source::has_extension(name, "css"));
        let sheets = styles.filter_map(|(name, url)| Some((name.clone(), sheet(assets.files.get(url)?))));
        Self { sheets: sheets.collect(), printed: Mutex::default() }
    }

    /// What stands in the place of `style(path="…")`.
    pub(super) fn print(&self, kwargs: &Kwargs) -> TeraResult<Value> {
        let path = kwargs.must_get::<&str>("path")?;
        let sheet = self.sheets.get(path).ok_or_else(|| missing_asset(path, self.sheets.keys().map(String::as_str)))?;
        let unfit = || tera::Error::message(format!("`{path}` holds `</style`, where a browser would end it"));
        let sheet = sheet.as_ref().ok_or_else(unfit)?;
        let mut printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        if !printed.contains(&sheet.hash_source) {
            printed.insert(sheet.hash_source.clone());
        }
        Ok(sheet.element.clone())
    }

    /// Remembers a style of a page of the last build.
    pub(super) fn recall(&self, hash_source: &str) {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner).insert(hash_source.to_owned());
    }

    /// The hash sources of those that a page has in it.
    pub(super) fn within(&self, html: &str) -> Vec<String> {
        let printed = self.sheets.values().flatten();
        let within = printed.filter(|sheet| sheet.finder.find(html.as_bytes()).is_some());
        within.map(|sheet| sheet.hash_source.clone()).collect()
    }

    pub(super) fn hash_sources(&self) -> Vec<String> {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl Engine {
    /// The hash sources of the styles that were set into pages so far.
    pub(crate) fn styles(&self) -> Vec<String> {
        self.styles.hash_sources()
    }

    /// The same of one page.
    pub(crate) fn styles_in(&self, html: &str) -> Vec<String> {
        self.styles.within(html)
    }

    /// Takes what a page of the last build has for printed and asked for.
    pub(crate) fn recall(&self, trace: &Trace) {
        trace.styles.iter().for_each(|style| self.styles.recall(style));
        trace.cards.iter().for_each(|card| self.gallery.recall(card));
    }
}

/// A sheet as an element.
fn sheet(bytes: &[u8]) -> Option<Sheet> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let is_whole = !text.to_ascii_lowercase().contains("</style");
    let element = format!("<style>{text}</style>");
    is_whole.then(|| Sheet {
        finder: memmem::Finder::new(&element).into_owned(),
        element: Value::safe_string(&element),
        hash_source: site_data::hash_source(text),
    })
}

#[cfg(test)]
mod tests {
    use crate::fixture::Fixture;

    fn styled(css: &str) -> Fixture {
        Fixture::themed()
            .with("themes/own/assets/look.css", css)
            .with("themes/own/templates/page.html", "<title>A</title>{{ style(path=\"look.css\") }}<p>a")
    }

    #[test]
    fn a_style_in_a_page_is_the_one_that_the_policy_names() {
        for minify in [true, false] {
            let fixture = styled("\n/* red */\np > b { color: red }\n");
            crate::build(&crate::Options { minify, ..fixture.options() }).expect("the site builds");
            let page = fixture.output("features/index.html");
            let (_, rest) = page.split_once("<style>").expect("a style");
            let (style, _) = rest.split_once("</style>").expect("its end");
            assert!(style.contains("color:") && !style.starts_with('\n'), "{style}");
            let hash = edge::security::hash_source(style);
            assert!(fixture.output("_headers").contains(&format!("style-src 'self' '{hash}';")), "{hash}");
            let data: serde_json::Value = serde_json::from_str(&fixture.output("site.json")).expect("JSON");
            assert_eq!(data["styles"], serde_json::json!([hash]));
        }
    }

    #[test]
    fn a_site_without_such_styles_allows_none() {
        let fixture = Fixture::themed();
        fixture.build().expect("the site builds");
        assert!(fixture.output("_headers").contains("style-src 'self';"));
    }

    #[test]
    fn a_sheet_that_is_missing_or_ends_its_element_is_named() {
        let fixture = styled("").with("themes/own/templates/page.html", "{{ style(path=\"lok.css\") }}");
        let problem = fixture.problem();
        assert!(problem.to_string().contains("did you mean `look.css`?"), "{problem}");
        let problem = styled("p::after { content: \"</style>\" }").problem();
        assert!(problem.to_string().contains("`look.css` holds `</style`"), "{problem}");
    }
}
