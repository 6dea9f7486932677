//! Reports of processors. The answer is a success only when everything the report causes is durable, or when repeating
//! it could change nothing; anything else is told to come again.

use serde::Serialize;

use crate::app::App;
use crate::failure::Failure;
use crate::handlers::{fulfilment, parked};
use crate::http::{Request, Response};
use crate::log;
use crate::ports::Ports;
use crate::signature::stripe::{self, Event, Ignored};

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
        Ok(Event::Paid(session)) => {
            fulfilment::fulfil(app, session).await?;
        }
        Ok(Event::Incident { payment, incident, product }) => {
            let site = app.site().await?;
            if product.is_none_or(|product| site.products.iter().any(|known| known.id == product)) {
                parked::place(app, payment, incident).await?;
            } else {
                app.world.log(&log::Event::WebhookIgnored { why: "payment for another product" });
            }
        }
        Err(Ignored(why)) => app.world.log(&log::Event::WebhookIgnored { why }),
    }
    Ok(Response::json(200, &Received { received: true }))
}
