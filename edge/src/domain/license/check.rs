//! The check group of a license key: a Reed-Solomon code over GF(32), so that one symbol of the code is one character.
//!
//! Four check symbols give distance 5: any one to four wrong characters are noticed, and one or two could be put right
//! from the key alone. A checksum of the same length misses one in a million of those; this misses none.

use super::CHECK_LEN;

/// x^5 + x^2 + 1, which is primitive: powers of 2 run through all 31 non-zero elements.
const POLYNOMIAL: u8 = 0b10_0101;

/// (x - 2)(x - 4)(x - 8)(x - 16), highest coefficient first, without the leading 1.
const GENERATOR: [u8; CHECK_LEN] = [30, 6, 9, 17];

/// Multiplication in GF(32), by shift and add.
fn multiply(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    while b > 0 {
        if b & 1 == 1 {
            product ^= a;
        }
        a <<= 1;
        if a & 0b10_0000 > 0 {
            a ^= POLYNOMIAL;
        }
        b >>= 1;
    }
    product
}

/// The check symbols of the data symbols: the remainder of the data, shifted by four, by the generator.
pub(super) fn group(data: &[u8]) -> [u8; CHECK_LEN] {
    data.iter().fold([0; CHECK_LEN], |[first, second, third, fourth], symbol| {
        let feedback = symbol ^ first;
        let [a, b, c, d] = GENERATOR.map(|coefficient| multiply(feedback, coefficient));
        [second ^ a, third ^ b, fourth ^ c, d]
    })
}

/// The check symbol of a short code: the same with the one root 2. Any one wrong symbol is noticed, and any two neighbours
/// that changed places.
pub(in crate::domain) fn character(data: &[u8]) -> u8 {
    data.iter().fold(0, |check, symbol| multiply(check ^ symbol, 2))
}

/// The four roots of the generator.
const ROOTS: [u8; CHECK_LEN] = [2, 4, 8, 16];

/// A word with one or two wrong symbols put right; `None` when there are none or more. Two unknown errors at two known
/// places are two linear equations, and there are few places: so all of them are tried, and the other two equations tell.
pub(super) fn corrected(word: &[u8]) -> Option<Vec<u8>> {
    let syndromes = ROOTS.map(|root| word.iter().fold(0, |sum, symbol| multiply(sum, root) ^ symbol));
    let [first, second, ..] = syndromes;
    if syndromes == [0; CHECK_LEN] {
        return None;
    }
    let locators: Vec<u8> = (0..word.len()).rev().map(|exponent| power(2, exponent)).collect();
    let explains = |errors: &[(u8, u8)]| {
        (1..=CHECK_LEN).zip(syndromes).all(|(exponent, syndrome)| {
            syndrome == errors.iter().fold(0, |sum, (locator, error)| sum ^ multiply(*error, power(*locator, exponent)))
        })
    };
    let put_right = |errors: &[(usize, u8)]| {
        let mut word = word.to_vec();
        for (at, error) in errors {
            *word.get_mut(*at)? ^= error;
        }
        Some(word)
    };
    for (at, one) in locators.iter().enumerate() {
        let error = multiply(first, inverse(*one));
        if explains(&[(*one, error)]) {
            return put_right(&[(at, error)]);
        }
    }
    for (at, one) in locators.iter().enumerate() {
        for (other_at, other) in locators.iter().enumerate().skip(at + 1) {
            let other_error = multiply(second ^ multiply(first, *one), inverse(multiply(*other, other ^ one)));
            let error = multiply(first ^ multiply(other_error, *other), inverse(*one));
            if explains(&[(*one, error), (*other, other_error)]) {
                return put_right(&[(at, error), (other_at, other_error)]);
            }
        }
    }
    None
}

fn power(base: u8, exponent: usize) -> u8 {
    (0..exponent).fold(1, |product, _| multiply(product, base))
}

/// The multiplicative inverse: every element but 0 has order 31.
fn inverse(element: u8) -> u8 {
    power(element, 30)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value_at(polynomial: &[u8], x: u8) -> u8 {
        polynomial.iter().fold(0, |sum, coefficient| multiply(sum, x) ^ coefficient)
    }

    #[test]
    fn the_generator_has_the_four_roots() {
        let whole = [&[1], GENERATOR.as_slice()].concat();
        for root in [2, 4, 8, 16] {
            assert_eq!(value_at(&whole, root), 0);
        }
        assert_ne!(value_at(&whole, 1), 0);
    }

    #[test]
    fn a_wrong_symbol_and_a_swap_change_the_check_symbol() {
        let data = [7, 0, 31, 4, 9];
        for at in 0..data.len() {
            for other in (0..32).filter(|other| *other != data[at]) {
                let mut wrong = data;
                wrong[at] = other;
                assert_ne!(character(&wrong), character(&data));
            }
        }
        for at in 1..data.len() {
            let mut swapped = data;
            swapped.swap(at - 1, at);
            assert_ne!(character(&swapped), character(&data));
        }
    }

    #[test]
    fn a_whole_key_vanishes_at_the_roots() {
        let data: Vec<u8> = (0..24).map(|i| i * 7 % 32).collect();
        let word = [data.as_slice(), &group(&data)].concat();
        for root in [2, 4, 8, 16] {
            assert_eq!(value_at(&word, root), 0);
        }
    }
}
