//! Tags of languages as BCP 47 writes them, and what the speakers of a language call it.
//!
//! A tag is a part of addresses and of files' names, so it is used letter for letter as the settings have it.

use std::sync::Arc;

use serde::{Deserialize, Deserializer};

use crate::yaml::{self, Complaint};

/// A tag such as `en` or `pt-BR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag(Arc<str>);

/// Languages in their own words.
const OWN_NAMES: &[(&str, &str)] = &[
    ("ar", "العربية"),
    ("bg", "Български"),
    ("ca", "Català"),
    ("cs", "Čeština"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("en", "English"),
    ("es", "Español"),
    ("et", "Eesti"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("hr", "Hrvatski"),
    ("hu", "Magyar"),
    ("id", "Bahasa Indonesia"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("lt", "Lietuvių"),
    ("lv", "Latviešu"),
    ("nb", "Norsk bokmål"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("sk", "Slovenčina"),
    ("sl", "Slovenščina"),
    ("sv", "Svenska"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("vi", "Tiếng Việt"),
    ("zh", "中文"),
];

impl Tag {
    pub(crate) fn new(written: &str) -> Self {
        Self(Arc::from(written))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What the language calls itself, as far as that is known here.
    pub(crate) fn own_name(&self) -> Option<&'static str> {
        OWN_NAMES.iter().find(|(tag, _)| *tag == self.as_str()).map(|(_, name)| *name)
    }

    fn parse(written: &str) -> Result<Self, Complaint> {
        if is_well_formed(written) {
            return Ok(Self::new(written));
        }
        let complaint = Complaint::new(format!("`{written}` is not a language tag"));
        let other = written.replace('_', "-");
        let is_slip = other != written && is_well_formed(&other);
        Err(complaint.hint(if is_slip {
            format!("did you mean `{other}`?")
        } else {
            "write it as `en` or `pt-BR`".to_owned()
        }))
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        yaml::parsed(deserializer, "a language tag", Self::parse)
    }
}

/// Whether a text has the form of RFC 5646. Languages of more than three letters are left out: the registry has none, and
/// whoever writes `german` means `de`.
pub(super) fn is_well_formed(written: &str) -> bool {
    let parts: Vec<&str> = written.split('-').collect();
    let letters = |part: &str| part.bytes().all(|b| b.is_ascii_alphabetic());
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let either = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric());
    let mut at = 0;
    // Passes over parts of one kind, at most so many, and says how many there were.
    let mut pass = |most: usize, fits: &dyn Fn(&str) -> bool| {
        let passed = parts.iter().skip(at).take(most).take_while(|part| fits(part)).count();
        at += passed;
        passed
    };
    if pass(1, &|part| matches!(part.len(), 2 | 3) && letters(part)) == 0 {
        return false;
    }
    pass(3, &|part| part.len() == 3 && letters(part));
    pass(1, &|part| part.len() == 4 && letters(part));
    pass(1, &|part| part.len() == 2 && letters(part) || part.len() == 3 && digits(part));
    let is_variant = |part: &str| match part.len() {
        4 => part.starts_with(|c: char| c.is_ascii_digit()),
        length => (5..=8).contains(&length),
    };
    pass(usize::MAX, &|part| either(part) && is_variant(part));
    while pass(1, &|part| part.len() == 1 && either(part) && !part.eq_ignore_ascii_case("x")) == 1 {
        if pass(usize::MAX, &|part| (2..=8).contains(&part.len()) && either(part)) == 0 {
            return false;
        }
    }
    if pass(1, &|part| part.eq_ignore_ascii_case("x")) == 1
        && pass(usize::MAX, &|part| (1..=8).contains(&part.len()) && either(part)) == 0
    {
        return false;
    }
    at == parts.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_the_form_of_the_standard() {
        for tag in [
            "en",
            "pt-BR",
            "zh-Hant-TW",
            "es-419",
            "zh-yue",
            "de-1996",
            "sl-rozaj-biske",
            "de-DE-u-co-phonebk",
            "en-x-us",
        ] {
            assert!(is_well_formed(tag), "{tag}");
        }
        for tag in [
            "",
            "e",
            "german",
            "en-",
            "-en",
            "en_US",
            "en--US",
            "en-US-GB",
            "en-u",
            "en-x",
            "e1",
            "en-verylongpart",
            "dé",
        ] {
            assert!(!is_well_formed(tag), "{tag}");
        }
    }

    #[test]
    fn a_language_calls_itself_by_its_own_name() {
        assert_eq!(Tag::new("de").own_name(), Some("Deutsch"));
        assert_eq!(Tag::new("tlh").own_name(), None);
    }
}
