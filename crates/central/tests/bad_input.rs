//! What clumsy or broken senders bring, and what a centre that cannot start says.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::{Centre, CentreError, CentreOptions, Cluster, Durability};
use std::process::Command;
use std::time::Duration;
use support::packet::{Plan, models};
use wire::{PacketState, Problem, path};

/// A body that announces far more than it will ever bring.
fn endless() -> reqwest::Body {
    reqwest::Body::wrap_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>())
}

/// An answer that must come although the body never does.
async fn soon(request: reqwest::RequestBuilder) -> (u16, String) {
    let answer = tokio::time::timeout(Duration::from_secs(20), request.send());
    let answer = answer.await.expect("the body was waited for").unwrap();
    let status = answer.status().as_u16();
    (
        status,
        answer.json::<Problem>().await.unwrap().key().to_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn oversized_bodies_are_refused_before_they_are_read() {
    let centre = support::centre();
    let station = centre.station().await;
    let activation = centre
        .client(None)
        .post(centre.url(path::ACTIVATE))
        .header("content-type", "application/json")
        .header("content-length", 1_u64 << 40)
        .body(endless());
    assert_eq!(soon(activation).await, (413, "too-large".to_owned()));
    let packet = Plan::new(1, None).make(&station.signers);
    let created = centre.create(&station, &packet).await;
    let location = created.headers()["location"].to_str().unwrap().to_owned();
    let patch = station
        .client
        .patch(centre.url(&location))
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", 0)
        .header("content-type", "application/offset+octet-stream")
        .header("content-length", packet.sealed.len() + 1)
        .body(endless());
    assert_eq!(soon(patch).await, (413, "too-long".to_owned()));
    let create = station
        .client
        .post(centre.url(path::UPLOADS))
        .header("tus-resumable", "1.0.0")
        .header("upload-length", 1_u64 << 40)
        .header("upload-metadata", packet.metadata());
    assert_eq!(soon(create).await, (413, "too-large".to_owned()));
    // The upload itself is as good as before.
    assert_eq!(centre.offset(&station, &location).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_are_none_are_quarantined_with_their_reason() {
    let centre = support::centre();
    let station = centre.station().await;
    let pixel = face::Picture::from_rgb(1, 1, vec![9; 3]).unwrap();
    let wall = face::Picture::from_rgb(600, 800, vec![150; 600 * 800 * 3]).unwrap();
    let cases = [
        (pixel.encode_jpeg(90), "picture-too-small"),
        (pixel.encode_png(), "picture-too-small"),
        (wall.encode_jpeg(90), "portrait-face"),
        (b"GIF89a and nothing else".to_vec(), "picture"),
        (Vec::new(), "picture"),
    ];
    let mut previous = None;
    for (counter, (portrait, expected)) in (1..).zip(cases) {
        let mut plan = Plan::new(counter, previous);
        plan.portrait = portrait;
        let packet = plan.make(&station.signers);
        previous = Some(packet.digest());
        let (state, reason) = centre.settle(&station, &packet).await;
        assert_eq!(
            (state, reason.as_deref()),
            (PacketState::Quarantined, Some(expected))
        );
    }
    assert_eq!(centre.figures().effects, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_answered_with_a_problem_and_changes_nothing() {
    let centre = support::centre();
    let station = centre.station().await;
    let get = |at: &str| station.client.get(centre.url(at));
    let unknown = "018f0000-0000-7000-8000-000000000000";
    assert_eq!(
        soon(get(&format!("{}/{unknown}", path::PACKETS))).await,
        (404, "packet-unknown".to_owned())
    );
    assert_eq!(
        soon(get(&format!("{}/..%2F..%2Fetc", path::PACKETS))).await,
        (400, "malformed".to_owned())
    );
    assert_eq!(soon(get("/v2")).await, (404, "no-such-resource".to_owned()));
    let body = centre.client(None).post(centre.url(path::ACTIVATE));
    let body = body.header("content-type", "application/json").body("{");
    assert_eq!(soon(body).await, (400, "malformed".to_owned()));
    let old = station.client.post(centre.url(path::UPLOADS));
    assert_eq!(
        soon(old.header("tus-resumable", "0.2.2")).await,
        (412, "tus-version".to_owned())
    );
}

#[test]
fn a_folder_with_a_running_centre_is_named() {
    let centre = support::centre();
    let options = CentreOptions::development(centre.folder.path(), models());
    let error = Centre::start(options).unwrap_err();
    assert!(matches!(error, CentreError::Busy(_)), "{error}");
}

#[test]
fn models_that_are_missing_are_named_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = folder.path().join("no-models");
    let data = folder.path().join("centre");
    let error = Centre::start(CentreOptions::development(&data, &nothing)).unwrap_err();
    assert!(matches!(error, CentreError::Models(_)), "{error}");
    assert!(!data.exists());
}

#[test]
fn a_damaged_key_is_never_replaced() {
    let centre = support::centre();
    let folder = centre.folder.path().to_owned();
    let url = centre.database.clone();
    let support::TestCentre {
        centre: running,
        folder: _kept,
        ..
    } = centre;
    running.stop();
    let seed = folder.join("keys/centre.seed");
    std::fs::write(&seed, "half a ke").unwrap();
    let options = CentreOptions {
        database: central::DatabaseChoice::Url(url),
        ..CentreOptions::development(&folder, models())
    };
    let error = Centre::start(options).unwrap_err();
    assert!(matches!(error, CentreError::Keys(_)), "{error}");
    assert_eq!(std::fs::read_to_string(&seed).unwrap(), "half a ke");
}

/// The binary itself, where PostgreSQL is nowhere to be found.
#[test]
fn without_postgresql_the_command_says_what_to_install_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_shanakht-centre"))
        .args(["init", "--development", "--data"])
        .arg(folder.path().join("centre"))
        .status();
    assert!(made.unwrap().success());
    let said = Command::new(env!("CARGO_BIN_EXE_shanakht-centre"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("centre"))
        .arg("--models")
        .arg(models())
        .env("SHANAKHT_POSTGRES", folder.path())
        .output()
        .unwrap();
    assert!(!said.status.success());
    let text = String::from_utf8_lossy(&said.stderr);
    assert!(text.contains("apt install postgresql-15"), "{text}");
    assert!(text.contains("پوسٹ گریس"), "{text}");
}

#[test]
fn a_cluster_stops_with_its_owner_and_starts_again_with_what_it_kept() {
    let folder = tempfile::tempdir().unwrap();
    let first = Cluster::start(folder.path(), Durability::Full).unwrap();
    let url = first.url("postgres");
    first.stop();
    assert!(Cluster::url_of_running(folder.path(), "postgres").is_err());
    let again = Cluster::start(folder.path(), Durability::Full).unwrap();
    let running = Cluster::url_of_running(folder.path(), "postgres").unwrap();
    assert_eq!(again.url("postgres"), running);
    // The same password, so the same cluster; the port may be another.
    let password = |url: &str| url.split('@').next().unwrap().to_owned();
    assert_eq!(password(&url), password(&running));
}
