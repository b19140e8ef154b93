//! Requests and answers are lost, cut, repeated, late, stalled or answered by strangers; the centre refuses one packet for long; both
//! ends crash. Then the faults end and everything must have arrived once.

use crate::disk::Syncs;
use crate::link::Weather;
use crate::workbench::Workbench;
use crate::world::{RunResult, Step, World};
use crate::{FaultError, Random, centre::Keeping};

/// One step in so many finds the station's process killed.
const STATION_CRASH_ONE_IN: u64 = 90;

/// Steps after which a control whose packets never arrive is over.
const CONTROL_DRAIN_STEPS: u32 = 2_000;
/// Bytes a second: 64 kbit/s, a mobile phone's, a wire's.
const RATES: [u64; 3] = [8_000, 64_000, 1_000_000];

/// One run with a centre that keeps its promises, or breaks one: a control. So is an offset that is trusted after a broken link.
pub(crate) fn run(
    bench: &Workbench,
    random: Random,
    keeping: Keeping,
    stale_offsets: bool,
) -> Result<RunResult, FaultError> {
    bench.fresh(Syncs::Honest)?;
    let mut random = random;
    let people = 2 + random.below(3) as usize;
    let steps = 150 + random.below(350);
    let mut world = World::new(bench, random, keeping, 0, people);
    world.link.weather = Weather {
        fault_one_in: 2 + world.random.below(8),
        centre_crash_one_in: 20 + world.random.below(80),
        rate: world.random.pick(&RATES, 8_000),
    };
    if stale_offsets {
        world.link.offsets_are_stale = true;
        // Nothing arrives however long it is waited for.
        world.drain_steps = CONTROL_DRAIN_STEPS;
    }
    if world.random.one_in(3) {
        let sick = world.random.below(people as u64) as usize;
        world.link.sick = world.packet(sick);
    }
    world.start();
    for _ in 0..steps {
        let step = if world.random.one_in(5) {
            world.desk_step()
        } else {
            world.link_step()?
        };
        if step == Step::Stopped {
            world.broken("the station stops on a whole disk".to_owned());
            break;
        }
        if !world.random.one_in(STATION_CRASH_ONE_IN) {
            continue;
        }
        world.stop();
        if !world.start() {
            let lost = vec!["the store does not open after a crash".to_owned()];
            return Ok(RunResult::of_loss(world.said(), lost));
        }
        let lost = world.compare();
        if !lost.is_empty() {
            return Ok(RunResult::of_loss(world.said(), lost));
        }
    }
    world.link.weather = Weather {
        rate: world.link.weather.rate,
        ..Weather::FAIR
    };
    world.link.sick = None;
    world.finish()?;
    // A centre that had kept nothing would lose it at its next stop.
    world.crash_centre();
    world.accounts()
}
