//! From one version to the next: how serious the change is, and whether readers get the notice that it asks for.

use super::{
    contract::change::{self, Change, Level, NOTICE_DAYS_MIN},
    version::Version,
};
use crate::diagnostic::Diagnostic;

/// What changes, and how serious it is.
#[derive(Debug, Clone)]
pub(crate) struct Succession {
    pub(crate) changes: Vec<Change>,
    /// What the contracts say, or more where the author says more.
    pub(crate) level: Level,
}

impl Succession {
    /// Compares a version with the one before. Without both contracts the change is what its author calls it.
    pub(crate) fn between(old: &Version, new: &Version) -> Self {
        let changes = match (&old.contract, &new.contract) {
            (Some(old), Some(new)) => change::changes(old, new),
            _ => Vec::new(),
        };
        let computed = change::level(&changes);
        Self { level: new.front.level.map_or(computed, |said| said.max(computed)), changes }
    }

    /// What the change means, in sentences for readers, the serious ones first.
    pub(crate) fn summary(&self) -> Vec<String> {
        let sentence = |text: &str| {
            let mut letters = text.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        };
        self.changes.iter().map(|change| sentence(&change.text)).collect()
    }

    /// What is wrong with the succession.
    pub(crate) fn problems(&self, new: &Version) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        let computed = change::level(&self.changes);
        if let Some(said) = new.front.level.filter(|said| *said < computed) {
            let widest = self.changes.first().map_or("", |change| change.text.as_str());
            let message = format!("the change is called {said}, and it is {computed}: {widest}");
            problems.push(
                new.document.key_finding("level", message).hint("remove `level`: it can be raised, never lowered"),
            );
        }
        let notice = new.front.published.0.until(new.front.effective.0).map_or(0, |span| span.get_days());
        if self.level == Level::Material && notice < NOTICE_DAYS_MIN {
            let widest = self.changes.first().map_or("its author says so", |change| change.text.as_str());
            let message = format!(
                "published {notice} days before it takes effect; a material change needs {NOTICE_DAYS_MIN} ({widest})"
            );
            let hint = format!("move `effective` (and the file's name) to {} or later", earliest(new));
            problems.push(new.document.key_finding("published", message).hint(hint));
        }
        problems
    }
}

/// The first day on which a material change may take effect.
fn earliest(new: &Version) -> String {
    let days = jiff::Span::new().days(NOTICE_DAYS_MIN);
    new.front.published.0.checked_add(days).map_or_else(|_| String::new(), |date| date.to_string())
}
