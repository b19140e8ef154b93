//! Files to pixels: what each format's header says is judged first, then the decoder runs.

mod colour;
mod exif;
mod jpeg;
mod png;
mod upright;
mod webp;

use super::{Picture, PictureError};

/// The most pixels that are decoded: a 50-megapixel camera's.
pub const MAX_PIXELS: u64 = 50_000_000;
/// The longest side that is decoded.
pub const MAX_SIDE: u32 = 16_384;
/// The longest file that is looked at.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;
/// The most memory that decoding may need beside the file and the picture itself.
pub const MAX_WORKING_BYTES: usize = 64 * 1024 * 1024;

pub(super) fn decode(bytes: &[u8]) -> Result<Picture, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    if bytes.len() > MAX_FILE_BYTES {
        return Err(PictureError::TooManyBytes { bytes: bytes.len() });
    }
    match Format::of(bytes)? {
        Format::Jpeg => jpeg::decode(bytes),
        Format::Png => png::decode(bytes),
        Format::WebP => webp::decode(bytes),
    }
}

pub(super) fn check_limits(width: u32, height: u32) -> Result<(), PictureError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS || width > MAX_SIDE || height > MAX_SIDE {
        return Err(PictureError::TooLarge { width, height });
    }
    Ok(())
}

/// Refuses what the header shows to need too much memory, before it is reserved.
fn check_working_memory(width: u32, height: u32, bytes: u64) -> Result<(), PictureError> {
    if bytes > MAX_WORKING_BYTES as u64 {
        return Err(PictureError::TooMuchMemory { width, height });
    }
    Ok(())
}

/// A colour of this opacity on white.
fn over_white(rgb: [u8; 3], alpha: u8) -> [u8; 3] {
    rgb.map(|value| {
        let sum = u32::from(value) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
        ((sum + 127) / 255) as u8
    })
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
