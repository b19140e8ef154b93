//! What is wrong is said in both languages, and nothing is lost by it.

use crate::applicant::NAME_URDU;
use crate::station::Station;
use desk::{Command, EnrolmentAct, Field, Lang, ReviewAct, Step, Words};
use domain::ApplicationKind;

/// Types into a field of a whole form and gives what is said under it.
fn said_under(field: Field, text: &str) -> Option<&'static str> {
    let station = Station::new();
    let desk = station.desk();
    desk.officer(&station);
    desk.begin();
    desk.send(Command::Enrolment(EnrolmentAct::SetField(
        field,
        text.into(),
    )));
    let state = desk.settled();
    let work = state.work().unwrap();
    let checked = work.checked.as_ref().unwrap();
    let said = checked.errors.iter().find(|(f, _)| *f == field);
    // Whatever is said also stands between the draft and its submission.
    assert_eq!(said.is_some(), !work.complete(Step::Details));
    if said.is_some() {
        desk.send(Command::Enrolment(EnrolmentAct::Submit));
        desk.told("notice-missing");
        assert_eq!(station.store().counts().unwrap().in_review, 0);
    }
    said.map(|(_, key)| *key)
}

#[test]
fn a_name_of_ten_thousand_letters_is_refused_with_a_message() {
    let long = "م".repeat(10_000);
    assert_eq!(said_under(Field::NameUrdu, &long), Some("error-too-long"));
    assert_eq!(
        said_under(Field::NameLatin, &"A".repeat(10_000)),
        Some("error-too-long")
    );
}

#[test]
fn marks_that_turn_the_reading_direction_are_refused_with_a_message() {
    for mark in ['\u{202E}', '\u{202D}', '\u{2066}', '\u{200F}', '\u{200B}'] {
        let name = format!("Zainab{mark}Noor");
        assert_eq!(
            said_under(Field::NameLatin, &name),
            Some("error-hidden"),
            "U+{:04X}",
            u32::from(mark)
        );
    }
    let urdu = format!("{NAME_URDU}\u{202E}");
    assert_eq!(said_under(Field::NameUrdu, &urdu), Some("error-hidden"));
}

#[test]
fn a_cnic_of_the_wrong_length_or_with_letters_is_refused_with_a_message() {
    assert_eq!(said_under(Field::Cnic, "36302-0004512-4"), None);
    assert_eq!(
        said_under(Field::Cnic, "36302-000451-4"),
        Some("error-cnic-length")
    );
    assert_eq!(
        said_under(Field::Cnic, "36302-00045122-4"),
        Some("error-cnic-length")
    );
    assert_eq!(
        said_under(Field::Cnic, "3630200O45124"),
        Some("error-cnic-digit")
    );
}

#[test]
fn a_damaged_store_stops_the_work_and_is_not_touched() {
    let station = Station::new();
    let path = station.path().join("station.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[..4096].fill(0xA5);
    std::fs::write(&path, &bytes).unwrap();
    let desk = station.desk();
    let state = desk.state();
    assert_eq!(
        state.blocked.as_ref().map(|n| n.key),
        Some("notice-store-damaged")
    );
    drop(desk);
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_second_desk_on_the_same_station_says_that_it_is_in_use() {
    let station = Station::new();
    let first = station.desk();
    let second = station.desk();
    assert_eq!(
        second.state().blocked.as_ref().map(|n| n.key),
        Some("notice-store-in-use")
    );
    first.officer(&station);
}

#[test]
fn a_station_whose_key_is_gone_says_so_and_keeps_everything() {
    let station = Station::new();
    std::fs::remove_file(station.path().join("station.key")).unwrap();
    let desk = station.desk();
    desk.told("notice-station-key-gone");
    assert!(desk.state().station.is_none());
    assert!(station.store().activation().unwrap().is_some());
}

#[test]
fn an_act_that_does_not_fit_the_moment_changes_nothing() {
    let station = Station::new();
    let desk = station.desk();
    for command in [
        Command::Enrolment(EnrolmentAct::Submit),
        Command::Review(ReviewAct::Approve),
        Command::Enrolment(EnrolmentAct::KeepPhoto),
        Command::Enrolment(EnrolmentAct::Retake),
        Command::Enrolment(EnrolmentAct::TakeNow(None)),
        Command::Enrolment(EnrolmentAct::SetKind(ApplicationKind::New)),
        Command::Review(ReviewAct::Return("return-name".to_owned())),
        Command::Review(ReviewAct::Reject("reject-fraud".to_owned())),
        Command::Enrolment(EnrolmentAct::Discard),
        Command::Enrolment(EnrolmentAct::Close),
    ] {
        desk.send(command);
    }
    desk.officer(&station);
    desk.begin();
    // Reasons are keys of a list, not free text.
    desk.send(Command::Review(ReviewAct::Return(
        "Zainab is my cousin".to_owned(),
    )));
    desk.send(Command::Enrolment(EnrolmentAct::New));
    let packet = desk.packet();
    desk.settled();
    assert_eq!(desk.packet(), packet);
}

#[test]
fn every_condition_of_a_camera_has_its_sentence_in_both_languages() {
    use capture::{CameraStatus, FailureReason};
    let failing = |reason| CameraStatus::Failing { reason };
    let all = [
        CameraStatus::Starting,
        CameraStatus::Missing,
        CameraStatus::Busy,
        CameraStatus::Unplugged,
        CameraStatus::NoFrames,
        failing(FailureReason::NoAnswer),
        failing(FailureReason::NoPermission),
        failing(FailureReason::NoUsableFormat),
        failing(FailureReason::DamagedFrames),
        failing(FailureReason::Driver("EIO".to_owned())),
    ];
    for words in [Words::new(Lang::En), Words::new(Lang::Ur)] {
        for status in &all {
            assert!(words.has(status.key()), "{words:?} lacks {}", status.key());
        }
    }
}

#[test]
fn every_message_of_the_desk_has_its_sentence_in_both_languages() {
    // The keys as they stand in the source: a new one without a sentence fails here.
    let mut keys = std::collections::BTreeSet::new();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            for word in text.split('"') {
                let named = ["notice-", "error-", "check-", "step-", "field-", "clause-"]
                    .iter()
                    .any(|p| word.starts_with(p) && word.len() > p.len());
                if named && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
                    keys.insert(word.to_owned());
                }
            }
        }
    }
    assert!(keys.len() > 60, "only {} keys were found", keys.len());
    for words in [Words::new(Lang::En), Words::new(Lang::Ur)] {
        for key in &keys {
            assert!(words.has(key), "{words:?} lacks {key}");
        }
    }
}
