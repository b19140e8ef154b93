//! The station's chain: one counter without gaps over everything that leaves, each packet naming the one before.

use crate::application;
use crate::audit;
use crate::item::{self, NewItem};
use crate::lease;
use crate::station::{put_setting, setting};
use crate::{QueueError, Store};
use domain::{ItemKind, PacketId, Priority, StationId, Timestamp};
use envelope::{Decision, Digest, Manifest, Signed, Statement};
use rusqlite::{Connection, Transaction};

/// What the store puts into the manifest; the rest (station, clock, policy, parts) is the desk's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestSeed {
    /// What the item is.
    pub kind: ItemKind,
    /// The application, or the item's own id.
    pub packet: PacketId,
    /// This station's counter for it: gap-free, from 1.
    pub counter: u64,
    /// Digest of this station's packet before; none for the first.
    pub previous: Option<Digest>,
    /// SHA-256 of the age file.
    pub digest: Digest,
    /// Its length in bytes.
    pub length: u64,
    /// The officer's statement: its parts go into the manifest.
    pub statement: Signed<Statement>,
    /// Digest of the signed statement.
    pub statement_digest: Digest,
    /// Digest of the signed decision, where the item needs one.
    pub decision_digest: Option<Digest>,
    /// Order of leaving.
    pub priority: Priority,
    /// Pictures came from a file.
    pub replayed: bool,
    /// Serial of the lease in force: it goes into manifests of version 2.
    pub lease: Option<u64>,
    /// Head of the audit chain, this act included.
    pub audit_head: Digest,
}

/// Where a station's chain stands: what a new activation goes on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainEnd {
    /// The station's name.
    pub station: StationId,
    /// Its last counter.
    pub counter: u64,
    /// Digest of the packet that has this counter.
    pub previous: Option<Digest>,
}

impl Store {
    /// The station's counter: how many packets it has put into its chain so far.
    ///
    /// # Errors
    /// As reading fails.
    pub fn counter(&self) -> Result<u64, QueueError> {
        Ok(end(&self.connection)?.0)
    }

    /// Where this station's chain stands; none before the first activation.
    ///
    /// # Errors
    /// As reading fails.
    pub fn held(&self) -> Result<Option<ChainEnd>, QueueError> {
        let Some(record) = self.activation()? else {
            return Ok(None);
        };
        let (counter, previous) = end(&self.connection)?;
        Ok(Some(ChainEnd {
            station: record.station,
            counter,
            previous,
        }))
    }
}

/// The last counter, and the digest of the packet that has it.
fn end(connection: &Connection) -> Result<(u64, Option<Digest>), QueueError> {
    let last: i64 = setting(connection, "counter")?.unwrap_or(0);
    let previous: Option<[u8; 32]> = setting(connection, "previous_digest")?;
    let previous = previous.and_then(|p| Digest::from_slice(&p));
    Ok((last.unsigned_abs(), previous))
}

/// The next place in the chain, for an application's packet.
pub(crate) fn seed(
    tx: &Transaction<'_>,
    packet: PacketId,
    kind: ItemKind,
    decision: Option<&Signed<Decision>>,
) -> Result<ManifestSeed, QueueError> {
    let statement: Signed<Statement> = application::document(tx, packet, "statement")?;
    let (digest, length, priority, replayed) = tx.query_row(
        "SELECT digest, length, priority, replayed FROM applications WHERE packet = ?1",
        [packet.as_bytes().as_slice()],
        |row| {
            Ok((
                application::some_digest(row, 0)?,
                application::unsigned(row, 1)?,
                application::priority(row, 2)?,
                row.get(3)?,
            ))
        },
    )?;
    let seed = next(tx, packet, kind, statement)?;
    Ok(ManifestSeed {
        digest,
        length,
        decision_digest: decision.map(Signed::digest),
        priority,
        replayed,
        ..seed
    })
}

/// The next place in the chain, for the bytes that the statement speaks of.
pub(crate) fn next(
    tx: &Transaction<'_>,
    packet: PacketId,
    kind: ItemKind,
    statement: Signed<Statement>,
) -> Result<ManifestSeed, QueueError> {
    let (counter, previous) = end(tx)?;
    let said = statement.peek()?;
    Ok(ManifestSeed {
        kind,
        packet,
        counter: counter + 1,
        previous,
        digest: said.digest,
        length: said.length,
        statement_digest: statement.digest(),
        statement,
        decision_digest: None,
        priority: Priority::Normal,
        replayed: false,
        lease: lease::serial(tx)?,
        audit_head: audit::head(tx)?,
    })
}

/// Spends the counter: the packet is the newest of the chain and waits in the outbox.
///
/// # Errors
/// [`QueueError::Mismatch`] for a manifest of something else.
pub(crate) fn enter_outbox(
    tx: &Transaction<'_>,
    seed: &ManifestSeed,
    manifest: &Signed<Manifest>,
    now: Timestamp,
) -> Result<(), QueueError> {
    if !matches_seed(&manifest.peek()?, seed) {
        return Err(QueueError::Mismatch("manifest"));
    }
    put_setting(tx, "counter", &(seed.counter as i64))?;
    put_setting(tx, "previous_digest", &seed.digest.as_bytes().as_slice())?;
    let item = NewItem {
        packet: seed.packet,
        kind: seed.kind,
        priority: seed.priority,
        counter: seed.counter,
        digest: seed.digest,
        length: seed.length,
    };
    item::insert(tx, &item, now)
}

fn matches_seed(manifest: &Manifest, seed: &ManifestSeed) -> bool {
    // A manifest for a centre of the first release names no lease.
    let lease_fits = manifest.lease.is_none() || manifest.lease == seed.lease;
    manifest.item() == seed.kind
        && manifest.packet == seed.packet
        && manifest.counter == seed.counter
        && manifest.previous == seed.previous
        && manifest.digest == seed.digest
        && manifest.length == seed.length
        && manifest.statement == seed.statement_digest
        && manifest.decision == seed.decision_digest
        && manifest.priority == seed.priority
        && manifest.replayed == seed.replayed
        && manifest.audit_head == seed.audit_head
        && lease_fits
}
