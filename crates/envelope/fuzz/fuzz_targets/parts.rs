//! The tar inside a packet: any bytes end in parts or a typed error.
#![no_main]

use envelope::Parts;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(parts) = Parts::from_tar(bytes) {
        // What was read can be written and read again.
        if let Ok(tar) = parts.to_tar() {
            let back = Parts::from_tar(&tar).map(|back| back.kinds());
            assert_eq!(back, Ok(parts.kinds()));
        }
    }
});
