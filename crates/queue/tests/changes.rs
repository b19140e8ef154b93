//! What a desk reads again follows from what was written, and from nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use queue::testing::{NOW, Office, packet_id};
use queue::{Store, UploadPoint};

/// Which counters an act moved.
fn moved(store: &mut Store, act: impl FnOnce(&mut Store)) -> Vec<&'static str> {
    let before = store.changes();
    act(store);
    let after = store.changes();
    let differs = [
        ("applications", before.applications != after.applications),
        ("items", before.items != after.items),
        ("outcomes", before.outcomes != after.outcomes),
        ("audit", before.audit != after.audit),
        ("sign_in", before.sign_in != after.sign_in),
        ("files", before.files != after.files),
    ];
    let moved = differs.iter().filter(|(_, moved)| *moved);
    moved.map(|(name, _)| *name).collect()
}

#[test]
fn an_act_moves_the_counters_of_the_tables_that_it_writes_and_reading_moves_none() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::default();
    let mut store = office.open(&folder.path().join("station.db"));
    let (first, officer) = (packet_id(1), office.officer.0.clone());
    let drafted = moved(&mut store, |store| {
        store
            .save_draft(&office.draft(first, b"draft"), NOW)
            .unwrap();
    });
    assert!(
        drafted.contains(&"applications") && !drafted.contains(&"items"),
        "{drafted:?}"
    );
    let waiting = moved(&mut store, |store| {
        office.enqueue(store, packet_id(2), &[7; 900]).unwrap();
    });
    assert_eq!(waiting, ["applications", "items", "audit"]);
    let sent = moved(&mut store, |store| {
        let point = UploadPoint {
            url: "/files/1".to_owned(),
            offset: 400,
        };
        store.note_upload(packet_id(2), Some(&point)).unwrap();
    });
    assert_eq!(sent, ["items"]);
    let tried = moved(&mut store, |store| {
        store.count_try(&officer, NOW).unwrap();
    });
    assert_eq!(tried, ["audit", "sign_in"]);
    let read = moved(&mut store, |store| {
        store.drafts(&officer).unwrap();
        store.outbox(0, 10).unwrap();
        store.reviews().unwrap();
        store.counters(&NOW.to_date()).unwrap();
    });
    assert_eq!(read, Vec::<&str>::new());
}
