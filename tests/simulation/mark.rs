//! Marks that show whose a piece of text is. Everything personal carries one, so that wherever it turns up it is known,
//! and whoever it belongs to. Letters that license keys do not use (I, L, O, U) keep a key from looking like a mark.

/// In names and addresses of a buyer, before the buyer's digit.
pub(super) const PERSON: &str = "ulio";
/// In what the processor calls a purchase, before the buyer's digit.
pub(super) const PURCHASE: &str = "oluo";

/// Whether text holds something personal.
pub(super) fn is_in(text: &str) -> bool {
    owners(text.as_bytes(), PERSON).next().is_some()
}

/// Text without what is sealed in it: once in some million times the letters of a mark stand in that by chance.
pub(super) fn without_seals(text: &str) -> String {
    let mut parts = text.split(r#""seal":""#);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |clean, part| clean + part.split_once('"').map_or("", |(_, rest)| rest))
}

/// Whether text holds a mark, of a person or of a purchase, that is not this buyer's.
pub(super) fn is_of_another(text: &[u8], buyer: usize) -> bool {
    owners(text, PERSON).chain(owners(text, PURCHASE)).any(|owner| owner != buyer)
}

fn owners(text: &[u8], mark: &'static str) -> impl Iterator<Item = usize> {
    let mark = mark.as_bytes();
    // The second letter is the rarer one in what is searched.
    let hits = text.iter().enumerate().filter(move |(_, byte)| byte.eq_ignore_ascii_case(&mark[1]));
    hits.filter_map(move |(at, _)| {
        let found = text.get(at.checked_sub(1)?..at + mark.len())?;
        let (letters, digit) = found.split_at(mark.len());
        let is_mark = letters.eq_ignore_ascii_case(mark) && digit[0].is_ascii_digit();
        is_mark.then(|| usize::from(digit[0] - b'0'))
    })
}

/// The buyer's address.
pub(super) fn address(buyer: usize) -> String {
    format!("ada.{PERSON}{buyer}@{PERSON}{buyer}.example")
}

/// The same mailbox, typed differently.
pub(super) fn other_case(buyer: usize) -> String {
    address(buyer).to_uppercase()
}

/// Another mailbox of the same buyer.
pub(super) fn elsewhere(buyer: usize) -> String {
    format!("home.{PERSON}{buyer}@home.{PERSON}{buyer}.example")
}

#[test]
fn what_is_sealed_is_left_out() {
    let text = r#"{"a":"ulio1","seal":"xUliO5x","b":{"seal":"y","c":"z"}}"#;
    assert_eq!(without_seals(text), r#"{"a":"ulio1",,"b":{,"c":"z"}}"#);
}

#[test]
fn a_mark_is_found_in_any_case() {
    assert!(is_in("Dear Ada ULIO1"));
    assert!(!is_in("audio 1, ulio"));
    assert!(is_of_another(b"x ulio1 oluo2", 1));
    assert!(!is_of_another(b"x ulio1 oluo1", 1));
}
