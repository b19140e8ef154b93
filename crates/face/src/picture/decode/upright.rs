//! Where the pixels of a stored picture stand once it is upright.

use image::metadata::Orientation;

use super::MAX_WORKING_BYTES;
use crate::picture::{Picture, PictureError};

/// A stored picture's sides and how its camera was held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Upright {
    width: usize,
    height: usize,
    orientation: Orientation,
}

impl Upright {
    pub fn new((width, height): (u32, u32), orientation: Orientation) -> Self {
        Self {
            width: width as usize,
            height: height as usize,
            orientation,
        }
    }

    /// Room for the picture, black.
    pub fn canvas(&self) -> Vec<u8> {
        vec![0; self.width * self.height * 3]
    }

    /// The upright place, in pixels from the first, of the stored pixel (0, 0), and the steps to its neighbours on the right and below.
    pub fn steps(&self) -> (isize, isize, isize) {
        // Sides are at most 16,384 and pixels 50 million: no cast wraps.
        let (w, h) = (self.width as isize, self.height as isize);
        let last = w * h - 1;
        match self.orientation {
            Orientation::NoTransforms => (0, 1, w),
            Orientation::FlipHorizontal => (w - 1, -1, w),
            Orientation::Rotate180 => (last, -1, -w),
            Orientation::FlipVertical => (last + 1 - w, 1, -w),
            Orientation::Rotate90 => (h - 1, h, -1),
            Orientation::Rotate270 => (last + 1 - h, -h, 1),
            Orientation::Rotate90FlipH => (0, h, 1),
            Orientation::Rotate270FlipH => (last, -h, -1),
        }
    }

    /// The upright picture of a canvas that was filled by [`Self::steps`].
    pub fn filled(&self, rgb: Vec<u8>) -> Result<Picture, PictureError> {
        let (width, height) = self.sides();
        Picture::from_rgb(width as u32, height as u32, rgb)
    }

    /// The upright picture of RGB pixels as they were stored.
    pub fn turn(&self, mut stored: Vec<u8>) -> Result<Picture, PictureError> {
        if self.orientation == Orientation::NoTransforms {
            return self.filled(stored);
        }
        if stored.len() > MAX_WORKING_BYTES || stored.len() != self.width * self.height * 3 {
            self.turn_in_place(&mut stored);
            return self.filled(stored);
        }
        let mut rgb = self.canvas();
        for (from, pixel) in stored.chunks_exact(3).enumerate() {
            if let Some(place) = rgb
                .get_mut(self.place(from).saturating_mul(3)..)
                .and_then(<[u8]>::first_chunk_mut::<3>)
            {
                place.copy_from_slice(pixel);
            }
        }
        self.filled(rgb)
    }

    /// Each pixel pushes out the one in whose place it comes, until a ring of them closes. Some times slower than copying, but a bit a pixel is all it needs.
    fn turn_in_place(&self, stored: &mut [u8]) {
        let (pixels, _) = stored.as_chunks_mut::<3>();
        let mut placed = vec![0_u64; pixels.len().div_ceil(64)];
        for first in 0..pixels.len() {
            let (mut from, mut carried) = (first, pixels[first]);
            while placed[from / 64] >> (from % 64) & 1 == 0 {
                placed[from / 64] |= 1 << (from % 64);
                from = self.place(from).min(pixels.len() - 1);
                std::mem::swap(&mut carried, &mut pixels[from]);
            }
        }
    }

    /// The upright place of the stored pixel of this number.
    fn place(&self, from: usize) -> usize {
        let (start, right, down) = self.steps();
        let (x, y) = (from % self.width, from / self.width);
        (start + x as isize * right + y as isize * down) as usize
    }

    fn sides(&self) -> (usize, usize) {
        match self.orientation {
            Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH => (self.height, self.width),
            _ => (self.width, self.height),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_orientation_stands_as_the_image_library_turns_it_copied_or_in_place() {
        for value in 1..=8 {
            let orientation = Orientation::from_exif(value).unwrap();
            for (width, height) in [(5, 3), (1, 7), (4, 4), (7, 1)] {
                let rgb: Vec<u8> = (0..width * height * 3).map(|at| at as u8).collect();
                let stored = image::RgbImage::from_raw(width, height, rgb.clone()).unwrap();
                let mut expected = image::DynamicImage::ImageRgb8(stored);
                expected.apply_orientation(orientation);
                let upright = Upright::new((width, height), orientation);
                let mut in_place = rgb.clone();
                upright.turn_in_place(&mut in_place);
                let turned = upright.turn(rgb).unwrap();
                assert_eq!(turned.as_rgb(), expected.as_bytes(), "{orientation:?}");
                assert_eq!(in_place, expected.as_bytes(), "{orientation:?} in place");
                assert_eq!(
                    (turned.width(), turned.height()),
                    (expected.width(), expected.height())
                );
            }
        }
    }
}
