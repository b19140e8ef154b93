//! PNG, row by row: no more than a row beside the picture itself, whatever its depth and channels.

use std::io::Cursor;

use png::{BitDepth, DecodingError, Limits, Transformations};

use super::upright::Upright;
use super::{MAX_WORKING_BYTES, check_limits, colour, exif};
use crate::picture::{Picture, PictureError};

/// Deflate cannot shrink more than this (RFC 1951: 258 bytes in two bits): a PNG shorter than its pixels over this is cut short.
const DEFLATE_MOST: u64 = 1032;
/// First column and row and the steps to the next, of the only pass of a plain PNG and of the seven of an interlaced one.
const PLAIN: [[usize; 4]; 1] = [[0, 0, 1, 1]];
const ADAM7: [[usize; 4]; 7] = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
];

pub(super) fn decode(bytes: &[u8]) -> Result<Picture, PictureError> {
    let limits = Limits {
        bytes: MAX_WORKING_BYTES,
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    let (width, height) = decoder.read_header_info().map_err(from_png)?.size();
    check_limits(width, height)?;
    let mut reader = decoder.read_info().map_err(from_png)?;
    if reader.info().animation_control.is_some() {
        return Err(PictureError::Animated);
    }
    // 1-bit pixels: the least that a PNG can hold.
    if (bytes.len() as u64) < u64::from(width) * u64::from(height) / 8 / DEFLATE_MOST
        || !ended_by_iend(bytes)
    {
        return Err(PictureError::Truncated);
    }
    let orientation = exif::orientation(reader.info().exif_metadata.as_deref());
    let profile = reader.info().icc_profile.as_deref().map(<[u8]>::to_vec);
    let upright = Upright::new((width, height), orientation);
    let mut rgb = upright.canvas();
    read_rows(&mut reader, &upright, &mut rgb)?;
    colour::to_srgb(&mut rgb, profile.as_deref());
    upright.filled(rgb)
}

fn read_rows(
    reader: &mut png::Reader<Cursor<&[u8]>>,
    upright: &Upright,
    rgb: &mut [u8],
) -> Result<(), PictureError> {
    let (width, height) = reader.info().size();
    let (width, height) = (width as usize, height as usize);
    let passes: &[[usize; 4]] = if reader.info().interlaced {
        &ADAM7
    } else {
        &PLAIN
    };
    let (colour, depth) = reader.output_color_type();
    let deep = depth == BitDepth::Sixteen;
    let pixel_bytes = colour.samples() * if deep { 2 } else { 1 };
    let (start, right, down) = upright.steps();
    for &[left, top, across, below] in passes.iter().filter(|pass| pass[0] < width) {
        for y in (top..height).step_by(below) {
            let row = reader.next_interlaced_row().map_err(from_png)?;
            let row = row.ok_or(PictureError::Truncated)?;
            let mut place = start + left as isize * right + y as isize * down;
            for pixel in row.data().chunks_exact(pixel_bytes) {
                if let Some(into) = rgb
                    .get_mut((place as usize).saturating_mul(3)..)
                    .and_then(<[u8]>::first_chunk_mut)
                {
                    *into = if deep {
                        from_deep(pixel)
                    } else {
                        on_white(pixel)
                    };
                }
                place += across as isize * right;
            }
        }
    }
    Ok(())
}

/// 16 bits to 8, rounded.
fn from_deep(pixel: &[u8]) -> [u8; 3] {
    let mut shallow = [0; 4];
    let (values, _) = pixel.as_chunks::<2>();
    for (into, value) in shallow.iter_mut().zip(values) {
        *into = ((u32::from(u16::from_be_bytes(*value)) + 128) / 257) as u8;
    }
    on_white(shallow.get(..values.len()).unwrap_or_default())
}

/// Grey becomes RGB; transparent places show white, as on paper, not what the editor left under them.
fn on_white(pixel: &[u8]) -> [u8; 3] {
    let (rgb, alpha) = match *pixel {
        [grey] => return [grey; 3],
        [r, g, b] => return [r, g, b],
        [grey, alpha] => ([grey; 3], alpha),
        [r, g, b, alpha] => ([r, g, b], alpha),
        _ => return [255; 3],
    };
    super::over_white(rgb, alpha)
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

#[allow(clippy::needless_pass_by_value)] // what `map_err` hands over
fn from_png(error: DecodingError) -> PictureError {
    match error {
        DecodingError::IoError(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => {
            PictureError::Truncated
        }
        other => PictureError::Damaged {
            reason: other.to_string(),
        },
    }
}
