//! Points into a small PNG. A drawing has few colours, and those between them that smooth its edges: the 256 most frequent are
//! all that an eye sees, and each point says which of them it has in one byte.

use std::collections::{BTreeMap, HashMap};

use png::{BitDepth, ColorType, DeflateCompression, Encoder, EncodingError, Filter};
use resvg::tiny_skia::{Pixmap, PremultipliedColorU8};

/// Colours that a byte can number.
const COLOURS_MAX: usize = 256;

/// How far a colour may be from the one that stands for it, in each of its four parts. A drawing with more between, such as a
/// gradient, keeps its colours.
const FAR: u8 = 24;

/// As small as deflate gets.
const LEVEL: u8 = 9;

/// Red, green, blue and how opaque.
type Colour = [u8; 4];

/// Points of one colour side by side, and how many they are.
type Run = (Colour, usize);

/// A PNG of the points.
pub(crate) fn encode(pixmap: &Pixmap) -> Result<Vec<u8>, EncodingError> {
    let runs = runs(pixmap);
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, pixmap.width(), pixmap.height());
    encoder.set_depth(BitDepth::Eight);
    encoder.set_deflate_compression(DeflateCompression::Level(LEVEL));
    let mut data = Vec::new();
    if let Some(Palette { colours, numbers }) = Palette::of(&runs) {
        encoder.set_color(ColorType::Indexed);
        encoder.set_filter(Filter::NoFilter);
        encoder
            .set_palette(colours.iter().flat_map(|[red, green, blue, _]| [*red, *green, *blue]).collect::<Vec<u8>>());
        if colours.iter().any(|colour| colour[3] < u8::MAX) {
            encoder.set_trns(colours.iter().map(|colour| colour[3]).collect::<Vec<u8>>());
        }
        for (colour, count) in runs {
            // Every colour has one that stands for it.
            data.resize(data.len() + count, numbers.get(&colour).copied().unwrap_or_default());
        }
    } else {
        encoder.set_color(ColorType::Rgba);
        encoder.set_filter(Filter::Adaptive);
        for (colour, count) in runs {
            data.extend(colour.repeat(count));
        }
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&data)?;
    writer.finish()?;
    Ok(file)
}

/// The points in their order. Most have the colour of the one before, so what follows has to look at few.
fn runs(pixmap: &Pixmap) -> Vec<Run> {
    let mut runs: Vec<(&PremultipliedColorU8, usize)> = Vec::new();
    let mut rest = pixmap.pixels();
    while let Some(first) = rest.first() {
        let count = rest.iter().position(|point| point != first).unwrap_or(rest.len());
        runs.push((first, count));
        rest = &rest[count..];
    }
    let plain = |(point, count): (&PremultipliedColorU8, usize)| {
        let point = point.demultiply();
        ([point.red(), point.green(), point.blue(), point.alpha()], count)
    };
    runs.into_iter().map(plain).collect()
}

/// The colours that stand for all, and which of them stands for each.
struct Palette {
    colours: Vec<Colour>,
    numbers: HashMap<Colour, u8>,
}

impl Palette {
    /// `None` where so few do not do.
    fn of(runs: &[Run]) -> Option<Self> {
        let mut counts: HashMap<Colour, usize> = HashMap::new();
        for (colour, count) in runs {
            *counts.entry(*colour).or_default() += count;
        }
        let mut frequent: Vec<(usize, Colour)> = counts.iter().map(|(colour, count)| (*count, *colour)).collect();
        frequent.sort_unstable_by(|a, b| b.cmp(a));
        let mut colours: Vec<Colour> = frequent.iter().take(COLOURS_MAX).map(|(_, colour)| *colour).collect();
        // In an order of their own, so that near colours have near numbers.
        colours.sort_unstable_by_key(|colour| (colour[3], *colour));
        let known: BTreeMap<Colour, u8> = colours.iter().copied().zip(0..=u8::MAX).collect();
        let number = |colour: Colour| {
            let exact = known.get(&colour).copied();
            exact.or_else(|| nearest(&colours, colour)).map(|number| (colour, number))
        };
        let numbers = counts.into_keys().map(number).collect::<Option<HashMap<Colour, u8>>>()?;
        Some(Self { colours, numbers })
    }
}

/// The number of the colour that is nearest, where one is near.
fn nearest(colours: &[Colour], colour: Colour) -> Option<u8> {
    let distance = |other: &Colour| other.iter().zip(colour).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum::<u32>();
    let (number, found) = (0..=u8::MAX).zip(colours).min_by_key(|(_, other)| distance(other))?;
    found.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= FAR).then_some(number)
}

#[cfg(test)]
mod tests {
    use resvg::tiny_skia::{Color, ColorU8};

    use super::*;

    fn drawn(colour: impl Fn(u32) -> Colour) -> Pixmap {
        let mut pixmap = Pixmap::new(64, 64).expect("a size");
        pixmap.fill(Color::WHITE);
        for (number, pixel) in (0_u32..).zip(pixmap.pixels_mut()) {
            let [red, green, blue, alpha] = colour(number);
            *pixel = ColorU8::from_rgba(red, green, blue, alpha).premultiply();
        }
        pixmap
    }

    fn decoded(png: &[u8]) -> image::RgbaImage {
        image::load_from_memory_with_format(png, image::ImageFormat::Png).expect("a PNG").into_rgba8()
    }

    #[test]
    fn few_colours_stay_as_they_are() {
        let pixmap = drawn(|number| if number % 3 == 0 { [12, 107, 87, 255] } else { [0, 0, 0, 0] });
        let png = encode(&pixmap).expect("it can be encoded");
        assert!(png.len() < 400, "{}", png.len());
        let shown = decoded(&png);
        assert_eq!((shown.get_pixel(0, 0).0, shown.get_pixel(1, 0).0[3]), ([12, 107, 87, 255], 0));
        assert_eq!(encode(&pixmap).expect("again"), png);
    }

    #[test]
    fn many_colours_that_are_near_each_other_share_one() {
        let low = |number: u32| number.to_le_bytes()[0];
        let near = drawn(|number| [low(number % 32) * 4, low(number / 32 % 32) * 4, 0, 255]);
        let png = encode(&near).expect("it can be encoded");
        let shown = decoded(&png);
        for (drawn, shown) in near.pixels().iter().zip(shown.pixels()) {
            let (red, green) = (drawn.red().abs_diff(shown.0[0]), drawn.green().abs_diff(shown.0[1]));
            assert!(red <= FAR && green <= FAR, "{drawn:?} {shown:?}");
        }
    }

    #[test]
    fn more_colours_than_that_are_all_kept() {
        let low = |number: u32| number.to_le_bytes()[0];
        let many = drawn(|number| [low(number % 64) * 4, low(number / 64) * 4, low(number * 7), 255]);
        let shown = decoded(&encode(&many).expect("it can be encoded"));
        let drawn = many.pixels().iter().map(|point| [point.red(), point.green(), point.blue(), point.alpha()]);
        assert!(drawn.eq(shown.pixels().map(|point| point.0)));
    }
}
