//! The README's two commands share what they compile.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::process::Command;

/// Foreign crates that a build would compile: package, target, mode, features and optimisation.
fn foreign_units(arguments: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(arguments.split(' '))
        .args(["--workspace", "--locked", "--offline"])
        .args(["-Z", "unstable-options", "--unit-graph"])
        // The list of units is not stable yet; nothing is compiled by asking for it.
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .output()
        .unwrap();
    let graph: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a unit graph");
    let units = graph["units"].as_array().unwrap();
    units
        .iter()
        .filter(|unit| unit["pkg_id"].as_str().unwrap().starts_with("registry"))
        .map(|unit| {
            let part = |name: &str| unit[name].to_string();
            format!(
                "{} {} {} {} {}",
                part("pkg_id"),
                unit["target"]["kind"],
                part("mode"),
                part("features"),
                unit["profile"]["opt_level"]
            )
        })
        .collect()
}

#[test]
fn what_run_has_compiled_test_does_not_compile_again() {
    let run = foreign_units("build --bins");
    let test = foreign_units("build --bins --tests --examples");
    assert!(run.len() > 100, "{} units", run.len());
    let again: Vec<_> = run.difference(&test).collect();
    assert!(
        again.is_empty(),
        "compiled twice, with other features (crates/xtask/Cargo.toml has the place to name them): {again:#?}"
    );
}
