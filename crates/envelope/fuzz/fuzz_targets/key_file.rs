//! A key file from a disk: any bytes end in a typed error. The fuzzer cannot make the seal of a
//! good one, so this reaches the age header and its limits.
#![no_main]

use envelope::KeyFile;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(file) = KeyFile::from_bytes(bytes.to_vec()) {
        let _ = file.open(&"passphrase".into());
    }
});
