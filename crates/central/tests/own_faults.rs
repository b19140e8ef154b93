//! What may be the centre's own fault is never a quarantine: the station keeps its copy, and the packet is judged again.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::{Centre, CentreError, CentreOptions, Clock, DatabaseChoice, Which, keys};
use domain::Verdict;
use envelope::{Identity, Receipt, Signed};
use std::path::Path;
use std::process::Command;
use support::packet::{Packet, Plan, models};
use support::{Station, TestCentre, centre_as, new_database};
use wire::PacketState;

/// The same station before a centre that was started again.
fn before(centre: &TestCentre, station: Station) -> Station {
    Station {
        client: centre.client(Some(&station.identity_pem)),
        ..station
    }
}

async fn receipt(centre: &TestCentre, station: &Station, packet: &Packet) -> Receipt {
    let reply = centre.reply(station, packet).await;
    let signed: Signed<Receipt> = reply.receipt.expect("a receipt").read().unwrap();
    signed
        .verify(&station.centre_key())
        .unwrap()
        .into_document()
}

/// It rests at the centre, and the station keeps its copy.
async fn retained(centre: &TestCentre, station: &Station, packet: &Packet, why: &str) {
    let (state, reason) = centre.settle(station, packet).await;
    assert_eq!(
        (state, reason.as_deref()),
        (PacketState::Received, Some(why))
    );
    let verdict = receipt(centre, station, packet).await.verdict;
    assert_eq!(verdict, Verdict::Retain);
    let figures = centre.figures();
    assert_eq!(
        (figures.quarantined, figures.effects, figures.outcomes),
        (0, 0, 0)
    );
    let open = centre.act(async |store| central::open_alarms(&store).await);
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0].kind, why);
}

