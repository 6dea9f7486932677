//! X.509 certificates (RFC 5280), as much of them as says whose key it is, for how long, and who says so.

use base64ct::{Base64, Encoding};

use super::Refused;
use super::der::{self, Der};
use crate::domain::time::Moment;
use crate::signature::rsa::{Digest, PublicKey};

/// A file with more is no chain of certificates.
const PEM_BYTES_MAX: usize = 64 * 1024;
/// Nor is one with more certificates.
const CERTIFICATES_MAX: usize = 8;

/// Names of algorithms and of parts of a certificate (object ids without their tag and length).
mod id {
    /// `rsaEncryption`
    pub(super) const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
    /// `sha256WithRSAEncryption`
    pub(super) const SHA256_WITH_RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";
    /// `sha384WithRSAEncryption`
    pub(super) const SHA384_WITH_RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c";
    /// `commonName`
    pub(super) const COMMON_NAME: &[u8] = b"\x55\x04\x03";
    /// `keyUsage`
    pub(super) const KEY_USAGE: &[u8] = b"\x55\x1d\x0f";
    /// `basicConstraints`
    pub(super) const BASIC_CONSTRAINTS: &[u8] = b"\x55\x1d\x13";
}

/// A certificate.
#[derive(Debug, Clone)]
pub(super) struct Certificate {
    /// What its issuer signed.
    signed: Vec<u8>,
    /// What that was digested with; none for an algorithm that is not taken.
    digest: Option<Digest>,
    signature: Vec<u8>,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    /// The common name of the subject, where there is just one.
    pub(super) common_name: Option<String>,
    begins: Moment,
    ends: Moment,
    /// None for one that is not taken.
    pub(super) key: Option<PublicKey>,
    /// How many steps below it the last certificate may be that it vouches for, at second hand; zero for none at all.
    reach: usize,
}

impl Certificate {
    /// Reads a certificate from DER. None for anything but version 3, and for one with conditions that are not understood.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let mut parts = Der(Der(der).single(der::SEQUENCE)?);
        let body = parts.next().filter(|element| element.tag == der::SEQUENCE)?;
        let algorithm = parts.take(der::SEQUENCE)?;
        let signature = parts.bits()?.to_vec();
        let mut fields = Der(body.content);
        let version = Der(fields.take(VERSION)?).single(der::INTEGER)?;
        fields.take(der::INTEGER)?;
        let is_what_it_says = fields.take(der::SEQUENCE)? == algorithm;
        if !parts.is_empty() || version != [2] || !is_what_it_says {
            return None;
        }
        let issuer = fields.take(der::SEQUENCE)?.to_vec();
        let mut validity = fields.enter(der::SEQUENCE)?;
        let (begins, ends) = (moment(&mut validity)?, moment(&mut validity)?);
        let subject = fields.take(der::SEQUENCE)?;
        let key = key(fields.enter(der::SEQUENCE)?);
        while fields.is_next(ISSUER_UNIQUE_ID) || fields.is_next(SUBJECT_UNIQUE_ID) {
            fields.next()?;
        }
        let reach = if fields.is_next(EXTENSIONS) {
            reach(Der(Der(fields.take(EXTENSIONS)?).single(der::SEQUENCE)?))?
        } else {
            0
        };
        (validity.is_empty() && fields.is_empty()).then_some(Self {
            signed: body.whole.to_vec(),
            digest: digest(Der(algorithm)),
            signature,
            issuer,
            subject: subject.to_vec(),
            common_name: common_name(Der(subject)),
            begins,
            ends,
            key,
            reach,
        })
    }

    /// Whether it holds at this moment.
    pub(super) fn holds(&self, now: Moment) -> Result<(), Refused> {
        (self.begins <= now && now <= self.ends).then_some(()).ok_or(Refused::OutOfTime)
    }

    /// Whether this one vouches for the other, with so many authorities below it.
    pub(super) fn vouches_for(&self, other: &Self, below: usize, now: Moment) -> Result<(), Refused> {
        let signed = || self.key.as_ref()?.verifies(other.digest?, &other.signed, &other.signature).then_some(());
        if self.subject != other.issuer || signed().is_none() {
            return Err(Refused::Untrusted);
        }
        if below >= self.reach {
            return Err(Refused::NoAuthority);
        }
        self.holds(now)
    }
}

const VERSION: u8 = 0xA0;
const ISSUER_UNIQUE_ID: u8 = 0x81;
const SUBJECT_UNIQUE_ID: u8 = 0x82;
const EXTENSIONS: u8 = 0xA3;

