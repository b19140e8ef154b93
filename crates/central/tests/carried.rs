//! Folders of packets that came on a stick or from a dead station's disk.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::import::{Fate, Imported, import};
use envelope::{Digest, FORMAT, Identity, Receipt, Signed, Void, open, seal};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use support::TestCentre;
use support::packet::{Packet, Plan, now};

fn lay(folder: &Path, packet: &Packet) {
    let write = |ending: &str, bytes: &[u8]| {
        std::fs::write(folder.join(format!("{}{ending}", packet.id)), bytes).unwrap();
    };
    write(".packet", &packet.sealed);
    write(".manifest.cose", packet.manifest.as_bytes());
    write(".statement.cose", packet.statement.as_bytes());
    if let Some(decision) = &packet.decision {
        write(".decision.cose", decision.as_bytes());
    }
}

fn take(centre: &TestCentre, folder: &Path) -> Vec<Imported> {
    let folder = folder.to_owned();
    centre.act(async move |store| import(&store, &folder, Duration::from_secs(30)).await)
}

fn fate<'d>(done: &'d [Imported], packet: &Packet) -> &'d Imported {
    let name = packet.id.to_string();
    done.iter().find(|one| one.name == name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_stations_folder_settles_and_counts_once() {
    let centre = support::centre();
    let station = centre.station().await;
    let first = Plan::new(1, None).make(&station.signers);
    let second = Plan::new(2, Some(first.digest())).make(&station.signers);
    let third = Plan::new(3, Some(second.digest())).make(&station.signers);
    centre.settle(&station, &first).await;
    let place = tempfile::tempdir().unwrap();
    lay(place.path(), &first);
    lay(place.path(), &second);
    let manifest = third.manifest.peek().unwrap();
    let void = Void {
        format: FORMAT,
        packet: third.id,
        station: manifest.station,
        counter: 3,
        previous: manifest.previous,
        digest: manifest.digest,
        reason: "damaged".to_owned(),
        lease: None,
        audit_head: Digest::default(),
        at: now(),
    };
    let void = Signed::sign(&void, &station.signers.key).unwrap();
    let name = format!("{}.void.cose", third.id);
    std::fs::write(place.path().join(name), void.as_bytes()).unwrap();
    let done = take(&centre, place.path());
    assert_eq!(fate(&done, &first).fate, Fate::Known);
    assert_eq!(fate(&done, &second).fate, Fate::Taken);
    assert_eq!(fate(&done, &third).fate, Fate::Taken);
    for (packet, digest) in [
        (&first, first.digest()),
        (&second, second.digest()),
        (&third, void.digest()),
    ] {
        assert!(fate(&done, packet).receipt);
        let name = format!("{}.receipt.cose", packet.id);
        let bytes = std::fs::read(place.path().join(name)).unwrap();
        let receipt = Signed::<Receipt>::from_bytes(bytes).unwrap();
        let receipt = receipt.verify(&station.centre_key()).unwrap();
        assert_eq!((receipt.packet, receipt.digest), (packet.id, digest));
    }
    let again = take(&centre, place.path());
    assert_eq!(fate(&again, &second).fate, Fate::Known);
    let figures = centre.figures();
    assert_eq!((figures.effects, figures.alarms), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_forged_or_a_trick_is_refused_and_the_rest_is_taken() {
    let centre = support::centre();
    let station = centre.station().await;
    let plan = |counter| Plan::new(counter, None).make(&station.signers);
    let place = tempfile::tempdir().unwrap();
    let good = plan(1);
    let mut damaged = plan(2);
    damaged.sealed[100] ^= 1;
    let mut linked = plan(3);
    let mut large = plan(4);
    let renamed = plan(5);
    for packet in [&good, &damaged, &linked, &large, &renamed] {
        lay(place.path(), packet);
    }
    let path = |packet: &Packet, ending: &str| place.path().join(format!("{}{ending}", packet.id));
    std::fs::remove_file(path(&linked, ".packet")).unwrap();
    let outside = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(outside.path(), std::mem::take(&mut linked.sealed)).unwrap();
    std::os::unix::fs::symlink(outside.path(), path(&linked, ".packet")).unwrap();
    large.sealed = vec![0; 34 << 20];
    std::fs::write(path(&large, ".packet"), &large.sealed).unwrap();
    std::fs::rename(path(&renamed, ".statement.cose"), place.path().join("gone")).unwrap();
    std::fs::write(place.path().join("..packet"), "x").unwrap();
    let done = take(&centre, place.path());
    assert_eq!(fate(&done, &good).fate, Fate::Taken);
    for (packet, why) in [
        (&damaged, "damaged"),
        (&linked, "no-plain-file"),
        (&large, "too-large"),
        (&renamed, "missing"),
    ] {
        assert_eq!(fate(&done, packet).fate, Fate::Refused(why.to_owned()));
        assert!(!path(packet, ".receipt.cose").exists());
    }
    let figures = centre.figures();
    assert_eq!((figures.effects, figures.uploads_open), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_on_a_medium_are_taken_by_their_station_alone() {
    let centre = support::centre();
    let station = centre.station().await;
    let first = Plan::new(1, None).make(&station.signers);
    let second = Plan::new(2, Some(first.digest())).make(&station.signers);
    centre.settle(&station, &first).await;
    centre.settle(&station, &second).await;
    let stick = tempfile::tempdir().unwrap();
    let (medium, name) = (stick.path().to_owned(), support::station_id());
    let written =
        centre.act(async move |store| central::answers::write(&store, &name, &medium).await);
    // Outcomes come when the search for duplicates is done, which nobody waits for here.
    assert_eq!(written.receipts, 2);
    let keys = [station.centre_key()];
    let read = |name: &str| {
        let name = domain::StationId::parse(name).unwrap();
        media::read_answers(&media::Disk, &written.folder, &name, &keys)
    };
    let answers = read(support::station_id().as_str()).unwrap();
    assert!(answers.refused.is_empty());
    let of = |packet: &Packet| {
        let receipts = answers.answers.receipts.iter();
        let mut verified = receipts.map(|receipt| receipt.verify(&keys[0]).unwrap());
        verified.any(|r| (r.packet, r.digest) == (packet.id, packet.digest()))
    };
    assert!(of(&first) && of(&second));
    assert!(answers.answers.lease.is_some());
    assert!(read("MUL-99").is_err());
}

#[test]
fn the_command_gives_a_departed_officers_draft_to_a_colleague() {
    let (office, colleague) = (Identity::generate(), Identity::generate());
    let place = tempfile::tempdir().unwrap();
    let identity = place.path().join("office-recovery.identity");
    std::fs::write(&identity, office.to_secret().as_bytes()).unwrap();
    let sealed = seal(b"what was typed", &[office.recipient()]).unwrap();
    std::fs::write(place.path().join("a.draft.age"), sealed).unwrap();
    let recover = || {
        Command::new(env!("CARGO_BIN_EXE_shanakht-centre"))
            .args(["recover", "--to", colleague.recipient().as_str()])
            .arg("--identity")
            .arg(&identity)
            .arg(place.path())
            .output()
            .unwrap()
    };
    let said = recover();
    assert!(said.status.success(), "{said:?}");
    assert_eq!(said.stdout, b"a.draft.age\tsealed anew\n");
    let sealed = std::fs::read(place.path().join("resealed/a.draft.age")).unwrap();
    let plain = open(&sealed, &colleague, 64).unwrap();
    assert_eq!(plain.as_slice(), b"what was typed");
    // One that nobody can open is said so, and the command fails.
    std::fs::write(place.path().join("b.draft.age"), "damaged").unwrap();
    let said = recover();
    assert!(!said.status.success());
    let lines = String::from_utf8(said.stdout).unwrap();
    assert!(
        lines.contains("b.draft.age\trefused: not-openable"),
        "{lines}"
    );
}
