//! Wall clocks that are years off, set back every day, ahead for an hour, or jump: leases end when they should, nobody waits for a date
//! that is not today's, and everything reaches the centre.

use crate::disk::Syncs;
use crate::workbench::Workbench;
use crate::world::{RunResult, Step, World};
use crate::{FaultError, Random, centre::Keeping};
use domain::{NoNewWork, Stage, Timestamp};
use std::time::Duration;

const DAY_MILLIS: i64 = 86_400_000;
const YEAR_MILLIS: i64 = 365 * DAY_MILLIS;
/// How far ahead a wall clock is believed (`domain::SurelyPassed`).
const BELIEVED_AHEAD_DAYS: i64 = 30;
const HOUR: Duration = Duration::from_hours(1);
/// An office is open, and the station powered, for so many hours a day.
const OPEN_HOURS: u64 = 9;
/// Steps of the engine in an hour that people wait for.
const STEPS_AN_HOUR: u32 = 40;
const PEOPLE: usize = 10;

/// What is wrong with a clock.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// As far off all the time.
    Off(i64),
    /// Another day back, every day.
    SetBackDaily,
    /// Ahead by so much for one hour of some days.
    AheadForAnHour(i64),
    /// Somewhere else every hour.
    Jumps,
}

const FAULTS: [Fault; 8] = [
    Fault::Off(10 * YEAR_MILLIS),
    Fault::Off(-10 * YEAR_MILLIS),
    Fault::Off(0),
    Fault::SetBackDaily,
    Fault::AheadForAnHour(20 * DAY_MILLIS),
    Fault::AheadForAnHour(YEAR_MILLIS),
    Fault::AheadForAnHour(40 * YEAR_MILLIS),
    Fault::Jumps,
];

impl Fault {
    fn error_millis(self, day: i64, random: &mut Random) -> i64 {
        match self {
            Self::Off(by) => by,
            Self::SetBackDaily => -day * DAY_MILLIS,
            Self::AheadForAnHour(by) if random.one_in(OPEN_HOURS) => by,
            Self::AheadForAnHour(_) => 0,
            Self::Jumps => {
                let far = random.pick(&[60_000, DAY_MILLIS, 40 * DAY_MILLIS, YEAR_MILLIS], 0);
                random.below(2 * far as u64) as i64 - far
            }
        }
    }
}

/// What the centre and the meter of the station's power know, beside the station's own books.
#[derive(Debug)]
struct Oracle {
    signed: Timestamp,
    powered_millis: i64,
}

impl Oracle {
    fn floor(&self) -> Timestamp {
        self.signed.plus_millis(self.powered_millis)
    }
}

/// One run; `believed` takes the wall clock as it is: the control.
pub(crate) fn run(
    bench: &Workbench,
    random: Random,
    believed: bool,
) -> Result<RunResult, FaultError> {
    bench.fresh(Syncs::Honest)?;
    let mut world = World::new(bench, random, Keeping::Promises, 0, 0);
    world.clock_is_believed = believed;
    let fault = world.random.pick(&FAULTS, Fault::Jumps);
    let days = 8 + world.random.below(12) as i64;
    let outage = world.random.below(days as u64) as i64;
    let outage = outage..outage + 1 + world.random.below(12) as i64;
    let mut people = 0;
    for day in 0..days {
        world.link.down = outage.contains(&day);
        if !world.start() {
            world.broken("the station does not start".to_owned());
            break;
        }
        let mut oracle = Oracle {
            signed: signed(&mut world),
            powered_millis: 0,
        };
        for _ in 0..OPEN_HOURS {
            world.clock_error_millis = fault.error_millis(day, &mut world.random);
            hour(&mut world, &mut oracle, &mut people)?;
        }
        world.stop();
        world.pass(HOUR * (24 - OPEN_HOURS as u32));
    }
    world.link.down = false;
    world.finish()?;
    world.accounts()
}

/// What has surely passed by the station's own books.
fn signed(world: &mut World<'_>) -> Timestamp {
    let passed = world.station().map(|station| station.passed());
    passed.unwrap_or_default().floor()
}

fn hour(world: &mut World<'_>, oracle: &mut Oracle, people: &mut usize) -> Result<(), FaultError> {
    let begun = world.now();
    check(world, oracle);
    let may = may_begin(world);
    if matches!(may, Some((_, Ok(())))) && *people < PEOPLE && world.random.one_in(3) {
        world.comes(*people % crate::recording::PEOPLE, Stage::Outbox);
        *people += 1;
    }
    let believed = world.believed();
    if world.station().is_some_and(|s| s.wants_lease(believed)) {
        world.centre.renew_lease();
    }
    for _ in 0..STEPS_AN_HOUR {
        if world.now() >= begun + HOUR {
            break;
        }
        if world.desk_step() == Step::Stopped || world.link_step()? == Step::Stopped {
            world.broken("the station stops on a whole disk".to_owned());
            return Ok(());
        }
    }
    let rest = (begun + HOUR).saturating_sub(world.now());
    world.pass(rest);
    // What the centre signed in this hour is what the station's books now begin with: powered time counts from there.
    let learnt = signed(world);
    let mut powered = world.now().saturating_sub(begun);
    if learnt > oracle.floor() {
        *oracle = Oracle {
            signed: learnt,
            powered_millis: 0,
        };
        let since = world.true_time().millis_since(learnt);
        powered = Duration::from_millis(u64::try_from(since).unwrap_or(0));
    } else if learnt < oracle.floor() {
        world.broken("time that had surely passed was forgotten".to_owned());
    }
    if let Some(station) = world.station()
        && station.note_powered(powered).is_err()
    {
        world.broken("powered time is not kept".to_owned());
    }
    oracle.powered_millis += powered.as_millis() as i64;
    Ok(())
}

type MayBegin = (Timestamp, Result<(), NoNewWork>);

fn may_begin(world: &mut World<'_>) -> Option<MayBegin> {
    let believed = world.believed();
    world.station()?.may_begin(believed).ok()
}

/// A lease is neither extended nor ended by a clock.
fn check(world: &mut World<'_>, oracle: &Oracle) {
    let (truth, wall) = (world.true_time(), world.wall());
    let Some((ends, may)) = may_begin(world) else {
        world.broken("there is no lease".to_owned());
        return;
    };
    let latest = oracle.floor().plus_days(BELIEVED_AHEAD_DAYS);
    let wall_counts = wall > oracle.floor() && wall <= latest;
    match may {
        Err(NoNewWork::Ended) if truth < ends && !(wall_counts && wall >= ends) => {
            world.broken(format!("a lease was ended by a clock {wall:?}"));
        }
        Ok(()) if oracle.floor() >= ends => {
            world.broken("a lease went on past its powered time".to_owned());
        }
        Ok(()) if wall_counts && wall >= ends => {
            world.broken("a lease went on past its date".to_owned());
        }
        _ => {}
    }
    if world.believed() > truth && !wall_counts {
        world.broken(format!("a clock was believed that is ahead {wall:?}"));
    }
}
