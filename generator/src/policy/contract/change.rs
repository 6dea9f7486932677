//! What changes from one version to the next, read off the two contracts. Whether a change is material is computed: it is
//! when it lets us do more, or promises less. The author may call a change more serious than it is, never less.

use std::collections::BTreeSet;

use edge::contract::{Category, CookieCategory, Purpose, Recipient, register::Register};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Contract, term::Term};
use crate::policy::version::Version;

/// Days between publication and effect of a material change, as the build enforces them. Quiet changes are what the
/// FTC calls deceptive (2024-02-13); thirty days are what careful publishers give.
pub(crate) const NOTICE_DAYS_MIN: i32 = 30;

/// How serious a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    /// Other words for the same.
    Editorial,
    /// We may do less, or promise more.
    Narrowing,
    /// We may do more, or promise less.
    Material,
}

impl std::fmt::Display for Level {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Editorial => "editorial",
            Self::Narrowing => "narrowing",
            Self::Material => "material",
        })
    }
}

/// One difference between two contracts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Change {
    pub(crate) level: Level,
    /// A sentence without a full stop.
    pub(crate) text: String,
}

/// The differences, the serious ones first.
pub(crate) fn changes(old: &Contract, new: &Contract) -> Vec<Change> {
    let (before, after) = (terms(old), terms(new));
    let mut changes: Vec<Change> = after
        .iter()
        .filter_map(|term| arrived(*term, &before))
        .chain(before.iter().filter_map(|term| left(*term, &after)))
        .collect();
    changes.sort_by(|a, b| (b.level, &a.text).cmp(&(a.level, &b.text)));
    changes.dedup();
    changes
}

/// How serious the differences are together.
pub(crate) fn level(changes: &[Change]) -> Level {
    changes.iter().map(|change| change.level).max().unwrap_or(Level::Editorial)
}

fn terms(contract: &Contract) -> Vec<Term> {
    contract.sentences.iter().flat_map(super::Promise::terms).collect()
}

/// A term that the new version has.
fn arrived(term: Term, before: &[Term]) -> Option<Change> {
    if before.contains(&term) {
        return None;
    }
    let was = before.iter().find(|other| other.is_about(term));
    let level = match (term, was) {
        (Term::Keeps(_, _, period), Some(Term::Keeps(_, _, was))) if period.exceeds(*was) => Level::Material,
        (Term::Collects(..) | Term::Uses(_) | Term::Shares(_) | Term::Cookie(_), _) => Level::Material,
        _ => Level::Narrowing,
    };
    let text = match was {
        Some(Term::Keeps(_, _, was)) => format!("{term} (was: {was})"),
        _ => format!("new: {term}"),
    };
    Some(Change { level, text })
}

/// A term that the new version has not any more.
fn left(term: Term, after: &[Term]) -> Option<Change> {
    if after.iter().any(|other| other.is_about(term)) {
        return None;
    }
    let level = match term {
        Term::Keeps(..) | Term::Right(_) | Term::Does(_) | Term::Elsewhere(..) => Level::Material,
        Term::Collects(..) | Term::Uses(_) | Term::Shares(_) | Term::Cookie(_) => Level::Narrowing,
    };
    Some(Change { level, text: format!("no longer: {term}") })
}

