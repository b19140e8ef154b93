//! Folders without end: what is looked at, read and kept has limits.
#![allow(clippy::unwrap_used)]

use domain::PacketId;
use envelope::{Custody, Digest, Document, PublicKey, Signed, SigningKey};
use media::testing::{NOW, Stick, Writer};
use media::{
    CustodySeen, ENTRIES_LIMIT, Exported, FileKind, FileName, Import, Label, Outgoing, Reason,
    export, read,
};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn label(writer: &Writer) -> Label {
    Label {
        station: writer.station().clone(),
        at: NOW,
        random: [1; 4],
    }
}

fn exported(files: &dyn media::Files, root: &Path, writer: &Writer) -> Exported {
    export(files, root, &label(writer), writer.key(), writer.items()).unwrap()
}

fn written() -> (Writer, Stick, PathBuf) {
    let writer = Writer::new("MUL-03");
    let stick = Stick::new();
    let folder = exported(&stick, Path::new("/stick"), &writer).folder;
    (writer, stick, folder)
}

fn reasons(import: &Import) -> Vec<Reason> {
    import.refused.iter().map(|r| r.reason).collect()
}

/// Custody's kind of document, with nothing but small numbers in it.
#[derive(serde::Serialize, serde::Deserialize)]
struct Flood {
    files: Vec<u8>,
}

impl Document for Flood {
    const TYPE: &'static str = Custody::TYPE;
    const FIELDS: &'static [&'static str] = &["files"];
}

#[test]
fn a_flood_as_custody_is_refused_at_once_however_many_stations_there_are() {
    let (writer, stick, folder) = written();
    let files = vec![0; 1_000_000];
    let keys: Vec<_> = (0..5_000_u32)
        .map(|n| PublicKey::from_bytes(*Digest::of(&n.to_be_bytes()).as_bytes()))
        .chain([writer.key().public()])
        .collect();
    let stranger = SigningKey::generate().unwrap();
    for (key, reason) in [
        (&stranger, Reason::CustodyUnverified),
        (writer.key(), Reason::Malformed),
    ] {
        let files = files.clone();
        let signed = Signed::sign(&Flood { files }, key).unwrap();
        stick.put(&folder.join("custody.cose"), signed.as_bytes());
        let start = Instant::now();
        let import = read(&stick, &folder, &keys).unwrap();
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "{:?}",
            start.elapsed()
        );
        assert_eq!(import.custody, CustodySeen::Refused(reason));
        assert_eq!(import.packets.len(), 3);
    }
}

#[test]
fn a_hundred_thousand_files_end_in_a_count() {
    let (writer, stick, folder) = written();
    for n in 0..100_000_u32 {
        stick.put(&folder.join(format!("z{n}")), b"junk");
    }
    let start = Instant::now();
    let import = read(&stick, &folder, &[writer.key().public()]).unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(import.packets.len(), 3);
    assert_eq!(reasons(&import), [Reason::OddName, Reason::TooManyFiles]);
    assert_eq!(import.refused[0].count, ENTRIES_LIMIT - 13);
    // Where junk comes first, nothing is found, and that is said.
    for n in 0..100_000_u32 {
        stick.put(&folder.join(format!("!{n}")), b"junk");
    }
    let import = read(&stick, &folder, &[writer.key().public()]).unwrap();
    assert_eq!(import.custody, CustodySeen::Missing);
    assert_eq!(import.packets.len(), 0);
    assert_eq!(reasons(&import), [Reason::OddName, Reason::TooManyFiles]);
}

#[test]
fn twenty_thousand_names_of_packets_that_are_not_there_are_refused_one_by_one() {
    let stick = Stick::new();
    let folder = Path::new("/stick/shanakht-MUL-03-2026-11-18-00000000");
    for n in 0..30_000_u32 {
        let packet = PacketId::mint(NOW.plus_millis(n.into()), [n as u8; 10]);
        let name = FileName::Of(packet, FileKind::Manifest);
        stick.put(&folder.join(name.to_string()), &[0xff; 3]);
    }
    let start = Instant::now();
    let import = read(&stick, folder, &[]).unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(import.refused.len(), ENTRIES_LIMIT + 1);
}

#[test]
fn documents_beyond_what_a_folder_may_hold_are_refused_and_not_kept() {
    let stick = Stick::new();
    let writer = Writer::new("MUL-03");
    let folder = Path::new("/stick/shanakht-MUL-03-2026-11-18-00000000");
    // A true void with a long reason: 60 kB each, 40 MB together.
    let mut void = writer.void(1).peek().unwrap();
    void.reason = "r".repeat(60_000);
    for n in 0..700_u32 {
        void.packet = PacketId::mint(NOW.plus_millis(n.into()), [n as u8; 10]);
        let signed = Signed::sign(&void, writer.key()).unwrap();
        let name = FileName::Of(void.packet, FileKind::Void);
        stick.put(&folder.join(name.to_string()), signed.as_bytes());
    }
    let import = read(&stick, folder, &[]).unwrap();
    let kept: usize = import.voids.iter().map(|v| v.signed.as_bytes().len()).sum();
    assert!(kept as u64 <= media::PAPERS_LIMIT_BYTES);
    assert_eq!(import.voids.len() + import.refused.len(), 700);
    assert!(reasons(&import).iter().all(|r| *r == Reason::TooMuch));
}

#[test]
fn a_thousand_packets_fill_a_folder_and_the_rest_waits_for_the_next() {
    let writer = Writer::new("MUL-03");
    let items = || (1..=1_001).map(|n| Outgoing::Packet(writer.packet(n)));
    let stick = Stick::new();
    let out = export(
        &stick,
        Path::new("/stick"),
        &label(&writer),
        writer.key(),
        items(),
    )
    .unwrap();
    assert_eq!(out.stopped, Some(media::Stopped::Limit));
    let import = read(&stick, &out.folder, &[writer.key().public()]).unwrap();
    assert!(import.is_whole());
    let counters: Vec<u64> = import.packets.iter().map(|p| p.manifest.counter).collect();
    assert_eq!(counters, (1..=1_000).collect::<Vec<_>>());
}
