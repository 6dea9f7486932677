//! Purchases and what processors report about them. Everything is merged, so neither order nor repetition matters; what
//! changed by it is published, and a license that is paid for now is mailed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Holder, Issued, Order, Reply, Revision, Vault};
use crate::domain::fact::Fact;
use crate::domain::license::{LicenseId, LicenseState};
use crate::domain::outbox::JobId;
use crate::domain::payment::{InvoicePayment, Purchase, Settlement, SubscriptionId};
use crate::domain::time::Moment;

impl Vault {
    /// Keeps the order of a purchase.
    pub(super) fn open(
        &mut self,
        purchase: Purchase,
        settlement: Settlement,
        holder: Holder,
        offer: Issued,
        now: Moment,
    ) -> Reply {
        let id = purchase.id.clone();
        let mut order = if let Some(order) = self.orders.get(&id) {
            // Two reports of one purchase agree; should they not, the same one wins in whatever order they come.
            Order { purchase: order.purchase.clone().min(purchase), license: order.license.clone() }
        } else {
            let renewed = purchase.renews.as_ref().and_then(|license| self.of(license));
            let license = renewed.map_or(offer, |order| order.license.clone());
            Order { purchase, license }
        };
        let license = order.license.clone();
        self.changing(now, |vault| {
            let was_erased = vault.erased.is_some_and(|told| order.purchase.at <= told.at);
            if was_erased {
                order.purchase.customer = None;
            }
            if order.is_first() && vault.orders.get(&id) != Some(&order) && !was_erased {
                // Whoever prolongs a license, possibly for somebody else, does not take it over.
                vault.holder = vault.holder.take().max(Some(holder));
            }
            vault.orders.insert(id.clone(), order);
            merge_into(&mut vault.settlements, id, settlement, Settlement::merge);
        });
        let order = self.of(&license.id);
        match order.map(|order| self.state(order)) {
            Some(state) => Reply::Opened { license, state },
            None => Reply::Noted,
        }
    }

    /// Takes note of what a processor reported.
    pub(super) fn report(&mut self, fact: Fact, now: Moment) {
        self.changing(now, |vault| match fact {
            Fact::Settled { purchase, settlement } => {
                merge_into(&mut vault.settlements, purchase, settlement, Settlement::merge);
            }
            Fact::Incident { payment, incident } => vault.payments.entry(payment).or_default().merge(incident),
            Fact::Turn { subscription, turn } => vault.subscriptions.entry(subscription).or_default().merge(turn),
            Fact::PaidBy { invoice, payment } => {
                merge_into(&mut vault.invoices, invoice, InvoicePayment { payment }, Ord::max);
            }
        });
    }

    /// Makes a change; if it is one, counts it and queues what it makes stale and whom it concerns.
    pub(super) fn changing(&mut self, now: Moment, change: impl FnOnce(&mut Self)) {
        let before = self.clone();
        change(self);
        if *self == before {
            return;
        }
        self.revision = Revision { number: self.revision.number + 1, at: now };
        let states = |vault: &Self| -> BTreeMap<LicenseId, LicenseState> {
            let mut states = BTreeMap::new();
            states.extend(vault.first_orders().map(|order| (order.license.id.clone(), vault.state(order))));
            states
        };
        let (old, new) = (states(&before), states(self));
        for license in new.iter().filter(|(id, state)| old.get(*id) != Some(*state)).map(|(id, _)| id) {
            self.queue(JobId::Publish { license: license.clone() }, now);
            self.plan_reminders(license, now);
        }
        self.queue(JobId::Register {}, now);
        self.write_to_buyers(&before, now);
    }

    /// Queues a mail for each license and each renewal that is paid for now and was not before, for each purchase whose
    /// money is known not to come, and for each renewal that could not be collected. Whichever is known first, the purchase
    /// or what became of it, the buyer hears once.
    fn write_to_buyers(&mut self, before: &Self, now: Moment) {
        for license in self.granted().difference(&before.granted()) {
            self.queue(JobId::MailLicense { license: license.clone() }, now);
        }
        let settled = |vault: &Self, order: &Order| match vault.settlements.get(&order.purchase.id) {
            Some(settlement) if vault.orders.contains_key(&order.purchase.id) => settlement.clone(),
            _ => Settlement::Awaited {},
        };
        let jobs = self.orders.values().filter_map(|order| {
            let purchase = order.purchase.id.clone();
            match (settled(before, order), settled(self, order)) {
                (Settlement::Paid { .. }, _) | (Settlement::Failed { .. }, Settlement::Failed { .. }) => None,
                (_, Settlement::Paid { .. }) if !order.is_first() => Some(JobId::MailRenewed { purchase }),
                (_, Settlement::Failed { .. }) => Some(JobId::MailFailed { purchase }),
                _ => None,
            }
        });
        let told: BTreeSet<_> = before.overdue().collect();
        let overdue = self.overdue().filter(|overdue| !told.contains(overdue));
        let overdue = overdue.map(|(subscription, invoice)| JobId::MailUnpaid {
            subscription: subscription.clone(),
            invoice: invoice.to_owned(),
        });
        let jobs: Vec<JobId> = jobs.chain(overdue).collect();
        for job in jobs {
            self.queue(job, now);
        }
    }

    /// Invoices of granted licenses that could not be collected at some time, whether they were later or not.
    fn overdue(&self) -> impl Iterator<Item = (&SubscriptionId, &str)> {
        let granted = self.first_orders().filter(|order| self.account(order).is_granted());
        let subscriptions =
            granted.filter_map(|order| self.subscriptions.get_key_value(order.purchase.subscription.as_ref()?));
        subscriptions.flat_map(|(id, known)| known.unpaid.keys().map(move |invoice| (id, invoice.as_str())))
    }
}

fn merge_into<Key: Ord, Value>(
    map: &mut BTreeMap<Key, Value>,
    key: Key,
    value: Value,
    merge: impl FnOnce(Value, Value) -> Value,
) {
    let merged = match map.remove(&key) {
        Some(known) => merge(known, value),
        None => value,
    };
    map.insert(key, merged);
}
