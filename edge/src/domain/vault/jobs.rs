//! The outbox of a vault: what is queued, handed out and settled, and which mails a person gets.

use sha2::{Digest, Sha256};

use super::{Order, Revision, Told, Vault};
use crate::domain::desk::Entry;
use crate::domain::id::{Email, hex};
use crate::domain::license::{LicenseId, LicenseKey, LicenseState, Status};
use crate::domain::mail::{Letter, Says};
use crate::domain::notice::Notice;
use crate::domain::outbox::{JOBS_PER_RUN_MAX, Job, JobId, Try, Waiting, Work};
use crate::domain::payment::{PurchaseId, Settlement, SubscriptionId};
use crate::domain::ticket::{TicketNumber, TicketState};
use crate::domain::time::{Moment, Seconds};

/// Days before its end at which the holder of a license is reminded.
const REMINDERS: [u32; 2] = [30, 7];
/// Whoever asks for their licenses again and again gets one mail in this time.
const RESEND_PAUSE: Seconds = Seconds(600);

impl Vault {
    /// The earliest moment at which a job is due, or time changes something.
    pub fn alarm(&self) -> Option<Moment> {
        let jobs = self.open_jobs().map(|waiting| waiting.due_at).min();
        if self.is_closed() {
            return jobs;
        }
        let changes = [self.next_ticket_change(), self.next_request_change(), self.next_ending()];
        jobs.into_iter().chain(changes.into_iter().flatten()).min()
    }

    /// Jobs that may be done: all, or while the vault goes to another address, that alone.
    fn open_jobs(&self) -> impl Iterator<Item = &Waiting> {
        let is_closed = self.is_closed();
        self.outbox.values().filter(move |waiting| !is_closed || matches!(waiting.id, JobId::Relocate { .. }))
    }

    /// Does what time has done.
    pub(super) fn age(&mut self, now: Moment) {
        if !self.is_closed() {
            self.age_tickets(now);
            self.age_requests(now);
            self.age_orders(now);
            self.forget_given_up(now);
        }
    }

    pub(super) fn queue(&mut self, id: JobId, now: Moment) {
        self.outbox.insert(id.name(), Waiting::new(id, self.revision.number, now));
    }

    /// Hands out what is due. The work shows the vault as it is now, whichever change queued it.
    pub(super) fn due(&self, now: Moment) -> Vec<Job> {
        let due = self.open_jobs().filter(|waiting| waiting.due_at <= now && waiting.given_up.is_none());
        let jobs = due.map(|waiting| Job {
            id: waiting.id.clone(),
            revision: waiting.revision,
            work: self.work(waiting, now).unwrap_or(Work::Nothing {}),
        });
        jobs.take(JOBS_PER_RUN_MAX).collect()
    }

    pub(super) fn settle(&mut self, job: &JobId, revision: u64, ended: Try, now: Moment) {
        let name = job.name();
        let Some(waiting) = self.outbox.get(&name).cloned() else { return };
        let was_gone = self.is_gone();
        let left = match ended {
            Try::Delivered => waiting.delivered(revision, now),
            // It changed while it was tried; whether that is refused, too, is not known.
            Try::Refused if waiting.revision == revision => Some(waiting.refused(now)),
            Try::Failed | Try::Refused => Some(waiting.failed(now)),
        };
        match left {
            // The desk is to know.
            Some(left) if left.given_up.is_some() => {
                self.changing(now, |vault| _ = vault.outbox.insert(name.clone(), left));
            }
            Some(left) => _ = self.outbox.insert(name.clone(), left),
            None => _ = self.outbox.remove(&name),
        }
        if self.is_gone() && self.revision.number > 0 {
            self.forget_count(was_gone && *job == JobId::Register {} && !self.outbox.contains_key(&name), now);
        }
    }

    /// Of a vault with nothing in it the count of changes goes, too, once the desk knows.
    fn forget_count(&mut self, is_known: bool, now: Moment) {
        if is_known {
            self.revision = Revision::default();
        } else if !self.outbox.contains_key(&JobId::Register {}.name()) {
            self.revision = Revision { number: self.revision.number + 1, at: now };
            self.queue(JobId::Register {}, now);
        }
    }

    /// Has a mail tried again that was given up.
    pub(super) fn retry(&mut self, name: &str, now: Moment) {
        if let Some(waiting) = self.outbox.get(name).filter(|waiting| waiting.given_up.is_some()).cloned() {
            self.changing(now, |vault| _ = vault.outbox.insert(name.to_owned(), waiting.retried(now)));
        }
    }

    /// Forgets mails that were given up long ago.
    pub(super) fn forget_given_up(&mut self, now: Moment) {
        let is_over = |waiting: &Waiting| waiting.given_up.is_some() && waiting.due_at <= now;
        if self.outbox.values().any(is_over) {
            self.changing(now, |vault| vault.outbox.retain(|_, waiting| !is_over(waiting)));
        }
    }

