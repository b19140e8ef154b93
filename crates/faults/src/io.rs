//! Every operation of the disk fails, in every way, once and for good.

use crate::centre::Keeping;
use crate::disk::{Code, Fault, OpCounts, Syncs};
use crate::power::work;
use crate::workbench::Workbench;
use crate::world::{RunResult, World};
use crate::{FaultError, Random};

/// The same people come in every run of a seed, so that the `n`th operation is the same one.
const JOURNEY: u64 = u64::MAX;
const PEOPLE: usize = 3;
/// What follows a failed sync is a matter of dice: each is made so often.
const SYNCS_TIMES: u64 = 8;
/// Steps on a disk whose sync has failed, before its power goes.
const MORE_STEPS: u64 = 60;

/// How many operations of each class a run without a fault has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operations(OpCounts);

/// Counts them.
pub(crate) fn operations(bench: &Workbench, seed: u64) -> Result<Operations, FaultError> {
    bench.fresh(Syncs::Honest)?;
    let mut world = journey(bench, seed);
    work(&mut world)?;
    Ok(Operations(bench.disk.counts()))
}

fn journey(bench: &Workbench, seed: u64) -> World<'_> {
    let random = Random::of_run(seed, JOURNEY);
    World::new(bench, random, Keeping::Promises, 0, PEOPLE)
}

impl Operations {
    /// How many runs it takes until every operation has failed in every way.
    pub(crate) fn ways(self) -> u64 {
        let codes = Code::FAILURES.iter();
        2 * codes.map(|code| self.ways_of(*code)).sum::<u64>()
    }

    fn ways_of(self, code: Code) -> u64 {
        let times = if code == Code::FailedSync {
            SYNCS_TIMES
        } else {
            1
        };
        times * self.0.of(code.class())
    }

    /// The fault of a run: a few runs are spread over all ways, and `ways` runs in a row are all of them.
    fn fault_of(self, run: u64) -> (Fault, Code) {
        let ways = self.ways().max(1);
        let mut stride = (ways * 5 / 8).max(1);
        while common_divisor(stride, ways) != 1 {
            stride += 1;
        }
        let mut way = (u128::from(run) * u128::from(stride) % u128::from(ways)) as u64;
        for code in Code::FAILURES {
            let (number, operations) = (self.ways_of(code), self.0.of(code.class()).max(1));
            for make in [Fault::once as fn(Code, u64) -> Fault, Fault::for_good] {
                if way < number {
                    return (make(code, way % operations + 1), code);
                }
                way -= number;
            }
        }
        (Fault::once(Code::Error, 1), Code::Error)
    }
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// One run: the fault strikes, the station is started again on a disk that was mended.
pub(crate) fn run(
    bench: &Workbench,
    operations: Operations,
    seed: u64,
    run: u64,
) -> Result<RunResult, FaultError> {
    let (fault, code) = operations.fault_of(run);
    bench.fresh(Syncs::Honest)?;
    let mut world = journey(bench, seed);
    bench.disk.plan(Some(fault));
    work(&mut world)?;
    world.random = Random::of_run(seed, run);
    // A station that is told to start while the disk still fails must do no harm either.
    world.stop();
    bench.disk.plan(Some(fault.at_once()));
    world.start();
    bench.disk.plan(None);
    // What a failed sync was to keep, nobody has promised: the power may go as well, at once or after more work that was acknowledged.
    if code == Code::FailedSync && world.random.one_in(2) {
        world.stop();
        for _ in 0..world.random.below(MORE_STEPS) {
            more(&mut world)?;
        }
    }
    if code == Code::FailedSync {
        world.cut_power()?;
    } else {
        world.stop();
    }
    bench.disk.plan(None);
    close(world)
}

/// A little more work on the disk whose sync failed.
fn more(world: &mut World<'_>) -> Result<(), FaultError> {
    if world.station().is_none() && !world.start() {
        return Ok(());
    }
    if world.random.one_in(3) {
        world.desk_step();
    } else {
        world.link_step()?;
    }
    Ok(())
}

/// The control: syncs fail and nobody is told, as if a program went on after a failed sync; then the power goes.
pub(crate) fn unheard(bench: &Workbench, random: Random) -> Result<RunResult, FaultError> {
    bench.fresh(Syncs::Lies)?;
    let mut world = World::new(bench, random, Keeping::Promises, 0, PEOPLE);
    world.link.down = true;
    work(&mut world)?;
    world.cut_power()?;
    world.link.down = false;
    close(world)
}

fn close(mut world: World<'_>) -> Result<RunResult, FaultError> {
    if !world.start() {
        let lost = vec!["the store does not open on a mended disk".to_owned()];
        return Ok(RunResult::of_loss(world.said(), lost));
    }
    let lost = world.compare();
    if !lost.is_empty() {
        return Ok(RunResult::of_loss(world.said(), lost));
    }
    world.finish()?;
    world.accounts()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn as_many_runs_as_there_are_ways_are_every_way_once() {
        let counts = OpCounts {
            all: 40,
            changes: 25,
            syncs: 6,
        };
        let operations = Operations(counts);
        assert_eq!(operations.ways(), 2 * (40 + 25 + 8 * 6));
        let faults: BTreeSet<String> = (1000..1226)
            .map(|run| format!("{:?}", operations.fault_of(run)))
            .collect();
        assert_eq!(faults.len(), 142);
    }
}
