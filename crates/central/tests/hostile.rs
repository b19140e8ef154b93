//! A hostile station, with its own valid keys: whatever it forges, repeats or leaves out is refused
//! or quarantined, and somebody is alarmed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use domain::{ChallengeOutcome, ChallengeRecord, Policy, Source, StaffId};
use envelope::{DecisionKind, Digest, Lease, PartKind, Signed, SigningKey};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use support::packet::{Packet, Plan, Who, face_of, now};
use support::{Station, TestCentre};
use wire::{LeaseReply, PacketState, path};

async fn start() -> (TestCentre, Station) {
    let centre = support::centre();
    let station = centre.station().await;
    (centre, station)
}

/// The packet is kept, not in force, and somebody is alarmed; gives the reason.
async fn quarantined(centre: &TestCentre, station: &Station, packet: &Packet) -> String {
    let before = centre.figures();
    let (state, reason) = centre.settle(station, packet).await;
    assert_eq!(state, PacketState::Quarantined);
    let after = centre.figures();
    assert_eq!(after.quarantined, before.quarantined + 1);
    assert_eq!(after.effects, before.effects);
    assert!(after.alarms > before.alarms, "nobody was alarmed");
    reason.unwrap()
}

/// The upload is refused; gives the problem's key.
async fn refused(centre: &TestCentre, station: &Station, packet: &Packet) -> String {
    let answer = centre.create(station, packet).await;
    assert!(!answer.status().is_success(), "{}", answer.status());
    let problem: wire::Problem = answer.json().await.unwrap();
    assert_eq!(centre.figures().effects, 0);
    problem.key().to_owned()
}

