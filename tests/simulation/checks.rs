//! What must hold of every answer as it is given, with what was seen before. Each broken promise begins with the number of
//! its invariant; what must hold of the whole is in `rest.rs`.

use std::collections::BTreeSet;

use base64ct::{Base64UrlUnpadded, Encoding};
use edge::http::Response;
use edge::store::parked::FACTS_PER_RUN_MAX;

use super::history::Job;
use super::mark;
use super::model::{self, Fact};
use super::outside::license_keys;
use super::seats::{CameTo, Entry, Ledger, Site, Wish};
use super::story::{About, Act, Asked, Kind, Order, Signature, Story};

/// Storage calls to place one parked fact: read it, find its vault, report it there, take it away.
const TO_PLACE: u32 = 4;
/// The same for a fact of a subscription or of a capture, which may bring the names of an invoice and of a payment: each is claimed, and what
/// waits for it is listed.
const TO_PLACE_LINKED: u32 = TO_PLACE + 4;
/// Storage calls to issue a license: claim the purchase and the payment, open, claim the key and the license, list what is
/// parked under the names of either.
const TO_ISSUE: u32 = 7;
/// Storage calls of a question about a key: the view, whose it is, the vault.
const TO_VALIDATE: u32 = 3;
/// Storage calls of a site that asks for a seat: whose the key is, the license, the seat.
const TO_SEAT: u32 = 3;
/// Storage calls to place an incident or to park it: whose it is, the parking, once more whose it is, and the report should it
/// be somebody's by then.
const TO_REPORT: u32 = 4;
/// Storage calls of one job: at most two to do it, one to settle it.
const TO_DO_A_JOB: u32 = 3;

/// I11: no task does more work than its input explains.
pub(super) fn bounded(job: &Job, story: &Story, operations: u32) -> Result<(), String> {
    let waiting = |order: usize| {
        let known = &story.orders[order];
        let to_place = if known.renews || known.paypal.is_some() { TO_PLACE_LINKED } else { TO_PLACE };
        to_place * known.reports
    };
    let bound = match job {
        // Five rounds, each asks what is due.
        Job::Drain(_) => 5 * (1 + jobs_max(story) * TO_DO_A_JOB),
        Job::Act(act) => match &**act {
            // An approved order is kept before it is captured, and once more after that.
            Act::Report { order, about: About::Session { .. }, .. } if story.orders[*order].paypal.is_some() => {
                1 + 2 * (TO_ISSUE + waiting(*order))
            }
            Act::Report { order, about: About::Session { .. }, .. } | Act::Poll { order } => TO_ISSUE + waiting(*order),
            // What comes with the name of an invoice or a payment may set free what waited for that.
            Act::Report { order, .. } if story.orders[*order].renews => {
                TO_REPORT + (TO_PLACE_LINKED - TO_PLACE) + waiting(*order)
            }
            Act::Report { .. } => TO_REPORT,
            Act::Validate { .. } => TO_VALIDATE,
            Act::Seat { .. } => TO_SEAT,
            Act::Tick => 2 + TO_PLACE_LINKED * u32::try_from(FACTS_PER_RUN_MAX).expect("small"),
            Act::Buy => 0,
        },
    };
    if operations <= bound { Ok(()) } else { Err(format!("I11 {operations} storage calls, {bound} explain it")) }
}

/// Jobs that a vault can have at once: one for the desk, two for each purchase, and a mail for each period that could not be
/// collected.
fn jobs_max(story: &Story) -> u32 {
    let of_order = |order: &Order| 2 + order.facts.iter().filter(|fact| matches!(fact, Fact::Unpaid { .. })).count();
    let of_buyer = |buyer| story.orders.iter().filter(|order| order.buyer == buyer).map(of_order).sum::<usize>();
    1 + u32::try_from((0..story.buyers).map(of_buyer).max().unwrap_or(0)).expect("small")
}

