//! `/sitemap.xml` and `/robots.txt`: which pages search engines may list, and when they changed where an editor says so.

use std::fmt::Write as _;

use crate::{config::Config, page::Page, xml::escape};

/// What the protocol allows in one file.
const URLS_MAX: usize = 50_000;

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// What says in which languages a page is; named only where there are several.
const LANGUAGES: &str = " xmlns:xhtml=\"http://www.w3.org/1999/xhtml\"";

/// The files by address: one sitemap, or an index of several when one would be too long.
pub(crate) fn files(pages: &[Page], config: &Config) -> Vec<(String, String)> {
    let listed: Vec<&Page> = pages.iter().filter(|page| !page.noindex).collect();
    let mut files = vec![("/robots.txt".to_owned(), robots(&config.url))];
    let parts: Vec<&[&Page]> = listed.chunks(URLS_MAX).collect();
    if let [part] = parts.as_slice() {
        files.push(("/sitemap.xml".to_owned(), url_set(part, config)));
        return files;
    }
    let mut index = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<sitemapindex xmlns=\"{NAMESPACE}\">\n");
    for (number, part) in parts.into_iter().enumerate() {
        let path = format!("/sitemap-{}.xml", number + 1);
        // Writing to a string cannot fail.
        let _ = writeln!(index, "<sitemap><loc>{}{path}</loc></sitemap>", escape(&config.url));
        files.push((path, url_set(part, config)));
    }
    index.push_str("</sitemapindex>\n");
    files.push(("/sitemap.xml".to_owned(), index));
    files
}

fn url_set(pages: &[&Page], config: &Config) -> String {
    let languages = if pages.iter().any(|page| !page.languages.is_empty()) { LANGUAGES } else { "" };
    let mut set = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<urlset xmlns=\"{NAMESPACE}\"{languages}>\n");
    for page in pages {
        let changed = page.changed().map(|moment| format!("<lastmod>{}</lastmod>", moment.date(&config.time_zone)));
        let (url, changed) = (escape(&config.url), changed.unwrap_or_default());
        let _ = writeln!(set, "<url><loc>{url}{}</loc>{changed}{}</url>", escape(&page.path), alternates(page, &url));
    }
    set.push_str("</urlset>\n");
    set
}

/// The page in all its languages, and the one for whoever reads none of them.
fn alternates(page: &Page, url: &str) -> String {
    let link = |language: &str, path: &str| {
        let (language, path) = (escape(language), escape(path));
        format!("<xhtml:link rel=\"alternate\" hreflang=\"{language}\" href=\"{url}{path}\"/>")
    };
    let each = page.languages.iter().map(|one| link(&one.language, &one.path));
    let fallback = page.languages.iter().filter(|one| one.is_default).map(|one| link("x-default", &one.path));
    each.chain(fallback).collect()
}

fn robots(url: &str) -> String {
    format!("User-agent: *\nAllow: /\n\nSitemap: {url}/sitemap.xml\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixture::Fixture, page::Kind};

    #[test]
    fn lists_what_may_be_found_with_the_day_of_its_last_change() {
        let fixture = Fixture::site().with("content/404.md", "---\ntitle: Gone\n---\n");
        fixture.build().expect("the site builds");
        let sitemap = fixture.output("sitemap.xml");
        assert!(sitemap.contains("<url><loc>https://example.com/</loc></url>\n"), "{sitemap}");
        assert!(sitemap.contains("<loc>https://example.com/features/</loc><lastmod>2025-01-02</lastmod>"), "{sitemap}");
        assert!(sitemap.contains("<loc>https://example.com/privacy/</loc><lastmod>2025-03-31</lastmod>"), "{sitemap}");
        assert!(!sitemap.contains("404") && !sitemap.contains("500") && !sitemap.contains("_shell"), "{sitemap}");
        assert!(fixture.output("robots.txt").contains("Sitemap: https://example.com/sitemap.xml"));
    }

    #[test]
    fn a_long_sitemap_becomes_an_index() {
        let pages: Vec<Page> =
            (0..=URLS_MAX).map(|number| Page::generated(Kind::Page, "A", &format!("/{number}/"))).collect();
        let files = files(&pages, &Config::bare());
        let names: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(names, ["/robots.txt", "/sitemap-1.xml", "/sitemap-2.xml", "/sitemap.xml"]);
        assert!(files[3].1.contains("/sitemap-2.xml</loc>"));
    }
}
