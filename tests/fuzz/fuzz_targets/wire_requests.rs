//! See `tests/src/parsers.rs`.
#![no_main]

use shanakht_tests::parsers::parser;

libfuzzer_sys::fuzz_target!(init: parser("wire_requests").plant(), |bytes: &[u8]| {
    parser("wire_requests").try_on(bytes, "this input");
});
