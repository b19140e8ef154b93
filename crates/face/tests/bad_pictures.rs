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
fn a_jpeg_whose_middle_is_missing_is_an_error_though_its_end_is_there() {
    let whole = asset("obama2.jpg");
    let mut cut = whole[..whole.len() / 2].to_vec();
    cut.extend_from_slice(&[0xFF, 0xD9]);
    let result = Picture::decode(&cut);
    assert!(result.is_err(), "{result:?}");
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

#[test]
fn no_flip_of_a_byte_makes_decoding_panic() {
    let whole = Picture::decode(&asset("astronaut.png"))
        .unwrap()
        .scaled_to_fit(48);
    for file in [whole.encode_jpeg(70), whole.encode_png()] {
        for at in (0..file.len()).step_by(7) {
            let mut flipped = file.clone();
            flipped[at] ^= 0x55;
            let _ = Picture::decode(&flipped);
        }
    }
}
