//! `--draw`: the picture with what was found on it.

use std::path::Path;

use anyhow::Context;
use face::{Assessment, Bounds, Component, Picture, Point};
use image::{Rgb, RgbImage};

const LANDMARK: Rgb<u8> = Rgb([64, 255, 96]);
const BOX: Rgb<u8> = Rgb([255, 208, 0]);
const OVAL: Rgb<u8> = Rgb([255, 255, 255]);
const GOOD: Rgb<u8> = Rgb([64, 208, 96]);
const MIDDLING: Rgb<u8> = Rgb([255, 176, 0]);
const BAD: Rgb<u8> = Rgb([240, 64, 64]);
const PANEL: Rgb<u8> = Rgb([20, 24, 28]);
const TEXT: Rgb<u8> = Rgb([232, 232, 232]);

/// Height of a component's bar with its space, width of the longest, and of the panel.
const ROW: u32 = 16;
const BAR: u32 = 100;
const PANEL_WIDTH: u32 = 340;

/// Writes NAME.png into a folder: landmarks, boxes, the oval of the portrait, and a bar a component.
pub(crate) fn write(
    picture: &Picture,
    assessment: &Assessment,
    path: &Path,
    folder: &Path,
) -> anyhow::Result<()> {
    let rows = Component::ALL.len() as u32 * ROW + ROW;
    let height = picture.height().max(rows);
    let mut canvas = RgbImage::from_pixel(picture.width() + PANEL_WIDTH, height, PANEL);
    for (y, row) in picture
        .as_rgb()
        .chunks_exact(picture.width() as usize * 3)
        .enumerate()
    {
        for (x, pixel) in row.chunks_exact(3).enumerate() {
            canvas.put_pixel(x as u32, y as u32, Rgb([pixel[0], pixel[1], pixel[2]]));
        }
    }
    let thick = (picture.width().max(picture.height()) / 600).max(1) as i32;
    for face in &assessment.faces {
        rectangle(&mut canvas, face.bounds, thick);
    }
    oval(&mut canvas, assessment, thick);
    for point in assessment.landmarks.points() {
        dot(&mut canvas, *point, thick + 1, LANDMARK);
    }
    panel(&mut canvas, assessment, picture.width());
    let name = path.file_stem().unwrap_or_default();
    let target = folder.join(name).with_extension("png");
    canvas
        .save(&target)
        .with_context(|| target.display().to_string())
}

fn rectangle(canvas: &mut RgbImage, bounds: Bounds, thick: i32) {
    for at in 0..(bounds.width as i32) {
        let x = bounds.x + at as f32;
        dot(canvas, Point::new(x, bounds.y), thick, BOX);
        dot(canvas, Point::new(x, bounds.bottom()), thick, BOX);
    }
    for at in 0..(bounds.height as i32) {
        let y = bounds.y + at as f32;
        dot(canvas, Point::new(bounds.x, y), thick, BOX);
        dot(canvas, Point::new(bounds.right(), y), thick, BOX);
    }
}

fn oval(canvas: &mut RgbImage, assessment: &Assessment, thick: i32) {
    const STEPS: u16 = 720;
    let centre = assessment.landmarks.between_eyes();
    let unit = assessment.landmarks.eyes_to_chin();
    let tilt = assessment.landmarks.tilt_rad();
    for step in 0..STEPS {
        let angle = f32::from(step) / f32::from(STEPS) * std::f32::consts::TAU;
        let (x, y) = (0.78 * unit * angle.cos(), 1.05 * unit * angle.sin());
        let place = Point::new(
            centre.x + x * tilt.cos() - y * tilt.sin(),
            centre.y + x * tilt.sin() + y * tilt.cos(),
        );
        dot(canvas, place, thick, OVAL);
    }
}

fn dot(canvas: &mut RgbImage, place: Point, size: i32, colour: Rgb<u8>) {
    let (x, y) = (place.x.round() as i32, place.y.round() as i32);
    for row in y - size / 2..=y + size / 2 {
        for column in x - size / 2..=x + size / 2 {
            if row >= 0
                && column >= 0
                && (column as u32) < canvas.width()
                && (row as u32) < canvas.height()
            {
                canvas.put_pixel(column as u32, row as u32, colour);
            }
        }
    }
}

fn panel(canvas: &mut RgbImage, assessment: &Assessment, left: u32) {
    for (line, measure) in assessment.measures.iter().enumerate() {
        let top = line as u32 * ROW + ROW / 2;
        letters(canvas, left + 8, top + 2, measure.component.name());
        let Some(scalar) = measure.scalar else {
            continue;
        };
        let colour = match scalar {
            70.. => GOOD,
            40..70 => MIDDLING,
            _ => BAD,
        };
        for y in top..top + ROW - 6 {
            for x in 0..=u32::from(scalar) * BAR / 100 {
                canvas.put_pixel(left + PANEL_WIDTH - BAR - 40 + x, y, colour);
            }
        }
        letters(
            canvas,
            left + PANEL_WIDTH - 30,
            top + 2,
            &scalar.to_string(),
        );
    }
}

/// Writes letters of 3 × 5 dots, one dot wide apart.
fn letters(canvas: &mut RgbImage, left: u32, top: u32, text: &str) {
    for (place, letter) in text.chars().enumerate() {
        let rows = glyph(letter.to_ascii_uppercase());
        for (y, bits) in rows.into_iter().enumerate() {
            for x in 0..3_u32 {
                let (column, row) = (left + place as u32 * 5 + x, top + y as u32);
                if bits & (4 >> x) != 0 && column < canvas.width() && row < canvas.height() {
                    canvas.put_pixel(column, row, TEXT);
                }
            }
        }
    }
}

#[rustfmt::skip]
fn glyph(letter: char) -> [u8; 5] {
    match letter {
        'A' => [2, 5, 7, 5, 5], 'B' => [6, 5, 6, 5, 6], 'C' => [3, 4, 4, 4, 3], 'D' => [6, 5, 5, 5, 6],
        'E' => [7, 4, 6, 4, 7], 'F' => [7, 4, 6, 4, 4], 'G' => [3, 4, 5, 5, 3], 'H' => [5, 5, 7, 5, 5],
        'I' => [7, 2, 2, 2, 7], 'J' => [1, 1, 1, 5, 2], 'K' => [5, 5, 6, 5, 5], 'L' => [4, 4, 4, 4, 7],
        'M' => [5, 7, 7, 5, 5], 'N' => [6, 5, 5, 5, 5], 'O' => [2, 5, 5, 5, 2], 'P' => [6, 5, 6, 4, 4],
        'Q' => [2, 5, 5, 6, 3], 'R' => [6, 5, 6, 5, 5], 'S' => [3, 4, 2, 1, 6], 'T' => [7, 2, 2, 2, 2],
        'U' => [5, 5, 5, 5, 7], 'V' => [5, 5, 5, 5, 2], 'W' => [5, 5, 7, 7, 5], 'X' => [5, 5, 2, 5, 5],
        'Y' => [5, 5, 2, 2, 2], 'Z' => [7, 1, 2, 4, 7],
        '0' => [7, 5, 5, 5, 7], '1' => [2, 6, 2, 2, 7], '2' => [6, 1, 2, 4, 7], '3' => [6, 1, 2, 1, 6],
        '4' => [5, 5, 7, 1, 1], '5' => [7, 4, 6, 1, 6], '6' => [3, 4, 7, 5, 7], '7' => [7, 1, 2, 2, 2],
        '8' => [7, 5, 7, 5, 7], '9' => [7, 5, 7, 1, 6], '_' => [0, 0, 0, 0, 7],
        _ => [0; 5],
    }
}
