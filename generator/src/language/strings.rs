//! The words of a theme: `strings.yaml` has them by language and key, and `string(key="…")` in a template prints one.
//!
//! A text may have places such as `{count}`, which the call fills. What is printed is escaped like any text, whoever wrote it.

use std::collections::{BTreeMap, BTreeSet};

use tera::{Kwargs, TeraResult, value::Key};

use super::tag::Tag;
use crate::{
    config::Config,
    diagnostic::{Diagnostic, closest},
    yaml,
};

/// Name of the file in the folder of a theme.
pub(crate) const NAME: &str = "strings.yaml";

/// The language in which a theme has its words, where the site's own is not among them.
const ENGLISH: &str = "en";

/// Texts by language and key.
#[derive(Debug, Default)]
pub(crate) struct Strings {
    texts: BTreeMap<String, BTreeMap<String, String>>,
    /// The language of the site.
    own: String,
    pub(crate) warnings: Vec<Diagnostic>,
}

impl Strings {
    /// Reads the file of a theme, and holds its languages against each other.
    pub(crate) fn read(file: &str, text: &str, config: &Config) -> Result<Self, Vec<Diagnostic>> {
        let written: BTreeMap<TagKey, BTreeMap<String, String>> =
            yaml::parse(file, text, 0..text.len()).map_err(|problem| vec![problem])?;
        let texts = written.into_iter().map(|(TagKey(tag), texts)| (tag, texts)).collect();
        let mut strings = Self { texts, own: config.language().to_owned(), warnings: Vec::new() };
        let problems = strings.misfits(file, text);
        if !problems.is_empty() {
            return Err(problems);
        }
        let others = config.other_languages().map(|(tag, _)| tag.as_str());
        strings.warnings =
            std::iter::once(config.language()).chain(others).filter_map(|tag| strings.gap(file, text, tag)).collect();
        Ok(strings)
    }

    /// The text of a call.
    pub(crate) fn print(&self, language: &str, kwargs: &Kwargs) -> TeraResult<String> {
        let key = kwargs.must_get::<&str>("key")?;
        let Some(text) = self.text(language, key) else { return Err(self.unknown(key)) };
        let mut rest = text;
        let mut printed = String::with_capacity(text.len());
        let mut filled = BTreeSet::new();
        while let Some((before, name, after)) = next_place(rest) {
            let Some((_, value)) = kwargs.iter().find(|(given, _)| is_called(given, name)) else {
                let message = format!("the text `{key}` needs `{name}`: write `string(key=\"{key}\", {name}=…)`");
                return Err(tera::Error::message(message));
            };
            printed.push_str(before);
            printed.push_str(&value.to_string());
            filled.insert(name);
            rest = after;
        }
        printed.push_str(rest);
        let is_known = |given: &Key<'_>| is_called(given, "key") || filled.iter().any(|name| is_called(given, name));
        if let Some((given, _)) = kwargs.iter().find(|(given, _)| !is_known(given)) {
            let places: Vec<String> = filled.iter().map(|name| format!("`{{{name}}}`")).collect();
            let known = if places.is_empty() { String::new() } else { format!("; it has {}", places.join(", ")) };
            return Err(tera::Error::message(format!("the text `{key}` has no place `{{{given}}}`{known}")));
        }
        Ok(printed)
    }

    /// A text in a language, or else in the nearest one that has it.
    fn text(&self, language: &str, key: &str) -> Option<&str> {
        let general = language.split('-').next().unwrap_or(language);
        let own_general = self.own.split('-').next().unwrap_or_default();
        let nearest = [language, general, &self.own, own_general, ENGLISH];
        let near = nearest.into_iter().find_map(|tag| self.texts.get(tag)?.get(key));
        near.or_else(|| self.texts.values().find_map(|texts| texts.get(key))).map(String::as_str)
    }

    fn keys(&self) -> BTreeSet<&str> {
        self.texts.values().flat_map(BTreeMap::keys).map(String::as_str).collect()
    }

