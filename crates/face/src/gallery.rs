//! The gallery: 1:N search of face templates in this process. Scores are exact up to 16-bit rounding, and every template is looked at; one that belongs among
//! the best is passed over about once in 10^9.
//!
//! Every vector is kept as two bytes a value: a coarse int8 code and an int8 remainder. The scan is limited by memory bandwidth, not by arithmetic, so it
//! reads the upper four bits of the codes (384 bytes a template of 704 values); the lower four of the rows that could be among the best; the remainders of the few best,
//! so that scores and order are as good as those of 32-bit floats.
//! A gallery answers with *candidates for adjudication*, never with a decision.
//!
//! ```
//! use face::gallery::Gallery;
//! let mut gallery = Gallery::new("model-a", 704);
//! let mut vector = [0.0_f32; 704];
//! vector[3] = 1.0;
//! gallery.insert_vector(42, "model-a", &vector)?;
//! let best = gallery.search_vector("model-a", &vector, 5)?;
//! assert_eq!((best[0].id, best[0].score > 0.999), (42, true));
//! # Ok::<(), face::gallery::GalleryError>(())
//! ```

mod quantise;
mod scan;
mod segment;
mod upper;

use std::collections::HashMap;

use quantise::{Probe, Quantised};
use segment::{LINE_VALUES, NIBBLES, SEGMENT_ROWS, Segment};

use crate::template::{MAX_TEMPLATE_LENGTH, Template};

/// The most templates one gallery takes unless told otherwise: 16 million, about 26 GB of 704 values.
pub const DEFAULT_LIMIT: usize = 1 << 24;
/// The most candidates one search gives.
pub const MAX_CANDIDATES: usize = 1000;
/// How far from 1 the length of a vector may be. Templates are normalised; anything else is a mistake of the caller.
const LENGTH_TOLERANCE: f32 = 1e-2;
/// Below this many templates a second thread costs more than it saves (about 60 µs to start one).
const ROWS_WORTH_A_THREAD: usize = 8192;

/// An in-process gallery of one template model.
pub struct Gallery {
    model: String,
    /// Values of a template.
    length: usize,
    limit: usize,
    threads: usize,
    segments: Vec<Segment>,
    places: HashMap<u64, u32>,
}

/// One answer of a search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The id under which the template was inserted.
    pub id: u64,
    /// Cosine, -1..=1.
    pub score: f32,
}

/// Why the gallery refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GalleryError {
    /// Templates of different models are never compared.
    #[error("the gallery holds templates of model {gallery}, not of {seen}")]
    OtherModel {
        /// The gallery's model.
        gallery: String,
        /// The template's.
        seen: String,
    },
    /// A template has another number of values.
    #[error("a template has {wanted} values, this one {seen}")]
    WrongLength {
        /// The gallery's.
        wanted: usize,
        /// How many there were.
        seen: usize,
    },
    /// The values are not finite or do not have length 1.
    #[error("the template is not normalised")]
    NotNormalised,
    /// The gallery's limit is reached.
    #[error("the gallery is full: {limit} templates")]
    Full {
        /// The limit.
        limit: usize,
    },
}

/// Templates are personal: only sizes are shown.
impl std::fmt::Debug for Gallery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gallery({} templates of {})", self.len(), self.model)
    }
}

impl Gallery {
    /// An empty gallery for templates of one model and so many values, with the default limit, searching with all cores.
    #[must_use]
    pub fn new(model: impl Into<String>, length: usize) -> Self {
        Self::bounded(model, length, DEFAULT_LIMIT)
    }