async fn durable(centre: &TestCentre, station: &Station, packet: &Packet) {
    centre.until(|c| c.figures().accepted == 1).await;
    let settled = receipt(centre, station, packet).await;
    assert_eq!((settled.verdict, settled.reason), (Verdict::Durable, None));
    let open = centre.act(async |store| central::open_alarms(&store).await);
    assert_eq!(open, []);
    assert_eq!(centre.figures().effects, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_key_stops_the_start_with_words_and_is_not_made() {
    let (folder, database) = support::centre().stopped();
    for name in [
        "policy-root.public",
        "policy-root.seed",
        "centre.seed",
        "centre.certificate",
        "ingest.identity",
        "recovery.recipient",
        "office-recovery.recipient",
        "activation-codes.key",
        "ca.pem",
        "ca.key.pem",
    ] {
        let (key, aside) = (
            folder.path().join("keys").join(name),
            folder.path().join("aside"),
        );
        // The public half of a centre for development stands in its secret one.
        let other = key.with_extension(if name.contains("recipient") {
            "identity"
        } else {
            "seed"
        });
        let other_aside = folder.path().join("other");
        let has_other = name.contains("public") || name.contains("recipient");
        std::fs::rename(&key, &aside).unwrap();
        if has_other {
            std::fs::rename(&other, &other_aside).unwrap();
        }
        let options = CentreOptions {
            database: DatabaseChoice::Url(database.clone()),
            ..CentreOptions::development(folder.path(), models())
        };
        let started = tokio::task::block_in_place(|| Centre::start(options).map(drop));
        if name == "policy-root.seed" {
            started.unwrap();
        } else {
            let error = started.unwrap_err();
            assert!(
                matches!(error, CentreError::KeyMissing(_)),
                "{name}: {error}"
            );
            let words = central::explain(&error);
            assert!(words.contains("keys") && words.contains("کنجی"), "{words}");
        }
        assert!(!key.exists(), "{name} was made anew");
        std::fs::rename(&aside, &key).unwrap();
        if has_other {
            std::fs::rename(&other_aside, &other).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_not_the_databases_stop_the_start() {
    let centre = support::centre();
    centre.station().await;
    let (_old, database) = centre.stopped();
    let folder = tempfile::tempdir().unwrap();
    let options = CentreOptions {
        database: DatabaseChoice::Url(database),
        ..CentreOptions::development(folder.path(), models())
    };
    let error = tokio::task::block_in_place(|| Centre::start(options).unwrap_err());
    assert!(matches!(error, CentreError::OtherKeys(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packet_that_the_centres_keys_do_not_open_waits_for_the_right_one() {
    let centre = support::centre();
    let station = centre.station().await;
    let packet = Plan::new(1, None).make(&station.signers);
    // Somebody put another key in the place of the right one, in the database too.
    centre
        .sql("delete from key_generation where purpose = 'ingest'")
        .await;
    let (folder, database) = centre.stopped();
    let key = folder.path().join("keys/ingest.identity");
    let right = std::fs::read(&key).unwrap();
    let wrong = Identity::generate();
    std::fs::write(&key, wrong.to_secret().as_bytes()).unwrap();
    let centre = centre_as(folder, database, |_| ());
    let station = before(&centre, station);
    retained(&centre, &station, &packet, "not-addressed").await;
    centre
        .sql("delete from key_generation where purpose = 'ingest'")
        .await;
    let (folder, database) = centre.stopped();
    std::fs::write(&key, right).unwrap();
    let centre = centre_as(folder, database, |_| ());
    durable(&centre, &before(&centre, station), &packet).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_of_a_model_that_the_centre_does_not_have_waits_for_it() {
    let centre = support::centre();
    let station = centre.station().await;
    let mut plan = Plan::new(1, None);
    let own = face::Template::from_bytes(&plan.template).unwrap();
    let newer = face::ModelId::new("newer").unwrap();
    plan.template = face::Template::from_raw(newer, own.vector().to_vec())
        .unwrap()
        .to_bytes();
    let packet = plan.make(&station.signers);
    retained(&centre, &station, &packet, "template-model").await;
    // A start looks again; the model has still not come.
    let centre = centre.restarted(|_| ());
    let station = before(&centre, station);
    centre.until(|c| c.figures().waiting == 0).await;
    assert_eq!(
        receipt(&centre, &station, &packet).await.verdict,
        Verdict::Retain
    );
    let open = centre.act(async |store| central::open_alarms(&store).await);
    assert_eq!(open.len(), 1, "{open:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_the_centre_lost_makes_no_quarantine() {
    let centre = support::centre();
    let station = centre.station().await;
    let packet = Plan::new(1, None).make(&station.signers);
    centre
        .sql("create table lost as select * from lease; delete from lease")
        .await;
    retained(&centre, &station, &packet, "lease-unknown").await;
    centre.sql("insert into lease select * from lost").await;
    let which = Which::Reason("lease-unknown".to_owned());
    let again = centre.act(async move |store| central::judge_again(&store, &which).await);
    assert_eq!(again, 1);
    durable(&centre, &station, &packet).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quarantined_packet_is_judged_again_by_a_command() {
    let centre = support::centre();
    let station = centre.station().await;
    let packet = Plan::new(1, None).make(&station.signers);
    centre
        .sql("create table lost as select * from lease; delete from lease")
        .await;
    centre.settle(&station, &packet).await;
    // As an earlier release had put it aside.
    let earlier = "update packet set state = 'quarantined', reason = 'document'; insert into lease select * from lost;
                   update alarm set kind = 'document'";
    centre.sql(earlier).await;
    let run = Command::new(env!("CARGO_BIN_EXE_shanakht-centre"))
        .args(["packet", "re-judge", "--reason", "document", "--data"])
        .arg(centre.folder.path())
        .args(["--database", &centre.named()])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&run.stdout), "1\n", "{run:?}");
    durable(&centre, &station, &packet).await;
    // What took effect is never judged again.
    let which = Which::Packet(packet.id);
    let again = centre.act(async move |store| central::judge_again(&store, &which).await);
    assert_eq!(again, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authoritys_centre_works_without_root_and_recovery_and_takes_no_replay() {
    let (folder, away) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let now = Clock::system().now();
    keys::init(folder.path(), now, Some(away.path()), None).unwrap();
    assert!(
        keys::init(folder.path(), now, None, None).is_err(),
        "made twice"
    );
    let names = |folder: &Path| -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(
        names(away.path()),
        [
            "office-recovery.identity",
            "policy-root.seed",
            "recovery.identity"
        ]
    );
    let kept = names(&folder.path().join("keys"));
    assert!(
        !kept.iter().any(|name| names(away.path()).contains(name)),
        "{kept:?}"
    );
    let centre = centre_as(folder, new_database(), |options| options.makes_keys = false);
    let station = centre.station().await;
    assert!(!station.signers.lease.policy.replay_allowed);
    let replayed = Plan::new(1, None).make(&station.signers);
    let (_, reason) = centre.settle(&station, &replayed).await;
    assert_eq!(reason.as_deref(), Some("replay"));
}
