//! Reading a file's leaf pages without the tree above them: one bad page near the root hides every row of a table.
//!
//! Follows "Database File Format" of SQLite (sqlite.org/fileformat2.html), 1.6 B-tree pages and 2.1 Record format.

use crate::envelopes::ENVELOPE_LIMIT_BYTES;
use crate::file::{checkpoint, remove, with_suffix};
use crate::{QueueError, rescue};
use rusqlite::types::Value;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// What of a file's header says how large a page is (1.3).
const HEADER_BYTES: usize = 18;
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
    visit: impl FnMut(i64, Vec<Value>) -> Result<(), QueueError>,
) -> Result<(), QueueError> {
    let mut file = File::open(copy)?;
    let length = file.metadata()?.len();
    let mut header = [0; HEADER_BYTES];
    file.read_exact(&mut header)?;
    scan_pages(Pages::of(file, length, header), visit)
}

/// The rows on the leaves of a file that is in memory.
#[cfg(feature = "testing")]
pub(crate) fn rows(bytes: &[u8]) -> usize {
    let Some(header) = bytes.first_chunk() else {
        return 0;
    };
    let mut rows = 0;
    let pages = Pages::of(std::io::Cursor::new(bytes), bytes.len() as u64, *header);
    let _ = scan_pages(pages, |_, _| {
        rows += 1;
        Ok(())
    });
    rows
}

fn scan_pages(
    mut pages: Pages<impl Read + Seek>,
    mut visit: impl FnMut(i64, Vec<Value>) -> Result<(), QueueError>,
) -> Result<(), QueueError> {
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
struct Pages<F> {
    file: F,
    size: usize,
    count: u64,
}

impl<F: Read + Seek> Pages<F> {
    fn of(file: F, length: u64, header: [u8; HEADER_BYTES]) -> Self {
        let said = usize::from(u16::from_be_bytes([header[16], header[17]]));
        let size = if said.is_power_of_two() && said >= 512 {
            said
        } else {
            crate::file::PAGE_BYTES
        };
        let count = length / size as u64;
        Self { file, size, count }
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

fn row(pages: &mut Pages<impl Read + Seek>, page: &[u8], at: usize) -> Option<(i64, Vec<Value>)> {
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
fn payload(
    pages: &mut Pages<impl Read + Seek>,
    page: &[u8],
    at: usize,
    length: usize,
) -> Option<Vec<u8>> {
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
    let mut seen = BTreeSet::new();
    while bytes.len() < length {
        // On a damaged page a chain can lead back into itself.
        if !seen.insert(next) {
            return None;
        }
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

    #[test]
    fn a_chain_of_pages_that_leads_into_itself_is_no_row() {
        const SIZE: usize = 512;
        let mut file = vec![0; 3 * SIZE];
        file[16..18].copy_from_slice(&(SIZE as u16).to_be_bytes());
        // Page 3 goes on with page 3.
        file[2 * SIZE..2 * SIZE + 4].copy_from_slice(&3_u32.to_be_bytes());
        let mut header = [0; HEADER_BYTES];
        header.copy_from_slice(&file[..HEADER_BYTES]);
        let mut pages = Pages::of(std::io::Cursor::new(&file), file.len() as u64, header);
        // Of 5,000 bytes 428 are on the row's own page, and then the number of the next one.
        let mut page = vec![7; SIZE];
        page[8 + 428..8 + 432].copy_from_slice(&3_u32.to_be_bytes());
        assert_eq!(payload(&mut pages, &page, 8, 5_000), None);
        // Of 900 bytes 392, and all others on one page more.
        page[8 + 392..8 + 396].copy_from_slice(&3_u32.to_be_bytes());
        assert_eq!(
            payload(&mut pages, &page, 8, 900).map(|b| b.len()),
            Some(900)
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end_in_an_answer(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
            let _ = record(&bytes);
        }
    }
}
