//! Faults of disk, link and clock through the whole desk, with pictures: the store's own disk is one that fails on demand.

use super::office::{OFFICER, Office, SUPERVISOR, Surroundings};
use super::{WholeKind, WholeRun, account, controls, story};
use crate::faults::flap;
use anyhow::Context;
use desk::{Command, SessionAct, StationAct};
use faults::{Code, Fault, FaultReport, FaultyDisk, Finding, Random, Syncs};
use std::sync::atomic::{AtomicBool, Ordering};

/// The disk's name; a process has one.
const DISK: &str = "whole-desk";
/// Acts of the disk among which a fault falls, early ones more often: a morning has about a thousand.
const ACTS: [u64; 4] = [80, 300, 700, 1_400];
/// Applicants that a disk which is nearly full is offered.
const MORE_THAN_FIT: u32 = 8;
/// How far a clock is off, in minutes: an hour, a day, a year, ten years, ahead and back.
const WRONG: [i64; 8] = [
    60, -60, 1_440, -1_440, 525_600, -525_600, 5_256_000, -5_256_000,
];
/// Runs in which a control must be noticed.
const CONTROL_RUNS: u64 = 4;

/// One run, or the controls of the kind.
pub(super) fn run(
    kind: WholeKind,
    place: Surroundings<'_>,
    random: Random,
    run: &WholeRun,
) -> anyhow::Result<FaultReport> {
    let disk = FaultyDisk::register(DISK)?;
    if run.control {
        return control(kind, place, random, run, &disk);
    }
    let mut office = Office::open(place, random, Some(DISK.to_owned()))?;
    one(kind, &mut office, &disk, Syncs::Honest)?;
    let mut report = account::count(&mut office, run.number)?;
    report.struck = disk.struck();
    Ok(report)
}

fn one(
    kind: WholeKind,
    office: &mut Office<'_>,
    disk: &FaultyDisk,
    syncs: Syncs,
) -> anyhow::Result<()> {
    match kind {
        WholeKind::Power => power(office, disk, syncs)?,
        WholeKind::Io => io(office, disk)?,
        WholeKind::DiskFull => disk_full(office, disk)?,
        WholeKind::Network => network(office)?,
        WholeKind::Clock => clock(office)?,
        WholeKind::People => {}
    }
    // Whatever happened, work goes on.
    office.sign_in(OFFICER)?;
    office.enrol()?;
    office.counter.sign_out()?;
    story::finish(office, &[OFFICER], &[SUPERVISOR])
}

/// A morning: two applicants, a draft that is put away, a review. The first act that is refused ends it.
fn morning(office: &mut Office<'_>) -> anyhow::Result<()> {
    let (officer, supervisor) = (OFFICER, SUPERVISOR);
    office.sign_in(officer)?;
    office.enrol()?;
    if office.random.one_in(2) {
        office.begin(false)?;
        office.put_away()?;
    }
    office.counter.sign_out()?;
    office.review(supervisor)?;
    office.sign_in(officer)?;
    office.enrol()?;
    office.counter.sign_out()
}

/// The desk is started again, as a person does who reads that it cannot work.
fn again(office: &mut Office<'_>) -> anyhow::Result<()> {
    office.counter.close_desk();
    office.counter.open_desk()?;
    office
        .counter
        .wait("the station", |s| s.station.is_some())
        .context("after the start")?;
    Ok(())
}

fn power(office: &mut Office<'_>, disk: &FaultyDisk, syncs: Syncs) -> anyhow::Result<()> {
    if syncs != Syncs::Honest {
        // Nothing is surely on the medium from here on.
        office.counter.close_desk();
        disk.reset(syncs);
        office.counter.open_desk()?;
    }
    let at = 1 + office
        .random
        .below(office.random.clone().pick(&ACTS, 1_400));
    disk.plan(Some(Fault::power_cut(at)));
    // Where it is interrupted is the fault itself.
    let interrupted = morning(office);
    tracing::info!(?interrupted, "the power goes");
    disk.kill();
    office.counter.close_desk();
    let station = office.counter.station_data().to_owned();
    disk.settle_after_power_cut(&station, &mut office.random)?;
    disk.revive();
    again(office)
}

