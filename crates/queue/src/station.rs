//! Who this station is: what activation pinned, and the latest time it has seen.

use crate::audit::{self, Act};
use crate::{QueueError, Store};
use domain::{StaffId, StationId, Timestamp};
use envelope::{PublicKey, Zeroizing, from_cbor, to_cbor};
use rusqlite::{Connection, OptionalExtension, ToSql, types::FromSql};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// What activation gave the station, and what it must keep.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationRecord {
    /// The name the authority gave it.
    pub station: StationId,
    /// Where the centre answers.
    pub centre_url: String,
    /// The CA that the centre's TLS certificate must come from, PEM.
    pub ca_pem: String,
    /// The station's TLS client certificate, PEM.
    pub certificate_pem: String,
    /// The policy root: pinned.
    pub policy_root: PublicKey,
    /// Key files of the staff, as *age* files under their passphrases.
    pub key_files: Vec<(StaffId, Vec<u8>)>,
    /// The station's own private keys, as the desk wraps them; empty where they live elsewhere.
    #[serde(serialize_with = "write_secret", deserialize_with = "read_secret")]
    pub secrets: Zeroizing<Vec<u8>>,
    /// When.
    pub activated_at: Timestamp,
}

impl StationRecord {
    /// The key file of that member of staff.
    pub fn key_file(&self, staff: &StaffId) -> Option<&[u8]> {
        self.key_files
            .iter()
            .find(|(id, _)| id == staff)
            .map(|(_, bytes)| bytes.as_slice())
    }
}

impl fmt::Debug for StationRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StationRecord")
            .field("station", &self.station)
            .field("centre_url", &self.centre_url)
            .field("policy_root", &self.policy_root)
            .field("key_files", &self.key_files.len())
            .finish_non_exhaustive()
    }
}

fn write_secret<S: Serializer>(
    secret: &Zeroizing<Vec<u8>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    secret.as_slice().serialize(serializer)
}

fn read_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zeroizing<Vec<u8>>, D::Error> {
    Vec::deserialize(deserializer).map(Zeroizing::new)
}

impl Store {
    /// Keeps an activation. A new activation of the same station replaces the old one (its
    /// certificate ran out); leases, counters and packets stay.
    ///
    /// Another policy root means another centre: it is taken only while nothing waits here for the
    /// old one, whose lease and keys then go. Else a foreign centre could have packets destroyed.
    ///
    /// # Errors
    /// [`QueueError::Mismatch`] for another station's name while applications of this one are here,
    /// or for another policy root while some of them are not settled.
    pub fn set_activation(
        &mut self,
        record: &StationRecord,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        let bytes = Zeroizing::new(to_cbor(record)?);
        let held = self.activation()?;
        self.write(|tx| {
            let other_station = held.as_ref().is_some_and(|h| h.station != record.station);
            let other_root = held
                .as_ref()
                .is_some_and(|h| h.policy_root != record.policy_root);
            if other_station && any(tx, "applications")?
                || other_root
                    && any(tx, "applications WHERE stage IN ('draft', 'in_review', 'outbox')")?
            {
                return Err(QueueError::Mismatch("activation"));
            }
            if other_root {
                tx.execute("DELETE FROM centre_keys", [])?;
                tx.execute("DELETE FROM settings WHERE name IN ('lease', 'lease_key', 'lease_received_at')", [])?;
            }
            put_setting(tx, "activation", &bytes.as_slice())?;
            let act = Act::new("activated").detail(record.station.as_str())?;
            audit::append(tx, &act, now)
        })
    }

    /// What activation pinned; none before it.
    ///
    /// # Errors
    /// [`QueueError::Damaged`] where it cannot be read back.
    pub fn activation(&self) -> Result<Option<StationRecord>, QueueError> {
        let Some(bytes) = setting::<Vec<u8>>(&self.connection, "activation")? else {
            return Ok(None);
        };
        let bytes = Zeroizing::new(bytes);
        from_cbor(&bytes)
            .map(Some)
            .map_err(|_| QueueError::Damaged("the activation"))
    }

    /// The latest time that was ever confirmed; `domain::ClockConfidence::judge` takes it.
    ///
    /// # Errors
    /// As reading fails.
    pub fn clock_floor(&self) -> Result<Timestamp, QueueError> {
        Ok(Timestamp::from_millis(
            setting(&self.connection, "clock_floor")?.unwrap_or(0),
        ))
    }

    /// Raises the floor to `seen`; a lower time changes nothing. Call it with times that can be
    /// believed: the centre's, or the station's while its clock is trusted.
    ///
    /// # Errors
    /// As writing fails.
    pub fn raise_clock_floor(&mut self, seen: Timestamp) -> Result<(), QueueError> {
        if seen <= self.clock_floor()? {
            return Ok(());
        }
        self.write(|tx| put_setting(tx, "clock_floor", &seen.millis()))
    }
}

fn any(connection: &Connection, rows: &str) -> Result<bool, QueueError> {
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {rows})");
    Ok(connection.query_row(&sql, [], |row| row.get(0))?)
}

pub(crate) fn setting<T: FromSql>(
    connection: &Connection,
    name: &str,
) -> Result<Option<T>, QueueError> {
    Ok(connection
        .prepare_cached("SELECT value FROM settings WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

pub(crate) fn put_setting(
    connection: &Connection,
    name: &str,
    value: &dyn ToSql,
) -> Result<(), QueueError> {
    connection
        .prepare_cached(
            "INSERT INTO settings (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )?
        .execute(rusqlite::params![name, value])?;
    Ok(())
}
