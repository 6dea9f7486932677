//! What somebody should know of a page though nothing of it is broken: nobody finds it, or it is hard to find one's way in it.
//! `site check` says it; a build does not, because it takes as long as the build.

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use super::{
    address::Target,
    address_of,
    reading::{self, Reading, Use},
};
use crate::{
    diagnostic::Diagnostic,
    language::tag::Tag,
    output::Output,
    page::{Kind, Page},
};

/// Longest wait on a slow phone, as bytes: a page with all that it is not whole without.
const PAGE_BYTES_MAX: usize = 1024 * 1024;

/// Everything that should be known of the pages of a site.
pub(crate) fn advice(output: &Output, pages: &[Page], site_url: &str) -> Vec<Diagnostic> {
    let files: Vec<(&str, &str, &str)> = output.pages().collect();
    let read = |(file, _, html): (&str, &str, &str)| (address_of(file), (reading::read(html), html.len()));
    let readings: BTreeMap<String, (Reading, usize)> = files.into_par_iter().map(read).collect();
    // A list of all pages is no way to one of them that a reader would take, and such a page is not listed itself.
    let unlisted: HashSet<&str> = pages.iter().filter(|page| page.noindex).map(|page| page.path.as_str()).collect();
    let found = found(&readings, &unlisted, site_url);
    let listed = || pages.iter().filter(|page| !page.noindex);
    let mut advice = Vec::new();
    for page in listed() {
        let Some((reading, bytes)) = readings.get(&page.path) else { continue };
        let finding = |message: String| Diagnostic::file(&page.document.file, message);
        if page.kind != Kind::Home && !found.contains(&page.path) {
            advice.push(
                finding(format!("no page leads to `{}`", page.path)).hint("link to it, or list it in `site.yaml`"),
            );
        }
        if page.description.is_empty() {
            advice.push(
                finding(format!("`{}` has no description", page.path)).hint("search engines show it below the title"),
            );
        }
        if let Some(fault) = outline(&reading.headings) {
            advice.push(finding(format!("`{}` {fault}", page.path)).hint("screen readers go from heading to heading"));
        }
        let weight = bytes + weight(output, page, reading, site_url);
        if weight > PAGE_BYTES_MAX {
            let message = format!("`{}` has {} KB with all its parts", page.path, weight / 1024);
            advice.push(finding(message).hint("a phone on a train waits for each of them: make pictures smaller"));
        }
    }
    advice.extend(alike(listed(), "title", |page| &page.title));
    advice.extend(alike(listed(), "description", |page| &page.description));
    advice
}

/// The addresses that pages lead to from elsewhere, but for those that search engines may not list.
fn found(readings: &BTreeMap<String, (Reading, usize)>, unlisted: &HashSet<&str>, site_url: &str) -> HashSet<String> {
    let leads = |(from, (reading, _)): (&String, &(Reading, usize))| {
        let links = reading.addresses.iter().filter(|(how, _)| *how == Use::Link);
        let paths = links.filter_map(|(_, written)| match Target::of(written, from, site_url) {
            Target::Here { path, .. } if path != *from => Some(path),
            _ => None,
        });
        paths.collect::<Vec<_>>()
    };
    readings.par_iter().filter(|(from, _)| !unlisted.contains(from.as_str())).flat_map_iter(leads).collect()
}

/// What is wrong with the order of headings.
fn outline(levels: &[u8]) -> Option<String> {
    let first = levels.iter().filter(|level| matches!(level, 1)).count();
    if first != 1 {
        return Some(format!("has {first} main headings, and needs one"));
    }
    let steps = levels.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)));
    let (above, below) = steps.into_iter().find(|(above, below)| *below > above + 1)?;
    Some(format!("goes from a heading of level {above} to one of level {below}"))
}

/// Bytes of what a page is not whole without.
fn weight(output: &Output, page: &Page, reading: &Reading, site_url: &str) -> usize {
    let parts = reading.addresses.iter().filter(|(how, _)| *how == Use::Part);
    let bytes = parts.filter_map(|(_, written)| match Target::of(written, &page.path, site_url) {
        Target::Here { path, .. } => output.bytes(&path).map(<[u8]>::len),
        _ => None,
    });
    bytes.sum()
}

