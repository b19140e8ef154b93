//! See `tests/src/parsers.rs`.
#![no_main]

use shanakht_tests::parsers::parser;

libfuzzer_sys::fuzz_target!(init: parser("review_copy").plant(), |bytes: &[u8]| {
    parser("review_copy").try_on(bytes, "this input");
});
