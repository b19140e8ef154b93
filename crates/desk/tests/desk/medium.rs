//! An office without any link: packets leave on a stick, receipts and leases come back on one.

use crate::station::Station;
use desk::{Command, EnrolmentAct, OutboxAct, ReviewAct};
use domain::{Role, Verdict};
use envelope::{Lease, Signed};
use media::{Answers, Direction, Disk, Label, find, read, write_answers};
use queue::testing::NOW;
use std::path::Path;
use wire::{LeaseReply, SignedText};

fn approved(station: &Station, desk: &crate::station::Worked) -> domain::PacketId {
    let packet = desk.enrol(station);
    desk.supervisor(station);
    desk.open_review(packet);
    desk.send(Command::Review(ReviewAct::Approve));
    desk.told("notice-approved");
    packet
}

fn answer(station: &Station, stick: &Path, answers: &Answers) {
    let label = Label {
        station: station.office.station.clone(),
        at: NOW,
        random: [1; 4],
    };
    write_answers(&Disk, stick, &label, &station.office.centre, answers, []).unwrap();
}

fn lease_reply(station: &Station, change: impl FnOnce(&mut Lease)) -> LeaseReply {
    let held = station.store().lease().unwrap().unwrap();
    let mut lease = held.lease.document().clone();
    lease.serial += 1;
    change(&mut lease);
    let lease = Signed::sign(&lease, &station.office.centre).unwrap();
    LeaseReply {
        lease: SignedText::of(&lease),
        centre_key: SignedText::of(&station.office.certificate()),
        other_keys: Vec::new(),
    }
}

#[test]
fn what_is_written_to_a_stick_is_whole_and_leaves_only_by_the_receipt_that_comes_back() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    let packet = approved(&station, &desk);
    let stick = tempfile::tempdir().unwrap();
    desk.send(Command::Outbox(OutboxAct::WriteMedium(
        stick.path().to_owned(),
    )));
    desk.told("notice-medium-written");
    let folders = find(&Disk, stick.path()).unwrap();
    assert_eq!(folders.len(), 1);
    assert_eq!(folders[0].direction, Direction::Packets);
    let folder = stick.path().join(folders[0].to_string());
    let import = read(&Disk, &folder, &[station.office.station_key.public()]).unwrap();
    assert!(import.is_whole());
    assert_eq!(import.packets[0].manifest.packet, packet);
    assert_eq!(desk.settled().queue.outbox, 1, "it is here too");

    let head = station.store().audit_head().unwrap();
    let digest = import.packets[0].manifest.digest;
    let receipt = station
        .office
        .receipt(packet, digest, Verdict::Durable, head);
    let answers = Answers {
        receipts: vec![receipt],
        ..Answers::default()
    };
    answer(&station, stick.path(), &answers);
    desk.send(Command::Outbox(OutboxAct::ReadMedium(
        stick.path().to_owned(),
    )));
    desk.told("notice-medium-read");
    let state = desk.settled();
    assert_eq!((state.queue.outbox, state.queue.settled), (0, 1));
    assert!(station.store().packet_envelope(packet).is_err());
}

#[test]
fn a_receipt_on_a_stick_that_names_other_bytes_deletes_nothing() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    let packet = approved(&station, &desk);
    let stick = tempfile::tempdir().unwrap();
    let other = envelope::Digest::of(b"other bytes");
    let head = station.store().audit_head().unwrap();
    let answers = Answers {
        receipts: vec![
            station
                .office
                .receipt(packet, other, Verdict::Durable, head),
        ],
        ..Answers::default()
    };
    answer(&station, stick.path(), &answers);
    desk.send(Command::Outbox(OutboxAct::ReadMedium(
        stick.path().to_owned(),
    )));
    desk.told("notice-medium-read-in-part");
    assert!(station.store().packet_envelope(packet).is_ok());
    assert_eq!(desk.settled().queue.outbox, 1);
}

#[test]
fn somebody_whom_the_next_lease_does_not_name_is_signed_out_with_the_draft_sealed() {
    let station = Station::new();
    let desk = station.desk();
    desk.officer(&station);
    let packet = desk.begin();
    let stick = tempfile::tempdir().unwrap();
    let answers = Answers {
        lease: Some(lease_reply(&station, |lease| {
            lease.staff.retain(|s| s.role == Role::Supervisor);
        })),
        ..Answers::default()
    };
    answer(&station, stick.path(), &answers);
    desk.send(Command::Outbox(OutboxAct::ReadMedium(
        stick.path().to_owned(),
    )));
    desk.until("the end of the session", |s| s.session.is_none());
    assert!(station.store().draft_envelope(packet).is_ok());
    let state = desk.try_sign_in(&station.office.officer.0, crate::station::OFFICER_WORDS);
    assert!(state.session.is_none());
}

#[test]
fn a_stick_with_nothing_for_this_station_says_so() {
    let station = Station::new();
    let desk = station.desk();
    desk.officer(&station);
    let stick = tempfile::tempdir().unwrap();
    desk.send(Command::Outbox(OutboxAct::ReadMedium(
        stick.path().to_owned(),
    )));
    desk.told("notice-medium-no-answers");
    desk.send(Command::Outbox(OutboxAct::WriteMedium(
        stick.path().to_owned(),
    )));
    desk.told("notice-medium-nothing");
    desk.send(Command::Outbox(OutboxAct::ReadMedium(
        stick.path().join("pulled"),
    )));
    desk.told("notice-medium-failed");
}

#[test]
fn a_newer_lease_on_a_stick_opens_a_station_whose_lease_has_ended_also_under_a_new_key_of_the_centre()
 {
    let mut station = Station::new();
    let desk = station.desk();
    desk.officer(&station);
    station.clock.set(NOW.plus_days(9));
    desk.until("the closed lease", |s| {
        s.station.as_ref().is_some_and(|s| !s.lease_open)
    });
    for (serial, new_key) in [(2, false), (3, true)] {
        if new_key {
            let office = std::sync::Arc::get_mut(&mut station.office).unwrap();
            office.centre = envelope::SigningKey::generate().unwrap();
        }
        let stick = tempfile::tempdir().unwrap();
        let answers = Answers {
            lease: Some(lease_reply(&station, |lease| {
                lease.issued_at = NOW.plus_days(9);
                lease.expires_at = NOW.plus_days(16);
            })),
            ..Answers::default()
        };
        answer(&station, stick.path(), &answers);
        desk.send(Command::Outbox(OutboxAct::ReadMedium(
            stick.path().to_owned(),
        )));
        desk.told("notice-medium-read");
        desk.until("the open lease", |s| {
            let held = s.station.as_ref();
            held.is_some_and(|s| s.lease_open && s.lease_serial == serial)
        });
    }
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.until("a new application", |s| s.work().is_some());
}
