//! A receipt as a file: the fields of ISO/IEC TS 27560 in the terms of the Data Privacy Vocabulary
//! (<https://w3id.org/dpv/guides/consent-27560>). All but the receipt follows from the site and the policy.

use serde_json::{Value, json};

use super::words;
use crate::contract::{Category, CookieCategory, Recipient};
use crate::domain::consent::{FormUsed, Receipt};
use crate::site::SiteData;

const SCHEMA: &str = "1";

/// The file.
pub(crate) fn export(receipt: &Receipt, site: &SiteData) -> Value {
    let purposes: Vec<Value> = receipt.choices.iter().map(|(category, allowed)| purpose(*category, *allowed)).collect();
    let is_given = receipt.choices.values().any(|allowed| *allowed);
    json!({
        "@context": { "dpv": "https://w3id.org/dpv#", "pd": "https://w3id.org/dpv/pd#", "dct": "http://purl.org/dc/terms/" },
        "@type": "dpv:ConsentRecord",
        "schema_version": SCHEMA,
        "record_id": receipt.id,
        // Nobody is known by it but whoever holds it.
        "principal_id": receipt.id,
        "follows": receipt.before,
        "event": {
            "state": if is_given { "dpv:ConsentGiven" } else { "dpv:ConsentWithdrawn" },
            "time": receipt.at.rfc3339(),
            "form": match receipt.form { FormUsed::Banner => "banner", FormUsed::Page => "cookie page" },
            "privacy_signal": receipt.signal,
        },
        "notice": {
            "@id": format!("{}/privacy/{}/", site.url, receipt.policy),
            "version": receipt.policy,
            "sha256": receipt.policy_text,
            "form_text_sha256": receipt.banner_text,
            "language": "en",
            "site_build": receipt.build,
        },
        "purposes": purposes,
        "controller": { "name": site.title, "url": site.url, "email": site.email },
        "recipients": [Recipient::Hosting.wording()],
        "storage_location": "worldwide",
        "withdrawal_method": format!("{}/consent", site.url),
        "kept_until": receipt.ends().rfc3339(),
    })
}

fn purpose(category: CookieCategory, allowed: bool) -> Value {
    let data = match category {
        CookieCategory::Analytics => Category::Usage,
        _ => Category::Preference,
    };
    json!({
        "category": category,
        "allowed": allowed,
        "purpose": words::what(category),
        "personal_data": { "id": data, "@type": data.term() },
        "legal_basis": "dpv:Consent",
    })
}
