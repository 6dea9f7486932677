//! What machines read about a policy: `policy.json`, the versions with what each declares, as JSON-LD in the terms of the
//! Data Privacy Vocabulary and of schema.org; and `record.json`, the record of processing (GDPR, Article 30).

use edge::contract::{CookieCategory, register::Register};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Contract, change};
use crate::{
    config::Config,
    policy::{Policy, Version},
};

/// `policy.json` of a document.
pub(crate) fn policy_json(policy: &Policy, config: &Config, register: &Register, at: Timestamp) -> String {
    let current = policy.in_force(at).map(|version| version.id.as_str());
    let mut previous: Option<&Version> = None;
    let versions = policy.versions.iter().map(|version| {
        let value = version_json(policy, config, register, (previous, version), current == Some(version.id.as_str()));
        previous = Some(version);
        value
    });
    let versions: Vec<Value> = versions.collect();
    text(&json!({
        "@context": {
            "@vocab": "https://schema.org/",
            "dpv": "https://w3id.org/dpv#",
            "pd": "https://w3id.org/dpv/pd#",
            "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
        },
        "@id": format!("{}{}", config.url, policy.path),
        "@type": ["CreativeWork", "dpv:PrivacyNotice"],
        "name": policy.versions.last().map(|version| version.front.title.as_str()),
        "publisher": { "@type": "Organization", "name": config.title, "url": config.url, "email": config.email },
        "in_force": current,
        "versions": versions,
    }))
}

fn version_json(
    policy: &Policy,
    config: &Config,
    register: &Register,
    (previous, version): (Option<&Version>, &Version),
    in_force: bool,
) -> Value {
    let address = |version: &Version| format!("{}{}", config.url, policy.permalink(version));
    let mut value = json!({
        "@id": address(version),
        "@type": "CreativeWork",
        "version": version.id,
        "datePublished": version.front.published.0.to_string(),
        "effective": version.effective_at.to_string(),
        "in_force": in_force,
        "abstract": version.front.summary,
        "source": format!("{}{}", config.url, policy.source(version)),
        "isBasedOn": previous.map(address),
    });
    if let (Some(contract), Some(fields)) = (&version.contract, value.as_object_mut()) {
        fields.insert("declares".to_owned(), declares(contract));
        let fingerprints = CookieCategory::ALL
            .iter()
            .map(|category| (category.id().to_owned(), Value::from(change::fingerprint(version, register, *category))));
        fields.insert("consent_fingerprints".to_owned(), Value::Object(fingerprints.collect()));
    }
    value
}

/// What a contract declares, each word with its term of the vocabulary where it has one.
fn declares(contract: &Contract) -> Value {
    fn named(id: &str, term: &str) -> Value {
        if term.is_empty() { json!({ "id": id }) } else { json!({ "id": id, "@type": term }) }
    }
    let mut collects = Map::new();
    for (context, categories) in contract.collects() {
        let list: Vec<Value> = categories.iter().map(|category| named(category.id(), category.term())).collect();
        collects.insert(context.id().to_owned(), Value::Array(list));
    }
    let mut keeps = Vec::new();
    let (mut uses, mut shares, mut rights) = (vec![], vec![], vec![]);
    let (mut cookies, mut does) = (vec![], vec![]);
    for promise in &contract.sentences {
        uses.extend(promise.uses.iter().map(|word| named(word.id(), word.term())));
        shares.extend(promise.shares.iter().map(|word| named(word.id(), word.term())));
        rights.extend(promise.rights.iter().map(|word| named(word.id(), word.term())));
        cookies.extend(promise.cookies.iter().map(|word| named(word.id(), word.term())));
        does.extend(promise.does.iter().map(|word| named(word.id(), word.term())));
        for (context, periods) in &promise.keeps {
            keeps.extend(
                periods
                    .iter()
                    .map(|(category, period)| json!({ "context": context, "category": category, "at_most": period })),
            );
        }
    }
    json!({
        "dpv:hasPersonalData": collects,
        "dpv:hasPurpose": uses,
        "dpv:hasRecipient": shares,
        "dpv:hasStorageCondition": keeps,
        "dpv:hasRight": rights,
        "cookies": cookies,
        "conduct": does,
    })
}

/// `record.json`: who is responsible, what is stored and sent, for whom, why and how long.
pub(crate) fn record_json(policy: &Policy, config: &Config, register: &Register, at: Timestamp) -> String {
    text(&json!({
        "controller": { "name": config.title, "email": config.email, "url": config.url },
        "policy": policy.in_force(at).map(|version| version.id.as_str()),
        "register": register,
    }))
}

fn text(value: &Value) -> String {
    format!("{value:#}\n")
}
