//! A ticket in the inbox: where it stands and who has it. What was written stays in the vault.

use serde::{Deserialize, Serialize};

use crate::contract::{Context, Ending, Erasure, Export, Keeping, Period, Place, Retention, Stored, Unit};
use crate::declare;
use crate::domain::id::Subject;
use crate::domain::staff::StaffId;
use crate::domain::ticket::{Ticket, TicketNumber, TicketState, Topic};
use crate::domain::time::Moment;

/// Tickets lie behind this.
pub const PREFIX: &str = "~ticket/";

/// A ticket in the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The vault that has it.
    pub subject: Subject,
    /// Its number.
    pub number: TicketNumber,
    /// Where it stands.
    pub state: TicketState,
    /// Since when.
    pub since: Moment,
    /// What it is about.
    pub topic: Topic,
    /// Who of the staff has it.
    pub assignee: Option<StaffId>,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it was last written in.
    pub written_at: Moment,
}

declare! {
    Listing {
        subject: [RequestContent] for [Support];
        number: [RequestContent] for [Support];
        state: [RequestContent] for [Support];
        since: [RequestContent] for [Support];
        topic: [RequestContent] for [Support];
        assignee: [RequestContent] for [Support];
        tags: [RequestContent] for [Support];
        written_at: [RequestContent] for [Support];
    }
}

impl Stored for Listing {
    const KEEPING: Keeping = Keeping {
        place: Place::DeskListing,
        context: Context::Ticket,
        retention: Retention::After { what: Ending::Ticket, period: Period { count: 2, unit: Unit::Years } },
        erasure: Erasure::Delete,
        export: Export::Withheld { why: "a summary of the ticket" },
    };
}

impl Listing {
    /// Of a ticket that was last written in then.
    pub fn of(subject: Subject, number: TicketNumber, ticket: &Ticket, written_at: Moment) -> Self {
        Self {
            subject,
            number,
            state: ticket.state,
            since: ticket.since,
            topic: ticket.topic,
            assignee: ticket.assignee.clone(),
            tags: ticket.tags.clone(),
            written_at,
        }
    }

    /// The key of its row.
    pub fn key(number: &TicketNumber) -> String {
        format!("{PREFIX}{}", number.as_str())
    }
}
