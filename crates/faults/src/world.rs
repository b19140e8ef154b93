//! One run: people who are enrolled at a station, the engine that delivers them, the link and the centre.
//!
//! It moves one act at a time, so that a fault can come between any two; a run's kind decides which faults.

mod accounts;

pub use accounts::RunResult;

use crate::centre::{Centre, Keeping};
use crate::ledger::{Ledger, Word};
use crate::link::Link;
use crate::office::{BEGINNING, Moment};
use crate::recording::PEOPLE;
use crate::station::{Refusal, Station, StationPlace};
use crate::workbench::Workbench;
use crate::{FaultError, Random};
use domain::{PacketId, Stage, Timestamp};
use std::time::Duration;
use sync::{Answer, Effect, Engine, Event};

/// Steps that everything may take to reach the centre once the faults have ended; hours of waiting are one step.
const DRAIN_STEPS: u32 = 20_000;

/// Somebody who is enrolled in a run.
#[derive(Debug, Clone)]
struct Case {
    packet: PacketId,
    person: usize,
    /// How far people take it in this run.
    until: Stage,
    /// Where it stands, as the screen shows it.
    stage: Option<Stage>,
    /// How often the draft is still saved before it is submitted.
    saves: u64,
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Something was done.
    Worked,
    /// There was nothing to do.
    Idle,
    /// The disk has no room for it.
    Full,
    /// The station stopped, or is not running.
    Stopped,
}

/// One run.
#[derive(Debug)]
pub struct World<'a> {
    bench: &'a Workbench,
    place: StationPlace,
    station: Option<Station>,
    /// The centre.
    pub centre: Centre<'a>,
    /// The way to it.
    pub link: Link,
    /// The dice of this run.
    pub random: Random,
    /// How far the station's wall clock is ahead of the true time.
    pub clock_error_millis: i64,
    /// Whether documents and waits take the wall clock as it is: a control.
    pub clock_is_believed: bool,
    /// Steps that everything may take to reach the centre once the faults have ended.
    pub drain_steps: u32,
    ledger: Ledger,
    cases: Vec<Case>,
    engine: Engine,
    effect: Effect,
    /// True time since the run began.
    now: Duration,
    broken: Vec<String>,
}

impl<'a> World<'a> {
    /// A station that has just been activated, and people who come; the station does not run yet.
    pub fn new(
        bench: &'a Workbench,
        mut random: Random,
        keeping: Keeping,
        ballast_bytes: u64,
        people: usize,
    ) -> Self {
        let engine = Engine::new(random.number());
        let mut world = Self {
            bench,
            place: bench.place(ballast_bytes),
            station: None,
            centre: Centre::new(&bench.office, bench.recording, keeping),
            link: Link::default(),
            random,
            clock_error_millis: 0,
            clock_is_believed: false,
            ledger: Ledger::default(),
            cases: Vec::new(),
            engine,
            effect: Effect::Rest(Duration::from_millis(1)),
            now: Duration::ZERO,
            broken: Vec::new(),
            drain_steps: DRAIN_STEPS,
        };
        let first = world.random.below(PEOPLE as u64) as usize;
        for n in 0..people {
            let until = match world.random.below(8) {
                0 => Stage::Draft,
                1 => Stage::InReview,
                _ => Stage::Outbox,
            };
            world.comes((first + n) % PEOPLE, until);
        }
        world
    }

    /// Somebody comes who is to be enrolled as far as `until`.
    pub fn comes(&mut self, person: usize, until: Stage) {
        let mut salt = [0; 10];
        salt.fill_with(|| self.random.below(256) as u8);
        self.cases.push(Case {
            packet: PacketId::mint(BEGINNING.plus_millis(self.cases.len() as i64), salt),
            person,
            until,
            stage: None,
            saves: self.random.below(3),
        });
    }

    /// The packet of the `n`th who came.
    pub fn packet(&self, n: usize) -> Option<PacketId> {
        self.cases.get(n).map(|case| case.packet)
    }

