//! A scripted office day: an officer enrols, a supervisor reviews, the network fails for an hour, the
//! power fails in the middle of an application, and everything ends with the centre's receipts.

use crate::centre::Centre;
use crate::counter::{Counter, OFFICER, SUPERVISOR};
use crate::people::{Applicant, Sitter};
use crate::plan::{self, Fate, Turn};
use crate::residue::{self, Markers};
use crate::studio::Studio;
use anyhow::Context;
use desk::{Command, EnrolmentAct, OutboxAct, PhotoPhase, ReviewAct, State, Step};
use domain::{CaptureReason, PacketId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The people whose real pictures may be used, and where their faces are.
pub(crate) const SITTERS: [Sitter; 5] = [
    Sitter {
        file: "obama.jpg",
        person: 0,
        face: (0.54, 0.225, 0.225),
    },
    Sitter {
        file: "biden.jpg",
        person: 1,
        face: (0.585, 0.175, 0.163),
    },
    Sitter {
        file: "astronaut.png",
        person: 2,
        face: (0.42, 0.2325, 0.17),
    },
    Sitter {
        file: "obama2.jpg",
        person: 0,
        face: (0.56, 0.3625, 0.31),
    },
    Sitter {
        file: "obama3.jpg",
        person: 0,
        face: (0.53, 0.21, 0.12),
    },
];
/// Invented records at the centre before the day begins.
const POPULATION: u32 = 300;
/// Applicants between two reviews.
const BATCH: usize = 4;
/// Views that the officer looks at before the picture is taken with a reason. Counted, not timed:
/// a slow machine gives the same day.
const LOOKS: u64 = 25;
/// How long the photograph may take on a slow machine.
const SITTING: Duration = Duration::from_mins(2);
/// How long receipts may take after the last approval.
const RECEIPTS: Duration = Duration::from_mins(5);
/// How long the centre may take to search for duplicates.
const SEARCHES: Duration = Duration::from_mins(2);

/// What a day is asked for.
#[derive(Debug, Clone)]
pub struct DayOptions {
    /// How many applicants come.
    pub applicants: u32,
    /// Decides who they are and what happens to them.
    pub seed: u64,
    /// Where centre and station keep their data.
    pub data: PathBuf,
    /// The repository's `assets`.
    pub assets: PathBuf,
    /// An existing database instead of the centre's private one.
    pub database: Option<String>,
}

/// What was counted: `uploaded`, `lost`, `duplicated`, `duplicates_found` and `quarantined` at the
/// centre, `residue_bytes` and `waiting_bytes` on the station's disk, the rest at the desk.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DayReport {
    /// Applicants who came.
    pub applicants: u32,
    /// Photographs that were kept.
    pub captured: u32,
    /// Taken by themselves when all checks held, without an officer's reason.
    pub captured_automatically: u32,
    /// Submissions, corrected ones counted again.
    pub submitted: u32,
    /// Approvals.
    pub approved: u32,
    /// Sent back for correction.
    pub returned: u32,
    /// Ended by the supervisor.
    pub rejected: u32,
    /// Ended by the applicant.
    pub refused: u32,
    /// Packets that the centre holds.
    pub uploaded: u64,
    /// Packets that the station settled by a verified receipt.
    pub receipts: u64,
    /// Approved packets that the centre does not hold.
    pub lost: u64,
    /// Packets with more than one effect at the centre, or more packets than were approved.
    pub duplicated: u64,
    /// Bytes of applicants' data found on the station's disk after the last receipt.
    pub residue_bytes: u64,
    /// The same search while packets waited for the link: it must find their envelopes, or the search
    /// is blind.
    pub waiting_bytes: u64,
    /// Verification certificates; verification is not part of the product yet.
    pub certificates: u32,
    /// Packets for which the centre lists a duplicate suspect.
    pub duplicates_found: u64,
    /// Packets of which people at the centre look into face or number: these, and those under numbers that nobody has.
    pub doubted: u64,
    /// Packets that the station's own queue screen says the centre doubts.
    pub answers: u64,
    /// Approved packets whose face had been approved before, under another number.
    pub duplicates_planted: u64,
    /// Packets that failed a check at the centre.
    pub quarantined: u64,
    /// Power cuts in the middle of an application that was there again afterwards.
    pub restarts: u32,
    /// Activations after the first, in the middle of the day.
    pub activations: u32,
    /// Minutes without network, by the station's clock.
    pub offline_minutes: u32,
    /// Wall clock.
    pub seconds: f64,
}

