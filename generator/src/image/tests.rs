//! What becomes of pictures in a whole build: in pages, in files, in the cache, and in what somebody is told.

use std::{fs, io::Cursor};

use image::{DynamicImage, GenericImageView, ImageFormat, RgbImage, Rgba, RgbaImage};

use super::*;
use crate::fixture::{Fixture, encoded, png};

fn low(number: u32) -> u8 {
    number.to_le_bytes()[0]
}

/// A picture with more colours than any drawing.
fn photo(width: u32, height: u32) -> DynamicImage {
    let noise = |x: u32, y: u32| (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).to_le_bytes();
    RgbImage::from_fn(width, height, |x, y| {
        let [a, b, ..] = noise(x / 3, y / 3);
        image::Rgb([low(x), low(y), a / 4 + b / 8])
    })
    .into()
}

/// A site with one page that shows a picture beside it.
fn with(name: &str, bytes: &[u8]) -> Fixture {
    let page = format!("---\ntitle: A\n---\n\n![Shown]({name})\n");
    Fixture::site().with("content/docs/a.md", page).with(&format!("content/docs/{name}"), bytes)
}

/// The addresses of a list of candidates with their widths.
fn candidates(html: &str) -> Vec<(String, u32)> {
    let lists = html.split("srcset=\"").skip(1).map(|rest| rest.split('"').next().expect("a value"));
    let pairs = lists.flat_map(|list| list.split(", ")).map(|one| one.split_once(' ').expect("a width"));
    pairs.map(|(address, width)| (address.to_owned(), width.trim_end_matches('w').parse().expect("digits"))).collect()
}

#[test]
fn a_picture_beside_a_page_is_shown_in_every_width_and_its_size_is_known() {
    let fixture = with("shot_1.png", &png(1100, 110));
    let fixture =
        fixture.with("content/docs/a.md", "---\ntitle: A\n---\n\n![A & \"b\"](shot_1.png)\n\n![C](/docs/shot_1.png)\n");
    fixture.build().expect("the site builds");
    let page = fixture.output("docs/a/index.html");
    let pictures: Vec<&str> = page.split("<picture>").skip(1).collect();
    assert_eq!(pictures.len(), 2, "{page}");
    let best = pictures[0].split('>').next().expect("a source");
    assert!(best.starts_with("<source type=\"image/webp\" srcset=\"/assets/shot-1-480."), "{best}");
    assert!(best.contains("sizes=\"(min-width: 42rem) 40rem, 100vw\""), "{best}");
    for part in ["width=\"1100\"", "height=\"110\"", "decoding=\"async\"", "alt=\"A &amp; “b”\""] {
        assert!(pictures[0].contains(part), "{part}: {page}");
    }
    assert!(!pictures[0].contains("loading"), "the first is in sight: {page}");
    assert!(pictures[1].contains("loading=\"lazy\"") && pictures[1].contains("sizes=\"auto, "), "{page}");
    let widths: Vec<u32> = candidates(pictures[0]).into_iter().map(|(_, width)| width).collect();
    assert_eq!(widths, [480, 1100, 480, 1100]);
    assert!(fixture.has_output("docs/shot_1.png"), "what somebody put there stays");
}

#[test]
fn a_photo_is_avif_and_jpeg_and_what_shines_through_is_png() {
    let fixture = with("a.jpg", &encoded(&photo(500, 100), ImageFormat::Jpeg));
    fixture.build().expect("the site builds");
    let page = fixture.output("docs/a/index.html");
    assert!(page.contains("type=\"image/avif\"") && page.contains(".jpg 500w"), "{page}");
    let clear: DynamicImage = RgbaImage::from_fn(300, 200, |x, y| Rgba([low(x), low(y), low(x * y), low(x)])).into();
    let fixture = with("b.webp", &encoded(&clear, ImageFormat::WebP));
    fixture.build().expect("the site builds");
    let page = fixture.output("docs/a/index.html");
    assert!(page.contains("type=\"image/avif\"") && page.contains(".png 300w"), "{page}");
}

/// What a page says of the colours of its pictures.
fn tones(page: &str) -> Vec<String> {
    let told = page.split("<img ").skip(1).filter_map(|rest| rest.split_once('>')?.0.split_once("data-tone="));
    told.map(|(_, told)| told.to_owned()).collect()
}

