//! A portrait's file: a JPEG as it is, or a face record of ISO/IEC 19794-5 (2005, the form of travel documents) with a JPEG inside.

/// Why there is no JPEG in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PortraitFault {
    /// Neither a JPEG nor such a record.
    #[error("neither a JPEG nor a face record of ISO/IEC 19794-5")]
    Unknown,
    /// A record that ends before what it says of itself.
    #[error("the face record is cut or its lengths contradict each other")]
    Cut,
    /// A record whose picture is JPEG 2000, which is not read here.
    #[error("the face record holds JPEG 2000")]
    Jpeg2000,
}

impl PortraitFault {
    /// Its key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Unknown => "picture",
            Self::Cut => "picture-truncated",
            Self::Jpeg2000 => "picture-jpeg-2000",
        }
    }
}

/// "FAC", version "010", length of the whole, number of faces.
const HEADER: usize = 14;
/// Length of the block, number of feature points, what is known of the face.
const FACE: usize = 20;
/// One feature point.
const POINT: usize = 8;
/// Kind, data type, width, height, colour space, source, device, quality.
const IMAGE: usize = 12;

/// The JPEG of a portrait's file: of several faces in a record, the first.
///
/// # Errors
/// [`PortraitFault`].
pub fn jpeg_in(bytes: &[u8]) -> Result<&[u8], PortraitFault> {
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Ok(bytes);
    }
    if !bytes.starts_with(b"FAC\0") {
        return Err(PortraitFault::Unknown);
    }
    let total = number(bytes, 8, 4)?;
    let faces = number(bytes, 12, 2)?;
    let block = number(bytes, HEADER, 4)?;
    let end = HEADER.checked_add(block).ok_or(PortraitFault::Cut)?;
    if faces == 0 || total > bytes.len() || end > total {
        return Err(PortraitFault::Cut);
    }
    let points = number(bytes, HEADER + 4, 2)?;
    let image = HEADER + FACE + points * POINT;
    if image + IMAGE > end {
        return Err(PortraitFault::Cut);
    }
    let jpeg = bytes.get(image + IMAGE..end).ok_or(PortraitFault::Cut)?;
    match number(bytes, image + 1, 1)? {
        0 if jpeg.starts_with(&[0xff, 0xd8, 0xff]) => Ok(jpeg),
        1 => Err(PortraitFault::Jpeg2000),
        _ => Err(PortraitFault::Unknown),
    }
}

/// A number of the record, the most significant byte first.
fn number(bytes: &[u8], at: usize, length: usize) -> Result<usize, PortraitFault> {
    let found = at.checked_add(length).and_then(|end| bytes.get(at..end));
    let found = found.ok_or(PortraitFault::Cut)?;
    Ok(found.iter().fold(0, |n, byte| n << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JPEG: [u8; 6] = [0xff, 0xd8, 0xff, 0xe0, 1, 2];

    /// A record with so many feature points.
    fn record(points: u16, kind: u8, picture: &[u8]) -> Vec<u8> {
        let block = (FACE + usize::from(points) * POINT + IMAGE + picture.len()) as u32;
        let mut bytes = b"FAC\x00010\x00".to_vec();
        bytes.extend((block + HEADER as u32).to_be_bytes());
        bytes.extend(1_u16.to_be_bytes());
        bytes.extend(block.to_be_bytes());
        bytes.extend(points.to_be_bytes());
        bytes.extend(vec![0; FACE - 6 + usize::from(points) * POINT]);
        bytes.extend([1, kind]);
        bytes.extend(vec![0; IMAGE - 2]);
        bytes.extend(picture);
        bytes
    }

    #[test]
    fn the_jpeg_of_a_record_is_found_whatever_stands_before_it() {
        assert_eq!(jpeg_in(&JPEG), Ok(JPEG.as_slice()));
        for points in [0, 1, 88] {
            assert_eq!(jpeg_in(&record(points, 0, &JPEG)), Ok(JPEG.as_slice()));
        }
        assert_eq!(jpeg_in(&record(0, 1, &JPEG)), Err(PortraitFault::Jpeg2000));
        assert_eq!(
            jpeg_in(&record(0, 0, b"no picture")),
            Err(PortraitFault::Unknown)
        );
        assert_eq!(jpeg_in(b"PNG"), Err(PortraitFault::Unknown));
    }

    #[test]
    fn a_cut_or_lying_record_is_refused() {
        let whole = record(3, 0, &JPEG);
        for cut in 4..whole.len() {
            assert_eq!(jpeg_in(&whole[..cut]), Err(PortraitFault::Cut), "{cut}");
        }
        for at in [8, 9, 10, 12, 14, 15, 16, 18, 19] {
            let mut lying = whole.clone();
            lying[at] = 0xff;
            let _ = jpeg_in(&lying);
        }
        let mut many = whole;
        many[18..20].copy_from_slice(&[0xff, 0xff]);
        assert_eq!(jpeg_in(&many), Err(PortraitFault::Cut));
    }
}
