//! Rows as they are stored: sealed with a key of the object that they belong to. That key lies beside them, locked by a key that is in
//! no store. A new key of the configuration locks it anew; once the old one is thrown away, older copies of the store open no more.
//!
//! When somebody is forgotten, what stays in the object gets another key. So what an older copy has of them is opened by nothing that
//! is stored today, and by nothing at all once the key that locked it then is gone.
//!
//! `XChaCha20-Poly1305`, bound to object and row. The nonce is a keyed hash of all that is sealed, so no nonce seals two texts.

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::keys::VaultKeys;
use super::object::{Address, Outcome, Rows};
use super::record::Corrupt;

/// The row of an object's key. It sorts behind all others.
pub const LOCK_ROW: &str = "~~lock";
const NONCE_LEN: usize = 24;

/// A row as a host stores it. There is no other way to make one than [`Seal::writes`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRow(String);

/// Rows to store (`Some`) and to remove (`None`), together or not at all.
pub type Writes = Vec<(String, Option<StoredRow>)>;

impl StoredRow {
    /// What is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What opens and seals the rows of one object; nothing for what holds nothing of a person but keyed names.
pub struct Seal<'keys> {
    keys: &'keys VaultKeys,
    object: String,
    key: Option<[u8; 32]>,
    /// The row of the key, where it has to be written.
    lock: Option<String>,
    /// Whether there is such a row.
    has_lock: bool,
    /// Whether a command is given all rows, so that what it leaves is all there is.
    is_whole: bool,
}

impl<'keys> Seal<'keys> {
    /// The seal of an object, from the row of its key; without one it gets a key that is `fresh`.
    pub fn of(
        keys: &'keys VaultKeys,
        address: &Address,
        lock: Option<&str>,
        fresh: &[u8; 32],
    ) -> Result<Self, Corrupt> {
        let (has_lock, is_whole) = (lock.is_some(), matches!(address, Address::Vault(_)));
        let mut seal = Self { keys, object: address.name(), key: None, lock: None, has_lock, is_whole };
        if !matches!(address, Address::Vault(_) | Address::Desk) {
            return Ok(seal);
        }
        let Some(lock) = lock else {
            seal.renew(fresh)?;
            return Ok(seal);
        };
        let (epoch, locked) = lock.split_once(' ').ok_or(Corrupt)?;
        let known = keys.named(epoch).ok_or(Corrupt)?;
        let key: [u8; 32] = open(&known.bytes, &[&seal.object, "key"], locked)?.try_into().map_err(|_| Corrupt)?;
        seal.key = Some(key);
        if epoch != keys.epoch() {
            seal.lock = Some(seal.locked(&key)?);
        }
        Ok(seal)
    }

    /// Gives the object another key.
    fn renew(&mut self, fresh: &[u8; 32]) -> Result<(), Corrupt> {
        self.lock = Some(self.locked(fresh)?);
        self.key = Some(*fresh);
        Ok(())
    }

    fn locked(&self, key: &[u8; 32]) -> Result<String, Corrupt> {
        let current = self.keys.current().ok_or(Corrupt)?;
        Ok(format!("{} {}", current.name, seal(&current.bytes, &[&self.object, "key"], key)?))
    }

    /// Rows as they were before they were sealed.
    pub fn read(&self, stored: impl Iterator<Item = (String, String)>) -> Result<Rows, Corrupt> {
        let mut rows = Rows::new();
        for (name, text) in stored {
            let text = match &self.key {
                Some(key) => {
                    String::from_utf8(open(key, &[&self.object, "row", &name], &text)?).map_err(|_| Corrupt)?
                }
                None => text,
            };
            rows.insert(name, text);
        }
        Ok(rows)
    }

    /// What has to be stored (`Some`) and removed (`None`) for an outcome of a command on these rows. Whatever is forgotten
    /// takes the key with it.
    pub fn writes(mut self, rows: &Rows, outcome: &Outcome, fresh: &[u8; 32]) -> Result<Writes, Corrupt> {
        let renews = self.key.is_some() && outcome.forgets && !outcome.writes.is_empty();
        if renews {
            self.renew(fresh)?;
        }
        let mut writes = vec![];
        for (name, text) in &outcome.writes {
            let text = text.as_ref().map(|text| self.sealed(name, text.as_str())).transpose()?;
            writes.push((name.clone(), text));
        }
        if renews {
            let is_written = |name: &String| outcome.writes.iter().any(|(written, _)| written == name);
            for (name, text) in rows.iter().filter(|(name, _)| !is_written(name)) {
                writes.push((name.clone(), Some(self.sealed(name, text)?)));
            }
        }
        // The key of an object that stores nothing is none either: nobody would lock it anew.
        let is_left = |name: &String| !outcome.writes.iter().any(|(written, text)| written == name && text.is_none());
        let stores = outcome.writes.iter().any(|(_, text)| text.is_some()) || rows.keys().any(is_left);
        if self.is_whole && !stores {
            writes.extend(self.has_lock.then(|| (LOCK_ROW.to_owned(), None)));
        } else if let Some(lock) = self.lock {
            writes.push((LOCK_ROW.to_owned(), Some(StoredRow(lock))));
        }
        Ok(writes)
    }

    fn sealed(&self, name: &str, text: &str) -> Result<StoredRow, Corrupt> {
        let Some(key) = &self.key else { return Ok(StoredRow(text.to_owned())) };
        seal(key, &[&self.object, "row", name], text.as_bytes()).map(StoredRow)
    }
}

/// Where a sealed text stands, without doubt about where one part ends and the next begins.
fn place(parts: &[&str]) -> Vec<u8> {
    parts.join("\0").into_bytes()
}

fn seal(key: &[u8; 32], at: &[&str], text: &[u8]) -> Result<String, Corrupt> {
    let place = place(at);
    let mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).map_err(|_| Corrupt)?;
    let length = u64::try_from(place.len()).map_err(|_| Corrupt)?.to_be_bytes();
    let tag = mac.chain_update(b"nonce").chain_update(length).chain_update(&place).chain_update(text).finalize();
    let nonce: [u8; NONCE_LEN] =
        tag.into_bytes().get(..NONCE_LEN).and_then(|nonce| nonce.try_into().ok()).ok_or(Corrupt)?;
    let mut bytes = nonce.to_vec();
    let cipher = XChaCha20Poly1305::new(key.into());
    bytes.extend(cipher.encrypt(&XNonce::from(nonce), Payload { msg: text, aad: &place }).map_err(|_| Corrupt)?);
    Ok(BASE64_STANDARD_NO_PAD.encode(&bytes))
}

fn open(key: &[u8; 32], at: &[&str], sealed: &str) -> Result<Vec<u8>, Corrupt> {
    let bytes = BASE64_STANDARD_NO_PAD.decode(sealed).map_err(|_| Corrupt)?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(Corrupt)?;
    let place = place(at);
    let cipher = XChaCha20Poly1305::new(key.into());
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &place }).map_err(|_| Corrupt)
}

#[cfg(test)]
mod tests;
