//! The contract held against the code, in both directions: what the code does and the policy does not say, and what the
//! policy says and no code does. Each finding quotes the sentences it is about and says both ways out.

use std::collections::BTreeSet;

use edge::contract::{
    Category, Conduct, Context, CookieCategory, Period, Recipient, Retention,
    register::{Entered, Kind, Record, Register},
};
use jiff::civil::Date;

use super::{Contract, Promise, term::Term};
use crate::diagnostic::Diagnostic;

/// A waiver is a loan: longer than this it is a change of the policy.
const WAIVER_DAYS_MAX: i32 = 180;
/// An audit older than this is not regular any more.
const AUDIT_MONTHS_MAX: i32 = 12;
/// From here on somebody should book the next one.
const AUDIT_MONTHS_WARN: i32 = 9;

/// What is held against a contract.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'facts> {
    /// What the code does.
    pub(crate) register: &'facts Register,
    /// The day of the last security audit that anybody wrote down.
    pub(crate) last_audit: Option<Date>,
    /// The day of the build in the site's time zone.
    pub(crate) today: Date,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) errors: Vec<Diagnostic>,
    /// What somebody should do before it becomes an error.
    pub(crate) warnings: Vec<Diagnostic>,
    /// What the policy leaves unsaid, which is no error.
    pub(crate) notes: BTreeSet<String>,
}

/// Holds the contract of a version against the code. `version` is the path of the version's Markdown file.
pub(crate) fn check(contract: &Contract, version: &str, facts: Facts<'_>) -> Findings {
    let mut check = Check { contract, version, facts, findings: Findings::default() };
    for record in &facts.register.records {
        check.record(record);
    }
    check.processors();
    check.cookies();
    for promise in &contract.sentences {
        check.promise(promise);
    }
    check.findings
}

struct Check<'a> {
    contract: &'a Contract,
    version: &'a str,
    facts: Facts<'a>,
    findings: Findings,
}

