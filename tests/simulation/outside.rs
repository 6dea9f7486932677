//! The servers out there: the processor's interface and the mail provider's, with the answers their documentation gives.

use edge::ports::{Answer, Call, Outbound, Unavailable};

use super::mark;
use super::mutants::Mutant;
use super::paypal;
use super::story;
use super::stripe;
use super::world::{Kind, Met, Shared, World};

pub(super) const STRIPE: &str = "https://stripe.test";
pub(super) const PAYPAL: &str = "https://paypal.test";
pub(super) const POST_OFFICE: &str = "https://mail.test";

/// The mail provider.
#[derive(Debug, Default)]
pub(super) struct Post {
    /// Whether it knows idempotency keys. One that does answers a known key with the old answer, and refuses it for
    /// another mail (<https://resend.com/docs/dashboard/emails/idempotency-keys>).
    pub(super) knows_keys: bool,
    /// What it sent.
    pub(super) sent: Vec<Sent>,
}

/// A mail that went out.
#[derive(Debug)]
pub(super) struct Sent {
    /// Its idempotency key.
    pub(super) key: String,
    /// The whole of it, as it was handed over.
    pub(super) body: String,
    /// Whom it reached.
    pub(super) to: String,
    /// The license key in it.
    pub(super) license_key: Option<String>,
}

impl Shared {
    fn stripe_session(&self, id: &str) -> Answer {
        match self.story.orders.iter().find(|order| order.id == id) {
            Some(order) => {
                let is_completed = order.kind != story::Kind::Forged && order.completed_at <= self.now;
                answer(200, stripe::session(order, is_completed, order.is_paid_by(self.now), &order.email))
            }
            None => answer(404, r#"{"error":{"type":"invalid_request_error"}}"#),
        }
    }

    /// Answers for `PayPal`, at this path, to whoever wants to be told of the buyer or not.
    fn paypal(&mut self, path: &str, body: &str, names_buyer: bool) -> Answer {
        let path = match path {
            "/v1/oauth2/token" => return answer(200, r#"{"access_token":"access of the simulation"}"#),
            "/v1/notifications/verify-webhook-signature" => {
                let is_believed = self.mutant == Some(Mutant::ForgeriesBelieved);
                let is_genuine = is_believed || paypal::is_genuine(body, story::WEBHOOK_SECRET);
                let verdict = if is_genuine { "SUCCESS" } else { "FAILURE" };
                return answer(200, format!(r#"{{"verification_status":"{verdict}"}}"#));
            }
            other => other.strip_prefix("/v2/checkout/orders/").unwrap_or_default(),
        };
        let (id, is_capture) = path.strip_suffix("/capture").map_or((path, false), |id| (id, true));
        let found = self.story.orders.iter().find(|order| order.id == id);
        let Some((order, approval)) = found.and_then(|order| Some((order, order.paypal.as_ref()?))) else {
            return answer(404, r#"{"name":"RESOURCE_NOT_FOUND"}"#);
        };
        let is_open = order.kind == story::Kind::Forged || order.completed_at > self.now;
        if is_capture && (is_open || approval.captured_at(order) <= self.now) {
            // Not approved yet, or captured before.
            return answer(422, r#"{"name":"UNPROCESSABLE_ENTITY"}"#);
        }
        if is_capture {
            self.tally.met(Met::CapturedOrder);
            approval.captured_at.set(Some(self.now));
        }
        let shown = paypal::order(order, approval, self.now, !is_capture || names_buyer);
        answer(if is_capture { 201 } else { 200 }, shown.to_string())
    }

    fn hand_over(&mut self, key: &str, body: String) -> Answer {
        self.tally.met(Met::Mail);
        if self.post.knows_keys
            && let Some(before) = self.post.sent.iter().find(|sent| sent.key == key)
        {
            self.tally.met(Met::MailSentBefore);
            return if before.body == body {
                answer(200, r#"{"id":"mail"}"#)
            } else {
                answer(409, r#"{"statusCode":409,"name":"invalid_idempotent_request","message":"another payload"}"#)
            };
        }
        // An earlier try is still on its way at the provider, and may yet come to nothing.
        let is_busy = self.rates().reply_lost / 2;
        if self.post.knows_keys && self.choice.chance(is_busy) {
            return answer(
                409,
                r#"{"statusCode":409,"name":"concurrent_idempotent_requests","message":"in progress"}"#,
            );
        }
        let mail: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
        let (to, text) = (mail["to"][0].as_str().unwrap_or_default(), mail["text"].as_str().unwrap_or_default());
        let owner = (0..self.story.buyers).find(|buyer| !mark::is_of_another(to.as_bytes(), *buyer));
        // What staff are mailed is about whoever wrote to them.
        let is_for_staff = to == "info@shop.test";
        let is_whole =
            is_for_staff || mark::is_in(to) && owner.is_some_and(|owner| !mark::is_of_another(body.as_bytes(), owner));
        self.require(is_whole, || format!("I6 a mail speaks of somebody else: {body}"));
        let license_key = license_keys(text).next().map(str::to_owned);
        let (key, to) = (key.to_owned(), to.to_owned());
        self.post.sent.push(Sent { key, body, to, license_key });
        answer(200, r#"{"id":"mail"}"#)
    }
}

/// License keys that stand in a text.
pub(super) fn license_keys(text: &str) -> impl Iterator<Item = &str> {
    const LENGTH: usize = "CPP-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-CCCC".len();
    text.match_indices("CPP-").filter_map(|(at, _)| text.get(at..at + LENGTH))
}

fn answer(status: u16, body: impl Into<Vec<u8>>) -> Answer {
    Answer { status, body: body.into() }
}

impl Outbound for World {
    async fn call(&self, call: Call) -> Result<Answer, Unavailable> {
        let (method, url) = (call.method(), call.url());
        let answered = self
            .call(Kind::Server, method, |shared| {
                if let Some(id) = url.strip_prefix(STRIPE).and_then(|path| path.strip_prefix("/v1/checkout/sessions/"))
                {
                    return Ok(shared.stripe_session(id));
                }
                if url == format!("{STRIPE}/v1/checkout/sessions") {
                    return Ok(answer(200, r#"{"id":"cs_new","url":"https://checkout.stripe.test/c/cs_new"}"#));
                }
                if let Some(path) = url.strip_prefix(PAYPAL) {
                    let names_buyer = call.headers().iter().any(|(_, value)| value == "return=representation");
                    return Ok(shared.paypal(path, call.body(), names_buyer));
                }
                let key = call.headers().iter().find(|(name, _)| *name == "idempotency-key").map_or("", |(_, key)| key);
                Ok(shared.hand_over(key, call.body().to_owned()))
            })
            .await;
        // A server that fails may say so, or say nothing.
        let shared = &mut *self.shared.borrow_mut();
        if answered.is_err() && shared.choice.chance(500) { Ok(answer(500, "oops")) } else { answered }
    }
}
