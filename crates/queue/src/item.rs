//! Items: whatever leaves this station, with what travels beside its bytes.

use crate::application::{self, put_blob};
use crate::envelopes::{self, Role};
use crate::{QueueError, Store, carried};
use domain::{ItemKind, PacketId, Priority, StationId, Timestamp};
use envelope::{Decision, Digest, Document, Manifest, Signed, Statement, Void};
use rusqlite::{Connection, OptionalExtension, Row};

/// How far an upload has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadPoint {
    /// Where the centre takes the bytes.
    pub url: String,
    /// How many it had when it answered last.
    pub offset: u64,
}

/// An item of the outbox, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// The packet; a void has that of the packet that was damaged.
    pub packet: PacketId,
    /// What it is.
    pub kind: ItemKind,
    /// The station's counter.
    pub counter: u64,
    /// Order of leaving.
    pub priority: Priority,
    /// Length in bytes of the age file, or of the signed void.
    pub length: u64,
    /// The upload, once it was begun.
    pub upload: Option<UploadPoint>,
    /// How often it was put off.
    pub attempts: u32,
    /// Not before this time.
    pub not_before: Timestamp,
    /// Why it waits, as a key.
    pub wait_reason: Option<String>,
    /// Held back by a supervisor.
    pub paused: bool,
    /// Since when it is here.
    pub since: Timestamp,
    /// The station whose packet it is, where this one only carries it; its counter is that station's.
    pub carried_for: Option<StationId>,
}

/// What travels beside an item's bytes.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemDocuments {
    /// Signed by officer, supervisor and station.
    Enrolment {
        /// The station's word.
        manifest: Signed<Manifest>,
        /// The officer's word.
        statement: Signed<Statement>,
        /// The supervisor's word.
        decision: Signed<Decision>,
    },
    /// Nobody has decided.
    Unreviewed {
        /// The station's word.
        manifest: Signed<Manifest>,
        /// The officer's word.
        statement: Signed<Statement>,
    },
    /// A new passphrase.
    KeyFile {
        /// The station's word.
        manifest: Signed<Manifest>,
        /// Its owner's word.
        statement: Signed<Statement>,
    },
    /// A packet that was damaged; there are no bytes beside it.
    Void(Signed<Void>),
}

impl ItemDocuments {
    /// The station's word; a void is one itself.
    pub fn manifest(&self) -> Option<&Signed<Manifest>> {
        match self {
            Self::Enrolment { manifest, .. }
            | Self::Unreviewed { manifest, .. }
            | Self::KeyFile { manifest, .. } => Some(manifest),
            Self::Void(_) => None,
        }
    }

    /// The officer's or owner's word; a void has none.
    pub fn statement(&self) -> Option<&Signed<Statement>> {
        match self {
            Self::Enrolment { statement, .. }
            | Self::Unreviewed { statement, .. }
            | Self::KeyFile { statement, .. } => Some(statement),
            Self::Void(_) => None,
        }
    }

    /// The supervisor's word, where the item needs one.
    pub fn decision(&self) -> Option<&Signed<Decision>> {
        match self {
            Self::Enrolment { decision, .. } => Some(decision),
            _ => None,
        }
    }
}

/// An item of the outbox with everything that travels beside its bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    /// As in the list.
    pub entry: OutboxEntry,
    /// SHA-256 of the age file, or of the signed void: what the receipt names.
    pub digest: Digest,
    /// Beside its bytes.
    pub documents: ItemDocuments,
}

impl Store {
    /// An item of the outbox with its documents.
    ///
    /// # Errors
    /// [`QueueError::NotFound`] when it is not in the outbox.
    pub fn outbox_row(&self, packet: PacketId) -> Result<OutboxRow, QueueError> {
        let held = find_any(&self.connection, packet)?.ok_or(QueueError::NotFound)?;
        let entry = self.with_progress(held.entry);
        let documents = match entry.carried_for {
            Some(_) => carried::documents(&self.connection, packet, entry.kind)?,
            None => documents(&self.connection, packet, entry.kind)?,
        };
        Ok(OutboxRow {
            documents,
            entry,
            digest: held.digest,
        })
    }

