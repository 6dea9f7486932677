//! Reports of processors. The answer is a success only when everything the report causes is durable, or when repeating
//! it could change nothing; anything else is told to come again.

use serde::Serialize;

use crate::app::App;
use crate::domain::fact::{Fact, Origin};
use crate::domain::payment::Settlement;
use crate::domain::subscription::{PlanChange, Turn};
use crate::failure::Failure;
use crate::handlers::{fulfilment, parked};
use crate::http::{Request, Response};
use crate::log;
use crate::ports::Ports;
use crate::signature::checkout::Ignored;
use crate::signature::stripe::{self, Event};
use crate::store;

pub(crate) mod paypal;

#[derive(Serialize)]
struct Received {
    received: bool,
}

/// Takes a report from Stripe.
pub(crate) async fn stripe<World: Ports>(
    app: &App<World>,
    request: &Request,
    body: &[u8],
) -> Result<Response, Failure> {
    let header = request.headers.get("stripe-signature");
    stripe::verify(&app.config.stripe_webhook_secrets, header, body, app.now()).map_err(|refused| {
        app.world.log(&log::Event::WebhookRefused { why: refused.reason() });
        Failure::BadSignature
    })?;
    let event = stripe::read_event(body, app.config.livemode)
        .ok_or(Failure::BadRequest { detail: "The body is not JSON, repeats a key, or lacks a field it must have." })?;
    match event {
        Ok(event) => take(app, event).await?,
        Err(Ignored(why)) => app.world.log(&log::Event::WebhookIgnored { why }),
    }
    Ok(received())
}

/// The answer to a report that was taken, or that is none of our business.
fn received() -> Response {
    Response::json(200, &Received { received: true })
}

async fn take<World: Ports>(app: &App<World>, event: Event) -> Result<(), Failure> {
    match event {
        Event::Checkout(checkout) => {
            fulfilment::fulfil(app, *checkout).await?;
        }
        Event::Expired(purchase) => {
            // Nobody has to know of a checkout that was given up, unless it was waiting for its money.
            let reference = Origin::Purchase(purchase.clone()).reference(&app.config.pepper);
            if store::resolve(&app.world, &reference).await?.is_some() {
                let settlement = Settlement::Failed { at: app.now() };
                parked::place(app, Fact::Settled { purchase, settlement }).await?;
            }
        }
        Event::Fact { fact, product } => {
            let site = app.site().await?;
            if product.is_none_or(|product| site.products.iter().any(|known| known.id == product)) {
                parked::place(app, fact).await?;
            } else {
                app.world.log(&log::Event::WebhookIgnored { why: "report about another product" });
            }
        }
        Event::Subscription { id, at, course, price, product } => {
            let site = app.site().await?;
            let Some(product) = site.products.iter().find(|known| known.id == product) else {
                app.world.log(&log::Event::WebhookIgnored { why: "subscription of another product" });
                return Ok(());
            };
            let plan = product.plans.iter().find(|plan| Some(&plan.stripe_price) == price.as_ref());
            let plan = plan.map(|plan| PlanChange { plan: plan.id.clone(), seats: plan.seats });
            parked::place(app, Fact::Turn { subscription: id, turn: Turn::Course { at, course, plan } }).await?;
        }
    }
    Ok(())
}
