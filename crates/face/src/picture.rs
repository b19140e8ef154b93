//! A picture: 8-bit RGB pixels in memory, decoded with limits.
//!
//! Every file that an officer can pick passes [`Picture::decode`]: it looks at the header before it reserves memory, refuses what
//! is cut short, and turns the picture upright as its EXIF says.

mod decode;

use std::fmt;
use std::sync::Arc;

pub use decode::{MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE, MAX_WORKING_BYTES};

/// Why some bytes are no picture for us.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Nothing there.
    #[error("the file is empty")]
    Empty,
    /// Not the start of any picture format that we know.
    #[error("this is not a picture")]
    NotAPicture,
    /// A picture format that is not read here.
    #[error("pictures of the format {format} are not read; save it as JPEG or PNG")]
    Unsupported {
        /// The format's usual name.
        format: &'static str,
    },
    /// A moving picture where a photograph is wanted.
    #[error("the picture is animated")]
    Animated,
    /// More pixels, or a longer side, than the limit.
    #[error(
        "the picture is {width} x {height}, more than {MAX_PIXELS} pixels or {MAX_SIDE} on a side"
    )]
    TooLarge {
        /// Width that the header states.
        width: u32,
        /// Height that the header states.
        height: u32,
    },
    /// A kind of picture that cannot be decoded piece by piece (progressive JPEG, WebP), too large to be decoded as a whole.
    #[error(
        "a picture of this kind and of {width} x {height} needs more than {MAX_WORKING_BYTES} bytes to decode; save it smaller, or as PNG or plain JPEG"
    )]
    TooMuchMemory {
        /// Width that the header states.
        width: u32,
        /// Height that the header states.
        height: u32,
    },
    /// A file longer than the limit.
    #[error("the file has {bytes} bytes, more than {MAX_FILE_BYTES}")]
    TooManyBytes {
        /// Its length.
        bytes: usize,
    },
    /// The end is missing.
    #[error("the picture is cut short")]
    Truncated,
    /// Damaged inside.
    #[error("the picture is damaged: {reason}")]
    Damaged {
        /// The decoder's words.
        reason: String,
    },
    /// A buffer whose length is not width × height × 3, or a side of 0.
    #[error("a buffer of {bytes} bytes is no {width} x {height} RGB picture")]
    WrongLength {
        /// Width claimed.
        width: u32,
        /// Height claimed.
        height: u32,
        /// Bytes given.
        bytes: usize,
    },
}

#[derive(Clone)]
enum Pixels {
    Owned(Vec<u8>),
    Shared(Arc<[u8]>),
}

/// 8-bit RGB pixels, row after row without gaps.
#[derive(Clone)]
pub struct Picture {
    width: u32,
    height: u32,
    pixels: Pixels,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} x {})", self.width, self.height)
    }
}

impl Picture {
    /// Takes RGB pixels, row after row.
    ///
    /// # Errors
    /// [`PictureError::WrongLength`] where the buffer is not width × height × 3 bytes, [`PictureError::TooLarge`] past the limits.
    pub fn from_rgb(width: u32, height: u32, rgb: Vec<u8>) -> Result<Self, PictureError> {
        check_sizes(width, height, rgb.len())?;
        Ok(Self {
            width,
            height,
            pixels: Pixels::Owned(rgb),
        })
    }

    /// Takes a frame that others hold too, without copying it.
    ///
    /// # Errors
    /// As [`Picture::from_rgb`].
    pub fn from_shared(width: u32, height: u32, rgb: Arc<[u8]>) -> Result<Self, PictureError> {
        check_sizes(width, height, rgb.len())?;
        Ok(Self {
            width,
            height,
            pixels: Pixels::Shared(rgb),
        })
    }

    /// Reads a JPEG, PNG or WebP file: sizes are checked before memory is reserved, a file that is cut short is an error, the EXIF
    /// orientation is applied, transparency lies on white, 16 bits become 8, grey and CMYK become RGB.
    ///
    /// # Errors
    /// Each [`PictureError`] says what is wrong with the file.
    ///
    /// ```
    /// let header_only = face::Picture::decode(&[0xFF, 0xD8, 0xFF]);
    /// assert!(header_only.is_err());
    /// ```
    pub fn decode(bytes: &[u8]) -> Result<Self, PictureError> {
        decode::decode(bytes)
    }