impl Check<'_> {
    /// Whether the version says so in any sentence.
    fn says(&self, term: Term) -> bool {
        self.contract.sentences.iter().any(|promise| promise.terms().contains(&term))
    }

    /// The sentences with a term that `wanted` picks, quoted.
    fn quotes(&self, wanted: impl Fn(Term) -> bool) -> String {
        let promises = self.contract.sentences.iter().filter(|promise| promise.terms().into_iter().any(&wanted));
        let quotes: Vec<String> = promises.map(|promise| format!("“{}”", promise.says)).collect();
        if quotes.is_empty() { "nothing".to_owned() } else { quotes.join(", ") }
    }

    /// The code does what the version does not say.
    fn unsaid(&mut self, what: &str, quotes: &str, drop_it: &str) {
        let message = format!("{what}, but this version says only: {quotes}");
        let hint = format!(
            "{drop_it}, or declare it in a version effective in the future: write the sentence, then its entry in the contract"
        );
        self.findings.errors.push(Diagnostic::file(self.version, message).hint(hint));
    }

    fn record(&mut self, record: &Record) {
        if let Kind::Stored { export: None, .. } = record.kind {
            let message = format!("`{}` is stored, and nothing says whether the person is shown it", record.name);
            let hint = "say `Export::Given`, or `Export::Withheld` and why, beside the type";
            self.findings.errors.push(Diagnostic::file(self.version, message).hint(hint));
        }
        for field in &record.fields {
            for category in field.categories.iter().filter(|category| **category != Category::NotPersonal) {
                self.field(record, field, *category);
            }
        }
    }

    fn field(&mut self, record: &Record, field: &Entered, category: Category) {
        let (context, name) = (record.context, format!("`{}.{}` ({})", record.name, field.path, category.wording()));
        let (stored, verb) = match record.kind {
            Kind::Stored { .. } => (true, "stored"),
            Kind::OnDevice => (true, "kept in the browser"),
            Kind::Sent { .. } => (false, "sent"),
        };
        let occasions = [&[context], record.also].concat();
        if !occasions.into_iter().any(|occasion| self.says(Term::Collects(occasion, category))) {
            // What the edge stores only under a version that declares it is not stored under this one.
            if !field.conditional {
                let quotes = self.quotes(|term| matches!(term, Term::Collects(other, _) if other == context));
                let what = format!("{name} is {verb} when {}", context.wording());
                self.unsaid(&what, &quotes, "drop the field");
            }
            return;
        }
        for purpose in
            field.purposes.iter().filter(|purpose| !self.says(Term::Uses(**purpose))).copied().collect::<Vec<_>>()
        {
            let quotes = self.quotes(|term| matches!(term, Term::Uses(_)));
            self.unsaid(&format!("{name} is used to {}", purpose.wording()), &quotes, "drop the purpose");
        }
        for recipient in &field.recipients {
            if *recipient != Recipient::Holder && !self.says(Term::Shares(*recipient)) {
                let quotes = self.quotes(|term| matches!(term, Term::Shares(_)));
                self.unsaid(&format!("{name} goes to {}", recipient.wording()), &quotes, "keep it from them");
            }
        }
        if stored {
            self.kept(field, &name, context, category);
        }
    }

    /// Retention and erasure of a stored field.
    fn kept(&mut self, field: &Entered, name: &str, context: Context, category: Category) {
        if field.erasure.is_none() {
            let message = format!("{name} is stored, and nothing says what a deletion does with it");
            let hint = "say `Erasure::Delete`, or `Erasure::Keep` with a ground and until when, beside the type";
            self.findings.errors.push(Diagnostic::file(self.version, message).hint(hint));
        }
        let Some((promise, promised)) = self.promised_period(context, category) else {
            let note = format!("{} from {}: how long it is kept is not said", category.wording(), context.wording());
            self.findings.notes.insert(note);
            return;
        };
        if promise.is_waived(Term::Keeps(context, category, promised)) {
            return;
        }
        let kept = match field.retention.and_then(Retention::period) {
            Some(period) if !period.exceeds(promised) => return,
            Some(period) => format!("{name} is kept for {period}"),
            None => format!("{name} is kept without an end"),
        };
        let quote = format!("“{}”", promise.says);
        self.unsaid(&kept, &quote, &format!("let it end after {promised}"));
    }

    /// The longest period that any sentence names: a shorter one is that of the record its sentence speaks of.
    fn promised_period(&self, context: Context, category: Category) -> Option<(&Promise, Period)> {
        let promised = self.contract.sentences.iter().filter_map(|promise| {
            let period = promise.keeps.get(&context)?.get(&category)?;
            Some((promise, *period))
        });
        promised.reduce(|longest, next| if next.1.exceeds(longest.1) { next } else { longest })
    }

    fn processors(&mut self) {
        for processor in &self.facts.register.processors {
            if !self.says(Term::Shares(processor.recipient)) {
                let quotes = self.quotes(|term| matches!(term, Term::Shares(_)));
                let hosts = [processor.hosts.as_slice(), &processor.form_hosts].concat().join(", ");
                let what = format!("{} ({hosts}) {}", processor.recipient.wording(), processor.function);
                self.unsaid(&what, &quotes, "take the processor out of the register");
            }
        }
    }

    fn cookies(&mut self) {
        // An optional one is asked about, and so set, only under a version that knows its category.
        for cookie in self.facts.register.cookies.iter().filter(|cookie| cookie.category == CookieCategory::Necessary) {
            if !self.says(Term::Cookie(cookie.category)) {
                let quotes = self.quotes(|term| matches!(term, Term::Cookie(_)));
                let what = format!("the cookie `{}` ({}) is set", cookie.name, cookie.category.wording());
                self.unsaid(&what, &quotes, "do not set it");
            }
        }
    }

    /// What a sentence promises must be done, or excused for a while.
    fn promise(&mut self, promise: &Promise) {
        self.shape(promise);
        let terms = promise.terms();
        for term in terms.iter().copied() {
            if self.is_done(term) || self.is_excused(promise, term) {
                continue;
            }
            let finding = self.contract.finding(promise, format!("no code keeps this promise: {term}"));
            let hint = "build it, or say under `waived:` why not yet and until when (at most 180 days); \
                        a published sentence stays, but a new version can leave it out";
            self.findings.errors.push(finding.hint(hint));
        }
        if terms.contains(&Term::Does(Conduct::Audits)) {
            self.audits(promise);
        }
        self.waiver(promise, &terms);
    }

    fn shape(&mut self, promise: &Promise) {
        let finding = match (promise.info.is_some(), promise.terms().is_empty()) {
            (true, false) => "says `info` and promises something as well",
            (false, true) => "has neither a promise nor the mark `info`",
            (false, false) if promise.kept.is_none() && promise.waived.is_none() => "does not say how it is kept",
            _ => return,
        };
        let finding = self.contract.finding(promise, format!("this sentence {finding}"));
        let hint = "a sentence has either `info:` with the reason, or what it promises and `kept:` with how";
        self.findings.errors.push(finding.hint(hint));
    }

    /// Whether the code does it.
    fn is_done(&self, term: Term) -> bool {
        let register = self.facts.register;
        let stored = |context: Context, category: Category| {
            let records = register.records.iter().filter(|record| !matches!(record.kind, Kind::Sent { .. }));
            let mut fields = records.filter(|record| record.context == context).flat_map(|record| &record.fields);
            fields.any(|field| field.categories.contains(&category))
        };
        match term {
            Term::Collects(context, category) | Term::Keeps(context, category, _) => stored(context, category),
            Term::Elsewhere(context, category) => !stored(context, category),
            Term::Uses(purpose) => {
                register.records.iter().flat_map(|record| &record.fields).any(|field| field.purposes.contains(&purpose))
            }
            Term::Shares(recipient) => register.processors.iter().any(|known| known.recipient == recipient),
            Term::Cookie(category) => {
                register.asks.contains(&category) || register.cookies.iter().any(|cookie| cookie.category == category)
            }
            Term::Right(right) => register.rights.iter().any(|known| known.right == right),
            // Audits are done by people; what they wrote down is the evidence.
            Term::Does(Conduct::Audits) => true,
            Term::Does(conduct) => register.conduct.contains(&conduct),
        }
    }

    /// Whether a waiver covers the term; one that has ended covers nothing.
    fn is_excused(&mut self, promise: &Promise, term: Term) -> bool {
        let Some(waiver) = promise.waived.as_ref().filter(|_| promise.is_waived(term)) else { return false };
        if self.facts.today <= waiver.until.0 {
            return true;
        }
        let message = format!("the waiver ended on {}, and no code keeps this promise yet: {term}", waiver.until.0);
        let finding = self.contract.finding(promise, message);
        self.findings.errors.push(finding.hint("build it; a second waiver needs a new reason and new dates"));
        true
    }

    fn waiver(&mut self, promise: &Promise, terms: &[Term]) {
        let Some(waiver) = &promise.waived else { return };
        let mut complain = |message: String, hint: &str| {
            self.findings.errors.push(self.contract.finding(promise, message).hint(hint));
        };
        let days = waiver.since.0.until(waiver.until.0).map_or(i32::MAX, |span| span.get_days());
        if !(1..=WAIVER_DAYS_MAX).contains(&days) {
            complain(
                format!(
                    "a waiver from {} until {} is not one of 1 to {WAIVER_DAYS_MAX} days",
                    waiver.since.0, waiver.until.0
                ),
                "a promise that takes longer belongs into a new version of the policy",
            );
        }
        if waiver.reason.trim().is_empty() {
            complain("the waiver has no reason".to_owned(), "readers of the promises page see it");
        }
        for word in waiver.only.iter().filter(|word| !terms.iter().any(|term| term.id() == word.as_str())) {
            complain(
                format!("the waiver names `{word}`, which this sentence does not promise"),
                "see the sentence's terms",
            );
        }
        let excused: Vec<Term> = terms.iter().copied().filter(|term| promise.is_waived(*term)).collect();
        let periods = |term: &Term| matches!(term, Term::Keeps(..));
        if !excused.is_empty() && excused.iter().all(|term| self.is_done(*term)) && !excused.iter().any(periods) {
            let message = "the code keeps this promise, so it needs no waiver".to_owned();
            self.findings
                .errors
                .push(self.contract.finding(promise, message).hint("remove `waived:` and say how under `kept:`"));
        }
    }

    /// "Regular" is a promise too: the last audit may not be too long ago.
    fn audits(&mut self, promise: &Promise) {
        let Some(last) = self.facts.last_audit else {
            self.findings.notes.insert("no security audit is recorded in evidence/audits.yaml".to_owned());
            return;
        };
        let older_than = |months: i32| {
            last.checked_add(jiff::Span::new().months(months)).is_ok_and(|limit| limit < self.facts.today)
        };
        let hint = "add the next audit to evidence/audits.yaml";
        if older_than(AUDIT_MONTHS_MAX) {
            let message = format!("the last security audit was on {last}, more than {AUDIT_MONTHS_MAX} months ago");
            self.findings.errors.push(self.contract.finding(promise, message).hint(hint));
        } else if older_than(AUDIT_MONTHS_WARN) {
            let message = format!("the last security audit was on {last}, more than {AUDIT_MONTHS_WARN} months ago");
            self.findings.warnings.push(self.contract.finding(promise, message).hint(hint));
        }
    }
}
