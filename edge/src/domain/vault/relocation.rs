//! A vault that goes to another address, one step after the other: it is closed, the other takes in what it holds, every pointer is
//! turned, and then it is emptied. Each step can be done again, and comes to the same.
//!
//! Who asks for something that is on its way or gone is told to ask again, and finds it where the pointer leads then.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Command, Issued, Revision, Vault};
use crate::domain::desk::Entry;
use crate::domain::fact::Origin;
use crate::domain::id::{Reference, Secret, Subject};
use crate::domain::license::LicenseKey;
use crate::domain::mail::{Letter, Says};
use crate::domain::outbox::{JobId, Waiting, Work};
use crate::domain::payment::{InvoiceId, PaymentId, PurchaseId, SubscriptionId};
use crate::domain::rights::{AddressChange, Request, RequestId, Stage, WARNINGS};
use crate::domain::ticket::TicketNumber;
use crate::domain::time::{Moment, Seconds};

/// Longer than a relocation takes that was broken off and done again.
const SETTLING: Seconds = Seconds(3_600);

/// A step of a change of address, after the new address was named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The link that was mailed there is used.
    Prove {
        /// Its number.
        link: u32,
    },
    /// It is the same address, written otherwise.
    Respell,
    /// All of it is there.
    Leave {
        /// Where.
        to: Subject,
    },
    /// The other vault does not take it.
    Stay,
}

/// All that is pointed to in a vault.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Belongings {
    /// Licenses.
    pub licenses: Vec<Issued>,
    /// Purchases.
    pub purchases: BTreeSet<PurchaseId>,
    /// Payments.
    pub payments: BTreeSet<PaymentId>,
    /// Subscriptions.
    pub subscriptions: BTreeSet<SubscriptionId>,
    /// Invoices.
    pub invoices: BTreeSet<InvoiceId>,
    /// Tickets, and those that are gone and still pointed to.
    pub tickets: Vec<TicketNumber>,
    /// Keys that were deleted and are still pointed to.
    pub withdrawn: Vec<LicenseKey>,
}

impl Belongings {
    /// The names by which facts find them.
    pub fn origins(&self) -> Vec<Origin> {
        let purchases = self.purchases.iter().cloned().map(Origin::Purchase);
        let payments = self.payments.iter().cloned().map(Origin::Payment);
        let subscriptions = self.subscriptions.iter().cloned().map(Origin::Subscription);
        let invoices = self.invoices.iter().cloned().map(Origin::Invoice);
        purchases.chain(payments).chain(subscriptions).chain(invoices).collect()
    }

    /// The references of license keys, which views have too. A key that was deleted has none.
    pub fn keys(&self, pepper: &Secret) -> Vec<Reference> {
        let keys = self.licenses.iter().map(|license| &license.key).filter(|key| !key.is_of_none());
        keys.chain(&self.withdrawn).map(|key| Reference::license_key(pepper, key.as_str())).collect()
    }

    /// All references that lead to them.
    pub fn references(&self, pepper: &Secret) -> Vec<Reference> {
        let origins = self.origins();
        let facts = origins.iter().map(|origin| origin.reference(pepper));
        let licenses = self.licenses.iter().map(|license| Reference::license(pepper, license.id.as_str()));
        let tickets = self.tickets.iter().map(|number| Reference::ticket(pepper, number.as_str()));
        facts.chain(licenses).chain(self.keys(pepper)).chain(tickets).collect()
    }
}

/// A vault that takes in what was in another, and whether it does. Doing so again changes nothing.
pub fn arrive(mut vault: Vault, parts: Vault, from: Subject, id: &RequestId, now: Moment) -> (Vault, bool) {
    let known = vault.requests.get(id).and_then(|known| known.change.as_ref());
    if known.is_some_and(|change| matches!(&change.stage, Stage::Came { from: known, .. } if *known == from)) {
        return (vault, true);
    }
    let asked = parts.requests.get(id).and_then(|request| Some((request.clone(), request.change.clone()?)));
    // Two that go to each other's place would wait for each other for ever.
    let Some((request, change)) = asked.filter(|_| !vault.is_closed() && !vault.is_being_erased()) else {
        return (vault, false);
    };
    let customers = parts.customers();
    vault.take_in(parts, &change, now);
    let request = Request {
        email: change.email.clone(),
        // Its links went to the other mailbox.
        mailed: vec![],
        answered: Some(now),
        at_processor: vec![],
        change: Some(AddressChange { stage: Stage::Came { from, at: now }, ..change }),
        ..request
    };
    vault.requests.insert(id.clone(), request);
    vault.left_to_the_processor(id, customers, now);
    vault.queue(JobId::MailCame { request: id.clone() }, now);
    (vault, true)
}

impl Vault {
    /// Whether what it holds is on its way to another.
    pub(super) fn is_closed(&self) -> bool {
        self.changes().any(|change| change.stage == Stage::Proven {})
    }

    fn changes(&self) -> impl Iterator<Item = &AddressChange> {
        self.requests.values().filter_map(|request| request.change.as_ref())
    }

