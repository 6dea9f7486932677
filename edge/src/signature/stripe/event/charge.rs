//! Charges, refunds and disputes (<https://docs.stripe.com/api/charges/object>, `/api/refunds/object`,
//! `/api/disputes/object`).

use serde::Deserialize;

use super::{Event, Metadata, Named};
use crate::domain::fact::Fact;
use crate::domain::payment::{DisputeStage, Incident, Refund};
use crate::domain::time::Moment;
use crate::signature::checkout::Ignored;

#[derive(Deserialize)]
pub(super) struct Charge {
    id: String,
    payment_intent: Option<Named>,
    refunded: bool,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
pub(super) struct ReportedRefund {
    status: Option<String>,
    charge: Option<Named>,
    payment_intent: Option<Named>,
}

#[derive(Deserialize)]
pub(super) struct Dispute {
    id: String,
    payment_intent: Option<Named>,
    status: String,
}

pub(super) fn refunded(charge: Charge, at: Moment) -> Result<Event, Ignored> {
    let payment = charge.payment_intent.ok_or(Ignored("charge without a payment intent"))?.payment();
    let refund = if charge.refunded { Refund::Whole {} } else { Refund::Part {} };
    let fact = Fact::Incident { payment, incident: Incident::Refund { id: charge.id, at, refund } };
    Ok(Event::Fact { fact, product: charge.metadata.unwrap_or_default().product })
}

/// That a refund was made is told by its charge, which knows whether it was the whole. Only that it failed is told here.
pub(super) fn refund(refund: ReportedRefund, at: Moment) -> Result<Event, Ignored> {
    if !matches!(refund.status.as_deref(), Some("failed" | "canceled")) {
        return Err(Ignored("refund that its charge reports"));
    }
    let payment = refund.payment_intent.ok_or(Ignored("refund without a payment intent"))?.payment();
    let charge = refund.charge.ok_or(Ignored("refund without a charge"))?.id();
    let incident = Incident::Refund { id: charge, at, refund: Refund::Failed {} };
    Ok(Event::Fact { fact: Fact::Incident { payment, incident }, product: None })
}

pub(super) fn dispute(dispute: Dispute, at: Moment) -> Result<Event, Ignored> {
    let payment = dispute.payment_intent.ok_or(Ignored("dispute without a payment intent"))?.payment();
    let stage = match dispute.status.as_str() {
        "needs_response" | "under_review" => DisputeStage::Open,
        "warning_needs_response" | "warning_under_review" => DisputeStage::Inquiry,
        "won" | "warning_closed" | "prevented" => DisputeStage::Won,
        "lost" => DisputeStage::Lost,
        _ => return Err(Ignored("unknown dispute status")),
    };
    let fact = Fact::Incident { payment, incident: Incident::Dispute { id: dispute.id, at, stage } };
    Ok(Event::Fact { fact, product: None })
}
