//! What a failure costs: the link, one packet, or one of the questions beside the uploads.

use super::waits::Growing;
use super::waits_of::{FAULT, REFUSED, TROUBLE_MOST};
use super::{Engine, LOST_LIMIT, Phase, STREAK_LIMIT, Sending};
use crate::{Effect, Failure, StoreAct, Waiting};

impl Engine {
    pub(super) fn failed(&mut self, failure: Failure) -> Effect {
        let phase = std::mem::replace(&mut self.phase, Phase::Resting);
        if matches!(phase, Phase::Sending(_)) && failure.of_link() {
            self.chunk.lost();
        }
        // What the centre took of the last piece is not known; what changed behind a broken link neither.
        self.confirmed = None;
        self.report.rate_bytes = None;
        self.report.online = failure.answered();
        self.report.error = Some(failure.key());
        if failure.of_link() {
            let asked = match failure {
                Failure::Busy { after } => after,
                _ => None,
            };
            self.link.failed(self.now, asked);
        } else {
            self.answers += 1;
        }
        match phase {
            Phase::Polling(poll) => self.poll_failed(poll, failure),
            Phase::AskingState(item)
            | Phase::AskingOffset(item, _)
            | Phase::Creating(item)
            | Phase::Voiding(item)
            | Phase::Sending(Sending { item, .. }) => self.packet_failed(&item, failure),
            _ => self.choose(),
        }
    }

    /// A request about a packet failed.
    pub(super) fn packet_failed(&mut self, item: &Waiting, failure: Failure) -> Effect {
        match failure {
            Failure::Foreign | Failure::Dates | Failure::Rejected => self.choose(),
            Failure::NoAnswer | Failure::Busy { .. } => self.lost(item),
            Failure::Unreadable | Failure::Fault => self.fault(item),
        }
    }

    /// The connection broke over a packet. Where others are answered in between, it speaks of the packet after all.
    fn lost(&mut self, item: &Waiting) -> Effect {
        let answers = self.answers;
        let limit = if self.in_trouble() { 0 } else { LOST_LIMIT };
        let known = self.memory.of(item.packet);
        if known.lost_at != answers {
            known.lost_at = answers;
            known.lost += 1;
        }
        if known.lost > limit {
            return self.put_off(item, "centre-busy", FAULT);
        }
        self.choose()
    }

    /// The centre failed at a packet, or its answer cannot be read: others go on.
    fn fault(&mut self, item: &Waiting) -> Effect {
        self.count(item);
        if self.in_trouble() {
            self.link.failed(self.now, None);
        }
        self.put_off(item, "centre-fault", FAULT)
    }

    /// The centre says no to a packet. It stays here; nothing but a receipt lets it go.
    pub(super) fn refused(&mut self, item: &Waiting, status: u16, key: &str) -> Effect {
        if status == 409 && key == super::ID_REUSED {
            return self.alarm(item.packet, "id-reused");
        }
        self.put_off(item, "centre-refused", REFUSED)
    }

    fn count(&mut self, item: &Waiting) {
        if self.streak.len() < STREAK_LIMIT {
            self.streak.insert(item.packet);
        }
    }

    /// A packet moved on: the centre does what it is there for.
    pub(super) fn moved_on(&mut self) {
        self.streak.clear();
        self.link.answered();
    }

    pub(super) fn put_off(
        &mut self,
        item: &Waiting,
        reason: &'static str,
        waits: Growing,
    ) -> Effect {
        self.memory.no_longer_awaited(item.packet);
        if matches!(reason, "centre-fault" | "centre-refused" | "centre-busy") {
            self.count(item);
        }
        let spread = self.seed.wrapping_add(self.now.as_millis() as u64);
        let mut wait = waits.after(item.attempts, spread);
        if reason == "centre-fault" && self.in_trouble() {
            wait = wait.min(TROUBLE_MOST);
        }
        let packet = item.packet;
        let until = self.now + wait;
        let act = StoreAct::PutOff {
            packet,
            reason,
            wait,
        };
        self.enter(Phase::PuttingOff { packet, until }, Effect::Store(act))
    }

    pub(super) fn alarm(&mut self, packet: domain::PacketId, reason: &'static str) -> Effect {
        self.memory.no_longer_awaited(packet);
        let act = StoreAct::Alarm { packet, reason };
        self.enter(Phase::Alarming(packet), Effect::Store(act))
    }
}
