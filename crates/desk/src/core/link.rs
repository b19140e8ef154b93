//! What the link asks of the store, and what it tells.

use super::Core;
use crate::{LinkView, Notice, problems};
use domain::PacketId;
use envelope::Receipt;
use queue::{ItemDocuments, OutboxEntry, QueueError, Settled, UploadPoint};
use std::time::Duration;
use sync::{Candidates, Documents, LinkReport, Order, StoreAct, StoreReply, Waiting};
use wire::{LeaseReply, SignedText};

/// Packets that are offered to the link at once.
const CANDIDATES: usize = 16;
/// The link's word for a centre that does not accept this station, as in `sync::LINK_ERRORS`.
const REJECTED: &str = "rejected";

impl Core {
    /// A page of what may leave now, and what is due beside.
    fn candidates(&self, after: Option<PacketId>) -> Result<Candidates, QueueError> {
        let Some(store) = &self.store else {
            return Ok(Candidates::default());
        };
        let now = self.options.clock.now();
        let due_in = store.next_due(now)?.map(|due| {
            let millis = due.millis_since(now);
            Duration::from_millis(u64::try_from(millis).unwrap_or(0))
        });
        let page = store.next_items(after, CANDIDATES, now)?;
        Ok(Candidates {
            more: page.len() == CANDIDATES,
            waiting: page.into_iter().map(waiting).collect(),
            due_in,
            outcomes_cursor: store.outcomes_cursor()?,
            lease_wanted: self.lease_wanted(),
            certificate_due: self.certificate_due(),
            reviews: self.review_wish(),
        })
    }

    /// Carries out what the link asks; the packet's bytes and documents are sealed and signed, so there is nothing to hide from it.
    pub(super) fn answer_link(&mut self, act: StoreAct) -> StoreReply {
        let now = self.options.clock.now();
        let Some(store) = &mut self.store else {
            return StoreReply::Refused;
        };
        match act {
            StoreAct::Candidates { after } => {
                let candidates = self.candidates(after);
                self.reply(candidates.map(StoreReply::Candidates))
            }
            StoreAct::Documents(packet) => self.documents(packet),
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
            StoreAct::ReleaseAll => {
                let released = store.end_waits();
                self.reply_done(released)
            }
            StoreAct::PutOutcomes { outcomes, cursor } => {
                let kept = store.put_outcomes(&outcomes, cursor);
                self.reply_done(kept)
            }
            StoreAct::Settle { packet, receipt } => self.settle(packet, &receipt),
            StoreAct::PutLease(reply) => self.put_lease(&reply),
            StoreAct::NextReview => self.ask_about_reviews(),
            StoreAct::ReviewAnswered(answer) => self.review_answered(answer),
            StoreAct::Status => StoreReply::Status(self.status_report()),
            StoreAct::NewCertificateRequest => self.new_certificate_request(),
            StoreAct::PutCertificate(pem) => self.put_certificate(&pem),
        }
    }

    /// An item's documents, once its bytes are known to be whole. What was damaged is set aside: its counter is closed by a void, and the
    /// others go on.
    fn documents(&mut self, packet: PacketId) -> StoreReply {
        let word = self.station_word();
        let now = self.options.clock.now();
        let (Some(store), Some(word)) = (&mut self.store, word) else {
            return StoreReply::Refused;
        };
        match store.check_item(packet) {
            Ok(()) => {
                let row = store.outbox_row(packet).map(|row| documents(row.documents));
                self.reply(row.map(|documents| StoreReply::Documents(Box::new(documents))))
            }
            Err(QueueError::Damaged(_)) => {
                match store.hold_damaged_carried(packet, now) {
                    Ok(false) => {}
                    Ok(true) => return StoreReply::SetAside,
                    Err(error) => return self.reply(Err(error)),
                }
                let aside = store.set_aside(packet, |seed| word.void(seed), now);
                match aside {
                    Ok(_) => {
                        let notice = Notice::stop("notice-packet-damaged");
                        self.notice = Some(notice.with("id", packet.short()));
                        StoreReply::SetAside
                    }
                    Err(error) => self.reply(Err(error)),
                }
            }
            Err(error) => self.reply(Err(error)),
        }
    }

    pub(super) fn reply(&mut self, result: Result<StoreReply, QueueError>) -> StoreReply {
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
        self.reply(result.map(|()| StoreReply::Done))
    }

    /// Takes a receipt. The store verifies it, and destroys only the envelope that it names; then the log is cut too.
    fn settle(&mut self, packet: PacketId, receipt: &SignedText) -> StoreReply {
        let now = self.options.clock.now();
        let Some(store) = &mut self.store else {
            return StoreReply::Refused;
        };
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
                }
                Ok(settled)
            });
        match settled {
            Ok(Settled::Destroyed(_) | Settled::Already) => {
                self.load_time();
                StoreReply::Done
            }
            Ok(Settled::Kept) => StoreReply::Kept,
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
    pub(super) fn put_lease(&mut self, reply: &LeaseReply) -> StoreReply {
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
            .and_then(|_| {
                let others = reply.other_keys.iter().map(SignedText::read);
                store.put_centre_keys(&others.collect::<Result<Vec<_>, _>>()?)
            })
            .and_then(|()| store.lease());
        match taken {
            Ok(held) => {
                station.lease = held;
                self.load_time();
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
        if report.error == Some(REJECTED) {
            self.note_refused();
        }
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

    /// Something new waits.
    pub(super) fn wake_link(&self) {
        self.order_link(Order::Wake);
    }

    /// A person asks to try now: nothing that was put off waits any longer.
    pub(super) fn try_now(&self) {
        self.order_link(Order::TryNow);
    }

    pub(super) fn order_link(&self, order: Order) {
        if let Some(link) = &self.link {
            link.order(order);
        }
    }
}

/// As they travel.
fn documents(held: ItemDocuments) -> Documents {
    match held {
        ItemDocuments::Enrolment {
            manifest,
            statement,
            decision,
        } => Documents::Packet {
            manifest,
            statement,
            decision: Some(decision),
        },
        ItemDocuments::Unreviewed {
            manifest,
            statement,
        }
        | ItemDocuments::KeyFile {
            manifest,
            statement,
        } => Documents::Packet {
            manifest,
            statement,
            decision: None,
        },
        ItemDocuments::Void(void) => Documents::Void(void),
    }
}

fn waiting(entry: OutboxEntry) -> Waiting {
    Waiting {
        packet: entry.packet,
        kind: entry.kind,
        length: entry.length,
        upload: entry.upload.map(|point| sync::UploadPoint {
            path: point.url,
            offset: point.offset,
        }),
        attempts: entry.attempts,
    }
}
