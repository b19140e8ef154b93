//! The packet store alone brings the database's list of packets back.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::custody::rotation;
use central::rebuild;
use std::path::PathBuf;
use std::process::Command;
use support::packet::{Packet, Plan};
use support::{Station, TestCentre, centre_as, new_database};
use wire::PacketState;

fn file(centre: &TestCentre, packet: &Packet, ending: &str) -> PathBuf {
    let name = format!("{}/{}.{ending}", packet.id, packet.digest());
    centre.folder.path().join("packets").join(name)
}

/// Two that hold, one that does not, and one more under keys that were rotated.
async fn filled() -> (TestCentre, Station, Vec<Packet>) {
    let centre = support::centre();
    let mut station = centre.station().await;
    let first = Plan::new(1, None).make(&station.signers);
    let mut bad = Plan::new(2, Some(first.digest()));
    bad.garbage = true;
    let bad = bad.make(&station.signers);
    let third = Plan::new(3, Some(bad.digest())).with_face("biden.jpg");
    let third = third.make(&station.signers);
    for packet in [&first, &bad, &third] {
        centre.settle(&station, packet).await;
    }
    centre.act(async |store| rotation::at_once(&store).await);
    centre
        .until(|c| {
            c.act(async |store| rotation::list(&store).await)
                .iter()
                .all(|line| line.here)
        })
        .await;
    let reply = station
        .client
        .get(centre.url(wire::path::LEASE))
        .send()
        .await
        .unwrap();
    let reply: wire::LeaseReply = reply.json().await.unwrap();
    station.signers.lease = reply
        .lease
        .read::<envelope::Lease>()
        .unwrap()
        .peek()
        .unwrap();
    let fourth = Plan::new(4, Some(third.digest())).make(&station.signers);
    assert_eq!(centre.send(&station, &fourth).await, 204);
    centre.until(|c| c.figures().accepted == 3).await;
    (centre, station, vec![first, bad, third, fourth])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_database_has_every_packet_again_and_judges_it_alike() {
    let (centre, _station, packets) = filled().await;
    let before = centre.figures();
    assert_eq!(
        (before.accepted, before.quarantined, before.effects),
        (3, 1, 3)
    );
    let (folder, _lost) = centre.stopped();
    let centre = centre_as(folder, new_database(), |_| ());
    assert_eq!(centre.figures().receipts, 0);
    let done = centre.act(async |store| rebuild(&store).await);
    assert_eq!(
        (done.added, done.known, done.refused.len()),
        (4, 0, 0),
        "{done:?}"
    );
    assert!(done.leases >= 2, "{done:?}");
    centre.until(|c| c.figures().waiting == 0).await;
    let after = centre.figures();
    assert_eq!(
        (after.accepted, after.quarantined, after.effects),
        (3, 1, 3)
    );
    assert_eq!(after.duplicated_effects, 0);
    // Once more: nothing happens.
    let again = centre.act(async |store| rebuild(&store).await);
    assert_eq!((again.added, again.known, again.leases), (0, 4, 0));
    assert_eq!(centre.figures().receipts, 4);
    drop(packets);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_centre_did_not_sign_or_has_no_bytes_of_is_named_and_not_taken() {
    let (centre, _station, packets) = filled().await;
    let documents = |packet: &Packet| file(&centre, packet, "documents");
    // Another packet's papers, a flipped bit, bytes that are gone, bytes that are others.
    std::fs::copy(documents(&packets[1]), documents(&packets[0])).unwrap();
    let mut bytes = std::fs::read(documents(&packets[1])).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(documents(&packets[1]), bytes).unwrap();
    std::fs::rename(
        file(&centre, &packets[2], "packet"),
        centre.folder.path().join("aside"),
    )
    .unwrap();
    std::fs::write(file(&centre, &packets[3], "packet"), b"others").unwrap();
    let (folder, _lost) = centre.stopped();
    let centre = centre_as(folder, new_database(), |_| ());
    let done = centre.act(async |store| rebuild(&store).await);
    assert_eq!((done.added, done.refused.len()), (0, 4), "{done:?}");
    // The bytes come back.
    std::fs::rename(
        centre.folder.path().join("aside"),
        file(&centre, &packets[2], "packet"),
    )
    .unwrap();
    let done = centre.act(async |store| rebuild(&store).await);
    assert_eq!((done.added, done.refused.len()), (1, 3), "{done:?}");
}

/// One of PostgreSQL's own programs.
fn postgres(program: &str, arguments: &[&str]) {
    let usual = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut usual = usual.map(|version| version.path().join("bin").join(program));
    let found = usual.find(|path| path.is_file());
    let output = Command::new(found.unwrap_or_else(|| program.into()))
        .args(arguments)
        .output();
    let output = output.unwrap();
    assert!(output.status.success(), "{program}: {output:?}");
}

/// As docs/operations.md says it, with the programs that it names.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_while_the_centre_runs_and_is_restored_with_what_came_later() {
    let centre = support::centre();
    let station = centre.station().await;
    let first = Plan::new(1, None).make(&station.signers);
    centre.settle(&station, &first).await;
    let place = tempfile::tempdir().unwrap();
    let (dump, passfile) = (place.path().join("dump"), place.path().join("passfile"));
    let file = passfile.clone();
    let url = centre.act(async move |store| store.database_url(&file));
    let url = libpq(&url, &passfile);
    tokio::task::block_in_place(|| {
        let into = format!("--file={}", dump.display());
        postgres("pg_dump", &["--format=custom", &into, &url]);
    });
    // After the backup: a packet, and a revocation that is lost with the database.
    let second = Plan::new(2, Some(first.digest()))
        .with_face("biden.jpg")
        .make(&station.signers);
    centre.settle(&station, &second).await;
    let (folder, lost) = centre.stopped();
    let restored = new_database();
    let name = |url: &str| url.rsplit('/').next().unwrap().to_owned();
    let made = format!("create database {}", name(&restored));
    support::sql(&lost, &made).await;
    tokio::task::block_in_place(|| {
        let into = format!("--dbname={}", url.replace(&name(&lost), &name(&restored)));
        postgres("pg_restore", &[&into, dump.to_str().unwrap()]);
    });
    let centre = centre_as(folder, restored, |_| ());
    let before = centre.figures();
    assert_eq!((before.accepted, before.effects), (1, 1));
    let done = centre.act(async |store| rebuild(&store).await);
    assert_eq!((done.added, done.known), (1, 1), "{done:?}");
    centre.until(|c| c.figures().accepted == 2).await;
    // Its station goes on: the next packet has its place behind the one that was brought back.
    let station = Station {
        client: centre.client(Some(&station.identity_pem)),
        ..station
    };
    let third = Plan::new(3, Some(second.digest())).make(&station.signers);
    let (state, reason) = centre.settle(&station, &third).await;
    assert_eq!((state, reason), (PacketState::Accepted, None));
    assert_eq!(centre.figures().effects, 3);
}

/// As PostgreSQL's own programs want it: percent signs for slashes.
fn libpq(url: &str, passfile: &std::path::Path) -> String {
    let encoded = passfile.display().to_string().replace('/', "%2F");
    url.replace(&passfile.display().to_string(), &encoded)
}
