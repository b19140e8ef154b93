//! Files that are no photograph get their typed error at once, and odd ones decode rightly.
#![allow(clippy::unwrap_used)]

#[path = "bad_pictures/samples.rs"]
mod samples;

use std::time::Instant;

use face::{MAX_WORKING_BYTES, Picture, PictureError};
use samples::{
    animated_png, animated_webp, inks, interlaced_png, png, small_jpeg, turned_jpeg, turned_png,
    webp, with_stated_size,
};

type Named = (&'static str, Vec<u8>);

fn asset(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/pictures/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

/// A small real face in every format that is read.
fn small_files() -> (Named, Named, Named) {
    let face = Picture::decode(&asset("astronaut.png"))
        .unwrap()
        .scaled_to_fit(128);
    let image = image::RgbImage::from_raw(face.width(), face.height(), face.as_rgb().to_vec());
    (
        ("face.jpg", face.encode_jpeg(70)),
        ("face.png", face.encode_png()),
        ("face.webp", webp(&image.unwrap())),
    )
}

#[test]
fn what_is_no_picture_says_so() {
    let known: [(&[u8], &str); 11] = [
        (b"GIF89a....", "GIF"),
        (b"\0\0\0\x18ftypheic....", "HEIC"),
        (b"\0\0\0\x18ftypmif1....", "HEIC"),
        (b"\0\0\0\x1cftypavif....", "AVIF"),
        (b"\0\0\0\x20ftypisom....", "MP4"),
        (b"%PDF-1.7", "PDF"),
        (b"BM\x46\0\0\0", "BMP"),
        (b"II\x2a\0\x08\0\0\0", "TIFF"),
        (b"MM\0\x2a\0\0\0\x08", "TIFF"),
        (b"\0\0\0\x0cjP  \r\n", "JPEG 2000"),
        (&[0xFF, 0x0A, 0xFA], "JPEG XL"),
    ];
    for (bytes, format) in known {
        assert_eq!(
            Picture::decode(bytes).unwrap_err(),
            PictureError::Unsupported { format }
        );
    }
    let cases: [(&[u8], PictureError); 5] = [
        (b"", PictureError::Empty),
        (b"hello", PictureError::NotAPicture),
        (&[0xFF], PictureError::NotAPicture),
        (&[0xFF, 0xD8, 0xFF], PictureError::Truncated),
        (b"\x89PNG\r\n\x1a\n", PictureError::Truncated),
    ];
    for (bytes, expected) in cases {
        assert_eq!(Picture::decode(bytes).unwrap_err(), expected, "{bytes:?}");
    }
    let long = vec![0xFF; face::MAX_FILE_BYTES + 1];
    assert_eq!(
        Picture::decode(&long).unwrap_err(),
        PictureError::TooManyBytes { bytes: long.len() }
    );
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
fn a_webp_that_is_cut_short_or_a_huge_png_header_is_refused() {
    let (_, _, (_, whole)) = small_files();
    assert!(Picture::decode(&whole).is_ok());
    for tenths in 0..10 {
        let cut = &whole[..whole.len() * tenths / 10];
        assert!(Picture::decode(cut).is_err(), "cut at {tenths} tenths");
    }
    let (_, (_, mut huge), _) = small_files();
    // IHDR's width and its checksum: 60,000 columns.
    huge[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    let checksum = samples::crc32(&huge[12..29]);
    huge[29..33].copy_from_slice(&checksum.to_be_bytes());
    assert!(matches!(
        Picture::decode(&huge).unwrap_err(),
        PictureError::TooLarge { width: 60_000, .. }
    ));
}

#[test]
fn moving_pictures_are_refused_as_such() {
    for moving in [animated_png(), animated_webp()] {
        assert_eq!(
            Picture::decode(&moving).unwrap_err(),
            PictureError::Animated
        );
    }
}

#[test]
fn printers_inks_become_the_colours_that_they_print() {
    // Cyan, magenta, yellow, black; Adobe stores them turned over (255 is no ink), and so does everybody who writes such files.
    let no_ink = Picture::decode(&inks([255, 255, 255, 255])).unwrap();
    let cyan = Picture::decode(&inks([0, 255, 255, 255])).unwrap();
    let black = Picture::decode(&inks([255, 255, 255, 0])).unwrap();
    let near =
        |seen: [u8; 3], wanted: [u8; 3]| seen.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 3);
    assert!(near(no_ink.at(3, 3), [255; 3]), "{:?}", no_ink.at(3, 3));
    assert!(near(cyan.at(3, 3), [0, 255, 255]), "{:?}", cyan.at(3, 3));
    assert!(near(black.at(3, 3), [0; 3]), "{:?}", black.at(3, 3));
}

#[test]
fn every_kind_of_png_gives_the_colours_that_the_image_library_gives() {
    use image::DynamicImage as D;
    let (width, height) = (13, 9);
    let place = |at: u32, by: u32| (at * by % 251) as u8;
    let rgba = image::RgbaImage::from_fn(width, height, |x, y| {
        let at = y * width + x;
        image::Rgba([place(at, 3), place(at, 17), place(at, 29), 255])
    });
    let whole = D::ImageRgba8(rgba);
    for kind in [
        D::ImageLuma8(whole.to_luma8()),
        D::ImageLumaA8(whole.to_luma_alpha8()),
        D::ImageRgb8(whole.to_rgb8()),
        whole.clone(),
        D::ImageLuma16(whole.to_luma16()),
        D::ImageLumaA16(whole.to_luma_alpha16()),
        D::ImageRgb16(whole.to_rgb16()),
        D::ImageRgba16(whole.to_rgba16()),
    ] {
        let picture = Picture::decode(&png(&kind)).unwrap();
        assert_eq!(
            picture.as_rgb(),
            kind.to_rgb8().as_raw(),
            "{:?}",
            kind.color()
        );
    }
}

#[test]
fn decoding_needs_little_memory_beside_the_picture_itself() {
    // Twelve megapixels: 96 MB as they are stored.
    let deep = image::ImageBuffer::from_pixel(4000, 3000, image::Rgba([9_u16, 99, 999, 65_535]));
    let deep = png(&image::DynamicImage::ImageRgba16(deep));
    // Twenty-four, held sideways: 72 MB, and as many for a turned copy.
    let plain = Picture::from_rgb(6000, 4000, vec![120; 6000 * 4000 * 3]).unwrap();
    let sideways = turned_jpeg(&plain.encode_jpeg(30));
    drop(plain);
    for file in [deep, sideways] {
        let mut pixels = 0;
        let counted = allocation_counter::measure(|| {
            pixels = Picture::decode(&file).unwrap().as_rgb().len();
        });
        let beside = counted.bytes_max.saturating_sub(pixels as u64);
        assert!(beside <= MAX_WORKING_BYTES as u64, "{beside}");
    }
}

#[test]
fn what_can_only_be_decoded_as_a_whole_is_refused_where_that_needs_too_much_memory() {
    let mut progressive = with_stated_size(small_jpeg(), 7000, 7000);
    let at = progressive
        .windows(2)
        .position(|pair| pair == [0xFF, 0xC0])
        .unwrap();
    progressive[at + 1] = 0xC2;
    // Long enough for so many blocks.
    progressive.splice(
        2..2,
        [&[0xFF, 0xFE, 0xFF, 0xFF][..], &vec![b' '; 65_533]].concat(),
    );
    progressive.splice(
        2..2,
        [&[0xFF, 0xFE, 0xFF, 0xFF][..], &vec![b' '; 65_533]].concat(),
    );
    let refused = PictureError::TooMuchMemory {
        width: 7000,
        height: 7000,
    };
    assert_eq!(Picture::decode(&progressive).unwrap_err(), refused);
    let lossless = webp(&image::RgbImage::from_pixel(
        5000,
        4000,
        image::Rgb([1, 2, 3]),
    ));
    let refused = PictureError::TooMuchMemory {
        width: 5000,
        height: 4000,
    };
    assert_eq!(Picture::decode(&lossless).unwrap_err(), refused);
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
    // The white upper half of the stored picture stands on the right.
    let mut rgb = vec![0; 16 * 8 * 3];
    rgb[..16 * 4 * 3].fill(255);
    let plain = Picture::from_rgb(16, 8, rgb).unwrap();
    for turned in [turned_jpeg(&plain.encode_jpeg(95)), turned_png(&plain)] {
        let picture = Picture::decode(&turned).unwrap();
        assert_eq!((picture.width(), picture.height()), (8, 16));
        assert!(picture.at(7, 8)[0] > 200 && picture.at(0, 8)[0] < 50);
    }
}

#[test]
fn an_interlaced_png_is_put_together() {
    for (width, height) in [(13, 9), (1, 1), (3, 17), (8, 8)] {
        let rgb = (0..width * height).flat_map(|at| [(at * 37 % 251) as u8; 3]);
        let picture = Picture::from_rgb(width, height, rgb.collect()).unwrap();
        let again = Picture::decode(&interlaced_png(&picture)).unwrap();
        assert_eq!(again.as_rgb(), picture.as_rgb(), "{width} x {height}");
    }
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
    for (name, file) in <[_; 3]>::from(small_files()) {
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
    for (name, file) in <[_; 3]>::from(small_files()) {
        std::fs::write(format!("{folder}{name}"), file).unwrap();
    }
}
