//! What a policy version promises, sentence by sentence, in the terms of the code.
//!
//! `DATE.contract.yaml` lies beside `DATE.md`. It never adds to a sentence: it says what the sentence means for fields,
//! purposes, recipients, cookies and rights, so that the build can hold it against the edge's register. The file may be
//! refined; the sentences themselves are frozen by the lock.

pub(crate) mod change;
pub(crate) mod check;
pub(crate) mod coverage;
pub(crate) mod overview;
pub(crate) mod promises;
pub(crate) mod published;
mod term;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub use edge::contract::register::Register;
use edge::contract::{Category, Conduct, Context, CookieCategory, Period, Purpose, Recipient, Right};
use serde::{Deserialize, Serialize};

use super::version::Day;
use crate::{
    diagnostic::Diagnostic,
    source::{self, Tree},
    yaml,
};

/// Categories by occasion.
pub(crate) type Collected = BTreeMap<Context, BTreeSet<Category>>;

/// The contract of one version.
#[derive(Debug, Clone)]
pub(crate) struct Contract {
    /// Path of its file.
    pub(crate) file: String,
    text: Arc<str>,
    pub(crate) sentences: Vec<Promise>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sentences: Vec<Promise>,
}

/// One sentence and what it promises.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Promise {
    /// The sentence, to the letter.
    pub(crate) says: String,
    /// The heading it stands under; needed where the same sentence stands more than once.
    pub(crate) under: Option<String>,
    /// Why it promises nothing that could be checked.
    pub(crate) info: Option<String>,
    /// Data that is collected.
    #[serde(default)]
    pub(crate) collects: Collected,
    /// Data that only a processor has.
    #[serde(default)]
    pub(crate) elsewhere: Collected,
    /// What data is used for.
    #[serde(default)]
    pub(crate) uses: BTreeSet<Purpose>,
    /// Who gets data.
    #[serde(default)]
    pub(crate) shares: BTreeSet<Recipient>,
    /// How long data is kept at most.
    #[serde(default)]
    pub(crate) keeps: BTreeMap<Context, BTreeMap<Category, Period>>,
    /// Cookies that may be set.
    #[serde(default)]
    pub(crate) cookies: BTreeSet<CookieCategory>,
    /// Rights that can be used.
    #[serde(default)]
    pub(crate) rights: BTreeSet<Right>,
    /// How we behave.
    #[serde(default)]
    pub(crate) does: BTreeSet<Conduct>,
    /// How the promise is kept, for readers of the promises page.
    pub(crate) kept: Option<String>,
    /// Tests that show that it is kept.
    #[serde(default)]
    pub(crate) tests: Vec<Evidence>,
    /// Why it is not kept yet, and until when that may be.
    pub(crate) waived: Option<Waiver>,
}

/// A test that shows a promise, and the one that shows that it would notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Evidence {
    /// Name of the test.
    pub(crate) shows: String,
    /// Name of the test that plants a defect and sees it found.
    pub(crate) defect: String,
}

/// A promise that is not kept yet.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Waiver {
    /// The terms it is about; all of the sentence's when left out.
    #[serde(default)]
    pub(crate) only: BTreeSet<String>,
    pub(crate) reason: String,
    pub(crate) since: Day,
    pub(crate) until: Day,
}

impl Contract {
    /// Reads the contract beside a version; none when there is no such file.
    pub(crate) fn read(content: &Tree, version: &str) -> Result<Option<Self>, Diagnostic> {
        let file = file_of(version);
        let Some(bytes) = content.bytes(&file) else { return Ok(None) };
        let text = source::text(&file, bytes)?;
        let File { sentences } = yaml::parse(&file, text, 0..text.len())?;
        Ok(Some(Self { file, text: text.into(), sentences }))
    }

    /// Everything it says is collected.
    pub(crate) fn collects(&self) -> Collected {
        let mut all = Collected::new();
        for (context, categories) in self.sentences.iter().flat_map(|promise| &promise.collects) {
            all.entry(*context).or_default().extend(categories);
        }
        all
    }

    /// A finding at the entry of a sentence.
    pub(crate) fn finding(&self, promise: &Promise, message: impl Into<String>) -> Diagnostic {
        let nth = self.sentences.iter().take_while(|other| !std::ptr::eq(*other, promise)).count();
        match yaml::value_span(&self.text, 0..self.text.len(), "says", nth) {
            Some((offset, width)) => Diagnostic::at_offset(&self.file, &self.text, offset, width, message),
            None => Diagnostic::file(&self.file, message),
        }
    }
}

/// What the edge stores, sends, sets and answers for.
pub(crate) fn register() -> Register {
    Register::of_this_program()
}

/// The contract of a version's file: `2025-03-31.contract.yaml` beside `2025-03-31.md`.
pub(crate) fn file_of(version: &str) -> String {
    format!("{}.contract.yaml", version.strip_suffix(".md").unwrap_or(version))
}
