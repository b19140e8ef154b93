//! See `tests/src/parsers.rs`.
#![no_main]

use shanakht_tests::parsers::parser;

libfuzzer_sys::fuzz_target!(init: parser("review_return").plant(), |bytes: &[u8]| {
    parser("review_return").try_on(bytes, "this input");
});
