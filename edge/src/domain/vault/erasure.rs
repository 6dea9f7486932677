//! The deletion of a person: what their request removes from the vault, and what stays because a law or a license in use needs it.
//!
//! What would be deleted is told by deleting from a copy, so the preview and the deed cannot differ.

use super::{Reply, Told, Vault};
use crate::contract::Right;
use crate::domain::license::{LicenseId, Status};
use crate::domain::mail::{Letter, Says};
use crate::domain::outbox::JobId;
use crate::domain::rights::{Class, Request, RequestId};
use crate::domain::ticket::TicketNumber;
use crate::domain::time::Moment;

impl Vault {
    /// The request of a deletion that was confirmed.
    fn deletion(&self, id: &RequestId) -> Option<&Request> {
        self.requests.get(id).filter(|request| request.right == Right::Delete && request.confirmed.is_some())
    }

    /// What a deletion would do, and which licenses are in use.
    pub(super) fn preview(&self, end_licenses: bool, now: Moment) -> Reply {
        let mut copy = self.clone();
        copy.remove_person(end_licenses, now);
        Reply::Erasure { classes: classes(&self.counts(), &copy.counts()), in_use: self.in_use(now) }
    }

    /// Orders a deletion; a job does it, so that neither a crash nor a closed browser ends it halfway.
    pub(super) fn order_erasure(&mut self, id: &RequestId, end_licenses: bool, now: Moment) -> Option<Request> {
        if self.deletion(id)?.end_licenses.is_none() {
            self.changing(now, |vault| {
                if let Some(request) = vault.requests.get_mut(id) {
                    request.end_licenses = Some(end_licenses);
                }
                vault.queue(JobId::Erase { request: id.clone() }, now);
            });
        }
        self.requests.get(id).cloned()
    }

    /// Deletes, once. Whatever comes after that answers as it did then.
    pub(super) fn erase(&mut self, id: &RequestId, now: Moment) -> Option<Request> {
        let request = self.deletion(id)?;
        let end_licenses = request.end_licenses?;
        if request.outcome.is_none() {
            let before = self.counts();
            let customers = self.customers();
            self.changing(now, |vault| {
                vault.remove_person(end_licenses, now);
                let outcome = classes(&before, &vault.counts());
                if let Some(request) = vault.requests.get_mut(id) {
                    request.outcome = Some(outcome);
                    request.at_processor = customers;
                }
                vault.queue(JobId::MailErased { request: id.clone() }, now);
            });
            self.finish(id, now);
        }
        self.requests.get(id).cloned()
    }

    /// Deletes in a copy of the store what was deleted after the copy was made; whether that was to be done.
    pub(super) fn erase_again(&mut self, end_licenses: bool, at: Moment, now: Moment) -> bool {
        let is_new = self.erased.is_none_or(|told| told.at < at);
        if is_new {
            self.changing(now, |vault| {
                vault.remove_person(end_licenses, now);
                vault.erased = Some(Told { at });
            });
        }
        is_new
    }

    /// Takes note that the processor has deleted what it had, or corrected it. Only then the request is answered.
    pub(super) fn processor_done(&mut self, id: &RequestId, now: Moment) {
        if self.requests.get(id).is_some_and(|request| !request.at_processor.is_empty()) {
            self.changing(now, |vault| {
                let Some(request) = vault.requests.get_mut(id) else { return };
                request.at_processor.clear();
                if request.outcome.is_some() {
                    vault.queue(JobId::MailErased { request: id.clone() }, now);
                }
            });
            self.finish(id, now);
        }
    }

    /// A request is answered once the processor has nothing left to do.
    pub(super) fn finish(&mut self, id: &RequestId, now: Moment) {
        if self.requests.get(id).is_some_and(|request| request.at_processor.is_empty()) {
            self.answer_right(id, now);
        }
    }

    /// Licenses that work now.
    fn in_use(&self, now: Moment) -> Vec<LicenseId> {
        let orders = self.first_orders().filter(|order| self.account(order).is_granted());
        let works = orders.filter(|order| {
            matches!(self.state(order).status(now), Status::Active | Status::Grace | Status::Suspended)
        });
        works.map(|order| order.license.id.clone()).collect()
    }

    /// The processor's ids of this buyer.
    pub(super) fn customers(&self) -> Vec<String> {
        let mut customers: Vec<String> =
            self.orders.values().filter_map(|order| order.purchase.customer.clone()).collect();
        customers.sort();
        customers.dedup();
        customers
    }

