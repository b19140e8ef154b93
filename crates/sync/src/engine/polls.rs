//! The questions beside the uploads: lease, outcomes, the station's word about itself, and its certificate.

use super::{Engine, ITEMS_SINCE, LEASE_WANTED_EVERY, Phase, REVIEWS_APART};
use crate::{
    Candidates, Effect, Failure, Request, Response, ReviewAsk, ReviewWish, StoreAct, StoreReply,
};
use std::time::Duration;
use wire::StatusReport;

/// How soon outcomes are asked for after a receipt.
const OUTCOMES_SOON: Duration = Duration::from_secs(1);

/// How far questions for outcomes are apart while pieces of an upload arrive.
const OUTCOMES_BESIDE: Duration = Duration::from_mins(2);

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Poll {
    Outcomes,
    Status,
    Lease,
    Certificate,
    Review,
}

impl Engine {
    /// The first question that is due. Outcomes first: their answer tells which version the centre speaks.
    pub(super) fn poll(&mut self, page: &Candidates) -> Option<Effect> {
        if self.outcomes_from() <= self.now {
            self.outcomes.asking(self.now);
            let after = self.outcomes_seen.max(page.outcomes_cursor);
            return Some(self.ask(Poll::Outcomes, Request::Outcomes { after }));
        }
        if self.lease_from(page.lease_wanted) <= self.now {
            return Some(self.begin_lease());
        }
        let renewed = page.certificate_due && self.speaks(ITEMS_SINCE);
        if renewed && self.certificate.ready(self.now) {
            self.certificate.asking(self.now);
            let act = StoreAct::NewCertificateRequest;
            return Some(self.enter(Phase::ReadingCertificateRequest, Effect::Store(act)));
        }
        None
    }

    /// Pieces that arrive tell as well that the link stands; each question costs a slow link a round trip between two of them.
    fn outcomes_from(&self) -> Duration {
        let due = self.outcomes.due();
        match (self.confirmed, self.outcomes.asked()) {
            (Some(_), Some(asked)) => due.max(asked + OUTCOMES_BESIDE),
            _ => due,
        }
    }

    fn lease_from(&self, wanted: bool) -> Duration {
        if wanted {
            self.lease.soonest(LEASE_WANTED_EVERY)
        } else {
            self.lease.due()
        }
    }

    /// When the next of them is due.
    pub(super) fn next_poll(&self, lease_wanted: bool, reviews: ReviewWish) -> Duration {
        let next = self.outcomes_from().min(self.lease_from(lease_wanted));
        self.review_from(reviews)
            .map_or(next, |from| next.min(from))
    }

    /// When a question about reviews may be asked, if there is one.
    fn review_from(&self, wish: ReviewWish) -> Option<Duration> {
        match wish {
            _ if !self.speaks(ITEMS_SINCE) => None,
            ReviewWish::Nothing => None,
            ReviewWish::News => Some(self.reviews.due()),
            ReviewWish::Now => Some(self.reviews.soonest(REVIEWS_APART)),
        }
    }

    /// The next question about reviews, where one is due.
    pub(super) fn review_due(&mut self, wish: ReviewWish) -> Option<Effect> {
        let due = self.review_from(wish).is_some_and(|from| from <= self.now);
        due.then(|| {
            self.review_next = false;
            self.reviews.asking(self.now);
            self.enter(Phase::ReadingReview, Effect::Store(StoreAct::NextReview))
        })
    }

    pub(super) fn ask_review(&mut self, ask: Box<ReviewAsk>) -> Effect {
        self.ask(Poll::Review, Request::Review(ask))
    }

    pub(super) fn review_kept(&mut self, kept: bool) -> Effect {
        if kept {
            self.reviews.answered();
        } else {
            self.reviews.failed(self.now, Duration::ZERO);
        }
        self.choose()
    }

    pub(super) fn outcomes_soon(&mut self) {
        self.outcomes.by(self.now + OUTCOMES_SOON);
    }

    fn ask(&mut self, poll: Poll, request: Request) -> Effect {
        self.enter(Phase::Polling(poll), Effect::Http(request))
    }

