//! Spellings of sites, and which are free.

use proptest::prelude::*;

use super::*;

fn identity(text: &str) -> Option<String> {
    SiteIdentity::parse(text).map(Into::into)
}

fn is_exempt(text: &str) -> bool {
    SiteIdentity::parse(text).unwrap_or_else(|| panic!("{text} is an address")).is_exempt()
}

#[test]
fn each_spelling_of_a_site_is_the_same_site() {
    let sites: &[(&str, &[&str])] = &[
        (
            "example.com",
            &[
                "example.com",
                "http://example.com",
                "HTTPS://WWW.Example.COM/",
                "//example.com",
                " https://example.com:8443// ",
                "https://example.com./",
                "https://www.www.example.com",
                "https://https://example.com",
                "example.com?a=b",
                "https://example.com#top",
                "https://example.com/?page_id=2#top",
                "https%3A%2F%2Fwww.example.com%2F",
                "https://ex%61mple.com",
                "https://ｅｘａｍｐｌｅ．ｃｏｍ",
            ],
        ),
        (
            "example.com/blog",
            &[
                "https://example.com/blog",
                "https://example.com/Blog/",
                "example.com//blog///",
                "example.com/%62log",
                "example.com/./x/../blog/?p=1",
                "https%3a%2f%2fexample.com%2fblog",
            ],
        ),
        (
            "example.com/caf%c3%a9",
            &["example.com/café", "example.com/caf%C3%A9", "http%3A%2F%2Fexample.com%2Fcaf%25C3%25A9"],
        ),
        ("example.com/a%2fb%25", &["example.com/a%2Fb%", "example.com/a%2fb%25"]),
        (
            "xn--mnchen-3ya.de",
            &["https://münchen.de", "MÜNCHEN.DE", "www.münchen。de", "XN--MNCHEN-3YA.de", "m%C3%BCnchen.de"],
        ),
        ("xn--strae-oqa.de", &["straße.de", "STRAẞE.de"]),
        ("xn--fsqu00a.xn--0zwm56d", &["例子.测试", "http://例子｡测试/"]),
        ("www.com", &["www.com", "https://www.www.com"]),
        ("localhost", &["localhost", "http://localhost:8080/", "LocalHost."]),
        ("127.0.0.1", &["http://127.0.0.1:8888/"]),
        ("[::1]", &["http://[::1]:8080/", "[0:0:0:0:0:0:0:1]"]),
        ("[2001:db8::a]/wp", &["http://[2001:0DB8::000A]/wp/"]),
        ("my_site.example.org", &["http://my_site.example.org"]),
    ];
    for (expected, spellings) in sites {
        for spelling in *spellings {
            assert_eq!(identity(spelling).as_deref(), Some(*expected), "{spelling}");
        }
    }
}

#[test]
fn different_sites_stay_different() {
    let sites = [
        "example.com",
        "example.org",
        "shop.example.com",
        "example.com/shop",
        "example.com/shop/en",
        "example.com/a%2fb",
        "example.com/a/b",
        "wwwexample.com",
        "com",
        "www.com",
        "münchen.de",
        "munchen.de",
        "strasse.de",
        "straße.de",
    ];
    let identities: std::collections::BTreeSet<_> = sites.iter().map(|site| identity(site).expect("a site")).collect();
    assert_eq!(identities.len(), sites.len());
}

