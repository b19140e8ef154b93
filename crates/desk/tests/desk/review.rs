//! Four eyes over one digest: from the officer's signature to the outbox, or to the end.

use crate::applicant::{NAME_LATIN, captured};
use crate::camera::gallery;
use crate::station::Station;
use desk::{Command, EnrolmentAct, Field, PhotoPhase, ReviewAct, Step};
use domain::{Application, ClockConfidence, Role, Source, Stage};
use envelope::{DecisionKind, Digest, PACKET_LIMIT_BYTES, PartKind, Parts, from_cbor};

#[test]
fn returned_corrected_and_approved_it_lies_in_the_outbox_under_three_signatures() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    let packet = desk.enrol(&station);

    desk.supervisor(&station);
    let state = desk.until("the review", |s| s.reviews.len() == 1);
    assert_eq!(state.reviews[0].officer, station.office.officer.0);
    desk.open_review(packet);
    let state = desk.state();
    let review = state.review().unwrap();
    assert_eq!(review.application.details.name.latin.expose(), NAME_LATIN);
    assert!(review.portrait.width > 100 && review.burst.len() == 2);
    desk.send(Command::Review(ReviewAct::Return("return-name".to_owned())));
    desk.told("notice-returned");
    assert!(desk.settled().reviews.is_empty());
    desk.sign_out();

    desk.officer(&station);
    let state = desk.until("the returned draft", |s| s.drafts.len() == 1);
    assert_eq!(state.drafts[0].returned.as_deref(), Some("return-name"));
    desk.send(Command::Enrolment(EnrolmentAct::Open(packet)));
    let state = desk.until("the draft", |s| s.work().is_some());
    let work = state.work().unwrap();
    assert_eq!(work.returned.as_deref(), Some("return-name"));
    assert_eq!(work.form.get(Field::NameLatin), NAME_LATIN);
    assert!(
        matches!(work.photo.phase, PhotoPhase::Kept(_)),
        "the picture was not wrong"
    );
    desk.send(Command::Enrolment(EnrolmentAct::SetField(
        Field::NameLatin,
        "Zainab Noor-ul-Ain".into(),
    )));
    desk.submit();
    desk.sign_out();

    desk.supervisor(&station);
    desk.open_review(packet);
    desk.send(Command::Review(ReviewAct::Approve));
    desk.told("notice-approved");
    assert_eq!(desk.settled().queue.outbox, 1);

    let store = station.store();
    let row = store.outbox_row(packet).unwrap();
    let office = &station.office;
    let statement = row
        .documents
        .statement()
        .unwrap()
        .verify(&office.officer.1.signing.public())
        .unwrap();
    let decision = row
        .documents
        .decision()
        .unwrap()
        .verify(&office.supervisor.1.signing.public())
        .unwrap();
    let (signed_statement, signed_decision, signed_manifest) = (
        row.documents.statement().unwrap(),
        row.documents.decision().unwrap(),
        row.documents.manifest().unwrap(),
    );
    let manifest = signed_manifest
        .verify(&office.station_key.public())
        .unwrap();
    assert_eq!((manifest.counter, manifest.previous), (1, None));
    assert_eq!(manifest.packet, packet);
    assert_eq!(decision.kind, DecisionKind::Approve);
    assert_eq!(decision.supervisor, office.supervisor.0);
    assert_eq!(statement.officer, office.officer.0);
    assert_eq!(manifest.statement, Digest::of(signed_statement.as_bytes()));
    assert_eq!(
        manifest.decision,
        Some(Digest::of(signed_decision.as_bytes()))
    );
    // The documents name the lease under which each was signed, not a date.
    assert_eq!(
        (statement.lease, decision.lease, manifest.lease),
        (Some(1), Some(1), Some(1))
    );
    assert!(manifest.replayed, "a picture from a file is named so");
    assert_eq!(manifest.clock, ClockConfidence::Trusted);
    let sealed = store.packet_envelope(packet).unwrap();
    let digest = Digest::of(&sealed);
    for named in [statement.digest, decision.digest, manifest.digest] {
        assert_eq!(named, digest);
    }
    // Another key verifies none of them.
    let stranger = envelope::SigningKey::generate().unwrap().public();
    assert!(signed_statement.verify(&stranger).is_err());
    assert!(
        signed_decision
            .verify(&office.officer.1.signing.public())
            .is_err()
    );
    assert!(signed_manifest.verify(&stranger).is_err());
    // The centre can open it, the station's people cannot.
    for own in [&office.officer.1.identity, &office.supervisor.1.identity] {
        assert!(envelope::open(&sealed, own, PACKET_LIMIT_BYTES).is_err());
    }
    let tar = envelope::open(&sealed, &office.ingest, PACKET_LIMIT_BYTES).unwrap();
    let parts = Parts::from_tar(&tar).unwrap();
    let application: Application = from_cbor(parts.get(PartKind::Application).unwrap()).unwrap();
    assert_eq!(
        application.details.name.latin.expose(),
        "Zainab Noor-ul-Ain"
    );
    assert_eq!(application.photo.source, Source::Replayed);
    assert_eq!(parts.kinds(), manifest.parts);
    for kind in [PartKind::Portrait, PartKind::Template, PartKind::Consent] {
        assert!(parts.get(kind).is_some(), "{kind:?}");
    }
    assert!(store.draft_envelope(packet).is_err() && store.review_envelope(packet).is_err());
}

