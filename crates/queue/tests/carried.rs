//! Packets of other stations on their way over this one's link.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use domain::{ItemKind, PacketId, Verdict};
use envelope::{Digest, Receipt, Signed};
use queue::testing::{NOW, Office, packet_id};
use queue::{
    Carried, ItemDocuments, QueueError, Settled, Store, StoreOptions, UploadPoint, downgrade,
};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The owner of the packets, with a store of its own, and a station of the same authority with a link.
struct Bench {
    folder: TempDir,
    owner: Office,
    own: Store,
    carrier: Office,
    store: Store,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let owner = Office::new("MUL-03");
    let mut carrier = Office::new("MUL-04");
    carrier.root = owner.root.clone();
    carrier.centre = owner.centre.clone();
    let own = owner.open(&folder.path().join("owner.db"));
    let store = carrier.open(&folder.path().join("station.db"));
    Bench {
        folder,
        owner,
        own,
        carrier,
        store,
    }
}

impl Bench {
    fn path(&self) -> PathBuf {
        self.folder.path().join("station.db")
    }

    /// A packet that waits at its owner, as a medium has it.
    fn packet(&mut self, n: u32, bytes: &[u8]) -> (ItemDocuments, Vec<u8>) {
        self.owner
            .enqueue(&mut self.own, packet_id(n), bytes)
            .unwrap();
        let row = self.own.outbox_row(packet_id(n)).unwrap();
        (row.documents, bytes.to_vec())
    }

    fn carry(&mut self, n: u32, bytes: &[u8]) {
        let (documents, bytes) = self.packet(n, bytes);
        let done = self.store.carry(&documents, &bytes, NOW);
        assert_eq!(done, Ok(Carried::Taken));
    }

    fn receipt(&self, n: u32, bytes: &[u8], verdict: Verdict) -> Signed<Receipt> {
        let digest = Digest::of(bytes);
        self.owner
            .receipt(packet_id(n), digest, verdict, Digest::default())
    }

    fn next(&self, after: Option<PacketId>) -> Vec<PacketId> {
        let items = self.store.next_items(after, 9, NOW).unwrap();
        items.iter().map(|entry| entry.packet).collect()
    }
}

fn sealed(n: u8) -> Vec<u8> {
    format!("a sealed packet of another station {n} ")
        .repeat(700)
        .into_bytes()
}

fn holds(path: &Path, bytes: &[u8]) -> bool {
    let needle = &bytes[200..232];
    ["", "-wal"].iter().any(|suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        fs::read(name).is_ok_and(|file| file.windows(needle.len()).any(|w| w == needle))
    })
}

#[test]
fn a_carried_packet_leaves_behind_ones_own_and_apart_from_ones_chain() {
    let mut bench = bench();
    bench.carry(1, &sealed(1));
    bench.carry(2, &sealed(2));
    let counter = bench.store.counter().unwrap();
    bench
        .carrier
        .enqueue(&mut bench.store, packet_id(9), b"its own")
        .unwrap();
    assert_eq!(bench.store.counter().unwrap(), counter + 1);
    let [own, one, two] = [9, 1, 2].map(packet_id);
    assert_eq!(bench.next(None), [own, one, two]);
    assert_eq!(bench.next(Some(own)), [one, two]);
    assert_eq!(bench.next(Some(one)), [two]);
    assert_eq!(bench.next(Some(two)), []);
    let pages = bench.store.next_items(None, 2, NOW).unwrap();
    assert_eq!(pages.len(), 2);
    let row = bench.store.outbox_row(one).unwrap();
    assert_eq!(row.entry.carried_for.as_ref(), Some(&bench.owner.station));
    assert_eq!(row.documents, bench.own.outbox_row(one).unwrap().documents);
    bench.store.check_item(one).unwrap();
    let part = bench.store.packet_envelope_chunk(one, 10, 20).unwrap();
    assert_eq!(part, sealed(1)[10..30]);
    assert_eq!(bench.store.packet_envelope(one).unwrap(), sealed(1));
    // Only one's own goes onto one's own medium, and only one's own is counted.
    assert_eq!(bench.store.outbox_after(None, 9).unwrap().len(), 1);
    assert_eq!(bench.store.counts().unwrap().outbox, 1);
    let waiting = bench.store.waiting().unwrap();
    assert!(
        waiting
            .iter()
            .any(|w| (w.what.as_str(), w.count) == ("carried", 2))
    );
}

