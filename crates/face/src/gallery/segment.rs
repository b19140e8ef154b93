//! A block of templates: grows without moving what it holds, so that a gallery of gigabytes is never copied.

use zeroize::Zeroize;

use super::DIMENSIONS;
use super::quantise::Quantised;

/// Templates a segment: 16 MB of coarse codes.
pub(super) const SEGMENT_ROWS: usize = 32_768;

/// Rows in columns of their own, so that the scan reads nothing but codes and scales.
pub(super) struct Segment {
    coarse: Vec<i8>,
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
    pub coarse: &'s [i8],
    pub fine: &'s [i8],
    pub scale: f32,
}

impl Segment {
    /// Reserves the address space of a whole segment; the pages are taken as rows come.
    pub fn new() -> Self {
        Self {
            coarse: Vec::with_capacity(SEGMENT_ROWS * DIMENSIONS),
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

    /// Coarse codes of all rows, and their scales.
    pub fn codes(&self) -> (&[[i8; DIMENSIONS]], &[f32]) {
        (self.coarse.as_chunks().0, &self.scales)
    }

    pub fn push(&mut self, id: u64, row: &Quantised) {
        self.coarse.extend_from_slice(&row.coarse);
        self.fine.extend_from_slice(&row.fine);
        self.scales.push(row.scale);
        self.ids.push(id);
    }

    pub fn row(&self, row: usize) -> Option<RowRef<'_>> {
        Some(RowRef {
            id: *self.ids.get(row)?,
            coarse: self.coarse.as_chunks::<DIMENSIONS>().0.get(row)?,
            fine: self.fine.as_chunks::<DIMENSIONS>().0.get(row)?,
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
        if let Some(codes) = self.coarse.as_chunks_mut::<DIMENSIONS>().0.get_mut(row) {
            *codes = quantised.coarse;
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
        let mut quantised = Quantised {
            coarse: [0; DIMENSIONS],
            fine: [0; DIMENSIONS],
            scale: found.scale,
        };
        quantised.coarse.copy_from_slice(found.coarse);
        quantised.fine.copy_from_slice(found.fine);
        let id = found.id;
        for codes in [&mut self.coarse, &mut self.fine] {
            codes
                .get_mut(last * DIMENSIONS..)
                .unwrap_or_default()
                .zeroize();
        }
        self.coarse.truncate(last * DIMENSIONS);
        self.fine.truncate(last * DIMENSIONS);
        self.scales.truncate(last);
        self.ids.truncate(last);
        Some(Row { id, quantised })
    }
}
