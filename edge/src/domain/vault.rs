//! One person's vault: what they bought, what happened to the payments, where the licenses are active, and what is still
//! to be told to the outside.
//!
//! A command is a pure function of the vault and the time. The host runs one at a time and stores the result in one
//! transaction, so a command either happened, with every job it causes, or did not.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::id::Email;
use super::license::{LicenseId, LicenseKey, LicenseState, ListedSite, SITES_LISTED_MAX, SITES_WITH_TOKEN_MAX};
use super::outbox::Waiting;
use super::payment::{History, InvoiceId, InvoicePayment, PaymentId, Purchase, PurchaseId, Settlement, SubscriptionId};
use super::rights::{Request, RequestId};
use super::seat::SiteMark;
use super::standing::{Account, Standing};
use super::subscription::Subscription;
use super::ticket::{Message, Ticket, TicketNumber};
use super::time::Moment;
use crate::contract::{Context, Erasure, Export, Keeping, Place, Retention, Stored};
use crate::declare;

mod command;
mod correction;
mod erasure;
mod jobs;
mod relocation;
mod requests;
mod retention;
pub mod ruling;
mod sale;
mod seats;
mod survey;
mod tickets;

use ruling::Ruling;

pub use command::{Activated, Command, Grant, Named, Owned, Reply, Site};
pub use correction::Correction;
pub use relocation::{Belongings, Step, arrive};
pub use seats::{Activation, SITES_EXEMPT_MAX, SITES_MAX};
pub use survey::Survey;
pub use tickets::{ByMail, Desired, Filing, Opening, Thread, Written};

/// All that a vault holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vault {
    /// How often it has changed, and when last.
    pub revision: Revision,
    /// Whose it is.
    pub holder: Option<Holder>,
    /// What was bought.
    pub orders: BTreeMap<PurchaseId, Order>,
    /// Whether it was paid. A report may come before the purchase it belongs to, here and below.
    pub settlements: BTreeMap<PurchaseId, Settlement>,
    /// What happened to payments.
    pub payments: BTreeMap<PaymentId, History>,
    /// What happened to subscriptions.
    pub subscriptions: BTreeMap<SubscriptionId, Subscription>,
    /// Payments behind invoices.
    pub invoices: BTreeMap<InvoiceId, InvoicePayment>,
    /// Where licenses are active.
    pub activations: BTreeMap<(LicenseId, SiteMark), Activation>,
    /// What was asked of us.
    pub tickets: BTreeMap<TicketNumber, Ticket>,
    /// What was written in tickets, counted from 1.
    pub messages: BTreeMap<(TicketNumber, u32), Message>,
    /// What staff decided about licenses.
    pub rulings: BTreeMap<LicenseId, Ruling>,
    /// When a ticket was last confirmed by mail.
    pub confirmed: Option<Told>,
    /// Notices that were queued for this person, by id.
    pub notices: BTreeMap<String, Told>,
    /// When the licenses were last mailed on request.
    pub resent: Option<Told>,
    /// When the person was deleted from it. Reports of what was before that do not bring them back.
    pub erased: Option<Told>,
    /// Requests about personal data.
    pub requests: BTreeMap<RequestId, Request>,
    /// What is still to be told, by [`super::outbox::JobId::name`].
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

/// Whose vault it is, as the newest purchase or correction says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Holder {
    /// When that was said, by a purchase or by a correction.
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
        email: [Email] for [Deliver, Notify] to [Mail];
    }
}

impl Stored for Holder {
    const KEEPING: Keeping = kept(Place::VaultHolder, Export::Given);
}

/// A purchase and the license it is for.
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
    const KEEPING: Keeping = Keeping { erasure: Erasure::KEPT_FOR_TAX, ..kept(Place::VaultOrder, Export::Given) };
}

impl Order {
    /// Whether its license was issued for it; otherwise it prolongs one.
    fn is_first(&self) -> bool {
        self.purchase.renews.as_ref() != Some(&self.license.id)
    }
}

/// When something was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// When.
    pub at: Moment,
}

declare! {
    Told { at: [PurchaseDetails] for [Notify, Deliver]; }
}

impl Stored for Told {
    const KEEPING: Keeping = kept(Place::VaultTold, Export::Withheld { why: "that a mail was sent, and when" });
}

/// How the rows of a vault are kept: until the person asks for their deletion, and then they go.
const fn kept(place: Place, export: Export) -> Keeping {
    Keeping { place, context: Context::Purchase, retention: Retention::OF_ORDERS, erasure: Erasure::Delete, export }
}

