//! What must hold: of every answer as it is given, and of the whole when everything is quiet. Each broken promise begins
//! with the number of its invariant.

use std::collections::BTreeSet;

use base64ct::{Base64UrlUnpadded, Encoding};
use edge::domain::id::{Reference, Subject};
use edge::domain::license::LicenseState;
use edge::http::Response;
use edge::store::object::{Address, Rows};
use edge::store::parked::FACTS_PER_RUN_MAX;
use edge::store::record;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::history::Job;
use super::mark;
use super::model;
use super::outside::license_keys;
use super::story::{About, Act, Asked, Kind, Order, Signature, Story};
use super::stripe;
use super::world::{BEGIN, Shared};

/// Storage calls to place one parked fact: read it, find its vault, report it there, take it away.
const TO_PLACE: u32 = 4;
/// Storage calls to issue a license: claim the purchase and the payment, open, claim the key and the license, list what is
/// parked under the names of either.
const TO_ISSUE: u32 = 7;
/// Storage calls of a question about a key: the view, whose it is, the vault.
const TO_VALIDATE: u32 = 3;
/// Storage calls to place an incident or to park it: whose it is, the parking, once more whose it is, and the report should it
/// be somebody's by then.
const TO_REPORT: u32 = 4;
/// Storage calls of one job: at most two to do it, one to settle it.
const TO_DO_A_JOB: u32 = 3;

/// I11: no task does more work than its input explains.
pub(super) fn bounded(job: &Job, story: &Story, operations: u32) -> Result<(), String> {
    let to_issue = |order: &usize| TO_ISSUE + TO_PLACE * story.orders[*order].reports;
    let bound = match job {
        // Five rounds, each asks what is due; a history has at most two purchases, hence five jobs, in a vault.
        Job::Drain(_) => 5 * (1 + 5 * TO_DO_A_JOB),
        Job::Act(act) => match &**act {
            Act::Report { order, about: About::Session { .. }, .. } | Act::Poll { order } => to_issue(order),
            Act::Report { .. } => TO_REPORT,
            Act::Validate { .. } => TO_VALIDATE,
            Act::Tick => 2 + TO_PLACE * u32::try_from(FACTS_PER_RUN_MAX).expect("small"),
            Act::Buy => 0,
        },
    };
    if operations <= bound { Ok(()) } else { Err(format!("I11 {operations} storage calls, {bound} explain it")) }
}

/// What was seen so far.
#[derive(Debug)]
pub(super) struct Witness {
    /// By order: every key that anybody was shown for it.
    keys: Vec<BTreeSet<String>>,
    /// By order: whether a report of its payment was acknowledged.
    acknowledged: Vec<bool>,
    /// Whether all is said, so that answers have to be the last word.
    pub(super) is_final: bool,
}

impl Witness {
    pub(super) fn new(orders: usize) -> Self {
        Self { keys: vec![BTreeSet::new(); orders], acknowledged: vec![false; orders], is_final: false }
    }

    /// Whether the purchase an act is about was acknowledged already.
    pub(super) fn is_acknowledged(&self, act: &Act) -> bool {
        match act {
            Act::Validate { order, .. } => self.acknowledged[*order],
            _ => false,
        }
    }

    /// A key that was shown for a purchase.
    pub(super) fn key_of(&self, order: usize) -> Option<&str> {
        self.keys[order].first().map(String::as_str)
    }