#[test]
fn an_upload_of_a_carried_packet_resumes_after_a_restart_and_waits_like_any_other() {
    let mut bench = bench();
    bench.carry(1, &sealed(1));
    let one = packet_id(1);
    let point = UploadPoint {
        url: "/v1/uploads/x".to_owned(),
        offset: 77,
    };
    bench.store.note_upload(one, Some(&point)).unwrap();
    let later = NOW.plus_millis(60_000);
    bench.store.note_wait(one, "no-answer", later).unwrap();
    assert_eq!(bench.next(None), []);
    assert_eq!(bench.store.next_due(NOW).unwrap(), Some(later));
    let path = bench.path();
    drop(bench.store);
    bench.store = Store::open(&path, NOW).unwrap();
    let entry = bench.store.outbox_row(one).unwrap().entry;
    assert_eq!((entry.upload, entry.attempts), (Some(point), 1));
    bench.store.end_waits().unwrap();
    assert_eq!(bench.next(None), [one]);
}

#[test]
fn only_the_centres_receipt_for_it_destroys_a_carried_packet_and_is_kept_for_its_owner() {
    let mut bench = bench();
    let bytes = sealed(1);
    bench.carry(1, &bytes);
    bench
        .carrier
        .enqueue(&mut bench.store, packet_id(9), b"its own")
        .unwrap();
    let other_digest = bench.receipt(1, b"something else", Verdict::Durable);
    let refused = bench.store.settle(&other_digest, NOW);
    assert_eq!(refused, Err(QueueError::ReceiptMismatch));
    // The carrier's own name in the receipt of another's packet.
    let other_station = bench.carrier.receipt(
        packet_id(1),
        Digest::of(&bytes),
        Verdict::Durable,
        Digest::default(),
    );
    let refused = bench.store.settle(&other_station, NOW);
    assert_eq!(refused, Err(QueueError::ReceiptMismatch));
    let forged = {
        let mut forger = Office::new("MUL-03");
        forger.root = bench.owner.root.clone();
        forger.receipt(
            packet_id(1),
            Digest::of(&bytes),
            Verdict::Durable,
            Digest::default(),
        )
    };
    let refused = bench.store.settle(&forged, NOW);
    assert_eq!(refused, Err(QueueError::Untrusted("receipt")));
    let retain = bench.receipt(1, &bytes, Verdict::Retain);
    assert_eq!(bench.store.settle(&retain, NOW), Ok(Settled::Kept));
    assert_eq!(bench.store.packet_envelope(packet_id(1)).unwrap(), bytes);
    assert!(bench.store.carried_receipts(9).unwrap().is_empty());
    assert!(holds(&bench.path(), &bytes));

    let receipt = bench.receipt(1, &bytes, Verdict::Durable);
    let settled = bench.store.settle(&receipt, NOW).unwrap();
    assert_eq!(settled, Settled::Destroyed(Verdict::Durable));
    bench.store.purge().unwrap();
    assert!(!holds(&bench.path(), &bytes));
    assert_eq!(bench.store.settle(&receipt, NOW), Ok(Settled::Already));
    assert_eq!(bench.next(None), [packet_id(9)]);
    let kept = bench.store.carried_receipts(9).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].station, bench.owner.station);
    assert_eq!(kept[0].receipts, std::slice::from_ref(&receipt));
    // Its owner lets go by that receipt, and by nothing before.
    assert_eq!(bench.own.counts().unwrap().outbox, 1);
    let settled = bench.own.settle(&kept[0].receipts[0], NOW).unwrap();
    assert_eq!(settled, Settled::Destroyed(Verdict::Durable));
    // The same stick once more changes nothing.
    let (second, _) = bench.packet(2, b"another");
    assert_eq!(
        bench.store.carry(&second, b"another", NOW),
        Ok(Carried::Taken)
    );
    assert_eq!(
        bench.store.carry(&second, b"another", NOW),
        Ok(Carried::Known)
    );
}

