//! See `tests/src/parsers.rs`.
#![no_main]

use shanakht_tests::parsers::parser;

libfuzzer_sys::fuzz_target!(init: parser("receipt").plant(), |bytes: &[u8]| {
    parser("receipt").try_on(bytes, "this input");
});
