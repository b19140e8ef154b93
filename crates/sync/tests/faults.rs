//! The engine against a centre, a link and a disk that lose, cut, repeat, refuse and forget, seeded; no I/O, so thousands of runs take
//! seconds. `SHANAKHT_SEEDS` sets how many.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod world;

use domain::ItemKind;
use std::time::Duration;
use sync::{Answer, Effect, Engine, Event, Failure};
use world::{World, cut, packet};

const HOUR: Duration = Duration::from_hours(1);
/// Long enough for the longest wait that a fault may leave behind; nobody has to press a button.
const AFTERWARDS: Duration = Duration::from_hours(48);
const ITEMS: u16 = 6;

fn seeds() -> u64 {
    std::env::var("SHANAKHT_SEEDS")
        .ok()
        .and_then(|seeds| seeds.parse().ok())
        .unwrap_or(4000)
}

/// An hour of faults of every kind, then their end.
fn outlive(seed: u64, change: impl FnOnce(&mut World)) -> Result<(), String> {
    let mut world = World::new(seed, ITEMS);
    world.store.add_item(packet(90), ItemKind::Void, 0);
    world.store.page = 1 + (seed % 4) as usize;
    world.faulty = true;
    change(&mut world);
    let mut engine = Engine::new(seed);
    world.run(&mut engine, HOUR, true);
    world.faulty = false;
    world.run(&mut engine, HOUR + AFTERWARDS, false);
    world.judge_rate()?;
    world.judge(usize::from(ITEMS) + 1)
}

#[test]
fn every_packet_arrives_once_the_faults_end_and_takes_effect_once() {
    for seed in 0..seeds() {
        if let Err(rule) = outlive(seed, |_| {}) {
            panic!("seed {seed}: {rule}");
        }
    }
}

fn failing(change: impl Fn(&mut World)) -> Vec<String> {
    (0..60)
        .filter_map(|seed| outlive(seed, |world| change(world)).err())
        .collect()
}

#[test]
fn the_simulation_notices_a_centre_that_lets_a_packet_take_effect_twice() {
    let broken = failing(|world| world.centre.forgetful = true);
    assert!(
        broken.iter().any(|rule| rule.contains("took effect")),
        "{broken:?}"
    );
}

#[test]
fn the_simulation_notices_a_station_that_takes_a_broken_piece_for_an_arrived_one() {
    let broken = failing(|world| world.deaf = true);
    assert!(
        broken.iter().any(|rule| rule.contains("in vain")),
        "{broken:?}"
    );
}

#[test]
fn a_cut_wastes_at_most_one_piece() {
    for seed in 0..200 {
        let mut world = World::new(1000 + seed, 3);
        let mut engine = Engine::new(seed);
        let mut effect = engine.step(world.now, Event::Begin);
        let mut cuts = 0;
        while !world.store.is_empty() {
            let event = match effect {
                Effect::Http(request) if world.dice.one_in(5) => {
                    cuts += 1;
                    if let sync::Request::Patch { chunk, .. } = &request {
                        world.travelled += chunk.len() as u64;
                        world.largest_piece = world.largest_piece.max(chunk.len() as u64);
                    }
                    let _ = world.centre.answer(world.now, cut(request));
                    Event::Http(Answer {
                        version: None,
                        result: Err(Failure::NoAnswer),
                    })
                }
                other => world.answer(other),
            };
            effect = engine.step(world.now, event);
        }
        let wasted = world.travelled - world.store.settled_bytes;
        assert!(
            wasted <= cuts * world.largest_piece,
            "seed {seed}: {wasted} bytes in {cuts} cuts"
        );
    }
}
