//! A theme in a language: the same templates, with the site as it is called there and with functions that answer in that language.
//!
//! Functions of Tera do not see the page that asks, least of all inside a component. So each language has its own.

use std::{collections::BTreeMap, sync::Arc};

use tera::{Kwargs, State, Tera, Value};

use super::{Engine, Offers};
use crate::{language::strings::Strings, view::SiteView};

/// What a language has for itself.
pub(super) struct Tongue {
    pub(super) tera: Tera,
    pub(super) site: Value,
    pub(super) offers: Offers,
}

/// Has `string(key="…")` answer in a language.
pub(super) fn register(tera: &mut Tera, strings: &Arc<Strings>, language: &str) {
    let (strings, language) = (Arc::clone(strings), language.to_owned());
    tera.register_function("string", move |kwargs: Kwargs, _: &State<'_>| strings.print(&language, &kwargs));
}

impl Engine {
    /// Learns the languages of a site, each with the site as it is there.
    pub(crate) fn speak(&mut self, voices: &BTreeMap<String, SiteView>) {
        for (language, view) in voices {
            let site = Value::from_serializable(view);
            if *language == self.language {
                self.own.site = site;
                continue;
            }
            let (mut tera, offers) = (self.own.tera.clone(), Offers::default());
            offers.register(&mut tera);
            register(&mut tera, &self.theme.strings, language);
            self.others.insert(language.clone(), Tongue { tera, site, offers });
        }
    }

    /// The languages that it speaks, that of the site first.
    pub(crate) fn languages(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.language.as_str()).chain(self.others.keys().map(String::as_str))
    }

    /// What it has in a language, or else in that of the site.
    pub(super) fn tongue(&self, language: &str) -> &Tongue {
        self.others.get(language).unwrap_or(&self.own)
    }
}
