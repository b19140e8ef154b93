//! For whom an envelope was sealed last, so that it is sealed anew when others may read it.

use crate::application;
use crate::envelopes::Role;
use crate::{QueueError, Store};
use domain::PacketId;
use envelope::{Digest, Recipient};
use rusqlite::{Connection, OptionalExtension};

/// Which sealed copy of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedCopy {
    /// What its officer types.
    Draft,
    /// What a supervisor looks at.
    Review,
}

impl SealedCopy {
    fn role(self) -> Role {
        match self {
            Self::Draft => Role::Draft,
            Self::Review => Role::Review,
        }
    }
}

/// The digest of a list of readers, whatever its order.
pub fn readers_digest(readers: &[Recipient]) -> Digest {
    let mut names: Vec<&str> = readers.iter().map(Recipient::as_str).collect();
    names.sort_unstable();
    Digest::of(names.join(" ").as_bytes())
}

impl Store {
    /// For whom a copy was sealed last, as [`readers_digest`]; none where nobody has noted it.
    ///
    /// # Errors
    /// As reading fails.
    pub fn readers(
        &self,
        packet: PacketId,
        copy: SealedCopy,
    ) -> Result<Option<Digest>, QueueError> {
        Ok(self
            .connection
            .prepare_cached("SELECT readers FROM readers WHERE packet = ?1 AND role = ?2")?
            .query_row(
                rusqlite::params![packet.as_bytes().as_slice(), copy.role().as_str()],
                |row| application::some_digest(row, 0),
            )
            .optional()?)
    }

    /// Notes for whom a copy is sealed now. It is forgotten when the copy is written anew or destroyed.
    ///
    /// # Errors
    /// As writing fails.
    pub fn note_readers(
        &mut self,
        packet: PacketId,
        copy: SealedCopy,
        readers: Digest,
    ) -> Result<(), QueueError> {
        self.write(|tx| {
            tx.prepare_cached(
                "INSERT INTO readers (packet, role, readers) VALUES (?1, ?2, ?3)
                 ON CONFLICT (packet, role) DO UPDATE SET readers = excluded.readers",
            )?
            .execute(rusqlite::params![
                packet.as_bytes().as_slice(),
                copy.role().as_str(),
                readers.as_bytes().as_slice()
            ])?;
            Ok(())
        })
    }
}

/// The copy is written anew or destroyed.
pub(crate) fn forget(
    connection: &Connection,
    packet: PacketId,
    role: Role,
) -> Result<(), QueueError> {
    connection
        .prepare_cached("DELETE FROM readers WHERE packet = ?1 AND role = ?2")?
        .execute(rusqlite::params![
            packet.as_bytes().as_slice(),
            role.as_str()
        ])?;
    Ok(())
}
