//! What is deployed can be reached: under the address that the site has, with the tools that are tested.

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
