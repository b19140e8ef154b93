//! Sealed envelopes as rows: put, read back whole with their digest checked, destroyed.

use crate::{QueueError, readers};
use domain::PacketId;
use envelope::{Digest, PACKET_LIMIT_BYTES};
use rusqlite::{Connection, OptionalExtension};

/// The largest envelope: the largest packet, and what sealing adds.
pub const ENVELOPE_LIMIT_BYTES: usize = PACKET_LIMIT_BYTES + (1 << 20);

/// Zeros before an envelope's bytes in its row: more than a row keeps within the tables' own pages (8,157 bytes of one of 8,192; SQLite's
/// file format, 1.6). SQLite moves what lies there when it balances those pages, and does not overwrite where it lay; what lies in overflow
/// pages is never moved, and is overwritten when it is deleted. Fault runs found 16 bytes of a settled packet's envelope in 3 of 40,000
/// runs without it. The first release wrote none, and its envelopes are read as they are.
pub(crate) const PAD_BYTES: usize = 8192;

/// The envelope of a row's bytes.
pub(crate) fn envelope_of(bytes: &[u8]) -> &[u8] {
    match bytes.split_at_checked(PAD_BYTES) {
        Some((pad, envelope)) if pad.iter().all(|byte| *byte == 0) => envelope,
        _ => bytes,
    }
}

pub(crate) fn unpad(bytes: &mut Vec<u8>) {
    let pad = bytes.len() - envelope_of(bytes).len();
    bytes.drain(..pad);
}

/// Whom an envelope is sealed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// To the officer.
    Draft,
    /// To the office's supervisors.
    Review,
    /// To the centre.
    Packet,
}

impl Role {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Review => "review",
            Self::Packet => "packet",
        }
    }
}

pub(crate) fn put(
    connection: &Connection,
    packet: PacketId,
    role: Role,
    bytes: &[u8],
) -> Result<Digest, QueueError> {
    if bytes.len() > ENVELOPE_LIMIT_BYTES {
        return Err(QueueError::TooLarge {
            limit: ENVELOPE_LIMIT_BYTES,
        });
    }
    let digest = Digest::of(bytes);
    readers::forget(connection, packet, role)?;
    let id = connection
        .prepare_cached(
            "INSERT INTO envelopes (packet, role, digest, bytes) VALUES (?1, ?2, ?3, zeroblob(?4))
             ON CONFLICT (packet, role) DO UPDATE SET digest = excluded.digest, bytes = excluded.bytes
             RETURNING id",
        )?
        .query_row(
            rusqlite::params![
                packet.as_bytes().as_slice(),
                role.as_str(),
                digest.as_bytes().as_slice(),
                (PAD_BYTES + bytes.len()) as i64
            ],
            |row| row.get(0),
        )?;
    write_padded(connection, "envelopes", id, bytes)?;
    Ok(digest)
}

/// Writes an envelope's bytes behind the zeros of a row that was made for both.
pub(crate) fn write_padded(
    connection: &Connection,
    table: &'static str,
    id: i64,
    bytes: &[u8],
) -> Result<(), QueueError> {
    connection
        .blob_open("main", table, "bytes", id, false)?
        .write_all_at(bytes, PAD_BYTES)?;
    Ok(())
}

pub(crate) fn read(
    connection: &Connection,
    packet: PacketId,
    role: Role,
) -> Result<Vec<u8>, QueueError> {
    let (digest, mut bytes): (Vec<u8>, Vec<u8>) = connection
        .prepare_cached("SELECT digest, bytes FROM envelopes WHERE packet = ?1 AND role = ?2")?
        .query_row(
            rusqlite::params![packet.as_bytes().as_slice(), role.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
    unpad(&mut bytes);
    if Digest::of(&bytes).as_bytes().as_slice() == digest {
        Ok(bytes)
    } else {
        Err(QueueError::Damaged("an envelope"))
    }
}

/// Part of an envelope, read in place.
pub(crate) fn read_part(
    connection: &Connection,
    packet: PacketId,
    role: Role,
    offset: u64,
    length: usize,
) -> Result<Vec<u8>, QueueError> {
    let id: i64 = connection
        .prepare_cached("SELECT id FROM envelopes WHERE packet = ?1 AND role = ?2")?
        .query_row(
            rusqlite::params![packet.as_bytes().as_slice(), role.as_str()],
            |row| row.get(0),
        )
        .optional()?
        .ok_or(QueueError::NotFound)?;
    read_padded_part(connection, "envelopes", id, offset, length)
}

/// Part of the envelope of a row, with zeros before it or without.
pub(crate) fn read_padded_part(
    connection: &Connection,
    table: &'static str,
    id: i64,
    offset: u64,
    length: usize,
) -> Result<Vec<u8>, QueueError> {
    let blob = connection.blob_open("main", table, "bytes", id, true)?;
    let mut first = [0xff];
    if !blob.is_empty() {
        blob.read_at_exact(&mut first, 0)?;
    }
    // An age file begins with a letter.
    let pad = if first == [0] { PAD_BYTES } else { 0 };
    let offset = usize::try_from(offset)
        .unwrap_or(usize::MAX)
        .saturating_add(pad)
        .min(blob.len());
    let mut part = vec![0; length.min(blob.len() - offset)];
    blob.read_at_exact(&mut part, offset)?;
    Ok(part)
}

/// Deletes; `secure_delete` overwrites the freed pages with zeros.
pub(crate) fn destroy(
    connection: &Connection,
    packet: PacketId,
    role: Role,
) -> Result<(), QueueError> {
    readers::forget(connection, packet, role)?;
    connection
        .prepare_cached("DELETE FROM envelopes WHERE packet = ?1 AND role = ?2")?
        .execute(rusqlite::params![
            packet.as_bytes().as_slice(),
            role.as_str()
        ])?;
    Ok(())
}
