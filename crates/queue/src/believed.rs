//! The time that has surely passed: what the centre signed last, and the powered time since. A wall clock is never kept.

use crate::station::{put_setting, setting};
use crate::{QueueError, Store};
use domain::{SurelyPassed, Timestamp};
use rusqlite::Connection;

impl Store {
    /// The time that has surely passed; `SurelyPassed::now` gives the time to believe in. Leases and receipts that are
    /// taken raise it by themselves.
    ///
    /// # Errors
    /// As reading fails.
    pub fn passed(&self) -> Result<SurelyPassed, QueueError> {
        Ok(passed(&self.connection)?.powered(self.unwritten_powered_millis))
    }

    /// Another word of the centre named this time; an earlier one changes nothing. Only for what the centre has signed.
    ///
    /// # Errors
    /// As writing fails.
    pub fn note_signed_time(&mut self, at: Timestamp) -> Result<(), QueueError> {
        let powered = self.unwritten_powered_millis;
        self.write(|tx| raise(tx, at, powered))?;
        self.unwritten_powered_millis = 0;
        Ok(())
    }

    /// So many milliseconds of monotonic time went by while the station was powered: called each minute. On a full disk
    /// they stay in memory.
    ///
    /// # Errors
    /// As writing fails.
    pub fn note_powered(&mut self, millis: i64) -> Result<(), QueueError> {
        let powered = self.unwritten_powered_millis.saturating_add(millis.max(0));
        match self.write(|tx| put(tx, passed(tx)?.powered(powered))) {
            Err(QueueError::DiskFull) => self.unwritten_powered_millis = powered,
            Err(other) => return Err(other),
            Ok(()) => self.unwritten_powered_millis = 0,
        }
        Ok(())
    }
}

pub(crate) fn passed(connection: &Connection) -> Result<SurelyPassed, QueueError> {
    let signed = setting(connection, "signed_time")?.unwrap_or(0);
    let powered = setting(connection, "powered_millis")?.unwrap_or(0);
    Ok(SurelyPassed::new(Timestamp::from_millis(signed), powered))
}

pub(crate) fn put(connection: &Connection, passed: SurelyPassed) -> Result<(), QueueError> {
    put_setting(connection, "signed_time", &passed.signed().millis())?;
    put_setting(connection, "powered_millis", &passed.powered_millis())
}

/// Within the transaction that takes what the centre has signed; `powered` is what found no room before.
pub(crate) fn raise(
    connection: &Connection,
    at: Timestamp,
    powered: i64,
) -> Result<(), QueueError> {
    put(
        connection,
        passed(connection)?.powered(powered).signed_at(at),
    )
}
