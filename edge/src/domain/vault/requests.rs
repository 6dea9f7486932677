//! Requests about the data of this vault.

use super::Vault;
use crate::contract::Right;
use crate::domain::id::Email;
use crate::domain::mail::{Letter, Says};
use crate::domain::outbox::JobId;
use crate::domain::rights::{AddressChange, Extension, Request, RequestId, WARNINGS, may_mail};
use crate::domain::time::{Moment, Seconds};

impl Vault {
    /// Takes a request and queues its link. One that is open goes on: its clock runs from when it came in. Until a link was used
    /// nobody hears of it, for anybody can type any address; and whoever has nothing here makes the same work.
    pub(super) fn ask_right(&mut self, id: RequestId, right: Right, email: Email, now: Moment) {
        if !may_mail(self.requests.values().flat_map(|request| request.mailed.iter().copied()), now) {
            return;
        }
        let is_done = |request: &Request| request.change.as_ref().is_some_and(AddressChange::is_done);
        let open = self
            .requests
            .iter_mut()
            .find(|(_, request)| request.right == right && request.is_open() && !is_done(request));
        let id = if let Some((id, request)) = open {
            request.mailed.push(now);
            request.used = false;
            id.clone()
        } else {
            self.requests.insert(id.clone(), Request::new(right, email, now));
            id
        };
        self.queue(JobId::MailRight { request: id }, now);
    }

    /// Uses a link, once. The request, if the link opens it.
    pub(super) fn confirm_right(&mut self, id: &RequestId, link: u32, now: Moment) -> Option<Request> {
        self.requests.get(id).filter(|request| request.opens_by(link, now))?;
        self.changing(now, |vault| {
            let Some(request) = vault.requests.get_mut(id) else { return };
            request.used = true;
            request.confirmed.get_or_insert(now);
            vault.plan_warnings(id, now);
        });
        self.requests.get(id).cloned()
    }

    /// Has staff warned on the days before a request has to be answered.
    pub(super) fn plan_warnings(&mut self, id: &RequestId, now: Moment) {
        let Some(due) = self.requests.get(id).map(Request::due) else { return };
        for days in WARNINGS {
            let day = due.before(Seconds::days(days));
            if day > now {
                self.queue(JobId::MailRightDue { request: id.clone(), days }, day);
            }
        }
    }

    /// Takes note that a request was answered, unless the processor still has something to do.
    pub(super) fn answer_right(&mut self, id: &RequestId, now: Moment) {
        let is_due =
            |request: &Request| request.confirmed.is_some() && request.is_open() && request.at_processor.is_empty();
        if self.requests.get(id).is_some_and(is_due) {
            self.changing(now, |vault| {
                if let Some(request) = vault.requests.get_mut(id) {
                    request.answered = Some(now);
                }
                for days in WARNINGS {
                    vault.outbox.remove(&JobId::MailRightDue { request: id.clone(), days }.name());
                }
            });
        }
    }

    /// Takes more time for an answer, and has the reason mailed; whether that could be.
    pub(super) fn extend_right(&mut self, id: &RequestId, reason: String, now: Moment) -> bool {
        let may = self.requests.get(id).is_some_and(|request| request.may_extend(now));
        if may {
            self.changing(now, |vault| {
                let Some(request) = vault.requests.get_mut(id) else { return };
                request.extension = Some(Extension { at: now, reason });
                vault.queue(JobId::MailExtended { request: id.clone() }, now);
                vault.plan_warnings(id, now);
            });
        }
        may
    }

    /// The reason why an answer takes longer.
    pub(super) fn extended_letter(&self, id: &RequestId) -> Option<Letter> {
        let request = self.requests.get(id)?;
        let reason = request.extension.as_ref()?.reason.clone();
        let says = Says::Extended { right: request.right, due: request.due(), reason };
        Some(Letter { id: format!("extended/{}", id.as_str()), to: request.email.clone(), name: String::new(), says })
    }

    /// Forgets requests whose time is over. Of one that nobody confirmed nothing is left, not even that there was one.
    pub(super) fn age_requests(&mut self, now: Moment) {
        let is_over = |request: &Request| request.ends() <= now;
        let (known, unknown): (Vec<&Request>, Vec<&Request>) =
            self.requests.values().filter(|request| is_over(request)).partition(|request| request.confirmed.is_some());
        match (known.is_empty(), unknown.is_empty()) {
            (true, true) => {}
            (true, false) if self.revision.number == 0 => self.requests.retain(|_, request| !is_over(request)),
            _ => self.changing(now, |vault| vault.requests.retain(|_, request| !is_over(request))),
        }
    }

    pub(super) fn next_request_change(&self) -> Option<Moment> {
        self.requests.values().map(Request::ends).min()
    }

    /// The earliest moment at which a request has to be answered that somebody confirmed.
    pub(super) fn right_due(&self) -> Option<Moment> {
        let open = self.requests.values().filter(|request| request.confirmed.is_some() && request.is_open());
        open.map(Request::due).min()
    }