    /// An empty gallery that takes at most `limit` templates (and never more than 2^32 - 1).
    #[must_use]
    pub fn bounded(model: impl Into<String>, length: usize, limit: usize) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            model: model.into(),
            length: length.clamp(1, MAX_TEMPLATE_LENGTH),
            limit: limit.min(u32::MAX as usize),
            threads,
            segments: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// The same gallery searching with so many threads.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads.clamp(1, 64);
        self
    }

    /// How many templates it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// True when it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The template model of this gallery.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// True when a template is held under `id`.
    #[must_use]
    pub fn contains(&self, id: u64) -> bool {
        self.places.contains_key(&id)
    }

    /// Bytes that a search reads at the least: the upper halves of the coarse codes and the scales of all templates.
    #[must_use]
    pub fn scan_bytes(&self) -> usize {
        self.len() * (self.lines() * NIBBLES + size_of::<f32>())
    }

    /// Holds a template under `id`, in place of an earlier one with the same id. True when the id is new.
    ///
    /// # Errors
    /// Another model, another length, not normalised, or the gallery is full.
    pub fn insert_vector(
        &mut self,
        id: u64,
        model: &str,
        vector: &[f32],
    ) -> Result<bool, GalleryError> {
        let quantised = Quantised::of(self.checked(model, vector)?);
        if let Some(&place) = self.places.get(&id) {
            if let Some((segment, row)) = self.at_mut(place) {
                segment.replace(row, &quantised);
            }
            return Ok(false);
        }
        if self.len() >= self.limit {
            return Err(GalleryError::Full { limit: self.limit });
        }
        let place = self.len() as u32;
        if self.segments.last().is_none_or(Segment::is_full) {
            self.segments.push(Segment::new(self.lines()));
        }
        if let Some(segment) = self.segments.last_mut() {
            segment.push(id, &quantised);
        }
        self.places.insert(id, place);
        Ok(true)
    }

    /// Holds a template under `id`, in place of an earlier one with the same id. True when the id is new.
    ///
    /// # Errors
    /// Another model, or the gallery is full.
    pub fn insert(&mut self, id: u64, template: &Template) -> Result<bool, GalleryError> {
        self.insert_vector(id, template.model().as_str(), template.vector())
    }

    /// The `k` best templates for a probe, best first: [`Self::search_vector`].
    ///
    /// # Errors
    /// Another model.
    pub fn search(&self, probe: &Template, k: usize) -> Result<Vec<Candidate>, GalleryError> {
        self.search_vector(probe.model().as_str(), probe.vector(), k)
    }

    /// Forgets the template under `id` and overwrites its place. True when there was one.
    pub fn remove(&mut self, id: u64) -> bool {
        let Some(place) = self.places.remove(&id) else {
            return false;
        };
        // The last template moves into the gap, so that rows stay without holes.
        let Some(last) = self.segments.last_mut().and_then(Segment::pop) else {
            return false;
        };
        if last.id != id {
            if let Some((segment, row)) = self.at_mut(place) {
                segment.set(row, last.id, &last.quantised);
            }
            self.places.insert(last.id, place);
        }
        if self.segments.last().is_some_and(Segment::is_empty) {
            self.segments.pop();
        }
        true
    }

    /// The `k` best templates for a probe, best first; equal scores by rising id. Fewer where the gallery holds fewer; never more than [`MAX_CANDIDATES`].
    ///
    /// # Errors
    /// Another model, another length, or not normalised.
    pub fn search_vector(
        &self,
        model: &str,
        vector: &[f32],
        k: usize,
    ) -> Result<Vec<Candidate>, GalleryError> {
        let probe = Probe::of(self.checked(model, vector)?);
        let k = k.min(MAX_CANDIDATES);
        if k == 0 || self.is_empty() {
            return Ok(Vec::new());
        }
        let threads = self.threads.min(self.len().div_ceil(ROWS_WORTH_A_THREAD));
        Ok(scan::best(&self.segments, &probe, k, threads))
    }

    fn checked<'v>(&self, model: &str, vector: &'v [f32]) -> Result<&'v [f32], GalleryError> {
        if model != self.model {
            return Err(GalleryError::OtherModel {
                gallery: self.model.clone(),
                seen: model.to_owned(),
            });
        }
        if vector.len() != self.length {
            return Err(GalleryError::WrongLength {
                wanted: self.length,
                seen: vector.len(),
            });
        }
        let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
        // Written so that NaN is refused as well.
        if (length - 1.0).abs() <= LENGTH_TOLERANCE {
            Ok(vector)
        } else {
            Err(GalleryError::NotNormalised)
        }
    }

    /// Lines of a row.
    fn lines(&self) -> usize {
        self.length.div_ceil(LINE_VALUES)
    }

    fn at_mut(&mut self, place: u32) -> Option<(&mut Segment, usize)> {
        let place = place as usize;
        Some((
            self.segments.get_mut(place / SEGMENT_ROWS)?,
            place % SEGMENT_ROWS,
        ))
    }
}

#[cfg(test)]
mod tests;
