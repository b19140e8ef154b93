//! See `tests/src/parsers.rs`.
#![no_main]

use shanakht_tests::parsers::parser;

libfuzzer_sys::fuzz_target!(init: parser("operator_code").plant(), |bytes: &[u8]| {
    parser("operator_code").try_on(bytes, "this input");
});