#[test]
fn the_room_of_a_picture_has_its_mean_colour_also_out_of_the_cache() {
    let flat = |colour| encoded(&RgbImage::from_pixel(40, 20, image::Rgb(colour)).into(), ImageFormat::Png);
    let fixture = with("p.png", &flat([9, 90, 200])).with("content/docs/q.png", flat([250, 240, 230])).with(
        "content/docs/a.md",
        "---\ntitle: A\n---\n\n![P](p.png)\n\n![Q](q.png)\n\n<img src=\"p.png\" data-tone alt=\"None\">\n",
    );
    let told = [
        "\"dark\" data-red=\"9\" data-green=\"90\" data-blue=\"200\"",
        "\"light\" data-red=\"250\" data-green=\"240\" data-blue=\"230\"",
        "\"\"",
    ];
    for _ in 0..2 {
        fixture.build().expect("the site builds");
        let found = tones(&fixture.output("docs/a/index.html"));
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found.iter().zip(told).all(|(found, told)| found.starts_with(told)), "{found:?}");
        drop(fs::remove_dir_all(fixture.root().join(crate::stamp::FOLDER)));
    }
    let clear: DynamicImage = RgbaImage::from_pixel(9, 9, Rgba([9, 9, 9, 254])).into();
    for (name, bytes) in
        [("c.png", encoded(&clear, ImageFormat::Png).as_slice()), ("m.gif", b"GIF89a\x1e\0\x14\0\x80\0\0")]
    {
        let fixture = with(name, bytes);
        fixture.build().expect("the site builds");
        assert!(tones(&fixture.output("docs/a/index.html")).is_empty(), "{name}");
    }
}

#[test]
fn what_somebody_chose_is_left_to_them() {
    let body = "<picture><source srcset=\"/docs/p.png 40w\"><img src=\"/docs/p.png\" alt></picture>\n\n\
                <img src=\"/docs/p.png\" srcset=\"/docs/p.png 2x\" alt>\n\n<img src=\"/docs/p.png\" width=\"20\" sizes=\"5rem\" alt>\n";
    let fixture = with("p.png", &png(40, 20)).with("content/docs/a.md", format!("---\ntitle: A\n---\n\n{body}"));
    fixture.build().expect("the site builds");
    let page = fixture.output("docs/a/index.html");
    assert_eq!(page.matches("/assets/p-40.").count(), 2, "only the last is made ready: {page}");
    assert_eq!(tones(&page).len(), 1, "what is shown instead may have other colours: {page}");
    assert!(page.contains("srcset=\"/docs/p.png 2x\""), "{page}");
    assert!(
        page.contains("width=\"20\"") && page.contains("height=\"10\"") && page.contains("sizes=\"5rem\""),
        "{page}"
    );
}

#[test]
fn variants_are_never_larger_than_the_picture_and_keep_its_shape() {
    for (width, height) in [(1, 1), (3, 2000), (479, 10), (575, 3), (576, 31), (577, 100), (1500, 7), (1441, 60)] {
        let fixture = with("p.png", &png(width, height));
        fixture.build().expect("the site builds");
        let found = candidates(&fixture.output("docs/a/index.html"));
        assert!(!found.is_empty());
        for (address, said) in found {
            let bytes = &fixture.outputs()[Path::new(address.trim_start_matches('/'))];
            if source::has_extension(&address, "avif") {
                assert!(said <= width, "{address}");
                continue;
            }
            let (wide, high) = image::load_from_memory(bytes).expect("a picture").dimensions();
            assert_eq!(wide, said, "{address}");
            assert!(wide <= width.min(1440) && high <= height, "{address}: {wide} by {high}");
            let ideal = f64::from(height) * f64::from(wide) / f64::from(width);
            assert!((f64::from(high) - ideal).abs() <= 1.0, "{address}: {wide} by {high}");
        }
    }
}

#[test]
fn the_same_pictures_give_the_same_bytes_with_and_without_a_cache() {
    let shared = "---\ntitle: A\n---\n\n![P](p.png) ![Q](q.jpg)\n";
    let fixture = with("p.png", &png(600, 60))
        .with("content/docs/q.jpg", encoded(&photo(500, 60), ImageFormat::Jpeg))
        .with("content/docs/a.md", shared);
    fixture.build().expect("the site builds");
    let (first, cache) = (fixture.outputs(), fixture.root().join(cache::FOLDER));
    // Where nothing changed there is nothing to build, so what a build knows of the one before is taken away.
    let build = || {
        drop(fs::remove_dir_all(fixture.root().join(crate::stamp::FOLDER)));
        fixture.build().expect("the site builds")
    };
    assert_eq!((build().files_written, fixture.outputs()), (0, first.clone()));
    let entries = || fs::read_dir(&cache).expect("a folder").map(|entry| entry.expect("readable").path());
    assert_eq!(entries().count(), 2);
    for entry in entries() {
        let mut bytes = fs::read(&entry).expect("readable");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&entry, bytes).expect("written");
    }
    let damaged: Vec<Vec<u8>> = entries().map(|entry| fs::read(entry).expect("readable")).collect();
    assert_eq!(build().files_written, 0);
    let mended: Vec<Vec<u8>> = entries().map(|entry| fs::read(entry).expect("readable")).collect();
    assert!(damaged.iter().zip(&mended).all(|(damaged, mended)| damaged != mended), "every entry was made anew");
    fs::remove_dir_all(&cache).expect("the cache may go at any time");
    build();
    assert_eq!(fixture.outputs(), first);
}

