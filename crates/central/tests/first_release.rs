//! The exchanges of the first release (commit 3de2f98), recorded from its programs, against this centre: a station that was never updated
//! is served as before, and what its centre stored goes on.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::Clock;
use domain::{OfficeId, PacketId, StationId, Timestamp, Verdict};
use envelope::{Digest, Document, KeyCertificate, PublicKey, Receipt, Recipient, Signed};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};
use support::TestCentre;
use wire::{LeaseReply, PacketReply, SignedText, path};

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/3de2f98");
    std::fs::read(folder.join(name)).unwrap()
}

fn text(name: &str) -> String {
    String::from_utf8(fixture(name)).unwrap().trim().to_owned()
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&fixture(name)).unwrap()
}

/// A centre of this release over the keys and the database that the first release's had.
async fn updated(dump: &str, name: &str) -> TestCentre {
    updated_with(dump, name, "").await
}

/// The same where more had happened at the first release's.
async fn updated_with(dump: &str, name: &str, more: &str) -> TestCentre {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    std::fs::create_dir(&keys).unwrap();
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/3de2f98/keys");
    for entry in std::fs::read_dir(recorded).unwrap() {
        let from: PathBuf = entry.unwrap().path();
        std::fs::copy(&from, keys.join(from.file_name().unwrap())).unwrap();
    }
    central::keys::adopt(folder.path(), Clock::system().now()).unwrap();
    let connect = async |url: &str| {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client
    };
    let maintenance = connect(&support::database("postgres")).await;
    let create = format!("create database {name}");
    maintenance.batch_execute(&create).await.unwrap();
    let database = support::database(name);
    let client = connect(&database).await;
    let dump = text(dump);
    // What is for psql alone.
    let lines: Vec<&str> = dump.lines().filter(|l| !l.starts_with('\\')).collect();
    client.batch_execute(&lines.join("\n")).await.unwrap();
    // The exchange is replayed on another day than it was recorded on.
    let late = "update public.activation_code set expires_at = 32503680000000";
    client.batch_execute(late).await.unwrap();
    client.batch_execute(more).await.unwrap();
    let mut centre =
        tokio::task::block_in_place(|| support::centre_in(folder, database, Clock::system()));
    centre.version = 1;
    centre
}

/// What keys an answer has, at any depth; of a list, those of its first.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(k, v)| (k.clone(), shape(v))).collect(),
        Value::Array(items) => items.first().map(shape).into_iter().collect(),
        Value::Null => Value::Null,
        _ => Value::from("value"),
    }
}

/// The lease as the first release reads it: any other field and it is refused.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OldLease {
    station: StationId,
    office: OldOffice,
    serial: u64,
    issued_at: Timestamp,
    expires_at: Timestamp,
    policy: OldPolicy,
    staff: Vec<envelope::StaffEntry>,
    ingest: Vec<Recipient>,
    station_key: PublicKey,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OldOffice {
    id: OfficeId,
    name_latin: String,
    name_urdu: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OldPolicy {
    version: u32,
    quality: Value,
    capture_tries: u32,
    passive_liveness: f32,
    challenge: Value,
    match_score: f32,
    candidate_score: f32,
    cameras: Value,
    replay_allowed: bool,
    consent_version: u32,
    limits: Value,
}

/// The receipt as the first release reads it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OldReceipt {
    packet: PacketId,
    digest: Digest,
    station: StationId,
    sequence: u64,
    verdict: Verdict,
    reason: Option<String>,
    audit_head: Digest,
    at: Timestamp,
}

impl Document for OldLease {
    const TYPE: &'static str = <envelope::Lease as Document>::TYPE;
    const FIELDS: &'static [&'static str] = &[
        "station",
        "office",
        "serial",
        "issued_at",
        "expires_at",
        "policy",
        "staff",
        "ingest",
        "station_key",
    ];
}

impl Document for OldReceipt {
    const TYPE: &'static str = <Receipt as Document>::TYPE;
    const FIELDS: &'static [&'static str] = &[
        "packet",
        "digest",
        "station",
        "sequence",
        "verdict",
        "reason",
        "audit_head",
        "at",
    ];
}

/// What the old station pinned: the root, and by its word the centre's key.
fn centre_key() -> PublicKey {
    let recorded: wire::Activation =
        serde_json::from_slice(&fixture("activation-reply.json")).unwrap();
    let certificate = recorded.lease.centre_key.read::<KeyCertificate>().unwrap();
    certificate.verify(&recorded.policy_root).unwrap().key
}

fn read_old<T: Document>(text: &SignedText) -> T {
    let signed: Signed<T> = text.read().unwrap();
    signed.verify(&centre_key()).unwrap().into_document()
}

