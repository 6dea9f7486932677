//! What must hold of the whole when everything is quiet: each purchase has its one license in its one vault, everybody was
//! told, and nothing waits that could be done.

use std::collections::BTreeSet;

use edge::domain::id::{Reference, Subject};
use edge::domain::license::LicenseState;
use edge::store::object::{Address, Rows};
use edge::store::record;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::checks::Witness;
use super::mark;
use super::story::{Kind, Order, Story};
use super::world::{BEGIN, Shared};

/// Whether facts are parked whose purchase is known by now.
pub(super) fn parked_facts_that_could_be_placed(shared: &Shared) -> bool {
    shared.kv.all(shared.now).filter_map(|(key, _)| key.strip_prefix("parked/")?.split('/').next()).any(|reference| {
        shared.objects.iter().any(|(address, object)| {
            matches!(address, Address::Pointer(pointer) if pointer.as_str() == reference) && !object.rows.is_empty()
        })
    })
}

/// I4: nothing is left to do but what waits for a day to come, such as to publish a view anew or to remind; and the alarm
/// rings by then.
pub(super) fn all_is_done(shared: &Shared) -> Result<(), String> {
    for (address, object) in shared.objects.vaults() {
        for job in object.rows.keys().filter(|row| row.starts_with("outbox/")) {
            let due_at = record_at(&object.rows, job)?["due_at"].as_i64().unwrap_or_default();
            if due_at < shared.now + 86_400 || object.alarm.is_none_or(|at| at > due_at) {
                return Err(format!("I4 {job} is still to be done in {}", address.name()));
            }
        }
    }
    Ok(())
}

/// What must hold when everything is quiet.
pub(super) fn at_rest(shared: &Shared, story: &Story, witness: &Witness) -> Result<(), String> {
    all_is_done(shared)?;
    for (_, object) in shared.objects.vaults() {
        of_one_person(&object.rows, story)?;
    }
    for (index, order) in story.orders.iter().enumerate() {
        let row = format!("order/{}/{}", order.processor(), order.id);
        let homes: Vec<_> = shared.objects.vaults().filter(|(_, object)| object.rows.contains_key(&row)).collect();
        match (homes.as_slice(), order.kind.is_sold()) {
            ([], false) => set_aside(shared, index, order)?,
            ([(Address::Vault(subject), vault)], true) => {
                at_home(shared, story, witness, index, subject, &vault.rows)?;
            }
            (homes, _) => {
                return Err(format!("I4/I8 order {index} ({:?}) is in {} vaults", order.kind, homes.len()));
            }
        }
    }
    Ok(())
}

/// I8: whatever address a report carried, nobody's purchases lie in the vault of somebody else.
fn of_one_person(rows: &Rows, story: &Story) -> Result<(), String> {
    let here =
        story.orders.iter().filter(|order| rows.contains_key(&format!("order/{}/{}", order.processor(), order.id)));
    let buyers: BTreeSet<usize> = here.map(|order| order.buyer).collect();
    if buyers.len() <= 1 { Ok(()) } else { Err(format!("I8 a vault holds what several people bought: {buyers:?}")) }
}

/// What must be kept of a purchase without a license: that it waits for staff, and all that happened to its payment.
fn set_aside(shared: &Shared, index: usize, order: &Order) -> Result<(), String> {
    let pepper = &super::world::config().pepper;
    let held = format!("held/{}", Reference::purchase(pepper, order.processor(), &order.id).as_str());
    if shared.kv.truth(&held, shared.now).is_some() != order.kind.is_held() {
        return Err(format!("I4 order {index} ({:?}) is held or not, as it should not be", order.kind));
    }
    let parked = format!("parked/{}/", Reference::payment(pepper, order.processor(), &order.payment()).as_str());
    let read = |text| Ok(serde_json::from_str::<Value>(text).map_err(|error| error.to_string())?["record"].take());
    let facts = shared.kv.all(shared.now).filter(|(key, _)| key.starts_with(&parked)).map(|(_, text)| read(text));
    let facts: Vec<Value> = facts.collect::<Result<_, String>>()?;
    let kept: BTreeSet<String> =
        facts.iter().map(|parked| parked["fact"]["incident"]["incident"].to_string()).collect();
    let expected = order.facts.iter().filter_map(|fact| order.incident_read(fact));
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
    let stored = record_at(rows, &format!("order/{}/{}", order.processor(), order.id))?;
    let (id, key) = (text(&stored["license"]["id"]), text(&stored["license"]["key"]));
    if !order.is_paid {
        if !witness.keys[index].is_empty() {
            return broken("I2", "a key was shown although the money never came");
        }
    } else if !witness.keys[index].iter().eq([key]) {
        return broken("I1", &format!("the vault holds {key}, {:?} were shown", witness.keys[index]));
    }
    mailed(shared, order, (id, key)).or_else(|what| broken("I4", &what))?;
    let sites = rows.iter().filter(|(row, _)| row.starts_with(&format!("activation/{id}/")));
    let (copies, counted): (Vec<_>, Vec<_>) = sites.partition(|(_, text)| text.contains(r#""exempt":true"#));
    witness.seats.explain(index, counted.len(), copies.len())?;
    // The view says what the vault says.
    let reference = Reference::license_key(&super::world::config().pepper, key);
    let view = shared.kv.truth(&format!("license/{}", reference.as_str()), shared.now);
    let view: Option<LicenseState> = view.and_then(|view| record::decode(view).ok());
    let expected = order.worth();
    let said = view.as_ref().map(|view| view.standing.as_str());
    if said != Some(expected.standing) {
        return broken("I3", &format!("its view says {said:?}, it is {expected:?}; facts: {:?}", order.facts));
    }
    let ends = view.map(|view| (view.expires_at.map(|at| at.0), view.grace_until.map(|at| at.0), view.renews));
    if ends != Some((expected.end, expected.grace_until, expected.renews)) {
        return broken("I15", &format!("its view says {ends:?}, it is {expected:?}; facts: {:?}", order.facts));
    }
    // The desk knows the vault as it is.
    let desk = shared.objects.get(&Address::Desk).map(|desk| record_at(&desk.rows, subject.as_str()));
    let (entry, revision) = (desk.unwrap_or(Ok(Value::Null))?, record_at(rows, "revision")?);
    let is_here = |other: &&Order| rows.contains_key(&format!("order/{}/{}", other.processor(), other.id));
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
    let (license, failed) = (format!("license/{id}"), format!("failed/{}/{digits}", order.processor()));
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
