//! Whether a document may be published as it stands: its contracts against the code, its sentences against its contracts,
//! each version against the one before.
//!
//! What binds now and what will bind is judged; what no longer binds is history and stays as it was judged then. Drafts
//! are judged as if they were upcoming, so that text and code may grow towards each other in either order.

use jiff::Timestamp;

use super::{
    Policy,
    contract::{
        Contract,
        check::{self, Facts, Findings},
        coverage, file_of,
    },
    succession::Succession,
    version::Version,
};
use crate::diagnostic::Diagnostic;

/// What was found, and what each judged version leaves unsaid.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) errors: Vec<Diagnostic>,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) notes: Vec<Diagnostic>,
}

/// Judges a document. One without any contract is not held against the code; the edge stores nothing under it.
pub(crate) fn judge(policy: &Policy, facts: Facts<'_>, at: Timestamp) -> Verdict {
    let mut verdict = Verdict::default();
    let all = || policy.versions.iter().chain(&policy.pending).chain(&policy.drafts);
    let needs_contract = all().any(|version| version.contract.is_some());
    let mut before: Option<&Version> = None;
    for version in all() {
        let binds = policy.in_force(at).is_some_and(|current| current.id == version.id);
        if binds || version.effective_at > at || version.front.draft {
            match &version.contract {
                Some(contract) => verdict.contract(version, contract, facts),
                None if needs_contract => verdict.errors.push(no_contract(version)),
                None => {}
            }
            if let Some(before) = before {
                verdict.errors.extend(Succession::between(before, version).problems(version));
            }
        }
        before = Some(version);
    }
    verdict
}

impl Verdict {
    fn contract(&mut self, version: &Version, contract: &Contract, facts: Facts<'_>) {
        self.errors.extend(coverage::check(version, contract));
        let Findings { errors, warnings, notes } = check::check(contract, &version.document.file, facts);
        self.errors.extend(errors);
        self.warnings.extend(warnings);
        self.notes.extend(notes.into_iter().map(|note| Diagnostic::file(&version.document.file, note)));
    }
}

fn no_contract(version: &Version) -> Diagnostic {
    let file = &version.document.file;
    Diagnostic::file(file, format!("has no contract: {} is missing", file_of(file))).hint(
        "write beside it what each sentence promises; `site policy new DATE` begins one from the version in force",
    )
}
