//! What the station renews by itself while it is in use: its lease, its certificate; and what it says of itself when it asks.

use super::Core;
use crate::station_keys::{PROTECTION, StationKeys};
use domain::Limits;
use sync::{Connection, StoreReply};
use wire::{StatusReport, Waiting};

/// Days before its certificate's end from which on the station asks for a new one.
const CERTIFICATE_DAYS: i64 = 90;

impl Core {
    /// Whether the next lease is wanted.
    pub(super) fn lease_wanted(&self) -> bool {
        self.lease().is_some_and(|held| {
            let limits: &Limits = &held.lease.policy.limits;
            let (issued, expires) = (held.lease.issued_at, held.lease.expires_at);
            limits.wants_next(issued, expires, self.begun(), self.believed_now())
        })
    }

    /// Whether the station's certificate ends soon.
    pub(super) fn certificate_due(&self) -> bool {
        self.station.as_ref().is_some_and(|station| {
            sync::certificate_end(&station.record.certificate_pem)
                .is_some_and(|end| self.believed_now() >= end.plus_days(-CERTIFICATE_DAYS))
        })
    }

    /// A new key, kept in memory until its certificate comes, and the request for that.
    pub(super) fn new_certificate_request(&mut self) -> StoreReply {
        match sync::certificate_request() {
            Ok((key_pem, csr_pem)) => {
                self.renewing = Some(key_pem);
                StoreReply::CertificateRequest(csr_pem)
            }
            Err(error) => {
                tracing::error!(%error, "no key for a certificate could be made");
                StoreReply::Refused
            }
        }
    }

    /// Keeps the new certificate with its key, and goes on with both. One that does not fit is not taken.
    pub(super) fn put_certificate(&mut self, pem: &str) -> StoreReply {
        let (Some(key_pem), Some(station)) = (self.renewing.take(), &self.station) else {
            return StoreReply::Refused;
        };
        let record = &station.record;
        let time = self.shared_time();
        if Connection::new(&record.centre_url, &record.ca_pem, pem, &key_pem, time).is_err() {
            tracing::warn!("a certificate that does not fit its key was not taken");
            return StoreReply::Refused;
        }
        let keys = StationKeys {
            signing: station.keys.signing.clone(),
            tls_key_pem: Some(key_pem),
        };
        let now = self.options.clock.now();
        let Some(store) = &mut self.store else {
            return StoreReply::Refused;
        };
        let kept = store.renew_certificate(pem, &keys.to_secrets(), now);
        if self.told(kept).is_none() {
            return StoreReply::Refused;
        }
        // The link begins anew with it; what it was about to do it asks again.
        self.load_station();
        StoreReply::Done
    }

    /// What the station says of itself: nothing personal.
    pub(super) fn status_report(&self) -> StatusReport {
        let mut report = StatusReport {
            release: env!("CARGO_PKG_VERSION").to_owned(),
            store_version: queue::STORE_VERSION,
            lease_serial: self.lease().map_or(0, |held| held.lease.serial),
            begun: self.begun(),
            clock_ahead_millis: self.time.clock_ahead_millis(),
            key_protection: PROTECTION.to_owned(),
            camera_known: self.camera_view.live().then_some(self.camera_view.trusted),
            ..StatusReport::default()
        };
        if let Some(store) = &self.store {
            report.counter = store.counter().unwrap_or(0);
            let waiting = store.waiting().unwrap_or_default();
            let told = |row: queue::WaitingRow| {
                let (count, oldest) = (row.count, Some(row.oldest));
                (row.what, Waiting { count, oldest })
            };
            report.waiting = waiting.into_iter().map(told).collect();
        }
        report
    }
}
