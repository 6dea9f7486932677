//! What a site is: every page that `content/` makes at one moment, each at its address.
//!
//! Drafts, pages of the future and expired pages are not part of it, so nothing after this module has to ask.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use rayon::prelude::*;

use crate::{
    config::Config,
    data,
    diagnostic::{Diagnostic, visible},
    document::Document,
    language::{
        original::{self, Original},
        translation,
    },
    moment::DateView,
    page::{Alias, FAILURES, FolderKind, FrontMatter, Kind, Page},
    policy::{self, Policy},
    release::{self, Release, changelog},
    schema::Schemas,
    source::{self, Tree},
    tags,
    view::{EntryView, SectionView},
};

/// Where every page of a site lives.
const CONTENT: &str = "content/";

/// The frame into which the edge puts its own pages.
pub(crate) const SHELL: &str = "/_shell/";

/// The pages of a site at one moment.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) pages: Vec<Page>,
    /// Former addresses and where they lead now, in the order of the former ones.
    pub(crate) redirects: BTreeMap<String, String>,
    pub(crate) policies: Vec<Policy>,
    /// What is out, newest first.
    pub(crate) releases: Vec<Release>,
    /// Files that are published as they are: address below the host and path of the source.
    pub(crate) files: BTreeMap<String, String>,
    /// Tags by the addresses of their pages.
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// As of when, and whether drafts count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edition {
    pub(crate) at: Timestamp,
    pub(crate) drafts: bool,
}

/// A page's document with its front matter, and the address its place in the folders gives it.
pub(crate) struct Entry {
    pub(crate) document: Arc<Document>,
    pub(crate) front: FrontMatter,
    pub(crate) path: String,
    pub(crate) original: Option<Original>,
}

