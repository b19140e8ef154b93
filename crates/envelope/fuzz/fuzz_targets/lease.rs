//! A signed lease from outside: any bytes end in a typed error.
#![no_main]

use envelope::{Lease, Signed, SigningKey};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(key) = SigningKey::from_seed(&[1; 32]) else {
        return;
    };
    if let Ok(signed) = Signed::<Lease>::from_bytes(bytes.to_vec()) {
        let _ = (signed.peek(), signed.verify(&key.public()));
    }
});
