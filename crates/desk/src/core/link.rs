//! What the link asks of the store, and what it tells.

use super::Core;
use crate::{LinkView, Notice, problems};
use domain::PacketId;
use envelope::Receipt;
use queue::{OutboxEntry, QueueError, Settled, Store, UploadPoint};
use std::time::Duration;
use sync::{Candidates, Documents, LinkReport, Order, StoreAct, StoreReply, Waiting};
use wire::{LeaseReply, SignedText};

/// Packets that are offered to the link at once.
const CANDIDATES: usize = 16;

impl Core {
    /// Carries out what the link asks; the packet's bytes and documents are sealed and signed, so there is nothing to hide from it.
    pub(super) fn answer_link(&mut self, act: StoreAct) -> StoreReply {
        let now = self.options.clock.now();
        let Some(store) = &mut self.store else {
            return StoreReply::Refused;
        };
        match act {
            StoreAct::Candidates => {
                let candidates = candidates(store, now);
                self.reply(candidates.map(StoreReply::Candidates))
            }
            StoreAct::Documents(packet) => {
                let row = store.outbox_row(packet).map(|row| Documents {
                    manifest: row.manifest,
                    statement: row.statement,
                    decision: row.decision,
                });
                self.reply(row.map(|documents| StoreReply::Documents(Box::new(documents))))
            }
            StoreAct::Chunk {
                packet,
                offset,
                length,
            } => {
                let chunk = store.packet_envelope_chunk(packet, offset, length);
                self.reply(chunk.map(StoreReply::Chunk))
            }
            StoreAct::NoteUpload { packet, point } => {
                let point = point.map(|p| UploadPoint {
                    url: p.path,
                    offset: p.offset,
                });
                let noted = store.note_upload(packet, point.as_ref());
                self.reply_done(noted)
            }
            StoreAct::PutOff {
                packet,
                reason,
                wait,
            } => {
                let until = now.plus_millis(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
                let noted = store.note_wait(packet, reason, until);
                self.reply_done(noted)
            }
            StoreAct::Alarm { packet, reason } => {
                let noted = store.note_alarm(packet, reason, now);
                self.notice = Some(Notice::stop("notice-link-alarm").with("reason", reason));
                self.reply_done(noted)
            }
            StoreAct::PutOutcomes(outcomes) => {
                let kept = store.put_outcomes(&outcomes);
                self.reply_done(kept)
            }
            StoreAct::Settle { packet, receipt } => self.settle(packet, &receipt),
            StoreAct::PutLease(reply) => self.put_lease(&reply),
        }
    }

    fn reply(&mut self, result: Result<StoreReply, QueueError>) -> StoreReply {
        match result {
            Ok(reply) => reply,
            Err(error) => {
                // Only what a person can mend is said; that a packet has moved on meanwhile is nobody's concern.
                match error {
                    QueueError::DiskFull
                    | QueueError::Stopped(_)
                    | QueueError::Damaged(_)
                    | QueueError::Io { .. } => {
                        self.told::<()>(Err(error));
                    }
                    _ => tracing::warn!(%error, "the store refused the link"),
                }
                StoreReply::Refused
            }
        }
    }

    fn reply_done(&mut self, result: Result<(), QueueError>) -> StoreReply {
        self.lists_stale = true;
        self.reply(result.map(|()| StoreReply::Done))
    }

    /// Takes a receipt. The store verifies it, and destroys only the envelope that it names; then the log is cut too.
    fn settle(&mut self, packet: PacketId, receipt: &SignedText) -> StoreReply {
        let now = self.options.clock.now();
        let Some(store) = &mut self.store else {
            return StoreReply::Refused;
        };
        self.lists_stale = true;
        let settled = receipt
            .read::<Receipt>()
            .map_err(QueueError::from)
            .and_then(|signed| {
                let said = signed.peek()?;
                if said.packet != packet {
                    store.note_alarm(packet, "receipt-mismatch", now)?;
                    return Err(QueueError::ReceiptMismatch);
                }
                let settled = store.settle(&signed, now)?;
                if matches!(settled, Settled::Destroyed(_)) {
                    store.purge()?;
                    store.raise_clock_floor(said.at)?;
                }
                Ok(settled)
            });
        match settled {
            Ok(Settled::Destroyed(_) | Settled::Already) => StoreReply::Done,
            Ok(Settled::Kept) => StoreReply::Refused,
            Err(error) => {
                if matches!(
                    error,
                    QueueError::Untrusted(_)
                        | QueueError::ReceiptMismatch
                        | QueueError::Envelope(_)
                ) {
                    self.notice =
                        Some(Notice::stop("notice-link-alarm").with("reason", error.key()));
                }
                self.reply(Err(error))
            }
        }
    }

    /// Takes a lease; whoever is signed in and no longer in it is signed out, with the open draft sealed.
    fn put_lease(&mut self, reply: &LeaseReply) -> StoreReply {
        let now = self.options.clock.now();
        let (Some(store), Some(station)) = (&mut self.store, &mut self.station) else {
            return StoreReply::Refused;
        };
        let taken = reply
            .lease
            .read()
            .and_then(|lease| Ok((lease, reply.centre_key.read()?)))
            .map_err(QueueError::from)
            .and_then(|(lease, key)| store.put_lease(&lease, &key, now))
            .and_then(|lease| store.raise_clock_floor(lease.issued_at))
            .and_then(|()| store.lease());
        match taken {
            Ok(held) => {
                station.lease = held;
                self.lists_stale = true;
                let gone = self.session.as_ref().is_some_and(|session| {
                    let entry = self.lease().and_then(|l| l.lease.member(&session.entry.id));
                    entry.is_none_or(|entry| entry.key != session.entry.key)
                });
                if gone {
                    self.sign_out(Some(Notice::stop("notice-not-in-lease")));
                }
                StoreReply::Done
            }
            Err(error) => {
                let refused = matches!(
                    error,
                    QueueError::Untrusted(_)
                        | QueueError::Mismatch(_)
                        | QueueError::OlderLease { .. }
                        | QueueError::OlderPolicy { .. }
                        | QueueError::Envelope(_)
                );
                if refused {
                    tracing::warn!(%error, "a lease was refused");
                    self.notice = Some(problems::lease());
                }
                self.reply(Err(error))
            }
        }
    }

    pub(super) fn link_told(&mut self, report: &LinkReport) {
        let now = self.options.clock.now();
        let since = if report.online == self.link_view.online {
            self.link_view.since.or(Some(now))
        } else {
            Some(now)
        };
        self.link_view = LinkView {
            online: report.online,
            since,
            error: report.error.map(|key| format!("link-error-{key}")),
            paused: report.paused,
            rate_bytes: report.rate_bytes.filter(|_| report.sending.is_some()),
        };
    }

    /// Something new waits, or a person asks to try now.
    pub(super) fn wake_link(&self) {
        self.order_link(Order::Wake);
    }

    pub(super) fn order_link(&self, order: Order) {
        if let Some(link) = &self.link {
            link.order(order);
        }
    }
}

fn candidates(store: &Store, now: domain::Timestamp) -> Result<Candidates, QueueError> {
    let due_in = store.next_due(now)?.map(|due| {
        let millis = due.millis_since(now);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    });
    Ok(Candidates {
        waiting: store
            .next_packets(CANDIDATES, now)?
            .into_iter()
            .map(waiting)
            .collect(),
        due_in,
        outcomes_cursor: store.outcomes_cursor()?,
    })
}

fn waiting(entry: OutboxEntry) -> Waiting {
    Waiting {
        packet: entry.packet,
        length: entry.length,
        upload: entry.upload.map(|point| sync::UploadPoint {
            path: point.url,
            offset: point.offset,
        }),
        attempts: entry.attempts,
    }
}