impl Site {
    /// Reads all pages, and tells of the releases.
    pub(crate) fn read(
        content: &Tree,
        config: &Config,
        edition: Edition,
        releases: Vec<Release>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let (translations, documents) = original::parted(documents(content, &mut problems), config);
        let (indexes, others): (Vec<Document>, Vec<Document>) =
            documents.into_iter().partition(|document| document.file.ends_with("/_index.md"));
        let mut entries = entries(indexes, config, &mut problems);
        let policy_folders: BTreeSet<String> =
            entries.iter().filter(|entry| entry.front.kind.is_some()).map(|entry| entry.path.clone()).collect();
        let (versions, pages): (Vec<Document>, Vec<Document>) =
            others.into_iter().partition(|document| policy_folders.contains(&folder_of(&document.file)));
        for entry in self::entries(pages, config, &mut problems) {
            if entry.front.kind.is_some() {
                let problem = entry.document.key_finding("kind", "only a folder has a kind");
                problems.push(problem.hint("move the key to the folder's `_index.md`"));
            }
            entries.push(entry);
        }
        let translations = self::entries(translations, config, &mut problems);
        problems.extend(original::join(translations, &mut entries, (content, &policy_folders, config)));
        let schemas = Schemas::read(content, &mut problems);
        problems.extend(entries.iter().flat_map(|entry| schemas.problems(&entry.document, entry.original.as_ref())));
        entries.retain(|entry| is_current(&entry.front, config, edition));
        original::keep_with_originals(&mut entries);
        let policies = policy::folder::read(versions, &policy_folders, (content, config, edition), &mut problems);
        let redirects = redirects(&entries, &mut problems);
        let files = static_files(content, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let warnings = release::warnings(&releases);
        // Some pages have no file.
        let (pages, tags) = (Vec::with_capacity(entries.len() + 64), BTreeMap::new());
        let mut site = Self { pages, redirects, policies, releases, files, tags, warnings };
        site.add_pages(entries, config, edition.at)?;
        Ok(site)
    }

    /// Turns entries and policy versions into pages, adds those that no file stands for, and lists folders.
    fn add_pages(&mut self, entries: Vec<Entry>, config: &Config, at: Timestamp) -> Result<(), Vec<Diagnostic>> {
        for Entry { document, front, path, original } in entries {
            let file = document.file.clone();
            let (named, place) = original.as_ref().map_or((&file, &path), |original| (&original.file, &original.path));
            let kind = kind_of(named, place, front.kind);
            let language = original.map(|original| original.language);
            let page = Page { language, ..Page::new(document, front, kind, path) };
            let Some(policy) = self.policies.iter().find(|policy| policy.path == page.path) else {
                let is_changelog = kind == Kind::Changelog;
                self.pages.push(if is_changelog { changelog::page(page, &self.releases) } else { page });
                continue;
            };
            self.warnings.extend(policy.warning(&file, at));
            self.pages.push(policy.home(page, at));
        }
        for policy in &self.policies {
            self.pages.extend(policy.pages(at));
        }
        if !self.releases.is_empty() && !self.pages.iter().any(|page| page.path == changelog::PATH) {
            let page = Page::generated(Kind::Changelog, changelog::TITLE, changelog::PATH);
            self.pages.push(changelog::page(page, &self.releases));
        }
        let generated = [
            (Kind::Home, "/", config.title.as_str()),
            (Kind::Error, FAILURES[0].1, FAILURES[0].2),
            (Kind::Error, FAILURES[1].1, FAILURES[1].2),
            (Kind::Shell, SHELL, config.title.as_str()),
        ];
        for (kind, path, title) in generated {
            if !self.pages.iter().any(|page| page.path == path) {
                self.pages.push(Page::generated(kind, title, path));
            }
        }
        self.tags = tags::add(&mut self.pages, config)?;
        self.pages.sort_by(|a, b| (&a.path, &a.document.file).cmp(&(&b.path, &b.document.file)));
        self.list_folders(config);
        translation::lead_down(&mut self.pages, config);
        translation::link(&mut self.pages, config);
        Ok(())
    }

    /// Gives each folder's own page the list of the pages directly in it.
    fn list_folders(&mut self, config: &Config) {
        let mut lists: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, page) in self.pages.iter().enumerate() {
            // A policy is listed once, by the address that always shows the version in force.
            let permalink = page.policy.as_ref().is_some_and(|policy| policy.home != page.path);
            if matches!(page.kind, Kind::Page | Kind::Section | Kind::Changelog | Kind::Policy) && !permalink {
                lists.entry(parent_of(&page.path).to_owned()).or_default().push(index);
            }
        }
        for (folder, mut children) in lists {
            children.sort_by_key(|&index| {
                let page = &self.pages[index];
                // By weight, pages without one last; then the newest first; then by name.
                let age = page.date.map(|date| std::cmp::Reverse(date.begins(&config.time_zone)));
                (page.weight.is_none(), page.weight, age.is_none(), age, page.title.clone(), page.path.clone())
            });
            let entry = |index: &usize| Arc::new(entry_view(&self.pages[*index], config));
            let pages: Vec<Arc<EntryView>> = children.iter().map(entry).collect();
            // The pages at the top are no book.
            let is_top = children.iter().any(|&index| parent_of(self.pages[index].original_path()) == "/");
            for (at, index) in children.into_iter().enumerate().filter(|_| !is_top) {
                let page = &mut self.pages[index];
                page.previous = at.checked_sub(1).and_then(|before| pages.get(before).cloned());
                page.next = pages.get(at + 1).cloned();
            }
            if let Some(owner) = self.pages.iter_mut().find(|page| page.path == folder) {
                owner.section = Some(SectionView { pages });
            }
        }
        for page in &mut self.pages {
            if matches!(page.kind, Kind::Section | Kind::Home) && page.section.is_none() {
                page.section = Some(SectionView { pages: Vec::new() });
            }
        }
    }
}

pub(crate) fn entry_view(page: &Page, config: &Config) -> EntryView {
    EntryView {
        title: page.title.clone(),
        description: page.description.clone(),
        summary: page.summary().to_owned(),
        path: page.path.clone(),
        language: None,
        date: page.date.map(|date| DateView::within(date.date(&config.time_zone), page.language.as_ref())),
    }
}

