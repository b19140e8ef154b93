//! Files to pixels: what each format's header says is judged first, then the decoder runs.

use std::io::Cursor;

use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, RgbImage};
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{Picture, PictureError};

/// The most pixels that are decoded: a 50-megapixel camera's.
pub const MAX_PIXELS: u64 = 50_000_000;
/// The longest side that is decoded.
pub const MAX_SIDE: u32 = 16_384;
/// The longest file that is looked at.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;

/// Deflate cannot shrink more than this (RFC 1951: 258 bytes in two bits): a PNG shorter than its pixels over this is cut short.
const DEFLATE_MOST: u64 = 1032;
/// A JPEG spends at least a bit on each block's DC coefficient: a file shorter than its luma blocks over 8 is cut short.
const JPEG_PIXELS_PER_BYTE: u64 = 64 * 8;

pub(super) fn decode(bytes: &[u8]) -> Result<Picture, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    if bytes.len() > MAX_FILE_BYTES {
        return Err(PictureError::TooManyBytes { bytes: bytes.len() });
    }
    let (image, orientation) = match Format::of(bytes)? {
        Format::Jpeg => decode_jpeg(bytes)?,
        Format::Png => decode_png(bytes)?,
        Format::WebP => decode_webp(bytes)?,
    };
    upright(image, orientation)
}

pub(super) fn check_limits(width: u32, height: u32) -> Result<(), PictureError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS || width > MAX_SIDE || height > MAX_SIDE {
        return Err(PictureError::TooLarge { width, height });
    }
    Ok(())
}

enum Format {
    Jpeg,
    Png,
    WebP,
}

impl Format {
    fn of(bytes: &[u8]) -> Result<Self, PictureError> {
        let unsupported = |format| Err(PictureError::Unsupported { format });
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Ok(Self::Png),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Ok(Self::WebP),
            [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', ..] => unsupported("AVIF"),
            [_, _, _, _, b'f', b't', b'y', b'p', b'h' | b'm', ..] => unsupported("HEIC"),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => unsupported("MP4"),
            [b'G', b'I', b'F', b'8', ..] => unsupported("GIF"),
            [b'B', b'M', ..] => unsupported("BMP"),
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => unsupported("TIFF"),
            [b'%', b'P', b'D', b'F', ..] => unsupported("PDF"),
            [0, 0, 0, 0x0C, b'j', b'P', ..] | [0xFF, 0x4F, 0xFF, 0x51, ..] => {
                unsupported("JPEG 2000")
            }
            [0xFF, 0x0A, ..] => unsupported("JPEG XL"),
            _ => Err(PictureError::NotAPicture),
        }
    }
}

/// `zune-jpeg` in its strict mode: the lenient one paints what is missing grey and says nothing. An end marker put in the middle of
/// the pixels passes even so (an ignored test shows it).
fn decode_jpeg(bytes: &[u8]) -> Result<(DynamicImage, Orientation), PictureError> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let damaged = |error: zune_jpeg::errors::DecodeErrors| PictureError::Damaged {
        reason: error.to_string(),
    };
    decoder.decode_headers().map_err(|error| {
        if closed_by_end_marker(bytes) {
            damaged(error)
        } else {
            PictureError::Truncated
        }
    })?;
    let (width, height) = decoder.dimensions().ok_or(PictureError::Truncated)?;
    let (width, height) = (width as u32, height as u32);
    check_limits(width, height)?;
    let pixels = u64::from(width) * u64::from(height);
    if !closed_by_end_marker(bytes) || (bytes.len() as u64) < pixels / JPEG_PIXELS_PER_BYTE {
        return Err(PictureError::Truncated);
    }
    let orientation = decoder
        .exif()
        .and_then(|chunk| Orientation::from_exif_chunk(chunk))
        .unwrap_or(Orientation::NoTransforms);
    let rgb = decoder.decode().map_err(damaged)?;
    Ok((dynamic(width, height, rgb)?, orientation))
}

