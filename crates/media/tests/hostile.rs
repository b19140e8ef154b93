//! Folders that somebody else wrote or changed: refused in part or as a whole, with a reason, and bounded.
#![allow(clippy::unwrap_used)]

use envelope::{Custody, CustodyFile, Digest, FORMAT, Signed, SigningKey};
use media::testing::{NOW, Stick, Writer};
use media::{
    CustodySeen, Disk, ENVELOPE_LIMIT_BYTES, Exported, FileKind, FileName, Import, Label,
    MediaError, Outgoing, Reason, Refusal, export, read,
};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

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

fn name_of(path: &Path) -> FileName {
    FileName::parse(path.file_name().unwrap().to_str().unwrap()).unwrap()
}

#[test]
fn any_changed_file_is_refused_and_every_other_packet_arrives() {
    let (writer, stick, folder) = written();
    let paths = stick.paths();
    assert_eq!(paths.len(), 4 + 4 + 3 + 1 + 1);
    for path in paths {
        let good = stick.bytes(&path);
        for at in [0, good.len() / 3, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 0x04;
            stick.put(&path, &bad);
            let import = read(&stick, &folder, &[writer.key().public()]).unwrap();
            let name = name_of(&path);
            assert_eq!(import.refused.len(), 1, "{name} {at}: {:?}", import.refused);
            assert_eq!(import.refused[0].file, Some(name));
            assert!(!import.is_whole());
            let (packets, voids, reason) = match name {
                FileName::Of(_, FileKind::Void) => (3, 0, Reason::Changed),
                FileName::Custody => (3, 1, import.refused[0].reason),
                _ => (2, 1, Reason::Changed),
            };
            assert_eq!(import.refused[0].reason, reason);
            assert_eq!((import.packets.len(), import.voids.len()), (packets, voids));
        }
        stick.put(&path, &good);
    }
    assert!(
        read(&stick, &folder, &[writer.key().public()])
            .unwrap()
            .is_whole()
    );
}

#[test]
fn without_custody_a_changed_file_is_refused_by_its_packet_or_by_its_own_signature() {
    let (writer, stick, folder) = written();
    stick.take_away(&folder.join(FileName::Custody.to_string()));
    for path in stick.paths() {
        let good = stick.bytes(&path);
        let step = (good.len() / 100).max(1);
        for at in (0..good.len()).step_by(step) {
            let mut bad = good.clone();
            bad[at] ^= 0x04;
            stick.put(&path, &bad);
            let import = read(&stick, &folder, &[writer.key().public()]).unwrap();
            assert_eq!(import.custody, CustodySeen::Missing);
            let all = import.packets.len() == 3 && import.voids.len() == 1;
            match name_of(&path) {
                // Nobody names these by digest but custody: whoever takes them verifies their signature, as over the link.
                FileName::Of(packet, FileKind::Manifest) if all => {
                    let arrived = import.packets.iter().find(|p| p.manifest.packet == packet);
                    let manifest = &arrived.unwrap().papers.manifest;
                    assert!(manifest.verify(&writer.key().public()).is_err());
                }
                FileName::Of(_, FileKind::Void) if all => {
                    assert!(
                        import.voids[0]
                            .signed
                            .verify(&writer.key().public())
                            .is_err()
                    );
                }
                name => {
                    assert!(!all, "{name} at {at}");
                    assert_eq!(import.refused.len(), 1);
                    // A manifest that names another statement: the statement is not that one.
                    let refused = import.refused[0].file.unwrap().to_string();
                    assert_eq!(refused[..36], name.to_string()[..36]);
                }
            }
        }
        stick.put(&path, &good);
    }
}

