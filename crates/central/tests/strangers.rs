//! Whoever connects without a certificate takes nothing away from stations.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/replica.rs"]
mod replica;
mod support;

use replica::Replica;
use std::sync::Arc;
use std::time::Duration;
use support::packet::Plan;
use support::receiving;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use wire::path;

/// Far more connections than the process has descriptors, none of which says a word: a centre with 256 of them goes on with its stations.
#[tokio::test(flavor = "multi_thread")]
async fn idle_strangers_lock_nobody_out() {
    let centre = receiving();
    let station = centre.station().await;
    let mut crowded = Replica::start(&centre, "crowded", &[], None);
    let address = crowded.url.trim_start_matches("https://").to_owned();
    let mut idle = Vec::new();
    for _ in 0..400 {
        let stream = TcpStream::connect(&address).await.unwrap();
        idle.push(stream);
    }
    // Its connection is made among theirs as soon as a place is free.
    let mut answers = 0;
    centre
        .until(|_| {
            let asked = station
                .client
                .get(format!("{}{}", crowded.url, path::LEASE))
                .timeout(Duration::from_secs(5))
                .send();
            let answer =
                tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(asked));
            answers += usize::from(answer.is_ok_and(|a| a.status() == 200));
            answers >= 3
        })
        .await;
    assert!(crowded.said("no place is free") > 0, "unlogged");
    drop(idle);
}

/// The activation's limit is known before its body is read: one that never ends is answered too.
#[tokio::test(flavor = "multi_thread")]
async fn who_tried_too_often_is_refused_before_the_body_is_read() {
    let centre = support::centre();
    centre.code();
    let key = envelope::SigningKey::generate().unwrap().public();
    let tls = rcgen::KeyPair::generate().unwrap();
    for _ in 0..10 {
        let refused = centre.try_activate("WRONG", key, &tls).await.unwrap_err();
        assert_eq!(refused.key(), "code-refused");
    }
    let endless = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let answer = centre
        .client(None)
        .post(centre.url(path::ACTIVATE))
        .header("content-type", "application/json")
        .body(reqwest::Body::wrap_stream(endless))
        .timeout(Duration::from_secs(20))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_stations_behind_one_address_activate_in_the_same_minute() {
    let centre = support::centre();
    for number in 3..18 {
        centre.station_named(&format!("MUL-{number:02}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_code_is_the_only_one_and_many_open_codes_refuse_nobody() {
    let centre = support::centre();
    let (old, new) = (centre.code(), centre.code());
    centre
        .sql(
            "insert into station (id, office) select 'MUL-' || n, 'MUL' from generate_series(1000, 3999) n;
             insert into activation_code (tag, station, expires_at)
             select decode(md5(n::text), 'hex'), 'MUL-' || n, 32503680000000 from generate_series(1000, 3999) n",
        )
        .await;
    let key = envelope::SigningKey::generate().unwrap().public();
    let tls = rcgen::KeyPair::generate().unwrap();
    let refused = centre.try_activate(&old, key, &tls).await.unwrap_err();
    assert_eq!(refused.key(), "code-refused");
    centre.try_activate(&new, key, &tls).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_has_sixteen_uploads_under_way_however_many_it_begins_at_once() {
    let centre = Arc::new(receiving());
    let station = Arc::new(centre.station().await);
    let mut asked = tokio::task::JoinSet::new();
    for counter in 1..=64 {
        let packet = Plan::new(counter, None).make(&station.signers);
        let (centre, station) = (centre.clone(), station.clone());
        asked.spawn(async move { centre.create(&station, &packet).await.status().as_u16() });
    }
    while let Some(status) = asked.join_next().await {
        assert_eq!(status.unwrap(), 201);
    }
    assert_eq!(centre.figures().uploads_open, 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_that_fills_the_disk_waits_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let first = Plan::new(1, None);
    let mut limit = 0;
    let centre = support::centre_as(folder, support::new_database(), |options| {
        options.place.station_bytes = 1_000_000;
    });
    let station = centre.station().await;
    let mut packet = first.make(&station.signers);
    let mut sent = 0;
    let status = loop {
        limit += packet.sealed.len();
        match centre.send(&station, &packet).await {
            204 => sent += 1,
            status => break status,
        }
        packet = Plan::new(sent + 1, Some(packet.digest())).make(&station.signers);
    };
    assert_eq!(status, 429);
    assert!(sent > 0 && limit > 1_000_000, "{sent} were sent");
    // Another station's day is its own.
    let other = centre.station_named("MUL-04").await;
    let packet = Plan::new(1, None).make(&other.signers);
    assert_eq!(centre.send(&other, &packet).await, 204);
}

/// A body that begins and never ends takes its place for a while, not for ever.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_whose_station_falls_silent_lets_go_of_what_came() {
    let centre = receiving();
    let station = centre.station().await;
    let packet = Plan::new(1, None).make(&station.signers);
    let created = centre.create(&station, &packet).await;
    let location = created.headers()["location"].to_str().unwrap().to_owned();
    let (mut far, near) = tokio::io::duplex(1 << 20);
    far.write_all(&packet.sealed[..1000]).await.unwrap();
    let body = reqwest::Body::wrap_stream(futures::stream::unfold(near, async |mut near| {
        let mut bytes = vec![0; 1000];
        let read = tokio::io::AsyncReadExt::read(&mut near, &mut bytes).await;
        bytes.truncate(read.unwrap());
        Some((Ok::<_, std::io::Error>(bytes), near))
    }));
    let patching = station
        .client
        .patch(centre.url(&location))
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", 0)
        .header("content-type", "application/offset+octet-stream")
        .body(body)
        .send();
    let silent = tokio::spawn(patching);
    // Asked sooner, the request would end before a byte of it came.
    let uploads = centre.folder.path().join("uploads");
    centre
        .until(|_| {
            let parts = std::fs::read_dir(&uploads).unwrap();
            parts
                .map(|part| part.unwrap().metadata().unwrap().len())
                .sum::<u64>()
                == 1000
        })
        .await;
    // Whoever asks where it stands ends it, and goes on from there.
    centre
        .until(|_| {
            let asked = centre.offset(&station, &location);
            let at =
                tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(asked));
            at == 1000
        })
        .await;
    let rest = packet.sealed[1000..].to_vec();
    let sent = centre.patch(&station, &location, 1000, rest, None).await;
    assert_eq!(sent.status(), 204);
    silent.abort();
}
