//! Items of the outbox: what leaves beside enrolments, and what becomes of a packet that was damaged here.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use domain::{ItemKind, Lifecycle, StaffId, Stage, TransitionError, Verdict};
use envelope::{Digest, EnvelopeError, Signed, SigningKey};
use queue::testing::{NOW, Office, packet_id};
use queue::{ItemDocuments, QueueError, Settled, Store, StoreOptions, UploadPoint};
use std::path::PathBuf;
use tempfile::TempDir;

fn bench() -> (TempDir, PathBuf, Office, Store) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    let office = Office::default();
    let store = office.open(&path);
    (folder, path, office, store)
}

fn open(path: &std::path::Path) -> Store {
    let options = StoreOptions {
        ballast_bytes: 1 << 16,
        ..StoreOptions::default()
    };
    Store::open_with(path, &options, NOW).unwrap()
}

fn stage(store: &Store, n: u32) -> Stage {
    store.history_of(packet_id(n)).unwrap().unwrap().stage
}

fn settle(
    office: &Office,
    store: &mut Store,
    n: u32,
    digest: Digest,
) -> Result<Settled, QueueError> {
    let head = store.audit_head().unwrap();
    store.settle(
        &office.receipt(packet_id(n), digest, Verdict::Durable, head),
        NOW,
    )
}

/// Three packets wait, and the disk flips a bit of the second.
fn with_a_damaged_one() -> (TempDir, PathBuf, Office, Store, Vec<Digest>) {
    let (folder, path, office, mut store) = bench();
    let digests = (1..=3)
        .map(|n| {
            office
                .enqueue(&mut store, packet_id(n), &[n as u8; 900])
                .unwrap()
        })
        .collect();
    drop(store);
    Office::damage(&path, packet_id(2));
    let store = open(&path);
    (folder, path, office, store, digests)
}

#[test]
fn every_kind_leaves_through_one_chain_with_its_own_documents() {
    let (_folder, _path, office, mut store) = bench();
    let enrolled = office
        .enqueue(&mut store, packet_id(1), b"enrolled")
        .unwrap();
    let unreviewed = office
        .enqueue_unreviewed(&mut store, packet_id(2), b"waited")
        .unwrap();
    let change = office.key_file(packet_id(3), 1);
    store
        .enqueue_key_file(&change, |seed| office.manifest(seed), NOW)
        .unwrap();
    let mut previous = None;
    for (n, kind, digest) in [
        (1, ItemKind::Enrolment, enrolled),
        (2, ItemKind::Unreviewed, unreviewed),
        (3, ItemKind::KeyFile, Digest::of(&change.envelope)),
    ] {
        let row = store.outbox_row(packet_id(n)).unwrap();
        let manifest = row.documents.manifest().unwrap().peek().unwrap();
        assert_eq!((row.entry.kind, row.digest), (kind, digest));
        assert_eq!((manifest.item(), manifest.counter), (kind, u64::from(n)));
        assert_eq!((manifest.previous, manifest.lease), (previous, Some(1)));
        assert_eq!(row.documents.decision().is_some(), kind.needs_decision());
        assert_eq!(manifest.decision.is_some(), kind.needs_decision());
        let bytes = store.packet_envelope(packet_id(n)).unwrap();
        assert_eq!(Digest::of(&bytes), digest);
        assert_eq!(
            store.packet_envelope_chunk(packet_id(n), 2, 3).unwrap(),
            bytes[2..5]
        );
        store.check_item(packet_id(n)).unwrap();
        previous = Some(digest);
    }
    assert_eq!(
        store.review_envelope(packet_id(2)),
        Err(QueueError::NotFound)
    );
    store
        .save_draft(&office.draft(packet_id(8), b"d"), NOW.plus_millis(7))
        .unwrap();
    let waiting: Vec<_> = store
        .waiting()
        .unwrap()
        .into_iter()
        .map(|row| (row.what, row.count, row.oldest))
        .collect();
    let one = |what: &str, oldest| (what.to_owned(), 1, oldest);
    assert_eq!(
        waiting,
        [
            one("draft", NOW.plus_millis(7)),
            one("enrolment", NOW),
            one("key_file", NOW),
            one("unreviewed", NOW.plus_days(30)),
        ]
    );
    assert_eq!(store.held().unwrap().unwrap().previous, previous);
    for (n, digest) in [
        (1, enrolled),
        (2, unreviewed),
        (3, Digest::of(&change.envelope)),
    ] {
        let done = settle(&office, &mut store, n, digest);
        assert_eq!(done, Ok(Settled::Destroyed(Verdict::Durable)));
        assert_eq!(settle(&office, &mut store, n, digest), Ok(Settled::Already));
        assert_eq!(
            store.packet_envelope(packet_id(n)),
            Err(QueueError::NotFound)
        );
        assert_eq!(
            store.receipt(packet_id(n)).unwrap().peek().unwrap().digest,
            digest
        );
    }
    assert!(store.outbox(0, 9).unwrap().is_empty());
    assert_eq!(store.verify_audit().unwrap().receipts, 3);
}

