//! Reviews of one station that are decided at another of its office. The centre carries them: it checks who says what about which
//! packet, opens nothing, and lets go of what is sealed as soon as a review is over.

mod check;
mod keep;
mod list;
mod routes;

pub use keep::tidy;
pub(crate) use routes::routes;

/// Days that a copy is kept without its station offering it again; a station that is there offers it as long as it waits.
const REVIEW_DAYS: i64 = 30;
/// Days after a packet's arrival in which its station says what became of decisions.
const ARRIVED_DAYS: i64 = 1;
/// Days that what became of a decision is told.
const RESULT_DAYS: i64 = 30;
/// How every envelope begins.
const ENVELOPE_BEGINS: &[u8] = b"age-encryption.org/v1\n";