    /// Columns.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The RGB bytes, row after row.
    pub fn as_rgb(&self) -> &[u8] {
        match &self.pixels {
            Pixels::Owned(bytes) => bytes,
            Pixels::Shared(bytes) => bytes,
        }
    }

    /// The colour at a place; outside, the nearest pixel of the edge.
    pub fn at(&self, x: i32, y: i32) -> [u8; 3] {
        let column = x.clamp(0, self.width as i32 - 1) as usize;
        let row = y.clamp(0, self.height as i32 - 1) as usize;
        let start = (row * self.width as usize + column) * 3;
        match self.as_rgb().get(start..start + 3) {
            Some(&[r, g, b]) => [r, g, b],
            _ => [0; 3],
        }
    }

    /// A JPEG file without any metadata, without chroma subsampling.
    pub fn encode_jpeg(&self, quality: u8) -> Vec<u8> {
        let mut file = Vec::new();
        let encoder =
            image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, quality.clamp(1, 100));
        self.write_with(encoder);
        file
    }

    /// A PNG file.
    pub fn encode_png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        self.write_with(image::codecs::png::PngEncoder::new(&mut file));
        file
    }

    fn write_with(&self, encoder: impl image::ImageEncoder) {
        let written = encoder.write_image(
            self.as_rgb(),
            self.width,
            self.height,
            image::ExtendedColorType::Rgb8,
        );
        // Sizes were checked when the picture was made and memory is the only medium, so nothing is left that could fail.
        if let Err(error) = written {
            tracing::error!(%error, "a picture in memory did not encode");
        }
    }

    /// Left and right exchanged.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let mut rgb = Vec::with_capacity(self.as_rgb().len());
        for row in self.as_rgb().chunks_exact(self.width as usize * 3) {
            for pixel in row.chunks_exact(3).rev() {
                rgb.extend_from_slice(pixel);
            }
        }
        Self {
            width: self.width,
            height: self.height,
            pixels: Pixels::Owned(rgb),
        }
    }

    /// A smaller copy whose longer side is at most `side` pixels; each new pixel is the mean of those it covers.
    #[must_use]
    pub fn scaled_to_fit(&self, side: u32) -> Self {
        let longer = self.width.max(self.height);
        if longer <= side || side == 0 {
            return self.clone();
        }
        let shrink = f64::from(side) / f64::from(longer);
        let width = ((f64::from(self.width) * shrink).round() as u32).max(1);
        let height = ((f64::from(self.height) * shrink).round() as u32).max(1);
        let mut rgb = Vec::with_capacity(width as usize * height as usize * 3);
        for y in 0..height {
            let rows = covered(y, height, self.height);
            for x in 0..width {
                rgb.extend_from_slice(&self.mean_of(covered(x, width, self.width), rows.clone()));
            }
        }
        Self {
            width,
            height,
            pixels: Pixels::Owned(rgb),
        }
    }

    fn mean_of(&self, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> [u8; 3] {
        let count = (columns.len() * rows.len()).max(1) as u32;
        let mut sums = [0_u32; 3];
        for row in rows {
            let start = row * self.width as usize;
            let line = self
                .as_rgb()
                .get((start + columns.start) * 3..(start + columns.end) * 3)
                .unwrap_or_default();
            for pixel in line.chunks_exact(3) {
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum += u32::from(*value);
                }
            }
        }
        sums.map(|sum| ((sum + count / 2) / count) as u8)
    }
}

fn covered(index: u32, of: u32, source: u32) -> std::ops::Range<usize> {
    let start = u64::from(index) * u64::from(source) / u64::from(of);
    let end = (u64::from(index + 1) * u64::from(source)).div_ceil(u64::from(of));
    start as usize..(end as usize).max(start as usize + 1)
}

fn check_sizes(width: u32, height: u32, bytes: usize) -> Result<(), PictureError> {
    decode::check_limits(width, height)?;
    if width == 0 || height == 0 || bytes as u64 != u64::from(width) * u64::from(height) * 3 {
        return Err(PictureError::WrongLength {
            width,
            height,
            bytes,
        });
    }
    Ok(())
}
