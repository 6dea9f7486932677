//! One version of a policy: the file that says it, the day it comes into force, and the contract that goes with it.
//!
//! The name of the file is the effective date, and the date on the page is rendered from the front matter: a version has
//! one date, written once.

use std::sync::Arc;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer};

use super::{
    article::Article,
    contract::{Contract, change::Level},
    lock::sha256,
};
use crate::{
    diagnostic::Diagnostic,
    document::Document,
    moment::{self},
    source::Tree,
    yaml,
};

/// One version.
#[derive(Debug)]
pub(crate) struct Version {
    /// The day it comes into force, which is also the name of its file: `2025-03-31`.
    pub(crate) id: String,
    /// 00:00 of that day in the site's time zone.
    pub(crate) effective_at: Timestamp,
    /// 00:00 of the day it is published; before that nobody sees it.
    pub(crate) published_at: Timestamp,
    pub(crate) front: VersionFront,
    pub(crate) document: Arc<Document>,
    /// Its words, block by block.
    pub(crate) article: Article,
    /// What it promises in the terms of the code; none where nobody wrote it down.
    pub(crate) contract: Option<Contract>,
    pub(crate) hashes: Hashes,
}

/// What the lock remembers of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hashes {
    /// Of the exact bytes: line ends and a byte order mark count.
    pub(crate) source: String,
    /// Of the words of the article.
    pub(crate) text: String,
}

/// The front matter of a version.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VersionFront {
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) effective: Day,
    pub(crate) published: Day,
    pub(crate) summary: String,
    #[serde(default)]
    pub(crate) draft: bool,
    /// How serious the author calls the change; never less than the contracts say.
    #[serde(default)]
    pub(crate) level: Option<Level>,
}

/// A day, never a moment: a version comes into force at midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) Date);

impl Version {
    /// Reads a version from its file.
    pub(crate) fn read(document: Document, content: &Tree, zone: &TimeZone) -> Result<Self, Diagnostic> {
        let name = document.file.rsplit('/').next().unwrap_or_default();
        let id = name.strip_suffix(".md").unwrap_or(name).to_owned();
        if moment::day(&id).is_err() {
            return Err(Diagnostic::file(&document.file, "is in a policy folder, and its name is not a date")
                .hint("name a version by the day it comes into force: `2025-03-31.md`"));
        }
        let front: VersionFront = document.front()?;
        if front.effective.0.to_string() != id {
            let message = format!("`effective` is {}, and the file is named {id}", front.effective.0);
            return Err(document.key_finding("effective", message).hint("make both the same day"));
        }
        if front.published > front.effective {
            let message = format!("published on {}, after it comes into force", front.published.0);
            return Err(document
                .key_finding("published", message)
                .hint("a version is published before it binds anybody"));
        }
        let effective_at = moment::day_begins(front.effective.0, zone);
        let published_at = moment::day_begins(front.published.0, zone);
        let contract = Contract::read(content, &document.file)?;
        let article = Article::parse(document.body());
        let hashes =
            Hashes { source: sha256(document.text().as_bytes()), text: sha256(article.plain_text().as_bytes()) };
        Ok(Self { id, effective_at, published_at, front, document: Arc::new(document), article, contract, hashes })
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        yaml::parsed(deserializer, "a date", |written| moment::day(written).map(Self))
    }
}
