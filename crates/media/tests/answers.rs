//! The way back: receipts, lease and outcomes for one station, by the centre's word alone.
#![allow(clippy::unwrap_used)]

use domain::{OfficeId, Outcome, OutcomeKind, Policy, StationId};
use envelope::{
    Custody, FORMAT, Identity, KeyCertificate, KeyPurpose, Lease, OfficeInfo, Signed, SigningKey,
};
use media::testing::{NOW, Stick, Writer, receipt};
use media::{
    Answers, AnswersRead, FileKind, FileName, Label, MediaError, Reason, SealedAnswer, centre_key,
    export, find, read, read_answers, write_answers,
};
use std::path::{Path, PathBuf};
use wire::{LeaseReply, OutcomeList, SignedText};

const ROOT: &str = "/stick";

fn lease(writer: &Writer, centre: &SigningKey) -> LeaseReply {
    let lease = Lease {
        format: FORMAT,
        station: writer.station().clone(),
        office: OfficeInfo {
            id: OfficeId::parse("MUL").unwrap(),
            name_latin: "Multan".to_owned(),
            name_urdu: "ملتان".to_owned(),
        },
        serial: 2,
        issued_at: NOW,
        expires_at: NOW.plus_days(7),
        policy: Policy::default(),
        staff: Vec::new(),
        ingest: vec![Identity::generate().recipient()],
        station_key: writer.key().public(),
        key_files: Vec::new(),
        office_recovery: None,
        unlocks: Vec::new(),
        stations: Vec::new(),
        extension: None,
    };
    let certificate = KeyCertificate {
        purpose: KeyPurpose::Centre,
        key: centre.public(),
        not_before: NOW,
        not_after: NOW.plus_days(365),
    };
    LeaseReply {
        lease: SignedText::of(&Signed::sign(&lease, centre).unwrap()),
        centre_key: SignedText::of(&Signed::sign(&certificate, centre).unwrap()),
        other_keys: Vec::new(),
    }
}

fn answers(writer: &Writer, centre: &SigningKey) -> Answers {
    let outcome = Outcome {
        cursor: 1,
        packet: writer.id(1),
        kind: OutcomeKind::Registered,
        reason: None,
        at: NOW,
    };
    Answers {
        receipts: (1..=3).map(|n| receipt(writer, n, centre)).collect(),
        lease: Some(lease(writer, centre)),
        outcomes: Some(OutcomeList {
            outcomes: vec![outcome],
        }),
    }
}

fn sealed(writer: &Writer) -> Vec<SealedAnswer> {
    let packet = writer.id(1);
    let bytes = b"age-encryption.org/v1, as far as anybody on the way knows".to_vec();
    vec![SealedAnswer { packet, bytes }]
}

fn label(writer: &Writer, random: u8) -> Label {
    Label {
        station: writer.station().clone(),
        at: NOW,
        random: [random; 4],
    }
}

struct Made {
    writer: Writer,
    centre: SigningKey,
    stick: Stick,
    folder: PathBuf,
}

impl Made {
    fn new() -> Self {
        let writer = Writer::new("MUL-03");
        let centre = SigningKey::generate().unwrap();
        let stick = Stick::new();
        let folder = write(&stick, &writer, &centre, 1).unwrap();
        Self {
            writer,
            centre,
            stick,
            folder,
        }
    }

    fn read(&self) -> Result<AnswersRead, MediaError> {
        let station = self.writer.station();
        read_answers(&self.stick, &self.folder, station, &[self.centre.public()])
    }

    fn file(&self, name: FileName) -> PathBuf {
        self.folder.join(name.to_string())
    }
}

fn write(
    stick: &Stick,
    writer: &Writer,
    centre: &SigningKey,
    random: u8,
) -> Result<PathBuf, MediaError> {
    let (answers, sealed) = (answers(writer, centre), sealed(writer));
    let label = label(writer, random);
    write_answers(stick, Path::new(ROOT), &label, centre, &answers, sealed)
}

const fn refused(reason: Reason) -> MediaError {
    MediaError::Refused(reason)
}

#[test]
fn what_the_centre_wrote_is_what_the_station_reads() {
    let made = Made::new();
    let read = made.read().unwrap();
    let mut expected = answers(&made.writer, &made.centre);
    expected.lease.clone_from(&read.answers.lease);
    expected.receipts.sort_by_key(|r| r.peek().unwrap().packet);
    assert_eq!(read.answers, expected);
    assert!(read.refused.is_empty());
    let reply = read.answers.lease.unwrap();
    let lease = reply.lease.read::<Lease>().unwrap();
    assert!(lease.verify(&made.centre.public()).is_ok());
    let [answer] = &read.sealed[..] else {
        panic!("one sealed answer");
    };
    let bytes = answer.envelope.bytes(&made.stick).unwrap();
    assert_eq!(bytes, sealed(&made.writer)[0].bytes);
    assert_eq!(find(&made.stick, Path::new(ROOT)).unwrap().len(), 1);
}

