//! Reading a file's leaf pages without the tree above them: one bad page near the root hides every row of a table.
//!
//! Follows "Database File Format" of SQLite (sqlite.org/fileformat2.html), 1.6 B-tree pages and 2.1 Record format.

use crate::envelopes::ENVELOPE_LIMIT_BYTES;
use crate::file::{checkpoint, remove, with_suffix};
use crate::{QueueError, rescue};
use rusqlite::types::Value;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A table's leaf (1.6).
const TABLE_LEAF: u8 = 0x0d;
/// The largest row: the largest envelope and the columns beside it.
const ROW_LIMIT_BYTES: usize = ENVELOPE_LIMIT_BYTES + 4096;
/// The most columns that any of our tables has, with room.
const COLUMN_LIMIT: usize = 64;

/// Gives every row of every leaf page to `visit`, with its number. The store at `path` is read through a copy, into which
/// its WAL is folded; the copy is removed again.
///
/// # Errors
/// As copying fails, or as `visit` does. Pages that make no sense are passed over.
pub(super) fn scan(
    path: &Path,
    visit: impl FnMut(i64, Vec<Value>) -> Result<(), QueueError>,
) -> Result<(), QueueError> {
    let copy = copy_name(path);
    let scanned = fold(path, &copy).and_then(|()| scan_file(&copy, visit));
    remove(&copy)?;
    scanned
}

/// The copy that is read page by page; a crash may leave it.
pub(super) fn copy_name(path: &Path) -> PathBuf {
    with_suffix(path, ".scan")
}

fn fold(path: &Path, copy: &Path) -> Result<(), QueueError> {
    fs::copy(path, copy)?;
    let wal = with_suffix(path, "-wal");
    if wal.exists() {
        fs::copy(&wal, with_suffix(copy, "-wal"))?;
        // Where it cannot be folded, the file alone is read.
        let folded = rescue::open_source(copy).and_then(|connection| {
            connection.execute_batch("PRAGMA query_only = OFF")?;
            checkpoint(&connection)
        });
        if let Err(error) = folded {
            tracing::warn!(error = %error, "the log of the damaged store could not be folded");
        }
    }
    Ok(())
}

fn scan_file(
    copy: &Path,
    mut visit: impl FnMut(i64, Vec<Value>) -> Result<(), QueueError>,
) -> Result<(), QueueError> {
    let mut pages = Pages::open(copy)?;
    for number in 2..=pages.count {
        let Some(page) = pages.read(number) else {
            continue;
        };
        if page.first() != Some(&TABLE_LEAF) {
            continue;
        }
        let cells = number_at(&page, 3, 2).unwrap_or(0);
        for cell in 0..cells {
            let row = number_at(&page, 8 + 2 * cell, 2).and_then(|at| row(&mut pages, &page, at));
            if let Some((id, values)) = row {
                visit(id, values)?;
            }
        }
    }
    Ok(())
}

/// The pages of a file, from 1.
struct Pages {
    file: File,
    size: usize,
    count: u64,
}

impl Pages {
    fn open(path: &Path) -> Result<Self, QueueError> {
        let mut file = File::open(path)?;
        let mut header = [0; 18];
        file.read_exact(&mut header)?;
        let said = usize::from(u16::from_be_bytes([header[16], header[17]]));
        let size = if said.is_power_of_two() && said >= 512 {
            said
        } else {
            crate::file::PAGE_BYTES
        };
        let count = file.metadata()?.len() / size as u64;
        Ok(Self { file, size, count })
    }

    fn read(&mut self, number: u64) -> Option<Vec<u8>> {
        let number = number.checked_sub(1).filter(|n| *n < self.count)?;
        let mut page = vec![0; self.size];
        self.file
            .seek(SeekFrom::Start(number * self.size as u64))
            .ok()?;
        self.file.read_exact(&mut page).ok()?;
        Some(page)
    }
}

