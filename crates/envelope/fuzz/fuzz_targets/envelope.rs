//! A sealed envelope from outside: any bytes end in a typed error.
#![no_main]

use envelope::{Identity, open};
use std::sync::LazyLock;

static IDENTITY: LazyLock<Identity> = LazyLock::new(Identity::generate);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = open(bytes, &IDENTITY, 1 << 20);
});
