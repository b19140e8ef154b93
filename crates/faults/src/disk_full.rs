//! The disk fills up while people work and the link is down; then packets leave although there is no room; then there is room again.

use crate::disk::Syncs;
use crate::workbench::Workbench;
use crate::world::{RunResult, Step, World};
use crate::{FaultError, Random, centre::Keeping};
use domain::Stage;

/// Room that the store keeps for purging: more than its log grows to (512 pages) before it is folded.
pub(crate) const BALLAST_BYTES: u64 = 6 << 20;
/// Acts of people after which the disk is full or the station refuses for another reason.
const FILLING_STEPS: u32 = 400;
/// More people than fit.
const PEOPLE: usize = 24;
/// Steps in which everything that was approved must have left the full disk.
const STEPS: u32 = 4_000;

/// One run with so much ballast; none is the control.
pub(crate) fn run(
    bench: &Workbench,
    random: Random,
    ballast_bytes: u64,
) -> Result<RunResult, FaultError> {
    bench.fresh(Syncs::Honest)?;
    let ballast = bench.place(ballast_bytes).ballast();
    let mut world = World::new(bench, random, Keeping::Promises, ballast_bytes, 0);
    world.link.down = true;
    if !world.start() {
        return Ok(stuck(&world, "the station does not start"));
    }
    let room = (400 << 10) + world.random.below(2 << 20);
    let limit = bench.used_bytes()? + room;
    bench.disk.limit(Some(limit), &ballast);
    fill(&mut world)?;
    let lost = world.compare();
    if !lost.is_empty() {
        return Ok(RunResult::of_loss(world.said(), lost));
    }
    if world.random.one_in(2) {
        world.stop();
        if !world.start() {
            return Ok(stuck(&world, "the station does not start on a full disk"));
        }
    }
    world.link.down = false;
    world.try_now();
    for _ in 0..STEPS {
        if world.is_drained() {
            break;
        }
        world.link_step()?;
    }
    if !world.is_drained() {
        world.broken("uploads stand still on a full disk".to_owned());
    }
    bench.disk.limit(None, &ballast);
    world.finish()?;
    world.accounts()
}

/// People come until there is no room for the next act; the link is asked in vain now and then.
fn fill(world: &mut World<'_>) -> Result<(), FaultError> {
    let mut refusals = 0;
    let mut steps = 0;
    for person in 0..PEOPLE {
        world.comes(person % crate::recording::PEOPLE, Stage::Outbox);
        while !world.people_are_done() {
            match world.desk_step() {
                Step::Full => refusals += 1,
                Step::Worked => {}
                Step::Idle | Step::Stopped => return Ok(()),
            }
            if world.random.one_in(4) {
                world.link_step()?;
            }
            steps += 1;
            // Tried again a few times, as people do.
            if refusals > 3 || steps > FILLING_STEPS {
                return Ok(());
            }
        }
    }
    world.broken("the disk never filled up".to_owned());
    Ok(())
}

fn stuck(world: &World<'_>, what: &str) -> RunResult {
    RunResult::of_loss(world.said(), vec![what.to_owned()])
}
