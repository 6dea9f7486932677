//! From a report of a purchase to a license. The webhook and the success page both come here, possibly at once and
//! repeatedly; every step is idempotent and none is skipped, so whoever comes last finishes what an earlier one began.

use crate::app::App;
use crate::contract::{Category, Context};
use crate::domain::fact::Origin;
use crate::domain::id::{Reference, Subject};
use crate::domain::license::{LicenseId, LicenseKey, LicenseState};
use crate::domain::payment::{Purchase, Settlement};
use crate::domain::time::Moment;
use crate::domain::vault::{Command, Holder, Issued, Reply};
use crate::failure::Failure;
use crate::handlers::parked;
use crate::log::Event;
use crate::ports::{Ports, Unavailable};
use crate::signature::checkout::Checkout;
use crate::site::{PolicyVersion, SiteData};
use crate::store;
use crate::store::parked::Held;

/// What became of a purchase.
#[derive(Debug)]
pub(crate) enum Fulfilment {
    /// It has its license; whether that is paid, the license says.
    Opened {
        /// The license's names.
        license: Issued,
        /// What it is worth.
        state: LicenseState,
    },
    /// It was set aside for staff.
    Held,
    /// It is for a product that is not ours.
    NotOurs,
}

/// Issues the license of a purchase, or finds the one it has. One that is not paid yet is kept and not mailed.
pub(crate) async fn fulfil<World: Ports>(app: &App<World>, checkout: Checkout) -> Result<Fulfilment, Failure> {
    let site = app.site().await?;
    if !site.products.iter().any(|product| product.id == checkout.sold.product) {
        app.world.log(&Event::WebhookIgnored { why: "purchase of another product" });
        return Ok(Fulfilment::NotOurs);
    }
    let policy = governing(&site, checkout.at, app.now()).ok_or(Failure::NoPolicyInForce)?;
    let (purchase, holder) = match order(&site, policy, &checkout) {
        Ok(order) => order,
        Err(why) => {
            let reference = Origin::Purchase(checkout.id.clone()).reference(&app.config.pepper);
            let held = Held { purchase: checkout.id, why: why.to_owned(), since: app.now() };
            store::parked::hold(&app.world, &reference, &held).await?;
            app.world.log(&Event::Held { why });
            return Ok(Fulfilment::Held);
        }
    };
    if purchase.price_drift {
        app.world.log(&Event::PriceDrift);
    }
    let (license, state) = open(app, purchase, checkout.settlement, holder).await?;
    Ok(Fulfilment::Opened { license, state })
}

/// What a license cannot be issued without.
const NEEDED: [Category; 3] = [Category::Email, Category::LicenseKey, Category::PurchaseDetails];

/// The policy version that a purchase is made under: the one the buyer could read, or for a purchase from before the
/// first version the one in force now. None unless it lets us take what a license needs.
fn governing(site: &SiteData, at: Moment, now: Moment) -> Option<&PolicyVersion> {
    let version = site.policy_in_force(at.0).or_else(|| site.policy_in_force(now.0))?;
    NEEDED.iter().all(|category| version.collects(Context::Purchase, *category)).then_some(version)
}

/// The order that a purchase asks for, or why nobody may fulfil it unseen.
fn order(site: &SiteData, policy: &PolicyVersion, checkout: &Checkout) -> Result<(Purchase, Holder), &'static str> {
    let (_, plan) = site.plan(&checkout.sold.product, &checkout.sold.plan).ok_or("unknown plan")?;
    if !checkout.currency.is_empty() && plan.currency != checkout.currency {
        return Err("wrong currency");
    }
    let email = checkout.email.clone().ok_or("no e-mail address")?;
    let purchase = Purchase {
        at: checkout.at,
        id: checkout.id.clone(),
        subscription: checkout.subscription.clone(),
        renews: checkout.sold.renews.clone(),
        customer: checkout.customer.clone(),
        product: checkout.sold.product.clone(),
        plan: checkout.sold.plan.clone(),
        seats: plan.seats,
        term: plan.term,
        price_drift: checkout.amount.is_some_and(|amount| amount < plan.price),
        policy: policy.id.clone(),
    };
    let may_name = policy.collects(Context::Purchase, Category::Name);
    let name = if may_name { checkout.name.clone() } else { String::new() };
    Ok((purchase, Holder { as_of: checkout.at, name, email }))
}

