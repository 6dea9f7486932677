//! Drawings into points, for those who show no SVG: what is drawn is the same on every machine, because only fonts of the
//! theme are used and nothing is loaded by an address.

pub(crate) mod png;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use resvg::{
    tiny_skia::{Color, Pixmap, Transform},
    usvg::{self, FontResolver, ImageHrefResolver, Node, Options, Tree, fontdb},
};

/// The fonts of a theme.
#[derive(Debug, Clone)]
pub(crate) struct Fonts(Arc<fontdb::Database>);

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) family: &'a str,
    pub(crate) weight: u16,
    pub(crate) size: f32,
    /// Between letters, in the unit of the size.
    pub(crate) spacing: f32,
}

/// What a drawing became.
pub(crate) struct Drawn {
    pub(crate) pixmap: Pixmap,
    /// Letters that no font has: of each text the first, behind which none is looked for.
    pub(crate) missing: BTreeSet<char>,
}

/// How a drawing is laid upon the points.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Canvas {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Which part of the shorter side the drawing takes up, in hundredths.
    pub(crate) part: u8,
    /// What shows where the drawing is not.
    pub(crate) ground: Color,
}

impl Fonts {
    /// Text without a family is set in that of the first font, and so is text in a family that is not there.
    pub(crate) fn new<'a>(files: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut fonts = fontdb::Database::new();
        files.for_each(|bytes| fonts.load_font_data(bytes.to_vec()));
        let first = fonts.faces().next().and_then(|face| face.families.first()).map(|(name, _)| name.clone());
        if let Some(first) = first {
            fonts.set_serif_family(first);
        }
        Self(Arc::new(fonts))
    }

    /// The family that text without one is set in; empty where there are no fonts.
    pub(crate) fn family(&self) -> &str {
        if self.0.is_empty() { "" } else { self.0.family_name(&fontdb::Family::Serif) }
    }

    /// Draws, or tells what is wrong with the drawing.
    pub(crate) fn draw(&self, svg: &str, canvas: Canvas) -> Result<Drawn, String> {
        let missing = Mutex::default();
        let tree = self.tree(svg, &missing)?;
        let Canvas { width, height, part, ground } = canvas;
        let mut pixmap = Pixmap::new(width, height).ok_or("it has no size")?;
        pixmap.fill(ground);
        // Sizes of pictures are far below what a float counts exactly.
        #[expect(clippy::cast_precision_loss, reason = "see above")]
        let (wide, high) = (width as f32, height as f32);
        let size = tree.size();
        let scale = (wide / size.width()).min(high / size.height()) * f32::from(part) / 100.0;
        let (left, top) = ((wide - size.width() * scale) / 2.0, (high - size.height() * scale) / 2.0);
        let transform = Transform::from_row(scale, 0.0, 0.0, scale, left, top);
        resvg::render(&tree, transform, &mut pixmap.as_mut());
        drop(tree);
        Ok(Drawn { pixmap, missing: missing.into_inner().unwrap_or_else(PoisonError::into_inner) })
    }

    /// How wide a text is.
    pub(crate) fn width(&self, text: &str, setting: Setting<'_>) -> f32 {
        let Setting { family, weight, size, spacing } = setting;
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"><text font-family=\"{}\" font-weight=\"{weight}\" \
             font-size=\"{size}\" letter-spacing=\"{spacing}\">{}</text></svg>",
            crate::xml::escape(family),
            crate::xml::escape(text)
        );
        let missing = Mutex::default();
        let tree = self.tree(&svg, &missing);
        let width = |node: &Node| if let Node::Text(text) = node { Some(text.bounding_box().width()) } else { None };
        tree.ok().and_then(|tree| tree.root().children().iter().find_map(width)).unwrap_or_default()
    }

    fn tree(&self, svg: &str, missing: &Mutex<BTreeSet<char>>) -> Result<Tree, String> {
        let fallback = FontResolver::default_fallback_selector();
        let options = Options {
            font_family: self.family().to_owned(),
            fontdb: Arc::clone(&self.0),
            // A drawing that names a file would show whatever lies there.
            image_href_resolver: ImageHrefResolver {
                resolve_data: Box::new(|_, _, _| None),
                resolve_string: Box::new(|_, _| None),
            },
            font_resolver: FontResolver {
                select_font: FontResolver::default_font_selector(),
                select_fallback: Box::new(move |letter, used, fonts| {
                    let found = fallback(letter, used, fonts);
                    if found.is_none() && !letter.is_whitespace() {
                        missing.lock().unwrap_or_else(PoisonError::into_inner).insert(letter);
                    }
                    found
                }),
            },
            ..Options::default()
        };
        Tree::from_str(svg, &options).map_err(|error: usvg::Error| error.to_string())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The fonts of the theme that comes with the site.
    pub(crate) const FONT: &[u8] = include_bytes!("../../themes/plus/fonts/inter-semibold.ttf");

    fn setting(size: f32) -> Setting<'static> {
        Setting { family: "Inter", weight: 600, size, spacing: 0.0 }
    }

    #[test]
    fn text_is_as_wide_as_its_letters() {
        let fonts = Fonts::new([FONT].into_iter());
        assert_eq!(fonts.family(), "Inter");
        let width = |text: &str| fonts.width(text, setting(100.0));
        assert!((width("HH") - 2.0 * width("H")).abs() < 0.1, "{} {}", width("HH"), width("H"));
        assert!(width("W") > width("i") && width("i") > 10.0);
        let spaced = fonts.width("HH", Setting { spacing: 5.0, ..setting(100.0) });
        assert!(spaced > width("HH") + 4.0, "{spaced}");
        assert!((fonts.width("Hallo & <b>", setting(50.0)) * 2.0 - width("Hallo & <b>")).abs() < 0.5);
    }

    #[test]
    fn letters_that_no_font_has_are_told() {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"40\"><text y=\"30\">a日b本 ж</text></svg>";
        let canvas = Canvas { width: 100, height: 40, part: 100, ground: Color::WHITE };
        let drawn = Fonts::new([FONT].into_iter()).draw(svg, canvas).expect("it is a drawing");
        assert_eq!(drawn.missing.into_iter().collect::<String>(), "日");
    }

    #[test]
    fn a_drawing_shows_no_file_of_the_machine() {
        let folder = crate::fixture::Fixture::empty().with("a.svg", SQUARE);
        let file = folder.root().join("a.svg");
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><image width=\"9\" height=\"9\" href=\"{}\"/></svg>",
            file.display()
        );
        let canvas = Canvas { width: 9, height: 9, part: 100, ground: Color::WHITE };
        let drawn = Fonts::new(std::iter::empty()).draw(&svg, canvas).expect("it is a drawing");
        assert!(drawn.pixmap.data().iter().all(|byte| *byte == 255));
    }

    /// A green square.
    const SQUARE: &str =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><path fill=\"#080\" d=\"M0 0h9v9H0z\"/></svg>";

    #[test]
    fn a_drawing_lies_in_the_middle_of_its_ground() {
        let canvas = Canvas { width: 100, height: 100, part: 50, ground: Color::WHITE };
        let drawn = Fonts::new(std::iter::empty()).draw(SQUARE, canvas).expect("it is a drawing");
        let at = |x, y| drawn.pixmap.pixel(x, y).expect("inside").green();
        assert_eq!([at(50, 50), at(26, 26), at(73, 73)], [0x88; 3]);
        assert_eq!([at(23, 50), at(50, 76), at(0, 0)], [255; 3]);
    }
}
