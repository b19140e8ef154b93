//! `shanakht bench-ui`: how much work a frame of the window is, how long until somebody can sign in, and how much memory the window holds
//! after 200 applicants.

mod plain;

use crate::demonstration::{self, DemonstrationClock, OFFICER, STRAIGHT, SUPERVISOR};
use crate::look::Look;
use crate::screens::Page;
use crate::script::{self, ALI, PlayedCamera, wait};
use crate::stage;
use crate::theme::Appearance;
use crate::{Place, Window};
use anyhow::{Context, Result, anyhow};
use capture::{CameraOptions, SourceSpec};
use desk::{
    Clock as _, Command, Desk, DeskOptions, EnrolmentAct, Field, Lang, ReviewAct, SessionAct, Step,
    Typed,
};
use domain::ApplicationKind;
use eframe::egui::vec2;
use plain::Plain;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Frames that are measured on each screen.
const FRAMES: usize = 200;
/// People who are enrolled before the memory is read: as many as one lease allows.
const APPLICANTS: usize = 200;
/// Of them between two reviews.
const BATCH: usize = 20;
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs as the bench's own peer.
///
/// # Errors
/// When the window cannot be opened or the file not be written.
pub fn run_plain(json: &Path, started: Instant) -> Result<()> {
    plain::run(json, started)
}

/// Measures and writes rows of `name, value, unit, samples`.
///
/// # Errors
/// When the window cannot be opened or the file not be written.
pub fn run(json: &Path, models: &Path, pictures: &Path, started: Instant) -> Result<()> {
    let folder = tempfile::tempdir().context("no folder for the bench's station")?;
    let peer = plain::measured(folder.path())?;
    let clock = Arc::new(DemonstrationClock::default());
    demonstration::furnish(folder.path(), clock.now())?;
    let camera = PlayedCamera::start(pictures)?;
    let prepared = started.elapsed();
    let options = DeskOptions {
        data: folder.path().to_owned(),
        models: models.to_owned(),
        source: SourceSpec::Memory(camera.feed.clone()),
        camera: CameraOptions::default(),
        clock,
        vfs: None,
        wake: Arc::new(|| {}),
    };
    let rows: Arc<Mutex<Vec<Value>>> = Arc::default();
    let found = rows.clone();
    stage::play(
        vec2(1280.0, 720.0),
        move |ctx| {
            let ctx = ctx.clone();
            let desk = Desk::start(DeskOptions {
                wake: Arc::new(move || ctx.request_repaint()),
                ..options
            })?;
            Ok(Window::new(
                Arc::new(desk),
                Lang::Ur,
                Look::Fixed(Appearance::Light),
            )?)
        },
        move |stage| {
            let desk = at_sign_in(stage)?;
            // The bench's own station was made in between: that is not the program's start.
            let cold = started.elapsed().saturating_sub(prepared).as_secs_f64() * 1000.0;
            let cold = row("cold start to sign-in", cold, "ms", 1);
            let mut rows = vec![against(
                cold,
                "an eframe window with egui's own widgets: program start to its first frame",
                peer.first_frame,
            )];
            desk.send(Command::Session(SessionAct::SignIn {
                staff: OFFICER.id()?,
                passphrase: OFFICER.secret(),
            }));
            wait(&desk, "the bench's screen", |s| s.session.is_some())?;
            measure(stage, "desk", peer, &mut rows)?;
            desk.send(Command::Enrolment(EnrolmentAct::New));
            desk.send(Command::Enrolment(EnrolmentAct::SetKind(
                ApplicationKind::Renewal,
            )));
            desk.send(Command::Enrolment(EnrolmentAct::SetField(
                Field::NameUrdu,
                Typed::new("زینب نور"),
            )));
            desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Details)));
            wait(&desk, "the bench's screen", |s| {
                s.work().is_some_and(|w| w.step == Step::Details)
            })?;
            measure(stage, "details", peer, &mut rows)?;
            desk.send(Command::Enrolment(EnrolmentAct::Close));
            wait(&desk, "the bench's screen", |s| s.work().is_none())?;
            stage.act(|window| window.local_mut().page = Page::Station)?;
            measure(stage, "station", peer, &mut rows)?;
            stage.act(|window| window.local_mut().page = Page::Desk)?;
            memory(&desk, &camera, &mut rows)?;
            camera.stop();
            *found.lock().unwrap_or_else(PoisonError::into_inner) = rows;
            Ok(())
        },
    )?;
    let rows = rows.lock().unwrap_or_else(PoisonError::into_inner).clone();
    std::fs::write(json, serde_json::to_string_pretty(&rows)?)
        .with_context(|| format!("{} cannot be written", json.display()))
}