    /// Queues the reminders of a license for their days, and takes back those whose day is no longer theirs.
    pub(super) fn plan_reminders(&mut self, license: &LicenseId, now: Moment) {
        let Some(state) = self.of(license).map(|order| self.state(order)) else { return };
        for days in REMINDERS {
            let id = JobId::MailReminder { license: license.clone(), days };
            let day = state
                .expires_at
                .filter(|_| state.standing == Status::Active)
                .map(|end| end.before(Seconds::days(days)));
            let is_ahead = |day: &Moment| *day > now;
            if let Some(day) = day.filter(is_ahead) {
                self.queue(id, day);
            } else if self.outbox.get(&id.name()).is_some_and(|waiting| is_ahead(&waiting.due_at)) {
                self.outbox.remove(&id.name());
            }
        }
    }

    /// Queues a mail with all licenses, unless there are none or one went out a moment ago.
    pub(super) fn resend(&mut self, now: Moment) {
        let is_soon = self.resent.is_some_and(|told| now < told.at.after(RESEND_PAUSE));
        if !self.granted().is_empty() && !is_soon {
            self.changing(now, |vault| {
                vault.resent = Some(Told { at: now });
                vault.queue(JobId::MailKeys {}, now);
            });
        }
    }

    /// Queues a notice for whoever it concerns, once; whether they are told, now or before.
    pub(super) fn notify(&mut self, notice: Notice, now: Moment) -> bool {
        let id = notice.id();
        if self.notices.contains_key(&id) {
            return true;
        }
        let concerns = |state: &LicenseState| {
            matches!(state.standing, Status::Active | Status::Suspended)
                && notice.product().is_none_or(|product| product == state.product)
        };
        let is_concerned = self.first_orders().any(|order| concerns(&self.state(order)));
        if is_concerned {
            self.changing(now, |vault| {
                vault.notices.insert(id, Told { at: now });
                vault.queue(JobId::MailNotice { notice }, now);
            });
        }
        is_concerned
    }

    /// What a job does; none when what it was for is no longer so.
    fn work(&self, waiting: &Waiting, now: Moment) -> Option<Work> {
        match &waiting.id {
            JobId::Publish { license } => {
                let order = self.of(license).filter(|order| !order.license.key.is_of_none())?;
                Some(Work::Publish { key: order.license.key.clone(), state: self.state(order) })
            }
            JobId::DropFile { file } => Some(Work::DropFile { file: file.clone() }),
            JobId::Expire { license } => self.expiry(license, now),
            JobId::Release { ticket } => {
                Some(Work::Release { ticket: ticket.clone() }).filter(|_| !self.tickets.contains_key(ticket))
            }
            JobId::Withdraw { key } => Some(Work::Withdraw { key: key.clone() }),
            JobId::Erase { request } => {
                let ordered = self.requests.get(request).filter(|ordered| ordered.end_licenses.is_some())?;
                Some(Work::Erase { id: request.clone(), request: Box::new(ordered.clone()) })
            }
            JobId::Relocate { request } => self.relocation(request),
            JobId::Register {} => Some(Work::Register { entry: self.entry(), tickets: self.filed() }),
            mail => {
                let mut letter = self.letter(mail, now)?;
                if waiting.again > 0 {
                    letter.id = format!("{}/again-{}", letter.id, waiting.again);
                }
                Some(Work::Mail { letter })
            }
        }
    }

    pub(super) fn entry(&self) -> Entry {
        Entry {
            revision: self.revision.number,
            changed_at: self.revision.at,
            licenses: u32::try_from(self.granted().len()).unwrap_or(u32::MAX),
            price_drift: self.orders.values().any(|order| order.purchase.price_drift),
            tickets: self.tickets.keys().cloned().collect(),
            given_up: u32::try_from(self.outbox.values().filter(|waiting| waiting.given_up.is_some()).count())
                .unwrap_or(u32::MAX),
            right_due: self.right_due(),
            is_gone: self.is_gone(),
        }
    }

