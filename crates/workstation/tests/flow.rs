//! The main job through the window: real desk, real store, real networks, a real picture; controls are found by what a screen
//! reader is told, and every wait is for a condition.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use capture::{CameraOptions, MemoryFeed, SourceSpec};
use desk::{
    ChallengeView, Clock as _, Command, Desk, DeskOptions, EnrolmentAct, Field, Lang, PhotoPhase,
    SessionAct, State, Step, Words,
};
use domain::{ChallengeRule, Policy, VouchReason};
use eframe::egui::accesskit::Role;
use eframe::egui::{self, Event, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use workstation::demonstration::{self, DemonstrationClock, FRAME, Member, OFFICER, SUPERVISOR};
use workstation::theme::Appearance;
use workstation::{Look, Window};

/// Long enough for a starved machine; no test waits this long when all is well.
const PATIENCE: Duration = Duration::from_mins(1);

fn assets(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets")).join(name)
}

/// A window over a desk of its own, with a camera that shows one person.
struct Office {
    harness: Harness<'static, Window>,
    desk: Arc<Desk>,
    words: Words,
    camera: Option<std::thread::JoinHandle<()>>,
    stopped: Arc<AtomicBool>,
    _folder: tempfile::TempDir,
}

impl Office {
    fn open(lang: Lang) -> Self {
        Self::open_under(lang, Policy::development())
    }

    fn open_under(lang: Lang, policy: Policy) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(DemonstrationClock::default());
        demonstration::furnish_under(folder.path(), clock.now(), policy).unwrap();
        let feed = MemoryFeed::new();
        let stopped = Arc::new(AtomicBool::new(false));
        let frame = demonstration::frame(&assets("pictures"), &demonstration::STRAIGHT).unwrap();
        let (shown, ended) = (feed.clone(), stopped.clone());
        // A camera gives its pictures at its own pace, whoever looks.
        let camera = std::thread::spawn(move || {
            while !ended.load(Ordering::SeqCst) {
                shown.push(FRAME.0, FRAME.1, frame.clone());
                std::thread::park_timeout(Duration::from_millis(50));
            }
        });
        let desk = Desk::start(DeskOptions {
            data: folder.path().to_owned(),
            models: assets("models"),
            source: SourceSpec::Memory(feed),
            camera: CameraOptions::default(),
            clock,
            vfs: None,
            wake: Arc::new(|| {}),
        })
        .unwrap();
        let desk = Arc::new(desk);
        let window = Window::new(desk.clone(), lang, Look::Fixed(Appearance::Light)).unwrap();
        let harness = Harness::builder()
            .with_size(egui::vec2(1280.0, 720.0))
            .build_ui_state(|ui, window: &mut Window| window.frame_ui(ui), window);
        Self {
            harness,
            desk,
            words: Words::new(lang),
            camera: Some(camera),
            stopped,
            _folder: folder,
        }
    }

    fn t(&self, key: &str) -> String {
        plain(&self.words.get(key))
    }

    /// Draws until the desk's state is as wished, then once more.
    fn until(&mut self, what: &str, wish: impl Fn(&State) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            let state = self.desk.wait_for(Duration::from_millis(100), &wish);
            self.harness.step();
            if state.is_ok() {
                break;
            }
            if Instant::now() > end {
                let state = self.desk.state();
                panic!(
                    "waited in vain for {what}: {:?}, photograph {:?}",
                    state.notice,
                    state.work().map(|w| &w.photo.phase)
                );
            }
        }
        self.settle();
    }

    /// A few frames: sizes that are known from the frame before, focus asked for in it.
    fn settle(&mut self) {
        for _ in 0..3 {
            self.harness.step();
        }
    }

    fn key(&mut self, key: Key) {
        self.harness.key_press(key);
        self.settle();
    }

    fn key_with(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    fn press(&mut self, name: &str) {
        self.harness.get_by_label(name).click_accesskit();
        self.settle();
    }

    /// Gives the keyboard to a field or a drop-down; the list of what is missing may name it too, as a button.
    fn focus(&mut self, label: &str) {
        let control = self
            .harness
            .query_all_by_label(label)
            .find(|node| node.accesskit_node().role() != Role::Button)
            .unwrap_or_else(|| panic!("no control {label}"));
        control.focus();
        self.settle();
    }

    fn type_into(&mut self, label: &str, text: &str) {
        self.focus(label);
        for c in text.chars() {
            self.harness.event(Event::Text(c.to_string()));
        }
        self.settle();
    }

    fn sign_in(&mut self, member: Member) {
        self.until("the screen of signing in", |s| {
            s.revision > 0 && s.session.is_none()
        });
        let (staff, passphrase) = (self.t("signin-staff"), self.t("signin-passphrase"));
        self.type_into(&staff, member.number);
        self.type_into(&passphrase, member.passphrase);
        self.key(Key::Enter);
        self.until("the session", |s| s.session.is_some());
    }

    fn sign_out(&mut self) {
        self.key_with(Modifiers::CTRL, Key::L);
        self.until("the end of the session", |s| s.session.is_none());
    }

    fn step(&self) -> Option<Step> {
        self.desk.state().work().map(|w| w.step)
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        if let Some(camera) = self.camera.take() {
            camera.thread().unpark();
            let _ = camera.join();
        }
    }
}

