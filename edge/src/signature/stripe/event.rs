//! Stripe's events as types. Only the fields declared here and below are read; whatever else an event carries (addresses,
//! telephone numbers, card digits) never gets past these files.
//!
//! Events are read in the shapes before and after API version 2025-03-31, which moved what an invoice and a subscription
//! say of each other (<https://docs.stripe.com/changelog/basil>): an event keeps the shape of the version that made it.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::domain::fact::Fact;
use crate::domain::license::LicenseId;
use crate::domain::payment::{PaymentId, Provider, PurchaseId, Settlement, Sold, SubscriptionId};
use crate::domain::subscription::Course;
use crate::domain::time::Moment;
use crate::json;
use crate::signature::checkout::{Checkout, Ignored};

mod charge;
mod session;
mod subscription;

pub use session::{EXPIRED, NOT_PAID_YET, Session, read_session};

/// An event that means something to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody bought something.
    Checkout(Box<Checkout>),
    /// A checkout was given up.
    Expired(PurchaseId),
    /// Something else was reported.
    Fact {
        /// What.
        fact: Fact,
        /// The product that it says it is about, where it says so.
        product: Option<String>,
    },
    /// How a subscription goes on.
    Subscription {
        /// Its id.
        id: SubscriptionId,
        /// When this was reported.
        at: Moment,
        /// How.
        course: Course,
        /// Id of the price it is for.
        price: Option<String>,
        /// The product that it says it is about.
        product: String,
    },
}

const NOT_OURS: Ignored = Ignored("of another product");

/// What we put into the metadata of sessions, payments and subscriptions.
#[derive(Debug, Clone, Default, Deserialize)]
struct Metadata {
    product: Option<String>,
    plan: Option<String>,
    renews: Option<String>,
}

impl Metadata {
    fn sold(self) -> Option<Sold> {
        let renews = self.renews.and_then(|id| LicenseId::parse(&id));
        self.product.zip(self.plan).map(|(product, plan)| Sold { product, plan, renews })
    }
}

/// A reference to another object: its id, or the object itself where it was expanded.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Named {
    Id(String),
    Expanded { id: String },
}

impl Named {
    fn id(self) -> String {
        let (Self::Id(id) | Self::Expanded { id }) = self;
        id
    }

    fn payment(self) -> PaymentId {
        PaymentId::new(Provider::Stripe, self.id())
    }

    fn subscription(self) -> SubscriptionId {
        SubscriptionId::new(Provider::Stripe, self.id())
    }
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    object: String,
    #[serde(default)]
    livemode: Option<bool>,
    #[serde(default)]
    account: Option<String>,
}

#[derive(Deserialize)]
struct Carrying<Object> {
    created: i64,
    data: Data<Object>,
}

#[derive(Deserialize)]
struct Data<Object> {
    object: Object,
}

/// As much of an object as says whether it is ours. Of another shop's object on the same account nothing else is asked.
#[derive(Deserialize)]
struct Marked {
    metadata: Option<Metadata>,
}

/// Reads the body of an event whose signature holds. `None` when it is not JSON, or a known type lacks what it must have.
pub fn read_event(body: &[u8], livemode: bool) -> Option<Result<Event, Ignored>> {
    let envelope: Envelope = json::read(body)?;
    if envelope.object != "event" {
        return Some(Err(Ignored("thin event")));
    }
    if envelope.account.is_some() {
        return Some(Err(Ignored("event of a connected account")));
    }
    if envelope.livemode != Some(livemode) {
        return Some(Err(Ignored("event of the other mode")));
    }
    let kind = envelope.kind.as_str();
    match kind {
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed"
        | "checkout.session.expired" => read_session_event(kind, body, livemode),
        "invoice.paid" => Some(subscription::paid(carried(body)?.data.object)),
        "invoice.payment_failed" => {
            let carried = carried(body)?;
            Some(subscription::unpaid(carried.data.object, Moment(carried.created)))
        }
        "invoice_payment.paid" => Some(subscription::paid_by(carried(body)?.data.object)),
        "customer.subscription.created" | "customer.subscription.updated" | "customer.subscription.deleted" => {
            let Marked { metadata } = carried(body)?.data.object;
            let Some(sold) = metadata.unwrap_or_default().sold() else { return Some(Err(NOT_OURS)) };
            let carried = carried(body)?;
            Some(subscription::course(carried.data.object, sold, Moment(carried.created)))
        }
        "charge.refunded" => {
            let carried = carried(body)?;
            Some(charge::refunded(carried.data.object, Moment(carried.created)))
        }
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            let carried = carried(body)?;
            Some(charge::refund(carried.data.object, Moment(carried.created)))
        }
        "charge.dispute.created" | "charge.dispute.updated" | "charge.dispute.closed" => {
            let carried = carried(body)?;
            Some(charge::dispute(carried.data.object, Moment(carried.created)))
        }
        _ => Some(Err(Ignored("unknown type"))),
    }
}

fn read_session_event(kind: &str, body: &[u8], livemode: bool) -> Option<Result<Event, Ignored>> {
    let Marked { metadata } = carried(body)?.data.object;
    let Some(sold) = metadata.unwrap_or_default().sold() else { return Some(Err(NOT_OURS)) };
    let Carrying::<Session> { created, data } = carried(body)?;
    let purchase = data.object.purchase();
    Some(match kind {
        "checkout.session.expired" => Ok(Event::Expired(purchase)),
        "checkout.session.async_payment_failed" => {
            let fact = Fact::Settled { purchase, settlement: Settlement::Failed { at: Moment(created) } };
            Ok(Event::Fact { fact, product: Some(sold.product) })
        }
        _ => data.object.checkout(livemode).map(|checkout| Event::Checkout(Box::new(checkout))),
    })
}

fn carried<Object: DeserializeOwned>(body: &[u8]) -> Option<Carrying<Object>> {
    // Repeated keys were looked for when the envelope was read.
    json::read(body)
}

#[cfg(test)]
mod tests;