    /// An answer.
    pub(super) fn answer(
        &mut self,
        story: &Story,
        act: &Act,
        response: &Response,
        now: i64,
        was_acknowledged: bool,
    ) -> Result<(), String> {
        let body = readable(&String::from_utf8_lossy(&response.body));
        let status = response.status;
        let is_forgery = matches!(act, Act::Report { signature: Signature::Forged | Signature::Old, .. });
        let invariant = if is_forgery { "I2" } else { "I4" };
        let unexpected = || Err(format!("{invariant} {status} in answer to {act:?}: {body}"));
        match act {
            Act::Report { order, about, signature, .. } => {
                match (signature, status) {
                    (Signature::Good, 200) => {
                        self.acknowledged[*order] |= *about == About::Session { is_paid: true };
                    }
                    (Signature::Good, 503) | (Signature::Forged | Signature::Old, 400) => {}
                    _ => return unexpected(),
                }
                self.is_not_anothers(story, *order, &body)
            }
            Act::Poll { order } => {
                let known = &story.orders[*order];
                let (is_ready, is_ours) = (known.is_owed_by(now), known.kind.is_sold());
                let may_be = match status {
                    503 => !self.is_final,
                    202 => !self.is_final || (is_ours && known.settled_at > now) || known.kind == Kind::Forged,
                    410 => known.kind.is_sold() && known.has_failed_by(now),
                    200 => is_ready || known.kind.is_held(),
                    404 => matches!(known.kind, Kind::OtherMode | Kind::OtherProduct),
                    _ => false,
                };
                if !may_be {
                    return unexpected();
                }
                let is_shown = license_keys(&body).next().is_some();
                if is_shown && !is_ready {
                    return Err(format!("I2 a license for order {order} without a payment: {body}"));
                }
                if status == 200 && is_ready && !is_shown {
                    return Err(format!("I4 no license on the success page of order {order}: {body}"));
                }
                self.is_not_anothers(story, *order, &body)
            }
            Act::Validate { order, key } => {
                // What a mistyped key should have been comes from its check characters, whether or not it was ever issued.
                let known_keys = self.keys[*order].clone();
                self.is_not_anothers(story, *order, &body)?;
                if *key == Asked::Mistyped {
                    self.keys[*order] = known_keys;
                }
                match status {
                    200 => self.verdict(&story.orders[*order], *order, *key, &body, now, was_acknowledged),
                    503 if !self.is_final => Ok(()),
                    _ => unexpected(),
                }
            }
            Act::Buy => match status {
                303 | 503 => Ok(()),
                _ => unexpected(),
            },
            Act::Tick => Ok(()),
        }
    }

    /// I1 and I6: nothing in an answer belongs to another buyer, and a purchase has one key for ever.
    fn is_not_anothers(&mut self, story: &Story, order: usize, body: &str) -> Result<(), String> {
        if mark::is_of_another(body.as_bytes(), story.orders[order].buyer) {
            return Err(format!("I6 an answer about order {order} speaks of somebody else: {body}"));
        }
        license_keys(body).try_for_each(|key| self.key(order, key))
    }

    fn key(&mut self, order: usize, key: &str) -> Result<(), String> {
        if !self.keys[order].contains(key) {
            if self.keys.iter().any(|keys| keys.contains(key)) {
                return Err(format!("I6 the key {key} of another order was shown for order {order}"));
            }
            self.keys[order].insert(key.to_owned());
        }
        if self.keys[order].len() == 1 {
            Ok(())
        } else {
            Err(format!("I1 order {order} has two keys: {:?}", self.keys[order]))
        }
    }