/// Waits until the screen of signing in has been drawn.
fn at_sign_in(stage: &stage::Stage) -> Result<Arc<Desk>> {
    let until = Instant::now() + PATIENCE;
    loop {
        let (give, take) = sync_channel(1);
        stage.act(move |window| {
            let _ = give.send((window.place(), window.desk().clone()));
        })?;
        let (place, desk) = take.recv()?;
        if place == Place::SignIn {
            return Ok(desk);
        }
        if Instant::now() > until {
            return Err(anyhow!("the screen of signing in did not come"));
        }
    }
}

fn measure(stage: &stage::Stage, screen: &str, peer: Plain, rows: &mut Vec<Value>) -> Result<()> {
    let mut times = stage.frame_times(FRAMES)?;
    times.sort_unstable();
    for (name, share, peer) in [("median", 0.5, peer.median), ("p99", 0.99, peer.p99)] {
        let name = format!("UI work a frame, {screen}, {name}");
        let ours = row(&name, quantile(&times, share), "ms", times.len());
        rows.push(against(ours, "a form of egui's own widgets", peer));
    }
    Ok(())
}

/// Of sorted times, in milliseconds.
fn quantile(times: &[Duration], share: f64) -> f64 {
    let index = (share * times.len() as f64).ceil() as usize;
    times
        .get(index.saturating_sub(1))
        .copied()
        .unwrap_or_default()
        .as_secs_f64()
        * 1000.0
}

fn against(mut row: Value, peer: &str, value: f64) -> Value {
    row["ratio"] = json!(row["value"].as_f64().unwrap_or(f64::NAN) / value);
    row["peer"] = json!(peer);
    row["peer_value"] = json!(value);
    row
}

/// Enrols an office's day of people, each photographed and approved, and reads how much memory the program holds.
fn memory(desk: &Desk, camera: &PlayedCamera, rows: &mut Vec<Value>) -> Result<()> {
    rows.push(row(
        "memory before the first applicant",
        resident("VmRSS")?,
        "MB",
        1,
    ));
    for batch in 0..APPLICANTS / BATCH {
        for _ in 0..BATCH {
            script::begin(desk, &ALI)?;
            script::capture(desk, camera, &STRAIGHT, None)?;
            script::submit(desk)?;
        }
        script::sign_out(desk)?;
        script::sign_in(desk, SUPERVISOR)?;
        for _ in 0..BATCH {
            let state = wait(desk, "the reviews", |s| !s.reviews.is_empty())?;
            let packet = state.reviews.first().context("no review")?.packet;
            desk.send(Command::Review(ReviewAct::Open(packet)));
            wait(desk, "the open review", |s| s.review().is_some())?;
            desk.send(Command::Review(ReviewAct::Approve));
            wait(desk, "the decision", |s| {
                s.review().is_none() && s.reviews.iter().all(|r| r.packet != packet)
            })?;
        }
        script::sign_out(desk)?;
        script::sign_in(desk, OFFICER)?;
        let done = (batch + 1) * BATCH;
        tracing::info!(done, megabytes = resident("VmRSS")?, "enrolled");
    }
    let name = format!("memory after {APPLICANTS} applicants");
    rows.push(row(&name, resident("VmRSS")?, "MB", APPLICANTS));
    let name = format!("most memory until then, {APPLICANTS} applicants");
    rows.push(row(&name, resident("VmHWM")?, "MB", APPLICANTS));
    Ok(())
}

/// A line of `/proc/self/status`, in MB.
fn resident(what: &str) -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status").context("/proc")?;
    let kib: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix(what)?.strip_prefix(':'))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .context("the system does not say how much memory this takes")?;
    Ok(kib * 1024.0 / 1e6)
}

fn row(name: &str, value: f64, unit: &str, samples: usize) -> Value {
    json!({ "name": name, "value": value, "unit": unit, "peer": null, "peer_value": null, "ratio": null, "samples": samples })
}
