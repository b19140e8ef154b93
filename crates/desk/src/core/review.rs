//! Review: four eyes, a signature over the same digest.

use super::Core;
use super::activity::{Activity, Reviewing};
use super::work::risk;
use crate::open_work::{OpenWork, screen_picture};
use crate::{Notice, OpenReview, ReviewAct, ReviewView, problems};
use domain::{Application, PacketId, Priority, Role, StationId};
use envelope::{
    Decision, DecisionKind, Digest, EnvelopeError, FORMAT, PACKET_LIMIT_BYTES, PartKind, Parts,
    ReviewReturn, Signed, from_cbor,
};
use queue::{ReviewRow, Store, VisitRow, Word};
use std::sync::Arc;

impl Core {
    pub(super) fn review_act(&mut self, act: ReviewAct) {
        match act {
            ReviewAct::Open(packet) => self.open_review(packet),
            ReviewAct::Close => self.close_review(),
            ReviewAct::Approve => self.approve(),
            ReviewAct::Return(reason) => self.return_work(&reason),
            ReviewAct::Reject(reason) => self.reject(&reason),
        }
    }

    fn close_review(&mut self) {
        if self.reviewing().is_some() {
            self.open(Activity::AtDesk);
        }
    }

    fn open_review(&mut self, packet: PacketId) {
        // A draft that is open stays open: it would have to be sealed first.
        if self.work().is_some() {
            return;
        }
        let (Some(session), Some(store)) = (&self.session, &self.store) else {
            return;
        };
        if session.entry.role != Role::Supervisor {
            self.notice = Some(Notice::attention("notice-supervisors-only"));
            return;
        }
        let Some((row, station)) = waiting(store, packet) else {
            return;
        };
        if domain::four_eyes(&row.officer, &session.entry.id).is_err() {
            self.notice = Some(Notice::attention("notice-own-work"));
            return;
        }
        let keys = session.keys.clone();
        let sealed = match &station {
            None => store.review_envelope(packet),
            Some(_) => store.visit_copy(row.digest),
        };
        let Some(sealed) = self.told(sealed) else {
            return;
        };
        let opened = envelope::open(&sealed, &keys.identity, PACKET_LIMIT_BYTES)
            .and_then(|tar| Parts::from_tar(&tar))
            .and_then(|parts| self.review_view(row, station, parts));
        match opened {
            Ok(reviewing) => {
                self.notice = None;
                self.audit("review-opened", Some(packet), "");
                self.open(Activity::Reviewing(Box::new(reviewing)));
            }
            Err(error) => self.notice = Some(problems::draft(&error)),
        }
    }

    fn review_view(
        &self,
        mut row: queue::ReviewRow,
        station: Option<StationId>,
        parts: Parts,
    ) -> Result<Reviewing, EnvelopeError> {
        let malformed = || EnvelopeError::Malformed("review copy");
        let application: Application =
            from_cbor(parts.get(PartKind::Application).ok_or_else(malformed)?)?;
        let portrait = parts
            .get(PartKind::Portrait)
            .and_then(screen_picture)
            .ok_or_else(malformed)?;
        let burst = parts
            .kinds()
            .into_iter()
            .filter(|k| matches!(k, PartKind::Burst(_)))
            .filter_map(|k| screen_picture(parts.get(k)?))
            .collect();
        if station.is_some() {
            // What stands out says something of the applicant: it does not travel in the clear.
            row.flags = risk(&application, &self.policy()).1;
        }
        let view = OpenReview {
            row: ReviewView {
                station: station.clone(),
                ..review_row(&row)
            },
            shortfalls: self.policy().shortfalls(&application.photo.quality),
            assessed: application
                .photo
                .quality
                .readings
                .iter()
                .filter(|r| r.scalar.is_some())
                .count(),
            application: Arc::new(application),
            portrait,
            burst,
            deciding: false,
        };
        Ok(Reviewing {
            row,
            station,
            parts,
            view,
        })
    }

    fn decision(
        &self,
        kind: DecisionKind,
        reasons: Vec<String>,
    ) -> Option<Result<Signed<Decision>, EnvelopeError>> {
        let (reviewing, session) = (self.reviewing()?, self.session.as_ref()?);
        let signing = self.signing();
        let decision = Decision {
            format: signing.format,
            lease: signing.lease,
            audit_head: signing.audit_head,
            packet: reviewing.row.packet,
            digest: reviewing.row.digest,
            supervisor: session.entry.id.clone(),
            kind,
            reasons,
            at: self.options.clock.now(),
        };
        Some(Signed::sign(&decision, &session.keys.signing))
    }

