//! All that goes into a page, as a hash. It is made of what the page is rendered with and not of where that comes from: so a
//! file that changes nothing of a page, or another day, leaves the page as it is.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    asset::Assets,
    config::Config,
    document::Document,
    graph::names::Names,
    page::Page,
    render::Press,
    stamp,
    theme::Theme,
    view::{SharedView, SiteView, View},
};

/// The hash of all that goes into a page, but for its pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cause(String);

/// What pages are made of that is no page.
#[derive(Debug)]
pub(crate) struct Causes {
    /// By the name of the template.
    templates: BTreeMap<String, Template>,
}

/// A template with all that it leads to and all that it may ask for.
#[derive(Debug)]
struct Template {
    digest: Sha256,
    /// Whether it asks for what is known only while pages are made.
    is_late: bool,
}

/// Where pages are made.
pub(crate) struct Workshop<'a> {
    pub(crate) config: &'a Config,
    pub(crate) theme: &'a Theme,
    pub(crate) assets: &'a Assets,
    pub(crate) shared: &'a SharedView,
    /// The site in each of its languages, where it has several.
    pub(crate) voices: &'a BTreeMap<String, SiteView>,
    pub(crate) is_minified: bool,
}

impl Causes {
    /// None where this program cannot be told from another one.
    pub(crate) fn new(workshop: &Workshop<'_>) -> Option<Self> {
        let common = workshop.digest()?;
        let names: BTreeMap<&str, Names> = workshop
            .theme
            .templates
            .iter()
            .map(|template| (template.name.as_str(), Names::of(&template.text)))
            .collect();
        // Markdown may draw any component, and so may any template.
        let drawers: Vec<&str> =
            names.iter().filter(|(_, names)| !names.defines.is_empty()).map(|(name, _)| *name).collect();
        let template = |name: &&str| {
            let (mut reached, mut open) = (BTreeSet::new(), drawers.clone());
            open.push(name);
            while let Some(next) = open.pop() {
                if let Some(names) = names.get(next).filter(|_| reached.insert(next)) {
                    open.extend(names.parents.iter().chain(&names.includes).map(String::as_str));
                }
            }
            Some(((*name).to_owned(), workshop.template(&common, &reached)?))
        };
        Some(Self { templates: names.keys().map(template).collect::<Option<_>>()? })
    }

    /// What goes into a page with this whole document and this view, which has no text in it. None where that cannot be said.
    pub(crate) fn of(&self, page: &Page, document: &Document, view: &View, press: Press<'_>) -> Option<Cause> {
        let template = self.templates.get(&page.template)?;
        let mut digest = template.digest.clone();
        add(&mut digest, &page.template);
        add(&mut digest, &document.file);
        add(&mut digest, document.body());
        digest.update(serde_json::to_vec(view).ok()?);
        if template.is_late {
            add(&mut digest, &press.engine.offered(page.language(press.config))?);
        }
        Some(Cause(STANDARD_NO_PAD.encode(digest.finalize())))
    }
}

impl Workshop<'_> {
    /// What is the same for all templates.
    fn digest(&self) -> Option<Sha256> {
        let Self { config, theme, assets, shared, voices, is_minified } = self;
        let mut digest = Sha256::new();
        add(&mut digest, &stamp::program()?);
        add(&mut digest, &format!("{is_minified} {} {}", config.highlight, config.url));
        digest.update(serde_json::to_vec(&(&shared.site, voices)).ok()?);
        for (name, url) in &assets.urls {
            add(&mut digest, name);
            add(&mut digest, url);
            digest.update(Sha256::digest(assets.files.get(url)?));
        }
        add(&mut digest, &format!("{:?}", theme.strings));
        add(&mut digest, theme.social.as_ref().map_or("", |template| &template.text));
        theme.fonts.iter().for_each(|font| digest.update(Sha256::digest(font)));
        Some(digest)
    }

    /// The templates of these names together. What none of them names, none of them can ask for.
    fn template(&self, common: &Sha256, names: &BTreeSet<&str>) -> Option<Template> {
        let mut digest = common.clone();
        for name in names {
            add(&mut digest, name);
            add(&mut digest, self.theme.text(name));
        }
        let asks = |word: &str| names.iter().any(|name| self.theme.text(name).contains(word));
        if asks("products") {
            digest.update(serde_json::to_vec(&self.shared.products).ok()?);
        }
        if asks("data") {
            digest.update(serde_json::to_vec(&self.shared.data).ok()?);
        }
        Some(Template { digest, is_late: asks("search_index") || asks("all_pages") })
    }
}

/// Adds a text so that two of them are not another two.
fn add(digest: &mut Sha256, text: &str) {
    digest.update(text.len().to_le_bytes());
    digest.update(text);
}