/// The certificates of a PEM file (RFC 7468), in its order. What stands between them is passed over, as is one that cannot
/// be read.
pub(super) fn read_pem(pem: &[u8]) -> Result<Vec<Certificate>, Refused> {
    if pem.len() > PEM_BYTES_MAX {
        return Err(Refused::TooLarge);
    }
    let text = std::str::from_utf8(pem).map_err(|_| Refused::NoCertificate)?;
    let blocks = text.split("-----BEGIN CERTIFICATE-----").skip(1).take(CERTIFICATES_MAX);
    let read = blocks.filter_map(|block| {
        let (base64, _) = block.split_once("-----END CERTIFICATE-----")?;
        let base64: String = base64.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        Certificate::read(&Base64::decode_vec(&base64).ok()?)
    });
    Ok(read.collect())
}

/// A time of a certificate (RFC 5280, section 4.1.2.5): with seconds, in UTC, and in the short form until 2049.
fn moment(validity: &mut Der<'_>) -> Option<Moment> {
    let element = validity.next()?;
    let text = std::str::from_utf8(element.content).ok()?;
    let digits = match element.tag {
        der::UTC_TIME if text.len() == 13 && text < "5" => format!("20{text}"),
        der::UTC_TIME if text.len() == 13 => format!("19{text}"),
        der::GENERALIZED_TIME if text.len() == 15 => text.to_owned(),
        _ => return None,
    };
    let digits = digits.strip_suffix('Z').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let (date, time) = digits.split_at_checked(8)?;
    Moment::parse(&format!("{date}T{time}Z"))
}

/// What an algorithm of signatures digests with. Its parameters are an empty NULL (RFC 4055, section 5).
fn digest(mut algorithm: Der<'_>) -> Option<Digest> {
    let digest = match algorithm.take(der::OBJECT_ID)? {
        id::SHA256_WITH_RSA => Digest::Sha256,
        id::SHA384_WITH_RSA => Digest::Sha384,
        _ => return None,
    };
    (algorithm.0 == NULL).then_some(digest)
}

const NULL: &[u8] = &[5, 0];

fn key(mut info: Der<'_>) -> Option<PublicKey> {
    let mut algorithm = info.enter(der::SEQUENCE)?;
    let is_rsa = algorithm.take(der::OBJECT_ID)? == id::RSA && algorithm.0 == NULL;
    let mut numbers = Der(Der(info.bits()?).single(der::SEQUENCE)?);
    let (modulus, exponent) = (numbers.number()?, numbers.number()?);
    let is_all = info.is_empty() && numbers.is_empty();
    if is_rsa && is_all { PublicKey::new(modulus, exponent) } else { None }
}

fn common_name(subject: Der<'_>) -> Option<String> {
    let mut names = vec![];
    for set in subject.elements()?.into_iter().filter(|element| element.tag == der::SET) {
        for attribute in Der(set.content).elements()? {
            let mut attribute = Der(attribute.content);
            if attribute.take(der::OBJECT_ID)? == id::COMMON_NAME {
                names.push(attribute.next()?);
            }
        }
    }
    // Readers disagree on which of two names counts, so neither does.
    let [name] = names.as_slice() else { return None };
    let is_text = matches!(name.tag, der::UTF8_STRING | der::PRINTABLE_STRING);
    is_text.then(|| String::from_utf8(name.content.to_vec()).ok()).flatten()
}

/// What the extensions say of vouching for others. None for a critical extension that is not understood.
fn reach(extensions: Der<'_>) -> Option<usize> {
    let (mut reach, mut may_sign_certificates) = (0, true);
    for extension in extensions.elements()? {
        let mut extension = Der(extension.content);
        let name = extension.take(der::OBJECT_ID)?;
        let is_critical = is_true(&mut extension)?;
        let value = Der(extension.single(der::OCTET_STRING)?);
        match name {
            id::BASIC_CONSTRAINTS => reach = reach_of_authority(Der(value.single(der::SEQUENCE)?))?,
            // `keyCertSign` is the sixth bit, and bits are counted from the highest.
            id::KEY_USAGE => may_sign_certificates = value.single(der::BIT_STRING)?.get(1)? & 0b100 != 0,
            _ if is_critical => return None,
            _ => {}
        }
    }
    Some(if may_sign_certificates { reach } else { 0 })
}

fn reach_of_authority(mut constraints: Der<'_>) -> Option<usize> {
    if !is_true(&mut constraints)? {
        return Some(0);
    }
    // Their number is that of authorities in between, which is one less.
    match if constraints.is_empty() { return Some(usize::MAX) } else { constraints.number()? } {
        [] => Some(1),
        [few] => Some(usize::from(*few) + 1),
        _ => None,
    }
}

/// A condition that is left out where it is not met.
fn is_true(der: &mut Der<'_>) -> Option<bool> {
    Some(der.is_next(der::BOOLEAN) && der.take(der::BOOLEAN)? == [0xFF])
}
