//! How a license stands in the words of EDD, and every field that its clients read.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::domain::license::{LicenseId, Reason};
use crate::http::{Body, Headers, Method, Network};

const NOW: Moment = Moment(1_790_000_000);
const KEY: &str = "CPP-0000-0000-0000-0000-0000-0000-0000";

fn site() -> SiteData {
    let text = r#"{"title": "T", "url": "https://example.com", "email": "a@example.com", "support_url": "https://example.com/",
        "products": [{"id": "portal", "name": "Portal & Co", "plans": []}, {"id": "vault", "name": "Vault", "plans": []}],
        "policies": []}"#;
    serde_json::from_str(text).expect("a site")
}

fn state() -> LicenseState {
    LicenseState {
        id: LicenseId::parse("lic_00000000000000000000000000000000").expect("an id"),
        product: "portal".to_owned(),
        plan: "business".to_owned(),
        standing: Status::Active,
        reason: Reason::Paid,
        since: Moment(1),
        expires_at: Some(Moment(NOW.0 + 86_400)),
        grace_until: None,
        renews: false,
        seats: 5,
        seats_used: 2,
        sites_exempt: 0,
        sites: BTreeMap::new(),
    }
}

fn question(body: &str) -> Question {
    let mut headers = Headers::default();
    headers.add("content-type", "application/x-www-form-urlencoded");
    let request = Request {
        method: Method::Post,
        secure: true,
        path: "/".to_owned(),
        query: String::new(),
        headers,
        network: Network::default(),
        body: Body::Bytes(vec![]),
    };
    Question::read(&request, body.as_bytes())
}

fn json_of(standing: &Standing) -> Value {
    let mut value = serde_json::to_value(standing).expect("JSON");
    value.as_object_mut().expect("an object").remove("checksum");
    value
}

#[test]
fn an_answer_has_every_field_that_clients_read() {
    let asked = question(&format!("license={KEY}&item_name=portal+%26amp%3B+co&url=https://example.org"));
    let known =
        Standing { success: true, license: "valid", ..Standing::blank(&asked, &site()).about(&state(), &site()) };
    let expected = json!({
        "success": true, "license": "valid", "item_id": false, "item_name": "portal & co",
        "expires": "2026-09-22 14:13:20", "payment_id": 0, "customer_name": "", "customer_email": "",
        "license_limit": 5, "site_count": 2, "activations_left": 3, "price_id": "business",
    });
    assert_eq!(json_of(&known), expected);
    let checksum = serde_json::to_value(&known).expect("JSON")["checksum"].clone();
    assert_eq!(checksum.as_str().map(str::len), Some(32));

    let lifetime = LicenseState { expires_at: None, seats: 0, plan: "12".to_owned(), ..state() };
    let known = json_of(&Standing::blank(&asked, &site()).about(&lifetime, &site()));
    assert_eq!((&known["expires"], &known["license_limit"]), (&json!("lifetime"), &json!(0)));
    assert_eq!((&known["activations_left"], &known["price_id"]), (&json!("unlimited"), &json!(12)));
}

#[test]
fn a_refusal_has_them_too() {
    let asked = question("license=abc&item_id=portal");
    let unknown = json_of(&Standing::blank(&asked, &site()).failed("missing"));
    let expected = json!({
        "success": false, "license": "invalid", "error": "missing", "item_id": "portal", "item_name": "Portal & Co",
        "expires": false, "payment_id": 0, "customer_name": "", "customer_email": "",
        "license_limit": false, "site_count": 0, "activations_left": 0, "price_id": false,
    });
    assert_eq!(unknown, expected);
    let full = LicenseState { seats_used: 5, ..state() };
    let full = json_of(&Standing::blank(&asked, &site()).about(&full, &site()).failed("no_activations_left"));
    assert_eq!((&full["max_sites"], &full["activations_left"]), (&json!(5), &json!(0)));
    let expired = json_of(&Standing::blank(&asked, &site()).about(&state(), &site()).failed("expired"));
    assert_eq!((&expired["expires"], &expired["max_sites"]), (&json!("2026-09-22 14:13:20"), &Value::Null));
}

#[test]
fn the_first_thing_that_is_wrong_is_what_a_check_says() {
    let past = Some(Moment(NOW.0));
    let unused = LicenseState { seats_used: 0, ..state() };
    let grace = LicenseState { expires_at: past, grace_until: Some(Moment(NOW.0 + 1)), ..state() };
    let standing = |standing| LicenseState { standing, ..state() };
    for (state, mismatch, is_active, expected) in [
        (state(), None, true, "valid"),
        (state(), None, false, "site_inactive"),
        (unused.clone(), None, false, "inactive"),
        (LicenseState { sites_exempt: 1, ..unused }, None, false, "site_inactive"),
        (grace, None, true, "valid"),
        (LicenseState { expires_at: past, ..state() }, None, true, "expired"),
        (LicenseState { expires_at: past, ..standing(Status::Refunded) }, None, true, "expired"),
        (standing(Status::Refunded), None, true, "disabled"),
        (standing(Status::Suspended), None, true, "disabled"),
        (standing(Status::Revoked), None, false, "disabled"),
        (standing(Status::Pending), None, false, "inactive"),
        (LicenseState { expires_at: past, ..state() }, Some("invalid_item_id"), true, "invalid_item_id"),
        (standing(Status::Revoked), Some("item_name_mismatch"), true, "item_name_mismatch"),
    ] {
        assert_eq!(status(&state, mismatch, is_active, NOW), expected, "{state:?}");
    }
}

#[test]
fn the_first_thing_that_is_wrong_refuses_an_activation() {
    let expired = LicenseState { expires_at: Some(NOW), ..state() };
    let standing = |standing| LicenseState { standing, ..state() };
    let other = Some("invalid_item_id");
    for (state, mismatch, has_seat, expected) in [
        (state(), None, true, None),
        (standing(Status::Refunded), other, false, Some("disabled")),
        (standing(Status::Pending), other, false, Some("inactive")),
        (expired.clone(), other, false, Some("no_activations_left")),
        (expired, other, true, Some("expired")),
        (state(), other, true, other),
    ] {
        assert_eq!(refusal(&state, mismatch, has_seat, NOW), expected, "{state:?}");
    }
}

#[test]
fn a_license_is_held_against_the_product_that_the_client_is() {
    for (body, expected) in [
        ("", None),
        ("item_id=portal", None),
        ("item_id=PORTAL&item_name=Vault", None),
        ("item_name=Portal%2520%2526%2520Co", None),
        ("item_id=vault", Some("invalid_item_id")),
        ("item_id=42&item_name=portal", Some("invalid_item_id")),
        ("item_id=0&item_name=Vault", Some("item_name_mismatch")),
    ] {
        assert_eq!(mismatch(&question(body).item(), &state(), &site()), expected, "{body}");
    }
    let gone = LicenseState { product: "gone".to_owned(), ..state() };
    assert_eq!(mismatch(&question("item_id=Gone").item(), &gone, &site()), None);
}

#[test]
fn ids_are_numbers_where_they_can_be() {
    assert_eq!(Loose::id("42"), Loose::Number(42));
    assert_eq!(Loose::id(""), Loose::MISSING);
    for text in ["042", "0", "4.2", "-4", "99999999999999999999999", "portal"] {
        assert_eq!(Loose::id(text), Loose::Text(text.to_owned()));
    }
}
