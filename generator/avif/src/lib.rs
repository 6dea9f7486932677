//! A still picture as AVIF. The encoder is told what to try and what to leave, because its own presets are made for films and
//! spend a third of their time on a filter that changes nothing an eye would see in a picture of this quality.
//!
//! It is a crate by itself, because the encoder is compiled with whoever calls it: tests of the generator are compiled without
//! optimisation, and an encoder without it takes minutes.

use avif_serialize::{Aviffy, constants};
use rav1e::{
    config::SpeedSettings,
    prelude::{
        BlockSize, ChromaSampling, ColorDescription, ColorPrimaries, Config, Context, EncoderConfig, EncoderStatus,
        MatrixCoefficients, PartitionRange, PixelRange, PredictionModesSetting, Rational, SGRComplexityLevel,
        SceneDetectionSpeed, TransferCharacteristics,
    },
};

/// What a picture shows, which decides what is worth trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Soft edges: blocks of sixteen points are as good as smaller ones, in half the time.
    Photo,
    /// Letters and lines: smaller blocks save a quarter of the bytes.
    Drawing,
}

impl Kind {
    /// How coarse colours may be, from 0 to 255.
    fn quantizer(self) -> u8 {
        match self {
            Self::Photo => 136,
            Self::Drawing => 119,
        }
    }

    fn settings(self) -> SpeedSettings {
        let mut settings = SpeedSettings::from_preset(match self {
            Self::Photo => 9,
            Self::Drawing => 8,
        });
        let smallest = match self {
            Self::Photo => BlockSize::BLOCK_16X16,
            Self::Drawing => BlockSize::BLOCK_8X8,
        };
        settings.partition.partition_range = PartitionRange::new(smallest, BlockSize::BLOCK_16X16);
        settings.transform.reduced_tx_set = self == Self::Photo;
        settings.transform.enable_inter_tx_split = self == Self::Photo;
        settings.prediction.prediction_modes = PredictionModesSetting::Simple;
        settings.prediction.fine_directional_intra = false;
        settings.sgr_complexity = SGRComplexityLevel::Reduced;
        settings.fast_deblock = self == Self::Drawing;
        // Filters after the fact, which take long.
        settings.cdef = false;
        settings.lrf = false;
        // There is one picture, and none before or behind it.
        settings.scene_detection_mode = SceneDetectionSpeed::None;
        settings.rdo_lookahead_frames = 1;
        settings.multiref = false;
        settings
    }
}

/// Encodes a picture: red, green, blue and how much each point covers, row after row.
pub fn encode(rgba: &[u8], width: u32, height: u32, kind: Kind) -> Result<Vec<u8>, String> {
    let (wide, high) = (width as usize, height as usize);
    let (points, rest) = rgba.as_chunks::<4>();
    if points.is_empty() || !rest.is_empty() || points.len() != wide * high {
        return Err(format!("{} bytes are no picture of {width} by {height}", rgba.len()));
    }
    let (colours, cover) = (planes(points), points.iter().map(|[.., cover]| *cover).collect::<Vec<u8>>());
    let colour = frame(&colours, wide, high, ChromaSampling::Cs444, kind)?;
    let is_clear = cover.iter().any(|cover| *cover != u8::MAX);
    let cover = is_clear.then(|| frame(&[cover], wide, high, ChromaSampling::Cs400, kind)).transpose()?;
    let mut file = Aviffy::new();
    file.matrix_coefficients(constants::MatrixCoefficients::Bt601);
    Ok(file.to_vec(&colour, cover.as_deref(), width, height, 8))
}

/// Brightness, blue and red of each point (BT.601), in whole numbers, which are the same on every machine. What nobody sees repeats
/// what stands before it, which costs no bytes.
fn planes(points: &[[u8; 4]]) -> [Vec<u8>; 3] {
    const HALF: i32 = 1 << 15;
    const MIDDLE: i32 = (128 << 16) + HALF;
    let mut planes = [(); 3].map(|()| Vec::with_capacity(points.len()));
    let mut last = [u8::MAX; 3];
    for [red, green, blue, cover] in points {
        if *cover > 0 {
            last = [*red, *green, *blue];
        }
        let [red, green, blue] = last.map(i32::from);
        let values = [
            19_595 * red + 38_470 * green + 7_471 * blue + HALF,
            -11_058 * red - 21_710 * green + 32_768 * blue + MIDDLE,
            32_768 * red - 27_439 * green - 5_329 * blue + MIDDLE,
        ];
        for (plane, value) in planes.iter_mut().zip(values) {
            plane.push(u8::try_from(value >> 16).unwrap_or(u8::MAX));
        }
    }
    planes
}

