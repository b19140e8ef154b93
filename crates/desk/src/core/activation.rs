//! Activation, leases and the link's events.

use super::{Core, Input, Station};
use crate::link::{Link, LinkEvent, LinkParts};
use crate::station_keys::StationKeys;
use crate::{Notice, problems};
use queue::StationRecord;
use wire::LeaseReply;

impl Core {
    /// Reads what activation left; a station whose key is gone must be activated again.
    pub(super) fn load_station(&mut self) {
        let Some(store) = &self.store else { return };
        let (record, lease) = (store.activation(), store.lease());
        let (Some(Some(record)), Some(lease)) = (self.told(record), self.told(lease)) else { return };
        let Some(keys) = StationKeys::load(&self.options.data) else {
            self.notice = Some(Notice::stop("notice-station-key-gone"));
            return;
        };
        self.station = Some(Station { record, keys, lease });
        self.start_link();
    }

    pub(super) fn activate(&mut self, url: String, code: String) {
        if self.activating || self.store.is_none() {
            return;
        }
        self.activating = true;
        self.notice = None;
        let (inbox, now) = (self.inbox.clone(), self.options.clock.now());
        let started = std::thread::Builder::new().name("activation".to_owned()).spawn(move || {
            let _ = inbox.send(Input::Activated(crate::link::activate(&url, &code, now).map(Box::new)));
        });
        if started.is_err() {
            self.activating = false;
            self.notice = Some(Notice::stop("notice-no-thread"));
        }
    }

    pub(super) fn activated(&mut self, result: Result<Box<(StationRecord, LeaseReply, StationKeys)>, Notice>) {
        self.activating = false;
        let (record, lease, keys) = match result {
            Ok(activated) => *activated,
            Err(notice) => {
                self.notice = Some(notice);
                return;
            }
        };
        if let Err(error) = keys.save(&self.options.data) {
            tracing::error!(%error, "the station's key could not be written");
            self.notice = Some(Notice::stop("notice-disk-full"));
            return;
        }
        let now = self.options.clock.now();
        let Some(store) = &mut self.store else { return };
        let kept = store.set_activation(&record, now);
        if self.told(kept).is_none() {
            return;
        }
        self.link = None;
        self.station = Some(Station { record, keys, lease: None });
        self.take_lease(&lease);
        self.start_link();
        if self.lease().is_some() {
            self.notice = Some(Notice::ok("notice-activated"));
        }
    }

    fn take_lease(&mut self, reply: &LeaseReply) {
        let now = self.options.clock.now();
        let signed = reply.lease.read().and_then(|lease| Ok((lease, reply.centre_key.read()?)));
        let (lease, centre_key) = match signed {
            Ok(signed) => signed,
            Err(error) => {
                self.notice = Some(problems::sealing(&error));
                return;
            }
        };
        let Some(store) = &mut self.store else { return };
        let taken = store.put_lease(&lease, &centre_key, now);
        if let Some(taken) = self.told(taken) {
            // The centre's time, signed: the floor may rise to it, never above.
            if let Some(store) = &mut self.store {
                let _ = store.raise_clock_floor(taken.issued_at);
            }
            let lease = self.store.as_ref().and_then(|s| s.lease().ok()).flatten();
            if let Some(station) = &mut self.station {
                station.lease = lease;
            }
        }
    }

    fn start_link(&mut self) {
        let (Some(station), Some(store)) = (&self.station, &self.store) else { return };
        let parts = LinkParts {
            record: station.record.clone(),
            tls_key_pem: station.keys.tls_pem.clone(),
            centre_keys: store.centre_keys().unwrap_or_default(),
            outcome_cursor: store.outcome_cursor().unwrap_or(0),
            inbox: self.inbox.clone(),
            clock: self.options.clock.clone(),
        };
        match Link::start(parts) {
            Ok(link) => self.link = Some(link),
            Err(notice) => self.notice = Some(notice),
        }
    }

    pub(super) fn link_event(&mut self, event: LinkEvent) {
        let now = self.options.clock.now();
        match event {
            LinkEvent::Status { online, error, rate_bytes } => {
                let changed = online != self.link_view.online || self.link_view.since.is_none();
                if changed {
                    self.link_view.since = Some(now);
                }
                self.link_view.online = online;
                self.link_view.error = error;
                self.link_view.rate_bytes = rate_bytes;
            }
            LinkEvent::Lease(reply) => self.take_lease(&reply),
            LinkEvent::Alarm(key) => {
                self.notice = Some(Notice::stop("notice-link-alarm").with("reason", key));
                self.lists_stale = true;
            }
        }
    }
}
