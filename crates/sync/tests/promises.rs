//! What the engine promises to the desk, one by one.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod world;

use domain::ItemKind;
use std::time::Duration;
use sync::{Answer, Effect, Engine, Event, Failure, Request, Response, StoreAct, StoreReply};
use world::centre::{Asked, Misdeed, outcome};
use world::{World, packet};

const HOUR: Duration = Duration::from_hours(1);

fn run(world: &mut World, engine: &mut Engine, hours: u32) {
    let until = world.now + hours * HOUR;
    world.run(engine, until, false);
    assert_eq!(world.broken, None);
}

#[test]
fn a_paused_link_asks_nothing_of_the_centre() {
    let mut engine = Engine::new(1);
    engine.pause(true);
    let effect = engine.step(Duration::ZERO, Event::Begin);
    assert!(matches!(effect, Effect::Rest(_)));
    let effect = engine.step(Duration::from_secs(9), Event::Woken);
    assert!(matches!(effect, Effect::Rest(_)));
    engine.pause(false);
    assert_eq!(
        engine.step(Duration::from_secs(10), Event::Woken),
        Effect::Store(StoreAct::Candidates { after: None })
    );
}

#[test]
fn a_packet_that_comes_first_overtakes_a_large_one_at_the_next_piece() {
    let mut world = World::new(5, 0);
    let (first, large) = (packet(0), packet(200));
    world.store.add(large, 50_000_000);
    let mut engine = Engine::new(1);
    world.run(&mut engine, Duration::from_secs(3), false);
    assert!(world.travelled > 0 && world.store.settled.is_empty());
    world.store.add(first, 1000);
    world.run(&mut engine, Duration::from_secs(6), false);
    assert_eq!(world.store.settled, [first]);
    assert!(world.store.holds(large));
}

#[test]
fn a_slow_link_carries_pieces_and_few_questions() {
    let mut world = World::new(5, 0);
    world.store.add(packet(1), 4_000_000);
    let mut engine = Engine::new(1);
    let mut effect = engine.step(world.now, Event::Begin);
    while !world.store.is_empty() {
        if let Effect::Http(Request::Patch { chunk, .. }) = &effect {
            world.now += Duration::from_millis(chunk.len() as u64 / 8);
        }
        let event = world.answer(effect);
        effect = engine.step(world.now, event);
    }
    assert_eq!(world.broken, None);
    assert!(world.now > Duration::from_mins(8), "{:?}", world.now);
    let outcomes = |(asked, _): &&(Asked, Duration)| *asked == Asked::Outcomes;
    let questions = world.centre.asked.iter().filter(outcomes).count();
    assert!((3..=6).contains(&questions), "{questions}");
}

#[test]
fn no_refusal_of_the_centre_lets_a_packet_go() {
    for status in [400, 401, 403, 404, 409, 410, 412, 413, 422, 423, 451, 460] {
        let mut world = World::new(9, 2);
        let mut engine = Engine::new(1);
        let mut effect = engine.step(world.now, Event::Begin);
        let mut requests = 0;
        while world.now < 24 * HOUR {
            let event = match effect {
                Effect::Store(StoreAct::Settle { .. }) => panic!("{status} settled a packet"),
                Effect::Http(_) => {
                    requests += 1;
                    let refused = Response::Refused {
                        status,
                        key: "made-up".to_owned(),
                    };
                    Event::Http(Answer {
                        version: None,
                        result: Ok(refused),
                    })
                }
                other => world.answer(other),
            };
            effect = engine.step(world.now, event);
        }
        assert_eq!(world.store.len(), 2, "{status}");
        assert!(requests < 2000, "{status}: {requests} in a day");
    }
}

#[test]
fn a_person_who_asks_to_try_now_releases_everything_that_was_put_off() {
    let mut world = World::new(2, 30);
    for n in 0..30 {
        world.centre.misdeeds.insert(packet(n), Misdeed::Refuses);
    }
    let mut engine = Engine::new(1);
    run(&mut world, &mut engine, 24);
    assert_eq!(world.store.len(), 30);
    assert!(!world.store.acts.contains(&"release"), "nobody asked yet");
    world.centre.misdeeds.clear();
    engine.try_now();
    let until = world.now + Duration::from_mins(2);
    world.run(&mut engine, until, false);
    assert_eq!(world.store.len(), 0);
    let releases = world.store.acts.iter().filter(|a| **a == "release").count();
    assert_eq!(releases, 1);
}