/// All Markdown files but the releases, in the order of their paths.
fn documents(content: &Tree, problems: &mut Vec<Diagnostic>) -> Vec<Document> {
    let is_page = |path: &str| source::has_extension(path, "md") && !path.starts_with(release::FOLDER);
    let files: Vec<&str> = content.iter().map(|(path, _)| path).filter(|path| is_page(path)).collect();
    let read = |path: &&str| Document::read(content, path);
    keep_good(files.par_iter().map(read).collect(), problems)
}

/// The front matter and the address of each document.
fn entries(documents: Vec<Document>, config: &Config, problems: &mut Vec<Diagnostic>) -> Vec<Entry> {
    let read = |document: Document| {
        let (path, original) = original::address(&document.file, config, path_of)?;
        let front = document.front()?;
        Ok(Entry { document: Arc::new(document), front, path, original })
    };
    keep_good(documents.into_par_iter().map(read).collect(), problems)
}

/// Former addresses of pages. Two pages that claim one, or one that is a page, is an error.
fn redirects(entries: &[Entry], problems: &mut Vec<Diagnostic>) -> BTreeMap<String, String> {
    let paths: BTreeMap<&str, &str> =
        entries.iter().map(|entry| (entry.path.as_str(), entry.document.file.as_str())).collect();
    let mut redirects = BTreeMap::new();
    for entry in entries {
        for Alias(alias) in &entry.front.aliases {
            let taken = paths.get(alias.as_str()).or_else(|| paths.get(format!("{alias}/").as_str()));
            if let Some(file) = taken {
                let message = format!("the alias `{alias}` is the address of a page: {file}");
                problems.push(entry.document.value_finding(alias, message).hint("remove the alias or move the page"));
            } else if redirects.insert(alias.clone(), entry.path.clone()).is_some_and(|other| other != entry.path) {
                let message = format!("two pages have the alias `{alias}`");
                problems
                    .push(entry.document.value_finding(alias, message).hint("leave it to the one that replaces it"));
            }
        }
    }
    redirects
}

/// Everything that is neither a page nor data is published as it is.
fn static_files(content: &Tree, problems: &mut Vec<Diagnostic>) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for (path, _) in content.iter() {
        let is_read = ["md", "yaml", "yml", "lock"].iter().any(|extension| source::has_extension(path, extension));
        if is_read || path.starts_with(release::FOLDER) || path.starts_with(data::FOLDER) {
            continue;
        }
        match check_names(path) {
            Ok(()) => drop(files.insert(format!("/{}", path.trim_start_matches(CONTENT)), path.to_owned())),
            Err(problem) => problems.push(problem),
        }
    }
    files
}

/// The results that are well-formed; the others become findings.
pub(crate) fn keep_good<T>(results: Vec<Result<T, Diagnostic>>, problems: &mut Vec<Diagnostic>) -> Vec<T> {
    results.into_iter().filter_map(|result| result.map_err(|problem| problems.push(problem)).ok()).collect()
}

/// Whether a page is part of the site at the moment of the edition.
fn is_current(front: &FrontMatter, config: &Config, edition: Edition) -> bool {
    let zone = &config.time_zone;
    let begun = front.date.is_none_or(|date| date.begins(zone) <= edition.at);
    let ended = front.expires.is_some_and(|expires| expires.begins(zone) <= edition.at);
    begun && !ended && (edition.drafts || !front.draft)
}

fn kind_of(file: &str, path: &str, folder: Option<FolderKind>) -> Kind {
    match folder {
        Some(FolderKind::Policy) => Kind::Policy,
        None if path == "/" => Kind::Home,
        None if FAILURES.iter().any(|failure| failure.1 == path) => Kind::Error,
        None if path == changelog::PATH => Kind::Changelog,
        None if file.ends_with("/_index.md") => Kind::Section,
        None => Kind::Page,
    }
}

