//! What the edge knows about the site: the typed form of `site.json`, which the generator writes and the edge reads.
//!
//! This is the whole interface between the two crates at run time. Prices, plans and the policy timeline come from here
//! and never from a form or a webhook.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::contract::{Category, Context};

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

/// One published version of the privacy policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// Its id, the effective date: `YYYY-MM-DD`.
    pub id: String,
    /// The moment it comes into force, in seconds since the Unix epoch.
    pub effective: i64,
    /// What it says is collected, by occasion.
    pub collects: BTreeMap<Context, BTreeSet<Category>>,
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

    /// The plan a checkout or an event names, with its product.
    pub fn plan(&self, product: &str, plan: &str) -> Option<(&Product, &Plan)> {
        let product = self.products.iter().find(|candidate| candidate.id == product)?;
        let plan = product.plans.iter().find(|candidate| candidate.id == plan)?;
        Some((product, plan))
    }

    /// The policy version in force at `now` (seconds since the Unix epoch), or `None` before the first.
    pub fn policy_in_force(&self, now: i64) -> Option<&PolicyVersion> {
        self.policies.iter().filter(|version| version.effective <= now).max_by_key(|version| version.effective)
    }
}
