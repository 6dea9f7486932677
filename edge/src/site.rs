//! What the edge knows about the site: the typed form of `site.json`, which the generator writes and the edge reads.
//!
//! This is the whole interface between the two crates at run time. Prices, plans and the policy timeline come from here
//! and never from a form or a webhook.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::contract::{Category, Context, CookieCategory};
use crate::domain::payment::Provider;
use crate::domain::release::Version;

/// Where files lie that take the place of others at a later moment, each below the id of the version that takes effect.
pub const SWITCH_FOLDER: &str = "/_at";

/// The contents of `site.json`. Unknown fields are ignored, so an older edge can read a newer site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteData {
    /// Name of the site, as shown in page titles and mails.
    pub title: String,
    /// Address of the site without a trailing slash, for example `https://example.com`.
    pub url: String,
    /// Where people write to.
    pub email: String,
    /// Absolute address of the support page.
    pub support_url: String,
    /// Everything that can be bought.
    pub products: Vec<Product>,
    /// Published versions of the privacy policy, oldest first.
    pub policies: Vec<PolicyVersion>,
    /// Every versioned document, the privacy policy among them.
    #[serde(default)]
    pub documents: Vec<Document>,
    /// Everything that was released by the moment of the build, newest first.
    #[serde(default)]
    pub releases: Vec<Release>,
    /// Processors that a purchase can go through, in the order in which they are offered: `stripe`, `paypal`.
    #[serde(default = "stripe_alone")]
    pub payment_methods: Vec<String>,
    /// What tells this build of the site from others: the beginning of a hash over all its pages.
    #[serde(default)]
    pub build: String,
    /// The hash sources of the styles that stand in its pages: `sha256-…`.
    #[serde(default)]
    pub styles: Vec<String>,
}

/// What a site offered before it said so.
fn stripe_alone() -> Vec<String> {
    vec!["stripe".to_owned()]
}

/// Something that is sold under one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Stable id, used in checkout metadata.
    pub id: String,
    /// Name shown to buyers.
    pub name: String,
    /// The ways to buy it.
    pub plans: Vec<Plan>,
}

/// One way to buy a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Stable id within the product, used in checkout metadata.
    pub id: String,
    /// Name shown to buyers.
    pub name: String,
    /// Price in minor units of `currency` (cents for USD).
    pub price: u64,
    /// ISO 4217 code in lower case.
    pub currency: String,
    /// Sites that may be active at once; 0 means unlimited.
    pub seats: u32,
    /// How long a purchase lasts.
    pub term: Term,
    /// Stripe's price id.
    pub stripe_price: String,
    /// Plan id at `PayPal`, where the plan can be bought there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paypal_plan: Option<String>,
    /// Whether the price is a subscription that renews by itself.
    #[serde(default)]
    pub renews: bool,
}

/// How long a purchase lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Term {
    /// One year from payment.
    #[serde(rename = "1y")]
    OneYear,
    /// Never ends.
    #[serde(rename = "lifetime")]
    Lifetime,
}

/// A version of a product that can be downloaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Id of the product.
    pub product: String,
    /// Its version: `1.2.3`.
    pub version: String,
    /// The day it came out, at 00:00 in the site's time zone, in seconds since the Unix epoch.
    pub date: i64,
    /// Whether it closes a weakness.
    pub security: bool,
    /// Whether holders of a license are told of it by mail, though it closes none.
    #[serde(default)]
    pub notify: bool,
    /// The oldest `WordPress` it runs on.
    pub requires: String,
    /// The newest `WordPress` it was tested with.
    pub tested: String,
    /// The oldest PHP it runs on.
    pub requires_php: String,
    /// What it brings, as HTML that may stand on any page: links are absolute, headings begin at the third level.
    pub notes: String,
}

impl Release {
    /// Whether it is no version on the way to another.
    pub fn is_finished(&self) -> bool {
        Version::parse(&self.version).is_some_and(|version| version.is_finished())
    }
}

/// One published version of the privacy policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// Its id, the effective date: `YYYY-MM-DD`.
    pub id: String,
    /// The day it was published, in seconds since the Unix epoch.
    #[serde(default)]
    pub published: i64,
    /// The moment it comes into force, in seconds since the Unix epoch.
    pub effective: i64,
    /// What it says is collected, by occasion.
    pub collects: BTreeMap<Context, BTreeSet<Category>>,
    /// Optional categories of cookies that it knows, each with a fingerprint of what it says about them. Who decided about
    /// another one is asked again.
    #[serde(default)]
    pub asks: BTreeMap<CookieCategory, String>,
    /// SHA-256 of its words, as the lock has it.
    #[serde(default)]
    pub text_sha256: String,
}

impl PolicyVersion {
    /// Whether it says that data of this kind is collected on this occasion. What it does not say is not stored.
    pub fn collects(&self, context: Context, category: Category) -> bool {
        self.collects.get(&context).is_some_and(|categories| categories.contains(&category))
    }
}

