//! T8: after the centre's receipt nothing of an application is left on the station: not in the
//! database, not in its WAL or journal, not beside it, not in the temporary folder.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use domain::Verdict;
use envelope::{DecisionKind, PartKind, Parts, Recipient, seal};
use queue::Store;
use queue::testing::{NOW, Office, packet_id};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Stands for a face in everything that is sealed; it must never be on the disk in the clear.
const FACE: &[u8] = b"PLANTED-FACE-OF-AN-APPLICANT";
/// Length of the pieces by which an envelope is recognised: nothing else has the same 24 bytes.
const PIECE: usize = 24;
const FOLDER: &str = "SHANAKHT_RESIDUE_FOLDER";
const APPLICATIONS: u32 = 12;

#[test]
fn nothing_of_an_application_is_left_anywhere_after_its_end() {
    match std::env::var_os(FOLDER) {
        // The station runs in a process of its own, with a temporary folder of its own.
        None => {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("tmp")).unwrap();
            let done = Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "nothing_of_an_application_is_left_anywhere_after_its_end",
                ])
                .env(FOLDER, folder.path())
                .env("TMPDIR", folder.path().join("tmp"))
                .env("SQLITE_TMPDIR", folder.path().join("tmp"))
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
    let mut station = Station::new(folder);
    for n in 0..APPLICATIONS {
        station.application(n);
    }
    assert!(!station.residue().is_empty(), "the scan sees what is there");
    assert_eq!(
        station.clear_text(),
        Vec::<PathBuf>::new(),
        "sealed before it is written"
    );
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
    /// Of every envelope that was ever given to the store.
    pieces: HashSet<[u8; PIECE]>,
}

impl Station {
    fn new(folder: &Path) -> Self {
        let office = Office::default();
        let store = office.open(&folder.join("station.db"));
        Self {
            folder: folder.to_owned(),
            office,
            store: Some(store),
            pieces: HashSet::new(),
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
        for chunk in sealed.chunks(256).skip(1) {
            if let Some(piece) = chunk.first_chunk() {
                self.pieces.insert(*piece);
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

    fn store(&mut self) -> &mut Store {
        self.store.as_mut().unwrap()
    }

    /// The files that hold a piece of an envelope.
    fn residue(&self) -> Vec<PathBuf> {
        self.files_with(|bytes| {
            bytes
                .windows(PIECE)
                .any(|w| w.first_chunk().is_some_and(|w| self.pieces.contains(w)))
        })
    }

    fn clear_text(&self) -> Vec<PathBuf> {
        self.files_with(|bytes| bytes.windows(FACE.len()).any(|w| w == FACE))
    }

    fn files_with(&self, found: impl Fn(&[u8]) -> bool) -> Vec<PathBuf> {
        let mut folders = vec![self.folder.clone()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if found(&fs::read(&path).unwrap()) {
                    files.push(path);
                }
            }
        }
        files
    }
}
