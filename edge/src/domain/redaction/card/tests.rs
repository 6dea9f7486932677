//! Spellings of card numbers, and numbers that are none.

use proptest::prelude::*;

use super::*;

fn is_found(text: &str) -> bool {
    !spans(text).is_empty()
}

/// The numbers that processors and schemes publish for testing.
const CARDS: &[&str] = &[
    "4242424242424242",
    "4000056655665556",
    "4111111111111111",
    "4012888888881881",
    "4222222222222",
    "5555555555554444",
    "5105105105105100",
    "5200828282828210",
    "2223003122003222",
    "2720990000000007",
    "378282246310005",
    "371449635398431",
    "378734493671000",
    "6011111111111117",
    "6011000990139424",
    "6011981111111113",
    "3056930009020004",
    "30569309025904",
    "36227206271667",
    "38520000023237",
    "3530111333300000",
    "3566002020360505",
    "6555900000604105",
    "6200000000000005",
    "6200000000000047",
    "6205500000000000004",
    "5019717010103742",
    "6331101999990016",
    "6759649826438453",
    "5610591081018250",
    "2200000000000004",
    "9792030394440796",
    "6062826786276634",
];

#[test]
fn each_test_number_is_found() {
    for card in CARDS {
        assert_eq!(spans(card), [Span { start: 0, end: card.len(), kind: Kind::CardNumber }], "{card}");
        let sum = card.bytes().rev().enumerate().map(|(at, byte)| match (byte - b'0', at % 2) {
            (digit, 0) => digit,
            (digit, _) => digit * 2 / 10 + digit * 2 % 10,
        });
        assert_eq!(sum.map(u32::from).sum::<u32>() % 10, 0, "{card} is a number of a card");
    }
}

#[test]
fn each_spelling_of_a_card_is_found() {
    for text in [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111_1111_1111_1111",
        "4111/1111/1111/1111",
        "4111|1111|1111|1111",
        "4111,1111,1111,1111",
        "(4111)(1111)(1111)(1111)",
        "4111  1111   1111    1111",
        "4111 - 1111 - 1111 - 1111",
        "4111\u{a0}1111\u{a0}1111\u{a0}1111",
        "4111\u{202f}1111\u{2009}1111\u{3000}1111",
        "4111–1111—1111‑1111",
        "4111\t1111\t1111\t1111",
        "4111 1111\n1111 1111",
        "4111\r\n1111\r\n1111\r\n1111",
        "> 4111 1111\n> 1111 1111",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "41 11 11 11 11 11 11 11",
        "41111111 11111111",
        "411111 1111111111",
        "411 1111111 11 1111",
        "４１１１ １１１１ １１１１ １１１１",
        "٤١١١ ١١١١ ١١١١ ١١١١",
        "४१११११११११११११११",
        "𝟒𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏",
        "4️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣",
        "4111\u{200b}1111\u{2060}1111\u{feff}1111",
        "4\u{ad}111111111111111",
        "4111·1111•1111・1111",
        "0004111111111111111",
        "card4111111111111111",
        "card_number_4111111111111111",
        "card_4111111111111111",
        "Visa:4111111111111111,12/27",
        "(4111-1111-1111-1111)",
        "1. 4111-1111-1111-1111",
        "4111 1111 1111 1111 123",
        "4111 1111 1111 1111 12/27 123",
        "12 27 4111 1111 1111 1111",
        "**4111 1111 1111 1111**",
        "%B4111111111111111^DOE/JOHN^2712",
        ";4111111111111111=27121010000012345678?",
        "卡号4111111111111111",
        "№4111111111111111",
        "+4111111111111111",
        "{\"number\":\"4111111111111111\"}",
        "3782 822463 10005",
        "3782-822463-10005",
        "3056 930902 5904",
        "6205 5000 0000 0000 004",
        "4222 222 222 222",
    ] {
        assert!(is_found(text), "{text}");
    }
}

