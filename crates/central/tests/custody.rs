//! The centre's keys: in a token, rotated, with the root away.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::custody::{TokenChoice, root, rotation};
use central::{CentreError, keys};
use domain::{Timestamp, Verdict};
use envelope::{KeyCertificate, PublicKey, Receipt, Signed, SigningKey};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use support::packet::{Packet, Plan, now};
use support::{Station, TestCentre, centre_as, new_database};
use wire::LeaseReply;

const PIN: &str = "pin of the token";
/// Where Debian has the library.
const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// A centre whose root was carried away; gives the folder where it is.
fn authority(token: Option<&TokenChoice>) -> (TestCentre, tempfile::TempDir) {
    let (folder, away) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    keys::init(folder.path(), now(), Some(away.path()), token).unwrap();
    let centre = centre_as(folder, new_database(), |options| options.makes_keys = false);
    // Pictures under test are replayed.
    let policy = domain::Policy {
        version: 2,
        replay_allowed: true,
        ..domain::Policy::development()
    };
    centre.act(async move |store| central::enact_policy(&store, &policy).await);
    (centre, away)
}

fn command(centre: &TestCentre, verb: &[&str], arguments: &[&str]) -> Output {
    tokio::task::block_in_place(|| {
        Command::new(env!("CARGO_BIN_EXE_shanakht-centre"))
            .args(verb)
            .arg("--data")
            .arg(centre.folder.path())
            .args(["--database", &centre.named()])
            .args(arguments)
            .output()
            .unwrap()
    })
}

