//! Wrong passphrases: each slower than the last, and a lock that a restart does not open.

use crate::audit::{self, Act};
use crate::{QueueError, Store};
use domain::{Limits, Role, StaffId, Timestamp};
use envelope::{Unlock, Verified};
use rusqlite::{Connection, OptionalExtension};

/// The longest wait between two tries.
const DELAY_LIMIT_MILLIS: i64 = 5 * 60_000;
/// How far in the future a try may stand before the clock is held for corrected.
const FUTURE_LIMIT_MILLIS: i64 = 5 * 60_000;

/// Wrong tries of one member of staff since the last good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// How many.
    pub count: u32,
    /// Only a signed unlock opens it again.
    pub locked: bool,
    /// No try before this time.
    pub not_before: Timestamp,
    /// The wait that `not_before` stands for.
    pub delay_millis: i64,
}

impl Tries {
    /// Milliseconds still to wait at `now`; never more than the delay, should the clock have been
    /// set back meanwhile.
    pub fn wait_millis(&self, now: Timestamp) -> i64 {
        self.not_before
            .millis_since(now)
            .clamp(0, self.delay_millis)
    }

    fn new(count: u32, last_at: Timestamp, limit: u32) -> Self {
        let delay_millis = delay_millis(count);
        Self {
            count,
            locked: count >= limit,
            not_before: last_at.plus_millis(delay_millis),
            delay_millis,
        }
    }
}

/// 1, 2, 4 … seconds, at most [`DELAY_LIMIT_MILLIS`].
fn delay_millis(count: u32) -> i64 {
    match count.checked_sub(1) {
        None => 0,
        Some(doublings) => (1000_i64 << doublings.min(20)).min(DELAY_LIMIT_MILLIS),
    }
}

impl Store {
    /// Counts a try before the key file is opened: pulling the plug during a guess does not take it
    /// back. It is on the disk before this returns: a restart forgets nothing.
    ///
    /// Whether the passphrase was right is not known yet: the audit says `sign-in-tried`. Call
    /// [`Store::note_failed_try`] or [`Store::clear_tries`] when it is.
    ///
    /// # Errors
    /// As writing fails.
    pub fn count_try(&mut self, staff: &StaffId, now: Timestamp) -> Result<Tries, QueueError> {
        let limit = self.try_limit()?;
        let count = self.write_freeing(|tx| {
            // The newest try counts from now, even where an earlier one stands in the future of a corrected clock.
            let count: u32 = tx.query_row(
                "INSERT INTO sign_in (staff, tries, last_at, unlocked_at) VALUES (?1, 1, ?2, 0)
                 ON CONFLICT (staff) DO UPDATE SET tries = tries + 1, last_at = ?2
                 RETURNING tries",
                rusqlite::params![staff.as_str(), now.millis()],
                |row| row.get(0),
            )?;
            let act = Act::new("sign-in-tried")
                .staff(staff)
                .detail(&format!("tries={count}"))?;
            audit::append(tx, &act, now)?;
            Ok(count)
        })?;
        Ok(Tries::new(count, now, limit))
    }

    /// Writes into the audit log that a counted try was wrong: `sign-in-failed`, or
    /// `sign-in-locked` for the one that used up the last.
    ///
    /// # Errors
    /// As writing fails; the try stays counted.
    pub fn note_failed_try(&mut self, staff: &StaffId, now: Timestamp) -> Result<(), QueueError> {
        let tries = self.tries(staff, now)?;
        let name = if tries.locked {
            "sign-in-locked"
        } else {
            "sign-in-failed"
        };
        let act = Act::new(name)
            .staff(staff)
            .detail(&format!("tries={}", tries.count))?;
        self.write_freeing(|tx| audit::append(tx, &act, now))
    }

    /// Forgets wrong tries after a good one.
    ///
    /// # Errors
    /// As writing fails.
    pub fn clear_tries(&mut self, staff: &StaffId) -> Result<(), QueueError> {
        self.write_freeing(|tx| clear(tx, staff))
    }

    /// Wrong tries so far. A try that stands in the future of a corrected clock is moved to `now`: the wait after it
    /// begins anew, and ends.
    ///
    /// # Errors
    /// As reading or writing fails.
    pub fn tries(&mut self, staff: &StaffId, now: Timestamp) -> Result<Tries, QueueError> {
        let limit = self.try_limit()?;
        let (count, last_at, _) = row(&self.connection, staff)?;
        if last_at <= now.plus_millis(FUTURE_LIMIT_MILLIS) {
            return Ok(Tries::new(count, last_at, limit));
        }
        self.write_freeing(|tx| {
            tx.execute(
                "UPDATE sign_in SET last_at = ?2 WHERE staff = ?1",
                rusqlite::params![staff.as_str(), now.millis()],
            )?;
            Ok(())
        })?;
        Ok(Tries::new(count, now, limit))
    }

