//! A pointer answers "whose is it?" for one reference, strongly. The first claim wins and stays.

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
        retention: Retention::UntilErased,
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
    /// Say where it points.
    Resolve,
}

/// A pointer after a command; the answer is the same: where it points now.
pub fn apply(owner: Option<Subject>, command: Command) -> Option<Subject> {
    match (owner, command) {
        (None, Command::Claim { subject }) => Some(subject),
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
    }
}
