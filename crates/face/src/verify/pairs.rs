//! The list of pairs to compare: rows `a,b,same`, read as a stream, each picture named once.

use std::collections::HashMap;
use std::io::Read;

use serde::{Deserialize, Serialize};

/// The most pairs one run takes; a longer list is split by its owner.
pub const MAX_PAIRS: usize = 50_000_000;
/// The longest picture name that is taken from a row.
const MAX_NAME_BYTES: usize = 4096;

/// Two pictures (places in [`PairList::pictures`]) and whether they show the same person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// First picture.
    pub a: u32,
    /// Second picture.
    pub b: u32,
    /// True for a mated pair.
    pub same: bool,
}

/// Pictures and the pairs among them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PairList {
    /// Every picture once, in order of first mention.
    pub pictures: Vec<String>,
    /// The pairs, in the order of the rows.
    pub pairs: Vec<Pair>,
}

/// Names of files may name people: only counts are shown.
impl std::fmt::Debug for PairList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "PairList({} pictures, {} pairs)",
            self.pictures.len(),
            self.pairs.len()
        )
    }
}

/// Why a list of pairs could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// Reading or CSV framing failed.
    #[error("the pair list cannot be read: {0}")]
    Csv(#[from] csv::Error),
    /// A row is not `a,b,same`.
    #[error("row {row}: {problem}")]
    Row {
        /// Row number, counted from 1, the heading included.
        row: u64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The list is longer than [`MAX_PAIRS`].
    #[error("more than {MAX_PAIRS} pairs")]
    TooMany,
    /// No pairs at all.
    #[error("the list holds no pairs")]
    Empty,
}

impl PairList {
    /// Reads rows `a,b,same`; `same` is one of 1, 0, true, false, yes, no. A heading row `a,b,same` and empty lines are skipped.
    ///
    /// # Errors
    /// A row with fewer fields, an empty name or another word for `same`, with the row's number; more than [`MAX_PAIRS`]; an empty list.
    pub fn read(reader: impl Read) -> Result<Self, PairError> {
        let mut rows = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(reader);
        let mut list = Self::default();
        let mut places = HashMap::new();
        let mut record = csv::StringRecord::new();
        let mut row = 0_u64;
        while rows.read_record(&mut record)? {
            row += 1;
            let is_heading = row == 1
                && record
                    .get(2)
                    .is_some_and(|field| field.eq_ignore_ascii_case("same"));
            if is_heading || (record.len() == 1 && record.get(0) == Some("")) {
                continue;
            }
            let (Some(a), Some(b), Some(same)) = (record.get(0), record.get(1), record.get(2))
            else {
                return Err(PairError::Row {
                    row,
                    problem: "it needs three fields: a,b,same",
                });
            };
            if list.pairs.len() == MAX_PAIRS {
                return Err(PairError::TooMany);
            }
            let same = parse_same(same).ok_or(PairError::Row {
                row,
                problem: "`same` must be 1, 0, true, false, yes or no",
            })?;
            let a = list.place(&mut places, a, row)?;
            let b = list.place(&mut places, b, row)?;
            list.pairs.push(Pair { a, b, same });
        }
        if list.pairs.is_empty() {
            return Err(PairError::Empty);
        }
        Ok(list)
    }

    fn place(
        &mut self,
        places: &mut HashMap<String, u32>,
        name: &str,
        row: u64,
    ) -> Result<u32, PairError> {
        if name.is_empty() || name.len() > MAX_NAME_BYTES {
            return Err(PairError::Row {
                row,
                problem: "a picture's name is empty or too long",
            });
        }
        if let Some(&place) = places.get(name) {
            return Ok(place);
        }
        let place = u32::try_from(self.pictures.len()).map_err(|_| PairError::TooMany)?;
        places.insert(name.to_owned(), place);
        self.pictures.push(name.to_owned());
        Ok(place)
    }
}

fn parse_same(field: &str) -> Option<bool> {
    match field.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" => Some(true),
        "0" | "false" | "no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn rows_are_read_with_each_picture_once() {
        let list = PairList::read(
            "a,b,same\nx.jpg,y.jpg,1\n\ny.jpg, z.jpg ,false\r\nx.jpg,x.jpg,yes\n".as_bytes(),
        )
        .unwrap();
        assert_eq!(list.pictures, ["x.jpg", "y.jpg", "z.jpg"]);
        assert_eq!(
            list.pairs,
            [
                Pair {
                    a: 0,
                    b: 1,
                    same: true
                },
                Pair {
                    a: 1,
                    b: 2,
                    same: false
                },
                Pair {
                    a: 0,
                    b: 0,
                    same: true
                }
            ]
        );
    }

    #[test]
    fn a_bad_row_is_named_by_its_number() {
        let error = PairList::read("x,y,1\nx,y\n".as_bytes()).unwrap_err();
        assert!(matches!(error, PairError::Row { row: 2, .. }), "{error}");
        assert!(matches!(
            PairList::read("x,y,perhaps\n".as_bytes()),
            Err(PairError::Row { row: 1, .. })
        ));
        assert!(matches!(
            PairList::read(",y,1\n".as_bytes()),
            Err(PairError::Row { row: 1, .. })
        ));
        assert!(matches!(
            PairList::read("".as_bytes()),
            Err(PairError::Empty)
        ));
        assert!(PairList::read([0xff, 0xfe, b',', 0xff, b',', b'1', b'\n'].as_slice()).is_err());
    }

    #[test]
    fn debug_names_nobody() {
        let list = PairList::read("ali-khan.jpg,b.jpg,1\n".as_bytes()).unwrap();
        assert_eq!(format!("{list:?}"), "PairList(2 pictures, 1 pairs)");
    }
}