/// Claims the pointers, then opens the order in the vault they point to: whoever claimed first owns the purchase for
/// good, whatever address a later report carries.
async fn open<World: Ports>(
    app: &App<World>,
    purchase: Purchase,
    settlement: Settlement,
    holder: Holder,
) -> Result<(Issued, LicenseState), Failure> {
    let (world, config) = (&app.world, &app.config);
    let offer = Issued {
        id: LicenseId::derive(&config.license_secret, &purchase.id, 1),
        key: LicenseKey::derive(&config.license_secret, &purchase.id, 1),
    };
    let reference = Origin::Purchase(purchase.id.clone()).reference(&config.pepper);
    let owner = if let Some((license, home)) = renewed(app, &purchase).await? {
        parked::follow(app, &reference, (&license, &home)).await?;
        home
    } else {
        store::claim(world, &reference, &Subject::of(&config.pepper, &holder.email)).await?
    };
    let mut names = parked::claim(app, (&reference, &owner), linked(&purchase, &settlement)).await?;
    names.push(reference);
    let command = Command::Open { purchase, settlement, holder, offer };
    let Reply::Opened { license, state } = store::vault(world, &owner, command).await? else {
        return Err(Unavailable { what: "vault", why: "unexpected reply".to_owned() }.into());
    };
    store::claim(world, &Reference::license_key(&config.pepper, license.key.as_str()), &owner).await?;
    store::claim(world, &Reference::license(&config.pepper, license.id.as_str()), &owner).await?;
    // What overtook its purchase waits under one of these names.
    parked::retry_later_if_it_fails(app, names).await;
    Ok((license, state))
}

/// The license that a purchase prolongs, and the vault that it is in: whoever pays for it.
async fn renewed<World: Ports>(
    app: &App<World>,
    purchase: &Purchase,
) -> Result<Option<(Reference, Subject)>, Unavailable> {
    let Some(license) = &purchase.renews else { return Ok(None) };
    let reference = Reference::license(&app.config.pepper, license.as_str());
    Ok(store::resolve(&app.world, &reference).await?.map(|home| (reference, home)))
}

/// Names that a purchase brings with it.
fn linked(purchase: &Purchase, settlement: &Settlement) -> Vec<Origin> {
    let payment = settlement.paid().and_then(|paid| paid.payment.clone()).map(Origin::Payment);
    payment.into_iter().chain(purchase.subscription.clone().map(Origin::Subscription)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Email;
    use crate::domain::payment::{Paid, Provider, PurchaseId, Sold};

    /// 00:00 in New York on the day its clocks went forward: 2026-03-08T05:00:00Z.
    const SWITCH: i64 = 1_772_946_000;

    /// The first version says nothing of names, the second does.
    fn site() -> SiteData {
        let text = format!(
            r#"{{"title":"Shop","url":"https://shop.test","email":"i@shop.test","support_url":"https://shop.test/support/",
            "products":[{{"id":"plus","name":"Plus","plans":[{{"id":"single","name":"Single","price":4900,"currency":"usd",
            "seats":1,"term":"1y","stripe_price":"price_1"}}]}}],"policies":[
            {{"id":"2025-03-31","effective":1743379200,"collects":{{"purchase":["email","license_key","purchase_details"]}}}},
            {{"id":"2026-03-08","effective":{SWITCH},"collects":{{"purchase":["name","email","license_key","purchase_details"]}}}}]}}"#
        );
        serde_json::from_str(&text).expect("site data")
    }

    fn session(at: i64) -> Checkout {
        Checkout {
            at: Moment(at),
            id: PurchaseId::new(Provider::Stripe, "cs_1"),
            subscription: None,
            customer: None,
            sold: Sold { product: "plus".to_owned(), plan: "single".to_owned(), renews: None },
            amount: Some(4_900),
            currency: "usd".to_owned(),
            email: Email::parse("ada@example.com"),
            name: "Ada".to_owned(),
            settlement: Settlement::Paid { paid: Paid { at: Moment(at), until: None, payment: None, amount: None } },
        }
    }

    #[test]
    fn what_a_version_declares_is_stored_from_its_first_second_on() {
        let site = site();
        for (at, version, name) in
            [(SWITCH - 1, "2025-03-31", ""), (SWITCH, "2026-03-08", "Ada"), (SWITCH + 1, "2026-03-08", "Ada")]
        {
            // The report comes a day later; what counts is when the buyer bought.
            let policy = governing(&site, Moment(at), Moment(at + 86_400)).expect("a version");
            let (purchase, holder) = order(&site, policy, &session(at)).expect("an order");
            assert_eq!((purchase.policy.as_str(), holder.name.as_str()), (version, name));
        }
    }

    #[test]
    fn a_price_below_the_catalogue_is_noted_and_no_reason_to_hold() {
        let site = site();
        let policy = governing(&site, Moment(SWITCH), Moment(SWITCH)).expect("a version");
        for (amount, drifts) in [(4_899, true), (4_900, false), (5_000, false)] {
            let (purchase, _) =
                order(&site, policy, &Checkout { amount: Some(amount), ..session(SWITCH) }).expect("an order");
            assert_eq!(purchase.price_drift, drifts, "{amount}");
        }
        let other = Checkout { currency: "eur".to_owned(), ..session(SWITCH) };
        assert_eq!(order(&site, policy, &other).err(), Some("wrong currency"));
    }

    #[test]
    fn a_policy_that_does_not_name_what_a_license_needs_lets_nothing_be_stored() {
        let mut site = site();
        for version in &mut site.policies {
            version.collects.entry(Context::Purchase).or_default().remove(&Category::Email);
        }
        assert_eq!(governing(&site, Moment(SWITCH), Moment(SWITCH)), None);
        assert_eq!(governing(&site, Moment(0), Moment(0)), None);
    }
}
