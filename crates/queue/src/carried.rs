//! Packets of other stations that this one carries to the centre: from a medium, over its own link, apart from its own chain.
//!
//! They stand behind everything of this station's own. Nothing of its own settles by them, and a carried packet is destroyed as one of
//! its own is: on the centre's receipt alone, which then waits here to be written to a medium for the packet's owner. Whoever owns a
//! packet keeps it until that receipt has come, so there is no second copy of what is carried.

use crate::application;
use crate::audit::{self, Act};
use crate::envelopes::{self, PAD_BYTES};
use crate::item::{ENTRY_OF_CARRIED, Held, ItemDocuments, OutboxEntry, held};
use crate::{QueueError, Store, believed};
use domain::{ItemKind, PacketId, StaffId, StationId, Timestamp, Verdict};
use envelope::{Decision, Digest, Document, Manifest, Receipt, Signed, Statement};
use rusqlite::{Connection, OptionalExtension, Transaction};

/// The tables that version 3 has and version 2 had not.
pub(crate) const TABLES: &str = "
CREATE TABLE carried (
    id            INTEGER PRIMARY KEY,
    packet        BLOB NOT NULL UNIQUE CHECK (length(packet) = 16),
    kind          TEXT NOT NULL,
    station       TEXT NOT NULL,
    counter       INTEGER NOT NULL,
    digest        BLOB NOT NULL CHECK (length(digest) = 32),
    length        INTEGER NOT NULL,
    upload_url    TEXT,
    upload_offset INTEGER NOT NULL DEFAULT 0,
    attempts      INTEGER NOT NULL DEFAULT 0,
    not_before    INTEGER NOT NULL DEFAULT 0,
    wait_reason   TEXT,
    paused        INTEGER NOT NULL DEFAULT 0,
    since         INTEGER NOT NULL,
    receipt       BLOB
) STRICT;
CREATE INDEX carried_waiting ON carried (not_before) WHERE receipt IS NULL;

CREATE TABLE carried_parts (
    id     INTEGER PRIMARY KEY,
    packet BLOB NOT NULL CHECK (length(packet) = 16),
    kind   TEXT NOT NULL CHECK (kind IN ('statement', 'decision', 'manifest', 'void', 'envelope')),
    bytes  BLOB NOT NULL,
    UNIQUE (packet, kind)
) STRICT;
";
/// Their names.
pub(crate) const NAMES: [&str; 2] = ["carried", "carried_parts"];

/// The most packets that wait here for others, and the most bytes of them: a stick cannot fill this disk.
pub const CARRIED_LIMIT: usize = 2000;
/// As [`CARRIED_LIMIT`], in bytes.
pub const CARRIED_LIMIT_BYTES: u64 = 2 << 30;
/// Receipts that are kept for their owners, the newest.
pub const CARRIED_RECEIPTS_LIMIT: usize = 10_000;

/// The reason of a carried packet whose bytes are not whole any more: its owner has it still.
const DAMAGED: &str = "damaged";

/// What became of a packet that was offered to be carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// It is here, and leaves over this station's link.
    Taken,
    /// It is this station's own, or was carried before: nothing changed.
    Known,
}

/// Receipts of carried packets that wait to be brought to their owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptsOf {
    /// Whose packets they are of.
    pub station: StationId,
    /// The newest first.
    pub receipts: Vec<Signed<Receipt>>,
}