#[test]
fn an_order_to_try_now_while_a_request_is_on_its_way_is_carried_out_after_it() {
    let mut engine = Engine::new(1);
    let world = World::new(1, 1);
    let mut effect = engine.step(world.now, Event::Begin);
    assert!(matches!(effect, Effect::Store(StoreAct::Candidates { .. })));
    effect = engine.step(
        world.now,
        Event::Store(StoreReply::Candidates(sync::Candidates::default())),
    );
    assert!(matches!(effect, Effect::Http(Request::Outcomes { .. })));
    engine.try_now();
    let broken = Answer {
        version: None,
        result: Err(Failure::NoAnswer),
    };
    // The failure came after the order: one attempt is due to whoever gave it, when the link's short wait is over.
    effect = engine.step(world.now, Event::Http(broken));
    assert_eq!(effect, Effect::Store(StoreAct::ReleaseAll));
}

#[test]
fn after_any_failure_the_offset_is_asked_for_before_bytes_are_sent() {
    for failure in [
        Failure::NoAnswer,
        Failure::Foreign,
        Failure::Rejected,
        Failure::Busy { after: None },
    ] {
        let mut world = World::new(5, 0);
        world.store.add(packet(1), 900_000);
        let mut engine = Engine::new(1);
        let mut effect = engine.step(world.now, Event::Begin);
        let (mut failed, mut asked) = (false, false);
        while !world.store.is_empty() {
            let event = match effect {
                Effect::Http(Request::Patch { offset, .. }) if !failed && offset > 0 => {
                    failed = true;
                    Event::Http(Answer {
                        version: None,
                        result: Err(failure),
                    })
                }
                Effect::Http(request) => {
                    asked |= failed && matches!(request, Request::Offset { .. });
                    let piece = matches!(request, Request::Patch { .. });
                    assert!(
                        !failed || asked || !piece,
                        "{failure:?}: an offset was trusted"
                    );
                    // The upload went on although nobody here heard of it; only asking tells.
                    world.answer_trusting(request)
                }
                other => world.answer(other),
            };
            effect = engine.step(world.now, event);
        }
        assert!(failed && asked, "{failure:?}");
    }
}

#[test]
fn a_damaged_packet_that_the_store_set_aside_is_asked_for_no_more() {
    let mut world = World::new(8, 3);
    world.store.damaged.insert(packet(1));
    let mut engine = Engine::new(1);
    run(&mut world, &mut engine, 1);
    assert_eq!(world.store.set_aside, [packet(1)]);
    assert_eq!(world.store.settled, [packet(0), packet(2)]);
}

#[test]
fn nothing_is_remembered_of_a_packet_that_was_set_aside() {
    let mut world = World::new(8, 0);
    world.store.reads_all = true;
    world.store.full = true; // so that its upload is the engine's to remember
    world.store.add(packet(1), 900_000);
    let mut engine = Engine::new(1);
    let mut effect = engine.step(world.now, Event::Begin);
    while world.store.set_aside.is_empty() {
        if world.travelled > 0 {
            world.store.damaged.insert(packet(1));
        }
        let event = world.answer(effect);
        effect = engine.step(world.now, event);
    }
    // An undamaged original turns up.
    world.store.damaged.clear();
    world.store.add(packet(1), 900_000);
    run(&mut world, &mut engine, 1);
    assert_eq!(world.store.settled, [packet(1)]);
    assert_eq!(world.centre.made, 2, "it began anew");
}

#[test]
fn a_packet_whose_bytes_the_centre_doubts_is_verified_here_and_waits_for_nobody() {
    let mut world = World::new(8, 3);
    world
        .centre
        .misdeeds
        .insert(packet(1), Misdeed::DigestMismatch);
    let mut engine = Engine::new(1);
    // It was whole when its documents were asked for first, and is damaged since.
    while world.centre.uploads.values().all(|u| u.packet != packet(1)) {
        let until = world.now + Duration::from_millis(100);
        world.run(&mut engine, until, false);
    }
    world.store.damaged.insert(packet(1));
    run(&mut world, &mut engine, 1);
    assert_eq!(world.store.set_aside, [packet(1)]);
    assert_eq!(world.store.settled.len(), 2);
    assert!(world.store.reasons.is_empty(), "it was verified at once");
}

