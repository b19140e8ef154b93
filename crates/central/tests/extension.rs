//! Codes by which a lease is extended once, as they are given out and as the station will judge them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::CentreError;
use central::extension::give;
use domain::{Limits, Policy};
use envelope::ExtensionCode;
use std::process::Command;
use support::{TestCentre, station_id};

/// The command of IT, beside the centre that runs.
fn extend(centre: &TestCentre, serial: u64, more: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_shanakht-centre"))
        .args(["lease", "extend", "--station", "MUL-03", "--by", "Bilal"])
        .args(["--serial", &serial.to_string(), "--database"])
        .arg(centre.named())
        .arg("--data")
        .arg(centre.folder.path())
        .args(more)
        .output()
        .unwrap()
}

fn refusal(centre: &TestCentre, serial: u64) -> String {
    centre.act(
        async move |store| match give(&store, &station_id(), serial, "Bilal").await {
            Err(CentreError::Refused(why)) => Ok(why),
            other => panic!("{other:?}"),
        },
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_prints_a_code_that_leads_to_what_the_lease_holds() {
    let centre = support::centre();
    let station = centre.station().await;
    let lease = &station.signers.lease;
    let said = tokio::task::block_in_place(|| extend(&centre, lease.serial, &["--json"]));
    assert!(said.status.success(), "{said:?}");
    let first: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    let code = ExtensionCode::parse(first["code"].as_str().unwrap()).unwrap();
    let commitment = code.commitment(&station_id(), lease.serial);
    assert_eq!(lease.extension, Some(commitment));
    assert_eq!(
        (&first["days"], &first["packets"]),
        (&7.into(), &100.into())
    );
    assert!(first["given_before_by"].is_null());
    // Asked again it is the same one, and says so; the picture is beside the letters.
    let said = tokio::task::block_in_place(|| extend(&centre, lease.serial, &[]));
    let text = String::from_utf8(said.stdout).unwrap();
    assert!(text.starts_with(first["code"].as_str().unwrap()), "{text}");
    assert!(text.contains("given out before") && text.contains("by Bilal"));
    assert!(text.contains('█'), "{text}");
    let (client, connection) = tokio_postgres::connect(&centre.database, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let sql = "select serial, given_by, times from lease_extension";
    let row = client.query_one(sql, &[]).await.unwrap();
    let kept = (row.get::<_, i64>(0), row.get(1), row.get(2));
    assert_eq!(kept, (lease.serial as i64, "Bilal", 2));
    // Another lease of the station has another code.
    let unknown = tokio::task::block_in_place(|| extend(&centre, lease.serial + 1, &[]));
    assert!(!unknown.status.success() && unknown.stdout.is_empty());
    let why = String::from_utf8(unknown.stderr).unwrap();
    assert!(why.contains("has no lease 2"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_station_a_lease_that_was_left_and_one_without_extension_get_no_code() {
    let centre = support::centre();
    let station = centre.station().await;
    let serial = station.signers.lease.serial;
    // The next lease has no extension, and the station says that it holds it.
    let policy = Policy {
        version: 2,
        limits: Limits {
            extension: None,
            ..Limits::default()
        },
        ..Policy::default()
    };
    centre.act(async move |store| central::enact_policy(&store, &policy).await);
    let answer = station.client.get(centre.url(wire::path::LEASE)).send();
    let answer = answer.await.unwrap();
    let tag = answer.headers()["etag"].clone();
    let reply: wire::LeaseReply = answer.json().await.unwrap();
    let next = reply.lease.read::<envelope::Lease>().unwrap();
    let next = next.peek().unwrap();
    assert_eq!((next.serial, next.extension), (serial + 1, None));
    assert!(refusal(&centre, next.serial).contains("cannot be extended"));
    let known = station.client.get(centre.url(wire::path::LEASE));
    let known = known.header("if-none-match", tag).send().await.unwrap();
    assert_eq!(known.status(), 304);
    assert!(refusal(&centre, serial).contains("holds lease 2"));
    centre.act(async |store| central::dev::revoke_station(&store, &station_id()).await);
    assert!(refusal(&centre, next.serial).contains("is revoked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_of_the_first_release_is_told_nothing_of_extensions() {
    let mut centre = support::centre();
    centre.version = 1;
    let station = centre.station().await;
    let lease = &station.signers.lease;
    assert_eq!(
        (lease.extension, lease.policy.limits.extension),
        (None, None)
    );
    assert!(refusal(&centre, lease.serial).contains("cannot be extended"));
}
