//! See `tests/src/parsers.rs`.
#![no_main]

use shanakht_tests::parsers::parser;

libfuzzer_sys::fuzz_target!(init: parser("key_file_note").plant(), |bytes: &[u8]| {
    parser("key_file_note").try_on(bytes, "this input");
});