#[test]
fn nothing_goes_unreviewed_before_its_time_or_from_another_stage() {
    let (_folder, _path, office, mut store) = bench();
    store
        .save_draft(&office.draft(packet_id(1), b"d"), NOW)
        .unwrap();
    let send = |store: &mut Store, before| {
        store.send_unreviewed(packet_id(1), before, |seed| office.manifest(seed), NOW)
    };
    assert!(matches!(
        send(&mut store, NOW.plus_days(9)),
        Err(QueueError::Transition(_))
    ));
    store
        .submit(&office.submission(packet_id(1), b"p"), NOW)
        .unwrap();
    assert_eq!(send(&mut store, NOW), Err(QueueError::NotDue));
    assert_eq!(
        (stage(&store, 1), store.counter().unwrap()),
        (Stage::InReview, 0)
    );
    assert!(store.reviews_submitted_before(NOW).unwrap().is_empty());
    let due = store.reviews_submitted_before(NOW.plus_millis(1)).unwrap();
    assert_eq!(due[0].packet, packet_id(1));
    send(&mut store, NOW.plus_millis(1)).unwrap();
    assert_eq!(stage(&store, 1), Stage::Outbox);
}

#[test]
fn an_item_that_the_centre_retains_stays_and_rests() {
    let (_folder, _path, office, mut store) = bench();
    let digest = office
        .enqueue_unreviewed(&mut store, packet_id(1), b"p")
        .unwrap();
    let head = store.audit_head().unwrap();
    let retain = office.receipt(packet_id(1), digest, Verdict::Retain, head);
    assert_eq!(store.settle(&retain, NOW), Ok(Settled::Kept));
    let row = store.outbox_row(packet_id(1)).unwrap().entry;
    assert_eq!(row.wait_reason.as_deref(), Some("retained"));
    assert!(
        store
            .next_items(None, 9, NOW.plus_millis(3_600_000))
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        store.next_items(None, 9, NOW.plus_days(1)).unwrap().len(),
        1
    );
    assert_eq!(store.packet_envelope(packet_id(1)).unwrap(), b"p");
    store.end_waits().unwrap();
    assert_eq!(store.next_items(None, 9, NOW).unwrap().len(), 1, "try now");
}

#[test]
fn a_key_file_leaves_only_by_its_owner_and_never_an_older_one() {
    let (_folder, path, office, mut store) = bench();
    let send = |store: &mut Store, change: &queue::KeyFileChange| {
        store.enqueue_key_file(change, |seed| office.manifest(seed), NOW)
    };
    let staff = office.officer.0.clone();
    let mut forged = office.key_file(packet_id(1), 1);
    let said = forged.statement.peek().unwrap();
    forged.statement = Signed::sign(&said, &office.supervisor.1.signing).unwrap();
    assert_eq!(
        send(&mut store, &forged),
        Err(QueueError::Untrusted("statement"))
    );
    let mut other = office.key_file(packet_id(1), 1);
    other.envelope.push(0);
    assert_eq!(
        send(&mut store, &other),
        Err(QueueError::Mismatch("statement"))
    );
    let failed = store.enqueue_key_file(
        &office.key_file(packet_id(1), 1),
        |_| Err(EnvelopeError::SealFailed),
        NOW,
    );
    assert!(failed.is_err());
    assert_eq!(
        (store.counter().unwrap(), store.key_file(&staff).unwrap()),
        (0, None)
    );
    send(&mut store, &office.key_file(packet_id(1), 2)).unwrap();
    assert_eq!(
        send(&mut store, &office.key_file(packet_id(2), 2)),
        Err(QueueError::OlderKeyFile {
            held: 2,
            offered: 2
        })
    );
    assert_eq!(
        send(&mut store, &office.key_file(packet_id(1), 3)),
        Err(QueueError::Mismatch("packet id"))
    );
    drop(store);
    let held = open(&path).key_file(&staff).unwrap().unwrap();
    assert_eq!((held.version, held.file), (2, b"key file 2".to_vec()));
}

