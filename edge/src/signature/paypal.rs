//! `PayPal`'s webhook signature: five headers, a certificate to be fetched, and RSA with SHA-256 over
//! `TRANSMISSION ID|TIME|WEBHOOK ID|CRC-32 OF THE RAW BODY` (<https://developer.paypal.com/api/rest/webhooks/rest/>).
//!
//! A checksum is no digest: whoever has one signed report can write another body that fits it. That is how `PayPal` made it,
//! and it holds as long as nobody but `PayPal` and we see a report to our webhook. So headers and bodies go into no log.

use base64ct::{Base64, Encoding};

use super::rsa::Digest;
use crate::domain::time::Moment;
use crate::http::Headers;

mod certificate;
mod custom_id;
mod der;
mod event;
mod postback;
mod trust;

pub use event::{
    Amount, Capture, CaptureState, Change, Dispute, Event, Order, OrderState, Refund, RefundState, Reversal, Sale,
    Subscription, SubscriptionState, read_event, read_order, read_subscription,
};
pub use postback::{postback, read_verdict};
pub use trust::Trust;

/// No header of theirs is longer.
const HEADER_BYTES_MAX: usize = 1024;
/// The one algorithm that is used, whatever else its name may promise.
const ALGORITHM: &str = "SHA256withRSA";
/// Where certificates lie on their hosts.
const CERTIFICATES: &str = "/v1/notifications/certs/";

/// Why a signature was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A header is missing.
    #[error("a PAYPAL- header is missing")]
    Missing,
    /// A header cannot be what it should be.
    #[error("a PAYPAL- header is malformed")]
    Malformed,
    /// Signed with something else.
    #[error("the algorithm is not SHA256withRSA")]
    Algorithm,
    /// The certificate is not to be fetched from there.
    #[error("the certificate does not lie with PayPal")]
    Address,
    /// What was fetched is too long for certificates.
    #[error("the file of certificates is too large")]
    TooLarge,
    /// What was fetched has no certificate in it that can be read, or its key is of another kind.
    #[error("no certificate can be read")]
    NoCertificate,
    /// The certificate is somebody else's.
    #[error("the certificate is not for the messages of PayPal")]
    Name,
    /// A certificate is not valid yet, or no longer.
    #[error("a certificate is out of its time")]
    OutOfTime,
    /// The certificate was signed with one that may not do so.
    #[error("a certificate was signed by none that may")]
    NoAuthority,
    /// Nothing leads from the certificate to a root.
    #[error("no root vouches for the certificate")]
    Untrusted,
    /// The signature does not match.
    #[error("the signature does not match the body")]
    Mismatch,
}

impl Refused {
    /// The reason as the log says it.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Missing => "no signature header",
            Self::Malformed => "malformed signature header",
            Self::Algorithm => "unknown algorithm",
            Self::Address => "certificate of another host",
            Self::TooLarge => "certificate too large",
            Self::NoCertificate => "unreadable certificate",
            Self::Name => "certificate of another name",
            Self::OutOfTime => "certificate out of its time",
            Self::NoAuthority => "certificate signed by no authority",
            Self::Untrusted => "untrusted certificate",
            Self::Mismatch => "no signature matches",
        }
    }
}

/// What the headers say of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmission {
    id: String,
    time: String,
    signature: String,
    certificate: String,
}

/// Who we are to `PayPal`, and whom we believe.
#[derive(Debug, Clone, Copy)]
pub struct Receiver<'of> {
    /// The id that `PayPal` gave our webhook when it was registered.
    pub webhook_id: &'of str,
    /// Whether money is real. Certificates of the sandbox count only where it is not.
    pub livemode: bool,
    /// Whom we believe.
    pub trust: &'of Trust,
}

impl Transmission {
    /// Reads the headers.
    pub fn read(headers: &Headers) -> Result<Self, Refused> {
        let header = |name: &str| {
            let value = headers.get(name).filter(|value| !value.is_empty()).ok_or(Refused::Missing)?;
            // A bar within would let the same message be cut into other fields.
            let is_plain =
                value.len() <= HEADER_BYTES_MAX && value.bytes().all(|byte| matches!(byte, b'!'..=b'{' | b'}' | b'~'));
            if is_plain { Ok(value.to_owned()) } else { Err(Refused::Malformed) }
        };
        let transmission = Self {
            id: header("paypal-transmission-id")?,
            time: header("paypal-transmission-time")?,
            signature: header("paypal-transmission-sig")?,
            certificate: header("paypal-cert-url")?,
        };
        if header("paypal-auth-algo")? == ALGORITHM { Ok(transmission) } else { Err(Refused::Algorithm) }
    }

    /// Where its certificate is to be fetched: with `PayPal` and nobody else, or whoever sends us a certificate signs with
    /// his own. `base` is a server that answers for these paths in a test.
    pub fn certificate_url(&self, livemode: bool, base: Option<&str>) -> Result<String, Refused> {
        let hosts: [&str; 2] = if livemode {
            ["https://api.paypal.com", "https://api-m.paypal.com"]
        } else {
            ["https://api.sandbox.paypal.com", "https://api-m.sandbox.paypal.com"]
        };
        let name = hosts.iter().find_map(|host| self.certificate.strip_prefix(host)?.strip_prefix(CERTIFICATES));
        // Letters that mean themselves in every reading of a URL, so that its path is the one that was looked at.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let is_step = |part: &str| !matches!(part, "" | "." | "..") && part.bytes().all(is_plain);
        match name.filter(|name| name.split('/').all(is_step)) {
            Some(name) => Ok(base.map_or_else(
                || self.certificate.clone(),
                |base| format!("{}{CERTIFICATES}{name}", base.trim_end_matches('/')),
            )),
            None => Err(Refused::Address),
        }
    }

    /// Checks that `PayPal` signed this delivery for our webhook. `certificates` is what was fetched from
    /// [`Self::certificate_url`].
    ///
    /// That it was signed long ago is no reason to refuse it: a report is tried for three days, and a repeated one changes
    /// nothing.
    pub fn verify(
        &self,
        receiver: &Receiver<'_>,
        certificates: &[u8],
        body: &[u8],
        now: Moment,
    ) -> Result<(), Refused> {
        let signature = Base64::decode_vec(&self.signature).map_err(|_| Refused::Malformed)?;
        let certificates = certificate::read_pem(certificates)?;
        let (leaf, sent) = certificates.split_first().ok_or(Refused::NoCertificate)?;
        let key = leaf.key.as_ref().ok_or(Refused::NoCertificate)?;
        let name = if receiver.livemode {
            "messageverificationcerts.paypal.com"
        } else {
            "messageverificationcerts.sandbox.paypal.com"
        };
        if leaf.common_name.as_deref() != Some(name) {
            return Err(Refused::Name);
        }
        leaf.holds(now)?;
        receiver.trust.leads_to(leaf, sent, now)?;
        let message = format!("{}|{}|{}|{}", self.id, self.time, receiver.webhook_id, crc32(body));
        if key.verifies(Digest::Sha256, message.as_bytes(), &signature) { Ok(()) } else { Err(Refused::Mismatch) }
    }
}

/// CRC-32 as in ISO-HDLC and zip files. Without a table: the wasm is smaller by it, and a report is a few kilobytes.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests;
