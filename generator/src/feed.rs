//! `/feed.xml`: an Atom feed (RFC 4287) of dated pages and of policy versions, so that a change of terms reaches people
//! who do not reread them. Every date in it is one an editor wrote: the feed does not know when it was built.

use jiff::Timestamp;

use crate::{
    config::Config,
    language::{self, tag::Tag},
    moment::DateView,
    page::{Kind, Page},
    site::Site,
    xml::escape,
};

/// The newest entries are enough for a reader; older ones are on the site.
const ENTRIES_MAX: usize = 50;

/// Where the site's feed is.
pub(crate) const PATH: &str = "/feed.xml";

/// What a feed is called, where it lies and which page it is about.
pub(crate) struct Feed<'a> {
    pub(crate) title: &'a str,
    pub(crate) path: &'a str,
    pub(crate) home: &'a str,
    pub(crate) language: &'a str,
}

/// Something that happened.
pub(crate) struct Entry {
    /// Tells it from every other entry, for ever.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) url: String,
    /// The address of a page that says more.
    pub(crate) related: Option<String>,
    pub(crate) summary: String,
    /// All of it, as HTML that may stand anywhere.
    pub(crate) content: Option<String>,
    pub(crate) published: Timestamp,
    pub(crate) updated: Timestamp,
}

/// The text of the site's feed in a language; none is that of the site, in which policies are.
pub(crate) fn atom(site: &Site, tag: Option<&Tag>, config: &Config, at: Timestamp) -> String {
    let mut entries = pages(site.pages.iter().filter(|page| page.language.as_ref() == tag), config);
    if tag.is_none() {
        entries.extend(policy_versions(site, config, at));
    }
    sort(&mut entries);
    entries.truncate(ENTRIES_MAX);
    let language = tag.map_or_else(|| config.language(), Tag::as_str);
    let own_home = language::path_in(tag, "/");
    let home = if site.pages.iter().any(|page| page.path == own_home) { own_home.as_str() } else { "/" };
    let (title, path) = (config.title_in(language), language::path_in(tag, PATH));
    text(&Feed { title, path: &path, home, language }, &entries, config)
}

/// The text of the feed of a tag, whose page is at an address.
pub(crate) fn tagged(site: &Site, (path, tag): (&str, &str), config: &Config) -> String {
    let own = site.pages.iter().find(|page| page.path == path);
    let (spoken, language) = (own.and_then(|own| own.language.as_ref()), own.map_or("", |own| own.language(config)));
    let is_carrier = |page: &&Page| page.language.as_ref() == spoken && page.tags.iter().any(|one| one == tag);
    let mut entries = pages(site.pages.iter().filter(is_carrier), config);
    sort(&mut entries);
    entries.truncate(ENTRIES_MAX);
    let feed = Feed {
        title: &format!("{}: {tag}", config.title_in(language)),
        path: &format!("{path}feed.xml"),
        home: path,
        language,
    };
    text(&feed, &entries, config)
}

/// The newest first.
pub(crate) fn sort(entries: &mut [Entry]) {
    entries.sort_by(|a, b| (b.updated, &a.id).cmp(&(a.updated, &b.id)));
}

/// The text of a feed whose entries come newest first.
pub(crate) fn text(feed: &Feed<'_>, entries: &[Entry], config: &Config) -> String {
    // A feed has to say when it last changed; one without entries never did.
    let updated = entries.first().map_or(Timestamp::UNIX_EPOCH, |entry| entry.updated);
    let (title, author, url) = (escape(feed.title), escape(&config.title), escape(&config.url));
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{language}\">\n\
         <title>{title}</title>\n\
         <id>{url}{home}</id>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{url}{path}\"/>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{url}{home}\"/>\n\
         <updated>{updated}</updated>\n\
         <author><name>{author}</name></author>\n",
        language = escape(feed.language),
        path = escape(feed.path),
        home = escape(feed.home),
    );
    for entry in entries {
        text.push_str(&entry.xml());
    }
    text.push_str("</feed>\n");
    text
}

