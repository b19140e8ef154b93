//! How the camera was held, from a picture's EXIF. Some programs write the orientation as LONG or BYTE; it is obeyed all the same.

use image::metadata::Orientation;

const ORIENTATION: u16 = 0x0112;
/// Bytes of a directory's entry.
const ENTRY: usize = 12;

/// The orientation that a TIFF block (the content of an EXIF segment) states; none where it states nothing that is one.
pub(super) fn orientation(block: Option<&[u8]>) -> Orientation {
    block
        .and_then(stated)
        .and_then(Orientation::from_exif)
        .unwrap_or(Orientation::NoTransforms)
}

fn stated(block: &[u8]) -> Option<u8> {
    let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    let little = match block.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = *block.get(at..)?.first_chunk()?;
        Some(if little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let long = |at: usize| {
        let bytes = *block.get(at..)?.first_chunk()?;
        Some(if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    };
    let directory = usize::try_from(long(4)?).ok()?;
    for entry in 0..usize::from(short(directory)?) {
        let at = directory.checked_add(2 + entry * ENTRY)?;
        if short(at)? != ORIENTATION {
            continue;
        }
        return match short(at + 2)? {
            1 => block.get(at + 8).copied(),
            3 => short(at + 8).and_then(|value| u8::try_from(value).ok()),
            4 => long(at + 8).and_then(|value| u8::try_from(value).ok()),
            _ => None,
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block with one entry, in either order of bytes.
    fn block(little: bool, kind: u16, value: [u8; 4]) -> Vec<u8> {
        let short = |value: u16| {
            if little {
                value.to_le_bytes()
            } else {
                value.to_be_bytes()
            }
        };
        let long = |value: u32| {
            if little {
                value.to_le_bytes()
            } else {
                value.to_be_bytes()
            }
        };
        let mut block = if little {
            b"II*\0".to_vec()
        } else {
            b"MM\0*".to_vec()
        };
        block.extend(long(8));
        block.extend(short(1));
        block.extend(short(ORIENTATION));
        block.extend(short(kind));
        block.extend(long(1));
        block.extend(value);
        block
    }

    #[test]
    fn an_orientation_is_obeyed_as_byte_short_and_long_in_both_orders() {
        for (little, kind, value) in [
            (true, 1, [6, 0, 0, 0]),
            (true, 3, [6, 0, 0, 0]),
            (true, 4, [6, 0, 0, 0]),
            (false, 1, [6, 0, 0, 0]),
            (false, 3, [0, 6, 0, 0]),
            (false, 4, [0, 0, 0, 6]),
        ] {
            let block = block(little, kind, value);
            assert_eq!(
                orientation(Some(&block)),
                Orientation::Rotate90,
                "{little} {kind}"
            );
            // The value's first byte is the nineteenth.
            for end in 0..19 {
                let cut = block.get(..end);
                assert_eq!(orientation(cut), Orientation::NoTransforms, "{end}");
            }
        }
        let nine = block(true, 3, [9, 0, 0, 0]);
        assert_eq!(orientation(Some(&nine)), Orientation::NoTransforms);
    }
}
