//! What becomes of one picture: widths for every screen, in the smallest format that the newer browsers know and one that
//! all of them know. The same bytes give the same variants on every machine, so encoders run on one thread each; AVIF is made by
//! the crate `avif`.

use avif::Kind;
use image::{
    DynamicImage, ImageFormat, RgbaImage,
    codecs::{
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType, PngEncoder},
        webp::WebPEncoder,
    },
    imageops::FilterType as Resampling,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::raster::Raster;

/// Widths that are made of a wider picture: a phone, a phone with fine points, a screen.
const WIDTHS: &[u32] = &[480, 960, 1440];

/// What variants depend on besides the picture. A newer encoder makes other bytes, so a test holds this against the versions
/// in the build.
pub(super) const RECIPE: &str =
    "4 avif-serialize 0.8.9 image 0.25.10 image-webp 0.2.4 moxcms 0.8.1 png 0.18.1 rav1e 0.8.1";

const JPEG_QUALITY: u8 = 82;

/// A format of variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Format {
    Avif,
    Jpeg,
    Png,
    Webp,
}

impl Format {
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Avif => "avif",
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }

    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Avif => "image/avif",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}

/// A picture in one width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) width: u32,
    pub(super) bytes: Vec<u8>,
}

/// All widths of a picture in one format, the smallest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Series {
    pub(super) format: Format,
    pub(super) variants: Vec<Variant>,
}

impl Series {
    fn weight(&self) -> usize {
        self.variants.iter().map(|variant| variant.bytes.len()).sum()
    }
}

/// The widths to make of a picture, up to its own. One that is nearly the largest would be for nobody.
fn widths(own: u32) -> Vec<u32> {
    let largest = own.min(WIDTHS.last().copied().unwrap_or(own));
    let smaller = WIDTHS.iter().copied().filter(|width| width * 6 <= largest * 5);
    smaller.chain([largest]).collect()
}

/// Every series of a picture, the best first; the last is for every browser.
pub(super) fn make(raster: &Raster, original: &[u8]) -> Result<Vec<Series>, String> {
    let sizes = scaled(&raster.image);
    let has_alpha = raster.image.color().has_alpha();
    let common = if has_alpha || raster.is_drawing { Format::Png } else { Format::Jpeg };
    let formats = if raster.is_drawing { vec![Format::Avif, Format::Webp, common] } else { vec![Format::Avif, common] };
    let jobs: Vec<(Format, &DynamicImage)> =
        formats.iter().flat_map(|format| sizes.iter().map(move |image| (*format, image))).collect();
    let encoded: Vec<Vec<u8>> = jobs
        .into_par_iter()
        .map(|(format, image)| encode(format, image, raster.is_drawing))
        .collect::<Result<_, String>>()?;
    let mut encoded = encoded.into_iter();
    let series = formats.into_iter().map(|format| {
        let variants = sizes.iter().zip(encoded.by_ref());
        let variants = variants.map(|(image, bytes)| Variant { width: image.width(), bytes }).collect();
        Series { format, variants }
    });
    let mut series: Vec<Series> = series.collect();
    let Some(mut common) = series.pop() else { return Ok(series) };
    keep_original(&mut common, raster, original);
    let best = series.into_iter().min_by_key(Series::weight).filter(|best| best.weight() < common.weight());
    Ok(best.into_iter().chain([common]).collect())
}

/// Somebody may have saved the picture better than we do.
fn keep_original(common: &mut Series, raster: &Raster, original: &[u8]) {
    let is_same = match common.format {
        Format::Png => raster.format == ImageFormat::Png,
        Format::Jpeg => raster.format == ImageFormat::Jpeg,
        Format::Avif | Format::Webp => false,
    };
    if let Some(last) = common.variants.last_mut()
        && is_same
        && raster.is_plain
        && last.width == raster.image.width()
        && original.len() < last.bytes.len()
    {
        last.bytes = original.to_vec();
    }
}

/// The picture in each width, the smallest first; each is made of the next larger one.
fn scaled(image: &DynamicImage) -> Vec<DynamicImage> {
    let mut sizes: Vec<DynamicImage> = Vec::new();
    for width in widths(image.width()).into_iter().rev() {
        let from = sizes.last().unwrap_or(image);
        let resized = if width == from.width() { from.clone() } else { resize(from, width, image) };
        sizes.push(resized);
    }
    sizes.reverse();
    sizes
}

/// A smaller picture. Colours count as much as they show, or what is clear would bleed into what is not.
fn resize(from: &DynamicImage, width: u32, whole: &DynamicImage) -> DynamicImage {
    let height = u64::from(whole.height()) * u64::from(width) + u64::from(whole.width()) / 2;
    let height = u32::try_from(height / u64::from(whole.width().max(1))).unwrap_or(u32::MAX).max(1);
    match from {
        DynamicImage::ImageRgba8(image) => {
            let mut image = image.clone();
            weigh(&mut image, |colour, alpha| (colour * alpha + 127) / 255);
            let small = DynamicImage::ImageRgba8(image).resize_exact(width, height, Resampling::Lanczos3);
            let mut small = small.into_rgba8();
            weigh(&mut small, |colour, alpha| (colour * 255 + alpha / 2).checked_div(alpha).unwrap_or(0));
            DynamicImage::ImageRgba8(small)
        }
        other => other.resize_exact(width, height, Resampling::Lanczos3),
    }
}

fn weigh(image: &mut RgbaImage, by: impl Fn(u32, u32) -> u32) {
    for pixel in image.pixels_mut() {
        let alpha = u32::from(pixel.0[3]);
        for colour in &mut pixel.0[..3] {
            *colour = u8::try_from(by(u32::from(*colour), alpha)).unwrap_or(u8::MAX);
        }
    }
}

fn encode(format: Format, image: &DynamicImage, is_drawing: bool) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let written = match format {
        Format::Avif => return avif(image, is_drawing),
        Format::Jpeg => image.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)),
        Format::Png => {
            let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Adaptive);
            image.write_with_encoder(encoder)
        }
        Format::Webp => image.write_with_encoder(WebPEncoder::new_lossless(&mut bytes)),
    };
    written.map(|()| bytes).map_err(|error| error.to_string())
}

fn avif(image: &DynamicImage, is_drawing: bool) -> Result<Vec<u8>, String> {
    let kind = if is_drawing { Kind::Drawing } else { Kind::Photo };
    avif::encode(&image.to_rgba8(), image.width(), image.height(), kind)
}
