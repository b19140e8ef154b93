//! Who this station is: what activation pinned.

use crate::audit::{self, Act};
use crate::lease::{self, Offer};
use crate::{QueueError, Store, key_file};
use domain::{StaffId, StationId, Timestamp};
use envelope::{
    KeyCertificate, KeyFileEntry, Lease, PublicKey, Signed, Verified, Zeroizing, from_cbor, to_cbor,
};
use rusqlite::{Connection, OptionalExtension, ToSql, Transaction, types::FromSql};
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
    /// Key files that an activation brings. They are kept in a table of their own: [`Store::key_file`]; the record that is
    /// read back has none.
    #[serde(default)]
    pub key_files: Vec<(StaffId, Vec<u8>)>,
    /// The station's own private keys, as the desk wraps them; empty where they live elsewhere.
    #[serde(serialize_with = "write_secret", deserialize_with = "read_secret")]
    pub secrets: Zeroizing<Vec<u8>>,
    /// When.
    pub activated_at: Timestamp,
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
        let held = self.activation()?;
        self.write(|tx| pin(tx, held.as_ref(), record, now))
    }

    /// Activates in one transaction: what [`Store::set_activation`] and [`Store::put_lease`] keep, or nothing of it.
    /// Counter, tries and packets stay; [`Store::held`] says what the centre must go on with.
    ///
    /// # Errors
    /// As both.
    pub fn activate(
        &mut self,
        record: &StationRecord,
        lease: &Signed<Lease>,
        centre_key: &Signed<KeyCertificate>,
        now: Timestamp,
    ) -> Result<Verified<Lease>, QueueError> {
        let offer = Offer::verified(record, lease, centre_key)?;
        let held = self.activation()?;
        let same_centre = held
            .as_ref()
            .is_some_and(|h| h.policy_root == record.policy_root && h.station == record.station);
        if same_centre && let Some(held) = self.lease()? {
            lease::not_older(&held.lease, &offer.lease)?;
        }
        let powered = self.unwritten_powered_millis;
        self.write(|tx| {
            pin(tx, held.as_ref(), record, now)?;
            offer.keep(tx, powered, now)
        })?;
        self.unwritten_powered_millis = 0;
        Ok(offer.lease)
    }

    /// Keeps the station's own private keys, as the desk wraps them, in the place of those before.
    ///
    /// # Errors
    /// [`QueueError::NotActivated`], or as writing fails.
    pub fn set_secrets(
        &mut self,
        secrets: &Zeroizing<Vec<u8>>,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        self.change_record("station-keys-kept", now, |record| {
            record.secrets.clone_from(secrets);
        })
    }

    /// Keeps a new TLS certificate with the keys that belong to it, in one transaction.
    ///
    /// # Errors
    /// [`QueueError::NotActivated`], or as writing fails.
    pub fn renew_certificate(
        &mut self,
        certificate_pem: &str,
        secrets: &Zeroizing<Vec<u8>>,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        self.change_record("certificate-renewed", now, |record| {
            certificate_pem.clone_into(&mut record.certificate_pem);
            record.secrets.clone_from(secrets);
        })
    }

    fn change_record(
        &mut self,
        act: &str,
        now: Timestamp,
        change: impl FnOnce(&mut StationRecord),
    ) -> Result<(), QueueError> {
        let mut record = self.activation()?.ok_or(QueueError::NotActivated)?;
        change(&mut record);
        self.write(|tx| {
            put_record(tx, &record)?;
            audit::append(tx, &Act::new(act), now)
        })
    }

    /// What activation pinned; none before it.
    ///
    /// # Errors
    /// [`QueueError::Damaged`] where it cannot be read back.
    pub fn activation(&self) -> Result<Option<StationRecord>, QueueError> {
        record(&self.connection)
    }
}

/// Within the caller's transaction: the record without its key files, and those in their table.
fn pin(
    tx: &Transaction<'_>,
    held: Option<&StationRecord>,
    record: &StationRecord,
    now: Timestamp,
) -> Result<(), QueueError> {
    let other_station = held.is_some_and(|h| h.station != record.station);
    let other_root = held.is_some_and(|h| h.policy_root != record.policy_root);
    let waiting = "applications WHERE stage IN ('draft', 'in_review', 'outbox')";
    if other_station && (any(tx, "applications")? || any(tx, "items")?)
        || other_root && (any(tx, waiting)? || any(tx, "items")?)
    {
        return Err(QueueError::Mismatch("activation"));
    }
    if other_root {
        tx.execute("DELETE FROM centre_keys", [])?;
        // Their versions mean nothing to another authority.
        tx.execute("DELETE FROM key_files", [])?;
        tx.execute(
            "DELETE FROM settings WHERE name IN ('lease', 'lease_key', 'lease_received_at')",
            [],
        )?;
    }
    put_record(tx, record)?;
    move_key_files(tx, &record.key_files)?;
    let act = Act::new("activated").detail(record.station.as_str())?;
    audit::append(tx, &act, now)
}

pub(crate) fn record(connection: &Connection) -> Result<Option<StationRecord>, QueueError> {
    let Some(bytes) = setting::<Vec<u8>>(connection, "activation")? else {
        return Ok(None);
    };
    let bytes = Zeroizing::new(bytes);
    from_cbor(&bytes)
        .map(Some)
        .map_err(|_| QueueError::Damaged("the activation"))
}

/// The record as it is kept: its key files are in their table.
pub(crate) fn put_record(
    connection: &Connection,
    record: &StationRecord,
) -> Result<(), QueueError> {
    let mut kept = record.clone();
    kept.key_files.clear();
    put_whole_record(connection, &kept)
}

pub(crate) fn put_whole_record(
    connection: &Connection,
    record: &StationRecord,
) -> Result<(), QueueError> {
    let bytes = Zeroizing::new(to_cbor(record)?);
    put_setting(connection, "activation", &bytes.as_slice())
}

/// The files that the authority made have version 0.
pub(crate) fn move_key_files(
    connection: &Connection,
    files: &[(StaffId, Vec<u8>)],
) -> Result<(), QueueError> {
    for (staff, file) in files {
        let entry = KeyFileEntry {
            staff: staff.clone(),
            version: 0,
            file: file.clone(),
        };
        key_file::put(connection, &entry)?;
    }
    Ok(())
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
