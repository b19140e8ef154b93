//! `shanakht-face verify` on ten thousand pairs, with all cores and with one.
//!
//! The pictures are generated: the people of `assets/pictures` with their heads turned, bowed, nearer and farther, in more and less light, at several
//! JPEG qualities. Three people are no population: what is measured is the run.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};
use face::verify::Report;
use face::{Analyser, Picture};
use puppets::{Body, HEADS, Posture, Puppet};

use super::Row;

const PEOPLE: [(&str, &str); 5] = [
    ("obama", "obama.jpg"),
    ("obama", "obama2.jpg"),
    ("obama", "obama3.jpg"),
    ("biden", "biden.jpg"),
    ("astronaut", "astronaut.png"),
];
/// Pictures of each; all pairs of them are more than ten thousand.
const EACH: usize = 29;
const PAIRS: usize = 10_000;

pub(super) fn run(assets: &Path) -> anyhow::Result<Vec<Row>> {
    let folder = &std::env::temp_dir().join("shanakht-verify");
    std::fs::create_dir_all(folder)?;
    let names = pictures(assets, folder)?;
    let mut pairs = String::from("a,b,same\n");
    let all = (0..names.len()).flat_map(|a| (a + 1..names.len()).map(move |b| (a, b)));
    let mut written = 0;
    for ((person_a, a), (person_b, b)) in all
        .filter_map(|(a, b)| names.get(a).zip(names.get(b)))
        .take(PAIRS)
    {
        writeln!(pairs, "{a},{b},{}", u8::from(person_a == person_b))?;
        written += 1;
    }
    ensure!(written == PAIRS, "only {written} pairs");
    std::fs::write(folder.join("pairs.csv"), pairs)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let one = seconds(assets, folder, 1)?;
    let many = seconds(assets, folder, cores)?;
    let report = std::fs::read(folder.join("report.json"))?;
    let report: Report = serde_json::from_slice(&report)?;
    let compared = report.mated_compared + report.nonmated_compared;
    ensure!(compared > 0, "nothing was compared");
    ensure!(
        folder.join("det.csv").metadata()?.len() > 100 && folder.join("det.svg").exists(),
        "no detection error trade-off"
    );
    let name = format!(
        "verify, {PAIRS} pairs of {} pictures, {cores} threads",
        names.len()
    );
    let row = Row {
        peer: Some("the same with one thread"),
        peer_value: Some(one),
        ratio: Some(many / one),
        ..Row::of(name, "s", many, PAIRS)
    };
    let enrolled = Row::share(
        "verify, failure to enrol",
        "pictures",
        &report.failure_to_enrol,
    );
    let mut rows = vec![row, enrolled];
    if let Some(equal) = &report.equal_error {
        rows.push(Row::of(
            "verify, FNMR where it is nearest to FMR, generated pictures of three people",
            "share",
            equal.fnmr.value.unwrap_or(f64::NAN),
            compared as usize,
        ));
    }
    Ok(rows)
}

/// Generated pictures: whose, and the file's name.
fn pictures(assets: &Path, folder: &Path) -> anyhow::Result<Vec<(&'static str, String)>> {
    let mut analyser = Analyser::new(&assets.join("models"))?;
    let mut names = Vec::new();
    for nth in 0..EACH {
        for (person, file) in PEOPLE {
            let picture = Picture::decode(&std::fs::read(assets.join("pictures").join(file))?)?;
            let landmarks = analyser.landmarks(&picture)?;
            let step = |of: usize| (nth % of) as f32 / (of - 1) as f32 * 2.0 - 1.0;
            let posture = Posture {
                yaw_deg: 18.0 * step(7),
                pitch_deg: 12.0 * step(5),
                scale: 1.0 + 0.25 * step(3),
                ..Posture::default()
            };
            let body = Body::Solid(&HEADS[nth % HEADS.len()]);
            let puppet = Puppet::new(&picture, &landmarks, body);
            let seen = puppet.frame(&posture, 640, 480, nth as u64);
            let light = 0.8 + 0.2 * step(4);
            let lit = seen
                .as_rgb()
                .iter()
                .map(|&value| (f32::from(value) * light) as u8);
            let seen = Picture::from_rgb(640, 480, lit.collect())?;
            let name = format!("{}-{nth}.jpg", file.split('.').next().unwrap_or(file));
            let quality = [90, 70, 50][nth % 3];
            std::fs::write(folder.join(&name), seen.encode_jpeg(quality))?;
            names.push((person, name));
        }
    }
    Ok(names)
}

/// How long the command takes.
fn seconds(assets: &Path, folder: &Path, threads: usize) -> anyhow::Result<f64> {
    let program = std::env::current_exe()?.with_file_name("shanakht-face");
    let path = |name: &str| folder.join(name);
    let started = Instant::now();
    let status = Command::new(&program)
        .arg("--models")
        .arg(assets.join("models"))
        .args(["verify", "--threads", &threads.to_string(), "--pairs"])
        .arg(path("pairs.csv"))
        .arg("--root")
        .arg(folder)
        .arg("--json")
        .arg(path("report.json"))
        .arg("--det-csv")
        .arg(path("det.csv"))
        .arg("--det-svg")
        .arg(path("det.svg"))
        .status()
        .with_context(|| program.display().to_string())?;
    ensure!(status.success(), "shanakht-face verify: {status}");
    Ok(started.elapsed().as_secs_f64())
}
