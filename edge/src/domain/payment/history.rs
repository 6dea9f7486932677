//! What happened to one payment after it was made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contract::{Context, Datum, Erasure, Export, Keeping, Place, Retention, Stored};
use crate::declare;
use crate::domain::license::Status;
use crate::domain::time::Moment;

/// Something that happened to a payment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Incident {
    /// Money went back, or came back from there.
    Refund {
        /// What the processor counts refunds by: Stripe the charge, `PayPal` each refund.
        id: String,
        /// When the processor reported it.
        at: Moment,
        /// How much of it.
        refund: Refund,
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
            id: [PurchaseDetails] for [Deliver];
            at: [PurchaseDetails] for [Deliver];
            refund: Refund;
        }
        Dispute {
            id: [PurchaseDetails] for [Deliver];
            at: [PurchaseDetails] for [Deliver];
            stage: [PurchaseDetails] for [Deliver];
        }
    }
}

/// How much went back. Within one second the later variant wins, so their order matters: a refund grows, and only one that
/// was made can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refund {
    /// A part of the charge.
    Part {},
    /// This much, in minor units.
    Amount {
        /// By this refund.
        amount: u64,
        /// By this and all earlier ones, where the processor says so.
        total: Option<u64>,
    },
    /// All of the charge.
    Whole {},
    /// Nothing: the bank did not take it, and the money is ours again.
    Failed {},
}

declare! {
    enum Refund {
        Part {}
        Amount {
            amount: [PurchaseDetails] for [Deliver];
            total: [PurchaseDetails] for [Deliver];
        }
        Whole {}
        Failed {}
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

impl Datum for DisputeStage {}
impl Datum for Refund {}

/// All that is known about what happened to one payment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// By what the processor counts refunds by: the newest report.
    refunds: BTreeMap<String, (Moment, Refund)>,
    /// By dispute: its newest stage.
    disputes: BTreeMap<String, (Moment, DisputeStage)>,
}

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
        retention: Retention::OF_ORDERS,
        erasure: Erasure::KEPT_FOR_TAX,
        export: Export::Given,
    };
}

impl History {
    /// Adds what one report says.
    pub fn merge(&mut self, incident: Incident) {
        match incident {
            Incident::Refund { id, at, refund } => {
                let newest = self.refunds.entry(id).or_insert((at, refund));
                *newest = (*newest).max((at, refund));
            }
            Incident::Dispute { id, at, stage } => {
                let newest = self.disputes.entry(id).or_insert((at, stage));
                *newest = (*newest).max((at, stage));
            }
        }
    }

    /// What a payment of this amount is worth after all this, and since when. A lost dispute outweighs a refund, a refund
    /// an open dispute. `Active` since nothing in particular.
    pub fn standing(&self, amount: Option<u64>) -> (Status, Option<Moment>) {
        let dispute =
            |wanted| self.disputes.values().filter(move |(_, stage)| *stage == wanted).map(|(at, _)| *at).min();
        if let Some(at) = dispute(DisputeStage::Lost) {
            (Status::Revoked, Some(at))
        } else if let Some(at) = self.refunded_at(amount) {
            (Status::Refunded, Some(at))
        } else if let Some(at) = dispute(DisputeStage::Open) {
            (Status::Suspended, Some(at))
        } else {
            (Status::Active, None)
        }
    }

    /// When the last of the money went back; none while some of it is here.
    fn refunded_at(&self, amount: Option<u64>) -> Option<Moment> {
        let whole = self.refunds.values().filter(|(_, refund)| *refund == Refund::Whole {}).map(|(at, _)| *at).min();
        let amounts = || {
            self.refunds.values().filter_map(|(at, refund)| match refund {
                Refund::Amount { amount, total } => Some((*at, *amount, total.unwrap_or(0))),
                _ => None,
            })
        };
        let sum = amounts().fold(0_u64, |sum, (_, amount, _)| sum.saturating_add(amount));
        let told = amounts().map(|(_, _, total)| total).max().unwrap_or(0);
        let is_all = amount.is_some_and(|amount| sum.max(told) >= amount);
        whole.or_else(|| amounts().map(|(at, ..)| at).max().filter(|_| is_all))
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
        let refund = prop_oneof![
            Just(Refund::Part {}),
            Just(Refund::Whole {}),
            Just(Refund::Failed {}),
            (0_u64..4, proptest::option::of(0_u64..4)).prop_map(|(amount, total)| Refund::Amount { amount, total }),
        ];
        prop_oneof![
            ("[ab]", 0_i64..4, refund).prop_map(|(id, at, refund)| Incident::Refund { id, at: Moment(at), refund }),
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

    fn refund(at: i64, refund: Refund) -> Incident {
        Incident::Refund { id: "ch_1".into(), at: Moment(at), refund }
    }

    fn returned(id: &str, at: i64, amount: u64, total: Option<u64>) -> Incident {
        Incident::Refund { id: id.into(), at: Moment(at), refund: Refund::Amount { amount, total } }
    }

    const PART: Refund = Refund::Part {};
    const WHOLE: Refund = Refund::Whole {};
    const FAILED: Refund = Refund::Failed {};

    /// A story, what was reported of it, and what the payment is worth after that, since when.
    type Case = (&'static str, Vec<Incident>, (Status, Option<i64>));

    #[test]
    fn a_payment_stands_as_its_history_says() {
        use DisputeStage::{Inquiry, Lost, Open, Won};
        use Status::{Active, Refunded, Revoked, Suspended};
        let cases: [Case; 17] = [
            ("nothing happened", vec![], (Active, None)),
            ("a part went back", vec![refund(1, PART)], (Active, None)),
            ("all of it went back", vec![refund(1, PART), refund(2, WHOLE)], (Refunded, Some(2))),
            ("all, and the partial report comes late", vec![refund(2, WHOLE), refund(1, PART)], (Refunded, Some(2))),
            ("the bank did not take it", vec![refund(3, FAILED), refund(1, WHOLE)], (Active, None)),
            ("nor in the same second", vec![refund(1, FAILED), refund(1, WHOLE)], (Active, None)),
            (
                "but the second try went",
                vec![refund(4, WHOLE), refund(3, FAILED), refund(1, WHOLE)],
                (Refunded, Some(4)),
            ),
            (
                "two parts are the whole",
                vec![returned("a", 1, 40, None), returned("b", 3, 59, None)],
                (Refunded, Some(3)),
            ),
            ("two parts are not", vec![returned("a", 1, 40, None), returned("b", 3, 58, None)], (Active, None)),
            ("the total says so", vec![returned("b", 3, 59, Some(99))], (Refunded, Some(3))),
            ("one of the parts failed", vec![returned("ch_1", 1, 99, None), refund(2, FAILED)], (Active, None)),
            ("an inquiry", vec![dispute(1, Inquiry)], (Active, None)),
            ("a dispute", vec![dispute(1, Open)], (Suspended, Some(1))),
            ("won", vec![dispute(2, Won), dispute(1, Open)], (Active, None)),
            ("lost in the same second", vec![dispute(1, Lost), dispute(1, Open)], (Revoked, Some(1))),
            ("won after a refund", vec![refund(5, WHOLE), dispute(1, Won)], (Refunded, Some(5))),
            ("lost after a refund", vec![refund(5, WHOLE), dispute(9, Lost)], (Revoked, Some(9))),
        ];
        for (story, incidents, (status, since)) in cases {
            assert_eq!(fold(incidents).standing(Some(99)), (status, since.map(Moment)), "{story}");
        }
    }
}
