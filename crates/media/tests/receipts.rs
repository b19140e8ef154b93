//! Receipts that a carrier brings back: read without the centre's custody, and nothing else with them.
#![allow(clippy::unwrap_used)]

use media::testing::{NOW, Stick, Writer, receipt};
use media::{
    FileKind, FileName, Label, MediaError, Reason, Refusal, find, read_answers, read_receipts,
    write_receipts,
};
use std::path::{Path, PathBuf};

const ROOT: &str = "/stick";

struct Made {
    owner: Writer,
    carrier: Writer,
    stick: Stick,
    centre: envelope::SigningKey,
}

impl Made {
    fn new() -> Self {
        let stick = Stick::new();
        stick.put_folder(Path::new(ROOT));
        Self {
            owner: Writer::new("MUL-03"),
            carrier: Writer::new("MUL-04"),
            stick,
            centre: envelope::SigningKey::generate().unwrap(),
        }
    }

    fn write(&self, counters: &[u64]) -> Result<PathBuf, MediaError> {
        let receipts: Vec<_> = counters
            .iter()
            .map(|n| receipt(&self.owner, *n, &self.centre))
            .collect();
        let label = Label {
            station: self.owner.station().clone(),
            at: NOW,
            random: [1; 4],
        };
        let by = self.carrier.station();
        let key = self.carrier.key();
        write_receipts(&self.stick, Path::new(ROOT), &label, by, key, &receipts)
    }

    fn name(&self, counter: u64, kind: FileKind) -> String {
        FileName::Of(self.owner.id(counter), kind).to_string()
    }
}

fn refusal(file: FileName, reason: Reason) -> Refusal {
    Refusal {
        file: Some(file),
        reason,
        count: 1,
    }
}

#[test]
fn receipts_of_a_carrier_are_found_as_answers_and_read_by_their_owner_alone() {
    let made = Made::new();
    let folder = made.write(&[1, 2]).unwrap();
    let names = find(&made.stick, Path::new(ROOT)).unwrap();
    assert_eq!(names.len(), 1);
    assert_eq!(&names[0].station, made.owner.station());
    let (receipts, refused) = read_receipts(&made.stick, &folder, made.owner.station()).unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    let key = made.centre.public();
    let packets: Vec<_> = receipts
        .iter()
        .map(|r| r.verify(&key).unwrap().packet)
        .collect();
    assert_eq!(packets, [1, 2].map(|n| made.owner.id(n)));
    // The centre's custody is another thing: nothing is taken for it.
    let answers = read_answers(&made.stick, &folder, made.owner.station(), &[key]);
    let why = MediaError::Refused(Reason::CustodyUnverified);
    assert_eq!(answers.unwrap_err(), why);
    let (none, refused) = read_receipts(&made.stick, &folder, made.carrier.station()).unwrap();
    assert!(none.is_empty());
    assert!(refused.iter().all(|r| r.reason == Reason::OtherStation));
    assert_eq!(refused.len(), 2);
}

#[test]
fn whatever_else_lies_there_is_refused_and_the_rest_is_read() {
    let made = Made::new();
    let folder = made.write(&[1, 2, 3]).unwrap();
    let put = |name: &str, bytes: &[u8]| made.stick.put(&folder.join(name), bytes);
    put("outcomes.json", b"{}");
    put("lease.json", b"{}");
    put("somebody.txt", b"x");
    put(&made.name(2, FileKind::Receipt), b"no receipt");
    let third = made
        .stick
        .bytes(&folder.join(made.name(3, FileKind::Receipt)));
    put(&made.name(4, FileKind::Receipt), &third);
    made.stick.take_away(&folder.join("custody.cose"));
    let (receipts, refused) = read_receipts(&made.stick, &folder, made.owner.station()).unwrap();
    assert_eq!(receipts.len(), 2);
    let of = |n| FileName::Of(made.owner.id(n), FileKind::Receipt);
    for expected in [
        refusal(FileName::Lease, Reason::NotInCustody),
        refusal(FileName::Outcomes, Reason::NotInCustody),
        refusal(of(2), Reason::Malformed),
        refusal(of(4), Reason::OtherPacket),
    ] {
        assert!(refused.contains(&expected), "{expected:?} in {refused:?}");
    }
    assert!(refused.iter().any(|r| r.reason == Reason::OddName));
}

#[test]
fn a_pulled_stick_leaves_whole_receipts_and_a_wrong_choice_is_not_written() {
    let made = Made::new();
    assert_eq!(made.write(&[]).unwrap_err(), MediaError::Nothing);
    let twice = made.write(&[1, 1]).unwrap_err();
    assert_eq!(twice, MediaError::Refused(Reason::Twice));
    let whole = {
        let made = Made::new();
        made.stick.pull_at(u64::MAX, 0);
        made.write(&[1, 2, 3]).unwrap();
        made.stick.operations()
    };
    let mut broken_off = 0;
    for at in 0..whole {
        let made = Made::new();
        made.stick.pull_at(at, at);
        let written = made.write(&[1, 2, 3]);
        made.stick.plug_in_again(at);
        let Some(name) = find(&made.stick, Path::new(ROOT)).unwrap().pop() else {
            assert!(written.is_err());
            continue;
        };
        broken_off += 1;
        let folder = Path::new(ROOT).join(name.to_string());
        let (receipts, _) = read_receipts(&made.stick, &folder, made.owner.station()).unwrap();
        for signed in receipts {
            signed.verify(&made.centre.public()).unwrap();
        }
    }
    assert!(broken_off > 0);
}