    /// Up to `length` bytes of an item's sealed bytes from `offset`; fewer at its end.
    ///
    /// # Errors
    /// [`QueueError::NotFound`].
    pub fn packet_envelope_chunk(
        &self,
        packet: PacketId,
        offset: u64,
        length: usize,
    ) -> Result<Vec<u8>, QueueError> {
        if is_key_file(&self.connection, packet)? {
            let bytes = enclosure(&self.connection, packet, "envelope")?;
            let start = usize::try_from(offset).unwrap_or(usize::MAX);
            let rest = bytes.get(start..).unwrap_or_default();
            return Ok(rest.get(..length).unwrap_or(rest).to_vec());
        }
        if let Some(id) = carried::envelope_id(&self.connection, packet)? {
            let table = "carried_parts";
            return envelopes::read_padded_part(&self.connection, table, id, offset, length);
        }
        envelopes::read_part(&self.connection, packet, Role::Packet, offset, length)
    }

    /// The whole sealed bytes, checked against the digest: for removable media.
    ///
    /// # Errors
    /// [`QueueError::NotFound`], or [`QueueError::Damaged`] for this envelope.
    pub fn packet_envelope(&self, packet: PacketId) -> Result<Vec<u8>, QueueError> {
        match find_any(&self.connection, packet)? {
            Some(held) if held.entry.kind == ItemKind::KeyFile || held.is_carried() => {
                let bytes = if held.is_carried() {
                    carried::part(&self.connection, packet, "envelope")?
                } else {
                    enclosure(&self.connection, packet, "envelope")?
                };
                return if Digest::of(&bytes) == held.digest {
                    Ok(bytes)
                } else {
                    Err(QueueError::Damaged("an envelope"))
                };
            }
            _ => {}
        }
        envelopes::read(&self.connection, packet, Role::Packet)
    }

    /// Reads an item's bytes whole and compares their digest with the signed one: before the first of them is sent.
    ///
    /// # Errors
    /// [`QueueError::Damaged`] where they are not what was signed, or gone: call [`Store::set_aside`];
    /// [`QueueError::NotFound`] when it is not in the outbox.
    pub fn check_item(&self, packet: PacketId) -> Result<(), QueueError> {
        let held = find_any(&self.connection, packet)?.ok_or(QueueError::NotFound)?;
        if whole(self, &held)? {
            Ok(())
        } else {
            Err(QueueError::Damaged("an envelope"))
        }
    }
}

/// Whether the item's bytes are those that its digest names; a disk that refuses is no damage.
fn whole(store: &Store, held: &Held) -> Result<bool, QueueError> {
    let bytes = if held.entry.kind.has_envelope() {
        store.packet_envelope(held.entry.packet)
    } else if held.is_carried() {
        carried::part(&store.connection, held.entry.packet, "void")
    } else {
        enclosure(&store.connection, held.entry.packet, "void")
    };
    match bytes {
        Ok(bytes) => Ok(Digest::of(&bytes) == held.digest),
        Err(QueueError::Damaged(_) | QueueError::NotFound) => Ok(false),
        Err(other) => Err(other),
    }
}

/// An item and the digest that its receipt names.
pub(crate) struct Held {
    pub(crate) entry: OutboxEntry,
    pub(crate) digest: Digest,
}

impl Held {
    pub(crate) fn is_carried(&self) -> bool {
        self.entry.carried_for.is_some()
    }
}

pub(crate) const ENTRY: &str =
    "SELECT packet, kind, counter, priority, length, upload_url, upload_offset,
    attempts, not_before, wait_reason, paused, since, digest, NULL FROM items";
/// The same of what is carried for others.
pub(crate) const ENTRY_OF_CARRIED: &str =
    "SELECT packet, kind, counter, 2, length, upload_url, upload_offset,
    attempts, not_before, wait_reason, paused, since, digest, station FROM carried";

pub(crate) fn held(row: &Row<'_>) -> rusqlite::Result<Held> {
    let offset = application::unsigned(row, 6)?;
    let kind: String = row.get(1)?;
    Ok(Held {
        entry: OutboxEntry {
            packet: application::packet(row, 0)?,
            kind: ItemKind::from_key(&kind)
                .ok_or_else(|| application::damaged(1, rusqlite::types::Type::Text))?,
            counter: application::unsigned(row, 2)?,
            priority: application::priority(row, 3)?,
            length: application::unsigned(row, 4)?,
            upload: row
                .get::<_, Option<String>>(5)?
                .map(|url| UploadPoint { url, offset }),
            attempts: row.get(7)?,
            not_before: application::time(row, 8)?,
            wait_reason: row.get(9)?,
            paused: row.get(10)?,
            since: application::time(row, 11)?,
            carried_for: row
                .get::<_, Option<String>>(13)?
                .map(|station| StationId::parse(&station))
                .transpose()
                .map_err(|_| application::damaged(13, rusqlite::types::Type::Text))?,
        },
        digest: application::some_digest(row, 12)?,
    })
}

