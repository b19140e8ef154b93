//! See `tests/src/parsers.rs`.
#![no_main]

use shanakht_tests::parsers::parser;

libfuzzer_sys::fuzz_target!(init: parser("key_certificate").plant(), |bytes: &[u8]| {
    parser("key_certificate").try_on(bytes, "this input");
});
