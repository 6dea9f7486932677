//! `/site.webmanifest`: what a browser calls the site, and its sign, where somebody keeps it among their programs
//! (<https://www.w3.org/TR/appmanifest/>). A theme that has a `favicon.svg` gets one. The drawing fits every size, and what was
//! made of it in points is for programs that show no drawings.

use serde_json::json;

use crate::{
    asset::Assets,
    config::Config,
    icons::{ICONS, SIGN},
};

/// Where it is.
pub(crate) const ADDRESS: &str = "/site.webmanifest";
/// The file, for a theme that has a sign.
pub(crate) fn text(config: &Config, assets: &Assets) -> Option<String> {
    let mut icons = vec![json!({ "src": assets.urls.get(SIGN)?, "sizes": "any", "type": "image/svg+xml" })];
    for icon in ICONS {
        let (Some(purpose), Some(url)) = (icon.purpose, assets.urls.get(icon.name)) else { continue };
        let sizes = format!("{0}x{0}", icon.size);
        icons.push(json!({ "src": url, "sizes": sizes, "type": "image/png", "purpose": purpose }));
    }
    let manifest = json!({
        "name": config.title,
        "description": config.description,
        "lang": config.language(),
        "id": "/",
        "start_url": "/",
        // It is a site and needs the browser's way back.
        "display": "browser",
        "icons": icons,
    });
    Some(format!("{manifest:#}\n"))
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
        let icons = manifest["icons"].as_array().expect("a list");
        let field = |icon: &serde_json::Value, name: &str| icon[name].as_str().unwrap_or_default().to_owned();
        let listed: Vec<String> =
            icons.iter().map(|icon| field(icon, "sizes") + " " + &field(icon, "purpose")).collect();
        assert_eq!(listed, ["any ", "192x192 any", "512x512 any", "512x512 maskable"]);
        for icon in icons.iter().map(|icon| field(icon, "src")) {
            assert!(icon.starts_with("/assets/") && fixture.has_output(icon.trim_start_matches('/')), "{icon}");
        }
    }

    #[test]
    fn a_site_without_one_has_no_manifest() {
        let fixture = Fixture::themed();
        fixture.build().expect("the site builds");
        assert!(!fixture.has_output("site.webmanifest"));
    }
}
