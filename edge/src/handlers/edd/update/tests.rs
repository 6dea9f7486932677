//! What a client is told of a new version, and when it may have it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::http::{Body, Headers, Method, Network};

fn release(version: &str, date: i64) -> Release {
    Release {
        product: "portal".to_owned(),
        version: version.to_owned(),
        date,
        security: false,
        notify: false,
        requires: "6.1".to_owned(),
        tested: "6.9".to_owned(),
        requires_php: "7.4".to_owned(),
        notes: format!("<p>Notes of {version}</p>"),
    }
}

fn site(versions: &[&str]) -> SiteData {
    let text = r#"{"title": "T", "url": "https://example.com", "email": "a@example.com", "support_url": "https://example.com/",
        "products": [{"id": "portal", "name": "Portal & Co", "plans": []}], "policies": []}"#;
    let mut site: SiteData = serde_json::from_str(text).expect("a site");
    site.releases = versions.iter().map(|version| release(version, 1_790_000_000)).collect();
    site
}

fn question(query: &str) -> Question {
    let request = Request {
        method: Method::Get,
        secure: true,
        path: "/".to_owned(),
        query: query.to_owned(),
        headers: Headers::default(),
        network: Network::default(),
        body: Body::Bytes(vec![]),
    };
    Question::read(&request, &[])
}

#[test]
fn an_update_has_every_field_that_clients_read() {
    let site = site(&["1.1.0", "1.0.0"]);
    let (offered, stable) = releases(&site, "portal", false).expect("a release");
    let update = Update::of(&site.products[0], offered, stable, &site, "https://shop.example");
    let description = r#"<p>Portal &amp; Co: <a href="https://shop.example/">https://shop.example/</a></p>"#;
    let changelog = "<h4>1.1.0</h4><p>Notes of 1.1.0</p><h4>1.0.0</h4><p>Notes of 1.0.0</p>";
    let expected = json!({
        "new_version": "1.1.0", "stable_version": "1.1.0", "name": "Portal & Co", "slug": "",
        "url": "https://shop.example/changelog/", "last_updated": "2026-09-21 14:13:20",
        "homepage": "https://shop.example/", "package": "", "download_link": "",
        "sections": php::array(&[("description", description), ("changelog", changelog)]),
        "banners": "a:2:{s:4:\"high\";s:0:\"\";s:3:\"low\";s:0:\"\";}",
        "icons": "a:2:{s:2:\"1x\";s:0:\"\";s:2:\"2x\";s:0:\"\";}",
        "requires": "6.1", "tested": "6.9", "requires_php": "7.4",
    });
    assert_eq!(serde_json::to_value(&update).expect("JSON"), expected);

    let nothing = serde_json::to_value(Update::nothing("No.")).expect("JSON");
    let names = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert!(names(&expected).iter().all(|name| nothing.get(name).is_some()), "{nothing}");
    assert_eq!((&nothing["new_version"], &nothing["msg"]), (&json!(""), &json!("No.")));
}

#[test]
fn beta_versions_are_for_those_who_take_them() {
    let site = site(&["1.2.0-beta.1", "1.1.0"]);
    let versions =
        |beta| releases(&site, "portal", beta).map(|(one, two)| (one.version.as_str(), two.version.as_str()));
    assert_eq!(versions(false), Some(("1.1.0", "1.1.0")));
    assert_eq!(versions(true), Some(("1.2.0-beta.1", "1.1.0")));
    let notes = |beta| {
        let (offered, stable) = releases(&site, "portal", beta).expect("a release");
        Update::of(&site.products[0], offered, stable, &site, "https://shop.example").sections
    };
    assert!(!notes(false).contains("beta") && notes(true).contains("Notes of 1.2.0-beta.1"));
    assert_eq!(releases(&site, "vault", true), None);
}

#[test]
fn a_site_that_cannot_run_a_version_has_the_latest() {
    let release = Release { requires: "6.5".to_owned(), requires_php: "8.1".to_owned(), ..release("2.0", 0) };
    for (query, expected) in [
        ("", None),
        ("php_version=8.1.0&wp_version=6.5", None),
        ("php_version=8.3.6-1ubuntu2&wp_version=6.5-RC1-57638", None),
        ("php_version=8.0.30", Some("Version 2.0 needs PHP 8.1 or later.")),
        ("php_version=8.2&wp_version=6.4.9", Some("Version 2.0 needs WordPress 6.5 or later.")),
        ("php_version=none&wp_version=0", None),
    ] {
        assert_eq!(unmet(&release, &question(query)).as_deref(), expected, "{query}");
    }
    let mut update = Update { new_version: "2.0".to_owned(), ..Update::default() };
    update.withhold(true, &question("version=1.4.2"));
    assert_eq!(update.new_version, "1.4.2");
    update.withhold(true, &question("version=<script>"));
    assert_eq!(update.new_version, "");
}

#[test]
fn the_slug_of_the_client_comes_back_if_it_is_one() {
    assert_eq!(slug("client-portal_2", "portal"), "client-portal_2");
    for given in ["", "a b", "<b>", &"a".repeat(101)] {
        assert_eq!(slug(given, "portal"), "portal");
    }
}

#[test]
fn a_client_that_does_not_say_what_it_is_means_the_only_product() {
    let mut site = site(&[]);
    assert_eq!(product(&Item::Unnamed, None, &site).map(|product| product.id.as_str()), Some("portal"));
    site.products.push(Product { id: "vault".to_owned(), name: "Vault".to_owned(), plans: vec![] });
    assert_eq!(product(&Item::Unnamed, None, &site), None);
    let named = Item::Name(vec!["VAULT".to_owned()]);
    assert_eq!(product(&named, None, &site).map(|product| product.id.as_str()), Some("vault"));
}

proptest! {
    #[test]
    fn no_version_is_too_broken(has in "\\PC{0,30}|[0-9.]{0,30}", needed in "[0-9.]{0,12}") {
        let _ = numbers(&has) < numbers(&needed);
    }
}
