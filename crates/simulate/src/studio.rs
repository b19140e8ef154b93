//! Frames of an applicant before the camera: a real picture placed into a 720p frame.

use crate::people::{Sitter, Variant};
use anyhow::Context;
use image::RgbImage;
use image::imageops::{self, FilterType};
use std::path::Path;

/// The frame's size in pixels.
pub const FRAME: (u32, u32) = (1280, 720);

/// The pictures of one folder, decoded once.
pub struct Studio {
    pictures: Vec<(Sitter, RgbImage)>,
}

impl Studio {
    /// Reads the pictures.
    ///
    /// # Errors
    /// When a picture is missing or not readable.
    pub fn open(folder: &Path, sitters: &[Sitter]) -> anyhow::Result<Self> {
        let mut pictures = Vec::new();
        for sitter in sitters {
            let path = folder.join(sitter.file);
            let picture = image::open(&path)
                .with_context(|| format!("the picture {}", sitter.file))?
                .to_rgb8();
            pictures.push((*sitter, picture));
        }
        Ok(Self { pictures })
    }

    /// A 720p frame of this variant: the face's middle at 45 % of the height.
    pub fn frame(&self, sitter: &Sitter, variant: Variant) -> Option<Vec<u8>> {
        let (_, picture) = self.pictures.iter().find(|(s, _)| s.file == sitter.file)?;
        let (face_x, face_y, face_height) = sitter.face;
        let (w, h) = (picture.width() as f32, picture.height() as f32);
        let scale = variant.size * FRAME.1 as f32 / (face_height * h);
        let resized = imageops::resize(
            picture,
            ((w * scale) as u32).max(1),
            ((h * scale) as u32).max(1),
            FilterType::Triangle,
        );
        let mut frame = RgbImage::from_pixel(FRAME.0, FRAME.1, image::Rgb([168, 172, 170]));
        let face_px = variant.size * FRAME.1 as f32;
        let left = FRAME.0 as f32 * 0.5 - face_x * w * scale + variant.shift.0 * face_px;
        let top = FRAME.1 as f32 * 0.47 - face_y * h * scale + variant.shift.1 * face_px;
        imageops::overlay(&mut frame, &resized, left as i64, top as i64);
        for value in frame.as_mut() {
            *value = (f32::from(*value) * variant.gain).min(255.0) as u8;
        }
        Some(frame.into_raw())
    }
}
