//! Which crate may use which: ARCHITECTURE.md is the law, and this is what makes it one.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::{CargoOpt, DependencyKind, MetadataCommand, Package};

/// The crate that may use everything, since it tests everything.
const TESTS: &str = "tests";

type Edges = BTreeMap<String, BTreeSet<String>>;

#[test]
fn crates_use_each_other_only_as_architecture_md_says() {
    let allowed = table("| crate | may use |");
    let real: Edges = packages()
        .iter()
        .map(|package| (short(&package.name), ours(package)))
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
    for (name, allowed) in &allowed {
        if !real.contains_key(name) {
            faults.push(format!(
                "the table has a row for `{name}`, which is not a crate"
            ));
        }
        for to in allowed.difference(real.get(name).unwrap_or(&nothing)) {
            faults.push(format!(
                "the table lets `{name}` use `{to}`, which it does not"
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
        .map(|package| (short(&package.name), ours(package)))
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
        let name = short(&package.name);
        for dependency in linked(&package) {
            if allowed
                .get(&dependency)
                .is_some_and(|homes| !homes.contains(&name))
            {
                faults.push(format!(
                    "`{name}` uses {dependency}; it belongs to {:?}",
                    allowed[&dependency]
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

fn packages() -> Vec<Package> {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .no_deps()
        .other_options(["--locked".to_owned(), "--offline".to_owned()])
        .exec()
        .expect("cargo metadata works");
    metadata
        .packages
        .into_iter()
        .filter(|package| short(&package.name) != TESTS)
        .collect()
}

/// Our crates that it links, by their short names.
fn ours(package: &Package) -> BTreeSet<String> {
    package
        .dependencies
        .iter()
        .filter(|dependency| {
            dependency.path.is_some() && dependency.kind != DependencyKind::Development
        })
        .map(|dependency| short(&dependency.name))
        .collect()
}

/// Foreign crates that it links or builds with.
fn linked(package: &Package) -> Vec<String> {
    package
        .dependencies
        .iter()
        .filter(|dependency| {
            dependency.path.is_none() && dependency.kind != DependencyKind::Development
        })
        .map(|dependency| dependency.name.clone())
        .collect()
}

fn short(name: &str) -> String {
    name.strip_prefix("shanakht-").unwrap_or(name).to_owned()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
