//! What waits too long, and what changes hands: applied by the believed time, and said aloud.

use super::Core;
use super::activity::Activity;
use crate::{Notice, problems};
use domain::{PacketId, Role, StaffId, Timestamp};
use envelope::{PACKET_LIMIT_BYTES, Recipient};
use queue::SealedCopy;
use std::time::Duration;

/// Envelopes that are sealed anew in one round of the desk's thread.
const RESEALED_AT_ONCE: usize = 2;
/// How often the age of drafts and reviews is looked at.
const LOOK_EVERY: Duration = Duration::from_mins(10);

impl Core {
    /// Drafts past policy's age limit end, and reviews past theirs go to the centre without a decision; both are counted for the screen.
    pub(super) fn apply_age_limits(&mut self) {
        let elapsed = self.options.clock.elapsed();
        let due = self
            .aged
            .is_none_or(|last| elapsed.saturating_sub(last) >= LOOK_EVERY);
        // Without a lease there is no policy that sets a limit.
        if !due || self.lease().is_none() {
            return;
        }
        self.aged = Some(elapsed);
        self.end_old_visits();
        let (policy, believed) = (self.policy(), self.believed_now());
        self.end_old_drafts(believed.plus_days(-i64::from(policy.limits.draft_days)));
        if let Some(days) = policy.unreviewed_days {
            self.send_unreviewed(believed.plus_days(-i64::from(days)));
        }
    }

    fn end_old_drafts(&mut self, before: Timestamp) {
        let open = self.work().map(|work| work.packet);
        let now = self.options.clock.now();
        let Some(store) = &mut self.store else { return };
        let old = store.drafts_unchanged_since(before).unwrap_or_default();
        let mut ended = 0_u32;
        for packet in old.into_iter().filter(|packet| Some(*packet) != open) {
            match store.close(packet, "draft-expired", now) {
                Ok(()) => ended += 1,
                Err(error) => tracing::warn!(%error, %packet, "an old draft could not be ended"),
            }
        }
        if ended > 0 {
            self.purge_closed();
            self.notice =
                Some(Notice::attention("notice-drafts-expired").with("count", ended.to_string()));
        }
    }

    fn send_unreviewed(&mut self, before: Timestamp) {
        let Some(word) = self.station_word() else {
            return;
        };
        let now = self.options.clock.now();
        let reviewing = self.reviewing().map(|open| open.row.packet);
        let Some(store) = &mut self.store else { return };
        let waiting = store.reviews_submitted_before(before).unwrap_or_default();
        let mut sent = 0_u32;
        for row in waiting.iter().filter(|row| Some(row.packet) != reviewing) {
            match store.send_unreviewed(row.packet, before, |seed| word.manifest(seed), now) {
                Ok(_) => sent += 1,
                Err(error) => tracing::warn!(%error, packet = %row.packet, "not sent unreviewed"),
            }
        }
        if sent > 0 {
            self.notice =
                Some(Notice::attention("notice-sent-unreviewed").with("count", sent.to_string()));
            self.wake_link();
        }
    }

    /// The open draft, sealed to a colleague of the lease: for the end of a shift, a transfer, a day off.
    pub(super) fn give_away(&mut self, staff: &StaffId) {
        if !self.seal_draft() {
            return;
        }
        let colleague = self.lease().and_then(|l| l.lease.member(staff)).cloned();
        let (Some(work), Some(session), Some(colleague)) = (self.work(), &self.session, colleague)
        else {
            return;
        };
        let (packet, by) = (work.packet, session.entry.id.clone());
        let sealed = work.seal(&self.draft_readers(&colleague.recipient));
        let sealed = match sealed {
            Ok(sealed) => sealed,
            Err(error) => {
                self.notice = Some(problems::sealing(&error));
                return;
            }
        };
        let now = self.options.clock.now();
        let Some(store) = &mut self.store else { return };
        let given = store.hand_over_draft(packet, staff, &sealed, &by, now);
        if self.told(given).is_some() {
            self.open(Activity::AtDesk);
            let notice = Notice::ok("notice-handed-over");
            self.notice = Some(notice.with("staff", colleague.id.as_str().to_owned()));
        }
    }

    /// Whoever has signed in can open what is sealed to them: it will be sealed anew to everybody who may read it today, so that it does not
    /// die with its reader. The office's recovery identity is among them.
    pub(super) fn reseal_for_others(&mut self) {
        let Some(session) = &self.session else { return };
        let (id, role, own) = (
            session.entry.id.clone(),
            session.entry.role,
            session.entry.recipient.clone(),
        );
        let Some(store) = &self.store else { return };
        let drafts = store.drafts(&id).unwrap_or_default();
        let mut envelopes: Vec<_> = drafts
            .iter()
            .map(|draft| (draft.packet, SealedCopy::Draft, self.draft_readers(&own)))
            .collect();
        if role == Role::Supervisor {
            let reviews = store.reviews().unwrap_or_default();
            let others = reviews.iter().filter(|row| row.officer != id);
            envelopes.extend(others.map(|row| {
                (
                    row.packet,
                    SealedCopy::Review,
                    self.review_readers(&row.officer),
                )
            }));
        }
        if let Some(session) = &mut self.session {
            session.to_reseal = envelopes;
        }
    }

    /// A few envelopes at a time, so that nobody waits for a screen.
    pub(super) fn reseal_some(&mut self) {
        for _ in 0..RESEALED_AT_ONCE {
            let next = self.session.as_mut().and_then(|s| s.to_reseal.pop());
            let Some((packet, kind, readers)) = next else {
                return;
            };
            self.reseal(packet, kind, &readers);
        }
    }

    /// One envelope, where its readers are others than those for whom it was sealed last. What cannot be opened or written stays as it is.
    fn reseal(&mut self, packet: PacketId, kind: SealedCopy, readers: &[Recipient]) {
        let now = self.options.clock.now();
        let (Some(store), Some(session)) = (&mut self.store, &self.session) else {
            return;
        };
        let sealed_for = store.readers(packet, kind).ok().flatten();
        let wanted = queue::readers_digest(readers);
        if sealed_for == Some(wanted) {
            return;
        }
        let sealed = match kind {
            SealedCopy::Draft => store.draft_envelope(packet),
            SealedCopy::Review => store.review_envelope(packet),
        };
        let Ok(sealed) = sealed else { return };
        let again = envelope::open(&sealed, &session.keys.identity, PACKET_LIMIT_BYTES)
            .and_then(|content| envelope::seal(&content, readers));
        let Ok(again) = again else { return };
        let kept = match kind {
            SealedCopy::Draft => store.reseal_draft(packet, &again, now),
            SealedCopy::Review => store.reseal_review(packet, &again, now),
        };
        let noted = kept.and_then(|()| store.note_readers(packet, kind, wanted));
        if let Err(error) = noted {
            tracing::warn!(%error, %packet, "an envelope keeps its old readers");
        }
    }
}
