//! Any bytes as a picture: decoded, previewed, assessed and, where a face is found, cut to a portrait. Nothing may panic.
//!
//! ```text
//! cargo install cargo-fuzz
//! cd crates/face && RUSTC_BOOTSTRAP=1 cargo fuzz run -s none decode_and_assess -- -max_len=65536 -timeout=5
//! ```
//! (`-s none`: OpenCV is not built for the address sanitizer.) Seeds: small pictures of every format in `corpus/decode_and_assess`, as
//! `cargo test -p shanakht-face --test bad_pictures -- --ignored write_seeds` writes them.
#![no_main]

use std::cell::RefCell;
use std::path::Path;

use face::{Analyser, Picture};
use libfuzzer_sys::fuzz_target;

/// Larger ones are decoded only: networks see small copies anyway.
const MOST_ASSESSED_PIXELS: u32 = 512 * 512;

thread_local! {
    static ANALYSER: RefCell<Analyser> = RefCell::new(
        Analyser::new(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../assets/models"))).expect("the models load"),
    );
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(picture) = Picture::decode(bytes) else {
        return;
    };
    if picture.width().saturating_mul(picture.height()) > MOST_ASSESSED_PIXELS {
        return;
    }
    ANALYSER.with_borrow_mut(|analyser| {
        analyser.reset_track();
        let _ = analyser.preview(&picture);
        if let Ok(assessment) = analyser.assess(&picture) {
            let _ = analyser.portrait(&picture, &assessment.landmarks);
        }
    });
});
