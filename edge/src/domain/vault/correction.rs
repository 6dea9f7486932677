//! Corrections: what somebody may put right by themselves once their mailbox is proven. A name is replaced wherever it stands; an
//! address is changed only after the new mailbox is proven, too. What was written in a ticket stays, with the correction behind it.

use serde::{Deserialize, Serialize};

use super::Vault;
use crate::contract::Right;
use crate::domain::id::Email;
use crate::domain::mail::{Letter, Says};
use crate::domain::outbox::JobId;
use crate::domain::rights::{AddressChange, Request, RequestId, Stage, may_mail};
use crate::domain::time::Moment;

/// What is to be put right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// The name.
    Name {
        /// One line.
        name: String,
    },
    /// The address.
    Address {
        /// The new one.
        email: Email,
    },
}

impl Vault {
    /// The request of a correction that was confirmed.
    pub(super) fn correction(&self, id: &RequestId) -> Option<&Request> {
        self.requests.get(id).filter(|request| request.right == Right::Correct && request.confirmed.is_some())
    }

    /// Puts something right. The request, where it lets that be done.
    pub(super) fn correct(&mut self, id: &RequestId, correction: Correction, now: Moment) -> Option<Request> {
        self.correction(id).filter(|request| request.change.as_ref().is_none_or(AddressChange::is_undecided))?;
        match correction {
            Correction::Name { name } => self.rename(id, &name, now),
            Correction::Address { email } => self.ask_address(id, email, now),
        }
        self.requests.get(id).cloned()
    }

    fn rename(&mut self, id: &RequestId, name: &str, now: Moment) {
        let customers = self.customers();
        self.changing(now, |vault| {
            if let Some(holder) = &mut vault.holder {
                // What a report from before this says no longer counts.
                (holder.name, holder.as_of) = (name.to_owned(), now);
            }
            vault.tickets.values_mut().for_each(|ticket| name.clone_into(&mut ticket.name));
            vault.left_to_the_processor(id, customers, now);
        });
        self.finish(id, now);
    }

    /// Whoever passes our data on has to be told what was put right (GDPR Art. 19).
    pub(super) fn left_to_the_processor(&mut self, id: &RequestId, customers: Vec<String>, now: Moment) {
        let Some(request) = self.requests.get_mut(id) else { return };
        if !customers.is_empty() {
            request.answered = None;
            self.plan_warnings(id, now);
        }
        if let Some(request) = self.requests.get_mut(id) {
            request.at_processor = customers;
        }
    }

    /// Has a link mailed to a new address. Nobody is mailed more often than by requests.
    fn ask_address(&mut self, id: &RequestId, email: Email, now: Moment) {
        let mailed = |request: &Request| request.change.iter().flat_map(|change| change.mailed.clone()).collect();
        let all: Vec<Moment> = self.requests.values().flat_map(|request| -> Vec<Moment> { mailed(request) }).collect();
        if !may_mail(all.into_iter(), now) {
            return;
        }
        self.changing(now, |vault| {
            let Some(request) = vault.requests.get_mut(id) else { return };
            let mut mailed = mailed(request);
            mailed.push(now);
            request.change = Some(AddressChange { email, mailed, stage: Stage::Asked {} });
            vault.queue(JobId::MailProof { request: id.clone() }, now);
        });
    }

    /// The link by which a new mailbox is proven.
    pub(super) fn proof_letter(&self, id: &RequestId) -> Option<Letter> {
        let change = self.requests.get(id)?.change.as_ref().filter(|change| change.stage == Stage::Asked {})?;
        let says = Says::Proof { request: id.clone(), link: change.link() };
        let key = format!("proof/{}/{}", id.as_str(), change.link());
        Some(Letter { id: key, to: change.email.clone(), name: String::new(), says })
    }
}
