//! The signature against a certificate authority of our own. Each case changes one thing that is right otherwise.

use base64ct::{Base64, Encoding};

use super::*;

mod chain;
mod forge;
mod keys;

use forge::{Draft, SHA256, authority, key_usage, no_authority, sign};
use keys::{AUTHORITY, OTHER, PAYPAL, ROOT};

const LIVE: &str = "messageverificationcerts.paypal.com";
const SANDBOX: &str = "messageverificationcerts.sandbox.paypal.com";
const WEBHOOK: &str = "5GP028458E2496506";
const BODY: &[u8] = br#"{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"id":"2GG279541U471931P"}}"#;
const URL: &str = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77";

/// 2026-06-01T00:00:00Z, when all that [`Draft::new`] makes holds.
const NOW: Moment = Moment(1_780_272_000);

fn root() -> Draft {
    Draft::new("Root", ROOT, "Root", ROOT).with([authority(None), key_usage(0b0000_0110)])
}

fn intermediate() -> Draft {
    Draft::new("Authority", AUTHORITY, "Root", ROOT).with([authority(Some(0)), key_usage(0b1000_0110)])
}

fn leaf() -> Draft {
    Draft::new(SANDBOX, PAYPAL, "Authority", AUTHORITY).with([no_authority(), key_usage(0b1010_0000)])
}

fn trust() -> Trust {
    Trust::read(&root().pem()).expect("a root")
}

fn headers_with(changed: &str, value: Option<&str>) -> Headers {
    let message = format!("T-1|2026-06-01T00:00:00Z|{WEBHOOK}|{}", crc32(BODY));
    let signature = Base64::encode_string(&sign(PAYPAL, SHA256, message.as_bytes()));
    let mut headers = Headers::default();
    for (name, good) in [
        ("paypal-transmission-id", "T-1"),
        ("paypal-transmission-time", "2026-06-01T00:00:00Z"),
        ("paypal-transmission-sig", &signature),
        ("paypal-cert-url", URL),
        ("paypal-auth-algo", "SHA256withRSA"),
    ] {
        if let Some(value) = if name == changed { value } else { Some(good) } {
            headers.add(name, value.to_owned());
        }
    }
    headers
}

fn transmission() -> Transmission {
    Transmission::read(&headers_with("", None)).expect("good headers")
}

/// What comes of headers, certificates and a body, all else being right.
fn verify_all(headers: &Headers, certificates: &[u8], body: &[u8], webhook_id: &str) -> Result<(), Refused> {
    let trust = trust();
    let receiver = Receiver { webhook_id, livemode: false, trust: &trust };
    Transmission::read(headers)?.verify(&receiver, certificates, body, NOW)
}

fn verify(certificates: &str) -> Result<(), Refused> {
    verify_all(&headers_with("", None), certificates.as_bytes(), BODY, WEBHOOK)
}

fn certificates() -> String {
    leaf().pem() + &intermediate().pem()
}

#[test]
fn a_report_of_paypal_is_believed() {
    assert_eq!(verify(&certificates()), Ok(()));
    let with_root = certificates() + &root().pem();
    assert_eq!(verify(&with_root), Ok(()));
    let commented = format!("subject=PayPal\n{}\nissuer=\n{}\n", leaf().pem(), intermediate().pem().replace('\r', ""));
    assert_eq!(verify(&commented), Ok(()));
}

#[test]
fn each_header_has_to_be_there() {
    let names: Vec<String> = headers_with("", None).iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(names.len(), 5);
    for name in names {
        for value in [None, Some("")] {
            let read = Transmission::read(&headers_with(&name, value));
            assert_eq!(read, Err(Refused::Missing), "{name} {value:?}");
        }
        for value in ["a|b", "a b", "a\tb", "caf\u{e9}", "a, b", &"a".repeat(2_000)] {
            let read = Transmission::read(&headers_with(&name, Some(value)));
            assert_eq!(read, Err(Refused::Malformed), "{name}: {value:.20}");
        }
    }
    assert_eq!(Transmission::read(&Headers::default()), Err(Refused::Missing));
}

#[test]
fn one_algorithm_is_known() {
    for algorithm in [
        "SHA1withRSA",
        "RSA",
        "none",
        "SHA256withDSA",
        "SHA512withRSA",
        "MD5withRSA",
        "sha256withrsa",
        "SHA256WITHRSA",
        "SHA256withRSA/PSS",
        "SHA256withECDSA",
        "SHA256",
    ] {
        let read = Transmission::read(&headers_with("paypal-auth-algo", Some(algorithm)));
        assert_eq!(read, Err(Refused::Algorithm), "{algorithm}");
    }
}