/// As a screen reader is told: without the marks that order a line.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{2066}'..='\u{2069}'))
        .collect()
}

fn captured(state: &State) -> bool {
    state
        .work()
        .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Captured(_)))
}

fn kept(state: &State) -> bool {
    state
        .work()
        .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Kept(_)))
}

/// Signs in, enrols by keys and fields, is sent back for a misspelt name, corrects it, is approved.
fn the_main_job(lang: Lang) {
    let mut office = Office::open(lang);
    office.sign_in(OFFICER);
    office.key(Key::F2);
    office.until("the application", |s| s.work().is_some());
    office.key(Key::Num1);
    office.until("the kind", |s| s.work().is_some_and(|w| w.kind.is_some()));
    office.key(Key::Enter);
    office.until("the details", |s| {
        s.work().is_some_and(|w| w.step == Step::Details)
    });
    for (field, text) in [
        (Field::NameUrdu, "محمد علی"),
        (Field::NameLatin, "Muhamad Ali"),
        (Field::FatherUrdu, "احمد خان"),
        (Field::FatherLatin, "Ahmed Khan"),
        (Field::Born, "01/08/1990"),
        (Field::Address, "چک نمبر 7، ملتان"),
    ] {
        let label = office.t(field.key());
        office.type_into(&label, text);
    }
    let gender = office.t("field-gender");
    office.focus(&gender);
    office.key(Key::ArrowDown);
    office.until("whole details", |s| {
        s.work().is_some_and(|w| w.complete(Step::Details))
    });
    office.key_with(Modifiers::CTRL, Key::Num3);
    office.until("consent", |s| {
        s.work().is_some_and(|w| w.step == Step::Consent)
    });
    office.key(Key::Space);
    office.until("the consent", |s| s.work().is_some_and(|w| w.consent));
    office.key(Key::Enter);
    office.until("the photograph, taken by itself", captured);
    office.key(Key::Enter);
    office.until("the kept photograph", kept);
    office.key_with(Modifiers::CTRL, Key::Num6);
    office.until("the last step", |s| {
        s.work()
            .is_some_and(|w| w.step == Step::Check && w.gaps.is_empty())
    });
    office.key_with(Modifiers::CTRL, Key::Enter);
    office.until("the submission", |s| {
        s.work().is_none() && s.queue.in_review == 1
    });
    assert_eq!(
        office.desk.state().reviews.len(),
        0,
        "nobody is offered their own work"
    );
    office.sign_out();

    office.sign_in(SUPERVISOR);
    office.key(Key::F5);
    office.key(Key::Enter);
    office.until("the open review", |s| s.review().is_some());
    office.key(Key::R);
    let reason = office.t("return-name");
    office.press(&reason);
    office.key(Key::Enter);
    office.until("the return", |s| {
        s.review().is_none() && s.queue.in_review == 0
    });
    office.sign_out();

    office.sign_in(OFFICER);
    let reason = office.t("return-name");
    office.harness.get_by_label(&reason);
    office.key(Key::Num1);
    office.until("the returned draft", |s| {
        s.work().is_some_and(|w| w.returned.is_some())
    });
    assert_eq!(office.step(), Some(Step::Details));
    assert!(
        kept(&office.desk.state()),
        "the photograph came back with it"
    );
    let name = office.t("field-name-latin");
    office.focus(&name);
    office.key_with(Modifiers::COMMAND, Key::A);
    office.type_into(&name, "Muhammad Ali");
    office.until("the corrected name", |s| {
        s.work()
            .is_some_and(|w| w.form.get(Field::NameLatin) == "Muhammad Ali")
    });
    office.key_with(Modifiers::CTRL, Key::Num6);
    office.until("the last step", |s| {
        s.work()
            .is_some_and(|w| w.step == Step::Check && w.gaps.is_empty())
    });
    office.key_with(Modifiers::CTRL, Key::Enter);
    office.until("the second submission", |s| {
        s.work().is_none() && s.queue.in_review == 1
    });
    office.sign_out();

    office.sign_in(SUPERVISOR);
    office.key(Key::F5);
    office.key(Key::Enter);
    office.until("the open review", |s| s.review().is_some());
    let state = office.desk.state();
    let name = state
        .review()
        .unwrap()
        .application
        .details
        .name
        .latin
        .expose()
        .to_owned();
    assert_eq!(name, "Muhammad Ali");
    office.key(Key::A);
    office.until("the approval", |s| {
        s.review().is_none() && s.queue.outbox == 1
    });
    assert_eq!(office.desk.state().today.approved, 1);
}

