//! The search among all: whatever its engine does, nobody is registered unsearched; removed people are forgotten; references of two
//! models are searched side by side until they are made anew.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/faulty.rs"]
mod faulty;
#[path = "support/homes.rs"]
mod homes;
mod support;

use central::matching::{Engine, Exact, forget};
use central::population::{self, Faces};
use domain::{ApplicationKind, Cnic};
use face::{Analyser, Picture, Template};
use faulty::{Fault, Faulty};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use support::packet::{Packet, Plan, models};
use support::{Station, TestCentre};
use wire::PacketState;

#[tokio::test]
async fn the_exact_home_keeps_every_promise() {
    homes::keeps_every_promise(&Exact::new()).await;
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

async fn searched(centre: &TestCentre) {
    centre.until(|c| c.figures().jobs_open == 0).await;
}

/// Returns once something holds.
async fn becomes(mut holds: impl AsyncFnMut() -> bool) {
    let end = tokio::time::Instant::now() + std::time::Duration::from_mins(2);
    while !holds().await {
        assert!(tokio::time::Instant::now() < end, "it never came to it");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// The number of rows that a query counts.
async fn count(centre: &TestCentre, from: &str) -> i64 {
    let (client, connection) = tokio_postgres::connect(&centre.database, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let statement = format!("select count(*) from {from}");
    let row = client.query_one(&statement, &[]).await;
    row.unwrap().get(0)
}

fn renewal(counter: u64, before: Option<&Packet>) -> Plan {
    let mut plan = Plan::new(counter, before.map(Packet::digest));
    plan.application = Box::new(|application| {
        application.kind = ApplicationKind::Renewal;
        application.details.cnic = Some(Cnic::parse("35202-1234567-8").unwrap());
    });
    plan
}

/// While the engine has a fault packets are received and compared with their number's reference, and nobody is registered; afterwards
/// everybody is, with the suspects that there would have been.
async fn waits_for(fault: Fault) {
    let engine = Arc::new(Faulty::new());
    let centre = centre_with(engine.clone());
    let station = centre.station().await;
    let first = renewal(1, None).make(&station.signers);
    accepted(&centre, &station, &first).await;
    searched(&centre).await;
    assert_eq!(centre.figures().outcomes, 1);

    engine.have(fault);
    let alike = Plan::new(2, Some(first.digest())).make(&station.signers);
    let other = renewal(3, Some(&alike)).with_face("biden.jpg");
    let other = other.make(&station.signers);
    accepted(&centre, &station, &alike).await;
    accepted(&centre, &station, &other).await;
    // 1:1 goes on: another face under a number is a doubt at once.
    centre.until(|c| c.figures().adjudications == 1).await;
    let before = engine.asked.load(std::sync::atomic::Ordering::SeqCst);
    if fault != Fault::Silent {
        // It is asked again and again.
        let again = || engine.asked.load(std::sync::atomic::Ordering::SeqCst) > before + 1;
        centre.until(|_| again()).await;
        let health = centre.health().await;
        assert_eq!(health["matching"]["waits"], true, "{health}");
    }
    let figures = centre.figures();
    assert_eq!((figures.jobs_open, figures.outcomes), (2, 1), "{fault:?}");
    assert_eq!(count(&centre, "dedup_job where failures > 0").await, 0);

    engine.have(Fault::None);
    searched(&centre).await;
    let figures = centre.figures();
    assert_eq!(
        (figures.outcomes, figures.adjudications),
        (3, 2),
        "{fault:?}"
    );
    assert_eq!(figures.packets_suspected, 2);
    let health = centre.health().await;
    assert_eq!(
        (&health["matching"]["waits"], &health["matching"]["behind"]),
        (&false.into(), &0.into()),
        "{health}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_away_keeps_everybody_waiting_and_loses_nobody() {
    waits_for(Fault::Away).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_full_keeps_everybody_waiting_and_loses_nobody() {
    waits_for(Fault::Full).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_answers_with_errors_keeps_everybody_waiting_and_loses_nobody() {
    waits_for(Fault::Errors).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_says_nothing_keeps_everybody_waiting_and_loses_nobody() {
    waits_for(Fault::Silent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_removed_is_forgotten_by_every_gallery_at_once() {
    let engine = Arc::new(Exact::new());
    let centre = centre_with(engine.clone());
    let station = centre.station().await;
    let first = Plan::new(1, None).make(&station.signers);
    accepted(&centre, &station, &first).await;
    searched(&centre).await;
    let removed = centre.act(async |store| forget(&store, 1).await);
    assert_eq!(removed, 1);
    // Without another search.
    let held = || futures::executor::block_on(engine.sizes()).unwrap();
    centre
        .until(|_| held().values().all(|size| *size == 0))
        .await;
    let kept = "biometric where octet_length(template) > 0 or portrait is not null";
    assert_eq!(count(&centre, kept).await, 0);
    let again = Plan::new(2, Some(first.digest())).make(&station.signers);
    accepted(&centre, &station, &again).await;
    searched(&centre).await;
    let figures = centre.figures();
    assert_eq!((figures.packets_suspected, figures.outcomes), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_removed_before_the_search_is_not_searched() {
    let engine = Arc::new(Faulty::new());
    engine.have(Fault::Away);
    let centre = centre_with(engine.clone());
    let station = centre.station().await;
    let first = Plan::new(1, None).make(&station.signers);
    accepted(&centre, &station, &first).await;
    let removed = centre.act(async |store| forget(&store, 1).await);
    assert_eq!((removed, centre.figures().jobs_open), (1, 0));
    engine.have(Fault::None);
    let again = Plan::new(2, Some(first.digest())).make(&station.signers);
    accepted(&centre, &station, &again).await;
    searched(&centre).await;
    assert_eq!(centre.figures().packets_suspected, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_was_emptied_or_is_ahead_is_filled_again() {
    let engine = Arc::new(Faulty::new());
    let centre = centre_with(engine.clone());
    let pictures = models().join("../pictures");
    let faces = Faces::read(&pictures, &models()).unwrap();
    let people = i64::try_from(faces.len()).unwrap();
    centre.act(async move |store| population::load(&store, 20, 1, &faces).await);
    let full = async || {
        let sizes = engine.real.sizes().await.unwrap();
        sizes.values().sum::<u64>() == 20
    };
    let filled = || futures::executor::block_on(full());
    centre.until(|_| filled()).await;
    engine.real.clear().await.unwrap();
    centre.until(|_| filled()).await;
    // The database came back from a backup that is older than the engine.
    let stranger = homes::template("model-z", 192, 9, None);
    let stranger = homes::reference(1_000_000, stranger);
    engine.real.upsert(&[stranger]).await.unwrap();
    engine.real.mark(1_000_000).await.unwrap();
    centre.until(|_| filled()).await;
    assert!(!engine.real.sizes().await.unwrap().contains_key("model-z"));
    assert!(people > 0);
}

/// A folder of the shipped networks whose templates are one network's alone.
fn other_models() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(models()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "onnx") {
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    let manifest = std::fs::read(models().join("manifest.json")).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let networks = manifest["models"].as_array_mut().unwrap();
    networks.retain(|line| line["role"] != "template" || line["name"] == "mobilefacenet");
    manifest["template"]["name"] = "mobilefacenet".into();
    manifest["template"]["former"] = serde_json::json!([]);
    std::fs::write(folder.path().join("manifest.json"), manifest.to_string()).unwrap();
    folder
}

/// Templates of portraits on record by other networks, as a database has them that was filled before the networks changed. Nobody makes
/// them anew for a while: somebody has claimed them and died.
async fn as_of(centre: &TestCentre, networks: &Path) -> String {
    let mut analyser = Analyser::new(networks).unwrap();
    let (client, connection) = tokio_postgres::connect(&centre.database, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let rows = client
        .query(
            "select id, portrait from biometric where portrait is not null",
            &[],
        )
        .await
        .unwrap();
    for row in rows {
        let template = template_of(&mut analyser, row.get(1));
        let update = "update biometric set template = $2, model = $3, remake_until = now() + interval '1 hour'
                      where id = $1";
        let model = template.model().as_str();
        let id: i64 = row.get(0);
        let bytes = template.to_bytes();
        client
            .execute(update, &[&id, &bytes, &model])
            .await
            .unwrap();
    }
    analyser.template_model().as_str().to_owned()
}

fn template_of(analyser: &mut Analyser, portrait: &[u8]) -> Template {
    let picture = Picture::decode(portrait).unwrap();
    let landmarks = analyser.landmarks(&picture).unwrap();
    analyser.template(&picture, &landmarks).unwrap()
}

fn people_of(centre: &TestCentre) {
    let faces = Faces::read(&models().join("../pictures"), &models()).unwrap();
    centre.act(async move |store| population::load(&store, 5, 1, &faces).await);
}

fn former(folder: &tempfile::TempDir) -> Vec<PathBuf> {
    vec![folder.path().to_owned()]
}

#[tokio::test(flavor = "multi_thread")]
async fn references_of_two_manifests_are_searched_side_by_side_until_they_are_made_anew() {
    let networks = other_models();
    let centre = support::centre();
    people_of(&centre);
    let before = as_of(&centre, networks.path()).await;
    let centre = centre.restarted(|options| options.former_models = former(&networks));
    let station = centre.station().await;
    let first = Plan::new(1, None).make(&station.signers);
    accepted(&centre, &station, &first).await;
    searched(&centre).await;
    assert_eq!(
        centre.figures().packets_suspected,
        1,
        "under the earlier model"
    );
    let old = format!("biometric where model = '{before}'");
    assert!(count(&centre, &old).await > 0, "nothing was made anew yet");

    // Whoever had claimed them is long dead; half of them were made before that.
    centre
        .sql("update biometric set remake_until = now() - interval '1 second' where remake_until is not null")
        .await;
    let centre = centre.restarted(|_| ());
    let station = Station {
        client: centre.client(Some(&station.identity_pem)),
        ..station
    };
    becomes(async || count(&centre, &old).await == 0).await;
    let second = Plan::new(2, Some(first.digest())).with_face("biden.jpg");
    accepted(&centre, &station, &second.make(&station.signers)).await;
    searched(&centre).await;
    let figures = centre.figures();
    assert_eq!(
        (figures.packets_suspected, figures.references_not_remade),
        (2, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_earlier_networks_nobody_is_registered_until_references_are_made_anew() {
    let networks = other_models();
    let centre = support::centre();
    people_of(&centre);
    as_of(&centre, networks.path()).await;
    let station = centre.station().await;
    let first = Plan::new(1, None).make(&station.signers);
    accepted(&centre, &station, &first).await;
    becomes(async || centre.health().await["matching"]["waits"] == true).await;
    let figures = centre.figures();
    assert_eq!((figures.outcomes, figures.jobs_open), (0, 1));
    // One portrait of them gives no template: it keeps the one it has, is counted, and holds up nobody.
    centre
        .sql(
            "update biometric set portrait = 'no picture' where id = (select min(id) from biometric where remake_until is not null);
             update biometric set remake_until = null",
        )
        .await;
    let centre = centre.restarted(|_| ());
    searched(&centre).await;
    let figures = centre.figures();
    assert_eq!((figures.outcomes, figures.references_not_remade), (1, 1));
    assert_eq!(figures.packets_suspected, 1);
}
