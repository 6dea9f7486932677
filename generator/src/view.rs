//! What templates see. These types are the contract with themes: each field is always there, and is none when there is
//! nothing to say, so a name that is not a field is a mistake. [`example`] shows that to the check in `template/names.rs`.

use std::sync::Arc;

use serde::Serialize;

use crate::{
    config::{
        Config, Link,
        catalogue::{PlanView, ProductView},
    },
    feed,
    language::translation::TranslationView,
    markdown::Heading,
    moment::DateView,
    page::{Kind, Page},
    policy::{
        self, PolicyView,
        contract::promises::{self, PromisesView},
    },
    release::changelog::{self, ChangelogView},
    tags,
};

/// The site, the same on every page.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SiteView {
    pub(crate) title: String,
    /// Address without a trailing slash.
    pub(crate) url: String,
    pub(crate) description: String,
    pub(crate) email: String,
    pub(crate) support_url: String,
    /// The language that the page is in, as is all that is said here.
    pub(crate) language: String,
    /// The home page, and the feed, in the language of the page.
    pub(crate) home: String,
    pub(crate) feed: String,
    /// The home page in all languages, where there are several.
    pub(crate) languages: Vec<TranslationView>,
    pub(crate) navigation: Vec<Link>,
    pub(crate) footer: Vec<Link>,
    /// The processors a plan can be bought through: `stripe`, `paypal`.
    pub(crate) payment_methods: Vec<&'static str>,
}

/// The page that is rendered.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PageView {
    pub(crate) title: String,
    pub(crate) description: String,
    /// The description, or what the page begins with where it has none.
    pub(crate) summary: String,
    pub(crate) path: String,
    pub(crate) url: String,
    /// HTML of the body; the engine marks it as such, so that templates print it as it is.
    pub(crate) content: String,
    pub(crate) noindex: bool,
    pub(crate) date: Option<DateView>,
    pub(crate) updated: Option<DateView>,
    pub(crate) tags: Vec<Link>,
    pub(crate) image: Option<String>,
    pub(crate) extra: serde_yaml::Mapping,
    pub(crate) headings: Vec<Heading>,
    pub(crate) kind: Kind,
    /// The pages above it, from the home page down.
    pub(crate) trail: Vec<Arc<EntryView>>,
    /// Its neighbours in the reading order of its folder.
    pub(crate) previous: Option<Arc<EntryView>>,
    pub(crate) next: Option<Arc<EntryView>>,
    pub(crate) language: String,
    /// The page in all its languages, itself too, where there are several.
    pub(crate) languages: Vec<TranslationView>,
}

/// The pages of a folder.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SectionView {
    pub(crate) pages: Vec<Arc<EntryView>>,
}

/// A page in the list of its folder.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct EntryView {
    pub(crate) title: String,
    pub(crate) description: String,
    /// The description, or what the page begins with where it has none.
    pub(crate) summary: String,
    pub(crate) path: String,
    /// The language that it is in, where that is another one than the page's.
    pub(crate) language: Option<String>,
    pub(crate) date: Option<DateView>,
}

/// Every variable of a template. All but `page` are none on pages that are no such thing.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct View {
    pub(crate) page: PageView,
    pub(crate) section: Option<SectionView>,
    pub(crate) policy: Option<Box<PolicyView>>,
    pub(crate) promises: Option<Box<PromisesView>>,
    pub(crate) changelog: Option<ChangelogView>,
}

/// The variables that are the same on every page.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SharedView {
    pub(crate) site: SiteView,
    pub(crate) products: Vec<ProductView>,
    /// What the files in `content/data/` say.
    pub(crate) data: serde_json::Value,
}

impl SiteView {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            title: config.title.clone(),
            url: config.url.clone(),
            description: config.description.clone(),
            email: config.email.clone(),
            support_url: config.support_url.clone(),
            language: config.language().to_owned(),
            home: "/".to_owned(),
            feed: feed::PATH.to_owned(),
            languages: Vec::new(),
            navigation: config.navigation.clone(),
            footer: config.footer.clone(),
            payment_methods: config.payment_methods.iter().map(|method| method.id()).collect(),
        }
    }
}

impl View {
    /// All of a page but its text and its headings.
    pub(crate) fn new(config: &Config, page: &Page) -> Self {
        let day =
            |moment: crate::moment::Moment| DateView::within(moment.date(&config.time_zone), page.language.as_ref());
        let date = |moment: Option<crate::moment::Moment>| moment.map(day);
        let view = PageView {
            title: page.title.clone(),
            description: page.description.clone(),
            summary: page.summary().to_owned(),
            path: page.path.clone(),
            url: format!("{}{}", config.url, page.path),
            content: String::new(),
            noindex: page.noindex,
            date: date(page.date),
            updated: date(page.updated),
            tags: tags::links(page),
            image: page.image.clone(),
            extra: page.extra.clone(),
            headings: Vec::new(),
            kind: page.kind,
            trail: page.trail.clone(),
            previous: page.previous.clone(),
            next: page.next.clone(),
            language: page.language(config).to_owned(),
            languages: page.languages.clone(),
        };
        Self {
            page: view,
            section: page.section.clone(),
            policy: page.policy.clone(),
            promises: page.promises.clone(),
            changelog: page.changelog.clone(),
        }
    }
}

/// All variables with every optional one present and one element in every list. An empty map stands for one whose keys
/// the editor chooses.
pub(crate) fn example() -> (SharedView, View) {
    let word = String::new;
    let day = || DateView { iso: word(), text: word() };
    let entry = || {
        let (title, description, summary, path) = (word(), word(), word(), word());
        Arc::new(EntryView { title, description, summary, path, language: Some(word()), date: Some(day()) })
    };
    let link = || vec![Link { title: word(), url: word(), language: Some(word()) }];
    let languages = || vec![TranslationView { language: word(), name: word(), path: word(), is_default: false }];
    let site = SiteView {
        title: word(),
        url: word(),
        description: word(),
        email: word(),
        support_url: word(),
        language: word(),
        home: word(),
        feed: word(),
        languages: languages(),
        navigation: link(),
        footer: link(),
        payment_methods: vec![""],
    };
    let page = PageView {
        title: word(),
        description: word(),
        summary: word(),
        path: word(),
        url: word(),
        content: word(),
        noindex: false,
        date: Some(day()),
        updated: Some(day()),
        tags: link(),
        image: Some(word()),
        extra: serde_yaml::Mapping::new(),
        headings: vec![Heading { level: 2, id: word(), text: word() }],
        kind: Kind::Page,
        trail: vec![entry()],
        previous: Some(entry()),
        next: Some(entry()),
        language: word(),
        languages: languages(),
    };
    let section = SectionView { pages: vec![entry()] };
    let policy = policy::view::example();
    (
        SharedView { site, products: products(), data: serde_json::Value::Null },
        View {
            page,
            section: Some(section),
            policy: Some(Box::new(policy)),
            promises: Some(Box::new(promises::example())),
            changelog: Some(changelog::example()),
        },
    )
}

/// The part of the example that is about what is sold.
fn products() -> Vec<ProductView> {
    let word = String::new;
    let plan = PlanView {
        id: word(),
        name: word(),
        price: 0,
        price_text: word(),
        price_decimal: word(),
        currency: word(),
        seats: 0,
        seats_text: word(),
        term: word(),
        term_text: word(),
        renews: false,
        renewal_text: word(),
        features: vec![word()],
    };
    vec![ProductView { id: word(), name: word(), plans: vec![plan] }]
}