#[test]
fn an_applicant_is_enrolled_returned_corrected_and_approved_in_english() {
    the_main_job(Lang::En);
}

#[test]
fn an_applicant_is_enrolled_returned_corrected_and_approved_in_urdu() {
    the_main_job(Lang::Ur);
}

/// Names of what can take the keyboard; panics on one without.
fn every_control_has_a_name(office: &Office, screen: &str) -> usize {
    let mut controls = 0;
    for node in office.harness.root().children_recursive() {
        let node = node.accesskit_node();
        if node
            .data()
            .supports_action(eframe::egui::accesskit::Action::Focus)
        {
            controls += 1;
            assert!(
                node.label().is_some_and(|l| !l.trim().is_empty()),
                "{screen}: {:?} has no name",
                node.role()
            );
        }
    }
    controls
}

/// No text on the screen is the key of a missing message.
fn no_message_is_missing(office: &Office, screen: &str) {
    let words = &office.words;
    for node in office.harness.root().children_recursive() {
        let Some(label) = node.accesskit_node().label() else {
            continue;
        };
        let key_like = label.contains('-')
            && label
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && label.chars().any(|c| c.is_ascii_lowercase());
        assert!(
            !key_like || words.has(&label),
            "{screen}: {label} is no message"
        );
        assert!(!key_like, "{screen}: {label} is shown as a key");
    }
}

#[test]
fn every_control_of_every_screen_has_a_name_and_every_message_words() {
    for lang in [Lang::En, Lang::Ur] {
        let mut office = Office::open(lang);
        office.until("the screen of signing in", |s| s.revision > 0);
        let look = |office: &Office, screen: &str, least: usize| {
            no_message_is_missing(office, screen);
            let seen = every_control_has_a_name(office, screen);
            assert!(seen >= least, "{screen}: {seen} controls");
        };
        look(&office, "sign in", 3);
        office.sign_in(OFFICER);
        look(&office, "desk", 5);
        for (key, page) in [
            (Key::F5, "review"),
            (Key::F6, "queue"),
            (Key::F8, "station"),
        ] {
            office.key(key);
            look(&office, page, 2);
        }
        office.key(Key::Escape);
        office.key(Key::F2);
        office.until("the application", |s| s.work().is_some());
        look(&office, "kind", 14);
        office.key(Key::Num5);
        for (key, step) in [
            (Key::Num2, Step::Details),
            (Key::Num3, Step::Consent),
            (Key::Num5, Step::Exceptions),
            (Key::Num6, Step::Check),
        ] {
            office.key_with(Modifiers::CTRL, key);
            office.until("the step", |s| s.work().is_some_and(|w| w.step == step));
            look(&office, step.key(), 10);
        }
        office.key_with(Modifiers::CTRL, Key::R);
        look(&office, "refusal", 7);
        office.key(Key::Escape);
    }
}

#[test]
fn a_wrong_passphrase_is_said_and_f12_changes_the_language_of_it_at_once() {
    let mut office = Office::open(Lang::En);
    office.until("the screen of signing in", |s| s.revision > 0);
    office.type_into("Staff number", OFFICER.number);
    office.type_into("Passphrase", "not the passphrase");
    office.key(Key::Enter);
    office.until("the refusal", |s| {
        s.sign_in.error.is_some() && !s.sign_in.busy
    });
    let says = |office: &Office, label: &str| {
        let node = office.harness.get_by_label(label);
        node.accesskit_node()
            .data()
            .description()
            .map(str::to_owned)
            .unwrap_or_default()
    };
    assert!(says(&office, "Passphrase").starts_with("Wrong passphrase."));
    let left = office
        .harness
        .get_by_label("Staff number")
        .rect()
        .center()
        .x;
    office.key(Key::F12);
    let urdu = Words::new(Lang::Ur);
    let label = plain(&urdu.get("signin-passphrase"));
    let words = says(&office, &label);
    assert!(
        words
            .chars()
            .any(|c| ('\u{0600}'..='\u{06FF}').contains(&c)),
        "{words}"
    );
    let right = office
        .harness
        .get_by_label(&plain(&urdu.get("signin-staff")))
        .rect()
        .center()
        .x;
    assert!(
        right > left + 100.0,
        "the form is at the other side: {left} and {right}"
    );
    assert_eq!(
        office
            .harness
            .get_by_label(&plain(&urdu.get("signin-staff")))
            .value()
            .as_deref(),
        Some(OFFICER.number)
    );
}

