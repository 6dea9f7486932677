//! What a page is: the front matter an editor writes, and the page that comes of it.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    document::Document,
    language::{tag::Tag, translation::TranslationView},
    markdown,
    moment::Moment,
    policy::{PolicyView, contract::promises::PromisesView},
    release::changelog::ChangelogView,
    view::{EntryView, SectionView},
    yaml::{self, Complaint},
};

/// The pages for an address that does not exist and for a host that fails: the name of the file, the address, and the title where no
/// file gives one.
pub(crate) const FAILURES: [(&str, &str, &str); 2] =
    [("404", "/404.html", "Page not found"), ("500", "/500.html", "Something went wrong")];

/// Everything an editor may say about a page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FrontMatter {
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) date: Option<Moment>,
    pub(crate) updated: Option<Moment>,
    #[serde(default)]
    pub(crate) draft: bool,
    pub(crate) expires: Option<Moment>,
    pub(crate) template: Option<String>,
    #[serde(default)]
    pub(crate) aliases: Vec<Alias>,
    pub(crate) weight: Option<i64>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    pub(crate) image: Option<String>,
    #[serde(default)]
    pub(crate) extra: serde_yaml::Mapping,
    pub(crate) kind: Option<FolderKind>,
    /// Whether search engines, and the site's own search, leave the page out.
    #[serde(default)]
    pub(crate) noindex: bool,
}

/// What an `_index.md` may declare its folder to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FolderKind {
    /// A versioned document.
    Policy,
}

/// A former address of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alias(pub(crate) String);

/// Which of the site's pages a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Home,
    Page,
    Section,
    Changelog,
    /// The text of a policy's version.
    Policy,
    Promises,
    PolicyHistory,
    PolicyUpcoming,
    PolicyCompare,
    PolicySince,
    Shell,
    Error,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 12] = [
        Self::Home,
        Self::Page,
        Self::Section,
        Self::Changelog,
        Self::Policy,
        Self::PolicyHistory,
        Self::PolicyUpcoming,
        Self::PolicyCompare,
        Self::PolicySince,
        Self::Promises,
        Self::Shell,
        Self::Error,
    ];

    /// The template of a page whose front matter names none.
    pub(crate) fn template(self) -> &'static str {
        match self {
            Self::Home => "home.html",
            Self::Page => "page.html",
            Self::Section => "section.html",
            Self::Changelog => "changelog.html",
            Self::Policy => "policy.html",
            Self::Promises => "promises.html",
            Self::PolicyHistory => "policy-history.html",
            Self::PolicyUpcoming => "policy-upcoming.html",
            Self::PolicyCompare => "policy-compare.html",
            Self::PolicySince => "policy-since.html",
            Self::Shell => "shell.html",
            Self::Error => "error.html",
        }
    }
}

/// A page of the site, ready to be rendered.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// Where its words are.
    pub(crate) document: Arc<Document>,
    pub(crate) kind: Kind,
    /// Address below the host: `/features/`.
    pub(crate) path: String,
    pub(crate) template: String,
    pub(crate) title: String,
    pub(crate) description: String,
    /// What it begins with, where its editor wrote no description.
    pub(crate) opening: String,
    pub(crate) date: Option<Moment>,
    pub(crate) updated: Option<Moment>,
    pub(crate) weight: Option<i64>,
    pub(crate) tags: Vec<String>,
    pub(crate) image: Option<String>,
    pub(crate) extra: serde_yaml::Mapping,
    pub(crate) noindex: bool,
    /// The pages of a folder, on the folder's own page.
    pub(crate) section: Option<SectionView>,
    /// The pages above it, from the home page down.
    pub(crate) trail: Vec<Arc<EntryView>>,
    /// Its neighbours in the reading order of its folder.
    pub(crate) previous: Option<Arc<EntryView>>,
    pub(crate) next: Option<Arc<EntryView>>,
    pub(crate) policy: Option<Box<PolicyView>>,
    pub(crate) promises: Option<Box<PromisesView>>,
    pub(crate) changelog: Option<ChangelogView>,
    /// The language that it is translated into; none where it is in that of the site.
    pub(crate) language: Option<Tag>,
    /// The page in all its languages, where there are several.
    pub(crate) languages: Vec<TranslationView>,
}