#[test]
fn forged_custody_is_refused_and_the_packets_stand_for_themselves() {
    let (writer, stick, folder) = written();
    let file = folder.join(FileName::Custody.to_string());
    let stranger = SigningKey::generate().unwrap();
    let good = Signed::<Custody>::from_bytes(stick.bytes(&file)).unwrap();
    let forged = Signed::sign(&good.peek().unwrap(), &stranger).unwrap();
    let other_kind = writer.void(9).as_bytes().to_vec();
    for (bytes, reason) in [
        (forged.as_bytes().to_vec(), Reason::CustodyUnverified),
        (other_kind, Reason::Malformed),
        (Vec::new(), Reason::Malformed),
        (vec![0; 2 << 20], Reason::TooLarge),
    ] {
        stick.put(&file, &bytes);
        let import = read(&stick, &folder, &[writer.key().public()]).unwrap();
        assert_eq!(import.custody, CustodySeen::Refused(reason));
        assert_eq!(reasons(&import), [reason]);
        assert_eq!((import.packets.len(), import.voids.len()), (3, 1));
    }
    // A station that knows no keys reads the packets all the same.
    stick.put(&file, good.as_bytes());
    assert_eq!(read(&stick, &folder, &[]).unwrap().packets.len(), 3);
}

#[test]
fn custody_that_names_paths_or_files_that_are_not_there_opens_nothing() {
    let (writer, stick, folder) = written();
    stick.put(Path::new("/stick/secret"), b"not for the medium");
    let file = folder.join(FileName::Custody.to_string());
    for name in [
        "../secret",
        "/stick/secret",
        "..",
        "",
        "custody.cose/../../secret",
    ] {
        let custody = Custody {
            format: FORMAT,
            by: "MUL-03".to_owned(),
            to: None,
            at: NOW,
            files: vec![CustodyFile {
                name: name.to_owned(),
                digest: Digest::of(b"not for the medium"),
                length: 18,
            }],
        };
        let signed = Signed::sign(&custody, writer.key()).unwrap();
        stick.put(&file, signed.as_bytes());
        let import = read(&stick, &folder, &[writer.key().public()]).unwrap();
        assert_eq!(import.custody, CustodySeen::Refused(Reason::Malformed));
        assert_eq!(import.packets.len(), 3);
    }
}

#[test]
fn a_file_that_custody_names_and_nobody_finds_is_said() {
    let (writer, stick, folder) = written();
    for kind in [
        FileKind::Packet,
        FileKind::Statement,
        FileKind::Decision,
        FileKind::Manifest,
    ] {
        let path = folder.join(FileName::Of(writer.id(1), kind).to_string());
        let good = stick.bytes(&path);
        stick.take_away(&path);
        let import = read(&stick, &folder, &[writer.key().public()]).unwrap();
        assert_eq!(import.packets.len(), 2);
        let refused = Refusal {
            file: Some(name_of(&path)),
            reason: Reason::Missing,
            count: 1,
        };
        assert_eq!(import.refused, [refused]);
        stick.put(&path, &good);
    }
}

#[test]
fn a_packet_under_another_packets_name_or_with_another_packets_papers_is_refused() {
    let (writer, stick, folder) = written();
    stick.take_away(&folder.join(FileName::Custody.to_string()));
    let file = |n, kind| folder.join(FileName::Of(writer.id(n), kind).to_string());
    let swapped = [
        (FileKind::Manifest, Reason::OtherPacket),
        (FileKind::Statement, Reason::Statement),
        (FileKind::Decision, Reason::Decision),
        (FileKind::Packet, Reason::Digest),
    ];
    for (kind, reason) in swapped {
        let good = stick.bytes(&file(1, kind));
        stick.put(&file(1, kind), &stick.bytes(&file(2, kind)));
        let import = read(&stick, &folder, &[]).unwrap();
        assert_eq!(reasons(&import), [reason]);
        assert_eq!(import.packets.len(), 2);
        stick.put(&file(1, kind), &good);
    }
    // A decision beside a packet whose manifest names none.
    stick.put(
        &file(3, FileKind::Decision),
        &stick.bytes(&file(1, FileKind::Decision)),
    );
    assert_eq!(
        reasons(&read(&stick, &folder, &[]).unwrap()),
        [Reason::Decision]
    );
}