fn old_station(centre: &TestCentre, certificate_pem: &str) -> reqwest::Client {
    centre.client(Some(&format!(
        "{certificate_pem}{}",
        text("station.tls.pem")
    )))
}

async fn send(
    centre: &TestCentre,
    station: &reqwest::Client,
    metadata: &str,
    packet: &str,
) -> Value {
    let bytes = fixture(packet);
    let created = station
        .post(centre.url(path::UPLOADS))
        .header("tus-resumable", "1.0.0")
        .header("upload-length", bytes.len())
        .header("upload-metadata", text(metadata))
        .header("content-type", "application/offset+octet-stream")
        .body(bytes)
        .send()
        .await
        .unwrap();
    assert_eq!(created.status(), 201);
    let manifest = text(metadata);
    let manifest = manifest
        .split(',')
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap();
    let manifest = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, manifest);
    let manifest = String::from_utf8(manifest.unwrap()).unwrap();
    let manifest: Signed<envelope::Manifest> = SignedText::from_text(&manifest).read().unwrap();
    let id = manifest.peek().unwrap().packet;
    let url = centre.url(&format!("{}/{id}?wait_seconds=20", path::PACKETS));
    station.get(url).send().await.unwrap().json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_of_the_first_release_is_activated_and_served_as_it_was() {
    let centre = updated("before.sql", "before").await;
    let answer = centre
        .client(None)
        .post(centre.url(path::ACTIVATE))
        .header("content-type", "application/json")
        .body(fixture("activation-request.json"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let reply: Value = answer.json().await.unwrap();
    assert_eq!(shape(&reply), shape(&json("activation-reply.json")));
    let activation: wire::Activation = serde_json::from_value(reply).unwrap();
    let first = read_old::<OldLease>(&activation.lease.lease);
    let station = old_station(&centre, &activation.certificate_pem);
    let answer = station.get(centre.url(path::LEASE)).send().await.unwrap();
    let lease: Value = answer.json().await.unwrap();
    assert_eq!(shape(&lease), shape(&json("lease-reply.json")));
    let lease: LeaseReply = serde_json::from_value(lease).unwrap();
    assert_eq!(read_old::<OldLease>(&lease.lease).serial, first.serial);
    let reply = send(&centre, &station, "upload-metadata.txt", "packet.packet").await;
    assert_eq!(shape(&reply), shape(&json("packet-reply.json")));
    let receipt = reply["receipt"].as_str().unwrap();
    let receipt = read_old::<OldReceipt>(&SignedText::from_text(receipt));
    assert_eq!((receipt.verdict, receipt.reason), (Verdict::Durable, None));
    assert_eq!(receipt.digest, Digest::of(&fixture("packet.packet")));
    let url = centre.url(&format!("{}?after=0&wait_seconds=20", path::OUTCOMES));
    let outcomes: Value = station.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(shape(&outcomes), shape(&json("outcomes.json")));
    assert_eq!(
        outcomes["outcomes"][0]["kind"],
        json("outcomes.json")["outcomes"][0]["kind"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_first_releases_centre_stored_goes_on() {
    let centre = updated("after.sql", "after").await;
    let recorded: wire::Activation =
        serde_json::from_slice(&fixture("activation-reply.json")).unwrap();
    let station = old_station(&centre, &recorded.certificate_pem);
    let url = centre.url(&format!("{}/{}", path::PACKETS, text("packet-id.txt")));
    let reply: Value = station.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(reply, json("packet-reply.json"));
    let url = centre.url(&format!("{}?after=0", path::OUTCOMES));
    let outcomes: Value = station.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(outcomes, json("outcomes.json"));
    let reply = send(
        &centre,
        &station,
        "second-upload-metadata.txt",
        "second.packet",
    )
    .await;
    let reply: PacketReply = serde_json::from_value(reply).unwrap();
    let receipt = read_old::<OldReceipt>(&reply.receipt.unwrap());
    assert_eq!((receipt.verdict, receipt.reason), (Verdict::Durable, None));
    assert_eq!(centre.figures().alarms, 0);
    // The same station once it is updated: a lease that says more, with a higher serial.
    let first = read_old::<OldLease>(&recorded.lease.lease);
    let newer = station
        .get(centre.url(path::LEASE))
        .header(wire::VERSION_HEADER, wire::VERSION);
    let newer = newer.send().await.unwrap();
    assert_eq!(newer.headers()[wire::VERSION_HEADER], "2");
    let newer: LeaseReply = newer.json().await.unwrap();
    let newer = newer.lease.read::<envelope::Lease>().unwrap();
    let newer = newer.verify(&centre_key()).unwrap();
    assert_eq!((newer.format, newer.key_files.len()), (2, 3));
    assert!(newer.serial > first.serial);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_none_is_refused() {
    let mut centre = support::centre();
    centre.version = 1;
    let client = centre.client(None);
    for (named, expected) in [("two", 400), ("0", 400), ("1", 200), ("3", 200)] {
        let health = client.get(centre.url(path::HEALTH));
        let asked = health.header(wire::VERSION_HEADER, named);
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), expected, "{named}");
        assert_eq!(answer.headers()[wire::VERSION_HEADER], "2");
    }
}

/// Another record of the first one's number, of its face or of another, from a packet of its own; and what waited for people.
const MORE: &str = "
    insert into public.packet select
        ('00000000-0000-7000-8000-00000000000' || n)::uuid, station, epoch, office, 100 + n, priority, digest, length, manifest,
        statement, decision, audit_head, blob, case when n = 1 then 'quarantined' else 'accepted' end,
        case when n = 1 then 'quality' end, attempts, received_at + n, lease_serial, null, null
    from public.packet, generate_series(1, 4) n;
    insert into public.record (packet, kind, cnic, name_latin, name_urdu, father_latin, father_urdu, born, gender, address, at)
    select id, case when counter = 1 then 'new' else 'renewal' end,
           case when counter = 104 then '35202-7654321-8' else '35202-1234567-8' end,
           'Zainab Noor', 'زینب نور', 'Noor Ahmed', 'نور احمد', '02/01/1970', 'female', 'ملتان', counter
    from public.packet where state = 'accepted' order by counter;
    insert into public.biometric (record, model, template) select id, 'later', '' from public.record order by id;
    insert into public.adjudication (packet, office, record, other, score, at)
    select '00000000-0000-7000-8000-000000000004', 'MUL', mine.id, other.id, 0.9, 7 from public.record mine, public.record other
    where mine.packet = '00000000-0000-7000-8000-000000000004' and other.kind <> 'renewal';
    insert into public.alarm (station, packet, kind, at) values ('MUL-03', null, 'lease-regression', 5), ('MUL-03', null, 'digest', 6);";

#[tokio::test(flavor = "multi_thread")]
async fn records_of_one_number_become_one_person_and_what_waited_becomes_cases() {
    // The second record of the number has another's face.
    let other = support::packet::face_of("biden.jpg").1;
    let more = format!(
        "{MORE} update public.biometric set template = '\\x{}', model = '{}'
         where record = (select id from public.record where packet = '00000000-0000-7000-8000-000000000002');
         update public.biometric set template = '\\x{}', model = '{}'
         where record <> (select id from public.record where packet = '00000000-0000-7000-8000-000000000002');",
        hex::encode(&other),
        model(&other),
        hex::encode(support::packet::face_of("obama.jpg").1),
        model(&other),
    );
    let mut centre = updated_with("after.sql", "joined", &more).await;
    centre.version = 2;
    let jobs = "select count(*) from join_job";
    while centre.count(jobs).await > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let persons = "select count(*) from person where cnic = '35202-1234567-8'";
    assert_eq!(centre.count(persons).await, 1);
    let own = "select count(*) from record r join person p on p.id = r.person where p.cnic = '35202-1234567-8'";
    assert_eq!(centre.count(own).await, 3);
    let references = "select count(*) from person_reference where how = 'migrated'";
    assert_eq!(centre.count(references).await, 3);
    let filter = central::cases::Filter::default();
    let cases = centre.act(async move |store| central::cases::list(&store, &filter).await);
    let mut seen: Vec<_> = cases
        .iter()
        .map(|c| (c.kind.key(), c.reason.as_str()))
        .collect();
    seen.sort_unstable();
    let expected = [
        ("alarm", "lease-regression"),
        ("duplicate", "face-alike"),
        ("history", "face-differs"),
        ("quarantine", "quality"),
    ];
    assert_eq!(seen, expected);
    // The one whose face is another's; who waits is nobody's record yet.
    let history = cases
        .iter()
        .find(|c| c.kind == domain::CaseKind::History)
        .unwrap();
    let packet = history.packet.unwrap().to_string();
    assert_eq!(packet, "00000000-0000-7000-8000-000000000002");
    assert_eq!(
        centre
            .count("select count(*) from record where standing = 'waiting'")
            .await,
        1
    );
    let operators = support::operators::two(&centre);
    support::operators::both(&centre, &operators, history.case, domain::Ruling::Different);
    assert_eq!(centre.count(own).await, 2);
    assert_eq!(support::operators::unfounded(&centre), []);
}

fn model(template: &[u8]) -> String {
    let template = face::Template::from_bytes(template).unwrap();
    template.model().as_str().to_owned()
}
