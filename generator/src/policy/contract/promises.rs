//! `/privacy/promises/`: each sentence of the version in force, how it is kept, and what shows it. A promise that is not
//! kept yet stands there as such, with the reason and the day until which that may be.

use std::collections::BTreeSet;

use edge::contract::{
    Category, Erasure, Recipient,
    register::{Kind as RecordKind, Register},
};
use serde::Serialize;

use super::{Contract, Promise, coverage};
use crate::{
    moment::DateView,
    page::{Kind, Page},
    policy::{
        Policy, Version,
        article::Sentence,
        evidence::{Audit, AuditView, TestReport},
    },
};

/// What the page shows.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PromisesView {
    pub(crate) version: String,
    pub(crate) effective: DateView,
    pub(crate) sections: Vec<Section>,
    /// When the tests ran; none when this build was given no report.
    pub(crate) tested_at: Option<String>,
    pub(crate) audits: Vec<AuditView>,
    pub(crate) processors: Vec<ProcessorView>,
    pub(crate) cookies: Vec<CookieView>,
    pub(crate) stored: Vec<StoredView>,
    /// The register as JSON.
    pub(crate) record: String,
}

/// The sentences below one heading.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) sentences: Vec<SentenceView>,
}

/// A sentence and what becomes of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SentenceView {
    pub(crate) text: String,
    pub(crate) standing: Standing,
    /// How it is kept, or why it promises nothing.
    pub(crate) note: String,
    pub(crate) tests: Vec<TestView>,
    pub(crate) waiver: Option<WaiverView>,
}

/// What becomes of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    Kept,
    /// Kept in part or not yet.
    Waived,
    /// No promise.
    Info,
}

/// A test that shows a promise.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TestView {
    pub(crate) name: String,
    /// The test that plants a defect and sees it found.
    pub(crate) defect: String,
    /// Whether both passed; none when they were not run.
    pub(crate) passed: Option<bool>,
}

/// Why a promise is not kept yet.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct WaiverView {
    pub(crate) reason: String,
    pub(crate) until: DateView,
}

/// Somebody who gets data.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ProcessorView {
    pub(crate) name: String,
    pub(crate) function: String,
    /// What they get, in words.
    pub(crate) receives: String,
}

/// A cookie of the table.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CookieView {
    pub(crate) name: String,
    pub(crate) kept_as: String,
    pub(crate) category: String,
    pub(crate) purpose: String,
    pub(crate) days: u32,
}

/// A kind of data that is stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct StoredView {
    pub(crate) context: String,
    pub(crate) category: String,
    pub(crate) purposes: String,
    pub(crate) retention: String,
    pub(crate) erasure: String,
}

/// What the page is made of, besides the policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sources<'a> {
    pub(crate) register: &'a Register,
    pub(crate) audits: &'a [Audit],
    pub(crate) report: Option<&'a TestReport>,
}

/// The page, for a document whose version has a contract.
pub(crate) fn page(policy: &Policy, version: &Version, sources: Sources<'_>) -> Option<Page> {
    let contract = version.contract.as_ref()?;
    let path = format!("{}promises/", policy.path);
    let page = Page::generated(Kind::Promises, "Our promises, and how they are kept", &path);
    let description = "Each sentence of the privacy policy, how it is kept, and the tests that show it.";
    let view = view(policy, version, contract, sources);
    Some(Page { description: description.to_owned(), promises: Some(Box::new(view)), ..page })
}

fn view(policy: &Policy, version: &Version, contract: &Contract, sources: Sources<'_>) -> PromisesView {
    let Sources { register, audits, report } = sources;
    let mut sections: Vec<Section> = Vec::new();
    for sentence in version.article.sentences() {
        let Some(promise) = contract.sentences.iter().find(|promise| coverage::is_of(promise, &sentence)) else {
            continue;
        };
        let view = sentence_view(&sentence, promise, report);
        match sections.last_mut().filter(|section| section.title == sentence.section) {
            Some(section) => section.sentences.push(view),
            None => sections.push(Section { title: sentence.section.clone(), sentences: vec![view] }),
        }
    }
    let audit = |audit: &Audit| AuditView {
        date: DateView::new(audit.date.0),
        scope: audit.scope.clone(),
        report_sha256: audit.report_sha256.0.clone(),
    };
    PromisesView {
        version: version.id.clone(),
        effective: DateView::new(version.front.effective.0),
        sections,
        tested_at: report.map(|report| report.at.to_string()),
        audits: audits.iter().map(audit).collect(),
        processors: processors(register),
        cookies: cookies(register),
        stored: stored(register),
        record: format!("{}record.json", policy.path),
    }
}

