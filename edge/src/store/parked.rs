//! Facts that cannot be placed yet: a refund whose purchase is still on its way, or a purchase that nobody may fulfil
//! without a look by staff. They wait in the key-value store; the cron trigger tries them again.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::record;
use crate::contract::{Context, Erasure, Export, Ground, Keeping, Period, Place, Retention, Stored};
use crate::declare;
use crate::domain::fact::Fact;
use crate::domain::id::{Reference, hex};
use crate::domain::payment::PurchaseId;
use crate::domain::time::{Moment, Seconds};
use crate::ports::{Kv, Unavailable};

/// A parked fact is kept longer than any processor repeats a report.
const PARKED_DAYS: u32 = 90;
const PARKED_TTL: Seconds = Seconds::days(PARKED_DAYS);
/// Facts looked at in one run.
pub const FACTS_PER_RUN_MAX: usize = 100;

const PREFIX: &str = "parked/";

/// A fact that waits for the purchase it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// What was reported.
    pub fact: Fact,
    /// When it was parked.
    pub since: Moment,
}

declare! {
    Parked {
        fact: Fact;
        since: [PurchaseDetails] for [Deliver];
    }
}

impl Stored for Parked {
    const KEEPING: Keeping = set_aside(Place::Parked);
}

/// A paid purchase that staff must look at. It holds the processor's id and nothing of the buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The purchase.
    pub purchase: PurchaseId,
    /// Why it was not fulfilled.
    pub why: String,
    /// When it was set aside.
    pub since: Moment,
}

declare! {
    Held {
        purchase: PurchaseId;
        why: [PurchaseDetails] for [Deliver];
        since: [PurchaseDetails] for [Deliver];
    }
}

impl Stored for Held {
    const KEEPING: Keeping = set_aside(Place::Held);
}

/// What is set aside names no person, only a payment; it goes by itself.
const fn set_aside(place: Place) -> Keeping {
    let period = Period::days(PARKED_DAYS);
    Keeping {
        place,
        context: Context::Purchase,
        retention: Retention::For { period },
        erasure: Erasure::Keep { ground: Ground::UnplacedPayment, until: period },
        export: Export::Withheld { why: "it names a payment of nobody we know" },
    }
}

/// Sets a purchase aside under its reference: whoever knows a session's id may open its success page, so the id itself is
/// no name. The same purchase always takes the same place.
pub async fn hold(kv: &impl Kv, purchase: &Reference, held: &Held) -> Result<(), Unavailable> {
    let key = format!("held/{}", purchase.as_str());
    kv.put(&key, &record::encode(held), PARKED_TTL).await
}

/// Parks a fact under the reference by which it finds its vault. The same fact always takes the same place.
pub async fn park(kv: &impl Kv, origin: &Reference, parked: &Parked) -> Result<(), Unavailable> {
    let text = serde_json::to_vec(&parked.fact).unwrap_or_default();
    let digest = Sha256::digest(&text);
    let place = hex(digest.get(..16).unwrap_or(&digest));
    kv.put(&format!("{PREFIX}{}/{place}", origin.as_str()), &record::encode(parked), PARKED_TTL).await
}

/// Keys of parked facts behind `after`, in order.
pub async fn keys(kv: &impl Kv, after: Option<&str>) -> Result<Vec<String>, Unavailable> {
    kv.list(PREFIX, after, FACTS_PER_RUN_MAX).await
}

/// Purchases that were set aside.
pub async fn held(kv: &impl Kv, limit: usize) -> Result<Vec<Held>, Unavailable> {
    let mut held = vec![];
    for key in kv.list("held/", None, limit).await? {
        held.extend(kv.get(&key).await?.and_then(|text| record::decode(&text).ok()));
    }
    Ok(held)
}

/// The key from which a run that begins at `digits` goes on.
pub fn place_after(digits: &str) -> String {
    format!("{PREFIX}{digits}")
}

/// Keys of the facts parked under one reference.
pub async fn keys_of(kv: &impl Kv, origin: &Reference) -> Result<Vec<String>, Unavailable> {
    kv.list(&format!("{PREFIX}{}/", origin.as_str()), None, FACTS_PER_RUN_MAX).await
}

/// The fact under a key, if it is still there.
pub async fn read(kv: &impl Kv, key: &str) -> Result<Option<Parked>, Unavailable> {
    Ok(kv.get(key).await?.and_then(|text| record::decode(&text).ok()))
}

/// Takes away a fact that has been placed.
pub async fn remove(kv: &impl Kv, key: &str) -> Result<(), Unavailable> {
    kv.delete(key).await
}
