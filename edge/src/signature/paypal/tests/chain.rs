//! Whose certificate it is, for how long, and who says so.

use super::forge::{SHA1, SHA384, der, extension, name, pem, utc};
use super::*;
use crate::signature::paypal::certificate::Certificate;

fn verify_at(certificates: &str, now: Moment) -> Result<(), Refused> {
    let trust = trust();
    let receiver = Receiver { webhook_id: WEBHOOK, livemode: false, trust: &trust };
    transmission().verify(&receiver, certificates.as_bytes(), BODY, now)
}

fn with_leaf(leaf: &Draft) -> Result<(), Refused> {
    verify(&(leaf.pem() + &intermediate().pem()))
}

fn with_intermediate(intermediate: &Draft) -> Result<(), Refused> {
    verify(&(leaf().pem() + &intermediate.pem()))
}

#[test]
fn the_name_is_the_one_of_the_mode() {
    let trust = trust();
    for (name, livemode, expected) in [
        (LIVE, true, Ok(())),
        (LIVE, false, Err(Refused::Name)),
        (SANDBOX, false, Ok(())),
        (SANDBOX, true, Err(Refused::Name)),
    ] {
        let leaf = Draft { name: super::forge::name(&[name]), ..leaf() };
        let receiver = Receiver { webhook_id: WEBHOOK, livemode, trust: &trust };
        let certificates = leaf.pem() + &intermediate().pem();
        assert_eq!(transmission().verify(&receiver, certificates.as_bytes(), BODY, NOW), expected, "{name} {livemode}");
    }
    for (story, names) in [
        ("another", vec!["evil.example"]),
        ("a longer one", vec!["messageverificationcerts.sandbox.paypal.com.evil.example"]),
        ("one that ends like it", vec!["xmessageverificationcerts.sandbox.paypal.com"]),
        ("one behind a zero", vec!["messageverificationcerts.sandbox.paypal.com\0.evil.example"]),
        ("capitals", vec!["Messageverificationcerts.sandbox.paypal.com"]),
        ("any", vec!["*.sandbox.paypal.com"]),
        ("none", vec![]),
        ("two", vec!["evil.example", SANDBOX]),
        ("the same twice", vec![SANDBOX, SANDBOX]),
    ] {
        assert_eq!(with_leaf(&Draft { name: name(&names), ..leaf() }), Err(Refused::Name), "{story}");
    }
}

#[test]
fn each_certificate_holds_for_its_time() {
    // From 2026-01-01 to 2027-01-01, both seconds included.
    let (first, last) = (Moment(1_767_225_600), Moment(1_798_761_600));
    let late = Err(Refused::OutOfTime);
    for (now, expected) in [
        (Moment(first.0 - 1), late),
        (first, Ok(())),
        (last, Ok(())),
        (Moment(last.0 + 1), late),
        (Moment(0), late),
        (Moment(i64::MIN), late),
        (Moment(i64::MAX), late),
    ] {
        assert_eq!(verify_at(&certificates(), now), expected, "{now:?}");
    }
    let past = [utc("250101000000"), utc("260101000000")];
    let future = [utc("260701000000"), utc("270101000000")];
    for validity in [past, future] {
        assert_eq!(with_leaf(&Draft { validity: validity.clone(), ..leaf() }), late, "the certificate");
        assert_eq!(with_intermediate(&Draft { validity: validity.clone(), ..intermediate() }), late, "its authority");
        let root = Draft { validity, ..root() };
        let trust = Trust::read(&root.pem()).expect("a root");
        let receiver = Receiver { webhook_id: WEBHOOK, livemode: false, trust: &trust };
        assert_eq!(transmission().verify(&receiver, certificates().as_bytes(), BODY, NOW), late, "the root");
    }
}

#[test]
fn times_are_written_as_the_standard_says() {
    let long = |digits: &str| der(0x18, &[digits.as_bytes()]);
    for (story, end, is_read) in [
        ("after 2049", long("20500101000000Z"), true),
        ("the last of the century", utc("491231235959"), true),
        ("the short form of 1950", utc("500101000000"), false),
        ("no seconds", der(0x17, &[b"2701010000Z"]), false),
        ("another offset", der(0x17, &[b"270101000000+0100"]), false),
        ("a fraction", long("20500101000000.5Z"), false),
        ("no such day", utc("270230000000"), false),
        ("a sign", der(0x17, &[b"2701010000-1Z"]), false),
        ("no digits", der(0x17, &["2701010000\u{e9}Z".as_bytes()]), false),
        ("a number", der(0x02, &[b"2"]), false),
        ("nothing", vec![], false),
    ] {
        let leaf = Draft { validity: [utc("260101000000"), end], ..leaf() };
        assert_eq!(with_leaf(&leaf).is_ok(), is_read, "{story}");
    }
}