#[test]
fn all_that_is_signed_counts() {
    let of =
        |headers: &Headers, body: &[u8], webhook: &str| verify_all(headers, certificates().as_bytes(), body, webhook);
    let good = headers_with("", None);
    let mut changed = BODY.to_vec();
    changed[10] ^= 1;
    let spaced = [BODY, b" "].concat();
    let cases = [
        ("a byte of the body", of(&good, &changed, WEBHOOK)),
        ("a space more", of(&good, &spaced, WEBHOOK)),
        ("no body", of(&good, b"", WEBHOOK)),
        ("another webhook", of(&good, BODY, "96605875FF6516633")),
        ("no webhook", of(&good, BODY, "")),
        ("another delivery", of(&headers_with("paypal-transmission-id", Some("T-2")), BODY, WEBHOOK)),
        ("another time", of(&headers_with("paypal-transmission-time", Some("2026-06-01T00:00:01Z")), BODY, WEBHOOK)),
    ];
    for (story, verdict) in cases {
        assert_eq!(verdict, Err(Refused::Mismatch), "{story}");
    }
}

#[test]
fn a_signature_is_all_of_its_bytes_in_base64() {
    let good = transmission().signature;
    let bytes = Base64::decode_vec(&good).expect("base64");
    let encoded = |bytes: &[u8]| Base64::encode_string(bytes);
    let message = format!("T-1|2026-06-01T00:00:00Z|{WEBHOOK}|{}", crc32(BODY));
    let by_other = encoded(&sign(OTHER, SHA256, message.as_bytes()));
    let cases = [
        ("as it is", good.clone(), Ok(())),
        ("a byte short", encoded(&bytes[..255]), Err(Refused::Mismatch)),
        ("half of it", encoded(&bytes[..128]), Err(Refused::Mismatch)),
        ("a byte more", encoded(&[bytes.clone(), vec![0]].concat()), Err(Refused::Mismatch)),
        ("a zero in front", encoded(&[vec![0], bytes.clone()].concat()), Err(Refused::Mismatch)),
        ("zeros", encoded(&[0; 256]), Err(Refused::Mismatch)),
        ("a one", encoded(&[vec![0; 255], vec![1]].concat()), Err(Refused::Mismatch)),
        ("ones", encoded(&[0xFF; 256]), Err(Refused::Mismatch)),
        ("of another key", by_other, Err(Refused::Mismatch)),
        ("without its padding", good.trim_end_matches('=').to_owned(), Err(Refused::Malformed)),
        ("with letters of URLs", "-_".repeat(172), Err(Refused::Malformed)),
        ("cut in base64", good[..101].to_owned(), Err(Refused::Malformed)),
        ("no base64", "!!!!".to_owned(), Err(Refused::Malformed)),
        ("hexadecimal", "ab".repeat(256), Err(Refused::Mismatch)),
    ];
    for (story, signature, expected) in cases {
        let headers = headers_with("paypal-transmission-sig", Some(&signature));
        let verdict = verify_all(&headers, certificates().as_bytes(), BODY, WEBHOOK);
        assert_eq!(verdict, expected, "{story}");
    }
}

const PATH: &str = "/v1/notifications/certs/CERT-1_a.b";

