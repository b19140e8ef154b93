//! `shanakht screenshots`: the real window over a real desk, every screen in both languages, light and dark, as PNG.

use crate::demonstration::{
    self, DemonstrationClock, FAR, Member, OFFICER, OTHER, SMILING, STRAIGHT, SUPERVISOR,
};
use crate::look::Look;
use crate::screens::{Dialog, Page};
use crate::script::{self, ALI, HINA, NOOR, PlayedCamera, phase, wait};
use crate::stage::{self, Stage};
use crate::theme::Appearance;
use crate::{Place, Window};
use anyhow::{Context, Result, anyhow};
use capture::{CameraOptions, FeedFault, SourceSpec};
use desk::{
    ChallengeView, Clock as _, Command, Desk, DeskOptions, EnrolmentAct, Field, Lang, PhotoPhase,
    ReviewAct, SessionAct, StationAct, Step, Typed,
};
use domain::{ApplicationKind, CaptureReason, ChallengeRule, Exception, Limits, Policy};
use eframe::egui::vec2;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Writes the pictures to `folder`.
///
/// # Errors
/// What kept a screen from being shown or a picture from being written.
pub fn take(folder: &Path, models: &Path, pictures: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    let station = tempfile::tempdir().context("no folder for the demonstration's station")?;
    let bare = tempfile::tempdir().context("no folder for a station without activation")?;
    let clock = Arc::new(DemonstrationClock::default());
    demonstration::furnish(station.path(), clock.now())?;
    let strict = tempfile::tempdir().context("no folder for a station that asks for movements")?;
    let policy = Policy {
        challenge: ChallengeRule::Always,
        ..Policy::development()
    };
    demonstration::furnish_under(strict.path(), clock.now(), policy)?;
    let camera = PlayedCamera::start(pictures)?;
    let scene = Scene {
        folder: folder.to_owned(),
        clock: clock.clone(),
        camera: camera.clone(),
    };
    let options = |data: &Path, wake| DeskOptions {
        data: data.to_owned(),
        models: models.to_owned(),
        source: SourceSpec::Memory(camera.feed.clone()),
        camera: CameraOptions::default(),
        clock: clock.clone(),
        vfs: None,
        wake,
    };
    let (first, second, third) = (
        options(station.path(), Arc::new(|| {})),
        options(bare.path(), Arc::new(|| {})),
        options(strict.path(), Arc::new(|| {})),
    );
    let played = stage::play(
        vec2(1280.0, 720.0),
        move |ctx| {
            let ctx = ctx.clone();
            let desk = Desk::start(DeskOptions {
                wake: Arc::new(move || ctx.request_repaint()),
                ..first
            })?;
            Ok(Window::new(
                Arc::new(desk),
                Lang::En,
                Look::Fixed(Appearance::Light),
            )?)
        },
        move |stage| scene.play(stage, second, third),
    );
    camera.stop();
    played
}

/// What the script works with.
struct Scene {
    folder: PathBuf,
    clock: Arc<DemonstrationClock>,
    camera: PlayedCamera,
}

impl Scene {
    fn play(&self, stage: &Stage, bare: DeskOptions, strict: DeskOptions) -> Result<()> {
        let desk = self.desk(stage)?;
        self.before_sign_in(stage, &desk)?;
        self.morning(&desk)?;
        self.officer(stage, &desk)?;
        self.photograph(stage, &desk)?;
        self.check(stage, &desk)?;
        self.supervisor(stage, &desk)?;
        self.activation(stage, bare)?;
        self.challenge(stage, strict)
    }

