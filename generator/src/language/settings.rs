//! What `site.yaml` says of languages. `language` is that of the site. `languages` has the others, each with what the site is called in
//! it; or it is a bare list, whose first is then that of the site.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

use super::tag::Tag;
use crate::{
    config::{Config, Link, SITE_FILE},
    diagnostic::Diagnostic,
    yaml,
};

/// What the site is in a language. What is not said there is as in the language of the site.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) name: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) navigation: Option<Vec<Link>>,
    pub(crate) footer: Option<Vec<Link>>,
}

/// The value of `languages`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Declared {
    languages: Vec<(Tag, Settings)>,
    /// Whether it is a list, which says what the language of the site is.
    is_list: bool,
}

/// The language of a site that says nothing.
const ENGLISH: &str = "en";

impl Config {
    /// The language of the site, in which every page is.
    pub(crate) fn language(&self) -> &str {
        let first = self.languages.languages.first().filter(|_| self.languages.is_list).map(|(tag, _)| tag);
        self.language.as_ref().or(first).map_or(ENGLISH, Tag::as_str)
    }

    /// The languages into which pages may be translated.
    pub(crate) fn other_languages(&self) -> impl Iterator<Item = &(Tag, Settings)> {
        let own = self.language();
        self.languages.languages.iter().filter(move |(tag, _)| tag.as_str() != own)
    }

    /// What is said of a language; none for that of the site where nothing is.
    pub(crate) fn settings_of(&self, language: &str) -> Option<&Settings> {
        self.languages.languages.iter().find(|(tag, _)| tag.as_str() == language).map(|(_, settings)| settings)
    }

    /// What a language is called.
    pub(crate) fn name_of(&self, language: &str) -> String {
        let written = self.settings_of(language).and_then(|settings| settings.name.clone());
        written.unwrap_or_else(|| Tag::new(language).own_name().unwrap_or(language).to_owned())
    }

    /// What the site is called in a language.
    pub(crate) fn title_in(&self, language: &str) -> &str {
        self.settings_of(language).and_then(|settings| settings.title.as_deref()).unwrap_or(&self.title)
    }
}

/// Refuses a language that is there twice: its pages would share their addresses.
pub(crate) fn check(config: &Config, text: &str) -> Result<(), Diagnostic> {
    let all = &config.languages.languages;
    for (index, (tag, _)) in all.iter().enumerate() {
        let same = |other: &Tag| other.as_str().eq_ignore_ascii_case(tag.as_str());
        let is_own_otherwise = same(&Tag::new(config.language())) && tag.as_str() != config.language();
        if !is_own_otherwise && !all[..index].iter().any(|(other, _)| same(other)) {
            continue;
        }
        let message = format!("the language `{tag}` is there twice", tag = tag.as_str());
        let nth = all[..index].iter().filter(|(other, _)| other == tag).count();
        let finding = match yaml::value_span(text, 0..text.len(), tag.as_str(), nth) {
            Some((offset, width)) => Diagnostic::at_offset(SITE_FILE, text, offset, width, message),
            None => Diagnostic::file(SITE_FILE, message),
        };
        return Err(finding.hint("write each language once; `de-at` and `de-AT` are one"));
    }
    Ok(())
}

impl<'de> Deserialize<'de> for Declared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

/// Reads a list of tags, or a map of tags to settings in the order in which they are written.
struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Declared;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("languages, each as `de: { name: Deutsch }`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Declared, A::Error> {
        let mut languages = Vec::new();
        while let Some(tag) = list.next_element::<Tag>()? {
            languages.push((tag, Settings::default()));
        }
        Ok(Declared { languages, is_list: true })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Declared, A::Error> {
        let mut languages = Vec::new();
        while let Some((tag, settings)) = map.next_entry::<Tag, Option<Settings>>()? {
            languages.push((tag, settings.unwrap_or_default()));
        }
        Ok(Declared { languages, is_list: false })
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        config::Config,
        diagnostic::Diagnostic,
        fixture::{Fixture, SITE},
        source::Tree,
    };

    fn read(languages: &str) -> Result<Config, Diagnostic> {
        let fixture = Fixture::empty().with("content/site.yaml", SITE.replace("languages: [en]\n", languages));
        Config::read(&Tree::read(fixture.root(), "content").expect("the folder is readable"), None)
    }

    fn tags(config: &Config) -> Vec<&str> {
        config.other_languages().map(|(tag, _)| tag.as_str()).collect()
    }

    #[test]
    fn the_language_of_the_site_is_named_or_the_first_of_a_list_or_english() {
        for (written, own, others) in [
            ("", "en", vec![]),
            ("languages: [en]\n", "en", vec![]),
            ("languages: [de, fr]\n", "de", vec!["fr"]),
            ("language: fr\n", "fr", vec![]),
            ("language: de\nlanguages: {fr: , en: {name: Plain English}}\n", "de", vec!["fr", "en"]),
            ("languages:\n  en: {name: English}\n  pt-BR: {}\n", "en", vec!["pt-BR"]),
            ("language: de\nlanguages: [en, de]\n", "de", vec!["en"]),
        ] {
            let config = read(written).expect("well-formed");
            assert_eq!((config.language(), tags(&config)), (own, others), "{written}");
        }
    }

    #[test]
    fn a_language_without_a_name_has_its_own_or_its_tag() {
        let config = read("languages: {de: , fr: {name: En français}, tlh: {}}\n").expect("well-formed");
        let names = ["en", "de", "fr", "tlh"].map(|tag| config.name_of(tag));
        assert_eq!(names, ["English", "Deutsch", "En français", "tlh"]);
    }

    #[test]
    fn what_is_wrong_with_a_language_is_named_at_its_line() {
        for (written, line, message, hint) in [
            ("languages:\n  german: {}\n", 8, "`german` is not a language tag", "write it as `en` or `pt-BR`"),
            ("languages: [en_US]\n", 7, "`en_US` is not a language tag", "did you mean `en-US`?"),
            ("language: deutsch\n", 7, "`deutsch` is not a language tag", "write it as"),
            ("languages:\n  de:\n    nam: Deutsch\n", 9, "unknown field `nam`", "did you mean `name`?"),
            ("languages:\n  de-AT: {}\n  de-at: {}\n", 9, "the language `de-at` is there twice", "once"),
            ("language: de\nlanguages:\n  DE: {}\n", 9, "the language `DE` is there twice", "once"),
        ] {
            let problem = read(written).expect_err("the settings are broken");
            assert_eq!((problem.line, problem.message.as_str()), (line, message), "{problem}");
            assert!(problem.hint.as_deref().is_some_and(|text| text.contains(hint)), "{problem}");
        }
        assert!(read("languages: de\n").is_err_and(|problem| problem.hint.is_some()));
    }
}