    /// The station's word about itself goes first, so that the centre knows how much of the lease is used.
    fn begin_lease(&mut self) -> Effect {
        if self.speaks(ITEMS_SINCE) && self.status.ready(self.now) {
            return self.enter(Phase::ReadingStatus, Effect::Store(StoreAct::Status));
        }
        self.pull_lease()
    }

    pub(super) fn post_status(&mut self, report: StatusReport) -> Effect {
        self.status.asking(self.now);
        self.ask(Poll::Status, Request::Status(report))
    }

    pub(super) fn pull_lease(&mut self) -> Effect {
        self.lease.asking(self.now);
        let tag = self.lease_tag.clone();
        self.ask(Poll::Lease, Request::Lease { tag })
    }

    pub(super) fn post_certificate_request(&mut self, csr_pem: String) -> Effect {
        self.ask(Poll::Certificate, Request::Certificate { csr_pem })
    }

    pub(super) fn poll_answered(&mut self, poll: Poll, response: Response) -> Effect {
        match (poll, response) {
            (Poll::Lease, Response::Lease { reply: None, .. }) => {
                self.lease.answered();
                self.choose()
            }
            (
                Poll::Lease,
                Response::Lease {
                    reply: Some(reply),
                    tag,
                },
            ) => self.enter(
                Phase::KeepingLease { tag },
                Effect::Store(StoreAct::PutLease(reply)),
            ),
            (Poll::Outcomes, Response::Outcomes { outcomes, cursor }) => {
                self.outcomes_seen = self.outcomes_seen.max(cursor.unwrap_or_default());
                if outcomes.is_empty() && cursor.is_none() {
                    self.outcomes.answered();
                    return self.choose();
                }
                let cursor = self.outcomes_seen;
                self.enter(
                    Phase::KeepingOutcomes,
                    Effect::Store(StoreAct::PutOutcomes { outcomes, cursor }),
                )
            }
            (Poll::Status, Response::StatusTaken) => {
                self.status.answered();
                self.pull_lease()
            }
            (Poll::Certificate, Response::Certificate(pem)) => self.enter(
                Phase::KeepingCertificate,
                Effect::Store(StoreAct::PutCertificate(pem)),
            ),
            (Poll::Review, Response::Review(answer)) => self.enter(
                Phase::KeepingReview,
                Effect::Store(StoreAct::ReviewAnswered(answer)),
            ),
            // Refused, or another answer: not now.
            (poll, _) => self.poll_failed(poll, Failure::Unreadable),
        }
    }

    /// Only the question is put off; whatever else it says of the link was noted.
    pub(super) fn poll_failed(&mut self, poll: Poll, failure: Failure) -> Effect {
        let (now, left) = (self.now, self.link.left(self.now).unwrap_or_default());
        // A cut connection says little of what was asked, except of what is asked in hours only.
        let counts = failure.answered() || matches!(poll, Poll::Certificate | Poll::Status);
        let endpoint = match poll {
            Poll::Outcomes => &mut self.outcomes,
            Poll::Status => &mut self.status,
            Poll::Lease => &mut self.lease,
            Poll::Certificate => &mut self.certificate,
            Poll::Review => &mut self.reviews,
        };
        if counts {
            endpoint.failed(now, left);
        } else {
            endpoint.lost(now, left);
        }
        if poll == Poll::Status && !failure.of_link() {
            return self.pull_lease();
        }
        self.choose()
    }

    pub(super) fn lease_kept(&mut self, tag: Option<String>, reply: &StoreReply) -> Effect {
        if matches!(reply, StoreReply::Done) {
            self.lease_tag = tag;
            self.lease.answered();
        } else {
            // Not "unchanged" the next time: it is not held.
            self.lease_tag = None;
            self.lease.failed(self.now, Duration::ZERO);
        }
        self.choose()
    }

    pub(super) fn outcomes_kept(&mut self, reply: &StoreReply) -> Effect {
        if matches!(reply, StoreReply::Done) {
            self.outcomes.answered();
        } else {
            self.outcomes_seen = 0;
            self.outcomes.failed(self.now, Duration::ZERO);
        }
        self.choose()
    }

    pub(super) fn certificate_kept(&mut self, kept: bool) -> Effect {
        if kept {
            self.certificate.answered();
        } else {
            self.certificate.failed(self.now, Duration::ZERO);
        }
        self.choose()
    }
}
