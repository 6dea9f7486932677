//! Passes: signed parts of an address that open one thing for a while, sent by mail or shown to the holder. Nothing is
//! stored for them; whoever has one can use it until it ends.
//!
//! A pass reads `base64url(purpose, end, contents).base64url(tag)`. The purpose is signed with the rest, so a pass for one
//! thing never opens another.

use base64ct::{Base64UrlUnpadded, Encoding};

use super::id::{Reference, Secret, Subject, hex, unhex};
use super::license::LicenseId;
use super::rights::RequestId;
use super::staff::StaffId;
use super::time::{Moment, Seconds};
use crate::contract::Right;

/// How long a download stays open: a day, as plugins know it from other shops. Updates ask for a new one each time.
pub const DOWNLOAD_LIFE: Seconds = Seconds::days(1);
/// How long a link to sign in with works: as long as somebody looks for a mail they just asked for.
pub const SIGN_IN_LIFE: Seconds = Seconds(15 * 60);
/// How long the owner's page stays open: a mail may lie for a week.
pub const OWNER_LIFE: Seconds = Seconds::days(7);

/// Longer than any pass; what is longer is not looked at.
const PASS_BYTES_MAX: usize = 400;
/// Longest version of a release in a pass.
const VERSION_BYTES_MAX: usize = 100;

/// Why a pass does not open anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It was good once.
    #[error("the link has expired")]
    Expired,
    /// It was not made here, or for something else.
    #[error("the link is not one of ours")]
    Forged,
}

/// Opens the archive of one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The license key, by its reference: the license is looked at again when the archive is fetched.
    pub key: Reference,
    /// The license.
    pub license: LicenseId,
    /// The version of the release.
    pub version: String,
}

impl Download {
    const PURPOSE: u8 = b'd';

    /// Makes a pass that ends then.
    pub fn issue(&self, secret: &Secret, ends: Moment) -> String {
        let id = self.license.as_str().trim_start_matches("lic_");
        let contents = [packed::<32>(self.key.as_str()), packed::<16>(id), self.version.as_bytes().to_vec()];
        seal(secret, Self::PURPOSE, ends, &contents.concat())
    }

    /// Reads a pass.
    pub fn open(secret: &Secret, text: &str, now: Moment) -> Result<Self, Refused> {
        let contents = unseal(secret, Self::PURPOSE, text, now)?;
        let read = || {
            let (key, rest) = contents.split_first_chunk()?;
            let (license, version) = rest.split_first_chunk::<16>()?;
            let version = String::from_utf8(version.to_vec()).ok();
            let version = version.filter(|version| (1..=VERSION_BYTES_MAX).contains(&version.len()))?;
            Some(Self {
                key: Reference::from_bytes(*key),
                license: LicenseId::parse(&format!("lic_{}", hex(license)))?,
                version,
            })
        };
        read().ok_or(Refused::Forged)
    }
}

/// Opens a person's own page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Whose page it is.
    pub subject: Subject,
}

impl Owner {
    const PURPOSE: u8 = b'o';

    /// Makes a pass that ends then.
    pub fn issue(&self, secret: &Secret, ends: Moment) -> String {
        seal(secret, Self::PURPOSE, ends, &packed::<32>(self.subject.as_str()))
    }

    /// Reads a pass.
    pub fn open(secret: &Secret, text: &str, now: Moment) -> Result<Self, Refused> {
        let contents = unseal(secret, Self::PURPOSE, text, now)?;
        let subject = contents.try_into().map_err(|_| Refused::Forged)?;
        Ok(Self { subject: Subject::from_bytes(subject) })
    }
}

/// Lets one of the staff sign in, once: the desk remembers the nonce of a pass that was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Who.
    pub staff: StaffId,
    /// 32 hexadecimal digits.
    pub nonce: String,
}

impl SignIn {
    const PURPOSE: u8 = b's';

    /// Makes a pass that ends then.
    pub fn issue(&self, secret: &Secret, ends: Moment) -> String {
        let contents = [packed::<16>(self.staff.as_str()), packed::<16>(&self.nonce)];
        seal(secret, Self::PURPOSE, ends, &contents.concat())
    }

    /// Reads a pass.
    pub fn open(secret: &Secret, text: &str, now: Moment) -> Result<Self, Refused> {
        let contents = unseal(secret, Self::PURPOSE, text, now)?;
        let (staff, nonce) = contents.split_first_chunk::<16>().ok_or(Refused::Forged)?;
        let nonce: [u8; 16] = nonce.try_into().map_err(|_| Refused::Forged)?;
        Ok(Self { staff: StaffId::from_bytes(*staff), nonce: hex(&nonce) })
    }
}

