//! Files that people attach, sealed, as files of one folder named by their ids.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::domain::attachment::FileId;
use crate::ports::Unavailable;
use crate::store::file::Sealed;

/// Stores a file whole or not at all.
pub(super) fn put(folder: &Path, id: &FileId, sealed: &Sealed) -> Result<(), Unavailable> {
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        let half = folder.join(format!(".{}", id.as_str()));
        let mut file = fs::File::create(&half)?;
        file.write_all(sealed.bytes())?;
        file.sync_all()?;
        fs::rename(half, folder.join(id.as_str()))
    };
    write().map_err(|error| unavailable(&error))
}

/// What is stored.
pub(super) fn get(folder: &Path, id: &FileId) -> Result<Option<Vec<u8>>, Unavailable> {
    match fs::read(folder.join(id.as_str())) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unavailable(&error)),
    }
}

/// Removes a file.
pub(super) fn drop(folder: &Path, id: &FileId) -> Result<(), Unavailable> {
    match fs::remove_file(folder.join(id.as_str())) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(unavailable(&error)),
        _ => Ok(()),
    }
}

fn unavailable(error: &std::io::Error) -> Unavailable {
    Unavailable { what: "files", why: error.to_string() }
}
