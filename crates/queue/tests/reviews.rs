//! Reviews that are decided at another station of the office: two stores, and everything that may come between them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use domain::{
    ApplicationKind, DecisionResult, ItemKind, PacketId, Role, StaffId, Stage, StationId,
};
use envelope::{
    DecisionKind, Digest, Lease, OfficeStation, ReviewCopy, ReviewReturn, Signed, SigningKey,
    StaffEntry, StaffKeys,
};
use queue::testing::{NOW, Office, packet_id};
use queue::{QueueError, Store, StoreOptions, Visit, Word, downgrade};
use std::path::Path;
use tempfile::TempDir;

/// Station MUL-03 with a packet that waits, and MUL-04 of the same office.
struct Two {
    office: Office,
    folder: TempDir,
    here: Store,
    there: Store,
}

fn id(name: &str) -> StationId {
    StationId::parse(name).unwrap()
}

fn colleague(name: &str, key: &SigningKey) -> OfficeStation {
    OfficeStation {
        id: id(name),
        keys: vec![SigningKey::generate().unwrap().public(), key.public()],
    }
}

fn open(office: &Office, path: &Path, change: impl Fn(&mut Lease)) -> Store {
    let options = StoreOptions {
        ballast_bytes: 1 << 16,
        ..StoreOptions::default()
    };
    let mut store = Store::open_with(path, &options, NOW).unwrap();
    let (lease, key) = office.lease_with(1, 1, change);
    store.activate(&office.record(), &lease, &key, NOW).unwrap();
    store
}

impl Two {
    fn new() -> Self {
        let office = Office::new("MUL-03");
        let folder = tempfile::tempdir().unwrap();
        let mut here = open(&office, &folder.path().join("here.db"), |_| {});
        let key = colleague("MUL-03", &office.station_key);
        let there = Office::new("MUL-04");
        let there = Store::open(&folder.path().join("there.db"), NOW).map(|mut store| {
            let (lease, certificate) = office.lease_with(1, 1, |lease| {
                lease.station = id("MUL-04");
                lease.station_key = there.station_key.public();
                lease.stations = vec![key.clone()];
            });
            let mut record = office.record();
            record.station = id("MUL-04");
            store.activate(&record, &lease, &certificate, NOW).unwrap();
            store
        });
        submit(&office, &mut here, 1);
        Self {
            office,
            folder,
            here,
            there: there.unwrap(),
        }
    }

    fn visit(&self, n: u32) -> Visit {
        self.visit_bent(n, |_| {})
    }

    fn visit_bent(&self, n: u32, bend: impl FnOnce(&mut ReviewCopy)) -> Visit {
        let packet = packet_id(n);
        let reviews = self.here.reviews().unwrap();
        let row = reviews.into_iter().find(|r| r.packet == packet).unwrap();
        let copy = self.here.review_envelope(packet).unwrap();
        let statement = self.here.statement(packet).unwrap();
        let mut review = ReviewCopy {
            format: envelope::FORMAT,
            packet,
            station: self.office.station.clone(),
            digest: row.digest,
            statement: statement.digest(),
            copy: Digest::of(&copy),
            copy_length: copy.len() as u64,
            kind: row.kind,
            risk: row.risk,
            replayed: row.replayed,
            submitted_at: row.submitted_at,
            lease: Some(1),
        };
        bend(&mut review);
        Visit {
            review: Signed::sign(&review, &self.office.station_key).unwrap(),
            statement,
            copy,
        }
    }

    fn decision(&self, n: u32, kind: DecisionKind) -> Word {
        Word::Decision(self.office.decision(packet_id(n), digest_of(n), kind))
    }

    fn returned(&self, n: u32, draft: &[u8]) -> Word {
        returned(&self.office, packet_id(n), digest_of(n), draft)
    }

    /// What the first station makes of a word.
    fn take(&mut self, n: u32, word: &Word) -> DecisionResult {
        let office = &self.office;
        let manifest = |seed: &queue::ManifestSeed| office.manifest(seed);
        let digest = Digest::of(&bytes(n));
        self.here.take_word(digest, word, manifest, NOW).unwrap()
    }