    /// Whether it may go to another address now. What came a moment ago may still have pointers on their way here.
    fn may_go(&self, now: Moment) -> bool {
        let is_settling =
            |change: &AddressChange| matches!(change.stage, Stage::Came { at, .. } if now < at.after(SETTLING));
        !self.is_closed() && !self.is_being_erased() && !self.changes().any(is_settling)
    }

    fn is_being_erased(&self) -> bool {
        self.requests.values().any(|request| request.end_licenses.is_some() && request.outcome.is_none())
    }

    /// Whether a command has to wait or be asked elsewhere: while all is on its way nothing may change, and what is gone is not here.
    pub(super) fn is_away(&self, command: &Command) -> bool {
        if self.is_closed() {
            return !matches!(
                command,
                Command::Find { .. }
                    | Command::IsActive { .. }
                    | Command::Overview
                    | Command::Survey
                    | Command::ReadTicket { .. }
                    | Command::AskRight { .. }
                    | Command::ConfirmRight { .. }
                    | Command::AnswerRight { .. }
                    | Command::ExtendRight { .. }
                    | Command::Change { .. }
                    | Command::EraseAgain { .. }
                    | Command::Due
                    | Command::Settle { .. }
            );
        }
        self.changes().any(|change| matches!(change.stage, Stage::Left { .. })) && self.misses(command)
    }

    /// Whether a command is about something that is not here.
    fn misses(&self, command: &Command) -> bool {
        match command {
            Command::Find { license }
            | Command::Activate { license, .. }
            | Command::Deactivate { license, .. }
            | Command::IsActive { license, .. }
            | Command::Seen { license, .. } => self.named(license).is_none(),
            Command::Rule { license, .. } => self.of(license).is_none(),
            Command::ReadTicket { ticket }
            | Command::WriteIn { ticket, .. }
            | Command::FileTicket { ticket, .. }
            | Command::MoveTicket { ticket, .. }
            | Command::Bounced { ticket } => !self.tickets.contains_key(ticket),
            Command::Report { fact } => !self.belongings().origins().contains(&fact.origin()),
            Command::Open { purchase, .. } => {
                let renewed = purchase.renews.as_ref();
                renewed.is_some_and(|license| self.of(license).is_none()) && !self.orders.contains_key(&purchase.id)
            }
            _ => false,
        }
    }

    /// Takes a step. The request, where it could be taken.
    pub(super) fn step(&mut self, id: &RequestId, step: Step, now: Moment) -> Option<Request> {
        let change = self.correction(id)?.change.clone()?;
        let is_proven = change.stage == Stage::Proven {};
        match step {
            Step::Prove { link } if change.is_proven_by(link, now) && self.may_go(now) => {
                self.changing(now, |vault| {
                    vault.set_stage(id, Stage::Proven {});
                    vault.queue(JobId::Relocate { request: id.clone() }, now);
                });
            }
            Step::Prove { .. } => return None,
            Step::Respell if is_proven => self.respell(id, &change, now),
            Step::Leave { to } if is_proven => self.leave(id, to, now),
            Step::Stay if is_proven => self.changing(now, |vault| {
                vault.set_stage(id, Stage::Refused {});
                if let Some(request) = vault.requests.get_mut(id) {
                    request.answered = None;
                }
                vault.plan_warnings(id, now);
            }),
            // It was taken before.
            Step::Respell | Step::Leave { .. } | Step::Stay => {}
        }
        self.requests.get(id).cloned()
    }

    fn set_stage(&mut self, id: &RequestId, stage: Stage) {
        if let Some(change) = self.requests.get_mut(id).and_then(|request| request.change.as_mut()) {
            change.stage = stage;
        }
    }

    /// The same address in other letters: nothing has to go anywhere.
    fn respell(&mut self, id: &RequestId, change: &AddressChange, now: Moment) {
        let customers = self.customers();
        self.changing(now, |vault| {
            vault.readdress(change, now);
            vault.requests.entry(id.clone()).and_modify(|request| {
                request.email = change.email.clone();
                request.change = Some(AddressChange { stage: Stage::Respelled {}, ..change.clone() });
            });
            vault.left_to_the_processor(id, customers, now);
            vault.queue(JobId::MailCame { request: id.clone() }, now);
        });
        self.finish(id, now);
    }

    fn readdress(&mut self, change: &AddressChange, now: Moment) {
        if let Some(holder) = &mut self.holder {
            (holder.email, holder.as_of) = (change.email.clone(), now);
        }
        self.tickets.values_mut().for_each(|ticket| ticket.email = change.email.clone());
    }

    /// Forgets all that another vault has now. Requests stay where they were asked, and say where the rest is.
    fn leave(&mut self, id: &RequestId, to: Subject, now: Moment) {
        self.changing(now, |vault| {
            let gone = std::mem::take(vault);
            (vault.revision, vault.requests, vault.erased) = (gone.revision, gone.requests, gone.erased);
            vault.outbox = gone.outbox;
            vault.outbox.retain(|_, waiting| waiting.id.is_about_a_request());
            vault.set_stage(id, Stage::Left { to });
            if let Some(request) = vault.requests.get_mut(id) {
                request.answered = Some(now);
                request.at_processor.clear();
            }
            for days in WARNINGS {
                vault.outbox.remove(&JobId::MailRightDue { request: id.clone(), days }.name());
            }
            vault.queue(JobId::MailLeft { request: id.clone() }, now);
        });
    }

