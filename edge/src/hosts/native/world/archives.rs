//! Archives of releases, as files of one folder.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use tokio::io::{AsyncReadExt, AsyncSeekExt, Take};

use crate::http::Excerpt;
use crate::ports::{Archive, Unavailable};

/// Looks an archive up.
pub(super) fn find(folder: &Path, name: &str) -> Result<Option<Archive>, Unavailable> {
    let Some(path) = inside(folder, name) else { return Ok(None) };
    match fs::metadata(path) {
        Ok(about) if about.is_file() => Ok(Some(Archive { size: about.len(), etag: etag(&about) })),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unavailable(&error)),
    }
}

/// Opens an archive where an excerpt begins; the reader ends where the excerpt does.
pub(super) async fn open(folder: &Path, excerpt: &Excerpt) -> Result<Take<tokio::fs::File>, Unavailable> {
    let read = async {
        let path = inside(folder, &excerpt.name).ok_or(ErrorKind::NotFound)?;
        let mut file = tokio::fs::File::open(path).await?;
        if etag(&file.metadata().await?) != excerpt.etag {
            return Err(io::Error::other("the archive was replaced meanwhile"));
        }
        file.seek(SeekFrom::Start(excerpt.bytes.start)).await?;
        Ok(file.take(excerpt.bytes.end - excerpt.bytes.start))
    };
    read.await.map_err(|error| unavailable(&error))
}

/// The file of a name, unless the name leads out of the folder.
fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let is_plain = !name.starts_with('.') && !name.contains(['/', '\\', '\0', ':']);
    is_plain.then(|| folder.join(name))
}

/// Two files of one length that were written at one moment are the same file in practice.
fn etag(about: &Metadata) -> String {
    let written = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    format!("\"{:x}-{:x}\"", written.as_nanos(), about.len())
}

fn unavailable(error: &io::Error) -> Unavailable {
    Unavailable { what: "archives", why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_excerpt_is_read_from_the_archive_it_was_made_of() {
        let folder = std::env::temp_dir().join(format!("cpp-archives-{}", std::process::id()));
        fs::create_dir_all(folder.join("inner")).expect("a folder");
        fs::write(folder.join("a-1.0.zip"), "0123456789").expect("a file");
        let archive = find(&folder, "a-1.0.zip").expect("a folder").expect("an archive");
        assert_eq!(archive.size, 10);

        let excerpt = Excerpt { name: "a-1.0.zip".to_owned(), etag: archive.etag, bytes: 3..6 };
        let mut read = String::new();
        open(&folder, &excerpt).await.expect("the file").read_to_string(&mut read).await.expect("text");
        assert_eq!(read, "345");
        let other = Excerpt { etag: "\"another\"".to_owned(), ..excerpt };
        assert!(open(&folder, &other).await.is_err());

        for name in ["b.zip", "inner", ".", "..", "", "../a-1.0.zip", "inner/../a-1.0.zip", ".hidden"] {
            assert_eq!(find(&folder, name).expect("a folder"), None, "{name}");
        }
        let _ = fs::remove_dir_all(&folder);
    }
}
