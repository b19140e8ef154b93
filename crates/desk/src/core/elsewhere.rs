//! Reviews between the stations of an office: what this one offers, what it holds of the others, and decisions that travel.
//!
//! A review is offered at once where the lease names other stations: an applicant waits at the counter until somebody decides, and no
//! clock of a station says how long. Copies are fetched only while a supervisor is signed in here.

use super::Core;
use super::activity::Activity;
use crate::{Notice, problems};
use domain::{DecisionResult, PacketId, Role};
use envelope::{Digest, FORMAT, ReviewCopy, ReviewReturn, Signed};
use queue::{OfferReport, QueueError, Visit, Word, WordResult};
use std::collections::HashMap;
use std::time::Duration;
use sync::{ReviewAnswer, ReviewAsk, ReviewWish, StoreReply};
use wire::{
    REVIEW_LIMIT_BYTES, ReviewLine, ReviewList, ReviewOffer, ReviewReport, ReviewResult,
    ReviewWord, SealedText, SignedText,
};

/// How old the centre's list may be while there is something else to ask.
const LIST_EVERY: Duration = Duration::from_secs(20);
/// What was refused, or could not be read, is not asked again before this.
const PUT_OFF: Duration = Duration::from_mins(10);
/// Days that a copy of another station's review is kept where the centre says nothing of it.
const VISIT_DAYS: i64 = 3;

/// What is known of reviews between stations; all of it comes back by asking.
#[derive(Default)]
pub(super) struct Elsewhere {
    list: ReviewList,
    tag: Option<String>,
    listed: Option<Duration>,
    asked: Option<Asked>,
    put_off: HashMap<Digest, Duration>,
}

/// What was asked last.
enum Asked {
    List,
    Offer {
        packet: PacketId,
        review: Digest,
        copy: Digest,
    },
    Copy(ReviewLine),
    Say(Digest),
    Words(Digest),
    Report(OfferReport),
}

impl Elsewhere {
    fn held_back(&self, now: Duration) -> Vec<Digest> {
        let held = self.put_off.iter().filter(|(_, until)| **until > now);
        held.map(|(digest, _)| *digest).collect()
    }
}

impl Core {
    /// What the link may ask about reviews.
    pub(super) fn review_wish(&self) -> ReviewWish {
        let alone = self
            .lease()
            .is_none_or(|held| held.lease.stations.is_empty());
        match self.next_review() {
            // An office's only station has nobody to offer anything to; decisions and their results still end.
            Some(Asked::List | Asked::Offer { .. }) | None if alone => ReviewWish::Nothing,
            Some(Asked::List) | None => ReviewWish::News,
            Some(_) => ReviewWish::Now,
        }
    }

    /// What is asked next: what somebody waits for first.
    fn next_review(&self) -> Option<Asked> {
        let store = self.store.as_ref()?;
        let now = self.options.clock.elapsed();
        let except = self.elsewhere.held_back(now);
        let free = |digest: &&Digest| !except.contains(digest);
        let list = &self.elsewhere.list;
        if let Some(report) = store.next_report(&except).ok().flatten() {
            return Some(Asked::Report(report));
        }
        if let Some((review, _)) = store.next_word(&except).ok().flatten() {
            return Some(Asked::Say(review));
        }
        if let Some(review) = list.decided.iter().find(free) {
            return Some(Asked::Words(*review));
        }
        let fresh = self
            .elsewhere
            .listed
            .is_some_and(|listed| now.saturating_sub(listed) < LIST_EVERY);
        if !fresh {
            return Some(Asked::List);
        }
        if let Some(offer) = self.next_offer(&except) {
            return Some(offer);
        }
        let supervisor = self
            .session
            .as_ref()
            .is_some_and(|session| session.entry.role == Role::Supervisor);
        let unknown = |line: &&ReviewLine| {
            free(&&line.digest) && matches!(store.knows_visit(line.digest, line.copy), Ok(false))
        };
        let line = list.waiting.iter().filter(|_| supervisor).find(unknown);
        line.cloned().map(Asked::Copy)
    }

    fn next_offer(&self, except: &[Digest]) -> Option<Asked> {
        let store = self.store.as_ref()?;
        let rows = store.reviews().ok()?;
        let held_back = |row: &&queue::ReviewRow| except.contains(&row.digest);
        let held_back: Vec<_> = rows
            .iter()
            .filter(held_back)
            .map(|row| row.packet)
            .collect();
        let packet = store.next_offer(&held_back).ok().flatten()?;
        let row = rows.into_iter().find(|row| row.packet == packet)?;
        Some(Asked::Offer {
            packet,
            review: row.digest,
            copy: Digest::default(),
        })
    }

