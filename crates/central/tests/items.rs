//! What leases of version 2 carry, and the items that are no reviewed enrolments.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use domain::{ItemKind, Limits, Policy, StaffId, Verdict};
use envelope::{
    Digest, FORMAT, KeyFile, KeyFileNote, Lease, PartKind, Parts, Receipt, Signed, SigningKey,
    WorkFactor,
};
use support::packet::Plan;
use support::{Station, TestCentre};
use wire::{CertificateReply, CertificateRequest, PacketState, StatusReport, path};

async fn start() -> (TestCentre, Station) {
    let centre = support::centre();
    let station = centre.station().await;
    (centre, station)
}

fn officer() -> StaffId {
    StaffId::parse("40213").unwrap()
}

/// The officer's keys under a new passphrase, as an item.
fn key_file(
    station: &Station,
    version: u64,
    counter: u64,
    previous: Option<Digest>,
) -> (Plan, KeyFile) {
    let keys = &station.signers.officer;
    let passphrase = format!("a new passphrase {version}");
    let file = KeyFile::create(keys, &passphrase.into(), WorkFactor::TEST).unwrap();
    let plan = with_note(file.as_bytes(), version, &keys.signing, counter, previous);
    (plan, file)
}

fn with_note(
    file: &[u8],
    version: u64,
    signer: &SigningKey,
    counter: u64,
    previous: Option<Digest>,
) -> Plan {
    let note = KeyFileNote {
        format: FORMAT,
        staff: officer(),
        version,
        digest: Digest::of(file),
    };
    let note = Signed::sign(&note, signer).unwrap();
    let mut parts = Parts::default();
    parts.put(PartKind::KeyFile, file.to_vec()).unwrap();
    parts
        .put(PartKind::KeyFileNote, note.as_bytes().to_vec())
        .unwrap();
    let mut plan = Plan::new(counter, previous);
    plan.kind = ItemKind::KeyFile;
    plan.parts = Some(parts);
    plan
}