    /// True time since the run began.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// Time passes at which nothing is done.
    pub fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    /// The true time.
    pub fn true_time(&self) -> Timestamp {
        BEGINNING.plus_millis(self.now.as_millis() as i64)
    }

    /// What the station's clock on the wall says.
    pub fn wall(&self) -> Timestamp {
        self.true_time().plus_millis(self.clock_error_millis)
    }

    /// The station, while it runs.
    pub fn station(&mut self) -> Option<&mut Station> {
        self.station.as_mut()
    }

    /// The time as the station believes it.
    pub fn believed(&self) -> Timestamp {
        let wall = self.wall();
        match &self.station {
            Some(station) if !self.clock_is_believed => station.passed().now(wall),
            _ => wall,
        }
    }

    /// Something that was promised and is not so.
    pub fn broken(&mut self, what: String) {
        self.broken.push(what);
    }

    /// Starts the station and holds it against the ledger; false where it does not start.
    pub fn start(&mut self) -> bool {
        let wall = self.wall();
        match Station::open(&self.place, wall) {
            Ok(station) => self.station = Some(station),
            Err(_) => return false,
        }
        self.engine = Engine::new(self.random.number());
        self.effect = self.engine.step(self.now, Event::Begin);
        self.look();
        true
    }

    /// The process ends without a word.
    pub fn stop(&mut self) {
        self.bench.disk.kill();
        self.station = None;
        self.bench.disk.revive();
    }

