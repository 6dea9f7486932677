//! Tags: each has a page with the pages that carry it and a feed of them, and all of them stand at `/tags/`.
//!
//! A page of a tag is a folder's page like others, so that themes need nothing for it. An editor who has more to say writes
//! `content/tags/NAME.md`, and the list comes below that.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    config::{Config, Link},
    diagnostic::Diagnostic,
    language::{self, tag::Tag},
    markdown::slug,
    page::{Kind, Page},
    site::entry_view,
    view::SectionView,
};

/// Where all tags are.
pub(crate) const HOME: &str = "/tags/";

/// The address of a tag's page in a language.
fn address(tag: &str, language: Option<&Tag>) -> String {
    language::path_in(language, &format!("{HOME}{}/", slug(tag)))
}

/// The tags of a page with their addresses.
pub(crate) fn links(page: &Page) -> Vec<Link> {
    let link = |tag: &String| Link { title: tag.clone(), url: address(tag, page.language.as_ref()), language: None };
    page.tags.iter().map(link).collect()
}

/// Adds the pages of tags, and gives the tags by the addresses of their pages.
pub(crate) fn add(pages: &mut Vec<Page>, config: &Config) -> Result<BTreeMap<String, String>, Vec<Diagnostic>> {
    let mut tags = BTreeMap::<String, (String, Vec<usize>)>::new();
    let mut problems = Vec::new();
    for (index, page) in pages.iter().enumerate().filter(|(_, page)| !page.noindex) {
        for tag in &page.tags {
            let (name, carriers) =
                tags.entry(address(tag, page.language.as_ref())).or_insert_with(|| (tag.clone(), Vec::new()));
            if name != tag {
                let message = format!("the tag `{tag}` is called `{name}` in {}", pages[carriers[0]].document.file);
                problems.push(page.document.value_finding(tag, message).hint("write it alike everywhere"));
            }
            carriers.push(index);
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    for (path, (name, carriers)) in &mut tags {
        carriers.sort_by_key(|&index| {
            let page = &pages[index];
            (
                std::cmp::Reverse(page.date.map(|date| date.begins(&config.time_zone))),
                page.title.clone(),
                page.path.clone(),
            )
        });
        let entry = |index: &usize| Arc::new(entry_view(&pages[*index], config));
        let entries = carriers.iter().map(entry).collect();
        let language = pages[carriers[0]].language.clone();
        page_at(pages, path, name, language.as_ref()).section = Some(SectionView { pages: entries });
        page_at(pages, &language::path_in(language.as_ref(), HOME), "Tags", language.as_ref());
    }
    Ok(tags.into_iter().map(|(path, (name, _))| (path, name)).collect())
}

/// The page at an address, which is made where no file stands for it.
fn page_at<'pages>(pages: &'pages mut Vec<Page>, path: &str, title: &str, language: Option<&Tag>) -> &'pages mut Page {
    let at = pages.iter().position(|page| page.path == path).unwrap_or(pages.len());
    if at == pages.len() {
        pages.push(Page { language: language.cloned(), ..Page::generated(Kind::Section, title, path) });
    }
    &mut pages[at]
}

#[cfg(test)]
mod tests {
    use crate::fixture::Fixture;

    fn tagged() -> Fixture {
        Fixture::site()
            .with("content/a.md", "---\ntitle: Older\ndate: 2026-01-01\ntags: [WordPress 6, guide]\n---\n")
            .with("content/b.md", "---\ntitle: Newer\ndate: 2026-02-01\ntags: [guide]\n---\n")
    }

    #[test]
    fn a_tag_has_a_page_and_a_feed_and_all_tags_have_a_page() {
        let fixture = tagged();
        fixture.build().expect("the site builds");
        let guide = fixture.output("tags/guide/index.html");
        assert!(guide.find("Newer") < guide.find("Older") && guide.contains("href=\"/a/\""), "{guide}");
        let all = fixture.output("tags/index.html");
        assert!(all.contains("href=\"/tags/guide/\"") && all.contains("href=\"/tags/wordpress-6/\""), "{all}");
        let feed = fixture.output("tags/wordpress-6/feed.xml");
        assert!(feed.contains("<title>Older</title>") && !feed.contains("<title>Newer</title>"), "{feed}");
        assert!(!Fixture::site().has_output("tags"));
    }

    #[test]
    fn an_editor_may_write_the_page_of_a_tag() {
        let fixture =
            tagged().with("content/tags/guide.md", "---\ntitle: Guides\ntemplate: section.html\n---\n\nStart here.\n");
        fixture.build().expect("the site builds");
        let page = fixture.output("tags/guide/index.html");
        assert!(page.contains("Start here.") && page.contains("href=\"/a/\""), "{page}");
    }

    #[test]
    fn one_tag_is_written_one_way() {
        let problem = tagged().with("content/c.md", "---\ntitle: C\ntags: [Guide]\n---\n").problem();
        assert_eq!((problem.file.as_str(), problem.line, problem.column), ("content/c.md", 3, 8), "{problem}");
        assert_eq!(problem.message, "the tag `Guide` is called `guide` in content/a.md");
    }
}