/// What was so when a request began.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Began {
    /// When.
    at: i64,
    /// Whether the purchase it is about had been acknowledged.
    was_acknowledged: bool,
    /// Where it is written down, if it is about a seat.
    entry: Option<Entry>,
}

/// What was seen so far.
#[derive(Debug)]
pub(super) struct Witness {
    /// By order: every key that anybody was shown for it.
    pub(super) keys: Vec<BTreeSet<String>>,
    /// By order: whether a report of its payment was acknowledged.
    acknowledged: Vec<bool>,
    /// What sites asked for, and what they were told.
    pub(super) seats: Ledger,
    /// Whether all is said, so that answers have to be the last word.
    pub(super) is_final: bool,
}

impl Witness {
    pub(super) fn new(orders: usize) -> Self {
        let (keys, acknowledged) = (vec![BTreeSet::new(); orders], vec![false; orders]);
        Self { keys, acknowledged, seats: Ledger::new(orders), is_final: false }
    }

    /// A request begins.
    pub(super) fn begin(&mut self, act: &Act, at: i64) -> Began {
        match act {
            Act::Validate { order, .. } => Began { at, was_acknowledged: self.acknowledged[*order], entry: None },
            Act::Seat { order, wish, site } => {
                let entry = Some(self.seats.begin(*order, *wish, *site));
                Began { at, was_acknowledged: self.acknowledged[*order], entry }
            }
            _ => Began { at, ..Began::default() },
        }
    }

    /// A request is given up.
    pub(super) fn give_up(&mut self, began: Began) {
        if let Some(entry) = began.entry {
            self.seats.end(entry, CameTo::Unknown);
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
        began: Began,
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
                    // Whether it is genuine could not be found out.
                    (_, 503) if story.orders[*order].paypal.is_some() => {}
                    (Signature::Good, 503) | (Signature::Forged | Signature::Old, 400) => {}
                    _ => return unexpected(),
                }
                self.is_not_anothers(story, *order, &body)
            }
            Act::Poll { order } => {
                let known = &story.orders[*order];
                let is_ready = known.is_owed_by(now);
                if !self.may_be_told(known, status, began.at, now) {
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
                    200 => self.verdict(&story.orders[*order], *order, *key, word(&body), now, began.was_acknowledged),
                    503 if !self.is_final => Ok(()),
                    _ => unexpected(),
                }
            }
            Act::Seat { order, wish, site } => {
                self.is_not_anothers(story, *order, &body)?;
                let known = &story.orders[*order];
                self.seat(known, (*order, *wish, *site), (status, word(&body)), now, began)?.map_or_else(unexpected, Ok)
            }
            Act::Buy => match status {
                303 | 503 => Ok(()),
                _ => unexpected(),
            },
            Act::Tick => Ok(()),
        }
    }

    /// I14, I2 and I3: what a site is told of its seat and of the license. None for an answer that it may not get.
    fn seat(
        &mut self,
        known: &Order,
        (order, wish, site): (usize, Wish, Site),
        (status, word): (u16, &str),
        now: i64,
        began: Began,
    ) -> Result<Option<()>, String> {
        let Some((came_to, code)) = told_of_a_seat(wish, status, word, self.is_final) else { return Ok(None) };
        self.seats.end(began.entry.expect("written down"), came_to);
        if code.is_empty() {
            return Ok((!self.is_final).then_some(()));
        }
        if wish == Wish::Verdict && matches!(code, "valid" | "grace") {
            self.seats.may_be_active(order, site)?;
        }
        // A seat is given to the last second of a license, which may be over when that is answered.
        let ends_meanwhile = |fact: &Fact| matches!(fact, Fact::Period { end, .. } if *end > began.at);
        let is_late = (wish, came_to, code) == (Wish::Activate, CameTo::Done, "expired");
        if is_late && !known.facts.iter().any(ends_meanwhile) {
            return Ok(None);
        }
        self.verdict(known, order, Asked::Right, code, now, began.was_acknowledged).map(Some)
    }

    /// Whether a success page may answer with this status.
    fn may_be_told(&self, known: &Order, status: u16, began_at: i64, now: i64) -> bool {
        let (is_ready, is_ours) = (known.is_owed_by(now), known.kind.is_sold());
        match status {
            503 => !self.is_final,
            202 => !self.is_final || (is_ours && known.settled_at > now) || known.kind == Kind::Forged,
            // An order that the buyer has not agreed to costs nothing yet.
            410 if known.paypal.is_some() && (known.kind == Kind::Forged || began_at < known.completed_at) => true,
            410 => known.kind.is_sold() && known.has_failed_by(now),
            200 => is_ready || known.kind.is_held(),
            404 => matches!(known.kind, Kind::OtherMode | Kind::OtherProduct),
            _ => false,
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
        code: &str,
        now: i64,
        was_acknowledged: bool,
    ) -> Result<(), String> {
        let is_ready = known.is_owed_by(now);
        let holds = match key {
            Asked::Unknown => code == "not_found",
            Asked::Mistyped => code == "malformed_key",
            Asked::Right if !known.kind.is_sold() => code == "not_found",
            Asked::Right if self.is_final => {
                let word = known.worth().word(now);
                code == word || code == "good" && matches!(word, "valid" | "grace")
            }
            Asked::Right if known.has_failed_by(now) => matches!(code, "not_found" | "pending" | "revoked"),
            Asked::Right if !is_ready => matches!(code, "not_found" | "pending"),
            Asked::Right => {
                model::is_possible(code, &known.facts, now)
                    && !(was_acknowledged && matches!(code, "not_found" | "pending"))
            }
        };
        if holds {
            return Ok(());
        }
        let invariant = if is_ready { "I3" } else { "I2" };
        Err(format!("{invariant} the license of order {order} is called {code}; facts: {:?}", known.facts))
    }
}

