//! The photograph step.

use super::Core;
use crate::analysis::{Order, Seen};
use crate::{ChallengeView, Notice, PhotoPhase, Severity, problems};
use domain::{CaptureReason, PacketId, VouchReason};

impl Core {
    pub(super) fn seen(&mut self, packet: PacketId, seen: Seen) {
        if let Seen::Broken(notice) = seen {
            self.models_broken = Some(notice.clone());
            self.notice = Some(notice);
            return;
        }
        // What was seen for somebody who has left is thrown away.
        let Some(work) = self
            .work_mut()
            .filter(|w| w.packet == packet && w.wants_frames())
        else {
            return;
        };
        match seen {
            Seen::Burst { taken, of } => work.burst(taken, of),
            Seen::Working => work.working(),
            Seen::Challenge(view) => self.challenge_seen(packet, view),
            Seen::Told(notice) => self.notice = Some(notice),
            Seen::Captured(captured) => {
                let refused =
                    captured.source == domain::Source::Replayed && !self.policy().replay_allowed;
                if refused {
                    self.notice = Some(Notice::stop("notice-replay-refused"));
                }
                if let Some(work) = self.work_mut() {
                    work.captured(captured);
                }
            }
            Seen::Failed(notice) => {
                work.again();
                self.notice = Some(notice);
                self.analysis.order(Order::Again);
            }
            Seen::Refused(notice) => {
                work.refused();
                self.notice = Some(notice);
                self.analysis.order(Order::Again);
            }
            Seen::Broken(_) => {}
        }
    }

    /// Without a reason only where every check holds; with one always.
    pub(super) fn take_now(&mut self, reason: Option<CaptureReason>) {
        let Some(work) = self.work().filter(|w| w.wants_frames()) else {
            return;
        };
        let view = work.view(&self.policy(), self.believed_now());
        if reason == Some(CaptureReason::Retries) && view.photo.attempt <= view.photo.tries {
            self.notice = Some(Notice::new(Severity::Info, "notice-tries-left"));
            return;
        }
        if !matches!(view.photo.phase, PhotoPhase::Live) {
            return;
        }
        if let Some(notice) = &self.models_broken {
            self.notice = Some(notice.clone());
            return;
        }
        if !self.camera_view.live() {
            self.notice = Some(Notice::attention("notice-no-camera"));
            return;
        }
        let ready = reason.is_some() || self.all_checks_hold();
        if !ready {
            self.notice = Some(Notice::attention("notice-choose-reason"));
            return;
        }
        if let Some(reason) = reason {
            let packet = work.packet;
            self.audit("capture-override", Some(packet), reason.key());
        }
        self.analysis.order(Order::Take(reason));
    }

    fn challenge_seen(&mut self, packet: PacketId, view: ChallengeView) {
        let Some(work) = self.work_mut() else { return };
        work.challenge_seen(view);
        let act = match view {
            ChallengeView::Passed => "challenge-passed",
            ChallengeView::Failed => "challenge-failed",
            ChallengeView::Vouched => "challenge-vouched",
            ChallengeView::Running { done: 0, .. } => {
                // What a failed try was told about is over.
                self.notice = None;
                return;
            }
            ChallengeView::Running { .. } | ChallengeView::Waiting | ChallengeView::TriesOver => {
                return;
            }
        };
        self.audit(act, Some(packet), "");
    }

    /// Another draw after a failed challenge.
    pub(super) fn begin_challenge(&mut self) {
        let asks = self.work().filter(|w| w.wants_frames());
        if asks.is_some_and(|w| w.challenge == ChallengeView::TriesOver) {
            self.notice = Some(Notice::new(Severity::Info, "notice-challenge-tries-over"));
            return;
        }
        let failed = asks.is_some_and(|w| w.challenge == ChallengeView::Failed);
        if failed && self.analysis.order(Order::Again) {
            self.notice = None;
            if let Some(work) = self.work_mut() {
                work.challenge_seen(ChallengeView::Waiting);
            }
        }
    }

    /// The officer vouches; without a live camera there is nobody to vouch for.
    pub(super) fn vouch(&mut self, why: VouchReason) {
        let Some(work) = self.work().filter(|w| w.wants_frames()) else {
            return;
        };
        let packet = work.packet;
        if !self.camera_view.live() {
            self.notice = Some(Notice::attention("notice-no-camera"));
            return;
        }
        if self.analysis.order(Order::Vouch(why)) {
            self.notice = None;
            self.audit("challenge-alternative", Some(packet), why.key());
        }
    }

    fn all_checks_hold(&self) -> bool {
        self.live
            .newest()
            .is_some_and(|live| live.checks.iter().all(crate::Check::holds))
    }

    pub(super) fn retake(&mut self) {
        if let Some(work) = self.work_mut() {
            work.again();
            self.notice = None;
            if !self.analysis.order(Order::Again) {
                self.watching = None;
            }
        }
    }

    pub(super) fn keep_photo(&mut self) {
        let now = self.options.clock.now();
        let Some(work) = self.work_mut() else { return };
        let packet = work.packet;
        match work.keep(now) {
            Ok(Some(first)) => {
                self.audit(
                    if first { "photo-first" } else { "photo-again" },
                    Some(packet),
                    "",
                );
                self.seal_draft();
            }
            Ok(None) => {}
            Err(error) => self.notice = Some(problems::sealing(&error)),
        }
    }
}
