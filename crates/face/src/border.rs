//! Edges of a picture that no camera saw: black bars, and one row or column repeated.

use crate::picture::Picture;

/// A bar is no brighter than this on average, and nowhere brighter than that.
const BAR_MEAN: u32 = 10;
const BAR_MOST: u8 = 24;
/// A repeated edge is equal so many pixels further in, in nearly all of its places, to this many levels.
const REPEATED: i32 = 4;
const REPEATED_SHARE: f64 = 0.98;
const EQUAL_TO: u8 = 1;
/// A wall of one colour is equal too: only an edge with contrast can be told to be repeated.
const CONTRAST: u8 = 24;

/// A quarter for each of the four edges that is missing.
pub(crate) fn missing(picture: &Picture) -> f64 {
    let (right, bottom) = (picture.width() as i32 - 1, picture.height() as i32 - 1);
    let gone = [
        is_missing(right, |along, inwards| picture.at(along, inwards)),
        is_missing(right, |along, inwards| picture.at(along, bottom - inwards)),
        is_missing(bottom, |along, inwards| picture.at(inwards, along)),
        is_missing(bottom, |along, inwards| picture.at(right - inwards, along)),
    ];
    gone.into_iter().filter(|gone| *gone).count() as f64 / 4.0
}

/// Whether an edge of this length is; `at` gives the pixel at a place along it and so far inwards.
fn is_missing(length: i32, at: impl Fn(i32, i32) -> [u8; 3]) -> bool {
    let (mut sum, mut least, mut most, mut equal) = (0_u32, u8::MAX, 0_u8, 0_u32);
    for along in 0..=length {
        let (edge, inner) = (at(along, 0), at(along, REPEATED));
        for value in edge {
            sum += u32::from(value);
            (least, most) = (least.min(value), most.max(value));
        }
        let near = edge
            .iter()
            .zip(inner)
            .all(|(a, b)| a.abs_diff(b) <= EQUAL_TO);
        equal += u32::from(near);
    }
    let count = (length + 1) as u32;
    let bar = sum <= BAR_MEAN * 3 * count && most <= BAR_MOST;
    let repeated = f64::from(equal) >= REPEATED_SHARE * f64::from(count);
    bar || (repeated && most - least > CONTRAST)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn picture(of: impl Fn(u32, u32) -> u8) -> Picture {
        let rgb = (0..60 * 80).flat_map(|at| [of(at % 60, at / 60); 3]);
        Picture::from_rgb(60, 80, rgb.collect()).unwrap()
    }

    #[test]
    fn bars_and_repeated_rows_are_missing_and_a_wall_or_a_shadow_is_not() {
        let textured = |x: u32, y: u32| (60 + (x * 7 + y * 13) % 120) as u8;
        assert!(missing(&picture(textured)) < 0.01);
        assert!(missing(&picture(|_, _| 200)) < 0.01, "a wall");
        assert!(
            missing(&picture(|x, _| 20 + (x / 3) as u8)) < 0.3,
            "a shadow"
        );
        let bar = picture(|x, y| if y < 6 { 2 } else { textured(x, y) });
        assert!((missing(&bar) - 0.25).abs() < 0.01);
        let both = picture(|x, y| {
            if (8..52).contains(&x) {
                textured(x, y)
            } else {
                0
            }
        });
        assert!((missing(&both) - 0.5).abs() < 0.01);
        let repeated = picture(|x, y| textured(x, y.min(70)));
        assert!((missing(&repeated) - 0.25).abs() < 0.01);
    }
}
