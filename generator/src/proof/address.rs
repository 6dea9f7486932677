//! Where a written address leads, seen from the page that it is on.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// What an address leads to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Something of this site.
    Here {
        /// Path below the host, decoded.
        path: String,
        /// The place in the page, decoded; empty where none is named.
        fragment: String,
    },
    /// Another host, a mailbox, or data that is in the address itself.
    Elsewhere,
    /// Nothing: it is not an address.
    Nothing,
}

impl Target {
    /// Resolves an address (RFC 3986, section 5.2) on a page of the site.
    pub(crate) fn of(written: &str, page: &str, site_url: &str) -> Self {
        let own = written.strip_prefix(site_url).filter(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
        let reference = match own {
            Some("") => "/",
            Some(rest) => rest,
            None if written.starts_with("//") || has_scheme(written) => return Self::Elsewhere,
            None => written,
        };
        let (reference, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let path = reference.split('?').next().unwrap_or_default();
        let path = if path.is_empty() {
            page.to_owned()
        } else if let Some(below) = path.strip_prefix('/') {
            joined("/", below)
        } else {
            let folder = page.rfind('/').map_or("/", |slash| &page[..=slash]);
            joined(folder, path)
        };
        let decoded = |part: &str| percent_decode_str(part).decode_utf8().map(Cow::into_owned);
        match (decoded(&path), decoded(fragment)) {
            (Ok(path), Ok(fragment)) => Self::Here { path, fragment },
            _ => Self::Nothing,
        }
    }
}

fn has_scheme(written: &str) -> bool {
    let scheme = written.split_once(':').map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

/// A path below a folder without `.` and `..`.
fn joined(folder: &str, path: &str) -> String {
    if !path.split('/').any(|part| matches!(part, "." | "..")) {
        return format!("{folder}{path}");
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let mut is_folder = false;
    for part in path.split('/') {
        is_folder = matches!(part, "" | "." | "..");
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let slash = if is_folder && !parts.is_empty() { "/" } else { "" };
    format!("/{}{slash}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here(written: &str) -> Option<(String, String)> {
        match Target::of(written, "/docs/install/", "https://example.com") {
            Target::Here { path, fragment } => Some((path, fragment)),
            Target::Elsewhere | Target::Nothing => None,
        }
    }

    #[test]
    fn an_address_is_resolved_as_a_browser_does() {
        for (written, path, fragment) in [
            ("/a/", "/a/", ""),
            ("/a/?q=1#b", "/a/", "b"),
            ("#b%C3%BC", "/docs/install/", "bü"),
            ("?q", "/docs/install/", ""),
            ("", "/docs/install/", ""),
            ("more/", "/docs/install/more/", ""),
            ("../", "/docs/", ""),
            ("../../x.png", "/x.png", ""),
            ("../../../../", "/", ""),
            ("/a/../b/./", "/b/", ""),
            ("https://example.com", "/", ""),
            ("https://example.com/a/#b", "/a/", "b"),
            ("a:b/", "", ""),
            ("./a:b/", "/docs/install/a:b/", ""),
        ] {
            let wanted = (!path.is_empty()).then(|| (path.to_owned(), fragment.to_owned()));
            assert_eq!(here(written), wanted, "{written}");
        }
    }

    #[test]
    fn other_hosts_and_other_schemes_are_elsewhere() {
        for written in
            ["https://example.com.evil.example/", "//example.org/", "mailto:a@b.example", "data:text/plain,x"]
        {
            assert_eq!(Target::of(written, "/", "https://example.com"), Target::Elsewhere, "{written}");
        }
        assert_eq!(Target::of("/%ff/", "/", "https://example.com"), Target::Nothing);
    }
}
