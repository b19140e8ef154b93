//! Key files of the staff: the newest one of each, and how a changed passphrase leaves for the centre.

use crate::audit::{self, Act};
use crate::chain::{self, ManifestSeed};
use crate::envelopes::ENVELOPE_LIMIT_BYTES;
use crate::item;
use crate::{QueueError, Store, application};
use domain::{ItemKind, PacketId, StaffId, Timestamp};
use envelope::{Digest, EnvelopeError, KeyFileEntry, Manifest, Signed, Statement};
use rusqlite::{Connection, OptionalExtension};

/// A key file under a new passphrase, on its way out.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyFileChange {
    /// The item's own id.
    pub packet: PacketId,
    /// The new file and its version; this station uses it from now on.
    pub entry: KeyFileEntry,
    /// The same, sealed to the centre.
    pub envelope: Vec<u8>,
    /// The owner's word over the envelope, of kind `key_file`.
    pub statement: Signed<Statement>,
}

impl std::fmt::Debug for KeyFileChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyFileChange({}, {})", self.entry.staff, self.packet)
    }
}

impl Store {
    /// The newest key file of that member of staff, as an *age* file, with its version.
    ///
    /// # Errors
    /// As reading fails.
    pub fn key_file(&self, staff: &StaffId) -> Result<Option<KeyFileEntry>, QueueError> {
        let found = self
            .connection
            .prepare_cached("SELECT version, file FROM key_files WHERE staff = ?1")?
            .query_row([staff.as_str()], |row| {
                Ok((application::unsigned(row, 0)?, row.get(1)?))
            })
            .optional()?;
        Ok(found.map(|(version, file)| KeyFileEntry {
            staff: staff.clone(),
            version,
            file,
        }))
    }

    /// Takes a key file under a new passphrase: it replaces the old one here, and leaves for the centre as an item of
    /// this station's chain, in one transaction.
    ///
    /// # Errors
    /// [`QueueError::Untrusted`] where its owner has not signed, [`QueueError::Mismatch`] for a statement or manifest
    /// of something else and for an id that is taken, [`QueueError::OlderKeyFile`], [`QueueError::Envelope`] from the
    /// closure.
    pub fn enqueue_key_file(
        &mut self,
        change: &KeyFileChange,
        mut make_manifest: impl FnMut(&ManifestSeed) -> Result<Signed<Manifest>, EnvelopeError>,
        now: Timestamp,
    ) -> Result<Signed<Manifest>, QueueError> {
        if change.envelope.len() > ENVELOPE_LIMIT_BYTES {
            return Err(QueueError::TooLarge {
                limit: ENVELOPE_LIMIT_BYTES,
            });
        }
        let said = self.believed_statement(&change.statement, &change.entry.staff)?;
        let fits = said.packet == change.packet
            && said.kind == Some(ItemKind::KeyFile)
            && said.officer == change.entry.staff
            && said.digest == Digest::of(&change.envelope)
            && said.length == change.envelope.len() as u64;
        if !fits {
            return Err(QueueError::Mismatch("statement"));
        }
        let held = self.key_file(&change.entry.staff)?.map_or(0, |h| h.version);
        if change.entry.version <= held {
            return Err(QueueError::OlderKeyFile {
                held,
                offered: change.entry.version,
            });
        }
        self.write(|tx| {
            let taken = application::find_stage(tx, change.packet)?.is_some()
                || item::find(tx, change.packet)?.is_some();
            if taken {
                return Err(QueueError::Mismatch("packet id"));
            }
            put(tx, &change.entry)?;
            let detail = format!("version={}", change.entry.version);
            let act = Act::new("key-file-changed")
                .staff(&change.entry.staff)
                .packet(change.packet)
                .detail(&detail)?;
            audit::append(tx, &act, now)?;
            let kind = ItemKind::KeyFile;
            let seed = chain::next(tx, change.packet, kind, change.statement.clone())?;
            let manifest = make_manifest(&seed)?;
            chain::enter_outbox(tx, &seed, &manifest, now)?;
            for (kind, bytes) in [
                ("envelope", change.envelope.as_slice()),
                ("statement", change.statement.as_bytes()),
                ("manifest", manifest.as_bytes()),
            ] {
                item::enclose(tx, change.packet, kind, bytes)?;
            }
            Ok(manifest)
        })
    }
}

/// Keeps a key file, unless a newer one is here.
pub(crate) fn put(connection: &Connection, entry: &KeyFileEntry) -> Result<(), QueueError> {
    connection
        .prepare_cached(
            "INSERT INTO key_files (staff, version, file) VALUES (?1, ?2, ?3)
             ON CONFLICT (staff) DO UPDATE SET version = excluded.version, file = excluded.file
             WHERE excluded.version >= version",
        )?
        .execute(rusqlite::params![
            entry.staff.as_str(),
            i64::try_from(entry.version).map_err(|_| QueueError::Mismatch("key file"))?,
            entry.file
        ])?;
    Ok(())
}
