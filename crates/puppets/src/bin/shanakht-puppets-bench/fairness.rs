//! Whether skin tone decides who passes: first-time passes of six tones under nine lights each.

use std::path::Path;

use anyhow::{Context, anyhow};
use face::verify::Rate;
use face::{Analyser, Picture, Thresholds};
use puppets::tone;

use super::Row;

const PICTURES: [&str; 5] = [
    "astronaut.png",
    "biden.jpg",
    "obama.jpg",
    "obama2.jpg",
    "obama3.jpg",
];

pub(super) fn passes(assets: &Path) -> anyhow::Result<Vec<Row>> {
    let sweep = |name: &str| -> anyhow::Result<Vec<tone::Cell>> {
        let mut analyser = Analyser::new(&assets.join("models"))?;
        let file = std::fs::read(assets.join("pictures").join(name))?;
        let picture = Picture::decode(&file)?.scaled_to_fit(720);
        tone::sweep(&mut analyser, &picture, &Thresholds::default()).context(name.to_owned())
    };
    let cells: Vec<tone::Cell> = std::thread::scope(|scope| {
        let sweep = &sweep;
        let faces: Vec<_> = PICTURES
            .iter()
            .map(|name| scope.spawn(move || sweep(name)))
            .collect();
        let joined = faces.into_iter().map(|face| {
            face.join()
                .map_err(|_| anyhow!("a thread of the bench ended early"))?
        });
        joined.collect::<anyhow::Result<Vec<_>>>()
    })?
    .concat();
    let rates: Vec<Rate> = (0..tone::TONES.len())
        .map(|tone| {
            let of_tone = cells.iter().filter(|cell| cell.tone == tone);
            let (passes, all) = of_tone.fold((0, 0), |(passes, all), cell| {
                (passes + u64::from(cell.passes()), all + 1)
            });
            Rate::of(passes, all)
        })
        .collect();
    let mut rows: Vec<Row> = rates
        .iter()
        .zip(tone::TONES)
        .map(|(rate, luminance)| {
            let name = format!("first-time passes, generated skin of luminance {luminance}");
            Row::share(name, "passes", rate)
        })
        .collect();
    for light in tone::LIGHT {
        let of_light = |cell: &&tone::Cell| (cell.light - light).abs() < f32::EPSILON;
        let all = cells.iter().filter(of_light).count();
        let passes = cells.iter().filter(of_light).filter(|cell| cell.passes());
        let name = format!("first-time passes, all tones, {light} of the photographer's light");
        rows.push(Row::of(name, "passes", passes.count() as f64, all));
    }
    let (Some(lightest), Some(darkest)) = (rates.first(), rates.last()) else {
        return Ok(rows);
    };
    rows.push(Row::of(
        "first-time passes, lightest to darkest (goal 0.8 to 1.25)",
        "ratio",
        lightest.errors as f64 / darkest.errors as f64,
        cells.len(),
    ));
    Ok(rows)
}