/// Pages that say the same of themselves.
fn alike<'page>(
    pages: impl Iterator<Item = &'page Page>,
    what: &str,
    said: impl Fn(&'page Page) -> &'page str,
) -> Vec<Diagnostic> {
    // In another language the same word may be right.
    let mut first = BTreeMap::<(Option<&str>, &str), &Page>::new();
    let mut advice = Vec::new();
    for page in pages.filter(|page| !said(page).is_empty()) {
        let words = (page.language.as_ref().map(Tag::as_str), said(page));
        if let Some(other) = first.get(&words) {
            // A version of a policy says what its own address says.
            if other.document.file != page.document.file && other.policy.is_none() {
                let message = format!("`{}` has the same {what} as `{}`", page.path, other.path);
                advice.push(
                    Diagnostic::file(&page.document.file, message)
                        .hint("who searches sees both, and cannot tell them apart"),
                );
            }
        } else {
            first.insert(words, page);
        }
    }
    advice
}

#[cfg(test)]
mod tests {
    use crate::{
        check::{Arguments, check},
        fixture::Fixture,
    };

    /// What `site check` says about `content/a.md`.
    fn said(fixture: &Fixture) -> Vec<String> {
        let options = fixture.options();
        let report = check(&Arguments { root: options.root, at: options.at, deployed: None, external: None });
        let own = report.warnings.into_iter().filter(|finding| finding.file == "content/a.md");
        own.map(|finding| finding.message).collect()
    }

    #[test]
    fn a_title_may_be_the_same_in_another_language() {
        let settings = crate::fixture::SITE.replace("[en]", "{de: {}, fr: {}}");
        let fixture = Fixture::site().with("content/site.yaml", settings);
        let fixture = ["a.md", "a.de.md"].iter().fold(fixture, |fixture, file| {
            fixture.with(&format!("content/{file}"), "---\ntitle: FAQ\ndescription: Wer?\n---\n")
        });
        let alike = |fixture: &Fixture| {
            let options = fixture.options();
            let report = check(&Arguments { root: options.root, at: options.at, deployed: None, external: None });
            report.warnings.iter().filter(|finding| finding.message.contains("the same title")).count()
        };
        assert_eq!(alike(&fixture), 0);
        assert_eq!(alike(&fixture.with("content/b.md", "---\ntitle: FAQ\n---\n")), 1);
    }

    #[test]
    fn a_page_that_nobody_finds_or_finds_the_way_in_is_named() {
        let page = "---\ntitle: Install\n---\n\n### Deep\n\n# Again\n";
        let fixture = Fixture::site()
            .with("content/a.md", page)
            .with("content/_index.md", "---\ntitle: H\ntemplate: page.html\n---\n");
        assert_eq!(
            said(&fixture),
            [
                "`/a/` has 2 main headings, and needs one",
                "`/a/` has no description",
                "`/docs/install/` has the same title as `/a/`",
                "no page leads to `/a/`"
            ]
            .into_iter()
            .filter(|message| !message.starts_with("`/docs"))
            .collect::<Vec<_>>()
        );
        let page = "---\ntitle: A\ndescription: B\n---\n\n### Deep\n";
        let fixture = Fixture::site().with("content/a.md", page).with("content/b.md", "---\ntitle: B\n---\n[a](/a/)\n");
        assert_eq!(said(&fixture), ["`/a/` goes from a heading of level 1 to one of level 3"]);
    }

    #[test]
    fn a_list_that_is_not_listed_itself_is_no_way_to_a_page() {
        let list = |noindex: bool| {
            Fixture::site()
                .with("content/_index.md", "---\ntitle: H\ntemplate: page.html\n---\n\n[b](/b/)\n")
                .with("content/a.md", "---\ntitle: A\ndescription: B\n---\n")
                .with("content/b.md", format!("---\ntitle: B\nnoindex: {noindex}\n---\n[a](/a/)\n"))
        };
        assert_eq!(said(&list(false)), Vec::<String>::new());
        assert_eq!(said(&list(true)), ["no page leads to `/a/`"]);
    }

    #[test]
    fn a_heavy_page_is_named_and_a_whole_one_is_not() {
        let page = "---\ntitle: A\ndescription: B\n---\n\n![p](/p.avif)\n";
        let fixture = Fixture::site().with("content/a.md", page).with("content/p.avif", vec![0; 900 * 1024]);
        assert_eq!(said(&fixture), Vec::<String>::new());
        let fixture = fixture.with("content/p.avif", vec![0; 1100 * 1024]);
        assert!(said(&fixture)[0].contains("KB with all its parts"));
    }
}
