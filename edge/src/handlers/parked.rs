//! Placing facts: into the vault that their name points to, or onto the parking place until it does.

use crate::app::App;
use crate::domain::fact::{Fact, Origin};
use crate::domain::id::{Reference, Subject, hex};
use crate::domain::vault::Command;
use crate::log::Event;
use crate::ports::{Ports, Unavailable};
use crate::store;
use crate::store::parked::{self, Parked};

/// Facts that one fact can set free, one after the other: a payment its refund, an invoice its payment.
const CHAIN_MAX: usize = 20;

/// Places a fact, and all that waited for it. Either way it is durable when this returns.
pub(crate) async fn place<World: Ports>(app: &App<World>, fact: Fact) -> Result<(), Unavailable> {
    let reference = fact.origin().reference(&app.config.pepper);
    if let Some(owner) = store::resolve(&app.world, &reference).await? {
        return tell(app, &owner, fact).await;
    }
    parked::park(&app.world, &reference, &Parked { fact: fact.clone(), since: app.now() }).await?;
    app.world.log(&Event::Parked);
    // Whoever pointed the name somewhere in between looked for parked facts before this one was there. The parked copy is left
    // to the cron trigger, since a key can be written once a second only; what it says again changes nothing.
    if let Ok(Some(owner)) = store::resolve(&app.world, &reference).await
        && let Err(unavailable) = tell(app, &owner, fact).await
    {
        app.world.log(&Event::Unavailable { why: unavailable.to_string() });
    }
    Ok(())
}

/// Reports a fact to its vault, and tries what waited for it.
async fn tell<World: Ports>(app: &App<World>, owner: &Subject, fact: Fact) -> Result<(), Unavailable> {
    let links = report(app, owner, fact).await?;
    retry_later_if_it_fails(app, links).await;
    Ok(())
}

/// Reports a fact to its vault. What it says belongs there, too, is pointed there first: so nothing that comes later and
/// is about it can miss it.
async fn report<World: Ports>(app: &App<World>, owner: &Subject, fact: Fact) -> Result<Vec<Reference>, Unavailable> {
    let origin = fact.origin().reference(&app.config.pepper);
    let links = claim(app, (&origin, owner), fact.links()).await?;
    store::vault(&app.world, owner, Command::Report { fact }).await?;
    Ok(links)
}

/// Points names to the vault that `origin` points to.
pub(crate) async fn claim<World: Ports>(
    app: &App<World>,
    (origin, owner): (&Reference, &Subject),
    names: Vec<Origin>,
) -> Result<Vec<Reference>, Unavailable> {
    let mut references = vec![];
    for name in names {
        let reference = name.reference(&app.config.pepper);
        follow(app, &reference, (origin, owner)).await?;
        references.push(reference);
    }
    Ok(references)
}

/// Points a name to where its origin points. While a vault goes to another address a name may have been claimed for the one it left;
/// it follows then.
pub(crate) async fn follow<World: Ports>(
    app: &App<World>,
    name: &Reference,
    (origin, owner): (&Reference, &Subject),
) -> Result<(), Unavailable> {
    let found = store::claim(&app.world, name, owner).await?;
    if found == *owner {
        return Ok(());
    }
    if store::resolve(&app.world, origin).await?.as_ref() != Some(owner) {
        return Err(Unavailable { what: "vault", why: "its address is changing".to_owned() });
    }
    store::hand(&app.world, name, (&found, owner)).await
}

/// Tries the facts parked under these names, and under the names that those bring. Should this fail, the cron trigger
/// places them.
pub(crate) async fn retry_later_if_it_fails<World: Ports>(app: &App<World>, names: Vec<Reference>) {
    if let Err(unavailable) = retry_names(app, names).await {
        app.world.log(&Event::Unavailable { why: unavailable.to_string() });
    }
}

async fn retry_names<World: Ports>(app: &App<World>, mut names: Vec<Reference>) -> Result<(), Unavailable> {
    for _ in 0..CHAIN_MAX {
        let Some(name) = names.pop() else { return Ok(()) };
        for key in parked::keys_of(&app.world, &name).await? {
            names.extend(retry(app, &key).await?);
        }
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
        last_failure = retry(app, key).await.map(|_| ()).and(last_failure);
    }
    last_failure
}

/// Places a parked fact if its name leads somewhere now; the names that it brings.
async fn retry<World: Ports>(app: &App<World>, key: &str) -> Result<Vec<Reference>, Unavailable> {
    let Some(Parked { fact, .. }) = parked::read(&app.world, key).await? else { return Ok(vec![]) };
    let reference = fact.origin().reference(&app.config.pepper);
    let Some(owner) = store::resolve(&app.world, &reference).await? else { return Ok(vec![]) };
    let links = report(app, &owner, fact).await?;
    parked::remove(&app.world, key).await?;
    app.world.log(&Event::Unparked);
    Ok(links)
}
