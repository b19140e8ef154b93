//! The life of an application in the store, and what each act leaves on the disk.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use domain::{Outcome, OutcomeKind, Priority, StaffId, Stage, Verdict};
use envelope::{DecisionKind, Digest, EnvelopeError, Signed, SigningKey};
use queue::testing::{NOW, Office, packet_id};
use queue::{QueueError, Settled, Store, StoreOptions, UploadPoint};
use tempfile::TempDir;

fn bench() -> (TempDir, Office, Store) {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::default();
    let store = office.open(&folder.path().join("station.db"));
    (folder, office, store)
}

fn reopen(folder: &TempDir, store: Store) -> Store {
    drop(store);
    let options = StoreOptions {
        ballast_bytes: 1 << 16,
        ..StoreOptions::default()
    };
    Store::open_with(&folder.path().join("station.db"), &options, NOW).unwrap()
}

fn stage(store: &Store, n: u32) -> Stage {
    store.history_of(packet_id(n)).unwrap().unwrap().stage
}

#[test]
fn a_packet_goes_from_draft_to_receipt_and_its_envelopes_are_destroyed() {
    let (_folder, office, mut store) = bench();
    let packet = packet_id(1);
    store
        .save_draft(&office.draft(packet, b"draft"), NOW)
        .unwrap();
    assert_eq!(store.draft_envelope(packet).unwrap(), b"draft");
    assert_eq!(store.drafts(&office.officer.0).unwrap().len(), 1);

    let digest = store
        .submit(&office.submission(packet, b"sealed packet"), NOW)
        .unwrap();
    assert_eq!(store.draft_envelope(packet), Err(QueueError::NotFound));
    let review = store.reviews().unwrap().remove(0);
    assert_eq!((review.digest, review.length), (digest, 13));

    let decision = office.decision(packet, digest, DecisionKind::Approve);
    let manifest = store
        .approve(packet, &decision, |seed| office.manifest(seed), NOW)
        .unwrap();
    assert_eq!(store.review_envelope(packet), Err(QueueError::NotFound));
    let row = store.outbox_row(packet).unwrap();
    assert_eq!(
        (row.digest, row.entry.counter, row.documents.manifest()),
        (digest, 1, Some(&manifest))
    );
    assert_eq!(
        store.packet_envelope_chunk(packet, 7, 100).unwrap(),
        b"packet"
    );
    assert_eq!(store.packet_envelope_chunk(packet, 100, 100).unwrap(), b"");

    let receipt = office.receipt(
        packet,
        digest,
        Verdict::Durable,
        store.audit_head().unwrap(),
    );
    assert_eq!(
        store.settle(&receipt, NOW).unwrap(),
        Settled::Destroyed(Verdict::Durable)
    );
    assert_eq!(store.packet_envelope(packet), Err(QueueError::NotFound));
    assert_eq!(store.settle(&receipt, NOW).unwrap(), Settled::Already);
    assert_eq!(store.receipt(packet).unwrap(), receipt);
    let history = store.history_of(packet).unwrap().unwrap();
    assert_eq!(
        (history.counter, history.verdict.as_deref()),
        (Some(1), Some("durable"))
    );
    assert_eq!(store.counts().unwrap().settled, 1);
    let today = store.counters(&NOW.to_date()).unwrap();
    assert_eq!(
        (
            today.of("submitted"),
            today.of("approved"),
            today.of("settled")
        ),
        (1, 1, 1)
    );
    assert_eq!(store.verify_audit().unwrap().receipts, 1);
}

#[test]
fn everything_acknowledged_is_there_after_a_crash() {
    let (folder, office, mut store) = bench();
    store
        .save_draft(&office.draft(packet_id(1), b"draft one"), NOW)
        .unwrap();
    store
        .save_draft(&office.draft(packet_id(2), b"draft two"), NOW)
        .unwrap();
    store
        .submit(&office.submission(packet_id(2), b"packet two"), NOW)
        .unwrap();
    let digest = office
        .enqueue(&mut store, packet_id(3), b"packet three")
        .unwrap();
    // A copy of the files as they lie there is what a power cut leaves.
    let after = tempfile::tempdir().unwrap();
    for name in ["station.db", "station.db-wal"] {
        std::fs::copy(folder.path().join(name), after.path().join(name)).unwrap();
    }
    let survivor = office.open(&after.path().join("station.db"));
    assert_eq!(survivor.draft_envelope(packet_id(1)).unwrap(), b"draft one");
    assert_eq!(survivor.reviews().unwrap().len(), 1);
    assert_eq!(survivor.outbox_row(packet_id(3)).unwrap().digest, digest);
    assert_eq!(survivor.counter().unwrap(), 1);
    survivor.verify_audit().unwrap();
}

