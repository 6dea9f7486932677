//! Stripe's events and sessions as types. Only the fields declared here are read; whatever else an event carries
//! (addresses, telephone numbers, card digits) never gets past this file.
//!
//! Field meanings: <https://docs.stripe.com/api/checkout/sessions/object>, `/api/charges/object`, `/api/disputes/object`.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::domain::id::Email;
use crate::domain::payment::{DisputeStage, Incident, PaymentId, Provider, PurchaseId};
use crate::domain::time::Moment;
use crate::signature::json;

/// An event that means something to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A purchase was paid.
    Paid(PaidSession),
    /// Something happened to a payment.
    Incident {
        /// The payment.
        payment: PaymentId,
        /// What happened.
        incident: Incident,
        /// The product that the payment says it was for, where it says so.
        product: Option<String>,
    },
}

/// Why an event is none of our business. It is answered with success, since repeating it would not change that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ignored(
    /// The reason as the log says it.
    pub &'static str,
);

/// A session that was completed with a payment method whose money comes later.
pub const NOT_PAID_YET: Ignored = Ignored("session not paid yet");

/// A session that ended without a payment.
pub const EXPIRED: Ignored = Ignored("session expired");

const NOT_OURS: Ignored = Ignored("session of another product");

/// A paid Checkout Session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidSession {
    /// When it was opened.
    pub at: Moment,
    /// Its id.
    pub id: PurchaseId,
    /// The payment behind it; none when nothing was due.
    pub payment: Option<PaymentId>,
    /// Id of the product, as we put it into the metadata.
    pub product: String,
    /// Id of the plan, as we put it into the metadata.
    pub plan: String,
    /// Price before discounts and tax, in minor units.
    pub amount: u64,
    /// ISO 4217 code in lower case.
    pub currency: String,
    /// The buyer's address, where it is one.
    pub email: Option<Email>,
    /// The buyer's name, possibly empty.
    pub name: String,
}

/// A Checkout Session as the API and the events show it.
#[derive(Debug, Clone, Deserialize)]
pub struct Session {
    id: String,
    created: i64,
    livemode: bool,
    /// Not in the oldest shapes.
    status: Option<String>,
    payment_status: String,
    amount_subtotal: Option<u64>,
    amount_total: Option<u64>,
    currency: Option<String>,
    customer_details: Option<CustomerDetails>,
    payment_intent: Option<Named>,
    metadata: Option<Metadata>,
}

#[derive(Debug, Clone, Deserialize)]
struct CustomerDetails {
    email: Option<String>,
    name: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Metadata {
    product: Option<String>,
    plan: Option<String>,
}

impl Metadata {
    /// Product and plan, as we put them there.
    fn sold(self) -> Option<(String, String)> {
        self.product.zip(self.plan)
    }
}

/// As much of a session as says whether it is ours. Of another shop's session on the same account nothing else is asked.
#[derive(Deserialize)]
struct Marked {
    metadata: Option<Metadata>,
}

/// A reference to another object: its id, or the object itself where it was expanded.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Named {
    Id(String),
    Expanded { id: String },
}

impl Named {
    fn payment(self) -> PaymentId {
        let (Self::Id(id) | Self::Expanded { id }) = self;
        PaymentId { provider: Provider::Stripe, id }
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

#[derive(Deserialize)]
struct Charge {
    id: String,
    payment_intent: Option<Named>,
    refunded: bool,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Dispute {
    id: String,
    payment_intent: Option<Named>,
    status: String,
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
    match envelope.kind.as_str() {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
            let Marked { metadata } = carried(body)?.data.object;
            if metadata.unwrap_or_default().sold().is_none() {
                return Some(Err(NOT_OURS));
            }
            let session: Session = carried(body)?.data.object;
            Some(session.paid(livemode).map(Event::Paid))
        }
        "charge.refunded" => Some(refund(carried(body)?.data.object)),
        "charge.dispute.created" | "charge.dispute.updated" | "charge.dispute.closed" => {
            let carried = carried(body)?;
            Some(dispute(carried.data.object, Moment(carried.created)))
        }
        _ => Some(Err(Ignored("unknown type"))),
    }
}

/// Reads a session as the API answers it.
pub fn read_session(body: &[u8]) -> Option<Session> {
    json::read(body)
}

fn carried<Object: DeserializeOwned>(body: &[u8]) -> Option<Carrying<Object>> {
    // Repeated keys were looked for when the envelope was read.
    serde_json::from_slice(body).ok()
}

fn refund(charge: Charge) -> Result<Event, Ignored> {
    let payment = charge.payment_intent.ok_or(Ignored("charge without a payment intent"))?.payment();
    let incident = Incident::Refund { charge: charge.id, whole: charge.refunded };
    Ok(Event::Incident { payment, incident, product: charge.metadata.unwrap_or_default().product })
}

fn dispute(dispute: Dispute, at: Moment) -> Result<Event, Ignored> {
    let payment = dispute.payment_intent.ok_or(Ignored("dispute without a payment intent"))?.payment();
    let stage = match dispute.status.as_str() {
        "needs_response" | "under_review" => DisputeStage::Open,
        "warning_needs_response" | "warning_under_review" => DisputeStage::Inquiry,
        "won" | "warning_closed" | "prevented" => DisputeStage::Won,
        "lost" => DisputeStage::Lost,
        _ => return Err(Ignored("unknown dispute status")),
    };
    Ok(Event::Incident { payment, incident: Incident::Dispute { id: dispute.id, at, stage }, product: None })
}

impl Session {
    /// The session as a paid purchase of ours.
    pub fn paid(self, livemode: bool) -> Result<PaidSession, Ignored> {
        if self.livemode != livemode {
            return Err(Ignored("session of the other mode"));
        }
        let (product, plan) = self.metadata.unwrap_or_default().sold().ok_or(NOT_OURS)?;
        match self.status.as_deref() {
            None | Some("complete") => {}
            Some("expired") => return Err(EXPIRED),
            // Nothing to pay is no purchase before the buyer says so.
            Some(_) => return Err(NOT_PAID_YET),
        }
        // Delayed payment methods complete a session before the money is there.
        if !matches!(self.payment_status.as_str(), "paid" | "no_payment_required") {
            return Err(NOT_PAID_YET);
        }
        let customer = self.customer_details;
        let email = customer.as_ref().and_then(|customer| Email::parse(customer.email.as_deref()?));
        Ok(PaidSession {
            at: Moment(self.created),
            id: PurchaseId { provider: Provider::Stripe, id: self.id },
            payment: self.payment_intent.map(Named::payment),
            product,
            plan,
            amount: self.amount_subtotal.or(self.amount_total).unwrap_or(0),
            currency: self.currency.unwrap_or_default(),
            email,
            name: customer.and_then(|customer| customer.name).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests;