fn done(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn refused(output: Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Rotates by the verbs, the root being elsewhere; gives what the new generation is called.
fn rotate(centre: &TestCentre, away: &Path) -> String {
    let place = tempfile::tempdir().unwrap();
    let (request, certificate) = (
        place.path().join("request"),
        place.path().join("certificate"),
    );
    done(command(
        centre,
        &["key", "rotate"],
        &["--request", text(&request)],
    ));
    let sign = Command::new(env!("CARGO_BIN_EXE_shanakht-centre"))
        .args(["root", "sign", "--yes", "--root"])
        .arg(away)
        .arg(&request)
        .arg("--out")
        .arg(&certificate)
        .output()
        .unwrap();
    done(sign);
    let enacted = command(
        centre,
        &["key", "rotate"],
        &["--certificate", text(&certificate)],
    );
    done(enacted).trim().to_owned()
}

/// The lease that the centre gives now, as it travels.
async fn lease(centre: &TestCentre, station: &Station) -> LeaseReply {
    let get = station.client.get(centre.url(wire::path::LEASE));
    get.send().await.unwrap().json().await.unwrap()
}

/// It has the lease, and says so.
async fn acknowledge(centre: &TestCentre, station: &Station) {
    let get = || station.client.get(centre.url(wire::path::LEASE));
    let tag = get().send().await.unwrap().headers()["etag"].clone();
    let again = get().header("if-none-match", tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
}

fn certified(root: &PublicKey, text: &wire::SignedText) -> PublicKey {
    let signed: Signed<KeyCertificate> = text.read().unwrap();
    signed.verify(root).unwrap().key
}

/// The receipt of a packet that is sent now, and whether that key signed it.
async fn settled(centre: &TestCentre, station: &Station, packet: &Packet, key: PublicKey) {
    assert_eq!(centre.send(station, packet).await, 204);
    let reply = centre.reply(station, packet).await;
    let receipt: Signed<Receipt> = reply.receipt.expect("a receipt").read().unwrap();
    let receipt = receipt.verify(&key).expect("the other key signed it");
    assert_eq!(
        (receipt.verdict, receipt.reason.clone()),
        (Verdict::Durable, None)
    );
}

/// Waits until the running centre has noticed.
async fn noticed(centre: &TestCentre, generations: usize) {
    centre
        .until(|c| {
            let lines = c.act(async |store| rotation::list(&store).await);
            lines.len() == 2 * generations && lines.iter().all(|line| line.here)
        })
        .await;
}

async fn stations_go_on_through_a_rotation(centre: TestCentre, away: &Path) {
    let mut station = centre.station().await;
    let policy_root = station.activation.policy_root;
    let old = station.centre_key();
    let sealed_before = Plan::new(1, None).make(&station.signers);
    assert_eq!(rotate(&centre, away), "2");
    noticed(&centre, 2).await;
    // Sealed to the old key, under the old lease: opened, and answered with the key that this station knows.
    settled(&centre, &station, &sealed_before, old).await;
    let reply = lease(&centre, &station).await;
    let new = certified(&policy_root, &reply.centre_key);
    assert_ne!(new, old);
    // Receipts of the old key that it has not fetched yet are believed all the same.
    let others: Vec<PublicKey> = reply
        .other_keys
        .iter()
        .map(|key| certified(&policy_root, key))
        .collect();
    assert_eq!(others, [old]);
    let signed: Signed<envelope::Lease> = reply.lease.read().unwrap();
    let next = signed.verify(&new).unwrap().into_document();
    assert_ne!(next.ingest, station.signers.lease.ingest);
    assert_eq!(
        next.ingest[1], station.signers.lease.ingest[1],
        "disaster recovery stays"
    );
    // Sealed to the new key.
    let old_lease = std::mem::replace(&mut station.signers.lease, next);
    acknowledge(&centre, &station).await;
    let second = Plan::new(2, Some(sealed_before.digest())).with_face("biden.jpg");
    let second = second.make(&station.signers);
    settled(&centre, &station, &second, new).await;
    // A new start has both keys too.
    let centre = centre.restarted(|options| options.makes_keys = false);
    station.client = centre.client(Some(&station.identity_pem));
    station.signers.lease.ingest = old_lease.ingest;
    let third = Plan::new(3, Some(second.digest())).make(&station.signers);
    settled(&centre, &station, &third, new).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_by_files_loses_no_packet_and_no_receipt() {
    let (centre, away) = authority(None);
    assert!(!centre.folder.path().join("keys/policy-root.seed").exists());
    stations_go_on_through_a_rotation(centre, away.path()).await;
}

/// Runs the test beneath with a token of its own: the library reads its settings where the process begins.
#[test]
fn a_token_opens_and_signs_through_a_rotation_and_gives_no_key_away() {
    let place = tempfile::tempdir().unwrap();
    let (tokens, settings) = (place.path().join("tokens"), place.path().join("settings"));
    std::fs::create_dir(&tokens).unwrap();
    let text = format!("directories.tokendir = {}\n", tokens.display());
    std::fs::write(&settings, text).unwrap();
    let made = Command::new("softhsm2-util")
        .env("SOFTHSM2_CONF", &settings)
        .args([
            "--init-token",
            "--free",
            "--label",
            "centre",
            "--so-pin",
            "12345678",
        ])
        .args(["--pin", PIN])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let ran = Command::new(std::env::current_exe().unwrap())
        .env("SOFTHSM2_CONF", &settings)
        .args(["--exact", "with_a_token", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert!(said.contains("1 passed"), "{said}");
}

fn token(place: &Path) -> TokenChoice {
    let pin_file = place.join("pin");
    std::fs::write(&pin_file, PIN).unwrap();
    TokenChoice {
        module: PathBuf::from(MODULE),
        token: "centre".to_owned(),
        pin_file,
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the test above runs it, with a token"]
async fn with_a_token() {
    if std::env::var_os("SOFTHSM2_CONF").is_none() {
        // `--ignored` of everybody runs it too.
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let choice = token(place.path());
    let (centre, away) = authority(Some(&choice));
    let keys = centre.folder.path().join("keys");
    for file in std::fs::read_dir(&keys).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(
            !name.contains("seed") && !name.contains("identity"),
            "{name}"
        );
    }
    let listed = Command::new("pkcs11-tool")
        .args([
            "--module",
            MODULE,
            "--token-label",
            "centre",
            "--login",
            "--pin",
            PIN,
        ])
        .args(["--list-objects", "--type", "privkey"])
        .output();
    if let Ok(listed) = listed {
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        assert_eq!(text.matches("Private Key Object").count(), 2, "{text}");
        assert_eq!(text.matches("never extractable").count(), 2, "{text}");
    }
    stations_go_on_through_a_rotation(centre, away.path()).await;
    wrong_pin(&choice);
}

/// The start says what is the matter; nothing is made.
fn wrong_pin(choice: &TokenChoice) {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = TokenChoice {
        token: "another".to_owned(),
        ..choice.clone()
    };
    let error = keys::init(folder.path(), now(), None, Some(&elsewhere)).unwrap_err();
    assert!(matches!(error, CentreError::Token(_)), "{error}");
    assert!(!folder.path().join("keys").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_signs_keys_alone_and_only_of_whoever_has_them() {
    let (centre, away) = authority(None);
    let place = tempfile::tempdir().unwrap();
    let (request, out) = (place.path().join("request"), place.path().join("out"));
    done(command(
        &centre,
        &["key", "rotate"],
        &["--request", text(&request)],
    ));
    let good = std::fs::read(&request).unwrap();
    // Asked again, it is the same key.
    done(command(
        &centre,
        &["key", "rotate"],
        &["--request", text(&request)],
    ));
    let wanted = |bytes: &[u8]| {
        Signed::<KeyCertificate>::from_bytes(bytes.to_vec())
            .unwrap()
            .peek()
            .unwrap()
    };
    assert_eq!(
        wanted(&good).key,
        wanted(&std::fs::read(&request).unwrap()).key
    );
    // In another's name.
    let stranger = SigningKey::generate().unwrap();
    let stolen = Signed::sign(&wanted(&good), &stranger).unwrap();
    std::fs::write(&request, stolen.as_bytes()).unwrap();
    assert!(root::Request::read(&request, now()).is_err());
    // For ever.
    let mut long = wanted(&good);
    (long.key, long.not_after) = (stranger.public(), now().plus_days(4000));
    std::fs::write(&request, Signed::sign(&long, &stranger).unwrap().as_bytes()).unwrap();
    assert!(root::Request::read(&request, now()).is_err());
    // No request at all: whatever else the centre or a station signs.
    let unlock = envelope::Unlock {
        station: support::station_id(),
        staff: domain::StaffId::parse("40213").unwrap(),
        at: Timestamp::default(),
    };
    std::fs::write(
        &request,
        Signed::sign(&unlock, &stranger).unwrap().as_bytes(),
    )
    .unwrap();
    assert!(root::Request::read(&request, now()).is_err());
    // A certificate of another root, and one of another key, bring nothing into force.
    let other_root = Signed::sign(&wanted(&good), &stranger).unwrap();
    std::fs::write(&out, other_root.as_bytes()).unwrap();
    let why = refused(command(
        &centre,
        &["key", "rotate"],
        &["--certificate", text(&out)],
    ));
    assert!(why.contains("policy root"), "{why}");
    let mut other_key = wanted(&good);
    other_key.key = stranger.public();
    std::fs::write(
        &request,
        Signed::sign(&other_key, &stranger).unwrap().as_bytes(),
    )
    .unwrap();
    let read = root::Request::read(&request, now()).unwrap();
    read.sign(away.path(), &out).unwrap();
    let why = refused(command(
        &centre,
        &["key", "rotate"],
        &["--certificate", text(&out)],
    ));
    assert!(why.contains("another key"), "{why}");
    let lines = centre.act(async |store| rotation::list(&store).await);
    assert_eq!(lines.len(), 2, "{lines:?}");
    // Nobody asks at a pipe: without --yes nothing is signed.
    std::fs::write(&request, &good).unwrap();
    let unasked = Command::new(env!("CARGO_BIN_EXE_shanakht-centre"))
        .args(["root", "sign", "--root"])
        .arg(away.path())
        .arg(&request)
        .arg("--out")
        .arg(place.path().join("unasked"))
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    refused(unasked);
    assert!(!place.path().join("unasked").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_centre_that_lacks_a_key_in_force_judges_nothing_that_is_sealed_to_it() {
    let centre = support::centre();
    let mut station = centre.station().await;
    assert_eq!(done(command(&centre, &["key", "rotate"], &[])).trim(), "2");
    noticed(&centre, 2).await;
    let reply = lease(&centre, &station).await;
    let signed: Signed<envelope::Lease> = reply.lease.read().unwrap();
    station.signers.lease = signed.peek().unwrap();
    let new = certified(&station.activation.policy_root, &reply.centre_key);
    // Another machine, to which nobody has brought the new keys.
    let (folder, database) = centre.stopped();
    let (key, aside) = (
        folder.path().join("keys/ingest-2.identity"),
        folder.path().join("aside"),
    );
    std::fs::rename(&key, &aside).unwrap();
    let centre = centre_as(folder, database, |_| ());
    station.client = centre.client(Some(&station.identity_pem));
    let packet = Plan::new(1, None).make(&station.signers);
    assert_eq!(centre.send(&station, &packet).await, 204);
    centre
        .until(|c| c.figures().receipts == 0 && put_off(c) > 0)
        .await;
    let waiting = centre.figures();
    assert_eq!(
        (waiting.waiting, waiting.quarantined, waiting.alarms),
        (1, 0, 0)
    );
    // And then somebody does.
    std::fs::rename(&aside, &key).unwrap();
    noticed(&centre, 2).await;
    acknowledge(&centre, &station).await;
    let reply = centre.reply(&station, &packet).await;
    let receipt: Signed<Receipt> = reply.receipt.expect("a receipt").read().unwrap();
    assert_eq!(receipt.verify(&new).unwrap().verdict, Verdict::Durable);
}

/// Packets that are tried again later.
fn put_off(centre: &TestCentre) -> i64 {
    let database = centre.database.clone();
    tokio::task::block_in_place(|| {
        tokio::runtime::Handle::current().block_on(async move {
            let (client, connection) = tokio_postgres::connect(&database, tokio_postgres::NoTls)
                .await
                .unwrap();
            tokio::spawn(connection);
            let text = "select count(*) from packet where waits > 0";
            client.query_one(text, &[]).await.unwrap().get(0)
        })
    })
}

#[test]
fn no_secret_is_an_argument() {
    let run = |arguments: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_shanakht-centre"))
            .args(arguments)
            .arg("--data")
            .arg(folder.path())
            .output()
            .unwrap();
        refused(output)
    };
    let url = "postgresql://centre:secret@127.0.0.1:1/x";
    let why = run(&["figures", "--database", url]);
    assert!(why.contains("passfile"), "{why}");
    let member = "40213:officer:Sana Tariq:ثنا طارق:a passphrase that is long";
    let why = run(&["staff", "add", "--office", "MUL", "--staff", member]);
    assert!(
        why.contains("no argument") && !why.contains("a passphrase that"),
        "{why}"
    );
}
