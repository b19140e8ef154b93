//! A scripted office day: officers enrol, a supervisor reviews, the network fails for an hour, the
//! PC restarts in the middle of an application, and everything ends with the centre's receipts.

use crate::office::{OFFICER, Office, SUPERVISOR};
use crate::people::{Applicant, People, Sitter};
use crate::residue;
use crate::studio::Studio;
use anyhow::Context;
use desk::{Command, PhotoPhase, State, Step};
use domain::{CaptureReason, PacketId, Refusal};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The people whose real pictures may be used, and where their faces are.
const SITTERS: [Sitter; 5] = [
    Sitter { file: "obama.jpg", person: 0, face: (0.5, 0.33, 0.30) },
    Sitter { file: "biden.jpg", person: 1, face: (0.5, 0.36, 0.30) },
    Sitter { file: "astronaut.png", person: 2, face: (0.44, 0.23, 0.26) },
    Sitter { file: "obama2.jpg", person: 0, face: (0.5, 0.35, 0.30) },
    Sitter { file: "obama3.jpg", person: 0, face: (0.5, 0.35, 0.30) },
];
/// Applicants between two reviews.
const BATCH: u32 = 4;
/// How long the automatic capture is waited for before the officer takes it with a reason.
const AUTOMATIC: Duration = Duration::from_secs(8);

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

/// What was counted; `uploaded`, `duplicated`, `duplicates_found` at the centre, `residue_bytes` on
/// the station's disk, the rest at the desk.
#[derive(Debug, Clone, Default, Serialize)]
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
    pub receipts: u32,
    /// Approved packets that the centre does not hold.
    pub lost: u64,
    /// Packets with more than one effect at the centre.
    pub duplicated: u64,
    /// Bytes of applicants' data found on the station's disk.
    pub residue_bytes: u64,
    /// Verification certificates; verification is not part of the product yet.
    pub certificates: u32,
    /// Packets for which the centre lists a duplicate suspect.
    pub duplicates_found: u64,
    /// Packets whose face was enrolled before under another number.
    pub duplicates_planted: u64,
    /// Packets that failed a check at the centre.
    pub quarantined: u64,
    /// Wall clock.
    pub seconds: f64,
}

struct Day<'a> {
    office: Office,
    studio: Studio,
    people: People,
    report: DayReport,
    markers: BTreeSet<String>,
    /// Whose face each packet shows.
    persons: BTreeMap<PacketId, u8>,
    approved: Vec<PacketId>,
    say: &'a dyn Fn(&str),
}

/// Runs the day.
///
/// # Errors
/// When a part does not start or an act does not come to its end.
pub fn run(options: &DayOptions, say: &dyn Fn(&str)) -> anyhow::Result<DayReport> {
    let started = Instant::now();
    let office = Office::open(&options.data, &options.assets, options.database.as_deref(), say)?;
    let mut day = Day {
        office,
        studio: Studio::open(&options.assets.join("pictures"), &SITTERS)?,
        people: People::new(options.seed),
        report: DayReport { applicants: options.applicants, ..DayReport::default() },
        markers: BTreeSet::new(),
        persons: BTreeMap::new(),
        approved: Vec::new(),
        say,
    };
    day.work(options.applicants)?;
    day.count()?;
    day.report.seconds = started.elapsed().as_secs_f64();
    Ok(day.report)
}

