//! A fact: one thing that a processor reported, with the name by which it finds its vault. A fact whose name leads nowhere
//! yet waits until it does.

use serde::{Deserialize, Serialize};

use super::id::{Reference, Secret};
use super::payment::{Incident, InvoiceId, PaymentId, PurchaseId, Settlement, SubscriptionId};
use super::subscription::Turn;
use crate::declare;

/// One thing that a processor reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Whether a purchase was paid.
    Settled {
        /// The purchase.
        purchase: PurchaseId,
        /// Whether.
        settlement: Settlement,
    },
    /// Something happened to a payment.
    Incident {
        /// The payment.
        payment: PaymentId,
        /// What.
        incident: Incident,
    },
    /// Something happened to a subscription.
    Turn {
        /// The subscription.
        subscription: SubscriptionId,
        /// What.
        turn: Turn,
    },
    /// This payment is behind that invoice.
    PaidBy {
        /// The invoice.
        invoice: InvoiceId,
        /// The payment.
        payment: PaymentId,
    },
}

declare! {
    enum Fact {
        Settled {
            purchase: PurchaseId;
            settlement: Settlement;
        }
        Incident {
            payment: PaymentId;
            incident: Incident;
        }
        Turn {
            subscription: SubscriptionId;
            turn: Turn;
        }
        PaidBy {
            invoice: InvoiceId;
            payment: PaymentId;
        }
    }
}

/// A name by which a fact finds its vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A purchase.
    Purchase(PurchaseId),
    /// A payment.
    Payment(PaymentId),
    /// A subscription.
    Subscription(SubscriptionId),
    /// An invoice.
    Invoice(InvoiceId),
}

impl Origin {
    /// The reference under which it is pointed to.
    pub fn reference(&self, pepper: &Secret) -> Reference {
        match self {
            Self::Purchase(id) => Reference::purchase(pepper, id.provider.as_str(), &id.id),
            Self::Payment(id) => Reference::payment(pepper, id.provider.as_str(), &id.id),
            Self::Subscription(id) => Reference::subscription(pepper, id.provider.as_str(), &id.id),
            Self::Invoice(id) => Reference::invoice(pepper, id.provider.as_str(), &id.id),
        }
    }
}

impl Fact {
    /// The name by which it finds its vault.
    pub fn origin(&self) -> Origin {
        match self {
            Self::Settled { purchase, .. } => Origin::Purchase(purchase.clone()),
            Self::Incident { payment, .. } => Origin::Payment(payment.clone()),
            Self::Turn { subscription, .. } => Origin::Subscription(subscription.clone()),
            Self::PaidBy { invoice, .. } => Origin::Invoice(invoice.clone()),
        }
    }

    /// Names that it says belong to the same vault.
    pub fn links(&self) -> Vec<Origin> {
        let payment = |payment: &Option<PaymentId>| payment.clone().map(Origin::Payment);
        match self {
            Self::Settled { settlement: Settlement::Paid { paid }, .. } => payment(&paid.payment).into_iter().collect(),
            Self::Turn { subscription, turn: Turn::Paid { invoice, paid } } => {
                let invoice = Origin::Invoice(InvoiceId::new(subscription.provider, invoice.as_str()));
                std::iter::once(invoice).chain(payment(&paid.payment)).collect()
            }
            Self::Turn { subscription, turn: Turn::Unpaid { invoice, .. } } => {
                vec![Origin::Invoice(InvoiceId::new(subscription.provider, invoice.as_str()))]
            }
            Self::PaidBy { payment, .. } => vec![Origin::Payment(payment.clone())],
            Self::Settled { .. } | Self::Incident { .. } | Self::Turn { .. } => vec![],
        }
    }
}
