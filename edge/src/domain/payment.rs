//! Payment facts and how they add up.
//!
//! A processor reports the same thing several times and in any order. So nothing here is a transition: a fact is merged
//! into what is known, merging is commutative, associative and idempotent (the property tests say so), and what the
//! payment is worth is read off the merged whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::license::Status;
use super::time::Moment;
use crate::contract::{Context, Datum, Erasure, Export, Keeping, Place, Retention, Stored};
use crate::declare;
use crate::site::Term;

/// Who took the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Stripe.
    Stripe,
}

impl Provider {
    /// The word used in forms and names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
        }
    }

    /// The processor of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Stripe].into_iter().find(|provider| provider.as_str() == name)
    }
}

/// The processor's id of a purchase; for Stripe the Checkout Session, as its fulfilment guide asks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PurchaseId {
    /// The processor.
    pub provider: Provider,
    /// Its id.
    pub id: String,
}

/// The processor's id of the payment behind a purchase; refunds and disputes name it. For Stripe the Payment Intent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PaymentId {
    /// The processor.
    pub provider: Provider,
    /// Its id.
    pub id: String,
}

/// A paid purchase: what was bought, and when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Purchase {
    /// When the processor opened it.
    pub at: Moment,
    /// Its id at the processor.
    pub id: PurchaseId,
    /// The payment behind it; none when nothing was due.
    pub payment: Option<PaymentId>,
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

impl Datum for Provider {}
impl Datum for Term {}

declare! {
    PurchaseId {
        provider: [PurchaseDetails] for [Deliver];
        id: [PurchaseDetails] for [Deliver];
    }
}

declare! {
    PaymentId {
        provider: [PurchaseDetails] for [Deliver];
        id: [PurchaseDetails] for [Deliver];
    }
}

declare! {
    Purchase {
        at: [PurchaseDetails] for [Deliver];
        id: PurchaseId;
        payment: PaymentId;
        product: [PurchaseDetails] for [Deliver];
        plan: [PurchaseDetails] for [Deliver];
        seats: [PurchaseDetails] for [Deliver];
        term: [PurchaseDetails] for [Deliver];
        price_drift: [PurchaseDetails] for [Deliver];
        policy: [PurchaseDetails] for [Deliver];
    }
}

impl Purchase {
    /// When the term it buys ends; `None` never.
    pub fn expires_at(&self) -> Option<Moment> {
        match self.term {
            Term::OneYear => Some(self.at.a_year_later()),
            Term::Lifetime => None,
        }
    }
}

/// Something that happened to a payment after it was made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Incident {
    /// Money went back. `whole` when all of it did.
    Refund {
        /// The processor's id of the charge.
        charge: String,
        /// Whether all of the charge went back.
        whole: bool,
    },
    /// The buyer's bank asked for the money.
    Dispute {
        /// The processor's id of the dispute.
        id: String,
        /// When the processor reported this stage.
        at: Moment,
        /// How far it has come.
        stage: DisputeStage,
    },
}

declare! {
    enum Incident {
        Refund {
            charge: [PurchaseDetails] for [Deliver];
            whole: [PurchaseDetails] for [Deliver];
        }
        Dispute {
            id: [PurchaseDetails] for [Deliver];
            at: [PurchaseDetails] for [Deliver];
            stage: [PurchaseDetails] for [Deliver];
        }
    }
}

/// How far a dispute has come. Within one second the later stage wins, so the order of the variants matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeStage {
    /// An inquiry: no money has moved.
    Inquiry,
    /// The money is withheld.
    Open,
    /// The seller keeps the money.
    Won,
    /// The buyer gets the money.
    Lost,
}

/// All that is known about what happened to one payment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// By charge: whether all of it went back. A refund only ever grows.
    refunds: BTreeMap<String, bool>,
    /// By dispute: its newest stage.
    disputes: BTreeMap<String, (Moment, DisputeStage)>,
}

impl Datum for DisputeStage {}

