//! A station's real store through a rotation of the centre's keys: no packet stays, no receipt is refused for good.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../../crates/central/tests/support/mod.rs"]
mod support;

use central::Clock;
use central::custody::rotation;
use domain::{ApplicationKind, Priority, StaffId, Verdict};
use envelope::{KeyCertificate, PublicKey, Receipt, Signed, SigningKey, Zeroizing};
use queue::testing::Office;
use queue::{DraftEntry, QueueError, Settled, StationRecord, Store, StoreOptions, Submission};
use support::packet::{Packet, Plan, now};
use support::{Station, TestCentre, centre_as, new_database};
use wire::LeaseReply;

/// The station's own side: what it keeps on its disk.
struct Disk {
    store: Store,
    _folder: tempfile::TempDir,
}

fn disk(station: &Station) -> Disk {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    let mut store = Store::open_with(&path, &StoreOptions::default(), now()).unwrap();
    let activation = &station.activation;
    let record = StationRecord {
        station: activation.station.clone(),
        centre_url: String::new(),
        ca_pem: activation.ca_pem.clone(),
        certificate_pem: activation.certificate_pem.clone(),
        policy_root: activation.policy_root,
        key_files: Vec::new(),
        secrets: Zeroizing::new(Vec::new()),
        activated_at: now(),
    };
    let (lease, key) = read(&activation.lease);
    store.activate(&record, &lease, &key, now()).unwrap();
    Disk {
        store,
        _folder: folder,
    }
}

fn read(reply: &LeaseReply) -> (Signed<envelope::Lease>, Signed<KeyCertificate>) {
    (
        reply.lease.read().unwrap(),
        reply.centre_key.read().unwrap(),
    )
}

impl Disk {
    /// Through draft, review and approval into the outbox; gives the packet with the manifest that the store's own counters lead to.
    fn enqueue(&mut self, station: &Station, plan: &Plan) -> Packet {
        let mut packet = plan.make(&station.signers);
        let officer = StaffId::parse("40213").unwrap();
        let draft = DraftEntry {
            packet: packet.id,
            officer: officer.clone(),
            kind: ApplicationKind::New,
            step: "details".to_owned(),
            envelope: b"a sealed draft".to_vec(),
        };
        self.store.save_draft(&draft, now()).unwrap();
        let submission = Submission {
            packet: packet.id,
            officer,
            kind: ApplicationKind::New,
            packet_envelope: packet.sealed.clone(),
            statement: packet.statement.clone(),
            review_envelope: b"a sealed review copy".to_vec(),
            risk: 0,
            flags: Vec::new(),
            replayed: true,
            priority: Priority::Normal,
        };
        self.store.submit(&submission, now()).unwrap();
        let decision = packet.decision.clone().unwrap();
        let drawn = packet.manifest.peek().unwrap();
        let key: &SigningKey = &station.signers.key;
        let mut signed = None;
        let made = |seed: &queue::ManifestSeed| {
            let mut manifest = drawn.clone();
            manifest.counter = seed.counter;
            manifest.previous = seed.previous;
            manifest.audit_head = seed.audit_head;
            manifest.lease = seed.lease;
            let manifest = Signed::sign(&manifest, key)?;
            signed = Some(manifest.clone());
            Ok(manifest)
        };
        self.store
            .approve(packet.id, &decision, made, now())
            .unwrap();
        packet.manifest = signed.unwrap();
        packet
    }

    fn take_lease(&mut self, reply: &LeaseReply) {
        let (lease, key) = read(reply);
        self.store.put_lease(&lease, &key, now()).unwrap();
        let others: Vec<_> = reply
            .other_keys
            .iter()
            .map(|key| key.read().unwrap())
            .collect();
        self.store.put_centre_keys(&others).unwrap();
    }

    fn settles(&mut self, receipt: &Signed<Receipt>) {
        let settled = self.store.settle(receipt, now());
        assert_eq!(settled, Ok(Settled::Destroyed(Verdict::Durable)));
    }
}