#[test]
fn a_damaged_packet_is_seen_before_it_leaves_and_steps_aside_for_the_others() {
    let (_folder, path, office, mut store, digests) = with_a_damaged_one();
    assert_eq!(
        store.check_item(packet_id(2)),
        Err(QueueError::Damaged("an envelope"))
    );
    assert_eq!(
        store.set_aside(packet_id(1), |seed| office.void(seed), NOW),
        Err(QueueError::NotDamaged)
    );
    let void = store
        .set_aside(packet_id(2), |seed| office.void(seed), NOW)
        .unwrap();
    let said = void.peek().unwrap();
    assert_eq!((said.counter, said.previous), (2, Some(digests[0])));
    assert_eq!((said.digest, said.reason.as_str()), (digests[1], "damaged"));
    assert_eq!(store.counters(&NOW.to_date()).unwrap().of("alarm"), 1);
    let row = store.outbox_row(packet_id(2)).unwrap();
    assert_eq!(
        (row.entry.kind, row.digest),
        (ItemKind::Void, void.digest())
    );
    assert_eq!(row.documents, ItemDocuments::Void(void.clone()));
    store.check_item(packet_id(2)).unwrap();
    let shown = store.set_aside_applications().unwrap().remove(0);
    assert_eq!(
        (shown.packet, shown.counter, shown.void_waits),
        (packet_id(2), 2, true)
    );
    assert_eq!(store.counts().unwrap().set_aside, 1);
    drop(store);
    let mut store = open(&path);
    // The receipt of the void closes the counter and destroys what was damaged.
    assert_eq!(
        settle(&office, &mut store, 2, void.digest()),
        Ok(Settled::Destroyed(Verdict::Durable))
    );
    assert_eq!(
        settle(&office, &mut store, 2, void.digest()),
        Ok(Settled::Already)
    );
    assert_eq!(
        store.packet_envelope(packet_id(2)),
        Err(QueueError::NotFound)
    );
    assert_eq!(stage(&store, 2), Stage::SetAside);
    assert!(!store.set_aside_applications().unwrap()[0].void_waits);
    for n in [1, 3] {
        settle(&office, &mut store, n, digests[n as usize - 1]).unwrap();
    }
    assert!(store.outbox(0, 9).unwrap().is_empty());
    // A whole original turned up at another station.
    assert_eq!(
        settle(&office, &mut store, 2, digests[1]),
        Ok(Settled::Destroyed(Verdict::Durable))
    );
    assert_eq!(stage(&store, 2), Stage::Settled);
    store.verify_audit().unwrap();
}

#[test]
fn the_receipt_of_a_whole_original_ends_a_void_that_still_waits() {
    let (_folder, _path, office, mut store, digests) = with_a_damaged_one();
    store
        .set_aside(packet_id(2), |seed| office.void(seed), NOW)
        .unwrap();
    assert_eq!(
        settle(&office, &mut store, 2, Digest::of(b"other")),
        Err(QueueError::ReceiptMismatch)
    );
    settle(&office, &mut store, 2, digests[1]).unwrap();
    assert_eq!(stage(&store, 2), Stage::Settled);
    assert_eq!(store.outbox(0, 9).unwrap().len(), 2);
    assert_eq!(
        store.packet_envelope(packet_id(2)),
        Err(QueueError::NotFound)
    );
}

