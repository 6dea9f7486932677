//! From fields to an event: what each kind must say, and what its words mean.

use super::fields::Field;
use super::{
    Amount, Capture, CaptureState, Change, Dispute, Event, Miss, Order, OrderState, Refund, RefundState, Reversal,
    Sale, Subscription, SubscriptionState,
};
use crate::domain::id::Email;
use crate::domain::payment::{DisputeStage, PaymentId, Provider, PurchaseId, Sold, SubscriptionId};
use crate::domain::time::Moment;
use crate::json;
use crate::signature::checkout::Ignored;

const NOT_OURS: Ignored = Ignored("of another product");

/// Reads the body of an event whose signature holds. `None` when it is not JSON, or a known kind lacks what it must have.
pub fn read_event(body: &[u8]) -> Option<Result<Event, Ignored>> {
    let event: Field = json::read(body)?;
    let kind = event.text(&["event_type"])?;
    told(read(kind, event.at(&["resource"]), event.text(&["create_time"])))
}

/// Reads an order as the API answers it, when it is asked for and when it is captured.
pub fn read_order(body: &[u8]) -> Option<Result<Order, Ignored>> {
    told(order(&json::read(body)?, None))
}

/// Reads a subscription as the API answers it.
pub fn read_subscription(body: &[u8]) -> Option<Result<Subscription, Ignored>> {
    told(subscription(&json::read(body)?, None))
}

fn told<Value>(read: Result<Value, Miss>) -> Option<Result<Value, Ignored>> {
    match read {
        Ok(value) => Some(Ok(value)),
        Err(Miss::Ignored(why)) => Some(Err(why)),
        Err(Miss::Unreadable) => None,
    }
}

/// `reported` is the time of the event itself.
fn read(kind: &str, it: &Field, reported: Option<&str>) -> Result<Event, Miss> {
    let changed = |change| {
        let subscription = Box::new(subscription(it, reported)?);
        Ok(Event::Subscription { change, subscription })
    };
    let captured = |state| {
        let capture = capture(it, reported)?;
        Ok(Event::Capture(Capture { state: Option::unwrap_or(state, capture.state), ..capture }))
    };
    match kind {
        "CHECKOUT.ORDER.APPROVED" => Ok(Event::Approved(Box::new(order(it, reported)?))),
        "CHECKOUT.ORDER.COMPLETED" => Ok(Event::Completed(Box::new(order(it, reported)?))),
        "PAYMENT.CAPTURE.COMPLETED" => captured(None),
        "PAYMENT.CAPTURE.PENDING" => captured(Some(CaptureState::Awaited)),
        "PAYMENT.CAPTURE.DENIED" | "PAYMENT.CAPTURE.DECLINED" => captured(Some(CaptureState::Failed)),
        "PAYMENT.CAPTURE.REFUNDED" | "PAYMENT.SALE.REFUNDED" => Ok(Event::Refund(refund(it, reported)?)),
        "PAYMENT.CAPTURE.REVERSED" | "PAYMENT.SALE.REVERSED" => Ok(Event::Reversal(reversal(it, reported)?)),
        "PAYMENT.SALE.COMPLETED" => Ok(Event::Sale(sale(it, reported)?)),
        "BILLING.SUBSCRIPTION.CREATED" => changed(Change::Created),
        "BILLING.SUBSCRIPTION.ACTIVATED" => changed(Change::Activated),
        "BILLING.SUBSCRIPTION.UPDATED" => changed(Change::Updated),
        "BILLING.SUBSCRIPTION.EXPIRED" => changed(Change::Expired),
        "BILLING.SUBSCRIPTION.CANCELLED" => changed(Change::Cancelled),
        "BILLING.SUBSCRIPTION.SUSPENDED" => changed(Change::Suspended),
        "BILLING.SUBSCRIPTION.RE-ACTIVATED" => changed(Change::Reactivated),
        "BILLING.SUBSCRIPTION.PAYMENT.FAILED" => changed(Change::PaymentFailed),
        "CUSTOMER.DISPUTE.CREATED" | "CUSTOMER.DISPUTE.UPDATED" => Ok(Event::Dispute(dispute(it, false)?)),
        "CUSTOMER.DISPUTE.RESOLVED" => Ok(Event::Dispute(dispute(it, true)?)),
        _ => Err(Ignored("unknown type").into()),
    }
}

