//! Waiting packets are claimed: whatever becomes of a worker, a process or a disk, each takes effect once and none is quarantined for it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/replica.rs"]
mod replica;
mod support;

use domain::Verdict;
use envelope::{Digest, Receipt, Signed};
use replica::Replica;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use support::packet::{Packet, Plan};
use support::{Station, TestCentre, receiving};
use wire::PacketState;

/// Packets of a station in a row, sent.
async fn sent(centre: &TestCentre, station: &Station, count: u64) -> Vec<Packet> {
    let (mut packets, mut previous): (Vec<Packet>, Option<Digest>) = (Vec::new(), None);
    for counter in 1..=count {
        let packet = Plan::new(counter, previous).make(&station.signers);
        previous = Some(packet.digest());
        assert_eq!(centre.send(station, &packet).await, 204);
        packets.push(packet);
    }
    packets
}

fn blob(centre: &TestCentre, packet: &Packet) -> PathBuf {
    let name = format!("{}/{}.packet", packet.id, packet.digest());
    centre.folder.path().join("packets").join(name)
}

async fn receipt(centre: &TestCentre, station: &Station, packet: &Packet) -> Receipt {
    let reply = centre.reply(station, packet).await;
    let signed: Signed<Receipt> = reply.receipt.expect("a receipt").read().unwrap();
    signed
        .verify(&station.centre_key())
        .unwrap()
        .into_document()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_blob_holds_up_nobody_and_its_packet_waits_for_it() {
    let centre = receiving();
    let station = centre.station().await;
    let packets = sent(&centre, &station, 3).await;
    let (gone, aside) = (
        blob(&centre, &packets[0]),
        centre.folder.path().join("aside"),
    );
    std::fs::rename(&gone, &aside).unwrap();
    let centre = centre.restarted(|_| ());
    centre.until(|c| c.figures().accepted == 2).await;
    let figures = centre.figures();
    assert_eq!((figures.waiting, figures.quarantined), (1, 0));
    tokio::time::sleep(Duration::from_millis(1100)).await; // health counts whole seconds
    let health = centre.health().await;
    assert!(
        health["oldest_seconds"]["ingest"].as_u64() >= Some(1),
        "{health}"
    );
    std::fs::rename(&aside, &gone).unwrap();
    centre.until(|c| c.figures().accepted == 3).await;
    assert_eq!(centre.health().await["oldest_seconds"]["ingest"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_stations_many_packets_are_not_before_everybody_elses() {
    let centre = receiving();
    let (many, few) = (centre.station().await, centre.station_named("MUL-04").await);
    sent(&centre, &many, 12).await;
    let one = sent(&centre, &few, 1).await.remove(0);
    let centre = centre.restarted(|options| options.ingest.workers = 1);
    centre.until(|c| c.figures().accepted == 13).await;
    let client = centre.client(Some(&few.identity_pem));
    let few = Station { client, ..few };
    let turn = receipt(&centre, &few, &one).await.sequence;
    assert!(turn <= 2, "it was number {turn}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lapsed_claim_is_a_crash_and_many_crashes_make_no_quarantine() {
    let centre = receiving();
    let station = centre.station().await;
    let packets = sent(&centre, &station, 2).await;
    // Five workers died at the first; a sixth has just done so at the second.
    centre
        .sql(&format!(
            "update packet set crashes = 5 where id = '{}';
             update packet set claimed_until = now() - interval '1 second' where id = '{}'",
            packets[0].id, packets[1].id
        ))
        .await;
    let centre = centre.restarted(|_| ());
    let station = Station {
        client: centre.client(Some(&station.identity_pem)),
        ..station
    };
    assert_eq!(
        receipt(&centre, &station, &packets[1]).await.verdict,
        Verdict::Durable
    );
    let kept = receipt(&centre, &station, &packets[0]).await;
    assert_eq!(
        (kept.verdict, kept.reason.as_deref()),
        (Verdict::Retain, Some("unprocessable"))
    );
    let figures = centre.figures();
    assert_eq!((figures.quarantined, figures.alarms), (0, 1));
    // The program was mended.
    let which = central::Which::Packet(packets[0].id);
    let again = centre.act(async move |store| central::judge_again(&store, &which).await);
    assert_eq!(again, 1);
    centre.until(|c| c.figures().accepted == 2).await;
    let now = receipt(&centre, &station, &packets[0]).await;
    assert_eq!((now.verdict, now.reason), (Verdict::Durable, None));
    let open = centre.act(async |store| central::open_alarms(&store).await);
    assert_eq!(open, []);
}

/// Seven processes over one database and one folder of packets; one of them is killed and started again whenever so many more are settled.
async fn seven_replicas(packets: u64, stations: u64, kill_every: i64) {
    let centre = receiving();
    for number in 0..stations {
        let station = centre
            .station_named(&format!("MUL-{:02}", number + 3))
            .await;
        sent(&centre, &station, packets / stations).await;
    }
    let packets = packets / stations * stations;
    // Long enough for seven processes that load their networks at once on two cores: what is killed waits half as long again.
    let arguments = ["--workers", "1", "--packet-seconds", "10"];
    let start =
        |number: usize| Replica::start(&centre, &format!("replica{number}"), &arguments, None);
    let mut replicas = vec![start(0)];
    let mut workers = BTreeSet::new();
    let (mut kills, mut next_kill) = (0, packets as i64 - kill_every);
    let end = Instant::now() + Duration::from_mins(15);
    // The first is killed in the middle of its first packets, however fast the machine is.
    for number in 1..7 {
        replicas.push(start(number));
        if kills == 0 {
            replicas[0] = start(0);
            kills += 1;
        }
    }
    loop {
        let waiting = centre.figures().waiting;
        if waiting == 0 {
            break;
        }
        assert!(Instant::now() < end, "{:?}", centre.figures());
        if waiting <= next_kill {
            let victim = rand::random_range(0..replicas.len());
            if replicas[victim].said("packet settled") > 0 {
                workers.insert(victim);
            }
            replicas[victim] = start(victim);
            kills += 1;
            next_kill = waiting - kill_every;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let settled = (0..7).filter(|number| replicas[*number].said("packet settled") > 0);
    workers.extend(settled);
    let figures = centre.figures();
    assert_eq!(figures.quarantined, 0, "{figures:?}");
    assert_eq!(
        (figures.accepted, figures.effects, figures.receipts),
        (packets as i64, packets as i64, packets as i64)
    );
    assert_eq!(figures.duplicated_effects, 0);
    assert!(kills > 0 && workers.len() > 1, "{kills} kills, {workers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn seven_replicas_that_are_killed_settle_each_packet_once() {
    seven_replicas(100, 5, 15).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes some minutes; --full runs it"]
async fn seven_replicas_that_are_killed_settle_two_thousand_packets_once() {
    seven_replicas(2000, 20, 50).await;
}

/// As a camera of tomorrow makes it: as many pixels as the centre decodes.
#[tokio::test(flavor = "multi_thread")]
async fn one_large_picture_holds_up_nobody() {
    let centre = receiving();
    let station = centre.station().await;
    let mut large = Plan::new(1, None);
    let side = 7000;
    let wall = face::Picture::from_rgb(side, side, vec![150; (side * side * 3) as usize]);
    large.portrait = wall.unwrap().encode_jpeg(90);
    let large = large.make(&station.signers);
    let small = Plan::new(2, Some(large.digest())).make(&station.signers);
    for packet in [&large, &small] {
        assert_eq!(centre.send(&station, packet).await, 204);
    }
    let centre = centre.restarted(|options| options.ingest.workers = 2);
    let station = Station {
        client: centre.client(Some(&station.identity_pem)),
        ..station
    };
    let large = receipt(&centre, &station, &large).await;
    assert_eq!(large.verdict, Verdict::Quarantined);
    let small = receipt(&centre, &station, &small).await;
    assert!(small.sequence < large.sequence, "it waited");
}

/// Copies of a packet in its place in the queue, without bytes: half of them put off.
async fn crowd(centre: &TestCentre, packet: &Packet, count: u32) {
    centre
        .sql(&format!(
            "insert into packet (id, station, epoch, chain, office, counter, priority, digest, length, manifest,
                                 statement, decision, audit_head, blob, state, received_at, kind, turn, next_try_at)
             select gen_random_uuid(), station, epoch, chain, office, counter + 1000 + n, 2, digest, length, manifest,
                    statement, decision, audit_head, 'gone', 'received', received_at, kind, n,
                    case when n % 2 = 0 then now() + interval '1 day' end
             from packet, generate_series(1, {count}) n where id = '{}';
             analyze packet",
            packet.id
        ))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "fills a table for some seconds; --full runs it"]
async fn two_hundred_thousand_that_wait_make_no_pick_slow() {
    let centre = receiving();
    let station = centre.station().await;
    let packets = sent(&centre, &station, 1).await;
    crowd(&centre, &packets[0], 200_000).await;
    let client = tokio_postgres::connect(&centre.database, tokio_postgres::NoTls).await;
    let (client, connection) = client.unwrap();
    tokio::spawn(connection);
    // What one worker puts off of what has no bytes, and how long the database says that its picks took.
    let centre = centre.restarted(|options| options.ingest.workers = 1);
    centre.until(|c| c.figures().accepted == 1).await;
    let picked = async || -> i64 {
        let row = client
            .query_one("select count(*) from packet where waits > 0", &[])
            .await;
        row.unwrap().get(0)
    };
    let (before, start) = (picked().await, Instant::now());
    tokio::time::sleep(Duration::from_secs(10)).await;
    let (picks, spent) = (picked().await - before, start.elapsed());
    let each = spent / u32::try_from(picks.max(1)).unwrap();
    tracing::info!(picks, ?each, "picked and put off");
    assert!(each < Duration::from_millis(50), "{each:?} each");
}

/// A disk that never answers: a pipe that nobody writes to, in the place of a packet.
fn never_answers(path: &Path) {
    std::fs::remove_file(path).unwrap();
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_third_thread_that_never_comes_back_is_the_processs_end() {
    let centre = receiving();
    let station = centre.station().await;
    let packets = sent(&centre, &station, 4).await;
    for packet in &packets[..3] {
        never_answers(&blob(&centre, packet));
    }
    let arguments = ["--workers", "2", "--packet-seconds", "1"];
    let mut replica = Replica::start(&centre, "replica", &arguments, None);
    centre.until(|c| c.figures().accepted == 1).await;
    centre.until(|_| replica.said("centre is up") >= 2).await;
    assert!(replica.runs(), "another process, not the same anew");
    assert!(replica.said("begins anew") >= 1);
    assert_eq!(centre.figures().quarantined, 0);
}

/// What a station reads is not behind what it waits for.
#[tokio::test(flavor = "multi_thread")]
async fn a_packet_that_waits_is_received_and_has_no_receipt() {
    let centre = receiving();
    let station = centre.station().await;
    let packet = sent(&centre, &station, 1).await.remove(0);
    let url = centre.url(&format!("{}/{}", wire::path::PACKETS, packet.id));
    let reply = station.client.get(url).send().await.unwrap();
    let reply: wire::PacketReply = reply.json().await.unwrap();
    assert_eq!((reply.state, reply.receipt), (PacketState::Received, None));
}