/// The address of the folder a file is in: `content/docs/a.md` is in `/docs/`.
pub(crate) fn folder_of(file: &str) -> String {
    let below = file.strip_prefix(CONTENT).unwrap_or(file);
    below.rsplit_once('/').map_or_else(|| "/".to_owned(), |(folder, _)| format!("/{folder}/"))
}

/// The address of the folder above: `/docs/a/` is in `/docs/`.
fn parent_of(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    trimmed.rfind('/').map_or("/", |slash| &path[..=slash])
}

/// The address of a page: `content/docs/a.md` is `/docs/a/`.
fn path_of(file: &str) -> Result<String, Diagnostic> {
    check_names(file)?;
    let folder = folder_of(file);
    let name = file.rsplit('/').next().unwrap_or_default();
    Ok(match name.strip_suffix(".md").unwrap_or(name) {
        "_index" | "index" => folder,
        stem => match FAILURES.iter().find(|failure| folder == "/" && failure.0 == stem) {
            Some((_, path, _)) => (*path).to_owned(),
            None => format!("{folder}{stem}/"),
        },
    })
}

/// A file's name is its address, so it is made of what an address may hold.
fn check_names(file: &str) -> Result<(), Diagnostic> {
    let below = file.strip_prefix(CONTENT).unwrap_or(file);
    for name in below.split('/') {
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        let reserved = name.starts_with('_') && name != "_index.md";
        let shouted = source::has_extension(name, "md") && !name.ends_with("md");
        if !plain || reserved || shouted || name.contains("..") {
            let parts = name.split('.').filter(|part| !part.is_empty());
            let wanted = parts.map(crate::markdown::slug).collect::<Vec<_>>().join(".");
            let rule = "use letters from a to z, digits, `-`, `_` and `.`, and no `_` at the start";
            let hint = if wanted.is_ascii() { format!("{rule}: `{wanted}`") } else { rule.to_owned() };
            return Err(
                Diagnostic::file(file, format!("`{}` cannot be part of an address", visible(name, &[]))).hint(hint)
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn files_become_addresses() {
        for (file, path) in [
            ("content/_index.md", "/"),
            ("content/features.md", "/features/"),
            ("content/docs/_index.md", "/docs/"),
            ("content/docs/v1.2.md", "/docs/v1.2/"),
            ("content/docs/a/index.md", "/docs/a/"),
            ("content/500.md", "/500.html"),
            ("content/docs/500.md", "/docs/500/"),
        ] {
            assert_eq!(path_of(file).ok().as_deref(), Some(path), "{file}");
        }
    }

    #[test]
    fn the_pages_of_a_folder_are_a_book_and_each_knows_the_way_to_it() {
        let page = "{% for step in page.trail %}{{ step.path }} {% endfor %}| {% if page.previous %}{{ page.previous.title }}{% endif %} \
                    | {% if page.next %}{{ page.next.title }}{% endif %}";
        let fixture = Fixture::themed()
            .with("themes/own/templates/page.html", page)
            .with("content/docs/use.md", "---\ntitle: Use\nweight: 2\n---\n")
            .with("content/docs/more/a.md", "---\ntitle: A\n---\n");
        fixture.build().expect("the site builds");
        for (file, shown) in [
            ("docs/install", "/ /docs/ | | Use"),
            ("docs/use", "/ /docs/ | Install |"),
            ("docs/more/a", "/ /docs/ | |"),
            ("features", "/ | |"),
        ] {
            let words = fixture.output(&format!("{file}/index.html"));
            assert_eq!(words.split_whitespace().collect::<Vec<_>>().join(" "), shown, "{file}");
        }
    }

    #[test]
    fn a_name_that_is_no_address_is_refused_with_one_that_is() {
        for (file, hint) in [
            ("content/My page.md", "my-page.md"),
            ("content/a..b.md", ""),
            ("content/_x.md", "x.md"),
            ("content/A.MD", "a.md"),
        ] {
            let problem = path_of(file).expect_err("not an address");
            assert!(problem.hint.is_some_and(|text| text.contains(hint)), "{file}");
        }
        let problem = Fixture::site().with("content/über.md", "---\ntitle: A\n---\n").problem();
        assert_eq!(problem.file, "content/über.md");
    }

    #[test]
    fn drafts_the_future_and_the_past_are_left_out() {
        let fixture = Fixture::site()
            .with("content/draft.md", "---\ntitle: A\ndraft: true\n---\n")
            .with("content/future.md", "---\ntitle: A\ndate: 2026-12-01\n---\n")
            .with("content/expired.md", "---\ntitle: A\nexpires: 2026-11-22T00:00:00Z\n---\n");
        let there = |fixture: &Fixture| {
            ["draft", "future", "expired"].map(|page| fixture.has_output(&format!("{page}/index.html")))
        };
        fixture.build().expect("the site builds");
        assert_eq!(there(&fixture), [false, false, false]);
        fixture.build_at("2026-11-21T23:59:59Z").expect("the site builds");
        assert_eq!(there(&fixture), [false, false, true]);
        fixture.build_at("2026-12-01T00:00:00Z").expect("the site builds");
        assert_eq!(there(&fixture), [false, true, false]);
        crate::build(&crate::Options { drafts: true, ..fixture.options() }).expect("the site builds");
        assert_eq!(there(&fixture), [true, false, false]);
    }

    #[test]
    fn a_folder_lists_its_pages_by_weight_then_date_then_title() {
        let fixture = Fixture::site()
            .with("content/docs/b.md", "---\ntitle: B\n---\n")
            .with("content/docs/a.md", "---\ntitle: A\n---\n")
            .with("content/docs/old.md", "---\ntitle: Old\ndate: 2020-01-01\n---\n")
            .with("content/docs/new.md", "---\ntitle: New\ndate: 2021-01-01\n---\n")
            .with("content/docs/deep/_index.md", "---\ntitle: Deep\nweight: 2\n---\n")
            .with("content/docs/deep/er.md", "---\ntitle: Deeper\n---\n");
        fixture.build().expect("the site builds");
        let page = fixture.output("docs/index.html");
        let places: Vec<Option<usize>> = ["install", "deep", "new", "old", "a", "b"]
            .iter()
            .map(|name| page.find(&format!("/docs/{name}/")))
            .collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {page}");
        assert!(!page.contains("/docs/deep/er/"));
    }

    #[test]
    fn aliases_redirect_and_may_not_hide_a_page() {
        let fixture = Fixture::site().with("content/new.md", "---\ntitle: A\naliases: [/old/, /older]\n---\n");
        fixture.build().expect("the site builds");
        assert!(fixture.output("_redirects").contains("/old/ /new/ 301\n"));
        let fixture = fixture.with("content/other.md", "---\ntitle: A\naliases:\n  - /features\n---\n");
        let problem = fixture.problem();
        assert_eq!((problem.file.as_str(), problem.line, problem.column), ("content/other.md", 4, 5), "{problem}");
        let fixture = fixture.with("content/other.md", "---\ntitle: A\naliases: [/old/]\n---\n");
        assert_eq!(fixture.problem().message, "two pages have the alias `/old/`");
    }

    #[test]
    fn other_files_are_published_as_they_are_and_data_is_not() {
        let fixture = Fixture::site().with("content/docs/plan.pdf", b"%PDF\xff").with("content/notes.yaml", "a: b");
        fixture.build().expect("the site builds");
        assert_eq!(std::fs::read(fixture.root().join("public/docs/plan.pdf")).ok().as_deref(), Some(&b"%PDF\xff"[..]));
        assert!(!fixture.has_output("notes.yaml") && !fixture.has_output("site.yaml"));
    }

    #[test]
    fn only_a_folder_has_a_kind() {
        let problem = Fixture::site().with("content/a.md", "---\ntitle: A\nkind: policy\n---\n").problem();
        assert_eq!((problem.line, problem.column), (3, 7));
    }
}