#[test]
fn a_root_has_to_vouch_for_it() {
    let by_other = Draft { issuer_key: OTHER, ..leaf() };
    let other_root = Draft::new("Other", OTHER, "Other", OTHER).with([authority(None)]);
    let of_other = Draft { issuer: name(&["Other"]), issuer_key: OTHER, ..leaf() };
    let self_signed = Draft { issuer: leaf().name, issuer_key: PAYPAL, ..leaf() };
    let impostor = Draft { name: name(&["Root"]), issuer: name(&["Root"]), key: OTHER, issuer_key: OTHER, ..root() };
    let of_impostor = Draft { issuer: name(&["Root"]), issuer_key: OTHER, ..leaf() };
    let sha1 = Draft { algorithm: SHA1, ..leaf() };
    for (story, certificates) in [
        ("the certificate alone", leaf().pem()),
        ("one that signed itself", self_signed.pem()),
        ("itself as its authority", self_signed.with([authority(None)]).pem().repeat(2)),
        ("a signature of another key", by_other.pem() + &intermediate().pem()),
        ("another root", of_other.pem() + &other_root.pem()),
        ("a root of the same name", of_impostor.pem() + &impostor.pem()),
        ("a digest that is broken", sha1.pem() + &intermediate().pem()),
        ("another's authority", leaf().pem() + &Draft { issuer_key: OTHER, ..intermediate() }.pem()),
    ] {
        assert_eq!(verify(&certificates), Err(Refused::Untrusted), "{story}");
    }
    assert_eq!(with_intermediate(&Draft { algorithm: SHA384, ..intermediate() }), Ok(()), "the longer digest");
    let direct = Draft { issuer: name(&["Root"]), issuer_key: ROOT, ..leaf() };
    assert_eq!(verify(&direct.pem()), Ok(()), "the root itself");
}

#[test]
fn only_an_authority_vouches() {
    let none = Err(Refused::NoAuthority);
    let cases = [
        ("an authority", vec![authority(Some(0)), key_usage(0b0000_0110)], Ok(())),
        ("of any reach", vec![authority(None)], Ok(())),
        ("of far reach", vec![authority(Some(127))], Ok(())),
        ("a plain certificate", vec![no_authority()], none),
        ("one that does not say", vec![], none),
        ("one whose key signs no certificates", vec![authority(None), key_usage(0b1000_0000)], none),
        (
            "one with a condition that is not understood",
            vec![authority(None), extension(b"\x55\x1d\x1e", true, &der(0x30, &[]))],
            Err(Refused::Untrusted),
        ),
        ("one with a remark", vec![authority(None), extension(b"\x55\x1d\x1e", false, &der(0x30, &[]))], Ok(())),
    ];
    for (story, extensions, expected) in cases {
        assert_eq!(with_intermediate(&intermediate().with(extensions)), expected, "{story}");
    }
    let plain_root = Trust::read(&root().with([no_authority()]).pem()).expect("a certificate");
    let receiver = Receiver { webhook_id: WEBHOOK, livemode: false, trust: &plain_root };
    assert_eq!(transmission().verify(&receiver, certificates().as_bytes(), BODY, NOW), none, "a root that is none");
}

#[test]
fn authorities_stand_in_a_row_of_limited_length() {
    // Root, then so many authorities with the key of the last, then PayPal.
    let row = |reaches: &[Option<u8>]| {
        let mut certificates = vec![];
        let (mut issuer, mut issuer_key) = ("Root".to_owned(), ROOT);
        for (at, reach) in reaches.iter().enumerate() {
            let name = format!("Authority {at}");
            certificates.push(Draft::new(&name, AUTHORITY, &issuer, issuer_key).with([authority(*reach)]).pem());
            (issuer, issuer_key) = (name, AUTHORITY);
        }
        certificates.push(Draft::new(SANDBOX, PAYPAL, &issuer, issuer_key).pem());
        certificates.reverse();
        certificates.concat()
    };
    for (story, reaches, expected) in [
        ("two", vec![None, None], Ok(())),
        ("two that may", vec![Some(1), Some(0)], Ok(())),
        ("one below an authority that has none below", vec![Some(0), Some(0)], Err(Refused::NoAuthority)),
        ("three", vec![None, None, None], Ok(())),
        ("four", vec![None, None, None, None], Err(Refused::Untrusted)),
    ] {
        assert_eq!(verify(&row(&reaches)), expected, "{story}");
    }
}

#[test]
fn a_maze_of_authorities_is_left() {
    // Six authorities of one name and one key, each signed by each: no way to a root among them.
    let looping = Draft::new("Authority", AUTHORITY, "Authority", AUTHORITY).with([authority(None)]).pem();
    assert_eq!(verify(&(leaf().pem() + &looping.repeat(7))), Err(Refused::Untrusted));
    assert_eq!(verify(&(leaf().pem() + &looping.repeat(6) + &intermediate().pem())), Ok(()), "the way out is the last");
    assert_eq!(
        verify(&(leaf().pem() + &looping.repeat(7) + &intermediate().pem())),
        Err(Refused::Untrusted),
        "too many to be looked at"
    );
}