impl Page {
    /// A page of a document with a front matter.
    pub(crate) fn new(document: Arc<Document>, front: FrontMatter, kind: Kind, path: String) -> Self {
        let opening = opening(&front.description, &document);
        Self {
            document,
            kind,
            path,
            template: front.template.unwrap_or_else(|| kind.template().to_owned()),
            title: front.title,
            opening,
            description: front.description,
            date: front.date,
            updated: front.updated,
            weight: front.weight,
            tags: front.tags,
            image: front.image,
            extra: front.extra,
            noindex: front.noindex || matches!(kind, Kind::Error | Kind::Shell),
            section: None,
            trail: Vec::new(),
            previous: None,
            next: None,
            policy: None,
            promises: None,
            changelog: None,
            language: None,
            languages: Vec::new(),
        }
    }

    /// The same page with other words.
    pub(crate) fn reworded(&self, document: Arc<Document>) -> Self {
        Self { opening: opening(&self.description, &document), document, ..self.clone() }
    }

    /// Its description, or what it begins with where it has none.
    pub(crate) fn summary(&self) -> &str {
        if self.description.is_empty() { &self.opening } else { &self.description }
    }

    /// A page that no file stands for.
    pub(crate) fn generated(kind: Kind, title: &str, path: &str) -> Self {
        let front = FrontMatter {
            title: title.to_owned(),
            description: String::new(),
            date: None,
            updated: None,
            draft: false,
            expires: None,
            template: None,
            aliases: Vec::new(),
            weight: None,
            tags: Vec::new(),
            image: None,
            extra: serde_yaml::Mapping::new(),
            kind: None,
            noindex: false,
        };
        let document = Document::generated(&format!("the page {path}"));
        Self::new(Arc::new(document), front, kind, path.to_owned())
    }

    /// When its words last changed, as far as the editor says.
    pub(crate) fn changed(&self) -> Option<Moment> {
        self.updated.or(self.date)
    }
}

/// What a page begins with, where nobody described it.
fn opening(description: &str, document: &Document) -> String {
    let opening = || {
        // Whoever wrote the page since will hear of it where it is rendered.
        document.whole().map(|document| markdown::summary(document.body())).unwrap_or_default()
    };
    if description.is_empty() { opening() } else { String::new() }
}

/// The file that answers for an address.
pub(crate) fn output_of(path: &str) -> String {
    let file = path.trim_start_matches('/');
    if file.is_empty() || file.ends_with('/') { format!("{file}index.html") } else { file.to_owned() }
}

impl<'de> Deserialize<'de> for FolderKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        yaml::parsed(deserializer, "a kind of folder", |written| match written {
            "policy" => Ok(Self::Policy),
            _ => {
                Err(Complaint::new(format!("`{written}` is not a kind of folder"))
                    .hint("write `kind: policy` or nothing"))
            }
        })
    }
}

impl<'de> Deserialize<'de> for Alias {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        yaml::parsed(deserializer, "an address of this site", |written| {
            let plain = |c: char| c.is_ascii_graphic() && !"*:?#\\".contains(c);
            if written.len() > 1 && written.starts_with('/') && !written.starts_with("//") && written.chars().all(plain)
            {
                return Ok(Self(written.to_owned()));
            }
            Err(Complaint::new(format!("`{written}` is not an address of this site"))
                .hint("write the former address from the first slash on: `/old-name/`"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_address_is_its_index() {
        assert_eq!(output_of("/"), "index.html");
        assert_eq!(output_of("/features/"), "features/index.html");
        assert_eq!(output_of("/404.html"), "404.html");
    }

    #[test]
    fn an_alias_is_an_address_of_this_site() {
        let read = |written: &str| serde_yaml::from_str::<Alias>(written).is_ok();
        assert!(read("/old/") && read("/a/b.html"));
        assert!(!read("old") && !read("//evil.example") && !read("/a b") && !read("/a/*") && !read("/"));
    }
}
