//! From a paid session to a license. The webhook and the success page both come here, possibly at once and repeatedly;
//! every step is idempotent and none is skipped, so whoever comes last finishes what an earlier one began.

use crate::app::App;
use crate::domain::id::{Reference, Subject};
use crate::domain::license::{LicenseId, LicenseKey, LicenseState};
use crate::domain::payment::{PaymentId, Purchase};
use crate::domain::vault::{Command, Holder, Issued, Reply};
use crate::failure::Failure;
use crate::handlers::parked;
use crate::log::Event;
use crate::ports::{Ports, Unavailable};
use crate::signature::stripe::PaidSession;
use crate::site::SiteData;
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
    let policy = site.policy_in_force(session.at.0).or_else(|| site.policy_in_force(app.now().0));
    let policy = policy.ok_or(Failure::NoPolicyInForce)?.id.clone();
    let (purchase, holder) = match order(&site, policy, &session) {
        Ok(order) => order,
        Err(why) => {
            store::parked::hold(&app.world, &Held { purchase: session.id, why: why.to_owned(), since: app.now() })
                .await?;
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

/// The order that a session asks for, or why nobody may fulfil it unseen.
fn order(site: &SiteData, policy: String, session: &PaidSession) -> Result<(Purchase, Holder), &'static str> {
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
        policy,
    };
    Ok((purchase, Holder { as_of: session.at, name: session.name.clone(), email }))
}

/// Claims the pointers, then issues in the vault they point to: whoever claimed first owns the purchase for good,
/// whatever address a later report carries.
async fn issue<World: Ports>(
    app: &App<World>,
    purchase: Purchase,
    holder: Holder,
) -> Result<(Subject, Issued, LicenseState), Unavailable> {
    let (world, config) = (&app.world, &app.config);
    let reference = Reference::purchase(&config.pepper, purchase.id.provider.as_str(), &purchase.id.id);
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

/// The reference under which a payment is pointed to and parked.
pub(crate) fn payment_reference<World>(app: &App<World>, payment: &PaymentId) -> Reference {
    Reference::payment(&app.config.pepper, payment.provider.as_str(), &payment.id)
}
