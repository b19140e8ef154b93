//! The lease in force, and the keys of the centre that the policy root has certified.

use crate::audit::{self, Act};
use crate::station::{put_setting, setting};
use crate::{QueueError, StationRecord, Store, believed, extension, key_file, sign_in};
use domain::{Limits, NoNewWork, Timestamp};
use envelope::{KeyCertificate, KeyPurpose, Lease, PublicKey, Signed, Verified};
use rusqlite::{Connection, Transaction};

/// The lease that is held; verified again whenever it is read.
#[derive(Debug, Clone, PartialEq)]
pub struct LeaseRecord {
    /// The lease.
    pub lease: Verified<Lease>,
    /// As it came, for the `ETag`.
    pub signed: Signed<Lease>,
    /// When it reached this station, by the station's clock.
    pub received_at: Timestamp,
    /// When it was extended, as was believed then.
    pub extended_at: Option<Timestamp>,
}

impl LeaseRecord {
    /// When nothing new begins under it any more, its extension included.
    pub fn ends(&self) -> Timestamp {
        self.in_force().1
    }

    /// As [`Limits::may_begin`], its extension included.
    ///
    /// # Errors
    /// [`NoNewWork`] says why not.
    pub fn may_begin(&self, begun: u64, believed_now: Timestamp) -> Result<(), NoNewWork> {
        let (limits, ends) = self.in_force();
        limits.may_begin(ends, begun, believed_now)
    }

    /// How many applications may begin under it, its extension included.
    pub fn packets(&self) -> u32 {
        self.in_force().0.packets
    }

    fn in_force(&self) -> (Limits, Timestamp) {
        let (limits, expires) = (&self.lease.policy.limits, self.lease.expires_at);
        self.extended_at
            .and_then(|taken| limits.extended(expires, taken))
            .unwrap_or_else(|| (limits.clone(), expires))
    }
}

impl Store {
    /// Takes a lease whose signature leads to the pinned policy root, and returns it verified. Its key files are kept
    /// where they are not older than those held, its unlocks forgive wrong tries once; believed time rises.
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
        let offer = Offer::verified(&record, lease, centre_key)?;
        if let Some(held) = self.lease()? {
            if held.signed == *lease {
                return Ok(offer.lease);
            }
            not_older(&held.lease, &offer.lease)?;
        }
        let powered = self.unwritten_powered_millis;
        self.write(|tx| offer.keep(tx, powered, now))?;
        self.unwritten_powered_millis = 0;
        Ok(offer.lease)
    }

    /// Keeps further keys of the centre that the pinned root has certified: what they signed is believed from now on.
    ///
    /// # Errors
    /// [`QueueError::NotActivated`], [`QueueError::Untrusted`]; then none is kept.
    pub fn put_centre_keys(
        &mut self,
        certificates: &[Signed<KeyCertificate>],
    ) -> Result<(), QueueError> {
        let record = self.activation()?.ok_or(QueueError::NotActivated)?;
        let keys = certificates
            .iter()
            .map(|signed| Ok((certified(signed, &record.policy_root)?.key, signed)))
            .collect::<Result<Vec<_>, QueueError>>()?;
        self.write(|tx| {
            keys.iter()
                .try_for_each(|(key, signed)| keep_centre_key(tx, key, signed))
        })
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
        let signed = Signed::<Lease>::from_bytes(bytes).map_err(|_| damaged())?;
        let lease = signed
            .verify(&PublicKey::from_bytes(key))
            .map_err(|_| damaged())?;
        let received_at =
            Timestamp::from_millis(setting(&self.connection, "lease_received_at")?.unwrap_or(0));
        Ok(Some(LeaseRecord {
            extended_at: extension::extended_at(&self.connection, lease.serial)?,
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

    /// How many applications were begun under the lease of that serial, whatever the clock said: for the lease's limit.
    /// Those that were closed leave room for others.
    ///
    /// # Errors
    /// As reading fails.
    pub fn begun_under(&self, serial: u64) -> Result<u64, QueueError> {
        let count: i64 = self
            .connection
            .prepare_cached(
                "SELECT COUNT(*) FROM applications WHERE lease = ?1 AND stage <> 'closed'",
            )?
            .query_row([serial as i64], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }
}

/// A lease whose signatures hold, on its way into the store.
pub(crate) struct Offer<'a> {
    pub(crate) lease: Verified<Lease>,
    signed: &'a Signed<Lease>,
    key: PublicKey,
    certificate: &'a Signed<KeyCertificate>,
}

impl<'a> Offer<'a> {
    pub(crate) fn verified(
        record: &StationRecord,
        signed: &'a Signed<Lease>,
        certificate: &'a Signed<KeyCertificate>,
    ) -> Result<Self, QueueError> {
        let certified = certified(certificate, &record.policy_root)?;
        let lease = signed
            .verify(&certified.key)
            .map_err(|_| QueueError::Untrusted("lease"))?;
        if lease.station != record.station {
            return Err(QueueError::Mismatch("lease"));
        }
        if !(certified.not_before..=certified.not_after).contains(&lease.issued_at) {
            return Err(QueueError::Untrusted("lease"));
        }
        Ok(Self {
            lease,
            signed,
            key: certified.key,
            certificate,
        })
    }

    /// Keeps it and all that it brings, within the caller's transaction.
    pub(crate) fn keep(
        &self,
        tx: &Transaction<'_>,
        powered: i64,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        keep_centre_key(tx, &self.key, self.certificate)?;
        put_setting(tx, "lease", &self.signed.as_bytes())?;
        put_setting(tx, "lease_key", &self.key.as_bytes().as_slice())?;
        put_setting(tx, "lease_received_at", &now.millis())?;
        let detail = format!(
            "serial={} policy={}",
            self.lease.serial, self.lease.policy.version
        );
        audit::append(tx, &Act::new("lease-taken").detail(&detail)?, now)?;
        believed::raise(tx, self.lease.issued_at, powered)?;
        extension::accepted_again(tx)?;
        for entry in &self.lease.key_files {
            key_file::put(tx, entry)?;
        }
        let believed_now = believed::passed(tx)?.now(now);
        for (staff, at) in &self.lease.unlocks {
            sign_in::unlock_by_lease(tx, staff, *at, believed_now)?;
        }
        Ok(())
    }
}

fn keep_centre_key(
    tx: &Transaction<'_>,
    key: &PublicKey,
    certificate: &Signed<KeyCertificate>,
) -> Result<(), QueueError> {
    tx.execute(
        "INSERT INTO centre_keys (key, certificate) VALUES (?1, ?2)
         ON CONFLICT (key) DO UPDATE SET certificate = excluded.certificate",
        rusqlite::params![key.as_bytes().as_slice(), certificate.as_bytes()],
    )?;
    Ok(())
}

/// Serial of the lease in force, as it says itself; none before the first, and for one that cannot be read: [`Store::lease`]
/// says so, and a draft must be saved all the same.
pub(crate) fn serial(connection: &Connection) -> Result<Option<u64>, QueueError> {
    let bytes: Option<Vec<u8>> = setting(connection, "lease")?;
    let lease = bytes.and_then(|b| Signed::<Lease>::from_bytes(b).and_then(|s| s.peek()).ok());
    Ok(lease.map(|lease| lease.serial))
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

pub(crate) fn not_older(held: &Lease, offered: &Lease) -> Result<(), QueueError> {
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
