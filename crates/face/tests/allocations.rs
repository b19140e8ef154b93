//! A preview frame asks the allocator for nothing once it is warm.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use face::{Analyser, Guide, Picture, Thresholds};

/// The binding to the vision engine copies an empty layer name for each run of a network: one byte, at most seven times a frame (a
/// detection, landmarks twice, both eyes, the pose network and its turn).
const BINDING_ALLOCATIONS: u64 = 7;
const BINDING_BYTES: u64 = 16 * BINDING_ALLOCATIONS;

#[test]
fn a_warm_preview_frame_allocates_nothing() {
    let assets = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets"));
    let mut analyser = Analyser::new(&assets.join("models")).unwrap();
    let file = std::fs::read(assets.join("pictures/biden.jpg")).unwrap();
    let picture = Picture::decode(&file).unwrap().scaled_to_fit(1280);
    let (mut guide, thresholds) = (Guide::new(), Thresholds::default());
    let mut frame = |at: u64| {
        let preview = analyser.preview(&picture);
        assert!(preview.landmarks.is_some());
        guide.next(at * 33, &preview, &thresholds);
    };
    (0..30).for_each(&mut frame);
    for at in 30..60 {
        let counted = allocation_counter::measure(|| frame(at));
        assert!(
            counted.count_total <= BINDING_ALLOCATIONS && counted.bytes_total <= BINDING_BYTES,
            "frame {at}: {counted:?}"
        );
    }
}
