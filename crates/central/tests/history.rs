//! A station's history at the centre: it outlives the station's keys, and a counter that is missing holds up nobody.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::Alarm;
use domain::Priority;
use envelope::{Digest, FORMAT, Receipt, Signed, SigningKey, Void};
use support::packet::{Packet, Plan, now};
use support::{Station, TestCentre};
use wire::{PacketState, SignedText, VoidReply, VoidRequest, path};

async fn start() -> (TestCentre, Station) {
    let centre = support::centre();
    let station = centre.station().await;
    (centre, station)
}

fn alarms(centre: &TestCentre) -> Vec<Alarm> {
    centre.act(async |store| central::open_alarms(&store).await)
}

fn kinds(centre: &TestCentre) -> Vec<String> {
    alarms(centre).into_iter().map(|alarm| alarm.kind).collect()
}

async fn accepted(centre: &TestCentre, station: &Station, packet: &Packet) {
    let (state, reason) = centre.settle(station, packet).await;
    assert_eq!((state, reason), (PacketState::Accepted, None));
}

/// Packets of a station in a row.
fn row(station: &Station, from: u64, previous: Option<Digest>, count: u64) -> Vec<Packet> {
    let mut packets: Vec<Packet> = Vec::new();
    for counter in from..from + count {
        let before = packets.last().map(Packet::digest).or(previous);
        packets.push(Plan::new(counter, before).make(&station.signers));
    }
    packets
}

fn void_of(station: &Station, packet: &Packet) -> Signed<Void> {
    let manifest = packet.manifest.peek().unwrap();
    let void = Void {
        format: FORMAT,
        packet: packet.id,
        station: manifest.station,
        counter: manifest.counter,
        previous: manifest.previous,
        digest: manifest.digest,
        reason: "damaged".to_owned(),
        lease: manifest.lease,
        audit_head: Digest::of(b"head"),
        at: now(),
    };
    Signed::sign(&void, &station.signers.key).unwrap()
}