/// Runs a command.
pub fn apply(mut vault: Vault, command: Command, now: Moment) -> (Vault, Reply) {
    if vault.is_away(&command) {
        return (vault, Reply::Away {});
    }
    let reply = match command {
        Command::Open { purchase, settlement, holder, offer } => vault.open(purchase, settlement, holder, offer, now),
        Command::Report { fact } => Reply::noted(|| vault.report(fact, now)),
        Command::Find { license } => Reply::Found { state: vault.named(&license).map(|order| vault.state(order)) },
        Command::Activate { license, site } => Reply::Activated(vault.activate(&license, site, now)),
        Command::Deactivate { license, site } => Reply::Found { state: vault.deactivate(&license, &site, now) },
        Command::IsActive { license, site } => Reply::Active { is_active: vault.is_active(&license, site) },
        Command::Seen { license, site, version, token } => {
            Reply::noted(|| vault.see(&license, &site, version, token, now))
        }
        Command::Resend => Reply::noted(|| vault.resend(now)),
        Command::Overview => Reply::Overview { licenses: vault.owned() },
        Command::Notify { notice } => Reply::Notified { is_told: vault.notify(notice, now) },
        Command::OpenTicket { opening } => Reply::Ticket(vault.open_ticket(opening, now)),
        Command::ReadTicket { ticket } => Reply::Thread { thread: vault.thread(&ticket) },
        Command::WriteIn { ticket, written, seen } => Reply::Ticket(vault.write_in(&ticket, written, seen, now)),
        Command::FileTicket { ticket, filing } => Reply::Ticket(vault.file_ticket(&ticket, filing, now)),
        Command::Rule { license, decision } => Reply::Found { state: vault.rule(&license, decision, now) },
        Command::Survey => Reply::Survey { survey: vault.survey() },
        Command::MoveTicket { ticket, to } => Reply::Ticket(vault.move_ticket(&ticket, to, now)),
        Command::Bounced { ticket } => Reply::noted(|| vault.bounce(&ticket, now)),
        Command::Retry { name } => Reply::noted(|| vault.retry(&name, now)),
        Command::AskRight { id, right, email } => Reply::noted(|| vault.ask_right(id, right, email, now)),
        Command::ConfirmRight { id, link } => Reply::Right { request: vault.confirm_right(&id, link, now) },
        Command::AnswerRight { id } => Reply::noted(|| vault.answer_right(&id, now)),
        Command::ExtendRight { id, reason } => Reply::Extended { is_extended: vault.extend_right(&id, reason, now) },
        Command::PreviewErasure { end_licenses } => vault.preview(end_licenses, now),
        Command::OrderErasure { id, end_licenses } => {
            Reply::Right { request: vault.order_erasure(&id, end_licenses, now) }
        }
        Command::Erase { id } => Reply::Right { request: vault.erase(&id, now) },
        Command::EraseAgain { end_licenses, at } => {
            Reply::ErasedAgain { is_new: vault.erase_again(end_licenses, at, now) }
        }
        Command::ProcessorDone { id } => Reply::noted(|| vault.processor_done(&id, now)),
        Command::Correct { id, correction } => Reply::Right { request: vault.correct(&id, correction, now) },
        Command::Change { id, step } => Reply::Right { request: vault.step(&id, step, now) },
        Command::Expire { license } => Reply::noted(|| vault.expire(&license, now)),
        Command::Due => {
            vault.age(now);
            Reply::Jobs { jobs: vault.due(now) }
        }
        Command::Settle { job, revision, ended } => Reply::noted(|| vault.settle(&job, revision, ended, now)),
    };
    (vault, reply)
}

impl Vault {
    /// The order whose license this is.
    fn named(&self, license: &Named) -> Option<&Order> {
        self.first_orders().find(|order| match license {
            Named::Key { key } => order.license.key == *key && !key.is_of_none(),
            Named::Id { id } => order.license.id == *id,
        })
    }

    fn is_active(&self, license: &Named, site: SiteMark) -> bool {
        let license = self.named(license).map(|order| order.license.id.clone());
        license.is_some_and(|license| self.activations.contains_key(&(license, site)))
    }

    fn of(&self, license: &LicenseId) -> Option<&Order> {
        self.first_orders().find(|order| order.license.id == *license)
    }

    fn first_orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.values().filter(|order| order.is_first())
    }

    /// All that is known about the money behind a license.
    fn account<'vault>(&'vault self, order: &'vault Order) -> Account<'vault> {
        let settlement = |purchase: &Purchase| self.settlements.get(&purchase.id).unwrap_or(&Settlement::Awaited {});
        let renewing = self.orders.values().filter(|other| !other.is_first() && other.license.id == order.license.id);
        let subscription = order.purchase.subscription.as_ref();
        Account {
            purchase: &order.purchase,
            settlement: settlement(&order.purchase),
            renewals: renewing.map(|other| (&other.purchase, settlement(&other.purchase))).collect(),
            subscription: subscription.and_then(|subscription| self.subscriptions.get(subscription)),
            invoices: &self.invoices,
            payments: &self.payments,
        }
    }

    /// What a license is worth after all that happened.
    fn standing(&self, order: &Order) -> Standing {
        self.ruled(&order.license.id, self.account(order).standing())
    }

    /// What a license is worth, and where it is active.
    fn state(&self, order: &Order) -> LicenseState {
        let (purchase, license) = (&order.purchase, &order.license);
        let account = self.account(order);
        let standing = self.standing(order);
        let change = account.subscription.and_then(|subscription| subscription.plan.as_ref()).map(|(_, plan)| plan);
        let active = || self.sites_of(&license.id);
        let count = |exempt| u32::try_from(active().filter(|site| site.exempt == exempt).count()).unwrap_or(u32::MAX);
        let has_tokens = active().count() <= SITES_WITH_TOKEN_MAX;
        let listed = active().take(SITES_LISTED_MAX).map(|site| {
            let token = site.token.clone().filter(|_| has_tokens);
            (site.mark.clone(), ListedSite { version: site.version.clone(), token })
        });
        let mut sites = BTreeMap::new();
        sites.extend(listed);
        LicenseState {
            id: license.id.clone(),
            product: purchase.product.clone(),
            plan: change.map_or(&purchase.plan, |change| &change.plan).clone(),
            standing: standing.status,
            reason: standing.reason,
            since: standing.since,
            expires_at: standing.expires_at,
            grace_until: standing.grace_until,
            renews: standing.renews,
            seats: change.map_or(purchase.seats, |change| change.seats),
            seats_used: count(false),
            sites_exempt: count(true),
            sites,
        }
    }

    /// Licenses that something was ever paid for.
    fn granted(&self) -> BTreeSet<LicenseId> {
        let granted = self.first_orders().filter(|order| self.account(order).is_granted());
        let mut licenses = BTreeSet::new();
        licenses.extend(granted.map(|order| order.license.id.clone()));
        licenses
    }
}

#[cfg(test)]
mod tests;
