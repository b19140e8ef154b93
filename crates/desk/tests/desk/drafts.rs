//! Drafts are sealed after every step, come back after a crash, and are readable to nobody else.

use crate::applicant::{CNIC, NAME_LATIN, NAME_URDU, captured};
use crate::camera::gallery;
use crate::station::Station;
use desk::{Command, EnrolmentAct, Field, PhotoPhase, ReviewAct, Step};
use domain::{ApplicationKind, Exception, PacketId, Refusal};
use envelope::{PACKET_LIMIT_BYTES, PartKind, Parts};
use std::time::Duration;

#[test]
fn a_draft_is_sealed_after_every_step_and_comes_back_after_a_power_cut() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    desk.officer(&station);
    let packet = desk.begin();
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Consent)));
    desk.settled();
    {
        let state = resumed(&station, packet);
        assert_eq!(state.form.get(Field::NameUrdu), NAME_URDU);
        assert_eq!(state.form.get(Field::NameLatin), NAME_LATIN);
        assert_eq!((state.step, state.consent), (Step::Consent, false));
    }
    desk.consent();
    desk.capture(&station, &gallery().first);
    {
        // Captured is not kept: only what was kept is there, the live picture is again.
        let state = resumed(&station, packet);
        assert!(state.consent && state.complete(Step::Details));
        assert!(matches!(state.photo.phase, PhotoPhase::Live));
        assert_eq!(state.step, Step::Photograph);
    }
    desk.keep();
    {
        let state = resumed(&station, packet);
        let PhotoPhase::Kept(shot) = &state.photo.phase else {
            panic!("the kept photograph did not come back");
        };
        assert!(shot.portrait.width > 0 && !shot.checks.is_empty());
    }
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Exceptions)));
    desk.send(Command::Enrolment(EnrolmentAct::SetException(
        Exception::Fingerprints,
        true,
    )));
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Check)));
    desk.settled();
    let state = resumed(&station, packet);
    assert_eq!(state.exceptions, [Exception::Fingerprints]);
    assert!(state.gaps.is_empty(), "{:?}", state.gaps);
}

/// The work as a desk sees it that was started on the disk as it is now.
fn resumed(station: &Station, packet: PacketId) -> desk::Work {
    let again = station.after_power_cut();
    let desk = again.desk();
    desk.officer(&again);
    let state = desk.until("the list of drafts", |s| !s.drafts.is_empty());
    assert_eq!(state.drafts.len(), 1);
    desk.send(Command::Enrolment(EnrolmentAct::Open(packet)));
    let state = desk.until("the draft", |s| s.work().is_some());
    state.work().cloned().unwrap()
}

#[test]
fn typing_that_rests_is_sealed_without_a_step() {
    let station = Station::new();
    let desk = station.desk();
    desk.officer(&station);
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.send(Command::Enrolment(EnrolmentAct::SetKind(
        ApplicationKind::New,
    )));
    desk.send(Command::Enrolment(EnrolmentAct::SetField(
        Field::NameLatin,
        NAME_LATIN.into(),
    )));
    let state = desk.settled();
    assert_eq!(state.work().unwrap().saved_at, None);
    station.clock.pass(Duration::from_secs(4));
    desk.until("the sealed draft", |s| {
        s.work().is_some_and(|w| w.saved_at.is_some())
    });
    let packet = desk.packet();
    assert_eq!(
        resumed(&station, packet).form.get(Field::NameLatin),
        NAME_LATIN
    );
}

#[test]
fn what_was_typed_before_a_kind_was_chosen_is_sealed_too() {
    let station = Station::new();
    let desk = station.desk();
    desk.officer(&station);
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Details)));
    desk.send(Command::Enrolment(EnrolmentAct::SetField(
        Field::NameLatin,
        NAME_LATIN.into(),
    )));
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Consent)));
    desk.settled();
    let packet = desk.packet();
    let work = resumed(&station, packet);
    assert_eq!(work.form.get(Field::NameLatin), NAME_LATIN);
    assert_eq!(work.kind, None, "nobody has chosen a kind");
}