/// The word that an answer of the license interface turns on.
fn word(body: &str) -> &str {
    body.split_once(r#""code":""#).and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default()
}

/// What an answer to a site says of its seat and of the license; none for an answer that it may not get. What the license
/// is worth is not said where storage failed, and where a seat is the question, only that it is good.
fn told_of_a_seat(wish: Wish, status: u16, word: &str, is_final: bool) -> Option<(CameTo, &str)> {
    match (wish, status, word) {
        (_, 503, _) => Some((CameTo::Unknown, "")),
        (Wish::Activate, 200, "valid" | "grace") | (Wish::Deactivate, 200, "site_inactive") => {
            Some((CameTo::Done, "good"))
        }
        (Wish::Activate, 200, "expired") => Some((CameTo::Done, "expired")),
        (Wish::Activate, 409, "no_activations_left") => Some((CameTo::Full, "good")),
        (Wish::Activate, 403, word) if word != "valid" && word != "grace" => Some((CameTo::Nothing, word)),
        (Wish::Deactivate, 200, word) if word != "valid" => Some((CameTo::Done, word)),
        (Wish::Verdict, 200, "site_inactive") => Some((CameTo::Inactive, "good")),
        // A good answer may be old, until everything is quiet.
        (Wish::Verdict, 200, word @ ("valid" | "grace")) if is_final => Some((CameTo::Active, word)),
        (Wish::Activate | Wish::Deactivate, 404, word) | (Wish::Verdict, 200, word) => Some((CameTo::Nothing, word)),
        _ => None,
    }
}

/// An answer with its token in clear: in base64 any mark can turn up by chance, and none can be seen.
fn readable(body: &str) -> String {
    let Some((before, rest)) = body.split_once(r#""token":""#) else {
        return body.to_owned();
    };
    let (token, after) = rest.split_once('"').unwrap_or_default();
    let (payload, _signature) = token.split_once('.').unwrap_or_default();
    let payload = Base64UrlUnpadded::decode_vec(payload).unwrap_or_default();
    format!("{before}\"token\":{}{after}", String::from_utf8_lossy(&payload))
}