impl Day<'_> {
    fn work(&mut self, applicants: u32) -> anyhow::Result<()> {
        let batches = applicants.div_ceil(BATCH);
        let mut served = 0;
        for batch in 0..batches {
            // The second batch (or the only one) works through an hour without network.
            let outage = batch == 1.min(batches - 1);
            if outage {
                (self.say)("the network fails");
                self.office.proxy.cut();
            }
            self.office.sign_in(OFFICER)?;
            let last = (served + BATCH).min(applicants);
            for number in served..last {
                self.serve(number, outage && number == served)?;
            }
            served = last;
            self.office.sign_out()?;
            self.review()?;
            self.correct()?;
            if outage {
                self.office.clock.pass_minutes(60);
                (self.say)("the network is back after an hour");
                self.office.proxy.mend();
                self.office.send(Command::RetrySync)?;
            }
        }
        (self.say)("waiting for the last receipts");
        self.office.wait_long("the last receipt", Duration::from_secs(180), |s| {
            s.queue.outbox == 0 && s.queue.in_review == 0
        })?;
        Ok(())
    }

    /// One applicant, from sitting down to the officer's signature.
    fn serve(&mut self, number: u32, restart: bool) -> anyhow::Result<()> {
        let sitter = SITTERS[number as usize % SITTERS.len()];
        let applicant = self.people.applicant(sitter);
        for (field, text) in &applicant.form {
            if !matches!(field, desk::Field::Gender | desk::Field::Born) {
                self.markers.insert(text.clone());
            }
        }
        let office = &self.office;
        office.send(Command::NewApplication)?;
        office.wait("a new application", |s| s.work.is_some())?;
        office.send(Command::SetKind(applicant.kind))?;
        office.send(Command::Goto(Step::Details))?;
        for (field, text) in &applicant.form {
            office.send(Command::SetField(*field, text.as_str().into()))?;
        }
        office.wait("details without gaps", |s| {
            s.work.as_ref().is_some_and(|w| w.complete(Step::Details))
        })?;
        office.send(Command::Goto(Step::Consent))?;
        if number > 2 && self.people.chance(8) {
            office.send(Command::Refuse(Refusal::Privacy))?;
            office.wait("the recorded refusal", |s| s.work.is_none())?;
            self.report.refused += 1;
            (self.say)(&format!("applicant {}: refused, recorded", number + 1));
            return Ok(());
        }
        office.send(Command::SetConsent(true))?;
        if restart {
            self.restart()?;
        }
        self.photograph(&applicant)?;
        self.submit()?;
        (self.say)(&format!("applicant {}: {} signed and handed to review", number + 1, applicant.kind.key()));
        Ok(())
    }

    /// The PC goes off in the middle of an application; the draft is there afterwards.
    fn restart(&mut self) -> anyhow::Result<()> {
        (self.say)("the PC restarts in the middle of an application");
        let before = self.office.wait("a sealed draft", |s| s.work.as_ref().is_some_and(|w| w.saved_at.is_some()))?;
        let packet = before.work.as_ref().map(|w| w.packet).context("an open application")?;
        self.office.close_desk();
        self.office.open_desk()?;
        self.office.sign_in(OFFICER)?;
        self.office.wait("the draft after the restart", |s| s.drafts.iter().any(|d| d.packet == packet))?;
        self.office.send(Command::OpenDraft(packet))?;
        self.office.wait("the resumed draft", |s| s.work.as_ref().is_some_and(|w| w.complete(Step::Consent)))?;
        Ok(())
    }

    fn photograph(&mut self, applicant: &Applicant) -> anyhow::Result<()> {
        let frame = self.studio.frame(&applicant.sitter, applicant.variant).context("a frame")?;
        self.office.sit_down(Some(frame));
        self.office.send(Command::Goto(Step::Photograph))?;
        let automatic = self.office.wait_long("the automatic capture", AUTOMATIC, captured);
        if automatic.is_err() {
            self.office.send(Command::TakeNow(Some(CaptureReason::Condition)))?;
            self.office.wait("the capture with a reason", captured)?;
        } else {
            self.report.captured_automatically += 1;
        }
        self.office.send(Command::KeepPhoto)?;
        let state = self.office.wait("the kept photograph", |s| {
            s.work.as_ref().is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Kept(_)))
        })?;
        if let Some(work) = &state.work {
            self.persons.insert(work.packet, applicant.sitter.person);
        }
        self.office.sit_down(None);
        self.report.captured += 1;
        Ok(())
    }

    fn submit(&mut self) -> anyhow::Result<()> {
        self.office.send(Command::Goto(Step::Check))?;
        self.office.wait("nothing missing", |s| s.work.as_ref().is_some_and(|w| w.gaps.is_empty()))?;
        self.office.send(Command::Submit)?;
        self.office.wait("the submission", |s| s.work.is_none())?;
        self.report.submitted += 1;
        Ok(())
    }

    /// The supervisor's round: most are approved, some go back, a few end.
    fn review(&mut self) -> anyhow::Result<()> {
        self.office.sign_in(SUPERVISOR)?;
        loop {
            let state = self.office.state()?;
            let Some(row) = state.reviews.first() else { break };
            let packet = row.packet;
            self.office.send(Command::OpenReview(packet))?;
            self.office.wait("the open review", |s| s.review.as_ref().is_some_and(|r| r.row.packet == packet))?;
            if self.people.chance(20) {
                let reason = if self.people.chance(50) { "return-portrait" } else { "return-name" };
                self.office.send(Command::Return(reason.to_owned()))?;
                self.report.returned += 1;
            } else if self.people.chance(8) {
                self.office.send(Command::Reject("reject-documents".to_owned()))?;
                self.report.rejected += 1;
            } else {
                self.office.send(Command::Approve)?;
                self.report.approved += 1;
                self.approved.push(packet);
            }
            self.office.wait("the decision", |s| {
                s.review.is_none() && s.reviews.iter().all(|r| r.packet != packet)
            })?;
        }
        self.office.sign_out()
    }

    /// The officer corrects what came back, and the supervisor approves it.
    fn correct(&mut self) -> anyhow::Result<()> {
        self.office.sign_in(OFFICER)?;
        let state = self.office.wait("the drafts", |s| s.session.is_some())?;
        let returned: Vec<PacketId> =
            state.drafts.iter().filter(|d| d.returned.is_some()).map(|d| d.packet).collect();
        for packet in &returned {
            self.office.send(Command::OpenDraft(*packet))?;
            let state = self.office.wait("the returned draft", |s| s.work.is_some())?;
            let photographed = state.work.as_ref().is_some_and(|w| w.complete(Step::Photograph));
            if !photographed {
                let applicant = self.people.applicant(SITTERS[0]);
                self.photograph(&applicant)?;
            }
            self.submit()?;
            (self.say)("a returned application was corrected");
        }
        self.office.sign_out()?;
        if returned.is_empty() {
            return Ok(());
        }
        self.office.sign_in(SUPERVISOR)?;
        for packet in returned {
            self.office.send(Command::OpenReview(packet))?;
            self.office.wait("the open review", |s| s.review.as_ref().is_some_and(|r| r.row.packet == packet))?;
            self.office.send(Command::Approve)?;
            self.office.wait("the approval", |s| s.review.is_none())?;
            self.report.approved += 1;
            self.approved.push(packet);
        }
        self.office.sign_out()
    }

    /// Counts at the centre and on the disk.
    fn count(&mut self) -> anyhow::Result<()> {
        let state = self.office.state()?;
        self.report.receipts = state.queue.settled;
        // De-duplication is a job of its own at the centre: give it time to come to rest.
        let until = Instant::now() + Duration::from_secs(60);
        let figures = loop {
            let figures = self.office.centre_figures()?;
            if figures["jobs_open"].as_u64() == Some(0) || Instant::now() > until {
                break figures;
            }
            std::thread::sleep(Duration::from_millis(300));
        };
        let count = |key: &str| figures[key].as_u64().unwrap_or(0);
        self.report.uploaded = count("accepted") + count("quarantined");
        self.report.quarantined = count("quarantined");
        self.report.lost = u64::from(self.report.approved).saturating_sub(self.report.uploaded);
        self.report.duplicated = count("duplicated_effects");
        self.report.duplicates_found = count("packets_suspected");
        let faces: Vec<_> = self.approved.iter().filter_map(|p| self.persons.get(p)).collect();
        let distinct: BTreeSet<_> = faces.iter().collect();
        self.report.duplicates_planted = (faces.len() - distinct.len()) as u64;
        self.office.close_desk();
        let folder = self.office.station_data().to_owned();
        self.report.residue_bytes = residue::scan(&folder, &self.markers)?;
        Ok(())
    }
}

fn captured(state: &State) -> bool {
    state.work.as_ref().is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Captured(_)))
}

/// The repository's `assets`, from the environment or the folder that this was built in.
pub fn assets(given: Option<&Path>) -> PathBuf {
    given.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets"), Path::to_owned)
}