#[test]
fn a_void_that_is_not_signed_or_speaks_of_something_else_sets_nothing_aside() {
    let (_folder, _path, office, mut store, _) = with_a_damaged_one();
    let failed = store.set_aside(packet_id(2), |_| Err(EnvelopeError::SealFailed), NOW);
    assert_eq!(failed, Err(QueueError::Envelope(EnvelopeError::SealFailed)));
    let wrong = store.set_aside(
        packet_id(2),
        |seed| {
            let mut other = seed.clone();
            other.counter = 7;
            office.void(&other)
        },
        NOW,
    );
    assert_eq!(wrong, Err(QueueError::Mismatch("void")));
    assert_eq!(stage(&store, 2), Stage::Outbox);
    assert_eq!(
        store.outbox_row(packet_id(2)).unwrap().entry.kind,
        ItemKind::Enrolment
    );
    assert_eq!(store.counters(&NOW.to_date()).unwrap().of("alarm"), 0);
}

#[test]
fn the_last_receipt_of_a_void_or_key_file_by_a_stranger_deletes_nothing() {
    let (_folder, _path, office, mut store, _) = with_a_damaged_one();
    let void = store
        .set_aside(packet_id(2), |seed| office.void(seed), NOW)
        .unwrap();
    let head = store.audit_head().unwrap();
    let good = office.receipt(packet_id(2), void.digest(), Verdict::Durable, head);
    let stranger = SigningKey::generate().unwrap();
    let forged = Signed::sign(&good.peek().unwrap(), &stranger).unwrap();
    assert_eq!(
        store.settle(&forged, NOW),
        Err(QueueError::Untrusted("receipt"))
    );
    assert_eq!(
        store.outbox_row(packet_id(2)).unwrap().entry.kind,
        ItemKind::Void
    );
}

#[test]
fn progress_belongs_to_the_outbox_alone() {
    let (_folder, _path, office, mut store) = bench();
    let digest = office.enqueue(&mut store, packet_id(1), b"packet").unwrap();
    let point = UploadPoint {
        url: "/v1/uploads/7".to_owned(),
        offset: 900,
    };
    store.note_upload(packet_id(1), Some(&point)).unwrap();
    let noted = store
        .outbox_row(packet_id(1))
        .unwrap()
        .entry
        .upload
        .unwrap();
    assert_eq!(noted.offset, 6, "never more than there is");
    settle(&office, &mut store, 1, digest).unwrap();
    let refused = TransitionError {
        from: Stage::Settled,
        act: Lifecycle::Receive(Verdict::Retain),
    };
    assert_eq!(
        store.note_upload(packet_id(1), Some(&point)),
        Err(QueueError::Transition(refused))
    );
    assert_eq!(
        store.note_wait(packet_id(9), "x", NOW),
        Err(QueueError::NotFound)
    );
}

#[test]
fn reviews_and_drafts_change_hands() {
    let (_folder, _path, office, mut store) = bench();
    let (officer, supervisor) = (office.officer.0.clone(), office.supervisor.0.clone());
    for n in [1, 2] {
        let now = NOW.plus_millis(i64::from(3 - n as i32));
        store
            .save_draft(&office.draft(packet_id(n), b"d"), now)
            .unwrap();
    }
    let before = NOW.plus_days(1);
    let old = store.drafts_unchanged_since(before).unwrap();
    assert_eq!(old, [packet_id(2), packet_id(1)], "the oldest first");
    store
        .reseal_draft(packet_id(1), b"d resealed", NOW.plus_days(2))
        .unwrap();
    assert_eq!(store.draft_envelope(packet_id(1)).unwrap(), b"d resealed");
    assert_eq!(
        store.drafts_unchanged_since(before).unwrap().len(),
        2,
        "its age stays"
    );
    let stranger = StaffId::parse("99999").unwrap();
    let mut give = |to: &StaffId, by: &StaffId| {
        store.hand_over_draft(packet_id(1), to, b"d for another", by, NOW)
    };
    assert_eq!(
        give(&stranger, &officer),
        Err(QueueError::Untrusted("hand-over"))
    );
    give(&supervisor, &officer).unwrap();
    assert_eq!(give(&officer, &officer), Err(QueueError::OtherOfficer));
    give(&officer, &supervisor).unwrap();
    assert_eq!(
        store.draft_envelope(packet_id(1)).unwrap(),
        b"d for another"
    );
    assert_eq!(store.drafts(&officer).unwrap().len(), 2);
    store
        .submit(&office.submission(packet_id(1), b"p"), NOW)
        .unwrap();
    assert!(store.reseal_draft(packet_id(1), b"x", NOW).is_err());
    store
        .reseal_review(packet_id(1), b"review resealed", NOW)
        .unwrap();
    assert_eq!(
        store.review_envelope(packet_id(1)).unwrap(),
        b"review resealed"
    );
    assert_eq!(store.packet_envelope(packet_id(1)).unwrap(), b"p");
    assert!(store.reseal_review(packet_id(2), b"x", NOW).is_err());
    let today = store.counters(&NOW.to_date()).unwrap();
    let of = |act| today.of(act);
    assert_eq!((of("draft-handed-over"), of("review-resealed")), (2, 1));
}

