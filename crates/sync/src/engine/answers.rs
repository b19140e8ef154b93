//! What the centre's answers about packets mean, phase by phase.

use super::waits_of::{NO_RECEIPT, OUR_OWN, RETAINED};
use super::{AWAITED_LIMIT, ID_REUSED, RECEIPT_FIRST, RECEIPT_MOST, RECEIPT_TRIES};
use super::{Awaited, Engine, Phase, REQUESTS_OF_A_PIECE, Sending};
use crate::chunk::LEAST_BYTES;
use crate::{
    Documents, Effect, Failure, Request, Response, StoreAct, StoreReply, UploadPoint, Waiting,
};
use domain::{ItemKind, PacketId};
use wire::{PacketReply, PacketState, SignedText};

/// What counts as progress where an answer was lost: half of the smallest piece.
const PROGRESS_BYTES: u64 = (LEAST_BYTES / 2) as u64;
/// The bytes are not those that the manifest names.
const DIGEST_MISMATCH: u16 = 422;

impl Engine {
    pub(super) fn answered(&mut self, response: Response) -> Effect {
        let phase = std::mem::replace(&mut self.phase, Phase::Resting);
        match phase {
            Phase::Polling(poll) => self.poll_answered(poll, response),
            Phase::AskingState(item) => self.state_answered(&item, response),
            Phase::AskingOffset(item, point) => self.offset_answered(item, point, response),
            Phase::Creating(item) => self.creation_answered(&item, response),
            Phase::Voiding(item) => self.void_answered(item, response),
            Phase::Sending(sending) => self.piece_answered(sending, response),
            _ => self.choose(),
        }
    }

    pub(super) fn documents_read(&mut self, item: Waiting, documents: Documents) -> Effect {
        match (item.kind, documents) {
            (ItemKind::Void, Documents::Void(void)) => {
                self.enter(Phase::Voiding(item), Effect::Http(Request::Void(void)))
            }
            (
                ItemKind::Enrolment | ItemKind::Unreviewed | ItemKind::KeyFile,
                Documents::Packet {
                    manifest,
                    statement,
                    decision,
                },
            ) => {
                let request = Request::Create {
                    length: item.length,
                    manifest,
                    statement,
                    decision,
                };
                self.report.sending = Some(item.packet);
                self.enter(Phase::Creating(item), Effect::Http(request))
            }
            (_, Documents::Void(_) | Documents::Packet { .. }) => {
                self.put_off(&item, "documents", OUR_OWN)
            }
        }
    }

    pub(super) fn read_chunk(&mut self, item: Waiting, point: UploadPoint) -> Effect {
        self.confirmed = Some(item.packet);
        let act = StoreAct::Chunk {
            packet: item.packet,
            offset: point.offset,
            length: self.chunk.bytes(),
        };
        self.enter(Phase::ReadingChunk(item, point), Effect::Store(act))
    }

    pub(super) fn send(&mut self, item: Waiting, point: UploadPoint, chunk: Vec<u8>) -> Effect {
        self.report.sending = Some(item.packet);
        let sending = Sending {
            path: point.path.clone(),
            begun: self.now,
            offset: point.offset,
            bytes: chunk.len(),
            item,
        };
        let request = Request::Patch {
            path: point.path,
            offset: point.offset,
            chunk,
        };
        self.enter(Phase::Sending(sending), Effect::Http(request))
    }

    /// The bytes were not those that the manifest names: the store verifies them when it is asked for the documents.
    pub(super) fn verify(&mut self, item: Waiting) -> Effect {
        let act = StoreAct::Documents(item.packet);
        self.enter(Phase::Verifying(item), Effect::Store(act))
    }

    pub(super) fn settled(&mut self, item: &Waiting, reply: &StoreReply) -> Effect {
        match reply {
            StoreReply::Done => {
                self.forget(item.packet);
                self.moved_on();
                self.uploads.refill();
                self.receipts.refill();
                // What became of it comes soon after.
                self.outcomes_soon();
                self.choose()
            }
            StoreReply::Kept => {
                self.moved_on();
                self.put_off(item, "retained", RETAINED)
            }
            _ => self.put_off(item, "receipt-refused", OUR_OWN),
        }
    }

