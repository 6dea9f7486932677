//! Reads the policy folders: the versions of each, its lock, and whether the two agree.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{
    Policy, Version,
    comparison::Comparisons,
    dates,
    lock::{self, Lock},
};
use crate::{
    config::Config,
    diagnostic::Diagnostic,
    document::{self, Document},
    site::{Edition, folder_of, keep_good},
    source::Tree,
};

/// Folders that may be policies, because their own page says what kind they are.
pub(crate) fn possible(content: &Tree) -> Vec<String> {
    let indexes = content.iter().filter_map(|(path, text)| Some((path.strip_suffix("_index.md")?, text)));
    let says_kind =
        |text: &[u8]| str::from_utf8(text).ok().and_then(document::head).is_some_and(|head| head.contains("kind"));
    let has_kind = indexes.filter(|(_, text)| says_kind(text));
    has_kind.map(|(folder, _)| folder.to_owned()).collect()
}

/// The documents whose folders have these addresses. What cannot be read or is not as it was published is a problem,
/// whether or not the site shows it at its moment.
pub(crate) fn read(
    versions: Vec<Document>,
    folders: &BTreeSet<String>,
    (content, config, edition): (&Tree, &Config, Edition),
    problems: &mut Vec<Diagnostic>,
) -> Vec<Policy> {
    if problems.is_empty() {
        // With folders that could not be read nobody knows which of them are policies.
        problems.extend(stray_locks(content, folders));
    }
    let mut versions_of: BTreeMap<&str, Vec<Version>> = folders.iter().map(|path| (path.as_str(), vec![])).collect();
    let read = |document| Version::read(document, content, &config.time_zone);
    let versions = keep_good(versions.into_par_iter().map(read).collect(), problems);
    problems.extend(versions.par_iter().flat_map_iter(dates::findings).collect::<Vec<_>>());
    for version in versions {
        if let Some(versions) = versions_of.get_mut(folder_of(&version.document.file).as_str()) {
            versions.push(version);
        }
    }
    let policies = versions_of.into_iter().filter_map(|(path, mut versions)| {
        versions.sort_by(|a, b| (a.effective_at, &a.id).cmp(&(b.effective_at, &b.id)));
        let lock = Lock::read(content, path).map_err(|found| problems.extend(found)).ok()?;
        problems.extend(lock.verify(&versions, content));
        Some(policy(path, versions, lock, edition))
    });
    policies.collect()
}

/// Parts the versions by who may see them.
fn policy(path: &str, versions: Vec<Version>, lock: Lock, edition: Edition) -> Policy {
    let mut policy = Policy {
        path: path.to_owned(),
        versions: vec![],
        pending: vec![],
        drafts: vec![],
        lock,
        comparisons: Comparisons::default(),
    };
    for version in versions {
        if version.front.draft && !edition.drafts {
            policy.drafts.push(version);
        } else if version.published_at > edition.at && !version.front.draft {
            policy.pending.push(version);
        } else {
            policy.versions.push(version);
        }
    }
    policy.compared(edition.at)
}

/// Locks of folders that are no policies: whoever takes the kind away takes the versions away.
fn stray_locks(content: &Tree, folders: &BTreeSet<String>) -> Vec<Diagnostic> {
    let locks = content.iter().map(|(path, _)| path).filter(|path| path.rsplit('/').next() == Some(lock::NAME));
    let stray = locks.filter(|path| !folders.contains(&folder_of(path))).map(|path| {
        Diagnostic::file(path, "is the lock of published versions, and its folder is no policy")
            .hint("write `kind: policy` into the folder's `_index.md`: what is published stays")
    });
    stray.collect()
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Fixture, POLICY};

    #[test]
    fn a_version_is_seen_from_the_day_it_is_published() {
        let second =
            POLICY.replace("2025-03-31", "2026-06-01").replace("published: 2025-03-01", "published: 2026-04-01");
        let fixture = Fixture::site().with("content/privacy/2026-06-01.md", second).locked();
        let seen = || {
            let page = fixture.has_output("privacy/2026-06-01/index.html");
            let lists = ["site.json", "feed.xml", "sitemap.xml", ".well-known/policy-log.json"];
            let listed = lists.map(|file| fixture.output(file).contains("2026-06-01"));
            (page, listed)
        };
        fixture.build_at("2026-03-31T23:59:59Z").expect("the site builds");
        assert_eq!(seen(), (false, [false; 4]));
        fixture.build_at("2026-04-01T00:00:00Z").expect("the site builds");
        // A search engine is not told of what does not bind yet.
        assert_eq!(seen(), (true, [true, true, false, true]));
    }

    #[test]
    fn a_version_that_is_not_shown_yet_is_verified() {
        let second =
            POLICY.replace("2025-03-31", "2026-06-01").replace("published: 2025-03-01", "published: 2026-04-01");
        let fixture = Fixture::site().with("content/privacy/2026-06-01.md", &second).locked();
        let fixture = fixture.with("content/privacy/2026-06-01.md", second.replace("sell", "trade"));
        let problems = fixture.build_at("2026-01-01T00:00:00Z").expect_err("a version changed");
        assert!(problems[0].message.starts_with("version 2026-06-01 is published"), "{}", problems[0]);
    }

    #[test]
    fn before_anything_is_published_the_build_says_when_that_will_be() {
        let fixture = Fixture::site();
        let summary = fixture.build_at("2025-02-28T23:59:59Z").expect("the site builds");
        let hint = summary.warnings[0].hint.as_deref();
        assert_eq!(hint, Some("version 2025-03-31 is published at 2025-03-01T00:00:00Z"));
    }

    #[test]
    fn a_lock_makes_its_folder_a_policy_for_good() {
        let problem = Fixture::site().with("content/docs/policy.lock", "").problem();
        assert_eq!(problem.file, "content/docs/policy.lock");
        assert!(problem.hint.is_some_and(|hint| hint.contains("kind: policy")));
    }
}
