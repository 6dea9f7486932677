//! The ends of what a vault holds. What was bought goes six years after the license of it ended, whatever was changed in between; what
//! is known of a person goes with the last of it. What leads here from outside is taken away first, so that nothing leads nowhere.

use super::{Order, Revision, Told, Vault};
use crate::domain::license::{LicenseId, Status};
use crate::domain::outbox::{JobId, Work};
use crate::domain::payment::InvoiceId;
use crate::domain::time::{Moment, Seconds};

/// How long an order is kept after its license ended: as long as commercial and tax law ask for.
const ORDER_MONTHS: i32 = 6 * 12;
/// Longest time in which a processor repeats a report, and more: how long a report waits for its purchase, and how long it is known
/// that somebody was deleted of whom nothing is left.
const WAITS: Seconds = Seconds::days(90);
/// How long it is known when mails that anybody can ask for were last sent.
const TOLD: Seconds = Seconds::days(30);

impl Vault {
    /// When the order of a license goes; none while the license has no end.
    fn order_ends(&self, order: &Order) -> Option<Moment> {
        let standing = self.standing(order);
        let ended = match standing.status {
            Status::Active | Status::Suspended => standing.grace_until.or(standing.expires_at)?,
            _ => standing.since,
        };
        Some(ended.months_later(ORDER_MONTHS))
    }

    /// When the order of each license goes, where it is not on its way already.
    fn order_endings(&self) -> impl Iterator<Item = (Moment, LicenseId)> {
        let is_going = |license: &LicenseId| self.outbox.contains_key(&going(license).name());
        let orders = self.first_orders().filter(move |order| !is_going(&order.license.id));
        orders.filter_map(|order| Some((self.order_ends(order)?, order.license.id.clone())))
    }

    /// When time next ends something of this.
    pub(super) fn next_ending(&self) -> Option<Moment> {
        let orders = self.order_endings().map(|(at, _)| at);
        let told = [self.confirmed, self.resent].into_iter().flatten().map(|told| told.at.after(TOLD));
        let tombstone = self.erased.filter(|_| self.holds_no_money()).map(|told| told.at.after(WAITS));
        orders.chain(told).chain(tombstone).chain(self.stray_ends()).min()
    }

    /// Ends what is over: orders, and what outlived them.
    pub(super) fn age_orders(&mut self, now: Moment) {
        let over: Vec<LicenseId> =
            self.order_endings().filter(|(at, _)| *at <= now).map(|(_, license)| license).collect();
        for license in over {
            self.queue(going(&license), now);
        }
        let kept = |told: Option<Told>, long| told.filter(|told| now < told.at.after(long));
        let (confirmed, resent) = (kept(self.confirmed, TOLD), kept(self.resent, TOLD));
        let erased = if self.holds_no_money() { kept(self.erased, WAITS) } else { self.erased };
        if (confirmed, resent, erased) != (self.confirmed, self.resent, self.erased) {
            self.changing(now, |vault| (vault.confirmed, vault.resent, vault.erased) = (confirmed, resent, erased));
        }
        if self.stray_ends().is_some_and(|end| end <= now) {
            self.changing(now, Self::forget_money);
        }
    }

    fn holds_no_money(&self) -> bool {
        self.orders.is_empty()
            && self.settlements.is_empty()
            && self.payments.is_empty()
            && self.subscriptions.is_empty()
            && self.invoices.is_empty()
    }

    /// When reports go whose purchase never came.
    fn stray_ends(&self) -> Option<Moment> {
        let is_stray = self.orders.is_empty() && !self.holds_no_money();
        is_stray.then(|| self.revision.at.after(WAITS))
    }

    fn forget_money(&mut self) {
        self.settlements.clear();
        self.payments.clear();
        self.subscriptions.clear();
        self.invoices.clear();
        (self.holder, self.resent) = (None, None);
        self.notices.clear();
    }

