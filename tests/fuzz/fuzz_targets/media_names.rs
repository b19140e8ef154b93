//! See `tests/src/parsers.rs`.
#![no_main]

use shanakht_tests::parsers::parser;

libfuzzer_sys::fuzz_target!(init: parser("media_names").plant(), |bytes: &[u8]| {
    parser("media_names").try_on(bytes, "this input");
});
