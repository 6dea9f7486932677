//! Files as they are stored: sealed with a key of ours, so that whoever reads the store reads nothing. A file goes in before the
//! message that lists it, and out after the message is gone.
//!
//! `XChaCha20-Poly1305`; the id of a file is the nonce's origin, and it stands for the contents, so no nonce seals two texts. What
//! is stored begins with the name of its key: a new key is put in front of the old ones, which still open what they sealed.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::keys::{Key, VaultKeys};
use crate::contract::{Context, Ending, Erasure, Export, Keeping, Period, Place, Retention, Stored, Unit};
use crate::declare;
use crate::domain::attachment::FileId;
use crate::ports::{Files, Unavailable};

const NONCE_LEN: usize = 24;
const UNOPENED: &str = "a stored file cannot be opened with the keys of the configuration";

/// What is in a file.
#[derive(Debug)]
pub struct FileContent {
    content: Vec<u8>,
}

declare! {
    FileContent { content: [Attachment] for [Support]; }
}

impl Stored for FileContent {
    const KEEPING: Keeping = Keeping {
        place: Place::AttachedFile,
        context: Context::Ticket,
        retention: Retention::After { what: Ending::Ticket, period: Period { count: 2, unit: Unit::Years } },
        erasure: Erasure::Delete,
        export: Export::Given,
    };
}

/// A sealed file. There is no other way to make one than [`keep`], and a host stores nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// What is stored.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Stores a file. Storing it again changes nothing.
pub async fn keep(files: &impl Files, keys: &VaultKeys, id: &FileId, content: Vec<u8>) -> Result<(), Unavailable> {
    let sealed = seal(keys, id, &FileContent { content }).ok_or_else(|| failed("it cannot be sealed"))?;
    files.put_file(id, &sealed).await
}

/// Reads a file.
pub async fn read(files: &impl Files, keys: &VaultKeys, id: &FileId) -> Result<Option<Vec<u8>>, Unavailable> {
    let Some(sealed) = files.file(id).await? else { return Ok(None) };
    open(keys, id, &sealed).map(Some).ok_or_else(|| failed(UNOPENED))
}

/// Seals a file with the newest key, unless it is or there is none; whether it was stored anew.
pub async fn keep_anew(files: &impl Files, keys: &VaultKeys, id: &FileId) -> Result<bool, Unavailable> {
    let Some(sealed) = files.file(id).await? else { return Ok(false) };
    if key_name(&sealed).is_some_and(|(name, _)| name == keys.epoch()) {
        return Ok(false);
    }
    let content = open(keys, id, &sealed).ok_or_else(|| failed(UNOPENED))?;
    keep(files, keys, id, content).await.map(|()| true)
}

fn failed(why: &str) -> Unavailable {
    Unavailable { what: "files", why: why.to_owned() }
}

fn seal(keys: &VaultKeys, id: &FileId, FileContent { content }: &FileContent) -> Option<Sealed> {
    let key = keys.current()?;
    let mut bytes = vec![u8::try_from(key.name.len()).ok()?];
    bytes.extend_from_slice(key.name.as_bytes());
    let payload = Payload { msg: content, aad: id.as_str().as_bytes() };
    let cipher = XChaCha20Poly1305::new(&key.bytes.into());
    bytes.extend(cipher.encrypt(&nonce(key, id)?, payload).ok()?);
    Some(Sealed(bytes))
}

fn open(keys: &VaultKeys, id: &FileId, sealed: &[u8]) -> Option<Vec<u8>> {
    let (name, sealed) = key_name(sealed)?;
    let key = keys.named(name)?;
    let payload = Payload { msg: sealed, aad: id.as_str().as_bytes() };
    XChaCha20Poly1305::new(&key.bytes.into()).decrypt(&nonce(key, id)?, payload).ok()
}

/// The name of the key, and what it sealed.
fn key_name(sealed: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = sealed.split_first()?;
    let (name, sealed) = rest.split_at_checked((*length).into())?;
    Some((str::from_utf8(name).ok()?, sealed))
}

fn nonce(key: &Key, id: &FileId) -> Option<XNonce> {
    let mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&key.bytes).ok()?;
    let tag: [u8; 32] =
        mac.chain_update(b"nonce of the file ").chain_update(id.as_str()).finalize().into_bytes().into();
    let nonce: [u8; NONCE_LEN] = tag.get(..NONCE_LEN)?.try_into().ok()?;
    Some(nonce.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[&str]) -> VaultKeys {
        let key = |name: &&str| ((*name).to_owned(), [name.as_bytes()[1]; 32]);
        VaultKeys::new(names.iter().map(key).collect()).expect("keys")
    }

    fn id(digit: &str) -> FileId {
        FileId::parse(&digit.repeat(32)).expect("an id")
    }

    fn sealed(names: &[&str], content: &[u8]) -> Vec<u8> {
        seal(&keys(names), &id("a"), &FileContent { content: content.to_vec() }).expect("sealed").0
    }

    #[test]
    fn a_file_is_read_with_the_key_that_sealed_it_whatever_stands_before() {
        let old = sealed(&["v1"], b"a secret text");
        assert!(!old.windows(6).any(|part| part == b"secret"));
        assert_eq!(open(&keys(&["v1"]), &id("a"), &old).as_deref(), Some(&b"a secret text"[..]));
        assert_eq!(open(&keys(&["v2", "v1"]), &id("a"), &old).as_deref(), Some(&b"a secret text"[..]));
        assert_eq!(open(&keys(&["v2"]), &id("a"), &old), None);
        assert_eq!(&sealed(&["v2", "v1"], b"x")[1..3], b"v2");
    }

    #[test]
    fn a_file_that_was_touched_or_stands_under_another_name_is_not_read() {
        let good = sealed(&["v1"], b"text");
        assert_eq!(open(&keys(&["v1"]), &id("b"), &good), None);
        for at in 0..good.len() {
            let mut touched = good.clone();
            touched[at] ^= 1;
            assert_eq!(open(&keys(&["v1"]), &id("a"), &touched), None, "{at}");
        }
        for short in [&[][..], &[200], &good[..4]] {
            assert_eq!(open(&keys(&["v1"]), &id("a"), short), None);
        }
    }
}
