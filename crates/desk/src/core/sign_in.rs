//! Sign-in is unwrapping a key file: there is no boolean to patch.

use super::Core;
use super::activity::{Activity, Session};
use super::job::{Done, Job};
use crate::Notice;
use domain::{Role, StaffId};
use envelope::{EnvelopeError, KeyFile, Signed, StaffKeys, Unlock};
use secrecy::SecretString;

impl Core {
    pub(super) fn try_sign_in(&mut self, staff: StaffId, passphrase: SecretString) {
        if self.running(Job::SignIn) || self.session.is_some() {
            return;
        }
        self.sign_in_error = self.begin_sign_in(staff, passphrase).err();
    }

    fn begin_sign_in(&mut self, staff: StaffId, passphrase: SecretString) -> Result<(), Notice> {
        let file = self.store.as_ref().and_then(|s| s.key_file(&staff).ok()?);
        let Some(file) = file.map(|entry| entry.file) else {
            return Err(Notice::attention("notice-unknown-staff"));
        };
        self.count_guess(&staff)?;
        let started = self.start(Job::SignIn, move || {
            let result = KeyFile::from_bytes(file).and_then(|file| file.open(&passphrase));
            Done::KeyOpened { staff, result }
        });
        if started {
            Ok(())
        } else {
            Err(Notice::stop("notice-no-thread"))
        }
    }

    /// Counts a guess at a passphrase before it is tried: pulling the plug does not take it back. What is said where none may be made.
    pub(super) fn count_guess(&mut self, staff: &StaffId) -> Result<(), Notice> {
        let now = self.options.clock.now();
        let broken = || Notice::stop("notice-store-damaged");
        let tries = self.store.as_mut().and_then(|s| s.tries(staff, now).ok());
        let Some(tries) = tries else {
            return Err(self.blocked.clone().unwrap_or_else(broken));
        };
        if tries.locked {
            return Err(Notice::stop("notice-locked"));
        }
        let wait = tries.wait_millis(now);
        if wait > 0 {
            let seconds = (wait + 999) / 1000;
            return Err(Notice::attention("notice-wait").with("seconds", seconds.to_string()));
        }
        let counted = self.store.as_mut().map(|store| store.count_try(staff, now));
        match counted.and_then(|counted| self.told(counted)) {
            Some(_) => Ok(()),
            None => Err(self.notice.clone().unwrap_or_else(broken)),
        }
    }

    pub(super) fn note_failed_guess(&mut self, staff: &StaffId) {
        let now = self.options.clock.now();
        if let Some(store) = &mut self.store {
            let noted = store.note_failed_try(staff, now);
            self.told(noted);
        }
    }

    pub(super) fn key_opened(&mut self, staff: &StaffId, result: Result<StaffKeys, EnvelopeError>) {
        let keys = match result {
            Ok(keys) => keys,
            Err(error) => {
                if error == EnvelopeError::WrongPassphrase {
                    self.note_failed_guess(staff);
                }
                self.sign_in_error = Some(self.wrong_passphrase(staff, &error));
                return;
            }
        };
        let Some(entry) = self.lease().and_then(|l| l.lease.member(staff)).cloned() else {
            self.sign_in_error = Some(Notice::stop("notice-not-in-lease"));
            return;
        };
        if keys.public() != (entry.key, entry.recipient.clone()) {
            self.sign_in_error = Some(Notice::stop("notice-old-key-file"));
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
            slip: None,
            activity: Activity::AtDesk,
        });
        self.notice = None;
        self.audit("signed-in", None, "");
        self.reseal_for_others();
        let results = self.take_results();
        self.told(results);
    }

    pub(super) fn wrong_passphrase(&mut self, staff: &StaffId, error: &EnvelopeError) -> Notice {
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
        if self.work().is_some_and(|w| w.dirty) {
            self.seal_draft();
        }
        self.audit("signed-out", None, "");
        self.session = None;
        self.notice = notice;
    }
}