/// A versioned document as its files are laid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Address of its folder: `/privacy/`.
    pub path: String,
    /// Ids of the published versions, which are dates, oldest first.
    pub versions: Vec<String>,
    /// The next moments at which another version takes effect, the earliest first.
    pub switches: Vec<Switch>,
}

/// A moment at which a version takes effect. What is different from then on lies below [`Switch::folder`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switch {
    /// Id of the version.
    pub id: String,
    /// The moment, in seconds since the Unix epoch.
    pub effective: i64,
}

impl Document {
    /// The newest switch whose moment has come.
    pub fn switch(&self, now: i64) -> Option<&Switch> {
        self.switches.iter().rfind(|switch| switch.effective <= now)
    }
}

impl Switch {
    /// The folder of the files that are different from this moment on.
    pub fn folder(&self) -> String {
        format!("{SWITCH_FOLDER}/{}", self.id)
    }
}

impl SiteData {
    /// The document that a path belongs to.
    pub fn document(&self, path: &str) -> Option<&Document> {
        let above = self.documents.iter().filter(|document| path.starts_with(&document.path));
        above.max_by_key(|document| document.path.len())
    }

    /// Whether payments through this processor are offered.
    pub fn takes(&self, provider: Provider) -> bool {
        self.payment_methods.iter().any(|method| method == provider.as_str())
    }

    /// The plan a checkout or an event names, with its product.
    pub fn plan(&self, product: &str, plan: &str) -> Option<(&Product, &Plan)> {
        let product = self.products.iter().find(|candidate| candidate.id == product)?;
        let plan = product.plans.iter().find(|candidate| candidate.id == plan)?;
        Some((product, plan))
    }

    /// The release of a product with the highest version, which need not be the one that came out last.
    pub fn latest_release(&self, product: &str) -> Option<&Release> {
        self.highest(product, |_| true)
    }

    /// The same without versions on the way to a release.
    pub fn latest_finished_release(&self, product: &str) -> Option<&Release> {
        self.highest(product, Version::is_finished)
    }

    fn highest(&self, product: &str, is_wanted: impl Fn(&Version) -> bool) -> Option<&Release> {
        let releases = self.releases.iter().filter(|release| release.product == product);
        let versions = releases.filter_map(|release| Some((Version::parse(&release.version)?, release)));
        let wanted = versions.filter(|(version, _)| is_wanted(version));
        wanted.max_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, release)| release)
    }

    /// The policy version in force at `now` (seconds since the Unix epoch), or `None` before the first.
    pub fn policy_in_force(&self, now: i64) -> Option<&PolicyVersion> {
        self.policies.iter().filter(|version| version.effective <= now).max_by_key(|version| version.effective)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A site as it was written before releases, payment methods and renewals.
    const OLD: &str = r#"{
        "title": "T", "url": "https://example.com", "email": "a@example.com", "support_url": "https://example.com/",
        "products": [{"id": "portal", "name": "Portal", "plans": [{"id": "single", "name": "Single", "price": 4900,
            "currency": "usd", "seats": 1, "term": "1y", "stripe_price": "price_1"}]}],
        "policies": []
    }"#;

    fn release(product: &str, version: &str) -> Release {
        Release {
            product: product.to_owned(),
            version: version.to_owned(),
            date: 0,
            security: false,
            notify: false,
            requires: "6.1".to_owned(),
            tested: "6.9".to_owned(),
            requires_php: "7.4".to_owned(),
            notes: String::new(),
        }
    }

    #[test]
    fn a_site_of_an_older_generator_still_reads() {
        let site: SiteData = serde_json::from_str(OLD).expect("an old site");
        assert_eq!((site.releases.len(), site.payment_methods.as_slice()), (0, &["stripe".to_owned()][..]));
        assert!(site.plan("portal", "single").is_some_and(|(_, plan)| !plan.renews));
        assert_eq!(site.latest_release("portal"), None);
    }

    #[test]
    fn the_latest_release_has_the_highest_version_of_its_product() {
        let mut site: SiteData = serde_json::from_str(OLD).expect("an old site");
        let versions = ["1.9.1", "1.10.0", "1.10.0-rc.1", "1.2.7", "newest"];
        site.releases = versions.iter().map(|version| release("portal", version)).collect();
        site.releases.push(release("other", "3.0"));
        let latest = |product: &str| site.latest_release(product).map(|release| release.version.as_str());
        assert_eq!((latest("portal"), latest("other"), latest("none")), (Some("1.10.0"), Some("3.0"), None));
        site.releases.extend([release("portal", "1.11.0-beta.1"), release("early", "0.1-alpha")]);
        let finished = |product: &str| site.latest_finished_release(product).map(|release| release.version.as_str());
        assert_eq!(site.latest_release("portal").map(|release| release.version.as_str()), Some("1.11.0-beta.1"));
        assert_eq!((finished("portal"), finished("early")), (Some("1.10.0"), None));
    }
}