async fn send_void(centre: &TestCentre, station: &Station, void: &Signed<Void>) -> Signed<Receipt> {
    let request = VoidRequest {
        void: SignedText::of(void),
    };
    let post = station.client.post(centre.url(path::VOIDS));
    let answer = post.json(&request).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let reply: VoidReply = answer.json().await.unwrap();
    reply.receipt.read().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_activation_goes_on_with_the_stations_counters() {
    let (centre, station) = start().await;
    let packets = row(&station, 1, None, 3);
    accepted(&centre, &station, &packets[0]).await;
    // The second and third were signed with the old key and are still on their way.
    let again = centre
        .activated_again(station.held(3, Some(packets[2].digest())))
        .await;
    let next = Plan::new(4, Some(packets[2].digest())).make(&again.signers);
    accepted(&centre, &again, &next).await;
    assert_eq!(kinds(&centre), ["counter-gap"]);
    accepted(&centre, &again, &packets[2]).await;
    accepted(&centre, &again, &packets[1]).await;
    assert_eq!(alarms(&centre), [], "the gap has closed");
    let forked = Plan::new(5, Some(Digest::of(b"another"))).make(&again.signers);
    let (_, reason) = centre.settle(&again, &forked).await;
    assert_eq!(reason.as_deref(), Some("chain-broken"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_pc_without_the_old_ones_store_begins_at_one() {
    let (centre, station) = start().await;
    let packets = row(&station, 1, None, 2);
    accepted(&centre, &station, &packets[0]).await;
    let new = centre.station().await;
    accepted(&centre, &new, &Plan::new(1, None).make(&new.signers)).await;
    // What lay on the old PC's disk keeps its place in the old history.
    accepted(&centre, &new, &packets[1]).await;
    assert_eq!(alarms(&centre), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_contradicts_what_the_centre_has_is_not_gone_on_with() {
    let (centre, station) = start().await;
    let first = Plan::new(1, None).make(&station.signers);
    accepted(&centre, &station, &first).await;
    let other = Some(Digest::of(b"another first packet"));
    let again = centre.activated_again(station.held(1, other)).await;
    assert_eq!(kinds(&centre), ["history-forked"]);
    accepted(&centre, &again, &Plan::new(2, other).make(&again.signers)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_raises_one_alarm_and_holds_up_nobody() {
    let (centre, station) = start().await;
    let packets = row(&station, 1, None, 6);
    accepted(&centre, &station, &packets[0]).await;
    for late in [3, 4, 5] {
        accepted(&centre, &station, &packets[late]).await;
    }
    let open = alarms(&centre);
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(
        (open[0].kind.as_str(), open[0].detail.as_deref()),
        ("counter-gap", Some("2-3"))
    );
    accepted(&centre, &station, &packets[1]).await;
    assert_eq!(alarms(&centre).len(), 1, "the third is still missing");
    accepted(&centre, &station, &packets[2]).await;
    assert_eq!(alarms(&centre), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_comes_late_and_fits_neither_side_is_for_a_person() {
    let (centre, station) = start().await;
    let packets = row(&station, 1, None, 3);
    accepted(&centre, &station, &packets[0]).await;
    accepted(&centre, &station, &packets[2]).await;
    // Another second packet: the third names the one that it followed.
    let other = Plan::new(2, Some(packets[0].digest())).make(&station.signers);
    let (_, reason) = centre.settle(&station, &other).await;
    assert_eq!(reason.as_deref(), Some("chain-broken"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_urgent_packet_waits_for_none_before_it() {
    let (centre, station) = start().await;
    let mut plan = Plan::new(9, Some(Digest::of(b"the eighth")));
    plan.priority = Priority::Urgent;
    accepted(&centre, &station, &plan.make(&station.signers)).await;
    assert_eq!(kinds(&centre), ["counter-gap"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_closes_its_counter_and_its_receipt_is_always_the_same() {
    let (centre, station) = start().await;
    let packets = row(&station, 1, None, 3);
    accepted(&centre, &station, &packets[0]).await;
    accepted(&centre, &station, &packets[2]).await;
    assert_eq!(kinds(&centre), ["counter-gap"]);
    let void = void_of(&station, &packets[1]);
    let receipt = send_void(&centre, &station, &void).await;
    let verified = receipt.verify(&station.centre_key()).unwrap();
    assert_eq!(
        (verified.packet, verified.digest, verified.verdict),
        (packets[1].id, void.digest(), domain::Verdict::Durable)
    );
    assert_eq!(alarms(&centre), []);
    assert_eq!(send_void(&centre, &station, &void).await, receipt);
    // The undamaged original turns up after all.
    accepted(&centre, &station, &packets[1]).await;
    assert_eq!(alarms(&centre), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_for_a_packet_that_is_here_undoes_nothing() {
    let (centre, station) = start().await;
    let packet = Plan::new(1, None).make(&station.signers);
    accepted(&centre, &station, &packet).await;
    let before = centre.reply(&station, &packet).await;
    send_void(&centre, &station, &void_of(&station, &packet)).await;
    assert_eq!(centre.reply(&station, &packet).await, before);
    assert_eq!(centre.figures().effects, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_frees_no_counter_for_another_packet() {
    let (centre, station) = start().await;
    let packet = Plan::new(1, None).make(&station.signers);
    send_void(&centre, &station, &void_of(&station, &packet)).await;
    let other = Plan::new(1, None).make(&station.signers);
    let (_, reason) = centre.settle(&station, &other).await;
    assert_eq!(reason.as_deref(), Some("counter-reused"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_that_its_station_did_not_sign_is_refused() {
    let (centre, station) = start().await;
    let packet = Plan::new(1, None).make(&station.signers);
    let void = void_of(&station, &packet).peek().unwrap();
    let forged = Signed::sign(&void, &SigningKey::generate().unwrap()).unwrap();
    let request = VoidRequest {
        void: SignedText::of(&forged),
    };
    let post = station.client.post(centre.url(path::VOIDS));
    let answer = post.json(&request).send().await.unwrap();
    let problem: wire::Problem = answer.json().await.unwrap();
    assert_eq!((problem.status, problem.key()), (403, "void-signature"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_at_the_end_of_the_numbers_stops_nobody() {
    let (centre, station) = start().await;
    for counter in [0, i64::MAX as u64, u64::MAX] {
        let packet = Plan::new(counter, None).make(&station.signers);
        let answer = centre.create(&station, &packet).await;
        assert_eq!(answer.status(), 400, "{counter}");
    }
    accepted(
        &centre,
        &station,
        &Plan::new(1, None).make(&station.signers),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_serial_that_falls_along_the_counters_is_seen() {
    let (centre, mut station) = start().await;
    let old = station.signers.lease.clone();
    centre.act(async |store| {
        central::dev::unlock(
            &store,
            &support::station_id(),
            &domain::StaffId::parse("40213").unwrap(),
        )
        .await
    });
    station.signers.lease = station.lease(&centre).await;
    assert_eq!(station.signers.lease.serial, old.serial + 1);
    let first = Plan::new(1, None).make(&station.signers);
    accepted(&centre, &station, &first).await;
    assert_eq!(alarms(&centre), []);
    station.signers.lease = old;
    let second = Plan::new(2, Some(first.digest())).make(&station.signers);
    accepted(&centre, &station, &second).await;
    assert_eq!(kinds(&centre), ["lease-regression"]);
}