    fn stage(&self, n: u32) -> Stage {
        self.here.history_of(packet_id(n)).unwrap().unwrap().stage
    }
}

fn bytes(n: u32) -> Vec<u8> {
    format!("sealed packet {n}").repeat(3000).into_bytes()
}

/// The digest of the `n`th packet.
fn digest_of(n: u32) -> Digest {
    Digest::of(&bytes(n))
}

fn submit(office: &Office, store: &mut Store, n: u32) {
    let packet = packet_id(n);
    store
        .save_draft(&office.draft(packet, b"draft"), NOW)
        .unwrap();
    store
        .submit(&office.submission(packet, &bytes(n)), NOW)
        .unwrap();
}

fn returned(office: &Office, packet: PacketId, digest: Digest, draft: &[u8]) -> Word {
    let returned = ReviewReturn {
        format: envelope::FORMAT,
        packet,
        digest,
        officer: office.officer.0.clone(),
        kind: ApplicationKind::New,
        supervisor: office.supervisor.0.clone(),
        reason: "return-name".to_owned(),
        draft: Digest::of(draft),
        at: NOW,
        lease: Some(1),
        audit_head: None,
    };
    Word::Return {
        returned: Signed::sign(&returned, &office.supervisor.1.signing).unwrap(),
        draft: draft.to_vec(),
    }
}

#[test]
fn an_approval_from_elsewhere_mints_counter_and_manifest_at_its_own_station_alone() {
    let mut two = Two::new();
    two.there.put_visit(&two.visit(1), NOW).unwrap();
    let row = two.there.visits().unwrap().remove(0);
    assert_eq!((row.packet, row.digest), (packet_id(1), digest_of(1)));
    assert_eq!(
        (row.station, row.officer),
        (id("MUL-03"), two.office.officer.0.clone())
    );
    assert_eq!(two.there.visit_copy(row.digest).unwrap(), two.visit(1).copy);

    let word = two.decision(1, DecisionKind::Approve);
    two.there.decide_visit(&word, NOW).unwrap();
    assert!(two.there.visits().unwrap().is_empty());
    assert_eq!(two.there.visit_copy(row.digest), Err(QueueError::NotFound));
    assert_eq!(two.there.counter().unwrap(), 0, "it mints nothing here");
    let (review, sent) = two.there.next_word(&[]).unwrap().unwrap();
    assert_eq!((review, &sent), (row.digest, &word));
    assert!(two.there.next_word(&[review]).unwrap().is_none());
    two.there.note_word_sent(review).unwrap();
    assert!(two.there.next_word(&[]).unwrap().is_none());

    two.here
        .note_offered(packet_id(1), review, row.copy)
        .unwrap();
    assert!(two.here.next_report(&[]).unwrap().is_none());
    assert_eq!(two.take(1, &word), DecisionResult::Taken);
    assert_eq!(
        (two.stage(1), two.here.counter().unwrap()),
        (Stage::Outbox, 1)
    );
    let entry = two.here.outbox_row(packet_id(1)).unwrap().entry;
    assert_eq!((entry.kind, entry.counter), (ItemKind::Enrolment, 1));
    assert!(two.here.review_envelope(packet_id(1)).is_err());
    // The same word again changes nothing and says the same.
    assert_eq!(two.take(1, &word), DecisionResult::Taken);
    assert_eq!(two.here.counter().unwrap(), 1);
    let report = two.here.next_report(&[]).unwrap().unwrap();
    assert!(report.over);
    assert_eq!(report.results, [(word.digest(), DecisionResult::Taken)]);
    assert!(two.here.next_report(&[review]).unwrap().is_none());
    two.here.note_reported(&report).unwrap();
    assert!(two.here.next_report(&[]).unwrap().is_none());
    assert!(two.here.verify_audit().is_ok());

    let strange = Digest::of(b"somebody else's");
    let results = [(strange, DecisionResult::Late), report.results[0]];
    let told = two.there.put_results(&results, None, NOW).unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].packet, told[0].result),
        (packet_id(1), DecisionResult::Taken)
    );
    assert_eq!(told[0].supervisor, two.office.supervisor.0);
    assert!(
        two.there
            .put_results(&results, None, NOW)
            .unwrap()
            .is_empty(),
        "told once"
    );
    assert!(two.there.verify_audit().is_ok());
}

