//! The lease in force, and the keys of the centre that the policy root has certified.

use crate::audit::{self, Act};
use crate::station::{put_setting, setting};
use crate::{QueueError, Store};
use domain::Timestamp;
use envelope::{KeyCertificate, KeyPurpose, Lease, PublicKey, Signed, Verified};
use rusqlite::Connection;

/// The lease that is held; verified again whenever it is read.
#[derive(Debug, Clone, PartialEq)]
pub struct LeaseRecord {
    /// The lease.
    pub lease: Verified<Lease>,
    /// As it came, for the `ETag`.
    pub signed: Signed<Lease>,
    /// When it reached this station, by the station's clock.
    pub received_at: Timestamp,
}

impl Store {
    /// Takes a lease whose signature leads to the pinned policy root, and returns it verified.
    /// The one that is held already is taken again without an effect.
    ///
    /// # Errors
    /// [`QueueError::NotActivated`], [`QueueError::Untrusted`], [`QueueError::Mismatch`] for
    /// another station's lease, [`QueueError::OlderLease`], [`QueueError::OlderPolicy`].
    pub fn put_lease(
        &mut self,
        lease: &Signed<Lease>,
        centre_key: &Signed<KeyCertificate>,
        now: Timestamp,
    ) -> Result<Verified<Lease>, QueueError> {
        let record = self.activation()?.ok_or(QueueError::NotActivated)?;
        let certificate = certified(centre_key, &record.policy_root)?;
        let verified = lease
            .verify(&certificate.key)
            .map_err(|_| QueueError::Untrusted("lease"))?;
        if verified.station != record.station {
            return Err(QueueError::Mismatch("lease"));
        }
        if !(certificate.not_before..=certificate.not_after).contains(&verified.issued_at) {
            return Err(QueueError::Untrusted("lease"));
        }
        if let Some(held) = self.lease()? {
            if held.signed == *lease {
                return Ok(verified);
            }
            not_older(&held.lease, &verified)?;
        }
        self.write(|tx| {
            tx.execute(
                "INSERT INTO centre_keys (key, certificate) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET certificate = excluded.certificate",
                rusqlite::params![certificate.key.as_bytes().as_slice(), centre_key.as_bytes()],
            )?;
            put_setting(tx, "lease", &lease.as_bytes())?;
            put_setting(tx, "lease_key", &certificate.key.as_bytes().as_slice())?;
            put_setting(tx, "lease_received_at", &now.millis())?;
            let detail = format!(
                "serial={} policy={}",
                verified.serial, verified.policy.version
            );
            audit::append(tx, &Act::new("lease-taken").detail(&detail)?, now)
        })?;
        Ok(verified)
    }

    /// The lease in force; none before the first.
    ///
    /// # Errors
    /// [`QueueError::Damaged`] where what was stored no longer verifies.
    pub fn lease(&self) -> Result<Option<LeaseRecord>, QueueError> {
        let Some(bytes) = setting::<Vec<u8>>(&self.connection, "lease")? else {
            return Ok(None);
        };
        let damaged = || QueueError::Damaged("the lease");
        let key: [u8; 32] = setting(&self.connection, "lease_key")?.ok_or_else(damaged)?;
        let signed = Signed::from_bytes(bytes).map_err(|_| damaged())?;
        let lease = signed
            .verify(&PublicKey::from_bytes(key))
            .map_err(|_| damaged())?;
        let received_at =
            Timestamp::from_millis(setting(&self.connection, "lease_received_at")?.unwrap_or(0));
        Ok(Some(LeaseRecord {
            lease,
            signed,
            received_at,
        }))
    }

    /// Every key of the centre that the pinned root has certified, old ones too: a receipt may
    /// have been signed before the key was changed.
    ///
    /// # Errors
    /// [`QueueError::NotActivated`], or as reading fails.
    pub fn centre_keys(&self) -> Result<Vec<PublicKey>, QueueError> {
        let certificates = self.centre_certificates()?;
        Ok(certificates.into_iter().map(|c| c.key).collect())
    }

    /// As [`Store::centre_keys`], with the time in which each may sign.
    pub(crate) fn centre_certificates(&self) -> Result<Vec<KeyCertificate>, QueueError> {
        let root = self
            .activation()?
            .ok_or(QueueError::NotActivated)?
            .policy_root;
        centre_certificates(&self.connection, &root)
    }

    /// How many applications this station has taken since that time: for the lease's limit.
    ///
    /// # Errors
    /// As reading fails.
    pub fn taken_since(&self, since: Timestamp) -> Result<u64, QueueError> {
        let count: i64 = self.connection.query_row(
            "SELECT COUNT(*) FROM applications WHERE created_at >= ?1 AND stage <> 'closed'",
            [since.millis()],
            |row| row.get(0),
        )?;
        Ok(count.unsigned_abs())
    }
}

/// Verified again on every use: the table's rows alone are not believed.
fn centre_certificates(
    connection: &Connection,
    root: &PublicKey,
) -> Result<Vec<KeyCertificate>, QueueError> {
    let mut statement = connection.prepare_cached("SELECT certificate FROM centre_keys")?;
    let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    let mut certificates = Vec::new();
    for bytes in rows {
        let certificate = certified(&Signed::from_bytes(bytes?)?, root)
            .map_err(|_| QueueError::Damaged("a key of the centre"))?;
        certificates.push(certificate);
    }
    Ok(certificates)
}

fn certified(
    certificate: &Signed<KeyCertificate>,
    root: &PublicKey,
) -> Result<KeyCertificate, QueueError> {
    let certificate = certificate
        .verify(root)
        .map_err(|_| QueueError::Untrusted("key certificate"))?
        .into_document();
    match certificate.purpose {
        KeyPurpose::Centre => Ok(certificate),
    }
}

fn not_older(held: &Lease, offered: &Lease) -> Result<(), QueueError> {
    let same_serial_but_older = offered.serial == held.serial && offered.issued_at < held.issued_at;
    if offered.serial < held.serial || same_serial_but_older {
        return Err(QueueError::OlderLease {
            held: held.serial,
            offered: offered.serial,
        });
    }
    let (held, offered) = (held.policy.version, offered.policy.version);
    if offered < held {
        Err(QueueError::OlderPolicy { held, offered })
    } else {
        Ok(())
    }
}
