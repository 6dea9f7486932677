//! What a purchase is, and whether it was paid.
//!
//! A processor reports the same thing several times and in any order. So nothing here is a transition: reports are
//! merged into what is known, merging is commutative, associative and idempotent (the property tests say so), and what a
//! license is worth is read off the merged whole ([`super::standing`]).

use serde::{Deserialize, Serialize};

use super::license::LicenseId;
use super::time::Moment;
use crate::contract::{Context, Datum, Erasure, Export, Keeping, Place, Retention, Stored};
use crate::declare;
use crate::site::Term;

mod history;

pub use history::{DisputeStage, History, Incident, Refund};

/// Who took the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Stripe.
    Stripe,
    /// `PayPal`.
    Paypal,
}

impl Provider {
    /// The word used in forms and names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Paypal => "paypal",
        }
    }

    /// The processor of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Stripe, Self::Paypal].into_iter().find(|provider| provider.as_str() == name)
    }
}

impl Datum for Provider {}
impl Datum for Term {}

/// Defines ids that a processor gives. They look alike and must not be taken for one another.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name {
            /// The processor.
            pub provider: Provider,
            /// Its id.
            pub id: String,
        }

        declare! {
            $name {
                provider: [PurchaseDetails] for [Deliver];
                id: [PurchaseDetails] for [Deliver];
            }
        }

        impl $name {
            /// An id of this processor.
            pub fn new(provider: Provider, id: impl Into<String>) -> Self {
                Self { provider, id: id.into() }
            }
        }
    )+};
}

ids! {
    /// The processor's id of a purchase. For Stripe the Checkout Session, as its fulfilment guide asks; for `PayPal` the
    /// order or the subscription.
    PurchaseId
    /// The processor's id of a payment; refunds and disputes name it. For Stripe the Payment Intent, for `PayPal` the
    /// capture or the sale.
    PaymentId
    /// The processor's id of a subscription.
    SubscriptionId
    /// Stripe's id of an invoice, which some reports name instead of the payment behind it.
    InvoiceId
}

/// What we had the processor remember of a purchase: which product and plan, and which license it prolongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sold {
    /// Id of the product.
    pub product: String,
    /// Id of the plan.
    pub plan: String,
    /// The license that is prolonged; none for a new one.
    pub renews: Option<LicenseId>,
}

/// A purchase: what was bought, and when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Purchase {
    /// When the processor opened it.
    pub at: Moment,
    /// Its id at the processor.
    pub id: PurchaseId,
    /// The subscription it began, where it renews by itself.
    #[serde(default)]
    pub subscription: Option<SubscriptionId>,
    /// The license it prolongs; none when it is for a new one.
    #[serde(default)]
    pub renews: Option<LicenseId>,
    /// The processor's id of the buyer, for its own page of invoices and cards.
    #[serde(default)]
    pub customer: Option<String>,
    /// Id of the product.
    pub product: String,
    /// Id of the plan.
    pub plan: String,
    /// Seats of the plan as sold.
    pub seats: u32,
    /// Term of the plan as sold.
    pub term: Term,
    /// Whether the buyer was charged less than the catalogue asks without a discount. Staff should look.
    pub price_drift: bool,
    /// Policy version in force at the time of purchase.
    pub policy: String,
}

declare! {
    Purchase {
        at: [PurchaseDetails] for [Deliver];
        id: PurchaseId;
        subscription: SubscriptionId;
        renews: [PurchaseDetails] for [Deliver];
        customer: [PurchaseDetails] for [Deliver] to [Stripe];
        product: [PurchaseDetails] for [Deliver];
        plan: [PurchaseDetails] for [Deliver];
        seats: [PurchaseDetails] for [Deliver];
        term: [PurchaseDetails] for [Deliver];
        price_drift: [PurchaseDetails] for [Deliver];
        policy: [PurchaseDetails] for [Deliver];
    }
}

/// Money that came in, and what it pays for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Paid {
    /// When.
    pub at: Moment,
    /// The end of the time it pays for, where the processor says so; otherwise it pays for one term of the plan.
    #[serde(default)]
    pub until: Option<Moment>,
    /// The payment; none when nothing was due, or while it is not known.
    #[serde(default)]
    pub payment: Option<PaymentId>,
    /// How much, in minor units. Kept only where refunds do not say by themselves whether they are whole (`PayPal`).
    #[serde(default)]
    pub amount: Option<u64>,
}

declare! {
    Paid {
        at: [PurchaseDetails] for [Deliver];
        until: [PurchaseDetails] for [Deliver];
        payment: PaymentId;
        amount: [PurchaseDetails] for [Deliver];
    }
}

impl Paid {
    /// Two reports of the same money as one: reports differ in what they leave out.
    pub fn merge(self, other: Self) -> Self {
        Self {
            at: self.at.min(other.at),
            until: self.until.max(other.until),
            payment: self.payment.max(other.payment),
            amount: self.amount.max(other.amount),
        }
    }
}

/// Whether a purchase was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// The money is still to come, as with a bank transfer; or it comes with the payments of the subscription.
    Awaited {},
    /// The bank refused, or the buyer gave up.
    Failed {
        /// When.
        at: Moment,
    },
    /// The money came.
    Paid {
        /// The money.
        paid: Paid,
    },
}

declare! {
    enum Settlement {
        Awaited {}
        Failed { at: [PurchaseDetails] for [Deliver]; }
        Paid { paid: Paid; }
    }
}

impl Settlement {
    /// Two reports as one. Money that came is not undone by a report that it would not; it goes back by a refund.
    pub fn merge(self, other: Self) -> Self {
        match (self, other) {
            (Self::Paid { paid }, Self::Paid { paid: other }) => Self::Paid { paid: paid.merge(other) },
            (paid @ Self::Paid { .. }, _) | (_, paid @ Self::Paid { .. }) => paid,
            (Self::Failed { at }, Self::Failed { at: other }) => Self::Failed { at: at.min(other) },
            (failed @ Self::Failed { .. }, _) | (_, failed @ Self::Failed { .. }) => failed,
            (Self::Awaited {}, Self::Awaited {}) => Self::Awaited {},
        }
    }

    /// The money, if it came.
    pub fn paid(&self) -> Option<&Paid> {
        match self {
            Self::Paid { paid } => Some(paid),
            _ => None,
        }
    }
}

impl Stored for Settlement {
    const KEEPING: Keeping = kept(Place::VaultSettlement);
}

/// The payment behind an invoice, where a report of its own says so: since 2025-03-31 an invoice no longer does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InvoicePayment {
    /// The payment.
    pub payment: PaymentId,
}

declare! {
    InvoicePayment { payment: PaymentId; }
}

impl Stored for InvoicePayment {
    const KEEPING: Keeping = kept(Place::VaultInvoice);
}

/// How what is known of money is kept: until the person asks for its deletion, and then it goes.
const fn kept(place: Place) -> Keeping {
    Keeping {
        place,
        context: Context::Purchase,
        retention: Retention::OF_ORDERS,
        erasure: Erasure::KEPT_FOR_TAX,
        export: Export::Given,
    }
}
