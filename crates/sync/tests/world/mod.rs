//! A store, a link and a centre without I/O: they lose, cut, repeat, refuse and forget as a seed or a test says, and they watch the
//! engine while it copes.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod centre;
pub mod store;

use centre::Centre;
use domain::{PacketId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use store::Store;
use sync::{Answer, Effect, Engine, Event, Failure, Request, Response};

/// Requests an hour that bring nothing, whatever happens: the questions beside the uploads (180 outcomes, 120 leases, 120 reports, a few
/// certificates), 360 for uploads, 240 for receipts, and what may come at once.
pub const FRUITLESS_AN_HOUR: u64 = 1_100;
/// Requests that a settled packet sets free again.
pub const SET_FREE_BY_A_RECEIPT: u64 = 125;

/// A small generator of its own (SplitMix64), so that a seed means the same run for ever.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }
}

pub fn packet(n: u16) -> PacketId {
    PacketId::mint(
        Timestamp::from_millis(1_795_000_000_000 + i64::from(n)),
        [n as u8; 10],
    )
}

/// What went over the link, by the hour.
#[derive(Default, Clone, Copy)]
pub struct Hour {
    pub requests: u64,
    pub pieces: u64,
    pub receipts: u64,
}

pub struct World {
    pub dice: Dice,
    pub now: Duration,
    /// Faults at random, of all kinds.
    pub faulty: bool,
    pub store: Store,
    pub centre: Centre,
    pub hours: BTreeMap<u64, Hour>,
    /// Requests that are still on their way and arrive once more, later.
    delayed: Vec<Request>,
    /// What the engine may believe: the upload whose offset was told since the last failure.
    trusted: Option<String>,
    /// Bytes that left, and the most of them that may have left in vain.
    pub travelled: u64,
    pub excused: u64,
    pub largest_piece: u64,
    orphans: BTreeSet<String>,
    /// A control: the engine is told that a broken piece arrived.
    pub deaf: bool,
    /// The first rule that was seen broken.
    pub broken: Option<String>,
}

impl World {
    pub fn new(seed: u64, packets: u16) -> Self {
        let mut dice = Dice(seed);
        let mut store = Store::default();
        for n in 0..packets {
            store.add(packet(n), 1 + dice.next() % 900_000);
        }
        Self {
            dice,
            now: Duration::ZERO,
            faulty: false,
            store,
            centre: Centre::default(),
            hours: BTreeMap::new(),
            delayed: Vec::new(),
            trusted: None,
            travelled: 0,
            excused: 0,
            largest_piece: 0,
            orphans: BTreeSet::new(),
            deaf: false,
            broken: None,
        }
    }

    fn breaks(&mut self, rule: &str) {
        self.broken.get_or_insert_with(|| rule.to_owned());
    }

    /// Runs until `until`, or until the outbox is empty; with crashes the station starts anew with an empty memory now and then.
    pub fn run(&mut self, engine: &mut Engine, until: Duration, crashes: bool) {
        let mut effect = engine.step(self.now, Event::Begin);
        while self.now < until && !self.store.is_empty() && self.broken.is_none() {
            if crashes && self.dice.one_in(80) {
                *engine = Engine::new(self.dice.next());
                self.trusted = None;
                self.excuse_what_was_not_kept();
                effect = engine.step(self.now, Event::Begin);
            }
            let event = self.answer(effect);
            effect = engine.step(self.now, event);
        }
    }

    /// The disk did not keep where these uploads are, and the station's memory is gone too.
    fn excuse_what_was_not_kept(&mut self) {
        for (path, upload) in &self.centre.uploads {
            let kept = self
                .store
                .point_of(upload.packet)
                .is_some_and(|p| p.path == *path);
            if !kept && self.orphans.insert(path.clone()) {
                self.excused += upload.has;
            }
        }
    }

    pub fn answer(&mut self, effect: Effect) -> Event {
        match effect {
            Effect::Store(act) => {
                let refuses = self.faulty && self.dice.one_in(25);
                if self.faulty && self.dice.one_in(200) {
                    // The wall clock jumps by up to ten days.
                    self.store.skew_millis =
                        (self.dice.next() % 1_728_000_000) as i64 - 864_000_000;
                }
                // No time passes in the store; a loop that only asks it would never end.
                self.now += Duration::from_micros(50);
                let settled = self.store.settled.len();
                let reply = self.store.act(self.now, &self.centre, act, refuses);
                let receipts = (self.store.settled.len() - settled) as u64;
                self.hour().receipts += receipts;
                if let Some(rule) = self.store.broken.take() {
                    self.breaks(&rule);
                }
                Event::Store(reply)
            }
            Effect::Http(request) => Event::Http(self.http(request)),
            Effect::Rest(wait) => {
                if wait.is_zero() {
                    self.breaks("a rest of nothing is a busy loop");
                }
                self.now += wait;
                Event::Rested
            }
        }
    }

    /// Answers a request as the centre does, without watching it.
    pub fn answer_trusting(&mut self, request: Request) -> Event {
        self.now += Duration::from_millis(50);
        let result = self.centre.answer(self.now, request);
        let version = Some(self.centre.version);
        Event::Http(Answer { version, result })
    }

    fn hour(&mut self) -> &mut Hour {
        self.hours.entry(self.now.as_secs() / 3600).or_default()
    }