#[test]
fn what_is_no_address_of_a_site_is_refused() {
    let long_label = format!("{}.com", "a".repeat(64));
    let long_host = format!("{}com", "a.".repeat(126));
    let long_path = format!("example.com/{}", "é".repeat(900));
    let long = format!("example.com/{}", "a".repeat(2_000));
    let bad = [
        "",
        " ",
        "http://",
        "https:///blog",
        "/blog",
        "?a",
        "ftp://example.com",
        "mailto:a@example.com",
        "javascript:alert(1)",
        "http://ada@example.com",
        "http://ada:secret@example.com/",
        "example.com:",
        "example.com:port",
        "example.com:80:80",
        "a b.com",
        "example.com/a b",
        "example.com\\blog",
        "http:\\\\example.com",
        "exa\nmple.com",
        "exa\u{0}mple.com",
        "example..com",
        ".example.com",
        "example.com..",
        "exa$mple.com",
        "exa／mple.com",
        "example.com%2500",
        "example%ff.com",
        "1.2.3",
        "127.1",
        "0x7f.0.0.1",
        "1.2.3.256",
        "www.1.2.3.4",
        "2130706433",
        "[::1",
        "[::1]x",
        "[::g]",
        "[fe80::1%25eth0]",
        "[]",
        "[127.0.0.1]",
        &long_label,
        &long_host,
        &long_path,
        &long,
    ];
    for text in bad {
        assert_eq!(identity(text), None, "{text:.80}");
    }
}

#[test]
fn copies_take_no_seat() {
    for site in [
        "http://localhost:8080",
        "shop.localhost",
        "client.test",
        "client.local",
        "a.invalid",
        "a.example",
        "wp.internal",
        "http://10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.7/wp",
        "127.0.0.1:8888",
        "169.254.1.1",
        "100.64.0.1",
        "0.0.0.0",
        "192.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[fd00::1]",
        "[fe80::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[::ffff:10.0.0.1]",
        "dev.example.com",
        "https://www.staging.example.com/blog",
        "stage.example.co.uk",
        "staging2.example.com",
        "dev1.shop.example.com",
        "shop-staging.example.com",
        "client.wpengine.com",
        "a.b.instawp.xyz",
        "x.cloudwaysapps.com",
        "x.flywheelsites.com",
        "x.flywheelstaging.com",
        "x.myftpupload.com",
        "x.kinsta.cloud",
        "example.com/staging/1234",
        "example.com/Staging/1/shop",
    ] {
        assert!(is_exempt(site), "{site}");
    }
}

#[test]
fn a_site_is_no_copy_because_its_name_sounds_so() {
    for site in [
        "example.com",
        "example.com/blog",
        "my.developer.com",
        "staging-services.com",
        "notlocalhost.com",
        "localhost.com",
        "test.com",
        "mytest",
        "contest",
        "local.example.com",
        "test.example.com",
        "site.dev",
        "dev",
        "dev.to",
        "stage.com",
        "dev.co.uk",
        "staging.com.au",
        "home-staging.com",
        "home-staging.co.uk",
        "developer.example.com",
        "devs.example.com",
        "stagecraft.example.com",
        "staging-shop.example.com",
        "shop.dev.example.com",
        "wpengine.com",
        "notwpengine.com",
        "client.wpengine.com.example.org",
        "kinsta.cloud",
        "example.com/staging",
        "example.com/staging/",
        "example.com/staging/shop",
        "example.com/shop/staging/1",
        "example.com/staging/1a",
        "8.8.8.8",
        "11.0.0.1",
        "172.32.0.1",
        "100.128.0.1",
        "192.0.1.1",
        "198.20.0.1",
        "[2606:4700::1]",
        "[::ffff:8.8.8.8]",
    ] {
        assert!(!is_exempt(site), "{site}");
    }
}

#[test]
fn only_the_words_of_wordpress_say_that_a_site_is_a_copy() {
    for (word, expected) in [
        ("production", Environment::Production),
        (" Staging ", Environment::Staging),
        ("development", Environment::Development),
        ("LOCAL", Environment::Local),
        ("", Environment::Production),
        ("dev", Environment::Production),
    ] {
        assert_eq!(Environment::parse(word), expected, "{word}");
        assert_eq!(Environment::parse(expected.as_str()), expected);
        assert_eq!(expected.is_exempt(), expected != Environment::Production);
    }
}

