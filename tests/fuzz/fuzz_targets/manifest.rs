//! See `tests/src/parsers.rs`.
#![no_main]

use shanakht_tests::parsers::parser;

libfuzzer_sys::fuzz_target!(init: parser("manifest").plant(), |bytes: &[u8]| {
    parser("manifest").try_on(bytes, "this input");
});