/// Opens a request about personal data: as the link that is mailed, or as what whoever used it holds for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// Whose vault it is about.
    pub subject: Subject,
    /// The request.
    pub request: RequestId,
    /// What is asked for: a link of one kind opens nothing of another.
    pub right: Right,
    /// The number of the link.
    pub link: u32,
}

impl Rights {
    /// Links and sessions are two things: neither opens what the other does.
    const LINK: u8 = b'r';
    const SESSION: u8 = b'p';

    /// Makes the link.
    pub fn issue_link(&self, secret: &Secret, ends: Moment) -> String {
        seal(secret, Self::LINK, ends, &self.contents())
    }

    /// Makes what is held for a while.
    pub fn issue_session(&self, secret: &Secret, ends: Moment) -> String {
        seal(secret, Self::SESSION, ends, &self.contents())
    }

    /// Reads a link.
    pub fn open_link(secret: &Secret, text: &str, now: Moment) -> Result<Self, Refused> {
        Self::read(&unseal(secret, Self::LINK, text, now)?)
    }

    /// Reads what is held.
    pub fn open_session(secret: &Secret, text: &str, now: Moment) -> Result<Self, Refused> {
        Self::read(&unseal(secret, Self::SESSION, text, now)?)
    }

    fn contents(&self) -> Vec<u8> {
        let right = match self.right {
            Right::Access => b'a',
            Right::Correct => b'c',
            Right::Delete => b'd',
        };
        let link = self.link.to_be_bytes().to_vec();
        [packed::<32>(self.subject.as_str()), packed::<16>(self.request.as_str()), vec![right], link].concat()
    }

    fn read(contents: &[u8]) -> Result<Self, Refused> {
        let read = || {
            let (subject, rest) = contents.split_first_chunk::<32>()?;
            let (request, link) = rest.split_first_chunk::<16>()?;
            let (right, link) = link.split_first()?;
            let right = match right {
                b'a' => Right::Access,
                b'c' => Right::Correct,
                b'd' => Right::Delete,
                _ => return None,
            };
            let link = u32::from_be_bytes(link.try_into().ok()?);
            let (subject, request) = (Subject::from_bytes(*subject), RequestId::from_bytes(*request));
            Some(Self { subject, request, right, link })
        };
        read().ok_or(Refused::Forged)
    }
}

/// Proves a new mailbox, and that one alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Whose vault is to go there.
    pub subject: Subject,
    /// The vault of the mailbox.
    pub to: Subject,
    /// The request.
    pub request: RequestId,
    /// The number of the link.
    pub link: u32,
}

impl Proof {
    const PURPOSE: u8 = b'n';

    /// Makes a pass that ends then.
    pub fn issue(&self, secret: &Secret, ends: Moment) -> String {
        let subjects = [&self.subject, &self.to].map(|subject| packed::<32>(subject.as_str())).concat();
        let contents = [subjects, packed::<16>(self.request.as_str()), self.link.to_be_bytes().to_vec()];
        seal(secret, Self::PURPOSE, ends, &contents.concat())
    }

    /// Reads a pass.
    pub fn open(secret: &Secret, text: &str, now: Moment) -> Result<Self, Refused> {
        let contents = unseal(secret, Self::PURPOSE, text, now)?;
        let read = || {
            let (subject, rest) = contents.split_first_chunk::<32>()?;
            let (to, rest) = rest.split_first_chunk::<32>()?;
            let (request, link) = rest.split_first_chunk::<16>()?;
            let link = u32::from_be_bytes(link.try_into().ok()?);
            let request = RequestId::from_bytes(*request);
            Some(Self { subject: Subject::from_bytes(*subject), to: Subject::from_bytes(*to), request, link })
        };
        read().ok_or(Refused::Forged)
    }
}

/// Hexadecimal digits at half their length. Digits that are none leave a gap, and such a pass opens nothing.
fn packed<const N: usize>(digits: &str) -> Vec<u8> {
    unhex::<N>(digits).map(Vec::from).unwrap_or_default()
}

fn seal(secret: &Secret, purpose: u8, ends: Moment, contents: &[u8]) -> String {
    let body = [&[purpose], ends.0.to_be_bytes().as_slice(), contents].concat();
    let body = Base64UrlUnpadded::encode_string(&body);
    let tag = Base64UrlUnpadded::encode_string(&secret.tag(&["pass", &body]));
    format!("{body}.{tag}")
}

