//! See `tests/src/parsers.rs`.
#![no_main]

use shanakht_tests::parsers::parser;

libfuzzer_sys::fuzz_target!(init: parser("case_word").plant(), |bytes: &[u8]| {
    parser("case_word").try_on(bytes, "this input");
});
