//! The gallery of hard strings (T14): each is drawn and compared with the picture that was looked at, and each is typed,
//! walked through, selected, deleted, pasted and composed.
//!
//! `SHANAKHT_BLESS=1 cargo test -p shanakht-text` draws the pictures anew: look at them before they are committed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod strings;

use std::path::PathBuf;

use image::{GrayImage, imageops};
use strings::GALLERY;
use strings::draw::{differing_share, draw, ink_rows};
use text::{Align, Direction, Editor, Limits, Motion, Style, TextEngine, filter, isolate};

const STRINGS_A_SHEET: usize = 16;
const ROW: u32 = 64;

/// Text that an editor takes of a string: without isolates, which nobody types.
fn typed(string: &str) -> String {
    filter(string, usize::MAX).text
}

fn editor(direction: Direction) -> Editor {
    Editor::new(Style::regular(16.0), direction, 1_000)
}

fn filled(engine: &mut TextEngine, direction: Direction, string: &str) -> Editor {
    let mut editor = editor(direction);
    assert_eq!(editor.insert(engine, &typed(string)), None);
    editor
}

#[test]
fn the_gallery_is_large_enough() {
    assert!(GALLERY.len() >= 60);
}

#[test]
fn the_pictures_are_those_that_were_looked_at() {
    let mut engine = TextEngine::new().unwrap();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/gallery");
    let bless = std::env::var_os("SHANAKHT_BLESS").is_some();
    for (number, sheet) in GALLERY.chunks(STRINGS_A_SHEET).enumerate() {
        let mut picture = GrayImage::new(860, ROW * sheet.len() as u32);
        for (row, (_, direction, string)) in sheet.iter().enumerate() {
            let top = i64::from(ROW) * row as i64 + 12;
            let style = if row % 4 == 3 {
                Style::semi_bold(18.0)
            } else {
                Style::regular(18.0)
            };
            let layout = engine.layout(
                string,
                style,
                Limits::ellipsis(840.0),
                Align::Start,
                *direction,
            );
            draw(&mut engine, &layout, &mut picture, 10, top);
        }
        let path = folder.join(format!("sheet-{number}.png"));
        if bless {
            std::fs::create_dir_all(&folder).unwrap();
            let mut black_on_white = picture.clone();
            imageops::invert(&mut black_on_white);
            black_on_white.save(&path).unwrap();
            continue;
        }
        let mut looked_at = image::open(&path).unwrap().into_luma8();
        imageops::invert(&mut looked_at);
        let share = differing_share(&picture, &looked_at);
        assert!(
            share < 0.001,
            "{} differs in {:.2} % of its pixels",
            path.display(),
            share * 100.0
        );
    }
}

