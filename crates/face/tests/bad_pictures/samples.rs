//! Files that no ordinary program writes, made byte by byte.

use face::Picture;

/// A JPEG of plain grey.
pub fn small_jpeg() -> Vec<u8> {
    Picture::from_rgb(8, 8, vec![128; 192])
        .unwrap()
        .encode_jpeg(80)
}

/// The same file with other sizes in its frame header.
pub fn with_stated_size(mut jpeg: Vec<u8>, width: u16, height: u16) -> Vec<u8> {
    let at = jpeg
        .windows(2)
        .position(|pair| pair == [0xFF, 0xC0])
        .unwrap();
    jpeg[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

/// EXIF of orientation 6.
const EXIF_TURNED: &[u8] =
    b"Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";

/// With an EXIF of orientation 6: to be turned clockwise.
pub fn turned_jpeg(plain: &[u8]) -> Vec<u8> {
    let mut turned = vec![0xFF, 0xD8, 0xFF, 0xE1];
    turned.extend_from_slice(&((EXIF_TURNED.len() + 2) as u16).to_be_bytes());
    turned.extend_from_slice(EXIF_TURNED);
    turned.extend_from_slice(&plain[2..]);
    turned
}

pub fn png(image: &image::DynamicImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

pub fn webp(image: &image::RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::codecs::webp::WebPEncoder::new_lossless(&mut bytes)
        .encode(
            image,
            image.width(),
            image.height(),
            image::ExtendedColorType::Rgb8,
        )
        .unwrap();
    bytes
}

/// PNG's checksum.
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xEDB8_8320
            } else {
                crc >> 1
            }
        })
    })
}

fn png_chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let mut chunk = name.to_vec();
    chunk.extend_from_slice(content);
    let checksum = crc32(&chunk).to_be_bytes();
    [&(content.len() as u32).to_be_bytes()[..], &chunk, &checksum].concat()
}

/// A PNG with one more chunk after its header of 8 + 25 bytes.
fn with_chunk(png: &[u8], name: [u8; 4], content: &[u8]) -> Vec<u8> {
    [&png[..33], &png_chunk(name, content), &png[33..]].concat()
}

/// A PNG with the chunk that says that it moves.
pub fn animated_png() -> Vec<u8> {
    let still = Picture::from_rgb(4, 4, vec![9; 48]).unwrap().encode_png();
    with_chunk(&still, *b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0])
}

/// A PNG that is to be turned clockwise.
pub fn turned_png(plain: &Picture) -> Vec<u8> {
    with_chunk(&plain.encode_png(), *b"eXIf", &EXIF_TURNED[6..])
}

/// The picture's red as a grey PNG in Adam7's seven passes, not compressed.
pub fn interlaced_png(picture: &Picture) -> Vec<u8> {
    let (width, height) = (picture.width(), picture.height());
    let passes = [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ];
    let mut rows = Vec::new();
    for (left, top, across, below) in passes {
        for y in (top..height).step_by(below).filter(|_| left < width) {
            rows.push(0);
            rows.extend(
                (left..width)
                    .step_by(across)
                    .map(|x| picture.at(x as i32, y as i32)[0]),
            );
        }
    }
    let (a, b) = rows.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    let length = rows.len() as u16;
    let data = [
        &[0x78, 1, 1][..],
        &length.to_le_bytes(),
        &(!length).to_le_bytes(),
        &rows,
        &(b << 16 | a).to_be_bytes(),
    ]
    .concat();
    let header = [
        &width.to_be_bytes()[..],
        &height.to_be_bytes(),
        &[8, 0, 0, 0, 1],
    ]
    .concat();
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        png_chunk(*b"IHDR", &header),
        png_chunk(*b"IDAT", &data),
        png_chunk(*b"IEND", &[]),
    ]
    .concat()
}

/// A WebP whose extended header says that it moves, with one frame.
pub fn animated_webp() -> Vec<u8> {
    let still = webp(&image::RgbImage::from_pixel(4, 4, image::Rgb([9; 3])));
    let picture = &still[12..];
    let mut frame = vec![0; 6];
    frame.extend_from_slice(&[3, 0, 0, 3, 0, 0, 50, 0, 0, 0]);
    frame.extend_from_slice(picture);
    let chunk = |name: [u8; 4], content: &[u8]| {
        let mut bytes = name.to_vec();
        bytes.extend_from_slice(&(content.len() as u32).to_le_bytes());
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        bytes
    };
    let body = [
        b"WEBP".to_vec(),
        chunk(*b"VP8X", &[2, 0, 0, 0, 3, 0, 0, 3, 0, 0]),
        chunk(*b"ANIM", &[0; 6]),
        chunk(*b"ANMF", &frame),
    ]
    .concat();
    chunk(*b"RIFF", &body)
}

/// A JPEG of 8 x 8 pixels with four components of Adobe's kind (no transform), plain: each component's only block has its mean and nothing else.
pub fn inks(values: [u8; 4]) -> Vec<u8> {
    let mut file = vec![0xFF, 0xD8];
    let mut segment = |marker: u8, content: &[u8]| {
        file.extend_from_slice(&[0xFF, marker]);
        file.extend_from_slice(&(content.len() as u16 + 2).to_be_bytes());
        file.extend_from_slice(content);
    };
    segment(0xEE, b"Adobe\0\x64\0\0\0\0\0");
    segment(0xDB, &[&[0][..], &[1; 64]].concat());
    let components = [1, 2, 3, 4].map(|id| [id, 0x11, 0]).concat();
    segment(0xC0, &[&[8, 0, 8, 0, 8, 4][..], &components].concat());
    // The means' lengths 0..=11 have codes of four bits; of the rest there is one code of one bit: nothing more.
    let mut means = vec![0x00, 0, 0, 0, 12];
    means.resize(17, 0);
    means.extend(0..12_u8);
    segment(0xC4, &means);
    let mut rest = vec![0x10, 1];
    rest.resize(17, 0);
    rest.push(0);
    segment(0xC4, &rest);
    let scans = [1, 2, 3, 4].map(|id| [id, 0]).concat();
    segment(0xDA, &[&[4][..], &scans, &[0, 63, 0]].concat());
    let mut bits = Vec::new();
    for value in values {
        let mean = (i32::from(value) - 128) * 8;
        let length = 32 - mean.unsigned_abs().leading_zeros();
        let stored = if mean < 0 { mean - 1 } else { mean };
        bits.extend((0..4).rev().map(|at| length >> at & 1 == 1));
        bits.extend((0..length).rev().map(|at| stored >> at & 1 == 1));
        bits.push(false);
    }
    bits.resize(bits.len().next_multiple_of(8), true);
    for byte in bits.chunks(8) {
        let byte = byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit));
        file.push(byte);
        if byte == 0xFF {
            file.push(0);
        }
    }
    file.extend_from_slice(&[0xFF, 0xD9]);
    file
}
