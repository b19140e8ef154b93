//! The engine against a centre and a link that lose, cut, refuse and forget, seeded; no I/O, so thousands of runs take seconds.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use domain::{PacketId, Timestamp};
use envelope::Signed;
use std::collections::BTreeMap;
use std::time::Duration;
use sync::{
    Candidates, Documents, Effect, Engine, Event, Failure, Request, Response, StoreAct, StoreReply,
    UploadPoint, Waiting,
};
use wire::{PacketReply, PacketState, SignedText};

/// A small generator of its own (SplitMix64), so that a seed means the same run for ever.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }
}

struct Held {
    length: u64,
    point: Option<UploadPoint>,
    attempts: u32,
    not_before: Duration,
}

#[derive(Default)]
struct Centre {
    /// Path to packet, bytes and length.
    uploads: BTreeMap<String, (PacketId, u64, u64)>,
    /// Packets that are whole, and how often they took effect.
    whole: BTreeMap<PacketId, u32>,
    lengths: BTreeMap<PacketId, u64>,
    made: u64,
    bytes: u64,
}

struct World {
    dice: Dice,
    now: Duration,
    faulty: bool,
    outbox: BTreeMap<PacketId, Held>,
    settled: Vec<PacketId>,
    centre: Centre,
    cuts: u64,
    largest_piece: u64,
}

fn packet(n: u8) -> PacketId {
    PacketId::mint(
        Timestamp::from_millis(1_795_000_000_000 + i64::from(n)),
        [n; 10],
    )
}

impl World {
    fn new(seed: u64, packets: u8) -> Self {
        let mut dice = Dice(seed);
        let mut outbox = BTreeMap::new();
        let mut centre = Centre::default();
        for n in 0..packets {
            let length = 1 + dice.next() % 900_000;
            centre.lengths.insert(packet(n), length);
            outbox.insert(
                packet(n),
                Held {
                    length,
                    point: None,
                    attempts: 0,
                    not_before: Duration::ZERO,
                },
            );
        }
        Self {
            dice,
            now: Duration::ZERO,
            faulty: true,
            outbox,
            settled: Vec::new(),
            centre,
            cuts: 0,
            largest_piece: 0,
        }
    }

    fn store(&mut self, act: StoreAct) -> StoreReply {
        match act {
            StoreAct::Candidates => StoreReply::Candidates(self.candidates()),
            StoreAct::Documents(_) => StoreReply::Documents(Box::new(Documents {
                manifest: Signed::from_bytes(Vec::new()).unwrap(),
                statement: Signed::from_bytes(Vec::new()).unwrap(),
                decision: Signed::from_bytes(Vec::new()).unwrap(),
            })),
            StoreAct::Chunk {
                packet,
                offset,
                length,
            } => {
                let left = self.outbox[&packet].length.saturating_sub(offset);
                StoreReply::Chunk(vec![7; left.min(length as u64) as usize])
            }
            StoreAct::NoteUpload { packet, point } => {
                self.outbox.get_mut(&packet).unwrap().point = point;
                StoreReply::Done
            }
            StoreAct::PutOff { packet, wait, .. } => {
                let held = self.outbox.get_mut(&packet).unwrap();
                held.attempts += 1;
                held.not_before = self.now + wait;
                StoreReply::Done
            }
            StoreAct::Settle { packet, receipt } => {
                // What the real store checks by signature and digest, this one checks by name.
                assert_eq!(receipt.as_str(), packet.to_string());
                assert!(self.centre.whole.contains_key(&packet));
                assert!(self.outbox.remove(&packet).is_some());
                self.settled.push(packet);
                StoreReply::Done
            }
            StoreAct::Alarm { .. } => panic!("no alarm belongs here"),
            StoreAct::PutLease(_) | StoreAct::PutOutcomes(_) => StoreReply::Done,
        }
    }

    fn candidates(&self) -> Candidates {
        let waiting = self
            .outbox
            .iter()
            .filter(|(_, held)| held.not_before <= self.now)
            .map(|(packet, held)| Waiting {
                packet: *packet,
                length: held.length,
                upload: held.point.clone(),
                attempts: held.attempts,
            })
            .take(4)
            .collect();
        let due_in = self
            .outbox
            .values()
            .filter_map(|held| held.not_before.checked_sub(self.now))
            .filter(|left| !left.is_zero())
            .min();
        Candidates {
            waiting,
            due_in,
            outcomes_cursor: 0,
        }
    }

