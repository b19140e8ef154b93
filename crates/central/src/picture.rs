//! What the centre checks of a portrait's bytes itself.

use image::ImageReader;
use std::io::Cursor;

/// The most pixels that are decoded.
const PIXELS_LIMIT: u64 = 50_000_000;
/// The smallest side of a portrait.
const SIDE_LEAST_PX: u32 = 112;

/// Why a portrait is not accepted, as a reason's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureFault(pub &'static str);

/// A check of the portrait; more than one may be wired.
pub trait PictureCheck: Send + Sync {
    /// Checks a portrait.
    ///
    /// # Errors
    /// [`PictureFault`] names what does not hold.
    fn check(&self, portrait: &[u8]) -> Result<(), PictureFault>;
}

/// Size before decoding, then the whole of it decoded.
#[derive(Debug, Clone, Copy, Default)]
pub struct Decodes;

impl PictureCheck for Decodes {
    fn check(&self, portrait: &[u8]) -> Result<(), PictureFault> {
        let reader = || {
            ImageReader::new(Cursor::new(portrait))
                .with_guessed_format()
                .map_err(|_| PictureFault("picture"))
        };
        let (width, height) = reader()?
            .into_dimensions()
            .map_err(|_| PictureFault("picture"))?;
        if u64::from(width) * u64::from(height) > PIXELS_LIMIT {
            return Err(PictureFault("picture-too-large"));
        }
        if width.min(height) < SIDE_LEAST_PX {
            return Err(PictureFault("picture-too-small"));
        }
        // A JPEG cut short decodes leniently: its end marker must be there.
        let whole = !portrait.starts_with(&[0xff, 0xd8]) || portrait.ends_with(&[0xff, 0xd9]);
        if !whole {
            return Err(PictureFault("picture"));
        }
        reader()?
            .decode()
            .map(drop)
            .map_err(|_| PictureFault("picture"))
    }
}
