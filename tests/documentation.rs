//! The pages for developers say what is so: their example of a token is what the edge signs.

use std::fs;
use std::path::Path;

use edge::domain::license::{LicenseId, Status};
use edge::domain::seat::SiteIdentity;
use edge::domain::time::Moment;
use edge::domain::token::{Claims, SigningKey};
use serde_json::{Value, json};

/// What stands in the fenced blocks of a language, in order.
fn blocks<'page>(page: &'page str, language: &str) -> Vec<&'page str> {
    let opening = format!("\n```{language}\n");
    page.split(opening.as_str()).skip(1).filter_map(|rest| Some(rest.split_once("\n```\n")?.0)).collect()
}

#[test]
fn the_example_of_a_token_is_what_the_edge_signs() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content/docs/license-token.md");
    let page = fs::read_to_string(file).expect("the page about the token");
    let key = SigningKey::parse("VGhpcyBrZXkgc2lnbnMgb25lIGRvY3VtZW50YXRpb24=").expect("a key");
    let license = LicenseId::parse("lic_00112233445566778899aabbccddeeff").expect("an id");
    let site = SiteIdentity::parse("https://www.example.com/blog/").expect("a site");
    let (iat, exp) = (1_777_885_200, 1_779_094_800);
    let claims = Claims { license: &license, site: Some(&site), status: Status::Active, issued_at: Moment(iat) };

    assert_eq!(blocks(&page, "text"), [claims.sign(&key).as_str()]);
    let shown: Vec<Value> =
        blocks(&page, "json").iter().map(|text| serde_json::from_str(text).expect("JSON")).collect();
    let payload = json!({
        "kid": key.id(), "lic": license.as_str(), "site": site.as_str(), "status": "active", "iat": iat, "exp": exp,
    });
    assert_eq!(shown, [serde_json::to_value(key.public_keys()).expect("JSON"), payload]);
}
