//! Invoices and subscriptions (<https://docs.stripe.com/api/invoices/object>, `/api/subscriptions/object`).

use serde::Deserialize;

use super::{Event, Metadata, NOT_OURS, Named};
use crate::domain::fact::Fact;
use crate::domain::payment::{InvoiceId, Paid, Provider, Sold, SubscriptionId};
use crate::domain::subscription::{Course, Turn};
use crate::domain::time::Moment;
use crate::signature::checkout::Ignored;

/// An invoice. What it says of its subscription stands in `parent` since 2025-03-31, and at the top before.
#[derive(Deserialize)]
pub(super) struct Invoice {
    id: String,
    created: i64,
    #[serde(default)]
    amount_paid: u64,
    #[serde(default)]
    subtotal: i64,
    status_transitions: Option<Transitions>,
    lines: Option<Lines>,
    parent: Option<Parent>,
    subscription: Option<Named>,
    subscription_details: Option<Details>,
    payment_intent: Option<Named>,
}

#[derive(Deserialize)]
struct Transitions {
    paid_at: Option<i64>,
}

#[derive(Deserialize)]
struct Lines {
    data: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    period: Option<Period>,
}

#[derive(Deserialize)]
struct Period {
    end: i64,
}

#[derive(Deserialize)]
struct Parent {
    subscription_details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    subscription: Option<Named>,
    metadata: Option<Metadata>,
}

/// The payment behind an invoice.
#[derive(Deserialize)]
pub(super) struct InvoicePaid {
    invoice: Named,
    payment: PaymentOfInvoice,
}

#[derive(Deserialize)]
struct PaymentOfInvoice {
    payment_intent: Option<Named>,
}

/// A subscription.
#[derive(Deserialize)]
pub(super) struct Subscription {
    id: String,
    status: String,
    #[serde(default)]
    cancel_at_period_end: bool,
    cancel_at: Option<i64>,
    items: Option<Items>,
}

#[derive(Deserialize)]
struct Items {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    price: Option<Named>,
}

impl Invoice {
    /// The subscription it is for, and the product where it says so.
    fn subscription(&mut self) -> Result<(SubscriptionId, Option<String>), Ignored> {
        let details = self.parent.take().and_then(|parent| parent.subscription_details);
        let details = details.or_else(|| self.subscription_details.take());
        let (named, metadata) = details.map_or((None, None), |details| (details.subscription, details.metadata));
        let named = named.or_else(|| self.subscription.take()).ok_or(Ignored("invoice of no subscription"))?;
        match metadata {
            // Our own subscriptions always say what they are for.
            Some(Metadata { product: None, .. }) => Err(NOT_OURS),
            metadata => Ok((named.subscription(), metadata.and_then(|metadata| metadata.product))),
        }
    }
}

pub(super) fn paid(mut invoice: Invoice) -> Result<Event, Ignored> {
    let (subscription, product) = invoice.subscription()?;
    if invoice.amount_paid == 0 && invoice.subtotal <= 0 {
        return Err(Ignored("a trial is no payment"));
    }
    let paid_at = invoice.status_transitions.and_then(|transitions| transitions.paid_at);
    let ends = invoice.lines.into_iter().flat_map(|lines| lines.data).filter_map(|line| line.period);
    let paid = Paid {
        at: Moment(paid_at.unwrap_or(invoice.created)),
        until: ends.map(|period| Moment(period.end)).max(),
        payment: invoice.payment_intent.map(Named::payment),
        amount: None,
    };
    let fact = Fact::Turn { subscription, turn: Turn::Paid { invoice: invoice.id, paid } };
    Ok(Event::Fact { fact, product })
}

pub(super) fn unpaid(mut invoice: Invoice, at: Moment) -> Result<Event, Ignored> {
    let (subscription, product) = invoice.subscription()?;
    let fact = Fact::Turn { subscription, turn: Turn::Unpaid { invoice: invoice.id, at } };
    Ok(Event::Fact { fact, product })
}

pub(super) fn paid_by(paid: InvoicePaid) -> Result<Event, Ignored> {
    let payment = paid.payment.payment_intent.ok_or(Ignored("invoice paid without a payment intent"))?.payment();
    let fact = Fact::PaidBy { invoice: InvoiceId::new(Provider::Stripe, paid.invoice.id()), payment };
    Ok(Event::Fact { fact, product: None })
}

pub(super) fn course(subscription: Subscription, sold: Sold, at: Moment) -> Result<Event, Ignored> {
    let is_ending = subscription.cancel_at_period_end || subscription.cancel_at.is_some();
    let course = match subscription.status.as_str() {
        "active" | "trialing" if is_ending => Course::Ending,
        "active" | "trialing" => Course::Renewing,
        "past_due" => Course::Overdue,
        "paused" => Course::Ending,
        "canceled" | "unpaid" | "incomplete_expired" => Course::Ended,
        // `incomplete`: the first payment is still to come, and the checkout says when it does.
        _ => return Err(Ignored("subscription that has not begun")),
    };
    let first = subscription.items.and_then(|items| items.data.into_iter().next());
    Ok(Event::Subscription {
        id: SubscriptionId::new(Provider::Stripe, subscription.id),
        at,
        course,
        price: first.and_then(|item| item.price).map(Named::id),
        product: sold.product,
    })
}

#[cfg(test)]
mod tests;