#[test]
fn odd_names_are_counted_and_never_opened_or_repeated() {
    let (writer, stick, folder) = written();
    let before = stick.bytes_read();
    read(&stick, &folder, &[]).unwrap();
    let plain = stick.bytes_read() - before;
    let id = writer.id(1).to_string();
    let odd = [
        "Muhammad Ali 35202-0001234-1.jpg".to_owned(),
        "AUTORUN.INF".to_owned(),
        "شناخت.packet".to_owned(),
        format!("{}.packet", id.to_uppercase()),
        format!("{id}.packet.exe"),
        format!("{id}.receipt.cose"),
        format!("{id}.PACKET"),
        format!("{id}\u{200f}.packet"),
        "custody.cose ".to_owned(),
    ];
    for name in &odd {
        stick.put(&folder.join(name), &vec![0; 100_000]);
    }
    let before = stick.bytes_read();
    let import = read(&stick, &folder, &[writer.key().public()]).unwrap();
    assert_eq!(stick.bytes_read() - before, plain);
    let counted = Refusal {
        file: None,
        reason: Reason::OddName,
        count: odd.len(),
    };
    assert_eq!(import.refused, [counted]);
    assert_eq!(import.packets.len(), 3);
    assert!(!format!("{import:?}").contains("Muhammad"));
}

/// Puts something in place of a file.
type Put<'a> = &'a dyn Fn(&Path);