/// The contents of a pass for this purpose, if it was made with this secret and has not ended.
fn unseal(secret: &Secret, purpose: u8, text: &str, now: Moment) -> Result<Vec<u8>, Refused> {
    let read = || {
        let (body, tag) = text.split_once('.').filter(|_| text.len() <= PASS_BYTES_MAX)?;
        let tag = Base64UrlUnpadded::decode_vec(tag).ok()?;
        let body = secret.is_tag(&["pass", body], &tag).then(|| Base64UrlUnpadded::decode_vec(body).ok())??;
        let (ends, contents) = body.strip_prefix(&[purpose])?.split_first_chunk()?;
        Some((Moment(i64::from_be_bytes(*ends)), contents.to_vec()))
    };
    let (ends, contents) = read().ok_or(Refused::Forged)?;
    if ends <= now { Err(Refused::Expired) } else { Ok(contents) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Moment = Moment(1_790_000_000);

    fn secret(text: &str) -> Secret {
        Secret::new(text).expect("not empty")
    }

    fn download() -> Download {
        let license = LicenseId::parse("lic_00112233445566778899aabbccddeeff").expect("an id");
        Download { key: Reference::from_bytes([7; 32]), license, version: "2.4.0".to_owned() }
    }

    fn owner() -> Owner {
        Owner { subject: Subject::from_bytes([9; 32]) }
    }

    #[test]
    fn a_pass_opens_until_it_ends() {
        let ends = NOW.after(DOWNLOAD_LIFE);
        let pass = download().issue(&secret("s"), ends);
        let open = |at| Download::open(&secret("s"), &pass, at);
        assert_eq!(open(NOW), Ok(download()));
        assert_eq!(open(Moment(ends.0 - 1)), Ok(download()));
        assert_eq!(open(ends), Err(Refused::Expired));
        assert_eq!(open(Moment(i64::MAX)), Err(Refused::Expired));
    }

    #[test]
    fn a_pass_for_one_thing_does_not_open_another() {
        let ends = NOW.after(OWNER_LIFE);
        let pass = owner().issue(&secret("s"), ends);
        assert_eq!(Owner::open(&secret("s"), &pass, NOW), Ok(owner()));
        assert_eq!(Download::open(&secret("s"), &pass, NOW), Err(Refused::Forged));
        let pass = download().issue(&secret("s"), ends);
        assert_eq!(Owner::open(&secret("s"), &pass, NOW), Err(Refused::Forged));
        assert_eq!(Download::open(&secret("t"), &pass, NOW), Err(Refused::Forged));
    }

    #[test]
    fn a_forged_pass_is_never_called_expired() {
        let pass = owner().issue(&secret("t"), NOW);
        assert_eq!(Owner::open(&secret("s"), &pass, NOW), Err(Refused::Forged));
    }

    #[test]
    fn what_is_no_pass_is_forged() {
        let good = owner().issue(&secret("s"), NOW.after(OWNER_LIFE));
        let (body, tag) = good.split_once('.').expect("two parts");
        let long = "A".repeat(1_000_000);
        for text in [
            "",
            ".",
            body,
            tag,
            &format!("{body}."),
            &format!(".{tag}"),
            &format!("{good}="),
            &format!("{good}."),
            &long,
        ] {
            assert_eq!(Owner::open(&secret("s"), text, NOW), Err(Refused::Forged), "{text:.100}");
        }
    }

    #[test]
    fn a_pass_fits_into_a_line_of_a_mail_and_into_an_address() {
        assert!(owner().issue(&secret("s"), NOW).len() <= 100);
        let longest = Download { version: "9".repeat(VERSION_BYTES_MAX), ..download() };
        let pass = longest.issue(&secret("s"), NOW.after(DOWNLOAD_LIFE));
        assert!(pass.len() <= PASS_BYTES_MAX, "{}", pass.len());
        assert_eq!(Download::open(&secret("s"), &pass, NOW), Ok(longest));
        assert!(pass.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(
            key in any::<[u8; 32]>(),
            license in any::<[u8; 16]>(),
            version in "[0-9a-zA-Z.+é-]{1,30}",
            ends in 1..i64::MAX,
        ) {
            let license = LicenseId::parse(&format!("lic_{}", hex(&license))).expect("an id");
            let download = Download { key: Reference::from_bytes(key), license, version };
            let pass = download.issue(&secret("s"), Moment(ends));
            prop_assert_eq!(Download::open(&secret("s"), &pass, Moment(ends - 1)), Ok(download));
            let owner = Owner { subject: Subject::from_bytes(key) };
            let pass = owner.issue(&secret("s"), Moment(ends));
            prop_assert_eq!(Owner::open(&secret("s"), &pass, Moment(ends - 1)), Ok(owner));
        }

        #[test]
        fn any_other_character_anywhere_is_noticed(at in any::<prop::sample::Index>(), other in "[ -~é]") {
            let pass = download().issue(&secret("s"), NOW.after(DOWNLOAD_LIFE));
            let at = at.index(pass.len());
            let mut changed = pass.clone();
            changed.replace_range(at..=at, &other);
            let opened = Download::open(&secret("s"), &changed, NOW);
            prop_assert_eq!(opened, if changed == pass { Ok(download()) } else { Err(Refused::Forged) });
        }
    }
}
