//! Packets on their way in: the part of tus 1.0.0 that the centre offers.

mod checksum;
mod claim;
mod lock;
mod part_file;
mod receive;
mod routes;
mod row;

pub(crate) use claim::{COUNTER_LIMIT, Claim, keys};
pub(crate) use lock::Locks;
pub(crate) use receive::{bring, complete_left_over, expire};
pub(crate) use routes::{obey_override, routes};
pub(crate) use row::Upload;

use envelope::PACKET_LIMIT_BYTES;

/// The largest sealed packet: the tar's limit, and what sealing adds (16 bytes in 64 kB, headers).
pub(crate) const UPLOAD_LIMIT_BYTES: u64 = PACKET_LIMIT_BYTES as u64 + (64 << 10);
/// Uploads that one station may have under way; the one that rested longest makes room.
pub(crate) const OPEN_UPLOADS_LIMIT: i64 = 16;
/// Days that an unfinished upload waits for its rest.
pub(crate) const UPLOAD_DAYS: i64 = 7;
