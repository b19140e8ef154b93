//! WebP, lossy and lossless.

use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use image::{ImageDecoder, ImageError};

use super::upright::Upright;
use super::{check_limits, check_working_memory, colour, exif, over_white};
use crate::picture::{Picture, PictureError};

/// Bytes a pixel beside the picture: the planes of a lossy one; the four channels in which the decoder works, and the fourth again.
const LOSSY: u64 = 2;
const OTHERS: u64 = 6;

pub(super) fn decode(bytes: &[u8]) -> Result<Picture, PictureError> {
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
    let clear = decoder.color_type().has_alpha();
    let lossy = bytes.get(12..16) == Some(b"VP8 ") && !clear;
    let each = if lossy { LOSSY } else { OTHERS };
    check_working_memory(width, height, u64::from(width) * u64::from(height) * each)?;
    let orientation = exif::orientation(decoder.exif_metadata().ok().flatten().as_deref());
    let profile = decoder.icc_profile().ok().flatten();
    let mut rgb = vec![0; usize::try_from(decoder.total_bytes()).unwrap_or(0)];
    decoder.read_image(&mut rgb).map_err(from_image)?;
    if clear {
        drop_alpha(&mut rgb);
    }
    colour::to_srgb(&mut rgb, profile.as_deref());
    Upright::new((width, height), orientation).turn(rgb)
}

/// Four channels to three, in place.
fn drop_alpha(pixels: &mut Vec<u8>) {
    let count = pixels.len() / 4;
    for at in 0..count {
        let Some(&[r, g, b, alpha]) = pixels.get(at * 4..).and_then(<[u8]>::first_chunk) else {
            break;
        };
        if let Some(into) = pixels.get_mut(at * 3..).and_then(<[u8]>::first_chunk_mut) {
            *into = over_white([r, g, b], alpha);
        }
    }
    pixels.truncate(count * 3);
    pixels.shrink_to_fit();
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