#[test]
fn answers_for_another_station_are_refused_as_a_whole() {
    let made = Made::new();
    let other = StationId::parse("LHR-01").unwrap();
    let read = read_answers(&made.stick, &made.folder, &other, &[made.centre.public()]);
    assert_eq!(read.err(), Some(refused(Reason::OtherStation)));
}

#[test]
fn another_stations_receipt_or_lease_among_ones_own_is_refused() {
    let (writer, other) = (Writer::new("MUL-03"), Writer::new("LHR-01"));
    let centre = SigningKey::generate().unwrap();
    let stick = Stick::new();
    let mut mixed = answers(&writer, &centre);
    mixed.receipts.push(receipt(&other, 1, &centre));
    mixed.lease = Some(lease(&other, &centre));
    let label = label(&writer, 1);
    let folder = write_answers(&stick, Path::new(ROOT), &label, &centre, &mixed, []).unwrap();
    let read = read_answers(&stick, &folder, writer.station(), &[centre.public()]).unwrap();
    assert_eq!(read.answers.receipts.len(), 3);
    assert_eq!(read.answers.lease, None);
    let reasons: Vec<Reason> = read.refused.iter().map(|r| r.reason).collect();
    assert_eq!(reasons, [Reason::OtherStation; 2]);
}

#[test]
fn custody_by_another_key_brings_no_answer() {
    let made = Made::new();
    let file = made.file(FileName::Custody);
    let good = Signed::<Custody>::from_bytes(made.stick.bytes(&file)).unwrap();
    // The station's own key is no better than a stranger's.
    let forged = Signed::sign(&good.peek().unwrap(), made.writer.key()).unwrap();
    made.stick.put(&file, forged.as_bytes());
    assert_eq!(made.read().err(), Some(refused(Reason::CustodyUnverified)));
    made.stick.take_away(&file);
    assert_eq!(made.read().err(), Some(refused(Reason::CustodyMissing)));
    made.stick.put(&file, &[0xff; 9]);
    assert_eq!(made.read().err(), Some(refused(Reason::Malformed)));
}

#[test]
fn any_changed_or_added_file_is_refused_and_the_others_are_taken() {
    let made = Made::new();
    for path in made.stick.paths() {
        let good = made.stick.bytes(&path);
        let text = path.file_name().unwrap().to_str().unwrap();
        let name = FileName::parse(text).unwrap();
        if name == FileName::Custody {
            continue;
        }
        for at in [0, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            made.stick.put(&path, &bad);
            let read = made.read().unwrap();
            assert_eq!(read.refused.len(), 1);
            assert_eq!(read.refused[0].file, Some(name));
            assert_eq!(read.refused[0].reason, Reason::Changed);
        }
        made.stick.put(&path, &good);
    }
    // A true receipt that the centre did not put there.
    let added = receipt(&made.writer, 9, &made.centre);
    let name = FileName::Of(made.writer.id(9), FileKind::Receipt);
    made.stick.put(&made.file(name), added.as_bytes());
    let read = made.read().unwrap();
    assert_eq!(read.answers.receipts.len(), 3);
    assert_eq!(read.refused[0].reason, Reason::NotInCustody);
}

#[test]
fn packets_are_not_answers_and_answers_are_not_packets() {
    let made = Made::new();
    let (writer, centre) = (&made.writer, &made.centre);
    let keys = [writer.key().public(), centre.public()];
    let packets = read(&made.stick, &made.folder, &keys);
    assert_eq!(packets.err(), Some(refused(Reason::NotPackets)));
    let root = Path::new(ROOT);
    let out = export(&made.stick, root, &label(writer, 2), centre, writer.items()).unwrap();
    let answers = read_answers(&made.stick, &out.folder, writer.station(), &keys);
    assert_eq!(answers.err(), Some(refused(Reason::NotAnswers)));
}

#[test]
fn a_voided_packet_that_turned_up_has_two_receipts_and_the_same_one_twice_is_one() {
    let writer = Writer::new("MUL-03");
    let centre = SigningKey::generate().unwrap();
    let stick = Stick::new();
    let of_the_packet = receipt(&writer, 1, &centre);
    let mut of_the_void = of_the_packet.peek().unwrap();
    of_the_void.digest = writer.void(1).digest();
    let of_the_void = Signed::sign(&of_the_void, &centre).unwrap();
    let receipts = vec![of_the_packet.clone(), of_the_void, of_the_packet];
    let answers = Answers {
        receipts,
        ..Answers::default()
    };
    let label = label(&writer, 1);
    let folder = write_answers(&stick, Path::new(ROOT), &label, &centre, &answers, []).unwrap();
    let read = read_answers(&stick, &folder, writer.station(), &[centre.public()]).unwrap();
    assert_eq!(read.answers.receipts, answers.receipts[..2]);
}