#[test]
fn items_leave_in_their_order_however_many_of_them_were_put_off() {
    let (_folder, path, office, mut store) = bench();
    for n in 1..=3 {
        office.enqueue(&mut store, packet_id(n), b"p").unwrap();
    }
    drop(store);
    // Rows as the store writes them; every third was never put off, every third is due, every third waits.
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute(
            "WITH RECURSIVE n (n) AS (SELECT 4 UNION ALL SELECT n + 1 FROM n WHERE n < 9000)
             INSERT INTO items (packet, kind, priority, counter, digest, length, not_before, since)
             SELECT CAST(printf('%016d', n) AS BLOB), 'enrolment', 2, n, zeroblob(32), 1,
                 CASE n % 3 WHEN 0 THEN 0 WHEN 1 THEN ?1 - n ELSE ?1 + 60000 END, ?1 FROM n",
            [NOW.millis()],
        )
        .unwrap();
    drop(connection);
    let store = open(&path);
    let counters = |now| -> Vec<u64> {
        let next = store.next_items(None, 9000, now).unwrap();
        next.iter().map(|entry| entry.counter).collect()
    };
    let leaves = |n: &u64| *n <= 3 || n % 3 != 2;
    let many: Vec<u64> = (1..=9000).filter(leaves).collect();
    assert_eq!(counters(NOW), many);
    // Few are due, seen from an earlier time: those of the highest counters.
    let early = NOW.plus_millis(-8000);
    let few = |n: &u64| *n <= 3 || n.is_multiple_of(3) || n % 3 == 1 && *n >= 8000;
    assert_eq!(counters(early), (1..=9000).filter(few).collect::<Vec<_>>());
}

#[test]
fn what_the_recovery_identity_sealed_anew_comes_back_to_the_colleague() {
    let (_folder, _path, office, mut store) = bench();
    let (officer, supervisor) = (office.officer.0.clone(), office.supervisor.0.clone());
    for n in [1, 2] {
        let draft = office.draft(packet_id(n), b"sealed to who left");
        store.save_draft(&draft, NOW).unwrap();
    }
    store
        .submit(&office.submission(packet_id(2), b"p"), NOW)
        .unwrap();
    let stranger = StaffId::parse("99999").unwrap();
    assert_eq!(
        store.take_back_draft(packet_id(1), &stranger, b"x", NOW),
        Err(QueueError::Untrusted("recovery"))
    );
    assert_eq!(
        store.take_back_review(packet_id(2), &stranger, b"x", NOW),
        Err(QueueError::Untrusted("recovery"))
    );
    store
        .take_back_draft(packet_id(1), &supervisor, b"sealed anew", NOW)
        .unwrap();
    assert_eq!(store.draft_envelope(packet_id(1)).unwrap(), b"sealed anew");
    assert!(store.drafts(&officer).unwrap().is_empty());
    assert_eq!(store.drafts(&supervisor).unwrap().len(), 1);
    store
        .take_back_review(packet_id(2), &supervisor, b"review anew", NOW)
        .unwrap();
    assert_eq!(store.review_envelope(packet_id(2)).unwrap(), b"review anew");
    // Each at its own stage alone.
    assert!(
        store
            .take_back_draft(packet_id(2), &officer, b"x", NOW)
            .is_err()
    );
    assert!(
        store
            .take_back_review(packet_id(1), &supervisor, b"x", NOW)
            .is_err()
    );
    assert_eq!(store.packet_envelope(packet_id(2)).unwrap(), b"p");
    store.verify_audit().unwrap();
}
