//! A signed receipt from outside: any bytes end in a typed error.
#![no_main]

use envelope::{Receipt, Signed, SigningKey};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(key) = SigningKey::from_seed(&[1; 32]) else {
        return;
    };
    if let Ok(signed) = Signed::<Receipt>::from_bytes(bytes.to_vec()) {
        let _ = (signed.peek(), signed.verify(&key.public()));
    }
});