impl Store {
    /// Takes another station's packet, or one that an earlier store of this station lost, to carry it to the centre. Whether its papers and
    /// bytes belong together is looked at again. Whose signatures they are is for the centre to judge: a member of staff may have had
    /// another key when the packet was made, and this station's lease names the newest alone.
    ///
    /// # Errors
    /// [`QueueError::Mismatch`], [`QueueError::TooLarge`], [`QueueError::CarriedFull`] at the bound,
    /// [`QueueError::DiskFull`]: nothing was kept, the medium has it still.
    pub fn carry(
        &mut self,
        documents: &ItemDocuments,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<Carried, QueueError> {
        let item = Offered::of(documents, bytes)?;
        if application::find_stage(&self.connection, item.packet)?.is_some()
            || crate::item::is_known(&self.connection, item.packet)?
        {
            return Ok(Carried::Known);
        }
        if let Some(row) = Row::find(&self.connection, item.packet)?
            && !row.damaged
        {
            return Ok(Carried::Known);
        }
        self.write(|tx| {
            drop_row(tx, item.packet)?;
            fits(tx, item.length)?;
            put(tx, &item, documents, bytes, now)?;
            let detail = format!("station={}", item.station);
            let act = Act::new("carried").packet(item.packet).detail(&detail)?;
            audit::append(tx, &act, now)
        })?;
        Ok(Carried::Taken)
    }

    /// Receipts of carried packets, for their owners: the newest `limit` of each station.
    ///
    /// # Errors
    /// As reading fails.
    pub fn carried_receipts(&self, limit: usize) -> Result<Vec<ReceiptsOf>, QueueError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT station, receipt FROM carried WHERE receipt IS NOT NULL ORDER BY station, since DESC, id DESC",
        )?;
        let mut rows = statement.query([])?;
        let mut all: Vec<ReceiptsOf> = Vec::new();
        while let Some(row) = rows.next()? {
            let station = station(row, 0)?;
            let receipt = Signed::from_bytes(row.get(1)?)?;
            match all.last_mut().filter(|last| last.station == station) {
                Some(last) if last.receipts.len() < limit => last.receipts.push(receipt),
                Some(_) => {}
                None => all.push(ReceiptsOf {
                    station,
                    receipts: vec![receipt],
                }),
            }
        }
        Ok(all)
    }

    /// A person lets go of a carried packet that the centre refuses, such as a forged one that a stick brought. Its owner, if there is
    /// one, has it still.
    ///
    /// # Errors
    /// [`QueueError::NotFound`] where no such packet is carried and refused.
    pub fn drop_refused(
        &mut self,
        packet: PacketId,
        staff: &StaffId,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        let refused = find(&self.connection, packet)?
            .is_some_and(|held| held.entry.wait_reason.as_deref() == Some("centre-refused"));
        if !refused {
            return Err(QueueError::NotFound);
        }
        self.write_freeing(|tx| {
            drop_row(tx, packet)?;
            let act = Act::new("carried-dropped").staff(staff).packet(packet);
            audit::append(tx, &act, now)
        })?;
        self.unwritten.forget(packet);
        Ok(())
    }
}

/// What a packet on a medium says of itself.
struct Offered {
    packet: PacketId,
    kind: ItemKind,
    station: StationId,
    counter: u64,
    digest: Digest,
    length: u64,
}

impl Offered {
    fn of(documents: &ItemDocuments, bytes: &[u8]) -> Result<Self, QueueError> {
        if bytes.len() > envelopes::ENVELOPE_LIMIT_BYTES {
            return Err(QueueError::TooLarge {
                limit: envelopes::ENVELOPE_LIMIT_BYTES,
            });
        }
        if let ItemDocuments::Void(signed) = documents {
            let void = signed.peek()?;
            return Ok(Self {
                packet: void.packet,
                kind: ItemKind::Void,
                station: void.station,
                counter: void.counter,
                digest: signed.digest(),
                length: signed.as_bytes().len() as u64,
            });
        }
        let (Some(signed), Some(said)) = (documents.manifest(), documents.statement()) else {
            return Err(QueueError::Mismatch("manifest"));
        };
        let (manifest, statement) = (signed.peek()?, said.peek()?);
        let whole = manifest.length == bytes.len() as u64 && manifest.digest == Digest::of(bytes);
        if !whole || manifest.item() != kind_of(documents) {
            return Err(QueueError::Mismatch("manifest"));
        }
        let about = (manifest.packet, manifest.digest);
        if manifest.statement != said.digest() || (statement.packet, statement.digest) != about {
            return Err(QueueError::Mismatch("statement"));
        }
        if manifest.decision != documents.decision().map(Signed::digest) {
            return Err(QueueError::Mismatch("decision"));
        }
        if let Some(decision) = documents.decision() {
            let decision = decision.peek()?;
            if (decision.packet, decision.digest) != about {
                return Err(QueueError::Mismatch("decision"));
            }
            domain::four_eyes(&statement.officer, &decision.supervisor)?;
        }
        Ok(Self {
            packet: manifest.packet,
            kind: manifest.item(),
            station: manifest.station,
            counter: manifest.counter,
            digest: manifest.digest,
            length: manifest.length,
        })
    }
}

fn kind_of(documents: &ItemDocuments) -> ItemKind {
    match documents {
        ItemDocuments::Enrolment { .. } => ItemKind::Enrolment,
        ItemDocuments::Unreviewed { .. } => ItemKind::Unreviewed,
        ItemDocuments::KeyFile { .. } => ItemKind::KeyFile,
        ItemDocuments::Void(_) => ItemKind::Void,
    }
}