    fn letter(&self, id: &JobId, now: Moment) -> Option<Letter> {
        let (key, says) = match id {
            JobId::MailLicense { license } => {
                let (key, state) = self.shown(self.of(license)?);
                (format!("license/{}", license.as_str()), Says::License { key, state })
            }
            JobId::MailRenewed { purchase } => {
                let order = self.of(&self.orders.get(purchase)?.license.id)?;
                (mail_id("renewed", purchase), Says::Renewed { state: self.state(order) })
            }
            JobId::MailFailed { purchase } => {
                let is_failed = matches!(self.settlements.get(purchase), Some(Settlement::Failed { .. }));
                let order = self.orders.get(purchase).filter(|_| is_failed)?;
                let (product, plan) = (order.purchase.product.clone(), order.purchase.plan.clone());
                (mail_id("failed", purchase), Says::Failed { product, plan })
            }
            JobId::MailUnpaid { subscription, invoice } => {
                let state = self.unpaid(subscription, invoice)?;
                (format!("unpaid/{}/{invoice}", subscription.provider.as_str()), Says::Unpaid { state })
            }
            JobId::MailKeys {} => {
                let granted = self.first_orders().filter(|order| self.account(order).is_granted());
                let licenses = granted.map(|order| self.shown(order)).collect();
                (format!("keys/{}/{}", self.first_license()?, self.resent?.at.0), Says::Keys { licenses })
            }
            JobId::MailReminder { license, days } => {
                let state = self.state(self.of(license)?);
                let end = state.expires_at.filter(|end| *end > now && state.status(now) == Status::Active)?;
                (format!("reminder/{}/{days}/{}", license.as_str(), end.0), Says::Reminder { state })
            }
            JobId::MailNotice { notice } => {
                (format!("notice/{}/{}", self.first_license()?, notice.id()), Says::Notice { notice: notice.clone() })
            }

            JobId::MailTicket { ticket } => return self.ticket_letter(ticket, None),
            JobId::MailAnswer { ticket, message } => return self.ticket_letter(ticket, Some(*message)),
            JobId::MailStaff { ticket, message } => return self.staff_letter(ticket, *message),
            JobId::MailRight { request } => return self.right_letter(request),
            JobId::MailRightDue { request, days } => return self.right_due_letter(request, *days),

            JobId::MailExtended { request } => return self.extended_letter(request),
            JobId::MailErased { request } => return self.erased_letter(request),
            JobId::MailProof { request } => return self.proof_letter(request),
            JobId::MailCame { request } => return self.came_letter(request),
            JobId::MailLeft { request } => return self.left_letter(request),
            JobId::Publish { .. }
            | JobId::Withdraw { .. }
            | JobId::Erase { .. }
            | JobId::Relocate { .. }
            | JobId::Expire { .. }
            | JobId::Release { .. }
            | JobId::DropFile { .. }
            | JobId::Register {} => return None,
        };
        let holder = self.holder.as_ref()?;
        let (to, name): (Email, String) = (holder.email.clone(), holder.name.clone());
        Some(Letter { id: key, to, name, says })
    }

    /// A mail about a ticket; with the answer that it brings, or to say that it was opened.
    fn ticket_letter(&self, number: &TicketNumber, message: Option<u32>) -> Option<Letter> {
        let ticket = self.tickets.get(number).filter(|ticket| ticket.state != TicketState::Spam)?;
        let text = message.map(|message| self.messages.get(&(number.clone(), message)));
        let (subject, access) = (ticket.subject.clone(), ticket.access);
        let says = match text {
            None => Says::Ticket { number: number.clone(), access },
            Some(answer) => Says::Answer { number: number.clone(), access, subject, text: answer?.text.clone() },
        };
        let id = match message {
            Some(message) => format!("ticket/{}/{message}", number.as_str()),
            // Another link is another mail.
            None => format!("ticket/{}/link-{access}", number.as_str()),
        };
        // Whoever opened it may be nobody yet who proved that the address is theirs, so it is not called by a name.
        let name = if message.is_some() { ticket.name.clone() } else { String::new() };
        Some(Letter { id, to: ticket.email.clone(), name, says })
    }

    /// What somebody wrote, for staff. To whom it goes is not for the vault to know.
    fn staff_letter(&self, number: &TicketNumber, message: u32) -> Option<Letter> {
        let ticket = self.tickets.get(number).filter(|ticket| ticket.state != TicketState::Spam)?;
        let message_ = self.messages.get(&(number.clone(), message))?;
        let text = match &message_.from {
            Some(from) => format!("(By mail from another address: {})\n\n{}", from.as_str(), message_.text),
            None => message_.text.clone(),
        };
        let says =
            Says::ForStaff { number: number.clone(), access: ticket.access, ticket: Box::new(ticket.clone()), text };
        let id = format!("staff/{}/{message}", number.as_str());
        Some(Letter { id, to: ticket.email.clone(), name: String::new(), says })
    }

    /// What tells this vault from others in the key of a mail: a mail that says the same to many is many mails.
    fn first_license(&self) -> Option<&str> {
        self.first_orders().next().map(|order| order.license.id.as_str())
    }

    fn shown(&self, order: &Order) -> (LicenseKey, LicenseState) {
        (order.license.key.clone(), self.state(order))
    }

    /// The license of a subscription whose invoice is still not paid. Where nothing was ever paid there is nothing to renew:
    /// that its first payment failed is told by another mail.
    fn unpaid(&self, subscription: &SubscriptionId, invoice: &str) -> Option<LicenseState> {
        let known = self.subscriptions.get(subscription)?;
        let order = self.first_orders().find(|order| order.purchase.subscription.as_ref() == Some(subscription))?;
        let is_due = !known.paid.contains_key(invoice) && known.renews() && self.account(order).is_granted();
        is_due.then(|| self.state(order))
    }
}

/// The idempotency key of a mail about a purchase. A session's id opens its success page, so the mail service does not get
/// to see it.
fn mail_id(about: &str, purchase: &PurchaseId) -> String {
    let digest = Sha256::digest(purchase.id.as_bytes());
    format!("{about}/{}/{}", purchase.provider.as_str(), hex(digest.get(..16).unwrap_or(&digest)))
}
