//! A theme's styles, scripts and pictures under names that change with their content, so that browsers may keep them for
//! ever.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::{diagnostic::Diagnostic, source, theme::Theme};

/// How much of the hash is in a name.
const HASH_BYTES: usize = 4;

/// Every asset of a theme.
#[derive(Debug, Default)]
pub(crate) struct Assets {
    /// Address below the host, by name: `site.css` is `/assets/site.0a1b2c3d.css`.
    pub(crate) urls: BTreeMap<String, String>,
    /// Bytes, by address.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Assets {
    /// Names the assets by their content.
    pub(crate) fn new(theme: &Theme) -> Result<Self, Vec<Diagnostic>> {
        let mut assets = Self::default();
        let mut problems = Vec::new();
        for (name, bytes) in &theme.assets {
            problems.extend(style_problem(&theme.asset_file(name), name, bytes));
            let url = format!("/assets/{}", hashed(name, bytes));
            assets.urls.insert(name.clone(), url.clone());
            assets.files.insert(url, bytes.clone());
        }
        if problems.is_empty() { Ok(assets) } else { Err(problems) }
    }
}

/// `fonts/a.woff2` as `fonts/a.0a1b2c3d.woff2`.
fn hashed(name: &str, bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hash = digest.iter().take(HASH_BYTES).fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
    let file_at = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[file_at..].rfind('.').filter(|dot| *dot > 0) {
        Some(dot) => format!("{}.{hash}{}", &name[..file_at + dot], &name[file_at + dot..]),
        None => format!("{name}.{hash}"),
    }
}

/// A style sheet cannot know the hashed name of another asset, so one that asks for it would ask in vain.
fn style_problem(file: &str, name: &str, bytes: &[u8]) -> Option<Diagnostic> {
    if !source::has_extension(name, "css") {
        return None;
    }
    let text = match source::text(file, bytes) {
        Ok(text) => text,
        Err(problem) => return Some(problem),
    };
    let inside = |value: &str| {
        let value = value.trim_start_matches(['"', '\'', ' ']);
        value.starts_with('#') || value.starts_with("data:")
    };
    let offset = text.match_indices("url(").find_map(|(offset, _)| {
        let rest = &text[offset + "url(".len()..];
        let value = rest.split(')').next().unwrap_or(rest);
        (!inside(value)).then_some(offset)
    })?;
    Some(
        Diagnostic::at_offset(file, text, offset, "url(".len(), "a style sheet cannot refer to another file")
            .hint("put the picture into the style sheet with `data:`, or into the template with `asset()`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_with_the_content_and_keep_their_extension() {
        assert_eq!(hashed("site.css", b"a"), "site.ca978112.css");
        assert_eq!(hashed("fonts/a.b.woff2", b"a"), "fonts/a.b.ca978112.woff2");
        assert_eq!(hashed("fonts.d/LICENSE", b"a"), "fonts.d/LICENSE.ca978112");
        assert_ne!(hashed("site.css", b"a"), hashed("site.css", b"b"));
    }

    #[test]
    fn a_style_sheet_refers_to_nothing_outside_itself() {
        let check =
            |css: &str| style_problem("f", "site.css", css.as_bytes()).map(|problem| (problem.line, problem.column));
        assert_eq!(check("a{background:url(data:image/png;base64,x)}"), None);
        assert_eq!(check("a{mask:url(\"data:image/svg+xml,x\")}b{fill:url(#g)}"), None);
        assert_eq!(check("a{}\nb{background:url(x.png)}"), Some((2, 14)));
    }
}