#[test]
fn a_rejection_and_a_return_from_elsewhere_do_what_they_do_here() {
    let mut two = Two::new();
    submit(&two.office, &mut two.here, 2);
    let reject = two.decision(1, DecisionKind::Reject);
    assert_eq!(two.take(1, &reject), DecisionResult::Taken);
    assert_eq!(two.stage(1), Stage::Closed);
    assert!(two.here.packet_envelope(packet_id(1)).is_err());

    two.there.put_visit(&two.visit(2), NOW).unwrap();
    let word = two.returned(2, b"a draft for the officer");
    two.there.decide_visit(&word, NOW).unwrap();
    let (review, sent) = two.there.next_word(&[]).unwrap().unwrap();
    assert_eq!(sent, word);
    two.there.note_word_sent(review).unwrap();
    assert_eq!(two.take(2, &sent), DecisionResult::Taken);
    assert_eq!(two.stage(2), Stage::Draft);
    assert_eq!(
        two.here.draft_envelope(packet_id(2)).unwrap(),
        b"a draft for the officer"
    );
    let drafts = two.here.drafts(&two.office.officer.0).unwrap();
    assert_eq!(drafts[0].returned_reason.as_deref(), Some("return-name"));
    assert!(two.here.packet_envelope(packet_id(2)).is_err());
    // Corrected and submitted, it is another packet: a word about the old one comes late.
    let packet = packet_id(2);
    let corrected = two.office.submission(packet, b"corrected");
    two.here.submit(&corrected, NOW).unwrap();
    let old = two.decision(2, DecisionKind::Approve);
    assert_eq!(two.take(2, &old), DecisionResult::Late);
    assert_eq!(two.stage(2), Stage::InReview);
}

#[test]
fn the_first_that_the_store_takes_wins_and_the_others_are_audited_and_told() {
    let mut two = Two::new();
    let digest = digest_of(1);
    let copy = Digest::of(&two.visit(1).copy);
    two.here.note_offered(packet_id(1), digest, copy).unwrap();
    // Decided here at the same moment as there.
    let here = two
        .office
        .decision(packet_id(1), digest, DecisionKind::Reject);
    two.here
        .reject(packet_id(1), &here, "reject-documents", NOW)
        .unwrap();
    let word = two.decision(1, DecisionKind::Approve);
    assert_eq!(two.take(1, &word), DecisionResult::Late);
    assert_eq!(
        (two.stage(1), two.here.counter().unwrap()),
        (Stage::Closed, 0)
    );
    let acts: Vec<_> = audit(&two.here);
    assert!(acts.contains(&"decision-late".to_owned()), "{acts:?}");
    let report = two.here.next_report(&[]).unwrap().unwrap();
    assert!(report.over);
    assert_eq!(report.results, [(word.digest(), DecisionResult::Late)]);
}

fn audit(store: &Store) -> Vec<String> {
    let day = store.counters(&NOW.to_date()).unwrap();
    day.iter().map(|(act, _)| act.to_owned()).collect()
}