    /// I2 and I3: what the license interface says of a key.
    fn verdict(
        &self,
        known: &Order,
        order: usize,
        key: Asked,
        body: &str,
        now: i64,
        was_acknowledged: bool,
    ) -> Result<(), String> {
        let code = body.split_once(r#""code":""#).and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
        let is_ready = known.is_owed_by(now);
        let holds = match key {
            Asked::Unknown => code == "not_found",
            Asked::Mistyped => code == "malformed_key",
            Asked::Right if !known.kind.is_sold() => code == "not_found",
            Asked::Right if self.is_final => code == model::verdict(known.is_paid, &known.facts),
            Asked::Right if known.has_failed_by(now) => matches!(code, "not_found" | "pending" | "revoked"),
            Asked::Right if !is_ready => matches!(code, "not_found" | "pending"),
            Asked::Right => {
                model::is_possible(code, &known.facts) && !(was_acknowledged && matches!(code, "not_found" | "pending"))
            }
        };
        if holds {
            return Ok(());
        }
        let invariant = if is_ready { "I3" } else { "I2" };
        Err(format!("{invariant} the license of order {order} is called {code}; facts: {:?}", known.facts))
    }
}

/// An answer with its token in clear: in base64 any mark can turn up by chance, and none can be seen.
fn readable(body: &str) -> String {
    let Some((before, rest)) = body.split_once(r#""token":""#) else { return body.to_owned() };
    let (token, after) = rest.split_once('"').unwrap_or_default();
    let (payload, _signature) = token.split_once('.').unwrap_or_default();
    let payload = Base64UrlUnpadded::decode_vec(payload).unwrap_or_default();
    format!("{before}\"token\":{}{after}", String::from_utf8_lossy(&payload))
}

/// Whether facts are parked whose purchase is known by now.
pub(super) fn parked_facts_that_could_be_placed(shared: &Shared) -> bool {
    shared.kv.all(shared.now).filter_map(|(key, _)| key.strip_prefix("parked/")?.split('/').next()).any(|reference| {
        shared.objects.iter().any(|(address, object)| {
            matches!(address, Address::Pointer(pointer) if pointer.as_str() == reference) && !object.rows.is_empty()
        })
    })
}

/// What must hold when everything is quiet.
pub(super) fn at_rest(shared: &Shared, story: &Story, witness: &Witness) -> Result<(), String> {
    for (index, order) in story.orders.iter().enumerate() {
        let row = format!("order/stripe/{}", order.id);
        let homes: Vec<_> = shared.objects.vaults().filter(|(_, object)| object.rows.contains_key(&row)).collect();
        match (homes.as_slice(), order.kind.is_sold()) {
            ([], false) => set_aside(shared, index, order)?,
            ([(Address::Vault(subject), vault)], true) => {
                at_home(shared, story, witness, index, subject, &vault.rows)?;
            }
            (homes, _) => return Err(format!("I4/I8 order {index} ({:?}) is in {} vaults", order.kind, homes.len())),
        }
    }
    for (address, object) in shared.objects.vaults() {
        // What is left waits for a day to come: to publish a view anew, to remind. The alarm rings by then.
        for job in object.rows.keys().filter(|row| row.starts_with("outbox/")) {
            let due_at = record_at(&object.rows, job)?["due_at"].as_i64().unwrap_or_default();
            if due_at < shared.now + 86_400 || object.alarm.is_none_or(|at| at > due_at) {
                return Err(format!("I4 {job} is still to be done in {}", address.name()));
            }
        }
    }
    Ok(())
}

/// What must be kept of a purchase without a license: that it waits for staff, and all that happened to its payment.
fn set_aside(shared: &Shared, index: usize, order: &Order) -> Result<(), String> {
    let pepper = &super::world::config().pepper;
    let held = format!("held/{}", Reference::purchase(pepper, "stripe", &order.id).as_str());
    if shared.kv.truth(&held, shared.now).is_some() != order.kind.is_held() {
        return Err(format!("I4 order {index} ({:?}) is held or not, as it should not be", order.kind));
    }
    let parked = format!("parked/{}/", Reference::payment(pepper, "stripe", &stripe::payment(order)).as_str());
    let read = |text| Ok(serde_json::from_str::<Value>(text).map_err(|error| error.to_string())?["record"].take());
    let facts = shared.kv.all(shared.now).filter(|(key, _)| key.starts_with(&parked)).map(|(_, text)| read(text));
    let facts: Vec<Value> = facts.collect::<Result<_, String>>()?;
    let kept: BTreeSet<String> =
        facts.iter().map(|parked| parked["fact"]["incident"]["incident"].to_string()).collect();
    let expected = order.facts.iter().filter_map(|fact| stripe::incident_read(order, fact));
    let expected: BTreeSet<String> = expected.map(|incident| incident.to_string()).collect();
    if kept == expected {
        Ok(())
    } else {
        Err(format!("I4 order {index} ({:?}): {kept:?} is parked, {expected:?} happened", order.kind))
    }
}

/// What must hold of one purchase in its vault.
fn at_home(
    shared: &Shared,
    story: &Story,
    witness: &Witness,
    index: usize,
    subject: &Subject,
    rows: &Rows,
) -> Result<(), String> {
    let order = &story.orders[index];
    let broken = |invariant: &str, what: &str| Err(format!("{invariant} order {index}: {what}"));
    let stored = record_at(rows, &format!("order/stripe/{}", order.id))?;
    let (id, key) = (text(&stored["license"]["id"]), text(&stored["license"]["key"]));
    if !order.is_paid {
        if !witness.keys[index].is_empty() {
            return broken("I2", "a key was shown although the money never came");
        }
    } else if !witness.keys[index].iter().eq([key]) {
        return broken("I1", &format!("the vault holds {key}, {:?} were shown", witness.keys[index]));
    }
    mailed(shared, order, (id, key)).or_else(|what| broken("I4", &what))?;
    // The view says what the vault says.
    let reference = Reference::license_key(&super::world::config().pepper, key);
    let view = shared.kv.truth(&format!("license/{}", reference.as_str()), shared.now);
    let view: Option<LicenseState> = view.and_then(|view| record::decode(view).ok());
    let expected = model::verdict(order.is_paid, &order.facts);
    let said = view.as_ref().map(|view| view.standing.as_str());
    if said != Some(if expected == "valid" { "active" } else { expected }) {
        return broken("I3", &format!("its view says {said:?}, it is {expected}"));
    }
    // The desk knows the vault as it is.
    let desk = shared.objects.get(&Address::Desk).map(|desk| record_at(&desk.rows, subject.as_str()));
    let (entry, revision) = (desk.unwrap_or(Ok(Value::Null))?, record_at(rows, "revision")?);
    let is_here = |other: &&Order| rows.contains_key(&format!("order/stripe/{}", other.id));
    let licenses = story.orders.iter().filter(is_here).filter(|other| other.is_paid).count();
    if entry["revision"] != revision["number"] || entry["licenses"] != licenses {
        return broken("I4", &format!("the desk knows {entry}, the vault is at {revision}"));
    }
    if entry["changed_at"].as_i64().is_none_or(|at| at < BEGIN) {
        return broken("I4", "the desk does not know when its vault changed");
    }
    // Whoever was asked for less than the catalogue does gets the license, and staff is told.
    let mut here = story.orders.iter().filter(is_here);
    if entry["price_drift"] != here.any(|other| other.kind == Kind::Underpaid) {
        return broken("I2", &format!("the desk knows {entry}, which is wrong about the price"));
    }
    Ok(())
}

/// Whether the buyer was told how the purchase ended: at least once, and once where the provider can tell.
fn mailed(shared: &Shared, order: &Order, (id, key): (&str, &str)) -> Result<(), String> {
    let digest = Sha256::digest(order.id.as_bytes());
    let digits = digest.iter().take(16).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let (license, failed) = (format!("license/{id}"), format!("failed/stripe/{digits}"));
    let sent = |key: &str| shared.post.sent.iter().filter(|sent| sent.key == key).collect::<Vec<_>>();
    let (right, wrong) = if order.is_paid { (&license, &failed) } else { (&failed, &license) };
    let (mails, wrong) = (sent(right), sent(wrong));
    let shown = order.is_paid.then_some(key);
    let is_right = mails
        .iter()
        .all(|mail| mail.license_key.as_deref() == shown && !mark::is_of_another(mail.to.as_bytes(), order.buyer));
    let is_told = !mails.is_empty() && (!shared.post.knows_keys || mails.len() == 1);
    if is_told && is_right && wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("{} mails, all of them right: {is_right}, and {} that should not be", mails.len(), wrong.len()))
    }
}

fn record_at(rows: &Rows, key: &str) -> Result<Value, String> {
    let text = rows.get(key).ok_or_else(|| format!("I4 there is no row {key}"))?;
    let value: Value = serde_json::from_str(text).map_err(|error| format!("I4 {key}: {error}"))?;
    Ok(value["record"].clone())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