fn order(it: &Field, reported: Option<&str>) -> Result<Order, Miss> {
    let unit = it.list(&["purchase_units"]).first().ok_or(NOT_OURS)?;
    let captures = unit.list(&["payments", "captures"]);
    // The answer to a capture has hardly more than the captures, each with what we had remembered.
    let sold = match sold(unit)? {
        Some(sold) => sold,
        None => captures.first().map_or(Ok(None), sold)?.ok_or(NOT_OURS)?,
    };
    let id = PurchaseId::new(Provider::Paypal, id(it)?);
    let captures =
        captures.iter().map(|captured| Ok(Capture { order: Some(id.clone()), ..capture(captured, reported)? }));
    let captures: Vec<Capture> = captures.collect::<Result<_, Miss>>()?;
    let first = captures.first();
    let (email, name) = person(it.at(&["payer"]));
    Ok(Order {
        state: match status(it).as_str() {
            "APPROVED" => OrderState::Approved,
            "COMPLETED" => OrderState::Completed,
            "VOIDED" => OrderState::Voided,
            _ => OrderState::Open,
        },
        at: moment([it.text(&["create_time"])])
            .or_else(|_| first.map(|capture| capture.at).ok_or(Miss::Unreadable))
            .or_else(|_| moment([reported]))?,
        amount: amount(unit.at(&["amount"])).or_else(|| Some(first?.amount.clone())).ok_or(Miss::Unreadable)?,
        id,
        sold,
        email,
        name,
        captures,
    })
}

fn capture(it: &Field, reported: Option<&str>) -> Result<Capture, Miss> {
    let order = it.text(&["supplementary_data", "related_ids", "order_id"]);
    let order = order.or_else(|| linked(it, &["up"], &["orders"]));
    Ok(Capture {
        sold: sold(it)?,
        id: PaymentId::new(Provider::Paypal, id(it)?),
        at: moment([it.text(&["create_time"]), it.text(&["update_time"]), reported])?,
        state: match status(it).as_str() {
            "COMPLETED" | "PARTIALLY_REFUNDED" => CaptureState::Paid,
            "REFUNDED" => CaptureState::Refunded,
            "DECLINED" | "DENIED" | "FAILED" => CaptureState::Failed,
            // What is not known does not count as paid.
            _ => CaptureState::Awaited,
        },
        amount: amount(it.at(&["amount"])).ok_or(Miss::Unreadable)?,
        order: order.map(|order| PurchaseId::new(Provider::Paypal, order)),
    })
}

fn refund(it: &Field, reported: Option<&str>) -> Result<Refund, Miss> {
    let total = amount(it.at(&["seller_payable_breakdown", "total_refunded_amount"]));
    Ok(Refund {
        sold: sold(it)?,
        payment: refunded_payment(it).ok_or(Ignored("refund that names no payment"))?,
        id: id(it)?.to_owned(),
        at: moment([reported, it.text(&["update_time"]), it.text(&["create_time"])])?,
        state: match status(it).as_str() {
            "COMPLETED" => RefundState::Made,
            "FAILED" | "CANCELLED" => RefundState::Failed,
            _ => RefundState::Awaited,
        },
        amount: amount_returned(it.at(&["amount"])).ok_or(Miss::Unreadable)?,
        total: total.map(|total| total.minor),
    })
}

fn reversal(it: &Field, reported: Option<&str>) -> Result<Reversal, Miss> {
    Ok(Reversal {
        sold: sold(it)?,
        payment: refunded_payment(it).ok_or(Ignored("reversal that names no payment"))?,
        id: id(it)?.to_owned(),
        at: moment([reported, it.text(&["update_time"]), it.text(&["create_time"])])?,
    })
}

fn sale(it: &Field, reported: Option<&str>) -> Result<Sale, Miss> {
    let sold = sold(it)?;
    let subscription = it.text(&["billing_agreement_id"]).ok_or(Ignored("sale of no subscription"))?;
    if status(it) != "COMPLETED" {
        return Err(Ignored("sale not completed").into());
    }
    Ok(Sale {
        id: PaymentId::new(Provider::Paypal, id(it)?),
        at: moment([it.text(&["create_time"]), it.text(&["update_time"]), reported])?,
        subscription: SubscriptionId::new(Provider::Paypal, subscription),
        amount: amount(it.at(&["amount"])).ok_or(Miss::Unreadable)?,
        sold,
    })
}

fn subscription(it: &Field, reported: Option<&str>) -> Result<Subscription, Miss> {
    let sold = sold(it)?.ok_or(NOT_OURS)?;
    let (email, name) = person(it.at(&["subscriber"]));
    let last = it.at(&["billing_info", "last_payment"]);
    let changed = [it.text(&["update_time"]), it.text(&["status_update_time"]), it.text(&["create_time"])];
    Ok(Subscription {
        id: SubscriptionId::new(Provider::Paypal, id(it)?),
        at: moment([reported]).or_else(|_| moment(changed))?,
        state: match status(it).as_str() {
            "ACTIVE" => SubscriptionState::Active,
            "SUSPENDED" => SubscriptionState::Suspended,
            "CANCELLED" => SubscriptionState::Cancelled,
            "EXPIRED" => SubscriptionState::Expired,
            _ => SubscriptionState::Awaited,
        },
        plan: it.text(&["plan_id"]).ok_or(Miss::Unreadable)?.to_owned(),
        sold,
        email,
        name,
        start: moment([it.text(&["start_time"])]).ok(),
        next_billing: moment([it.text(&["billing_info", "next_billing_time"])]).ok(),
        last_payment: moment([last.text(&["time"])]).ok().zip(amount(last.at(&["amount"]))),
    })
}

