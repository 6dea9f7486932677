//! Tasks of an operator on the native host's store. The server must not run on it meanwhile; the store is locked then.

use std::path::Path;

use edge::domain::fact::Origin;
use edge::domain::time::Moment;
use edge::hosts::native::Attention;
use jiff::Timestamp;

pub use edge::hosts::native::ExportError;

/// Writes the whole store of a data folder as lines of JSON; answers how many records there are.
pub fn export(data_dir: &Path, out: &Path) -> Result<usize, ExportError> {
    edge::hosts::native::export(data_dir, out)
}

/// What staff have to look at, in lines.
pub fn attention(data_dir: &Path, at: Timestamp) -> Result<Vec<String>, ExportError> {
    Ok(lines(&edge::hosts::native::attention(data_dir, Moment(at.as_second()))?))
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
