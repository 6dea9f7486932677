//! The colour that stands in the room of a picture until it is there: its mean, as an eye far away would see it.
//!
//! It is told in numbers, because a style in the tag is what the security policy is there to keep out, and numbers are what a
//! style sheet can read from attributes and checkers of styles understand.

use image::DynamicImage;
use serde::{Deserialize, Serialize};

use super::tag::Tag;

/// Of a colour that is lighter than this, black stands out more than white does, and from this one both do by 4.58 to 1
/// (<https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>).
const MIDDLE: f64 = 0.179;

/// A colour: red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tone([u8; 3]);

impl Tone {
    /// The mean of what a picture shows. None of one that lets something through: the room would show where nothing is meant to.
    pub(super) fn of(image: &DynamicImage) -> Option<Self> {
        let DynamicImage::ImageRgb8(image) = image else { return None };
        // Light adds up, and the numbers of colours are nearly the roots of it. Whole numbers are the same on every machine.
        let sum = image.pixels().fold([0_u64; 3], |sum, pixel| {
            std::array::from_fn(|at| sum[at] + u64::from(pixel.0[at]) * u64::from(pixel.0[at]))
        });
        let count = u64::from(image.width()) * u64::from(image.height());
        let mean = |sum: u64| u8::try_from(sum.checked_div(count)?.isqrt()).ok();
        Some(Self([mean(sum[0])?, mean(sum[1])?, mean(sum[2])?]))
    }

    /// Whether words in black can be read on it, or words in white.
    fn word(self) -> &'static str {
        let light = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(light);
        if 0.0722_f64.mul_add(blue, 0.2126_f64.mul_add(red, 0.7152 * green)) > MIDDLE { "light" } else { "dark" }
    }

    /// Tells it to the styles of a page. Who says something themselves, also nothing, is not contradicted.
    pub(super) fn tell(self, tag: &mut Tag) {
        if tag.get("data-tone").is_some() {
            return;
        }
        tag.set("data-tone", self.word());
        for (name, value) in ["data-red", "data-green", "data-blue"].into_iter().zip(self.0) {
            tag.set(name, value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, RgbaImage};

    use super::{super::tag, *};

    fn tone(image: RgbImage) -> Option<Tone> {
        Tone::of(&image.into())
    }

    fn told(colour: [u8; 3], html: &str) -> String {
        let mut tags = tag::find(html);
        Tone(colour).tell(&mut tags[0]);
        tags[0].html()
    }

    #[test]
    fn one_colour_is_its_own_mean_in_a_picture_of_any_size() {
        for size in [1, 7, 300] {
            for colour in [[0, 0, 0], [255, 255, 255], [1, 128, 254]] {
                assert_eq!(tone(RgbImage::from_pixel(size, size, Rgb(colour))), Some(Tone(colour)));
            }
        }
    }

    #[test]
    fn points_of_two_colours_become_what_an_eye_sees_of_them() {
        let board = RgbImage::from_fn(64, 64, |x, y| Rgb(if (x + y) % 2 == 0 { [255, 0, 0] } else { [0, 255, 0] }));
        // Half of the light of 255 is 188 on a screen; half of the number, 128, would be a fifth of the light.
        let Some(Tone([red, green, 0])) = tone(board) else { panic!("no blue in it") };
        assert!(red == green && (180..=190).contains(&red), "{red} {green}");
    }

    #[test]
    fn what_lets_something_through_has_no_tone() {
        assert_eq!(Tone::of(&RgbaImage::new(4, 4).into()), None);
        assert_eq!(tone(RgbImage::new(0, 0)), None);
    }

    #[test]
    fn a_tone_is_told_in_numbers_with_the_side_on_which_words_can_be_read() {
        let html = "<img src=\"a\" alt=\"b\">";
        let (light, dark) = (told([200, 210, 7], html), told([0, 0, 255], html));
        let numbers = "data-red=\"200\" data-green=\"210\" data-blue=\"7\"";
        assert_eq!(light, format!("<img src=\"a\" alt=\"b\" data-tone=\"light\" {numbers}>"));
        assert!(dark.contains("data-tone=\"dark\" data-red=\"0\" data-green=\"0\" data-blue=\"255\""), "{dark}");
        // A grey of 117 is the last that is darker than the middle.
        assert!(told([117; 3], html).contains("dark") && told([118; 3], html).contains("light"));
        let own = "<img src=\"a\" data-tone=\"\">";
        assert_eq!(told([0, 0, 0], own), own);
    }
}