#[test]
fn two_cards_are_two() {
    assert_eq!(spans("4111 1111 1111 1111 5555 5555 5555 4444").len(), 2);
    assert_eq!(spans("4111111111111111\n5555555555554444\n378282246310005").len(), 3);
    assert_eq!(spans("4111-1111-1111-1111 or 3782 822463 10005.").len(), 2);
}

#[test]
fn other_numbers_stay() {
    let hash = format!("{}4111111111111111a4111111111111111", "e3b0c442".repeat(4));
    for text in [
        "4111 1111 1111 1112",
        "1234567812345670",
        "7000000000000003",
        "0000000000000000",
        "4111",
        "CPP-4111-1111-1111-1111-1111-1111-1111",
        "cpp-4111-1111-1111-1111",
        "CPP-7K3M9Q CPP-411111",
        "cs_test_4242424242424242a",
        "cs_test_a1B2c3D4 pi_3MtwBwLkdIwHu7ix28a3tqPa ch_4242424242424242X in_1MtHbELkdIwHu7ixl4OzzPMv",
        "5O190127TN364715T I-BW452GLLEP1G WH-2WR32451HC0233532-67976317FL4543714 PAYID-LYDH4CI",
        "41111111-1111-1111-1111-111111111111",
        "+49 151 1234 5678",
        "+447911123456",
        "+1 (415) 555-2671, 415-555-2672",
        "415-555-2671 415-555-2672",
        "415-555-2671\n415-555-2679\n415-555-2670",
        "0043 664 1234567",
        "49 151 12345674",
        "2024-01-02 10:11:12 2024-01-03 10:11:12",
        "2024-12-31 2025-01-01",
        "31.12.2024 01.01.2025",
        "2024/12/31 2025/01/01",
        "4,111,111,111,112.00",
        "(415) 555-2671/(415) 555-2672",
        "20241231 20250101",
        "1700000000000",
        "6.8.1 8.2.10 10.11.6",
        "0.4111111111111111",
        "192.168.10.12 192.168.10.13",
        "404-1234567-1234567",
        "order 10023 of 1.299,00",
        "490154203237518",
        &hash,
        &"4".repeat(41),
    ] {
        assert!(!is_found(text), "{text}");
    }
}

/// A number with a check digit, written in groups of any sizes with anything in between.
fn spelt() -> impl Strategy<Value = (String, String)> {
    let card = (prop::sample::select(vec!["4", "51", "2221", "6011", "3530"]), "[0-9]{15}").prop_map(|(head, tail)| {
        let data: String = (head.to_owned() + &tail).chars().take(15).collect();
        let check = ('0'..='9').find(|check| {
            let mut luhn = Luhn::default();
            data.chars().chain([*check]).filter_map(digit::value).for_each(|digit| luhn.push(digit));
            luhn.holds()
        });
        data + &check.map(String::from).unwrap_or_default()
    });
    let gaps = prop::collection::vec("|||[ .\u{a0}–-]|\r\n|\n> |\u{200b}", 15);
    let zero = prop::sample::select(vec!['0', '０', '٠', '𝟎']);
    (card, gaps, zero).prop_map(|(card, gaps, zero)| {
        let draw = |c: char| char::from_u32(u32::from(zero) + u32::from(c) - u32::from('0')).unwrap_or(c);
        let gaps = gaps.into_iter().chain([String::new()]);
        let text = card.chars().zip(gaps).map(|(c, gap)| draw(c).to_string() + &gap).collect();
        (card, text)
    })
}

proptest! {
    #[test]
    fn a_card_is_found_however_it_is_written((card, text) in spelt(), before in "[a-z]{0,8}[ :(]?", after in "[),;!]?[a-z ]{0,9}") {
        let whole = format!("{before}{text}{after}");
        prop_assert_eq!(spans(&whole), [Span {
            start: before.len(),
            end: before.len() + text.len(),
            kind: Kind::CardNumber,
        }], "{}", card);
    }
}
