//! What a copy of the store shows without its keys, after a new epoch, and of somebody who was forgotten.

use super::*;
use crate::domain::id::{Email, Secret, Subject};
use crate::domain::time::Moment;
use crate::domain::vault::Revision;
use crate::store::object::Reply;
use crate::store::record::{self, Written};

fn keys(names: &[&str]) -> VaultKeys {
    VaultKeys::new(names.iter().map(|name| ((*name).to_owned(), [name.as_bytes()[1]; 32])).collect()).expect("keys")
}

fn vault(email: &str) -> Address {
    let email = Email::parse(email).expect("an address");
    Address::Vault(Subject::of(&Secret::new("pepper").expect("not empty"), &email))
}

fn written(number: u64) -> Written {
    record::encode(&Revision { number, at: Moment(0) })
}

fn outcome(writes: &[(&str, Option<u64>)], forgets: bool) -> Outcome {
    let writes = writes.iter().map(|(name, number)| ((*name).to_owned(), number.map(written)));
    Outcome { reply: Reply::Registered, writes: writes.collect(), alarm: None, forgets }
}

type Stored = std::collections::BTreeMap<String, String>;

/// Does to a store what a host does.
fn run(
    stored: &mut Stored,
    keys: &VaultKeys,
    address: &Address,
    outcome: &Outcome,
    fresh: u8,
) -> Result<Rows, Corrupt> {
    let lock = stored.get(LOCK_ROW).cloned();
    let seal = Seal::of(keys, address, lock.as_deref(), &[fresh; 32])?;
    let rows = stored.iter().filter(|(name, _)| *name != LOCK_ROW).map(|(name, text)| (name.clone(), text.clone()));
    let rows = seal.read(rows)?;
    for (name, text) in seal.writes(&rows, outcome, &[fresh + 100; 32])? {
        match text {
            Some(text) => stored.insert(name, text.as_str().to_owned()),
            None => stored.remove(&name),
        };
    }
    Ok(rows)
}

fn nothing() -> Outcome {
    outcome(&[], false)
}

#[test]
fn what_is_stored_is_read_back_and_shows_nothing() {
    let (mut stored, keys, address) = (Stored::new(), keys(&["v1"]), vault("a@example.com"));
    assert_eq!(run(&mut stored, &keys, &address, &nothing(), 1), Ok(Rows::new()));
    assert!(stored.is_empty(), "whoever only asks leaves nothing");
    run(&mut stored, &keys, &address, &outcome(&[("a", Some(1)), ("b", Some(2))], false), 2).expect("stored");
    assert!(stored.values().all(|text| !text.contains("record")), "{stored:?}");
    let rows = run(&mut stored, &keys, &address, &nothing(), 3).expect("read");
    assert_eq!(rows.get("b").map(String::as_str), Some(written(2).as_str()));
}

#[test]
fn a_row_that_was_touched_or_stands_elsewhere_is_not_read() {
    let (mut stored, keys, address) = (Stored::new(), keys(&["v1"]), vault("a@example.com"));
    run(&mut stored, &keys, &address, &outcome(&[("a", Some(1)), ("b", Some(2))], false), 1).expect("stored");
    assert_eq!(run(&mut stored.clone(), &keys, &vault("b@example.com"), &nothing(), 1), Err(Corrupt));
    let mut swapped = stored.clone();
    swapped.insert("a".to_owned(), stored["b"].clone());
    assert_eq!(run(&mut swapped, &keys, &address, &nothing(), 1), Err(Corrupt));
    for name in ["a", LOCK_ROW] {
        let mut touched = stored.clone();
        let text = touched.get_mut(name).expect("a row");
        let last = text.pop().expect("not empty");
        text.push(if last == 'A' { 'E' } else { 'A' });
        assert_eq!(run(&mut touched, &keys, &address, &nothing(), 1), Err(Corrupt), "{name}");
    }
}

#[test]
fn a_new_epoch_locks_the_key_anew_and_an_older_copy_needs_the_old_one() {
    let (mut stored, address) = (Stored::new(), vault("a@example.com"));
    run(&mut stored, &keys(&["v1"]), &address, &outcome(&[("a", Some(1))], false), 1).expect("stored");
    let copy = stored.clone();
    run(&mut stored, &keys(&["v2", "v1"]), &address, &nothing(), 2).expect("a command that writes nothing");
    assert_eq!(stored["a"], copy["a"], "the rows stay as they are");
    assert!(run(&mut stored, &keys(&["v2"]), &address, &nothing(), 3).is_ok());
    assert_eq!(run(&mut copy.clone(), &keys(&["v2"]), &address, &nothing(), 3), Err(Corrupt));
}

#[test]
fn what_was_forgotten_is_opened_by_no_key_that_is_stored() {
    let (mut stored, keys, address) = (Stored::new(), keys(&["v1"]), vault("a@example.com"));
    run(&mut stored, &keys, &address, &outcome(&[("holder", Some(1)), ("order", Some(2))], false), 1).expect("stored");
    let copy = stored.clone();
    run(&mut stored, &keys, &address, &outcome(&[("holder", None)], true), 2).expect("forgotten");
    let rows = run(&mut stored, &keys, &address, &nothing(), 3).expect("what stays is read");
    assert_eq!(rows.keys().collect::<Vec<_>>(), ["order"]);
    assert_ne!(stored["order"], copy["order"]);
    let mut mixed = copy;
    mixed.insert(LOCK_ROW.to_owned(), stored[LOCK_ROW].clone());
    assert_eq!(run(&mut mixed, &keys, &address, &nothing(), 3), Err(Corrupt));
}

#[test]
fn an_object_with_nothing_in_it_has_no_key_that_a_new_epoch_could_miss() {
    let (mut stored, address) = (Stored::new(), vault("a@example.com"));
    run(&mut stored, &keys(&["v1"]), &address, &outcome(&[("a", Some(1)), ("b", Some(2))], false), 1).expect("stored");
    run(&mut stored, &keys(&["v1"]), &address, &outcome(&[("a", None)], false), 2).expect("less");
    assert!(stored.contains_key(LOCK_ROW) && stored.len() == 2);
    run(&mut stored, &keys(&["v1"]), &address, &outcome(&[("b", None)], true), 3).expect("nothing");
    assert!(stored.is_empty(), "{stored:?}");
    assert!(run(&mut stored, &keys(&["v2"]), &address, &outcome(&[("a", Some(1))], false), 4).is_ok());
}

#[test]
fn what_only_points_is_stored_as_it_is() {
    let (mut stored, keys) = (Stored::new(), keys(&["v1"]));
    run(&mut stored, &keys, &Address::Ledger, &outcome(&[("head", Some(1))], false), 1).expect("stored");
    assert_eq!(stored.keys().collect::<Vec<_>>(), ["head"]);
    assert_eq!(stored["head"], written(1).as_str());
}