async fn reason_of(plan: Plan) -> String {
    let (centre, station) = start().await;
    let packet = plan.make(&station.signers);
    quarantined(&centre, &station, &packet).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_does_not_become_a_supervisor_by_signing() {
    let mut plan = Plan::new(1, None);
    plan.decider = Who::OtherOfficer;
    assert_eq!(reason_of(plan).await, "role");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_is_not_on_the_lease_approves_nothing() {
    let mut plan = Plan::new(1, None);
    plan.decision = Box::new(|d| d.supervisor = StaffId::parse("99999").unwrap());
    assert_eq!(reason_of(plan).await, "staff-unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_who_did_not_sign_took_nothing() {
    let mut plan = Plan::new(1, None);
    plan.statement = Box::new(|s| s.officer = StaffId::parse("40214").unwrap());
    assert_eq!(reason_of(plan).await, "statement-signature");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_about_another_packet_do_not_count() {
    let other = Digest::of(b"another packet");
    let mut plan = Plan::new(1, None);
    plan.statement = Box::new(move |s| s.digest = other);
    assert_eq!(reason_of(plan).await, "statement");
    let mut plan = Plan::new(1, None);
    plan.decision = Box::new(move |d| d.digest = other);
    assert_eq!(reason_of(plan).await, "decision");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_application_is_not_enrolled() {
    let mut plan = Plan::new(1, None);
    plan.decision = Box::new(|d| d.kind = DecisionKind::Reject);
    assert_eq!(reason_of(plan).await, "not-approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portrait_with_another_persons_template_hides_no_duplicate() {
    let mut plan = Plan::new(1, None);
    plan.template = face_of("biden.jpg").1;
    assert_eq!(reason_of(plan).await, "template-mismatch");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_is_not_passed_off_as_a_camera() {
    let mut plan = Plan::new(1, None);
    plan.manifest = Box::new(|m| m.replayed = false);
    assert_eq!(reason_of(plan).await, "replay");
}

/// A packet whose frames came from a camera, with this challenge.
fn before_a_camera(outcome: Option<ChallengeOutcome>, flagged: bool) -> Plan {
    let mut plan = Plan::new(1, None);
    plan.manifest = Box::new(|m| m.replayed = false);
    plan.application = Box::new(move |a| {
        a.photo.source = Source::Camera {
            name: "HD Webcam".to_owned(),
            vendor_product: Some((0x046d, 0x0825)),
            trusted: true,
        };
        a.photo.liveness.flagged = flagged;
        a.photo.liveness.challenge = outcome.map(|outcome| ChallengeRecord {
            outcome,
            why: None,
            asked: vec!["challenge-nod".to_owned(); 3],
            done: 3,
            one_in: 60,
            tries: 1,
        });
    });
    plan
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_that_skips_the_movements_enrols_nobody() {
    for (outcome, flagged) in [
        (None, false),
        (None, true),
        (Some(ChallengeOutcome::NotLive), true),
        (Some(ChallengeOutcome::Alternative), false),
    ] {
        let plan = before_a_camera(outcome, flagged);
        assert_eq!(reason_of(plan).await, "liveness", "{outcome:?}");
    }
    for (outcome, flagged) in [
        (ChallengeOutcome::Live, false),
        (ChallengeOutcome::Alternative, true),
    ] {
        let (centre, station) = start().await;
        let packet = before_a_camera(Some(outcome), flagged).make(&station.signers);
        let (state, reason) = centre.settle(&station, &packet).await;
        assert_eq!(state, PacketState::Accepted, "{outcome:?} {reason:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_are_not_what_was_signed_are_seen() {
    let mut plan = Plan::new(1, None);
    plan.statement = Box::new(|s| s.parts.push(PartKind::Liveness));
    plan.manifest = Box::new(|m| m.parts.push(PartKind::Liveness));
    assert_eq!(reason_of(plan).await, "parts");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invented_policy_version_is_seen() {
    let mut plan = Plan::new(1, None);
    plan.manifest = Box::new(|m| m.policy_version = 77);
    assert_eq!(reason_of(plan).await, "policy-version");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_is_used_once() {
    let (centre, station) = start().await;
    let first = Plan::new(1, None).make(&station.signers);
    centre.settle(&station, &first).await;
    let again = Plan::new(1, None).make(&station.signers);
    assert_eq!(
        quarantined(&centre, &station, &again).await,
        "counter-reused"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packet_that_another_station_carries_again_takes_effect_once() {
    let (centre, station) = start().await;
    let packet = Plan::new(1, None).make(&station.signers);
    centre.settle(&station, &packet).await;
    let carrier = centre.station_named("MUL-04").await;
    assert_eq!(centre.send(&carrier, &packet).await, 204);
    let figures = centre.figures();
    assert_eq!((figures.effects, figures.receipts), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_its_station_did_not_sign_is_refused() {
    let (centre, station) = start().await;
    let mut packet = Plan::new(1, None).make(&station.signers);
    let manifest = packet.manifest.peek().unwrap();
    packet.manifest = Signed::sign(&manifest, &SigningKey::generate().unwrap()).unwrap();
    assert_eq!(
        refused(&centre, &station, &packet).await,
        "manifest-signature"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_do_not_belong_together_are_refused() {
    let (centre, station) = start().await;
    let mut packet = Plan::new(1, None).make(&station.signers);
    packet.decision = Plan::new(1, None).make(&station.signers).decision;
    assert_eq!(
        refused(&centre, &station, &packet).await,
        "metadata-mismatch"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_other_than_the_manifests_are_not_taken_and_raise_an_alarm() {
    let (centre, station) = start().await;
    let mut packet = Plan::new(1, None).make(&station.signers);
    let last = packet.sealed.len() - 1;
    packet.sealed[last] ^= 1;
    assert_eq!(centre.send(&station, &packet).await, 422);
    let figures = centre.figures();
    assert_eq!(
        (figures.alarms, figures.receipts, figures.uploads_open),
        (1, 0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_was_begun_in_time_is_taken_weeks_after_the_leases_end() {
    let ahead = Arc::new(AtomicI64::new(0));
    let (shared, system) = (ahead.clone(), central::Clock::system());
    let clock =
        central::Clock::from_fn(move || system.now().plus_days(shared.load(Ordering::SeqCst)));
    let centre = support::centre_with_clock(clock);
    let station = centre.station().await;
    ahead.store(30, Ordering::SeqCst);
    let mut previous = None;
    for (counter, format) in [(1, 1), (2, 2)] {
        let mut plan = Plan::new(counter, previous);
        plan.format = format;
        plan.at = now().plus_days(30);
        let packet = plan.make(&station.signers);
        previous = Some(packet.digest());
        let (state, reason) = centre.settle(&station, &packet).await;
        assert_eq!((state, reason), (PacketState::Accepted, None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_that_has_the_new_policy_does_not_go_on_under_the_old_one() {
    let (centre, station) = start().await;
    let policy = Policy {
        version: 2,
        ..Policy::default()
    };
    centre.act(async move |store| central::enact_policy(&store, &policy).await);
    let url = centre.url(path::LEASE);
    let newer = station.client.get(&url).send().await.unwrap();
    let tag = newer.headers()["etag"].clone();
    let newer: LeaseReply = newer.json().await.unwrap();
    let newer = newer.lease.read::<Lease>().unwrap().peek().unwrap();
    assert_eq!((newer.policy.version, newer.serial), (2, 2));
    // It has not said yet that it has the new lease: the answer may have been lost.
    let mut plan = Plan::of_first_release(1, None);
    plan.at = now().plus_millis(600_000);
    let first = plan.make(&station.signers);
    assert_eq!(
        centre.settle(&station, &first).await.0,
        PacketState::Accepted
    );
    let asked = station.client.get(&url).header("if-none-match", tag);
    assert_eq!(asked.send().await.unwrap().status(), 304);
    let mut plan = Plan::of_first_release(2, Some(first.digest()));
    plan.at = now().plus_millis(600_000);
    let second = plan.make(&station.signers);
    assert_eq!(
        quarantined(&centre, &station, &second).await,
        "policy-rolled-back"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dismissed_officer_enrols_nobody() {
    let (centre, station) = start().await;
    centre.act(async |store| {
        central::dev::revoke_staff(&store, &StaffId::parse("40213").unwrap()).await
    });
    assert_eq!(station.lease(&centre).await.staff.len(), 2);
    // Neither a date nor an old serial reaches back: what arrives now is for a person.
    let mut previous = None;
    for (counter, format) in [(1, 1), (2, 2)] {
        let mut plan = Plan::new(counter, previous);
        plan.format = format;
        let packet = plan.make(&station.signers);
        previous = Some(packet.digest());
        assert_eq!(
            quarantined(&centre, &station, &packet).await,
            "arrived-after-revocation"
        );
    }
}
