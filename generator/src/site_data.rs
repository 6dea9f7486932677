//! What the edge learns about the site (`/site.json`), and what the generator learns from the edge: its table of headers.

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use edge::domain::{license::LicenseId, payment::Sold, release::Version};
pub(crate) use edge::site::SiteData;
use edge::{contract::CookieCategory, security, site as contract};
use jiff::Timestamp;

use crate::{
    config::{
        Config,
        catalogue::{Plan, Product, Term},
    },
    policy::{
        self, Policy,
        contract::{Contract, Register, change},
    },
    release::Release,
    site::Site,
};

/// Where the files of later moments lie.
pub(crate) const SWITCH_FOLDER: &str = contract::SWITCH_FOLDER;

/// The document whose timeline the edge follows.
const PRIVACY: &str = "/privacy/";

/// The site as the edge sees it.
pub(crate) fn site_data(
    config: &Config,
    products: &[Product],
    site: &Site,
    register: &Register,
    styles: &[String],
    at: Timestamp,
) -> contract::SiteData {
    let privacy = site.policies.iter().find(|policy| policy.path == PRIVACY);
    contract::SiteData {
        title: config.title.clone(),
        url: config.url.clone(),
        email: config.email.clone(),
        support_url: config.support_url.clone(),
        products: products.iter().map(product).collect(),
        policies: privacy.map(|policy| timeline(policy, register)).unwrap_or_default(),
        documents: site.policies.iter().map(|policy| document(policy, at)).collect(),
        releases: site.releases.iter().map(release).collect(),
        payment_methods: config.payment_methods.iter().map(|method| method.id().to_owned()).collect(),
        build: String::new(),
        styles: styles.to_vec(),
    }
}

/// The text of `/site.json`.
pub(crate) fn json(data: &contract::SiteData) -> String {
    let text = serde_json::to_string_pretty(data).expect("strings and numbers always have a JSON form");
    text + "\n"
}

/// Whether a text is such a document, of this version of the program or another.
pub(crate) fn is_one(text: &[u8]) -> bool {
    let document: Option<serde_json::Map<String, serde_json::Value>> = serde_json::from_slice(text).ok();
    document.is_some_and(|document| ["products", "policies"].iter().all(|name| document.contains_key(*name)))
}

/// What the policy of pages calls a style that stands in them.
pub(crate) fn hash_source(style: &str) -> String {
    security::hash_source(style)
}

/// The headers of every static file. The two that the edge's table keeps apart are those that depend on the answer.
pub(crate) fn security_headers(config: &Config, styles: &[String]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let mut headers = vec![("content-security-policy".to_owned(), security::content_security_policy(&[], styles))];
    headers.extend(security::EVERYWHERE.iter().map(owned));
    if config.url.starts_with("https://") {
        headers.push(owned(&security::STRICT_TRANSPORT_SECURITY));
    }
    headers
}

fn product(product: &Product) -> contract::Product {
    contract::Product {
        id: product.id.clone(),
        name: product.name.clone(),
        plans: product.plans.iter().map(plan).collect(),
    }
}

fn plan(plan: &Plan) -> contract::Plan {
    contract::Plan {
        id: plan.id.clone(),
        name: plan.name.clone(),
        price: plan.price,
        currency: plan.currency.code.to_owned(),
        seats: plan.seats,
        term: match plan.term {
            Term::OneYear => contract::Term::OneYear,
            Term::Lifetime => contract::Term::Lifetime,
        },
        stripe_price: plan.stripe_price.clone(),
        paypal_plan: plan.paypal.clone(),
        renews: plan.renews(),
    }
}

fn release(release: &Release) -> contract::Release {
    contract::Release {
        product: release.product.clone(),
        version: release.version.clone(),
        date: release.at.as_second(),
        security: release.security,
        notify: release.notify,
        requires: release.requires.clone(),
        tested: release.tested.clone(),
        requires_php: release.requires_php.clone(),
        notes: release.notes.clone(),
    }
}

fn timeline(policy: &Policy, register: &Register) -> Vec<contract::PolicyVersion> {
    let entry = |version: &policy::Version| contract::PolicyVersion {
        id: version.id.clone(),
        published: version.published_at.as_second(),
        effective: version.effective_at.as_second(),
        collects: version.contract.as_ref().map(Contract::collects).unwrap_or_default(),
        asks: asks(version, register),
        text_sha256: version.hashes.text.clone(),
    };
    policy.versions.iter().map(entry).collect()
}

/// The optional categories of cookies that a version knows, each with its fingerprint.
fn asks(version: &policy::Version, register: &Register) -> BTreeMap<CookieCategory, String> {
    let promises = version.contract.iter().flat_map(|contract| &contract.sentences);
    let known: BTreeSet<CookieCategory> = promises.flat_map(|promise| promise.cookies.iter().copied()).collect();
    let optional = register.asks.iter().filter(|category| known.contains(category));
    optional.map(|category| (*category, change::fingerprint(version, register, *category))).collect()
}

/// What the edge has to know to choose among a policy's files.
fn document(policy: &Policy, at: Timestamp) -> contract::Document {
    let switch = |version: &policy::Version| contract::Switch {
        id: version.id.clone(),
        effective: version.effective_at.as_second(),
    };
    contract::Document {
        path: policy.path.clone(),
        versions: policy.versions.iter().map(|version| version.id.clone()).collect(),
        switches: policy.switches(at).iter().map(switch).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn the_edge_reads_what_the_generator_writes() {
        let fixture = Fixture::site();
        fixture.build().expect("the site builds");
        let data: contract::SiteData = serde_json::from_str(&fixture.output("site.json")).expect("well-formed");
        assert_eq!(data.url, "https://example.com");
        let (_, plan) = data.plan("portal", "unlimited").expect("the plan is there");
        assert_eq!((plan.price, plan.seats, plan.term), (129_950, 0, contract::Term::Lifetime));
        assert_eq!(data.policies[0].effective, 1_743_379_200);
        assert_eq!(data.policy_in_force(1_743_379_199), None);
        assert_eq!(data.policy_in_force(1_743_379_200).map(|version| version.id.as_str()), Some("2025-03-31"));
    }
}