#[test]
fn answers_on_a_stick_pulled_at_any_operation_are_whole_or_refused_and_can_be_written_again() {
    let writer = Writer::new("MUL-03");
    let centre = SigningKey::generate().unwrap();
    let stick = Stick::new();
    stick.pull_at(u64::MAX, 0);
    write(&stick, &writer, &centre, 1).unwrap();
    let (mut whole, mut broken) = (0, 0);
    for n in 0..stick.operations() {
        for seed in 0..6 {
            let stick = Stick::new();
            stick.pull_at(n, seed);
            assert!(write(&stick, &writer, &centre, 1).is_err());
            stick.plug_in_again(seed);
            let keys = [centre.public()];
            for name in find(&stick, Path::new(ROOT)).unwrap() {
                let folder = Path::new(ROOT).join(name.to_string());
                match read_answers(&stick, &folder, writer.station(), &keys) {
                    Ok(read) => {
                        assert!(read.refused.is_empty(), "{n} {seed}: {:?}", read.refused);
                        assert_eq!(read.answers.receipts.len(), 3);
                        whole += 1;
                    }
                    Err(error) => {
                        assert_eq!(error, refused(Reason::CustodyMissing), "{n} {seed}");
                        broken += 1;
                    }
                }
            }
            let folder = write(&stick, &writer, &centre, 2).unwrap();
            stick.plug_in_again(seed + 1);
            let read = read_answers(&stick, &folder, writer.station(), &keys).unwrap();
            assert!(read.refused.is_empty());
        }
    }
    assert!(whole > 0 && broken > 0, "whole {whole}, broken {broken}");
}

#[test]
fn nothing_to_answer_and_a_full_stick_are_said() {
    let writer = Writer::new("MUL-03");
    let centre = SigningKey::generate().unwrap();
    let stick = Stick::new();
    let label = label(&writer, 1);
    let empty = Answers::default();
    let nothing = write_answers(&stick, Path::new(ROOT), &label, &centre, &empty, []);
    assert_eq!(nothing.err(), Some(MediaError::Nothing));
    stick.limit(1_000);
    assert_eq!(
        write(&stick, &writer, &centre, 1).err(),
        Some(MediaError::Full)
    );
    assert!(find(&stick, Path::new(ROOT)).unwrap().is_empty());
}

#[test]
fn a_new_key_of_the_centre_comes_with_its_lease_and_is_believed_by_the_root_only() {
    let made = Made::new();
    let certificate = centre_key(&made.stick, &made.folder).unwrap();
    // In this test the centre's key is its own root.
    let key = certificate.verify(&made.centre.public()).unwrap().key;
    assert!(read_answers(&made.stick, &made.folder, made.writer.station(), &[key]).is_ok());
    assert!(certificate.verify(&made.writer.key().public()).is_err());
    made.stick.put(&made.file(FileName::Lease), b"{}");
    let malformed = refused(Reason::Malformed);
    assert_eq!(centre_key(&made.stick, &made.folder).err(), Some(malformed));
    made.stick.take_away(&made.file(FileName::Lease));
    let missing = refused(Reason::Missing);
    assert_eq!(centre_key(&made.stick, &made.folder).err(), Some(missing));
}

#[test]
fn more_answers_than_a_folder_holds_are_refused_before_anything_is_written() {
    let writer = Writer::new("MUL-03");
    let centre = SigningKey::generate().unwrap();
    let stick = Stick::new();
    let mut answers = Answers {
        receipts: (1..=1_000).map(|n| receipt(&writer, n, &centre)).collect(),
        ..Answers::default()
    };
    let write = |answers: &Answers, random| {
        let label = label(&writer, random);
        write_answers(&stick, Path::new(ROOT), &label, &centre, answers, [])
    };
    let folder = write(&answers, 1).unwrap();
    let read = read_answers(&stick, &folder, writer.station(), &[centre.public()]).unwrap();
    assert_eq!(
        (read.answers.receipts.len(), read.refused.len()),
        (1_000, 0)
    );
    answers.receipts.push(receipt(&writer, 1_001, &centre));
    assert_eq!(write(&answers, 2).err(), Some(MediaError::TooManyItems));
    assert_eq!(find(&stick, Path::new(ROOT)).unwrap().len(), 1);
}
