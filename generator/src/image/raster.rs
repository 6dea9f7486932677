//! A picture of points, from its bytes: what is wrong with it, how large it is, and what it shows, in the colours and the
//! way up that a browser would show it.

use std::{collections::HashSet, io::Cursor};

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, Limits,
    codecs::{jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder},
    metadata::Orientation,
};
use moxcms::{ColorProfile, Layout, TransformOptions};

use crate::{diagnostic::Diagnostic, source};

/// More than any camera that a site's editor has, and few enough to be in memory.
const PIXELS_MAX: u64 = 50_000_000;

/// What a decoder may take: every pixel with four colours of two bytes, and room to work.
const DECODER_BYTES_MAX: u64 = PIXELS_MAX * 8 + 64 * 1024 * 1024;

/// A picture with more colours is a photo.
const DRAWING_COLOURS_MAX: usize = 4096;

/// The kinds of pictures that browsers show and this can read, with their extensions.
const FORMATS: &[(ImageFormat, &str, &[&str])] = &[
    (ImageFormat::Png, "a PNG", &["png"]),
    (ImageFormat::Jpeg, "a JPEG", &["jpg", "jpeg"]),
    (ImageFormat::WebP, "a WebP", &["webp"]),
    (ImageFormat::Gif, "a GIF", &["gif"]),
];

/// The format that a file's name says, where it is one of those.
pub(super) fn format(name: &str) -> Option<ImageFormat> {
    let is_of = |extensions: &[&str]| extensions.iter().any(|extension| source::has_extension(name, extension));
    FORMATS.iter().find(|(_, _, extensions)| is_of(extensions)).map(|(format, ..)| *format)
}

/// A picture that was read.
#[derive(Debug)]
pub(super) struct Raster {
    pub(super) format: ImageFormat,
    /// RGB, or RGBA where something shines through.
    pub(super) image: DynamicImage,
    /// Whether it has few colours, as screens and diagrams have.
    pub(super) is_drawing: bool,
    /// Whether the bytes of the file show just this, without a turn and without colours of their own.
    pub(super) is_plain: bool,
}

/// What a file is.
#[derive(Debug)]
pub(super) enum Read {
    Still(Box<Raster>),
    /// Something that moves, with its size.
    Moving(u32, u32),
}

/// Reads a picture.
pub(super) fn read(file: &str, bytes: &[u8], format: ImageFormat) -> Result<Read, Diagnostic> {
    honest(file, bytes, format)?;
    let broken = |error: ImageError| broken(file, &error);
    if format == ImageFormat::Gif {
        let size = |at: usize| Some(u32::from(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])));
        let (Some(width), Some(height)) = (size(6), size(8)) else {
            return Err(Diagnostic::file(file, "is a broken picture: it ends too early").hint(AGAIN));
        };
        return Ok(Read::Moving(width, height));
    }
    let (mut decoder, is_moving) = open(bytes, format).map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > PIXELS_MAX {
        let message = format!("has {} million pixels, {width} by {height}", pixels / 1_000_000);
        return Err(Diagnostic::file(file, message)
            .hint(format!("no screen shows them: make it smaller, {} million at most", PIXELS_MAX / 1_000_000)));
    }
    if is_moving {
        return Ok(Read::Moving(width, height));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    // A profile that cannot be read is none, as browsers have it.
    let profile = decoder.icc_profile().ok().flatten();
    let mut image = DynamicImage::from_decoder(decoder).map_err(broken)?;
    image.apply_orientation(orientation);
    let is_plain = orientation == Orientation::NoTransforms && profile.is_none();
    let image = seen(image, profile.as_deref());
    let is_drawing = format != ImageFormat::Jpeg && has_few_colours(&image);
    Ok(Read::Still(Box::new(Raster { format, image, is_drawing, is_plain })))
}

const AGAIN: &str = "open it in a program for pictures and save it again";

fn broken(file: &str, error: &ImageError) -> Diagnostic {
    Diagnostic::file(file, format!("is a broken picture: {error}")).hint(AGAIN)
}

/// A name says what a file is, and browsers are told the name's word for it.
fn honest(file: &str, bytes: &[u8], format: ImageFormat) -> Result<(), Diagnostic> {
    let word = |wanted| FORMATS.iter().find(|(format, ..)| *format == wanted).map(|(_, word, ends)| (*word, ends[0]));
    let (claim, _) = word(format).unwrap_or_default();
    match image::guess_format(bytes) {
        Ok(real) if real == format => Ok(()),
        Ok(real) => {
            let known = word(real);
            let what = known.map_or("another picture", |(word, _)| word);
            let finding = Diagnostic::file(file, format!("is {what}, and its name says that it is {claim}"));
            Err(match known {
                Some((_, end)) => finding.hint(format!("let its name end with `.{end}`")),
                None => finding.hint("save it as PNG, JPEG or WebP"),
            })
        }
        Err(_) => {
            Err(Diagnostic::file(file, format!("is not {claim}, nor any other picture that is known")).hint(AGAIN))
        }
    }
}

/// A decoder that has read the head of a picture, and whether the picture moves.
fn open(bytes: &[u8], format: ImageFormat) -> Result<(Box<dyn ImageDecoder + '_>, bool), ImageError> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODER_BYTES_MAX);
    let bytes = Cursor::new(bytes);
    let (mut decoder, is_moving): (Box<dyn ImageDecoder + '_>, bool) = match format {
        ImageFormat::Png => {
            let decoder = PngDecoder::with_limits(bytes, limits.clone())?;
            let is_moving = decoder.is_apng()?;
            (Box::new(decoder), is_moving)
        }
        ImageFormat::WebP => {
            let decoder = WebPDecoder::new(bytes)?;
            let is_moving = decoder.has_animation();
            (Box::new(decoder), is_moving)
        }
        _ => (Box::new(JpegDecoder::new(bytes)?), false),
    };
    // Too many pixels are told in words of our own.
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) <= PIXELS_MAX {
        decoder.set_limits(limits)?;
    }
    Ok((decoder, is_moving))
}

/// The picture in eight bits and the colours of the web.
fn seen(image: DynamicImage, profile: Option<&[u8]>) -> DynamicImage {
    let mut image = image.into_rgba8();
    let profile = profile.and_then(|profile| ColorProfile::new_from_slice(profile).ok());
    let transform = profile.and_then(|profile| {
        let web = ColorProfile::new_srgb();
        profile.create_transform_8bit(Layout::Rgba, &web, Layout::Rgba, TransformOptions::default()).ok()
    });
    if let Some(transform) = transform {
        let mut turned = vec![0; image.as_raw().len()];
        if transform.transform(image.as_raw(), &mut turned).is_ok() {
            image.copy_from_slice(&turned);
        }
    }
    let is_opaque = image.pixels().all(|pixel| pixel.0[3] == u8::MAX);
    let image = DynamicImage::ImageRgba8(image);
    if is_opaque { DynamicImage::ImageRgb8(image.into_rgb8()) } else { image }
}

fn has_few_colours(image: &DynamicImage) -> bool {
    let mut colours = HashSet::new();
    let size = usize::from(image.color().bytes_per_pixel());
    image.as_bytes().chunks_exact(size).all(|pixel| {
        colours.insert(pixel);
        colours.len() <= DRAWING_COLOURS_MAX
    })
}
