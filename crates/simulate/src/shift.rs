//! A short shift at the counter, as fault runs need it: applicants photographed with a reason, reviewed
//! at once, and told to whoever listens as soon as they are approved.

use crate::counter::{Counter, OFFICER, SUPERVISOR};
use crate::day::{SITTERS, captured};
use crate::people::People;
use crate::studio::Studio;
use anyhow::Context;
use desk::{Command, EnrolmentAct, PhotoPhase, ReviewAct, Step};
use domain::{CaptureReason, PacketId};
use std::path::Path;

/// Works at a counter.
pub struct Shift<'a> {
    counter: &'a Counter,
    people: People,
    studio: Studio,
    enrolled: usize,
    /// Called with every packet whose approval the desk has confirmed.
    acknowledge: &'a dyn Fn(PacketId),
}

impl<'a> Shift<'a> {
    /// A shift with the people of a seed, whose faces are in `assets`.
    ///
    /// # Errors
    /// When a picture is missing.
    pub fn new(
        counter: &'a Counter,
        assets: &Path,
        seed: u64,
        acknowledge: &'a dyn Fn(PacketId),
    ) -> anyhow::Result<Self> {
        Ok(Self {
            counter,
            people: People::new(seed),
            studio: Studio::open(&assets.join("pictures"), &SITTERS)?,
            enrolled: seed as usize,
            acknowledge,
        })
    }

    /// Ends what a crash left open: drafts are thrown away, what waits for review is approved.
    ///
    /// # Errors
    /// When the desk does not come to an end with it.
    pub fn tidy_up(&mut self) -> anyhow::Result<()> {
        self.counter.sign_in(OFFICER)?;
        let drafts = self.counter.state()?;
        for draft in drafts.drafts.iter() {
            self.counter
                .send(Command::Enrolment(EnrolmentAct::Open(draft.packet)))?;
            self.counter.wait("the draft", |s| s.work().is_some())?;
            self.counter
                .send(Command::Enrolment(EnrolmentAct::Discard))?;
            self.counter.wait("the end", |s| s.work().is_none())?;
        }
        self.counter.sign_out()?;
        self.review()
    }

    /// One applicant, from sitting down to the supervisor's signature.
    ///
    /// # Errors
    /// When the desk refuses, as on a full disk; the message says what it said.
    pub fn enrol(&mut self) -> anyhow::Result<()> {
        let sitter = SITTERS.get(self.enrolled % SITTERS.len());
        let applicant = self.people.applicant(*sitter.context("a sitter")?);
        self.enrolled = self.enrolled.wrapping_add(1);
        let frame = self.studio.frame(&applicant.sitter, applicant.variant);
        let counter = self.counter;
        counter.sign_in(OFFICER)?;
        counter.send(Command::Enrolment(EnrolmentAct::New))?;
        counter.wait("a new application", |s| s.work().is_some())?;
        counter.send(Command::Enrolment(EnrolmentAct::SetKind(applicant.kind)))?;
        for (field, text) in &applicant.form {
            counter.send(Command::Enrolment(EnrolmentAct::SetField(
                *field,
                text.as_str().into(),
            )))?;
        }
        counter.send(Command::Enrolment(EnrolmentAct::SetConsent(true)))?;
        counter.sit_down(frame);
        counter.wait("a live camera", |s| s.camera.live())?;
        counter.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)))?;
        counter.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
            CaptureReason::Condition,
        ))))?;
        let state = counter.wait("the photograph", captured)?;
        if let Some(PhotoPhase::Captured(shot)) = state.work().map(|w| &w.photo.phase) {
            anyhow::ensure!(!shot.checks.is_empty(), "nobody was seen in the picture");
        }
        counter.send(Command::Enrolment(EnrolmentAct::KeepPhoto))?;
        counter.wait("the kept photograph", |s| {
            s.work()
                .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Kept(_)))
        })?;
        counter.sit_down(None);
        counter.send(Command::Enrolment(EnrolmentAct::Goto(Step::Check)))?;
        counter.send(Command::Enrolment(EnrolmentAct::Submit))?;
        counter.wait("the submission", |s| s.work().is_none())?;
        counter.sign_out()?;
        self.review()
    }

    fn review(&self) -> anyhow::Result<()> {
        let counter = self.counter;
        counter.sign_in(SUPERVISOR)?;
        let state = counter.state()?;
        for packet in state.reviews.iter().map(|r| r.packet) {
            counter.send(Command::Review(ReviewAct::Open(packet)))?;
            counter.wait("the open review", |s| {
                s.review().is_some_and(|r| r.row.packet == packet)
            })?;
            counter.send(Command::Review(ReviewAct::Approve))?;
            let state = counter.wait("the approval", |s| s.review().is_none())?;
            let approved = state
                .notice
                .as_ref()
                .is_some_and(|n| n.key == "notice-approved");
            anyhow::ensure!(
                approved,
                "the approval was not confirmed: {:?}",
                state.notice
            );
            (self.acknowledge)(packet);
        }
        counter.sign_out().context("after the review")
    }
}