#[test]
fn a_person_who_has_moved_away_is_not_photographed_by_an_instruction_that_still_stands() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(DemonstrationClock::default());
    demonstration::furnish(folder.path(), clock.now()).unwrap();
    let feed = MemoryFeed::new();
    let desk = Desk::start(DeskOptions {
        data: folder.path().to_owned(),
        models: assets("models"),
        source: SourceSpec::Memory(feed.clone()),
        camera: CameraOptions::default(),
        clock,
        vfs: None,
        wake: Arc::new(|| {}),
    })
    .unwrap();
    let here = demonstration::frame(&assets("pictures"), &demonstration::STRAIGHT).unwrap();
    let away = demonstration::frame(&assets("pictures"), &demonstration::FAR).unwrap();
    desk.wait_for(PATIENCE, |s| s.station.is_some()).unwrap();
    desk.send(Command::Session(SessionAct::SignIn {
        staff: OFFICER.id().unwrap(),
        passphrase: OFFICER.secret(),
    }));
    desk.wait_for(PATIENCE, |s| s.session.is_some()).unwrap();
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
    desk.wait_for(PATIENCE, |s| {
        s.work().is_some_and(|w| w.step == Step::Photograph)
    })
    .unwrap();
    let seen_after = |sequence: u64, frame: &[u8]| {
        let end = Instant::now() + PATIENCE;
        loop {
            feed.push(FRAME.0, FRAME.1, frame.to_vec());
            let _ = desk.wait_for(Duration::from_millis(60), |_| {
                desk.live().is_some_and(|l| l.sequence > sequence)
            });
            if let Some(live) = desk.live().filter(|l| l.sequence > sequence) {
                return live;
            }
            assert!(Instant::now() < end, "no frame was looked at");
        }
    };
    let first = seen_after(0, &here);
    assert_eq!(
        first.instruction, "instruct-ready",
        "the person is in place"
    );
    let moved = Instant::now();
    let mut sequence = first.sequence;
    // Longer than an instruction stands and a face must hold.
    while moved.elapsed() < Duration::from_millis(1_500) {
        let live = seen_after(sequence, &away);
        sequence = live.sequence;
        assert!(
            matches!(desk.state().work().unwrap().photo.phase, PhotoPhase::Live),
            "photographed from afar"
        );
    }
}

/// A picture before the camera fails; the officer begins again, then says what the applicant cannot do: with keys alone, in both languages.
#[test]
fn a_failed_challenge_has_a_way_on_for_everybody() {
    for lang in [Lang::En, Lang::Ur] {
        let policy = Policy {
            challenge: ChallengeRule::Always,
            ..Policy::development()
        };
        let mut office = Office::open_under(lang, policy);
        office.until("the station", |s| s.station.is_some());
        office.desk.send(Command::Session(SessionAct::SignIn {
            staff: OFFICER.id().unwrap(),
            passphrase: OFFICER.secret(),
        }));
        office.until("the session", |s| s.session.is_some());
        office.desk.send(Command::Enrolment(EnrolmentAct::New));
        office
            .desk
            .send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
        let challenge = |s: &State, wanted: fn(ChallengeView) -> bool| {
            s.work().is_some_and(|w| wanted(w.photo.challenge))
        };
        let failed = |s: &State| challenge(s, |view| view == ChallengeView::Failed);
        office.until("the failed challenge", failed);
        let (again, other) = (office.t("challenge-begin"), office.t("challenge-other-way"));
        assert!(office.harness.query_by_label(&again).is_some());
        assert!(office.harness.query_by_label(&other).is_some());
        office.key(Key::Enter);
        office.until("the second draw", |s| {
            challenge(s, |view| matches!(view, ChallengeView::Running { .. }))
        });
        office.key(Key::O);
        let follow = office.t(&format!("vouch-{}", VouchReason::Follow.key()));
        assert!(office.harness.query_by_label(&follow).is_some());
        office.key(Key::Num3);
        office.key(Key::Enter);
        office.until("the photograph that takes itself", |s| {
            s.work()
                .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Captured(_)))
        });
        assert!(challenge(&office.desk.state(), |view| view == ChallengeView::Vouched));
    }
}
