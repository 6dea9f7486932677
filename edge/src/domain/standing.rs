//! What a license is worth, read off everything that is known about the money behind it. Whatever the order in which it
//! became known, the same comes out: this is a function of what is known and of nothing else.
//!
//! A license has terms: one for the purchase, one for each renewal. A term whose money went back no longer counts; the
//! others do. So a refund of a renewal takes back the renewal and not what was paid before it, and paid time is never
//! shortened by anything but its own money going back.

use std::collections::BTreeMap;

use super::license::{Reason, Status};
use super::payment::{History, InvoiceId, InvoicePayment, Paid, PaymentId, Purchase, Settlement};
use super::subscription::Subscription;
use super::time::{Moment, Seconds};
use crate::site::Term;

/// How long a license stays good after its term while the processor still tries to collect the renewal. Stripe's own
/// retries take up to two weeks by default (<https://docs.stripe.com/billing/revenue-recovery/smart-retries>).
pub const GRACE: Seconds = Seconds::days(14);

/// All that is known about the money behind one license.
#[derive(Debug)]
pub struct Account<'vault> {
    /// The purchase it was issued for.
    pub purchase: &'vault Purchase,
    /// Whether that was paid.
    pub settlement: &'vault Settlement,
    /// Purchases that prolong it.
    pub renewals: Vec<(&'vault Purchase, &'vault Settlement)>,
    /// The subscription that renews it.
    pub subscription: Option<&'vault Subscription>,
    /// Payments behind invoices.
    pub invoices: &'vault BTreeMap<InvoiceId, InvoicePayment>,
    /// What happened to payments.
    pub payments: &'vault BTreeMap<PaymentId, History>,
}

/// What a license is worth, its end aside: that is a question of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// `Active`, or what stands against it.
    pub status: Status,
    /// Why.
    pub reason: Reason,
    /// Since when.
    pub since: Moment,
    /// End of the last term that counts; none never ends, or has not begun.
    pub expires_at: Option<Moment>,
    /// Until when it stays good after that, while the renewal is being collected.
    pub grace_until: Option<Moment>,
    /// Whether it renews by itself.
    pub renews: bool,
}

/// A term with the standing of the money that paid for it.
struct Paying<'vault> {
    paid: &'vault Paid,
    term: Term,
    status: Status,
    since: Moment,
}

impl Account<'_> {
    /// What the license is worth.
    pub fn standing(&self) -> Standing {
        let terms = self.terms();
        let has_term = !terms.is_empty();
        let (status, reason, since) = self.judge(&terms);
        // Terms whose money is gone do not count, unless none is left: then the end of the last one is history.
        let expires_at = has_term.then(|| end(&terms)).flatten();
        let renews = self.subscription.is_some_and(Subscription::renews) && has_term;
        let grace_until = expires_at.filter(|_| renews).map(|end| end.after(GRACE));
        Standing { status, reason, since, expires_at, grace_until, renews }
    }

    /// Whether anything was ever paid for it, whatever became of the money.
    pub fn is_granted(&self) -> bool {
        !self.terms().is_empty()
    }

    /// The terms, in the order in which they were paid.
    fn terms(&self) -> Vec<Paying<'_>> {
        let invoices = self.subscription.iter().flat_map(|subscription| &subscription.paid);
        let mut terms: Vec<Paying<'_>> = invoices
            .map(|(invoice, paid)| {
                let invoice = InvoiceId::new(self.purchase.id.provider, invoice.as_str());
                let told = || self.invoices.get(&invoice).map(|known| &known.payment);
                self.paying(paid, paid.payment.as_ref().or_else(told), self.purchase.term)
            })
            .collect();
        // The first payment of a subscription is reported twice: by the checkout and by the invoice. The invoice counts,
        // for only it leads to the payment; until it comes, the checkout stands for it.
        if terms.is_empty() {
            terms.extend(
                self.settlement.paid().map(|paid| self.paying(paid, paid.payment.as_ref(), self.purchase.term)),
            );
        }
        let renewals = self.renewals.iter().filter_map(|(purchase, settlement)| {
            settlement.paid().map(|paid| self.paying(paid, paid.payment.as_ref(), purchase.term))
        });
        terms.extend(renewals);
        terms.sort_by(|one, other| one.paid.cmp(other.paid));
        terms
    }

    fn paying<'a>(&'a self, paid: &'a Paid, payment: Option<&PaymentId>, term: Term) -> Paying<'a> {
        let history = payment.and_then(|payment| self.payments.get(payment));
        let (status, since) = history.map_or((Status::Active, None), |history| history.standing(paid.amount));
        Paying { paid, term, status, since: since.unwrap_or(paid.at) }
    }

    fn judge(&self, terms: &[Paying<'_>]) -> (Status, Reason, Moment) {
        let of = |status| terms.iter().filter(move |term| term.status == status).map(|term| term.since);
        if let Some(since) = of(Status::Suspended).min() {
            return (Status::Suspended, Reason::DisputeOpen, since);
        }
        if let Some(since) = of(Status::Active).max() {
            return (Status::Active, Reason::Paid, since);
        }
        if let Some(since) = of(Status::Revoked).max() {
            return (Status::Revoked, Reason::DisputeLost, since);
        }
        if let Some(since) = of(Status::Refunded).max() {
            return (Status::Refunded, Reason::Refunded, since);
        }
        match self.settlement {
            Settlement::Failed { at } => (Status::Revoked, Reason::PaymentFailed, *at),
            _ => (Status::Pending, Reason::AwaitingPayment, self.purchase.at),
        }
    }
}

/// The end of the last term: each begins when it is paid or when the one before ends, whichever is later. `None` never
/// ends.
fn end(terms: &[Paying<'_>]) -> Option<Moment> {
    let counts = |term: &&Paying<'_>| matches!(term.status, Status::Active | Status::Suspended);
    let is_any_good = terms.iter().any(|term| counts(&term));
    let mut end: Option<Moment> = None;
    for Paying { paid, term, .. } in terms.iter().filter(|term| !is_any_good || counts(term)) {
        let begins = end.map_or(paid.at, |end| end.max(paid.at));
        end = Some(match (term, paid.until) {
            (Term::Lifetime, _) => return None,
            (Term::OneYear, Some(until)) => end.map_or(until, |end| end.max(until)),
            (Term::OneYear, None) => begins.a_year_later(),
        });
    }
    end
}

#[cfg(test)]
mod tests;