    /// What was in another vault, under the new address. Nothing of it is news, so nobody is mailed about it again.
    fn take_in(&mut self, mut parts: Self, change: &AddressChange, now: Moment) {
        parts.readdress(change, now);
        let number = self.revision.number.max(parts.revision.number) + 1;
        self.revision = Revision { number, at: now };
        let arrived: Vec<_> = parts.first_orders().map(|order| order.license.clone()).collect();
        self.holder = self.holder.take().max(parts.holder);
        self.orders.append(&mut parts.orders);
        self.settlements.append(&mut parts.settlements);
        self.payments.append(&mut parts.payments);
        self.subscriptions.append(&mut parts.subscriptions);
        self.invoices.append(&mut parts.invoices);
        self.activations.append(&mut parts.activations);
        self.tickets.append(&mut parts.tickets);
        self.messages.append(&mut parts.messages);
        self.rulings.append(&mut parts.rulings);
        self.notices.append(&mut parts.notices);
        for (ours, theirs) in
            [(&mut self.confirmed, parts.confirmed), (&mut self.resent, parts.resent), (&mut self.erased, parts.erased)]
        {
            *ours = [*ours, theirs].into_iter().flatten().max_by_key(|told| told.at);
        }
        let jobs = parts.outbox.into_iter().filter(|(_, waiting)| !waiting.id.is_about_a_request());
        for (name, waiting) in jobs {
            self.outbox.entry(name).or_insert(Waiting { revision: number, ..waiting });
        }
        for license in arrived.into_iter().filter(|license| !license.key.is_of_none()) {
            self.queue(JobId::Publish { license: license.id }, now);
        }
        self.queue(JobId::Register {}, now);
    }

    /// All that is pointed to here.
    pub(super) fn belongings(&self) -> Belongings {
        let orders = || self.orders.values().map(|order| &order.purchase);
        let paid = self.settlements.values().filter_map(|settlement| settlement.paid());
        let by_subscription = self.subscriptions.values().flat_map(|subscription| subscription.paid.values());
        let payments = paid.chain(by_subscription).filter_map(|paid| paid.payment.clone());
        let behind = self.invoices.values().map(|invoice| invoice.payment.clone());
        let billed = self.subscriptions.iter().flat_map(|(id, subscription)| {
            let invoices = subscription.paid.keys().chain(subscription.unpaid.keys());
            invoices.map(|invoice| InvoiceId::new(id.provider, invoice.as_str()))
        });
        let released = self.outbox.values().filter_map(|waiting| match &waiting.id {
            JobId::Release { ticket } => Some(ticket.clone()),
            _ => None,
        });
        let withdrawn = self.outbox.values().filter_map(|waiting| match &waiting.id {
            JobId::Withdraw { key } => Some(key.clone()),
            _ => None,
        });
        Belongings {
            licenses: self.first_orders().map(|order| order.license.clone()).collect(),
            purchases: self.orders.keys().chain(self.settlements.keys()).cloned().collect(),
            payments: self.payments.keys().cloned().chain(payments).chain(behind).collect(),
            subscriptions: self
                .subscriptions
                .keys()
                .cloned()
                .chain(orders().filter_map(|purchase| purchase.subscription.clone()))
                .collect(),
            invoices: self.invoices.keys().cloned().chain(billed).collect(),
            tickets: self.tickets.keys().cloned().chain(released).collect(),
            withdrawn: withdrawn.collect(),
        }
    }

    /// What a relocation needs to know. The desk is to list nothing of it here before it is listed there.
    pub(super) fn relocation(&self, id: &RequestId) -> Option<Work> {
        let change = self.requests.get(id)?.change.as_ref().filter(|change| change.stage == Stage::Proven {})?;
        let entry = Entry { licenses: 0, tickets: vec![], price_drift: false, ..self.entry() };
        let belongings = Box::new(self.belongings());
        Some(Work::Relocate { id: id.clone(), email: change.email.clone(), entry, belongings })
    }

    /// For the new address: all is here.
    pub(super) fn came_letter(&self, id: &RequestId) -> Option<Letter> {
        let request = self.requests.get(id)?;
        let key = format!("came/{}", id.as_str());
        Some(Letter { id: key, to: request.email.clone(), name: String::new(), says: Says::Came {} })
    }

    /// For the old address: all is gone from here.
    pub(super) fn left_letter(&self, id: &RequestId) -> Option<Letter> {
        let request = self.requests.get(id)?;
        let says = Says::Left { to: request.change.as_ref()?.email.masked() };
        let key = format!("left/{}", id.as_str());
        Some(Letter { id: key, to: request.email.clone(), name: String::new(), says })
    }
}

#[cfg(test)]
mod tests;
