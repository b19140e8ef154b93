//! NaturalColour: how far the cheeks' mean colour lies from the box a* 5..25, b* 5..35 of CIELAB (D50).

use super::sigmoid::sigmoid;

/// sRGB to XYZ under D50, and its white (Bruce Lindbloom's figures, as the reference implementation has them).
const TO_XYZ: [[f64; 3]; 3] = [
    [0.43605, 0.38508, 0.14309],
    [0.22249, 0.71689, 0.06062],
    [0.01393, 0.09710, 0.71419],
];
const WHITE: [f64; 3] = [0.964_221, 1.0, 0.825_211];
/// What a colour outside the first quadrant counts.
const UNNATURAL: f64 = 100.0;

/// From the mean sRGB of the cheeks, 0..255.
pub(super) fn native(mean_rgb: [f64; 3]) -> f64 {
    let linear = mean_rgb.map(|value| super::luminance::linear(value / 255.0));
    let mut curved = [0.0; 3];
    for ((row, white), out) in TO_XYZ.iter().zip(WHITE).zip(&mut curved) {
        let sum = row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2];
        *out = lab_curve(sum / white);
    }
    let a = 500.0 * (curved[0] - curved[1]);
    let b = 200.0 * (curved[1] - curved[2]);
    if a < 0.0 || b < 0.0 {
        return UNNATURAL;
    }
    outside(a, 5.0, 25.0).hypot(outside(b, 5.0, 35.0))
}

fn lab_curve(t: f64) -> f64 {
    if t <= 216.0 / 24389.0 {
        (24389.0 / 27.0 * t + 16.0) / 116.0
    } else {
        t.cbrt()
    }
}

fn outside(value: f64, low: f64, high: f64) -> f64 {
    (low - value).max(value - high).max(0.0)
}

pub(super) fn quality(native: f64) -> f64 {
    200.0 * (1.0 - sigmoid(native, 0.0, 10.0))
}
