//! Two centres over one database: what both of them have taken up takes effect once.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::{Centre, CentreOptions, DatabaseChoice, RunningCentre};
use std::time::Duration;
use support::TestCentre;
use support::packet::{Plan, models};
use tokio_postgres::{Client, NoTls};
use wire::PacketState;

/// How long what must happen may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// A second centre with the same keys, packets and database; only its lock is its own.
fn beside(centre: &TestCentre, folder: &std::path::Path) -> RunningCentre {
    for entry in std::fs::read_dir(centre.folder.path()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() != "centre.lock" {
            std::os::unix::fs::symlink(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    }
    let options = CentreOptions {
        database: DatabaseChoice::Url(centre.database.clone()),
        ..CentreOptions::development(folder, models())
    };
    tokio::task::block_in_place(|| Centre::start(options)).unwrap()
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Clients of the database that wait for a lock.
const WAITING: &str = "select count(*) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'";
/// Other clients in the middle of a transaction.
const AT_WORK: &str = "select count(*) from pg_stat_activity
    where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()";

async fn until(client: &Client, counted: &str, count: i64) {
    let reached = async {
        while client
            .query_one(counted, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            != count
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, reached).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packet_that_two_centres_judge_at_once_takes_effect_once() {
    let centre = support::centre();
    let station = centre.station().await;
    let folder = tempfile::tempdir().unwrap();
    let second = beside(&centre, folder.path());
    let (watcher, mut holder) = (
        connect(&centre.database).await,
        connect(&centre.database).await,
    );
    // Nothing takes effect while this row is held, so both judge the packet before either has settled it.
    let held = holder.transaction().await.unwrap();
    held.execute("update sequence set receipt = receipt", &[])
        .await
        .unwrap();
    let mut plan = Plan::new(1, None);
    plan.manifest = Box::new(|m| m.policy_version = 77);
    let packet = plan.make(&station.signers);
    assert_eq!(centre.send(&station, &packet).await, 204);
    until(&watcher, WAITING, 1).await;
    // As if the first worker's claim had lapsed: another one takes it up, and both have judged it.
    let lapsed = "update packet set claimed_until = null where claimed_until is not null";
    assert_eq!(watcher.execute(lapsed, &[]).await.unwrap(), 1);
    until(&watcher, WAITING, 2).await;
    held.rollback().await.unwrap();
    until(&watcher, AT_WORK, 0).await;
    let reply = centre.reply(&station, &packet).await;
    assert_eq!(reply.state, PacketState::Quarantined);
    drop(second);
    let figures = centre.figures();
    assert_eq!((figures.alarms, figures.receipts), (1, 1));
    let numbers = watcher.query_one("select receipt from sequence", &[]).await;
    assert_eq!(numbers.unwrap().get::<_, i64>(0), 1, "a second receipt");
}