#[test]
fn a_packet_whose_last_answer_was_lost_with_its_upload_is_not_sent_again() {
    let mut world = World::new(8, 1);
    let mut engine = Engine::new(1);
    let mut effect = engine.step(world.now, Event::Begin);
    while world.centre.effects.is_empty() {
        let event = match effect {
            Effect::Http(request @ Request::Patch { .. }) => {
                let answer = world.answer_trusting(request);
                if world.centre.effects.is_empty() {
                    answer
                } else {
                    world.centre.uploads.clear();
                    Event::Http(Answer {
                        version: None,
                        result: Err(Failure::NoAnswer),
                    })
                }
            }
            other => world.answer(other),
        };
        effect = engine.step(world.now, event);
    }
    // The station loses its power right after it heard that the upload is gone.
    loop {
        if let Effect::Http(Request::State(_)) = effect {
            break;
        }
        let event = world.answer(effect);
        effect = engine.step(world.now, event);
    }
    engine = Engine::new(2);
    run(&mut world, &mut engine, 1);
    assert_eq!(world.store.len(), 0);
    assert_eq!(world.travelled, 0, "nothing was sent a second time");
}

#[test]
fn a_receipt_that_retains_is_never_taken_for_the_end() {
    let mut world = World::new(8, 2);
    world.centre.misdeeds.insert(packet(0), Misdeed::Retains);
    let mut engine = Engine::new(1);
    run(&mut world, &mut engine, 24);
    assert!(world.store.holds(packet(0)));
    assert!(world.store.reasons.contains("retained"));
    assert!(world.store.held(packet(0)).attempts < 10, "it waits long");
    world.centre.misdeeds.clear();
    run(&mut world, &mut engine, 7);
    assert_eq!(world.store.len(), 0);
}

#[test]
fn a_void_leaves_without_bytes_and_only_for_a_centre_that_knows_it() {
    let mut world = World::new(8, 1);
    world.store.add_item(packet(7), ItemKind::Void, 0);
    world.centre.version = 1;
    let mut engine = Engine::new(1);
    run(&mut world, &mut engine, 3);
    assert_eq!(world.store.settled, [packet(0)]);
    assert!(world.store.reasons.contains("centre-too-old"));
    assert_eq!(engine.report().centre_version, Some(1));
    world.centre.version = 2;
    run(&mut world, &mut engine, 2);
    assert_eq!(world.store.settled, [packet(0), packet(7)]);
    assert_eq!(engine.report().centre_version, Some(2));
}

#[test]
fn a_centre_of_the_first_release_is_sent_no_report_and_no_certificate_request() {
    let mut world = World::new(8, 0);
    world.store.add_item(packet(7), ItemKind::Void, 0);
    world.store.certificate_due = true;
    world.store.lease_wanted = true;
    world.centre.version = 1;
    let mut engine = Engine::new(1);
    run(&mut world, &mut engine, 24);
    let asked = |what| world.centre.asked.iter().filter(|a| a.0 == what).count();
    assert_eq!((asked(Asked::Status), asked(Asked::Certificate)), (0, 0));
    assert!(asked(Asked::Lease) > 1000);
}

#[test]
fn the_next_lease_is_fetched_at_once_when_it_is_wanted_and_the_centre_knows_why() {
    let mut world = World::new(8, 0);
    world.store.add(packet(1), 10);
    world.centre.misdeeds.insert(packet(1), Misdeed::NoReceipt);
    let mut engine = Engine::new(1);
    world.run(&mut engine, Duration::from_mins(2), false);
    world.store.lease_wanted = true;
    let (wanted, before) = (world.now, world.centre.asked.len());
    world.run(&mut engine, Duration::from_mins(12), false);
    let since = &world.centre.asked[before..];
    let leases: Vec<_> = since
        .iter()
        .enumerate()
        .filter(|(_, a)| a.0 == Asked::Lease)
        .collect();
    assert!(leases[0].1.1 < wanted + Duration::from_secs(25));
    assert!(leases.len() >= 15, "{}", leases.len());
    for pair in leases.windows(2) {
        // 30 s from question to question, as they leave.
        assert!(pair[1].1.1 > pair[0].1.1 + Duration::from_secs(29));
    }
    for (n, _) in leases {
        assert_eq!(since[n - 1].0, Asked::Status, "its report goes before");
    }
}

