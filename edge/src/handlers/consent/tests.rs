//! What stands in a page, and what a browser says.

use super::*;

fn headers(list: &[(&'static str, &'static str)]) -> Headers {
    let mut headers = Headers::default();
    for (name, value) in list {
        headers.add(*name, *value);
    }
    headers
}

#[test]
fn the_question_is_less_than_a_kilobyte_and_nothing_in_it_is_ticked() {
    let banner = words::banner(&OPTIONAL, "/docs/license-token/?a=b").into_string();
    assert!(banner.len() < 1_024, "{} bytes: {banner}", banner.len());
    assert!(!banner.contains("checked") && !banner.contains("script"), "{banner}");
}

#[test]
fn rejecting_and_accepting_are_alike_and_rejecting_comes_first() {
    let buttons = words::buttons().into_string();
    let bare = |choice: &str, label: &str| format!("<button name=\"choice\" value=\"{choice}\">{label}</button>");
    let (reject, accept) = (bare("reject", "Reject all"), bare("accept", "Accept all"));
    let places = (buttons.find(&reject), buttons.find(&accept));
    assert!(places.0.is_some() && places.0 < places.1, "{buttons}");
}

#[test]
fn a_signal_is_the_digit_one_and_nothing_else() {
    for list in [&[("sec-gpc", "1")][..], &[("dnt", "1")], &[("sec-gpc", "0"), ("sec-gpc", "1")], &[("Sec-GPC", " 1 ")]]
    {
        assert!(sends_signal(&headers(list)), "{list:?}");
    }
    for list in
        [&[][..], &[("sec-gpc", "0")], &[("sec-gpc", "true")], &[("sec-gpc", "11")], &[("dnt", "")], &[("gpc", "1")]]
    {
        assert!(!sends_signal(&headers(list)), "{list:?}");
    }
}

#[test]
fn each_script_is_small_and_names_nothing_of_elsewhere() {
    for (category, script) in SCRIPTS {
        assert!(script.len() < 2_000 && !script.contains("//") && !script.contains("</"), "{category}");
    }
}

#[test]
fn what_is_said_has_one_hash_and_another_one_for_other_categories() {
    assert_eq!(words::hash(&OPTIONAL), words::hash(&OPTIONAL));
    assert_ne!(words::hash(&OPTIONAL), words::hash(&[CookieCategory::Analytics]));
}
