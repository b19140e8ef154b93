//! **Generated** skin tones: a real face, made lighter or darker by a colour transform, under more and less light from either side.
//!
//! For tests and benches: what is measured with it is named as generated. A colour transform is not a person of another skin tone; it shows whether a
//! threshold decides by tone, nothing more.

use face::{Analyser, Component, FaceError, Landmarks, Measures, Picture, Thresholds};

/// Mean linear luminance of the cheeks, from very light skin to very dark, in good light.
pub const TONES: [f32; 6] = [0.50, 0.34, 0.22, 0.13, 0.07, 0.035];
/// The scene's light: half, as photographed, and one and a half.
pub const LIGHT: [f32; 3] = [0.5, 1.0, 1.5];
/// How much light the person's left and right halves get.
pub const SIDES: [(f32, f32); 3] = [(1.0, 1.0), (1.0, 0.7), (0.7, 1.0)];
/// Lights of one tone.
pub const CELLS: usize = LIGHT.len() * SIDES.len();

/// The demands on light and exposure, and what could depend on tone; where somebody sits and looks does not.
const DEMANDS: [Component; 12] = [
    Component::SingleFacePresent,
    Component::EyesOpen,
    Component::EyeContrast,
    Component::MouthContrast,
    Component::MouthClosed,
    Component::IlluminationUniformity,
    Component::OverExposurePrevention,
    Component::UnderExposurePrevention,
    Component::LuminanceMean,
    Component::LuminanceVariance,
    Component::ExposureInScene,
    Component::SharpnessGradient,
];

/// One tone under one light.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Place in [`TONES`].
    pub tone: usize,
    /// The scene's light, of [`LIGHT`].
    pub light: f32,
    /// Light from either side, of [`SIDES`].
    pub sides: (f32, f32),
    /// What would be sent back; `None` where no face was found.
    pub unmet: Option<Vec<Component>>,
}

impl Cell {
    /// Passes the first time.
    pub fn passes(&self) -> bool {
        self.unmet.as_ref().is_some_and(Vec::is_empty)
    }
}

/// The face of this picture in every tone under every light, assessed.
///
/// # Errors
/// The picture as it is shows no face.
pub fn sweep(
    analyser: &mut Analyser,
    picture: &Picture,
    thresholds: &Thresholds,
) -> Result<Vec<Cell>, FaceError> {
    let landmarks = analyser.landmarks(picture)?;
    let own = cheeks(picture, &landmarks);
    let mut cells = Vec::with_capacity(TONES.len() * CELLS);
    for (tone, wanted) in TONES.iter().enumerate() {
        for light in LIGHT {
            for sides in SIDES {
                let changed = toned(picture, &landmarks, wanted / own, light, sides);
                let assessment = analyser.assess(&changed).ok();
                cells.push(Cell {
                    tone,
                    light,
                    sides,
                    unmet: assessment.map(|found| unmet(&found.measures, thresholds)),
                });
            }
        }
    }
    Ok(cells)
}

fn unmet(measures: &Measures, thresholds: &Thresholds) -> Vec<Component> {
    let unmet = |component: &Component| !thresholds.met(*component, measures);
    DEMANDS.into_iter().filter(unmet).collect()
}

/// The same scene with a face of another tone under another light. The face is an ellipse about the landmarks with soft edges; hair
/// and clothes keep their own colour.
fn toned(
    picture: &Picture,
    landmarks: &Landmarks,
    gain: f32,
    light: f32,
    sides: (f32, f32),
) -> Picture {
    let bounds = landmarks.bounds();
    let (eyes, unit) = (landmarks.between_eyes(), landmarks.eyes_to_chin());
    let middle = (bounds.centre().x, eyes.y + 0.25 * unit);
    let axes = (bounds.width * 0.56, unit * 1.0);
    let light_of = light_of_values();
    let mut rgb = Vec::with_capacity(picture.as_rgb().len());
    for y in 0..picture.height() as i32 {
        for x in 0..picture.width() as i32 {
            let across = (x as f32 - middle.0) / axes.0;
            let away = across.hypot((y as f32 - middle.1) / axes.1);
            let skin = (1.0 - (away - 0.9) / 0.2).clamp(0.0, 1.0);
            // The picture's left is the person's right.
            let side = sides.1 + (sides.0 - sides.1) * (across.clamp(-1.0, 1.0) / 2.0 + 0.5);
            let factor = light * side * gain.powf(skin);
            let colour = picture.at(x, y);
            rgb.extend(colour.map(|value| encoded(light_of[usize::from(value)] * factor)));
        }
    }
    // As many pixels as before.
    Picture::from_rgb(picture.width(), picture.height(), rgb).unwrap_or_else(|_| picture.clone())
}

/// From the value of a pixel to light (sRGB, IEC 61966-2-1).
fn light_of_values() -> [f32; 256] {
    std::array::from_fn(|value| {
        let share = value as f32 / 255.0;
        if share <= 0.040_45 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    })
}

/// The way back.
fn encoded(value: f32) -> u8 {
    let value = value.clamp(0.0, 1.0);
    let share = if value <= 0.003_130_8 {
        12.92 * value
    } else {
        1.055 * value.powf(1.0 / 2.4) - 0.055
    };
    (255.0 * share).round() as u8
}

/// Luminance of the cheeks as the picture has it, linear.
fn cheeks(picture: &Picture, landmarks: &Landmarks) -> f32 {
    let points = landmarks.points();
    let light_of = light_of_values();
    let (mut sum, mut count) = (0.0, 0.0);
    for (eye, jaw) in [(41, 3), (46, 13)] {
        let centre = points[eye].middle(points[jaw]);
        for dy in -4..=4 {
            for dx in -4..=4 {
                let pixel = picture.at(centre.x as i32 + dx, centre.y as i32 + dy);
                let [r, g, b] = pixel.map(|value| light_of[usize::from(value)]);
                sum += 0.2126 * r + 0.7152 * g + 0.0722 * b;
                count += 1.0;
            }
        }
    }
    sum / count
}
