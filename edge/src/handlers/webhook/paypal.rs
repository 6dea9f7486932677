//! Reports from `PayPal`. They say less than Stripe's: an approved order still has to be captured, a capture does not name
//! its buyer, and a payment of a subscription does not say how long it lasts. What is missing is asked for.

use crate::app::App;
use crate::config::Verification;
use crate::domain::fact::{Fact, Origin};
use crate::domain::payment::{DisputeStage, Incident, Paid, PurchaseId, Refund, Settlement, Sold};
use crate::domain::subscription::{Course, PlanChange, Turn};
use crate::failure::Failure;
use crate::handlers::{fulfilment, parked, paypal};
use crate::http::{Request, Response};
use crate::log;
use crate::ports::{Call, Ports};
use crate::signature::checkout::{Checkout, Ignored};
use crate::signature::paypal::{
    self as signature, Capture, CaptureState, Change, Event, Order, OrderState, Receiver, RefundState, Refused, Sale,
    Subscription, SubscriptionState, Transmission, Trust, postback, read_event, read_order, read_subscription,
};
use crate::store;

/// Takes a report from `PayPal`.
pub(crate) async fn paypal<World: Ports>(
    app: &App<World>,
    request: &Request,
    body: &[u8],
) -> Result<Response, Failure> {
    if let Err(refused) = verify(app, request, body).await? {
        app.world.log(&log::Event::WebhookRefused { why: refused.reason() });
        return Err(Failure::BadSignature);
    }
    let event = read_event(body)
        .ok_or(Failure::BadRequest { detail: "The body is not JSON, repeats a key, or lacks a field it must have." })?;
    match event {
        Ok(event) => take(app, event).await?,
        Err(Ignored(why)) => app.world.log(&log::Event::WebhookIgnored { why }),
    }
    Ok(super::received())
}

/// Whether the report is genuine. That this cannot be found out now is no answer: the report has to come again.
async fn verify<World: Ports>(
    app: &App<World>,
    request: &Request,
    body: &[u8],
) -> Result<Result<(), Refused>, Failure> {
    let config = &app.config.paypal;
    let transmission = match Transmission::read(&request.headers) {
        Ok(transmission) => transmission,
        Err(refused) => return Ok(Err(refused)),
    };
    let own_root = config.certificate_root.as_deref().and_then(Trust::read);
    let trust = own_root.unwrap_or_else(Trust::built_in);
    let receiver = Receiver { webhook_id: &config.webhook_id, livemode: app.config.livemode, trust: &trust };
    match config.verification {
        Verification::Offline => {
            let url = match transmission.certificate_url(app.config.livemode, config.certificate_base.as_deref()) {
                Ok(url) => url,
                Err(refused) => return Ok(Err(refused)),
            };
            if let Some(known) = store::certificate(&app.world, &url).await.unwrap_or(None) {
                let verdict = transmission.verify(&receiver, known.pem.as_bytes(), body, app.now());
                // Where the certificate is good, whoever forges a report costs us no question to PayPal.
                if matches!(verdict, Ok(()) | Err(Refused::Mismatch)) {
                    return Ok(verdict);
                }
            }
            let answer = app.world.call(Call::certificate(&url)).await?;
            if answer.status != 200 {
                return Err(Failure::Processor { why: format!("the certificate's host answered {}", answer.status) });
            }
            let verified = transmission.verify(&receiver, &answer.body, body, app.now());
            if verified.is_ok() {
                // Should this fail, the next report asks for it again.
                let _ = store::keep_certificate(&app.world, &url, &answer.body).await;
            }
            Ok(verified)
        }
        Verification::Postback => {
            let question = match postback(&receiver, &transmission, body) {
                Ok(Some(question)) => question,
                Ok(None) => return Ok(Err(Refused::Malformed)),
                Err(refused) => return Ok(Err(refused)),
            };
            paypal::confirm(app, question).await
        }
    }
}

