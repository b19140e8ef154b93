//! Packets in a bucket that speaks S3: a stranger's server, which keeps them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::rebuild;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::packet::Plan;
use support::{TestCentre, centre_as, new_database};
use wire::PacketState;

struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// PyPI's `moto`, with one empty bucket.
async fn server(program: &std::ffi::OsStr) -> Server {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let child = Command::new(program)
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server { child, port };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let end = Instant::now() + Duration::from_mins(1);
    // The bucket is made by a plain request: the server checks no signature of it.
    let bucket = format!("http://127.0.0.1:{port}/packets");
    loop {
        let made = reqwest::Client::new().put(&bucket).send().await;
        if made.is_ok_and(|answer| answer.status().is_success()) {
            return server;
        }
        assert!(Instant::now() < end, "the S3 server does not answer");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn centre(folder: tempfile::TempDir, database: String, port: u16) -> TestCentre {
    let file = folder.path().join("credentials");
    std::fs::write(&file, "key\nsecret\n").unwrap();
    let own = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&file, own).unwrap();
    let named = format!(
        "s3://packets/centre?region=us-east-1&endpoint=http://127.0.0.1:{port}&credentials={}",
        file.display()
    );
    centre_as(folder, database, |options| {
        Path::new(&named).clone_into(&mut options.place.packets);
    })
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PyPI's moto; --full installs it, and names it in SHANAKHT_S3_SERVER"]
async fn a_bucket_keeps_packets_and_brings_the_list_back() {
    let Some(program) = std::env::var_os("SHANAKHT_S3_SERVER") else {
        return; // `--ignored` of everybody runs it too
    };
    let server = server(&program).await;
    let centre = centre(tempfile::tempdir().unwrap(), new_database(), server.port);
    let station = centre.station().await;
    let first = Plan::new(1, None).make(&station.signers);
    assert_eq!(
        centre.settle(&station, &first).await.0,
        PacketState::Accepted
    );
    let second = Plan::new(2, Some(first.digest()))
        .with_face("biden.jpg")
        .make(&station.signers);
    assert_eq!(
        centre.settle(&station, &second).await.0,
        PacketState::Accepted
    );
    // Nothing of it lies in the centre's own folder.
    assert!(!centre.folder.path().join("packets").exists());
    let (folder, _lost) = centre.stopped();
    let again = self::centre(folder, new_database(), server.port);
    let done = again.act(async |store| rebuild(&store).await);
    assert_eq!((done.added, done.refused.len()), (2, 0), "{done:?}");
    again.until(|c| c.figures().accepted == 2).await;
    // The server goes away: a packet is not acknowledged, and the station keeps it.
    drop(server);
    let station = support::Station {
        client: again.client(Some(&station.identity_pem)),
        ..station
    };
    let third = Plan::new(3, Some(second.digest())).make(&station.signers);
    assert_ne!(again.send(&station, &third).await, 204);
    assert_eq!(again.figures().accepted, 2);
}
