//! A license as its vault knows it, without its key and without its holder: what a view may hold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::LicenseId;
use crate::contract::{Context, Datum, Erasure, Export, Keeping, Period, Place, Retention, Stored};
use crate::declare;
use crate::domain::outbox::VIEW_DAYS;
use crate::domain::seat::SiteMark;
use crate::domain::time::Moment;
use crate::domain::token::SealedToken;

/// Sites that a view lists; of a license with more, the vault is asked.
pub const SITES_LISTED_MAX: usize = 500;

/// A view with more sites lists them without their tokens: reading so long a view would cost more than a signature.
pub const SITES_WITH_TOKEN_MAX: usize = 50;

/// What a license is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Paid and within its term.
    Active,
    /// The money is still to come.
    Pending,
    /// Its term is over, and the processor still tries to collect the renewal.
    Grace,
    /// Its term is over.
    Expired,
    /// A dispute is open.
    Suspended,
    /// The whole payment went back to the buyer.
    Refunded,
    /// A dispute was lost, or the money never came.
    Revoked,
}

impl Status {
    /// The word used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Grace => "grace",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
            Self::Refunded => "refunded",
            Self::Revoked => "revoked",
        }
    }

    /// Whether the plugin is to work, with updates.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Active | Self::Grace)
    }
}

/// Why a license is worth what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It was paid.
    Paid,
    /// The money is still to come.
    AwaitingPayment,
    /// The money never came.
    PaymentFailed,
    /// Its term is over.
    TermEnded,
    /// Its renewal is not paid yet.
    RenewalDue,
    /// A dispute is open.
    DisputeOpen,
    /// A dispute was lost.
    DisputeLost,
    /// The whole payment went back.
    Refunded,
    /// Staff revoked it.
    RevokedByStaff,
}

impl Reason {
    /// The word used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::AwaitingPayment => "awaiting_payment",
            Self::PaymentFailed => "payment_failed",
            Self::TermEnded => "term_ended",
            Self::RenewalDue => "renewal_due",
            Self::DisputeOpen => "dispute_open",
            Self::DisputeLost => "dispute_lost",
            Self::Refunded => "refunded",
            Self::RevokedByStaff => "revoked_by_staff",
        }
    }
}

/// What a license is worth at one moment, why, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worth {
    /// What.
    pub status: Status,
    /// Why.
    pub reason: Reason,
    /// Since when.
    pub since: Moment,
}

/// A license as its vault knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseState {
    /// Its id.
    pub id: LicenseId,
    /// Id of the product it is for.
    pub product: String,
    /// Id of the plan it was bought as.
    pub plan: String,
    /// What it is worth, its term aside.
    pub standing: Status,
    /// Why.
    pub reason: Reason,
    /// Since when.
    pub since: Moment,
    /// End of its term; `None` never ends.
    pub expires_at: Option<Moment>,
    /// Until when it stays good after its term, while the renewal is being collected.
    pub grace_until: Option<Moment>,
    /// Whether it renews by itself.
    pub renews: bool,
    /// Sites that may be active at once; 0 means unlimited.
    pub seats: u32,
    /// Sites that are active and count.
    pub seats_used: u32,
    /// Sites that are active and do not count.
    pub sites_exempt: u32,
    /// Active sites, at most [`SITES_LISTED_MAX`] of them. A site is named by its mark, which says nothing to whoever does
    /// not know the address already.
    pub sites: BTreeMap<SiteMark, ListedSite>,
}

/// What is known of an active site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedSite {
    /// The plugin version it reported last, possibly empty.
    pub version: String,
    /// Its token; none where there are more than [`SITES_WITH_TOKEN_MAX`] sites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SealedToken>,
}

impl Datum for ListedSite {}

declare! {
    LicenseState {
        id: [PurchaseDetails] for [Deliver];
        product: [PurchaseDetails] for [Deliver];
        plan: [PurchaseDetails] for [Deliver];
        standing: [PurchaseDetails] for [Deliver];
        reason: [PurchaseDetails] for [Deliver];
        since: [PurchaseDetails] for [Deliver];
        expires_at: [PurchaseDetails] for [Deliver];
        grace_until: [PurchaseDetails] for [Deliver];
        renews: [PurchaseDetails] for [Deliver];
        seats: [PurchaseDetails] for [Deliver];
        seats_used: [PurchaseDetails] for [Deliver];
        sites_exempt: [PurchaseDetails] for [Deliver];
        sites: [PurchaseDetails, PluginVersion] for [Deliver];
    }
}

impl Stored for LicenseState {
    const KEEPING: Keeping = Keeping {
        place: Place::LicenseView,
        context: Context::Purchase,
        retention: Retention::For { period: Period::days(VIEW_DAYS) },
        erasure: Erasure::Delete,
        export: Export::Withheld { why: "a copy of what the order says" },
    };
}

impl Datum for Status {}
impl Datum for Reason {}

impl LicenseState {
    /// What it is worth at `now`: a license that stands ends with its term, or with the grace after it.
    pub fn worth(&self, now: Moment) -> Worth {
        let (standing, reason, since) = (self.standing, self.reason, self.since);
        match (standing, self.expires_at) {
            (Status::Active, Some(end)) if end <= now => {
                let is_grace = self.grace_until.is_some_and(|grace| grace > now);
                let (status, reason) =
                    if is_grace { (Status::Grace, Reason::RenewalDue) } else { (Status::Expired, Reason::TermEnded) };
                Worth { status, reason, since: end }
            }
            _ => Worth { status: standing, reason, since },
        }
    }

    /// What it is worth at `now`, in a word.
    pub fn status(&self, now: Moment) -> Status {
        self.worth(now).status
    }

    /// Whether all active sites are listed.
    pub fn lists_all_sites(&self) -> bool {
        self.sites.len() < SITES_LISTED_MAX
    }

    /// Whether the tokens of its sites are kept.
    pub fn keeps_tokens(&self) -> bool {
        self.sites.len() <= SITES_WITH_TOKEN_MAX
    }

    /// Seats that are free; none when there is no limit. A plan that was made smaller keeps its sites.
    pub fn seats_left(&self) -> Option<u32> {
        (self.seats > 0).then(|| self.seats.saturating_sub(self.seats_used))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_license_ends_with_its_term_or_with_the_grace_after_it() {
        let state = |standing, expires_at: Option<i64>, grace_until: i64| LicenseState {
            id: LicenseId::parse("lic_00000000000000000000000000000000").expect("an id"),
            product: "plus".to_owned(),
            plan: "single".to_owned(),
            standing,
            reason: Reason::Paid,
            since: Moment(1),
            expires_at: expires_at.map(Moment),
            grace_until: (grace_until > 0).then_some(Moment(grace_until)),
            renews: false,
            seats: 1,
            seats_used: 0,
            sites_exempt: 0,
            sites: BTreeMap::new(),
        };
        for (expires_at, grace_until, now, expected, since) in [
            (None, 0, 1_000, Status::Active, 1),
            (Some(100), 0, 99, Status::Active, 1),
            (Some(100), 0, 100, Status::Expired, 100),
            (Some(100), 200, 100, Status::Grace, 100),
            (Some(100), 200, 199, Status::Grace, 100),
            (Some(100), 200, 200, Status::Expired, 100),
        ] {
            let worth = state(Status::Active, expires_at, grace_until).worth(Moment(now));
            assert_eq!((worth.status, worth.since), (expected, Moment(since)), "{expires_at:?} {grace_until} at {now}");
        }
        assert_eq!(state(Status::Refunded, Some(100), 200).status(Moment(150)), Status::Refunded);
    }
}
