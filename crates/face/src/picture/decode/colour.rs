//! Colours that an embedded ICC profile means otherwise than sRGB: converted before anything is measured.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Levels by which a profile may differ from sRGB and be left alone: most are sRGB under some name, and rounding twice costs more.
const NEAR: u8 = 2;
/// Pixels at a time, so that a large picture needs no second copy of itself.
const PIXELS_AT_A_TIME: usize = 16_384;

/// Brings RGB pixels to sRGB. Without a profile they are sRGB; a profile that cannot be read, or that is not of three colours, changes
/// nothing, as in browsers.
pub(super) fn to_srgb(rgb: &mut [u8], profile: Option<&[u8]>) {
    let Some(profile) = profile.and_then(|bytes| ColorProfile::new_from_slice(bytes).ok()) else {
        return;
    };
    if profile.color_space != DataColorSpace::Rgb {
        return;
    }
    let (srgb, options) = (ColorProfile::new_srgb(), TransformOptions::default());
    let Ok(transform) = profile.create_transform_8bit(Layout::Rgb, &srgb, Layout::Rgb, options)
    else {
        return;
    };
    let probe = probe();
    let mut changed = probe.clone();
    if transform.transform(&probe, &mut changed).is_err()
        || probe
            .iter()
            .zip(&changed)
            .all(|(a, b)| a.abs_diff(*b) <= NEAR)
    {
        return;
    }
    let mut converted = vec![0; PIXELS_AT_A_TIME * 3];
    for part in rgb.chunks_mut(PIXELS_AT_A_TIME * 3) {
        let converted = &mut converted[..part.len()];
        if transform.transform(part, converted).is_ok() {
            part.copy_from_slice(converted);
        }
    }
}

/// Colours across the cube.
fn probe() -> Vec<u8> {
    let levels = [0_u8, 64, 128, 192, 255];
    let mut rgb = Vec::new();
    for r in levels {
        for g in levels {
            for b in levels {
                rgb.extend([r, g, b]);
            }
        }
    }
    rgb
}
