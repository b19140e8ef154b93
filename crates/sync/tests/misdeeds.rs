//! A week of each thing that a centre can do wrong: the healthy packets leave, and nobody is hammered.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod world;

use std::time::Duration;
use sync::{Engine, Failure, Response};
use world::centre::{Asked, MISDEEDS, Misdeed};
use world::{World, packet};

const HOUR: Duration = Duration::from_hours(1);
const WEEK: Duration = Duration::from_hours(7 * 24);

/// Healthy packets that are still there.
fn healthy_left(world: &World, packets: u16) -> Vec<u16> {
    (0..packets)
        .filter(|n| world.store.holds(packet(*n)))
        .filter(|n| !world.centre.misdeeds.contains_key(&packet(*n)))
        .collect()
}

/// The first `bad` of so many packets are ill-treated; the others are to leave within `healthy_within`, and the time until `until` to pass
/// quietly.
fn outlive(
    misdeed: Misdeed,
    (bad, packets): (u16, u16),
    healthy_within: Duration,
    until: Duration,
) -> World {
    let mut world = World::new(u64::from(bad) * 31 + misdeed as u64, packets);
    world.store.page = usize::from(bad).clamp(2, 64);
    for n in 0..bad {
        world.centre.misdeeds.insert(packet(n), misdeed);
        if bad > 100 {
            world.store.add(packet(n), 500); // it is their number that matters
        }
    }
    let mut engine = Engine::new(5);
    world.run(&mut engine, healthy_within, false);
    let left = healthy_left(&world, packets);
    assert!(left.is_empty(), "{misdeed:?} x {bad}: {left:?} are left");
    world.run(&mut engine, until, false);
    assert_eq!(world.broken, None, "{misdeed:?} x {bad}");
    world
        .judge_rate()
        .unwrap_or_else(|rule| panic!("{misdeed:?} x {bad}: {rule}"));
    // The ill-treated ones are all still here: nothing but a receipt lets a packet go. (One of a single piece never goes back.)
    if !matches!(misdeed, Misdeed::Crumbs | Misdeed::Back) {
        assert_eq!(world.store.len(), usize::from(bad), "{misdeed:?} x {bad}");
    }
    world
}

#[test]
fn whatever_happens_to_one_packet_the_others_leave_at_once() {
    for misdeed in MISDEEDS {
        outlive(misdeed, (1, 5), HOUR / 4, WEEK);
    }
}

#[test]
fn forty_packets_that_cannot_leave_hold_up_nobody() {
    for misdeed in MISDEEDS {
        outlive(misdeed, (40, 44), 3 * HOUR, WEEK);
    }
}

#[test]
fn a_thousand_packets_that_cannot_leave_do_not_starve_the_next_one() {
    for misdeed in [
        Misdeed::Fault,
        Misdeed::Refuses,
        Misdeed::NoReceipt,
        Misdeed::FaultAtPieces,
    ] {
        let world = outlive(misdeed, (1000, 1003), 36 * HOUR, 48 * HOUR);
        assert_eq!(world.store.settled.len(), 3);
    }
}

#[test]
fn what_is_ill_treated_for_a_day_leaves_when_that_ends() {
    for misdeed in MISDEEDS {
        let mut world = World::new(77, 6);
        for n in 0..6 {
            world.centre.misdeeds.insert(packet(n), misdeed);
        }
        let mut engine = Engine::new(5);
        world.run(&mut engine, 24 * HOUR, false);
        world.centre.misdeeds.clear();
        world.run(&mut engine, 24 * HOUR + 9 * HOUR, false);
        assert!(world.store.is_empty(), "{misdeed:?}: {}", world.store.len());
        assert_eq!(world.broken, None, "{misdeed:?}");
    }
}

#[test]
fn after_a_night_without_the_centre_the_packets_leave_within_minutes() {
    for failure in [Failure::Fault, Failure::NoAnswer] {
        let mut world = World::new(3, 12);
        for n in 0..12 {
            let misdeed = match failure {
                Failure::Fault => Misdeed::Fault,
                _ => Misdeed::Busy,
            };
            world.centre.misdeeds.insert(packet(n), misdeed);
        }
        for asked in [Asked::Lease, Asked::Outcomes] {
            world.centre.failing.insert(asked, Err(failure));
        }
        let mut engine = Engine::new(5);
        world.run(&mut engine, 14 * HOUR, false);
        world.judge_rate().unwrap();
        world.centre.misdeeds.clear();
        world.centre.failing.clear();
        world.run(&mut engine, 14 * HOUR + HOUR / 4, false);
        assert_eq!(world.store.len(), 0, "{failure:?}");
    }
}

#[test]
fn no_failing_question_beside_the_uploads_holds_one_up() {
    let refused = Response::Refused {
        status: 403,
        key: String::new(),
    };
    let busy = Failure::Busy {
        after: Some(Duration::from_mins(10)),
    };
    for asked in [
        Asked::Lease,
        Asked::Outcomes,
        Asked::Status,
        Asked::Certificate,
    ] {
        for answer in [
            Err(Failure::Fault),
            Err(Failure::Unreadable),
            Err(Failure::NoAnswer),
            Err(busy),
            Ok(refused.clone()),
            Ok(Response::Offset(3)),
        ] {
            let mut world = World::new(9, 4);
            world.store.lease_wanted = true;
            world.store.certificate_due = true;
            world.centre.failing.insert(asked, answer.clone());
            let mut engine = Engine::new(5);
            world.run(&mut engine, 2 * HOUR, false);
            assert_eq!(world.store.len(), 0, "{asked:?} {answer:?}");
            // Something that waits for the centre's own time keeps the link at work for a week.
            world.store.add(packet(500), 10);
            world
                .centre
                .misdeeds
                .insert(packet(500), Misdeed::NoReceipt);
            world.run(&mut engine, WEEK, false);
            world
                .judge_rate()
                .unwrap_or_else(|rule| panic!("{asked:?} {answer:?}: {rule}"));
            assert_eq!(world.broken, None, "{asked:?} {answer:?}");
        }
    }
}

#[test]
fn a_centre_that_judges_at_night_only_slows_no_upload() {
    let mut world = World::new(4, 400);
    world.centre.judges_from = 10 * HOUR;
    let mut engine = Engine::new(5);
    world.run(&mut engine, 4 * HOUR, false);
    assert_eq!(world.centre.effects.len(), 400, "all have arrived");
    world.run(&mut engine, 13 * HOUR, false);
    assert_eq!(world.store.len(), 0);
    world.judge_rate().unwrap();
}

#[test]
fn a_full_disk_stops_no_upload() {
    let mut world = World::new(6, 60);
    world.store.full = true;
    for n in 0..20 {
        world.centre.misdeeds.insert(packet(n), Misdeed::Fault);
    }
    let mut engine = Engine::new(5);
    world.run(&mut engine, 2 * HOUR, false);
    assert_eq!(world.store.settled.len(), 40);
    let needed = world.store.settled_bytes;
    assert_eq!(world.travelled, needed, "progress was kept in memory");
    world.run(&mut engine, WEEK, false);
    world.judge_rate().unwrap();
    assert_eq!(world.store.len(), 20);
}
