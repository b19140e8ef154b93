//! Acts in any order: the store follows the lifecycle, whatever is asked of it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use domain::{Stage, Verdict};
use envelope::{DecisionKind, Digest};
use queue::testing::{NOW, Office, packet_id};
use queue::{Store, StoreOptions};
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

#[derive(Debug, Clone, Copy)]
enum Try {
    Save,
    Submit,
    Approve,
    Return,
    Reject,
    Close,
    Settle,
    Reopen,
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(12))]
    #[test]
    fn acts_in_any_order_follow_the_lifecycle(
        acts in proptest::collection::vec((0..8_u8, 1..3_u32), 1..40)
    ) {
        use Try::{Approve, Close, Reject, Reopen, Return, Save, Settle, Submit};
        let (folder, office, mut store) = bench();
        let mut model = std::collections::HashMap::new();
        let mut counter = 0;
        for (act, n) in acts {
            let act = [Save, Submit, Approve, Return, Reject, Close, Settle, Reopen][usize::from(act)];
            let packet = packet_id(n);
            let digest = Digest::of(b"packet");
            let before = model.get(&n).copied();
            let (done, expected) = match act {
                Save => (
                    store.save_draft(&office.draft(packet, b"draft"), NOW).is_ok(),
                    matches!(before, None | Some(Stage::Draft)).then_some(Stage::Draft),
                ),
                Submit => (
                    store.submit(&office.submission(packet, b"packet"), NOW).is_ok(),
                    (before == Some(Stage::Draft)).then_some(Stage::InReview),
                ),
                Approve => {
                    let decision = office.decision(packet, digest, DecisionKind::Approve);
                    let done = store.approve(packet, &decision, |s| office.manifest(s), NOW).is_ok();
                    counter += u64::from(done);
                    (done, (before == Some(Stage::InReview)).then_some(Stage::Outbox))
                }
                Return => (
                    store.return_to_draft(packet, &office.supervisor.0, b"draft", "photo", NOW).is_ok(),
                    (before == Some(Stage::InReview)).then_some(Stage::Draft),
                ),
                Reject => {
                    let decision = office.decision(packet, digest, DecisionKind::Reject);
                    (
                        store.reject(packet, &decision, "doubt", NOW).is_ok(),
                        (before == Some(Stage::InReview)).then_some(Stage::Closed),
                    )
                }
                Close => (
                    store.close(packet, "privacy", NOW).is_ok(),
                    (before == Some(Stage::Draft)).then_some(Stage::Closed),
                ),
                Settle => {
                    let head = store.audit_head().unwrap();
                    let receipt = office.receipt(packet, digest, Verdict::Durable, head);
                    let done = store.settle(&receipt, NOW).is_ok();
                    let expected = matches!(before, Some(Stage::Outbox | Stage::Settled));
                    (done, expected.then_some(Stage::Settled))
                }
                Reopen => {
                    store = reopen(&folder, store);
                    (false, None)
                }
            };
            proptest::prop_assert_eq!(done, expected.is_some(), "{:?} on {:?}", act, before);
            if let Some(stage) = expected {
                model.insert(n, stage);
            }
            for (n, stage) in &model {
                let packet = packet_id(*n);
                proptest::prop_assert_eq!(store.history_of(packet).unwrap().unwrap().stage, *stage);
                proptest::prop_assert_eq!(store.draft_envelope(packet).is_ok(), *stage == Stage::Draft);
                proptest::prop_assert_eq!(store.review_envelope(packet).is_ok(), *stage == Stage::InReview);
                let has_packet = matches!(stage, Stage::InReview | Stage::Outbox);
                proptest::prop_assert_eq!(store.packet_envelope(packet).is_ok(), has_packet);
            }
            proptest::prop_assert_eq!(store.counter().unwrap(), counter);
        }
        store.verify_audit().unwrap();
    }
}