    #[allow(
        clippy::unused_self,
        reason = "a step of the walk, like its neighbours"
    )]
    fn desk(&self, stage: &Stage) -> Result<Arc<Desk>> {
        let (give, take) = std::sync::mpsc::sync_channel(1);
        stage.act(move |window| {
            let _ = give.send(window.desk().clone());
        })?;
        Ok(take.recv()?)
    }

    /// One screen in both languages, light and dark.
    fn shots(&self, stage: &Stage, name: &str) -> Result<()> {
        for (lang, code) in [(Lang::En, "en"), (Lang::Ur, "ur")] {
            for (appearance, look) in [(Appearance::Light, "light"), (Appearance::Dark, "dark")] {
                self.shot(stage, &format!("{name}-{code}-{look}"), lang, appearance)?;
            }
        }
        Ok(())
    }

    fn shot(&self, stage: &Stage, name: &str, lang: Lang, appearance: Appearance) -> Result<()> {
        stage.act(move |window| {
            window.local_mut().lang = lang;
            window.local_mut().look = Look::Fixed(appearance);
        })?;
        let picture = stage.shot()?;
        let rgb: Vec<u8> = picture
            .pixels
            .iter()
            .flat_map(|p| [p.r(), p.g(), p.b()])
            .collect();
        let path = self.folder.join(format!("{name}.png"));
        image::save_buffer(
            &path,
            &rgb,
            picture.width() as u32,
            picture.height() as u32,
            image::ColorType::Rgb8,
        )
        .with_context(|| format!("{} cannot be written", path.display()))
    }

    fn before_sign_in(&self, stage: &Stage, desk: &Desk) -> Result<()> {
        wait(desk, "the station", |s| {
            s.station.is_some() && s.camera.live()
        })?;
        stage.act(|window| OFFICER.number.clone_into(&mut window.local_mut().staff))?;
        self.shots(stage, "01-sign-in")?;
        desk.send(Command::Session(SessionAct::SignIn {
            staff: OFFICER.id()?,
            passphrase: "not the passphrase".into(),
        }));
        wait(desk, "the wrong passphrase", |s| {
            s.sign_in.error.is_some() && !s.sign_in.busy
        })?;
        self.shots(stage, "02-sign-in-error")
    }

    fn sign_in(&self, desk: &Desk, member: Member) -> Result<()> {
        self.clock.pass_minutes(3);
        script::sign_in(desk, member)
    }

    /// Wrong words until nothing more is listened to.
    fn lock_out(&self, desk: &Desk, member: Member) -> Result<()> {
        for _ in 0..Limits::default().sign_in_tries {
            let before = desk.state().carried_out;
            desk.send(Command::Session(SessionAct::SignIn {
                staff: member.id()?,
                passphrase: desk::SecretString::from("not these words"),
            }));
            wait(desk, "the refusal", |s| {
                s.carried_out > before && !s.sign_in.busy && s.sign_in.error.is_some()
            })?;
            self.clock.pass_minutes(5);
        }
        Ok(())
    }

    /// A morning's work before the pictures: three submitted, two of them approved; drafts at two steps.
    fn morning(&self, desk: &Desk) -> Result<()> {
        self.sign_in(desk, OFFICER)?;
        for (person, sitting, reason) in [
            (&ALI, STRAIGHT, None),
            (&NOOR, OTHER, Some(CaptureReason::Light)),
            (&HINA, SMILING, Some(CaptureReason::Restless)),
            (&ALI, OTHER, Some(CaptureReason::Camera)),
            (&NOOR, SMILING, Some(CaptureReason::Light)),
        ] {
            script::begin(desk, person)?;
            script::capture(desk, &self.camera, &sitting, reason)?;
            script::submit(desk)?;
            self.clock.pass_minutes(11);
        }
        script::sign_out(desk)?;
        self.sign_in(desk, SUPERVISOR)?;
        for act in [
            Command::Review(ReviewAct::Approve),
            Command::Review(ReviewAct::Approve),
            Command::Review(ReviewAct::Return("return-name".to_owned())),
        ] {
            let state = wait(desk, "the reviews", |s| !s.reviews.is_empty())?;
            let last = state.reviews.last().context("no review")?.packet;
            desk.send(Command::Review(ReviewAct::Open(last)));
            wait(desk, "the open review", |s| s.review().is_some())?;
            desk.send(act);
            wait(desk, "the decision", |s| s.review().is_none())?;
            self.clock.pass_minutes(4);
        }
        script::sign_out(desk)?;
        self.sign_in(desk, OFFICER)?;
        script::begin(desk, &HINA)?;
        desk.send(Command::Enrolment(EnrolmentAct::SetConsent(false)));
        desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Consent)));
        desk.send(Command::Enrolment(EnrolmentAct::Close));
        wait(desk, "the desk", |s| s.work().is_none())?;
        self.clock.pass_minutes(8);
        Ok(())
    }

    fn officer(&self, stage: &Stage, desk: &Desk) -> Result<()> {
        desk.send(Command::DismissNotice);
        self.shots(stage, "03-desk")?;
        desk.send(Command::Enrolment(EnrolmentAct::New));
        wait(desk, "the application", |s| s.work().is_some())?;
        self.shots(stage, "04-kind-empty")?;
        desk.send(Command::Enrolment(EnrolmentAct::SetKind(
            ApplicationKind::Renewal,
        )));
        wait(desk, "the kind", |s| {
            s.work().is_some_and(|w| w.kind.is_some())
        })?;
        self.shots(stage, "05-kind")?;
        desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Details)));
        wait(desk, "the details", |s| {
            s.work().is_some_and(|w| w.step == Step::Details)
        })?;
        self.shots(stage, "06-details-empty")?;
        for (field, text) in NOOR.fields {
            let text = if *field == Field::Born {
                "31/02/1984"
            } else {
                text
            };
            desk.send(Command::Enrolment(EnrolmentAct::SetField(
                *field,
                Typed::new(text),
            )));
            let (field, text) = (*field, text.to_owned());
            stage.act(move |window| {
                window.local_mut().fields.insert(field, text);
            })?;
        }
        self.shots(stage, "07-details-error")?;
        desk.send(Command::Enrolment(EnrolmentAct::SetField(
            Field::Born,
            Typed::new("13/02/1984"),
        )));
        stage.act(|window| {
            window
                .local_mut()
                .fields
                .insert(Field::Born, "13/02/1984".to_owned());
        })?;
        wait(desk, "the details", |s| {
            s.work().is_some_and(|w| w.complete(Step::Details))
        })?;
        self.shots(stage, "08-details")?;
        desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Consent)));
        wait(desk, "consent", |s| {
            s.work().is_some_and(|w| w.step == Step::Consent)
        })?;
        self.shots(stage, "09-consent")?;
        desk.send(Command::Enrolment(EnrolmentAct::SetConsent(true)));
        wait(desk, "consent", |s| s.work().is_some_and(|w| w.consent))?;
        self.shots(stage, "10-consent-given")
    }

    fn photograph(&self, stage: &Stage, desk: &Desk) -> Result<()> {
        self.camera.sit(&FAR);
        desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
        wait(desk, "the live picture", |s| {
            s.work().is_some_and(|w| w.step == Step::Photograph) && desk.live().is_some()
        })?;
        wait(desk, "an instruction", |_| {
            desk.live()
                .is_some_and(|l| l.instruction == "instruct-come-closer")
        })?;
        self.shots(stage, "11-photograph-live")?;
        for (dialog, name) in [
            (Dialog::TakeNow, "12-dialog-take"),
            (Dialog::Refuse, "13-dialog-refuse"),
            (Dialog::Discard, "14-dialog-discard"),
            (Dialog::HandOver, "32-dialog-hand-over"),
        ] {
            stage.act(move |window| window.local_mut().ask(dialog))?;
            self.shots(stage, name)?;
        }
        stage.act(|window| window.local_mut().dialog = None)?;
        self.camera.feed.set_fault(Some(FeedFault::Missing));
        wait(desk, "the pulled cable", |s| {
            s.camera.status_key == "camera-unplugged" && desk.live().is_none()
        })?;
        self.shots(stage, "15-photograph-unplugged")?;
        self.camera.feed.set_fault(None);
        self.camera.sit(&STRAIGHT);
        wait(desk, "the photograph", |s| {
            phase(s, |p| matches!(p, PhotoPhase::Captured(_)))
        })?;
        self.shots(stage, "16-photograph-captured")?;
        desk.send(Command::Enrolment(EnrolmentAct::KeepPhoto));
        wait(desk, "the kept photograph", |s| {
            phase(s, |p| matches!(p, PhotoPhase::Kept(_)))
        })?;
        self.shots(stage, "17-photograph-kept")
    }

    fn check(&self, stage: &Stage, desk: &Desk) -> Result<()> {
        desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Exceptions)));
        desk.send(Command::Enrolment(EnrolmentAct::SetException(
            Exception::Fingerprints,
            true,
        )));
        wait(desk, "the exceptions", |s| {
            s.work()
                .is_some_and(|w| w.step == Step::Exceptions && !w.exceptions.is_empty())
        })?;
        self.shots(stage, "18-exceptions")?;
        desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Check)));
        wait(desk, "the last step", |s| {
            s.work().is_some_and(|w| w.step == Step::Check)
        })?;
        self.shots(stage, "19-check")?;
        desk.send(Command::Enrolment(EnrolmentAct::Submit));
        wait(desk, "the submission", |s| s.work().is_none())?;
        self.shots(stage, "20-submitted")?;
        desk.send(Command::Session(SessionAct::SignOut));
        wait(desk, "the end of the session", |s| s.session.is_none()).map(|_| ())
    }

    fn supervisor(&self, stage: &Stage, desk: &Desk) -> Result<()> {
        self.clock.pass_minutes(12);
        self.lock_out(desk, OFFICER)?;
        self.sign_in(desk, SUPERVISOR)?;
        desk.send(Command::DismissNotice);
        // The window has seen who is there before it is asked for a page.
        stage.act(|_| {})?;
        let page = |page| move |window: &mut Window| window.local_mut().page = page;
        stage.act(page(Page::Review))?;
        self.shots(stage, "21-review")?;
        let first = desk
            .state()
            .reviews
            .first()
            .map(|r| r.packet)
            .ok_or_else(|| anyhow!("nothing to review"))?;
        desk.send(Command::Review(ReviewAct::Open(first)));
        wait(desk, "the open review", |s| s.review().is_some())?;
        self.shots(stage, "22-review-open")?;
        self.shot(
            stage,
            "22-review-open-en-contrast",
            Lang::En,
            Appearance::HighContrastLight,
        )?;
        self.shot(
            stage,
            "22-review-open-ur-contrast-dark",
            Lang::Ur,
            Appearance::HighContrastDark,
        )?;
        for (dialog, name) in [
            (Dialog::Return, "23-dialog-return"),
            (Dialog::Reject, "24-dialog-reject"),
        ] {
            stage.act(move |window| window.local_mut().ask(dialog))?;
            self.shots(stage, name)?;
        }
        stage.act(|window| window.local_mut().dialog = None)?;
        desk.send(Command::Review(ReviewAct::Close));
        wait(desk, "the closed review", |s| s.review().is_none())?;
        stage.act(page(Page::Queue))?;
        self.shots(stage, "25-queue")?;
        stage.act(|window| window.local_mut().ask(Dialog::WriteMedium))?;
        self.shots(stage, "33-dialog-write-medium")?;
        stage.act(|window| window.local_mut().dialog = None)?;
        stage.act(|window| window.local_mut().answers = true)?;
        self.shots(stage, "31-answers")?;
        stage.act(|window| window.local_mut().answers = false)?;
        desk.send(Command::Station(StationAct::CheckAudit));
        wait(desk, "the audit check", |s| s.audit.is_some())?;
        stage.act(page(Page::Station))?;
        self.shots(stage, "26-station")?;
        for (dialog, name) in [
            (Dialog::ExtendLease, "34-dialog-extend-lease"),
            (Dialog::SecondCopy, "35-dialog-second-copy"),
        ] {
            stage.act(move |window| window.local_mut().ask(dialog))?;
            self.shots(stage, name)?;
        }
        stage.act(|window| window.local_mut().dialog = None)?;
        desk.send(Command::Session(SessionAct::BeginPassphrase));
        wait(desk, "the passphrase page", |s| s.passphrase().is_some())?;
        desk.send(Command::Session(SessionAct::ChangePassphrase {
            old: SUPERVISOR.secret(),
            new: "passwordpassword".into(),
        }));
        wait(desk, "the refusal", |s| {
            s.passphrase().is_some_and(|view| view.error.is_some())
        })?;
        self.shots(stage, "27-passphrase")
    }

    /// A picture is asked to move, and cannot.
    fn challenge(&self, stage: &Stage, strict: DeskOptions) -> Result<()> {
        let desk = Arc::new(Desk::start(strict)?);
        let shown = desk.clone();
        stage.act(move |window| window.show_desk(shown))?;
        wait(&desk, "the station", |s| s.station.is_some())?;
        self.sign_in(&desk, OFFICER)?;
        script::begin(&desk, &ALI)?;
        self.camera.sit(&STRAIGHT);
        desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
        for (code, lang, appearance) in [
            ("en-light", Lang::En, Appearance::Light),
            ("ur-dark", Lang::Ur, Appearance::Dark),
        ] {
            wait(&desk, "a movement", |_| {
                desk.live().is_some_and(|l| {
                    l.instruction.starts_with("challenge-")
                        && !l.instruction.ends_with("ahead")
                        && !l.instruction.ends_with("again")
                })
            })?;
            self.shot(stage, &format!("28-challenge-{code}"), lang, appearance)?;
            wait(&desk, "the failed challenge", |s| {
                s.work()
                    .is_some_and(|w| w.photo.challenge == ChallengeView::Failed)
            })?;
            self.shot(
                stage,
                &format!("29-challenge-failed-{code}"),
                lang,
                appearance,
            )?;
            desk.send(Command::Enrolment(EnrolmentAct::BeginChallenge));
        }
        stage.act(|window| window.local_mut().ask(Dialog::Vouch))?;
        self.shots(stage, "30-dialog-vouch")
    }

    fn activation(&self, stage: &Stage, bare: DeskOptions) -> Result<()> {
        let desk = Arc::new(Desk::start(bare)?);
        wait(&desk, "a bare station", |s| s.revision > 0)?;
        stage.act(move |window| window.show_desk(desk))?;
        stage.act(|window| debug_assert_eq!(window.place(), Place::Activation))?;
        self.shots(stage, "27-activation")
    }
}