    /// The next question for the centre, with everything that it carries.
    pub(super) fn ask_about_reviews(&mut self) -> StoreReply {
        let mut next = self.next_review().unwrap_or(Asked::List);
        let ask = match self.asking(&mut next) {
            Ok(ask) => ask,
            Err(error) => {
                tracing::warn!(%error, "nothing is asked about a review");
                if let Asked::Offer { review, .. } | Asked::Say(review) = next {
                    self.put_off_review(review);
                }
                return StoreReply::Refused;
            }
        };
        self.elsewhere.asked = Some(next);
        StoreReply::Review(Box::new(ask))
    }

    fn asking(&self, next: &mut Asked) -> Result<ReviewAsk, QueueError> {
        Ok(match next {
            Asked::List => ReviewAsk::List {
                tag: self.elsewhere.tag.clone(),
            },
            Asked::Copy(line) => ReviewAsk::Copy(line.digest),
            Asked::Words(review) => ReviewAsk::Words(*review),
            Asked::Report(report) => ReviewAsk::Report(report.review, as_it_travels(report)),
            Asked::Say(review) => {
                let store = self.store.as_ref().ok_or(QueueError::NotActivated)?;
                let except = self.elsewhere.held_back(self.options.clock.elapsed());
                let word = store.next_word(&except)?.filter(|(of, _)| *of == *review);
                let (_, word) = word.ok_or(QueueError::NotFound)?;
                ReviewAsk::Say(*review, word_text(&word))
            }
            Asked::Offer { packet, copy, .. } => {
                let (offer, sealed) = self.offer(*packet)?;
                *copy = sealed;
                ReviewAsk::Offer(offer)
            }
        })
    }

    /// A review of this station, signed by it, with the digest of its sealed copy.
    fn offer(&self, packet: PacketId) -> Result<(ReviewOffer, Digest), QueueError> {
        let none = || QueueError::NotActivated;
        let (store, station) = (self.store.as_ref(), self.station.as_ref());
        let (store, station) = (store.ok_or_else(none)?, station.ok_or_else(none)?);
        let rows = store.reviews()?;
        let row = rows.into_iter().find(|row| row.packet == packet);
        let row = row.ok_or(QueueError::NotFound)?;
        let (sealed, statement) = (store.review_envelope(packet)?, store.statement(packet)?);
        if sealed.len() > REVIEW_LIMIT_BYTES {
            return Err(QueueError::TooLarge {
                limit: REVIEW_LIMIT_BYTES,
            });
        }
        let copy = Digest::of(&sealed);
        let review = ReviewCopy {
            format: FORMAT,
            packet,
            station: station.record.station.clone(),
            digest: row.digest,
            statement: statement.digest(),
            copy,
            copy_length: sealed.len() as u64,
            kind: row.kind,
            risk: row.risk,
            replayed: row.replayed,
            submitted_at: row.submitted_at,
            lease: self.signing().lease,
        };
        let offer = ReviewOffer {
            review: SignedText::of(&Signed::sign(&review, &station.keys.signing)?),
            statement: SignedText::of(&statement),
            copy: SealedText::of(&sealed),
        };
        Ok((offer, copy))
    }

    fn put_off_review(&mut self, review: Digest) {
        let until = self.options.clock.elapsed() + PUT_OFF;
        self.elsewhere.put_off.insert(review, until);
    }

    /// The centre's answer.
    pub(super) fn review_answered(&mut self, answer: ReviewAnswer) -> StoreReply {
        let Some(asked) = self.elsewhere.asked.take() else {
            return StoreReply::Refused;
        };
        let done = match (asked, answer) {
            (Asked::List, ReviewAnswer::List { list, tag }) => self.listed(list, tag),
            (
                Asked::Offer {
                    packet,
                    review,
                    copy,
                },
                ReviewAnswer::Taken,
            ) => self.with_store(|store| store.note_offered(packet, review, copy)),
            (Asked::Copy(line), ReviewAnswer::Copy(offer)) => self.visited(&line, &offer),
            (Asked::Say(review), ReviewAnswer::Taken) => {
                self.elsewhere.listed = None;
                self.with_store(|store| {
                    store.note_word_sent(review)?;
                    store.purge().map(drop)
                })
            }
            (Asked::Words(review), ReviewAnswer::Words(words)) => {
                self.take_words(review, words.words)
            }
            (Asked::Report(report), ReviewAnswer::Taken) => {
                self.elsewhere
                    .list
                    .decided
                    .retain(|one| *one != report.review);
                self.elsewhere.listed = None;
                self.with_store(|store| store.note_reported(&report))
            }
            (asked, ReviewAnswer::Refused { status, key }) => {
                self.review_refused(asked, status, &key)
            }
            _ => return StoreReply::Refused,
        };
        match done {
            Ok(()) => StoreReply::Done,
            Err(error) => self.reply(Err(error)),
        }
    }

