//! Packets over real TLS into real PostgreSQL: each takes effect once, and what fails is kept.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::population::{self, Faces};
use domain::StaffId;
use support::packet::{Plan, Who, models};
use support::{Station, TestCentre};
use wire::{PacketState, path};

async fn start() -> (TestCentre, Station) {
    let centre = support::centre();
    let station = centre.station().await;
    (centre, station)
}

async fn quarantined(plan: Plan) -> String {
    let (centre, station) = start().await;
    let packet = plan.make(&station.signers);
    let (state, reason) = centre.settle(&station, &packet).await;
    assert_eq!(state, PacketState::Quarantined);
    let figures = centre.figures();
    assert_eq!(
        (figures.quarantined, figures.effects, figures.receipts),
        (1, 0, 1)
    );
    assert!(figures.alarms >= 1);
    reason.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packet_sent_ten_times_takes_effect_once() {
    let (centre, station) = start().await;
    let packet = Plan::new(1, None).make(&station.signers);
    assert_eq!(
        centre.settle(&station, &packet).await,
        (PacketState::Accepted, None)
    );
    let first = centre.reply(&station, &packet).await;
    for _ in 0..9 {
        assert_eq!(centre.send(&station, &packet).await, 204);
    }
    assert_eq!(centre.reply(&station, &packet).await, first);
    let figures = centre.figures();
    assert_eq!(
        (
            figures.effects,
            figures.receipts,
            figures.duplicated_effects
        ),
        (1, 1, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_with_another_digest_is_refused_and_raises_an_alarm() {
    let (centre, station) = start().await;
    let plan = Plan::new(1, None);
    centre.settle(&station, &plan.make(&station.signers)).await;
    // Sealed anew, so of another digest.
    let created = centre.create(&station, &plan.make(&station.signers)).await;
    let problem: wire::Problem = created.json().await.unwrap();
    assert_eq!((problem.status, problem.key()), (409, "packet-id-reused"));
    assert_eq!(centre.figures().alarms, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_continues_where_it_was_cut_and_damage_is_not_kept() {
    let (centre, station) = start().await;
    let packet = Plan::new(1, None).make(&station.signers);
    let created = centre.create(&station, &packet).await;
    let location = created.headers()["location"].to_str().unwrap().to_owned();
    let half = packet.sealed.len() / 2;
    let (first, rest) = packet.sealed.split_at(half);
    let sent = centre
        .patch(&station, &location, 0, first.to_vec(), None)
        .await;
    assert_eq!(sent.status(), 204);
    let damaged = Some("sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=");
    let refused = centre
        .patch(&station, &location, half, rest.to_vec(), damaged)
        .await;
    assert_eq!(refused.status(), 460);
    let elsewhere = centre
        .patch(&station, &location, half + 1, rest.to_vec(), None)
        .await;
    assert_eq!(elsewhere.status(), 409);
    assert_eq!(centre.offset(&station, &location).await, half);
    let sent = centre
        .patch(&station, &location, half, rest.to_vec(), None)
        .await;
    assert_eq!(sent.status(), 204);
    assert_eq!(
        centre.reply(&station, &packet).await.state,
        PacketState::Accepted
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_quarantined_with_its_reason() {
    let mut plan = Plan::new(1, None);
    plan.garbage = true;
    assert_eq!(quarantined(plan).await, "not-openable");
}

#[tokio::test(flavor = "multi_thread")]
async fn own_work_approved_is_quarantined() {
    let mut plan = Plan::new(1, None);
    plan.decider = Who::Officer;
    assert_eq!(quarantined(plan).await, "four-eyes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_supervisor_is_quarantined() {
    let mut plan = Plan::new(1, None);
    // Another officer writes the supervisor's number under their own signature.
    plan.decider = Who::OtherOfficer;
    plan.decision = Box::new(|d| d.supervisor = StaffId::parse("40001").unwrap());
    assert_eq!(quarantined(plan).await, "decision-signature");
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_eyes_without_a_reason_are_quarantined() {
    let mut plan = Plan::new(1, None);
    plan.application = Box::new(|a| a.photo.quality.readings[0].scalar = Some(5));
    assert_eq!(quarantined(plan).await, "quality");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_cut_short_is_quarantined() {
    let mut plan = Plan::new(1, None);
    plan.portrait.truncate(plan.portrait.len() / 2);
    assert_eq!(quarantined(plan).await, "picture-truncated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_of_sixty_megapixels_is_quarantined_undecoded() {
    let mut plan = Plan::new(1, None);
    // The frame header's height and width, after its marker, length and precision.
    let at = plan
        .portrait
        .windows(2)
        .position(|w| w == [0xff, 0xc0])
        .unwrap()
        + 5;
    plan.portrait[at..at + 4].copy_from_slice(&[0x1f, 0x40, 0x1d, 0x4c]);
    assert_eq!(quarantined(plan).await, "picture-too-large");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_chain_is_quarantined() {
    let (centre, station) = start().await;
    let first = Plan::new(1, None).make(&station.signers);
    centre.settle(&station, &first).await;
    let forked = Plan::new(2, Some(envelope::Digest::of(b"another"))).make(&station.signers);
    let (state, reason) = centre.settle(&station, &forked).await;
    assert_eq!(
        (state, reason.as_deref()),
        (PacketState::Quarantined, Some("chain-broken"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_face_twice_waits_for_a_person() {
    let (centre, station) = start().await;
    let first = Plan::new(1, None).make(&station.signers);
    centre.settle(&station, &first).await;
    let second = Plan::new(2, Some(first.digest()))
        .with_face("obama2.jpg")
        .make(&station.signers);
    centre.settle(&station, &second).await;
    let third = Plan::new(3, Some(second.digest()))
        .with_face("biden.jpg")
        .make(&station.signers);
    centre.settle(&station, &third).await;
    let url = centre.url(&format!("{}?after=1&wait_seconds=20", path::OUTCOMES));
    let told: wire::OutcomeList = station
        .client
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(told.outcomes[0].packet, second.id);
    let url = centre.url(path::ADJUDICATIONS);
    let list: wire::AdjudicationList = station
        .client
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(list.adjudications.len(), 1);
    assert!(list.adjudications[0].score > 0.7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_population_of_three_hundred_is_loaded_once() {
    let centre = support::centre();
    let load = || {
        centre.act(async |store| {
            let pictures = models().join("../pictures");
            let faces = Faces::read(&pictures, &models())?;
            population::load(&store, 300, 1, &faces).await
        })
    };
    let first = load();
    assert_eq!((first.records, first.with_picture), (300, 3));
    assert_eq!(load().records, 0);
    assert_eq!(centre.figures().population, 300);
}

/// What made templates of the shipped networks before.
fn earlier() -> face::FormerModel {
    let analyser = face::Analyser::new(&models()).unwrap();
    analyser.templates().former()[0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_recorded_under_the_earlier_networks_is_found_and_a_station_that_has_them_still_is_taken()
 {
    let (centre, station) = start().await;
    let pictures = models().join("../pictures");
    centre.act(move |store| async move {
        let faces = Faces::read(&pictures, &models())?;
        population::load(&store, 3, 1, &faces).await
    });
    let (database, connection) = tokio_postgres::connect(&centre.database, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let earlier = earlier();
    // As a database has it that was filled before the networks changed.
    for row in database
        .query("select id, template from biometric", &[])
        .await
        .unwrap()
    {
        let today = face::Template::from_bytes(row.get(1)).unwrap();
        let before = earlier.inside(&today).unwrap();
        let update = "update biometric set model = $2, template = $3 where id = $1";
        let (id, model): (i64, _) = (row.get(0), earlier.id().as_str());
        database
            .execute(update, &[&id, &model, &before.to_bytes()])
            .await
            .unwrap();
    }
    let packet = Plan::new(1, None).with_face("obama.jpg");
    let packet = packet.make(&station.signers);
    assert_eq!(
        centre.settle(&station, &packet).await,
        (PacketState::Accepted, None)
    );
    suspected(&centre, 1).await;

    let mut plan = Plan::new(2, Some(packet.digest())).with_face("biden.jpg");
    let today = face::Template::from_bytes(&plan.template).unwrap();
    plan.template = earlier.inside(&today).unwrap().to_bytes();
    let packet = plan.make(&station.signers);
    assert_eq!(
        centre.settle(&station, &packet).await,
        (PacketState::Accepted, None)
    );
    suspected(&centre, 2).await;
    let kept = database
        .query_one("select model from biometric order by id desc limit 1", &[])
        .await
        .unwrap();
    assert_eq!(kept.get::<_, &str>(0), today.model().as_str());

    // Another person's template is told under the earlier identity too.
    let mut plan = Plan::new(3, Some(packet.digest())).with_face("obama.jpg");
    plan.template = earlier.inside(&today).unwrap().to_bytes();
    let (state, reason) = centre.settle(&station, &plan.make(&station.signers)).await;
    assert_eq!(
        (state, reason.as_deref()),
        (PacketState::Quarantined, Some("template-mismatch"))
    );
}

/// Waits until every search is done.
async fn suspected(centre: &TestCentre, packets: i64) {
    while centre.figures().jobs_open > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(centre.figures().packets_suspected, packets);
}