#[test]
fn any_number_of_threads_makes_the_same_variants() {
    let made = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let raster = |image: DynamicImage, is_drawing| raster::Raster {
            format: ImageFormat::WebP,
            image,
            is_drawing,
            is_plain: true,
        };
        pool.install(|| {
            let pictures = [raster(photo(500, 60), false), raster(photo(600, 40), true)];
            pictures.map(|raster| variants::make(&raster, &[]).expect("encoded"))
        })
    };
    let one = made(1);
    assert!(one.iter().all(|series| series[0].format == Format::Avif));
    assert!([2, 5].into_iter().all(|threads| made(threads) == one));
}

#[test]
fn a_site_without_pictures_has_no_cache() {
    let fixture = Fixture::site();
    fixture.build().expect("the site builds");
    assert!(!fixture.root().join(cache::FOLDER).exists());
}

#[test]
fn a_picture_that_is_not_what_it_says_or_too_large_is_named_with_a_way_out() {
    let whole = png(64, 64);
    let cut = &whole[..whole.len() / 2];
    let jpeg = encoded(&photo(20, 20), ImageFormat::Jpeg);
    // The head of a picture says how large it is; this one says more than any has. What is behind is not asked.
    let mut huge = png(1, 1);
    huge[16..24].copy_from_slice(&[0, 0, 0x20, 0, 0, 0, 0x20, 0]);
    let sum = crc(&huge[12..29]);
    huge[29..33].copy_from_slice(&sum.to_be_bytes());
    for (name, bytes, message, hint) in [
        ("a.png", b"no picture".as_slice(), "is not a PNG, nor any other picture that is known", "save it again"),
        ("b.png", cut, "is a broken picture", "save it again"),
        ("c.png", jpeg.as_slice(), "is a JPEG, and its name says that it is a PNG", "end with `.jpg`"),
        ("d.jpeg", whole.as_slice(), "is a PNG, and its name says that it is a JPEG", "end with `.png`"),
        ("e.png", huge.as_slice(), "has 67 million pixels, 8192 by 8192", "50 million at most"),
    ] {
        let problem = with(name, bytes).problem();
        assert_eq!(problem.file, format!("content/docs/{name}"), "{problem}");
        assert!(problem.message.starts_with(message), "{problem}");
        assert!(problem.hint.as_deref().is_some_and(|said| said.contains(hint)), "{problem}");
    }
    let both = with("a.png", b"x")
        .with("content/docs/b.md", "---\ntitle: B\n---\n![C](c.jpg)\n")
        .with("content/docs/c.jpg", "x");
    assert_eq!(both.build().expect_err("two are broken").len(), 2);
}

/// The checksum of a part of a PNG.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

#[test]
fn what_moves_is_published_as_it_is_with_its_size_and_a_word_about_it() {
    // A part of its own in a PNG says that it moves: the number of its frames, before the first of them.
    let mut moving = png(30, 20);
    let mut part = b"acTL\0\0\0\x02\0\0\0\0".to_vec();
    part.extend(crc(&part).to_be_bytes());
    moving.splice(33..33, [8_u32.to_be_bytes().as_slice(), &part].concat());
    let gif = b"GIF89a\x1e\0\x14\0\x80\0\0".as_slice();
    for (name, bytes) in [("m.png", moving.as_slice()), ("m.gif", gif)] {
        let fixture = with(name, bytes);
        let summary = fixture.build().expect("the site builds");
        let page = fixture.output("docs/a/index.html");
        assert!(page.contains(&format!("src=\"/docs/{name}\"")), "{page}");
        assert!(page.contains("width=\"30\" height=\"20\"") && !page.contains("srcset"), "{page}");
        assert_eq!(fixture.outputs()[Path::new(&format!("docs/{name}"))], bytes);
        assert_eq!(summary.warnings.len(), 1);
        assert_eq!(summary.warnings[0].file, format!("content/docs/{name}"));
        assert!(summary.warnings[0].hint.is_some());
    }
}

