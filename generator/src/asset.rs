//! A theme's styles, scripts and pictures under names that change with their content, so that browsers may keep them for
//! ever.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lightningcss::{
    printer::PrinterOptions,
    stylesheet::{MinifyOptions, ParserOptions, StyleSheet},
};
use sha2::{Digest, Sha256, Sha384};

use crate::{diagnostic::Diagnostic, image::svg, source, theme::Theme};

/// How much of the hash is in a name.
const HASH_BYTES: usize = 4;

/// How many blocks of a style sheet may be open at once. The parser of style sheets calls itself for each.
const BLOCKS_MAX: usize = 32;

/// Every asset of a theme.
#[derive(Debug, Default)]
pub(crate) struct Assets {
    /// Address below the host, by name: `site.css` is `/assets/site.0a1b2c3d.css`.
    pub(crate) urls: BTreeMap<String, String>,
    /// Bytes, by address.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Assets {
    /// Names the assets by their content. A style sheet that a browser would not understand is a fault; it becomes shorter
    /// where `is_minified`.
    pub(crate) fn new(theme: &Theme, is_minified: bool) -> Result<Self, Vec<Diagnostic>> {
        let mut assets = Self::default();
        let mut problems = Vec::new();
        for (name, bytes) in &theme.assets {
            let file = theme.asset_file(name);
            let bytes = if source::has_extension(name, "css") {
                style(&file, bytes, is_minified).map_err(|problem| problems.push(problem)).unwrap_or_default()
            } else if source::has_extension(name, "svg") {
                svg::clean(&file, bytes).map_err(|found| problems.extend(found)).unwrap_or_default()
            } else {
                bytes.clone()
            };
            let url = address(name, &bytes);
            assets.urls.insert(name.clone(), url.clone());
            assets.files.insert(url, bytes);
        }
        if problems.is_empty() { Ok(assets) } else { Err(problems) }
    }
}

/// What a browser holds a script or a style against before it uses it, by name (<https://www.w3.org/TR/SRI/>). The name of an
/// asset says what is in it to whoever wrote the site; this says it to the browser, whatever stands in between.
pub(crate) fn integrity(assets: &Assets) -> BTreeMap<String, String> {
    let is_checked = |name: &str| ["js", "css"].iter().any(|extension| source::has_extension(name, extension));
    let used = assets.urls.iter().filter(|(name, _)| is_checked(name));
    let digest = |bytes: &Vec<u8>| format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes)));
    used.filter_map(|(name, url)| Some((name.clone(), digest(assets.files.get(url)?)))).collect()
}

/// The address of an asset.
pub(crate) fn address(name: &str, bytes: &[u8]) -> String {
    format!("/assets/{}", hashed(name, bytes))
}

/// `fonts/a.woff2` as `fonts/a.0a1b2c3d.woff2`.
pub(crate) fn hashed(name: &str, bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hash = digest.iter().take(HASH_BYTES).fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
    let file_at = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[file_at..].rfind('.').filter(|dot| *dot > 0) {
        Some(dot) => format!("{}.{hash}{}", &name[..file_at + dot], &name[file_at + dot..]),
        None => format!("{name}.{hash}"),
    }
}

/// A style sheet as it is published.
fn style(file: &str, bytes: &[u8], is_minified: bool) -> Result<Vec<u8>, Diagnostic> {
    let text = source::text(file, bytes)?;
    if let Some(problem) = style_problem(file, text).or_else(|| too_deep(file, text)) {
        return Err(problem);
    }
    let mut sheet = StyleSheet::parse(text, ParserOptions::default()).map_err(|error| {
        let place = error.loc.as_ref().map_or((1, 1), |place| (place.line as usize + 1, place.column as usize));
        Diagnostic::at(file, text, place, 1, format!("is no style that browsers understand: {}", error.kind))
            .hint("they pass over what they do not understand, and the page looks otherwise than meant")
    })?;
    if !is_minified {
        return Ok(bytes.to_vec());
    }
    let failed = |error: String| Diagnostic::file(file, format!("cannot be made shorter: {error}"));
    sheet.minify(MinifyOptions::default()).map_err(|error| failed(error.to_string()))?;
    let options = PrinterOptions { minify: true, ..PrinterOptions::default() };
    sheet.to_css(options).map(|printed| printed.code.into_bytes()).map_err(|error| failed(error.to_string()))
}

/// Where more blocks are open than a style sheet has use for.
fn too_deep(file: &str, text: &str) -> Option<Diagnostic> {
    let mut open = 0_usize;
    let offset = text.bytes().position(|byte| {
        open = match byte {
            b'{' => open + 1,
            b'}' => open.saturating_sub(1),
            _ => open,
        };
        open > BLOCKS_MAX
    })?;
    let problem = Diagnostic::at_offset(file, text, offset, 1, format!("more than {BLOCKS_MAX} blocks are open here"));
    Some(problem.hint("close each `{` with a `}`"))
}

/// A style sheet cannot know the hashed name of another asset, so one that asks for it would ask in vain.
fn style_problem(file: &str, text: &str) -> Option<Diagnostic> {
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
        let check = |css: &str| style_problem("f", css).map(|problem| (problem.line, problem.column));
        assert_eq!(check("a{background:url(data:image/png;base64,x)}"), None);
        assert_eq!(check("a{mask:url(\"data:image/svg+xml,x\")}b{fill:url(#g)}"), None);
        assert_eq!(check("a{}\nb{background:url(x.png)}"), Some((2, 14)));
    }

    #[test]
    fn a_style_sheet_becomes_shorter_and_means_the_same() {
        let css = "/* look */\n:root { --paper: light-dark(#ffffff, #000000); }\na:hover { color: var(--paper); margin: 0px 0px; }\n";
        let short = style("f", css.as_bytes(), true).expect("it is well-formed");
        let short = String::from_utf8(short).expect("text");
        assert_eq!(short, ":root{--paper:light-dark(#fff,#000)}a:hover{color:var(--paper);margin:0}");
        assert_eq!(style("f", css.as_bytes(), false).expect("it is well-formed"), css.as_bytes());
    }

    #[test]
    fn a_script_says_what_it_is_to_be_held_against() {
        let page = "<script src=\"{{ asset(path=\"a.js\") }}\" integrity=\"{{ integrity(path=\"a.js\") }}\"></script>";
        let themed = |script: &str| {
            let fixture = crate::fixture::Fixture::themed().with("themes/own/templates/page.html", page);
            let fixture = fixture.with("themes/own/assets/a.js", script);
            fixture.build().expect("the site builds");
            fixture.output("features/index.html")
        };
        // By `printf 'abc' | openssl dgst -sha384 -binary | base64`.
        let known = "sha384-ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0yCWn";
        assert!(themed("abc").contains(known));
        assert!(!themed("abd").contains(known) && themed("abd").contains("integrity=\"sha384-"));
        let fixture = crate::fixture::Fixture::themed().with("themes/own/templates/page.html", page);
        let problem = fixture.with("themes/own/assets/ab.js", "").problem();
        assert!(problem.message.contains("did you mean `ab.js`?"), "{problem}");
    }

    #[test]
    fn a_fault_in_a_style_sheet_is_named_at_its_line() {
        let problem = style("f", b"a {}\nb { color: red;\n} }\n", true).expect_err("a brace too many");
        assert!(problem.line >= 3, "{problem}");
        let problem = style("f", "a{\n".repeat(100_000).as_bytes(), true).expect_err("nothing is closed");
        assert_eq!((problem.line, problem.column), (33, 2), "{problem}");
    }
}
