//! What staff see of a person: whose vault it is, what was bought and what it is worth, their tickets, and what is still to be
//! told.

use serde::{Deserialize, Serialize};

use super::ruling::Ruling;
use super::{Holder, Owned, Vault};
use crate::domain::license::LicenseId;
use crate::domain::outbox::Waiting;
use crate::domain::payment::Purchase;
use crate::domain::rights::{Request, RequestId};
use crate::domain::ticket::{Ticket, TicketNumber};

/// What staff see of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// Whose vault it is; none where nothing was bought.
    pub holder: Option<Holder>,
    /// Their licenses.
    pub licenses: Vec<Owned>,
    /// What staff decided about them.
    pub rulings: Vec<(LicenseId, Ruling)>,
    /// Their purchases, the oldest first.
    pub purchases: Vec<Purchase>,
    /// Their tickets, the newest first.
    pub tickets: Vec<(TicketNumber, Ticket)>,
    /// Their privacy requests that were confirmed.
    pub requests: Vec<(RequestId, Request)>,
    /// What is still to be told.
    pub outbox: Vec<Waiting>,
}

impl Vault {
    pub(super) fn survey(&self) -> Survey {
        let mut purchases: Vec<Purchase> = self.orders.values().map(|order| order.purchase.clone()).collect();
        purchases.sort_by_key(|purchase| purchase.at);
        let mut tickets: Vec<_> =
            self.tickets.iter().map(|(number, ticket)| (number.clone(), ticket.clone())).collect();
        tickets.sort_by_key(|(_, ticket)| std::cmp::Reverse(ticket.opened_at));
        Survey {
            holder: self.holder.clone(),
            licenses: self.owned(),
            rulings: self.rulings.iter().map(|(license, ruling)| (license.clone(), ruling.clone())).collect(),
            purchases,
            tickets,
            requests: self
                .requests
                .iter()
                .filter(|(_, request)| request.confirmed.is_some())
                .map(|(id, request)| (id.clone(), request.clone()))
                .collect(),
            outbox: self.outbox.values().cloned().collect(),
        }
    }
}
