//! RSA signatures, checked: PKCS #1 v1.5 with SHA-256 or SHA-384 (RFC 8017, section 8.2.2).
//!
//! Only public values take part, so there is no secret that time or memory could give away, and the crate `rsa`, made to
//! keep secrets, would bring 27 KiB to the wasm and take three times as long. What made checks like this one fail elsewhere
//! is a padding that the forger wrote and the check read. Here none is read: there is one right message for a digest, it is
//! built, and compared as a whole.

use sha2::{Digest as _, Sha256, Sha384};

/// Keys of all bytes in between are taken. Shorter ones can be broken, and nobody uses longer ones.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=512;
/// 65537, the one exponent that certificates use. Small ones have helped forgers.
const EXPONENT: &[u8] = &[1, 0, 1];
/// 65537 is a one with sixteen squarings above it, and one more.
const EXPONENT_SQUARINGS: usize = 16;

/// What a message is digested with before it is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digest {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
}

impl Digest {
    /// The digest of a message, with what stands before it in DER (RFC 8017, section 9.2, note 1).
    fn info(self, message: &[u8]) -> Vec<u8> {
        const SHA256: &[u8] = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
        const SHA384: &[u8] = b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30";
        match self {
            Self::Sha256 => [SHA256, &Sha256::digest(message)].concat(),
            Self::Sha384 => [SHA384, &Sha384::digest(message)].concat(),
        }
    }
}

/// A number in limbs of 32 bits, the lowest first. Beside a modulus it has as many limbs as that.
type Number = Vec<u32>;

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PublicKey {
    modulus: Number,
    /// Bytes of the modulus, and of each signature.
    bytes: usize,
    /// The number that makes the lowest limb of the modulus into -1, in one limb.
    inverse: u32,
}

impl PublicKey {
    /// A key from its numbers, highest byte first and without a leading zero.
    pub(super) fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let is_odd = modulus.last()? % 2 == 1;
        if !is_odd || exponent != EXPONENT || *modulus.first()? == 0 || !MODULUS_BYTES.contains(&modulus.len()) {
            return None;
        }
        let bytes = modulus.len();
        let modulus = number(modulus);
        let lowest = *modulus.first()?;
        // Newton's steps: an odd number is its own inverse in the lowest three bits, and each step doubles these.
        let inverse =
            (0..4).fold(lowest, |inverse, _| inverse.wrapping_mul(2_u32.wrapping_sub(lowest.wrapping_mul(inverse))));
        Some(Self { modulus, bytes, inverse: inverse.wrapping_neg() })
    }

    /// Whether the signature is this key's over the message.
    pub(super) fn verifies(&self, digest: Digest, message: &[u8], signature: &[u8]) -> bool {
        let info = digest.info(message);
        let Some(filling) = self.bytes.checked_sub(info.len() + 3) else { return false };
        let padded = [&[0, 1], vec![0xFF; filling].as_slice(), &[0], &info].concat();
        signature.len() == self.bytes && self.open(&number(signature)) == Some(number(&padded))
    }

    /// What was signed: the signature to the power of the exponent. None for one that is no number below the modulus.
    fn open(&self, signature: &[u32]) -> Option<Number> {
        if !is_below(signature, &self.modulus) {
            return None;
        }
        let mut power = self.shifted(signature);
        for _ in 0..EXPONENT_SQUARINGS {
            power = self.product(&power, &power);
        }
        // The last factor is not shifted, and so takes the shift off again.
        Some(self.product(&power, signature))
    }

    /// A number times 2 to the power of the bits in the modulus' limbs (Montgomery's form), below the modulus.
    fn shifted(&self, number: &[u32]) -> Number {
        let mut shifted = number.to_vec();
        for _ in 0..self.modulus.len() * 32 {
            let mut carry = false;
            for limb in &mut shifted {
                (*limb, carry) = (*limb << 1 | u32::from(carry), *limb >> 31 == 1);
            }
            self.reduce(&mut shifted, carry);
        }
        shifted
    }

    /// The product of two numbers below the modulus, divided by the shift of [`Self::shifted`] (Montgomery's product).
    fn product(&self, left: &[u32], right: &[u32]) -> Number {
        let mut sum: Number = vec![0; self.modulus.len()];
        // The sum is less than twice the modulus after each round, so one bit above its limbs is enough.
        let mut top = false;
        for limb in left {
            let carry = add_multiple(&mut sum, *limb, right);
            let lowest = sum.first().copied().unwrap_or(0);
            // This multiple of the modulus makes the lowest limb zero, and then it can be dropped.
            let carry_of_modulus = add_multiple(&mut sum, lowest.wrapping_mul(self.inverse), &self.modulus);
            sum.rotate_left(1);
            if let Some(highest) = sum.last_mut() {
                (*highest, top) = carry.carrying_add(carry_of_modulus, top);
            }
        }
        self.reduce(&mut sum, top);
        sum
    }

    /// Takes the modulus off a number that is less than twice the modulus. `carry` is the bit above its limbs.
    fn reduce(&self, number: &mut [u32], carry: bool) {
        if carry || !is_below(number, &self.modulus) {
            let mut borrow = false;
            for (limb, taken) in number.iter_mut().zip(&self.modulus) {
                (*limb, borrow) = limb.borrowing_sub(*taken, borrow);
            }
        }
    }
}

/// Adds a multiple to a sum of as many limbs, and gives what did not fit.
fn add_multiple(sum: &mut [u32], factor: u32, number: &[u32]) -> u32 {
    let mut carry = 0;
    for (limb, addend) in sum.iter_mut().zip(number) {
        (*limb, carry) = addend.carrying_mul_add(factor, carry, *limb);
    }
    carry
}

fn is_below(number: &[u32], limit: &[u32]) -> bool {
    number.iter().rev().lt(limit.iter().rev())
}

/// Bytes, highest first, as a number.
fn number(bytes: &[u8]) -> Number {
    let limb = |bytes: &[u8]| bytes.iter().fold(0, |limb, byte| limb << 8 | u32::from(*byte));
    bytes.rchunks(4).map(limb).collect()
}

#[cfg(test)]
mod tests;
