//! The open application: typing, sealing, submitting.

use super::activity::Activity;
use super::{Core, DRAFT_REST};
use crate::open_work::OpenWork;
use crate::{EnrolmentAct, Notice, Step, problems};
use documents::SlipContent;
use domain::{
    Application, ApplicationKind, Consent, NoNewWork, PacketId, Policy, Priority, Refusal, StaffId,
    Timestamp,
};
use envelope::{Digest, EnvelopeError, Parts, Recipient, Signed, Statement};
use queue::{DraftEntry, LeaseRecord, Submission};

impl Core {
    pub(super) fn enrolment_act(&mut self, act: EnrolmentAct) {
        match act {
            EnrolmentAct::New => self.new_application(),
            EnrolmentAct::Open(packet) => self.open_draft(packet),
            EnrolmentAct::Close => self.close_work(),
            EnrolmentAct::Discard => self.discard(),
            EnrolmentAct::Refuse(refusal) => self.refuse(refusal),
            EnrolmentAct::HandOver(staff) => self.give_away(&staff),
            EnrolmentAct::Goto(step) => self.goto(step),
            EnrolmentAct::SetKind(kind) => self.change_work(|work| work.set_kind(kind)),
            EnrolmentAct::SetField(field, value) => {
                self.change_work(|work| work.form.set(field, value));
            }
            EnrolmentAct::SetConsent(given) => self.set_consent(given),
            EnrolmentAct::SetException(exception, on) => self.change_work(|work| {
                work.exceptions.retain(|e| *e != exception);
                if on {
                    work.exceptions.push(exception);
                }
            }),
            EnrolmentAct::TakeNow(reason) => self.take_now(reason),
            EnrolmentAct::BeginChallenge => self.begin_challenge(),
            EnrolmentAct::Vouch(why) => self.vouch(why),
            EnrolmentAct::Retake => self.retake(),
            EnrolmentAct::KeepPhoto => self.keep_photo(),
            EnrolmentAct::HidePicture(hidden) => self.change_work(|work| work.hidden = hidden),
            EnrolmentAct::Submit => self.submit(),
            EnrolmentAct::PrintSlip => self.print_slip(),
        }
    }

    fn open_work(&mut self, work: OpenWork) {
        let now = self.options.clock.elapsed();
        self.open(Activity::enrolling(work, now));
    }

    fn note_changed(&mut self) {
        let now = self.options.clock.elapsed();
        if let Some(Activity::Enrolling(open)) = self.session.as_mut().map(|s| &mut s.activity) {
            open.changed = now;
        }
    }

    /// Seals what was typed once the typing has rested; what could not be sealed is tried again after the next rest.
    pub(super) fn seal_rested(&mut self) {
        let now = self.options.clock.elapsed();
        let Some(Activity::Enrolling(open)) = self.session.as_ref().map(|s| &s.activity) else {
            return;
        };
        if open.work.dirty && now.saturating_sub(open.changed) >= DRAFT_REST {
            self.seal_draft();
        }
    }

    fn new_application(&mut self) {
        if let Some(refusal) = self.no_new_work() {
            self.notice = Some(refusal);
            return;
        }
        if !self.nothing_open() {
            return;
        }
        let mut random = [0_u8; 10];
        rand::Rng::fill(&mut rand::rng(), &mut random);
        let work = OpenWork::new(PacketId::mint(self.believed_now(), random));
        self.notice = None;
        if let Some(session) = &mut self.session {
            session.slip = None;
        }
        self.open_work(work);
    }

    /// Why no new application may start; everything taken stays and goes on.
    pub(super) fn no_new_work(&self) -> Option<Notice> {
        if self.session.is_none() {
            return Some(Notice::attention("notice-sign-in-first"));
        }
        let Some(lease) = self.lease() else {
            return Some(Notice::stop("notice-no-lease"));
        };
        match lease.may_begin(self.begun(), self.believed_now()) {
            Ok(()) => None,
            Err(NoNewWork::Ended) => {
                Some(Notice::stop("notice-lease-expired").with("date", lease.ends().to_date()))
            }
            Err(NoNewWork::UsedUp) => Some(Notice::stop("notice-lease-used")),
        }
    }

    /// Applications begun under the lease that is held, by its serial: no clock changes their number.
    pub(super) fn begun(&self) -> u64 {
        match (self.lease(), &self.store) {
            (Some(held), Some(store)) => store.begun_under(held.lease.serial).unwrap_or(u64::MAX),
            _ => u64::MAX,
        }
    }

    pub(super) fn packets_left(&self) -> u32 {
        let limit = self.lease().map_or(0, LeaseRecord::packets);
        limit.saturating_sub(u32::try_from(self.begun()).unwrap_or(u32::MAX))
    }

