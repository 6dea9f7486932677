//! Settings that are good, and each way in which one is not.

use std::collections::BTreeMap;

use super::*;

fn good() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        ("SITE_URL", "https://example.com/"),
        ("PEPPER", "0123456789abcdef"),
        ("LICENSE_SECRET", "0123456789abcdef"),
        ("SIGNING_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ("VAULT_KEYS", "v1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ("STRIPE_WEBHOOK_SECRETS", "whsec_0123456789abcdef, whsec_fedcba9876543210"),
        ("STRIPE_API_KEY", "sk_test_0123456789abcdef"),
        ("PAYPAL_CLIENT_ID", "client"),
        ("PAYPAL_CLIENT_SECRET", "0123456789abcdef"),
        ("PAYPAL_WEBHOOK_ID", "5GP028458E2496506"),
        ("LIVEMODE", "false"),
        ("MAIL_FROM", "info@example.com"),
        ("MAIL_TRANSPORT", "file"),
    ])
}

fn names_refused(settings: &BTreeMap<&str, &str>) -> Vec<&'static str> {
    let result = read(|name| settings.get(name).map(|value| (*value).to_owned()));
    result.err().unwrap_or_default().into_iter().map(|error| error.name).collect()
}

#[test]
fn a_whole_configuration_is_read() {
    let settings = good();
    let config = read(|name| settings.get(name).map(|value| (*value).to_owned())).expect("a configuration");
    assert_eq!(config.site_url, "https://example.com");
    assert_eq!(config.stripe_webhook_secrets.len(), 2);
    assert_eq!(config.stripe_api_base, STRIPE_API);
}

#[test]
fn everything_that_is_missing_is_named_at_once() {
    let names = names_refused(&BTreeMap::new());
    let wanted: Vec<&str> = good().into_keys().collect();
    assert!(wanted.iter().all(|name| names.contains(name)), "{names:?}");
}

#[test]
fn a_bad_setting_is_refused() {
    let bad = [
        ("SITE_URL", "example.com"),
        ("SITE_URL", "https://example.com/shop"),
        ("PEPPER", "short"),
        ("SIGNING_KEY", "0123456789abcdef0123456789abcdef"),
        ("SIGNING_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg=="),
        ("STRIPE_WEBHOOK_SECRETS", "whsec_"),
        ("STRIPE_WEBHOOK_SECRETS", "whsec_0123456789abcdef,"),
        ("STRIPE_WEBHOOK_SECRETS", "whsec_01234567 89abcdef"),
        ("LIVEMODE", "yes"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_TRANSPORT", "pigeon"),
        ("STRIPE_API_BASE", "api.stripe.com"),
        ("PAYPAL_API_BASE", "api-m.paypal.com"),
        ("PAYPAL_CLIENT_SECRET", "short"),
        ("PAYPAL_VERIFICATION", "never"),
        ("MAIL_IN_SECRET", "short"),
        ("VAULT_KEYS", ""),
        ("VAULT_KEYS", "v 1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ("VAULT_KEYS", "v1"),
        ("VAULT_KEYS", "v1:AAECAwQ="),
        ("VAULT_KEYS", "v1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,"),
    ];
    for (name, value) in bad {
        let mut settings = good();
        settings.insert(name, value);
        assert_eq!(names_refused(&settings), [name], "{value}");
    }
}

#[test]
fn nobody_else_signs_for_a_processor_where_real_money_moves() {
    for (name, value) in [("PAYPAL_CERT_BASE", "https://api.paypal.com"), ("PAYPAL_CERT_ROOT", "a certificate")] {
        let mut settings = good();
        settings.insert(name, value);
        assert_eq!(names_refused(&settings), [""; 0]);
        settings.insert("LIVEMODE", "true");
        assert_eq!(names_refused(&settings), [name]);
    }
}

#[test]
fn a_team_of_access_has_an_application_and_is_one_of_cloudflares() {
    let refused = |livemode, team: &'static str, audience: &'static str| {
        let mut settings = good();
        settings.extend([("LIVEMODE", livemode), ("ACCESS_TEAM", team), ("ACCESS_AUD", audience)]);
        names_refused(&settings)
    };
    assert_eq!(refused("true", "https://us.cloudflareaccess.com", "a1"), Vec::<&str>::new());
    assert_eq!(refused("false", "http://127.0.0.1:1", "a1"), Vec::<&str>::new());
    assert_eq!(refused("false", "https://us.cloudflareaccess.com", ""), ["ACCESS_AUD"]);
    for team in [
        "",
        "http://us.cloudflareaccess.com",
        "https://evil.example/.cloudflareaccess.com",
        "https://a@evil.example:1/x.cloudflareaccess.com",
    ] {
        assert_eq!(refused("true", team, "a1"), ["ACCESS_TEAM"], "{team}");
    }
}

#[test]
fn real_money_goes_by_https_only() {
    let mut settings = good();
    settings.insert("LIVEMODE", "true");
    settings.insert("STRIPE_API_BASE", "http://127.0.0.1:1");
    assert_eq!(names_refused(&settings), ["STRIPE_API_BASE"]);
}

#[test]
fn real_data_goes_to_registered_hosts_only() {
    for (base, expected) in [
        ("https://api.stripe.com", &[][..]),
        ("https://api.stripe.com.example.net", &["STRIPE_API_BASE"]),
        ("https://api.stripe.com@example.net", &["STRIPE_API_BASE"]),
        ("https://example.net/api.stripe.com", &["STRIPE_API_BASE"]),
    ] {
        let mut settings = good();
        settings.insert("LIVEMODE", "true");
        settings.insert("STRIPE_API_BASE", base);
        assert_eq!(names_refused(&settings), expected, "{base}");
    }
}