#[test]
fn closing_the_window_seals_what_is_open() {
    let station = Station::new();
    let desk = station.desk();
    desk.officer(&station);
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.send(Command::Enrolment(EnrolmentAct::SetKind(
        ApplicationKind::New,
    )));
    desk.send(Command::Enrolment(EnrolmentAct::SetField(
        Field::NameLatin,
        NAME_LATIN.into(),
    )));
    desk.settled();
    let packet = desk.packet();
    drop(desk);
    assert_eq!(
        resumed(&station, packet).form.get(Field::NameLatin),
        NAME_LATIN
    );
}

#[test]
fn nothing_readable_of_an_applicant_is_ever_on_the_disk() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    desk.officer(&station);
    let packet = desk.fill(&station);
    let draft = parts_of(
        &station.store().draft_envelope(packet).unwrap(),
        &station.office.officer.1.identity,
    );
    let portrait = draft.get(PartKind::Portrait).unwrap().to_vec();
    let template = draft.get(PartKind::Template).unwrap().to_vec();
    assert!(portrait.starts_with(&[0xFF, 0xD8, 0xFF]));
    let PhotoPhase::Kept(shot) = desk.state().work().unwrap().photo.phase.clone() else {
        panic!("no photograph");
    };
    let pixels = shot.portrait.rgb.to_vec();
    let secrets = secrets(&[&portrait, &template, &pixels]);
    let mut files = 0;
    files += assert_unreadable(&station, &secrets, "the draft");
    desk.submit();
    files += assert_unreadable(&station, &secrets, "the submission");
    desk.sign_out();
    desk.supervisor(&station);
    desk.open_review(packet);
    files += assert_unreadable(&station, &secrets, "the review");
    desk.send(Command::Review(ReviewAct::Approve));
    desk.told("notice-approved");
    files += assert_unreadable(&station, &secrets, "the outbox");
    assert!(files >= 8, "only {files} files were looked at");
    // The search is not blind: what is planted is found.
    std::fs::write(station.path().join("planted"), &secrets[0].1).unwrap();
    let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        assert_unreadable(&station, &secrets, "a planted name");
    }));
    assert!(found.is_err());
}

fn parts_of(sealed: &[u8], with: &envelope::Identity) -> Parts {
    let tar = envelope::open(sealed, with, PACKET_LIMIT_BYTES).unwrap();
    Parts::from_tar(&tar).unwrap()
}

/// What must not be found: texts, and pieces out of the middle of pictures and template.
fn secrets(blobs: &[&Vec<u8>]) -> Vec<(&'static str, Vec<u8>)> {
    let mut secrets = vec![
        ("the Urdu name", NAME_URDU.as_bytes().to_vec()),
        ("the Latin name", NAME_LATIN.as_bytes().to_vec()),
        ("the CNIC", CNIC.as_bytes().to_vec()),
        ("the CNIC's digits", CNIC.replace('-', "").into_bytes()),
        ("the address", "بستی خداداد".as_bytes().to_vec()),
        ("a JPEG header", b"\xFF\xD8\xFF\xE0\x00\x10JFIF".to_vec()),
    ];
    for blob in blobs {
        assert!(blob.len() > 600);
        for at in [0, blob.len() / 2, blob.len() - 64] {
            secrets.push((
                "a piece of a picture or template",
                blob[at..at + 24].to_vec(),
            ));
        }
    }
    secrets
}

