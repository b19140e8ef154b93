//! What the layout promises to whoever paints it.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::float_cmp)] // whole pixels

use std::time::{Duration, Instant};

use text::{
    Align, Direction, Editor, Limits, MAX_LAID_OUT_CHARS, Motion, Refusal, Style, TextEngine,
    isolate, subpixel,
};

const BODY: Style = Style::regular(16.0);

#[test]
fn ten_thousand_letters_do_not_stop_the_window() {
    let mut engine = TextEngine::new().unwrap();
    let long = "محمد علی ".repeat(1_200);
    let begun = Instant::now();
    let wrapped = engine.layout(
        &long,
        BODY,
        Limits::wrap(300.0),
        Align::Start,
        Direction::Rtl,
    );
    assert!(wrapped.truncated() && wrapped.text().chars().count() <= MAX_LAID_OUT_CHARS + 1);
    let cut = engine.layout(
        &long,
        BODY,
        Limits::ellipsis(300.0),
        Align::Start,
        Direction::Rtl,
    );
    assert!(cut.truncated() && cut.ink_width() <= 300.0);
    let unbroken = engine.layout(
        &"ب".repeat(10_000),
        BODY,
        Limits::wrap(300.0),
        Align::Start,
        Direction::Rtl,
    );
    assert!(unbroken.lines().iter().all(|l| l.width <= 300.5));
    let mut editor = Editor::new(BODY, Direction::Rtl, 60);
    assert_eq!(
        editor.insert(&mut engine, &"ب".repeat(10_000)),
        Some(Refusal::TooLong)
    );
    // 0.1 s in a release build; the bar leaves room for a busy machine.
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_cut_line_fits_ends_in_an_ellipsis_and_keeps_numbers_in_order() {
    let mut engine = TextEngine::new().unwrap();
    let text = format!("شناختی کارڈ {} پہلے سے درج ہے", isolate("35202-0001234-1"));
    for width in [0.0, 1.0, 20.0, 60.0, 100.0, 140.0, 200.0, 1_000.0] {
        let layout = engine.layout(
            &text,
            BODY,
            Limits::ellipsis(width),
            Align::Start,
            Direction::Rtl,
        );
        assert_eq!(layout.lines().len(), 1);
        assert_eq!(layout.truncated(), layout.text().ends_with('…'));
        assert!(
            layout.ink_width() <= width.max(16.0),
            "{} in {width}",
            layout.ink_width()
        );
        let opened = layout.text().matches('\u{2066}').count();
        assert_eq!(opened, layout.text().matches('\u{2069}').count());
    }
}

#[test]
fn lines_start_where_their_direction_starts() {
    let mut engine = TextEngine::new().unwrap();
    let mut edges = |align, direction| {
        let layout = engine.layout("علی", BODY, Limits::wrap(200.0), align, direction);
        let line = layout.lines().first().unwrap().clone();
        (line.x, line.x + line.width)
    };
    assert_eq!(edges(Align::Start, Direction::Ltr).0, 0.0);
    assert_eq!(edges(Align::Start, Direction::Rtl).1, 200.0);
    assert_eq!(edges(Align::End, Direction::Rtl).0, 0.0);
    assert_eq!(edges(Align::End, Direction::Ltr).1, 200.0);
    let (left, right) = edges(Align::Centre, Direction::Rtl);
    assert!((left - (200.0 - right)).abs() <= 1.0);
}

#[test]
fn glyphs_stand_inside_the_lines_width_and_on_whole_pixel_baselines() {
    let mut engine = TextEngine::new().unwrap();
    let text = "نیٹ ورک نہیں ہے۔ اندراج اس اسٹیشن پر مہر بند محفوظ ہے اور رابطہ بحال ہوتے ہی مرکز کو بھیج دیا جائے گا۔";
    let layout = engine.layout(
        text,
        BODY,
        Limits::wrap(260.0),
        Align::Start,
        Direction::Rtl,
    );
    assert!(layout.lines().len() >= 3);
    let mut covered = 0;
    for line in layout.lines() {
        assert_eq!(line.baseline, line.baseline.round());
        assert_eq!(line.text.start, covered);
        covered = line.text.end;
        for run in &layout.runs()[line.runs.clone()] {
            for glyph in &layout.glyphs()[run.first..run.end] {
                assert!(glyph.x >= line.x - 12.0 && glyph.x <= line.x + line.width + 12.0);
            }
        }
    }
    assert_eq!(covered, text.len());
}

#[test]
fn urdu_stands_higher_and_deeper_than_latin_in_the_same_size() {
    assert!(BODY.line_height(true) >= 2.2 * 16.0);
    assert!(BODY.line_height(false) <= 1.5 * 16.0);
}

#[test]
fn a_glyph_has_four_positions_between_two_pixels() {
    let mut engine = TextEngine::new().unwrap();
    let layout = engine.layout("l", BODY, Limits::Line, Align::Start, Direction::Ltr);
    let glyph = layout.glyphs()[0];
    let masks: Vec<_> = (0..4)
        .map(|step| engine.rasterise(glyph.face, glyph.id, glyph.size_px, step))
        .collect();
    assert!(masks.windows(2).all(|pair| pair[0] != pair[1]));
    assert_eq!(
        [
            subpixel(3.0),
            subpixel(3.3),
            subpixel(3.5),
            subpixel(3.99),
            subpixel(-0.25)
        ],
        [0, 1, 2, 3, 3]
    );
    assert_eq!(engine.rasterise(glyph.face, glyph.id, f32::NAN, 0).width, 0);
    assert_eq!(engine.rasterise(glyph.face, u16::MAX, 16.0, 0).width, 0);
}

#[test]
fn words_are_crossed_as_the_eye_reads_them() {
    let mut engine = TextEngine::new().unwrap();
    let mut editor = Editor::new(BODY, Direction::Rtl, 100);
    editor.insert(&mut engine, "محمد علی خان");
    editor.move_caret(&mut engine, Motion::Start, false);
    editor.move_caret(&mut engine, Motion::WordLeft, true);
    let first = editor.selected_text().unwrap().trim().to_owned();
    assert_eq!(first, "محمد");
    editor.move_caret(&mut engine, Motion::End, false);
    editor.backspace_word(&mut engine);
    assert_eq!(editor.text().trim_end(), "محمد علی");
}

#[test]
fn a_vowel_mark_is_deleted_before_its_letter() {
    let mut engine = TextEngine::new().unwrap();
    let mut editor = Editor::new(BODY, Direction::Rtl, 100);
    editor.insert(&mut engine, "رُ");
    editor.backspace(&mut engine);
    assert_eq!(editor.text(), "ر");
}

#[test]
fn a_secret_is_shown_as_bullets_and_never_given_away() {
    let mut engine = TextEngine::new().unwrap();
    let mut editor = Editor::new(BODY, Direction::Ltr, 100).secret();
    editor.insert(&mut engine, "شناخت pass");
    assert_eq!(editor.layout(&mut engine).text(), "•".repeat(10));
    editor.select_all(&mut engine);
    assert_eq!(editor.selected_text(), None);
    assert_eq!(editor.cut(&mut engine), None);
    editor.move_caret(&mut engine, Motion::Start, false);
    editor.move_caret(&mut engine, Motion::Right, false);
    editor.delete(&mut engine);
    assert_eq!(editor.text(), "شاخت pass");
    assert!(!format!("{editor:?}").contains("pass"));
}

#[test]
fn a_selection_over_two_directions_has_several_parts() {
    let mut engine = TextEngine::new().unwrap();
    let mut editor = Editor::new(BODY, Direction::Rtl, 100);
    editor.insert(&mut engine, "بلاک ABC نمبر");
    let from = "بل".len();
    let to = "بلاک AB".len();
    editor.select(&mut engine, from, to);
    assert_eq!(editor.selected_text(), Some("اک AB"));
    assert!(editor.selection_rects(&mut engine).len() >= 2);
}