    /// Removes all that says who somebody is, what they wrote, and the licenses that end. What stays is about money, and has no
    /// field for a person.
    fn remove_person(&mut self, end_licenses: bool, now: Moment) {
        let stays = if end_licenses { vec![] } else { self.in_use(now) };
        let tickets: Vec<TicketNumber> = self.tickets.keys().cloned().collect();
        for number in &tickets {
            self.forget_messages(number, now);
        }
        self.tickets.clear();
        (self.holder, self.resent, self.confirmed) = (None, None, None);
        self.notices.clear();
        self.outbox.retain(|_, waiting| !waiting.id.is_mail());
        self.activations.retain(|(license, _), _| stays.contains(license));
        let mut ended = vec![];
        for order in self.orders.values_mut() {
            order.purchase.customer = None;
            if !stays.contains(&order.license.id) && !order.license.key.is_of_none() {
                ended.push(order.license.clone());
                order.license.key = crate::domain::license::LicenseKey::of_none();
            }
        }
        for license in ended {
            self.outbox.remove(&JobId::Publish { license: license.id.clone() }.name());
            self.queue(JobId::Withdraw { key: license.key }, now);
        }
        self.erased = Some(Told { at: now });
    }

    /// How much there is of each kind.
    fn counts(&self) -> Vec<(&'static str, usize)> {
        let files = self.messages.values().map(|message| message.files.len()).sum();
        let told = usize::from(self.resent.is_some()) + usize::from(self.confirmed.is_some()) + self.notices.len();
        let keys = self.first_orders().filter(|order| !order.license.key.is_of_none()).count();
        vec![
            ("name and email address", usize::from(self.holder.is_some())),
            ("orders", self.orders.len()),
            ("payments", self.settlements.len() + self.payments.len() + self.invoices.len()),
            ("subscriptions", self.subscriptions.len()),
            ("license keys", keys),
            ("sites", self.activations.len()),
            ("support requests", self.tickets.len()),
            ("messages", self.messages.len()),
            ("files", files),
            ("notes of mails sent", told),
        ]
    }

    /// The statement of a deletion.
    pub(super) fn erased_letter(&self, id: &RequestId) -> Option<Letter> {
        let request = self.requests.get(id)?;
        let classes = request.outcome.clone()?;
        let open = !request.at_processor.is_empty();
        let says = Says::Erased { request: id.clone(), received: request.received, classes, open };
        let key = format!("erased/{}/{open}", id.as_str());
        Some(Letter { id: key, to: request.email.clone(), name: String::new(), says })
    }
}

