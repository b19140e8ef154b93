//! A desk and the real centre over real TLS: activation, and whom a station believes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "link/carrying.rs"]
mod carrying;
#[path = "link/relay.rs"]
mod relay;
#[path = "../../crates/central/tests/support/mod.rs"]
mod support;

use capture::{CameraOptions, MemoryFeed, SourceSpec};
use desk::{
    Command, Desk, DeskOptions, OutboxAct, SecretString, SessionAct, State, StationAct, SystemClock,
};
use domain::StaffId;
use relay::Relay;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// For what a loaded machine does in a second or two.
const PATIENCE: Duration = Duration::from_mins(1);

fn desk(folder: &Path) -> Desk {
    Desk::start(DeskOptions {
        data: folder.to_owned(),
        models: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../assets/models"),
        source: SourceSpec::Memory(MemoryFeed::new()),
        camera: CameraOptions::default(),
        clock: Arc::new(SystemClock::default()),
        vfs: None,
        wake: Arc::new(|| {}),
    })
    .unwrap()
}

#[track_caller]
fn until(desk: &Desk, wish: impl Fn(&State) -> bool) -> Arc<State> {
    desk.wait_for(PATIENCE, wish).unwrap_or_else(|state| {
        panic!(
            "not reached; notice {:?}, link {:?}",
            state.notice, state.link
        )
    })
}

fn notice(state: &State) -> &str {
    state.notice.as_ref().map_or("", |notice| notice.key)
}

#[track_caller]
fn try_activation(desk: &Desk, url: &str, code: &str) -> String {
    assert!(desk.send(Command::DismissNotice));
    until(desk, |state| state.notice.is_none());
    assert!(desk.send(Command::Station(StationAct::Activate {
        url: url.to_owned(),
        code: code.into(),
    })));
    let state = until(desk, |state| !state.activating && state.notice.is_some());
    notice(&state).to_owned()
}

#[test]
fn a_station_activates_once_with_its_code_and_works_after_a_restart() {
    let centre = support::centre();
    let folder = tempfile::tempdir().unwrap();
    let (url, code) = (centre.centre.url(), centre.code());
    {
        let desk = desk(folder.path());
        assert_eq!(try_activation(&desk, &url, &code), "notice-activated");
        let state = until(&desk, |state| state.link.online);
        assert_eq!(state.station.as_ref().unwrap().id.as_str(), "MUL-03");
        let staff = StaffId::parse("40213").unwrap();
        assert!(desk.send(Command::Session(SessionAct::SignIn {
            staff,
            passphrase: SecretString::from("correct horse 40213"),
        })));
        until(&desk, |state| state.session.is_some());
    }
    let again = desk(folder.path());
    until(&again, |state| state.station.is_some() && state.link.online);
    // The code is spent: another station learns nothing with it.
    let other = tempfile::tempdir().unwrap();
    let other = desk(other.path());
    assert_eq!(
        try_activation(&other, &url, &code),
        "notice-activation-code"
    );
    assert!(other.state().station.is_none());
}

#[test]
fn a_code_is_sent_to_nobody_but_the_centre_that_it_names() {
    let (centre, stranger) = (support::centre(), support::centre());
    let code = centre.code();
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(folder.path());
    // Somebody in between answers with a certificate of another authority.
    let relay = Relay::to(stranger.centre.addr());
    assert_eq!(
        try_activation(&desk, &relay.url(), &code),
        "notice-activation-foreign"
    );
    // What is typed wrongly, and who does not answer, are told apart from it.
    let mut wrong = code.clone();
    wrong.replace_range(0..1, if code.starts_with('7') { "8" } else { "7" });
    assert_eq!(
        try_activation(&desk, &centre.centre.url(), &wrong),
        "notice-activation-code"
    );
    assert_eq!(
        try_activation(&desk, &centre.centre.url(), "1234"),
        "notice-activation-code"
    );
    assert_eq!(
        try_activation(&desk, "http://127.0.0.1:1", &code),
        "notice-activation-address"
    );
    relay.point_at(None);
    assert_eq!(
        try_activation(&desk, &relay.url(), &code),
        "notice-activation-unreachable"
    );
    // Nothing of all that spent the code.
    assert_eq!(
        try_activation(&desk, &centre.centre.url(), &code),
        "notice-activated"
    );
}

#[test]
fn a_link_that_fails_says_why_and_comes_back_by_itself() {
    let (centre, stranger) = (support::centre(), support::centre());
    let relay = Relay::to(centre.centre.addr());
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(folder.path());
    assert_eq!(
        try_activation(&desk, &relay.url(), &centre.code()),
        "notice-activated"
    );
    until(&desk, |state| state.link.online);
    let failing = |key: &str| {
        assert!(desk.send(Command::Outbox(OutboxAct::TryNow)));
        until(&desk, |state| {
            !state.link.online && state.link.error.as_deref() == Some(key)
        });
    };
    relay.point_at(None);
    failing("link-error-no-answer");
    // Another centre takes the address: it is not believed, and gets nothing.
    relay.point_at(Some(stranger.centre.addr()));
    failing("link-error-foreign");
    let held = stranger.figures();
    assert_eq!((held.uploads_open, held.waiting, held.accepted), (0, 0, 0));
    relay.point_at(Some(centre.centre.addr()));
    until(&desk, |state| {
        state.link.online && state.link.error.is_none()
    });
    // A person may pause it and let it go on.
    assert!(desk.send(Command::Outbox(OutboxAct::Pause(true))));
    until(&desk, |state| state.link.paused);
    assert!(desk.send(Command::Outbox(OutboxAct::Pause(false))));
    until(&desk, |state| !state.link.paused && state.link.online);
}
