//! What a centre has confirmed is there after a power cut that takes everything that was not synced.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::disk::Syncing;
use central::{Clock, Disk};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use support::packet::{Packet, Plan};
use support::{Station, TestCentre};
use wire::PacketState;

/// A disk that keeps what it was asked to keep, and loses the rest when the power is cut.
#[derive(Clone, Default)]
struct Forgetful(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// Files with the length that they had when they were synced.
    content: HashMap<PathBuf, u64>,
    /// Files and folders whose names were there when their folder was synced.
    names: HashSet<PathBuf>,
}

impl Syncing for Forgetful {
    fn file(&self, path: &Path) -> std::io::Result<()> {
        let length = std::fs::metadata(path)?.len();
        self.0
            .lock()
            .unwrap()
            .content
            .insert(path.to_owned(), length);
        Ok(())
    }

    fn folder(&self, path: &Path) -> std::io::Result<()> {
        for entry in std::fs::read_dir(path)? {
            self.0.lock().unwrap().names.insert(entry?.path());
        }
        Ok(())
    }
}

impl Forgetful {
    /// Takes away everything in the folder that was not kept.
    fn cut(&self, folder: &Path) {
        let kept = self.0.lock().unwrap();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && kept.names.contains(&path) {
                drop_rest(&kept, &path);
            } else {
                drop_entry(&kept, &path);
            }
        }
    }
}

fn drop_rest(kept: &Kept, folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        drop_entry(kept, &entry.unwrap().path());
    }
}

fn drop_entry(kept: &Kept, path: &Path) {
    if path.is_dir() {
        std::fs::remove_dir_all(path).unwrap();
    } else if kept.names.contains(path) {
        let length = kept.content.get(path).copied().unwrap_or(0);
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_len(length).unwrap();
    } else {
        std::fs::remove_file(path).unwrap();
    }
}

/// Stops the centre, takes away what was not synced, and starts it again.
fn cut(centre: TestCentre, disk: &Forgetful) -> TestCentre {
    tokio::task::block_in_place(|| {
        let TestCentre {
            centre,
            folder,
            database,
            ..
        } = centre;
        centre.stop();
        for name in ["uploads", "packets"] {
            disk.cut(&folder.path().join(name));
        }
        support::centre_on(Disk::system(), folder, database, Clock::system())
    })
}

async fn start() -> (TestCentre, Station, Forgetful) {
    let disk = Forgetful::default();
    let folder = tempfile::tempdir().unwrap();
    let centre = support::centre_on(
        Disk::from_sync(disk.clone()),
        folder,
        support::new_database(),
        Clock::system(),
    );
    let station = centre.station().await;
    (centre, station, disk)
}

async fn half(centre: &TestCentre, station: &Station, packet: &Packet) -> (String, usize) {
    let created = centre.create(station, packet).await;
    let location = created.headers()["location"].to_str().unwrap().to_owned();
    let half = packet.sealed.len() / 2;
    let bytes = packet.sealed[..half].to_vec();
    let sent = centre.patch(station, &location, 0, bytes, None).await;
    assert_eq!(sent.status(), 204);
    (location, half)
}

#[tokio::test(flavor = "multi_thread")]
async fn confirmed_bytes_of_an_upload_are_there_after_a_power_cut() {
    let (centre, mut station, disk) = start().await;
    let packet = Plan::new(1, None).make(&station.signers);
    let (location, half) = half(&centre, &station, &packet).await;
    let centre = cut(centre, &disk);
    station.client = centre.client(Some(&station.identity_pem));
    assert_eq!(centre.offset(&station, &location).await, half);
    let rest = packet.sealed[half..].to_vec();
    let sent = centre.patch(&station, &location, half, rest, None).await;
    assert_eq!(sent.status(), 204, "the first half was lost");
    let reply = centre.reply(&station, &packet).await;
    assert_eq!(reply.state, PacketState::Accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packet_with_a_receipt_is_there_after_a_power_cut() {
    let (centre, station, disk) = start().await;
    let packet = Plan::new(1, None).make(&station.signers);
    let (state, _) = centre.settle(&station, &packet).await;
    assert_eq!(state, PacketState::Accepted);
    let centre = cut(centre, &disk);
    let name = format!("packets/{}/{}.packet", packet.id, packet.digest());
    let kept = std::fs::read(centre.folder.path().join(name)).unwrap();
    assert_eq!(kept, packet.sealed);
}