    fn with_store<T>(
        &mut self,
        act: impl FnOnce(&mut queue::Store) -> Result<T, QueueError>,
    ) -> Result<T, QueueError> {
        act(self.store.as_mut().ok_or(QueueError::NotActivated)?)
    }

    fn review_refused(&mut self, asked: Asked, status: u16, key: &str) -> Result<(), QueueError> {
        let now = self.options.clock.now();
        match (asked, status) {
            // The centre cannot say anything about reviews: it is asked less and less.
            (Asked::List, _) => return Err(QueueError::NotFound),
            (Asked::Report(report), 404) => {
                return self.with_store(|store| store.note_reported(&report));
            }
            (Asked::Say(review), 404 | 409) => self.end_word(review, DecisionResult::Late, now)?,
            (Asked::Say(review), 403 | 422) => {
                self.end_word(review, DecisionResult::Refused, now)?;
            }
            (Asked::Words(review), 404) => {
                self.elsewhere.list.decided.retain(|one| *one != review);
            }
            (Asked::Copy(line), 404) => {
                self.elsewhere.list.waiting.retain(|one| *one != line);
            }
            (
                Asked::Offer { review, .. }
                | Asked::Say(review)
                | Asked::Words(review)
                | Asked::Copy(ReviewLine { digest: review, .. })
                | Asked::Report(OfferReport { review, .. }),
                _,
            ) => self.put_off_review(review),
        }
        tracing::warn!(status, key, "the centre refuses something about a review");
        Ok(())
    }

    fn end_word(
        &mut self,
        review: Digest,
        result: DecisionResult,
        now: domain::Timestamp,
    ) -> Result<(), QueueError> {
        let told = self.with_store(|store| {
            let told = store.end_word(review, result, now)?;
            store.purge()?;
            Ok(told)
        })?;
        self.tell_results(told.as_slice());
        Ok(())
    }

    /// What the centre says of every review that concerns this station.
    fn listed(
        &mut self,
        list: Option<Box<ReviewList>>,
        tag: Option<String>,
    ) -> Result<(), QueueError> {
        self.elsewhere.listed = Some(self.options.clock.elapsed());
        let Some(list) = list else {
            return Ok(());
        };
        let held: Vec<_> = list
            .own
            .iter()
            .map(|line| (line.digest, line.copy))
            .collect();
        let waiting: Vec<_> = list.waiting.iter().map(|line| line.digest).collect();
        self.elsewhere.list = *list;
        self.with_store(|store| store.compare_offers(&held))?;
        let gone = self.with_store(|store| store.keep_visits(&waiting))?;
        self.visits_gone(&gone)?;
        self.take_results()?;
        // Not "unchanged" the next time where it was not kept.
        self.elsewhere.tag = tag;
        Ok(())
    }

    /// Copies went: the file forgets them too, and an open one is closed.
    fn visits_gone(&mut self, gone: &[Digest]) -> Result<(), QueueError> {
        if gone.is_empty() {
            return Ok(());
        }
        self.with_store(|store| store.purge().map(drop))?;
        let open = self
            .reviewing()
            .is_some_and(|open| open.station.is_some() && gone.contains(&open.row.digest));
        if open {
            self.close_open_review("notice-review-gone");
        }
        Ok(())
    }

    /// What became of decisions that were made here; also when somebody signs in.
    pub(super) fn take_results(&mut self) -> Result<(), QueueError> {
        let now = self.options.clock.now();
        let results: Vec<_> = self
            .elsewhere
            .list
            .results
            .iter()
            .map(|result| (result.decision, result.result))
            .collect();
        let signed_in = self
            .session
            .as_ref()
            .map(|session| session.entry.id.clone());
        let told = self.with_store(|store| store.put_results(&results, signed_in.as_ref(), now))?;
        self.tell_results(&told);
        Ok(())
    }

    fn tell_results(&mut self, told: &[WordResult]) {
        for one in told {
            let key = match one.result {
                DecisionResult::Taken => continue,
                DecisionResult::Late => "notice-decision-late",
                DecisionResult::Refused => "notice-decision-refused",
                DecisionResult::Unknown => "notice-decision-unknown",
            };
            let notice = Notice::attention(key).with("id", one.packet.short());
            self.notice = Some(notice.with("station", one.station.as_str().to_owned()));
        }
    }

