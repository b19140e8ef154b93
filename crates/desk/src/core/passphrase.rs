//! A new passphrase: the key file is sealed anew, used here from then on, and leaves for the centre as an item, so that every station of the
//! office has it with its next lease.

use super::activity::Activity;
use super::job::{Done, Job};
use super::{Core, Signing};
use crate::{Notice, PassphraseView, problems};
use domain::{ClockConfidence, ItemKind, PacketId, StationId, Timestamp};
use envelope::{
    Digest, EnvelopeError, FORMAT, KeyFile, KeyFileEntry, KeyFileNote, PartKind, Parts, Recipient,
    Signed, StaffKeys, Statement, WeakPassphrase, WorkFactor, check_passphrase,
};
use queue::KeyFileChange;
use secrecy::{ExposeSecret, SecretString};

/// The page for it.
#[derive(Default)]
pub(super) struct Changing {
    busy: bool,
    error: Option<Notice>,
}

impl Changing {
    pub(super) fn view(&self) -> PassphraseView {
        PassphraseView {
            busy: self.busy,
            error: self.error.clone(),
        }
    }
}

/// The key file under its new passphrase, ready for the store.
pub(crate) struct Resealed(KeyFileChange);

/// Everything that sealing a key file anew takes, for a thread of its own.
struct Resealing {
    held: KeyFileEntry,
    keys: StaffKeys,
    old: SecretString,
    new: SecretString,
    packet: PacketId,
    centre: Vec<Recipient>,
    station: StationId,
    at: Timestamp,
    clock: ClockConfidence,
    signing: Signing,
}

impl Core {
    pub(super) fn begin_passphrase(&mut self) {
        if self.nothing_open() {
            self.notice = None;
            self.open(Activity::ChangingPassphrase(Changing::default()));
        }
    }

    pub(super) fn close_passphrase(&mut self) {
        if self.changing().is_some_and(|changing| !changing.busy) {
            self.open(Activity::AtDesk);
        }
    }

    pub(super) fn change_passphrase(&mut self, old: SecretString, new: SecretString) {
        if self.changing().is_none_or(|changing| changing.busy) {
            return;
        }
        let started = self.resealing(old, new).map(|work| {
            self.start(Job::Passphrase, move || {
                Done::Resealed(work.reseal().map(Box::new))
            })
        });
        if let Some(changing) = self.changing() {
            changing.busy = started == Ok(true);
            changing.error = started.err();
        }
    }

    /// What the change takes, or why it is not begun; nothing was changed then.
    fn resealing(&mut self, old: SecretString, new: SecretString) -> Result<Resealing, Notice> {
        let failed = || Notice::stop("notice-passphrase-kept");
        let (Some(session), Some(station)) = (&self.session, &self.station) else {
            return Err(failed());
        };
        let person = [session.entry.name_latin.as_str(), session.entry.id.as_str()];
        check_passphrase(&new, &person).map_err(weak)?;
        if old.expose_secret() == new.expose_secret() {
            return Err(Notice::attention("notice-passphrase-same"));
        }
        let signing = self.signing();
        if signing.format < FORMAT {
            return Err(Notice::attention("notice-passphrase-old-centre"));
        }
        let lease = station.lease.as_ref().ok_or_else(failed)?;
        let staff = session.entry.id.clone();
        let (keys, station) = (session.keys.clone(), station.record.station.clone());
        let centre = lease.lease.ingest.clone();
        // Whoever finds the desk unlocked guesses here no more often than at the sign-in.
        self.count_guess(&staff)?;
        let held = self.store.as_ref().and_then(|s| s.key_file(&staff).ok()?);
        let mut random = [0_u8; 10];
        rand::Rng::fill(&mut rand::rng(), &mut random);
        Ok(Resealing {
            held: held.ok_or_else(failed)?,
            keys,
            old,
            new,
            packet: PacketId::mint(self.believed_now(), random),
            centre,
            station,
            at: self.options.clock.now(),
            clock: self.clock(),
            signing,
        })
    }

