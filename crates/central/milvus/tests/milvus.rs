//! The same promises as of the home in process, kept by a real server that speaks Milvus' protocol: PyPI `milvus-lite`.
//! `cargo xtask test --full --part milvus` names its program in SHANAKHT_MILVUS_LITE.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../../tests/support/homes.rs"]
mod homes;
#[path = "../../tests/support/mod.rs"]
mod support;

use central::matching::{Engine, EngineError, Exact, forget};
use central::population::{self, Faces};
use milvus_home::Milvus;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::packet::{Packet, Plan};
use support::{Station, TestCentre};
use wire::PacketState;

/// A server over a folder, in which everything lies that it was told.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(folder: &Path, port: u16) -> Self {
        let program = std::env::var("SHANAKHT_MILVUS_LITE")
            .expect("SHANAKHT_MILVUS_LITE names milvus-lite's program");
        let child = Command::new(program)
            .args(["server", "--host", "127.0.0.1", "--port", &port.to_string()])
            .arg("--data-dir")
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, port };
        let end = Instant::now() + Duration::from_mins(2);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(Instant::now() < end, "milvus-lite does not listen");
            std::thread::sleep(Duration::from_millis(100));
        }
        server
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &pid]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn home(port: u16) -> Arc<Milvus> {
    Arc::new(Milvus::at(&format!("http://127.0.0.1:{port}"), None))
}

fn centre_with(engine: Arc<dyn Engine>) -> TestCentre {
    let folder = tempfile::tempdir().unwrap();
    support::centre_as(folder, support::new_database(), |options| {
        options.engine = engine;
    })
}

async fn accepted(centre: &TestCentre, station: &Station, packet: &Packet) {
    let settled = centre.settle(station, packet).await;
    assert_eq!(settled, (PacketState::Accepted, None));
}

/// Returns once something holds.
async fn becomes(mut holds: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + Duration::from_mins(3);
    while !holds().await {
        assert!(Instant::now() < end, "it never came to it");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn held(engine: &dyn Engine) -> u64 {
    let sizes = engine.sizes().await;
    sizes.map_or(0, |sizes| sizes.values().sum())
}

#[tokio::test(flavor = "multi_thread")]
async fn milvus_keeps_every_promise_of_a_home() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), free_port());
    let home = home(server.port);
    homes::keeps_every_promise(&*home).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_homes_give_the_same_candidates_and_scores_of_the_same_registry() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), free_port());
    let (milvus, exact) = (home(server.port), Exact::new());
    let references: Vec<_> = (1..=3000)
        .map(|id: i64| homes::reference(id, homes::template("a", 704, id.unsigned_abs(), None)))
        .collect();
    milvus.upsert(&references).await.unwrap();
    exact.upsert(&references).await.unwrap();
    for of in [5_usize, 500, 2999] {
        let probe = homes::template("a", 704, 77, Some(&references[of].template));
        let (one, other) = (
            milvus.search(&probe, 20).await.unwrap(),
            exact.search(&probe, 20).await.unwrap(),
        );
        assert_eq!(one.len(), 20);
        for (one, other) in one.iter().zip(&other) {
            assert!((one.score - other.score).abs() < 1e-4, "{one:?} {other:?}");
        }
        assert_eq!(one[0].id, other[0].id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_lost_or_cut_short_is_filled_from_the_registry_and_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut server = Server::start(folder.path(), port);
    let engine = home(port);
    let centre = centre_with(engine.clone());
    let faces = Faces::default();
    centre.act(async move |store| population::load(&store, 9000, 1, &faces).await);
    // Killed in the middle of it.
    becomes(async || held(&*engine).await >= 1000).await;
    drop(server);
    server = Server::start(folder.path(), port);
    becomes(async || held(&*engine).await == 9000).await;
    centre.until(|c| waits(c) == Some(false)).await;
    // Another centre goes on with what is there.
    let reached = engine.reached().await.unwrap();
    assert_eq!(reached, 9000);
    // Its disk is exchanged for an empty one.
    drop(server);
    let empty = tempfile::tempdir().unwrap();
    let server = Server::start(empty.path(), port);
    becomes(async || held(&*engine).await == 9000).await;
    let removed = centre.act(async |store| forget(&store, 17).await);
    assert_eq!(removed, 1);
    becomes(async || held(&*engine).await == 8999).await;
    drop(server);
}

fn waits(centre: &TestCentre) -> Option<bool> {
    let runtime = tokio::runtime::Handle::current();
    let health = tokio::task::block_in_place(|| runtime.block_on(centre.health()));
    health["matching"]["waits"].as_bool()
}

/// Packets are taken, nobody is registered, and afterwards everybody is.
async fn waits_for(
    away: impl FnOnce(Server) -> Option<Server>,
    back: impl FnOnce(Option<Server>, &Path, u16) -> Server,
) {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let server = Server::start(folder.path(), port);
    let centre = centre_with(home(port));
    let station = centre.station().await;
    let first = Plan::new(1, None).make(&station.signers);
    accepted(&centre, &station, &first).await;
    centre.until(|c| c.figures().jobs_open == 0).await;
    let server = away(server);
    let alike = Plan::new(2, Some(first.digest())).make(&station.signers);
    accepted(&centre, &station, &alike).await;
    becomes(async || waits(&centre) == Some(true)).await;
    let figures = centre.figures();
    assert_eq!((figures.jobs_open, figures.outcomes), (1, 1));
    let _server = back(server, folder.path(), port);
    centre.until(|c| c.figures().jobs_open == 0).await;
    let figures = centre.figures();
    assert_eq!((figures.packets_suspected, figures.outcomes), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn milvus_killed_keeps_everybody_waiting_and_loses_nobody() {
    waits_for(|_| None, |_, folder, port| Server::start(folder, port)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn milvus_that_does_not_answer_keeps_everybody_waiting_and_loses_nobody() {
    let stop = |server: Server| {
        server.signal("-STOP");
        Some(server)
    };
    waits_for(stop, |server, _, _| {
        let server = server.unwrap();
        server.signal("-CONT");
        server
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_listens_is_said_to_be_away() {
    let nobody = home(free_port());
    let probe = homes::template("a", 704, 1, None);
    let answer = nobody.search(&probe, 5).await;
    assert!(
        matches!(answer, Err(EngineError::Away(_) | EngineError::Late)),
        "{answer:?}"
    );
}