    /// The power goes, with everything that was not synced, and comes again.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn cut_power(&mut self) -> Result<(), FaultError> {
        self.bench.disk.kill();
        self.station = None;
        self.bench.cut_power(&mut self.random)
    }

    /// The process ends as it should.
    pub fn shut_down(&mut self) {
        self.station = None;
    }

    /// Reads the lists again: people see where everything stands.
    fn look(&mut self) {
        let Some(station) = &self.station else {
            return;
        };
        for case in &mut self.cases {
            case.stage = station.stage(case.packet).ok().flatten();
        }
    }

    fn moment(&self) -> Moment {
        let lease = self.station.as_ref().map_or(0, Station::lease_serial);
        let passed = self.station.as_ref().map(Station::passed);
        let wall = self.wall();
        Moment {
            at: self.believed(),
            clock: passed.unwrap_or_default().judge(wall),
            lease,
        }
    }

    /// Whether people have nothing left to do.
    pub fn people_are_done(&self) -> bool {
        self.cases.iter().all(|case| case.stage >= Some(case.until))
    }

    /// A person does the next thing for one of those who wait.
    pub fn desk_step(&mut self) -> Step {
        let open: Vec<usize> = (0..self.cases.len())
            .filter(|n| {
                self.cases
                    .get(*n)
                    .is_some_and(|case| case.stage < Some(case.until))
            })
            .collect();
        let Some(n) = open.get(self.random.below(open.len() as u64) as usize) else {
            return Step::Idle;
        };
        self.act_for(*n)
    }

    fn act_for(&mut self, n: usize) -> Step {
        let moment = self.moment();
        let (Some(station), Some(case)) = (&mut self.station, self.cases.get_mut(n)) else {
            return Step::Stopped;
        };
        let Some(person) = self.bench.recording.people.get(case.person) else {
            return Step::Idle;
        };
        let office = &self.bench.office;
        let packet = case.packet;
        let (word, done) = match case.stage {
            None => {
                self.ledger.begin(packet, case.person, Word::Saved);
                let saved = station.save(packet, person, office, moment.at);
                (Word::Saved, saved)
            }
            Some(Stage::Draft) if case.saves > 0 => {
                case.saves -= 1;
                (Word::Saved, station.save(packet, person, office, moment.at))
            }
            Some(Stage::Draft) => {
                self.ledger.begin(packet, case.person, Word::Submitted);
                let submitted = station.submit(packet, person, office, moment);
                (Word::Submitted, submitted)
            }
            _ => {
                self.ledger.begin(packet, case.person, Word::Approved);
                let approved = station.approve(packet, office, moment);
                (Word::Approved, approved)
            }
        };
        self.acknowledge(n, packet, word, done)
    }

    fn acknowledge(
        &mut self,
        n: usize,
        packet: PacketId,
        word: Word,
        done: Result<(), Refusal>,
    ) -> Step {
        match done {
            Ok(()) => {}
            Err(Refusal::DiskFull) => return Step::Full,
            Err(Refusal::Stopped(_)) => return Step::Stopped,
            Err(Refusal::Other(what)) => {
                self.broken(format!("{word:?} of {packet} was refused: {what}"));
                return Step::Worked;
            }
        }
        self.ledger.said(packet, word);
        if let Some(case) = self.cases.get_mut(n) {
            case.stage = Some(word.stage());
        }
        let slip = self.station.as_ref().map(|station| station.slip(packet));
        if word == Word::Submitted && matches!(slip, Some(Ok(_))) {
            self.ledger.said(packet, Word::Slip);
        }
        if word == Word::Approved && matches!(self.effect, Effect::Rest(_)) {
            self.effect = self.engine.step(self.now, Event::Woken);
        }
        Step::Worked
    }

    /// The engine does its next thing.
    ///
    /// # Errors
    /// Where the model itself fails.
    pub fn link_step(&mut self) -> Result<Step, FaultError> {
        let believed = self.believed();
        let Some(station) = &mut self.station else {
            return Ok(Step::Stopped);
        };
        let nothing = Effect::Rest(Duration::from_millis(1));
        let mut step = Step::Worked;
        let event = match std::mem::replace(&mut self.effect, nothing) {
            Effect::Store(act) => {
                let reply = station.act(act, believed);
                step = match station.take_refusal() {
                    Some(Refusal::Stopped(_)) => Step::Stopped,
                    Some(Refusal::DiskFull) => Step::Full,
                    Some(Refusal::Other(_)) | None => Step::Worked,
                };
                Event::Store(reply)
            }
            Effect::Http(request) => {
                let at = BEGINNING.plus_millis(self.now.as_millis() as i64);
                let (answer, took) =
                    self.link
                        .carry(request, &mut self.centre, at, &mut self.random)?;
                self.now += took;
                Event::Http(Answer {
                    version: Some(wire::VERSION),
                    result: answer,
                })
            }
            Effect::Rest(wait) => {
                self.now += wait;
                step = Step::Idle;
                Event::Rested
            }
        };
        self.effect = self.engine.step(self.now, event);
        Ok(step)
    }

    /// Somebody at the desk says "try now".
    pub fn try_now(&mut self) {
        if matches!(self.effect, Effect::Rest(_)) {
            self.effect = self.engine.step(self.now, Event::Woken);
        }
    }

    /// The centre's machine stops and starts.
    pub fn crash_centre(&mut self) {
        self.centre.crash(&mut self.random);
    }

    /// Whether everything that was approved has its receipt.
    pub fn is_drained(&self) -> bool {
        self.station.as_ref().is_some_and(|s| s.waiting() == Ok(0))
    }

    /// The faults are over: people finish their work and everything leaves. Nobody presses a button.
    ///
    /// # Errors
    /// Where the model itself fails.
    pub fn finish(&mut self) -> Result<(), FaultError> {
        if self.station.is_none() && !self.start() {
            self.broken("the station does not start on a whole disk".to_owned());
            return Ok(());
        }
        for _ in 0..self.drain_steps {
            let desk = if self.people_are_done() {
                Step::Idle
            } else {
                self.desk_step()
            };
            if desk == Step::Idle && self.is_drained() {
                return Ok(());
            }
            if self.link_step()? == Step::Stopped || desk == Step::Stopped {
                self.broken("the station stops on a whole disk".to_owned());
                return Ok(());
            }
        }
        self.broken("something approved has not left".to_owned());
        Ok(())
    }
}