fn classes(before: &[(&'static str, usize)], after: &[(&'static str, usize)]) -> Vec<Class> {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let pairs = before.iter().zip(after).filter(|((_, before), _)| *before > 0);
    let class = |((what, before), (_, after)): (&(&'static str, usize), &(&'static str, usize))| Class {
        what: (*what).to_owned(),
        deleted: count(before.saturating_sub(*after)),
        kept: count(*after.min(before)),
    };
    pairs.map(class).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Email;
    use crate::domain::vault::{Command, apply};

    const NOW: Moment = Moment(1_804_000_000);

    fn id() -> RequestId {
        RequestId::from_bytes([1; 16])
    }

    fn run(vault: Vault, command: Command) -> (Vault, Reply) {
        apply(vault, command, NOW)
    }

    fn buy(at: i64, name: &str) -> Command {
        let command = format!(
            r#"{{"open":{{"purchase":{{"at":{at},"id":{{"provider":"stripe","id":"cs_{at}"}},"customer":"cus_1",
                "product":"plus","plan":"single","seats":1,"term":"1y","price_drift":false,"policy":"2025-03-31"}},
            "settlement":{{"paid":{{"paid":{{"at":{at},"payment":{{"provider":"stripe","id":"pi_{at}"}}}}}}}},
            "holder":{{"as_of":{at},"name":"{name}","email":"ada@example.com"}},
            "offer":{{"id":"lic_{at:032}","key":"{key}"}}}}}}"#,
            key = key(at),
        );
        serde_json::from_str(&command).expect("a command")
    }

    fn key(at: i64) -> String {
        let secret = crate::domain::id::Secret::new("s").expect("not empty");
        let purchase =
            crate::domain::payment::PurchaseId::new(crate::domain::payment::Provider::Stripe, at.to_string());
        crate::domain::license::LicenseKey::derive(&secret, &purchase, 1).as_str().to_owned()
    }

    /// A vault with a purchase, whose holder asked for the deletion of all and used the link.
    fn asked() -> Vault {
        let email = Email::parse("ada@example.com").expect("an address");
        let (vault, _) = run(Vault::default(), buy(NOW.0 - 1_000, "Ada"));
        let (vault, _) = run(vault, Command::AskRight { id: id(), right: Right::Delete, email });
        run(vault, Command::ConfirmRight { id: id(), link: 1 }).0
    }

    fn erased(end_licenses: bool) -> Vault {
        let (vault, _) = run(asked(), Command::OrderErasure { id: id(), end_licenses });
        run(vault, Command::Erase { id: id() }).0
    }

    fn texts(vault: &Vault) -> String {
        let held = (&vault.holder, &vault.orders, &vault.tickets, &vault.messages);
        serde_json::to_string(&(held.0, held.1.values().collect::<Vec<_>>())).expect("JSON")
    }

    #[test]
    fn who_somebody_is_goes_and_what_they_bought_stays() {
        let vault = erased(false);
        assert!(vault.holder.is_none() && vault.orders.len() == 1 && !texts(&vault).contains("cus_1"));
        assert!(texts(&vault).contains(&key(NOW.0 - 1_000)), "a license in use goes on");
        assert_eq!(vault.in_use(NOW).len(), 1);
        let request = &vault.requests[&id()];
        assert_eq!(request.at_processor, ["cus_1"]);
        assert!(request.is_open(), "the processor still has something");
        let (vault, _) = run(vault, Command::ProcessorDone { id: id() });
        assert!(!vault.requests[&id()].is_open());
    }

    #[test]
    fn a_license_that_ends_leaves_no_key_and_is_found_by_none() {
        let vault = erased(true);
        assert!(!texts(&vault).contains(&key(NOW.0 - 1_000)));
        assert!(vault.outbox.keys().any(|name| name.starts_with("withdraw/")));
        let none = crate::domain::vault::Named::Key { key: crate::domain::license::LicenseKey::of_none() };
        let (_, reply) = run(vault.clone(), Command::Find { license: none });
        assert_eq!(reply, Reply::Found { state: None });
        let jobs = vault.due(NOW.after(crate::domain::time::Seconds(1)));
        assert!(jobs.iter().all(|job| !matches!(job.work, crate::domain::outbox::Work::Publish { .. })), "{jobs:?}");
    }

    #[test]
    fn the_preview_says_what_is_done() {
        for end_licenses in [false, true] {
            let (_, reply) = run(asked(), Command::PreviewErasure { end_licenses });
            let Reply::Erasure { classes, in_use } = reply else { panic!("another reply") };
            assert_eq!((Some(classes), in_use.len()), (erased(end_licenses).requests[&id()].outcome.clone(), 1));
        }
    }

    #[test]
    fn twice_is_once_and_a_late_report_brings_nobody_back() {
        let vault = erased(false);
        let (again, _) = run(vault.clone(), Command::Erase { id: id() });
        assert_eq!(again, vault);
        let (late, _) = run(vault.clone(), buy(NOW.0 - 1_000, "Ada"));
        assert!(late.holder.is_none() && !texts(&late).contains("cus_1"));
        let (older, _) = run(vault.clone(), buy(NOW.0 - 2_000, "Ada"));
        assert!(older.holder.is_none(), "not even one that was never heard of");
        assert!(older.orders.len() == 2 && !texts(&older).contains("cus_1"), "whose order stays without its buyer");
        let (new, _) = run(vault, buy(NOW.0 + 1, "Ada"));
        assert!(new.holder.is_some(), "whoever buys again is somebody again");
    }

    #[test]
    fn nothing_is_deleted_without_a_confirmed_order_for_that() {
        let email = Email::parse("ada@example.com").expect("an address");
        let (bought, _) = run(Vault::default(), buy(NOW.0 - 1_000, "Ada"));
        let (vault, _) = run(bought, Command::AskRight { id: id(), right: Right::Access, email });
        for command in [Command::OrderErasure { id: id(), end_licenses: true }, Command::Erase { id: id() }] {
            assert_eq!(run(vault.clone(), command).1, Reply::Right { request: None });
        }
        let (confirmed, _) = run(vault, Command::ConfirmRight { id: id(), link: 1 });
        assert_eq!(
            run(confirmed, Command::OrderErasure { id: id(), end_licenses: true }).1,
            Reply::Right { request: None }
        );
        assert_eq!(run(asked(), Command::Erase { id: id() }).1, Reply::Right { request: None }, "it was not ordered");
    }
}