    fn approve(&mut self) {
        let Some(decision) = self.decision(DecisionKind::Approve, Vec::new()) else {
            return;
        };
        let (Some(word), Some(reviewing)) = (self.station_word(), self.reviewing()) else {
            return;
        };
        let decision = match decision {
            Ok(decision) => decision,
            Err(error) => {
                self.notice = Some(problems::sealing(&error));
                return;
            }
        };
        let (packet, now) = (reviewing.row.packet, self.options.clock.now());
        if reviewing.station.is_some() {
            self.decide_elsewhere(&Word::Decision(decision), packet);
            return;
        }
        let Some(store) = &mut self.store else { return };
        let approved = store.approve(packet, &decision, |seed| word.manifest(seed), now);
        if self.told(approved).is_some() {
            self.open(Activity::AtDesk);
            self.notice = Some(Notice::ok("notice-approved").with("id", packet.short()));
            self.wake_link();
        }
    }

    fn return_work(&mut self, reason: &str) {
        if !crate::RETURN_REASONS.contains(&reason) {
            return;
        }
        let (Some(reviewing), Some(session)) = (self.reviewing(), &self.session) else {
            return;
        };
        let Some(lease) = self.lease() else { return };
        let Some(officer) = lease.lease.member(&reviewing.row.officer) else {
            self.notice = Some(Notice::attention("notice-officer-gone"));
            return;
        };
        let packet = reviewing.row.packet;
        let application = reviewing.view.application.clone();
        let policy = self.policy();
        let work = OpenWork::from_review(
            packet,
            &application,
            &reviewing.parts,
            &policy,
            reason.to_owned(),
        );
        let sealed = work.seal(&self.draft_readers(&officer.recipient));
        let supervisor = session.entry.id.clone();
        let now = self.options.clock.now();
        let sealed = match sealed {
            Ok(sealed) => sealed,
            Err(error) => {
                self.notice = Some(problems::sealing(&error));
                return;
            }
        };
        if let Some(reviewing) = self.reviewing().filter(|open| open.station.is_some()) {
            let signing = self.signing();
            let returned = ReviewReturn {
                format: FORMAT,
                packet,
                digest: reviewing.row.digest,
                officer: reviewing.row.officer.clone(),
                kind: reviewing.row.kind,
                supervisor,
                reason: reason.to_owned(),
                draft: Digest::of(&sealed),
                at: now,
                lease: signing.lease,
                audit_head: signing.audit_head,
            };
            self.return_elsewhere(&returned, sealed);
            return;
        }
        let Some(store) = &mut self.store else { return };
        let returned = store.return_to_draft(packet, &supervisor, &sealed, reason, now);
        if self.told(returned).is_some() {
            self.open(Activity::AtDesk);
            self.notice = Some(Notice::ok("notice-returned").with("id", packet.short()));
        }
    }

    fn reject(&mut self, reason: &str) {
        if !crate::REJECT_REASONS.contains(&reason) {
            return;
        }
        let Some(decision) = self.decision(DecisionKind::Reject, vec![reason.to_owned()]) else {
            return;
        };
        let Some(packet) = self.reviewing().map(|r| r.row.packet) else {
            return;
        };
        let decision = match decision {
            Ok(decision) => decision,
            Err(error) => {
                self.notice = Some(problems::sealing(&error));
                return;
            }
        };
        let elsewhere = self.reviewing().is_some_and(|open| open.station.is_some());
        if elsewhere {
            self.decide_elsewhere(&Word::Decision(decision), packet);
            return;
        }
        let now = self.options.clock.now();
        let Some(store) = &mut self.store else { return };
        let rejected = store.reject(packet, &decision, reason, now);
        if self.told(rejected).is_some() {
            self.purge_closed();
            self.open(Activity::AtDesk);
            self.notice = Some(Notice::ok("notice-rejected").with("id", packet.short()));
        }
    }
}

/// A review that waits here, or at another station of the office.
fn waiting(store: &Store, packet: PacketId) -> Option<(ReviewRow, Option<StationId>)> {
    let own = store.reviews().ok()?;
    if let Some(row) = own.into_iter().find(|row| row.packet == packet) {
        return Some((row, None));
    }
    let visits = store.visits().ok()?;
    let visit = visits.into_iter().find(|visit| visit.packet == packet)?;
    let row = ReviewRow {
        packet,
        officer: visit.officer,
        kind: visit.kind,
        risk: visit.risk,
        flags: Vec::new(),
        replayed: visit.replayed,
        priority: Priority::Normal,
        digest: visit.digest,
        length: 0,
        submitted_at: visit.submitted_at,
    };
    Some((row, Some(visit.station)))
}

pub(super) fn visit_row(visit: VisitRow) -> ReviewView {
    ReviewView {
        packet: visit.packet,
        kind: Some(visit.kind),
        officer: visit.officer,
        since: visit.submitted_at,
        flags: Vec::new(),
        risk: visit.risk,
        station: Some(visit.station),
    }
}

pub(super) fn review_row(row: &queue::ReviewRow) -> ReviewView {
    ReviewView {
        packet: row.packet,
        kind: Some(row.kind),
        officer: row.officer.clone(),
        since: row.submitted_at,
        flags: row.flags.clone(),
        risk: row.risk,
        station: None,
    }
}
