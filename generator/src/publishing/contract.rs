//! The contract of the version in force, or of the one somebody names, beside the code.

use super::{Opened, Subject};
use crate::{
    diagnostic::Diagnostic,
    policy::contract::{overview::overview, register},
};

/// What a version promises beside what the code does.
pub fn contract(subject: &Subject, id: Option<&str>) -> Result<String, Vec<Diagnostic>> {
    let Opened { policy, .. } = subject.open()?;
    let version = match id {
        Some(id) => policy.version(id),
        None => policy.in_force(subject.at),
    };
    let named = id.unwrap_or("in force");
    let version = version.ok_or_else(|| {
        vec![Diagnostic::file("VERSION", format!("there is no version {named}")).hint("see `site policy status`")]
    })?;
    let contract = version.contract.as_ref().ok_or_else(|| {
        vec![
            Diagnostic::file(&version.document.file, "has no contract").hint("write one beside it: DATE.contract.yaml"),
        ]
    })?;
    Ok(overview(&version.id, contract, &register()))
}
