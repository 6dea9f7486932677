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

/// Whether text holds a mark, of a person or of a purchase, that is not this buyer's.
pub(super) fn is_of_another(text: &[u8], buyer: usize) -> bool {
    owners(text, PERSON).chain(owners(text, PURCHASE)).any(|owner| owner != buyer)
}

fn owners<'text>(text: &'text [u8], mark: &'static str) -> impl Iterator<Item = usize> {
    let mark = mark.as_bytes();
    text.windows(mark.len() + 1)
        .filter(move |window| {
            window[0].eq_ignore_ascii_case(&mark[0]) && window[..mark.len()].eq_ignore_ascii_case(mark)
        })
        .filter(move |window| window[mark.len()].is_ascii_digit())
        .map(move |window| usize::from(window[mark.len()] - b'0'))
}

#[test]
fn a_mark_is_found_in_any_case() {
    assert!(is_in("Dear Ada ULIO1"));
    assert!(!is_in("audio 1, ulio"));
    assert!(is_of_another(b"x ulio1 oluo2", 1));
    assert!(!is_of_another(b"x ulio1 oluo1", 1));
}
