//! What the documents and settings around the code say of it: where it is deployed to, with which tool, made of what.

use super::root;

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands behind `before` up to the next quotation mark.
fn quoted<'text>(text: &'text str, before: &str) -> Option<&'text str> {
    text.split_once(before)?.1.split('"').next()
}

/// Whether a deployment with this configuration answers at its own address.
fn is_reachable(wrangler: &str) -> bool {
    let host = quoted(wrangler, "SITE_URL = \"https://");
    let route = quoted(wrangler, "routes = [{ pattern = \"");
    host.is_some() && host == route && wrangler.contains("custom_domain = true }")
}

#[test]
fn the_deployed_edge_answers_at_the_address_of_the_site() {
    let wrangler = text("edge/wrangler.toml");
    assert!(is_reachable(&wrangler));
    assert!(!is_reachable(&wrangler.replace("routes =", "# routes =").replace("pattern", "")));
    assert!(!is_reachable(&wrangler.replace("SITE_URL = \"https://", "SITE_URL = \"https://www.")));
}

#[test]
fn the_readme_deploys_with_the_tool_that_is_tested() {
    let package = text("tests/package.json");
    let version = quoted(&package, "\"wrangler\": \"").expect("a version");
    let readme = text("README.md");
    let named: Vec<&str> =
        readme.split("npx wrangler").skip(1).map(|rest| rest.split(' ').next().unwrap_or("")).collect();
    assert!(
        named.len() >= 2 && named.iter().all(|name| *name == format!("@{version}")),
        "{named:?}, tested: {version}"
    );
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let manifest = text("Cargo.toml");
    let (_, after) = manifest.split_once("[workspace.dependencies]\n").expect("a table");
    let table = after.split("\n[").next().unwrap_or_default();
    let names = table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| Some(line.split_once(" = ")?.0));
    let architecture = text("ARCHITECTURE.md");
    let (_, why) = architecture.split_once("## Dependencies, and why").expect("a section");
    let words: Vec<&str> = why.split(|c: char| !c.is_alphanumeric() && !"-_".contains(c)).collect();
    let ours = ["avif", "edge", "generator"];
    let unexplained: Vec<&str> = names.filter(|name| !ours.contains(name) && !words.contains(name)).collect();
    assert!(unexplained.is_empty(), "not in ARCHITECTURE.md: {unexplained:?}");
}
