//! JPEG, baseline and progressive; grey and CMYK become RGB.

use opencv::core::{Mat, MatTraitConst, MatTraitConstManual, Vector};
use opencv::{imgcodecs, imgproc};
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::upright::Upright;
use super::{check_limits, check_working_memory, colour, exif};
use crate::picture::{Picture, PictureError};

/// A JPEG spends at least a bit on each block's DC coefficient: a file shorter than its luma blocks over 8 is cut short.
const JPEG_PIXELS_PER_BYTE: u64 = 64 * 8;
/// Bytes a pixel that libjpeg-turbo's road needs beside the picture: two copies, and the coefficients of files of several scans.
const LIBJPEG_BYTES: u64 = 6 + 6;

/// `zune-jpeg` in its strict mode: the lenient one paints what is missing grey and says nothing. An end marker put in the middle of
/// the pixels passes even so (an ignored test shows it). What it is not known to read rightly, libjpeg-turbo reads, as for cameras.
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
    let headers = decoder.decode_headers();
    let plain = outline.is_plain();
    let needed = plain || !outline.ended || outline.sides().is_none();
    if let (Err(error), true) = (headers, needed) {
        return Err(if outline.ended {
            damaged(error)
        } else {
            PictureError::Truncated
        });
    }
    let (width, height) = match outline.sides() {
        Some(sides) if !plain => sides,
        _ => {
            let (width, height) = decoder.dimensions().ok_or(PictureError::Truncated)?;
            (width as u32, height as u32)
        }
    };
    check_limits(width, height)?;
    let pixels = u64::from(width) * u64::from(height);
    if !outline.ended || (bytes.len() as u64) < pixels / JPEG_PIXELS_PER_BYTE {
        return Err(PictureError::Truncated);
    }
    check_working_memory(width, height, outline.coefficient_bytes(pixels))?;
    let orientation = exif::orientation(decoder.exif().map(Vec::as_slice));
    let profile = decoder.icc_profile();
    let mut rgb = if plain {
        decoder.decode().map_err(damaged)?
    } else {
        check_working_memory(width, height, pixels * LIBJPEG_BYTES)?;
        by_libjpeg(bytes, (width, height))?
    };
    colour::to_srgb(&mut rgb, profile.as_deref());
    Upright::new((width, height), orientation).turn(rgb)
}

fn by_libjpeg(bytes: &[u8], (width, height): (u32, u32)) -> Result<Vec<u8>, PictureError> {
    let damaged = |reason: String| PictureError::Damaged { reason };
    let failed = |error: opencv::Error| damaged(error.message);
    let flags = imgcodecs::IMREAD_COLOR | imgcodecs::IMREAD_IGNORE_ORIENTATION;
    let picture = imgcodecs::imdecode(&Vector::from_slice(bytes), flags).map_err(failed)?;
    if (picture.cols(), picture.rows()) != (width as i32, height as i32) {
        return Err(damaged("libjpeg-turbo does not read it".into()));
    }
    let mut rgb = Mat::default();
    imgproc::cvt_color_def(&picture, &mut rgb, imgproc::COLOR_BGR2RGB).map_err(failed)?;
    Ok(rgb.data_bytes().map_err(failed)?.to_vec())
}

/// What the markers say. Markers inside segments (an EXIF thumbnail has its own) do not count: segments are stepped over by their length.
#[derive(Default)]
struct Outline {
    /// Whether an end-of-image marker follows the entropy-coded data.
    ended: bool,
    /// The frame header.
    frame: Vec<u8>,
    /// Whether that is of a progressive picture.
    progressive: bool,
    /// Whether Huffman tables stand before the first scan; frames of cameras may leave the usual ones out.
    tables: bool,
    /// Whether the first scan has all components.
    interleaved: bool,
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
                    let segment = bytes.get(at + 4..at + 2 + length).unwrap_or_default();
                    outline.see(marker, segment, scanning);
                    scanning |= marker == 0xDA;
                    at += 2 + length;
                }
            }
        }
        outline
    }

    fn see(&mut self, marker: u8, segment: &[u8], scanning: bool) {
        match marker {
            0xC0..=0xC2 => {
                self.frame = segment.to_vec();
                self.progressive = marker == 0xC2;
            }
            0xC4 => self.tables |= !scanning,
            0xDA if !scanning => self.interleaved = segment.first() == self.frame.get(5),
            _ => {}
        }
    }

    /// Columns and rows, where there is a frame header.
    fn sides(&self) -> Option<(u32, u32)> {
        let side = |at: usize| {
            let bytes = *self.frame.get(at..)?.first_chunk()?;
            Some(u32::from(u16::from_be_bytes(bytes)))
        };
        side(3).zip(side(1))
    }

    /// Across and down, of each component.
    fn sampling(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let components = self.frame.get(6..).unwrap_or_default().chunks_exact(3);
        components.map(|component| (u64::from(component[1] >> 4), u64::from(component[1] & 15)))
    }

    /// What nearly every file is: tables of its own, one scan or a progressive one, luma sampled once or twice as finely as the rest.
    fn is_plain(&self) -> bool {
        let mut sampling = self.sampling();
        let usual = match sampling.next() {
            // Four colours, as printers have them: each as finely as its program likes.
            _ if self.frame.get(5) == Some(&4) => true,
            None => true,
            Some((1 | 2, 1 | 2)) => sampling.all(|factors| factors == (1, 1)),
            Some(_) => false,
        };
        usual && self.tables && (self.interleaved || self.progressive)
    }

    /// All coefficients of a progressive picture are held until its last scan: two bytes for each sample of each component, as many as its sampling factors say.
    fn coefficient_bytes(&self, pixels: u64) -> u64 {
        if !self.progressive {
            return 0;
        }
        let (mut across, mut down, mut samples) = (1, 1, 0);
        for (h, v) in self.sampling() {
            (across, down) = (across.max(h), down.max(v));
            samples += h * v;
        }
        2 * samples * pixels / (across * down)
    }
}