declare! {
    History {
        refunds: [PurchaseDetails] for [Deliver];
        disputes: [PurchaseDetails] for [Deliver];
    }
}

impl Stored for History {
    const KEEPING: Keeping = Keeping {
        place: Place::VaultPayment,
        context: Context::Purchase,
        retention: Retention::UntilErased,
        erasure: Erasure::Delete,
        export: Export::Given,
    };
}

impl History {
    /// Adds what one report says.
    pub fn merge(&mut self, incident: Incident) {
        match incident {
            Incident::Refund { charge, whole } => *self.refunds.entry(charge).or_default() |= whole,
            Incident::Dispute { id, at, stage } => {
                let newest = self.disputes.entry(id).or_insert((at, stage));
                *newest = (*newest).max((at, stage));
            }
        }
    }

    /// What a license is worth after all this, its term aside. A lost dispute outweighs a refund, a refund an open one.
    pub fn standing(&self) -> Status {
        let dispute = |stage| self.disputes.values().any(|(_, newest)| *newest == stage);
        if dispute(DisputeStage::Lost) {
            Status::Revoked
        } else if self.refunds.values().any(|whole| *whole) {
            Status::Refunded
        } else if dispute(DisputeStage::Open) {
            Status::Suspended
        } else {
            Status::Active
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn incident() -> impl Strategy<Value = Incident> {
        let stage = prop_oneof![
            Just(DisputeStage::Inquiry),
            Just(DisputeStage::Open),
            Just(DisputeStage::Won),
            Just(DisputeStage::Lost)
        ];
        prop_oneof![
            ("[ab]", any::<bool>()).prop_map(|(charge, whole)| Incident::Refund { charge, whole }),
            ("[ab]", 0_i64..4, stage).prop_map(|(id, at, stage)| Incident::Dispute { id, at: Moment(at), stage }),
        ]
    }

    fn fold(incidents: impl IntoIterator<Item = Incident>) -> History {
        incidents.into_iter().fold(History::default(), |mut history, incident| {
            history.merge(incident);
            history
        })
    }

    proptest! {
        #[test]
        fn order_and_repetition_do_not_matter(
            (original, shuffled) in proptest::collection::vec(incident(), 0..12)
                .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
            repeats in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let once = fold(original.clone());
            let again = repeats.iter().filter(|_| !original.is_empty()).map(|index| index.get(&original).clone());
            prop_assert_eq!(&once, &fold(shuffled.into_iter().chain(again)));
        }
    }

    fn dispute(at: i64, stage: DisputeStage) -> Incident {
        Incident::Dispute { id: "dp_1".into(), at: Moment(at), stage }
    }

    fn refund(whole: bool) -> Incident {
        Incident::Refund { charge: "ch_1".into(), whole }
    }

    #[test]
    fn a_license_stands_as_its_payment_does() {
        let cases: [(&str, Vec<Incident>, Status); 9] = [
            ("nothing happened", vec![], Status::Active),
            ("a part went back", vec![refund(false)], Status::Active),
            ("all of it went back", vec![refund(false), refund(true)], Status::Refunded),
            ("all, and the partial report comes late", vec![refund(true), refund(false)], Status::Refunded),
            ("an inquiry", vec![dispute(1, DisputeStage::Inquiry)], Status::Active),
            ("a dispute", vec![dispute(1, DisputeStage::Open)], Status::Suspended),
            ("won", vec![dispute(2, DisputeStage::Won), dispute(1, DisputeStage::Open)], Status::Active),
            (
                "lost in the same second",
                vec![dispute(1, DisputeStage::Lost), dispute(1, DisputeStage::Open)],
                Status::Revoked,
            ),
            ("won after a refund", vec![refund(true), dispute(1, DisputeStage::Won)], Status::Refunded),
        ];
        for (story, incidents, status) in cases {
            assert_eq!(fold(incidents).standing(), status, "{story}");
        }
    }
}
