//! A certificate authority of our own, good and bad: keys that sign, and certificates written byte by byte.

use base64ct::{Base64, Encoding};
use num_bigint::BigUint;
use sha2::{Digest, Sha256, Sha384};

pub(super) const SHA256: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00";
pub(super) const SHA384: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c\x05\x00";
pub(super) const SHA1: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00";

/// A key that signs: its modulus and its private exponent in hexadecimal digits.
pub(super) type Key = (&'static str, &'static str);

/// An element of DER.
pub(super) fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let length = match content.len() {
        0..0x80 => vec![length[7]],
        0x80..0x100 => vec![0x81, length[7]],
        _ => vec![0x82, length[6], length[7]],
    };
    [vec![tag], length, content].concat()
}

/// The RSA signature of a message.
pub(super) fn sign((modulus, private): Key, algorithm: &[u8], message: &[u8]) -> Vec<u8> {
    let info = if algorithm == SHA384 {
        [
            b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30".as_slice(),
            &Sha384::digest(message),
        ]
        .concat()
    } else {
        [
            b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20".as_slice(),
            &Sha256::digest(message),
        ]
        .concat()
    };
    let number = |digits: &str| BigUint::parse_bytes(digits.as_bytes(), 16).expect("hexadecimal digits");
    let padded = [vec![0, 1], vec![0xFF; 256 - 3 - info.len()], vec![0], info].concat();
    let signature = BigUint::from_bytes_be(&padded).modpow(&number(private), &number(modulus)).to_bytes_be();
    [vec![0; 256 - signature.len()], signature].concat()
}

/// A certificate to be written. The values are those of a good one until a test changes them.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) name: Vec<u8>,
    pub(super) key: Key,
    pub(super) version: u8,
    pub(super) algorithm: &'static [u8],
    /// First and last moment, as they stand in the certificate with their tags.
    pub(super) validity: [Vec<u8>; 2],
    pub(super) extensions: Vec<Vec<u8>>,
    pub(super) issuer: Vec<u8>,
    pub(super) issuer_key: Key,
}

/// A subject with these common names.
pub(super) fn name(common_names: &[&str]) -> Vec<u8> {
    let attribute =
        |id: &[u8], text: &str| der(0x31, &[&der(0x30, &[&der(0x06, &[id]), &der(0x0C, &[text.as_bytes()])])]);
    let mut parts = vec![attribute(b"\x55\x04\x06", "US")];
    parts.extend(common_names.iter().map(|name| attribute(b"\x55\x04\x03", name)));
    der(0x30, &[&parts.concat()])
}

/// An extension.
pub(super) fn extension(id: &[u8], is_critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if is_critical { b"\x01\x01\xff" } else { b"" };
    der(0x30, &[&der(0x06, &[id]), critical, &der(0x04, &[value])])
}

/// That it is an authority, with at most so many others below it.
pub(super) fn authority(most_below: Option<u8>) -> Vec<u8> {
    let most = most_below.map(|most| der(0x02, &[&[most]])).unwrap_or_default();
    extension(b"\x55\x1d\x13", true, &der(0x30, &[b"\x01\x01\xff", &most]))
}

/// That it is none.
pub(super) fn no_authority() -> Vec<u8> {
    extension(b"\x55\x1d\x13", true, &der(0x30, &[]))
}

/// What the key may be used for, in bits from the highest.
pub(super) fn key_usage(bits: u8) -> Vec<u8> {
    extension(b"\x55\x1d\x0f", true, &der(0x03, &[&[1, bits]]))
}

pub(super) fn utc(digits: &str) -> Vec<u8> {
    der(0x17, &[format!("{digits}Z").as_bytes()])
}

impl Draft {
    /// A good certificate, from 2026-01-01 to 2027-01-01.
    pub(super) fn new(common_name: &str, key: Key, issuer: &str, issuer_key: Key) -> Self {
        Self {
            name: name(&[common_name]),
            key,
            version: 2,
            algorithm: SHA256,
            validity: [utc("260101000000"), utc("270101000000")],
            extensions: vec![],
            issuer: name(&[issuer]),
            issuer_key,
        }
    }

    pub(super) fn with(mut self, extensions: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.extensions = extensions.into_iter().collect();
        self
    }

    /// In DER.
    pub(super) fn write(&self) -> Vec<u8> {
        let modulus = BigUint::parse_bytes(self.key.0.as_bytes(), 16).expect("hexadecimal digits").to_bytes_be();
        let numbers = der(0x30, &[&der(0x02, &[&[0], &modulus]), &der(0x02, &[&[1, 0, 1]])]);
        let key = der(
            0x30,
            &[b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", &der(0x03, &[&[0], &numbers])],
        );
        let extensions = der(0x30, &[&self.extensions.concat()]);
        let extensions = if self.extensions.is_empty() { vec![] } else { der(0xA3, &[&extensions]) };
        let body = der(
            0x30,
            &[
                &der(0xA0, &[&der(0x02, &[&[self.version]])]),
                &der(0x02, &[b"\x2a"]),
                self.algorithm,
                &self.issuer,
                &der(0x30, &[&self.validity.concat()]),
                &self.name,
                &key,
                &extensions,
            ],
        );
        let signature = sign(self.issuer_key, self.algorithm, &body);
        der(0x30, &[&body, self.algorithm, &der(0x03, &[&[0], &signature])])
    }

    /// As a block of a PEM file.
    pub(super) fn pem(&self) -> String {
        pem(&self.write())
    }
}

/// A certificate in DER as a block of a PEM file, in lines as `PayPal` ends them.
pub(super) fn pem(der: &[u8]) -> String {
    let base64 = Base64::encode_string(der);
    let lines: Vec<&str> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    format!("-----BEGIN CERTIFICATE-----\r\n{}\r\n-----END CERTIFICATE-----\r\n", lines.join("\r\n"))
}