fn io(office: &mut Office<'_>, disk: &FaultyDisk) -> anyhow::Result<()> {
    let codes = [Code::Error, Code::Full, Code::FailedSync];
    let code = office.random.pick(&codes, Code::Error);
    let at = 1 + office
        .random
        .below(office.random.clone().pick(&ACTS, 1_400));
    disk.plan(Some(if office.random.one_in(2) {
        Fault::once(code, at)
    } else {
        Fault::for_good(code, at)
    }));
    let interrupted = morning(office);
    tracing::info!(?interrupted, "the disk fails");
    // IT puts its files on a whole disk.
    office.counter.close_desk();
    disk.plan(None);
    office.counter.open_desk()?;
    office.counter.send(Command::Session(SessionAct::Touch))?;
    if office.counter.done().is_err() {
        office
            .counter
            .send(Command::Station(StationAct::RescueStore))?;
    }
    again(office)
}

fn disk_full(office: &mut Office<'_>, disk: &FaultyDisk) -> anyhow::Result<()> {
    let (officer, supervisor) = (OFFICER, SUPERVISOR);
    office.link.cut();
    let ballast = office
        .counter
        .station_data()
        .join(format!("{}.ballast", desk::STORE_FILE));
    let mut used = 0;
    for entry in std::fs::read_dir(office.counter.station_data())? {
        used += entry?.metadata()?.len();
    }
    let room = (600 << 10) + office.random.below(1 << 20);
    disk.limit(Some(used + room), &ballast);
    for _ in 0..MORE_THAN_FIT {
        let mut fits = || -> anyhow::Result<()> {
            office.sign_in(officer)?;
            office.enrol()?;
            office.counter.sign_out()?;
            office.review(supervisor)?;
            Ok(())
        };
        if fits().is_err() {
            break;
        }
    }
    again(office)?;
    // What was approved leaves although there is no room.
    office.link.mend();
    office.drain(0).context("on the full disk")?;
    disk.limit(None, &ballast);
    again(office)
}

fn network(office: &mut Office<'_>) -> anyhow::Result<()> {
    let over = AtomicBool::new(false);
    let seed = office.random.number();
    let link = office.link.clone();
    std::thread::scope(|scope| {
        scope.spawn(|| flap(&link, seed, &over));
        let worked = morning(office);
        over.store(true, Ordering::SeqCst);
        worked
    })?;
    office.link.mend();
    Ok(())
}

fn clock(office: &mut Office<'_>) -> anyhow::Result<()> {
    let (officer, supervisor) = (OFFICER, SUPERVISOR);
    for _ in 0..2 {
        let wrong = office.random.pick(&WRONG, 60);
        office.counter.clock.set_wrong(wrong);
        office.sign_in(officer)?;
        office.enrol()?;
        if office.random.one_in(2) {
            office.counter.clock.set_wrong(-wrong);
        }
        office.counter.sign_out()?;
        office.review(supervisor)?;
        office.counter.clock.pass_minutes(30);
    }
    if office.random.one_in(2) {
        office.counter.clock.set_wrong(0);
    }
    Ok(())
}

/// What people's runs break on purpose, and for a power cut a disk that says that it has synced and has not.
fn control(
    kind: WholeKind,
    place: Surroundings<'_>,
    random: Random,
    run: &WholeRun,
    disk: &FaultyDisk,
) -> anyhow::Result<FaultReport> {
    if kind != WholeKind::Power {
        let mut office = Office::open(place, random, Some(DISK.to_owned()))?;
        return controls(&mut office, run.number);
    }
    let mut seen = Vec::new();
    for number in 0..CONTROL_RUNS {
        let place = Surroundings {
            folder: place.folder.join(number.to_string()),
            number: place.number + (number << 20),
            admin: place.admin.clone(),
            ..place
        };
        std::fs::create_dir_all(&place.folder)?;
        disk.reset(Syncs::Honest);
        let random = Random::of_run(run.seed, place.number);
        let mut office = Office::open(place, random, Some(DISK.to_owned()))?;
        let made = one(kind, &mut office, disk, Syncs::Lies)
            .and_then(|()| account::count(&mut office, run.number));
        let noticed = made.as_ref().map_or(true, |report| report.lost > 0);
        if noticed {
            return Ok(FaultReport {
                controls: 1,
                ..FaultReport::default()
            });
        }
        seen.push(number);
    }
    Ok(FaultReport {
        controls: 1,
        control_failures: 1,
        findings: vec![Finding {
            run: run.number,
            what: format!("a disk that lies about syncs was not noticed in runs {seen:?}"),
        }],
        ..FaultReport::default()
    })
}