#[test]
fn no_letter_hangs_below_its_line() {
    let mut engine = TextEngine::new().unwrap();
    for (name, direction, string) in GALLERY {
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

#[test]
fn every_number_group_reads_left_to_right() {
    let mut engine = TextEngine::new().unwrap();
    let mut groups = 0;
    for (name, direction, string) in GALLERY {
        let layout = engine.layout(
            string,
            Style::regular(16.0),
            Limits::Line,
            Align::Start,
            *direction,
        );
        for (from, group) in string.match_indices('\u{2066}').map(|(at, _)| {
            let inside = at + '\u{2066}'.len_utf8();
            let end = string[inside..]
                .find('\u{2069}')
                .map_or(string.len(), |e| inside + e);
            (inside, &string[inside..end])
        }) {
            if group.contains('\u{2067}') {
                continue; // an Urdu name inside a Latin one inside Urdu
            }
            let places: Vec<(u32, f32)> = layout
                .glyphs()
                .iter()
                .filter(|g| (from..from + group.len()).contains(&(g.text_start as usize)))
                .map(|g| (g.text_start, g.x))
                .collect();
            assert!(
                places.is_sorted_by(|a, b| a.0 <= b.0 && a.1 <= b.1),
                "{name}: {group} is out of order"
            );
            groups += usize::from(!places.is_empty());
        }
    }
    assert!(groups > 20);
}

#[test]
fn a_cnic_in_urdu_reads_left_to_right_because_it_is_isolated() {
    let mut engine = TextEngine::new().unwrap();
    let mut digits = |text: &str| -> String {
        let layout = engine.layout(
            text,
            Style::regular(16.0),
            Limits::Line,
            Align::Start,
            Direction::Rtl,
        );
        let letters = layout
            .glyphs()
            .iter()
            .filter_map(|g| text.get(g.text_start as usize..g.text_end as usize));
        letters
            .filter(|l| l.chars().all(|c| c.is_ascii_digit() || c == '-'))
            .collect()
    };
    let cnic = "35202-0001234-1";
    assert_eq!(digits(&format!("کارڈ {} ہے", isolate(cnic))), cnic);
    // The control: what UAX #9 makes of it without.
    assert_eq!(digits(&format!("کارڈ {cnic} ہے")), "1-0001234-35202");
}

#[test]
fn the_caret_walks_over_the_screen_in_order_and_visits_every_letter() {
    let mut engine = TextEngine::new().unwrap();
    for (name, direction, string) in GALLERY {
        let mut editor = filled(&mut engine, *direction, string);
        let steps = editor.text().chars().count() + 2;
        let (to_left_end, to_right_end) = (Motion::Left, Motion::Right);
        for _ in 0..steps {
            editor.move_caret(&mut engine, to_left_end, false);
        }
        let mut xs = vec![editor.caret_rect(&mut engine).x];
        let mut places = vec![editor.caret()];
        for _ in 0..steps {
            editor.move_caret(&mut engine, to_right_end, false);
            xs.push(editor.caret_rect(&mut engine).x);
            places.push(editor.caret());
        }
        assert!(
            xs.is_sorted_by(|a, b| *a <= *b + 0.01),
            "{name}: the caret jumps back: {xs:?}"
        );
        let width = editor.layout(&mut engine).width();
        assert!(
            (xs.last().unwrap() - width).abs() < 0.6 && xs[0].abs() < 0.6,
            "{name}: {xs:?} in {width}"
        );
        // Every letter is visited. Where two directions meet one place on the screen stands for two in the text.
        let layout = editor.layout(&mut engine);
        let meets: Vec<u32> = layout
            .runs()
            .iter()
            .flat_map(|r| {
                let glyphs = &layout.glyphs()[r.first..r.end];
                [
                    glyphs.iter().map(|g| g.text_start).min(),
                    glyphs.iter().map(|g| g.text_end).max(),
                ]
            })
            .flatten()
            .collect();
        let mut clusters: Vec<usize> = layout
            .glyphs()
            .iter()
            .map(|g| g.text_start)
            .filter(|s| !meets.contains(s))
            .map(|s| s as usize)
            .collect();
        clusters.sort_unstable();
        clusters.dedup();
        for start in &clusters {
            assert!(
                places.contains(start),
                "{name}: the caret never stands at byte {start}"
            );
        }
    }
}

#[test]
fn everything_can_be_selected_and_is_shown_selected() {
    let mut engine = TextEngine::new().unwrap();
    for (name, direction, string) in GALLERY {
        let mut editor = filled(&mut engine, *direction, string);
        editor.select_all(&mut engine);
        assert_eq!(
            editor.selected_text().unwrap_or(""),
            editor.text(),
            "{name}"
        );
        let shown: f32 = editor
            .selection_rects(&mut engine)
            .iter()
            .map(|r| r.right - r.left)
            .sum();
        let width = editor.layout(&mut engine).width();
        assert!((shown - width).abs() < 0.6, "{name}: {shown} of {width}");
        editor.move_caret(&mut engine, Motion::Start, false);
        editor.move_caret(&mut engine, Motion::End, true);
        assert_eq!(editor.selected_range(), 0..editor.text().len(), "{name}");
    }
}

#[test]
fn backspace_and_delete_take_letters_from_the_right_end_until_nothing_is_left() {
    let mut engine = TextEngine::new().unwrap();
    for (name, direction, string) in GALLERY {
        let whole = typed(string);
        let mut editor = filled(&mut engine, *direction, string);
        for kept in (0..whole.chars().count()).rev() {
            editor.backspace(&mut engine);
            let beginning: String = whole.chars().take(kept).collect();
            assert_eq!(editor.text(), beginning, "{name}");
        }
        let mut editor = filled(&mut engine, *direction, string);
        editor.move_caret(&mut engine, Motion::Start, false);
        let mut left = editor.text().len();
        while left > 0 {
            editor.delete(&mut engine);
            assert!(
                editor.text().len() < left && whole.ends_with(editor.text()),
                "{name}"
            );
            left = editor.text().len();
        }
        let mut editor = filled(&mut engine, *direction, string);
        for _ in 0..40 {
            editor.backspace_word(&mut engine);
        }
        assert_eq!(editor.text(), "", "{name}: word by word");
    }
}

#[test]
fn pasting_in_the_middle_keeps_both_sides_and_can_be_undone() {
    let mut engine = TextEngine::new().unwrap();
    for (name, direction, string) in GALLERY {
        let mut editor = editor(*direction);
        editor.insert(&mut engine, "اب");
        editor.select(&mut engine, 2, 2);
        editor.insert(&mut engine, string);
        assert_eq!(editor.text(), format!("ا{}ب", typed(string)), "{name}");
        assert_eq!(editor.caret(), 2 + typed(string).len(), "{name}");
        if !typed(string).is_empty() {
            assert!(editor.undo(&mut engine));
        }
        assert_eq!(editor.text(), "اب", "{name}");
    }
}

#[test]
fn composing_shows_the_text_and_only_commit_enters_it() {
    let mut engine = TextEngine::new().unwrap();
    for (name, direction, string) in GALLERY {
        let mut editor = editor(*direction);
        editor.insert(&mut engine, "علی ");
        editor.compose(&mut engine, string, usize::MAX);
        assert_eq!(editor.text(), "علی ", "{name}");
        assert_eq!(
            editor.layout(&mut engine).text(),
            format!("علی {}", typed(string)),
            "{name}"
        );
        if *name != "only-marks" {
            // Marks alone join the letter before them and have no place of their own.
            let underlined = !editor.composition_rects(&mut engine).is_empty();
            assert_eq!(underlined, !typed(string).is_empty(), "{name}");
        }
        editor.compose(&mut engine, "", 0);
        assert!(!editor.composing(), "{name}");
        assert_eq!(
            editor.layout(&mut engine).text(),
            "علی ",
            "{name}: cancelled"
        );
        editor.compose(&mut engine, string, 1);
        editor.commit(&mut engine, string);
        assert_eq!(editor.text(), format!("علی {}", typed(string)), "{name}");
        assert!(!editor.composing(), "{name}");
    }
}

#[test]
fn a_point_in_the_line_puts_the_caret_there() {
    let mut engine = TextEngine::new().unwrap();
    for (name, direction, string) in GALLERY {
        let mut editor = filled(&mut engine, *direction, string);
        let width = editor.layout(&mut engine).width();
        for tenth in 0..=10 {
            let x = width * tenth as f32 / 10.0;
            editor.point(&mut engine, x, false);
            let seen = editor.caret_rect(&mut engine).x;
            assert!((seen - x).abs() <= 24.0, "{name}: asked {x}, got {seen}");
        }
    }
}