    /// A request may be lost, its answer may be lost, a piece may be cut in the middle, the centre may be busy.
    fn http(&mut self, request: Request) -> Result<Response, Failure> {
        self.now += Duration::from_millis(20 + self.dice.next() % 200);
        if !self.faulty {
            return self.centre(request);
        }
        match self.dice.next() % 10 {
            0 => {
                self.cuts += 1;
                Err(Failure::NoAnswer)
            }
            1 => {
                self.cuts += 1;
                let _ = self.centre(Self::cut(request));
                Err(Failure::NoAnswer)
            }
            2 => {
                self.cuts += 1;
                let _ = self.centre(request);
                Err(Failure::NoAnswer)
            }
            3 => Err(Failure::Busy {
                after: self.dice.one_in(2).then(|| Duration::from_secs(3)),
            }),
            4 if self.dice.one_in(4) => {
                // The centre throws its unfinished uploads away.
                self.centre.uploads.clear();
                self.centre(request)
            }
            5 if self.dice.one_in(4) => Ok(Response::Refused {
                status: 403,
                key: String::new(),
            }),
            _ => self.centre(request),
        }
    }

    fn cut(request: Request) -> Request {
        match request {
            Request::Patch {
                path,
                offset,
                mut chunk,
            } => {
                chunk.truncate(chunk.len() / 2);
                Request::Patch {
                    path,
                    offset,
                    chunk,
                }
            }
            other => other,
        }
    }

    fn centre(&mut self, request: Request) -> Result<Response, Failure> {
        let gone = Ok(Response::Refused {
            status: 404,
            key: String::new(),
        });
        match request {
            Request::Lease { .. } => Ok(Response::Lease {
                reply: None,
                tag: None,
            }),
            Request::Outcomes { .. } => Ok(Response::Outcomes(Vec::new())),
            Request::State(packet) => {
                let whole = self.centre.whole.contains_key(&packet);
                let receiving = self.centre.uploads.values().any(|u| u.0 == packet);
                if !whole && !receiving {
                    return gone;
                }
                let checked = whole && !self.dice.one_in(3);
                Ok(Response::State(PacketReply {
                    packet,
                    state: if checked {
                        PacketState::Accepted
                    } else if whole {
                        PacketState::Received
                    } else {
                        PacketState::Receiving
                    },
                    receipt: checked.then(|| SignedText::from_text(&packet.to_string())),
                }))
            }
            Request::Create { length, .. } => {
                self.centre.made += 1;
                let path = format!("/v1/uploads/{}", self.centre.made);
                let packet = *self
                    .centre
                    .lengths
                    .iter()
                    .find(|(_, l)| **l == length)
                    .unwrap()
                    .0;
                self.centre
                    .uploads
                    .insert(path.clone(), (packet, 0, length));
                Ok(Response::Created { path })
            }
            Request::Offset { path } => match self.centre.uploads.get(&path) {
                Some((_, offset, _)) => Ok(Response::Offset(*offset)),
                None => gone,
            },
            Request::Patch {
                path,
                offset,
                chunk,
            } => {
                let Some((packet, has, length)) = self.centre.uploads.get_mut(&path) else {
                    return gone;
                };
                if *has != offset {
                    return Ok(Response::Refused {
                        status: 409,
                        key: String::new(),
                    });
                }
                *has += chunk.len() as u64;
                self.centre.bytes += chunk.len() as u64;
                self.largest_piece = self.largest_piece.max(chunk.len() as u64);
                let (packet, offset, done) = (*packet, *has, *has == *length);
                if done {
                    // The first whole upload takes effect, every later one changes nothing.
                    self.centre.whole.entry(packet).or_insert(1);
                }
                Ok(Response::Offset(offset))
            }
        }
    }

    /// Runs the engine until nothing is left or `steps` are over; it may crash and start anew with an empty memory.
    fn run(&mut self, steps: u32, crashes: bool) {
        let mut engine = Engine::new(self.dice.next());
        let mut effect = engine.step(self.now, Event::Begin);
        for _ in 0..steps {
            if self.outbox.is_empty() {
                return;
            }
            if crashes && self.dice.one_in(60) {
                engine = Engine::new(self.dice.next());
                effect = engine.step(self.now, Event::Begin);
            }
            let event = match effect {
                Effect::Store(act) => Event::Store(self.store(act)),
                Effect::Http(request) => Event::Http(self.http(request)),
                Effect::Rest(wait) => {
                    assert!(!wait.is_zero(), "a rest of nothing is a busy loop");
                    self.now += wait;
                    Event::Rested
                }
            };
            effect = engine.step(self.now, event);
        }
    }
}

#[test]
fn every_packet_arrives_once_the_faults_end_and_takes_effect_once() {
    for seed in 0..400 {
        let mut world = World::new(seed, 6);
        world.run(400, true);
        world.faulty = false;
        // Packets that were refused wait for up to four hours; nobody has to press a button.
        world.run(20_000, false);
        assert!(world.outbox.is_empty(), "seed {seed}: something is left");
        assert_eq!(world.settled.len(), 6, "seed {seed}");
        assert!(world.centre.whole.values().all(|times| *times == 1));
    }
}

