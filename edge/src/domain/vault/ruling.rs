//! What staff decide about a license, beside what its money says: that it is revoked, or that it lasts longer. The account of
//! the money stays as it was, so a decision that is taken back leaves no trace in what the license is worth.

use serde::{Deserialize, Serialize};

use super::{Vault, kept};
use crate::contract::{Export, Keeping, Place, Stored};
use crate::declare;
use crate::domain::license::{LicenseId, LicenseState, Reason, Status};
use crate::domain::outbox::JobId;
use crate::domain::standing::Standing;
use crate::domain::time::{Moment, Seconds};

/// All extensions of one license together.
pub const DAYS_MAX: u32 = 3_650;

/// What staff decided so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// Since when it is revoked.
    pub revoked_at: Option<Moment>,
    /// Days that were given beyond what was paid.
    pub days: u32,
}

declare! {
    Ruling {
        revoked_at: [PurchaseDetails] for [Deliver];
        days: [PurchaseDetails] for [Deliver];
    }
}

impl Stored for Ruling {
    const KEEPING: Keeping = kept(Place::VaultRuling, Export::Given);
}

/// A decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is revoked.
    Revoke {},
    /// It is not revoked any more.
    Reinstate {},
    /// It lasts so many days longer than its money says, all extensions together: repeating it gives nothing twice.
    Extend {
        /// How many.
        days: u32,
    },
}

impl Vault {
    /// Decides; what the license is worth then.
    pub(super) fn rule(&mut self, license: &LicenseId, decision: Decision, now: Moment) -> Option<LicenseState> {
        self.of(license)?;
        let before = self.rulings.get(license).cloned().unwrap_or_default();
        let ruling = match decision {
            Decision::Revoke {} => Ruling { revoked_at: before.revoked_at.or(Some(now)), ..before.clone() },
            Decision::Reinstate {} => Ruling { revoked_at: None, ..before.clone() },
            Decision::Extend { days } => Ruling { days: days.min(DAYS_MAX), ..before.clone() },
        };
        if ruling != before {
            self.changing(now, |vault| {
                if ruling == Ruling::default() {
                    vault.rulings.remove(license);
                } else {
                    vault.rulings.insert(license.clone(), ruling);
                }
                vault.queue(JobId::Publish { license: license.clone() }, now);
            });
            self.plan_reminders(license, now);
        }
        self.of(license).map(|order| self.state(order))
    }

    /// The standing of a license after what staff decided about it.
    pub(super) fn ruled(&self, license: &LicenseId, standing: Standing) -> Standing {
        let Some(ruling) = self.rulings.get(license) else { return standing };
        let extra = Seconds::days(ruling.days);
        let extended = Standing {
            expires_at: standing.expires_at.map(|end| end.after(extra)),
            grace_until: standing.grace_until.map(|end| end.after(extra)),
            ..standing
        };
        match ruling.revoked_at {
            Some(since) => Standing { status: Status::Revoked, reason: Reason::RevokedByStaff, since, ..extended },
            None => extended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::vault::{Command, Reply, apply};

    const NOW: Moment = Moment(1_790_000_000);

    fn bought() -> Vault {
        let command = r#"{"open":{
            "purchase":{"at":1790000000,"id":{"provider":"stripe","id":"cs_1"},
                "product":"plus","plan":"single","seats":1,"term":"1y","price_drift":false,"policy":"2025-03-31"},
            "settlement":{"paid":{"paid":{"at":1790000000,"payment":{"provider":"stripe","id":"pi_1"}}}},
            "holder":{"as_of":1790000000,"name":"Ada","email":"ada@example.com"},
            "offer":{"id":"lic_00000000000000000000000000000001","key":"0000-0000-0000-0000-0000-0000-0000"}}}"#;
        apply(Vault::default(), serde_json::from_str(command).expect("a command"), NOW).0
    }

    fn rule(vault: Vault, decision: Decision) -> (Vault, LicenseState) {
        let license = LicenseId::parse("lic_00000000000000000000000000000001").expect("an id");
        match apply(vault, Command::Rule { license, decision }, NOW) {
            (vault, Reply::Found { state: Some(state) }) => (vault, state),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_decision_stands_beside_the_money_and_can_be_taken_back() {
        let before = bought();
        let (revoked, state) = rule(before.clone(), Decision::Revoke {});
        assert_eq!((state.standing, state.reason), (Status::Revoked, Reason::RevokedByStaff));
        let (again, _) = rule(revoked.clone(), Decision::Revoke {});
        assert_eq!(again, revoked, "twice is once");
        let (after, state) = rule(revoked, Decision::Reinstate {});
        assert_eq!((state.standing, &after.rulings), (Status::Active, &before.rulings));
    }

    #[test]
    fn extra_days_come_behind_the_paid_term_and_are_not_given_twice() {
        let (vault, state) = rule(bought(), Decision::Extend { days: 0 });
        let paid = state.expires_at.expect("an end");
        let (vault, longer) = rule(vault, Decision::Extend { days: 30 });
        assert_eq!(longer.expires_at, Some(paid.after(Seconds::days(30))));
        let (vault, same) = rule(vault, Decision::Extend { days: 30 });
        assert_eq!(same.expires_at, longer.expires_at);
        assert_eq!(rule(vault, Decision::Extend { days: 0 }).1.expires_at, Some(paid));
    }
}
