//! What the engine remembers of single packets beyond what the store keeps.

use super::Awaited;
use crate::{UploadPoint, Waiting};
use domain::PacketId;
use std::collections::HashMap;
use std::time::Duration;

/// Where an upload is.
#[derive(Debug, Default)]
pub(super) enum Point {
    /// Where the store says.
    #[default]
    Stored,
    /// Here, which the store did not keep; none: it is gone at the centre.
    Here(Option<UploadPoint>),
}

/// What is remembered of one packet.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) point: Point,
    /// Not before this, where the store did not keep it.
    pub(super) until: Duration,
    /// How often it was put off without the store keeping it.
    pub(super) put_off: u32,
    /// The centre said that it has nothing of it.
    pub(super) absent: bool,
    /// Pieces in a row that moved nothing.
    pub(super) stalls: u32,
    /// How often it began anew.
    pub(super) restarts: u32,
    /// How often the connection broke over it while others were answered.
    pub(super) lost: u32,
    /// The centre's answers when it broke last.
    pub(super) lost_at: u64,
}

/// Packets of which more is known than the store keeps; the others are not in it.
#[derive(Debug, Default)]
pub(super) struct Memory {
    known: HashMap<PacketId, Known>,
    awaited: HashMap<PacketId, Awaited>,
}

impl Memory {
    pub(super) fn get(&self, packet: PacketId) -> Option<&Known> {
        self.known.get(&packet)
    }

    pub(super) fn of(&mut self, packet: PacketId) -> &mut Known {
        self.known.entry(packet).or_default()
    }

    /// An upload was begun at the centre.
    pub(super) fn begun(&mut self, packet: PacketId) {
        if let Some(known) = self.known.get_mut(&packet) {
            known.absent = false;
        }
    }

    /// A piece arrived.
    pub(super) fn moved_on(&mut self, packet: PacketId) {
        if let Some(known) = self.known.get_mut(&packet) {
            known.stalls = 0;
            known.lost = 0;
        }
    }

    pub(super) fn forget(&mut self, packet: PacketId) {
        self.known.remove(&packet);
        self.awaited.remove(&packet);
    }

    /// An item of the store with what is known here.
    pub(super) fn completed(&self, mut item: Waiting) -> Waiting {
        if let Some(known) = self.get(item.packet) {
            if let Point::Here(point) = &known.point {
                item.upload.clone_from(point);
            }
            item.attempts = item.attempts.saturating_add(known.put_off);
        }
        item
    }

    /// Until when it is not to be touched here; none where it may go on.
    pub(super) fn held_until(&self, packet: PacketId, now: Duration) -> Option<Duration> {
        self.get(packet)
            .map(|known| known.until)
            .filter(|until| *until > now)
    }

    pub(super) fn is_awaited(&self, packet: PacketId) -> bool {
        self.awaited.contains_key(&packet)
    }

    pub(super) fn awaited(&mut self, packet: PacketId) -> Option<&mut Awaited> {
        self.awaited.get_mut(&packet)
    }

    /// Notes a packet whose receipt is awaited; false where as many are awaited as may be.
    pub(super) fn await_receipt(&mut self, awaited: Awaited, limit: usize) -> bool {
        if self.awaited.len() >= limit && !self.awaited.contains_key(&awaited.item.packet) {
            return false;
        }
        self.awaited.insert(awaited.item.packet, awaited);
        true
    }

    pub(super) fn no_longer_awaited(&mut self, packet: PacketId) {
        self.awaited.remove(&packet);
    }

    /// The receipt that was due first.
    pub(super) fn next_receipt(&self) -> Option<&Awaited> {
        self.awaited
            .values()
            .min_by_key(|awaited| (awaited.next, awaited.item.packet))
    }

    /// What becomes of an upload, where the store did not keep it.
    pub(super) fn note_point(&mut self, packet: PacketId, point: Option<UploadPoint>, kept: bool) {
        if !kept {
            self.of(packet).point = Point::Here(point);
        } else if let Some(known) = self.known.get_mut(&packet) {
            known.point = Point::Stored;
        }
    }

    /// A packet was put off; where the store keeps it, nothing of it is remembered here.
    pub(super) fn note_put_off(&mut self, packet: PacketId, until: Duration, kept: bool) {
        self.awaited.remove(&packet);
        let held = self.known.remove(&packet).unwrap_or_default();
        if kept && matches!(held.point, Point::Stored) {
            return;
        }
        let fresh = self.of(packet);
        fresh.point = held.point;
        if !kept {
            fresh.until = until;
            fresh.put_off = held.put_off.saturating_add(1);
        }
    }

    /// A person asks to try now.
    pub(super) fn release(&mut self, now: Duration) {
        for known in self.known.values_mut() {
            known.until = Duration::ZERO;
        }
        for awaited in self.awaited.values_mut() {
            awaited.next = now;
        }
    }
}
