//! The lists that come from the store. Each is read again only when rows of its tables were written, or somebody else signed in.

use super::publish::colleague;
use super::work::refused_act;
use super::{Core, review::review_row, review::visit_row};
use crate::{
    AnswerRow, Colleague, DraftView, QueueRow, QueueView, ReviewView, Step, Today, answers,
};
use domain::{ItemKind, Role, StaffId, Stage};
use queue::{Changes, Store};
use std::sync::Arc;

/// Rows of the queue that a screen can show.
const ROWS: usize = 200;

/// What the screens list; cheap to clone.
#[derive(Default)]
pub(super) struct Lists {
    pub(super) drafts: Arc<[DraftView]>,
    pub(super) reviews: Arc<[ReviewView]>,
    pub(super) own_reviews: usize,
    pub(super) locked: Arc<[Colleague]>,
    pub(super) queue: Arc<QueueView>,
    pub(super) today: Today,
    answers: Vec<AnswerRow>,
    read: Option<Read>,
}

/// What they were read from.
#[derive(Clone, PartialEq, Eq)]
struct Read {
    changes: Changes,
    /// Who was signed in, under which lease.
    person: Option<(StaffId, u64)>,
    day: String,
}

impl Core {
    pub(super) fn refresh_lists(&mut self) {
        let Some(store) = &self.store else {
            self.lists = Lists::default();
            return;
        };
        let serial = self.lease().map_or(0, |held| held.lease.serial);
        let person = self.session.as_ref().map(|s| (s.entry.id.clone(), serial));
        let now = Read {
            changes: store.changes(),
            person,
            day: self.options.clock.now().to_date(),
        };
        let before = self.lists.read.clone();
        if before.as_ref() == Some(&now) {
            return;
        }
        // Nothing that was read of another file holds for this one.
        let before = before.filter(|before| before.changes.files == now.changes.files);
        let differs = |what: fn(&Changes) -> u64| {
            before
                .as_ref()
                .is_none_or(|b| what(&b.changes) != what(&now.changes))
        };
        let (applications, items) = (differs(|c| c.applications), differs(|c| c.items));
        let other_person = before.as_ref().is_none_or(|b| b.person != now.person);
        let other_day = before.as_ref().is_none_or(|b| b.day != now.day);
        let mut lists = std::mem::take(&mut self.lists);
        if other_day || differs(|c| c.audit) {
            lists.today = today(store, &now.day);
        }
        if applications || differs(|c| c.outcomes) {
            lists.answers = answers::answers(store);
        }
        if applications || items || differs(|c| c.outcomes) {
            lists.queue = Arc::new(read_queue(store, lists.answers.clone()));
        }
        if applications || other_person {
            self.read_personal(store, &mut lists);
        }
        if other_person || differs(|c| c.sign_in) {
            lists.locked = self.read_locked(store);
        }
        lists.read = Some(now);
        self.lists = lists;
    }

    /// Drafts and reviews of whoever is signed in; a list that cannot be read stays empty, and the store has said why.
    fn read_personal(&self, store: &Store, lists: &mut Lists) {
        let Some(session) = &self.session else {
            (lists.drafts, lists.reviews, lists.own_reviews) = Default::default();
            return;
        };
        let drafts = store.drafts(&session.entry.id).unwrap_or_default();
        lists.drafts = drafts.into_iter().map(draft_row).collect();
        let reviews = store.reviews().unwrap_or_default();
        let others = reviews.iter().filter(|r| r.officer != session.entry.id);
        let mut others: Vec<_> = others.map(review_row).collect();
        lists.own_reviews = reviews.len() - others.len();
        let visits = store.visits().unwrap_or_default();
        let visits = visits.iter().filter(|v| v.officer != session.entry.id);
        others.extend(visits.map(|visit| visit_row(visit.clone())));
        others.sort_by_key(|r| (std::cmp::Reverse(r.risk), r.since));
        lists.reviews = others.into();
    }

    /// Colleagues of the lease who cannot sign in any more; a supervisor sees them.
    fn read_locked(&self, store: &Store) -> Arc<[Colleague]> {
        let supervisor = self
            .session
            .as_ref()
            .filter(|s| s.entry.role == Role::Supervisor);
        let staff = self.lease().filter(|_| supervisor.is_some());
        staff
            .map_or(&[][..], |held| &held.lease.staff)
            .iter()
            .filter(|entry| store.is_locked(&entry.id).unwrap_or(false))
            .map(colleague)
            .collect()
    }
}

fn draft_row(row: queue::DraftRow) -> DraftView {
    DraftView {
        packet: row.packet,
        kind: Some(row.kind),
        step: Step::ALL
            .into_iter()
            .find(|s| s.key() == row.step)
            .unwrap_or_default(),
        returned: row.returned_reason,
        saved_at: row.changed_at,
    }
}

fn today(store: &Store, day: &str) -> Today {
    let Ok(day) = store.counters(day) else {
        return Today::default();
    };
    let (first, again) = (day.of("photo-first"), day.of("photo-again"));
    Today {
        enrolled: day.of("submitted"),
        first_photo_good: first,
        photos: first + again,
        refused: domain::Refusal::ALL
            .iter()
            .map(|refusal| day.of(&refused_act(*refusal)))
            .sum(),
        approved: day.of("approved"),
        settled: day.of("settled"),
    }
}

fn read_queue(store: &Store, answers: Vec<AnswerRow>) -> QueueView {
    let counts = store.counts().unwrap_or_default();
    let outbox = store.outbox(0, ROWS).unwrap_or_default();
    let reviews = store.reviews().unwrap_or_default();
    let kinds = |packet| store.history_of(packet).ok().flatten().map(|row| row.kind);
    let mut rows: Vec<QueueRow> = outbox
        .iter()
        .map(|e| QueueRow {
            packet: e.packet,
            kind: kinds(e.packet),
            item: e.kind,
            stage_key: stage_key(Stage::Outbox),
            length: e.length,
            sent: e.upload.as_ref().map_or(0, |u| u.offset),
            since: e.since,
            waits: if e.paused {
                Some("paused".to_owned())
            } else {
                e.wait_reason.clone()
            },
        })
        .collect();
    rows.extend(reviews.iter().take(ROWS).map(|r| QueueRow {
        packet: r.packet,
        kind: Some(r.kind),
        item: ItemKind::Enrolment,
        stage_key: stage_key(Stage::InReview),
        length: r.length,
        sent: 0,
        since: r.submitted_at,
        waits: Some("supervisor".to_owned()),
    }));
    rows.truncate(ROWS);
    QueueView {
        drafts: counts.draft,
        in_review: counts.in_review,
        outbox: counts.outbox,
        settled: counts.settled,
        closed: counts.closed,
        carried: store
            .waiting()
            .unwrap_or_default()
            .iter()
            .find(|row| row.what == "carried")
            .map_or(0, |row| row.count),
        oldest: rows.iter().map(|r| r.since).min(),
        rows,
        answers,
    }
}

/// Key of a stage's name.
fn stage_key(stage: Stage) -> &'static str {
    match stage {
        Stage::Draft => "stage-draft",
        Stage::InReview => "stage-in-review",
        Stage::Outbox => "stage-outbox",
        Stage::Settled => "stage-settled",
        Stage::Closed => "stage-closed",
        Stage::SetAside => "stage-set-aside",
    }
}
