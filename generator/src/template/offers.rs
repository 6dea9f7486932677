//! What templates may ask of the site as a whole: `search_index()` and `all_pages()`. Neither is made for a theme that does
//! not ask, and the first one is known only when the pages are finished that it is made of.

use std::sync::{Arc, OnceLock};

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::Engine;
use crate::{search::Group, theme::Theme};

/// What is given to templates while pages are rendered.
#[derive(Debug, Clone, Default)]
pub(super) struct Offers {
    index: Arc<OnceLock<String>>,
    overview: Arc<OnceLock<Value>>,
}

/// Which of it a theme asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wants {
    pub(crate) index: bool,
    pub(crate) overview: bool,
}

impl Wants {
    pub(super) fn of(theme: &Theme) -> Self {
        let asks = |name: &str| theme.templates.iter().any(|template| template.text.contains(name));
        Self { index: asks("search_index"), overview: asks("all_pages") }
    }
}

impl Offers {
    pub(super) fn register(&self, tera: &mut Tera) {
        let Self { index, overview } = self.clone();
        tera.register_function("search_index", move |_: Kwargs, _: &State<'_>| address(&index));
        tera.register_function("all_pages", move |_: Kwargs, _: &State<'_>| {
            overview.get().cloned().unwrap_or_else(Value::none)
        });
    }
}

impl Engine {
    /// What the theme asks for.
    pub(crate) fn wants(&self) -> Wants {
        Wants::of(&self.theme)
    }

    /// What is given to templates so far in a language, as a text; none where it has none.
    pub(crate) fn offered(&self, language: &str) -> Option<String> {
        let Offers { index, overview } = &self.tongue(language).offers;
        serde_json::to_string(&(index.get(), overview.get())).ok()
    }

    /// Says where the index of a language is.
    pub(crate) fn offer_index(&self, language: &str, url: String) {
        self.tongue(language).offers.index.get_or_init(|| url);
    }

    /// Says which pages there are in a language.
    pub(crate) fn offer_overview(&self, language: &str, groups: &[Group]) {
        self.tongue(language).offers.overview.get_or_init(|| Value::from_serializable(&groups));
    }
}

fn address(index: &OnceLock<String>) -> TeraResult<String> {
    index.get().cloned().ok_or_else(|| {
        tera::Error::message(
            "`search_index()` is for pages that are not in it, because it is made of the others: \
             write `noindex: true` into the front matter of this one",
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::fixture::Fixture;

    fn site(template: &str) -> Fixture {
        let search = "---\ntitle: Search\nnoindex: true\ntemplate: search.html\n---\n";
        Fixture::themed().with("content/search.md", search).with("themes/own/templates/search.html", template)
    }

    /// The only file of assets whose name begins so.
    fn asset(fixture: &Fixture, start: &str) -> Option<String> {
        let folder = std::fs::read_dir(fixture.root().join("public/assets")).expect("there are assets");
        let names = folder.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned());
        names.into_iter().find(|name| name.starts_with(start))
    }

    #[test]
    fn the_address_of_the_index_changes_with_what_the_pages_say() {
        let fixture = site("<form data-index=\"{{ search_index() }}\"></form>");
        fixture.build().expect("the site builds");
        let before = asset(&fixture, "search.").expect("the index is there");
        assert!(fixture.output("search/index.html").contains(&format!("/assets/{before}")));
        let fixture = fixture.with("content/features.md", "---\ntitle: Features\n---\n\nMore of them.\n");
        fixture.build().expect("the site builds");
        let after = asset(&fixture, "search.").expect("the index is there");
        assert_ne!(before, after);
        assert!(fixture.output("search/index.html").contains(&after));
        fixture.build().expect("the site builds");
        assert_eq!(asset(&fixture, "search."), Some(after));
    }

    #[test]
    fn a_theme_that_does_not_ask_has_no_index() {
        let fixture = site("{{ page.title }}");
        fixture.build().expect("the site builds");
        assert_eq!(asset(&fixture, "search."), None);
    }

    #[test]
    fn a_page_that_is_in_the_index_cannot_name_it() {
        let fixture =
            site("{{ search_index() }}").with("content/search.md", "---\ntitle: S\ntemplate: search.html\n---\n");
        let problem = fixture.problem();
        assert_eq!((problem.file.as_str(), problem.line), ("themes/own/templates/search.html", 1), "{problem}");
        assert!(problem.message.contains("noindex: true"), "{problem}");
    }

    #[test]
    fn faults_of_listed_pages_and_of_the_others_are_told_together() {
        let problems = site("{{ search_index() }}{{ page.extra.x.y }}")
            .with("themes/own/templates/home.html", "{{ page.extra.x.y }}")
            .build()
            .expect_err("two templates are broken");
        let files: Vec<&str> = problems.iter().map(|problem| problem.file.as_str()).collect();
        assert_eq!(files, ["themes/own/templates/home.html", "themes/own/templates/search.html"], "{problems:#?}");
    }

    #[test]
    fn all_pages_are_those_that_may_be_found_by_folder() {
        let fixture = site(
            "{% for group in all_pages() %}[{{ group.title }} {{ group.path }}\
             {% for page in group.pages %} {{ page.path }}{% endfor %}]{% endfor %}",
        );
        fixture.build().expect("the site builds");
        assert_eq!(
            fixture.output("search/index.html").trim(),
            "[Home / / /features/][Docs /docs/ /docs/ /docs/install/][Privacy Policy /privacy/ /privacy/ /privacy/history/]"
        );
    }
}
