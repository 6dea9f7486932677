//! Where licenses are active. A vault has one writer, so a limit of seats is a limit, however many sites ask at once; and
//! a site that is active already never takes a second seat.

use serde::{Deserialize, Serialize};

use super::{Activated, Grant, Named, Order, Owned, Site, Vault, kept};
use crate::contract::{Export, Keeping, Place, Stored};
use crate::declare;
use crate::domain::license::{LicenseId, LicenseState, Status};
use crate::domain::seat::SiteMark;
use crate::domain::time::Moment;
use crate::domain::token::SealedToken;

/// Sites of one license, where the plan sets no limit: whoever has a key cannot fill the store with it.
pub const SITES_MAX: u32 = 5_000;
/// Staging and local sites of one license, which take no seat.
pub const SITES_EXEMPT_MAX: u32 = 100;

/// A site that a license is active on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// The license.
    pub license: LicenseId,
    /// The site, by its mark.
    pub mark: SiteMark,
    /// Its address, where the policy in force let us keep it.
    pub address: Option<String>,
    /// Whether it is free: a staging or local site.
    pub exempt: bool,
    /// Since when.
    pub since: Moment,
    /// When it last told us something new.
    pub seen: Moment,
    /// The plugin version it reported last, possibly empty.
    pub version: String,
    /// The token it got last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SealedToken>,
}

declare! {
    Activation {
        license: [PurchaseDetails] for [Deliver];
        mark: [PurchaseDetails] for [Deliver];
        address: [SiteAddress] for [Deliver] to [Holder] if declared;
        exempt: [PurchaseDetails] for [Deliver];
        since: [PurchaseDetails] for [Deliver];
        seen: [PurchaseDetails] for [Deliver];
        version: [PluginVersion] for [Deliver] to [Holder] if declared;
        token: [PurchaseDetails] for [Deliver];
    }
}

impl Stored for Activation {
    const KEEPING: Keeping = kept(Place::VaultActivation, Export::Given);
}

impl Vault {
    /// The sites that a license is active on.
    pub(super) fn sites_of(&self, license: &LicenseId) -> impl Iterator<Item = &Activation> + use<'_> {
        let license = license.clone();
        // All others may be thousands.
        let from = self.activations.range((license.clone(), SiteMark::FIRST)..);
        from.take_while(move |((of, _), _)| *of == license).map(|(_, site)| site)
    }

    /// Makes a license active on a site, if a seat is free or the site has one.
    pub(super) fn activate(&mut self, license: &Named, site: Site, now: Moment) -> Activated {
        let Some(order) = self.named(license) else { return Activated { grant: Grant::Unknown, state: None } };
        let (id, state) = (order.license.id.clone(), self.state(order));
        let place = (id.clone(), site.mark.clone());
        let known = self.activations.get(&place);
        let grant = if !state.status(now).is_good() {
            Grant::NotGood
        } else if known.is_none_or(|known| known.exempt && !site.exempt) && !has_room(&state, site.exempt) {
            Grant::NoSeats
        } else {
            Grant::Granted
        };
        if grant == Grant::Granted {
            let Site { mark, address, exempt, version, token } = site;
            // What a site says of itself frees no seat that it has taken.
            let exempt = exempt && known.is_none_or(|known| known.exempt);
            let kept = known.cloned();
            let activation = Activation {
                license: id.clone(),
                mark,
                address: address.or_else(|| kept.as_ref()?.address.clone()),
                exempt,
                since: kept.as_ref().map_or(now, |kept| kept.since),
                seen: kept.as_ref().map_or(now, |kept| kept.seen),
                version: kept.as_ref().filter(|_| version.is_empty()).map_or(version, |kept| kept.version.clone()),
                token: newer(kept.as_ref().and_then(|kept| kept.token.clone()), token, now),
            };
            if kept.as_ref() != Some(&activation) {
                let activation = Activation { seen: now, ..activation };
                self.changing(now, |vault| {
                    vault.activations.insert(place, activation);
                });
            }
        }
        Activated { grant, state: self.of(&id).map(|order| self.state(order)) }
    }

    /// Frees the seat of a site. What is not active stays so; an expired license can be moved away, too.
    pub(super) fn deactivate(&mut self, license: &Named, site: &SiteMark, now: Moment) -> Option<LicenseState> {
        let id = self.named(license)?.license.id.clone();
        self.changing(now, |vault| {
            vault.activations.remove(&(id.clone(), site.clone()));
        });
        self.of(&id).map(|order| self.state(order))
    }

    /// Takes note of the version that an active site reports, and of the token it got.
    pub(super) fn see(
        &mut self,
        license: &Named,
        site: &SiteMark,
        version: String,
        token: Option<SealedToken>,
        now: Moment,
    ) {
        let Some(id) = self.named(license).map(|order| order.license.id.clone()) else { return };
        self.changing(now, |vault| {
            let Some(known) = vault.activations.get_mut(&(id.clone(), site.clone())) else { return };
            if !version.is_empty() && known.version != version {
                (known.version, known.seen) = (version, now);
            }
            known.token = newer(known.token.take(), token, now);
        });
    }

    /// All licenses with the sites they are active on, oldest purchase first. One that waits for its money is among them;
    /// one whose money never came is not.
    pub(super) fn owned(&self) -> Vec<Owned> {
        let is_owned = |order: &&Order| {
            let account = self.account(order);
            account.is_granted() || account.standing().status == Status::Pending
        };
        let mut orders: Vec<_> = self.first_orders().filter(is_owned).collect();
        orders.sort_by_key(|order| order.purchase.at);
        let owned = orders.into_iter().map(|order| {
            let mut sites: Vec<_> = self.sites_of(&order.license.id).cloned().collect();
            sites.sort_by_key(|site| site.since);
            Owned {
                license: order.license.clone(),
                state: self.state(order),
                bought: order.purchase.at,
                provider: order.purchase.id.provider,
                subscribed: order.purchase.subscription.is_some(),
                sites,
                customer: order.purchase.customer.clone(),
            }
        });
        owned.collect()
    }
}

/// The token to keep. Until a view is published again each question brings a new one; the first of them stays.
fn newer(kept: Option<SealedToken>, given: Option<SealedToken>, now: Moment) -> Option<SealedToken> {
    match (kept, given) {
        (Some(kept), Some(given)) if !kept.is_fresh(given.status, now) => Some(given),
        (kept, given) => kept.or(given),
    }
}

fn has_room(state: &LicenseState, exempt: bool) -> bool {
    if exempt {
        state.sites_exempt < SITES_EXEMPT_MAX
    } else {
        state.seats_left().unwrap_or_else(|| SITES_MAX.saturating_sub(state.seats_used)) > 0
    }
}
