//! Checkout Sessions, as events and the API show them (<https://docs.stripe.com/api/checkout/sessions/object>).

use serde::Deserialize;

use super::{Metadata, NOT_OURS, Named};
use crate::domain::id::Email;
use crate::domain::payment::{Paid, Provider, PurchaseId, Settlement};
use crate::domain::time::Moment;
use crate::json;
use crate::signature::checkout::{Checkout, Ignored};

/// A session that the buyer has not completed.
pub const NOT_PAID_YET: Ignored = Ignored("session not paid yet");

/// A session that ended without a payment.
pub const EXPIRED: Ignored = Ignored("session expired");

/// A Checkout Session.
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
    customer: Option<Named>,
    customer_details: Option<CustomerDetails>,
    payment_intent: Option<Named>,
    subscription: Option<Named>,
    metadata: Option<Metadata>,
}

#[derive(Debug, Clone, Deserialize)]
struct CustomerDetails {
    email: Option<String>,
    name: Option<String>,
}

/// Reads a session as the API answers it.
pub fn read_session(body: &[u8]) -> Option<Session> {
    json::read(body)
}

impl Session {
    pub(super) fn purchase(&self) -> PurchaseId {
        PurchaseId::new(Provider::Stripe, self.id.as_str())
    }

    /// The session as a purchase of ours that the buyer has completed. Delayed payment methods complete a session before
    /// the money is there.
    pub fn checkout(self, livemode: bool) -> Result<Checkout, Ignored> {
        if self.livemode != livemode {
            return Err(Ignored("session of the other mode"));
        }
        let sold = self.metadata.clone().unwrap_or_default().sold().ok_or(NOT_OURS)?;
        match self.status.as_deref() {
            None | Some("complete") => {}
            Some("expired") => return Err(EXPIRED),
            // Nothing to pay is no purchase before the buyer says so.
            Some(_) => return Err(NOT_PAID_YET),
        }
        let (id, at) = (self.purchase(), Moment(self.created));
        let settlement = if matches!(self.payment_status.as_str(), "paid" | "no_payment_required") {
            let payment = self.payment_intent.map(Named::payment);
            Settlement::Paid { paid: Paid { at, until: None, payment, amount: None } }
        } else {
            Settlement::Awaited {}
        };
        let customer = self.customer_details;
        let email = customer.as_ref().and_then(|customer| Email::parse(customer.email.as_deref()?));
        Ok(Checkout {
            at,
            id,
            subscription: self.subscription.map(Named::subscription),
            customer: self.customer.map(Named::id),
            sold,
            amount: Some(self.amount_subtotal.or(self.amount_total).unwrap_or(0)),
            currency: self.currency.unwrap_or_default(),
            email,
            name: customer.and_then(|customer| customer.name).unwrap_or_default(),
            settlement,
        })
    }
}
