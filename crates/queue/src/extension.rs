//! The one extension of the lease in force, by a code of the centre's that leads to what the lease itself says.

use crate::audit::{self, Act};
use crate::station::{put_setting, setting};
use crate::{LeaseRecord, QueueError, Store};
use domain::{StaffId, Timestamp};
use envelope::ExtensionCode;
use rusqlite::{Connection, Transaction};

/// Whole codes of another lease that are tried under one lease; typing errors are found before and count for nothing.
const TRIES_LIMIT: i64 = 10;

/// Why a lease was not extended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionRefusal {
    /// There is no lease, or it says nothing of an extension: policy allows none, or its centre is of the first release.
    #[error("this lease cannot be extended")]
    NotOffered,
    /// This lease was extended before.
    #[error("this lease was extended before")]
    Used,
    /// The centre does not accept this station any more.
    #[error("the centre does not accept this station")]
    Revoked,
    /// A code of another lease or another station.
    #[error("not the code of this lease; {left} tries are left")]
    OtherCode {
        /// Tries that are left under this lease.
        left: u32,
    },
    /// Too many other codes were tried; the next lease can be extended again.
    #[error("too many codes were tried")]
    TriesUsedUp,
}

impl ExtensionRefusal {
    /// The stable key: the end of its message's id.
    pub fn key(self) -> &'static str {
        match self {
            Self::NotOffered => "not-offered",
            Self::Used => "used",
            Self::Revoked => "revoked",
            Self::OtherCode { .. } => "other-code",
            Self::TriesUsedUp => "tries",
        }
    }
}

impl Store {
    /// Extends the lease in force, once: what it then allows stands in `domain::Limits::extended`. `believed_now` is when it begins.
    ///
    /// # Errors
    /// [`QueueError::Extension`] says why not; a wrong code is audited and counted. [`QueueError::DiskFull`]: nothing was spent.
    pub fn extend_lease(
        &mut self,
        code: &ExtensionCode,
        staff: &StaffId,
        believed_now: Timestamp,
        now: Timestamp,
    ) -> Result<LeaseRecord, QueueError> {
        let refuse = |why| Err(QueueError::Extension(why));
        let Some(held) = self.lease()? else {
            return refuse(ExtensionRefusal::NotOffered);
        };
        let serial = held.lease.serial;
        let (Some(commitment), Some(_)) =
            (held.lease.extension, held.lease.policy.limits.extension)
        else {
            return refuse(ExtensionRefusal::NotOffered);
        };
        if held.extended_at.is_some() {
            return refuse(ExtensionRefusal::Used);
        }
        if is_refused(&self.connection)? {
            return refuse(ExtensionRefusal::Revoked);
        }
        let tries = tries(&self.connection, serial)?;
        if tries >= TRIES_LIMIT {
            return refuse(ExtensionRefusal::TriesUsedUp);
        }
        let detail = format!("serial={serial}");
        if code.commitment(&held.lease.station, serial) != commitment {
            self.write(|tx| {
                put_setting(tx, "extension_tries_of", &(serial as i64))?;
                put_setting(tx, "extension_tries", &(tries + 1))?;
                let act = Act::new("extension-refused").staff(staff).detail(&detail)?;
                audit::append(tx, &act, now)
            })?;
            let left = u32::try_from(TRIES_LIMIT - tries - 1).unwrap_or(0);
            return refuse(ExtensionRefusal::OtherCode { left });
        }
        self.write(|tx| {
            put_setting(tx, "extended", &(serial as i64))?;
            put_setting(tx, "extended_at", &believed_now.millis())?;
            let act = Act::new("lease-extended").staff(staff).detail(&detail)?;
            audit::append(tx, &act, now)
        })?;
        self.lease()?.ok_or(QueueError::Damaged("the lease"))
    }

    /// An extension that was taken while the clock was ahead begins when it surely did: called while time is kept. It writes only where
    /// that changes something.
    ///
    /// # Errors
    /// As writing fails.
    pub fn hold_extension(&mut self, believed_now: Timestamp) -> Result<(), QueueError> {
        let Some(held) = self.lease()? else {
            return Ok(());
        };
        let begins = held.lease.expires_at.max(believed_now);
        if held.extended_at.is_none_or(|taken| taken <= begins) {
            return Ok(());
        }
        self.write(|tx| put_setting(tx, "extended_at", &begins.millis()))
    }

    /// The centre said that it does not accept this station: no extension is taken until it gives a lease. True where that is new.
    ///
    /// # Errors
    /// As writing fails.
    pub fn note_refused(&mut self, now: Timestamp) -> Result<bool, QueueError> {
        if is_refused(&self.connection)? {
            return Ok(false);
        }
        self.write(|tx| {
            put_setting(tx, "refused", &1_i64)?;
            audit::append(tx, &Act::new("station-refused"), now)
        })?;
        Ok(true)
    }
}

/// When the lease of that serial was extended.
pub(crate) fn extended_at(
    connection: &Connection,
    serial: u64,
) -> Result<Option<Timestamp>, QueueError> {
    let of: Option<i64> = setting(connection, "extended")?;
    if of != Some(serial as i64) {
        return Ok(None);
    }
    let at: Option<i64> = setting(connection, "extended_at")?;
    Ok(at.map(Timestamp::from_millis))
}

/// A lease that the centre gave is its word that it accepts this station.
pub(crate) fn accepted_again(tx: &Transaction<'_>) -> Result<(), QueueError> {
    tx.execute("DELETE FROM settings WHERE name = 'refused'", [])?;
    Ok(())
}

/// Nothing of it is known to version 1.
pub(crate) fn forget(tx: &Transaction<'_>) -> Result<(), QueueError> {
    tx.execute(
        "DELETE FROM settings WHERE name IN ('refused', 'extended', 'extended_at', 'extension_tries', 'extension_tries_of')",
        [],
    )?;
    Ok(())
}

fn is_refused(connection: &Connection) -> Result<bool, QueueError> {
    Ok(setting::<i64>(connection, "refused")?.is_some())
}

fn tries(connection: &Connection, serial: u64) -> Result<i64, QueueError> {
    let of: Option<i64> = setting(connection, "extension_tries_of")?;
    if of == Some(serial as i64) {
        Ok(setting(connection, "extension_tries")?.unwrap_or(0))
    } else {
        Ok(0)
    }
}
