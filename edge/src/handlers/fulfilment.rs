//! From a paid session to a license. The webhook and the success page both come here, possibly at once and repeatedly;
//! every step is idempotent and none is skipped, so whoever comes last finishes what an earlier one began.

use crate::app::App;
use crate::contract::{Category, Context};
use crate::domain::id::{Reference, Subject};
use crate::domain::license::{LicenseId, LicenseKey, LicenseState};
use crate::domain::payment::{PaymentId, Purchase, PurchaseId};
use crate::domain::time::Moment;
use crate::domain::vault::{Command, Holder, Issued, Reply};
use crate::failure::Failure;
use crate::handlers::parked;
use crate::log::Event;
use crate::ports::{Ports, Unavailable};
use crate::signature::stripe::PaidSession;
use crate::site::{PolicyVersion, SiteData};
use crate::store;
use crate::store::parked::Held;

/// What became of a paid session.
#[derive(Debug)]
pub(crate) enum Fulfilment {
    /// It has its license.
    Issued {
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

/// Issues the license of a paid session, or finds the one it has.
pub(crate) async fn fulfil<World: Ports>(app: &App<World>, session: PaidSession) -> Result<Fulfilment, Failure> {
    let site = app.site().await?;
    if !site.products.iter().any(|product| product.id == session.product) {
        app.world.log(&Event::WebhookIgnored { why: "session of another product" });
        return Ok(Fulfilment::NotOurs);
    }
    let policy = governing(&site, session.at, app.now()).ok_or(Failure::NoPolicyInForce)?;
    let (purchase, holder) = match order(&site, policy, &session) {
        Ok(order) => order,
        Err(why) => {
            let reference = purchase_reference(app, &session.id);
            let held = Held { purchase: session.id, why: why.to_owned(), since: app.now() };
            store::parked::hold(&app.world, &reference, &held).await?;
            app.world.log(&Event::Held { why });
            return Ok(Fulfilment::Held);
        }
    };
    if purchase.price_drift {
        app.world.log(&Event::PriceDrift);
    }
    let payment = purchase.payment.clone();
    let (owner, license, state) = issue(app, purchase, holder).await?;
    store::claim(&app.world, &Reference::license_key(&app.config.pepper, license.key.as_str()), &owner).await?;
    if let Some(payment) = payment {
        // A refund that overtook its purchase waits here. Should this fail, the cron trigger places it.
        if let Err(unavailable) = parked::retry_payment(app, &payment).await {
            app.world.log(&Event::Unavailable { why: unavailable.to_string() });
        }
    }
    Ok(Fulfilment::Issued { license, state })
}

/// What a license cannot be issued without.
const NEEDED: [Category; 3] = [Category::Email, Category::LicenseKey, Category::PurchaseDetails];

/// The policy version that a purchase is made under: the one the buyer could read, or for a purchase from before the
/// first version the one in force now. None unless it lets us take what a license needs.
fn governing(site: &SiteData, at: Moment, now: Moment) -> Option<&PolicyVersion> {
    let version = site.policy_in_force(at.0).or_else(|| site.policy_in_force(now.0))?;
    NEEDED.iter().all(|category| version.collects(Context::Purchase, *category)).then_some(version)
}

/// The order that a session asks for, or why nobody may fulfil it unseen.
fn order(site: &SiteData, policy: &PolicyVersion, session: &PaidSession) -> Result<(Purchase, Holder), &'static str> {
    let (_, plan) = site.plan(&session.product, &session.plan).ok_or("unknown plan")?;
    if plan.currency != session.currency {
        return Err("wrong currency");
    }
    let email = session.email.clone().ok_or("no e-mail address")?;
    let purchase = Purchase {
        at: session.at,
        id: session.id.clone(),
        payment: session.payment.clone(),
        product: session.product.clone(),
        plan: session.plan.clone(),
        seats: plan.seats,
        term: plan.term,
        price_drift: session.amount < plan.price,
        policy: policy.id.clone(),
    };
    let may_name = policy.collects(Context::Purchase, Category::Name);
    let name = if may_name { session.name.clone() } else { String::new() };
    Ok((purchase, Holder { as_of: session.at, name, email }))
}

/// Claims the pointers, then issues in the vault they point to: whoever claimed first owns the purchase for good,
/// whatever address a later report carries.
async fn issue<World: Ports>(
    app: &App<World>,
    purchase: Purchase,
    holder: Holder,
) -> Result<(Subject, Issued, LicenseState), Unavailable> {
    let (world, config) = (&app.world, &app.config);
    let reference = purchase_reference(app, &purchase.id);
    let owner = store::claim(world, &reference, &Subject::of(&config.pepper, &holder.email)).await?;
    if let Some(payment) = &purchase.payment {
        store::claim(world, &payment_reference(app, payment), &owner).await?;
    }
    let offer = Issued {
        id: LicenseId::derive(&config.license_secret, &purchase.id, 1),
        key: LicenseKey::derive(&config.license_secret, &purchase.id, 1),
    };
    match store::vault(world, &owner, Command::Issue { purchase, holder, offer }).await? {
        Reply::Issued { license, state } => Ok((owner, license, state)),
        _ => Err(Unavailable { what: "vault", why: "unexpected reply".to_owned() }),
    }
}

/// The reference under which a purchase is pointed to and held.
fn purchase_reference<World>(app: &App<World>, purchase: &PurchaseId) -> Reference {
    Reference::purchase(&app.config.pepper, purchase.provider.as_str(), &purchase.id)
}

/// The reference under which a payment is pointed to and parked.
pub(crate) fn payment_reference<World>(app: &App<World>, payment: &PaymentId) -> Reference {
    Reference::payment(&app.config.pepper, payment.provider.as_str(), &payment.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Email;
    use crate::domain::payment::Provider;

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

    fn session(at: i64) -> PaidSession {
        PaidSession {
            at: Moment(at),
            id: PurchaseId { provider: Provider::Stripe, id: "cs_1".to_owned() },
            payment: None,
            product: "plus".to_owned(),
            plan: "single".to_owned(),
            amount: 4_900,
            currency: "usd".to_owned(),
            email: Email::parse("ada@example.com"),
            name: "Ada".to_owned(),
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
            let (purchase, _) = order(&site, policy, &PaidSession { amount, ..session(SWITCH) }).expect("an order");
            assert_eq!(purchase.price_drift, drifts, "{amount}");
        }
        let other = PaidSession { currency: "eur".to_owned(), ..session(SWITCH) };
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
