//! `/_headers` and `/_redirects`: what the CDN does by itself for static files, from the same table as the edge.

use std::{collections::BTreeMap, fmt::Write as _};

/// An asset's name changes with its content, so what a browser has it may keep.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// The headers file: the given headers everywhere, and long caching for assets.
pub(crate) fn headers(everywhere: &[(String, String)]) -> String {
    let mut file = String::from("/*\n");
    for (name, value) in everywhere {
        // Writing to a string cannot fail.
        let _ = writeln!(file, "  {name}: {value}");
    }
    let _ = writeln!(file, "/assets/*\n  cache-control: {IMMUTABLE}");
    file
}

/// The redirects file: each former address with and without its last slash.
pub(crate) fn redirects(redirects: &BTreeMap<String, String>) -> String {
    let mut both: BTreeMap<String, &str> = BTreeMap::new();
    for (from, to) in redirects {
        both.insert(from.clone(), to);
        let last = from.rsplit('/').next().unwrap_or_default();
        // A file such as `/old.html` has no form with a slash.
        if !last.contains('.') {
            let other = from.strip_suffix('/').map_or_else(|| format!("{from}/"), str::to_owned);
            both.entry(other).or_insert(to);
        }
    }
    let mut file = String::new();
    for (from, to) in both {
        let _ = writeln!(file, "{from} {to} 301");
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, SITE};

    #[test]
    fn every_file_has_the_security_headers_and_assets_are_kept() {
        let fixture = Fixture::site();
        fixture.build().expect("the site builds");
        let headers = fixture.output("_headers");
        let (everywhere, assets) = headers.split_once("/assets/*\n").expect("assets have their own rule");
        assert!(everywhere.starts_with("/*\n  content-security-policy: default-src 'none'"), "{headers}");
        for (name, value) in edge::security::EVERYWHERE {
            assert!(everywhere.contains(&format!("  {name}: {value}\n")), "{name}");
        }
        assert!(everywhere.contains("  strict-transport-security: "), "{headers}");
        assert_eq!(assets, "  cache-control: public, max-age=31536000, immutable\n");
    }

    #[test]
    fn a_site_without_https_does_not_ask_for_it() {
        let fixture = Fixture::site().with("content/site.yaml", SITE.replace("url: https", "url: http"));
        fixture.build().expect("the site builds");
        assert!(!fixture.output("_headers").contains("strict-transport-security"));
    }

    #[test]
    fn former_addresses_work_with_and_without_a_slash() {
        let map = |from: &str| redirects(&BTreeMap::from([(from.to_owned(), "/new/".to_owned())]));
        assert_eq!(map("/old/"), "/old /new/ 301\n/old/ /new/ 301\n");
        assert_eq!(map("/old"), "/old /new/ 301\n/old/ /new/ 301\n");
        assert_eq!(map("/old.html"), "/old.html /new/ 301\n");
    }
}