impl DayReport {
    /// Never lose an enrolment, never keep a face.
    pub fn kept_its_promises(&self) -> bool {
        self.lost == 0 && self.duplicated == 0 && self.residue_bytes == 0
    }
}

struct Day<'a> {
    centre: Centre,
    counter: Counter,
    studio: Studio,
    turns: Vec<Turn>,
    report: DayReport,
    markers: Markers,
    /// Whose turn each packet is.
    packets: BTreeMap<PacketId, usize>,
    approved: Vec<PacketId>,
    say: &'a dyn Fn(&str),
}

/// Runs the day.
///
/// # Errors
/// When a part does not start or an act does not come to its end.
pub fn run(options: &DayOptions, say: &dyn Fn(&str)) -> anyhow::Result<DayReport> {
    let started = Instant::now();
    let studio = Studio::open(&options.assets.join("pictures"), &SITTERS)?;
    let database = options.database.as_deref();
    let centre = Centre::open(&options.data.join("centre"), database, POPULATION, say)?;
    let code = centre.add_station()?;
    let counter = Counter::open(&options.data.join("station"), &options.assets)?;
    say("activating the station");
    counter.activate(centre.url(), &code)?;
    let mut day = Day {
        centre,
        counter,
        studio,
        turns: plan::turns(options.applicants, options.seed, &SITTERS),
        report: DayReport {
            applicants: options.applicants,
            ..DayReport::default()
        },
        markers: Markers::default(),
        packets: BTreeMap::new(),
        approved: Vec::new(),
        say,
    };
    day.work()?;
    day.count()?;
    day.report.seconds = started.elapsed().as_secs_f64();
    Ok(day.report)
}