    /// What was bought with a license, and what became of it.
    fn part(&self, license: &LicenseId) -> Self {
        let mut part = Self::default();
        let orders = self.orders.iter().filter(|(_, order)| order.license.id == *license);
        part.orders.extend(orders.map(|(id, order)| (id.clone(), order.clone())));
        let settled = part.orders.keys().filter_map(|id| Some((id.clone(), self.settlements.get(id)?.clone())));
        part.settlements.extend(settled);
        let subscriptions = part.orders.values().filter_map(|order| order.purchase.subscription.clone());
        let known = |id| self.subscriptions.get(&id).map(|known| (id.clone(), known.clone()));
        part.subscriptions.extend(subscriptions.filter_map(known).collect::<Vec<_>>());
        let billed: Vec<InvoiceId> = part.belongings().invoices.into_iter().collect();
        let behind = billed.iter().filter_map(|id| Some((id.clone(), self.invoices.get(id)?.clone())));
        part.invoices.extend(behind);
        let paid = part.belongings().payments;
        part.payments.extend(paid.iter().filter_map(|id| Some((id.clone(), self.payments.get(id)?.clone()))));
        part
    }

    /// What has to be done before an order goes.
    pub(super) fn expiry(&self, license: &LicenseId, now: Moment) -> Option<Work> {
        let order = self.of(license)?;
        // It may have been prolonged meanwhile.
        self.order_ends(order).filter(|end| *end <= now)?;
        Some(Work::Expire { license: license.clone(), belongings: Box::new(self.part(license).belongings()) })
    }

    /// Forgets what was bought with a license, if its time is over.
    pub(super) fn expire(&mut self, license: &LicenseId, now: Moment) {
        if self.of(license).and_then(|order| self.order_ends(order)).is_none_or(|end| end > now) {
            return;
        }
        let part = self.part(license);
        let keys: Vec<_> = part.first_orders().map(|order| order.license.key.clone()).collect();
        self.changing(now, |vault| {
            // A view that was on its way goes as well.
            for key in keys.into_iter().filter(|key| !key.is_of_none()) {
                vault.queue(JobId::Withdraw { key }, now);
            }
            vault.orders.retain(|id, _| !part.orders.contains_key(id));
            vault.settlements.retain(|id, _| !part.settlements.contains_key(id));
            vault.payments.retain(|id, _| !part.payments.contains_key(id));
            vault.subscriptions.retain(|id, _| !part.subscriptions.contains_key(id));
            vault.invoices.retain(|id, _| !part.invoices.contains_key(id));
            vault.activations.retain(|(of, _), _| of != license);
            vault.rulings.remove(license);
            vault.outbox.retain(|_, waiting| !waiting.id.is_of(license));
            if vault.orders.is_empty() {
                vault.forget_money();
            }
        });
    }

    /// Whether nothing is left here but the count of changes, and what is to be taken away elsewhere.
    pub(super) fn is_gone(&self) -> bool {
        let rest = Self { outbox: self.outbox.clone(), ..Self::default() };
        Self { revision: Revision::default(), ..self.clone() } == rest
            && !self.outbox.values().any(|waiting| waiting.id.is_mail())
    }
}

