//! Files that are no photograph get their typed error at once, and odd ones decode rightly.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use face::{Picture, PictureError};

fn asset(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/pictures/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

/// A JPEG of plain grey whose frame header states other sizes.
fn with_stated_size(mut jpeg: Vec<u8>, width: u16, height: u16) -> Vec<u8> {
    let at = jpeg
        .windows(2)
        .position(|pair| pair == [0xFF, 0xC0])
        .unwrap();
    jpeg[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

fn small_jpeg() -> Vec<u8> {
    Picture::from_rgb(8, 8, vec![128; 192])
        .unwrap()
        .encode_jpeg(80)
}

#[test]
fn what_is_no_picture_says_so() {
    let cases: [(&[u8], PictureError); 6] = [
        (b"", PictureError::Empty),
        (b"hello", PictureError::NotAPicture),
        (b"GIF89a....", PictureError::Unsupported { format: "GIF" }),
        (
            b"\0\0\0\x18ftypheic....",
            PictureError::Unsupported { format: "HEIC" },
        ),
        (b"%PDF-1.7", PictureError::Unsupported { format: "PDF" }),
        (&[0xFF, 0xD8, 0xFF], PictureError::Truncated),
    ];
    for (bytes, expected) in cases {
        assert_eq!(Picture::decode(bytes).unwrap_err(), expected);
    }
}

#[test]
fn a_sixty_megapixel_header_on_a_small_file_is_refused_at_once() {
    let started = Instant::now();
    let huge = with_stated_size(small_jpeg(), 10_000, 6_000);
    assert!(huge.len() < 1000);
    let error = Picture::decode(&huge).unwrap_err();
    assert_eq!(
        error,
        PictureError::TooLarge {
            width: 10_000,
            height: 6_000
        }
    );
    let large = with_stated_size(small_jpeg(), 8_000, 6_000);
    assert_eq!(
        Picture::decode(&large).unwrap_err(),
        PictureError::Truncated
    );
    assert!(started.elapsed().as_millis() < 100);
}

#[test]
fn a_picture_cut_short_anywhere_is_an_error_and_never_a_half_grey_face() {
    for name in ["obama.jpg", "astronaut.png"] {
        let whole = asset(name);
        assert!(Picture::decode(&whole).is_ok());
        for tenths in 0..10 {
            let cut = &whole[..whole.len() * tenths / 10];
            assert!(
                Picture::decode(cut).is_err(),
                "{name} cut at {tenths} tenths"
            );
        }
        assert!(
            Picture::decode(&whole[..whole.len() - 2]).is_err(),
            "{name} without its last bytes"
        );
    }
}

#[test]
fn one_pixel_is_a_picture() {
    let one = Picture::from_rgb(1, 1, vec![1, 2, 3]).unwrap();
    let again = Picture::decode(&one.encode_png()).unwrap();
    assert_eq!(
        (again.width(), again.height(), again.as_rgb()),
        (1, 1, &[1, 2, 3][..])
    );
    assert!(
        Picture::from_rgb(0, 5, vec![]).is_err() && Picture::from_rgb(2, 2, vec![0; 11]).is_err()
    );
}

fn png(image: &image::DynamicImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn grey_sixteen_bit_and_transparent_pictures_become_rgb() {
    let grey =
        image::DynamicImage::ImageLuma8(image::GrayImage::from_pixel(4, 4, image::Luma([77])));
    assert_eq!(Picture::decode(&png(&grey)).unwrap().at(1, 1), [77; 3]);
    let deep = image::DynamicImage::ImageRgb16(image::ImageBuffer::from_pixel(
        4,
        4,
        image::Rgb([65535, 32896, 0]),
    ));
    assert_eq!(
        Picture::decode(&png(&deep)).unwrap().at(1, 1),
        [255, 128, 0]
    );
    let clear = image::DynamicImage::ImageRgba8(image::RgbaImage::from_pixel(
        4,
        4,
        image::Rgba([10, 20, 30, 0]),
    ));
    assert_eq!(Picture::decode(&png(&clear)).unwrap().at(1, 1), [255; 3]);
}

#[test]
fn a_picture_that_its_camera_held_sideways_is_turned_upright() {
    let mut rgb = vec![0; 16 * 8 * 3];
    rgb[..16 * 4 * 3].fill(255);
    let plain = Picture::from_rgb(16, 8, rgb).unwrap().encode_jpeg(95);
    // EXIF with orientation 6: turn clockwise. The white upper half then stands on the right.
    let exif = b"Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut turned = vec![0xFF, 0xD8, 0xFF, 0xE1];
    turned.extend_from_slice(&((exif.len() + 2) as u16).to_be_bytes());
    turned.extend_from_slice(exif);
    turned.extend_from_slice(&plain[2..]);
    let picture = Picture::decode(&turned).unwrap();
    assert_eq!((picture.width(), picture.height()), (8, 16));
    assert!(picture.at(7, 8)[0] > 200 && picture.at(0, 8)[0] < 50);
}

/// A small real face in every format that is read.
fn small_files() -> Vec<(&'static str, Vec<u8>)> {
    let face = Picture::decode(&asset("astronaut.png"))
        .unwrap()
        .scaled_to_fit(128);
    let image = image::RgbImage::from_raw(face.width(), face.height(), face.as_rgb().to_vec());
    let mut webp = Vec::new();
    let (width, height) = (face.width(), face.height());
    image::codecs::webp::WebPEncoder::new_lossless(&mut webp)
        .encode(
            &image.unwrap(),
            width,
            height,
            image::ExtendedColorType::Rgb8,
        )
        .unwrap();
    vec![
        ("face.jpg", face.encode_jpeg(70)),
        ("face.png", face.encode_png()),
        ("face.webp", webp),
    ]
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// What fuzzers do first: bytes changed, runs copied, cut, repeated, extreme values put in.
fn mutated(file: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len());
        match dice.below(6) {
            0 => bytes[at] = dice.below(256) as u8,
            1 => bytes[at] = [0x00, 0xFF, 0x7F, 0x80][dice.below(4)],
            2 => bytes.truncate(at.max(4)),
            3 => {
                let length = dice.below(64).min(bytes.len() - at);
                let run = bytes[at..at + length].to_vec();
                let to = dice.below(bytes.len());
                bytes.splice(to..to, run);
            }
            4 => {
                let length = dice.below(32).min(bytes.len() - at);
                bytes.drain(at..at + length);
                if bytes.len() < 4 {
                    return bytes;
                }
            }
            // Sizes and segment lengths stand near the start.
            _ => {
                let near = dice.below(bytes.len().min(400));
                bytes[near] = bytes[near].wrapping_add(1 << dice.below(8));
            }
        }
    }
    bytes
}

const MUTATIONS: usize = 1500;
/// The limit of a damaged file, ten times over for a busy machine in the development profile.
const MOST_MS: u128 = 1000;

#[test]
fn thousands_of_damaged_pictures_end_in_a_picture_or_an_error_at_once() {
    let mut dice = Dice(0x5eed_1234_5678_9abd);
    let (mut decoded, mut small) = (0, Vec::new());
    for (name, file) in small_files() {
        for nth in 0..MUTATIONS {
            let bytes = mutated(&file, &mut dice);
            let started = Instant::now();
            let result = Picture::decode(&bytes);
            let taken = started.elapsed().as_millis();
            assert!(taken < MOST_MS, "{name} {nth}: {taken} ms");
            if let Ok(picture) = result {
                decoded += 1;
                if nth % 100 == 0 {
                    small.push(picture);
                }
            }
        }
    }
    // Mutations that all fail at once would show nothing.
    assert!(decoded > MUTATIONS / 20, "{decoded}");
    let models = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/models");
    let mut analyser = face::Analyser::new(std::path::Path::new(models)).unwrap();
    for picture in small {
        let _ = analyser.preview(&picture);
        if let Ok(assessment) = analyser.assess(&picture) {
            let _ = analyser.portrait(&picture, &assessment.landmarks);
        }
    }
}

#[test]
fn pictures_of_odd_shapes_are_assessed_without_a_panic() {
    let models = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/models");
    let mut analyser = face::Analyser::new(std::path::Path::new(models)).unwrap();
    let shapes = [
        (1, 1),
        (1, 4000),
        (4000, 1),
        (2, 3),
        (16, 16),
        (3, 900),
        (1000, 7),
    ];
    for (width, height) in shapes {
        let noise = (0..width * height * 3).map(|at| (at * 97 % 251) as u8);
        let picture = Picture::from_rgb(width, height, noise.collect()).unwrap();
        let _ = analyser.preview(&picture);
        assert!(analyser.assess(&picture).is_err(), "{width} x {height}");
    }
    // A face that reaches past every edge, and one of a few pixels.
    let face = Picture::decode(&asset("obama_partial_face.jpg")).unwrap();
    for side in [8, 24, 64, 200] {
        let small = face.scaled_to_fit(side);
        let _ = analyser.preview(&small);
        if let Ok(assessment) = analyser.assess(&small) {
            let _ = analyser.portrait(&small, &assessment.landmarks);
            let _ = analyser.template(&small, &assessment.landmarks);
        }
    }
}

#[test]
#[ignore = "writes the seeds of the fuzz target; run by name"]
fn write_seeds() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fuzz/corpus/decode_and_assess/"
    );
    std::fs::create_dir_all(folder).unwrap();
    for (name, file) in small_files() {
        std::fs::write(format!("{folder}{name}"), file).unwrap();
    }
}
