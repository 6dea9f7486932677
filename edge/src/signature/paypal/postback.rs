//! The alternative to checking a signature oneself: `PayPal` is asked whether it sent this
//! (<https://developer.paypal.com/docs/api/webhooks/v1/#verify-webhook-signature_post>).

use serde::{Deserialize, Serialize};

use super::{ALGORITHM, Receiver, Refused, Transmission};
use crate::json;

/// The question, all but the event.
#[derive(Serialize)]
struct Question<'of> {
    auth_algo: &'of str,
    cert_url: &'of str,
    transmission_id: &'of str,
    transmission_sig: &'of str,
    transmission_time: &'of str,
    webhook_id: &'of str,
}

#[derive(Deserialize)]
struct Answer {
    verification_status: String,
}

/// The body of the question, with the event as it came: written anew, its checksum would be another. None for an event
/// that is not JSON, which `PayPal` never sends.
pub fn postback(receiver: &Receiver<'_>, transmission: &Transmission, event: &[u8]) -> Result<Option<String>, Refused> {
    transmission.certificate_url(receiver.livemode, None)?;
    // Anything but one whole value could close ours and go on with a webhook id of its own.
    let is_object = event.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if !is_object || json::read::<serde::de::IgnoredAny>(event).is_none() {
        return Ok(None);
    }
    let question = Question {
        auth_algo: ALGORITHM,
        cert_url: &transmission.certificate,
        transmission_id: &transmission.id,
        transmission_sig: &transmission.signature,
        transmission_time: &transmission.time,
        webhook_id: receiver.webhook_id,
    };
    let question = serde_json::to_string(&question).ok();
    let event = std::str::from_utf8(event).ok();
    let spliced = question.as_deref().and_then(|question| question.strip_suffix('}')).zip(event);
    Ok(spliced.map(|(question, event)| format!("{question},\"webhook_event\":{event}}}")))
}

/// Reads the answer. None for anything but a clear yes or no, which has to be asked again.
pub fn read_verdict(answer: &[u8]) -> Option<Result<(), Refused>> {
    let answer: Answer = json::read(answer)?;
    match answer.verification_status.as_str() {
        "SUCCESS" => Some(Ok(())),
        "FAILURE" => Some(Err(Refused::Mismatch)),
        _ => None,
    }
}
