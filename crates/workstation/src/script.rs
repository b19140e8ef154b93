//! What a script does at the desk in place of a person, for the pictures of the screens and the bench.

use crate::demonstration::{self, FAR, FRAME, Member, OTHER, SMILING, STRAIGHT, Sitting};
use anyhow::{Result, anyhow};
use capture::MemoryFeed;
use desk::{Command, Desk, EnrolmentAct, Field, PhotoPhase, SessionAct, State, Step, Typed};
use domain::{ApplicationKind, CaptureReason};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What the desk may take for one act on a slow PC.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two frames of the played camera.
const FRAME_EVERY: Duration = Duration::from_millis(80);

/// A camera that is played: one sitting after another, at a steady rate.
#[derive(Clone)]
pub(crate) struct PlayedCamera {
    pub(crate) feed: MemoryFeed,
    frames: Arc<[(Sitting, Vec<u8>)]>,
    sitting: Arc<Mutex<Sitting>>,
    stopped: Arc<AtomicBool>,
}

impl PlayedCamera {
    pub(crate) fn start(pictures: &Path) -> Result<Self> {
        let mut frames = Vec::new();
        for sitting in [STRAIGHT, SMILING, OTHER, FAR] {
            frames.push((sitting, demonstration::frame(pictures, &sitting)?));
        }
        let camera = Self {
            feed: MemoryFeed::new(),
            frames: frames.into(),
            sitting: Arc::new(Mutex::new(STRAIGHT)),
            stopped: Arc::new(AtomicBool::new(false)),
        };
        let playing = camera.clone();
        std::thread::Builder::new()
            .name("played camera".to_owned())
            .spawn(move || playing.run())?;
        Ok(camera)
    }

    fn run(&self) {
        let mut shown = 0;
        while !self.stopped.load(Ordering::SeqCst) {
            let now = *self.sitting.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, rgb)) = self.frames.iter().find(|(sitting, _)| *sitting == now) {
                let mut rgb = rgb.clone();
                grain(&mut rgb, shown);
                self.feed.push(FRAME.0, FRAME.1, rgb);
            }
            shown = shown.wrapping_add(1);
            std::thread::sleep(FRAME_EVERY);
        }
    }

    pub(crate) fn sit(&self, sitting: &Sitting) {
        *self.sitting.lock().unwrap_or_else(PoisonError::into_inner) = *sitting;
    }

    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }
}

/// A sensor's grain, so that a still picture does not look like a frozen camera.
fn grain(rgb: &mut [u8], frame: u8) {
    for (value, place) in rgb.iter_mut().zip(0_u32..) {
        let noise = place.wrapping_mul(2_654_435_761) >> 24;
        *value = value.saturating_add((noise as u8).wrapping_add(frame.wrapping_mul(37)) % 3);
    }
}

/// What an invented applicant is called and where they live.
pub(crate) struct Person {
    pub(crate) kind: ApplicationKind,
    pub(crate) fields: &'static [(Field, &'static str)],
}

pub(crate) const NOOR: Person = Person {
    kind: ApplicationKind::Renewal,
    fields: &[
        (Field::NameUrdu, "زینب نور"),
        (Field::NameLatin, "Zainab Noor"),
        (Field::FatherUrdu, "احمد خان"),
        (Field::FatherLatin, "Ahmed Khan"),
        (Field::Cnic, "36302-0004512-4"),
        (Field::Born, "13/02/1984"),
        (Field::Gender, "female"),
        (Field::Phone, "0300-1234567"),
        (
            Field::Address,
            "مکان نمبر 12، گلی 4، محلہ شاہ رکنِ عالم، ملتان 60000",
        ),
    ],
};
pub(crate) const ALI: Person = Person {
    kind: ApplicationKind::New,
    fields: &[
        (Field::NameUrdu, "محمد علی"),
        (Field::NameLatin, "Muhammad Ali"),
        (Field::FatherUrdu, "عبدالرحمٰن"),
        (Field::FatherLatin, "Abdul Rehman"),
        (Field::Born, "01/08/1990"),
        (Field::Gender, "male"),
        (Field::Address, "چک نمبر 7، تحصیل شجاع آباد، ضلع ملتان"),
    ],
};
pub(crate) const HINA: Person = Person {
    kind: ApplicationKind::Child,
    fields: &[
        (Field::NameUrdu, "حنا بی بی"),
        (Field::NameLatin, "Hina Bibi"),
        (Field::FatherUrdu, "محمد اسلم"),
        (Field::FatherLatin, "Muhammad Aslam"),
        (Field::Born, "09/11/2015"),
        (Field::Gender, "female"),
        (Field::Guardian, "36302-7654321-9"),
        (Field::Address, "گلی 2، قاسم بیلہ، ملتان"),
    ],
};

