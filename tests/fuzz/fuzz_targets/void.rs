//! See `tests/src/parsers.rs`.
#![no_main]

use shanakht_tests::parsers::parser;

libfuzzer_sys::fuzz_target!(init: parser("void").plant(), |bytes: &[u8]| {
    parser("void").try_on(bytes, "this input");
});