fn carried(lease: &Lease) -> (u64, Vec<u8>) {
    let entry = lease
        .key_files
        .iter()
        .find(|e| e.staff == officer())
        .unwrap();
    (entry.version, entry.file.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_passphrase_reaches_every_station_of_the_office_by_the_lease() {
    let (centre, station) = start().await;
    assert_eq!(carried(&station.signers.lease).0, 0);
    let colleague = centre.station_named("MUL-04").await;
    let (plan, file) = key_file(&station, 1, 1, None);
    let packet = plan.make(&station.signers);
    let (state, reason) = centre.settle(&station, &packet).await;
    assert_eq!((state, reason), (PacketState::Accepted, None));
    for station in [&station, &colleague] {
        let lease = station.lease(&centre).await;
        assert_eq!(carried(&lease), (1, file.as_bytes().to_vec()));
    }
    let figures = centre.figures();
    assert_eq!(
        (figures.effects, figures.outcomes, figures.alarms),
        (0, 0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_key_file_or_somebody_elses_never_replaces_a_newer_one() {
    let (centre, station) = start().await;
    let (plan, newest) = key_file(&station, 5, 1, None);
    let first = plan.make(&station.signers);
    centre.settle(&station, &first).await;
    let (plan, _) = key_file(&station, 5, 2, Some(first.digest()));
    let second = plan.make(&station.signers);
    let (state, reason) = centre.settle(&station, &second).await;
    assert_eq!(
        (state, reason.as_deref()),
        (PacketState::Quarantined, Some("document"))
    );
    // A colleague's note about the officer's file.
    let other = &station.signers.supervisor.signing;
    let plan = with_note(newest.as_bytes(), 6, other, 3, Some(second.digest()));
    let third = plan.make(&station.signers);
    let (_, reason) = centre.settle(&station, &third).await;
    assert_eq!(reason.as_deref(), Some("statement-signature"));
    let lease = station.lease(&centre).await;
    assert_eq!(carried(&lease), (5, newest.as_bytes().to_vec()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_of_five_kilobytes_is_not_carried() {
    let (centre, station) = start().await;
    let signer = &station.signers.officer.signing;
    let packet = with_note(&[7; 4097], 1, signer, 1, None).make(&station.signers);
    let (_, reason) = centre.settle(&station, &packet).await;
    assert_eq!(reason.as_deref(), Some("parts"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreviewed_application_is_kept_and_stays_at_the_station_until_somebody_decides() {
    let (centre, station) = start().await;
    let mut plan = Plan::new(1, None);
    plan.kind = ItemKind::Unreviewed;
    let packet = plan.make(&station.signers);
    let (state, reason) = centre.settle(&station, &packet).await;
    assert_eq!((state, reason), (PacketState::Received, None));
    let reply = centre.reply(&station, &packet).await;
    let receipt: Signed<Receipt> = reply.receipt.clone().unwrap().read().unwrap();
    assert_eq!(receipt.peek().unwrap().verdict, Verdict::Retain);
    assert_eq!(centre.send(&station, &packet).await, 204);
    assert_eq!(centre.reply(&station, &packet).await, reply);
    let figures = centre.figures();
    assert_eq!(
        (figures.effects, figures.outcomes, figures.alarms),
        (0, 0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreviewed_application_passes_every_other_check() {
    let (centre, station) = start().await;
    let mut plan = Plan::new(1, None);
    plan.kind = ItemKind::Unreviewed;
    plan.application = Box::new(|a| a.photo.quality.readings[0].scalar = Some(5));
    let packet = plan.make(&station.signers);
    let (_, reason) = centre.settle(&station, &packet).await;
    assert_eq!(reason.as_deref(), Some("quality"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_without_a_decision_is_refused() {
    let (centre, station) = start().await;
    let mut plan = Plan::new(1, None);
    plan.kind = ItemKind::Unreviewed;
    plan.manifest = Box::new(|m| m.kind = None);
    let packet = plan.make(&station.signers);
    assert_eq!(centre.create(&station, &packet).await.status(), 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_hides_its_lease_or_names_one_that_never_was_is_for_a_person() {
    let (centre, station) = start().await;
    let mut previous = None;
    for (counter, lease, expected) in [(1, None, "document"), (2, Some(77), "lease-unknown")] {
        let mut plan = Plan::new(counter, previous);
        plan.statement = Box::new(move |s| s.lease = lease);
        plan.manifest = Box::new(move |m| m.lease = lease);
        let packet = plan.make(&station.signers);
        previous = Some(packet.digest());
        let (_, reason) = centre.settle(&station, &packet).await;
        assert_eq!(reason.as_deref(), Some(expected), "{lease:?}");
    }
    let figures = centre.figures();
    assert_eq!((figures.effects, figures.alarms), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_carries_the_recovery_identity_and_the_unlocks() {
    let (centre, station) = start().await;
    let lease = &station.signers.lease;
    let expected = centre.act(async |store| Ok(store.keys().office_recovery().clone()));
    assert_eq!(
        (lease.office_recovery.as_ref(), lease.format),
        (Some(&expected), 2)
    );
    assert!(lease.unlocks.is_empty());
    centre
        .act(async |store| central::dev::unlock(&store, &support::station_id(), &officer()).await);
    let next = station.lease(&centre).await;
    assert_eq!(next.unlocks.len(), 1);
    assert_eq!(next.unlocks[0].0, officer());
    assert!(next.serial > lease.serial);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_station_is_given_the_next_lease_at_seven_tenths() {
    let centre = support::centre();
    let policy = Policy {
        version: 2,
        limits: Limits {
            packets: 10,
            ..Limits::default()
        },
        ..Policy::default()
    };
    centre.act(async move |store| central::enact_policy(&store, &policy).await);
    let station = centre.station().await;
    let serial = station.signers.lease.serial;
    for (begun, expected) in [(6, serial), (7, serial + 1)] {
        let report = StatusReport {
            release: "2".to_owned(),
            lease_serial: serial,
            begun,
            ..StatusReport::default()
        };
        let post = station.client.post(centre.url(path::STATUS));
        assert_eq!(post.json(&report).send().await.unwrap().status(), 204);
        assert_eq!(station.lease(&centre).await.serial, expected, "{begun}");
    }
    // A count of the lease before says nothing of the new one.
    assert_eq!(station.lease(&centre).await.serial, serial + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_renewed_and_the_old_one_stays_good() {
    let (centre, station) = start().await;
    let url = centre.url(path::CERTIFICATE);
    let tls = rcgen::KeyPair::generate().unwrap();
    let request = CertificateRequest {
        csr_pem: support::csr(&tls),
    };
    let ask = || station.client.post(&url).json(&request).send();
    let answer = ask().await.unwrap();
    assert_eq!(answer.status(), 200);
    let reply: CertificateReply = answer.json().await.unwrap();
    let pem = format!("{}{}", reply.certificate_pem, tls.serialize_pem());
    let renewed = centre.client(Some(&pem));
    for client in [&renewed, &station.client] {
        let lease = client.get(centre.url(path::LEASE)).send().await.unwrap();
        assert_eq!(lease.status(), 200);
    }
    // A few a day, for answers that were lost.
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(ask().await.unwrap().status().as_u16());
    }
    assert_eq!(answers, [200, 200, 429, 429]);
    let bare = centre.client(None).post(&url).json(&request).send().await;
    assert_eq!(bare.unwrap().status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_was_made_at_the_offices_other_station_counts() {
    let (centre, station) = start().await;
    let other = centre.station_named("MUL-04").await;
    centre.act(async |store| {
        let there = domain::StationId::parse("MUL-04").unwrap();
        central::dev::unlock(&store, &there, &officer()).await
    });
    let serial = other.lease(&centre).await.serial;
    assert!(serial > station.signers.lease.serial, "only there");
    let mut previous = None;
    for (counter, lease, expected) in [
        (1, serial, PacketState::Accepted),
        (2, serial + 1, PacketState::Quarantined),
    ] {
        let mut plan = Plan::new(counter, previous);
        plan.decision = Box::new(move |d| d.lease = Some(lease));
        let packet = plan.make(&station.signers);
        previous = Some(packet.digest());
        let (state, reason) = centre.settle(&station, &packet).await;
        assert_eq!(state, expected, "{reason:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stated_before_a_stations_update_is_taken_after_it() {
    let (centre, station) = start().await;
    let mut plan = Plan::new(1, None);
    plan.statement = Box::new(|s| (s.format, s.lease, s.audit_head) = (1, None, None));
    plan.decision = Box::new(|d| (d.format, d.lease, d.audit_head) = (1, None, None));
    let packet = plan.make(&station.signers);
    let (state, reason) = centre.settle(&station, &packet).await;
    assert_eq!((state, reason), (PacketState::Accepted, None));
}