    /// Whether there is anything here but requests.
    fn holds_something(&self) -> bool {
        self.holder.is_some() || !self.orders.is_empty() || !self.tickets.is_empty()
    }

    /// The link of a request; or that there is nothing it could open.
    pub(super) fn right_letter(&self, id: &RequestId) -> Option<Letter> {
        let request = self.requests.get(id)?;
        let says = if self.holds_something() {
            Says::Right { request: id.clone(), right: request.right, link: request.link() }
        } else {
            Says::NothingHeld { right: request.right }
        };
        let key = format!("right/{}/{}", id.as_str(), request.link());
        Some(Letter { id: key, to: request.email.clone(), name: String::new(), says })
    }

    /// For staff: that a request has to be answered soon.
    pub(super) fn right_due_letter(&self, id: &RequestId, days: u32) -> Option<Letter> {
        let request = self.requests.get(id).filter(|request| request.is_open())?;
        let says = Says::RightDue { right: request.right, due: request.due() };
        let key = format!("right-due/{}/{days}", id.as_str());
        Some(Letter { id: key, to: request.email.clone(), name: String::new(), says })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::vault::{Command, Reply, apply};

    const NOW: Moment = Moment(1_804_000_000);

    fn id(byte: u8) -> RequestId {
        RequestId::from_bytes([byte; 16])
    }

    fn ask(byte: u8, right: Right) -> Command {
        Command::AskRight { id: id(byte), right, email: Email::parse("ada@example.com").expect("an address") }
    }

    fn run(vault: Vault, command: Command, seconds: i64) -> (Vault, Reply) {
        apply(vault, command, Moment(NOW.0 + seconds))
    }

    #[test]
    fn asked_twice_is_one_request_with_one_clock() {
        let (vault, _) = run(Vault::default(), ask(1, Right::Access), 0);
        let (vault, _) = run(vault, ask(2, Right::Access), 60);
        assert_eq!(vault.requests.len(), 1, "within a quarter of an hour nothing happens");
        assert_eq!(vault.requests[&id(1)].link(), 1);
        let (vault, _) = run(vault, ask(3, Right::Access), 1_000);
        assert_eq!((vault.requests.len(), vault.requests[&id(1)].link()), (1, 2));
        assert_eq!(vault.requests[&id(1)].received, NOW);
    }

    #[test]
    fn a_link_works_once_and_only_the_last_one() {
        let (vault, _) = run(Vault::default(), ask(1, Right::Access), 0);
        let confirm = |link| Command::ConfirmRight { id: id(1), link };
        let (vault, first) = run(vault, confirm(1), 10);
        assert!(matches!(first, Reply::Right { request: Some(_) }));
        let (vault, again) = run(vault, confirm(1), 11);
        assert_eq!(again, Reply::Right { request: None });
        let (vault, _) = run(vault, ask(2, Right::Access), 1_000);
        let (vault, old) = run(vault, confirm(1), 1_001);
        assert_eq!(old, Reply::Right { request: None });
        let (_, last) = run(vault, confirm(2), 1_002);
        assert!(matches!(last, Reply::Right { request: Some(_) }));
    }

    #[test]
    fn of_a_request_that_nobody_confirms_nothing_is_left() {
        let (vault, _) = run(Vault::default(), ask(1, Right::Access), 0);
        assert_eq!(vault.alarm(), Some(NOW));
        let (mut vault, _) = run(vault, Command::Due, 86_400);
        vault.outbox.clear();
        assert_eq!(vault, Vault::default());
    }

    #[test]
    fn more_time_is_told_with_its_reason_and_moves_the_warnings() {
        let (vault, _) = run(Vault::default(), ask(1, Right::Access), 0);
        let (vault, _) = run(vault, Command::ConfirmRight { id: id(1), link: 1 }, 10);
        let extend = || Command::ExtendRight { id: id(1), reason: "Much to look through.".to_owned() };
        let (vault, reply) = run(vault, extend(), 20);
        assert_eq!(reply, Reply::Extended { is_extended: true });
        assert!(vault.outbox.contains_key(&format!("mail-extended/{}", id(1).as_str())));
        let last = vault.outbox.values().map(|waiting| waiting.due_at).max();
        assert_eq!(last, Some(vault.requests[&id(1)].due().before(Seconds::days(2))));
        assert_eq!(run(vault, extend(), 30).1, Reply::Extended { is_extended: false }, "once");
    }

    #[test]
    fn staff_are_warned_before_the_month_is_over_and_not_after_the_answer() {
        let (vault, _) = run(Vault::default(), ask(1, Right::Access), 0);
        let (vault, _) = run(vault, Command::ConfirmRight { id: id(1), link: 1 }, 10);
        let warnings = |vault: &Vault| vault.outbox.keys().filter(|name| name.starts_with("mail-right-due")).count();
        assert_eq!((warnings(&vault), vault.right_due()), (3, Some(vault.requests[&id(1)].due())));
        let (vault, _) = run(vault, Command::AnswerRight { id: id(1) }, 20);
        assert_eq!((warnings(&vault), vault.right_due()), (0, None));
    }
}