    /// Whom a draft is sealed to: its officer, and the office's recovery, should the officer not come back.
    pub(super) fn draft_readers(&self, officer: &Recipient) -> Vec<Recipient> {
        let recovery = self.lease().and_then(|l| l.lease.office_recovery.clone());
        std::iter::once(officer.clone()).chain(recovery).collect()
    }

    /// Whom a review copy is sealed to: every supervisor but the officer, and the office's recovery.
    pub(super) fn review_readers(&self, officer: &StaffId) -> Vec<Recipient> {
        let Some(held) = self.lease() else {
            return Vec::new();
        };
        let supervisors = held.lease.supervisors().filter(|s| s.id != *officer);
        supervisors
            .map(|s| s.recipient.clone())
            .chain(held.lease.office_recovery.clone())
            .collect()
    }

    fn open_draft(&mut self, packet: PacketId) {
        let (Some(session), Some(store)) = (&self.session, &self.store) else {
            return;
        };
        if !self.nothing_open() {
            return;
        }
        let keys = session.keys.clone();
        let sealed = store.draft_envelope(packet);
        let policy = self.policy();
        let Some(sealed) = self.told(sealed) else {
            return;
        };
        match OpenWork::unseal(packet, &sealed, &keys, &policy) {
            Ok(work) => {
                self.notice = None;
                self.open_work(work);
            }
            Err(error) => self.notice = Some(problems::draft(&error)),
        }
    }

    fn change_work(&mut self, change: impl FnOnce(&mut OpenWork)) {
        let Some(work) = self.work_mut() else { return };
        change(work);
        work.dirty = true;
        self.note_changed();
    }

    fn set_consent(&mut self, given: bool) {
        let now = self.options.clock.now();
        let text_version = self.policy().consent_version;
        self.change_work(|work| {
            let by_guardian = work.kind == Some(ApplicationKind::Child);
            work.consent = given.then_some(Consent {
                at: now,
                text_version,
                by_guardian,
            });
        });
    }

    fn goto(&mut self, step: Step) {
        self.change_work(|work| work.step = step);
        self.seal_draft();
    }

    /// Seals the open draft to its officer; one in which nothing stands yet needs no sealing.
    pub(super) fn seal_draft(&mut self) -> bool {
        let (Some(work), Some(session)) = (self.work(), &self.session) else {
            return true;
        };
        if work.is_blank() {
            return true;
        }
        let sealed = match work.seal(&self.draft_readers(&session.entry.recipient)) {
            Ok(sealed) => sealed,
            Err(error) => {
                self.notice = Some(problems::sealing(&error));
                return false;
            }
        };
        let draft = DraftEntry {
            packet: work.packet,
            officer: session.entry.id.clone(),
            // The list's word for a draft whose kind nobody has chosen; the sealed draft says none.
            kind: work.kind.unwrap_or(ApplicationKind::New),
            step: work.step.key().to_owned(),
            envelope: sealed,
        };
        let now = self.options.clock.now();
        let Some(store) = &mut self.store else {
            return false;
        };
        let saved = store.save_draft(&draft, now);
        let saved = self.told(saved).is_some();
        self.note_changed();
        if let Some(work) = self.work_mut() {
            // A draft that could not be saved stays dirty, and is tried again after the next rest.
            work.dirty = !saved;
            if saved {
                work.saved_at = Some(now);
            }
        }
        saved
    }

    fn close_work(&mut self) {
        // Not on the disk: stay, with the message that says why.
        if self.seal_draft() {
            self.open(Activity::AtDesk);
        }
    }

    /// The officer throws the open application away.
    fn discard(&mut self) {
        if self.end_work("discarded").is_some() {
            self.notice = Some(Notice::ok("notice-discarded"));
        }
    }

    /// The applicant refuses: counted by its reason, even where nothing has been typed yet.
    fn refuse(&mut self, refusal: Refusal) {
        if let Some(packet) = self.end_work(refusal.key()) {
            self.audit(&refused_act(refusal), Some(packet), "");
            self.notice = Some(Notice::ok("notice-refused"));
        }
    }

    /// Ends the open application without sending anything; gives which one it was.
    fn end_work(&mut self, reason: &str) -> Option<PacketId> {
        let packet = self.work()?.packet;
        let now = self.options.clock.now();
        let store = self.store.as_mut()?;
        // What was never sealed is in memory alone.
        let known = store.history_of(packet);
        if self.told(known)?.is_some() {
            let closed = self.store.as_mut()?.close(packet, reason, now);
            self.told(closed)?;
            self.purge_closed();
        }
        self.open(Activity::AtDesk);
        Some(packet)
    }