fn dispute(it: &Field, is_resolved: bool) -> Result<Dispute, Miss> {
    let ours = it.list(&["disputed_transactions"]).iter().filter(|transaction| sold(transaction).is_ok());
    let payments = ours.filter_map(|transaction| transaction.text(&["seller_transaction_id"]));
    let payments: Vec<PaymentId> = payments.map(|id| PaymentId::new(Provider::Paypal, id)).collect();
    if payments.is_empty() {
        return Err(NOT_OURS.into());
    }
    let stage = if is_resolved || status(it) == "RESOLVED" {
        match it.text(&["dispute_outcome", "outcome_code"]) {
            Some("RESOLVED_BUYER_FAVOUR" | "ACCEPTED") => DisputeStage::Lost,
            // With a payout `PayPal` bears the loss. Without a decision ("NONE") another dispute takes its place.
            Some("RESOLVED_SELLER_FAVOUR" | "RESOLVED_WITH_PAYOUT" | "CANCELED_BY_BUYER" | "DENIED" | "NONE") => {
                DisputeStage::Won
            }
            _ => return Err(Ignored("unknown outcome of a dispute").into()),
        }
    } else if it.text(&["dispute_life_cycle_stage"]) == Some("INQUIRY") {
        DisputeStage::Inquiry
    } else {
        DisputeStage::Open
    };
    Ok(Dispute {
        id: it.text(&["dispute_id"]).ok_or(Miss::Unreadable)?.to_owned(),
        at: moment([it.text(&["update_time"]), it.text(&["create_time"])])?,
        payments,
        stage,
    })
}

fn id(it: &Field) -> Result<&str, Miss> {
    it.text(&["id"]).ok_or(Miss::Unreadable)
}

/// How an object stands, in the capitals of the second version.
fn status(it: &Field) -> String {
    it.text(&["status"]).or(it.text(&["state"])).unwrap_or_default().to_ascii_uppercase()
}

/// What we had `PayPal` remember, which the first version calls otherwise. An error where somebody else had it remember
/// something.
fn sold(it: &Field) -> Result<Option<Sold>, Ignored> {
    let custom_id = it.text(&["custom_id"]).or(it.text(&["custom"]));
    custom_id.map(|text| Sold::from_custom_id(text).ok_or(NOT_OURS)).transpose()
}

/// An amount of either version.
fn amount(it: &Field) -> Option<Amount> {
    let value = it.text(&["value"]).or(it.text(&["total"]))?;
    let currency = it.text(&["currency_code"]).or(it.text(&["currency"]))?;
    Amount::read(value, currency)
}

/// The same of money that went back, which the first version writes below zero.
fn amount_returned(it: &Field) -> Option<Amount> {
    match it.text(&["total"]).and_then(|total| total.strip_prefix('-')) {
        Some(total) => Amount::read(total, it.text(&["currency"])?),
        None => amount(it),
    }
}

/// The payment that a refund or a reversal belongs to. Some reversals are the payment itself.
fn refunded_payment(it: &Field) -> Option<PaymentId> {
    let named = it.text(&["capture_id"]).or(it.text(&["sale_id"]));
    let linked = || linked(it, &["up", "capture", "sale", "self"], &["captures", "capture", "sale"]);
    Some(PaymentId::new(Provider::Paypal, named.or_else(linked)?))
}

/// The id at the end of the first link of such a relation to an object of such a kind.
fn linked<'it>(it: &'it Field, relations: &[&str], kinds: &[&str]) -> Option<&'it str> {
    relations.iter().find_map(|relation| {
        let links = it.list(&["links"]).iter().filter(|link| link.text(&["rel"]) == Some(relation));
        links.filter_map(|link| link.text(&["href"])).find_map(|address| {
            let mut steps = address.rsplit('/');
            let (id, kind) = (steps.next()?, steps.next()?);
            (kinds.contains(&kind) && !id.is_empty()).then_some(id)
        })
    })
}

/// Somebody's address and name, as far as they are given.
fn person(it: &Field) -> (Option<Email>, String) {
    let names = [it.text(&["name", "given_name"]), it.text(&["name", "surname"])];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    (it.text(&["email_address"]).and_then(Email::parse), name.trim().to_owned())
}

/// The first of these texts that is a moment.
fn moment<'text>(texts: impl IntoIterator<Item = Option<&'text str>>) -> Result<Moment, Miss> {
    texts.into_iter().flatten().find_map(Moment::parse).ok_or(Miss::Unreadable)
}
