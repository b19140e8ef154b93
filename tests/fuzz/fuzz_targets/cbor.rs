//! See `tests/src/parsers.rs`.
#![no_main]

use shanakht_tests::parsers::parser;

libfuzzer_sys::fuzz_target!(init: parser("cbor").plant(), |bytes: &[u8]| {
    parser("cbor").try_on(bytes, "this input");
});
