//! One person's vault: what they bought, what happened to the payments, and what is still to be told to the outside.
//!
//! A command is a pure function of the vault and the time. The host runs one at a time and stores the result in one
//! transaction, so a command either happened, with every job it causes, or did not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::desk::Entry;
use super::id::Email;
use super::license::{LicenseId, LicenseKey, LicenseState};
use super::outbox::{JOBS_PER_RUN_MAX, Job, JobId, Waiting, Work};
use super::payment::{History, Incident, PaymentId, Purchase, PurchaseId};
use super::time::Moment;
use crate::contract::{Context, Erasure, Export, Keeping, Place, Retention, Stored};
use crate::declare;

/// All that a vault holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vault {
    /// How often it has changed, and when last.
    pub revision: Revision,
    /// Whose it is.
    pub holder: Option<Holder>,
    /// What was bought.
    pub orders: BTreeMap<PurchaseId, Order>,
    /// What happened to payments. A report may come before the purchase it belongs to.
    pub payments: BTreeMap<PaymentId, History>,
    /// What is still to be told, by [`JobId::name`].
    pub outbox: BTreeMap<String, Waiting>,
}

/// How often a vault has changed, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Changes so far.
    pub number: u64,
    /// The last one.
    pub at: Moment,
}

declare! {
    Revision {
        number: [PurchaseDetails] for [Deliver];
        at: [PurchaseDetails] for [Deliver];
    }
}

impl Stored for Revision {
    const KEEPING: Keeping =
        kept(Place::VaultRevision, Export::Withheld { why: "how often the record changed, and when last" });
}

impl Default for Revision {
    fn default() -> Self {
        Self { number: 0, at: Moment(0) }
    }
}

/// Whose vault it is, as the newest purchase says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Holder {
    /// When the purchase was made that says so.
    pub as_of: Moment,
    /// Name, possibly empty.
    pub name: String,
    /// E-mail address as typed.
    pub email: Email,
}

declare! {
    Holder {
        as_of: [PurchaseDetails] for [Deliver];
        name: [Name] for [Deliver] to [Mail] if declared;
        email: [Email] for [Deliver] to [Mail];
    }
}

impl Stored for Holder {
    const KEEPING: Keeping = kept(Place::VaultHolder, Export::Given);
}

/// A purchase and the license issued for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What was bought.
    pub purchase: Purchase,
    /// The license.
    pub license: Issued,
}

/// A license by its two names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// Its id.
    pub id: LicenseId,
    /// Its key.
    pub key: LicenseKey,
}

declare! {
    Issued {
        id: [PurchaseDetails] for [Deliver];
        key: [LicenseKey] for [Deliver] to [Mail, Holder];
    }
}

declare! {
    Order {
        purchase: Purchase;
        license: Issued;
    }
}

impl Stored for Order {
    const KEEPING: Keeping = kept(Place::VaultOrder, Export::Given);
}

/// How the rows of a vault are kept: until the person asks for their deletion, and then they go.
const fn kept(place: Place, export: Export) -> Keeping {
    Keeping { place, context: Context::Purchase, retention: Retention::UntilErased, erasure: Erasure::Delete, export }
}

/// What a vault can be asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// A purchase was paid: issue its license.
    Issue {
        /// What was bought.
        purchase: Purchase,
        /// Who bought it.
        holder: Holder,
        /// The license to issue. A purchase that has one already keeps it.
        offer: Issued,
    },
    /// Something happened to a payment.
    Report {
        /// The payment.
        payment: PaymentId,
        /// What happened.
        incident: Incident,
    },
    /// Say what the license with this key is worth.
    Find {
        /// The key.
        key: LicenseKey,
    },
    /// Hand out the jobs that are due.
    Due,
    /// Take note that a job was delivered, or that the try failed.
    Settle {
        /// The job.
        job: JobId,
        /// The revision it was handed out at.
        revision: u64,
        /// Whether the outside took it.
        delivered: bool,
    },
}

/// What a vault answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// The license of the purchase, whether issued now or before.
    Issued {
        /// Its names.
        license: Issued,
        /// What it is worth.
        state: LicenseState,
    },
    /// Noted.
    Noted,
    /// The license that was asked for.
    Found {
        /// What it is worth; `None` when the vault has no such license.
        state: Option<LicenseState>,
    },
    /// Jobs to do.
    Jobs {
        /// At most [`JOBS_PER_RUN_MAX`].
        jobs: Vec<Job>,
    },
}

/// Runs a command.
pub fn apply(vault: Vault, command: Command, now: Moment) -> (Vault, Reply) {
    match command {
        Command::Issue { purchase, holder, offer } => issue(vault, purchase, holder, offer, now),
        Command::Report { payment, incident } => (report(vault, payment, incident, now), Reply::Noted),
        Command::Find { key } => {
            let state = vault.orders.values().find(|order| order.license.key == key).map(|order| vault.state(order));
            (vault, Reply::Found { state })
        }
        Command::Due => {
            let jobs = vault.jobs(now);
            (vault, Reply::Jobs { jobs })
        }
        Command::Settle { job, revision, delivered } => (settle(vault, &job, revision, delivered, now), Reply::Noted),
    }
}

