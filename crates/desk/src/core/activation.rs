//! Activation, and what it left: the station's record, its keys and its lease.

use super::elsewhere::Elsewhere;
use super::job::{Done, Job};
use super::{Core, Station};
use crate::Notice;
use crate::link::{self, Link};
use crate::station_keys::{StationKeys, remove_first_releases_files};
use envelope::{KeyPurpose, Lease, PublicKey, Verified};
use queue::StationRecord;
use std::sync::Arc;
use sync::{Activated, ActivationError, Connection, NewStation};
use wire::Held;

impl Core {
    /// Reads what activation left; a station whose key is gone must be activated again.
    pub(super) fn load_station(&mut self) {
        let Some(store) = &self.store else { return };
        let (record, lease) = (store.activation(), store.lease());
        let (Some(Some(record)), Some(lease)) = (self.told(record), self.told(lease)) else {
            return;
        };
        let keys = StationKeys::from_secrets(&record.secrets)
            .or_else(|| self.take_over_keys(lease.as_ref().map(|held| held.lease.station_key)));
        let Some(keys) = keys else {
            self.notice = Some(Notice::stop("notice-station-key-gone"));
            return;
        };
        self.station = Some(Station {
            record,
            keys,
            lease,
        });
        self.elsewhere = Elsewhere::default();
        self.start_link();
    }

    /// The keys that the first release kept in files: into the store, then the files go.
    fn take_over_keys(&mut self, known: Option<PublicKey>) -> Option<StationKeys> {
        let keys = StationKeys::of_first_release(&self.options.data, known)?;
        let now = self.options.clock.now();
        let kept = self.store.as_mut()?.set_secrets(&keys.to_secrets(), now);
        if self.told(kept).is_some() {
            remove_first_releases_files(&self.options.data);
        }
        Some(keys)
    }

    /// Starts the link anew, as the station's record says. Without a TLS key there is none: the station was never activated at a centre.
    pub(super) fn start_link(&mut self) {
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
            self.shared_time(),
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
            held: self.held_chain(),
        };
        let time = self.shared_time();
        let started = self.start(Job::Activation, move || {
            Done::Activated(link::activate(new, time).map(Box::new))
        });
        if !started {
            return;
        }
        self.notice = None;
        self.activating = Some((url, keys));
    }

    pub(super) fn activated(&mut self, result: Result<Box<Activated>, ActivationError>) {
        let Some((url, mut keys)) = self.activating.take() else {
            return;
        };
        let activated = match result {
            Ok(activated) => *activated,
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
        let now = self.options.clock.now();
        let record = StationRecord {
            station: activated.station,
            centre_url: url,
            ca_pem: activated.ca_pem,
            certificate_pem: activated.certificate_pem,
            policy_root: activated.policy_root,
            key_files: activated.key_files,
            secrets: keys.to_secrets(),
            activated_at: now,
        };
        let Some(store) = &mut self.store else { return };
        let kept = store.activate(&record, &activated.lease, &activated.centre_key, now);
        if self.told(kept).is_none() {
            return;
        }
        remove_first_releases_files(&self.options.data);
        self.load_time();
        self.load_station();
        if self.station.is_some() {
            self.notice = Some(Notice::ok("notice-activated"));
        }
    }
}

impl Core {
    /// What a station that was activated before goes on with.
    fn held_chain(&self) -> Option<Held> {
        let end = self.store.as_ref()?.held().ok()??;
        Some(Held {
            station: end.station,
            counter: end.counter,
            previous: end.previous,
        })
    }

    /// The believed time, for the threads that judge certificates by it.
    pub(super) fn shared_time(&self) -> sync::Time {
        let time = self.time.clone();
        Arc::new(move || time.now())
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
        ActivationError::Clock => Notice::attention("notice-activation-clock"),
        ActivationError::Unreachable => Notice::attention("notice-activation-unreachable"),
        ActivationError::Foreign => Notice::stop("notice-activation-foreign"),
        ActivationError::Busy => Notice::attention("notice-activation-busy"),
        ActivationError::Unreadable | ActivationError::Key => {
            Notice::stop("notice-activation-failed")
        }
    }
}
