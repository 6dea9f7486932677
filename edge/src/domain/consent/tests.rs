//! Laws of consent: it is never read where it was not written, and never outlives what it was about.

use proptest::prelude::*;

use super::*;

const NOW: Moment = Moment(1_790_000_000);

fn policy(preferences: &str, analytics: &str) -> PolicyVersion {
    let asks = [(CookieCategory::Preferences, preferences), (CookieCategory::Analytics, analytics)];
    PolicyVersion {
        id: "2025-03-31".to_owned(),
        published: 0,
        effective: 0,
        collects: BTreeMap::new(),
        asks: asks.into_iter().map(|(category, fingerprint)| (category, fingerprint.to_owned())).collect(),
        text_sha256: String::new(),
    }
}

fn now() -> PolicyVersion {
    policy("aaaaaaaa", "bbbbbbbb")
}

fn made(choice: &Choice, signal: bool) -> Held {
    decide(&now(), None, signal, (FormUsed::Banner, choice), NOW).held
}

fn standings(policy: &PolicyVersion, held: Option<&Held>, signal: bool) -> [Standing; 2] {
    let state = State::of(Some(policy), held, signal);
    OPTIONAL.map(|category| *state.standings.get(&category).expect("offered"))
}

#[test]
fn a_choice_survives_the_cookie_and_is_short() {
    for choice in [Choice::Accept, Choice::Reject, Choice::Save([CookieCategory::Analytics].into())] {
        let mut held = made(&choice, false);
        held.receipt = Some(ReceiptId::from_bytes([7; 16]));
        let text = held.written();
        assert_eq!(Held::parse(&text, NOW), Some(held));
        assert!(text.len() <= 120 && text.is_ascii(), "{text}");
    }
}

#[test]
fn whatever_is_odd_is_no_choice() {
    let good = "1.2025-03-31.aaaaaaaabbbbbbbb.yn.1790000000.-";
    assert!(Held::parse(good, NOW).is_some());
    for odd in [
        "",
        "1",
        "accept",
        "2.2025-03-31.aaaaaaaabbbbbbbb.yn.1790000000.-",
        "1.2025-02-31.aaaaaaaabbbbbbbb.yn.1790000000.-",
        "1.2025-03-31.aaaaaaaabbbbbbb.yn.1790000000.-",
        "1.2025-03-31.AAAAAAAAbbbbbbbb.yn.1790000000.-",
        "1.2025-03-31.aaaaaaaabbbbbbbb.yyn.1790000000.-",
        "1.2025-03-31.aaaaaaaabbbbbbbb.Yn.1790000000.-",
        "1.2025-03-31.aaaaaaaabbbbbbbb.-n.1790000000.-",
        "1.2025-03-31.aaaaaaaabbbbbbbb.yn.1790000001.-",
        "1.2025-03-31.aaaaaaaabbbbbbbb.yn.01790000000.-",
        "1.2025-03-31.aaaaaaaabbbbbbbb.yn.+1790000000.-",
        "1.2025-03-31.aaaaaaaabbbbbbbb.yn.1774447999.-",
        "1.2025-03-31.aaaaaaaabbbbbbbb.yn.1790000000.",
        "1.2025-03-31.aaaaaaaabbbbbbbb.yn.1790000000.0123",
        "1.2025-03-31.aaaaaaaabbbbbbbb.yn.1790000000.-.y",
        " 1.2025-03-31.aaaaaaaabbbbbbbb.yn.1790000000.-",
        "1.2025-03-31.aaaaaaaabbbb\u{e9}bbb.yn.1790000000.-",
    ] {
        assert_eq!(Held::parse(odd, NOW), None, "{odd}");
    }
}

#[test]
fn a_choice_ends_after_180_days_to_the_second() {
    let text = made(&Choice::Accept, false).written();
    assert!(Held::parse(&text, Moment(NOW.0 + i64::from(LASTS.0) - 1)).is_some());
    assert!(Held::parse(&text, NOW.after(LASTS)).is_none());
    assert!(Held::parse(&text, Moment(NOW.0 - 1)).is_none());
}

