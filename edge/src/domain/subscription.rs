//! A subscription: the payments that renew a license, and how it goes on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::payment::Paid;
use super::time::Moment;
use crate::contract::{Context, Datum, Erasure, Export, Keeping, Place, Retention, Stored};
use crate::declare;

/// All that is known about a subscription. Like everything that processors report, it is merged and never stepped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// What was paid, by invoice (Stripe) or sale (`PayPal`).
    pub paid: BTreeMap<String, Paid>,
    /// The newest try to collect that failed, by invoice.
    pub unpaid: BTreeMap<String, Moment>,
    /// How it goes on, as the newest report says.
    pub course: Option<(Moment, Course)>,
    /// The plan it was changed to, as the newest report says.
    pub plan: Option<(Moment, PlanChange)>,
}

declare! {
    Subscription {
        paid: [PurchaseDetails] for [Deliver];
        unpaid: [PurchaseDetails] for [Deliver];
        course: [PurchaseDetails] for [Deliver];
        plan: [PurchaseDetails] for [Deliver];
    }
}

impl Datum for Paid {}
impl Datum for Course {}
impl Datum for PlanChange {}

impl Stored for Subscription {
    const KEEPING: Keeping = Keeping {
        place: Place::VaultSubscription,
        context: Context::Purchase,
        retention: Retention::OF_ORDERS,
        erasure: Erasure::KEPT_FOR_TAX,
        export: Export::Given,
    };
}

/// How a subscription goes on. Within one second the later variant wins, so their order matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    /// It renews by itself.
    Renewing,
    /// It runs to the end of what is paid and does not renew.
    Ending,
    /// A payment is overdue; the processor tries again.
    Overdue,
    /// It has ended.
    Ended,
}

/// A plan that a subscription was changed to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlanChange {
    /// Id of the plan.
    pub plan: String,
    /// Its seats as sold.
    pub seats: u32,
}

/// Something that happened to a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// A payment came.
    Paid {
        /// Id of the invoice or the sale.
        invoice: String,
        /// The money.
        paid: Paid,
    },
    /// A payment did not come.
    Unpaid {
        /// Id of the invoice.
        invoice: String,
        /// When it was tried.
        at: Moment,
    },
    /// It goes on like this.
    Course {
        /// When the processor said so.
        at: Moment,
        /// How.
        course: Course,
        /// The plan it is for.
        plan: Option<PlanChange>,
    },
}

declare! {
    enum Turn {
        Paid {
            invoice: [PurchaseDetails] for [Deliver];
            paid: Paid;
        }
        Unpaid {
            invoice: [PurchaseDetails] for [Deliver];
            at: [PurchaseDetails] for [Deliver];
        }
        Course {
            at: [PurchaseDetails] for [Deliver];
            course: [PurchaseDetails] for [Deliver];
            plan: [PurchaseDetails] for [Deliver];
        }
    }
}

impl Subscription {
    /// Adds what one report says.
    pub fn merge(&mut self, turn: Turn) {
        match turn {
            Turn::Paid { invoice, paid } => {
                let merged = match self.paid.remove(&invoice) {
                    Some(known) => known.merge(paid),
                    None => paid,
                };
                self.paid.insert(invoice, merged);
            }
            Turn::Unpaid { invoice, at } => {
                let newest = self.unpaid.entry(invoice).or_insert(at);
                *newest = (*newest).max(at);
            }
            Turn::Course { at, course, plan } => {
                self.course = self.course.max(Some((at, course)));
                self.plan = self.plan.take().max(plan.map(|plan| (at, plan)));
            }
        }
    }

    /// Whether it will renew by itself, as far as is known.
    pub fn renews(&self) -> bool {
        self.course.is_none_or(|(_, course)| matches!(course, Course::Renewing | Course::Overdue))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::payment::{PaymentId, Provider};

    fn turn() -> impl Strategy<Value = Turn> {
        let payment = || "[pq]".prop_map(|id| PaymentId::new(Provider::Stripe, id));
        let course =
            prop_oneof![Just(Course::Renewing), Just(Course::Ending), Just(Course::Overdue), Just(Course::Ended)];
        let paid =
            (0_i64..4, proptest::option::of(0_i64..9), proptest::option::of(payment()), proptest::option::of(0_u64..3))
                .prop_map(|(at, until, payment, amount)| Paid {
                    at: Moment(at),
                    until: until.map(Moment),
                    payment,
                    amount,
                });
        let plan = ("[xy]", 0_u32..3).prop_map(|(plan, seats)| PlanChange { plan, seats });
        prop_oneof![
            ("[ab]", paid).prop_map(|(invoice, paid)| Turn::Paid { invoice, paid }),
            ("[ab]", 0_i64..4).prop_map(|(invoice, at)| Turn::Unpaid { invoice, at: Moment(at) }),
            (0_i64..4, course, proptest::option::of(plan)).prop_map(|(at, course, plan)| Turn::Course {
                at: Moment(at),
                course,
                plan
            }),
        ]
    }

    fn fold(turns: impl IntoIterator<Item = Turn>) -> Subscription {
        turns.into_iter().fold(Subscription::default(), |mut subscription, turn| {
            subscription.merge(turn);
            subscription
        })
    }

    proptest! {
        #[test]
        fn order_and_repetition_do_not_matter(
            (original, shuffled) in proptest::collection::vec(turn(), 0..12)
                .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
            repeats in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let once = fold(original.clone());
            let again = repeats.iter().filter(|_| !original.is_empty()).map(|index| index.get(&original).clone());
            prop_assert_eq!(&once, &fold(shuffled.into_iter().chain(again)));
        }
    }
}
