//! What pictures became in former builds, so that each is encoded once, and drawn once. Everything here can be made again: the folder may
//! be deleted at any time, an entry that is not whole is passed over, and one that cannot be written is not missed.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use sha2::{Digest, Sha256};

/// Where what pages show is kept, below the root.
pub(super) const FOLDER: &str = ".cache/images";
/// Where social images and icons are.
pub(crate) const DRAWINGS: &str = ".cache/drawings";

/// Bytes of the hash that each entry begins with.
const HASH_BYTES: usize = 32;

/// A folder with an entry for each picture.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    pub(crate) fn new(root: &Path, folder: &str) -> Self {
        Self { folder: root.join(folder) }
    }

    /// The name of what is made of some bytes by a recipe.
    pub(crate) fn key(recipe: &str, bytes: &[u8]) -> String {
        let digest = Sha256::new().chain_update(recipe).chain_update([0]).chain_update(bytes).finalize();
        digest.iter().fold(String::with_capacity(2 * HASH_BYTES), |hex, byte| format!("{hex}{byte:02x}"))
    }

    /// What was put there, if all of it is still there.
    pub(crate) fn get(&self, key: &str) -> Option<Vec<u8>> {
        let mut entry = fs::read(self.folder.join(key)).ok()?;
        let held = entry.get(HASH_BYTES..)?;
        if Sha256::digest(held).as_slice() != entry.get(..HASH_BYTES)? {
            return None;
        }
        Some(entry.split_off(HASH_BYTES))
    }

    /// Keeps something. Two builds at once may both write it: each its own file, and whole ones take the place.
    pub(crate) fn put(&self, key: &str, held: &[u8]) {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let new = self.folder.join(format!("{key}.{}-{number}.new", process::id()));
        let entry = [Sha256::digest(held).as_slice(), held].concat();
        let written = fs::create_dir_all(&self.folder)
            .and_then(|()| fs::write(&new, entry))
            .and_then(|()| fs::rename(&new, self.folder.join(key)));
        if written.is_err() {
            // The next build encodes again, which is all that is lost.
            let _ = fs::remove_file(&new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn an_entry_that_is_not_whole_is_not_there() {
        let fixture = Fixture::empty();
        let cache = Cache::new(fixture.root(), FOLDER);
        let key = Cache::key("a", b"b");
        assert_eq!(cache.get(&key), None);
        cache.put(&key, b"held");
        assert_eq!(cache.get(&key).as_deref(), Some(b"held".as_slice()));
        let path = fixture.root().join(FOLDER).join(&key);
        let whole = fs::read(&path).expect("an entry");
        for damaged in [&[], &whole[..10], &whole[..whole.len() - 1], &[whole.as_slice(), b"x"].concat()] {
            fs::write(&path, damaged).expect("written");
            assert_eq!(cache.get(&key), None, "{damaged:?}");
        }
        cache.put(&key, b"held");
        assert_eq!(cache.get(&key).as_deref(), Some(b"held".as_slice()));
        assert_eq!(fs::read_dir(fixture.root().join(FOLDER)).expect("a folder").count(), 1);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_not_missed() {
        let fixture = Fixture::empty().with(".cache", "a file");
        let cache = Cache::new(fixture.root(), FOLDER);
        cache.put("key", b"held");
        assert_eq!(cache.get("key"), None);
    }

    #[test]
    fn another_recipe_or_other_bytes_have_another_name() {
        let keys = [Cache::key("a", b"b"), Cache::key("a", b"c"), Cache::key("ab", b""), Cache::key("", b"ab")];
        assert_eq!(keys.iter().collect::<std::collections::BTreeSet<_>>().len(), keys.len());
    }
}
