//! What activation left: the station's record, its keys and its lease.

use super::{Core, Station};
use crate::Notice;
use crate::station_keys::StationKeys;

impl Core {
    /// Reads what activation left; a station whose key is gone must be activated again.
    pub(super) fn load_station(&mut self) {
        let Some(store) = &self.store else { return };
        let (record, lease) = (store.activation(), store.lease());
        let (Some(Some(record)), Some(lease)) = (self.told(record), self.told(lease)) else {
            return;
        };
        let Some(keys) = StationKeys::load(&self.options.data) else {
            self.notice = Some(Notice::stop("notice-station-key-gone"));
            return;
        };
        self.station = Some(Station {
            record,
            keys,
            lease,
        });
    }
}
