//! A damaged store: what is readable goes into a new one, which the station goes on with.

use super::{Core, STORE_FILE};
use crate::{Notice, problems};

impl Core {
    /// Only where the store could not be opened; the old file is renamed, never deleted.
    pub(super) fn rescue_store(&mut self) {
        if self.blocked.is_none() || self.session.is_some() {
            return;
        }
        // What still holds the damaged file lets go of it.
        self.link = None;
        self.station = None;
        self.store = None;
        let (path, now) = (self.options.data.join(STORE_FILE), self.options.clock.now());
        let rescued = match queue::rescue(&path, now) {
            Ok(rescued) => rescued,
            Err(error) => {
                tracing::error!(%error, "the damaged store could not be rescued");
                self.blocked = Some(Notice::stop("notice-store-not-rescued"));
                return;
            }
        };
        match super::open_store(&self.options, now) {
            Ok(store) => {
                self.store = Some(store);
                self.blocked = None;
                self.load_time();
                self.load_station();
                let notice = Notice::attention("notice-store-rescued");
                let unreadable = rescued.unreadable() + rescued.left;
                self.notice = Some(notice.with("unreadable", unreadable.to_string()));
            }
            Err(error) => self.blocked = Some(problems::store(&error)),
        }
    }
}