async fn take<World: Ports>(app: &App<World>, event: Event) -> Result<(), Failure> {
    match event {
        Event::Approved(order) => approved(app, *order).await,
        Event::Completed(order) => match checkout(*order) {
            Ok(checkout) => fulfilment::fulfil(app, checkout).await.map(|_| ()),
            Err(Ignored(why)) => ignored(app, why),
        },
        Event::Capture(capture) => captured(app, capture).await,
        Event::Refund(reported) => match refund(reported) {
            Ok((fact, sold)) => place(app, fact, sold).await,
            Err(Ignored(why)) => ignored(app, why),
        },
        Event::Reversal(reversed) => {
            // The bank took the money without asking us, as it does at the end of a lost dispute.
            let id = format!("reversal/{}", reversed.id);
            let incident = Incident::Dispute { id, at: reversed.at, stage: DisputeStage::Lost };
            place(app, Fact::Incident { payment: reversed.payment, incident }, reversed.sold).await
        }
        Event::Subscription { change, subscription } => changed(app, change, *subscription).await,
        Event::Sale(sale) => sold(app, sale).await,
        Event::Dispute(dispute) => {
            for payment in dispute.payments {
                let incident = Incident::Dispute { id: dispute.id.clone(), at: dispute.at, stage: dispute.stage };
                place(app, Fact::Incident { payment, incident }, None).await?;
            }
            Ok(())
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the end of a function whose other ends can fail")]
fn ignored<World: Ports>(app: &App<World>, why: &'static str) -> Result<(), Failure> {
    app.world.log(&log::Event::WebhookIgnored { why });
    Ok(())
}

/// Places a fact, unless it says that it is about a product that is not ours.
async fn place<World: Ports>(app: &App<World>, fact: Fact, sold: Option<Sold>) -> Result<(), Failure> {
    let site = app.site().await?;
    if sold.is_some_and(|sold| !site.products.iter().any(|known| known.id == sold.product)) {
        return ignored(app, "report about another product");
    }
    Ok(parked::place(app, fact).await?)
}

/// The buyer agreed; the money moves when the order is captured. Its address is kept with the order first, since what
/// reports the capture does not carry it.
async fn approved<World: Ports>(app: &App<World>, order: Order) -> Result<(), Failure> {
    let id = order.id.id.clone();
    let Ok(opened) = checkout(order) else { return ignored(app, "order of another product") };
    if !matches!(fulfilment::fulfil(app, opened).await?, fulfilment::Fulfilment::Opened { .. }) {
        return Ok(());
    }
    match capture(app, &id).await? {
        Ok((captured, _)) => fulfilment::fulfil(app, captured).await.map(|_| ()),
        Err(Ignored(why)) => ignored(app, why),
    }
}

/// Captures an approved order: the order as it is then, as a purchase. One that the buyer has not approved is open still.
pub(crate) async fn capture<World: Ports>(
    app: &App<World>,
    id: &str,
) -> Result<Result<(Checkout, OrderState), Ignored>, Failure> {
    let unreadable = || Failure::Unconfirmed { why: "paypal answered with something that is no order".to_owned() };
    let order = read_order(&paypal::capture(app, id).await?).ok_or_else(unreadable)?;
    Ok(order.and_then(|order| {
        let state = order.state;
        checkout(order).map(|checkout| (checkout, state))
    }))
}

/// A capture follows its order; should we not know that yet, `PayPal` does.
async fn captured<World: Ports>(app: &App<World>, capture: Capture) -> Result<(), Failure> {
    let Some(order) = capture.order.clone() else { return ignored(app, "capture that names no order") };
    let reference = Origin::Purchase(order.clone()).reference(&app.config.pepper);
    if store::resolve(&app.world, &reference).await?.is_none() && capture.state == CaptureState::Paid {
        // Whatever cannot be asked now waits under the order, and the cron trigger goes on.
        if let Ok(body) = paypal::order(app, &order.id).await
            && let Some(Ok(order)) = read_order(&body)
            && let Ok(checkout) = checkout(order)
        {
            return fulfilment::fulfil(app, checkout).await.map(|_| ());
        }
    }
    let Some(settlement) = settlement(std::slice::from_ref(&capture)) else { return Ok(()) };
    place(app, Fact::Settled { purchase: order, settlement }, capture.sold).await
}

/// A payment of a subscription pays for one term of its plan.
async fn sold<World: Ports>(app: &App<World>, sale: Sale) -> Result<(), Failure> {
    let Sale { id, at, subscription, amount, sold } = sale;
    let invoice = id.id.clone();
    let paid = Paid { at, until: None, payment: Some(id), amount: Some(amount.minor) };
    place(app, Fact::Turn { subscription, turn: Turn::Paid { invoice, paid } }, sold).await
}

async fn changed<World: Ports>(app: &App<World>, change: Change, subscription: Subscription) -> Result<(), Failure> {
    let (id, at) = (subscription.id.clone(), subscription.at);
    let course = match change {
        Change::Created => return ignored(app, "subscription that has not begun"),
        // An update says that something changed, and the subscription how it stands.
        Change::Updated if subscription.state == SubscriptionState::Awaited => {
            return ignored(app, "subscription that has not begun");
        }
        Change::Activated
        | Change::Reactivated
        | Change::Updated
        | Change::Suspended
        | Change::Cancelled
        | Change::Expired => match subscription.state {
            SubscriptionState::Active | SubscriptionState::Awaited => Course::Renewing,
            SubscriptionState::Suspended => Course::Ending,
            SubscriptionState::Cancelled | SubscriptionState::Expired => Course::Ended,
        },
        Change::PaymentFailed => {
            // It names no invoice; the payment that is due next is the one that failed.
            let due = subscription.next_billing.unwrap_or(at);
            let turn = Turn::Unpaid { invoice: format!("due/{}", due.day()), at };
            return place(app, Fact::Turn { subscription: id, turn }, Some(subscription.sold)).await;
        }
    };
    let site = app.site().await?;
    let plans = || site.products.iter().flat_map(|product| &product.plans);
    let plan = plans().find(|plan| plan.paypal_plan.as_deref() == Some(subscription.plan.as_str()));
    let plan = plan.map(|plan| PlanChange { plan: plan.id.clone(), seats: plan.seats });
    let sold = subscription.sold.clone();
    if matches!(change, Change::Activated | Change::Reactivated) {
        fulfilment::fulfil(app, subscribed(subscription)).await?;
    }
    place(app, Fact::Turn { subscription: id, turn: Turn::Course { at, course, plan } }, Some(sold)).await
}

/// An order as a purchase, whichever report or answer it came in.
fn checkout(order: Order) -> Result<Checkout, Ignored> {
    if order.state == OrderState::Voided {
        return Err(Ignored("order that was given up"));
    }
    Ok(Checkout {
        at: order.at,
        settlement: settlement(&order.captures).unwrap_or(Settlement::Awaited {}),
        id: order.id,
        subscription: None,
        customer: None,
        sold: order.sold,
        amount: Some(order.amount.minor),
        currency: order.amount.currency,
        email: order.email,
        name: order.name,
    })
}

/// A subscription as a purchase. It is paid by its sales.
pub(crate) fn subscribed(subscription: Subscription) -> Checkout {
    Checkout {
        at: subscription.start.unwrap_or(subscription.at),
        id: PurchaseId::new(subscription.id.provider, subscription.id.id.as_str()),
        subscription: Some(subscription.id),
        customer: None,
        sold: subscription.sold,
        amount: None,
        currency: String::new(),
        email: subscription.email,
        name: subscription.name,
        settlement: Settlement::Awaited {},
    }
}

/// Whether captures paid for their order; none where they say nothing yet.
fn settlement(captures: &[Capture]) -> Option<Settlement> {
    let paid = captures.iter().filter(|capture| matches!(capture.state, CaptureState::Paid | CaptureState::Refunded));
    let paid = paid.map(|capture| Paid {
        at: capture.at,
        until: None,
        payment: Some(capture.id.clone()),
        amount: Some(capture.amount.minor),
    });
    let failed = captures.iter().filter(|capture| capture.state == CaptureState::Failed).map(|capture| capture.at);
    paid.reduce(Paid::merge)
        .map(|paid| Settlement::Paid { paid })
        .or_else(|| failed.min().map(|at| Settlement::Failed { at }))
}

fn refund(reported: signature::Refund) -> Result<(Fact, Option<Sold>), Ignored> {
    let refund = match reported.state {
        RefundState::Made => Refund::Amount { amount: reported.amount.minor, total: reported.total },
        RefundState::Failed => Refund::Failed {},
        RefundState::Awaited => return Err(Ignored("refund that is on its way")),
    };
    let incident = Incident::Refund { id: reported.id, at: reported.at, refund };
    Ok((Fact::Incident { payment: reported.payment, incident }, reported.sold))
}

/// Reads a subscription as the API answers it.
pub(crate) async fn subscription<World: Ports>(
    app: &App<World>,
    id: &str,
) -> Result<Result<Subscription, Ignored>, Failure> {
    let unreadable =
        || Failure::Unconfirmed { why: "paypal answered with something that is no subscription".to_owned() };
    read_subscription(&paypal::subscription(app, id).await?).ok_or_else(unreadable)
}
