//! T5 and T7, small: a station that is killed at random moments, and a network that comes and goes.
//! The centre's binary must have been built beside this one; `cargo xtask test` does that.
#![allow(clippy::unwrap_used)]

use simulate::FaultReport;
use std::process::{Command, Stdio};

fn faults(kind: &str, runs: u32) -> FaultReport {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("faults.json");
    let output = Command::new(env!("CARGO_BIN_EXE_shanakht-simulate"))
        .args(["faults", "--kind", kind, "--runs", &runs.to_string()])
        .args(["--seed", "1", "--json"])
        .arg(&json)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_str(&std::fs::read_to_string(&json).unwrap()).unwrap()
}

#[test]
fn what_was_acknowledged_before_a_kill_reaches_the_centre_once() {
    let report = faults("kill", 3);
    assert_eq!((report.lost, report.duplicated), (0, 0));
    assert_eq!(report.residue_bytes, 0);
    // Nothing acknowledged would prove nothing.
    assert!(report.acknowledged > 0);
}

#[test]
fn a_network_that_comes_and_goes_loses_nothing() {
    let report = faults("cable", 3);
    assert_eq!((report.lost, report.duplicated), (0, 0));
    assert_eq!((report.residue_bytes, report.acknowledged), (0, 3));
}

/// Figures of the runs whose children are whole stations.
fn whole(arguments: &[&str]) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("faults.json");
    let output = Command::new(env!("CARGO_BIN_EXE_shanakht-simulate"))
        .arg("faults")
        .args(arguments)
        .args(["--seed", "1", "--json"])
        .arg(&json)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let text = std::fs::read_to_string(&json).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    for key in [
        "lost",
        "duplicated",
        "residue_bytes",
        "control_failures",
        "broken",
    ] {
        assert_eq!(report[key], 0, "{key}: {said}");
    }
    assert!(report["controls"].as_u64().unwrap() > 0);
    assert!(report["faces"].as_u64().unwrap() > 0);
    report
}

#[test]
fn whoever_leaves_forgets_is_replaced_or_comes_late_nothing_acknowledged_is_lost() {
    // Every story once.
    let report = whole(&["--kind", "people", "--runs", "7"]);
    assert_eq!(report["runs"], 7);
    assert!(report["acknowledged"].as_u64().unwrap() > 28);
}

#[test]
fn the_whole_desk_survives_a_disk_that_loses_its_power() {
    let report = whole(&["--kind", "power", "--desk", "--runs", "2"]);
    assert_eq!(report["runs"], 2);
}

#[test]
fn packets_leave_a_full_disk_through_the_whole_desk() {
    let report = whole(&["--kind", "disk-full", "--desk", "--runs", "1"]);
    assert_eq!((&report["runs"], &report["struck"]), (&1.into(), &1.into()));
}

#[test]
fn the_kinds_without_a_desk_have_the_promised_keys_and_a_share_can_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("faults.json");
    let output = Command::new(env!("CARGO_BIN_EXE_shanakht-simulate"))
        .args(["faults", "--kind", "power", "--runs", "4", "--seed", "1"])
        .args(["--from", "10", "--json"])
        .arg(&json)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let text = std::fs::read_to_string(&json).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&report["kind"], &report["seed"]),
        (&"power".into(), &1.into())
    );
    assert_eq!(report["from"], 10);
    for (key, value) in [
        ("runs", 4),
        ("lost", 0),
        ("duplicated", 0),
        ("residue_bytes", 0),
    ] {
        assert_eq!(report[key], value, "{key}");
    }
    assert_eq!(report["control_failures"], 0);
    assert!(report["acknowledged"].as_u64().unwrap() > 0);
}
