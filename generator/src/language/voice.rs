//! The site as each language sees it: what it is called there, and where its menus lead.
//!
//! A menu that nobody wrote for a language is that of the site: an entry leads to the translation under that page's title, or else to the
//! original, with the language it is in.

use std::collections::BTreeMap;

use super::{path_in, settings::Settings, spoken, tag::Tag, translation::TranslationView};
use crate::{
    config::{Config, Link},
    page::Page,
    view::SiteView,
};

/// The site in each language that pages are in; nothing where there is only one.
pub(crate) fn voices(config: &Config, pages: &[Page]) -> BTreeMap<String, SiteView> {
    let others = spoken(pages, config);
    if others.is_empty() {
        return BTreeMap::new();
    }
    let known: BTreeMap<&str, &Page> = pages.iter().map(|page| (page.path.as_str(), page)).collect();
    let all: Vec<Option<&Tag>> = std::iter::once(None).chain(others.into_iter().map(Some)).collect();
    let homes = all.iter().filter_map(|tag| known.get(path_in(*tag, "/").as_str()));
    let homes: Vec<TranslationView> = homes.map(|page| TranslationView::new(page, config)).collect();
    let voice = |tag: Option<&Tag>| {
        let language = tag.map_or_else(|| config.language(), Tag::as_str);
        (language.to_owned(), Voice { config, known: &known, tag, language }.site(&homes))
    };
    all.into_iter().map(voice).collect()
}

/// A language, and the pages by their addresses.
struct Voice<'a> {
    config: &'a Config,
    known: &'a BTreeMap<&'a str, &'a Page>,
    /// None for the language of the site.
    tag: Option<&'a Tag>,
    language: &'a str,
}

impl Voice<'_> {
    fn site(&self, homes: &[TranslationView]) -> SiteView {
        let settings = self.config.settings_of(self.language);
        let menu = |own: fn(&Settings) -> Option<&Vec<Link>>, site: &[Link]| -> Vec<Link> {
            let written = settings.and_then(own);
            let links = written.map_or(site, Vec::as_slice).iter();
            links.map(|link| self.turned(link, written.is_some() || self.tag.is_none())).collect()
        };
        let own_home = path_in(self.tag, "/");
        let described = settings.and_then(|settings| settings.description.clone());
        SiteView {
            title: self.config.title_in(self.language).to_owned(),
            description: described.unwrap_or_else(|| self.config.description.clone()),
            language: self.language.to_owned(),
            home: if self.known.contains_key(own_home.as_str()) { own_home } else { "/".to_owned() },
            feed: path_in(self.tag, crate::feed::PATH),
            languages: homes.to_vec(),
            navigation: menu(|settings| settings.navigation.as_ref(), &self.config.navigation),
            footer: menu(|settings| settings.footer.as_ref(), &self.config.footer),
            ..SiteView::new(self.config)
        }
    }

    /// A link of a menu, to where it leads in this language.
    fn turned(&self, link: &Link, is_in_its_words: bool) -> Link {
        if !link.url.starts_with('/') {
            return link.clone();
        }
        let path = link.url.split(['#', '?']).next().unwrap_or_default();
        // A place of a page is called otherwise in its translation.
        let translation = self.known.get(path_in(self.tag, path).as_str()).filter(|_| !link.url.contains('#'));
        if let Some(page) = translation {
            let title = if is_in_its_words { &link.title } else { &page.title };
            return Link { title: title.clone(), url: link.url.replacen(path, &page.path, 1), language: None };
        }
        let language = self.known.get(path).map_or_else(|| self.config.language(), |page| page.language(self.config));
        Link { language: (language != self.language).then(|| language.to_owned()), ..link.clone() }
    }
}
