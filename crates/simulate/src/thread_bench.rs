//! How long the thread from the camera to the centre's receipt takes on one machine, without the people in it.

use crate::centre::Centre;
use crate::counter::{Counter, OFFICER, SUPERVISOR};
use crate::day::{SITTERS, captured};
use crate::people::{People, Variant};
use crate::studio::Studio;
use anyhow::Context;
use desk::{Command, EnrolmentAct, PhotoPhase, ReviewAct, State, Step};
use domain::CaptureReason;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// A face that meets every demand, in the middle of the frame.
pub(crate) const SITTING: Variant = Variant {
    gain: 1.0,
    shift: (0.0, 0.0),
    size: 0.42,
};

/// What one applicant took.
struct Times {
    /// From the passphrase to the open session: the key file's own cost.
    key_file: Duration,
    /// From the open session to the first frame with its checks, the desk of the application opened in between.
    first_frame: Duration,
    /// From the order to take the photograph to the best shot on the screen.
    capture: Duration,
    /// From keeping it to the signed submission in review.
    submit: Duration,
    /// From the supervisor's approval to the centre's receipt, verified, and the purge after it.
    receipt: Duration,
}

/// Enrols `applicants` people one after the other and gives the bench's rows (`name, value, unit, samples`, no peer).
///
/// # Errors
/// When a part does not start or an act does not come to its end.
pub fn bench_thread(
    data: &Path,
    assets: &Path,
    applicants: u32,
    say: &dyn Fn(&str),
) -> anyhow::Result<Vec<Value>> {
    let studio = Studio::open(&assets.join("pictures"), &SITTERS)?;
    let centre = Centre::open(&data.join("centre"), None, 0, say)?;
    let code = centre.add_station()?;
    let counter = Counter::open(&data.join("station"), assets)?;
    counter.activate(centre.url(), &code)?;
    let mut people = People::new(1);
    let frame = studio.frame(&SITTERS[0], SITTING).context("a frame")?;
    let mut all = Vec::new();
    for number in 1..=applicants {
        counter.sit_down(Some(frame.clone()));
        all.push(enrol(&counter, &mut people)?);
        say(&format!("{number} of {applicants}"));
    }
    Ok(rows(&all))
}

/// Enrols somebody and approves it, while nothing is sent.
pub(crate) fn enrol_unsent(counter: &Counter, people: &mut People) -> anyhow::Result<()> {
    submit(counter, people)?;
    let waiting = counter.state()?.queue.outbox;
    approve(counter, |s| s.queue.outbox > waiting).map(drop)
}

fn enrol(counter: &Counter, people: &mut People) -> anyhow::Result<Times> {
    let times = submit(counter, people)?;
    let settled = counter.state()?.queue.settled;
    Ok(Times {
        receipt: approve(counter, |s| s.queue.settled > settled)?,
        ..times
    })
}

/// From the officer's sign-in to the submission; there is no receipt yet.
fn submit(counter: &Counter, people: &mut People) -> anyhow::Result<Times> {
    let applicant = people.applicant(SITTERS[0]);
    let begun = Instant::now();
    counter.sign_in(OFFICER)?;
    let key_file = begun.elapsed();
    counter.wait("a live camera", |s| s.camera.live())?;

    let begun = Instant::now();
    counter.send(Command::Enrolment(EnrolmentAct::New))?;
    counter.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)))?;
    while counter.live()?.is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let first_frame = begun.elapsed();

    counter.send(Command::Enrolment(EnrolmentAct::SetKind(applicant.kind)))?;
    for (field, text) in &applicant.form {
        counter.send(Command::Enrolment(EnrolmentAct::SetField(
            *field,
            text.as_str().into(),
        )))?;
    }
    counter.send(Command::Enrolment(EnrolmentAct::SetConsent(true)))?;
    let begun = Instant::now();
    counter.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
        CaptureReason::Condition,
    ))))?;
    counter.wait("the photograph", captured)?;
    let capture = begun.elapsed();

    let begun = Instant::now();
    counter.send(Command::Enrolment(EnrolmentAct::KeepPhoto))?;
    counter.wait("the kept photograph", |s| {
        s.work()
            .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Kept(_)))
    })?;
    counter.send(Command::Enrolment(EnrolmentAct::Goto(Step::Check)))?;
    counter.send(Command::Enrolment(EnrolmentAct::Submit))?;
    counter.wait("the submission", |s| s.work().is_none())?;
    let submit = begun.elapsed();
    counter.sign_out()?;

    Ok(Times {
        key_file,
        first_frame,
        capture,
        submit,
        receipt: Duration::ZERO,
    })
}

fn approve(counter: &Counter, over: impl Fn(&State) -> bool) -> anyhow::Result<Duration> {
    counter.sign_in(SUPERVISOR)?;
    let state = counter.state()?;
    let packet = state.reviews.first().context("a review")?.packet;
    counter.send(Command::Review(ReviewAct::Open(packet)))?;
    counter.wait("the open review", |s| s.review().is_some())?;
    let begun = Instant::now();
    counter.send(Command::Review(ReviewAct::Approve))?;
    counter.wait("what follows the approval", over)?;
    let receipt = begun.elapsed();
    counter.sign_out()?;
    Ok(receipt)
}

fn rows(all: &[Times]) -> Vec<Value> {
    let row = |name: &str, of: &dyn Fn(&Times) -> Duration| {
        let mut times: Vec<f64> = all.iter().map(|t| of(t).as_secs_f64() * 1000.0).collect();
        times.sort_by(f64::total_cmp);
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        let most = times.last().copied().unwrap_or_default();
        [
            json!({ "name": format!("{name}, median"), "value": median, "unit": "ms", "peer": null, "peer_value": null, "ratio": null, "samples": all.len() }),
            json!({ "name": format!("{name}, longest"), "value": most, "unit": "ms", "peer": null, "peer_value": null, "ratio": null, "samples": all.len() }),
        ]
    };
    [
        row("passphrase to session", &|t| t.key_file),
        row("sign-in to first scored frame", &|t| t.first_frame),
        row("burst and best shot", &|t| t.capture),
        row("keep, seal, sign, submit", &|t| t.submit),
        row("approval to receipt", &|t| t.receipt),
        row("capture to receipt, without the people", &|t| {
            t.capture + t.submit + t.receipt
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}
