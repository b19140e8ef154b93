//! What is done next: questions that are due, then a receipt, then the next piece of an upload.

use super::waits_of::{REFUSED, TOO_OLD};
use super::{
    Engine, ITEMS_SINCE, PAGES_LIMIT, Phase, REST_MOST, RESTARTS_LIMIT, STALLS_LIMIT, STORE_REST,
    STREAK_LIMIT,
};
use crate::{Candidates, Effect, Request, ReviewWish, StoreAct, Waiting};
use domain::ItemKind;
use std::time::Duration;

/// The shortest rest.
const REST_LEAST: Duration = Duration::from_millis(10);

/// A search through the pages of the outbox.
#[derive(Debug, Default)]
pub(super) struct Search {
    pages: u32,
    best: Option<Waiting>,
    /// Of those that only wait for a receipt, where there are few questions left: the one that was asked about least.
    question: Option<Waiting>,
    scarce: bool,
    /// When something that was passed over may go.
    next: Option<Duration>,
    pub(super) lease_wanted: bool,
    reviews: ReviewWish,
}

impl Search {
    fn until(&mut self, time: Duration) {
        self.next = Some(self.next.map_or(time, |next| next.min(time)));
    }
}

impl Engine {
    /// A page is known: the most useful thing is begun, or the next page is asked for.
    pub(super) fn chosen(&mut self, mut search: Search, page: Candidates) -> Effect {
        if search.pages == 0 {
            if let Some(effect) = self.poll(&page) {
                return effect;
            }
            if self.receipt_next
                && let Some(item) = self.receipt_due()
            {
                self.receipt_next = false;
                return self.ask_state(item);
            }
            if self.review_next
                && let Some(effect) = self.review_due(page.reviews)
            {
                return effect;
            }
            search.scarce = self.receipts.scarce() && self.receipts.wait(self.now).is_none();
        }
        search.pages += 1;
        search.lease_wanted |= page.lease_wanted;
        search.reviews = search.reviews.max(page.reviews);
        if let Some(wait) = page.due_in {
            search.until(self.now + wait);
        }
        let last = page.waiting.last().map(|item| item.packet);
        self.look_through(&mut search, page.waiting);
        let enough = search.best.is_some() && !self.in_trouble() && !search.scarce;
        let further = last.filter(|_| page.more && !enough);
        if further.is_some() && search.pages < PAGES_LIMIT {
            let act = StoreAct::Candidates { after: further };
            return self.enter(Phase::Choosing(search), Effect::Store(act));
        }
        // In a very long outbox the next search goes on where this one ended.
        self.sweep = further;
        match search.question.take().or(search.best.take()) {
            Some(item) => {
                self.receipt_next = true;
                self.review_next = true;
                self.go_on_with(item)
            }
            None => self.nothing_to_send(&search),
        }
    }

    /// Several packets failed in a row: the first in order is not preferred, the one that was tried least is.
    pub(super) fn in_trouble(&self) -> bool {
        self.streak.len() >= STREAK_LIMIT
    }

    fn look_through(&mut self, search: &mut Search, waiting: Vec<Waiting>) {
        for item in waiting {
            if self.memory.is_awaited(item.packet) {
                continue;
            }
            if let Some(until) = self.memory.held_until(item.packet, self.now) {
                search.until(until);
                continue;
            }
            let item = self.memory.completed(item);
            let question = self.is_question(&item);
            let pace = if question {
                &mut self.receipts
            } else {
                &mut self.uploads
            };
            if let Some(wait) = pace.wait(self.now) {
                search.until(self.now + wait);
                continue;
            }
            let (best, least) = if question && search.scarce {
                (&mut search.question, true)
            } else {
                (&mut search.best, self.in_trouble())
            };
            let better = |best: &Waiting| least && item.attempts < best.attempts;
            if best.as_ref().is_none_or(better) {
                *best = Some(item);
            }
            if !self.in_trouble() && !search.scarce {
                return;
            }
        }
    }

    /// Whether the next request about it only asks what became of it.
    fn is_question(&self, item: &Waiting) -> bool {
        match &item.upload {
            Some(point) => point.offset >= item.length,
            None => item.kind.has_envelope() && self.may_be_there(item),
        }
    }

    /// A packet without an upload that was tried before may have arrived whole although nobody here heard of it.
    fn may_be_there(&self, item: &Waiting) -> bool {
        let absent = self.memory.get(item.packet).is_some_and(|k| k.absent);
        item.attempts > 0 && !absent
    }

    fn receipt_due(&mut self) -> Option<Waiting> {
        let awaited = self.memory.next_receipt()?;
        let due = awaited.next <= self.now && self.receipts.wait(self.now).is_none();
        due.then(|| awaited.item.clone())
    }

    fn go_on_with(&mut self, item: Waiting) -> Effect {
        if self.is_question(&item) {
            return self.ask_state(item);
        }
        if item.kind != ItemKind::Enrolment && !self.speaks(ITEMS_SINCE) {
            return self.put_off(&item, "centre-too-old", TOO_OLD);
        }
        let known = self.memory.get(item.packet);
        let in_vain = known.is_some_and(|k| {
            k.stalls > STALLS_LIMIT || k.restarts > RESTARTS_LIMIT && item.upload.is_none()
        });
        if in_vain {
            return self.put_off(&item, "centre-busy", REFUSED);
        }
        self.uploads.take();
        match item.upload.clone() {
            None => {
                let act = StoreAct::Documents(item.packet);
                self.enter(Phase::ReadingDocuments(item), Effect::Store(act))
            }
            Some(point) if self.confirmed == Some(item.packet) => self.read_chunk(item, point),
            Some(point) => {
                let path = point.path.clone();
                self.enter(
                    Phase::AskingOffset(item, point),
                    Effect::Http(Request::Offset { path }),
                )
            }
        }
    }

    pub(super) fn ask_state(&mut self, item: Waiting) -> Effect {
        self.receipts.take();
        let packet = item.packet;
        self.enter(
            Phase::AskingState(item),
            Effect::Http(Request::State(packet)),
        )
    }

    fn nothing_to_send(&mut self, search: &Search) -> Effect {
        if let Some(item) = self.receipt_due() {
            return self.ask_state(item);
        }
        if let Some(effect) = self.review_due(search.reviews) {
            return effect;
        }
        if self.sweep.is_some() {
            return self.rest(STORE_REST);
        }
        let paced = self.now + self.receipts.wait(self.now).unwrap_or_default();
        let receipt = self
            .memory
            .next_receipt()
            .map(|awaited| awaited.next.max(paced));
        let next = [search.next, receipt].into_iter().flatten().fold(
            self.next_poll(search.lease_wanted, search.reviews),
            Duration::min,
        );
        self.rest(next.saturating_sub(self.now).clamp(REST_LEAST, REST_MOST))
    }
}
