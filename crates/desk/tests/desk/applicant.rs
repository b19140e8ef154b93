//! An invented applicant, and the officer's way through an application.

use crate::camera::{Shown, gallery};
use crate::station::{Station, Worked};
use desk::{Command, EnrolmentAct, Field, PhotoPhase, ReviewAct, State, Step};
use domain::{ApplicationKind, CaptureReason, PacketId};

/// Nobody: the CNIC's serial begins with 000.
pub const NAME_URDU: &str = "زینب نورالعین";
pub const NAME_LATIN: &str = "Zainab Noorulain";
pub const CNIC: &str = "36302-0004512-4";
pub const DETAILS: [(Field, &str); 8] = [
    (Field::NameUrdu, NAME_URDU),
    (Field::NameLatin, NAME_LATIN),
    (Field::FatherUrdu, "احمد خان"),
    (Field::FatherLatin, "Ahmed Khan"),
    (Field::Cnic, CNIC),
    (Field::Born, "13/02/1984"),
    (Field::Gender, "female"),
    (Field::Address, "مکان نمبر 12، بستی خداداد، ملتان"),
];

impl Worked {
    /// A new application with kind and details; gives its id.
    pub fn begin(&self) -> PacketId {
        self.send(Command::Enrolment(EnrolmentAct::New));
        self.until("a new application", |s| s.work().is_some());
        self.send(Command::Enrolment(EnrolmentAct::SetKind(
            ApplicationKind::Renewal,
        )));
        self.send(Command::Enrolment(EnrolmentAct::Goto(Step::Details)));
        self.details();
        self.packet()
    }

    /// Types the details.
    pub fn details(&self) {
        for (field, text) in DETAILS {
            self.send(Command::Enrolment(EnrolmentAct::SetField(
                field,
                text.into(),
            )));
        }
        self.until("whole details", |s| {
            s.work().is_some_and(|w| w.complete(Step::Details))
        });
    }

    pub fn consent(&self) {
        self.send(Command::Enrolment(EnrolmentAct::Goto(Step::Consent)));
        self.send(Command::Enrolment(EnrolmentAct::SetConsent(true)));
        self.until("the consent", |s| {
            s.work().is_some_and(|w| w.complete(Step::Consent))
        });
    }

    /// Somebody sits down and is photographed with a reason, whatever the checks say; not kept yet.
    pub fn capture(&self, station: &Station, who: &Shown) {
        station.seat.take(who);
        self.until("a live camera", |s| s.camera.live());
        self.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
        self.until("the photograph step", |s| {
            s.work().is_some_and(|w| w.step == Step::Photograph)
        });
        self.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
            CaptureReason::Condition,
        ))));
        self.until("a captured photograph", captured);
    }

    pub fn keep(&self) {
        self.send(Command::Enrolment(EnrolmentAct::KeepPhoto));
        self.until("the kept photograph", |s| {
            s.work()
                .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Kept(_)))
        });
    }

    /// Everything up to the signature.
    pub fn fill(&self, station: &Station) -> PacketId {
        let packet = self.begin();
        self.consent();
        self.capture(station, &gallery().first);
        self.keep();
        self.send(Command::Enrolment(EnrolmentAct::Goto(Step::Check)));
        self.until("nothing missing", |s| {
            s.work().is_some_and(|w| w.gaps.is_empty())
        });
        packet
    }

    pub fn submit(&self) {
        self.send(Command::Enrolment(EnrolmentAct::Submit));
        self.told("notice-submitted");
        self.until("the submission", |s| s.work().is_none());
    }

    /// The officer signs in, takes a whole application, and leaves.
    pub fn enrol(&self, station: &Station) -> PacketId {
        self.officer(station);
        let packet = self.fill(station);
        self.submit();
        self.sign_out();
        packet
    }

    pub fn open_review(&self, packet: PacketId) {
        self.send(Command::Review(ReviewAct::Open(packet)));
        self.until("the open review", |s| {
            s.review().is_some_and(|r| r.row.packet == packet)
        });
    }
}

pub fn captured(state: &State) -> bool {
    state
        .work()
        .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Captured(_)))
}