#[test]
fn links_folders_and_huge_files_in_place_of_a_packet_are_refused_unread() {
    let (writer, stick, folder) = written();
    let name = FileName::Of(writer.id(1), FileKind::Packet);
    let path = folder.join(name.to_string());
    let statement = folder.join(FileName::Of(writer.id(2), FileKind::Statement).to_string());
    let cases: [(Put<'_>, Reason); 4] = [
        (&|path| stick.put_link(path), Reason::Link),
        (&|path| stick.put_folder(path), Reason::OtherKind),
        (
            &|path| stick.put_huge(path, ENVELOPE_LIMIT_BYTES + 1),
            Reason::TooLarge,
        ),
        (&|path| stick.put_huge(path, u64::MAX), Reason::TooLarge),
    ];
    for (put, reason) in cases {
        put(&path);
        put(&statement);
        let before = stick.bytes_read();
        let import = read(&stick, &folder, &[writer.key().public()]).unwrap();
        assert!(stick.bytes_read() - before < 100_000);
        assert_eq!(reasons(&import), [reason, reason]);
        assert_eq!(import.packets.len(), 1);
    }
    let whole = Path::new("/stick/shanakht-MUL-03-2026-11-18-00000000");
    stick.put_link(whole);
    let refused = |reason| Some(MediaError::Refused(reason));
    assert_eq!(read(&stick, whole, &[]).err(), refused(Reason::Link));
    stick.put(whole, b"a file");
    assert_eq!(read(&stick, whole, &[]).err(), refused(Reason::OtherKind));
}

#[test]
fn bytes_that_change_between_two_readings_are_not_handed_on() {
    let (writer, stick, folder) = written();
    let import = read(&stick, &folder, &[writer.key().public()]).unwrap();
    let arrived = &import.packets[0];
    let name = FileName::Of(arrived.manifest.packet, FileKind::Packet);
    let path = folder.join(name.to_string());
    let mut bytes = stick.bytes(&path);
    bytes[5] ^= 1;
    stick.put(&path, &bytes);
    assert_eq!(arrived.envelope.bytes(&stick), Err(Reason::Digest));
    stick.put_huge(&path, u64::MAX);
    assert_eq!(arrived.envelope.bytes(&stick), Err(Reason::TooLarge));
    stick.take_away(&path);
    assert_eq!(arrived.packet(&stick), Err(Reason::Missing));
}

#[test]
fn a_damaged_packet_is_not_written_and_the_others_are() {
    let writer = Writer::new("MUL-03");
    let mut damaged = writer.packet(1);
    damaged.bytes[3] ^= 1;
    let mut mixed = writer.packet(5);
    mixed.papers.decision = None;
    let items = [
        Outgoing::Packet(damaged),
        Outgoing::Packet(writer.packet(2)),
        Outgoing::Packet(writer.packet(2)),
        Outgoing::Packet(mixed),
    ];
    let stick = Stick::new();
    let out = export(
        &stick,
        Path::new("/stick"),
        &label(&writer),
        writer.key(),
        items,
    )
    .unwrap();
    assert_eq!(out.packets, [writer.id(2)]);
    let refused = [
        (1, Reason::Digest),
        (2, Reason::Twice),
        (5, Reason::Decision),
    ];
    let refused = refused.map(|(n, reason)| (Some(writer.id(n)), reason));
    assert_eq!(out.refused, refused);
    assert!(
        read(&stick, &out.folder, &[writer.key().public()])
            .unwrap()
            .is_whole()
    );
}

#[test]
fn the_same_packets_by_two_sticks_are_the_same_bytes() {
    let writer = Writer::new("MUL-03");
    let other = Writer::new("MUL-04");
    let stick = Stick::new();
    let root = Path::new("/stick");
    let first = exported(&stick, root, &writer).folder;
    let first = read(&stick, &first, &[writer.key().public()]).unwrap();
    // Another station took them in and carries them on, under its own custody.
    let carried = first
        .packets
        .iter()
        .map(|p| Outgoing::Packet(p.packet(&stick).unwrap()));
    let out = export(&stick, root, &label(&other), other.key(), carried).unwrap();
    let second = read(&stick, &out.folder, &[other.key().public()]).unwrap();
    assert!(second.is_whole());
    for (a, b) in first.packets.iter().zip(&second.packets) {
        assert_eq!(a.manifest, b.manifest);
        assert_eq!(a.envelope.digest(), b.envelope.digest());
        assert_eq!(a.packet(&stick).unwrap(), b.packet(&stick).unwrap());
    }
    assert_eq!(first.packets.len(), second.packets.len());
}

#[test]
fn on_a_real_disk_links_pipes_and_folders_are_refused_and_nothing_waits() {
    let writer = Writer::new("MUL-03");
    let medium = tempfile::tempdir().unwrap();
    let folder = exported(&Disk, medium.path(), &writer).folder;
    let keys = [writer.key().public()];
    assert!(read(&Disk, &folder, &keys).unwrap().is_whole());
    let secret = medium.path().join("secret");
    std::fs::write(&secret, b"another file of this machine").unwrap();
    let path = |n, kind| folder.join(FileName::Of(writer.id(n), kind).to_string());

    let packet = path(1, FileKind::Packet);
    let aside = medium.path().join("aside");
    std::fs::rename(&packet, &aside).unwrap();
    std::os::unix::fs::symlink(&aside, &packet).unwrap();
    let statement = path(2, FileKind::Statement);
    std::fs::rename(&statement, medium.path().join("aside-2")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, &statement, rustix::fs::Mode::RUSR).unwrap();
    let void = path(4, FileKind::Void);
    std::fs::rename(&void, medium.path().join("aside-3")).unwrap();
    let deep: PathBuf = std::iter::repeat_n("d", 500).collect();
    std::fs::create_dir_all(void.join(deep)).unwrap();
    let manifest = path(3, FileKind::Manifest);
    let huge = std::fs::OpenOptions::new()
        .write(true)
        .open(&manifest)
        .unwrap();
    huge.set_len(1 << 40).unwrap();

    std::fs::write(
        folder.join(std::ffi::OsStr::from_bytes(b"\xff\xfe.packet")),
        b"",
    )
    .unwrap();

    let import = read(&Disk, &folder, &keys).unwrap();
    assert_eq!((import.packets.len(), import.voids.len()), (0, 0));
    let mut found = reasons(&import);
    found.sort();
    let expected = [
        Reason::OddName,
        Reason::Link,
        Reason::OtherKind,
        Reason::OtherKind,
        Reason::TooLarge,
    ];
    assert_eq!(found, expected);

    let link = medium.path().join("link");
    std::os::unix::fs::symlink(&folder, &link).unwrap();
    let refused = Some(MediaError::Refused(Reason::Link));
    assert_eq!(read(&Disk, &link, &keys).err(), refused);
    assert_eq!(media::find(&Disk, medium.path()).unwrap().len(), 1);
    assert_eq!(
        std::fs::read(secret).unwrap(),
        b"another file of this machine"
    );
}
