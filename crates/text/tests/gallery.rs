#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    clippy::print_stdout
)]
mod strings;
use image::GrayImage;
use strings::draw::*;
use text::*;

#[test]
fn ink() {
    let mut e = TextEngine::new().unwrap();
    for (name, dir, t) in strings::GALLERY {
        let st = Style::regular(100.0);
        let l = e.layout(t, st, Limits::Line, Align::Start, *dir);
        let mut p = GrayImage::new(l.width() as u32 + 400, 600);
        draw(&mut e, &l, &mut p, 200, 200);
        if let Some((a, b)) = ink_rows(&p) {
            println!(
                "{name}: above {:.2} below {:.2} w {}",
                (200.0 + l.baseline() - a as f32) / 100.0,
                (b as f32 - 200.0 - l.baseline()) / 100.0,
                l.width()
            );
        }
    }
    for (i, chunk) in strings::GALLERY.chunks(13).enumerate() {
        let mut p = GrayImage::new(900, 13 * 50);
        for (k, (_, dir, t)) in chunk.iter().enumerate() {
            let l = e.layout(
                t,
                Style::regular(20.0),
                Limits::ellipsis(880.0),
                Align::Start,
                *dir,
            );
            draw(&mut e, &l, &mut p, 10, k as i64 * 50);
        }
        p.save(format!("/tmp/sheet{i}.png")).unwrap();
    }
}
