//! T1: an office day end to end through the real binaries: desk, SQLite, HTTP, PostgreSQL, pictures.
//! The centre's binary must have been built beside this one; `cargo xtask test` does that.
#![allow(clippy::unwrap_used, clippy::panic)]

use simulate::DayReport;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs a day of eight applicants; gives its figures and what it said while it ran.
fn day(seed: u64, folder: &Path, name: &str) -> (DayReport, String) {
    let json = folder.join(name);
    let output = Command::new(env!("CARGO_BIN_EXE_shanakht-simulate"))
        .args([
            "day",
            "--applicants",
            "8",
            "--seed",
            &seed.to_string(),
            "--json",
        ])
        .arg(&json)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let text = std::fs::read_to_string(&json).unwrap();
    (serde_json::from_str(&text).unwrap(), said)
}

#[test]
fn an_office_day_loses_nothing_keeps_nothing_and_is_the_same_for_its_seed() {
    let folder = tempfile::tempdir().unwrap();
    let (first, said) = day(7, folder.path(), "first.json");
    assert_eq!(
        (first.lost, first.duplicated, first.residue_bytes),
        (0, 0, 0)
    );
    // What a day must have in it, or the zeros above say little.
    assert_eq!(first.applicants, 8);
    assert_eq!((first.refused, first.rejected, first.returned), (1, 1, 2));
    assert_eq!((first.approved, first.submitted), (6, 9));
    assert_eq!((first.uploaded, first.receipts), (6, 6));
    assert_eq!(first.quarantined, 0);
    assert_eq!((first.restarts, first.offline_minutes), (1, 60));
    // Packets signed before it and after it all have their receipts.
    assert_eq!(first.activations, 1);
    assert!(first.waiting_bytes > 0, "the search saw what waited");
    assert!(first.duplicates_planted > 0);
    assert_eq!(first.duplicates_found, first.duplicates_planted);
    assert_eq!(first.answers, first.doubted + first.quarantined);
    // Progress while it runs.
    assert!(said.lines().count() > 15, "{said}");

    let (mut second, _) = day(7, folder.path(), "second.json");
    second.seconds = first.seconds;
    // Sealed envelopes differ in length by their random header lines only.
    second.waiting_bytes = first.waiting_bytes;
    assert_eq!(second, first);
}
