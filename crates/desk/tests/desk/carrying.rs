//! Packets of one station leave over another's link, and their receipts come back on a stick.

use crate::station::Station;
use desk::{Command, OutboxAct, ReviewAct};
use domain::Verdict;
use envelope::{Digest, Receipt, Signed};
use media::{
    Direction, Disk, Label, Outgoing, Papers, SealedPacket, export, find, read_receipts,
    write_receipts,
};
use queue::testing::{NOW, Office, packet_id};
use queue::{Settled, Store};
use std::path::Path;

/// Another station of the same authority, with packets that wait.
struct Owner {
    _folder: tempfile::TempDir,
    office: Office,
    store: Store,
}

impl Owner {
    fn new(of: &Station) -> Self {
        let mut office = Office::new("MUL-09");
        office.root = of.office.root.clone();
        office.centre = of.office.centre.clone();
        let folder = tempfile::tempdir().unwrap();
        let mut store = office.open(&folder.path().join("station.db"));
        for n in [701, 702] {
            office.enqueue(&mut store, packet_id(n), &bytes(n)).unwrap();
        }
        Self {
            _folder: folder,
            office,
            store,
        }
    }

    fn sealed(&self, n: u32) -> SealedPacket {
        let row = self.store.outbox_row(packet_id(n)).unwrap();
        SealedPacket {
            bytes: bytes(n),
            papers: Papers {
                manifest: row.documents.manifest().unwrap().clone(),
                statement: row.documents.statement().unwrap().clone(),
                decision: row.documents.decision().cloned(),
            },
        }
    }

    fn write(&self, stick: &Path) {
        let label = label(&self.office, 1);
        let items = [701, 702].map(|n| Outgoing::Packet(self.sealed(n)));
        export(&Disk, stick, &label, &self.office.station_key, items).unwrap();
    }

    fn receipt(&self, n: u32) -> Signed<Receipt> {
        let digest = Digest::of(&bytes(n));
        let head = self.store.audit_head().unwrap();
        self.office
            .receipt(packet_id(n), digest, Verdict::Durable, head)
    }
}

fn bytes(n: u32) -> Vec<u8> {
    format!("sealed packet {n}").into_bytes()
}

fn label(office: &Office, random: u8) -> Label {
    Label {
        station: office.station.clone(),
        at: NOW,
        random: [random; 4],
    }
}

#[test]
fn anothers_packets_wait_here_until_their_receipts_which_go_back_on_a_stick() {
    let station = Station::new();
    let mut owner = Owner::new(&station);
    let stick = tempfile::tempdir().unwrap();
    owner.write(stick.path());
    let desk = station.desk();
    desk.officer(&station);
    desk.send(Command::Outbox(OutboxAct::ReadMedium(
        stick.path().to_owned(),
    )));
    desk.told("notice-medium-carried");
    let state = desk.settled();
    assert_eq!((state.queue.carried, state.queue.outbox), (2, 0));
    // The same stick once more brings nothing new.
    desk.send(Command::Outbox(OutboxAct::ReadMedium(
        stick.path().to_owned(),
    )));
    desk.told("notice-medium-no-answers");
    desk.send(Command::Outbox(OutboxAct::WriteMedium(
        stick.path().to_owned(),
    )));
    desk.told("notice-medium-nothing");
    drop(desk);
    // The centre's receipt comes over this station's link.
    let mut store = Store::open(&station.path().join(desk::STORE_FILE), NOW).unwrap();
    let settled = store.settle(&owner.receipt(701), NOW).unwrap();
    assert_eq!(settled, Settled::Destroyed(Verdict::Durable));
    drop(store);
    let desk = station.desk();
    desk.officer(&station);
    desk.send(Command::Outbox(OutboxAct::WriteMedium(
        stick.path().to_owned(),
    )));
    desk.told("notice-medium-receipts-written");
    assert_eq!(desk.settled().queue.carried, 1);
    let folders = find(&Disk, stick.path()).unwrap();
    let back = folders
        .iter()
        .find(|name| name.direction == Direction::Answers)
        .unwrap();
    assert_eq!(back.station, owner.office.station);
    let folder = stick.path().join(back.to_string());
    let (receipts, refused) = read_receipts(&Disk, &folder, &owner.office.station).unwrap();
    assert_eq!((receipts.len(), refused.len()), (1, 0));
    let settled = owner.store.settle(&receipts[0], NOW).unwrap();
    assert_eq!(settled, Settled::Destroyed(Verdict::Durable));
    assert_eq!(owner.store.counts().unwrap().outbox, 1);
}

#[test]
fn a_dead_pcs_folder_is_carried_and_what_is_damaged_in_it_is_not() {
    let station = Station::new();
    let owner = Owner::new(&station);
    let stick = tempfile::tempdir().unwrap();
    let folder = stick.path().join("from the old disk");
    std::fs::create_dir(&folder).unwrap();
    let path = owner.store.path().to_owned();
    queue::salvage(&path, &folder).unwrap();
    let damaged = folder.join(format!("{}.packet", packet_id(702)));
    std::fs::write(&damaged, b"other bytes").unwrap();
    std::os::unix::fs::symlink("/", stick.path().join("a link")).unwrap();
    let desk = station.desk();
    desk.officer(&station);
    desk.send(Command::Outbox(OutboxAct::ReadMedium(
        stick.path().to_owned(),
    )));
    desk.told("notice-medium-carried-in-part");
    assert_eq!(desk.settled().queue.carried, 1);
    assert!(damaged.exists(), "nothing on the stick is changed");
}

#[test]
fn receipts_that_another_station_brings_settle_here_and_a_forged_one_does_not() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    let packet = desk.enrol(&station);
    desk.supervisor(&station);
    desk.open_review(packet);
    desk.send(Command::Review(ReviewAct::Approve));
    desk.told("notice-approved");
    let carrier = Office::new("MUL-09");
    let digest = station.store().outbox_row(packet).unwrap().digest;
    let head = station.store().audit_head().unwrap();
    let mut forger = Office::new(station.office.station.as_str());
    forger.root = station.office.root.clone();
    for (office, told, outbox) in [
        (&forger, "notice-medium-read-in-part", 1),
        (&*station.office, "notice-medium-read", 0),
    ] {
        let stick = tempfile::tempdir().unwrap();
        let receipt = office.receipt(packet, digest, Verdict::Durable, head);
        let to = label(&station.office, 2);
        let (by, key) = (&carrier.station, &carrier.station_key);
        write_receipts(&Disk, stick.path(), &to, by, key, &[receipt]).unwrap();
        desk.send(Command::Outbox(OutboxAct::ReadMedium(
            stick.path().to_owned(),
        )));
        desk.told(told);
        assert_eq!(desk.settled().queue.outbox, outbox, "{told}");
    }
}
