//! Sign-in is unwrapping a key file: there is no boolean to patch.

use super::publish::colleague;
use super::{Core, Input, Session};
use crate::{Colleague, Notice};
use domain::{Role, StaffId};
use envelope::{EnvelopeError, KeyFile, Signed, StaffKeys, Unlock};
use secrecy::SecretString;

impl Core {
    pub(super) fn try_sign_in(&mut self, staff: StaffId, passphrase: SecretString) {
        if self.sign_in.busy || self.session.is_some() {
            return;
        }
        self.sign_in.error = None;
        let file = self.store.as_ref().and_then(|s| s.key_file(&staff).ok()?);
        let Some(file) = file.map(|entry| entry.file) else {
            self.sign_in.error = Some(Notice::attention("notice-unknown-staff"));
            return;
        };
        let now = self.options.clock.now();
        let Some(tries) = self.store.as_mut().and_then(|s| s.tries(&staff, now).ok()) else {
            self.sign_in.error = self.blocked.clone();
            return;
        };
        if tries.locked {
            self.sign_in.error = Some(Notice::stop("notice-locked"));
            return;
        }
        let wait = tries.wait_millis(now);
        if wait > 0 {
            let seconds = (wait + 999) / 1000;
            self.sign_in.error =
                Some(Notice::attention("notice-wait").with("seconds", seconds.to_string()));
            return;
        }
        // Counted before the file is opened: pulling the plug during a guess does not take it back.
        let Some(store) = &mut self.store else { return };
        let counted = store.count_try(&staff, now);
        if self.told(counted).is_none() {
            return;
        }
        self.sign_in.busy = true;
        let inbox = self.inbox.clone();
        let opening = std::thread::Builder::new()
            .name("key file".to_owned())
            .spawn(move || {
                let result = KeyFile::from_bytes(file).and_then(|file| file.open(&passphrase));
                let _ = inbox.send(Input::KeyOpened { staff, result });
            });
        if opening.is_err() {
            self.sign_in.busy = false;
            self.sign_in.error = Some(Notice::stop("notice-no-thread"));
        }
    }

    pub(super) fn key_opened(&mut self, staff: &StaffId, result: Result<StaffKeys, EnvelopeError>) {
        self.sign_in.busy = false;
        let keys = match result {
            Ok(keys) => keys,
            Err(error) => {
                let now = self.options.clock.now();
                if error == EnvelopeError::WrongPassphrase
                    && let Some(store) = &mut self.store
                {
                    let noted = store.note_failed_try(staff, now);
                    self.told(noted);
                }
                self.sign_in.error = Some(self.wrong_passphrase(staff, &error));
                return;
            }
        };
        let Some(entry) = self.lease().and_then(|l| l.lease.member(staff)).cloned() else {
            self.sign_in.error = Some(Notice::stop("notice-not-in-lease"));
            return;
        };
        if keys.public() != (entry.key, entry.recipient.clone()) {
            self.sign_in.error = Some(Notice::stop("notice-old-key-file"));
            return;
        }
        if let Some(store) = &mut self.store {
            let cleared = store.clear_tries(staff);
            self.told(cleared);
        }
        self.session = Some(Session {
            entry,
            keys,
            since: self.options.clock.now(),
            touched: self.options.clock.elapsed(),
            to_reseal: Vec::new(),
        });
        self.notice = None;
        self.lists_stale = true;
        self.audit("signed-in", None, "");
        self.reseal_for_others();
    }

    fn wrong_passphrase(&mut self, staff: &StaffId, error: &EnvelopeError) -> Notice {
        if !matches!(error, EnvelopeError::WrongPassphrase) {
            return Notice::stop("notice-key-file-damaged");
        }
        let now = self.options.clock.now();
        let tries = self.store.as_mut().and_then(|s| s.tries(staff, now).ok());
        match tries {
            Some(tries) if tries.locked => Notice::stop("notice-locked"),
            Some(tries) => {
                let left = self
                    .policy()
                    .limits
                    .sign_in_tries
                    .saturating_sub(tries.count);
                Notice::attention("notice-wrong-passphrase").with("left", left.to_string())
            }
            None => Notice::attention("notice-wrong-passphrase").with("left", "?"),
        }
    }

    /// Colleagues of the lease who cannot sign in any more.
    pub(super) fn locked_sign_ins(&self, store: &queue::Store) -> Vec<Colleague> {
        let staff = self.lease().map(|held| held.lease.staff.as_slice());
        staff
            .unwrap_or_default()
            .iter()
            .filter(|entry| store.is_locked(&entry.id).unwrap_or(false))
            .map(colleague)
            .collect()
    }

    /// A supervisor opens a colleague's sign-in again, with a signature.
    pub(super) fn unlock(&mut self, staff: &StaffId) {
        let (Some(session), Some(station)) = (&self.session, &self.station) else {
            return;
        };
        if session.entry.role != Role::Supervisor {
            self.notice = Some(Notice::attention("notice-supervisors-unlock"));
            return;
        }
        let now = self.options.clock.now();
        let at = self
            .store
            .as_ref()
            .and_then(|s| s.unlock_time(staff, self.believed_now()).ok());
        let unlock = Unlock {
            station: station.record.station.clone(),
            staff: staff.clone(),
            at: at.unwrap_or(now),
        };
        let verified = Signed::sign(&unlock, &session.keys.signing)
            .and_then(|signed| signed.verify(&session.entry.key));
        let Ok(verified) = verified else {
            self.notice = Some(Notice::stop("notice-unlock-failed"));
            return;
        };
        let Some(store) = &mut self.store else { return };
        let applied = store.apply_unlock(&verified, now);
        if self.told(applied).is_some() {
            self.notice =
                Some(Notice::ok("notice-unlocked").with("staff", staff.as_str().to_owned()));
        }
        self.lists_stale = true;
    }

    /// The person leaves. A draft that cannot be sealed keeps them, with the message that says why.
    pub(super) fn leave(&mut self) {
        if self.seal_draft() {
            self.sign_out(None);
        }
    }

    /// Seals the open draft and takes the keys out of memory, whether it could be sealed or not.
    pub(super) fn sign_out(&mut self, notice: Option<Notice>) {
        if self.session.is_none() {
            return;
        }
        if self.work.as_ref().is_some_and(|w| w.dirty) {
            self.seal_draft();
        }
        self.audit("signed-out", None, "");
        self.work = None;
        self.slip = None;
        self.reviewing = None;
        self.session = None;
        self.lists_stale = true;
        self.notice = notice;
    }
}
