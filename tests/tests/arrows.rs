//! Which crate may use which: ARCHITECTURE.md is the law, and this is what makes it one.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The crate that may use everything, since it tests everything.
const TESTS: &str = "tests";

type Edges = BTreeMap<String, BTreeSet<String>>;

#[test]
fn crates_use_each_other_only_as_architecture_md_says() {
    let allowed = table("| crate | may use |");
    let real: Edges = packages()
        .iter()
        .map(|package| (name(package), ours(package)))
        .collect();
    let mut faults = Vec::new();
    let nothing = BTreeSet::new();
    for (name, used) in &real {
        if !allowed.contains_key(name) {
            faults.push(format!("`{name}` has no row in the table"));
        }
        for to in used.difference(allowed.get(name).unwrap_or(&nothing)) {
            faults.push(format!(
                "`{name}` uses `{to}`, which the table does not allow"
            ));
        }
    }
    for name in allowed.keys() {
        if !real.contains_key(name) {
            faults.push(format!(
                "the table has a row for `{name}`, which is not a crate"
            ));
        }
    }
    assert!(
        faults.is_empty(),
        "ARCHITECTURE.md, Arrows:\n{}",
        faults.join("\n")
    );
}

#[test]
fn no_crate_uses_another_in_a_circle() {
    let real: Edges = packages()
        .iter()
        .map(|package| (name(package), ours(package)))
        .collect();
    let mut settled: BTreeSet<&String> = BTreeSet::new();
    while let Some(next) = real.keys().find(|name| {
        !settled.contains(name) && real[*name].iter().all(|used| settled.contains(used))
    }) {
        settled.insert(next);
    }
    let circle: Vec<&String> = real.keys().filter(|name| !settled.contains(name)).collect();
    assert!(circle.is_empty(), "in or above a circle: {circle:?}");
}

#[test]
fn foreign_crates_that_mean_a_role_stay_in_their_crates() {
    let allowed = table("| foreign crate | only in | because |");
    let mut faults = Vec::new();
    for package in packages() {
        let user = name(&package);
        for foreign in linked(&package).map(name) {
            if allowed
                .get(&foreign)
                .is_some_and(|homes| !homes.contains(&user))
            {
                faults.push(format!(
                    "`{user}` uses {foreign}; it belongs to {:?}",
                    allowed[&foreign]
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The rows of the table in ARCHITECTURE.md under this heading: first cell to the names in the second.
fn table(heading: &str) -> Edges {
    let page =
        std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is there");
    let rows: Edges = page
        .lines()
        .skip_while(|line| *line != heading)
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|row| {
            let cells: Vec<&str> = row.split('|').collect();
            (
                names(cells[1])
                    .first()
                    .expect("a row begins with a name")
                    .clone(),
                names(cells[2]),
            )
        })
        .collect();
    assert!(!rows.is_empty(), "ARCHITECTURE.md has no table {heading:?}");
    rows
}

/// What stands between back-ticks.
fn names(cell: &str) -> BTreeSet<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The workspace's crates as `cargo metadata` describes them, without [`TESTS`].
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version=1",
            "--no-deps",
            "--locked",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .expect("cargo can be started");
    let mut metadata: Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata gives JSON");
    let Value::Array(mut packages) = metadata["packages"].take() else {
        panic!("cargo metadata names no packages");
    };
    packages.retain(|package| name(package) != TESTS);
    packages
}

/// A package's short name.
fn name(package: &Value) -> String {
    short(package["name"].as_str().expect("a package has a name"))
}

/// Our crates that it links, by their short names.
fn ours(package: &Value) -> BTreeSet<String> {
    linked(package)
        .filter(|dependency| dependency["path"].is_string())
        .map(name)
        .collect()
}

/// What it links or builds with; not what only its tests use.
fn linked(package: &Value) -> impl Iterator<Item = &Value> {
    let dependencies = package["dependencies"]
        .as_array()
        .expect("a package lists its dependencies");
    dependencies
        .iter()
        .filter(|dependency| dependency["kind"] != "dev")
}

fn short(name: &str) -> String {
    name.strip_prefix("shanakht-").unwrap_or(name).to_owned()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