#[test]
fn a_drawing_has_a_size_and_is_looked_through_wherever_it_lies() {
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 20 10\"><!-- mine --><path d=\"M0 0\"/></svg>";
    let fixture = with("d.svg", svg.as_bytes());
    fixture.build().expect("the site builds");
    let page = fixture.output("docs/a/index.html");
    assert!(page.contains("src=\"/docs/d.svg\" alt=\"Shown\" width=\"20\" height=\"10\""), "{page}");
    assert!(!fixture.output("docs/d.svg").contains("mine"));
    let broken = svg.replace("<path", "\n<script/><path");
    let problem = with("d.svg", broken.as_bytes()).problem();
    assert_eq!((problem.file.as_str(), problem.line, problem.column), ("content/docs/d.svg", 2, 1), "{problem}");
    let problem = Fixture::themed().with("themes/own/assets/x/d.svg", broken).problem();
    assert_eq!((problem.file.as_str(), problem.line), ("themes/own/assets/x/d.svg", 2), "{problem}");
}

#[test]
fn a_photo_that_lies_on_its_side_is_turned_and_colours_of_its_own_become_those_of_the_web() {
    let mut jpeg = encoded(&photo(60, 40), ImageFormat::Jpeg);
    // Orientation 6: the camera was turned, so what is above lies at the left.
    let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
    jpeg.splice(2..2, [b"\xff\xe1".as_slice(), &length, exif].concat());
    let fixture = with("p.jpg", &jpeg);
    fixture.build().expect("the site builds");
    let page = fixture.output("docs/a/index.html");
    assert!(page.contains("width=\"40\" height=\"60\"") && page.contains(" 40w"), "{page}");

    let mut red = Cursor::new(Vec::new());
    let mut encoder = image::codecs::png::PngEncoder::new(&mut red);
    let profile = moxcms::ColorProfile::new_display_p3().encode().expect("a profile");
    image::ImageEncoder::set_icc_profile(&mut encoder, profile).expect("PNG has profiles");
    let flat: DynamicImage = RgbImage::from_pixel(4, 4, image::Rgb([200, 30, 30])).into();
    flat.write_with_encoder(encoder).expect("encoded");
    let Read::Still(raster) = raster::read("p.png", &red.into_inner(), ImageFormat::Png).expect("read") else {
        panic!("it does not move")
    };
    let seen = raster.image.get_pixel(0, 0).0;
    assert!(seen[0] > 210 && !raster.is_plain, "{seen:?}");
}

#[test]
fn clear_points_do_not_bleed_into_what_is_seen() {
    let edge: DynamicImage =
        RgbaImage::from_fn(1000, 4, |x, _| if x < 501 { Rgba([255, 0, 0, 0]) } else { Rgba([0, 0, 255, 255]) }).into();
    let fixture = with("p.png", &encoded(&edge, ImageFormat::Png));
    fixture.build().expect("the site builds");
    let found = candidates(&fixture.output("docs/a/index.html"));
    let (small, _) =
        found.iter().find(|(address, width)| *width == 480 && source::has_extension(address, "png")).expect("a PNG");
    let small = image::load_from_memory(&fixture.outputs()[Path::new(small.trim_start_matches('/'))]).expect("a PNG");
    assert!(small.pixels().all(|(_, _, pixel)| pixel.0[3] == 0 || pixel.0[0] < 8), "no red that was never seen");
}

#[test]
fn the_recipe_names_the_encoders_that_are_in_the_build() {
    let lock = include_str!("../../../Cargo.lock");
    let words: Vec<&str> = RECIPE.split(' ').skip(1).collect();
    for pair in words.chunks_exact(2) {
        let entry = format!("name = \"{}\"\nversion = \"{}\"\n", pair[0], pair[1]);
        assert!(lock.contains(&entry), "another {} makes other bytes: change the recipe", pair[0]);
    }
}

#[test]
fn a_page_of_pictures_is_proofread_to_the_last_variant() {
    let mut output = Output::default();
    output.add("/p.png", "content/p.png", png(600, 300));
    output.add("/a/p.png", "content/a/p.png", png(500, 250));
    let fixture = Fixture::empty();
    let studio = Studio { root: fixture.root(), site_url: "https://example.com", progress: |_| () };
    let [address, origin, html] = ["/a/", "content/a.md", "<img src=p.png alt=A>"].map(str::to_owned);
    let mut album = Album::default();
    let (dressed, problems) = studio.dress(&mut album, &output, vec![Leaf { address, origin, html }]);
    assert!(problems.is_empty() && album.warnings.is_empty(), "{problems:?}");
    let page = &dressed[0].html;
    assert!(page.contains("width=\"500\""), "what a browser would show goes before what lies beside: {page}");
    for (address, _) in candidates(page) {
        assert!(album.added.contains_key(&address), "{address}");
    }
}