    fn state_answered(&mut self, item: &Waiting, response: Response) -> Effect {
        match response {
            Response::State(reply) => self.state_known(item, reply),
            Response::Refused { status: 404, .. } => self.begin_anew(item),
            Response::Refused { status, key } => self.refused(item, status, &key),
            _ => self.packet_failed(item, Failure::Unreadable),
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
                // A piece whose answer was lost got through, at least in part.
                if offset >= point.offset + PROGRESS_BYTES || offset == item.length {
                    self.uploads.put_back(REQUESTS_OF_A_PIECE);
                    self.memory.moved_on(item.packet);
                }
                point.offset = offset;
                self.note_upload(item.packet, Some(point))
            }
            Response::Refused {
                status: 403 | 404 | 410,
                ..
            } => self.upload_gone(item),
            Response::Refused { status, key } => self.refused(&item, status, &key),
            _ => self.packet_failed(&item, Failure::Unreadable),
        }
    }

    fn creation_answered(&mut self, item: &Waiting, response: Response) -> Effect {
        match response {
            Response::Created { path } => {
                self.memory.begun(item.packet);
                self.note_upload(item.packet, Some(UploadPoint { path, offset: 0 }))
            }
            Response::Refused { status, key } => self.refused(item, status, &key),
            _ => self.packet_failed(item, Failure::Unreadable),
        }
    }

    fn void_answered(&mut self, item: Waiting, response: Response) -> Effect {
        match response {
            Response::Receipt(receipt) => self.settle(item, receipt),
            Response::Refused { status, key } => self.refused(&item, status, &key),
            _ => self.packet_failed(&item, Failure::Unreadable),
        }
    }

    fn piece_answered(&mut self, sending: Sending, response: Response) -> Effect {
        match response {
            Response::Offset(offset) if offset <= sending.item.length => {
                let sent = sending.offset + sending.bytes as u64;
                if (sending.offset + 1..=sent).contains(&offset) {
                    self.arrived(sending, offset)
                } else {
                    // It took nothing, lost something, or has what was not sent.
                    self.stalled(&sending.item)
                }
            }
            Response::Refused {
                status: 404 | 410, ..
            } => self.upload_gone(sending.item),
            // 409: the offset is another; 460: the bytes changed on their way; 423: an older request of ours still holds the upload.
            Response::Refused {
                status: 409 | 423 | 460,
                ref key,
            } if key != ID_REUSED => self.stalled(&sending.item),
            Response::Refused {
                status: DIGEST_MISMATCH,
                ..
            } => {
                self.confirmed = None;
                let act = StoreAct::NoteUpload {
                    packet: sending.item.packet,
                    point: None,
                };
                self.enter(Phase::ForgettingUpload(sending.item), Effect::Store(act))
            }
            Response::Refused { status, key } => self.refused(&sending.item, status, &key),
            _ => self.packet_failed(&sending.item, Failure::Unreadable),
        }
    }

    fn state_known(&mut self, item: &Waiting, reply: PacketReply) -> Effect {
        if reply.packet != item.packet {
            return self.alarm(item.packet, "other-packet");
        }
        if let Some(receipt) = reply.receipt {
            return self.settle(item.clone(), receipt);
        }
        if reply.state != PacketState::Receiving {
            return self.await_receipt(item);
        }
        // An upload is open there; ours goes on, or a new one begins.
        self.begin_anew(item)
    }

    fn settle(&mut self, item: Waiting, receipt: SignedText) -> Effect {
        let packet = item.packet;
        self.enter(
            Phase::Settling(item),
            Effect::Store(StoreAct::Settle { packet, receipt }),
        )
    }

    /// The centre has it and will judge it; one that was put off before is not asked about as often as a new one.
    fn await_receipt(&mut self, item: &Waiting) -> Effect {
        let now = self.now;
        let asked = match self.memory.awaited(item.packet) {
            Some(awaited) => {
                awaited.wait = (awaited.wait * 2).min(RECEIPT_MOST);
                awaited.next = now + awaited.wait;
                awaited.tries += 1;
                awaited.tries <= RECEIPT_TRIES
            }
            None => item.attempts == 0 && self.wait_for_receipt(item.clone()),
        };
        if asked {
            return self.choose();
        }
        self.put_off(item, "no-receipt-yet", NO_RECEIPT)
    }

    fn wait_for_receipt(&mut self, item: Waiting) -> bool {
        let awaited = Awaited {
            item,
            next: self.now + RECEIPT_FIRST,
            wait: RECEIPT_FIRST,
            tries: 0,
        };
        self.memory.await_receipt(awaited, AWAITED_LIMIT)
    }

    /// The upload is gone at the centre; the packet may have arrived whole before, so that is asked before anything is forgotten here.
    fn upload_gone(&mut self, item: Waiting) -> Effect {
        self.confirmed = None;
        self.ask_state(item)
    }

    /// The centre has nothing of it that could go on.
    fn begin_anew(&mut self, item: &Waiting) -> Effect {
        self.memory.no_longer_awaited(item.packet);
        let known = self.memory.of(item.packet);
        known.absent = true;
        if item.upload.is_none() {
            return self.choose();
        }
        known.restarts += 1;
        self.note_upload(item.packet, None)
    }

    fn note_upload(&mut self, packet: PacketId, point: Option<UploadPoint>) -> Effect {
        self.confirmed = point.as_ref().map(|_| packet);
        let act = StoreAct::NoteUpload {
            packet,
            point: point.clone(),
        };
        self.enter(Phase::NotingUpload(packet, point), Effect::Store(act))
    }

    fn arrived(&mut self, sending: Sending, offset: u64) -> Effect {
        let took = self.now.saturating_sub(sending.begun);
        self.chunk.arrived(sending.bytes, took);
        let seconds = took.as_secs_f64().max(0.001);
        self.report.rate_bytes = Some((sending.bytes as f64 / seconds) as u64);
        // A centre that takes a piece byte by byte gets no more requests than one that takes nothing.
        if (offset - sending.offset) * 2 >= sending.bytes as u64 {
            self.uploads.put_back(REQUESTS_OF_A_PIECE);
            self.memory.moved_on(sending.item.packet);
            self.moved_on();
        } else {
            self.memory.of(sending.item.packet).stalls += 1;
        }
        let point = UploadPoint {
            path: sending.path,
            offset,
        };
        let mut item = sending.item;
        let packet = item.packet;
        if offset >= item.length {
            item.upload = Some(point.clone());
            self.wait_for_receipt(item);
        }
        self.note_upload(packet, Some(point))
    }

    /// A piece moved nothing; where the upload stands is asked again, and not for ever.
    fn stalled(&mut self, item: &Waiting) -> Effect {
        self.confirmed = None;
        self.chunk.lost();
        self.memory.of(item.packet).stalls += 1;
        self.choose()
    }
}