    fn unknown(&self, key: &str) -> tera::Error {
        let known = self.keys();
        let way = match closest(key, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if known.is_empty() => format!("the theme has no `{NAME}` with texts"),
            None => format!("`{NAME}` has: {}", known.into_iter().collect::<Vec<_>>().join(", ")),
        };
        tera::Error::message(format!("there is no text `{key}`; {way}"))
    }

    /// Texts that have other places than the same text in the language that is fallen back to: a call fits all of them or none.
    fn misfits(&self, file: &str, source: &str) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        for (language, texts) in &self.texts {
            for (key, text) in texts {
                let model = self.text(&self.own, key).unwrap_or(text);
                let (here, there) = (places(text), places(model));
                let Some(place) = here.symmetric_difference(&there).next() else { continue };
                let message = if here.contains(place) {
                    format!("the text `{key}` has a place `{{{place}}}` in `{language}` and in no other language")
                } else {
                    format!("the text `{key}` has no place `{{{place}}}` in `{language}`")
                };
                let hint = format!("the places are those of \u{201c}{model}\u{201d}");
                problems.push(found(file, source, (language, key), message).hint(hint));
            }
        }
        problems
    }

    /// What a language leaves unsaid.
    fn gap(&self, file: &str, source: &str, language: &str) -> Option<Diagnostic> {
        let general = language.split('-').next().unwrap_or(language);
        let has = |key: &str| {
            [language, general].iter().any(|tag| self.texts.get(*tag).is_some_and(|texts| texts.contains_key(key)))
        };
        let missing: Vec<String> =
            self.keys().into_iter().filter(|key| !has(key)).map(|key| format!("`{key}`")).collect();
        let other = if language == self.own { ENGLISH } else { &self.own };
        let message = format!("has no text in `{language}` for {}", missing.join(", "));
        let finding = match yaml::value_span(source, 0..source.len(), language, 0) {
            Some((offset, width)) => Diagnostic::at_offset(file, source, offset, width, message),
            None => Diagnostic::file(file, message),
        };
        (!missing.is_empty()).then(|| finding.hint(format!("until then the text in `{other}` stands there")))
    }
}

/// A language as a key of the file.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct TagKey(String);

impl<'de> serde::Deserialize<'de> for TagKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Tag::deserialize(deserializer).map(|tag| Self(tag.as_str().to_owned()))
    }
}

fn is_called(key: &Key<'_>, name: &str) -> bool {
    key.as_str().is_some_and(|key| key == name)
}

/// What stands before the next place of a text, its name, and what follows. Braces around anything but a name are text.
fn next_place(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('{').map(|at| from + at) {
        let name = &text[open + 1..];
        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
        if end > 0 && name[end..].starts_with('}') {
            return Some((&text[..open], &name[..end], &name[end + 1..]));
        }
        from = open + 1;
    }
    None
}

/// The names of all places of a text.
fn places(mut text: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    while let Some((_, name, rest)) = next_place(text) {
        names.insert(name);
        text = rest;
    }
    names
}

