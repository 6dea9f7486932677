//! `/site.webmanifest`: what a browser calls the site, and its sign, where somebody keeps it among their programs
//! (<https://www.w3.org/TR/appmanifest/>). A theme that has a `favicon.svg` gets one; a drawing fits every size.

use serde_json::json;

use crate::config::Config;

/// Where it is.
pub(crate) const ADDRESS: &str = "/site.webmanifest";
/// The asset that is the site's sign.
pub(crate) const ICON: &str = "favicon.svg";

/// The file; `icon` is the address of the sign.
pub(crate) fn text(config: &Config, icon: &str) -> String {
    let manifest = json!({
        "name": config.title,
        "description": config.description,
        "lang": config.language(),
        "id": "/",
        "start_url": "/",
        // It is a site and needs the browser's way back.
        "display": "browser",
        "icons": [{ "src": icon, "sizes": "any", "type": "image/svg+xml" }],
    });
    format!("{manifest:#}\n")
}

#[cfg(test)]
mod tests {
    use crate::fixture::Fixture;

    const SIGN: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><path d=\"M0 0h1\"/></svg>";

    #[test]
    fn a_site_with_a_sign_says_what_it_is_called() {
        let fixture = Fixture::themed().with("themes/own/assets/favicon.svg", SIGN);
        fixture.build().expect("the site builds");
        let manifest: serde_json::Value = serde_json::from_str(&fixture.output("site.webmanifest")).expect("JSON");
        assert_eq!(manifest["name"], "Fixture");
        let icon = manifest["icons"][0]["src"].as_str().expect("an address").to_owned();
        assert!(icon.starts_with("/assets/favicon.") && fixture.has_output(icon.trim_start_matches('/')), "{icon}");
    }

    #[test]
    fn a_site_without_one_has_no_manifest() {
        let fixture = Fixture::themed();
        fixture.build().expect("the site builds");
        assert!(!fixture.has_output("site.webmanifest"));
    }
}