impl Day<'_> {
    fn work(&mut self) -> anyhow::Result<()> {
        let batches = self.turns.len().div_ceil(BATCH);
        for batch in 0..batches {
            // The second batch (or the only one) works through an hour without network.
            let outage = batch == 1.min(batches - 1);
            if outage {
                (self.say)("the network fails");
                self.centre.proxy.cut();
            }
            let turns = batch * BATCH..((batch + 1) * BATCH).min(self.turns.len());
            self.counter.sign_in(OFFICER)?;
            for number in turns.clone() {
                self.serve(number, outage && number == turns.start)?;
            }
            self.counter.sign_out()?;
            self.review()?;
            self.correct()?;
            if outage {
                self.end_outage()?;
            }
        }
        (self.say)("waiting for the last receipts");
        self.counter
            .wait_long("the last receipt", RECEIPTS, |s| s.queue.outbox == 0)?;
        Ok(())
    }

    /// An hour has passed; what waited is on the disk as sealed envelopes, and leaves now.
    fn end_outage(&mut self) -> anyhow::Result<()> {
        let state = self.counter.state()?;
        (self.say)(&format!(
            "{} packets wait for the network",
            state.queue.outbox
        ));
        let image = self.counter.disk_image()?;
        self.report.waiting_bytes += residue::scan(image.path(), &self.markers)?;
        if state.queue.outbox > 0 {
            anyhow::ensure!(
                self.report.waiting_bytes > 0,
                "the search for residue does not see the envelopes that wait"
            );
        }
        self.counter.clock.pass_minutes(60);
        self.report.offline_minutes += 60;
        (self.say)("the network is back after an hour");
        self.centre.proxy.mend();
        self.activate_again()?;
        self.counter.send(Command::Outbox(OutboxAct::TryNow))
    }

    /// The station gets new keys while packets that the old ones signed still wait: its history goes on.
    fn activate_again(&mut self) -> anyhow::Result<()> {
        (self.say)("the station is activated a second time, with new keys");
        let code = self.centre.add_station()?;
        self.counter.activate(self.centre.url(), &code)?;
        self.report.activations += 1;
        Ok(())
    }

    /// One applicant, from sitting down to the officer's signature.
    fn serve(&mut self, number: usize, power_cut: bool) -> anyhow::Result<()> {
        let turn = self.turns.get(number).context("a turn")?.clone();
        for (field, text) in &turn.applicant.form {
            if !matches!(field, desk::Field::Gender | desk::Field::Born) {
                self.markers.text(text);
            }
        }
        let counter = &self.counter;
        counter.send(Command::Enrolment(EnrolmentAct::New))?;
        counter.wait("a new application", |s| s.work().is_some())?;
        counter.send(Command::Enrolment(EnrolmentAct::SetKind(
            turn.applicant.kind,
        )))?;
        counter.send(Command::Enrolment(EnrolmentAct::Goto(Step::Details)))?;
        for (field, text) in &turn.applicant.form {
            counter.send(Command::Enrolment(EnrolmentAct::SetField(
                *field,
                text.as_str().into(),
            )))?;
        }
        let state = counter.wait("details without gaps", |s| {
            s.work().is_some_and(|w| w.complete(Step::Details))
        })?;
        let packet = state.work().context("an open application")?.packet;
        self.packets.insert(packet, number);
        counter.send(Command::Enrolment(EnrolmentAct::Goto(Step::Consent)))?;
        if power_cut {
            self.power_cut(packet)?;
        }
        let kind = turn.applicant.kind.key();
        let who = format!("applicant {} ({kind})", number + 1);
        if let Fate::Refuses(refusal) = turn.fate {
            self.counter
                .send(Command::Enrolment(EnrolmentAct::Refuse(refusal)))?;
            self.counter
                .wait("the recorded refusal", |s| s.work().is_none())?;
            self.report.refused += 1;
            (self.say)(&format!("{who}: refused, recorded"));
            return Ok(());
        }
        self.counter
            .send(Command::Enrolment(EnrolmentAct::SetConsent(true)))?;
        let automatic = self.photograph(&turn.applicant)?;
        self.submit()?;
        let how = if automatic {
            "by itself"
        } else {
            "with a reason"
        };
        (self.say)(&format!("{who}: photographed {how}, signed, in review"));
        Ok(())
    }

    /// The power fails in the middle of an application; the draft is there afterwards.
    fn power_cut(&mut self, packet: PacketId) -> anyhow::Result<()> {
        self.counter.wait("a sealed draft", |s| {
            s.work()
                .is_some_and(|w| w.step == Step::Consent && w.saved_at.is_some())
        })?;
        (self.say)("the power fails in the middle of an application");
        self.counter.power_cut()?;
        self.counter.open_desk()?;
        self.counter.sign_in(OFFICER)?;
        self.counter.wait("the draft after the restart", |s| {
            s.drafts.iter().any(|d| d.packet == packet)
        })?;
        self.counter
            .send(Command::Enrolment(EnrolmentAct::Open(packet)))?;
        self.counter.wait("the resumed draft", |s| {
            s.work().is_some_and(|w| w.complete(Step::Details))
        })?;
        self.report.restarts += 1;
        (self.say)("the draft is there again");
        Ok(())
    }

    /// Gives whether the picture was taken by itself.
    fn photograph(&mut self, applicant: &Applicant) -> anyhow::Result<bool> {
        let frame = self
            .studio
            .frame(&applicant.sitter, applicant.variant)
            .context("a frame")?;
        self.counter.sit_down(Some(frame));
        self.counter
            .send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)))?;
        let automatic = self.wait_for_automatic()?;
        if !automatic {
            self.counter
                .send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
                    CaptureReason::Condition,
                ))))?;
        }
        let state = self
            .counter
            .wait_long("the photograph", SITTING, captured)?;
        if let Some(PhotoPhase::Captured(shot)) = state.work().map(|w| &w.photo.phase) {
            self.markers.pixels(&shot.portrait.rgb);
        }
        self.counter
            .send(Command::Enrolment(EnrolmentAct::KeepPhoto))?;
        self.counter.wait("the kept photograph", |s| {
            s.work()
                .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Kept(_)))
        })?;
        self.counter.sit_down(None);
        self.report.captured += 1;
        self.report.captured_automatically += u32::from(automatic);
        Ok(automatic)
    }

    /// Watches until the picture is taken by itself (`true`), or until so many views in a row asked
    /// for something else.
    fn wait_for_automatic(&self) -> anyhow::Result<bool> {
        let until = Instant::now() + SITTING;
        let (mut seen, mut views) = (0, 0);
        loop {
            let under_way = |s: &State| {
                s.work().is_some_and(|w| {
                    matches!(
                        w.photo.phase,
                        PhotoPhase::Burst { .. } | PhotoPhase::Working | PhotoPhase::Captured(_)
                    )
                })
            };
            if self.counter.is(Duration::from_millis(40), under_way)? {
                return Ok(true);
            }
            if let Some((sequence, instruction)) = self.counter.live()?
                && sequence != seen
            {
                seen = sequence;
                views = if instruction == "instruct-ready" {
                    0
                } else {
                    views + 1
                };
            }
            if views >= LOOKS {
                return Ok(false);
            }
            anyhow::ensure!(
                Instant::now() < until,
                "the camera gave {views} views in two minutes"
            );
        }
    }

    fn submit(&mut self) -> anyhow::Result<()> {
        self.counter
            .send(Command::Enrolment(EnrolmentAct::Goto(Step::Check)))?;
        self.counter.wait("nothing missing", |s| {
            s.work().is_some_and(|w| w.gaps.is_empty())
        })?;
        self.counter
            .send(Command::Enrolment(EnrolmentAct::Submit))?;
        self.counter
            .wait("the submission", |s| s.work().is_none())?;
        self.report.submitted += 1;
        Ok(())
    }

    /// The supervisor's round.
    fn review(&mut self) -> anyhow::Result<()> {
        self.counter.sign_in(SUPERVISOR)?;
        let state = self.counter.state()?;
        for packet in state.reviews.iter().map(|r| r.packet) {
            let number = *self.packets.get(&packet).context("an unknown packet")?;
            let fate = self.turns.get(number).context("a turn")?.fate;
            self.open_review(packet)?;
            match fate {
                Fate::Returned(reason) => {
                    self.decide(
                        packet,
                        Command::Review(ReviewAct::Return(reason.to_owned())),
                    )?;
                    self.report.returned += 1;
                    (self.say)(&format!("applicant {}: sent back ({reason})", number + 1));
                }
                Fate::Rejected(reason) => {
                    self.decide(
                        packet,
                        Command::Review(ReviewAct::Reject(reason.to_owned())),
                    )?;
                    self.report.rejected += 1;
                    (self.say)(&format!("applicant {}: rejected ({reason})", number + 1));
                }
                Fate::Approved | Fate::Refuses(_) => self.approve(packet)?,
            }
        }
        self.counter.sign_out()
    }

    fn open_review(&self, packet: PacketId) -> anyhow::Result<()> {
        self.counter
            .send(Command::Review(ReviewAct::Open(packet)))?;
        self.counter.wait("the open review", |s| {
            s.review().is_some_and(|r| r.row.packet == packet)
        })?;
        Ok(())
    }

    fn decide(&self, packet: PacketId, decision: Command) -> anyhow::Result<()> {
        self.counter.send(decision)?;
        self.counter.wait("the decision", |s| {
            s.review().is_none() && s.reviews.iter().all(|r| r.packet != packet)
        })?;
        Ok(())
    }

    fn approve(&mut self, packet: PacketId) -> anyhow::Result<()> {
        self.decide(packet, Command::Review(ReviewAct::Approve))?;
        self.report.approved += 1;
        self.approved.push(packet);
        (self.say)(&format!("{} approved so far", self.report.approved));
        Ok(())
    }

    /// The officer corrects what came back, and the supervisor approves it.
    fn correct(&mut self) -> anyhow::Result<()> {
        self.counter.sign_in(OFFICER)?;
        let state = self.counter.state()?;
        let returned: Vec<PacketId> = state
            .drafts
            .iter()
            .filter(|d| d.returned.is_some())
            .map(|d| d.packet)
            .collect();
        for packet in &returned {
            self.counter
                .send(Command::Enrolment(EnrolmentAct::Open(*packet)))?;
            let state = self.counter.wait("the returned draft", |s| {
                s.work().is_some_and(|w| w.packet == *packet)
            })?;
            let number = *self.packets.get(packet).context("an unknown packet")?;
            let photographed = state.work().is_some_and(|w| w.complete(Step::Photograph));
            if !photographed {
                let again = self.turns.get(number).context("a turn")?.again.clone();
                self.photograph(&again)?;
            }
            self.submit()?;
            (self.say)(&format!("applicant {}: corrected", number + 1));
        }
        self.counter.sign_out()?;
        if returned.is_empty() {
            return Ok(());
        }
        self.counter.sign_in(SUPERVISOR)?;
        for packet in returned {
            self.open_review(packet)?;
            self.approve(packet)?;
        }
        self.counter.sign_out()
    }

    /// Counts at the centre and on the disk.
    fn count(&mut self) -> anyhow::Result<()> {
        let state = self.counter.state()?;
        self.report.receipts = state.queue.settled;
        (self.say)("counting at the centre");
        let figures = self.centre.resting_figures(SEARCHES)?;
        let count = |key: &str| {
            figures
                .get(key)
                .and_then(serde_json::Value::as_u64)
                .with_context(|| format!("the centre counts no {key}"))
        };
        let report = &mut self.report;
        report.quarantined = count("quarantined")?;
        report.uploaded = count("accepted")? + report.quarantined;
        let approved = u64::from(report.approved);
        report.lost = approved.saturating_sub(report.uploaded);
        report.duplicated = count("duplicated_effects")? + report.uploaded.saturating_sub(approved);
        report.duplicates_found = count("packets_suspected")?;
        let faces: Vec<u8> = self
            .approved
            .iter()
            .filter_map(|p| self.packets.get(p))
            .filter_map(|n| self.turns.get(*n))
            .map(|t| t.applicant.sitter.person)
            .collect();
        let distinct: BTreeSet<_> = faces.iter().collect();
        report.duplicates_planted = (faces.len() - distinct.len()) as u64;
        report.doubted = count("packets_doubted")?;
        let doubted = report.doubted + report.quarantined;
        self.counter.send(Command::Outbox(OutboxAct::TryNow))?;
        let state = self
            .counter
            .wait("what the centre doubts, on the queue's screen", |s| {
                s.queue.answers.len() as u64 >= doubted
            })?;
        self.report.answers = state.queue.answers.len() as u64;
        (self.say)("searching the station's disk");
        // While the desk runs, as a thief would find it: closing a store folds its log and would hide
        // what a missing purge left there. And once more after it was closed.
        let running = self.counter.disk_image()?;
        self.report.residue_bytes = residue::scan(running.path(), &self.markers)?;
        self.counter.close_desk();
        let folder = self.counter.station_data().to_owned();
        self.report.residue_bytes += residue::scan(&folder, &self.markers)?;
        Ok(())
    }
}

pub(crate) fn captured(state: &State) -> bool {
    state
        .work()
        .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Captured(_)))
}

/// The repository's `assets`: the given ones, or those of the folder that this was built in.
pub fn assets(given: Option<&Path>) -> PathBuf {
    given.map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets"),
        Path::to_owned,
    )
}