fn going(license: &LicenseId) -> JobId {
    JobId::Expire { license: license.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::outbox::{Job, Try};
    use crate::domain::vault::{Command, Reply, apply};

    const BOUGHT: Moment = Moment(1_804_000_000);
    const LICENSE: &str = "lic_00000000000000000000000000000001";

    fn command(text: &str) -> Command {
        serde_json::from_str(text).expect("a command")
    }

    fn buy(at: Moment, renews: &str, term: &str, license: &str) -> Command {
        let at = at.0;
        command(&format!(
            r#"{{"open":{{"purchase":{{"at":{at},"id":{{"provider":"stripe","id":"cs_{at}"}},{renews}
                "product":"plus","plan":"single","seats":1,"term":"{term}","price_drift":false,"policy":"2025-03-31"}},
            "settlement":{{"paid":{{"paid":{{"at":{at},"payment":{{"provider":"stripe","id":"pi_{at}"}}}}}}}},
            "holder":{{"as_of":{at},"name":"Ada","email":"ada@example.com"}},
            "offer":{{"id":"{license}","key":"0000-0000-0000-0000-0000-0000-0000"}}}}}}"#
        ))
    }

    fn refund(at: Moment) -> Command {
        command(&format!(
            r#"{{"report":{{"fact":{{"incident":{{"payment":{{"provider":"stripe","id":"pi_{bought}"}},
            "incident":{{"refund":{{"id":"re_1","at":{at},"refund":{{"whole":{{}}}}}}}}}}}}}}}}"#,
            bought = BOUGHT.0,
            at = at.0,
        ))
    }

    fn bought(term: &str) -> Vault {
        apply(Vault::default(), buy(BOUGHT, "", term, LICENSE), BOUGHT).0
    }

    /// Wakes a vault at a moment and does what it asks for, as a host does.
    fn wake(mut vault: Vault, now: Moment) -> Vault {
        for _ in 0..3 {
            let (after, reply) = apply(vault, Command::Due, now);
            let Reply::Jobs { jobs } = reply else { panic!("another reply") };
            vault = after;
            for Job { id, revision, work } in jobs {
                if let Work::Expire { license, .. } = work {
                    vault = apply(vault, Command::Expire { license }, now).0;
                }
                vault = apply(vault, Command::Settle { job: id, revision, ended: Try::Delivered }, now).0;
            }
        }
        vault
    }

    /// The same with the jobs in their order or in the opposite one, and what the desk knows at the end.
    fn desk_after(mut vault: Vault, now: Moment, last_first: bool) -> (Vault, Option<crate::domain::desk::Entry>) {
        let mut desk: Option<crate::domain::desk::Entry> = None;
        for _ in 0..12 {
            let (after, reply) = apply(vault, Command::Due, now);
            let Reply::Jobs { mut jobs } = reply else { panic!("another reply") };
            vault = after;
            if last_first {
                jobs.reverse();
            }
            for Job { id, revision, work } in jobs {
                if let Work::Register { entry, .. } = work {
                    desk = Some(crate::domain::desk::register(desk, entry)).filter(|entry| !entry.is_gone);
                }
                vault = apply(vault, Command::Settle { job: id, revision, ended: Try::Delivered }, now).0;
            }
        }
        (vault, desk)
    }

    fn ticket() -> Command {
        let secret = crate::domain::id::Secret::new("s").expect("not empty");
        let number = crate::domain::ticket::TicketNumber::of_form(&secret, "1");
        command(&format!(
            r#"{{"open_ticket":{{"opening":{{"number":"{}","topic":"question","subject":"S","name":"Ada","email":"ada@example.com",
            "license":null,"versions":{{"plugin":null,"wordpress":null,"php":null}},"text":"T","sent":"1","is_spam":true,
            "files":[{{"id":"00000000000000000000000000000001","name":"a.txt","bytes":1}}]}}}}}}"#,
            number.as_str()
        ))
    }

    #[test]
    fn of_a_vault_with_nothing_in_it_the_desk_knows_nothing_whatever_is_done_first() {
        for last_first in [false, true] {
            let (vault, _) = apply(Vault::default(), ticket(), BOUGHT);
            let (vault, desk) = desk_after(vault, BOUGHT, last_first);
            assert!(desk.is_some() && vault.tickets.len() == 1);
            let end = BOUGHT.after(Seconds::days(31));
            let (vault, _) = apply(vault, Command::Due, end);
            let (vault, gone) = desk_after(vault, end, last_first);
            assert_eq!((gone, &vault), (None, &Vault::default()));
            let (vault, _) = apply(vault, ticket(), end);
            assert!(desk_after(vault, end, last_first).1.is_some(), "what comes then is listed");
        }
    }

    /// The last second before this, and this.
    fn around(end: Moment) -> [Moment; 2] {
        [Moment(end.0 - 1), end]
    }

    #[test]
    fn six_years_after_its_license_ended_nothing_of_an_order_or_its_buyer_is_left() {
        let [before, end] = around(BOUGHT.months_later(12 + ORDER_MONTHS));
        let vault = wake(bought("1y"), before);
        assert!(vault.holder.is_some() && vault.orders.len() == 1);
        assert!(vault.alarm().is_some_and(|at| at <= end), "it wakes by itself");
        let vault = wake(vault, end);
        assert_eq!(vault, Vault::default());
    }

    #[test]
    fn a_change_does_not_move_the_day_and_a_renewal_does() {
        let [_, end] = around(BOUGHT.months_later(12 + ORDER_MONTHS));
        let vault = wake(bought("1y"), BOUGHT.months_later(60));
        let changed = apply(vault, Command::Resend, BOUGHT.months_later(60)).0;
        assert_eq!(wake(changed, end), Vault::default());
        let renews = format!(r#""renews":"{LICENSE}","#);
        let (renewed, _) =
            apply(bought("1y"), buy(BOUGHT.months_later(11), &renews, "1y", LICENSE), BOUGHT.months_later(11));
        let renewed = wake(renewed, end);
        assert_eq!((renewed.orders.len(), renewed.settlements.len()), (2, 2));
        assert_eq!(wake(renewed, BOUGHT.months_later(24 + ORDER_MONTHS)), Vault::default());
    }

    #[test]
    fn a_license_that_ends_early_counts_from_then_and_one_without_an_end_stays() {
        let back = BOUGHT.months_later(1);
        let (refunded, _) = apply(bought("lifetime"), refund(back), back);
        let [before, end] = around(back.months_later(ORDER_MONTHS));
        let vault = wake(refunded, before);
        assert_eq!(vault.orders.len(), 1);
        assert_eq!(wake(vault, end), Vault::default());
        assert_eq!(wake(bought("lifetime"), BOUGHT.months_later(1_200)).orders.len(), 1);
    }

    #[test]
    fn one_of_two_licenses_goes_alone_and_the_other_keeps_the_name() {
        let second = BOUGHT.months_later(30);
        let other = "lic_00000000000000000000000000000002";
        let (vault, _) = apply(bought("1y"), buy(second, "", "1y", other), second);
        let vault = wake(vault, BOUGHT.months_later(12 + ORDER_MONTHS));
        assert_eq!((vault.orders.len(), vault.settlements.len()), (1, 1));
        assert!(vault.holder.is_some() && vault.orders.values().all(|order| order.license.id.as_str() == other));
        assert!(!vault.outbox.keys().any(|name| name.contains(LICENSE)), "{:?}", vault.outbox.keys());
    }

    #[test]
    fn what_leads_to_an_order_is_told_before_it_goes() {
        let end = BOUGHT.months_later(12 + ORDER_MONTHS);
        let (refunded, _) = apply(bought("1y"), refund(BOUGHT), BOUGHT);
        let work = |vault: &Vault| vault.expiry(&LicenseId::parse(LICENSE).expect("an id"), end);
        let Some(Work::Expire { belongings, .. }) = work(&refunded) else { panic!("no work") };
        assert_eq!((belongings.purchases.len(), belongings.payments.len(), belongings.licenses.len()), (1, 1, 1));
    }

    #[test]
    fn a_report_whose_purchase_never_came_goes_too() {
        let (vault, _) = apply(Vault::default(), refund(BOUGHT), BOUGHT);
        let [before, end] = around(BOUGHT.after(WAITS));
        let vault = wake(vault, before);
        assert_eq!(vault.payments.len(), 1);
        assert_eq!(wake(vault, end), Vault::default());
    }
}
