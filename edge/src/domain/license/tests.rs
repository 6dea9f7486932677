//! Laws of license keys.

use proptest::prelude::*;

use super::*;
use crate::domain::payment::Provider;

fn secret() -> Secret {
    Secret::new("license secret").expect("not empty")
}

fn purchase(id: &str) -> PurchaseId {
    PurchaseId { provider: Provider::Stripe, id: id.to_owned() }
}

#[test]
fn a_key_depends_on_purchase_number_and_secret_alone() {
    let key = LicenseKey::derive(&secret(), &purchase("cs_1"), 1);
    assert_eq!(key, LicenseKey::derive(&secret(), &purchase("cs_1"), 1));
    assert_ne!(key, LicenseKey::derive(&secret(), &purchase("cs_2"), 1));
    assert_ne!(key, LicenseKey::derive(&secret(), &purchase("cs_1"), 2));
    assert_ne!(key, LicenseKey::derive(&Secret::new("other").expect("not empty"), &purchase("cs_1"), 1));
}

#[test]
fn a_key_has_the_promised_shape() {
    let key = LicenseKey::derive(&secret(), &purchase("cs_1"), 1);
    let groups: Vec<&str> = key.as_str().split('-').collect();
    assert_eq!(groups.len(), 8);
    assert_eq!(groups[0], "CPP");
    assert!(
        groups[1..].iter().all(|group| group.len() == 4 && group.bytes().all(|c| crockford::ALPHABET.contains(&c)))
    );
}

#[test]
fn a_key_is_read_as_people_write_it() {
    let key = LicenseKey::derive(&secret(), &purchase("cs_look_alikes"), 1);
    let text = key.as_str();
    let body = text.strip_prefix("CPP-").expect("the prefix");
    let spellings = [
        text.to_lowercase(),
        text.replace('-', " "),
        text.replace('-', ""),
        body.to_owned(),
        format!("  {text}\n"),
        format!("CPP-{}", body.replace('0', "O").replace('1', "l")),
        text.replace('-', "\u{2013}"),
    ];
    for spelling in spellings {
        assert_eq!(LicenseKey::parse(&spelling).as_ref(), Some(&key), "{spelling:?}");
    }
}

#[test]
fn what_is_not_a_key_is_refused() {
    for text in
        ["", "CPP", "CPP-", "CPP-0000", "UUUU-UUUU-UUUU-UUUU-UUUU-UUUU-UUUU", "\u{0}", "CPP-é", &"A".repeat(100_000)]
    {
        assert!(LicenseKey::parse(text).is_none());
    }
}

proptest! {
    #[test]
    fn parse_undoes_spell(data in proptest::collection::vec(0_u8..32, DATA_LEN)) {
        let key = LicenseKey::spell(&data);
        prop_assert_eq!(LicenseKey::parse(key.as_str()), Some(key));
    }

    #[test]
    fn up_to_four_wrong_characters_are_noticed(
        data in proptest::collection::vec(0_u8..32, DATA_LEN),
        wrong in proptest::collection::btree_map(0_usize..28, 1_u8..32, 1..=4),
    ) {
        let mut symbols: Vec<u8> = data.iter().chain(&check::group(&data)).copied().collect();
        for (at, difference) in wrong {
            symbols[at] ^= difference;
        }
        let text: String = symbols.iter().map(|s| crockford::letter(*s)).collect();
        prop_assert_eq!(LicenseKey::parse(&text), None);
    }

    #[test]
    fn one_or_two_wrong_characters_are_put_right(
        data in proptest::collection::vec(0_u8..32, DATA_LEN),
        wrong in proptest::collection::btree_map(0_usize..28, 1_u8..32, 1..=2),
    ) {
        let key = LicenseKey::spell(&data);
        let mut symbols: Vec<u8> = data.iter().chain(&check::group(&data)).copied().collect();
        for (at, difference) in wrong {
            symbols[at] ^= difference;
        }
        let text: String = symbols.iter().map(|s| crockford::letter(*s)).collect();
        prop_assert_eq!(LicenseKey::suggest(&text), Some(key.clone()));
        prop_assert_eq!(LicenseKey::suggest(key.as_str()), None);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".*") {
        let _ = (LicenseKey::parse(&text), LicenseKey::suggest(&text));
    }
}
