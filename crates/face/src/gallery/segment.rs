//! A block of templates: grows without moving what it holds, so that a gallery of gigabytes is never copied.

use zeroize::Zeroize;

use super::DIMENSIONS;
use super::quantise::Quantised;

/// Templates a segment: 8 MB of the codes that a scan reads.
pub(super) const SEGMENT_ROWS: usize = 32_768;

/// Half of a row's coarse codes, four bits a value: the n-th byte holds value n in its lower and value n + 256 in its upper bits.
/// On a boundary of the cache's lines, or every second read would touch two of them.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Nibbles(pub [u8; NIBBLES]);
/// Bytes of half a row.
pub(super) const NIBBLES: usize = DIMENSIONS / 2;
/// Coarse codes lie at -127..=127; stored they are this much more.
pub(super) const CODE_ZERO: i16 = 128;

/// Rows in columns of their own, so that the scan reads nothing but the upper halves of the codes and the scales.
pub(super) struct Segment {
    upper: Vec<Nibbles>,
    lower: Vec<Nibbles>,
    scales: Vec<f32>,
    fine: Vec<i8>,
    ids: Vec<u64>,
}

/// A row taken out.
pub(super) struct Row {
    pub id: u64,
    pub quantised: Quantised,
}

/// One row as it lies.
pub(super) struct RowRef<'s> {
    pub id: u64,
    pub upper: &'s Nibbles,
    pub lower: &'s Nibbles,
    pub fine: &'s [i8; DIMENSIONS],
    pub scale: f32,
}

impl Segment {
    /// Reserves the address space of a whole segment; the pages are taken as rows come.
    pub fn new() -> Self {
        Self {
            upper: Vec::with_capacity(SEGMENT_ROWS),
            lower: Vec::with_capacity(SEGMENT_ROWS),
            scales: Vec::with_capacity(SEGMENT_ROWS),
            fine: Vec::with_capacity(SEGMENT_ROWS * DIMENSIONS),
            ids: Vec::with_capacity(SEGMENT_ROWS),
        }
    }

    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub fn is_full(&self) -> bool {
        self.len() >= SEGMENT_ROWS
    }

    /// Upper halves of all rows' codes, and their scales.
    pub fn upper(&self) -> (&[Nibbles], &[f32]) {
        (&self.upper, &self.scales)
    }

    pub fn push(&mut self, id: u64, row: &Quantised) {
        let (upper, lower) = halves(&row.coarse);
        self.upper.push(upper);
        self.lower.push(lower);
        self.fine.extend_from_slice(&row.fine);
        self.scales.push(row.scale);
        self.ids.push(id);
    }

    pub fn row(&self, row: usize) -> Option<RowRef<'_>> {
        Some(RowRef {
            id: *self.ids.get(row)?,
            upper: self.upper.get(row)?,
            lower: self.lower.get(row)?,
            fine: self.fine.as_chunks().0.get(row)?,
            scale: *self.scales.get(row)?,
        })
    }

    pub fn set(&mut self, row: usize, id: u64, quantised: &Quantised) {
        if let Some(slot) = self.ids.get_mut(row) {
            *slot = id;
        }
        self.replace(row, quantised);
    }

    pub fn replace(&mut self, row: usize, quantised: &Quantised) {
        let (upper, lower) = halves(&quantised.coarse);
        for (codes, new) in [(&mut self.upper, upper), (&mut self.lower, lower)] {
            if let Some(codes) = codes.get_mut(row) {
                *codes = new;
            }
        }
        if let Some(codes) = self.fine.as_chunks_mut::<DIMENSIONS>().0.get_mut(row) {
            *codes = quantised.fine;
        }
        if let Some(scale) = self.scales.get_mut(row) {
            *scale = quantised.scale;
        }
    }

    /// Takes the last row out and overwrites where it lay: a removed template does not stay in memory.
    pub fn pop(&mut self) -> Option<Row> {
        let last = self.len().checked_sub(1)?;
        let found = self.row(last)?;
        let quantised = Quantised {
            coarse: found.coarse(),
            fine: *found.fine,
            scale: found.scale,
        };
        let id = found.id;
        for codes in [&mut self.upper, &mut self.lower] {
            if let Some(Nibbles(codes)) = codes.get_mut(last) {
                codes.zeroize();
            }
            codes.truncate(last);
        }
        let fine = self.fine.get_mut(last * DIMENSIONS..);
        fine.unwrap_or_default().zeroize();
        self.fine.truncate(last * DIMENSIONS);
        self.scales.truncate(last);
        self.ids.truncate(last);
        Some(Row { id, quantised })
    }
}

impl RowRef<'_> {
    /// The coarse codes put together again.
    pub fn coarse(&self) -> [i8; DIMENSIONS] {
        std::array::from_fn(|place| {
            let shift = 4 * (place / NIBBLES);
            let half = |bytes: &Nibbles| i16::from(bytes.0[place % NIBBLES] >> shift & 0xf);
            (half(self.upper) * 16 + half(self.lower) - CODE_ZERO) as i8
        })
    }
}

/// The upper and the lower four bits of the codes.
fn halves(coarse: &[i8; DIMENSIONS]) -> (Nibbles, Nibbles) {
    let code = |place: usize| (i16::from(coarse[place]) + CODE_ZERO) as u8;
    (
        Nibbles(std::array::from_fn(|byte| {
            code(byte) >> 4 | code(byte + NIBBLES) & 0xf0
        })),
        Nibbles(std::array::from_fn(|byte| {
            code(byte) & 0xf | code(byte + NIBBLES) << 4
        })),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_back_as_they_were_put_in() {
        let coarse = std::array::from_fn(|i| ((i * 5) % 255) as i16 - 127).map(|code| code as i8);
        let quantised = Quantised {
            coarse,
            fine: [3; DIMENSIONS],
            scale: 0.5,
        };
        let mut segment = Segment::new();
        segment.push(7, &quantised);
        assert_eq!(segment.row(0).map(|row| row.coarse()), Some(coarse));
        assert!(
            segment
                .pop()
                .is_some_and(|row| row.id == 7 && row.quantised == quantised)
        );
    }
}