fn row(pages: &mut Pages, page: &[u8], at: usize) -> Option<(i64, Vec<Value>)> {
    let (length, used) = varint(page.get(at..)?)?;
    let (id, more) = varint(page.get(at + used..)?)?;
    let length = usize::try_from(length).ok()?;
    if length > ROW_LIMIT_BYTES {
        return None;
    }
    let payload = payload(pages, page, at + used + more, length)?;
    Some((id, record(&payload)?))
}

/// A row's bytes, the overflow pages included (1.6, "Overflow").
fn payload(pages: &mut Pages, page: &[u8], at: usize, length: usize) -> Option<Vec<u8>> {
    let usable = pages.size;
    let most = usable - 35;
    let local = if length <= most {
        length
    } else {
        let least = (usable - 12) * 32 / 255 - 23;
        let kept = least + (length - least) % (usable - 4);
        if kept <= most { kept } else { least }
    };
    let mut bytes = page.get(at..at + local)?.to_vec();
    let mut next = if local < length {
        number_at(page, at + local, 4)?
    } else {
        0
    };
    while bytes.len() < length {
        let overflow = pages.read(next as u64)?;
        next = number_at(&overflow, 0, 4)?;
        let take = (length - bytes.len()).min(usable - 4);
        bytes.extend(overflow.get(4..4 + take)?);
    }
    Some(bytes)
}

/// The columns of a record (2.1).
fn record(payload: &[u8]) -> Option<Vec<Value>> {
    let (header, mut at) = varint(payload)?;
    let header = usize::try_from(header).ok()?;
    let mut body = header;
    let mut values = Vec::new();
    while at < header {
        let (kind, used) = varint(payload.get(at..)?)?;
        at += used;
        let kind = usize::try_from(kind).ok()?;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => (kind - 12) / 2,
        };
        let bytes = payload.get(body..body.checked_add(length)?)?;
        body += length;
        values.push(match kind {
            0 => Value::Null,
            8 => Value::Integer(0),
            9 => Value::Integer(1),
            1..=6 => Value::Integer(signed(bytes)),
            7 => Value::Real(f64::from_be_bytes(bytes.try_into().ok()?)),
            _ if kind % 2 == 0 => Value::Blob(bytes.to_vec()),
            _ => Value::Text(String::from_utf8(bytes.to_vec()).ok()?),
        });
        if values.len() > COLUMN_LIMIT {
            return None;
        }
    }
    (at == header).then_some(values)
}

fn signed(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|b| b & 0x80 != 0);
    let start = if negative { -1 } else { 0 };
    bytes
        .iter()
        .fold(start, |number, byte| (number << 8) | i64::from(*byte))
}

/// A big-endian number of so many bytes.
fn number_at(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(
        bytes
            .iter()
            .fold(0, |n, byte| (n << 8) | usize::from(*byte)),
    )
}

/// A variable-length integer, and how many bytes it took (1.6, "varint").
fn varint(bytes: &[u8]) -> Option<(i64, usize)> {
    let mut number = 0_i64;
    for (n, byte) in bytes.iter().take(9).enumerate() {
        if n == 8 {
            return Some(((number << 8) | i64::from(*byte), 9));
        }
        number = (number << 7) | i64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, n + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_sqlite_writes_them() {
        assert_eq!(varint(&[0x81, 0x00]), Some((128, 2)));
        assert_eq!(varint(&[0xff; 9]), Some((-1, 9)));
        assert_eq!(varint(&[0x80]), None);
        assert_eq!(signed(&[0xff, 0xfe]), -2);
        assert_eq!(signed(&[0x01, 0x00]), 256);
    }

    #[test]
    fn nonsense_is_no_record() {
        assert_eq!(record(&[]), None);
        assert_eq!(record(&[9, 200]), None);
        assert_eq!(record(&[2, 10]), None, "a reserved type");
        assert_eq!(
            record(&[3, 1, 9, 5]),
            Some(vec![Value::Integer(5), Value::Integer(1)])
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end_in_an_answer(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
            let _ = record(&bytes);
        }
    }
}