#[test]
fn what_does_not_belong_together_is_not_carried() {
    let mut bench = bench();
    let (documents, bytes) = bench.packet(1, &sealed(1));
    let mut changed = bytes.clone();
    changed[100] ^= 1;
    let refused = bench.store.carry(&documents, &changed, NOW);
    assert_eq!(refused, Err(QueueError::Mismatch("manifest")));
    let ItemDocuments::Enrolment {
        manifest,
        statement,
        decision,
    } = documents.clone()
    else {
        panic!("an enrolment");
    };
    let bare = ItemDocuments::Unreviewed {
        manifest: manifest.clone(),
        statement: statement.clone(),
    };
    let refused = bench.store.carry(&bare, &bytes, NOW);
    assert_eq!(refused, Err(QueueError::Mismatch("manifest")));
    let (second, _) = bench.packet(2, &sealed(2));
    let mixed = ItemDocuments::Enrolment {
        manifest,
        statement: second.statement().unwrap().clone(),
        decision,
    };
    let refused = bench.store.carry(&mixed, &bytes, NOW);
    assert_eq!(refused, Err(QueueError::Mismatch("statement")));
    // One's own work approved.
    let mut alone = Office::new("MUL-03");
    alone.supervisor.0 = alone.officer.0.clone();
    let digest = Digest::of(&bytes);
    let approve = envelope::DecisionKind::Approve;
    let own_decision = alone.decision(packet_id(1), digest, approve);
    let mut approved = documents.manifest().unwrap().peek().unwrap();
    approved.decision = Some(own_decision.digest());
    let own_work = ItemDocuments::Enrolment {
        manifest: Signed::sign(&approved, &alone.station_key).unwrap(),
        statement: documents.statement().unwrap().clone(),
        decision: own_decision,
    };
    let refused = bench.store.carry(&own_work, &bytes, NOW);
    assert!(
        matches!(refused, Err(QueueError::FourEyes(_))),
        "{refused:?}"
    );
    assert_eq!(bench.next(None), []);
    // The station's own packets are not carried by itself.
    bench
        .carrier
        .enqueue(&mut bench.store, packet_id(9), b"its own")
        .unwrap();
    let own = bench.store.outbox_row(packet_id(9)).unwrap().documents;
    assert_eq!(bench.store.carry(&own, b"its own", NOW), Ok(Carried::Known));
}

#[test]
fn a_carried_packet_that_this_disk_damaged_waits_for_the_next_medium() {
    let mut bench = bench();
    let (documents, bytes) = bench.packet(1, &sealed(1));
    bench.store.carry(&documents, &bytes, NOW).unwrap();
    let path = bench.path();
    drop(bench.store);
    let connection = rusqlite::Connection::open(&path).unwrap();
    let changed = connection
        .execute(
            "UPDATE carried_parts SET bytes = CAST(substr(bytes, 1, 9000) || x'00' || substr(bytes, 9002) AS BLOB)
             WHERE kind = 'envelope'",
            [],
        )
        .unwrap();
    assert_eq!(changed, 1);
    drop(connection);
    bench.store = Store::open(&path, NOW).unwrap();
    let one = packet_id(1);
    let damaged = bench.store.check_item(one);
    assert_eq!(damaged, Err(QueueError::Damaged("an envelope")));
    assert_eq!(bench.store.hold_damaged_carried(one, NOW), Ok(true));
    assert_eq!(bench.next(None), []);
    assert_eq!(
        bench.store.carry(&documents, &bytes, NOW),
        Ok(Carried::Taken)
    );
    bench.store.check_item(one).unwrap();
    assert_eq!(bench.next(None), [one]);
    let whole = bench.store.hold_damaged_carried(one, NOW);
    assert_eq!(whole, Err(QueueError::NotDamaged));
}

