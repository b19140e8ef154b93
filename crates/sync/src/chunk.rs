//! How large the next piece is: small enough that a cut wastes little, large enough that a good link is used.

use std::time::Duration;

/// The smallest piece: 4 s at 64 kbit/s.
pub(crate) const LEAST_BYTES: usize = 32 << 10;
/// The largest piece.
pub(crate) const MOST_BYTES: usize = 1 << 20;
/// What a piece should take: between two of them a link of 300 ms stands idle for as long, and a packet that goes first waits so long.
const TARGET: Duration = Duration::from_secs(10);
/// How fast pieces may grow.
const GROWTH: usize = 4;

/// The size of the next piece, after what the last ones took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChunkSize(usize);

impl ChunkSize {
    pub(crate) fn new() -> Self {
        Self(2 * LEAST_BYTES)
    }

    pub(crate) fn bytes(self) -> usize {
        self.0
    }

    /// A piece of `sent` bytes arrived after `took`.
    pub(crate) fn arrived(&mut self, sent: usize, took: Duration) {
        if sent < self.0 / 2 {
            return; // the short end of a packet says little of the link
        }
        let took = took.max(Duration::from_millis(1));
        let fits = sent as f64 * TARGET.as_secs_f64() / took.as_secs_f64();
        let most = self.0.saturating_mul(GROWTH).min(MOST_BYTES);
        self.0 = (fits as usize).clamp(LEAST_BYTES, most);
    }

    /// A piece was lost.
    pub(crate) fn lost(&mut self) {
        self.0 = (self.0 / 2).max(LEAST_BYTES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_link_gets_small_pieces_and_a_fast_one_large_pieces() {
        let mut size = ChunkSize::new();
        for _ in 0..10 {
            size.arrived(size.bytes(), Duration::from_secs(40));
        }
        assert_eq!(size.bytes(), LEAST_BYTES);
        for _ in 0..10 {
            size.arrived(size.bytes(), Duration::from_millis(20));
        }
        assert_eq!(size.bytes(), MOST_BYTES);
        size.lost();
        assert_eq!(size.bytes(), MOST_BYTES / 2);
        size.arrived(1, Duration::from_secs(1));
        assert_eq!(size.bytes(), MOST_BYTES / 2);
    }
}