fn issue(mut vault: Vault, purchase: Purchase, holder: Holder, offer: Issued, now: Moment) -> (Vault, Reply) {
    let id = purchase.id.clone();
    let known = vault.orders.get(&id);
    let order = match known {
        // Two reports of one purchase agree; should they not, the same one wins in whatever order they come.
        Some(order) => Order { purchase: order.purchase.clone().min(purchase), license: order.license.clone() },
        None => Order { purchase, license: offer },
    };
    let first = known.is_none();
    let license = order.license.clone();
    if known != Some(&order) {
        vault.holder = vault.holder.take().max(Some(holder));
        vault.orders.insert(id, order.clone());
        vault.change(now, std::slice::from_ref(&license.id));
        if first {
            vault.queue(JobId::MailLicense { license: license.id.clone() }, now);
        }
    }
    let state = vault.state(&order);
    (vault, Reply::Issued { license, state })
}

fn report(mut vault: Vault, payment: PaymentId, incident: Incident, now: Moment) -> Vault {
    let mut history = vault.payments.get(&payment).cloned().unwrap_or_default();
    history.merge(incident);
    if vault.payments.get(&payment) != Some(&history) {
        let touched: Vec<LicenseId> = vault
            .orders
            .values()
            .filter(|order| order.purchase.payment.as_ref() == Some(&payment))
            .map(|order| order.license.id.clone())
            .collect();
        vault.payments.insert(payment, history);
        vault.change(now, &touched);
    }
    vault
}

fn settle(mut vault: Vault, job: &JobId, revision: u64, delivered: bool, now: Moment) -> Vault {
    let name = job.name();
    if let Some(waiting) = vault.outbox.remove(&name) {
        let left = if delivered { waiting.delivered(revision, now) } else { Some(waiting.failed(now)) };
        vault.outbox.extend(left.map(|waiting| (name, waiting)));
    }
    vault
}

impl Vault {
    /// What a license is worth after all that happened to its payment.
    fn state(&self, order: &Order) -> LicenseState {
        let purchase = &order.purchase;
        let history = purchase.payment.as_ref().and_then(|payment| self.payments.get(payment));
        LicenseState {
            id: order.license.id.clone(),
            product: purchase.product.clone(),
            plan: purchase.plan.clone(),
            standing: history.cloned().unwrap_or_default().standing(),
            expires_at: purchase.expires_at(),
            seats: purchase.seats,
            seats_used: 0,
            sites_exempt: 0,
        }
    }

    /// The earliest moment at which a job is due.
    pub fn alarm(&self) -> Option<Moment> {
        self.outbox.values().map(|waiting| waiting.due_at).min()
    }

    /// Counts a change and queues what it makes stale.
    fn change(&mut self, now: Moment, licenses: &[LicenseId]) {
        self.revision = Revision { number: self.revision.number + 1, at: now };
        for license in licenses {
            self.queue(JobId::Publish { license: license.clone() }, now);
        }
        self.queue(JobId::Register, now);
    }

    fn queue(&mut self, id: JobId, now: Moment) {
        self.outbox.insert(id.name(), Waiting::new(id, self.revision.number, now));
    }

    fn jobs(&self, now: Moment) -> Vec<Job> {
        let due = self.outbox.values().filter(|waiting| waiting.due_at <= now);
        due.filter_map(|waiting| {
            let work = self.work(&waiting.id)?;
            // The work shows the vault as it is now, whichever change queued it.
            Some(Job { id: waiting.id.clone(), revision: waiting.revision, work })
        })
        .take(JOBS_PER_RUN_MAX)
        .collect()
    }

    fn work(&self, id: &JobId) -> Option<Work> {
        let order = |license: &LicenseId| self.orders.values().find(|order| order.license.id == *license);
        match id {
            JobId::Publish { license } => {
                let order = order(license)?;
                Some(Work::Publish { key: order.license.key.clone(), state: self.state(order) })
            }
            JobId::MailLicense { license } => {
                let (order, holder) = (order(license)?, self.holder.as_ref()?);
                Some(Work::MailLicense {
                    to: holder.email.clone(),
                    name: holder.name.clone(),
                    key: order.license.key.clone(),
                    state: self.state(order),
                })
            }
            JobId::Register => Some(Work::Register {
                entry: Entry {
                    revision: self.revision.number,
                    changed_at: self.revision.at,
                    licenses: u32::try_from(self.orders.len()).unwrap_or(u32::MAX),
                    price_drift: self.orders.values().any(|order| order.purchase.price_drift),
                },
            }),
        }
    }
}

#[cfg(test)]
mod tests;
