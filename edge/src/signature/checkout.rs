//! A purchase as a processor reports it, whichever processor it is: what both are made into before anything is decided.

use crate::domain::id::Email;
use crate::domain::payment::{PurchaseId, Settlement, Sold, SubscriptionId};
use crate::domain::time::Moment;

/// A purchase as its processor reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// When it was opened.
    pub at: Moment,
    /// Its id.
    pub id: PurchaseId,
    /// The subscription it began.
    pub subscription: Option<SubscriptionId>,
    /// The processor's id of the buyer.
    pub customer: Option<String>,
    /// What was sold, as we had the processor remember it.
    pub sold: Sold,
    /// Price before discounts and tax, in minor units; none where the report does not say.
    pub amount: Option<u64>,
    /// ISO 4217 code in lower case; empty where the report does not say.
    pub currency: String,
    /// The buyer's address, where it is one.
    pub email: Option<Email>,
    /// The buyer's name, possibly empty.
    pub name: String,
    /// Whether it was paid.
    pub settlement: Settlement,
}

/// Why an event is none of our business. It is answered with success, since repeating it would not change that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ignored(
    /// The reason as the log says it.
    pub &'static str,
);