#[test]
fn what_is_no_certificate_is_refused() {
    let none = Err(Refused::NoCertificate);
    let good = certificates();
    let broken = good.replacen("MII", "MI!", 1);
    let huge = format!("{good}{}", " ".repeat(10 * 1024 * 1024));
    let filled = format!("{good}{}", " ".repeat(64 * 1024 - good.len()));
    let cases = [
        ("nothing", String::new(), none),
        ("a page", "<html>Sorry</html>".to_owned(), none),
        ("a key", good.replace("CERTIFICATE", "PUBLIC KEY"), none),
        ("no end", good.replace("END CERTIFICATE", "END"), none),
        ("no base64", "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n".to_owned(), none),
        ("nothing inside", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".to_owned(), none),
        ("no DER", pem(b"certificate"), none),
        ("a broken one first", broken, Err(Refused::Name)),
        ("10 MB", huge, Err(Refused::TooLarge)),
        ("as much as is read", filled, Ok(())),
    ];
    for (story, pem, expected) in cases {
        assert_eq!(verify(&pem), expected, "{story}");
    }
    let binary = verify_all(&headers_with("", None), &[0xFF, 0xFE, 0x00], BODY, WEBHOOK);
    assert_eq!(binary, none);
    assert!(Trust::read("").is_none());
    assert!(Trust::read("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----").is_none());
}

#[test]
fn a_certificate_is_read_to_its_last_byte_or_not_at_all() {
    let good = leaf().write();
    assert!(Certificate::read(&good).is_some());
    for at in 0..good.len() {
        assert!(Certificate::read(&good[..at]).is_none(), "cut at {at}");
    }
    assert!(Certificate::read(&[good.clone(), vec![0]].concat()).is_none(), "a byte more");
    for version in [0, 1, 3] {
        assert!(Certificate::read(&Draft { version, ..leaf() }.write()).is_none(), "version {version}");
    }
    // No change of a byte makes it panic, and none is vouched for.
    let authority = Certificate::read(&intermediate().write()).expect("a certificate");
    for at in 0..good.len() {
        for bits in [0x01, 0x80, 0xFF] {
            let mut changed = good.clone();
            changed[at] ^= bits;
            let is_good = Certificate::read(&changed).is_some_and(|leaf| authority.vouches_for(&leaf, 0, NOW).is_ok());
            assert!(!is_good, "changed at {at}");
        }
    }
}

#[test]
fn paypals_own_authorities_lead_to_the_roots() {
    let roots: Vec<Certificate> = ["high-assurance-ev-root-ca", "global-root-ca", "global-root-g2"].map(include).into();
    for (authority, root) in [("sha2-extended-validation-server-ca", 0), ("ev-rsa-ca-g2", 2)] {
        let authority = include(authority);
        for (at, candidate) in roots.iter().enumerate() {
            let expected = if at == root { Ok(()) } else { Err(Refused::Untrusted) };
            assert_eq!(candidate.vouches_for(&authority, 0, NOW), expected);
        }
        assert_eq!(Trust::built_in().leads_to(&authority, &[], NOW), Ok(()));
    }
    assert_eq!(roots[0].common_name.as_deref(), Some("DigiCert High Assurance EV Root CA"));
    let (authority, end) = (include("sha2-extended-validation-server-ca"), Moment::parse("2028-10-22T12:00:00Z"));
    let end = end.expect("a moment");
    assert_eq!((authority.holds(end), authority.holds(Moment(end.0 + 1))), (Ok(()), Err(Refused::OutOfTime)));
}

fn include(name: &str) -> Certificate {
    let pem = match name {
        "high-assurance-ev-root-ca" => include_str!("../trust/high-assurance-ev-root-ca.pem"),
        "global-root-ca" => include_str!("../trust/global-root-ca.pem"),
        "global-root-g2" => include_str!("../trust/global-root-g2.pem"),
        "sha2-extended-validation-server-ca" => include_str!("../trust/sha2-extended-validation-server-ca.pem"),
        _ => include_str!("../trust/ev-rsa-ca-g2.pem"),
    };
    super::super::certificate::read_pem(pem.as_bytes()).expect("PEM").remove(0)
}

#[test]
fn a_forger_with_a_certificate_of_his_own_is_not_believed() {
    // Everything is right but for the root, as PayPal's real one is not ours.
    let trust = Trust::built_in();
    let receiver = Receiver { webhook_id: WEBHOOK, livemode: false, trust: &trust };
    let certificates = certificates() + &root().pem();
    assert_eq!(transmission().verify(&receiver, certificates.as_bytes(), BODY, NOW), Err(Refused::Untrusted));
}