fn fits(connection: &Connection, length: u64) -> Result<(), QueueError> {
    let (count, bytes): (i64, i64) = connection.query_row(
        "SELECT count(*), coalesce(sum(length), 0) FROM carried WHERE receipt IS NULL",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let full = count.unsigned_abs() >= CARRIED_LIMIT as u64
        || bytes.unsigned_abs().saturating_add(length) > CARRIED_LIMIT_BYTES;
    if full {
        Err(QueueError::CarriedFull)
    } else {
        Ok(())
    }
}

fn put(
    tx: &Transaction<'_>,
    item: &Offered,
    documents: &ItemDocuments,
    bytes: &[u8],
    now: Timestamp,
) -> Result<(), QueueError> {
    tx.prepare_cached(
        "INSERT INTO carried (packet, kind, station, counter, digest, length, since)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(rusqlite::params![
        item.packet.as_bytes().as_slice(),
        item.kind.key(),
        item.station.as_str(),
        item.counter as i64,
        item.digest.as_bytes().as_slice(),
        item.length as i64,
        now.millis()
    ])?;
    if let ItemDocuments::Void(void) = documents {
        return put_part(tx, item.packet, "void", void.as_bytes());
    }
    for (kind, paper) in [
        ("manifest", documents.manifest().map(Signed::as_bytes)),
        ("statement", documents.statement().map(Signed::as_bytes)),
        ("decision", documents.decision().map(Signed::as_bytes)),
    ] {
        if let Some(paper) = paper {
            put_part(tx, item.packet, kind, paper)?;
        }
    }
    let id = tx
        .prepare_cached(
            "INSERT INTO carried_parts (packet, kind, bytes) VALUES (?1, 'envelope', zeroblob(?2)) RETURNING id",
        )?
        .query_row(
            rusqlite::params![
                item.packet.as_bytes().as_slice(),
                (PAD_BYTES + bytes.len()) as i64
            ],
            |row| row.get(0),
        )?;
    envelopes::write_padded(tx, "carried_parts", id, bytes)
}

fn put_part(
    tx: &Transaction<'_>,
    packet: PacketId,
    kind: &str,
    bytes: &[u8],
) -> Result<(), QueueError> {
    tx.prepare_cached("INSERT INTO carried_parts (packet, kind, bytes) VALUES (?1, ?2, ?3)")?
        .execute(rusqlite::params![packet.as_bytes().as_slice(), kind, bytes])?;
    Ok(())
}

/// Deletes; `secure_delete` overwrites the freed pages with zeros.
fn drop_row(tx: &Transaction<'_>, packet: PacketId) -> Result<(), QueueError> {
    drop_parts(tx, packet)?;
    tx.prepare_cached("DELETE FROM carried WHERE packet = ?1")?
        .execute([packet.as_bytes().as_slice()])?;
    Ok(())
}

fn drop_parts(tx: &Transaction<'_>, packet: PacketId) -> Result<(), QueueError> {
    tx.prepare_cached("DELETE FROM carried_parts WHERE packet = ?1")?
        .execute([packet.as_bytes().as_slice()])?;
    Ok(())
}

fn station(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<StationId> {
    StationId::parse(&row.get::<_, String>(column)?)
        .map_err(|_| application::damaged(column, rusqlite::types::Type::Text))
}

/// A row, settled or not.
pub(crate) struct Row {
    /// Its place in the order.
    pub(crate) id: i64,
    station: StationId,
    digest: Digest,
    settled: bool,
    damaged: bool,
}

impl Row {
    pub(crate) fn find(
        connection: &Connection,
        packet: PacketId,
    ) -> Result<Option<Self>, QueueError> {
        Ok(connection
            .prepare_cached(
                "SELECT id, station, digest, receipt IS NOT NULL, wait_reason FROM carried WHERE packet = ?1",
            )?
            .query_row([packet.as_bytes().as_slice()], |row| {
                let reason: Option<String> = row.get(4)?;
                Ok(Self {
                    id: row.get(0)?,
                    station: station(row, 1)?,
                    digest: application::some_digest(row, 2)?,
                    settled: row.get(3)?,
                    damaged: reason.as_deref() == Some(DAMAGED),
                })
            })
            .optional()?)
    }
}

/// A carried packet that waits.
pub(crate) fn find(connection: &Connection, packet: PacketId) -> Result<Option<Held>, QueueError> {
    let sql = format!("{ENTRY_OF_CARRIED} WHERE packet = ?1 AND receipt IS NULL");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([packet.as_bytes().as_slice()], held)
        .optional()?)
}

