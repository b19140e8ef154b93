//! T8: after the centre's receipt nothing of an application is left on the station: not in the
//! database, not in its WAL or journal, not beside it, not in the temporary folder; a medium holds
//! nothing that is readable.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use domain::Verdict;
use envelope::{DecisionKind, PartKind, Parts, Recipient, seal};
use faults::Search;
use media::{Disk, Label, Outgoing, Papers, SealedPacket};
use queue::Store;
use queue::testing::{NOW, Office, packet_id};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Stands for a face in everything that is sealed; it must never be on the disk in the clear.
const FACE: &[u8] = b"PLANTED-FACE-OF-AN-APPLICANT";
/// Length of the pieces by which an envelope is recognised: nothing else has the same 24 bytes.
const PIECE: usize = 24;
/// Of every so many pieces of an envelope every form is looked for.
const IN_EVERY_FORM: usize = 16;
const FOLDER: &str = "SHANAKHT_RESIDUE_FOLDER";
const APPLICATIONS: u32 = 12;

#[test]
fn nothing_of_an_application_is_left_anywhere_after_its_end() {
    match std::env::var_os(FOLDER) {
        // The station runs in a process of its own, with a temporary folder of its own.
        None => {
            let folder = tempfile::tempdir().unwrap();
            for name in ["station", "medium", "station/tmp"] {
                fs::create_dir(folder.path().join(name)).unwrap();
            }
            let done = Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "nothing_of_an_application_is_left_anywhere_after_its_end",
                ])
                .env(FOLDER, folder.path())
                .env("TMPDIR", folder.path().join("station/tmp"))
                .env("SQLITE_TMPDIR", folder.path().join("station/tmp"))
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&done.stdout);
            assert!(done.status.success(), "{said}");
            assert!(said.contains("1 passed"), "{said}");
        }
        Some(folder) => a_day_at_a_station(Path::new(&folder)),
    }
}

fn a_day_at_a_station(folder: &Path) {
    let mut station = Station::new(&folder.join("station"));
    for n in 0..APPLICATIONS {
        station.application(n);
    }
    assert!(!station.residue().is_empty(), "the scan sees what is there");
    assert_eq!(
        station.clear_text(),
        Vec::<PathBuf>::new(),
        "sealed before it is written"
    );
    let medium = folder.join("medium");
    station.carry(&medium);
    let on_medium = |search: &Search<()>| search.folder(&medium, &|()| false).unwrap().len();
    assert!(on_medium(&station.sealed) >= 9, "the packets are there");
    assert_eq!(on_medium(&station.clear), 0, "and sealed");
    station.settle_all();
    station.store.as_mut().unwrap().purge().unwrap();
    assert_eq!(
        station.residue(),
        Vec::<PathBuf>::new(),
        "while the store is open"
    );
    assert_eq!(station.clear_text(), Vec::<PathBuf>::new());
    station.store = None;
    assert_eq!(
        station.residue(),
        Vec::<PathBuf>::new(),
        "after it is closed"
    );
    let store = Store::open(&station.database(), NOW).unwrap();
    let counts = store.counts().unwrap();
    assert_eq!((counts.settled, counts.closed), (9, 3));
    assert_eq!(counts.draft + counts.in_review + counts.outbox, 0);
    store.verify_audit().unwrap();
    drop(store);
    assert_eq!(
        station.residue(),
        Vec::<PathBuf>::new(),
        "after the next start"
    );
}

struct Station {
    folder: PathBuf,
    office: Office,
    store: Option<Store>,
    /// Pieces of every envelope that was ever given to the store.
    sealed: Search<()>,
    /// What must never be anywhere in the clear.
    clear: Search<()>,
}

impl Station {
    fn new(folder: &Path) -> Self {
        let office = Office::default();
        let store = office.open(&folder.join("station.db"));
        let mut clear = Search::default();
        clear.add_in_every_form(FACE, ());
        Self {
            folder: folder.to_owned(),
            office,
            store: Some(store),
            sealed: Search::default(),
            clear,
        }
    }

    fn database(&self) -> PathBuf {
        self.folder.join("station.db")
    }

