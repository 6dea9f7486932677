//! Tasks of an operator on the native host's store. The server must not run on it meanwhile; the store is locked then.

use std::path::Path;

use edge::config::{self, SettingError};
use edge::domain::fact::Origin;
use edge::domain::id::Secret;
use edge::domain::time::Moment;
use edge::hosts::native::{Attention, ExportError, ImportError, Imported};
use edge::store::keys::VaultKeys;
use jiff::Timestamp;

/// Why a task was not done.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    /// The store cannot be exported.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The store cannot be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The secrets of the folder cannot be read.
    #[error("cannot read the secrets of the folder: {0}")]
    Secrets(#[from] std::io::Error),
    /// Something in the environment cannot be used.
    #[error("these settings cannot be used, from the environment or from secrets.env in the folder:\n{}", list(.0))]
    Settings(Vec<SettingError>),
}

fn list(errors: &[SettingError]) -> String {
    errors.iter().map(|error| format!("  {error}")).collect::<Vec<_>>().join("\n")
}

/// What the store of a folder depends on, from the environment or from what the folder has.
fn secrets(data_dir: &Path, env: impl Fn(&str) -> Option<String>) -> Result<(Secret, VaultKeys), OperateError> {
    let made = edge::hosts::native::secrets::read(data_dir)?;
    let setting = |name: &str| env(name).filter(|value| !value.is_empty()).or_else(|| made.get(name).cloned());
    config::read_for_store(setting).map_err(OperateError::Settings)
}

/// Writes the whole store of a data folder as lines of JSON, sealed or opened; answers how many records there are.
pub fn export(
    data_dir: &Path,
    out: &Path,
    opens: bool,
    env: impl Fn(&str) -> Option<String>,
) -> Result<usize, OperateError> {
    let keys = opens.then(|| secrets(data_dir, env)).transpose()?.map(|(_, keys)| keys);
    Ok(edge::hosts::native::export(data_dir, out, keys)?)
}

/// Makes the store of a data folder from a copy, and does again what the newest ledger says was deleted.
pub fn import(
    from: &Path,
    ledger: &Path,
    data_dir: &Path,
    at: Timestamp,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Imported, OperateError> {
    let (pepper, keys) = secrets(data_dir, env)?;
    Ok(edge::hosts::native::import(from, ledger, data_dir, (&pepper, keys), Moment(at.as_second()))?)
}

/// What staff have to look at, in lines.
pub fn attention(
    data_dir: &Path,
    at: Timestamp,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Vec<String>, OperateError> {
    let (_, keys) = secrets(data_dir, env)?;
    Ok(lines(&edge::hosts::native::attention(data_dir, keys, Moment(at.as_second()))?))
}

fn lines(attention: &Attention) -> Vec<String> {
    let mut lines = vec![format!("Purchases set aside: {}", attention.held.len())];
    lines.extend(attention.held.iter().map(|held| {
        let (provider, id) = (held.purchase.provider.as_str(), &held.purchase.id);
        format!("  {} {provider} {id}: {}", held.since.rfc3339(), held.why)
    }));
    lines.push(format!(
        "Reports without a purchase: {} for more than 3 days, {} more recent",
        attention.parked.len(),
        attention.parked_lately
    ));
    lines.extend(attention.parked.iter().map(|parked| {
        let origin = match parked.fact.origin() {
            Origin::Purchase(id) => format!("purchase {} {}", id.provider.as_str(), id.id),
            Origin::Payment(id) => format!("payment {} {}", id.provider.as_str(), id.id),
            Origin::Subscription(id) => format!("subscription {} {}", id.provider.as_str(), id.id),
            Origin::Invoice(id) => format!("invoice {} {}", id.provider.as_str(), id.id),
        };
        format!("  {} {origin}", parked.since.rfc3339())
    }));
    lines.push(format!("Vaults with a price below the catalogue: {}", attention.price_drift.len()));
    lines.extend(attention.price_drift.iter().map(|vault| format!("  {vault}")));
    lines.push(format!("Vaults with mails that were given up: {}", attention.given_up.len()));
    lines.extend(attention.given_up.iter().map(|(vault, mails)| format!("  {vault}: {mails}")));
    lines.push(format!("Notices: {}", attention.notices.len()));
    lines.extend(attention.notices.iter().map(|(id, progress)| {
        let state = if progress.done { "done" } else { "under way" };
        format!("  {id}: {state}, {} asked, {} mailed", progress.asked, progress.queued)
    }));
    lines
}