    /// Whether wrong tries have locked this sign-in.
    ///
    /// # Errors
    /// As reading fails.
    pub fn is_locked(&self, staff: &StaffId) -> Result<bool, QueueError> {
        let (count, ..) = row(&self.connection, staff)?;
        Ok(count >= self.try_limit()?)
    }

    /// The time that an unlock made here must bear: the believed one, but not before the last wrong try, and after the
    /// last unlock. A supervisor signs it.
    ///
    /// # Errors
    /// As reading fails.
    pub fn unlock_time(
        &self,
        staff: &StaffId,
        believed_now: Timestamp,
    ) -> Result<Timestamp, QueueError> {
        let (_, last_at, unlocked_at) = row(&self.connection, staff)?;
        Ok(believed_now.max(last_at).max(unlocked_at.plus_millis(1)))
    }

    /// Opens a locked sign-in again. The unlock must come from the centre or from a supervisor of
    /// the lease who is somebody else, name this station, and be younger than the last wrong try.
    ///
    /// # Errors
    /// [`QueueError::Untrusted`], [`QueueError::Mismatch`], [`QueueError::StaleUnlock`].
    pub fn apply_unlock(
        &mut self,
        unlock: &Verified<Unlock>,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        let record = self.activation()?.ok_or(QueueError::NotActivated)?;
        if unlock.station != record.station {
            return Err(QueueError::Mismatch("unlock"));
        }
        let by_centre = self.centre_keys()?.contains(&unlock.signer());
        let by_supervisor = self.lease()?.is_some_and(|held| {
            held.lease.staff.iter().any(|s| {
                s.role == Role::Supervisor && s.key == unlock.signer() && s.id != unlock.staff
            })
        });
        if !(by_centre || by_supervisor) {
            return Err(QueueError::Untrusted("unlock"));
        }
        self.write_freeing(|tx| {
            let (_, last_at, unlocked_at) = row(tx, &unlock.staff)?;
            if unlock.at < last_at || unlock.at <= unlocked_at {
                return Err(QueueError::StaleUnlock);
            }
            clear(tx, &unlock.staff)?;
            tx.execute(
                "INSERT INTO sign_in (staff, tries, last_at, unlocked_at) VALUES (?1, 0, 0, ?2)
                 ON CONFLICT (staff) DO UPDATE SET unlocked_at = ?2",
                rusqlite::params![unlock.staff.as_str(), unlock.at.millis()],
            )?;
            let detail = if by_centre {
                "by=centre"
            } else {
                "by=supervisor"
            };
            audit::append(
                tx,
                &Act::new("sign-in-unlocked")
                    .staff(&unlock.staff)
                    .detail(detail)?,
                now,
            )
        })
    }

    fn try_limit(&self) -> Result<u32, QueueError> {
        let limit = self
            .lease()?
            .map(|held| held.lease.policy.limits.sign_in_tries);
        Ok(limit.unwrap_or(Limits::default().sign_in_tries).max(1))
    }
}

/// An unlock that came with a lease: once, and for tries up to its time. Tries that stand in the future of the time that
/// is believed were made under a wrong clock, before the lease came.
pub(crate) fn unlock_by_lease(
    connection: &Connection,
    staff: &StaffId,
    at: Timestamp,
    believed_now: Timestamp,
) -> Result<(), QueueError> {
    let (_, last_at, _) = row(connection, staff)?;
    let used: Option<i64> = connection
        .query_row(
            "SELECT lease_unlocked_at FROM sign_in WHERE staff = ?1",
            [staff.as_str()],
            |row| row.get(0),
        )
        .optional()?;
    let tried_after = at < last_at && last_at <= believed_now;
    if tried_after || at.millis() <= used.unwrap_or(0) {
        return Ok(());
    }
    clear(connection, staff)?;
    connection.execute(
        "INSERT INTO sign_in (staff, tries, last_at, unlocked_at, lease_unlocked_at) VALUES (?1, 0, 0, 0, ?2)
         ON CONFLICT (staff) DO UPDATE SET lease_unlocked_at = ?2",
        rusqlite::params![staff.as_str(), at.millis()],
    )?;
    let act = Act::new("sign-in-unlocked").staff(staff);
    audit::append(connection, &act.detail("by=lease")?, believed_now)
}

fn clear(connection: &Connection, staff: &StaffId) -> Result<(), QueueError> {
    connection.execute(
        "UPDATE sign_in SET tries = 0, last_at = 0 WHERE staff = ?1",
        [staff.as_str()],
    )?;
    Ok(())
}

fn row(
    connection: &Connection,
    staff: &StaffId,
) -> Result<(u32, Timestamp, Timestamp), QueueError> {
    let found = connection
        .query_row(
            "SELECT tries, last_at, unlocked_at FROM sign_in WHERE staff = ?1",
            [staff.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let (count, last_at, unlocked_at) = found.unwrap_or((0, 0, 0));
    Ok((
        count,
        Timestamp::from_millis(last_at),
        Timestamp::from_millis(unlocked_at),
    ))
}