#[test]
fn a_word_that_is_not_believed_is_a_result_and_the_review_goes_on() {
    let mut two = Two::new();
    let good = two
        .office
        .decision(packet_id(1), digest_of(1), DecisionKind::Approve);
    let signed = |bend: &dyn Fn(&mut envelope::Decision), keys: &StaffKeys| {
        let mut said = good.peek().unwrap();
        bend(&mut said);
        Word::Decision(Signed::sign(&said, &keys.signing).unwrap())
    };
    let (officer, supervisor) = (&two.office.officer, &two.office.supervisor);
    let words = [
        // Somebody else's signature, an officer's word, the officer's own work, nobody, another packet's, other bytes.
        signed(&|_| {}, &officer.1),
        signed(&|d| d.supervisor = officer.0.clone(), &officer.1),
        signed(
            &|d| d.supervisor = StaffId::parse("49999").unwrap(),
            &supervisor.1,
        ),
        signed(&|d| d.packet = packet_id(9), &supervisor.1),
        signed(&|d| d.digest = Digest::of(b"other"), &supervisor.1),
        signed(
            &|d| d.kind = DecisionKind::Reject,
            &StaffKeys::generate().unwrap(),
        ),
        // A draft that the return does not name.
        match two.returned(1, b"a draft") {
            Word::Return { returned, .. } => Word::Return {
                returned,
                draft: b"another".to_vec(),
            },
            other @ Word::Decision(_) => other,
        },
    ];
    for (n, word) in words.iter().enumerate() {
        let result = two.take(1, word);
        // A packet that is not here is unknown rather than refused.
        let expected = if n == 3 {
            DecisionResult::Unknown
        } else {
            DecisionResult::Refused
        };
        assert_eq!(result, expected, "{n}");
    }
    assert_eq!(
        (two.stage(1), two.here.counter().unwrap()),
        (Stage::InReview, 0)
    );
    let report = two.here.next_report(&[]).unwrap().unwrap();
    assert!(!report.over);
    assert_eq!(report.results.len(), words.len());
    two.here.note_reported(&report).unwrap();
    assert_eq!(two.take(1, &Word::Decision(good)), DecisionResult::Taken);
}

#[test]
fn nobody_decides_own_work_at_another_station_either() {
    let mut two = Two::new();
    let keys = StaffKeys::generate().unwrap();
    let (key, recipient) = keys.public();
    let second = StaffId::parse("40011").unwrap();
    let entry = StaffEntry {
        id: second.clone(),
        name_latin: "Second".to_owned(),
        name_urdu: "دوسرا".to_owned(),
        role: Role::Supervisor,
        key,
        recipient,
    };
    for store in [&mut two.here, &mut two.there] {
        let held = store.lease().unwrap().unwrap();
        let mut lease = held.lease.document().clone();
        lease.serial = 2;
        lease.staff.push(entry.clone());
        let lease = Signed::sign(&lease, &two.office.centre).unwrap();
        store
            .put_lease(&lease, &two.office.certificate(), NOW)
            .unwrap();
    }
    // A supervisor takes an application and would decide it at the other station.
    let (packet, sealed) = (packet_id(5), bytes(5));
    let mut draft = two.office.draft(packet, b"draft");
    draft.officer = second.clone();
    two.here.save_draft(&draft, NOW).unwrap();
    let mut submission = two.office.submission(packet, &sealed);
    submission.officer = second.clone();
    let mut statement = submission.statement.peek().unwrap();
    statement.officer = second.clone();
    submission.statement = Signed::sign(&statement, &keys.signing).unwrap();
    two.here.submit(&submission, NOW).unwrap();
    two.there.put_visit(&two.visit(5), NOW).unwrap();
    let mut own = two
        .office
        .decision(packet, Digest::of(&sealed), DecisionKind::Approve)
        .peek()
        .unwrap();
    own.supervisor = second;
    let own = Word::Decision(Signed::sign(&own, &keys.signing).unwrap());
    let refused = two.there.decide_visit(&own, NOW);
    assert!(matches!(refused, Err(QueueError::FourEyes(_))));
    assert_eq!(two.take(5, &own), DecisionResult::Refused);
    // Somebody else may.
    let word = two.decision(5, DecisionKind::Approve);
    two.there.decide_visit(&word, NOW).unwrap();
    assert_eq!(two.take(5, &word), DecisionResult::Taken);
}