/// A finding about a text, at its line.
fn found(file: &str, source: &str, (language, key): (&str, &str), message: String) -> Diagnostic {
    let block = yaml::value_span(source, 0..source.len(), language, 0).map_or(0, |(offset, _)| offset);
    // The search for a key begins at the start of a line.
    let start = source[..block].rfind('\n').map_or(0, |end| end + 1);
    match yaml::value_span(source, start..source.len(), key, 0) {
        Some((offset, width)) => Diagnostic::at_offset(file, source, offset, width, message),
        None => Diagnostic::file(file, message),
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Fixture, SITE};

    const STRINGS: &str = "en:\n  more: Read more\n  pages: \"{count} pages & {what}\"\nde:\n  more: Weiterlesen\n  pages: \"{what}: {count} Seiten\"\n";

    /// A site in two languages whose pages are what a template says.
    fn site(template: &str, strings: &str) -> Fixture {
        Fixture::themed()
            .with("content/site.yaml", SITE.replace("languages: [en]", "languages: {de: {}}") + "theme: own\n")
            .with("content/features.de.md", "---\ntitle: Funktionen\n---\n")
            .with("themes/own/templates/page.html", template)
            .with("themes/own/strings.yaml", strings)
    }

    #[test]
    fn a_template_speaks_the_language_of_the_page_and_what_it_prints_is_escaped() {
        let line = "<p>{{ string(key=\"more\") }}</p><p>{{ string(key=\"pages\", count=3, what=\"<b>\") }}</p>";
        let fixture = site(line, STRINGS);
        fixture.build().expect("the site builds");
        assert_eq!(fixture.output("features/index.html"), "<p>Read more</p><p>3 pages & &lt;b></p>");
        assert_eq!(fixture.output("de/features/index.html"), "<p>Weiterlesen</p><p>&lt;b>: 3 Seiten</p>");
    }

    #[test]
    fn a_component_speaks_it_as_well() {
        let line = "{% component more() %}<i>{{ string(key=\"more\") }}</i>{% endcomponent more %}{{ page.content }}{{ <more /> }}";
        let fixture = site(line, STRINGS).with("content/features.de.md", "---\ntitle: F\n---\n\nX {{ <more /> }}\n");
        fixture.build().expect("the site builds");
        assert_eq!(fixture.output("de/features/index.html").matches("<i>Weiterlesen</i>").count(), 2);
        assert!(fixture.output("features/index.html").contains("<i>Read more</i>"));
    }

    #[test]
    fn a_call_that_does_not_fit_is_named_at_its_line() {
        for (call, message) in [
            ("string(key=\"mor\")", "there is no text `mor`; did you mean `more`?"),
            ("string(key=\"pages\", count=1)", "the text `pages` needs `what`: write `string(key=\"pages\", what=…)`"),
            ("string(key=\"more\", count=1)", "the text `more` has no place `{count}`"),
        ] {
            let problem = site(&format!("<p>\n{{{{ {call} }}}}"), STRINGS).problem();
            assert_eq!(
                (problem.file.as_str(), problem.line, problem.message.as_str()),
                ("themes/own/templates/page.html", 2, message)
            );
        }
    }

    #[test]
    fn a_text_that_a_language_lacks_is_that_of_the_site_and_a_warning() {
        let fixture = site("{{ string(key=\"more\") }}", "en:\n  more: More\n  less: Less\nde:\n  less: Weniger\n");
        let summary = fixture.build().expect("the site builds");
        assert_eq!(fixture.output("de/features/index.html").trim(), "More");
        let warnings: Vec<(usize, &str)> =
            summary.warnings.iter().map(|warning| (warning.line, warning.message.as_str())).collect();
        assert_eq!(warnings, [(4, "has no text in `de` for `more`")]);
    }

    #[test]
    fn what_is_wrong_with_the_file_is_named_at_its_line() {
        for (from, to, line, message) in [
            (
                "{what}: {count}",
                "{wat}: {count}",
                6,
                "the text `pages` has a place `{wat}` in `de` and in no other language",
            ),
            ("{what}: {count}", "{what}: ", 6, "the text `pages` has no place `{count}` in `de`"),
            ("de:", "german:", 4, "`german` is not a language tag"),
            ("more: Weiterlesen", "more: [a]", 5, "has to be text, and is a list"),
        ] {
            let problem = site("x", &STRINGS.replace(from, to)).problem();
            assert_eq!(
                (problem.file.as_str(), problem.line, problem.message.as_str()),
                ("themes/own/strings.yaml", line, message)
            );
        }
    }

    #[test]
    fn braces_around_anything_but_a_name_are_text() {
        let fixture = site("{{ string(key=\"more\") }}", "en:\n  more: \"{ } {} {a b} {\"\nde:\n  more: x\n");
        fixture.build().expect("the site builds");
        assert_eq!(fixture.output("features/index.html").trim(), "{ } {} {a b} {");
    }
}