#[test]
fn a_second_packet_names_the_first_one() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    let packets = [desk.enrol(&station), desk.enrol(&station)];
    desk.supervisor(&station);
    for packet in packets {
        desk.open_review(packet);
        desk.send(Command::Review(ReviewAct::Approve));
        desk.told("notice-approved");
    }
    let store = station.store();
    let manifests = packets.map(|p| {
        let row = store.outbox_row(p).unwrap();
        row.documents
            .manifest()
            .unwrap()
            .verify(&station.office.station_key.public())
            .unwrap()
    });
    assert_eq!(manifests[1].counter, 2);
    assert_eq!(manifests[1].previous, Some(manifests[0].digest));
}

#[test]
fn own_work_is_not_offered_to_its_taker_and_not_opened_for_them() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    desk.second(&station);
    let packet = desk.fill(&station);
    desk.submit();
    let state = desk.until("the own review", |s| s.own_reviews == 1);
    assert!(state.reviews.is_empty());
    desk.send(Command::Review(ReviewAct::Open(packet)));
    desk.told("notice-own-work");
    assert!(desk.state().review().is_none());
    desk.sign_out();
    desk.supervisor(&station);
    let state = desk.until("the review", |s| s.reviews.len() == 1);
    assert_eq!(state.own_reviews, 0);
    // Not even sealed to its taker.
    let sealed = station.store().review_envelope(packet).unwrap();
    assert!(envelope::open(&sealed, &station.second.1.identity, PACKET_LIMIT_BYTES).is_err());
}

#[test]
fn an_officer_reviews_nothing() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    let packet = desk.enrol(&station);
    desk.officer(&station);
    desk.send(Command::Review(ReviewAct::Open(packet)));
    desk.told("notice-supervisors-only");
    desk.send(Command::Review(ReviewAct::Approve));
    assert_eq!(desk.settled().queue.outbox, 0);
}

#[test]
fn without_another_supervisor_nothing_is_submitted_and_the_draft_stays() {
    let station = Station::with_lease(|lease| {
        lease
            .staff
            .retain(|s| s.role == Role::Officer || s.id.as_str() == "40011");
        lease.office_recovery = None;
    })
    .with_camera();
    let desk = station.desk();
    desk.second(&station);
    let packet = desk.fill(&station);
    desk.send(Command::Enrolment(EnrolmentAct::Submit));
    desk.told("notice-no-supervisor");
    assert!(station.store().draft_envelope(packet).is_ok());
}

#[test]
fn without_another_supervisor_it_waits_where_the_offices_recovery_identity_can_open_it() {
    let station = Station::with_lease(|lease| {
        lease
            .staff
            .retain(|s| s.role == Role::Officer || s.id.as_str() == "40011");
    })
    .with_camera();
    let desk = station.desk();
    desk.second(&station);
    let packet = desk.fill(&station);
    desk.submit();
    let sealed = station.store().review_envelope(packet).unwrap();
    assert!(envelope::open(&sealed, &station.recovery, PACKET_LIMIT_BYTES).is_ok());
}

#[test]
fn a_rejection_closes_it_and_nothing_is_sent_or_kept() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    let packet = desk.enrol(&station);
    assert!(station.envelopes() > 0, "what waits is found");
    desk.supervisor(&station);
    desk.open_review(packet);
    desk.send(Command::Review(ReviewAct::Reject(
        "reject-documents".to_owned(),
    )));
    desk.told("notice-rejected");
    let state = desk.settled();
    assert!(state.reviews.is_empty());
    assert_eq!((state.queue.outbox, state.queue.closed), (0, 1));
    let store = station.store();
    let row = store.history_of(packet).unwrap().unwrap();
    assert_eq!(row.stage, Stage::Closed);
    assert_eq!(row.reason.as_deref(), Some("reject-documents"));
    assert_eq!(row.counter, None);
    assert!(store.outbox(0, 10).unwrap().is_empty());
    assert!(store.packet_envelope(packet).is_err());
    assert!(store.review_envelope(packet).is_err());
    assert!(store.verify_audit().is_ok());
    assert_eq!(station.envelopes(), 0, "not in the log either");
}

#[test]
fn a_portrait_that_is_sent_back_is_gone_and_everything_typed_stays() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    let packet = desk.enrol(&station);
    desk.supervisor(&station);
    desk.open_review(packet);
    desk.send(Command::Review(ReviewAct::Return(
        "return-portrait".to_owned(),
    )));
    desk.told("notice-returned");
    desk.sign_out();
    desk.officer(&station);
    station.seat.take(&gallery().nobody);
    desk.send(Command::Enrolment(EnrolmentAct::Open(packet)));
    let state = desk.until("the draft", |s| s.work().is_some());
    let work = state.work().unwrap();
    assert_eq!(work.step, Step::Photograph);
    assert!(work.complete(Step::Details) && work.complete(Step::Consent));
    assert!(!work.complete(Step::Photograph));
    desk.send(Command::Enrolment(EnrolmentAct::Submit));
    desk.told("notice-missing");
    // The next one is taken with the same officer at the same seat.
    desk.capture(&station, &gallery().first_again);
    assert!(captured(&desk.state()));
}