#[test]
fn a_copy_is_taken_from_a_station_of_the_office_about_its_own_packet_only() {
    let mut two = Two::new();
    let stranger = SigningKey::generate().unwrap();
    let good = two.visit(1);
    let elsewhere = two.visit_bent(1, |r| r.station = id("LHE-01"));
    let bents = [
        two.visit_bent(1, |r| r.packet = packet_id(2)),
        two.visit_bent(1, |r| r.digest = Digest::of(b"other")),
        two.visit_bent(1, |r| r.statement = Digest::of(b"other")),
    ];
    let mut refused = |visit: &Visit| two.there.put_visit(visit, NOW).unwrap_err();
    let mut forged = good.clone();
    forged.review = Signed::sign(&good.review.peek().unwrap(), &stranger).unwrap();
    assert_eq!(refused(&forged), QueueError::Untrusted("review"));
    assert_eq!(refused(&elsewhere), QueueError::Untrusted("review"));
    let mut swapped = good.clone();
    swapped.copy = b"another copy".to_vec();
    assert_eq!(refused(&swapped), QueueError::Mismatch("review"));
    for bent in bents {
        assert_eq!(refused(&bent), QueueError::Mismatch("review"));
    }
    assert!(two.there.visits().unwrap().is_empty());
    // A station never takes its own.
    assert!(two.here.put_visit(&good, NOW).is_err());
}

#[test]
fn copies_are_destroyed_when_their_review_is_over_or_old_and_a_decision_stays_until_it_is_told() {
    let mut two = Two::new();
    for n in 2..=4 {
        submit(&two.office, &mut two.here, n);
    }
    for n in 1..=4 {
        two.there
            .put_visit(&two.visit(n), NOW.plus_days(i64::from(n)))
            .unwrap();
    }
    let copy = two.there.visits().unwrap()[0].copy;
    assert!(two.there.knows_visit(digest_of(1), copy).unwrap());
    assert!(
        !two.there
            .knows_visit(digest_of(1), Digest::of(b"sealed anew"))
            .unwrap()
    );
    two.there
        .decide_visit(&two.returned(1, b"draft of 1"), NOW)
        .unwrap();
    assert!(
        two.there
            .knows_visit(digest_of(1), Digest::of(b"sealed anew"))
            .unwrap()
    );
    let gone = two
        .there
        .keep_visits(&[digest_of(3), digest_of(4)])
        .unwrap();
    assert_eq!(gone, [digest_of(2)]);
    let gone = two.there.end_visits_before(NOW.plus_days(4)).unwrap();
    assert_eq!(gone, [digest_of(3)]);
    let left: Vec<_> = two
        .there
        .visits()
        .unwrap()
        .iter()
        .map(|r| r.digest)
        .collect();
    assert_eq!(left, [digest_of(4)]);
    // The decision is still to be sent; a copy that comes again does not undo it.
    two.there.put_visit(&two.visit(1), NOW).unwrap();
    assert!(two.there.next_word(&[]).unwrap().is_some());
    // That it came late waits for whoever made it.
    let decision = two.there.next_word(&[]).unwrap().unwrap().1.digest();
    let late = [(decision, DecisionResult::Late)];
    let (officer, supervisor) = (&two.office.officer.0, &two.office.supervisor.0);
    for somebody in [None, Some(officer)] {
        let told = two.there.put_results(&late, somebody, NOW).unwrap();
        assert!(told.is_empty());
    }
    let told = two.there.put_results(&late, Some(supervisor), NOW).unwrap();
    assert_eq!(told[0].result, DecisionResult::Late);
    assert!(two.there.next_word(&[]).unwrap().is_none());
    // Nothing of what went is left in the file.
    two.there.keep_visits(&[]).unwrap();
    two.there.purge().unwrap();
    let file = std::fs::read(two.folder.path().join("there.db")).unwrap();
    for marker in ["review copy of", "sealed packet", "draft of 1"] {
        let found = file.windows(marker.len()).any(|w| w == marker.as_bytes());
        assert!(!found, "{marker}");
    }
}