    fn submit(&mut self) {
        if !self.seal_draft() {
            return;
        }
        let (Some(work), Some(session), Some(station)) =
            (self.work(), &self.session, &self.station)
        else {
            return;
        };
        let Some(lease) = &station.lease else {
            self.notice = Some(Notice::stop("notice-no-lease"));
            return;
        };
        let (policy, now) = (lease.lease.policy.clone(), self.options.clock.now());
        // Ages and dates are judged by the later of all times seen: a clock that was set back must
        // not turn a date of birth into the future.
        let believed = self.believed_now();
        if !work.view(&policy, believed).gaps.is_empty() {
            self.notice = Some(Notice::attention("notice-missing"));
            return;
        }
        if work.replayed() && !policy.replay_allowed {
            self.notice = Some(Notice::stop("notice-replay-refused"));
            return;
        }
        let reviewers = self.review_readers(&session.entry.id);
        if reviewers.is_empty() {
            self.notice = Some(Notice::stop("notice-no-supervisor"));
            return;
        }
        let Some(packed) = work.to_packet(believed) else {
            self.notice = Some(Notice::attention("notice-missing"));
            return;
        };
        let slip = packed.as_ref().ok().map(|(application, _)| SlipContent {
            packet: work.packet,
            kind: application.kind,
            name: application.details.name.clone(),
            office_latin: lease.lease.office.name_latin.clone(),
            office_urdu: lease.lease.office.name_urdu.clone(),
            station: station.record.station.clone(),
            at: now,
        });
        let sealed = packed.and_then(|(application, parts)| {
            let (packet_envelope, review_envelope) =
                seal_both(&parts, &lease.lease.ingest, &reviewers)?;
            let signing = self.signing();
            let statement = Statement {
                format: signing.format,
                lease: signing.lease,
                audit_head: signing.audit_head,
                kind: None,
                packet: work.packet,
                digest: Digest::of(&packet_envelope),
                length: packet_envelope.len() as u64,
                parts: parts.kinds(),
                officer: session.entry.id.clone(),
                station: station.record.station.clone(),
                at: now,
                clock: self.clock(),
            };
            let statement = Signed::sign(&statement, &session.keys.signing)?;
            let (risk, flags) = risk(&application, &policy);
            Ok(Submission {
                packet: work.packet,
                officer: session.entry.id.clone(),
                kind: application.kind,
                packet_envelope,
                statement,
                review_envelope,
                risk,
                flags,
                replayed: work.replayed(),
                priority: Priority::Normal,
            })
        });
        if self.hand_over(sealed, now)
            && let Some(session) = &mut self.session
        {
            session.slip = slip;
        }
    }

    /// Whether the store took it.
    fn hand_over(&mut self, sealed: Result<Submission, EnvelopeError>, now: Timestamp) -> bool {
        let submission = match sealed {
            Ok(submission) => submission,
            Err(error) => {
                self.notice = Some(problems::sealing(&error));
                return false;
            }
        };
        let Some(store) = &mut self.store else {
            return false;
        };
        let submitted = store.submit(&submission, now);
        let taken = self.told(submitted).is_some();
        if taken {
            self.open(Activity::AtDesk);
            self.notice =
                Some(Notice::ok("notice-submitted").with("id", submission.packet.short()));
        }
        taken
    }
}

/// The packet for the centre and the review copy for the office's supervisors, of the same bytes.
fn seal_both(
    parts: &Parts,
    centre: &[Recipient],
    supervisors: &[Recipient],
) -> Result<(Vec<u8>, Vec<u8>), EnvelopeError> {
    let tar = parts.to_tar()?;
    Ok((
        envelope::seal(&tar, centre)?,
        envelope::seal(&tar, supervisors)?,
    ))
}

/// The audited act that counts refusals of this reason.
pub(super) fn refused_act(refusal: Refusal) -> String {
    format!("refused-{}", refusal.key())
}

/// What makes a submission risky, for the order of review: 0 to 100 and the keys of the flags.
pub(super) fn risk(application: &Application, policy: &Policy) -> (u8, Vec<String>) {
    let photo = &application.photo;
    let mut risk = 0_u8;
    let mut flags = Vec::new();
    let mut flag = |on: bool, key: &str, weight: u8| {
        if on {
            flags.push(key.to_owned());
            risk = risk.saturating_add(weight);
        }
    };
    let trusted = matches!(photo.source, domain::Source::Camera { trusted: true, .. });
    let replayed = photo.source == domain::Source::Replayed;
    flag(photo.quality.readings.is_empty(), "flag-no-face", 40);
    flag(photo.reason.is_some(), "flag-override", 25);
    flag(
        !policy.shortfalls(&photo.quality).is_empty(),
        "flag-quality",
        15,
    );
    flag(photo.liveness.flagged, "flag-liveness", 25);
    flag(replayed, "flag-replayed", 20);
    flag(!trusted && !replayed, "flag-camera", 20);
    flag(!application.exceptions.is_empty(), "flag-exception", 5);
    (risk.min(100), flags)
}
