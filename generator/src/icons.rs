//! The site's sign in points, for programs that show no SVG: a tab of a browser, the screen of a phone, a list of programs. They are
//! made of the theme's one drawing, so that there is nothing else to keep up to date.

use std::{collections::BTreeMap, path::Path};

use resvg::tiny_skia::{Color, Pixmap};

use crate::{
    asset::{self, Assets},
    diagnostic::Diagnostic,
    drawing::{Canvas, Fonts, png},
    image::cache::{Cache, DRAWINGS},
    theme::Theme,
};

/// The asset that is the site's sign.
pub(crate) const SIGN: &str = "favicon.svg";

/// Changes with whatever makes other bytes of the same drawing.
const RECIPE: &str = "icon 1, resvg 0.49";

/// The size at which the colour is looked for that the sign has most of.
const LOOK: u32 = 64;

/// A sign in points.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Icon {
    /// What a template calls it: `asset(path="icon-32.png")`.
    pub(crate) name: &'static str,
    pub(crate) size: u32,
    /// What the manifest says it is for, where it lists it.
    pub(crate) purpose: Option<&'static str>,
    /// Which part of the picture the sign takes up, in hundredths.
    part: u8,
    /// Whether its own colour fills the rest, for systems that cut the picture into their own shape.
    is_filled: bool,
}

/// All of them. Of the last one a circle of four fifths is sure to be seen (<https://www.w3.org/TR/appmanifest/#icon-masks>).
pub(crate) const ICONS: [Icon; 5] = [
    Icon { name: "icon-32.png", size: 32, purpose: None, part: 100, is_filled: false },
    Icon { name: "apple-touch-icon.png", size: 180, purpose: None, part: 100, is_filled: true },
    Icon { name: "icon-192.png", size: 192, purpose: Some("any"), part: 100, is_filled: false },
    Icon { name: "icon-512.png", size: 512, purpose: Some("any"), part: 100, is_filled: false },
    Icon { name: "icon-maskable-512.png", size: 512, purpose: Some("maskable"), part: 80, is_filled: true },
];

/// Adds the icons to the assets of a theme that has a sign. One that the theme brings itself stays as it is.
pub(crate) fn add(assets: &mut Assets, theme: &Theme, root: &Path) -> Result<(), Vec<Diagnostic>> {
    let Some(svg) = assets.urls.get(SIGN).and_then(|url| assets.files.get(url)) else { return Ok(()) };
    let failed = |error: String| {
        let problem = Diagnostic::file(&theme.asset_file(SIGN), format!("cannot be drawn: {error}"));
        vec![problem.hint("save it as a plain SVG with a `viewBox` that is square")]
    };
    let text = str::from_utf8(svg).map_err(|error| failed(error.to_string()))?;
    let cache = Cache::new(root, DRAWINGS);
    let mut drawn = Vec::new();
    for icon in ICONS.into_iter().filter(|icon| !assets.urls.contains_key(icon.name)) {
        let key = Cache::key(&format!("{RECIPE} {icon:?}"), svg);
        let known = cache.get(&key);
        let is_known = known.is_some();
        let png = known.map_or_else(|| draw(theme, text, icon), Ok).map_err(failed)?;
        if !is_known {
            cache.put(&key, &png);
        }
        drawn.push((icon.name, png));
    }
    for (name, png) in drawn {
        let url = asset::address(name, &png);
        assets.urls.insert(name.to_owned(), url.clone());
        assets.files.insert(url, png);
    }
    Ok(())
}

fn draw(theme: &Theme, svg: &str, icon: Icon) -> Result<Vec<u8>, String> {
    let fonts = Fonts::new(theme.fonts.iter().map(Vec::as_slice));
    let canvas = |size, part, ground| Canvas { width: size, height: size, part, ground };
    let ground = if icon.is_filled {
        most(&fonts.draw(svg, canvas(LOOK, 100, Color::TRANSPARENT))?.pixmap)
    } else {
        Color::TRANSPARENT
    };
    let drawn = fonts.draw(svg, canvas(icon.size, icon.part, ground))?;
    png::encode(&drawn.pixmap).map_err(|error| error.to_string())
}

/// The opaque colour that a picture has most of; white where there is none.
fn most(pixmap: &Pixmap) -> Color {
    let mut counts: BTreeMap<[u8; 3], usize> = BTreeMap::new();
    for point in pixmap.pixels().iter().filter(|point| point.alpha() == u8::MAX) {
        *counts.entry([point.red(), point.green(), point.blue()]).or_default() += 1;
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map_or(Color::WHITE, |([red, green, blue], _)| Color::from_rgba8(red, green, blue, u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    /// A green door with a round corner and a white lock.
    const DOOR: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\"><rect x=\"2\" y=\"2\" width=\"28\" height=\"28\" \
        rx=\"8\" fill=\"#0c6b57\"/><circle cx=\"16\" cy=\"16\" r=\"4\" fill=\"#fff\"/></svg>";

    /// The icon of a site by its name.
    fn icon(fixture: &Fixture, name: &str) -> image::RgbaImage {
        let stem = format!("assets/{}.", name.trim_end_matches(".png"));
        let outputs = fixture.outputs();
        let found = outputs.iter().find(|(path, _)| path.to_string_lossy().starts_with(&stem));
        let (_, png) = found.unwrap_or_else(|| panic!("{name} is there"));
        image::load_from_memory(png).expect("a picture").into_rgba8()
    }

    #[test]
    fn a_sign_becomes_icons_of_every_size_that_somebody_asks_for() {
        let page =
            "<title>A</title><link rel=\"apple-touch-icon\" href=\"{{ asset(path=\"apple-touch-icon.png\") }}\">";
        let fixture =
            Fixture::themed().with("themes/own/assets/favicon.svg", DOOR).with("themes/own/templates/page.html", page);
        fixture.build().expect("the site builds");
        for Icon { name, size, is_filled, .. } in ICONS {
            let icon = icon(&fixture, name);
            assert_eq!(icon.dimensions(), (size, size), "{name}");
            assert_eq!(icon.get_pixel(size / 2, size / 2).0, [255; 4], "{name}");
            let corner = if is_filled { [12, 107, 87, 255] } else { [0; 4] };
            assert_eq!(icon.get_pixel(0, 0).0, corner, "{name}");
        }
        assert!(fixture.output("features/index.html").contains("/assets/apple-touch-icon."));
        let first = fixture.outputs();
        std::fs::remove_dir_all(fixture.root().join("public")).expect("removed");
        fixture.build().expect("the site builds");
        assert_eq!(fixture.outputs(), first, "the cache has them as they were");
    }

    #[test]
    fn an_icon_of_the_theme_stays_as_it_is() {
        let own = crate::fixture::png(32, 32);
        let fixture =
            Fixture::themed().with("themes/own/assets/favicon.svg", DOOR).with("themes/own/assets/icon-32.png", &own);
        fixture.build().expect("the site builds");
        assert!(fixture.outputs().values().any(|bytes| *bytes == own));
    }

    #[test]
    fn a_site_without_a_sign_has_none() {
        let fixture = Fixture::themed();
        fixture.build().expect("the site builds");
        assert!(fixture.outputs().keys().all(|path| !path.to_string_lossy().contains("icon")));
        assert!(!fixture.root().join(DRAWINGS).exists());
    }
}
