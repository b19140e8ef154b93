//! Skin tone does not decide who passes.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::Path;

use face::{Analyser, Picture, Thresholds};
use puppets::tone;

const PICTURES: [&str; 5] = [
    "astronaut.png",
    "biden.jpg",
    "obama.jpg",
    "obama2.jpg",
    "obama3.jpg",
];

fn assets() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets"))
}

fn analyser() -> Analyser {
    Analyser::new(&assets().join("models")).unwrap()
}

/// A picture at 720 rows or less, as a camera would give it.
fn open(name: &str) -> Picture {
    let file = std::fs::read(assets().join("pictures").join(name)).unwrap();
    Picture::decode(&file).unwrap().scaled_to_fit(720)
}

#[test]
fn every_skin_tone_passes_about_as_often() {
    let halves: Vec<[u32; 6]> = std::thread::scope(|scope| {
        let workers: Vec<_> = [0, 1]
            .map(|part| scope.spawn(move || passes_by_tone(part)))
            .into_iter()
            .collect();
        workers.into_iter().map(|w| w.join().unwrap()).collect()
    });
    let passed: [u32; 6] = std::array::from_fn(|tone| halves.iter().map(|half| half[tone]).sum());
    let each = (PICTURES.len() * tone::CELLS) as u32;
    println!("first-time passes of {each} by tone, very light to very dark: {passed:?}");
    let (least, most) = (passed.iter().min().unwrap(), passed.iter().max().unwrap());
    assert!(*least > each / 2, "{passed:?}");
    assert!(f64::from(*most) / f64::from(*least) <= 1.25, "{passed:?}");
}

fn passes_by_tone(part: usize) -> [u32; 6] {
    let mut analyser = analyser();
    let mut passed = [0; 6];
    for name in PICTURES.iter().skip(part).step_by(2) {
        for cell in tone::sweep(&mut analyser, &open(name), &Thresholds::default()).unwrap() {
            passed[cell.tone] += u32::from(cell.passes());
            if !cell.passes() {
                println!("{name}: {cell:?}");
            }
        }
    }
    passed
}