#[test]
fn a_cut_wastes_at_most_one_piece() {
    for seed in 0..200 {
        let mut world = World::new(1000 + seed, 3);
        // Cuts only: an upload that the centre throws away is lost whole, which is not the link's doing.
        let total: u64 = world.outbox.values().map(|held| held.length).sum();
        let mut engine = Engine::new(seed);
        let mut effect = engine.step(world.now, Event::Begin);
        world.faulty = false;
        while !world.outbox.is_empty() {
            let event = match effect {
                Effect::Store(act) => Event::Store(world.store(act)),
                Effect::Http(request) if world.dice.one_in(5) => {
                    world.cuts += 1;
                    let part = World::cut(request);
                    let _ = world.centre(part);
                    Event::Http(Err(Failure::NoAnswer))
                }
                Effect::Http(request) => Event::Http(world.http(request)),
                Effect::Rest(wait) => {
                    world.now += wait;
                    Event::Rested
                }
            };
            effect = engine.step(world.now, event);
        }
        // The model's centre keeps what arrived of a cut piece, so what it took twice is nothing at all.
        assert_eq!(
            world.centre.bytes, total,
            "seed {seed}, {} cuts",
            world.cuts
        );
    }
}

#[test]
fn a_packet_that_comes_first_overtakes_a_large_one_at_the_next_piece() {
    let mut world = World::new(5, 1);
    world.faulty = false;
    let (first, large) = (packet(0), packet(200));
    let taken = world.outbox.remove(&first).unwrap();
    world.centre.lengths.insert(large, 50_000_000);
    world.outbox.insert(
        large,
        Held {
            length: 50_000_000,
            point: None,
            attempts: 0,
            not_before: Duration::ZERO,
        },
    );
    world.run(60, false);
    assert!(world.centre.bytes > 0 && world.settled.is_empty());
    // BTreeMap's order stands for priority here.
    world.outbox.insert(first, taken);
    world.run(60, false);
    assert_eq!(world.settled, [first]);
    assert!(world.outbox.contains_key(&large));
}

#[test]
fn no_refusal_of_the_centre_lets_a_packet_go() {
    for status in [400, 401, 403, 404, 409, 410, 412, 413, 423, 451, 460] {
        let mut world = World::new(9, 2);
        let mut engine = Engine::new(1);
        let mut effect = engine.step(world.now, Event::Begin);
        for _ in 0..3000 {
            let event = match effect {
                Effect::Store(StoreAct::Settle { .. }) => panic!("{status} settled a packet"),
                Effect::Store(act) => Event::Store(world.store(act)),
                Effect::Http(_) => Event::Http(Ok(Response::Refused {
                    status,
                    key: "made-up".to_owned(),
                })),
                Effect::Rest(wait) => {
                    world.now += wait;
                    Event::Rested
                }
            };
            effect = engine.step(world.now, event);
        }
        assert_eq!(world.outbox.len(), 2, "{status}");
        // Patience, not hammering: 3000 steps at most ten a second would be five minutes; this is hours.
        assert!(
            world.now > Duration::from_hours(1),
            "{status}: {:?}",
            world.now
        );
    }
}

#[test]
fn a_disk_that_keeps_nothing_does_not_make_the_link_hammer_the_centre() {
    let mut world = World::new(3, 1);
    let mut engine = Engine::new(1);
    let mut requests = 0_u32;
    let mut effect = engine.step(world.now, Event::Begin);
    while world.now < Duration::from_mins(10) {
        let event = match effect {
            Effect::Store(StoreAct::NoteUpload { .. }) => Event::Store(StoreReply::Refused),
            Effect::Store(act) => Event::Store(world.store(act)),
            Effect::Http(request) => {
                requests += 1;
                Event::Http(world.centre(request))
            }
            Effect::Rest(wait) => {
                world.now += wait;
                Event::Rested
            }
        };
        effect = engine.step(world.now, event);
    }
    assert!(requests < 200, "{requests} requests in ten minutes");
}

#[test]
fn a_paused_link_asks_nothing_of_the_centre() {
    let mut engine = Engine::new(1);
    engine.pause(true);
    assert!(matches!(
        engine.step(Duration::ZERO, Event::Begin),
        Effect::Rest(_)
    ));
    assert!(matches!(
        engine.step(Duration::from_secs(9), Event::Woken),
        Effect::Rest(_)
    ));
    engine.pause(false);
    assert_eq!(
        engine.step(Duration::from_secs(10), Event::Woken),
        Effect::Store(StoreAct::Candidates)
    );
}
