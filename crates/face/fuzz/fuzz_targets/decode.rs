//! Any bytes as a picture, decoded only: a thousand times as many a second as with the networks behind it.
//!
//! ```text
//! cd crates/face && cargo +nightly fuzz run -s none decode corpus/decode_and_assess -- -max_len=65536 -timeout=5 -malloc_limit_mb=300
//! ```
#![no_main]

use face::{MAX_PIXELS, Picture};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(picture) = Picture::decode(bytes) {
        let pixels = u64::from(picture.width()) * u64::from(picture.height());
        assert!(pixels <= MAX_PIXELS && picture.as_rgb().len() as u64 == pixels * 3);
    }
});
