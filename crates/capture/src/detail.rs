//! Whether a picture has the detail that its size promises, or was enlarged on its way.

use crate::frame::Frame;

/// Finest contrast over the next coarser of an enlarged picture is about 0.41 however it was enlarged, of a real one 0.49 and more.
const LEAST_SHARE: f64 = 0.45;
/// A scene with less contrast than this (levels of 255) says nothing.
const LEAST_CONTRAST: f64 = 4.0;
/// Every so many-th row is looked at.
const ROW_STEP: usize = 4;

/// Whether the finest pixels say something of their own; `None` where the scene has too little contrast to tell.
pub(crate) fn is_real(frame: &Frame) -> Option<bool> {
    let (width, height) = (frame.width as usize, frame.height as usize);
    let green = |x: usize, y: usize| {
        let at = (y * width + x) * 3 + 1;
        f64::from(frame.rgb.get(at).copied().unwrap_or_default())
    };
    let (mut fine, mut coarse, mut count) = (0.0, 0.0, 0_u32);
    for y in (2..height.saturating_sub(2)).step_by(ROW_STEP) {
        for x in 2..width.saturating_sub(2) {
            let beyond = |d: usize| {
                let around = green(x - d, y) + green(x + d, y) + green(x, y - d) + green(x, y + d);
                (4.0 * green(x, y) - around).abs()
            };
            fine += beyond(1);
            coarse += beyond(2);
            count += 1;
        }
    }
    let contrast = coarse / f64::from(count.max(1));
    (contrast >= LEAST_CONTRAST).then(|| fine / coarse >= LEAST_SHARE)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::frame::SourceId;
    use image::imageops::{self, FilterType};
    use image::{Rgb, RgbImage};
    use std::time::Instant;

    fn frame(picture: &RgbImage) -> Frame {
        Frame {
            width: picture.width(),
            height: picture.height(),
            rgb: picture.as_raw().as_slice().into(),
            jpeg: None,
            captured_at: Instant::now(),
            arrived_at: Instant::now(),
            sequence: 1,
            source: SourceId(1),
        }
    }

    #[test]
    fn a_photograph_has_its_detail_and_an_enlarged_one_has_not() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../assets/pictures/obama.jpg"
        );
        let real = image::open(path).unwrap().to_rgb8();
        let real = imageops::resize(&real, 864, 1080, FilterType::Lanczos3);
        assert_eq!(is_real(&frame(&real)), Some(true));
        let small = imageops::resize(&real, 576, 720, FilterType::Lanczos3);
        for filter in [
            FilterType::Triangle,
            FilterType::CatmullRom,
            FilterType::Lanczos3,
        ] {
            let enlarged = imageops::resize(&small, 864, 1080, filter);
            assert_eq!(is_real(&frame(&enlarged)), Some(false), "{filter:?}");
        }
        let wall = RgbImage::from_pixel(640, 480, Rgb([90, 90, 90]));
        assert_eq!(is_real(&frame(&wall)), None);
    }
}
