//! The offline-first SQLite store: applications' states, envelopes, outbox, hash-chained audit log, staff and policy cache.
