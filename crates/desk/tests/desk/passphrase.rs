//! A new passphrase: the key file is sealed anew, and leaves for the centre as an item.

use crate::station::{OFFICER_WORDS, Station, Worked};
use desk::{Command, EnrolmentAct, SecretString, SessionAct, State};
use domain::{ItemKind, StaffId};
use envelope::{FORMAT, KeyFile, KeyFileNote, PACKET_LIMIT_BYTES, PartKind, Parts, Signed};
use std::sync::Arc;
use std::time::Duration;

const NEW_WORDS: &str = "copper lanterns float past noon";

fn change(desk: &Worked, old: &str, new: &str) -> Arc<State> {
    let (old, new) = (SecretString::from(old), SecretString::from(new));
    desk.send(Command::Session(SessionAct::ChangePassphrase { old, new }));
    desk.settled();
    desk.until("an answer", |s| {
        s.passphrase().is_none_or(|view| !view.busy)
    })
}

fn said(state: &State) -> Option<&'static str> {
    state.passphrase()?.error.as_ref().map(|e| e.key)
}

fn begun(station: &Station) -> (Worked, StaffId) {
    let desk = station.desk();
    let officer = station.office.officer.0.clone();
    desk.sign_in(&officer, OFFICER_WORDS);
    desk.send(Command::Session(SessionAct::BeginPassphrase));
    desk.until("the page", |s| s.passphrase().is_some());
    (desk, officer)
}

#[test]
fn a_new_passphrase_opens_the_key_at_once_and_leaves_for_the_centre_with_its_owners_word() {
    let station = Station::with_lease(|lease| lease.format = FORMAT);
    let (desk, officer) = begun(&station);
    let state = change(&desk, OFFICER_WORDS, NEW_WORDS);
    assert_eq!(
        state.notice.as_ref().unwrap().key,
        "notice-passphrase-changed"
    );
    assert!(state.passphrase().is_none());
    let kinds: Vec<_> = state.queue.rows.iter().map(|row| row.item).collect();
    assert_eq!(kinds, [ItemKind::KeyFile]);
    desk.sign_out();
    let old = desk.try_sign_in(&officer, OFFICER_WORDS);
    assert_eq!(
        old.sign_in.error.as_ref().unwrap().key,
        "notice-wrong-passphrase"
    );
    station.clock.pass(Duration::from_secs(2));
    assert!(desk.try_sign_in(&officer, NEW_WORDS).session.is_some());
    drop(desk);
    // What leaves opens at the centre, and is what opens here.
    let store = station.store();
    let packet = store.outbox(0, 1).unwrap()[0].packet;
    let sealed = store.packet_envelope(packet).unwrap();
    let tar = envelope::open(&sealed, &station.office.ingest, PACKET_LIMIT_BYTES).unwrap();
    let parts = Parts::from_tar(&tar).unwrap();
    let file = parts.get(PartKind::KeyFile).unwrap().to_vec();
    let held = store.key_file(&officer).unwrap().unwrap();
    assert_eq!((&held.file, held.version), (&file, 1));
    let keys = KeyFile::from_bytes(file).unwrap().open(&NEW_WORDS.into());
    assert_eq!(keys.unwrap().public(), station.office.officer.1.public());
    let note = parts.get(PartKind::KeyFileNote).unwrap().to_vec();
    let note = Signed::<KeyFileNote>::from_bytes(note).unwrap();
    let note = note.verify(&station.office.officer.1.signing.public());
    assert_eq!(note.unwrap().version, 1);
}

#[test]
fn a_weak_one_the_same_one_and_a_wrong_old_one_change_nothing_and_say_why() {
    let station = Station::with_lease(|lease| lease.format = FORMAT);
    let (desk, officer) = begun(&station);
    for (old, new, why) in [
        (OFFICER_WORDS, "short", "notice-passphrase-short"),
        (
            OFFICER_WORDS,
            "passwordpassword",
            "notice-passphrase-guessable",
        ),
        (OFFICER_WORDS, OFFICER_WORDS, "notice-passphrase-same"),
        (
            "an orchard behind the hill",
            NEW_WORDS,
            "notice-wrong-passphrase",
        ),
    ] {
        assert_eq!(said(&change(&desk, old, new)), Some(why));
    }
    // Whoever guesses waits, as at the sign-in.
    let early = change(&desk, OFFICER_WORDS, NEW_WORDS);
    assert_eq!(said(&early), Some("notice-wait"));
    desk.send(Command::Session(SessionAct::ClosePassphrase));
    desk.until("the desk", |s| s.passphrase().is_none());
    desk.sign_out();
    station.clock.pass(Duration::from_secs(2));
    assert!(desk.try_sign_in(&officer, OFFICER_WORDS).session.is_some());
    assert!(desk.state().queue.rows.is_empty());
}

#[test]
fn a_centre_of_the_first_release_takes_no_key_file_and_the_old_passphrase_stays() {
    let station = Station::with_lease(|lease| lease.format = 1);
    let (desk, _) = begun(&station);
    let state = change(&desk, OFFICER_WORDS, NEW_WORDS);
    assert_eq!(said(&state), Some("notice-passphrase-old-centre"));
    assert!(state.queue.rows.is_empty());
}

#[test]
fn guesses_at_an_unlocked_desk_lock_the_key_file_and_end_the_session() {
    let station = Station::with_lease(|lease| lease.format = FORMAT);
    let (desk, officer) = begun(&station);
    for _ in 0..9 {
        change(&desk, "a wrong guess", NEW_WORDS);
        station.clock.pass(Duration::from_mins(10));
        desk.send(Command::Session(SessionAct::Touch));
    }
    let locked = change(&desk, "a wrong guess", NEW_WORDS);
    assert!(locked.session.is_none());
    assert_eq!(locked.notice.as_ref().unwrap().key, "notice-locked");
    assert!(desk.try_sign_in(&officer, OFFICER_WORDS).session.is_none());
}

#[test]
fn one_thing_is_open_at_a_time_and_leaving_takes_it_all() {
    let station = Station::with_lease(|lease| lease.format = FORMAT);
    let (desk, _) = begun(&station);
    desk.send(Command::Enrolment(EnrolmentAct::New));
    assert!(desk.settled().work().is_none());
    desk.sign_out();
    desk.officer(&station);
    assert!(desk.settled().passphrase().is_none());
    desk.begin();
    desk.send(Command::Session(SessionAct::BeginPassphrase));
    let state = desk.settled();
    assert!(state.work().is_some() && state.passphrase().is_none());
}
