//! What the centre's answers mean, phase by phase.

use super::waits::refused_wait;
use super::{Awaited, Engine, Phase, Sending};
use super::{
    CONFLICTS_LIMIT, ID_REUSED, LEASE_EVERY, OUTCOMES_EVERY, RECEIPT_FIRST, RECEIPT_MOST,
    RECEIPT_TRIES,
};
use crate::{Effect, Failure, Response, StoreAct, UploadPoint, Waiting};
use domain::PacketId;
use wire::{PacketReply, SignedText};

impl Engine {
    pub(super) fn answered(&mut self, response: Response) -> Effect {
        let phase = std::mem::replace(&mut self.phase, Phase::Resting);
        match phase {
            Phase::PullingLease => self.lease_answered(response),
            Phase::PullingOutcomes => self.outcomes_answered(response),
            Phase::AskingState(item) => self.state_answered(item, response),
            Phase::AskingOffset(item, point) => self.offset_answered(item, point, response),
            Phase::Creating(item) => self.creation_answered(&item, response),
            Phase::Sending(sending) => self.piece_answered(sending, response),
            _ => self.choose(),
        }
    }

    fn lease_answered(&mut self, response: Response) -> Effect {
        self.lease_due = self.now + LEASE_EVERY;
        match response {
            Response::Lease {
                reply: Some(reply),
                tag,
            } => {
                self.lease_tag = tag;
                self.enter(
                    Phase::KeepingLease,
                    Effect::Store(StoreAct::PutLease(reply)),
                )
            }
            Response::Lease { reply: None, .. } | Response::Refused { .. } => self.choose(),
            _ => self.failed(Failure::Unreadable),
        }
    }

    fn outcomes_answered(&mut self, response: Response) -> Effect {
        self.outcomes_due = self.now + OUTCOMES_EVERY;
        match response {
            Response::Outcomes(outcomes) if !outcomes.is_empty() => self.enter(
                Phase::KeepingOutcomes,
                Effect::Store(StoreAct::PutOutcomes(outcomes)),
            ),
            Response::Outcomes(_) | Response::Refused { .. } => self.choose(),
            _ => self.failed(Failure::Unreadable),
        }
    }

    fn state_answered(&mut self, item: Waiting, response: Response) -> Effect {
        match response {
            Response::State(reply) => self.state_known(&item, reply),
            Response::Refused { status: 404, .. } => self.nothing_there(item),
            Response::Refused { status, key } => self.refused(&item, status, &key),
            _ => self.failed(Failure::Unreadable),
        }
    }

    fn offset_answered(
        &mut self,
        item: Waiting,
        mut point: UploadPoint,
        response: Response,
    ) -> Effect {
        match response {
            Response::Offset(offset) if offset == point.offset => self.read_chunk(item, point),
            Response::Offset(offset) if offset <= item.length => {
                point.offset = offset;
                self.note_upload(item.packet, Some(point))
            }
            Response::Refused {
                status: 403 | 404 | 410,
                ..
            } => self.upload_gone(item.packet),
            Response::Refused { status, key } => self.refused(&item, status, &key),
            _ => self.failed(Failure::Unreadable),
        }
    }

    fn creation_answered(&mut self, item: &Waiting, response: Response) -> Effect {
        match response {
            Response::Created { path } => {
                self.conflicts = 0;
                self.note_upload(item.packet, Some(UploadPoint { path, offset: 0 }))
            }
            Response::Refused { status, key } => self.refused(item, status, &key),
            _ => self.failed(Failure::Unreadable),
        }
    }

    fn piece_answered(&mut self, sending: Sending, response: Response) -> Effect {
        match response {
            Response::Offset(offset) if offset <= sending.item.length => {
                self.arrived(sending, offset)
            }
            Response::Refused {
                status: 404 | 410, ..
            } => self.upload_gone(sending.item.packet),
            // 409: the offset is another; 460: the bytes changed on their way; 423: an older request of ours still holds the upload.
            Response::Refused {
                status: 409 | 423 | 460,
                ref key,
            } if key != ID_REUSED => self.conflict(&sending.item),
            Response::Refused { status, key } => self.refused(&sending.item, status, &key),
            _ => self.failed(Failure::Unreadable),
        }
    }

    /// The centre says no to a packet. It stays here; nothing but a receipt lets it go.
    fn refused(&mut self, item: &Waiting, status: u16, key: &str) -> Effect {
        if status == 409 && key == ID_REUSED {
            return self.alarm(item.packet, "id-reused");
        }
        self.put_off(item.packet, "centre-refused", refused_wait(item.attempts))
    }

    fn state_known(&mut self, item: &Waiting, reply: PacketReply) -> Effect {
        if reply.packet != item.packet {
            return self.alarm(item.packet, "other-packet");
        }
        if let Some(receipt) = reply.receipt {
            return self.settle(item.packet, receipt);
        }
        if reply.state == wire::PacketState::Receiving {
            // An upload is open there; ours goes on, or a new one begins.
            self.awaited.remove(&item.packet);
            self.asked.insert(item.packet);
            let whole = item
                .upload
                .as_ref()
                .is_some_and(|point| point.offset >= item.length);
            if whole {
                return self.upload_gone(item.packet);
            }
            return self.go_on_with(item.clone());
        }
        self.await_receipt(item.packet)
    }

    fn settle(&mut self, packet: PacketId, receipt: SignedText) -> Effect {
        self.enter(
            Phase::Settling(packet),
            Effect::Store(StoreAct::Settle { packet, receipt }),
        )
    }

    fn await_receipt(&mut self, packet: PacketId) -> Effect {
        let now = self.now;
        let awaited = self.awaited.entry(packet).or_insert(Awaited {
            next: now,
            wait: RECEIPT_FIRST / 2,
            tries: 0,
        });
        awaited.wait = (awaited.wait * 2).min(RECEIPT_MOST);
        awaited.next = now + awaited.wait;
        awaited.tries += 1;
        if awaited.tries > RECEIPT_TRIES {
            return self.put_off(packet, "no-receipt-yet", refused_wait(0));
        }
        self.choose()
    }

    /// The centre has nothing of it: from the beginning.
    fn nothing_there(&mut self, item: Waiting) -> Effect {
        self.awaited.remove(&item.packet);
        self.asked.insert(item.packet);
        if item.upload.is_some() {
            return self.note_upload(item.packet, None);
        }
        self.go_on_with(item)
    }

    fn upload_gone(&mut self, packet: PacketId) -> Effect {
        self.awaited.remove(&packet);
        self.note_upload(packet, None)
    }

    fn arrived(&mut self, sending: Sending, offset: u64) -> Effect {
        self.conflicts = 0;
        let took = self.now.saturating_sub(sending.begun);
        self.chunk.arrived(sending.bytes, took);
        let seconds = took.as_secs_f64().max(0.001);
        self.report.rate_bytes = Some((sending.bytes as f64 / seconds) as u64);
        if offset >= sending.item.length {
            self.awaited.insert(
                sending.item.packet,
                Awaited {
                    next: self.now + RECEIPT_FIRST,
                    wait: RECEIPT_FIRST,
                    tries: 0,
                },
            );
        }
        let point = UploadPoint {
            path: sending.path,
            offset,
        };
        self.note_upload(sending.item.packet, Some(point))
    }

    fn conflict(&mut self, item: &Waiting) -> Effect {
        self.confirmed = None;
        self.chunk.lost();
        self.conflicts += 1;
        if self.conflicts > CONFLICTS_LIMIT {
            self.conflicts = 0;
            return self.put_off(item.packet, "centre-busy", refused_wait(0));
        }
        self.choose()
    }
}