/// The lease of the centre's model; what is in it is the store's business.
fn lease() -> Response {
    let text = wire::SignedText::from_text("lease");
    let reply = wire::LeaseReply {
        lease: text.clone(),
        centre_key: text,
        other_keys: Vec::new(),
    };
    Response::Lease {
        reply: Some(Box::new(reply)),
        tag: Some("7".to_owned()),
    }
}

#[test]
fn a_busy_desk_with_a_good_link_never_uses_its_lease_up() {
    const ALLOWED: u64 = 200;
    let mut world = World::new(8, 0);
    world.centre.failing.insert(Asked::Lease, Ok(lease()));
    let mut engine = Engine::new(1);
    let mut effect = engine.step(world.now, Event::Begin);
    let (mut begun, mut taken, mut leases) = (0, 0_u16, 0);
    while world.store.settled.len() < 1000 {
        // Somebody takes an application every two seconds.
        if world.now > Duration::from_secs(2) * u32::from(taken) {
            world.store.add(packet(taken), 1000);
            (taken, begun) = (taken + 1, begun + 1);
            assert!(begun < ALLOWED, "the lease is used up after {taken}");
        }
        world.store.lease_wanted = begun * 10 >= ALLOWED * 7;
        let event = world.answer(effect);
        if world.store.acts.len() > leases {
            (leases, begun) = (world.store.acts.len(), 0);
        }
        effect = engine.step(world.now, event);
    }
    assert!(leases >= 5);
}

#[test]
fn a_lease_that_the_store_refused_is_not_called_unchanged_afterwards() {
    let mut engine = Engine::new(1);
    let mut world = World::new(1, 1);
    let mut effect = engine.step(world.now, Event::Begin);
    let mut refused = false;
    loop {
        let event = match effect {
            Effect::Http(Request::Lease { tag }) if refused => {
                assert_eq!(tag, None);
                return;
            }
            Effect::Http(Request::Lease { .. }) => Event::Http(Answer {
                version: Some(2),
                result: Ok(lease()),
            }),
            Effect::Store(StoreAct::PutLease(_)) => {
                refused = true;
                world.store.add(packet(3), 10); // the link has something to do
                world.centre.misdeeds.insert(packet(3), Misdeed::NoReceipt);
                Event::Store(StoreReply::Refused)
            }
            other => world.answer(other),
        };
        effect = engine.step(world.now, event);
        assert!(world.now < HOUR);
    }
}

#[test]
fn a_certificate_is_renewed_when_the_store_says_so_and_tried_by_hours() {
    let mut world = World::new(8, 1);
    world.centre.misdeeds.insert(packet(0), Misdeed::NoReceipt);
    world.store.certificate_due = true;
    world
        .centre
        .failing
        .insert(Asked::Certificate, Err(Failure::NoAnswer));
    let mut engine = Engine::new(1);
    run(&mut world, &mut engine, 24);
    let tries = world
        .centre
        .asked
        .iter()
        .filter(|a| a.0 == Asked::Certificate)
        .count();
    assert!((2..=6).contains(&tries), "{tries} in a day");
    world.centre.failing.clear();
    run(&mut world, &mut engine, 24);
    let kept = world.store.acts.iter().filter(|a| **a == "certificate");
    assert_eq!(kept.count(), 1);
}

#[test]
fn outcomes_go_on_after_what_could_not_be_read() {
    let mut world = World::new(8, 1);
    world.centre.misdeeds.insert(packet(0), Misdeed::NoReceipt);
    let page = Response::Outcomes {
        outcomes: vec![outcome(3)],
        cursor: Some(9),
    };
    world.centre.failing.insert(Asked::Outcomes, Ok(page));
    let mut engine = Engine::new(1);
    run(&mut world, &mut engine, 1);
    assert_eq!(world.store.cursor, 9);
}

#[test]
fn only_the_page_that_holds_it_limits_what_can_leave_and_nothing_in_memory() {
    // The disk keeps no put-off, so that all of them are the engine's to remember.
    let mut world = World::new(8, 300);
    world.store.full = true;
    for n in 0..299 {
        world.centre.misdeeds.insert(packet(n), Misdeed::Refuses);
    }
    let mut engine = Engine::new(1);
    run(&mut world, &mut engine, 6);
    assert_eq!(world.store.settled, [packet(299)]);
}