    fn visited(&mut self, line: &ReviewLine, offer: &ReviewOffer) -> Result<(), QueueError> {
        let now = self.options.clock.now();
        let read = || -> Result<Visit, QueueError> {
            Ok(Visit {
                review: offer.review.read()?,
                statement: offer.statement.read()?,
                copy: offer.copy.read()?,
            })
        };
        let kept = read().and_then(|visit| self.with_store(|store| store.put_visit(&visit, now)));
        match kept {
            Err(
                error @ (QueueError::Untrusted(_)
                | QueueError::Mismatch(_)
                | QueueError::TooLarge { .. }
                | QueueError::Envelope(_)),
            ) => {
                tracing::warn!(%error, packet = %line.packet, "a review of another station is not taken");
                self.put_off_review(line.digest);
                Ok(())
            }
            other => other,
        }
    }

    /// Decisions that were made elsewhere about a packet that is here.
    fn take_words(&mut self, review: Digest, words: Vec<ReviewWord>) -> Result<(), QueueError> {
        if words.is_empty() {
            self.elsewhere.list.decided.retain(|one| *one != review);
            return Ok(());
        }
        let Some(station) = self.station_word() else {
            return Err(QueueError::NotActivated);
        };
        let now = self.options.clock.now();
        for word in words {
            let word = match read_word(&word) {
                Ok(word) => word,
                Err(error) => {
                    tracing::warn!(%error, "a decision of another station cannot be read");
                    self.put_off_review(review);
                    continue;
                }
            };
            let result = self.with_store(|store| {
                let result = store.take_word(review, &word, |seed| station.manifest(seed), now)?;
                store.purge()?;
                Ok(result)
            })?;
            if result == DecisionResult::Taken {
                let open = self
                    .reviewing()
                    .is_some_and(|open| open.station.is_none() && open.row.digest == review);
                if open {
                    self.close_open_review("notice-decided-elsewhere");
                }
                self.wake_link();
            }
        }
        Ok(())
    }

    /// Copies that the centre says nothing of go after some days, by the believed time.
    pub(super) fn end_old_visits(&mut self) {
        let before = self.believed_now().plus_days(-VISIT_DAYS);
        let gone = self.with_store(|store| store.end_visits_before(before));
        let purged = gone.and_then(|gone| self.visits_gone(&gone));
        self.told(purged);
    }

    /// A decision about a review of another station, made here.
    pub(super) fn decide_elsewhere(&mut self, word: &Word, packet: PacketId) {
        let now = self.options.clock.now();
        let decided = self.with_store(|store| {
            store.decide_visit(word, now)?;
            store.purge().map(drop)
        });
        let station = self
            .reviewing()
            .and_then(|open| open.station.as_ref())
            .map(|station| station.as_str().to_owned());
        match decided {
            Err(QueueError::NotFound) => self.close_open_review("notice-review-gone"),
            decided => {
                if self.told(decided).is_some() {
                    self.open(Activity::AtDesk);
                    let notice = Notice::ok("notice-decided-for").with("id", packet.short());
                    self.notice = Some(notice.with("station", station.unwrap_or_default()));
                    self.wake_link();
                }
            }
        }
    }
}

impl Core {
    /// The same for an application that goes back to its officer, with the draft that is sealed to them.
    pub(super) fn return_elsewhere(&mut self, returned: &ReviewReturn, draft: Vec<u8>) {
        let Some(session) = &self.session else { return };
        match Signed::sign(returned, &session.keys.signing) {
            Ok(signed) => {
                let returned_word = Word::Return {
                    returned: signed,
                    draft,
                };
                self.decide_elsewhere(&returned_word, returned.packet);
            }
            Err(error) => self.notice = Some(problems::sealing(&error)),
        }
    }

    /// What is open is decided, or gone.
    fn close_open_review(&mut self, key: &'static str) {
        let packet = self.reviewing().map(|open| open.row.packet);
        self.open(Activity::AtDesk);
        if let Some(packet) = packet {
            self.notice = Some(Notice::attention(key).with("id", packet.short()));
        }
    }
}

fn as_it_travels(report: &OfferReport) -> ReviewReport {
    let results = report
        .results
        .iter()
        .map(|(decision, result)| ReviewResult {
            decision: *decision,
            result: *result,
        });
    ReviewReport {
        over: report.over,
        results: results.collect(),
    }
}

fn word_text(word: &Word) -> ReviewWord {
    match word {
        Word::Decision(decision) => ReviewWord::Decision {
            decision: SignedText::of(decision),
        },
        Word::Return { returned, draft } => ReviewWord::Return {
            returned: SignedText::of(returned),
            draft: SealedText::of(draft),
        },
    }
}

fn read_word(word: &ReviewWord) -> Result<Word, QueueError> {
    Ok(match word {
        ReviewWord::Decision { decision } => Word::Decision(decision.read()?),
        ReviewWord::Return { returned, draft } => Word::Return {
            returned: returned.read()?,
            draft: draft.read()?,
        },
    })
}