/// What consent to a cookie category means under a version: its cookies, what they are for, who gets what they bring and
/// how long it stays. Consent given under one fingerprint is consent under every version that has the same.
pub(crate) fn fingerprint(version: &Version, register: &Register, category: CookieCategory) -> String {
    #[derive(Serialize)]
    struct Meaning<'a> {
        category: CookieCategory,
        is_declared: bool,
        cookies: Vec<(&'a str, &'a str, u32)>,
        recipients: BTreeSet<Recipient>,
        terms: BTreeSet<String>,
    }
    let data = match category {
        CookieCategory::Necessary => Category::ConsentReceipt,
        CookieCategory::Preferences => Category::Preference,
        CookieCategory::Analytics => Category::Usage,
    };
    let terms = version.contract.as_ref().map(terms).unwrap_or_default();
    let about = |term: &&Term| match term {
        Term::Collects(_, what) | Term::Keeps(_, what, _) => *what == data,
        Term::Uses(purpose) => category == CookieCategory::Analytics && *purpose == Purpose::Improve,
        _ => false,
    };
    let fields = register.records.iter().flat_map(|record| &record.fields);
    let recipients = fields.filter(|field| field.categories.contains(&data)).flat_map(|field| &field.recipients);
    let cookies = register.cookies.iter().filter(|cookie| cookie.category == category);
    let meaning = Meaning {
        category,
        is_declared: terms.contains(&Term::Cookie(category)),
        cookies: cookies.map(|cookie| (cookie.name.as_str(), cookie.purpose.as_str(), cookie.max_age_s)).collect(),
        recipients: recipients.copied().collect(),
        terms: terms.iter().filter(about).map(ToString::to_string).collect(),
    };
    let text = serde_json::to_string(&meaning).expect("words and numbers always have a JSON form");
    let digest = Sha256::digest(text.as_bytes());
    digest[..4].iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fixture::{Fixture, POLICY},
        policy::contract::register,
    };

    /// A version whose first sentence promises this.
    fn version(promises: &str) -> Version {
        let contract =
            format!("sentences:\n  - says: We don't sell \"data\" -- not any...\n    {promises}\n    kept: Yes.\n");
        let fixture = Fixture::site().with("content/privacy/2025-03-31.contract.yaml", contract);
        let content = crate::plan::content(fixture.root()).expect("readable");
        let document = crate::document::Document::new("content/privacy/2025-03-31.md", POLICY).expect("a document");
        Version::read(document, &content, &jiff::tz::TimeZone::UTC).expect("a version")
    }

    fn contract(promises: &str) -> Contract {
        version(promises).contract.expect("a contract")
    }

    #[track_caller]
    fn check(old: &str, new: &str, expected: Level, text: &str) {
        let changes = changes(&contract(old), &contract(new));
        assert_eq!((level(&changes), changes.len()), (expected, 1), "{changes:?}");
        assert!(changes[0].text.contains(text), "{changes:?}");
    }

    #[test]
    fn doing_more_or_promising_less_is_material() {
        check("uses: [deliver]", "uses: [deliver, improve]", Level::Material, "new: data is used to improve");
        check("shares: [stripe]", "shares: [stripe, paypal]", Level::Material, "PayPal");
        check("rights: [access, delete]", "rights: [access]", Level::Material, "no longer: the right of deletion");
        check("does: [https, no_sale]", "does: [https]", Level::Material, "no longer: no sale");
        check("cookies: [analytics]", "cookies: [analytics, preferences]", Level::Material, "preferences cookies");
        let kept = |period: &str| format!("keeps: {{ purchase: {{ name: {period} }} }}");
        check(&kept("90 days"), &kept("1 year"), Level::Material, "for at most 1 year (was: 90 days)");
        check(&format!("uses: [deliver]\n    {}", kept("1 year")), "uses: [deliver]", Level::Material, "no longer");
    }

    #[test]
    fn doing_less_or_promising_more_is_not() {
        check("uses: [deliver, improve]", "uses: [deliver]", Level::Narrowing, "no longer: data is used to improve");
        check("rights: [access]", "rights: [access, delete]", Level::Narrowing, "new: the right of deletion");
        let kept = |period: &str| format!("keeps: {{ purchase: {{ name: {period} }} }}");
        check(&kept("1 year"), &kept("90 days"), Level::Narrowing, "(was: 1 year)");
        check("uses: [deliver]", &format!("uses: [deliver]\n    {}", kept("1 year")), Level::Narrowing, "new: name");
    }

    #[test]
    fn other_words_for_the_same_are_editorial() {
        let changes = changes(&contract("uses: [deliver]"), &contract("uses: [deliver]"));
        assert_eq!((level(&changes), changes.len()), (Level::Editorial, 0));
    }

    #[test]
    fn consent_is_asked_again_only_where_its_meaning_changed() {
        let print = |promises: &str, category| fingerprint(&version(promises), &register(), category);
        let before = "cookies: [preferences, analytics]\n    collects: { visit: [usage, preference] }";
        let longer = format!("{before}\n    keeps: {{ visit: {{ usage: 25 months }} }}");
        let shared = format!("{before}\n    rights: [access]");
        let (preferences, analytics) = (CookieCategory::Preferences, CookieCategory::Analytics);
        assert_ne!(print(before, analytics), print(&longer, analytics));
        assert_eq!(print(before, preferences), print(&longer, preferences));
        assert_eq!(print(before, analytics), print(&shared, analytics));
        let mut register = register();
        register.cookies.push(edge::contract::register::Cookie {
            name: "theme".to_owned(),
            kept_as: edge::contract::register::KeptAs::Cookie,
            category: preferences,
            purpose: "keeps the colours".to_owned(),
            max_age_s: 1,
        });
        assert_ne!(fingerprint(&version(before), &register, preferences), print(before, preferences));
    }
}
