//! House rules that no compiler checks: assets with their origin, ignored tests with their reason, names that say something.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ring::digest;

/// Names that own nothing and so collect everything.
const EMPTY_NAMES: &[&str] = &[
    "utils", "util", "common", "helpers", "helper", "misc", "manager",
];

#[test]
fn every_asset_has_its_source_and_is_the_file_that_was_meant() {
    let assets = root().join("assets");
    let page = std::fs::read_to_string(assets.join("PROVENANCE.md")).unwrap();
    let listed: BTreeMap<&str, &str> = page
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, file, digest, source, licence, _] = cells[..] else {
                return None;
            };
            assert!(
                !source.is_empty() && !licence.is_empty(),
                "{file} has no source or no licence"
            );
            (digest.len() == 64).then_some((file, digest))
        })
        .collect();
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for path in files(&assets)
        .into_iter()
        .filter(|path| !is_our_own_text(path))
    {
        let name = path
            .strip_prefix(&assets)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let found = sha256(&path);
        match listed.get(name.as_str()) {
            None => faults.push(format!(
                "{name} is not in assets/PROVENANCE.md (sha256 {found})"
            )),
            Some(digest) if *digest != found => {
                faults.push(format!("{name} has sha256 {found}, not the listed one"));
            }
            Some(_) => {}
        }
        seen.insert(name);
    }
    faults.extend(
        listed
            .keys()
            .filter(|name| !seen.contains(**name))
            .map(|name| format!("{name} is listed but missing")),
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_ignored_test_says_why() {
    let bare = ["#[ignore", "]"].concat();
    let faults = lines_with(&bare);
    assert!(
        faults.is_empty(),
        "write #[ignore = \"why\"]:\n{}",
        faults.join("\n")
    );
}

#[test]
fn nothing_is_left_to_do_in_a_comment() {
    let words = [
        ["// TO", "DO"].concat(),
        ["// FIX", "ME"].concat(),
        ["// X", "XX"].concat(),
    ];
    let faults: Vec<String> = words.iter().flat_map(|word| lines_with(word)).collect();
    assert!(
        faults.is_empty(),
        "the README's status is the place for it:\n{}",
        faults.join("\n")
    );
}

#[test]
fn no_file_is_named_after_nothing() {
    let faults: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|path| {
            let folder = path.parent().and_then(Path::file_name);
            [path.file_stem(), folder]
                .into_iter()
                .flatten()
                .any(|name| EMPTY_NAMES.iter().any(|empty| name == *empty))
        })
        .collect();
    assert!(
        faults.is_empty(),
        "name it after the thing it owns: {faults:?}"
    );
}

#[test]
fn files_are_deleted_only_where_a_receipt_or_an_owner_says_so() {
    let allowed = [
        "crates/queue/src/",
        // The files in which the first release kept a station's keys, once the store has them.
        "crates/desk/src/station_keys.rs",
        "crates/central/src/upload/",
        "crates/central/src/cluster.rs",
        "crates/xtask/src/",
        // A disk under SQLite is told to delete, and a run begins from a clean folder.
        "crates/faults/src/disk.rs",
        "crates/faults/src/workbench.rs",
    ];
    let faults = product_lines_with(&["fs::remove_file(", "fs::remove_dir"], &allowed);
    assert!(
        faults.is_empty(),
        "deleting belongs to the store that owns the file:\n{}",
        faults.join("\n")
    );
}

#[test]
fn colours_are_made_only_in_the_theme() {
    let allowed = [
        "crates/workstation/src/theme.rs",
        "crates/workstation/src/widgets/atlas.rs",
    ];
    let faults = product_lines_with(
        &[
            "Color32::from_",
            "Color32::RED",
            "Color32::GREEN",
            "hex_color!",
        ],
        &allowed,
    );
    assert!(
        faults.is_empty(),
        "name the colour in theme.rs:\n{}",
        faults.join("\n")
    );
}

#[test]
fn every_crate_says_what_it_is_at_its_top() {
    let faults: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name == "lib.rs" || name == "main.rs")
        })
        .filter(|path| !std::fs::read_to_string(path).unwrap().starts_with("//!"))
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
}

fn sha256(file: &Path) -> String {
    let digest = digest::digest(&digest::SHA256, &std::fs::read(file).unwrap());
    digest
        .as_ref()
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Texts of this project change with the code; their history is git's.
fn is_our_own_text(path: &Path) -> bool {
    let ours = ["md", "ftl", "json", "py"];
    path.extension()
        .is_some_and(|end| ours.iter().any(|ours| end == *ours))
}

/// As [`lines_with`] in the crates' own sources, without tests and without the files whose path begins as allowed.
fn product_lines_with(what: &[&str], allowed: &[&str]) -> Vec<String> {
    let begin = format!("{}/", root().display());
    what.iter()
        .flat_map(|what| lines_with(what))
        .map(|place| place.trim_start_matches(&begin).to_owned())
        .filter(|place| {
            place.starts_with("crates/") && place.contains("/src/") && !place.contains("tests.rs")
        })
        .filter(|place| !allowed.iter().any(|allowed| place.starts_with(allowed)))
        .collect()
}

/// `file:line` of every source line that holds `what`.
fn lines_with(what: &str) -> Vec<String> {
    let mut found = Vec::new();
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            if line.contains(what) {
                found.push(format!("{}:{}", path.display(), number + 1));
            }
        }
    }
    found
}

fn sources() -> Vec<PathBuf> {
    let ours = ["crates", "tests"].map(|folder| files(&root().join(folder)));
    ours.into_iter()
        .flatten()
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("node_modules") && !path.ends_with("target") {
            found.extend(files(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