#[test]
fn nobody_is_asked_while_a_signal_is_sent() {
    assert_eq!(standings(&now(), None, true), [Standing::Denied; 2]);
    assert_eq!(standings(&now(), None, false), [Standing::Undecided; 2]);
}

#[test]
fn a_consent_without_a_signal_rests_while_one_is_sent_and_one_despite_it_counts() {
    let (plain, despite) = (made(&Choice::Accept, false), made(&Choice::Accept, true));
    assert_eq!(standings(&now(), Some(&plain), true), [Standing::Denied; 2]);
    assert_eq!(standings(&now(), Some(&plain), false), [Standing::Granted; 2]);
    assert_eq!(standings(&now(), Some(&despite), true), [Standing::Granted; 2]);
    assert_eq!(standings(&now(), Some(&despite), false), [Standing::Granted; 2]);
}

#[test]
fn only_the_category_that_changed_is_asked_about_again() {
    let changed = policy("aaaaaaaa", "cccccccc");
    for choice in [Choice::Accept, Choice::Reject] {
        let held = made(&choice, false);
        let kept = if choice == Choice::Accept { Standing::Granted } else { Standing::Denied };
        assert_eq!(standings(&changed, Some(&held), false), [kept, Standing::Undecided]);
        let other = if choice == Choice::Accept { Choice::Reject } else { Choice::Accept };
        let again = decide(&changed, Some(&held), false, (FormUsed::Banner, &other), NOW);
        assert_eq!(standings(&changed, Some(&again.held), false)[0], kept, "the banner leaves the rest as it was");
    }
}

#[test]
fn withdrawing_names_what_was_allowed_and_granting_again_is_no_new_grant() {
    let held = made(&Choice::Save([CookieCategory::Analytics].into()), false);
    let same =
        decide(&now(), Some(&held), false, (FormUsed::Page, &Choice::Save([CookieCategory::Analytics].into())), NOW);
    assert!(!same.grants && same.withdrawn.is_empty());
    let none = decide(&now(), Some(&held), false, (FormUsed::Page, &Choice::Reject), NOW);
    assert_eq!((none.grants, none.withdrawn), (false, vec![CookieCategory::Analytics]));
    let all = decide(&now(), Some(&held), false, (FormUsed::Page, &Choice::Accept), NOW);
    assert!(all.grants && all.withdrawn.is_empty());
    // What is allowed under other words was allowed all the same, and is withdrawn like the rest.
    let stale = decide(&policy("aaaaaaaa", "cccccccc"), Some(&held), false, (FormUsed::Page, &Choice::Reject), NOW);
    assert_eq!(stale.withdrawn, [CookieCategory::Analytics]);
}

#[test]
fn a_policy_that_asks_nothing_offers_nothing() {
    let mut none = now();
    none.asks.clear();
    assert!(State::of(Some(&none), Some(&made(&Choice::Accept, false)), false).standings.is_empty());
    assert!(State::of(None, None, false).standings.is_empty());
}

#[test]
fn only_a_place_on_this_site_is_local() {
    for path in ["/", "/pricing/", "/checkout/success?session_id=cs_1", "/caf%C3%A9/"] {
        assert!(is_local(path), "{path}");
    }
    for path in
        ["", "pricing", "//evil.example", "/\\evil", "/%2f%2fevil", "/%5Cevil", "/a\tb", "/a b", "https://a", "/\u{e9}"]
    {
        assert!(!is_local(path), "{path}");
    }
}

proptest! {
    #[test]
    fn no_text_is_read_as_what_it_does_not_say(text in "[0-9a-fyns.-]{0,90}|1[.]2025-03-31[.][0-9a-f]{14,18}[.][a-z-]{1,3}[.][0-9+]{1,12}[.].{0,33}") {
        if let Some(held) = Held::parse(&text, NOW) {
            prop_assert_eq!(held.written(), text);
        }
    }
}