/// Fails where a file of the station holds a secret; gives how many files were looked at.
fn assert_unreadable(station: &Station, secrets: &[(&'static str, Vec<u8>)], when: &str) -> usize {
    let files = station.files();
    for (name, bytes) in &files {
        for (what, secret) in secrets {
            assert!(!holds(bytes, secret), "{what} is in {name} after {when}");
        }
    }
    files.len()
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    let mut from = 0;
    while let Some(at) = haystack[from..].iter().position(|b| *b == needle[0]) {
        if haystack[from + at..].starts_with(needle) {
            return true;
        }
        from += at + 1;
    }
    false
}

#[test]
fn a_refusal_is_counted_by_its_reason_and_keeps_nothing() {
    let station = Station::new();
    let desk = station.desk();
    desk.officer(&station);
    let packet = desk.begin();
    assert!(station.envelopes() > 0, "the draft is found");
    desk.send(Command::Enrolment(EnrolmentAct::Refuse(Refusal::Privacy)));
    desk.told("notice-refused");
    assert_eq!(station.envelopes(), 0, "not in the log either");
    let state = desk.until("the count", |s| s.today.refused == 1);
    assert!(state.work().is_none() && state.drafts.is_empty());
    // Refused before anything was typed: counted all the same.
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.send(Command::Enrolment(EnrolmentAct::Refuse(Refusal::Religion)));
    desk.told("notice-refused");
    desk.until("the second count", |s| s.today.refused == 2);
    // A draft that the officer throws away is no refusal.
    desk.begin();
    desk.send(Command::Enrolment(EnrolmentAct::Discard));
    desk.told("notice-discarded");
    assert_eq!(desk.settled().today.refused, 2);
    let store = station.store();
    assert!(store.draft_envelope(packet).is_err());
    let day = store.counters(&desk.state().now.to_date()).unwrap();
    assert_eq!(day.of("refused-privacy"), 1);
    assert_eq!(day.of("refused-religion"), 1);
    assert_eq!(store.counts().unwrap().outbox, 0);
}

#[test]
fn consent_given_for_one_kind_is_asked_for_again_where_a_guardian_must_give_it() {
    let station = Station::new();
    let desk = station.desk();
    desk.officer(&station);
    desk.begin();
    desk.consent();
    desk.send(Command::Enrolment(EnrolmentAct::SetKind(
        ApplicationKind::Modification,
    )));
    let state = desk.settled();
    assert!(state.work().unwrap().consent, "the same person consents");
    desk.send(Command::Enrolment(EnrolmentAct::SetKind(
        ApplicationKind::Child,
    )));
    let state = desk.settled();
    assert!(!state.work().unwrap().consent);
}

#[test]
fn a_draft_of_another_officer_does_not_open() {
    let station = Station::new();
    let desk = station.desk();
    desk.officer(&station);
    let packet = desk.begin();
    desk.send(Command::Enrolment(EnrolmentAct::Close));
    desk.until("the closed work", |s| s.work().is_none());
    desk.sign_out();
    desk.second(&station);
    assert!(desk.settled().drafts.is_empty(), "it is not in their list");
    desk.send(Command::Enrolment(EnrolmentAct::Open(packet)));
    desk.told("notice-not-addressed");
    assert!(desk.state().work().is_none());
}

#[test]
fn a_photograph_of_somebody_who_has_left_never_reaches_the_next_applicant() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    desk.officer(&station);
    let first = desk.begin();
    station.seat.take(&gallery().first);
    desk.until("a live camera", |s| s.camera.live());
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
    desk.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
        domain::CaptureReason::Condition,
    ))));
    desk.until("the best shot being made", |s| {
        s.work()
            .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Working))
    });
    // The burst is whole and the best shot is being made: now the officer goes to the next one.
    station.seat.take(&gallery().nobody);
    desk.send(Command::Enrolment(EnrolmentAct::Close));
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.send(Command::Enrolment(EnrolmentAct::SetKind(
        ApplicationKind::New,
    )));
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
    let state = desk.settled();
    assert_ne!(state.work().unwrap().packet, first);
    // The analysis has turned to the empty chair: whatever it had of the first one is out by now.
    desk.until_live("the empty chair", |live| {
        live.instruction == "instruct-no-face" && live.faces.is_empty()
    });
    assert!(
        !captured(&desk.settled()),
        "the next one got the first one's face"
    );
}
