//! See `tests/src/parsers.rs`.
#![no_main]

use shanakht_tests::parsers::parser;

libfuzzer_sys::fuzz_target!(init: parser("wire_replies").plant(), |bytes: &[u8]| {
    parser("wire_replies").try_on(bytes, "this input");
});