fn sentence_view(sentence: &Sentence, promise: &Promise, report: Option<&TestReport>) -> SentenceView {
    let tests = promise.tests.iter().map(|evidence| TestView {
        name: evidence.shows.clone(),
        defect: evidence.defect.clone(),
        passed: report.and_then(|report| Some(report.passed(&evidence.shows)? && report.passed(&evidence.defect)?)),
    });
    let waiver = promise.waived.as_ref();
    SentenceView {
        text: sentence.text.clone(),
        standing: match (&promise.info, waiver) {
            (Some(_), _) => Standing::Info,
            (None, Some(_)) => Standing::Waived,
            (None, None) => Standing::Kept,
        },
        note: promise.info.as_ref().or(promise.kept.as_ref()).cloned().unwrap_or_default(),
        tests: tests.collect(),
        waiver: waiver.map(|waiver| WaiverView { reason: waiver.reason.clone(), until: DateView::new(waiver.until.0) }),
    }
}

fn processors(register: &Register) -> Vec<ProcessorView> {
    let view = |recipient: Recipient, function: &str| {
        let fields = register.records.iter().flat_map(|record| &record.fields);
        let received: BTreeSet<Category> = fields
            .filter(|field| field.recipients.contains(&recipient))
            .flat_map(|field| field.categories.iter().copied())
            .filter(|category| *category != Category::NotPersonal)
            .collect();
        ProcessorView {
            name: recipient.wording().to_owned(),
            function: function.to_owned(),
            receives: list(received.into_iter().map(Category::wording)),
        }
    };
    register.processors.iter().map(|processor| view(processor.recipient, &processor.function)).collect()
}

fn cookies(register: &Register) -> Vec<CookieView> {
    let view = |cookie: &edge::contract::register::Cookie| CookieView {
        name: cookie.name.clone(),
        kept_as: cookie.kept_as.wording().to_owned(),
        category: cookie.category.wording().to_owned(),
        purpose: cookie.purpose.clone(),
        days: cookie.max_age_s / 86_400,
    };
    register.cookies.iter().map(view).collect()
}

/// One row for each kind of data, occasion, period and fate.
fn stored(register: &Register) -> Vec<StoredView> {
    let mut rows: Vec<StoredView> = Vec::new();
    for record in register.records.iter().filter(|record| !matches!(record.kind, RecordKind::Sent { .. })) {
        for field in &record.fields {
            for category in field.categories.iter().filter(|category| **category != Category::NotPersonal) {
                rows.push(StoredView {
                    category: category.wording().to_owned(),
                    context: record.context.wording().to_owned(),
                    purposes: list(field.purposes.iter().map(|purpose| purpose.wording())),
                    retention: field.retention.map(|kept| kept.to_string()).unwrap_or_default(),
                    erasure: field.erasure.map(erasure).unwrap_or_default(),
                });
            }
        }
    }
    rows.sort();
    rows.dedup();
    rows
}

fn erasure(erasure: Erasure) -> String {
    match erasure {
        Erasure::Delete => "deleted on request".to_owned(),
        Erasure::Keep { ground, until } => format!("kept for at most {until}: {}", ground.wording()),
    }
}

fn list<'word>(words: impl Iterator<Item = &'word str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

/// Every field present and one element in every list, for the check of names in templates.
pub(crate) fn example() -> PromisesView {
    let word = String::new;
    let day = || DateView { iso: word(), text: word() };
    let test = TestView { name: word(), defect: word(), passed: Some(true) };
    let sentence = SentenceView {
        text: word(),
        standing: Standing::Kept,
        note: word(),
        tests: vec![test],
        waiver: Some(WaiverView { reason: word(), until: day() }),
    };
    PromisesView {
        version: word(),
        effective: day(),
        sections: vec![Section { title: word(), sentences: vec![sentence] }],
        tested_at: Some(word()),
        audits: vec![AuditView { date: day(), scope: word(), report_sha256: word() }],
        processors: vec![ProcessorView { name: word(), function: word(), receives: word() }],
        cookies: vec![CookieView { name: word(), kept_as: word(), category: word(), purpose: word(), days: 0 }],
        stored: vec![StoredView {
            category: word(),
            context: word(),
            purposes: word(),
            retention: word(),
            erasure: word(),
        }],
        record: word(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_for_two_purposes_is_shown_with_both_and_nothing_twice() {
        let register = super::super::register();
        let rows = stored(&register);
        let shown = |category: &str, context: &str, purposes: &str| {
            rows.iter().any(|row| (&*row.category, &*row.context, &*row.purposes) == (category, context, purposes))
        };
        for record in register.records.iter().filter(|record| !matches!(record.kind, RecordKind::Sent { .. })) {
            for field in &record.fields {
                let purposes = list(field.purposes.iter().map(|purpose| purpose.wording()));
                for category in field.categories.iter().filter(|category| **category != Category::NotPersonal) {
                    assert!(shown(category.wording(), record.context.wording(), &purposes), "{record:?}");
                }
            }
        }
        assert!(rows.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
