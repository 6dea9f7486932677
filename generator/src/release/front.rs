//! What an editor says about a release, above its notes.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer};

use super::FOLDER;
use crate::{
    diagnostic::Diagnostic,
    document::Document,
    moment,
    site_data::Version,
    yaml::{self, Complaint},
};

/// The front matter of a release.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FrontMatter {
    pub(super) version: Number,
    #[serde(deserialize_with = "day")]
    pub(super) date: Date,
    /// Whether it closes a weakness. Never left out: somebody has to have thought of it.
    pub(super) security: bool,
    /// Whether holders of a license are told by mail, though it closes none.
    #[serde(default)]
    pub(super) notify: bool,
    /// The oldest `WordPress` it runs on, and the newest it was tested with.
    pub(super) requires: Number,
    pub(super) tested: Number,
    /// The oldest PHP it runs on.
    pub(super) requires_php: Number,
    /// The id of the product, where there are several.
    pub(super) product: Option<String>,
}

/// A version as it is written, and what it means.
#[derive(Debug)]
pub(super) struct Number {
    pub(super) text: String,
    pub(super) number: Version,
}

impl FrontMatter {
    /// What is wrong between the values, each of which is well-formed.
    pub(super) fn problems(&self, document: &Document) -> Option<Diagnostic> {
        let name = document.file.rsplit('/').next().unwrap_or_default();
        let stem = name.strip_suffix(".md").unwrap_or(name);
        let (version, requires, tested) = (&self.version.text, &self.requires, &self.tested);
        if stem != version {
            let problem = document.key_finding("version", format!("`{version}` is not the name of the file, `{stem}`"));
            return Some(problem.hint(format!("name the file `{FOLDER}{version}.md`, or correct the version")));
        }
        if tested.number < requires.number {
            let message = format!("it requires WordPress {} and was tested with {} only", requires.text, tested.text);
            return Some(document.key_finding("tested", message).hint("write the newest WordPress it was tested with"));
        }
        None
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        yaml::parsed(deserializer, "a version", |written| match Version::parse(written) {
            Some(number) => Ok(Self { text: written.to_owned(), number }),
            None => Err(Complaint::new(format!("`{written}` is not a version"))
                .hint("write two to four numbers, as `1.2.3`; on the way to a release `1.2.3-beta.1` or `1.2.3-rc.1`")),
        })
    }
}

fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    yaml::parsed(deserializer, "a day", moment::day)
}