#[test]
fn a_failed_signature_spends_no_counter() {
    let (_folder, office, mut store) = bench();
    let packet = packet_id(1);
    store.save_draft(&office.draft(packet, b"d"), NOW).unwrap();
    let digest = store.submit(&office.submission(packet, b"p"), NOW).unwrap();
    let decision = office.decision(packet, digest, DecisionKind::Approve);
    let failed = store.approve(packet, &decision, |_| Err(EnvelopeError::SealFailed), NOW);
    assert_eq!(failed, Err(QueueError::Envelope(EnvelopeError::SealFailed)));
    assert_eq!(
        (stage(&store, 1), store.counter().unwrap()),
        (Stage::InReview, 0)
    );
    let wrong = store.approve(
        packet,
        &decision,
        |seed| {
            let mut other = seed.clone();
            other.counter = 7;
            office.manifest(&other)
        },
        NOW,
    );
    assert_eq!(wrong, Err(QueueError::Mismatch("manifest")));
    store
        .approve(packet, &decision, |seed| office.manifest(seed), NOW)
        .unwrap();
    assert_eq!(store.outbox_row(packet).unwrap().entry.counter, 1);
}

#[test]
fn counters_have_no_gaps_and_each_manifest_names_the_packet_before() {
    let (_folder, office, mut store) = bench();
    let mut previous = None;
    for n in 1..=5_u32 {
        let digest = office
            .enqueue(&mut store, packet_id(n), &n.to_be_bytes())
            .unwrap();
        let manifest = store
            .outbox_row(packet_id(n))
            .unwrap()
            .documents
            .manifest()
            .unwrap()
            .peek()
            .unwrap();
        assert_eq!(
            (manifest.counter, manifest.previous),
            (u64::from(n), previous)
        );
        previous = Some(digest);
    }
}

#[test]
fn four_eyes_and_forged_documents_are_refused() {
    let (_folder, office, mut store) = bench();
    let packet = packet_id(1);
    // The supervisor enrols, and then wants to approve that work.
    let mut own = office.draft(packet, b"d");
    own.officer = office.supervisor.0.clone();
    store.save_draft(&own, NOW).unwrap();
    let mut submission = office.submission(packet, b"p");
    let mut statement = submission.statement.peek().unwrap();
    statement.officer = office.supervisor.0.clone();
    submission.statement = Signed::sign(&statement, &office.supervisor.1.signing).unwrap();
    submission.officer = office.supervisor.0.clone();
    let digest = store.submit(&submission, NOW).unwrap();
    let decision = office.decision(packet, digest, DecisionKind::Approve);
    let approved = store.approve(packet, &decision, |seed| office.manifest(seed), NOW);
    assert!(matches!(approved, Err(QueueError::FourEyes(_))));
    assert!(matches!(
        store.return_to_draft(packet, &office.supervisor.0, b"d", "photo", NOW),
        Err(QueueError::FourEyes(_))
    ));
    // An officer signs a decision.
    let mut said = decision.peek().unwrap();
    said.supervisor = office.officer.0.clone();
    let forged = Signed::sign(&said, &office.officer.1.signing).unwrap();
    assert_eq!(
        store.reject(packet, &forged, "x", NOW),
        Err(QueueError::Untrusted("decision"))
    );
    // The decision is about something else.
    let other = office.decision(packet, Digest::of(b"other"), DecisionKind::Reject);
    assert!(store.reject(packet, &other, "x", NOW).is_err());
    assert_eq!(stage(&store, 1), Stage::InReview);
    // A statement about other bytes.
    store
        .save_draft(&office.draft(packet_id(2), b"d"), NOW)
        .unwrap();
    let mut wrong = office.submission(packet_id(2), b"p");
    wrong.packet_envelope = b"q".to_vec();
    assert_eq!(
        store.submit(&wrong, NOW),
        Err(QueueError::Mismatch("statement"))
    );
    assert_eq!(store.draft_envelope(packet_id(2)).unwrap(), b"d");
}

