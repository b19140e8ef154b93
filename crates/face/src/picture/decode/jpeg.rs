//! JPEG, baseline and progressive; grey and CMYK become RGB.

use image::metadata::Orientation;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::upright::Upright;
use super::{check_limits, check_working_memory};
use crate::picture::{Picture, PictureError};

/// A JPEG spends at least a bit on each block's DC coefficient: a file shorter than its luma blocks over 8 is cut short.
const JPEG_PIXELS_PER_BYTE: u64 = 64 * 8;

/// `zune-jpeg` in its strict mode: the lenient one paints what is missing grey and says nothing. An end marker put in the middle of
/// the pixels passes even so (an ignored test shows it).
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, PictureError> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let damaged = |error: DecodeErrors| PictureError::Damaged {
        reason: error.to_string(),
    };
    let outline = Outline::of(bytes);
    decoder.decode_headers().map_err(|error| {
        if outline.ended {
            damaged(error)
        } else {
            PictureError::Truncated
        }
    })?;
    let (width, height) = decoder.dimensions().ok_or(PictureError::Truncated)?;
    let (width, height) = (width as u32, height as u32);
    check_limits(width, height)?;
    let pixels = u64::from(width) * u64::from(height);
    if !outline.ended || (bytes.len() as u64) < pixels / JPEG_PIXELS_PER_BYTE {
        return Err(PictureError::Truncated);
    }
    check_working_memory(width, height, outline.coefficient_bytes(pixels))?;
    let orientation = decoder
        .exif()
        .and_then(|chunk| Orientation::from_exif_chunk(chunk))
        .unwrap_or(Orientation::NoTransforms);
    let rgb = decoder.decode().map_err(damaged)?;
    Upright::new((width, height), orientation).turn(rgb)
}

/// What the markers say. Markers inside segments (an EXIF thumbnail has its own) do not count: segments are stepped over by their length.
#[derive(Default)]
struct Outline {
    /// Whether an end-of-image marker follows the entropy-coded data.
    ended: bool,
    /// The frame header of a progressive picture.
    progressive: Option<Vec<u8>>,
}

impl Outline {
    fn of(bytes: &[u8]) -> Self {
        let mut outline = Self::default();
        let (mut at, mut scanning) = (2, false);
        while let Some(pair) = bytes.get(at..at + 2) {
            if pair[0] != 0xFF {
                if !scanning {
                    return outline;
                }
                at += 1;
                continue;
            }
            match pair[1] {
                0xD9 => {
                    outline.ended = scanning;
                    return outline;
                }
                0x00 | 0xD0..=0xD8 => at += 2,
                0xFF => at += 1,
                marker => {
                    let Some(length) = bytes.get(at + 2..at + 4) else {
                        return outline;
                    };
                    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
                    scanning |= marker == 0xDA;
                    if marker == 0xC2 {
                        outline.progressive =
                            bytes.get(at + 4..at + 2 + length).map(<[u8]>::to_vec);
                    }
                    at += 2 + length;
                }
            }
        }
        outline
    }

    /// All coefficients of a progressive picture are held until its last scan: two bytes for each sample of each component, as many as its sampling factors say.
    fn coefficient_bytes(&self, pixels: u64) -> u64 {
        let factors = self
            .progressive
            .iter()
            .flat_map(|header| header.get(6..).unwrap_or_default().chunks_exact(3))
            .map(|component| (u64::from(component[1] >> 4), u64::from(component[1] & 15)));
        let (mut across, mut down, mut samples) = (1, 1, 0);
        for (h, v) in factors {
            (across, down) = (across.max(h), down.max(v));
            samples += h * v;
        }
        2 * samples * pixels / (across * down)
    }
}
