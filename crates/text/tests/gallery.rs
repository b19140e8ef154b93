//! The gallery of hard strings: nothing hangs deeper than its line.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod strings;

use image::GrayImage;
use strings::draw::{draw, ink_rows};
use text::{Align, Limits, Style, TextEngine};

#[test]
fn no_letter_hangs_below_its_line() {
    let mut engine = TextEngine::new().unwrap();
    for (name, direction, string) in strings::GALLERY {
        if *name == "salla" {
            continue; // a whole sentence in one glyph: nobody's name
        }
        let layout = engine.layout(
            string,
            Style::regular(50.0),
            Limits::Line,
            Align::Start,
            *direction,
        );
        let mut picture = GrayImage::new(layout.width() as u32 + 200, 400);
        draw(&mut engine, &layout, &mut picture, 100, 100);
        if let Some((_, lowest)) = ink_rows(&picture) {
            let line = layout.lines().first().unwrap();
            assert!(
                (lowest as f32) <= 101.0 + line.top + line.height,
                "{name}: ink at {lowest}"
            );
        }
    }
}
