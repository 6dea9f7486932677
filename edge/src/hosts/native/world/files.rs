//! The site's files.

use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::domain::id::hex;
use crate::ports::{Asset, Found};

/// Finds a file of the site.
pub(super) fn find(site: &Path, path: &str) -> Found {
    match inside(site, path).and_then(|file| std::fs::read(file).ok()) {
        Some(body) => {
            let etag = format!("\"{}\"", hex(Sha256::digest(&body).get(..16).unwrap_or_default()));
            Found::File(Asset { content_type: content_type(path).to_owned(), etag: Some(etag), body })
        }
        None => redirect(site, path).map_or(Found::Nothing, Found::Moved),
    }
}

/// The file of a path, unless the path leads out of the site.
fn inside(site: &Path, path: &str) -> Option<PathBuf> {
    let relative = Path::new(path.strip_prefix('/')?);
    let plain = !path.contains(['\0', '\\']) && relative.components().all(|part| matches!(part, Component::Normal(_)));
    let file = site.join(relative);
    (plain && file.is_file()).then_some(file)
}

/// What `_redirects` says of a path: lines of `from to status`, as the CDN reads them.
fn redirect(site: &Path, path: &str) -> Option<String> {
    let table = std::fs::read_to_string(site.join("_redirects")).ok()?;
    let rules = table.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words.next()?))
    });
    let same = |from: &str| from.trim_end_matches('/') == path.trim_end_matches("index.html").trim_end_matches('/');
    rules.into_iter().find(|(from, _)| same(from)).map(|(_, to)| to.to_owned())
}

/// The media type by the end of the name; what is unknown is downloaded rather than guessed at.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, end)| end) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("xml") => "application/xml",
        Some("txt") => "text/plain; charset=utf-8",
        Some("md") => "text/markdown; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("avif") => "image/avif",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_lead_out_of_the_site() {
        let site = std::env::temp_dir().join(format!("cpp-files-{}", std::process::id()));
        std::fs::create_dir_all(site.join("inner")).expect("a folder");
        std::fs::write(site.join("secret.txt"), "no").expect("a file");
        std::fs::write(site.join("inner/page.html"), "yes").expect("a file");
        let inner = site.join("inner");
        assert!(matches!(find(&inner, "/page.html"), Found::File(_)));
        for path in
            ["/../secret.txt", "/./../secret.txt", "//secret.txt", "/\\..\\secret.txt", "secret.txt", "/", "/\0"]
        {
            assert_eq!(find(&inner, path), Found::Nothing, "{path:?}");
        }
        std::fs::write(inner.join("_redirects"), "/old/ /page.html 301\n").expect("a file");
        assert_eq!(find(&inner, "/old/index.html"), Found::Moved("/page.html".to_owned()));
        assert_eq!(find(&inner, "/old"), Found::Moved("/page.html".to_owned()));
        let _ = std::fs::remove_dir_all(&site);
    }
}
