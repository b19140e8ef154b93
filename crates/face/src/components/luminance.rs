//! Luminance: sRGB made linear, Rec. 709 weights, 0..255; and its histogram. One pass a face, from tables.

/// The sRGB transfer function undone, 0..1 to 0..1.
pub(crate) fn linear(value: f64) -> f64 {
    if value <= 0.04045 {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}

/// Weighted linear values of each 8-bit red, green and blue, so that a pixel costs three look-ups.
#[derive(Clone)]
pub(crate) struct LuminanceTable {
    red: [f64; 256],
    green: [f64; 256],
    blue: [f64; 256],
}

impl LuminanceTable {
    pub(crate) fn new() -> Self {
        let weighted =
            |weight: f64| std::array::from_fn(|value| weight * linear(value as f64 / 255.0));
        Self {
            red: weighted(0.2126),
            green: weighted(0.7152),
            blue: weighted(0.0722),
        }
    }

    /// The luminance of a pixel, 0..255.
    pub(crate) fn of(&self, rgb: [u8; 3]) -> u8 {
        let sum = self.red[usize::from(rgb[0])]
            + self.green[usize::from(rgb[1])]
            + self.blue[usize::from(rgb[2])];
        (sum * 255.0 + 0.5) as u8
    }
}

/// How many pixels have each luminance.
#[derive(Clone)]
pub(crate) struct Histogram {
    counts: [u32; 256],
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self { counts: [0; 256] }
    }

    pub(crate) fn add(&mut self, luminance: u8) {
        self.counts[usize::from(luminance)] += 1;
    }

    pub(crate) fn total(&self) -> u64 {
        self.counts.iter().map(|count| u64::from(*count)).sum()
    }

    fn shares(&self) -> Option<impl Iterator<Item = f64> + '_> {
        let total = self.total() as f64;
        (total > 0.0).then(|| {
            self.counts
                .iter()
                .map(move |count| f64::from(*count) / total)
        })
    }

    /// Mean, 0..1.
    pub(crate) fn mean(&self) -> Option<f64> {
        let shares = self.shares()?;
        Some(
            shares
                .zip(0..=255_u8)
                .map(|(share, at)| share * f64::from(at))
                .sum::<f64>()
                / 255.0,
        )
    }

    /// Variance of the luminance taken as 0..1.
    pub(crate) fn variance(&self) -> Option<f64> {
        let mean = self.mean()?;
        let squares = self.shares()?.zip(0..=255_u8);
        Some(
            squares
                .map(|(share, at)| share * (f64::from(at) / 255.0 - mean).powi(2))
                .sum(),
        )
    }

    /// Share of the pixels from one luminance to another, both included.
    pub(crate) fn share(&self, from: u8, to: u8) -> Option<f64> {
        let total = self.total();
        let inside: u64 = self
            .counts
            .iter()
            .zip(0..=255_u8)
            .filter(|(_, at)| (from..=to).contains(at))
            .map(|(count, _)| u64::from(*count))
            .sum();
        (total > 0).then(|| inside as f64 / total as f64)
    }

    /// Entropy in bits.
    pub(crate) fn entropy(&self) -> Option<f64> {
        let shares = self.shares()?;
        Some(
            -shares
                .filter(|share| *share > 0.0)
                .map(|share| share * share.log2())
                .sum::<f64>(),
        )
    }

    /// What two histograms share, 0..1.
    pub(crate) fn intersection(&self, other: &Self) -> Option<f64> {
        Some(
            self.shares()?
                .zip(other.shares()?)
                .map(|(a, b)| a.min(b))
                .sum(),
        )
    }

    /// The luminance (0..1) below which a share of the pixels lies.
    pub(crate) fn quantile(&self, share: f64) -> Option<f64> {
        let total = self.total();
        let wanted = (total as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (count, at) in self.counts.iter().zip(0..=255_u8) {
            seen += u64::from(*count);
            if seen >= wanted && seen > 0 {
                return Some(f64::from(at) / 255.0);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_is_255_black_is_0_and_mid_grey_is_linear() {
        let table = LuminanceTable::new();
        assert_eq!(table.of([255; 3]), 255);
        assert_eq!(table.of([0; 3]), 0);
        assert_eq!(table.of([188; 3]), 128);
    }

    #[test]
    fn an_empty_histogram_has_no_mean_and_no_share() {
        let empty = Histogram::new();
        assert!(
            empty.mean().is_none() && empty.entropy().is_none() && empty.share(0, 25).is_none()
        );
    }
}