/// Those that may leave now, in the order in which they came, behind the row `after`.
pub(crate) fn due(
    connection: &Connection,
    after: i64,
    limit: usize,
    now: Timestamp,
    late: Timestamp,
) -> Result<Vec<OutboxEntry>, QueueError> {
    let sql = format!(
        "{ENTRY_OF_CARRIED} WHERE receipt IS NULL AND paused = 0 AND id > ?1
         AND (not_before <= ?2 OR not_before > ?3) ORDER BY id LIMIT ?4"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(
        rusqlite::params![after, now.millis(), late.millis(), limit as i64],
        |row| held(row).map(|h| h.entry),
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn documents(
    connection: &Connection,
    packet: PacketId,
    kind: ItemKind,
) -> Result<ItemDocuments, QueueError> {
    let manifest = || paper::<Manifest>(connection, packet, "manifest");
    let statement = || paper::<Statement>(connection, packet, "statement");
    Ok(match kind {
        ItemKind::Enrolment => ItemDocuments::Enrolment {
            manifest: manifest()?,
            statement: statement()?,
            decision: paper::<Decision>(connection, packet, "decision")?,
        },
        ItemKind::Unreviewed => ItemDocuments::Unreviewed {
            manifest: manifest()?,
            statement: statement()?,
        },
        ItemKind::KeyFile => ItemDocuments::KeyFile {
            manifest: manifest()?,
            statement: statement()?,
        },
        ItemKind::Void => ItemDocuments::Void(paper(connection, packet, "void")?),
    })
}

fn paper<T: Document>(
    connection: &Connection,
    packet: PacketId,
    kind: &str,
) -> Result<Signed<T>, QueueError> {
    Ok(Signed::from_bytes(part(connection, packet, kind)?)?)
}

pub(crate) fn part(
    connection: &Connection,
    packet: PacketId,
    kind: &str,
) -> Result<Vec<u8>, QueueError> {
    let mut bytes: Vec<u8> = connection
        .prepare_cached("SELECT bytes FROM carried_parts WHERE packet = ?1 AND kind = ?2")?
        .query_row(
            rusqlite::params![packet.as_bytes().as_slice(), kind],
            |row| row.get(0),
        )?;
    envelopes::unpad(&mut bytes);
    Ok(bytes)
}

pub(crate) fn envelope_id(
    connection: &Connection,
    packet: PacketId,
) -> Result<Option<i64>, QueueError> {
    Ok(connection
        .prepare_cached("SELECT id FROM carried_parts WHERE packet = ?1 AND kind = 'envelope'")?
        .query_row([packet.as_bytes().as_slice()], |row| row.get(0))
        .optional()?)
}

/// The bytes of a carried packet are not whole any more: it does not leave, and is taken again from the next medium.
pub(crate) fn hold_damaged(
    tx: &Transaction<'_>,
    packet: PacketId,
    now: Timestamp,
) -> Result<(), QueueError> {
    tx.execute(
        "UPDATE carried SET paused = 1, wait_reason = ?2 WHERE packet = ?1",
        rusqlite::params![packet.as_bytes().as_slice(), DAMAGED],
    )?;
    let act = Act::new("alarm").packet(packet).detail("carried-damaged")?;
    audit::append(tx, &act, now)
}

/// What a receipt says of a carried packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It is not carried here.
    Elsewhere,
    /// Another station or digest than that of the packet that is carried.
    Other,
    /// It waits here.
    Waits,
    /// It was settled before.
    Done,
}

pub(crate) fn claim(connection: &Connection, receipt: &Receipt) -> Result<Claim, QueueError> {
    Ok(match Row::find(connection, receipt.packet)? {
        None => Claim::Elsewhere,
        Some(row) if (row.digest, &row.station) != (receipt.digest, &receipt.station) => {
            Claim::Other
        }
        Some(row) if row.settled => Claim::Done,
        Some(_) => Claim::Waits,
    })
}

/// Takes the verified receipt of a carried packet: true where its envelope is destroyed by it.
pub(crate) fn receive(
    tx: &Transaction<'_>,
    receipt: &Receipt,
    signed: &Signed<Receipt>,
    powered: i64,
    now: Timestamp,
) -> Result<bool, QueueError> {
    believed::raise(tx, receipt.at, powered)?;
    if receipt.verdict == Verdict::Retain {
        let until = crate::outbox::retained_until(now);
        tx.execute(
            "UPDATE carried SET wait_reason = 'retained', not_before = ?2, attempts = attempts + 1 WHERE packet = ?1",
            rusqlite::params![receipt.packet.as_bytes().as_slice(), until.millis()],
        )?;
        let act = Act::new("receipt-retain").packet(receipt.packet);
        audit::append(tx, &act, now)?;
        return Ok(false);
    }
    drop_parts(tx, receipt.packet)?;
    tx.execute(
        "UPDATE carried SET receipt = ?2, since = ?3, upload_url = NULL, wait_reason = NULL WHERE packet = ?1",
        rusqlite::params![
            receipt.packet.as_bytes().as_slice(),
            signed.as_bytes(),
            now.millis()
        ],
    )?;
    tx.execute(
        "DELETE FROM carried WHERE receipt IS NOT NULL AND id NOT IN (
            SELECT id FROM carried WHERE receipt IS NOT NULL ORDER BY since DESC, id DESC LIMIT ?1)",
        [CARRIED_RECEIPTS_LIMIT as i64],
    )?;
    let detail = format!("station={} sequence={}", receipt.station, receipt.sequence);
    let act = Act::new("carried-settled")
        .packet(receipt.packet)
        .detail(&detail)?;
    audit::append(tx, &act, now)?;
    Ok(true)
}
