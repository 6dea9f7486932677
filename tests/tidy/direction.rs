//! Which part may know which. `domain` knows nothing of the world; only `store` knows the key-value store; only `hosts`
//! knows a platform; `generator` knows the edge in five places.

use super::{File, Finding};

/// Files (by the beginning of their path) and what none of them may mention outside its tests.
const RULES: &[(&str, &[&str], &str)] = &[
    (
        "edge/src/domain",
        &[
            "crate::app",
            "crate::config",
            "crate::failure",
            "crate::frame",
            "crate::handlers",
            "crate::hosts",
            "crate::http",
            "crate::log",
            "crate::ports",
            "crate::routes",
            "crate::signature",
            "crate::store",
            "async fn",
            ".await",
        ],
        "rules are pure functions over plain data",
    ),
    (
        "edge/src/signature",
        &["crate::app", "crate::handlers", "crate::hosts", "crate::ports", "crate::store", "async fn"],
        "a signature is checked over bytes, without a world",
    ),
    (
        "edge/src/store",
        &["crate::app", "crate::handlers", "crate::hosts", "crate::http", "crate::signature"],
        "storage knows nothing of who asks",
    ),
    (
        "edge/src/handlers",
        &["crate::hosts", "ports::Kv", "ports::Vaults", "{Kv", " Kv,", " Kv}", "{Vaults", " Vaults,", " Vaults}"],
        "handlers reach storage through `store` alone",
    ),
];

/// What only a host may know.
const PLATFORM: &[&str] = &[
    "axum::",
    "redb::",
    "tokio::",
    "ureq::",
    "lettre::",
    "::worker::",
    "std::fs",
    "std::net",
    "std::time",
    "getrandom",
];

/// Where the generator may use the edge.
const EDGE_IN_GENERATOR: &[&str] = &[
    "generator/src/serve.rs",
    "generator/src/serve/",
    "generator/src/operate.rs",
    "generator/src/site_data.rs",
    "generator/src/policy/contract.rs",
    "generator/src/policy/contract/",
    // What a link may lead to.
    "generator/src/proof.rs",
];

pub(super) fn findings(file: &File) -> Vec<Finding> {
    if !file.is_rust() || file.is_test() {
        return vec![];
    }
    let mut findings = vec![];
    for (_, words, why) in RULES.iter().filter(|(place, _, _)| file.path.starts_with(place)) {
        findings.extend(mentions(file, words, why));
    }
    if file.path.starts_with("edge/src/") && !file.path.starts_with("edge/src/hosts") {
        findings.extend(mentions(file, PLATFORM, "only a host knows a platform"));
    }
    if file.path.starts_with("generator/src/") && !EDGE_IN_GENERATOR.iter().any(|place| file.path.starts_with(place)) {
        findings.extend(mentions(file, &["edge::"], "the generator knows the edge in five places only"));
    }
    if file.path.starts_with("edge/src/") {
        findings.extend(mentions(file, &["generator::"], "the edge never knows the generator"));
    }
    findings
}

fn mentions(file: &File, words: &[&str], why: &str) -> Vec<Finding> {
    let code = file.program().filter(|(_, text)| !text.trim_start().starts_with("//"));
    code.flat_map(|(line, text)| {
        let found = words.iter().filter(move |word| text.contains(**word));
        found.map(move |word| file.finding(line, format!("`{}`: {why}", word.trim())))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[test]
    fn each_planted_defect_is_found() {
        let planted = [
            ("edge/src/domain/vault.rs", "//! A.\nuse crate::store::record;\n"),
            ("edge/src/domain/vault.rs", "//! A.\nasync fn a() {}\n"),
            ("edge/src/signature/stripe.rs", "//! A.\nuse crate::ports::Kv;\n"),
            ("edge/src/store.rs", "//! A.\nuse crate::http::Request;\n"),
            ("edge/src/handlers/license.rs", "//! A.\nuse crate::ports::{Kv, Ports};\n"),
            ("edge/src/app.rs", "//! A.\nuse std::time::Instant;\n"),
            ("edge/src/app.rs", "//! A.\nuse generator::build;\n"),
            ("edge/src/app.rs", "//! A.\n#[cfg(test)]\nmod fixture;\nuse std::time::Instant;\n"),
            ("generator/src/page.rs", "//! A.\nuse edge::site::SiteData;\n"),
        ];
        for (path, text) in planted {
            assert_eq!(findings(&file(path, text)).len(), 1, "{path}: {text}");
        }
    }

    #[test]
    fn hosts_and_tests_are_free() {
        for (path, text) in [
            ("edge/src/hosts/native.rs", "//! A.\nuse std::fs;\nuse axum::Router;\n"),
            ("edge/src/app.rs", "//! A.\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n"),
            ("generator/src/serve/reload.rs", "//! A.\nuse edge::http::Response;\n"),
        ] {
            assert_eq!(findings(&file(path, text)), vec![], "{path}");
        }
    }
}