#[test]
fn what_the_centre_does_not_have_is_offered_again_and_so_is_a_copy_that_was_sealed_anew() {
    let mut two = Two::new();
    submit(&two.office, &mut two.here, 2);
    let (first, second) = (packet_id(1), packet_id(2));
    assert_eq!(two.here.next_offer(&[]).unwrap(), Some(first));
    assert_eq!(two.here.next_offer(&[first]).unwrap(), Some(second));
    let copies = [1, 2].map(|n| (digest_of(n), Digest::of(&two.visit(n).copy)));
    for (packet, (digest, copy)) in [first, second].into_iter().zip(copies) {
        two.here.note_offered(packet, digest, copy).unwrap();
    }
    assert_eq!(two.here.next_offer(&[]).unwrap(), None);
    two.here.compare_offers(&copies).unwrap();
    assert_eq!(two.here.next_offer(&[]).unwrap(), None);
    two.here.compare_offers(&copies[1..]).unwrap();
    assert_eq!(two.here.next_offer(&[]).unwrap(), Some(first));
    two.here
        .reseal_review(second, b"for new supervisors", NOW)
        .unwrap();
    assert_eq!(two.here.next_offer(&[first]).unwrap(), Some(second));
}

#[test]
fn a_return_to_a_station_whose_pc_was_replaced_is_its_officers_draft_there() {
    let two = Two::new();
    let new = two.folder.path().join("new.db");
    let mut new = open(&two.office, &new, |_| {});
    let office = &two.office;
    let digest = digest_of(1);
    let mut take = |word: &Word| {
        let manifest = |seed: &queue::ManifestSeed| office.manifest(seed);
        new.take_word(digest, word, manifest, NOW).unwrap()
    };
    // Nothing is left that could be approved.
    assert_eq!(
        take(&two.decision(1, DecisionKind::Approve)),
        DecisionResult::Unknown
    );
    let word = two.returned(1, b"what the office had");
    assert_eq!(take(&word), DecisionResult::Taken);
    assert_eq!(take(&word), DecisionResult::Taken);
    let report = new.next_report(&[]).unwrap().unwrap();
    assert!(report.over);
    let drafts = new.drafts(&office.officer.0).unwrap();
    assert_eq!((drafts.len(), drafts[0].packet), (1, packet_id(1)));
    assert_eq!(
        new.draft_envelope(packet_id(1)).unwrap(),
        b"what the office had"
    );
    // It is submitted and approved like any other.
    new.submit(&office.submission(packet_id(1), b"again"), NOW)
        .unwrap();
    let decision = office.decision(packet_id(1), Digest::of(b"again"), DecisionKind::Approve);
    new.approve(packet_id(1), &decision, |seed| office.manifest(seed), NOW)
        .unwrap();
    assert!(new.verify_audit().is_ok());
}

#[test]
fn a_store_of_version_2_gets_the_new_tables_and_a_decision_that_waits_keeps_it_from_going_back() {
    let mut two = Two::new();
    let path = two.folder.path().join("here.db");
    let there = two.folder.path().join("there.db");
    two.there.put_visit(&two.visit(1), NOW).unwrap();
    let word = two.decision(1, DecisionKind::Approve);
    two.there.decide_visit(&word, NOW).unwrap();
    drop((two.here, two.there));
    let refused = downgrade(&there, NOW);
    assert!(
        matches!(refused, Err(QueueError::NeedsNewerVersion(_))),
        "{refused:?}"
    );

    // The tables of version 2 are those of version 3 without six.
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF;
             DROP TABLE visit_envelopes; DROP TABLE visits; DROP TABLE offers; DROP TABLE offer_results;
             DROP TABLE carried_parts; DROP TABLE carried;
             PRAGMA user_version = 2;",
        )
        .unwrap();
    drop(connection);
    let second = std::fs::read(&path).unwrap();
    let mut store = Store::open(&path, NOW).unwrap();
    assert_eq!(store.reviews().unwrap().len(), 1);
    assert_eq!(store.next_offer(&[]).unwrap(), Some(packet_id(1)));
    assert!(store.verify_audit().is_ok());
    store.purge().unwrap();
    drop(store);
    // A damaged one of version 2 is rescued into the new tables too.
    let old = two.folder.path().join("old.db");
    std::fs::write(&old, &second).unwrap();
    queue::rescue(&old, NOW).unwrap();
    let store = Store::open(&old, NOW).unwrap();
    assert_eq!(store.next_offer(&[]).unwrap(), Some(packet_id(1)));
}
