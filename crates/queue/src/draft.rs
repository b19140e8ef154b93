//! Drafts: what an officer is typing, sealed to that officer after every step.

use crate::application::{self, advance};
use crate::audit::{self, Act};
use crate::envelopes::{self, Role};
use crate::{QueueError, Store, key, lease};
use domain::{ApplicationKind, Lifecycle, PacketId, StaffId, Stage, Timestamp, TransitionError};
use envelope::ReviewReturn;
use std::fmt;

/// A draft as it is saved.
#[derive(Clone, PartialEq, Eq)]
pub struct DraftEntry {
    /// The application.
    pub packet: PacketId,
    /// Whose draft; only they can open the envelope.
    pub officer: StaffId,
    /// What is asked for.
    pub kind: ApplicationKind,
    /// The key of the step that comes next.
    pub step: String,
    /// The content, sealed to the officer.
    pub envelope: Vec<u8>,
}

impl fmt::Debug for DraftEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "DraftEntry({}, {} bytes)",
            self.packet,
            self.envelope.len()
        )
    }
}

/// A draft as the desk lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftRow {
    /// The application.
    pub packet: PacketId,
    /// What is asked for.
    pub kind: ApplicationKind,
    /// The key of the step that comes next.
    pub step: String,
    /// Why a supervisor sent it back, as a key.
    pub returned_reason: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was saved last.
    pub changed_at: Timestamp,
}

impl Store {
    /// Saves a draft: the first time it begins the application, later it takes the place of what
    /// was saved before. It is on the disk when this returns.
    ///
    /// # Errors
    /// [`QueueError::OtherOfficer`], [`QueueError::Transition`] when the application has left the
    /// drafts, [`QueueError::DiskFull`] (what was saved before stays), [`QueueError::TooLarge`].
    pub fn save_draft(&mut self, draft: &DraftEntry, now: Timestamp) -> Result<(), QueueError> {
        key::check(&draft.step, "step")?;
        self.write(|tx| {
            let packet = draft.packet.as_bytes().as_slice();
            match application::find_stage(tx, draft.packet)? {
                None => begin(tx, draft, now)?,
                Some(Stage::Draft) => {
                    let changed = tx
                        .prepare_cached(
                            "UPDATE applications SET kind = ?3, step = ?4, changed_at = ?5
                             WHERE packet = ?1 AND officer = ?2",
                        )?
                        .execute(rusqlite::params![
                            packet,
                            draft.officer.as_str(),
                            draft.kind.key(),
                            draft.step,
                            now.millis()
                        ])?;
                    if changed == 0 {
                        return Err(QueueError::OtherOfficer);
                    }
                }
                // Nothing but a draft is typed at: the same refusal as a second submission.
                Some(from) => {
                    return Err(TransitionError {
                        from,
                        act: Lifecycle::Submit,
                    }
                    .into());
                }
            }
            envelopes::put(tx, draft.packet, Role::Draft, &draft.envelope)?;
            Ok(())
        })
    }

