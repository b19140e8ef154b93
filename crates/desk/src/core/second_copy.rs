//! The second sealed copy on another disk: where it is kept is this station's setting, whether it may be is policy's.

use super::Core;
use crate::{Notice, SecondCopyView, problems};
use domain::Role;
use queue::QueueError;
use std::path::Path;

impl Core {
    /// Keeps a second copy from now on; supervisors only.
    pub(super) fn keep_second_copy(&mut self, folder: &Path) {
        let Some(staff) = self.supervisor() else {
            return;
        };
        if !self.second_copy_allowed() {
            self.notice = Some(Notice::attention("notice-second-copy-policy"));
            return;
        }
        let now = self.options.clock.now();
        let Some(store) = &mut self.store else { return };
        self.notice = Some(match store.keep_second_copy(folder, &staff, now) {
            Ok(()) => Notice::ok("notice-second-copy-on"),
            Err(QueueError::SecondDisk(why)) => Notice::attention("notice-second-copy-refused")
                .with("reason", format!("second-disk-{}", why.key())),
            Err(error) => problems::store(&error),
        });
    }

    /// Keeps none any more; what lies there goes, now or when the disk is there again. Supervisors only.
    pub(super) fn end_second_copy(&mut self) {
        let Some(staff) = self.supervisor() else {
            return;
        };
        let now = self.options.clock.now();
        let Some(store) = &mut self.store else { return };
        self.notice = Some(match store.end_second_copy(Some(&staff), now) {
            Ok(()) if store.second_copy().is_ok_and(|copy| copy.is_some()) => {
                Notice::attention("notice-second-copy-ending")
            }
            Ok(()) => Notice::ok("notice-second-copy-off"),
            Err(error) => problems::store(&error),
        });
    }

    /// What is owed to a disk that came back is paid, purges first; a copy that policy forbids ends.
    pub(super) fn tend_second_copy(&mut self) {
        let (allowed, now) = (self.second_copy_allowed(), self.options.clock.now());
        let Some(store) = &mut self.store else { return };
        let tended = match store.second_copy() {
            Ok(Some(copy)) if !allowed && !copy.ending => store.end_second_copy(None, now),
            Ok(Some(_)) => store.tend_second_copy(),
            Ok(None) => return,
            Err(error) => Err(error),
        };
        if let Err(error) = tended {
            tracing::warn!(%error, "the second disk stays owed");
        }
    }

    pub(super) fn second_copy_view(&self) -> Option<SecondCopyView> {
        let copy = self.store.as_ref()?.second_copy().ok()??;
        Some(SecondCopyView {
            folder: copy.folder,
            present: copy.present,
            owed: copy.owed,
            ending: copy.ending,
        })
    }

    /// Policy that is silent leaves it to the station.
    pub(super) fn second_copy_allowed(&self) -> bool {
        self.policy().second_copy != Some(false)
    }

    fn supervisor(&self) -> Option<domain::StaffId> {
        let session = self.session.as_ref()?;
        (session.entry.role == Role::Supervisor).then(|| session.entry.id.clone())
    }
}
