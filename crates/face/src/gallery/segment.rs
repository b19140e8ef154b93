//! A block of templates: grows without moving what it holds, so that a gallery of gigabytes is never copied.

use std::ops::Range;

use zeroize::Zeroize;

use super::quantise::Quantised;

/// Templates a segment: some 10 MB of the codes that a scan reads.
pub(super) const SEGMENT_ROWS: usize = 32_768;

/// A line of a row: half of the coarse codes of 128 values, four bits a value. The n-th byte holds value n in its lower and value
/// n + 64 in its upper bits. On a boundary of the cache's lines, or every second read would touch two of them.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Nibbles(pub [u8; NIBBLES]);
/// Bytes of a line.
pub(super) const NIBBLES: usize = 64;
/// Values of a line.
pub(super) const LINE_VALUES: usize = 2 * NIBBLES;
/// Coarse codes lie at -127..=127; stored they are this much more.
pub(super) const CODE_ZERO: i16 = 128;

/// Rows in columns of their own, so that the scan reads nothing but the upper halves of the codes and the scales.
pub(super) struct Segment {
    /// Lines a row.
    lines: usize,
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
    pub upper: &'s [Nibbles],
    pub lower: &'s [Nibbles],
    pub fine: &'s [i8],
    pub scale: f32,
}

impl Segment {
    /// Reserves the address space of a whole segment with rows of so many lines; the pages are taken as rows come.
    pub fn new(lines: usize) -> Self {
        Self {
            lines,
            upper: Vec::with_capacity(SEGMENT_ROWS * lines),
            lower: Vec::with_capacity(SEGMENT_ROWS * lines),
            scales: Vec::with_capacity(SEGMENT_ROWS),
            fine: Vec::with_capacity(SEGMENT_ROWS * lines * LINE_VALUES),
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

    /// Upper halves of the codes of rows, and their scales; fewer where the segment ends.
    pub fn upper(&self, rows: Range<usize>) -> (&[Nibbles], &[f32]) {
        let rows = rows.start..rows.end.min(self.len());
        let codes = self
            .upper
            .get(rows.start * self.lines..rows.end * self.lines);
        let scales = self.scales.get(rows);
        (codes.unwrap_or_default(), scales.unwrap_or_default())
    }

    fn line_range(&self, row: usize) -> Range<usize> {
        row * self.lines..(row + 1) * self.lines
    }

    fn value_range(&self, row: usize) -> Range<usize> {
        row * self.lines * LINE_VALUES..(row + 1) * self.lines * LINE_VALUES
    }

    pub fn push(&mut self, id: u64, row: &Quantised) {
        for (upper, lower) in halves(&row.coarse) {
            self.upper.push(upper);
            self.lower.push(lower);
        }
        self.fine.extend_from_slice(&row.fine);
        self.scales.push(row.scale);
        self.ids.push(id);
    }

    pub fn row(&self, row: usize) -> Option<RowRef<'_>> {
        Some(RowRef {
            id: *self.ids.get(row)?,
            upper: self.upper.get(self.line_range(row))?,
            lower: self.lower.get(self.line_range(row))?,
            fine: self.fine.get(self.value_range(row))?,
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
        let (lines, values) = (self.line_range(row), self.value_range(row));
        let upper = self.upper.get_mut(lines.clone()).unwrap_or_default();
        let lower = self.lower.get_mut(lines).unwrap_or_default();
        for ((new, upper), lower) in halves(&quantised.coarse).zip(upper).zip(lower) {
            (*upper, *lower) = new;
        }
        let fine = self.fine.get_mut(values).unwrap_or_default();
        for (code, new) in fine.iter_mut().zip(&quantised.fine) {
            *code = *new;
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
            fine: found.fine.to_vec(),
            scale: found.scale,
        };
        let id = found.id;
        let (lines, values) = (self.line_range(last), self.value_range(last));
        for codes in [&mut self.upper, &mut self.lower] {
            for Nibbles(line) in codes.get_mut(lines.clone()).unwrap_or_default() {
                line.zeroize();
            }
            codes.truncate(lines.start);
        }
        let fine = self.fine.get_mut(values.clone());
        fine.unwrap_or_default().zeroize();
        self.fine.truncate(values.start);
        self.scales.truncate(last);
        self.ids.truncate(last);
        Some(Row { id, quantised })
    }
}

impl RowRef<'_> {
    /// The coarse codes put together again.
    pub fn coarse(&self) -> Vec<i8> {
        let mut codes = Vec::with_capacity(self.upper.len() * LINE_VALUES);
        for (upper, lower) in self.upper.iter().zip(self.lower) {
            for shift in [0, 4] {
                codes.extend(upper.0.iter().zip(&lower.0).map(|(upper, lower)| {
                    let half = |byte: u8| i16::from(byte >> shift & 0xf);
                    (half(*upper) * 16 + half(*lower) - CODE_ZERO) as i8
                }));
            }
        }
        codes
    }
}

/// The upper and the lower four bits of the codes, line after line.
fn halves(coarse: &[i8]) -> impl Iterator<Item = (Nibbles, Nibbles)> + '_ {
    coarse.as_chunks::<LINE_VALUES>().0.iter().map(|line| {
        let code = |place: usize| (i16::from(line[place]) + CODE_ZERO) as u8;
        (
            Nibbles(std::array::from_fn(|byte| {
                code(byte) >> 4 | code(byte + NIBBLES) & 0xf0
            })),
            Nibbles(std::array::from_fn(|byte| {
                code(byte) & 0xf | code(byte + NIBBLES) << 4
            })),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_back_as_they_were_put_in() {
        for lines in [1, 4, 6] {
            let values = lines * LINE_VALUES;
            let codes = (0..values).map(|i| (((i * 5) % 255) as i16 - 127) as i8);
            let quantised = Quantised {
                coarse: codes.collect(),
                fine: vec![3; values],
                scale: 0.5,
            };
            let mut segment = Segment::new(lines);
            segment.push(7, &quantised);
            let found = segment.row(0).map(|row| row.coarse());
            assert_eq!(found.as_ref(), Some(&quantised.coarse));
            assert!(
                segment
                    .pop()
                    .is_some_and(|row| row.id == 7 && row.quantised == quantised)
            );
        }
    }
}
