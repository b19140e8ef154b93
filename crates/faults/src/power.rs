//! The power goes at a random act of the disk: while a draft is saved, submitted, approved, sent, settled, purged, or the station starts.

use crate::disk::{Fault, Syncs};
use crate::workbench::Workbench;
use crate::world::{RunResult, Step, World};
use crate::{FaultError, Random, centre::Keeping};

/// Steps of people and engine between two cuts.
const STEPS: u32 = 3_000;
/// How often people and engine are told that the disk is full before they wait for somebody to make room.
const REFUSALS: u32 = 12;
/// Most cuts of one run.
const CUTS: u64 = 3;
/// Changes and syncs of a whole run: cuts fall among so many, early ones more often.
const ACTS: [u64; 4] = [40, 150, 500, 1_500];

/// One run on a disk whose syncs are worth `syncs`.
pub(crate) fn run(
    bench: &Workbench,
    random: Random,
    syncs: Syncs,
) -> Result<RunResult, FaultError> {
    bench.fresh(syncs)?;
    let mut random = random;
    let people = 2 + random.below(3) as usize;
    let cuts = 1 + random.below(CUTS);
    let mut world = World::new(bench, random, Keeping::Promises, 0, people);
    for _ in 0..cuts {
        let among = world.random.pick(&ACTS, 1_500);
        let at = 1 + world.random.below(among);
        bench.disk.plan(Some(Fault::power_cut(at)));
        work(&mut world)?;
        world.cut_power()?;
        if !world.start() {
            let said = world.said();
            let lost = vec!["the store does not open after a power cut".to_owned()];
            return Ok(RunResult::of_loss(said, lost));
        }
        let lost = world.compare();
        if !lost.is_empty() {
            return Ok(RunResult::of_loss(world.said(), lost));
        }
        world.shut_down();
    }
    world.finish()?;
    world.accounts()
}

/// People and engine work until everything is done or nothing goes on.
pub(crate) fn work(world: &mut World<'_>) -> Result<(), FaultError> {
    if !world.start() {
        return Ok(());
    }
    let mut refusals = 0;
    for _ in 0..STEPS {
        let step = if world.random.one_in(4) {
            world.desk_step()
        } else {
            world.link_step()?
        };
        refusals += u32::from(step == Step::Full);
        if step == Step::Stopped || refusals > REFUSALS {
            return Ok(());
        }
        if world.people_are_done() && world.is_drained() {
            return Ok(());
        }
    }
    Ok(())
}