/// Whether an end-of-image marker follows the entropy-coded data. Markers inside segments (an EXIF thumbnail has its own) do not
/// count: segments are stepped over by their length.
fn closed_by_end_marker(bytes: &[u8]) -> bool {
    let mut at = 2;
    let mut scanning = false;
    while let Some(pair) = bytes.get(at..at + 2) {
        if pair[0] != 0xFF {
            if !scanning {
                return false;
            }
            at += 1;
            continue;
        }
        match pair[1] {
            0xD9 => return scanning,
            0x00 | 0xD0..=0xD8 => at += 2,
            0xFF => at += 1,
            marker => {
                let Some(length) = bytes.get(at + 2..at + 4) else {
                    return false;
                };
                scanning |= marker == 0xDA;
                at += 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
            }
        }
    }
    false
}

fn decode_png(bytes: &[u8]) -> Result<(DynamicImage, Orientation), PictureError> {
    let mut decoder = PngDecoder::new(Cursor::new(bytes)).map_err(from_image)?;
    let (width, height) = decoder.dimensions();
    check_limits(width, height)?;
    if decoder.is_apng().unwrap_or(false) {
        return Err(PictureError::Animated);
    }
    // 1-bit pixels: the least that a PNG can hold.
    if (bytes.len() as u64) < u64::from(width) * u64::from(height) / 8 / DEFLATE_MOST {
        return Err(PictureError::Truncated);
    }
    if !ended_by_iend(bytes) {
        return Err(PictureError::Truncated);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((read(decoder)?, orientation))
}

/// Whether the chunks lead to a whole IEND: the decoder is content once it has the last pixel.
fn ended_by_iend(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let Some((head, after)) = rest.split_at_checked(8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        // The chunk's content and its checksum.
        let Some(next) = length.checked_add(4).and_then(|end| after.get(end..)) else {
            return false;
        };
        if &head[4..] == b"IEND" {
            return true;
        }
        rest = next;
    }
    false
}

fn decode_webp(bytes: &[u8]) -> Result<(DynamicImage, Orientation), PictureError> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(from_image)?;
    let (width, height) = decoder.dimensions();
    check_limits(width, height)?;
    if decoder.has_animation() {
        return Err(PictureError::Animated);
    }
    // The RIFF header states the file's length; what is missing at the end is not decoded as if it were there.
    let stated = bytes.get(4..8).map_or(0, |b| {
        u64::from(u32::from_le_bytes([b[0], b[1], b[2], b[3]])) + 8
    });
    if (bytes.len() as u64) < stated {
        return Err(PictureError::Truncated);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((read(decoder)?, orientation))
}

fn read(decoder: impl ImageDecoder) -> Result<DynamicImage, PictureError> {
    DynamicImage::from_decoder(decoder).map_err(from_image)
}

fn dynamic(width: u32, height: u32, rgb: Vec<u8>) -> Result<DynamicImage, PictureError> {
    let bytes = rgb.len();
    RgbImage::from_raw(width, height, rgb)
        .map(DynamicImage::ImageRgb8)
        .ok_or(PictureError::WrongLength {
            width,
            height,
            bytes,
        })
}

#[allow(clippy::needless_pass_by_value)] // what `map_err` hands over
fn from_image(error: ImageError) -> PictureError {
    if let ImageError::IoError(io) = &error
        && io.kind() == std::io::ErrorKind::UnexpectedEof
    {
        return PictureError::Truncated;
    }
    let reason = error.to_string();
    if reason.contains("unexpected end") || reason.contains("UnexpectedEof") {
        return PictureError::Truncated;
    }
    PictureError::Damaged { reason }
}

fn upright(mut image: DynamicImage, orientation: Orientation) -> Result<Picture, PictureError> {
    image.apply_orientation(orientation);
    let rgb = if image.color().has_alpha() {
        on_white(image)
    } else {
        image.into_rgb8()
    };
    let (width, height) = rgb.dimensions();
    Picture::from_rgb(width, height, rgb.into_raw())
}

/// Transparent places show white, as on paper, not what the editor left under them.
fn on_white(image: DynamicImage) -> RgbImage {
    let layered = image.into_rgba8();
    let (width, height) = layered.dimensions();
    let mut rgb = RgbImage::new(width, height);
    for (over, under) in layered.pixels().zip(rgb.pixels_mut()) {
        let [r, g, b, alpha] = over.0;
        let mix = |value: u8| {
            let sum = u32::from(value) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            ((sum + 127) / 255) as u8
        };
        under.0 = [mix(r), mix(g), mix(b)];
    }
    rgb
}