#[test]
fn a_certificate_is_fetched_from_paypal_alone() {
    let address = |url: &str, livemode: bool, base: Option<&str>| {
        let read = Transmission::read(&headers_with("paypal-cert-url", Some(url)));
        read.expect("plain headers").certificate_url(livemode, base)
    };
    for (host, livemode) in [
        ("api.paypal.com", true),
        ("api-m.paypal.com", true),
        ("api.sandbox.paypal.com", false),
        ("api-m.sandbox.paypal.com", false),
    ] {
        let url = format!("https://{host}{PATH}");
        assert_eq!(address(&url, livemode, None).as_ref(), Ok(&url));
        assert_eq!(address(&url, !livemode, None), Err(Refused::Address), "the other mode");
        for base in ["http://127.0.0.1:9", "http://127.0.0.1:9/"] {
            assert_eq!(address(&url, livemode, Some(base)), Ok(format!("http://127.0.0.1:9{PATH}")));
        }
    }
    let certs = "https://api.paypal.com/v1/notifications/certs";
    for url in [
        &format!("http://api.paypal.com{PATH}"),
        &format!("HTTPS://api.paypal.com{PATH}"),
        &format!("//api.paypal.com{PATH}"),
        &format!("ftp://api.paypal.com{PATH}"),
        &format!("https://api.paypal.com:443{PATH}"),
        &format!("https://api.paypal.com:8443{PATH}"),
        &format!("https://api.paypal.com.{PATH}"),
        &format!("https://api.paypal.com.evil.example{PATH}"),
        &format!("https://evil.example{PATH}"),
        &format!("https://evil.example/api.paypal.com{PATH}"),
        &format!("https://api.paypal.com@evil.example{PATH}"),
        &format!("https://user@api.paypal.com{PATH}"),
        &format!("https://user:word@api.paypal.com{PATH}"),
        &format!("https://www.paypal.com{PATH}"),
        &format!("https://paypal.com{PATH}"),
        &format!("https://notapi.paypal.com{PATH}"),
        &format!("https://API.paypal.com{PATH}"),
        &format!("https:\\\\api.paypal.com{PATH}"),
        &format!("{certs}/CERT-1?next=1"),
        &format!("{certs}/CERT-1?"),
        &format!("{certs}/CERT-1#part"),
        &format!("{certs}/CERT-1;a=b"),
        &format!("{certs}/../webhooks/CERT-1"),
        &format!("{certs}/.."),
        &format!("{certs}/./CERT-1"),
        &format!("{certs}/a/../../CERT-1"),
        &format!("{certs}/%2e%2e/CERT-1"),
        &format!("{certs}/CERT%2D1"),
        &format!("{certs}/..\\CERT-1"),
        &format!("{certs}//CERT-1"),
        &format!("{certs}/CERT-1/"),
        &format!("{certs}/"),
        &certs.to_owned(),
        &format!("{certs}.evil/CERT-1"),
        &"https://api.paypal.com/v1/notifications/CERT-1".to_owned(),
        &"https://api.paypal.com/".to_owned(),
        &"https://".to_owned(),
    ] {
        assert_eq!(address(url, true, None), Err(Refused::Address), "{url}");
        assert_eq!(address(url, true, Some("http://127.0.0.1:9")), Err(Refused::Address), "{url} in a test");
    }
}

#[test]
fn the_checksum_is_the_one_of_zip_files() {
    for (bytes, crc) in
        [(b"".as_slice(), 0), (b"123456789", 0xCBF4_3926), (b"a", 0xE8B7_BE43), (&[0xFF; 4], 0xFFFF_FFFF)]
    {
        assert_eq!(crc32(bytes), crc, "{bytes:?}");
    }
}

#[test]
fn the_question_to_paypal_has_the_event_as_it_came() {
    let trust = trust();
    let receiver = Receiver { webhook_id: WEBHOOK, livemode: false, trust: &trust };
    let event = b"{ \"b\":1.0,\"a\":{},\n\"c\":\"\\u00e9\" }";
    let body = postback(&receiver, &transmission(), event).expect("a good address").expect("JSON");
    assert!(body.ends_with(",\"webhook_event\":{ \"b\":1.0,\"a\":{},\n\"c\":\"\\u00e9\" }}"), "{body}");
    let asked: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(asked["webhook_id"], WEBHOOK);
    assert_eq!(asked["transmission_id"], "T-1");
    assert_eq!(asked["transmission_time"], "2026-06-01T00:00:00Z");
    assert_eq!(asked["auth_algo"], "SHA256withRSA");
    assert_eq!(asked["cert_url"], URL);
    assert_eq!(asked["transmission_sig"], transmission().signature.as_str());
    for event in [
        "",
        "1",
        "[]",
        "{",
        "{}}",
        "{},\"webhook_id\":\"X\"",
        "{\"a\":1},\"webhook_id\":\"X\",\"b\":{\"c\":1}",
        "{\"a\":1,\"a\":2}",
        "\u{feff}{}",
    ] {
        assert_eq!(postback(&receiver, &transmission(), event.as_bytes()), Ok(None), "{event}");
    }
    assert_eq!(postback(&receiver, &transmission(), b"{\"a\":\"\xff\"}"), Ok(None));
    let live = Receiver { livemode: true, ..receiver };
    assert_eq!(postback(&live, &transmission(), b"{}"), Err(Refused::Address));
}

#[test]
fn only_a_clear_answer_counts() {
    let verdict = |text: &str| read_verdict(text.as_bytes());
    assert_eq!(verdict(r#"{"verification_status":"SUCCESS"}"#), Some(Ok(())));
    assert_eq!(verdict(r#"{"verification_status":"FAILURE","links":[]}"#), Some(Err(Refused::Mismatch)));
    for text in [
        "",
        "{}",
        "SUCCESS",
        "\"SUCCESS\"",
        r#"{"verification_status":"success"}"#,
        r#"{"verification_status":true}"#,
        r#"{"verification_status":"FAILURE","verification_status":"SUCCESS"}"#,
        r#"{"name":"INTERNAL_ERROR"}"#,
    ] {
        assert_eq!(verdict(text), None, "{text}");
    }
}