#[test]
fn a_mark_names_a_site_under_one_license() {
    let secret = |text: &str| Secret::new(text).expect("not empty");
    let license = |digit: &str| LicenseId::parse(&format!("lic_{}", digit.repeat(32))).expect("an id");
    let site = |text: &str| SiteIdentity::parse(text).expect("a site");
    let mark = SiteMark::of(&secret("s"), &license("0"), &site("https://www.example.com/"));
    assert_eq!(mark, SiteMark::of(&secret("s"), &license("0"), &site("example.com")));
    assert_eq!(mark.as_str().len(), 32);
    assert_ne!(mark, SiteMark::of(&secret("s"), &license("1"), &site("example.com")));
    assert_ne!(mark, SiteMark::of(&secret("s"), &license("0"), &site("example.org")));
    assert_ne!(mark, SiteMark::of(&secret("t"), &license("0"), &site("example.com")));
}

#[test]
fn both_names_of_a_site_are_read_as_they_were_written() {
    let site = SiteIdentity::parse("example.com/blog").expect("a site");
    let json = serde_json::to_string(&site).expect("JSON");
    assert_eq!(serde_json::from_str::<SiteIdentity>(&json).expect("a site"), site);
    assert_eq!(format!("{site:?}"), "[site]");
    assert!(serde_json::from_str::<SiteIdentity>("\"a b\"").is_err());
    assert!(serde_json::from_str::<SiteMark>("\"0123\"").is_err());
    assert!(serde_json::from_str::<SiteMark>("\"0123456789abcdef0123456789abcdef\"").is_ok());
}

/// An address in one of its spellings, from its parts.
fn spelt(scheme: &str, www: bool, host: &str, port: &str, path: &str, end: &str) -> String {
    format!("{scheme}{}{host}{port}{path}{end}", if www { "www." } else { "" })
}

proptest! {
    #[test]
    fn what_comes_out_reads_back_as_itself(text in "\\PC{0,60}") {
        if let Some(once) = identity(&text) {
            prop_assert_eq!(identity(&once), Some(once));
        }
    }

    #[test]
    fn what_comes_out_of_something_like_an_address_reads_back_as_itself(
        text in "(https?://|//|HTTP://|www\\.|%2F|[a-zÜé。]){0,4}[a-zA-Zßø0-9.-]{1,12}(:[0-9]{0,5})?([/a-zÉ.%0-9?#@:]|%2[eEfF5]|\\.\\.){0,20}",
    ) {
        if let Some(once) = identity(&text) {
            prop_assert_eq!(identity(&once), Some(once));
        }
    }

    #[test]
    fn all_spellings_of_a_site_are_one_identity(
        host in "[a-zäöüéλжß0-9]([a-zäöüéλж0-9-]{0,8}[a-zäöü])?\\.(com|de|info)",
        path in "(/[a-z0-9~_-]{1,8}){0,3}",
        scheme in "(https?|HTTPS?|Http)://|//|",
        www in any::<bool>(),
        port in "(:[1-9][0-9]{0,4})?",
        end in "/{0,2}(\\?[a-z=&]{0,5})?(#[a-z]{0,5})?",
    ) {
        let plain = identity(&format!("{host}{path}"));
        prop_assume!(plain.is_some());
        let shout = |text: &str| text.chars().flat_map(char::to_uppercase).collect::<String>();
        // ß has a capital of its own, which the platform's upper case does not use.
        let loud = shout(&host.replace('ß', "ẞ"));
        prop_assert_eq!(&identity(&spelt(&scheme, www, &host, &port, &path, &end)), &plain);
        prop_assert_eq!(&identity(&spelt(&scheme, www, &loud, &port, &shout(&path), &end)), &plain);
        let encoded: String = form_urlencoded::byte_serialize(spelt(&scheme, www, &host, &port, &path, &end).as_bytes()).collect();
        prop_assert_eq!(&identity(&encoded), &plain);
        prop_assert_eq!(&identity(plain.as_deref().unwrap_or_default()), &plain);
    }
}
