//! Sealing and opening (age), signatures and digests (ring), key files, the signed manifest, statements, decisions, receipts and leases.