/// Planes as one frame of AV1.
fn frame(
    planes: &[Vec<u8>],
    width: usize,
    height: usize,
    chroma_sampling: ChromaSampling,
    kind: Kind,
) -> Result<Vec<u8>, String> {
    let has_colours = chroma_sampling != ChromaSampling::Cs400;
    let config = EncoderConfig {
        width,
        height,
        time_base: Rational::new(1, 1),
        bit_depth: 8,
        chroma_sampling,
        pixel_range: PixelRange::Full,
        color_description: has_colours.then_some(ColorDescription {
            color_primaries: ColorPrimaries::BT709,
            transfer_characteristics: TransferCharacteristics::SRGB,
            matrix_coefficients: MatrixCoefficients::BT601,
        }),
        still_picture: true,
        min_key_frame_interval: 0,
        max_key_frame_interval: 0,
        quantizer: usize::from(kind.quantizer()),
        min_quantizer: kind.quantizer(),
        // More pieces could be made side by side, and each would begin without knowing its neighbours.
        tiles: 1,
        speed_settings: kind.settings(),
        ..EncoderConfig::default()
    };
    let failed = |status: EncoderStatus| status.to_string();
    let config = Config::new().with_encoder_config(config).with_threads(1);
    let mut context: Context<u8> = config.new_context().map_err(|error| error.to_string())?;
    let mut frame = context.new_frame();
    for (plane, bytes) in frame.planes.iter_mut().zip(planes) {
        plane.copy_from_raw_u8(bytes, width, 1);
    }
    context.send_frame(frame).map_err(failed)?;
    context.flush();
    let mut encoded = Vec::new();
    loop {
        match context.receive_packet() {
            Ok(packet) => encoded.extend(packet.data),
            Err(EncoderStatus::Encoded) => {}
            Err(EncoderStatus::LimitReached) => return Ok(encoded),
            Err(status) => return Err(failed(status)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_has_no_colour_and_no_value_is_out_of_range() {
        for value in [0, 1, 127, 128, 254, 255] {
            let [light, blue, red] = planes(&[[value, value, value, 255]]);
            assert_eq!((light[0], blue[0], red[0]), (value, 128, 128));
        }
        let corners = [0, 255].map(|red| [0, 255].map(|green| [0, 255].map(|blue| [red, green, blue, 255])));
        let [light, blue, red] = planes(corners.as_flattened().as_flattened());
        assert_eq!(light, [0, 29, 150, 179, 76, 105, 226, 255]);
        assert_eq!(blue, [128, 255, 44, 171, 85, 212, 1, 128]);
        assert_eq!(red, [128, 107, 21, 1, 255, 235, 149, 128]);
    }

    #[test]
    fn what_nobody_sees_repeats_what_stands_before_it() {
        let seen = [9, 8, 7, 255];
        let [light, ..] = planes(&[[1, 2, 3, 0], seen, [200, 0, 0, 0], [200, 0, 0, 1]]);
        assert!(light[0] == 255 && light[1] == light[2] && light[2] != light[3], "{light:?}");
    }

    #[test]
    fn a_picture_of_every_size_is_a_file_that_names_it_and_says_whether_something_shines_through() {
        for (width, height) in [(1_u32, 1_u32), (3, 200), (17, 16), (640, 33)] {
            for (kind, cover) in [(Kind::Photo, 255), (Kind::Drawing, 255), (Kind::Photo, 90), (Kind::Drawing, 0)] {
                let rgba = [200, 30, 60, cover].repeat((width * height) as usize);
                let file = encode(&rgba, width, height, kind).expect("encoded");
                let has = |what: &[u8]| file.windows(what.len()).any(|part| part == what);
                let size = [b"ispe".as_slice(), &[0; 4], &width.to_be_bytes(), &height.to_be_bytes()].concat();
                assert!(has(b"ftypavif") && has(&size), "{width} by {height}");
                assert_eq!(has(b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"), cover < 255, "{width} by {height}");
                assert_eq!(encode(&rgba, width, height, kind).as_ref(), Ok(&file), "it is the same each time");
            }
        }
    }

    #[test]
    fn bytes_that_are_no_picture_of_that_size_are_an_error() {
        for (bytes, width, height) in [(0, 0, 0), (3, 1, 1), (5, 1, 1), (8, 1, 1), (4, 2, 1)] {
            assert!(encode(&vec![0; bytes], width, height, Kind::Photo).is_err(), "{bytes}");
        }
    }
}