#[test]
fn wrong_receipts_delete_nothing() {
    let (_folder, office, mut store) = bench();
    let digest = office.enqueue(&mut store, packet_id(1), b"packet").unwrap();
    let head = store.audit_head().unwrap();
    let other_digest = office.receipt(packet_id(1), Digest::of(b"other"), Verdict::Durable, head);
    assert_eq!(
        store.settle(&other_digest, NOW),
        Err(QueueError::ReceiptMismatch)
    );
    let other_packet = office.receipt(packet_id(2), digest, Verdict::Durable, head);
    assert_eq!(store.settle(&other_packet, NOW), Err(QueueError::NotFound));
    let mut elsewhere = office
        .receipt(packet_id(1), digest, Verdict::Durable, head)
        .peek()
        .unwrap();
    elsewhere.station = domain::StationId::parse("LHR-01").unwrap();
    let elsewhere = Signed::sign(&elsewhere, &office.centre).unwrap();
    assert_eq!(
        store.settle(&elsewhere, NOW),
        Err(QueueError::ReceiptMismatch)
    );
    let good = office
        .receipt(packet_id(1), digest, Verdict::Durable, head)
        .peek()
        .unwrap();
    let forged = Signed::sign(&good, &SigningKey::generate().unwrap()).unwrap();
    assert_eq!(
        store.settle(&forged, NOW),
        Err(QueueError::Untrusted("receipt"))
    );
    let retain = office.receipt(packet_id(1), digest, Verdict::Retain, head);
    assert_eq!(store.settle(&retain, NOW), Ok(Settled::Kept));
    assert_eq!(store.packet_envelope(packet_id(1)).unwrap(), b"packet");
    assert_eq!(store.counters(&NOW.to_date()).unwrap().of("alarm"), 3);
    // A packet that is still under review is not settled either.
    store
        .save_draft(&office.draft(packet_id(3), b"d"), NOW)
        .unwrap();
    let digest = store
        .submit(&office.submission(packet_id(3), b"p"), NOW)
        .unwrap();
    let early = office.receipt(packet_id(3), digest, Verdict::Durable, head);
    assert!(matches!(
        store.settle(&early, NOW),
        Err(QueueError::Transition(_))
    ));
    assert_eq!(store.packet_envelope(packet_id(3)).unwrap(), b"p");
}

#[test]
fn a_returned_draft_comes_back_with_its_reason_and_can_be_submitted_again() {
    let (_folder, office, mut store) = bench();
    let packet = packet_id(1);
    store.save_draft(&office.draft(packet, b"d"), NOW).unwrap();
    store.submit(&office.submission(packet, b"p"), NOW).unwrap();
    let supervisor = office.supervisor.0.clone();
    assert_eq!(
        store.return_to_draft(packet, &supervisor, b"d2", "Zainab's photo is dark", NOW),
        Err(QueueError::NotAKey("reason"))
    );
    store
        .return_to_draft(packet, &supervisor, b"d2", "photo-dark", NOW)
        .unwrap();
    let row = store.drafts(&office.officer.0).unwrap().remove(0);
    assert_eq!(row.returned_reason.as_deref(), Some("photo-dark"));
    assert_eq!(store.draft_envelope(packet).unwrap(), b"d2");
    assert_eq!(store.packet_envelope(packet), Err(QueueError::NotFound));
    store.save_draft(&office.draft(packet, b"d3"), NOW).unwrap();
    store
        .submit(&office.submission(packet, b"p2"), NOW)
        .unwrap();
    assert_eq!(stage(&store, 1), Stage::InReview);
}

#[test]
fn rejected_and_closed_applications_keep_no_envelope() {
    let (_folder, office, mut store) = bench();
    store
        .save_draft(&office.draft(packet_id(1), b"d"), NOW)
        .unwrap();
    let digest = store
        .submit(&office.submission(packet_id(1), b"p"), NOW)
        .unwrap();
    let decision = office.decision(packet_id(1), digest, DecisionKind::Reject);
    store
        .reject(packet_id(1), &decision, "identity-doubt", NOW)
        .unwrap();
    store
        .save_draft(&office.draft(packet_id(2), b"d"), NOW)
        .unwrap();
    store.close(packet_id(2), "not-present", NOW).unwrap();
    for n in [1, 2] {
        assert_eq!(stage(&store, n), Stage::Closed);
        assert_eq!(
            store.draft_envelope(packet_id(n)),
            Err(QueueError::NotFound)
        );
        assert_eq!(
            store.review_envelope(packet_id(n)),
            Err(QueueError::NotFound)
        );
        assert_eq!(
            store.packet_envelope(packet_id(n)),
            Err(QueueError::NotFound)
        );
    }
    assert_eq!(store.counter().unwrap(), 0);
    assert!(store.close(packet_id(2), "again", NOW).is_err());
}