/// Signs somebody in.
pub(crate) fn sign_in(desk: &Desk, member: Member) -> Result<()> {
    desk.send(Command::Session(SessionAct::SignIn {
        staff: member.id()?,
        passphrase: member.secret(),
    }));
    wait(desk, "the session", |s| s.session.is_some()).map(|_| ())
}

/// Signs whoever works out.
pub(crate) fn sign_out(desk: &Desk) -> Result<()> {
    desk.send(Command::Session(SessionAct::SignOut));
    wait(desk, "the end of the session", |s| s.session.is_none()).map(|_| ())
}

/// An application with details and consent.
pub(crate) fn begin(desk: &Desk, person: &Person) -> Result<()> {
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.send(Command::Enrolment(EnrolmentAct::SetKind(person.kind)));
    for (field, text) in person.fields {
        desk.send(Command::Enrolment(EnrolmentAct::SetField(
            *field,
            Typed::new(text),
        )));
    }
    desk.send(Command::Enrolment(EnrolmentAct::SetConsent(true)));
    wait(desk, "the application", |s| {
        s.work()
            .is_some_and(|w| w.complete(Step::Details) && w.consent)
    })
    .map(|_| ())
}

/// A kept photograph of a sitting.
pub(crate) fn capture(
    desk: &Desk,
    camera: &PlayedCamera,
    sitting: &Sitting,
    reason: Option<CaptureReason>,
) -> Result<()> {
    camera.sit(sitting);
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
    wait(desk, "the live picture", |s| {
        s.camera.live() && desk.live().is_some() && s.work().is_some()
    })?;
    if let Some(reason) = reason {
        desk.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(reason))));
    }
    wait(desk, &format!("the photograph of {}", sitting.file), |s| {
        phase(s, |p| matches!(p, PhotoPhase::Captured(_)))
    })?;
    desk.send(Command::Enrolment(EnrolmentAct::KeepPhoto));
    wait(desk, "the kept photograph", |s| {
        phase(s, |p| matches!(p, PhotoPhase::Kept(_)))
    })
    .map(|_| ())
}

/// Signs the open application and hands it over.
pub(crate) fn submit(desk: &Desk) -> Result<()> {
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Check)));
    desk.send(Command::Enrolment(EnrolmentAct::Submit));
    wait(desk, "the submission", |s| s.work().is_none()).map(|_| ())
}

pub(crate) fn phase(state: &State, wished: impl Fn(&PhotoPhase) -> bool) -> bool {
    state.work().is_some_and(|w| wished(&w.photo.phase))
}

pub(crate) fn wait(desk: &Desk, what: &str, wish: impl Fn(&State) -> bool) -> Result<Arc<State>> {
    desk.wait_for(PATIENCE, wish).map_err(|state| {
        let phase = state.work().map(|w| format!("{:?}", w.photo.phase));
        let live = desk.live().map(|l| (l.instruction, l.checks.iter().map(|c| (c.key, c.value, c.least)).collect::<Vec<_>>()));
        anyhow!("waited in vain for {what}; notice {:?}, camera {}, photograph {phase:?}, live {live:?}", state.notice, state.camera.status_key)
    })
}