#[test]
fn a_void_is_carried_too_and_what_the_centre_refuses_goes_by_a_persons_act_alone() {
    let mut bench = bench();
    bench.packet(1, &sealed(1));
    let owner_path = bench.folder.path().join("owner.db");
    drop(bench.own);
    Office::damage(&owner_path, packet_id(1));
    bench.own = Store::open(&owner_path, NOW).unwrap();
    let owner = &bench.owner;
    let void = bench
        .own
        .set_aside(packet_id(1), |seed| owner.void(seed), NOW)
        .unwrap();
    let done = bench
        .store
        .carry(&ItemDocuments::Void(void.clone()), &[], NOW);
    assert_eq!(done, Ok(Carried::Taken));
    let row = bench.store.outbox_row(packet_id(1)).unwrap();
    assert_eq!(row.entry.kind, ItemKind::Void);
    assert_eq!(row.digest, void.digest());
    bench.store.check_item(packet_id(1)).unwrap();
    let staff = bench.carrier.supervisor.0.clone();
    let kept = bench.store.drop_refused(packet_id(1), &staff, NOW);
    assert_eq!(kept, Err(QueueError::NotFound));
    bench
        .store
        .note_wait(packet_id(1), "centre-refused", NOW)
        .unwrap();
    bench.store.drop_refused(packet_id(1), &staff, NOW).unwrap();
    assert_eq!(bench.next(None), []);
}

#[test]
fn a_store_of_version_2_takes_the_new_tables_and_goes_back_only_without_carried_packets() {
    let mut bench = bench();
    bench
        .carrier
        .enqueue(&mut bench.store, packet_id(9), b"its own")
        .unwrap();
    let path = bench.path();
    drop(bench.store);
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "DROP TABLE carried; DROP TABLE carried_parts;
             DROP TABLE visit_envelopes; DROP TABLE visits; DROP TABLE offers; DROP TABLE offer_results;
             PRAGMA user_version = 2;",
        )
        .unwrap();
    drop(connection);
    bench.store = Store::open_with(&path, &StoreOptions::default(), NOW).unwrap();
    assert_eq!(bench.next(None), [packet_id(9)]);
    bench.carry(1, &sealed(1));
    drop(bench.store);
    let refused = downgrade(&path, NOW);
    assert_eq!(
        refused,
        Err(QueueError::NeedsNewerVersion(
            "a packet that is carried for another station"
        ))
    );
    bench.store = Store::open(&path, NOW).unwrap();
    bench.store.check_item(packet_id(1)).unwrap();
    drop(bench.store);
    // A damaged store's rescue and salvage bring it along.
    queue::rescue(&path, NOW).unwrap();
    bench.store = Store::open(&path, NOW).unwrap();
    assert_eq!(bench.next(None), [packet_id(9), packet_id(1)]);
    assert_eq!(
        bench.store.packet_envelope(packet_id(1)).unwrap(),
        sealed(1)
    );
    drop(bench.store);
    let folder = bench.folder.path().join("salvaged");
    fs::create_dir(&folder).unwrap();
    queue::salvage(&path, &folder).unwrap();
    let name = format!("{}.packet", packet_id(1));
    assert_eq!(fs::read(folder.join(name)).unwrap(), sealed(1));
}

#[test]
fn a_stick_cannot_fill_this_stations_disk() {
    let mut bench = bench();
    let (documents, bytes) = bench.packet(1, &sealed(1));
    let path = bench.path();
    drop(bench.store);
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(&format!(
            "INSERT INTO carried (packet, kind, station, counter, digest, length, since)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})
             SELECT randomblob(16), 'void', 'MUL-09', i, zeroblob(32), 1, 1 FROM n",
            queue::CARRIED_LIMIT
        ))
        .unwrap();
    drop(connection);
    bench.store = Store::open(&path, NOW).unwrap();
    let refused = bench.store.carry(&documents, &bytes, NOW);
    assert_eq!(refused, Err(QueueError::CarriedFull));
}