#[test]
fn a_draft_belongs_to_its_officer() {
    let (_folder, office, mut store) = bench();
    store
        .save_draft(&office.draft(packet_id(1), b"d"), NOW)
        .unwrap();
    let mut other = office.draft(packet_id(1), b"x");
    other.officer = StaffId::parse("50000").unwrap();
    assert_eq!(store.save_draft(&other, NOW), Err(QueueError::OtherOfficer));
    assert_eq!(store.draft_envelope(packet_id(1)).unwrap(), b"d");
    assert!(store.drafts(&other.officer).unwrap().is_empty());
    assert_eq!(
        store.drafts_unchanged_since(NOW.plus_days(1)).unwrap(),
        [packet_id(1)]
    );
}

#[test]
fn the_outbox_leaves_by_priority_then_age_and_waits_survive_a_wrong_clock() {
    let (folder, office, mut store) = bench();
    for n in 1..=3 {
        office
            .enqueue(&mut store, packet_id(n), &n.to_be_bytes())
            .unwrap();
    }
    store
        .save_draft(&office.draft(packet_id(4), b"d"), NOW)
        .unwrap();
    let mut urgent = office.submission(packet_id(4), b"urgent");
    urgent.priority = Priority::Urgent;
    let digest = store.submit(&urgent, NOW).unwrap();
    let decision = office.decision(packet_id(4), digest, DecisionKind::Approve);
    store
        .approve(packet_id(4), &decision, |seed| office.manifest(seed), NOW)
        .unwrap();
    let order = |store: &Store, now| -> Vec<u64> {
        store
            .next_items(None, 10, now)
            .unwrap()
            .iter()
            .map(|e| e.counter)
            .collect()
    };
    assert_eq!(order(&store, NOW), [4, 1, 2, 3]);
    store
        .note_wait(packet_id(1), "centre-down", NOW.plus_millis(60_000))
        .unwrap();
    store.pause(packet_id(2), NOW).unwrap();
    assert_eq!(order(&store, NOW), [4, 3]);
    assert_eq!(store.next_due(NOW).unwrap(), Some(NOW.plus_millis(60_000)));
    // The clock is set back a year: the wait is not a year long.
    assert_eq!(order(&store, NOW.plus_days(-365)), [4, 1, 3]);
    store.resume(packet_id(2), NOW).unwrap();
    let point = UploadPoint {
        url: "/v1/uploads/7".to_owned(),
        offset: 3,
    };
    store.note_upload(packet_id(3), Some(&point)).unwrap();
    let store = reopen(&folder, store);
    assert_eq!(order(&store, NOW.plus_millis(60_000)), [4, 1, 2, 3]);
    assert_eq!(
        store.outbox_row(packet_id(3)).unwrap().entry.upload,
        Some(point)
    );
    let waiting = store.outbox_row(packet_id(1)).unwrap().entry;
    assert_eq!(
        (waiting.attempts, waiting.wait_reason.as_deref()),
        (1, Some("centre-down"))
    );
}

#[test]
fn outcomes_are_kept_once_and_the_cursor_never_goes_back() {
    let (_folder, _office, mut store) = bench();
    let outcome = |cursor, kind| Outcome {
        cursor,
        packet: packet_id(1),
        kind,
        reason: None,
        at: NOW,
    };
    let two = [
        outcome(5, OutcomeKind::DuplicateSuspected),
        outcome(6, OutcomeKind::Registered),
    ];
    store.put_outcomes(&two, 0).unwrap();
    store.put_outcomes(&two[..1], 0).unwrap();
    assert_eq!(store.outcomes_cursor().unwrap(), 6);
    assert_eq!(store.outcomes_of(packet_id(1)).unwrap(), two);
    assert_eq!(store.outcomes(1).unwrap()[0].cursor, 6);
}

#[test]
fn only_what_the_centre_signed_and_powered_time_are_kept_of_the_clock() {
    let (folder, _office, mut store) = bench();
    assert_eq!(
        store.passed().unwrap().signed(),
        NOW,
        "the lease's own time"
    );
    store.note_powered(60_000).unwrap();
    store.note_signed_time(NOW.plus_millis(5)).unwrap();
    let store = reopen(&folder, store);
    let passed = store.passed().unwrap();
    assert_eq!(passed.floor(), NOW.plus_millis(60_000));
    // A wall clock ten years ahead is asked, and leaves nothing.
    assert_eq!(passed.now(NOW.plus_days(3653)), passed.floor());
    let mut store = reopen(&folder, store);
    store.note_signed_time(NOW.plus_days(1)).unwrap();
    let passed = reopen(&folder, store).passed().unwrap();
    assert_eq!(
        (passed.signed(), passed.powered_millis()),
        (NOW.plus_days(1), 0)
    );
}