pub(crate) fn find(connection: &Connection, packet: PacketId) -> Result<Option<Held>, QueueError> {
    let sql = format!("{ENTRY} WHERE packet = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([packet.as_bytes().as_slice()], held)
        .optional()?)
}

/// An item of this station's, or one that it carries for another.
pub(crate) fn find_any(
    connection: &Connection,
    packet: PacketId,
) -> Result<Option<Held>, QueueError> {
    match find(connection, packet)? {
        None => carried::find(connection, packet),
        held => Ok(held),
    }
}

/// Whether it is or was an item of this station's without an application.
pub(crate) fn is_known(connection: &Connection, packet: PacketId) -> Result<bool, QueueError> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM items WHERE packet = ?1)
                 OR EXISTS (SELECT 1 FROM enclosures WHERE packet = ?1)",
        )?
        .query_row([packet.as_bytes().as_slice()], |row| row.get(0))?)
}

fn is_key_file(connection: &Connection, packet: PacketId) -> Result<bool, QueueError> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM items WHERE packet = ?1 AND kind = 'key_file')",
        )?
        .query_row([packet.as_bytes().as_slice()], |row| row.get(0))?)
}

fn documents(
    connection: &Connection,
    packet: PacketId,
    kind: ItemKind,
) -> Result<ItemDocuments, QueueError> {
    Ok(match kind {
        ItemKind::Enrolment => ItemDocuments::Enrolment {
            manifest: application::document(connection, packet, "manifest")?,
            statement: application::document(connection, packet, "statement")?,
            decision: application::document(connection, packet, "decision")?,
        },
        ItemKind::Unreviewed => ItemDocuments::Unreviewed {
            manifest: application::document(connection, packet, "manifest")?,
            statement: application::document(connection, packet, "statement")?,
        },
        ItemKind::KeyFile => ItemDocuments::KeyFile {
            manifest: enclosed(connection, packet, "manifest")?,
            statement: enclosed(connection, packet, "statement")?,
        },
        ItemKind::Void => ItemDocuments::Void(enclosed(connection, packet, "void")?),
    })
}

/// A new item in the outbox.
pub(crate) struct NewItem {
    pub(crate) packet: PacketId,
    pub(crate) kind: ItemKind,
    pub(crate) priority: Priority,
    pub(crate) counter: u64,
    pub(crate) digest: Digest,
    pub(crate) length: u64,
}

pub(crate) fn insert(
    connection: &Connection,
    item: &NewItem,
    now: Timestamp,
) -> Result<(), QueueError> {
    connection
        .prepare_cached(
            "INSERT INTO items (packet, kind, priority, counter, digest, length, since)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(rusqlite::params![
            item.packet.as_bytes().as_slice(),
            item.kind.key(),
            item.priority.rank(),
            item.counter as i64,
            item.digest.as_bytes().as_slice(),
            item.length as i64,
            now.millis()
        ])?;
    Ok(())
}

pub(crate) fn remove(connection: &Connection, packet: PacketId) -> Result<(), QueueError> {
    connection
        .prepare_cached("DELETE FROM items WHERE packet = ?1")?
        .execute([packet.as_bytes().as_slice()])?;
    Ok(())
}

pub(crate) fn enclose(
    connection: &Connection,
    packet: PacketId,
    kind: &str,
    bytes: &[u8],
) -> Result<(), QueueError> {
    put_blob(connection, "enclosures", packet, kind, bytes)
}

pub(crate) fn enclosure(
    connection: &Connection,
    packet: PacketId,
    kind: &str,
) -> Result<Vec<u8>, QueueError> {
    Ok(connection
        .prepare_cached("SELECT bytes FROM enclosures WHERE packet = ?1 AND kind = ?2")?
        .query_row(
            rusqlite::params![packet.as_bytes().as_slice(), kind],
            |row| row.get(0),
        )?)
}

pub(crate) fn enclosed<T: Document>(
    connection: &Connection,
    packet: PacketId,
    kind: &str,
) -> Result<Signed<T>, QueueError> {
    Ok(Signed::from_bytes(enclosure(connection, packet, kind)?)?)
}

pub(crate) fn drop_enclosures(connection: &Connection, packet: PacketId) -> Result<(), QueueError> {
    connection
        .prepare_cached("DELETE FROM enclosures WHERE packet = ?1")?
        .execute([packet.as_bytes().as_slice()])?;
    Ok(())
}
