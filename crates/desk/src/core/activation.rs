//! Activation, and what it left: the station's record, its keys and its lease.

use super::{Core, Input, Station};
use crate::Notice;
use crate::link::{self, Link};
use crate::station_keys::{StationKeys, take_next};
use envelope::{KeyPurpose, Lease, Verified};
use queue::{QueueError, StationRecord};
use sync::{Activated, ActivationError, Connection, NewStation};

impl Core {
    /// Reads what activation left; a station whose key is gone must be activated again.
    pub(super) fn load_station(&mut self) {
        let Some(store) = &self.store else { return };
        let (record, lease) = (store.activation(), store.lease());
        let (Some(Some(record)), Some(lease)) = (self.told(record), self.told(lease)) else {
            return;
        };
        let known = lease.as_ref().map(|held| held.lease.station_key);
        let Some(keys) = StationKeys::load(&self.options.data, known) else {
            self.notice = Some(Notice::stop("notice-station-key-gone"));
            return;
        };
        self.station = Some(Station {
            record,
            keys,
            lease,
        });
        self.start_link();
    }

    /// Starts the link anew, as the station's record says. Without a TLS key there is none: the station was never activated at a centre.
    fn start_link(&mut self) {
        self.link = None;
        let Some(station) = &self.station else { return };
        let Some(tls_key) = &station.keys.tls_key_pem else {
            return;
        };
        let record = &station.record;
        let connection = match Connection::new(
            &record.centre_url,
            &record.ca_pem,
            &record.certificate_pem,
            tls_key,
        ) {
            Ok(connection) => connection,
            Err(error) => {
                tracing::error!(%error, "the link cannot be set up");
                self.notice = Some(Notice::stop("notice-station-key-gone"));
                return;
            }
        };
        let seed = rand::random();
        match Link::start(connection, self.inbox.clone(), seed) {
            Ok(link) => self.link = Some(link),
            Err(_) => self.notice = Some(Notice::stop("notice-no-thread")),
        }
    }

    pub(super) fn activate(&mut self, url: String, code: String) {
        if self.activating.is_some() || self.session.is_some() || self.store.is_none() {
            return;
        }
        let Ok(keys) = StationKeys::generate() else {
            self.notice = Some(Notice::stop("notice-sealing-failed"));
            return;
        };
        let new = NewStation {
            url: url.clone(),
            code,
            station_key: keys.signing.public(),
        };
        let inbox = self.inbox.clone();
        let started = link::activate(new, move |result| {
            let _ = inbox.send(Input::Activated(Box::new(result)));
        });
        if started.is_err() {
            self.notice = Some(Notice::stop("notice-no-thread"));
            return;
        }
        self.notice = None;
        self.activating = Some((url, keys));
    }

    pub(super) fn activated(&mut self, result: Result<Activated, ActivationError>) {
        let Some((url, mut keys)) = self.activating.take() else {
            return;
        };
        let activated = match result {
            Ok(activated) => activated,
            Err(error) => {
                tracing::warn!(%error, "not activated");
                self.notice = Some(activation_notice(error));
                return;
            }
        };
        if checked_lease(&activated, &keys).is_none() {
            self.notice = Some(activation_notice(ActivationError::Foreign));
            return;
        }
        keys.tls_key_pem = Some(activated.tls_key_pem.clone());
        if let Err(error) = keys.write_next(&self.options.data) {
            self.told::<()>(Err(QueueError::from(error)));
            return;
        }
        let now = self.options.clock.now();
        let record = StationRecord {
            station: activated.station,
            centre_url: url,
            ca_pem: activated.ca_pem,
            certificate_pem: activated.certificate_pem,
            policy_root: activated.policy_root,
            key_files: activated.key_files,
            secrets: Vec::new().into(),
            activated_at: now,
        };
        let Some(store) = &mut self.store else { return };
        let kept = store.set_activation(&record, now).and_then(|()| {
            let lease = store.put_lease(&activated.lease, &activated.centre_key, now)?;
            store.raise_clock_floor(lease.issued_at)
        });
        if self.told(kept).is_none() {
            return;
        }
        if let Err(error) = take_next(&self.options.data) {
            self.told::<()>(Err(QueueError::from(error)));
            return;
        }
        self.load_station();
        if self.station.is_some() {
            self.notice = Some(Notice::ok("notice-activated"));
        }
    }
}

/// The lease, if the root that came with it leads to it and it speaks of this station and these keys.
fn checked_lease(activated: &Activated, keys: &StationKeys) -> Option<Verified<Lease>> {
    let certificate = activated.centre_key.verify(&activated.policy_root).ok()?;
    let KeyPurpose::Centre = certificate.purpose;
    let lease = activated.lease.verify(&certificate.key).ok()?;
    let ours = lease.station == activated.station && lease.station_key == keys.signing.public();
    ours.then_some(lease)
}

fn activation_notice(error: ActivationError) -> Notice {
    match error {
        ActivationError::Code => Notice::attention("notice-activation-code"),
        ActivationError::Address => Notice::attention("notice-activation-address"),
        ActivationError::Unreachable => Notice::attention("notice-activation-unreachable"),
        ActivationError::Foreign => Notice::stop("notice-activation-foreign"),
        ActivationError::Busy => Notice::attention("notice-activation-busy"),
        ActivationError::Unreadable | ActivationError::Key => {
            Notice::stop("notice-activation-failed")
        }
    }
}
