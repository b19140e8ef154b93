//! What outlives a person, a crash and a long wait: nothing dies with its reader, and nothing is kept past its time in silence.

use crate::station::{Station, assets};
use desk::{Command, EnrolmentAct, ReviewAct, SessionAct};
use domain::{ItemKind, Role, StaffId};
use envelope::{PACKET_LIMIT_BYTES, StaffEntry, StaffKeys, open};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[test]
fn drafts_and_review_copies_open_with_the_offices_recovery_identity() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    let packet = desk.enrol(&station);
    let sealed = station.store().review_envelope(packet).unwrap();
    assert!(open(&sealed, &station.recovery, PACKET_LIMIT_BYTES).is_ok());
    desk.officer(&station);
    let draft = desk.begin();
    desk.send(Command::Enrolment(EnrolmentAct::Close));
    desk.until("the sealed draft", |s| s.work().is_none());
    let sealed = station.store().draft_envelope(draft).unwrap();
    assert!(open(&sealed, &station.recovery, PACKET_LIMIT_BYTES).is_ok());
    // The packet itself is the centre's alone.
    let sealed = station.store().packet_envelope(packet).unwrap();
    assert!(open(&sealed, &station.recovery, PACKET_LIMIT_BYTES).is_err());
}

#[test]
fn a_supervisor_who_came_later_can_review_once_a_colleague_has_signed_in() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    let packet = desk.enrol(&station);
    drop(desk);
    let (id, keys) = (
        StaffId::parse("40099").unwrap(),
        StaffKeys::generate().unwrap(),
    );
    station.next_lease(2, |lease| {
        let (key, recipient) = keys.public();
        lease.staff.push(StaffEntry {
            id,
            name_latin: "Third".to_owned(),
            name_urdu: "تیسرا".to_owned(),
            role: Role::Supervisor,
            key,
            recipient,
        });
    });
    let opens = || {
        let sealed = station.store().review_envelope(packet).unwrap();
        open(&sealed, &keys.identity, PACKET_LIMIT_BYTES).is_ok()
    };
    let desk = station.desk();
    assert!(!opens());
    // An officer cannot open it either, so nothing changes.
    desk.officer(&station);
    desk.sign_out();
    assert!(!opens());
    desk.supervisor(&station);
    desk.until("the resealed review", |s| s.revision > 0 && opens());
}

#[test]
fn a_draft_that_was_given_to_a_colleague_is_theirs_alone() {
    let station = Station::new();
    let desk = station.desk();
    desk.officer(&station);
    let packet = desk.begin();
    let colleague = station.office.supervisor.0.clone();
    let state = desk.until("the colleagues", |s| s.colleagues.len() == 2);
    assert!(state.colleagues.iter().any(|c| c.staff == colleague));
    desk.send(Command::Enrolment(EnrolmentAct::HandOver(colleague)));
    desk.told("notice-handed-over");
    assert!(desk.settled().drafts.is_empty());
    desk.send(Command::Enrolment(EnrolmentAct::Open(packet)));
    desk.told("notice-not-addressed");
    desk.sign_out();
    desk.supervisor(&station);
    desk.until("the draft", |s| s.drafts.len() == 1);
    desk.send(Command::Enrolment(EnrolmentAct::Open(packet)));
    desk.until("the open draft", |s| s.work().is_some());
}

#[test]
fn a_draft_past_its_age_ends_and_the_screen_says_so() {
    let station = Station::new();
    let desk = station.desk();
    desk.officer(&station);
    let packet = desk.begin();
    desk.send(Command::Enrolment(EnrolmentAct::Close));
    desk.until("the sealed draft", |s| s.drafts.len() == 1);
    desk.sign_out();
    station.clock.pass(Duration::from_hours(24 * 13));
    desk.send(Command::Session(SessionAct::Touch));
    assert_eq!(desk.settled().queue.drafts, 1, "not yet");
    station.clock.pass(Duration::from_hours(24 * 2));
    desk.told("notice-drafts-expired");
    assert!(station.store().draft_envelope(packet).is_err());
    assert_eq!(desk.settled().queue.drafts, 0);
}

#[test]
fn a_review_that_nobody_does_goes_to_the_centre_without_a_decision_where_policy_says_so() {
    let station = Station::with_lease(|lease| lease.policy.unreviewed_days = Some(3)).with_camera();
    let desk = station.desk();
    let packet = desk.enrol(&station);
    station.clock.pass(Duration::from_hours(24 * 4));
    desk.told("notice-sent-unreviewed");
    let row = station.store().outbox_row(packet).unwrap();
    assert_eq!(row.entry.kind, ItemKind::Unreviewed);
    let manifest = row.documents.manifest().unwrap();
    let manifest = manifest
        .verify(&station.office.station_key.public())
        .unwrap();
    assert_eq!(
        (manifest.decision, manifest.item()),
        (None, ItemKind::Unreviewed)
    );
    assert!(station.store().review_envelope(packet).is_err());
}

#[test]
fn a_crash_of_the_desks_thread_loses_the_session_and_nothing_that_was_sealed() {
    let station = Station::new();
    let crash = Arc::new(AtomicBool::new(false));
    let crashing = crash.clone();
    let desk = station.desk_that_wakes(
        assets().join("models"),
        Arc::new(move || {
            assert!(
                !crashing.swap(false, Ordering::SeqCst),
                "a crash on purpose"
            );
        }),
    );
    desk.officer(&station);
    let packet = desk.begin();
    desk.send(Command::Enrolment(EnrolmentAct::Close));
    desk.until("the sealed draft", |s| s.drafts.len() == 1);
    crash.store(true, Ordering::SeqCst);
    desk.until("the restart", |s| {
        s.session.is_none()
            && s.notice
                .as_ref()
                .is_some_and(|n| n.key == "notice-restarted")
    });
    desk.officer(&station);
    desk.send(Command::Enrolment(EnrolmentAct::Open(packet)));
    desk.until("the draft", |s| s.work().is_some());
}

#[test]
fn a_centre_of_the_first_release_gets_documents_of_the_first_release() {
    let station = Station::with_lease(|lease| {
        lease.format = 1;
        lease.office_recovery = None;
    })
    .with_camera();
    let desk = station.desk();
    let packet = desk.enrol(&station);
    desk.supervisor(&station);
    desk.open_review(packet);
    desk.send(Command::Review(ReviewAct::Approve));
    desk.told("notice-approved");
    let row = station.store().outbox_row(packet).unwrap();
    let manifest = row.documents.manifest().unwrap().peek().unwrap();
    let statement = row.documents.statement().unwrap().peek().unwrap();
    let decision = row.documents.decision().unwrap().peek().unwrap();
    assert_eq!(
        (manifest.format, manifest.lease, manifest.kind),
        (1, None, None)
    );
    assert_eq!((statement.format, statement.lease), (1, None));
    assert_eq!((decision.format, decision.audit_head), (1, None));
}

#[test]
fn the_keys_that_the_first_release_kept_in_a_file_move_into_the_store() {
    let station = Station::new();
    let file = station.path().join("station.key");
    assert!(file.exists());
    let desk = station.desk();
    assert!(!file.exists());
    drop(desk);
    let desk = station.desk();
    assert!(desk.state().station.is_some());
    assert!(
        !station
            .store()
            .activation()
            .unwrap()
            .unwrap()
            .secrets
            .is_empty()
    );
}