    /// An officer's drafts, the returned ones first, then the newest.
    ///
    /// # Errors
    /// As reading fails.
    pub fn drafts(&self, officer: &StaffId) -> Result<Vec<DraftRow>, QueueError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT packet, kind, step, reason, created_at, changed_at FROM applications
             WHERE stage = 'draft' AND officer = ?1
             ORDER BY reason IS NULL, changed_at DESC, packet DESC",
        )?;
        let rows = statement.query_map([officer.as_str()], |row| {
            Ok(DraftRow {
                packet: application::packet(row, 0)?,
                kind: application::kind(row, 1)?,
                step: row.get(2)?,
                returned_reason: row.get(3)?,
                created_at: application::time(row, 4)?,
                changed_at: application::time(row, 5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Drafts of any officer that nobody has saved since `before`, the oldest first: policy's age limit,
    /// by believed time.
    ///
    /// # Errors
    /// As reading fails.
    pub fn drafts_unchanged_since(&self, before: Timestamp) -> Result<Vec<PacketId>, QueueError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT packet FROM applications WHERE stage = 'draft' AND changed_at < ?1
             ORDER BY changed_at, packet",
        )?;
        let rows = statement.query_map([before.millis()], |row| application::packet(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The sealed content of a draft, checked against the digest it was saved with.
    ///
    /// # Errors
    /// [`QueueError::NotFound`], or [`QueueError::Damaged`] for this envelope.
    pub fn draft_envelope(&self, packet: PacketId) -> Result<Vec<u8>, QueueError> {
        envelopes::read(&self.connection, packet, Role::Draft)
    }

    /// Seals a draft anew, for the office's recovery identity or a new key of its officer: `envelope` is the same
    /// content. Its age does not change.
    ///
    /// # Errors
    /// [`QueueError::Transition`] when it is no draft any more, [`QueueError::TooLarge`].
    pub fn reseal_draft(
        &mut self,
        packet: PacketId,
        envelope: &[u8],
        now: Timestamp,
    ) -> Result<(), QueueError> {
        self.write(|tx| {
            application::stays(tx, packet, Stage::Draft, Lifecycle::Submit)?;
            envelopes::put(tx, packet, Role::Draft, envelope)?;
            audit::append(tx, &Act::new("draft-resealed").packet(packet), now)
        })
    }

    /// Gives a draft to a colleague: `envelope` is its content, sealed to them. Whoever could open it does so: its
    /// officer, or a supervisor with the office's recovery identity.
    ///
    /// # Errors
    /// [`QueueError::Transition`] when it is no draft any more, [`QueueError::Untrusted`] where the lease does not name
    /// both, [`QueueError::OtherOfficer`] for a colleague's draft given away by another officer.
    pub fn hand_over_draft(
        &mut self,
        packet: PacketId,
        to: &StaffId,
        envelope: &[u8],
        by: &StaffId,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        let lease = self.lease()?.ok_or(QueueError::NotActivated)?.lease;
        if lease.member(to).is_none() || lease.member(by).is_none() {
            return Err(QueueError::Untrusted("hand-over"));
        }
        let supervises = lease.supervisors().any(|s| s.id == *by);
        self.write(|tx| {
            application::stays(tx, packet, Stage::Draft, Lifecycle::Submit)?;
            let officer = application::ownership(tx, packet)?.officer;
            if officer != *by && !supervises {
                return Err(QueueError::OtherOfficer);
            }
            tx.execute(
                "UPDATE applications SET officer = ?2, changed_at = ?3 WHERE packet = ?1",
                rusqlite::params![packet.as_bytes().as_slice(), to.as_str(), now.millis()],
            )?;
            envelopes::put(tx, packet, Role::Draft, envelope)?;
            let detail = format!("from={} to={}", officer.as_str(), to.as_str());
            let act = Act::new("draft-handed-over").staff(by).packet(packet);
            audit::append(tx, &act.detail(&detail)?, now)
        })
    }

    /// Ends a draft (the applicant refused, or the officer discards it) and destroys its envelope.
    ///
    /// # Errors
    /// [`QueueError::Transition`] when it is no draft any more.
    pub fn close(
        &mut self,
        packet: PacketId,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        key::check(reason, "reason")?;
        self.write_freeing(|tx| {
            advance(tx, packet, Lifecycle::Close, now)?;
            tx.execute(
                "UPDATE applications SET reason = ?2 WHERE packet = ?1",
                rusqlite::params![packet.as_bytes().as_slice(), reason],
            )?;
            envelopes::destroy(tx, packet, Role::Draft)?;
            let officer = application::ownership(tx, packet)?.officer;
            let act = Act::new("closed")
                .staff(&officer)
                .packet(packet)
                .detail(reason)?;
            audit::append(tx, &act, now)
        })
    }
}

/// A returned application whose station was replaced begins here as its officer's draft.
pub(crate) fn adopt(
    tx: &rusqlite::Transaction<'_>,
    said: &ReviewReturn,
    envelope: &[u8],
    now: Timestamp,
) -> Result<(), QueueError> {
    let draft = DraftEntry {
        packet: said.packet,
        officer: said.officer.clone(),
        kind: said.kind,
        step: String::new(),
        envelope: envelope.to_vec(),
    };
    begin(tx, &draft, now)?;
    tx.execute(
        "UPDATE applications SET reason = ?2 WHERE packet = ?1",
        rusqlite::params![said.packet.as_bytes().as_slice(), said.reason],
    )?;
    envelopes::put(tx, said.packet, Role::Draft, envelope)?;
    let act = Act::new("returned")
        .staff(&said.supervisor)
        .packet(said.packet)
        .detail(&said.reason)?;
    audit::append(tx, &act, now)
}

fn begin(
    tx: &rusqlite::Transaction<'_>,
    draft: &DraftEntry,
    now: Timestamp,
) -> Result<(), QueueError> {
    tx.prepare_cached(
        "INSERT INTO applications (packet, stage, officer, kind, step, lease, created_at, changed_at)
         VALUES (?1, 'draft', ?2, ?3, ?4, ?6, ?5, ?5)",
    )?
    .execute(rusqlite::params![
        draft.packet.as_bytes().as_slice(),
        draft.officer.as_str(),
        draft.kind.key(),
        draft.step,
        now.millis(),
        lease::serial(tx)?.map(|serial| serial as i64)
    ])?;
    let act = Act::new("begun")
        .staff(&draft.officer)
        .packet(draft.packet)
        .detail(draft.kind.key())?;
    audit::append(tx, &act, now)
}