async fn lease(centre: &TestCentre, station: &Station) -> LeaseReply {
    let get = || station.client.get(centre.url(wire::path::LEASE));
    let answer = get().send().await.unwrap();
    let tag = answer.headers()["etag"].clone();
    let reply = answer.json().await.unwrap();
    let again = get().header("if-none-match", tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    reply
}

async fn receipt(centre: &TestCentre, station: &Station, packet: &Packet) -> Signed<Receipt> {
    let reply = centre.reply(station, packet).await;
    reply.receipt.expect("a receipt").read().unwrap()
}

async fn rotate(centre: &TestCentre) {
    centre.act(async |store| rotation::at_once(&store).await);
    centre
        .until(|c| {
            let lines = c.act(async |store| rotation::list(&store).await);
            lines.len() == 4 && lines.iter().all(|line| line.here)
        })
        .await;
}

fn signer(station: &Station, reply: &LeaseReply) -> PublicKey {
    let root = &station.activation.policy_root;
    read(reply).1.verify(root).unwrap().key
}

#[tokio::test(flavor = "multi_thread")]
async fn every_packet_of_a_store_is_settled_through_a_rotation() {
    let centre = support::centre();
    let station = centre.station().await;
    let mut disk = disk(&station);
    let (first, second, third) = (
        disk.enqueue(&station, &Plan::new(1, None)),
        disk.enqueue(&station, &Plan::new(1, None).with_face("biden.jpg")),
        disk.enqueue(&station, &Plan::new(1, None)),
    );
    rotate(&centre).await;
    // The station knows nothing of it yet: sealed to the old key, answered under the old one.
    assert_eq!(centre.send(&station, &first).await, 204);
    let old = receipt(&centre, &station, &first).await;
    disk.settles(&old);
    // Answered before the new lease is here, fetched after.
    assert_eq!(centre.send(&station, &second).await, 204);
    let late = receipt(&centre, &station, &second).await;
    let reply = lease(&centre, &station).await;
    disk.take_lease(&reply);
    disk.settles(&late);
    // Sealed under the old lease, answered under the new key.
    assert_eq!(centre.send(&station, &third).await, 204);
    let new = receipt(&centre, &station, &third).await;
    let key = signer(&station, &reply);
    assert!(new.verify(&key).is_ok() && late.verify(&key).is_err());
    disk.settles(&new);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_overlap_a_packet_waits_for_the_lease_and_goes_then() {
    let folder = tempfile::tempdir().unwrap();
    let centre = support::centre_in(folder, new_database(), Clock::system());
    let station = centre.station().await;
    let mut disk = disk(&station);
    let packet = disk.enqueue(&station, &Plan::new(1, None));
    rotate(&centre).await;
    // The station was away for longer than the old key goes on.
    let (folder, database) = centre.stopped();
    let later = now().plus_days(central::keys::OVERLAP_DAYS + 1);
    let centre = centre_as(folder, database, |options| {
        options.clock = Clock::from_fn(move || later);
    });
    let station = Station {
        client: centre.client(Some(&station.identity_pem)),
        ..station
    };
    assert_eq!(centre.send(&station, &packet).await, 204);
    let receipt = receipt(&centre, &station, &packet).await;
    let refused = disk.store.settle(&receipt, now());
    assert_eq!(refused, Err(QueueError::Untrusted("receipt")));
    assert_eq!(
        disk.store.packet_envelope(packet.id).unwrap(),
        packet.sealed
    );
    disk.take_lease(&lease(&centre, &station).await);
    disk.settles(&receipt);
}

#[test]
fn a_key_of_nobodys_is_not_kept_beside_the_centres() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::default();
    let mut store = office.open(&folder.path().join("station.db"));
    let before = store.centre_keys().unwrap();
    let thief = Office::default();
    let mixed = [office.certificate(), thief.certificate()];
    let refused = store.put_centre_keys(&mixed);
    assert_eq!(refused, Err(QueueError::Untrusted("key certificate")));
    assert_eq!(store.centre_keys().unwrap(), before);
}