impl Entry {
    fn xml(&self) -> String {
        let url = escape(&self.url);
        let summary = if self.summary.is_empty() {
            String::new()
        } else {
            format!("<summary>{}</summary>\n", escape(&self.summary))
        };
        let content = self.content.as_ref().map(|html| format!("<content type=\"html\">{}</content>\n", escape(html)));
        let related = self.related.as_ref().map(|url| {
            let url = escape(url);
            format!("<link rel=\"related\" type=\"text/html\" href=\"{url}\"/>\n")
        });
        format!(
            "<entry>\n<title>{title}</title>\n<id>{id}</id>\n<link rel=\"alternate\" type=\"text/html\" href=\"{url}\"/>\n\
             {related}<published>{published}</published>\n<updated>{updated}</updated>\n{summary}{content}</entry>\n",
            title = escape(&self.title),
            id = escape(&self.id),
            related = related.unwrap_or_default(),
            content = content.unwrap_or_default(),
            published = self.published,
            updated = self.updated,
        )
    }
}

fn pages<'site>(pages: impl Iterator<Item = &'site Page>, config: &Config) -> Vec<Entry> {
    let zone = &config.time_zone;
    let dated = pages.filter(|page| page.kind != Kind::Policy && !page.noindex).filter_map(|page| {
        let published = page.date?.begins(zone);
        let url = format!("{}{}", config.url, page.path);
        Some(Entry {
            id: url.clone(),
            title: page.title.clone(),
            url,
            related: None,
            summary: page.summary().to_owned(),
            content: None,
            published,
            // An update before the publication is a slip of the pen, and Atom readers sort by it.
            updated: page.updated.map_or(published, |updated| updated.begins(zone).max(published)),
        })
    });
    dated.collect()
}

/// A version appears when it is published, which is before it comes into force.
fn policy_versions(site: &Site, config: &Config, at: Timestamp) -> Vec<Entry> {
    let versions = site.policies.iter().flat_map(|policy| policy.versions.iter().map(move |version| (policy, version)));
    let entries = versions.map(|(policy, version)| {
        let url = format!("{}{}", config.url, policy.permalink(version));
        Entry {
            id: url.clone(),
            title: format!("{}, effective {}", version.front.title, DateView::new(version.front.effective.0).text),
            url,
            related: None,
            summary: version.front.summary.clone(),
            content: None,
            published: version.published_at,
            updated: version.published_at,
        }
    });
    entries.filter(|entry| entry.published <= at).collect()
}

#[cfg(test)]
mod tests {
    use crate::fixture::Fixture;

    #[test]
    fn dated_pages_and_policy_versions_newest_first() {
        let fixture = Fixture::site().with(
            "content/news.md",
            "---\ntitle: A & B\ndescription: \"<c>\"\ndate: 2025-01-01\nupdated: 2026-01-01\n---\n",
        );
        fixture.build().expect("the site builds");
        let feed = fixture.output("feed.xml");
        let places: Vec<Option<usize>> = [
            "<updated>2026-01-01T00:00:00Z</updated>\n<author>",
            "<title>A &amp; B</title>",
            "<summary>&lt;c&gt;</summary>",
            "<title>Privacy Policy, effective 31 March 2025</title>",
            "<id>https://example.com/privacy/2025-03-31/</id>",
            "<title>Features</title>",
        ]
        .iter()
        .map(|part| feed.find(part))
        .collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}\n{feed}");
        assert_eq!(feed.matches("<entry>").count(), 3, "{feed}");
    }

    #[test]
    fn the_moment_of_the_build_is_not_in_it() {
        let fixture = Fixture::site();
        fixture.build_at("2026-01-01T00:00:00Z").expect("the site builds");
        let feed = fixture.output("feed.xml");
        fixture.build_at("2026-02-01T00:00:00Z").expect("the site builds");
        assert_eq!(feed, fixture.output("feed.xml"));
    }

    #[test]
    fn a_version_is_not_announced_before_it_is_published() {
        let fixture = Fixture::site();
        fixture.build_at("2025-02-28T23:59:59Z").expect("the site builds");
        assert!(!fixture.output("feed.xml").contains("Privacy Policy"));
    }
}
