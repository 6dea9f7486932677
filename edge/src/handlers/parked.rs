//! Placing facts: into the vault that their payment points to, or onto the parking place until it does.

use crate::app::App;
use crate::domain::id::hex;
use crate::domain::payment::{Incident, PaymentId};
use crate::domain::vault::Command;
use crate::handlers::fulfilment::payment_reference;
use crate::log::Event;
use crate::ports::{Ports, Unavailable};
use crate::store;
use crate::store::parked::{self, Parked};

/// Places what happened to a payment. Either way it is durable when this returns.
pub(crate) async fn place<World: Ports>(
    app: &App<World>,
    payment: PaymentId,
    incident: Incident,
) -> Result<(), Unavailable> {
    let reference = payment_reference(app, &payment);
    if let Some(owner) = store::resolve(&app.world, &reference).await? {
        store::vault(&app.world, &owner, Command::Report { payment, incident }).await?;
        return Ok(());
    }
    parked::park(&app.world, &reference, &Parked { payment, incident, since: app.now() }).await?;
    app.world.log(&Event::Parked);
    Ok(())
}

/// Tries the facts parked for one payment.
pub(crate) async fn retry_payment<World: Ports>(app: &App<World>, payment: &PaymentId) -> Result<(), Unavailable> {
    for key in parked::keys_of(&app.world, &payment_reference(app, payment)).await? {
        retry(app, &key).await?;
    }
    Ok(())
}

/// Tries parked facts, a bounded number at a time. It begins at a random place and wraps around, so that facts which
/// never find a purchase cannot stand in the way of those that do.
pub(crate) async fn retry_all<World: Ports>(app: &App<World>) -> Result<(), Unavailable> {
    let start = parked::place_after(&hex(&app.world.random()?));
    let mut keys = parked::keys(&app.world, Some(&start)).await?;
    if keys.len() < parked::FACTS_PER_RUN_MAX {
        let mut from_the_top = parked::keys(&app.world, None).await?;
        from_the_top.retain(|key| *key <= start);
        keys.extend(from_the_top);
    }
    let mut last_failure = Ok(());
    for key in keys.iter().take(parked::FACTS_PER_RUN_MAX) {
        // One fact that fails must not keep the others waiting.
        last_failure = retry(app, key).await.and(last_failure);
    }
    last_failure
}

async fn retry<World: Ports>(app: &App<World>, key: &str) -> Result<(), Unavailable> {
    let Some(Parked { payment, incident, .. }) = parked::read(&app.world, key).await? else { return Ok(()) };
    if let Some(owner) = store::resolve(&app.world, &payment_reference(app, &payment)).await? {
        store::vault(&app.world, &owner, Command::Report { payment, incident }).await?;
        parked::remove(&app.world, key).await?;
        app.world.log(&Event::Unparked);
    }
    Ok(())
}