    /// Content with a face in it, sealed as the desk seals it, in a size of its own.
    fn sealed(&mut self, n: u32, to: &Recipient) -> Vec<u8> {
        let mut parts = Parts::default();
        let length = [300, 5_000, 70_000][n as usize % 3];
        let face = FACE.repeat(length / FACE.len() + 1);
        parts.put(PartKind::Portrait, face).unwrap();
        parts
            .put(PartKind::Application, n.to_be_bytes().to_vec())
            .unwrap();
        let sealed = seal(&parts.to_tar().unwrap(), std::slice::from_ref(to)).unwrap();
        // From the head of the age file on: its first line is the same in all.
        for (at, chunk) in sealed.chunks(256).enumerate().skip(1) {
            match chunk.get(..PIECE) {
                Some(piece) if at % IN_EVERY_FORM == 1 => self.sealed.add_in_every_form(piece, ()),
                Some(piece) => self.sealed.add(piece, ()),
                None => {}
            }
        }
        sealed
    }

    /// Every fourth is discarded or rejected instead of approved, every third is returned once.
    fn application(&mut self, n: u32) {
        let packet = packet_id(n + 1);
        let officer = self.office.officer.1.identity.recipient();
        let supervisor = self.office.supervisor.1.identity.recipient();
        let ingest = self.office.ingest.recipient();
        for step in 0..3 {
            let draft = self.sealed(n + step, &officer);
            let draft = self.office.draft(packet, &draft);
            self.store().save_draft(&draft, NOW).unwrap();
        }
        if n % 8 == 7 {
            return self.store().close(packet, "privacy", NOW).unwrap();
        }
        let mut digest = self.submit(n, &supervisor, &ingest);
        if n.is_multiple_of(3) {
            let again = self.sealed(n, &officer);
            let by = self.office.supervisor.0.clone();
            self.store()
                .return_to_draft(packet, &by, &again, "photo", NOW)
                .unwrap();
            digest = self.submit(n, &supervisor, &ingest);
        }
        if n % 4 == 3 {
            let decision = self.office.decision(packet, digest, DecisionKind::Reject);
            return self
                .store()
                .reject(packet, &decision, "doubt", NOW)
                .unwrap();
        }
        let decision = self.office.decision(packet, digest, DecisionKind::Approve);
        let (office, store) = (&self.office, self.store.as_mut().unwrap());
        store
            .approve(packet, &decision, |seed| office.manifest(seed), NOW)
            .unwrap();
    }

    fn submit(&mut self, n: u32, supervisor: &Recipient, ingest: &Recipient) -> envelope::Digest {
        let bytes = self.sealed(n, ingest);
        let mut submission = self.office.submission(packet_id(n + 1), &bytes);
        submission.review_envelope = self.sealed(n, supervisor);
        self.store().submit(&submission, NOW).unwrap()
    }

    fn settle_all(&mut self) {
        for entry in self.store().outbox(0, 1000).unwrap() {
            let digest = self.store().outbox_row(entry.packet).unwrap().digest;
            let head = self.store().audit_head().unwrap();
            let receipt = self
                .office
                .receipt(entry.packet, digest, Verdict::Durable, head);
            self.store().settle(&receipt, NOW).unwrap();
        }
    }

    /// Everything that waits goes to a removable medium.
    fn carry(&mut self, medium: &Path) {
        let label = Label {
            station: self.office.station.clone(),
            at: NOW,
            random: [7; 4],
        };
        let store = self.store.as_mut().unwrap();
        let mut items = Vec::new();
        for entry in store.outbox(0, 1000).unwrap() {
            let documents = store.outbox_row(entry.packet).unwrap().documents;
            let papers = Papers {
                manifest: documents.manifest().unwrap().clone(),
                statement: documents.statement().unwrap().clone(),
                decision: documents.decision().cloned(),
            };
            let bytes = store.packet_envelope(entry.packet).unwrap();
            items.push(Outgoing::Packet(SealedPacket { bytes, papers }));
        }
        media::export(&Disk, medium, &label, &self.office.station_key, items).unwrap();
    }

    fn store(&mut self) -> &mut Store {
        self.store.as_mut().unwrap()
    }

    /// The files that hold a piece of an envelope.
    fn residue(&self) -> Vec<PathBuf> {
        self.files_with(&self.sealed)
    }

    fn clear_text(&self) -> Vec<PathBuf> {
        self.files_with(&self.clear)
    }

    fn files_with(&self, search: &Search<()>) -> Vec<PathBuf> {
        let found = search.folder(&self.folder, &|()| false).unwrap();
        found.into_keys().collect()
    }
}
