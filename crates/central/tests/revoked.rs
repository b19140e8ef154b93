//! What a revoked station, or a colleague of somebody who was dismissed, may still deliver: everything, for a person to judge.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use support::packet::{Packet, Plan};
use support::{Station, TestCentre};
use wire::{PacketState, path};

const REASON: &str = "arrived-after-revocation";

async fn for_a_person(centre: &TestCentre, carrier: &Station, packet: &Packet) {
    let before = centre.figures();
    let (state, reason) = centre.settle(carrier, packet).await;
    assert_eq!(
        (state, reason.as_deref()),
        (PacketState::Quarantined, Some(REASON))
    );
    let after = centre.figures();
    assert_eq!(after.effects, before.effects);
    assert!(after.alarms > before.alarms, "nobody was alarmed");
    let alarms = centre.act(async |store| central::open_alarms(&store).await);
    let (own, brought) = (
        &packet.manifest.peek().unwrap().station,
        &carrier.signers.lease.station,
    );
    let named = alarms.iter().find(|alarm| alarm.kind == REASON).unwrap();
    let expected = (own != brought).then(|| brought.as_str().to_owned());
    assert_eq!(named.carrier, expected);
}

fn revoke(centre: &TestCentre) {
    centre.act(async |store| central::dev::revoke_station(&store, &support::station_id()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_station_may_let_go_of_what_it_holds() {
    let centre = support::centre();
    let station = centre.station().await;
    let first = Plan::new(1, None).make(&station.signers);
    let (state, _) = centre.settle(&station, &first).await;
    assert_eq!(state, PacketState::Accepted);
    let second = Plan::new(2, Some(first.digest())).make(&station.signers);
    revoke(&centre);
    for_a_person(&centre, &station, &second).await;
    // What arrived before stays what it was.
    assert_eq!(
        centre.reply(&station, &first).await.state,
        PacketState::Accepted
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_station_is_told_nothing_else() {
    let centre = support::centre();
    let station = centre.station().await;
    revoke(&centre);
    for at in [path::LEASE, path::OUTCOMES, path::ADJUDICATIONS] {
        let answer = station.client.get(centre.url(at)).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{at}");
    }
    for at in [path::STATUS, path::CERTIFICATE] {
        let post = station.client.post(centre.url(at));
        let answer = post.json(&serde_json::json!({})).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_stations_packet_on_another_stations_road_is_for_a_person_too() {
    let centre = support::centre();
    let station = centre.station().await;
    let carrier = centre.station_named("MUL-04").await;
    let packet = Plan::new(1, None).make(&station.signers);
    revoke(&centre);
    for_a_person(&centre, &carrier, &packet).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_keys_of_a_replaced_pc_sign_nothing_that_takes_effect() {
    let centre = support::centre();
    let stolen = centre.station().await;
    let new = centre.station().await;
    centre.act(async |store| {
        central::dev::revoke_replaced_keys(&store, &support::station_id()).await
    });
    // The thief's certificate was replaced with the keys; it may deliver as well.
    let packet = Plan::new(1, None).make(&stolen.signers);
    for_a_person(&centre, &stolen, &packet).await;
    let packet = Plan::new(1, None).make(&new.signers);
    let (state, _) = centre.settle(&new, &packet).await;
    assert_eq!(state, PacketState::Accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_revoked_station_carries_for_another_takes_effect_and_names_the_carrier() {
    let centre = support::centre();
    let stolen = centre.station().await;
    let honest = centre.station_named("MUL-04").await;
    let packet = Plan::new(1, None).make(&honest.signers);
    revoke(&centre);
    let (state, _) = centre.settle(&stolen, &packet).await;
    assert_eq!(state, PacketState::Accepted);
    let alarms = centre.act(async |store| central::open_alarms(&store).await);
    let named: Vec<_> = alarms
        .iter()
        .map(|alarm| {
            let carrier = alarm.carrier.as_deref();
            (alarm.kind.as_str(), alarm.station.as_deref(), carrier)
        })
        .collect();
    assert_eq!(named, [("carrier-revoked", Some("MUL-04"), Some("MUL-03"))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_falls_back_hides_no_revocation() {
    let behind = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(0));
    let years = behind.clone();
    let clock = central::Clock::from_fn(move || {
        let back = years.load(std::sync::atomic::Ordering::SeqCst);
        support::packet::now().plus_days(-365 * back)
    });
    let centre = support::centre_with_clock(clock);
    let station = centre.station().await;
    let carrier = centre.station_named("MUL-04").await;
    let packet = Plan::new(1, None).make(&station.signers);
    revoke(&centre);
    behind.store(5, std::sync::atomic::Ordering::SeqCst);
    for_a_person(&centre, &carrier, &packet).await;
}
