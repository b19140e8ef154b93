//! A short shift at the counter, as fault runs need it: applications without a face, photographed
//! with a reason, reviewed at once, and told to whoever listens as soon as they are approved.

use crate::counter::{Counter, OFFICER, SUPERVISOR};
use crate::day::captured;
use crate::people::{People, Sitter};
use anyhow::Context;
use desk::{Command, EnrolmentAct, PhotoPhase, ReviewAct, Step};
use domain::{CaptureReason, PacketId};

/// Nobody: the chair is empty, and the photograph is taken with a reason.
const NOBODY: Sitter = Sitter {
    file: "",
    person: 0,
    face: (0.5, 0.5, 0.3),
};

/// Works at a counter.
pub struct Shift<'a> {
    counter: &'a Counter,
    people: People,
    /// Called with every packet whose approval the desk has confirmed.
    acknowledge: &'a dyn Fn(PacketId),
}

impl<'a> Shift<'a> {
    /// A shift with the people of a seed.
    pub fn new(counter: &'a Counter, seed: u64, acknowledge: &'a dyn Fn(PacketId)) -> Self {
        Self {
            counter,
            people: People::new(seed),
            acknowledge,
        }
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
        let applicant = self.people.applicant(NOBODY);
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
        counter.wait("a live camera", |s| s.camera.live())?;
        counter.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)))?;
        counter.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
            CaptureReason::Condition,
        ))))?;
        counter.wait("the photograph", captured)?;
        counter.send(Command::Enrolment(EnrolmentAct::KeepPhoto))?;
        counter.wait("the kept photograph", |s| {
            s.work()
                .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Kept(_)))
        })?;
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
