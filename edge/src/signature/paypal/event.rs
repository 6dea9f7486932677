//! `PayPal`'s events and answers as types. Only the fields named in `event/fields.rs` are read; whatever else an event
//! carries (addresses, telephone numbers, messages of a dispute) never gets past these files.
//!
//! Payments of orders arrive as captures, payments of subscriptions as sales. Objects of the first version of the API are
//! read beside those of the second. Kinds of events: <https://developer.paypal.com/api/rest/webhooks/event-names/>.

use crate::domain::id::Email;
use crate::domain::payment::{DisputeStage, PaymentId, PurchaseId, Sold, SubscriptionId};
use crate::domain::time::Moment;
use crate::signature::checkout::Ignored;

mod amount;
mod fields;
mod read;

pub use amount::Amount;
pub use read::{read_event, read_order, read_subscription};

/// An event that means something to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The buyer agreed to an order. Nothing is paid before it is captured.
    Approved(Box<Order>),
    /// An order is done. What was paid, its captures say.
    Completed(Box<Order>),
    /// How the payment of an order went.
    Capture(Capture),
    /// Money of a capture or a sale went back, or was meant to.
    Refund(Refund),
    /// The buyer's bank took back all of a capture or a sale.
    Reversal(Reversal),
    /// Something happened to a subscription.
    Subscription {
        /// What.
        change: Change,
        /// The subscription after that.
        subscription: Box<Subscription>,
    },
    /// A payment of a subscription came.
    Sale(Sale),
    /// A buyer asks for the money of one or more payments.
    Dispute(Dispute),
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: PurchaseId,
    /// When it was made; in an answer that leaves this out, when it was captured.
    pub at: Moment,
    /// How far it has come.
    pub state: OrderState,
    /// What is sold, as we had `PayPal` remember it.
    pub sold: Sold,
    /// What is asked for it.
    pub amount: Amount,
    /// The buyer's address, once there is one.
    pub email: Option<Email>,
    /// The buyer's name, possibly empty.
    pub name: String,
    /// Its payments.
    pub captures: Vec<Capture>,
}

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    /// The buyer has not agreed yet.
    Open,
    /// The buyer has agreed; it is to be captured.
    Approved,
    /// It was captured. Whether money came, its captures say.
    Completed,
    /// It was given up.
    Voided,
}

/// The payment of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// Its id.
    pub id: PaymentId,
    /// When it was made.
    pub at: Moment,
    /// How it went.
    pub state: CaptureState,
    /// How much.
    pub amount: Amount,
    /// The order it is for; the first version of the API does not say.
    pub order: Option<PurchaseId>,
    /// What is sold, where we had `PayPal` remember it.
    pub sold: Option<Sold>,
}

/// How a capture went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptureState {
    /// The money came; a part of it may be back with the buyer.
    Paid,
    /// The money came, and all of it went back.
    Refunded,
    /// The money is still to come.
    Awaited,
    /// The money does not come.
    Failed,
}

/// Money that went back, or was meant to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Id of the refund.
    pub id: String,
    /// The capture or the sale.
    pub payment: PaymentId,
    /// When it was reported.
    pub at: Moment,
    /// How it went.
    pub state: RefundState,
    /// How much.
    pub amount: Amount,
    /// How much by this and all earlier refunds of the payment, in minor units, where that is said.
    pub total: Option<u64>,
    /// What was sold, where we had `PayPal` remember it.
    pub sold: Option<Sold>,
}

/// How a refund went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundState {
    /// The buyer has the money.
    Made,
    /// It is on its way.
    Awaited,
    /// It does not go.
    Failed,
}

/// Money that the buyer's bank took back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    /// Id of the reversal.
    pub id: String,
    /// The capture or the sale.
    pub payment: PaymentId,
    /// When it was reported.
    pub at: Moment,
    /// What was sold, where we had `PayPal` remember it.
    pub sold: Option<Sold>,
}

/// What happened to a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was made, and the buyer has not agreed yet.
    Created,
    /// It began.
    Activated,
    /// Something else about it changed, such as its plan.
    Updated,
    /// It ended as planned.
    Expired,
    /// Somebody ended it.
    Cancelled,
    /// Nothing is collected for now.
    Suspended,
    /// It goes on.
    Reactivated,
    /// A payment failed.
    PaymentFailed,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// When this was reported.
    pub at: Moment,
    /// How it stands.
    pub state: SubscriptionState,
    /// `PayPal`'s id of the plan.
    pub plan: String,
    /// What is sold, as we had `PayPal` remember it.
    pub sold: Sold,
    /// The buyer's address, once there is one.
    pub email: Option<Email>,
    /// The buyer's name, possibly empty.
    pub name: String,
    /// When it begins.
    pub start: Option<Moment>,
    /// When the next payment is due; none where none is.
    pub next_billing: Option<Moment>,
    /// The last payment and when it came.
    pub last_payment: Option<(Moment, Amount)>,
}

/// How a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionState {
    /// The buyer has not agreed, or it has not begun.
    Awaited,
    /// It runs.
    Active,
    /// Nothing is collected for now.
    Suspended,
    /// Somebody ended it.
    Cancelled,
    /// It ended as planned.
    Expired,
}

/// A payment of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// Its id.
    pub id: PaymentId,
    /// When it was made.
    pub at: Moment,
    /// The subscription.
    pub subscription: SubscriptionId,
    /// How much.
    pub amount: Amount,
    /// What is sold, where we had `PayPal` remember it.
    pub sold: Option<Sold>,
}

/// A dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// Its id.
    pub id: String,
    /// When it came to this stage.
    pub at: Moment,
    /// The captures and sales whose money is asked for.
    pub payments: Vec<PaymentId>,
    /// How far it has come.
    pub stage: DisputeStage,
}

/// Why there is no event.
enum Miss {
    /// It is none of our business.
    Ignored(Ignored),
    /// It lacks what it must have.
    Unreadable,
}

impl From<Ignored> for Miss {
    fn from(ignored: Ignored) -> Self {
        Self::Ignored(ignored)
    }
}

#[cfg(test)]
mod tests;
