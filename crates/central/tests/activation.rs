//! Activation, certificates and leases over real TLS.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use envelope::{KeyCertificate, Lease, SigningKey};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use wire::{LeaseReply, path};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_works_once_and_the_lease_verifies_up_to_the_root() {
    let centre = support::centre();
    let code = centre.code();
    let (key, tls) = (
        SigningKey::generate().unwrap(),
        rcgen::KeyPair::generate().unwrap(),
    );
    let activation = centre
        .try_activate(&code, key.public(), &tls)
        .await
        .unwrap();
    let certificate = activation
        .lease
        .centre_key
        .read::<KeyCertificate>()
        .unwrap();
    let certificate = certificate.verify(&activation.policy_root).unwrap();
    let lease = activation.lease.lease.read::<Lease>().unwrap();
    let lease = lease.verify(&certificate.key).unwrap();
    assert_eq!((lease.serial, lease.staff.len()), (1, 3));
    assert_eq!(lease.station_key, key.public());
    let again = centre.try_activate(&code, key.public(), &tls).await;
    assert_eq!(again.unwrap_err().key(), "code-refused");
    assert!(activation.certificate_pem.contains("BEGIN CERTIFICATE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_for_a_day() {
    let ahead = Arc::new(AtomicI64::new(0));
    let (shared, system) = (ahead.clone(), central::Clock::system());
    let clock =
        central::Clock::from_fn(move || system.now().plus_millis(shared.load(Ordering::SeqCst)));
    let centre = support::centre_with_clock(clock);
    let (old, young) = (centre.code(), centre.code());
    let (key, tls) = (
        SigningKey::generate().unwrap(),
        rcgen::KeyPair::generate().unwrap(),
    );
    let minute = 60_000;
    ahead.store(24 * 60 * minute - minute, Ordering::SeqCst);
    assert!(
        centre
            .try_activate(&young, key.public(), &tls)
            .await
            .is_ok()
    );
    ahead.store(24 * 60 * minute + minute, Ordering::SeqCst);
    let late = centre.try_activate(&old, key.public(), &tls).await;
    assert_eq!(late.unwrap_err().key(), "code-refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_sent_once_and_then_not_modified() {
    let centre = support::centre();
    let station = centre.station().await;
    let first = station
        .client
        .get(centre.url(path::LEASE))
        .send()
        .await
        .unwrap();
    assert_eq!(first.status(), 200);
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    let reply: LeaseReply = first.json().await.unwrap();
    assert_eq!(reply, station.activation.lease);
    let again = station
        .client
        .get(centre.url(path::LEASE))
        .header("if-none-match", tag)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 304);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_certificate_or_with_a_foreign_one_nothing_is_told() {
    let centre = support::centre();
    let other = support::centre();
    let stranger = other.station().await;
    let bare = centre.client(None);
    assert_eq!(
        bare.get(centre.url(path::HEALTH))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let refused = bare.get(centre.url(path::LEASE)).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let foreign = centre.client(Some(&stranger.identity_pem));
    assert!(foreign.get(centre.url(path::LEASE)).send().await.is_err());
    // And a station does not speak to a centre whose CA it has not pinned.
    assert!(
        stranger
            .client
            .get(centre.url(path::HEALTH))
            .send()
            .await
            .is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_station_is_turned_away() {
    let centre = support::centre();
    let station = centre.station().await;
    centre.act(async |store| central::dev::revoke_station(&store, &support::station_id()).await);
    let refused = station
        .client
        .get(centre.url(path::LEASE))
        .send()
        .await
        .unwrap();
    let problem: wire::Problem = refused.json().await.unwrap();
    assert_eq!(problem.key(), "certificate-revoked");
}

#[test]
fn a_taken_port_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut options = central::CentreOptions::development(folder.path(), support::packet::models());
    options.listen = taken.local_addr().unwrap();
    let error = central::Centre::start(options).unwrap_err();
    assert!(matches!(error, central::CentreError::PortInUse(_)));
    assert!(central::explain(&error).contains("--listen"));
}
