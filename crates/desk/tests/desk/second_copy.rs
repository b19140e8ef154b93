//! The second sealed copy as people at a station switch it on, see it and switch it off.

use crate::station::Station;
use desk::{Command, EnrolmentAct, SecondCopyView, State, StationAct};
use queue::testing::NOW;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn copy(state: &State) -> Option<&SecondCopyView> {
    state.station.as_ref()?.second_copy.as_ref()
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// A folder on another device: memory that every Linux has.
fn disk() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap()
}

fn own(disk: &Path) -> PathBuf {
    let mut inside = std::fs::read_dir(disk).unwrap();
    inside.next().unwrap().unwrap().path()
}

#[test]
fn a_supervisor_switches_it_on_the_disk_is_missed_and_owed_and_switched_off_nothing_stays() {
    let station = Station::new();
    let disk = disk();
    let desk = station.desk();
    desk.officer(&station);
    desk.send(Command::Station(StationAct::KeepSecondCopy(
        disk.path().to_owned(),
    )));
    assert_eq!(copy(&desk.settled()), None, "an officer may not");
    desk.sign_out();
    desk.supervisor(&station);
    for folder in [station.path(), Path::new("/nowhere")] {
        desk.send(Command::Station(StationAct::KeepSecondCopy(
            folder.to_owned(),
        )));
        desk.told("notice-second-copy-refused");
    }
    desk.send(Command::Station(StationAct::KeepSecondCopy(
        disk.path().to_owned(),
    )));
    desk.told("notice-second-copy-on");
    desk.until("the copy in step", |s| {
        copy(s).is_some_and(|c| c.present && c.owed == 0)
    });
    desk.begin();
    desk.send(Command::Enrolment(EnrolmentAct::Close));
    desk.until("the sealed draft", |s| s.drafts.len() == 1);
    let own = own(disk.path());
    assert_eq!(files(&own), 1);
    // The disk is absent while the draft goes.
    let away = disk.path().join("away");
    std::fs::rename(&own, &away).unwrap();
    let draft = desk.state().drafts[0].packet;
    desk.send(Command::Enrolment(EnrolmentAct::Open(draft)));
    desk.until("the draft", |s| s.work().is_some());
    desk.send(Command::Enrolment(EnrolmentAct::Discard));
    desk.until("the missed disk", |s| {
        copy(s).is_some_and(|c| !c.present && c.owed > 0)
    });
    drop(desk);
    // A restart uses it, and what is owed is done when the disk is back.
    let desk = station.desk();
    assert_eq!(files(&away), 1);
    std::fs::rename(&away, &own).unwrap();
    station.clock.pass(Duration::from_secs(61));
    desk.until("the copy in step", |s| {
        copy(s).is_some_and(|c| c.present && c.owed == 0)
    });
    assert_eq!(files(&own), 0);
    desk.supervisor(&station);
    desk.send(Command::Station(StationAct::EndSecondCopy));
    desk.told("notice-second-copy-off");
    assert_eq!(copy(&desk.settled()), None);
    assert_eq!(files(disk.path()), 0);
}

#[test]
fn policy_says_whether() {
    let station = Station::new();
    let disk = disk();
    let desk = station.desk();
    desk.supervisor(&station);
    desk.send(Command::Station(StationAct::KeepSecondCopy(
        disk.path().to_owned(),
    )));
    desk.told("notice-second-copy-on");
    drop(desk);
    station.next_lease(2, |lease| lease.policy.second_copy = Some(false));
    let desk = station.desk();
    station.clock.set(NOW.plus_millis(200_000));
    station.clock.pass(Duration::from_secs(61));
    desk.until("the ended copy", |s| copy(s).is_none());
    assert_eq!(files(disk.path()), 0);
    desk.supervisor(&station);
    desk.send(Command::Station(StationAct::KeepSecondCopy(
        disk.path().to_owned(),
    )));
    desk.told("notice-second-copy-policy");
}
