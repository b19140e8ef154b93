//! The published native values give the published scalars.
#![allow(clippy::unwrap_used)]

use std::process::Command;

use face::Component;

const PUBLISHED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/component-mapping.csv"
);

#[test]
fn every_published_native_value_gives_its_published_scalar() {
    let mut reader = csv::Reader::from_path(PUBLISHED).unwrap();
    let mut rows = 0;
    for record in reader.records() {
        let record = record.unwrap();
        let component: Component = record[0].parse().unwrap();
        let native: f64 = record[1].parse().unwrap();
        let scalar: u8 = record[2].parse().unwrap();
        assert_eq!(
            component.scalar(native),
            Some(scalar),
            "{component} {native}"
        );
        rows += 1;
    }
    assert_eq!(rows, 392);
}

#[test]
fn the_command_writes_the_same_file_back() {
    let output = Command::new(env!("CARGO_BIN_EXE_shanakht-face"))
        .args(["map", PUBLISHED])
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, std::fs::read(PUBLISHED).unwrap());
}

#[test]
fn an_unknown_component_or_a_word_for_a_number_is_refused_by_line() {
    let folder = tempfile::tempdir().unwrap();
    for text in [
        "component,native\nBeauty,1\n",
        "component,native\nSharpness,much\n",
        "a,b\n1,2\n",
    ] {
        let file = folder.path().join("rows.csv");
        std::fs::write(&file, text).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_shanakht-face"))
            .arg("map")
            .arg(&file)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("line"),
            "{text}"
        );
    }
}
