//! Receipts of consent, each with its end.

use super::record;
use crate::domain::consent::{Receipt, ReceiptId};
use crate::domain::time::{Moment, Seconds};
use crate::ports::{Kv, Unavailable};

/// Writes a receipt down. It goes by itself; reading it moves nothing.
pub async fn keep(kv: &impl Kv, receipt: &Receipt, now: Moment) -> Result<(), Unavailable> {
    let left = u32::try_from(receipt.ends().0.saturating_sub(now.0)).unwrap_or_default();
    kv.put(&key(&receipt.id), &record::encode(receipt), Seconds(left)).await
}

/// The receipt of this id.
pub async fn read(kv: &impl Kv, id: &ReceiptId) -> Result<Option<Receipt>, Unavailable> {
    Ok(kv.get(&key(id)).await?.and_then(|text| record::decode(&text).ok()))
}

fn key(id: &ReceiptId) -> String {
    format!("receipt/{}", id.as_str())
}
