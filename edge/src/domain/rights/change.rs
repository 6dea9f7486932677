//! A change of address: whoever reads mail at the old one asks, whoever reads it at the new one agrees, and then all that the
//! vault holds goes to the vault of the new address. While it goes the vault is closed, so nothing is written that stays behind.

use serde::{Deserialize, Serialize};

use super::LINK_LIFE;
use crate::declare;
use crate::domain::id::{Email, Subject};
use crate::domain::time::Moment;

/// A change of address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressChange {
    /// The new address as it was typed.
    pub email: Email,
    /// When each link was mailed to it.
    pub mailed: Vec<Moment>,
    /// How far it has come.
    pub stage: Stage,
}

/// How far a change of address has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The new mailbox is still to be proven.
    Asked {},
    /// It was; all that is here is on its way.
    Proven {},
    /// It was, and the other vault could not take it.
    Refused {},
    /// It is there now.
    Left {
        /// Where.
        to: Subject,
    },
    /// It is here now.
    Came {
        /// From where.
        from: Subject,
        /// When it came.
        at: Moment,
    },
    /// It was the same address in other letters, and is written so now.
    Respelled {},
}

declare! {
    AddressChange {
        email: [Email] for [Rights] to [Mail] if declared;
        mailed: [RightsRequest] for [Rights] if declared;
        stage: Stage;
    }
}

declare! {
    enum Stage {
        Asked {}
        Proven {}
        Refused {}
        Left { to: [RightsRequest] for [Rights] if declared; }
        Came {
            from: [RightsRequest] for [Rights] if declared;
            at: [RightsRequest] for [Rights] if declared;
        }
        Respelled {}
    }
}

impl AddressChange {
    /// The number of its last link. No two links of a request have one number, whichever address they went to.
    pub fn link(&self) -> u32 {
        u32::try_from(self.mailed.len()).unwrap_or(u32::MAX)
    }

    /// Whether this link proves the new mailbox now. The last one does, for a day, once.
    pub fn is_proven_by(&self, link: u32, now: Moment) -> bool {
        let is_fresh = self.mailed.last().is_some_and(|mailed| now < mailed.after(LINK_LIFE));
        link == self.link() && is_fresh && self.stage == Stage::Asked {}
    }

    /// Whether another address can still be named.
    pub fn is_undecided(&self) -> bool {
        matches!(self.stage, Stage::Asked {} | Stage::Refused {} | Stage::Respelled {})
    }

    /// Whether all went to another vault, or came from one: the request is over then, but for what the processor has to do.
    pub fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Left { .. } | Stage::Came { .. })
    }
}