    fn http(&mut self, request: Request) -> Answer {
        self.now += Duration::from_millis(20 + self.dice.next() % 200);
        self.hour().requests += 1;
        let piece = self.watch(&request);
        let path = path_of(&request);
        let asked = matches!(request, Request::Offset { .. });
        let result = self.over_the_link(request);
        match &result {
            Err(_) => {
                self.excused += piece.map_or(0, |(_, bytes)| bytes);
                self.trusted = None;
            }
            Ok(Response::Offset(offset)) => {
                self.trusted = path;
                match piece {
                    Some((from, bytes)) if *offset == from + bytes => self.hour().pieces += 1,
                    Some((_, bytes)) => self.excused += bytes,
                    None => {}
                }
            }
            Ok(Response::Created { path }) => self.trusted = Some(path.clone()),
            Ok(Response::Refused { .. }) => {
                self.excused += piece.map_or(0, |(_, bytes)| bytes);
                if asked {
                    // Refused the upload, the station begins it anew.
                    self.excused += path.map_or(0, |path| self.centre.has(&path));
                }
            }
            Ok(_) => {}
        }
        let version = result.as_ref().ok().and(Some(self.centre.version));
        Answer { version, result }
    }

    /// What must hold of every request, whatever was answered before.
    fn watch(&mut self, request: &Request) -> Option<(u64, u64)> {
        let new = matches!(
            request,
            Request::Void(_) | Request::Status(_) | Request::Certificate { .. }
        );
        if new && self.centre.version < 2 {
            self.breaks("a centre of the first release was sent what it does not know");
        }
        let Request::Patch {
            path,
            offset,
            chunk,
        } = request
        else {
            return None;
        };
        if self.trusted.as_ref() != Some(path) {
            self.breaks("bytes were sent to an offset that was not asked for since a failure");
        }
        let bytes = chunk.len() as u64;
        self.travelled += bytes;
        self.largest_piece = self.largest_piece.max(bytes);
        Some((*offset, bytes))
    }

    fn over_the_link(&mut self, request: Request) -> Result<Response, Failure> {
        if !self.faulty {
            return self.centre.answer(self.now, request);
        }
        if self.dice.one_in(10) && !self.delayed.is_empty() {
            let late = self.delayed.remove(0);
            let _ = self.centre.answer(self.now, late);
        }
        if self.dice.one_in(150) {
            self.excused += self.centre.crash(&mut self.dice);
        }
        let deaf = self.deaf.then(|| piece_of(&request)).flatten();
        let lost = deaf.map_or(Err(Failure::NoAnswer), |end| Ok(Response::Offset(end)));
        match self.dice.next() % 16 {
            0 => lost,
            1 => {
                let _ = self.centre.answer(self.now, cut(request));
                lost
            }
            2 => {
                let _ = self.centre.answer(self.now, request);
                lost
            }
            3 => {
                // It stalls until nobody waits any more.
                self.now += Duration::from_secs(30);
                lost
            }
            4 => {
                // It arrives twice, the second time at once or after others.
                if self.dice.one_in(2) {
                    let _ = self.centre.answer(self.now, request.clone());
                } else {
                    self.delayed.push(request.clone());
                }
                self.centre.answer(self.now, request)
            }
            5 if self.dice.one_in(2) => Err(Failure::Busy {
                after: self.dice.one_in(2).then(|| Duration::from_secs(3)),
            }),
            6 if self.dice.one_in(2) => Err(Failure::Fault),
            7 if self.dice.one_in(2) => Err(Failure::Unreadable),
            8 if self.dice.one_in(4) => Ok(Response::Refused {
                status: 403,
                key: String::new(),
            }),
            9 if self.dice.one_in(2) => match request {
                // It says that it took nothing.
                Request::Patch { offset, .. } => Ok(Response::Offset(offset)),
                other => self.centre.answer(self.now, other),
            },
            _ => self.centre.answer(self.now, request),
        }
    }

    /// What was promised, after the faults have ended and everything had its time.
    pub fn judge(&self, items: usize) -> Result<(), String> {
        if let Some(rule) = &self.broken {
            return Err(rule.clone());
        }
        if !self.store.is_empty() {
            return Err(format!("{} are left", self.store.len()));
        }
        if self.store.settled.len() != items {
            return Err(format!("{} of {items} settled", self.store.settled.len()));
        }
        if let Some((packet, times)) = self.centre.effects.iter().find(|(_, times)| **times != 1) {
            return Err(format!("{packet} took effect {times} times"));
        }
        let needed = self.store.settled_bytes;
        let wasted = self.travelled.saturating_sub(needed);
        if wasted > self.excused {
            return Err(format!("{wasted} bytes in vain, {} excused", self.excused));
        }
        Ok(())
    }

    /// Every hour stayed within what may be asked in vain.
    pub fn judge_rate(&self) -> Result<(), String> {
        for (hour, seen) in &self.hours {
            let fruitful = 3 * seen.pieces + SET_FREE_BY_A_RECEIPT * seen.receipts;
            if seen.requests > FRUITLESS_AN_HOUR + fruitful {
                return Err(format!("hour {hour}: {} requests", seen.requests));
            }
        }
        Ok(())
    }
}

fn piece_of(request: &Request) -> Option<u64> {
    match request {
        Request::Patch { offset, chunk, .. } => Some(offset + chunk.len() as u64),
        _ => None,
    }
}

fn path_of(request: &Request) -> Option<String> {
    match request {
        Request::Offset { path } | Request::Patch { path, .. } => Some(path.clone()),
        _ => None,
    }
}

/// Half of a piece arrives.
pub fn cut(request: Request) -> Request {
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
