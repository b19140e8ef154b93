//! `shanakht-face` as a stranger uses it: answers, forms and exit codes.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn assets(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets")).join(name)
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shanakht-face"))
        .current_dir(assets("pictures"))
        .args(arguments)
        .output()
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn a_folder_is_assessed_in_order_with_a_row_for_every_picture_and_one_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["obama.jpg", "biden.jpg"] {
        std::fs::copy(assets("pictures").join(name), folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("torn.jpg"), [0xFF, 0xD8, 0xFF]).unwrap();
    let drawn = folder.path().join("drawn");
    let named = folder.path().to_str().unwrap();
    let output = run(&["assess", named, "--draw", drawn.to_str().unwrap()]);
    assert_eq!(code(&output), 1, "one picture has no answer");
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 3);
    assert!(rows[0]["picture"].as_str().unwrap().ends_with("biden.jpg"));
    assert_eq!(rows[1]["landmarks"].as_array().unwrap().len(), 68);
    assert!(rows[1]["instruction"].is_string());
    // He smiles, and the default policy says so.
    assert_eq!(rows[0]["policy"]["passes"], false);
    assert_eq!(
        rows[0]["policy"]["refused_by"],
        serde_json::json!(["smile_width"])
    );
    assert!(rows[2]["error"].as_str().unwrap().contains("cut short"));
    assert_eq!(std::fs::read_dir(&drawn).unwrap().count(), 2);

    let policy = drawn.join("policy.json");
    let calm = serde_json::to_string(&domain::Policy::development()).unwrap();
    std::fs::write(&policy, calm).unwrap();
    let output = run(&["assess", "biden.jpg", "--policy", policy.to_str().unwrap()]);
    assert_eq!(json(&output)["policy"]["passes"], true);

    let output = run(&["assess", "obama.jpg", "--csv"]);
    assert_eq!(code(&output), 0);
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let headers = reader.headers().unwrap().clone();
    let row = reader.records().next().unwrap().unwrap();
    let cell = |name: &str| &row[headers.iter().position(|header| header == name).unwrap()];
    assert!(cell("InterEyeDistance.native").parse::<f64>().unwrap() > 50.0);
    assert_eq!(cell("Sharpness.scalar"), "NotAssessed");
}

#[test]
fn every_file_of_a_folder_gets_a_row_or_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(assets("pictures/biden.jpg"), folder.path().join("b.jfif")).unwrap();
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0";
    std::fs::write(folder.path().join("c.HEIC"), heic).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "a word").unwrap();
    let output = run(&["assess", folder.path().to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 2);
    assert!(rows[0]["landmarks"].is_array());
    assert!(rows[1]["error"].as_str().unwrap().contains("HEIC"));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("1 files or folders"), "{told}");
}

#[test]
fn two_pictures_are_compared_with_the_error_rate_at_the_threshold() {
    let same = run(&["compare", "obama.jpg", "obama2.jpg", "--json"]);
    assert_eq!(code(&same), 0);
    let answer = json(&same);
    assert_eq!(answer["decision"], "match");
    assert!(answer["fmr_at_threshold"].as_f64().unwrap() <= 1e-3);
    assert_eq!(code(&run(&["compare", "obama.jpg", "biden.jpg"])), 1);
    assert_eq!(code(&run(&["compare", "obama.jpg", "nobody.jpg"])), 2);
}

#[test]
fn a_list_of_pairs_gives_rates_with_sample_sizes_and_failures_to_enrol() {
    let folder = tempfile::tempdir().unwrap();
    let pairs = folder.path().join("pairs.csv");
    std::fs::write(folder.path().join("grey.jpg"), grey()).unwrap();
    let missing = folder.path().join("grey.jpg");
    let rows = format!(
        "a,b,same\nobama.jpg,obama2.jpg,1\nobama.jpg,obama3.jpg,1\nobama.jpg,biden.jpg,0\nbiden.jpg,astronaut.png,0\nobama2.jpg,astronaut.png,0\nobama.jpg,{},1\n",
        missing.display()
    );
    std::fs::write(&pairs, rows).unwrap();
    let [report, det_csv, det_svg] =
        ["report.json", "det.csv", "det.svg"].map(|name| folder.path().join(name));
    let output = run(&[
        "verify",
        "--pairs",
        pairs.to_str().unwrap(),
        "--root",
        assets("pictures").to_str().unwrap(),
        "--json",
        report.to_str().unwrap(),
        "--det-csv",
        det_csv.to_str().unwrap(),
        "--det-svg",
        det_svg.to_str().unwrap(),
    ]);
    assert_eq!(
        code(&output),
        0,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    assert_eq!(
        report["failures"].as_array().unwrap().len(),
        1,
        "{report:#}"
    );
    assert!(std::fs::read_to_string(det_csv).unwrap().lines().count() > 1);
    assert!(
        std::fs::read_to_string(det_svg)
            .unwrap()
            .starts_with("<svg")
    );
}

fn grey() -> Vec<u8> {
    face::Picture::from_rgb(320, 240, vec![120; 320 * 240 * 3])
        .unwrap()
        .encode_jpeg(80)
}

#[test]
fn a_portrait_is_written_with_its_clauses() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("portrait.jpg");
    let output = run(&[
        "portrait",
        "obama.jpg",
        "-o",
        out.to_str().unwrap(),
        "--json",
    ]);
    let answer = json(&output);
    assert_eq!(
        answer["conforms"].as_bool().unwrap(),
        code(&output) == 0,
        "{answer}"
    );
    let picture = face::Picture::decode(&std::fs::read(out).unwrap()).unwrap();
    assert_eq!(picture.width() * 9, picture.height() * 7);
}

#[test]
fn a_still_photograph_shown_for_a_while_is_no_living_person() {
    let folder = tempfile::tempdir().unwrap();
    let picture = assets("pictures").join("obama.jpg");
    for nth in 0..20 {
        std::fs::copy(&picture, folder.path().join(format!("{nth:03}.jpg"))).unwrap();
    }
    let output = run(&[
        "liveness",
        folder.path().to_str().unwrap(),
        "--challenge",
        "turn-left,blink,nod",
        "--json",
    ]);
    assert_eq!(code(&output), 1);
    let decision = json(&output);
    assert_eq!(decision["outcome"]["is"], "not-live", "{decision:#}");
    assert_eq!(decision["outcome"]["why"], "frozen");
}

#[test]
fn help_shows_examples_and_exit_codes() {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    for word in [
        "assess", "compare", "verify", "liveness", "map", "portrait", "Examples", "Exit",
    ] {
        assert!(help.contains(word), "{word}");
    }
    assert_eq!(code(&run(&["portray"])), 2);
}
