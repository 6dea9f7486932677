//! Whom we believe that a certificate is `PayPal`'s: the roots of its certificate authority, and a way to one of them.
//!
//! The files in `trust/` are public. The roots are those that Debian's `ca-certificates` takes from Mozilla's programme,
//! byte by byte; `PayPal` announced the second generation ("G2") for October 2024. The other two are authorities that sign
//! with these roots. They are here because `PayPal` sends its own certificate alone, and they have to be vouched for like
//! anybody else.

use super::Refused;
use super::certificate::{Certificate, read_pem};
use crate::domain::time::Moment;

/// `DigiCert`'s roots for RSA keys.
const ROOTS: &[&str] = &[
    include_str!("trust/high-assurance-ev-root-ca.pem"),
    include_str!("trust/global-root-ca.pem"),
    include_str!("trust/global-root-g2.pem"),
];

/// The authorities that signed `PayPal`'s certificates so far, and those of its sites now.
const AUTHORITIES: &[&str] =
    &[include_str!("trust/sha2-extended-validation-server-ca.pem"), include_str!("trust/ev-rsa-ca-g2.pem")];

/// As many authorities may stand between a certificate and a root. In practice there is one.
const AUTHORITIES_MAX: usize = 3;

/// The roots that are believed without asking anybody else, and authorities that may be on the way to them.
#[derive(Debug, Clone)]
pub struct Trust {
    roots: Vec<Certificate>,
    authorities: Vec<Certificate>,
}

impl Trust {
    /// What `PayPal`'s own certificates need.
    pub fn built_in() -> Self {
        let read = |files: &[&str]| files.iter().flat_map(|pem| read_pem(pem.as_bytes()).unwrap_or_default()).collect();
        Self { roots: read(ROOTS), authorities: read(AUTHORITIES) }
    }

    /// The roots of a PEM file and nobody else; none where there is none in it.
    pub fn read(pem: &str) -> Option<Self> {
        let roots = read_pem(pem.as_bytes()).ok().filter(|roots| !roots.is_empty())?;
        Some(Self { roots, authorities: vec![] })
    }

    /// Whether there is a way from a certificate to a root, through authorities that were sent with it or are known. A
    /// refusal says where the way ended that came furthest.
    pub(super) fn leads_to(&self, leaf: &Certificate, sent: &[Certificate], now: Moment) -> Result<(), Refused> {
        let mut refused = Refused::Untrusted;
        let mut is_good = |vouches: Result<(), Refused>| {
            if let (Err(why), Refused::Untrusted) = (vouches, refused) {
                refused = why;
            }
            vouches.is_ok()
        };
        // Each authority is taken once, at the shortest way to it, so nobody can keep us busy with a maze.
        let mut others: Vec<&Certificate> = sent.iter().chain(&self.authorities).collect();
        let mut reached = vec![leaf];
        for below in 0..=AUTHORITIES_MAX {
            let mut vouches = |other: &Certificate| {
                reached.iter().any(|certificate| is_good(other.vouches_for(certificate, below, now)))
            };
            if self.roots.iter().any(&mut vouches) {
                return Ok(());
            }
            (reached, others) = others.into_iter().partition(|other| vouches(other));
        }
        Err(refused)
    }
}
