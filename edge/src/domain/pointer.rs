//! A pointer answers "whose is it?" for one reference, strongly. The first claim wins and stays, until whoever it is changes their
//! address.

use serde::{Deserialize, Serialize};

use super::id::Subject;
use crate::contract::{Context, Erasure, Export, Keeping, Place, Retention, Stored};
use crate::declare;

/// What a pointer holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The vault it points to.
    pub subject: Subject,
}

declare! {
    Owner { subject: [PurchaseDetails] for [Deliver]; }
}

impl Stored for Owner {
    const KEEPING: Keeping = Keeping {
        place: Place::Pointer,
        context: Context::Purchase,
        retention: Retention::OF_ORDERS,
        erasure: Erasure::Delete,
        export: Export::Withheld { why: "a keyed hash that leads to the order" },
    };
}

/// What a pointer can be asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Point to this vault unless it already points to one.
    Claim {
        /// The vault.
        subject: Subject,
    },
    /// Point to another vault, if it points to this one or to none.
    Hand {
        /// The vault that what it stands for was in.
        from: Subject,
        /// The vault that it is in now.
        to: Subject,
    },
    /// Point nowhere, if it points to this vault: what it stands for is gone.
    Release {
        /// The vault.
        from: Subject,
    },
    /// Say where it points.
    Resolve,
}

/// A pointer after a command; the answer is the same: where it points now.
pub fn apply(owner: Option<Subject>, command: Command) -> Option<Subject> {
    match (owner, command) {
        (None, Command::Claim { subject }) => Some(subject),
        (owner, Command::Hand { from, to }) if owner.as_ref().is_none_or(|owner| *owner == from) => Some(to),
        (Some(owner), Command::Release { from }) if owner == from => None,
        (owner, _) => owner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{Email, Secret};

    #[test]
    fn the_first_claim_wins() {
        let subject = |email: &str| {
            Subject::of(&Secret::new("pepper").expect("not empty"), &Email::parse(email).expect("an address"))
        };
        let claim = |email: &str| Command::Claim { subject: subject(email) };
        let owner = apply(None, claim("a@example.com"));
        assert_eq!(owner, Some(subject("a@example.com")));
        assert_eq!(apply(owner.clone(), claim("b@example.com")), owner);
        assert_eq!(apply(owner.clone(), Command::Resolve), owner);
        assert_eq!(apply(None, Command::Resolve), None);
        let hand = |from: &str, to: &str| Command::Hand { from: subject(from), to: subject(to) };
        let handed = apply(owner.clone(), hand("a@example.com", "c@example.com"));
        assert_eq!(handed, Some(subject("c@example.com")));
        assert_eq!(apply(handed.clone(), hand("a@example.com", "c@example.com")), handed, "twice is once");
        assert_eq!(apply(owner.clone(), hand("b@example.com", "c@example.com")), owner, "by nobody else");
        let release = |email: &str| Command::Release { from: subject(email) };
        assert_eq!(apply(owner.clone(), release("b@example.com")), owner);
        assert_eq!(apply(owner, release("a@example.com")), None);
        assert_eq!(apply(None, hand("a@example.com", "c@example.com")), Some(subject("c@example.com")));
    }
}
