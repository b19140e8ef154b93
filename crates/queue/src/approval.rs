//! Approval: the counter, the station's signature and the entry into the outbox are one act.

use crate::application::{self, advance};
use crate::audit::{self, Act};
use crate::envelopes::{self, Role};
use crate::review::decision_fits;
use crate::station::{put_setting, setting};
use crate::{QueueError, Store};
use domain::{Lifecycle, PacketId, Priority, Timestamp};
use envelope::{Decision, DecisionKind, Digest, EnvelopeError, Manifest, Signed, Statement};
use rusqlite::Transaction;

/// What the store puts into the manifest; the rest (station, clock, policy, parts) is the desk's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestSeed {
    /// The application.
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
    /// Digest of the signed decision.
    pub decision_digest: Digest,
    /// Order of leaving.
    pub priority: Priority,
    /// Pictures came from a file.
    pub replayed: bool,
    /// Head of the audit chain, this approval included.
    pub audit_head: Digest,
}

impl Store {
    /// Approves an application: mints its counter, has `make_manifest` sign the manifest, and
    /// puts it into the outbox, in one transaction. Where the closure fails, no counter is spent.
    ///
    /// # Errors
    /// [`QueueError::FourEyes`], [`QueueError::Untrusted`] for a decision that no supervisor of
    /// the lease signed, [`QueueError::Mismatch`] for a decision or manifest of something else,
    /// [`QueueError::Transition`], [`QueueError::Envelope`] from the closure.
    pub fn approve(
        &mut self,
        packet: PacketId,
        decision: &Signed<Decision>,
        make_manifest: impl FnOnce(&ManifestSeed) -> Result<Signed<Manifest>, EnvelopeError>,
        now: Timestamp,
    ) -> Result<Signed<Manifest>, QueueError> {
        let said = self.believed_decision(decision)?;
        self.write(|tx| {
            let held = application::ownership(tx, packet)?;
            advance(tx, packet, Lifecycle::Approve, now)?;
            decision_fits(tx, &said, packet, &held, DecisionKind::Approve)?;
            let act = Act::new("approved").staff(&said.supervisor).packet(packet);
            audit::append(tx, &act, now)?;
            let seed = seed(tx, packet, decision)?;
            let manifest = make_manifest(&seed)?;
            if !matches_seed(&manifest.peek()?, &seed) {
                return Err(QueueError::Mismatch("manifest"));
            }
            application::put_document(tx, packet, "decision", decision)?;
            application::put_document(tx, packet, "manifest", &manifest)?;
            envelopes::destroy(tx, packet, Role::Review)?;
            enter_outbox(tx, &seed)?;
            Ok(manifest)
        })
    }
}

fn seed(
    tx: &Transaction<'_>,
    packet: PacketId,
    decision: &Signed<Decision>,
) -> Result<ManifestSeed, QueueError> {
    let statement: Signed<Statement> = application::document(tx, packet, "statement")?;
    let last: i64 = setting(tx, "counter")?.unwrap_or(0);
    let previous: Option<[u8; 32]> = setting(tx, "previous_digest")?;
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
    Ok(ManifestSeed {
        packet,
        counter: last.unsigned_abs() + 1,
        previous: previous.and_then(|p| Digest::from_slice(&p)),
        digest,
        length,
        statement_digest: statement.digest(),
        statement,
        decision_digest: decision.digest(),
        priority,
        replayed,
        audit_head: audit::head(tx)?,
    })
}

fn matches_seed(manifest: &Manifest, seed: &ManifestSeed) -> bool {
    manifest.packet == seed.packet
        && manifest.counter == seed.counter
        && manifest.previous == seed.previous
        && manifest.digest == seed.digest
        && manifest.length == seed.length
        && manifest.statement == seed.statement_digest
        && manifest.decision == seed.decision_digest
        && manifest.priority == seed.priority
        && manifest.replayed == seed.replayed
        && manifest.audit_head == seed.audit_head
}

fn enter_outbox(tx: &Transaction<'_>, seed: &ManifestSeed) -> Result<(), QueueError> {
    let counter = seed.counter as i64;
    put_setting(tx, "counter", &counter)?;
    put_setting(tx, "previous_digest", &seed.digest.as_bytes().as_slice())?;
    tx.execute(
        "UPDATE applications SET counter = ?2, upload_url = NULL, upload_offset = 0, attempts = 0,
             not_before = 0, wait_reason = NULL, paused = 0
         WHERE packet = ?1",
        rusqlite::params![seed.packet.as_bytes().as_slice(), counter],
    )?;
    Ok(())
}