    pub(super) fn resealed(&mut self, result: Result<Box<Resealed>, EnvelopeError>) {
        let Some(changing) = self.changing() else {
            // The person has been signed out meanwhile; the old passphrase stays.
            self.notice = Some(Notice::attention("notice-passphrase-kept"));
            return;
        };
        changing.busy = false;
        let Resealed(change) = match result {
            Ok(resealed) => *resealed,
            Err(error) => {
                self.not_resealed(&error);
                return;
            }
        };
        let (Some(word), now) = (self.station_word(), self.options.clock.now()) else {
            return;
        };
        let Some(store) = &mut self.store else { return };
        let kept = store
            .enqueue_key_file(&change, |seed| word.manifest(seed), now)
            .and_then(|_| store.clear_tries(&change.entry.staff));
        if self.told(kept).is_some() {
            self.open(Activity::AtDesk);
            self.notice = Some(Notice::ok("notice-passphrase-changed"));
            self.wake_link();
        }
    }

    /// The key file is as it was. Too many guesses lock it, and end the session.
    fn not_resealed(&mut self, error: &EnvelopeError) {
        let Some(staff) = self.session.as_ref().map(|s| s.entry.id.clone()) else {
            return;
        };
        if *error != EnvelopeError::WrongPassphrase {
            let notice = problems::sealing(error);
            self.say_at_passphrase(notice);
            return;
        }
        self.note_failed_guess(&staff);
        let notice = self.wrong_passphrase(&staff, error);
        if notice.key == "notice-locked" {
            self.sign_out(Some(notice));
        } else {
            self.say_at_passphrase(notice);
        }
    }

    /// The thread that sealed it is gone; the old passphrase stays.
    pub(super) fn passphrase_crashed(&mut self, job: Job) {
        if job == Job::Passphrase {
            self.say_at_passphrase(Notice::stop("notice-passphrase-kept"));
        }
    }

    fn say_at_passphrase(&mut self, notice: Notice) {
        if let Some(changing) = self.changing() {
            changing.busy = false;
            changing.error = Some(notice);
        }
    }

    fn changing(&mut self) -> Option<&mut Changing> {
        match &mut self.session.as_mut()?.activity {
            Activity::ChangingPassphrase(changing) => Some(changing),
            _ => None,
        }
    }
}

impl Resealing {
    /// Costs about a second and 128 MiB: twice scrypt.
    fn reseal(self) -> Result<Resealed, EnvelopeError> {
        let opened = KeyFile::from_bytes(self.held.file)?.open(&self.old)?;
        if opened.public() != self.keys.public() {
            return Err(EnvelopeError::WrongPassphrase);
        }
        let (staff, version) = (self.held.staff, self.held.version.saturating_add(1));
        let file = KeyFile::create(&self.keys, &self.new, WorkFactor::STAFF)?;
        let note = KeyFileNote {
            format: FORMAT,
            staff: staff.clone(),
            version,
            digest: Digest::of(file.as_bytes()),
        };
        let note = Signed::sign(&note, &self.keys.signing)?;
        let mut parts = Parts::default();
        parts.put(PartKind::KeyFile, file.as_bytes().to_vec())?;
        parts.put(PartKind::KeyFileNote, note.as_bytes().to_vec())?;
        let envelope = envelope::seal(&parts.to_tar()?, &self.centre)?;
        let statement = Statement {
            format: self.signing.format,
            lease: self.signing.lease,
            audit_head: self.signing.audit_head,
            kind: Some(ItemKind::KeyFile),
            packet: self.packet,
            digest: Digest::of(&envelope),
            length: envelope.len() as u64,
            parts: parts.kinds(),
            officer: staff.clone(),
            station: self.station,
            at: self.at,
            clock: self.clock,
        };
        Ok(Resealed(KeyFileChange {
            packet: self.packet,
            entry: KeyFileEntry {
                staff,
                version,
                file: file.as_bytes().to_vec(),
            },
            envelope,
            statement: Signed::sign(&statement, &self.keys.signing)?,
        }))
    }
}

fn weak(why: WeakPassphrase) -> Notice {
    Notice::attention(match why {
        WeakPassphrase::Short => "notice-passphrase-short",
        WeakPassphrase::Long => "notice-passphrase-long",
        WeakPassphrase::Guessable => "notice-passphrase-guessable",
    })
}
