//! See `tests/src/parsers.rs`.
#![no_main]

use shanakht_tests::parsers::parser;

libfuzzer_sys::fuzz_target!(init: parser("store_pages").plant(), |bytes: &[u8]| {
    parser("store_pages").try_on(bytes, "this input");
});
