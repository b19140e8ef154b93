//! The state that screens draw.

use super::review::review_row;
use super::work::refused_act;
use super::{Core, Lists};
use crate::{
    Colleague, DraftView, QueueRow, QueueView, SessionView, SourceChoice, State, StationView, Step,
    Today,
};
use capture::CameraStatus;
use domain::{ItemKind, Role, Stage};
use envelope::StaffEntry;

/// Rows of the queue that a screen can show.
const ROWS: usize = 200;

impl Core {
    pub(super) fn publish(&mut self) {
        if self.lists_stale {
            self.lists = self.read_lists();
            self.lists_stale = false;
        }
        self.revision += 1;
        let policy = self.policy();
        let now = self.options.clock.now();
        let state = State {
            revision: self.revision,
            carried_out: self.carried_out,
            now,
            station: self.station_view(),
            blocked: self.blocked.clone(),
            activating: self.activating.is_some(),
            sign_in: self.sign_in.clone(),
            session: self.session.as_ref().map(|s| SessionView {
                staff: s.entry.id.clone(),
                name_latin: s.entry.name_latin.clone(),
                name_urdu: s.entry.name_urdu.clone(),
                role: s.entry.role,
                since: s.since,
            }),
            link: self.link_view.clone(),
            camera: self.camera_view.clone(),
            clock: Some(self.clock()),
            disk_free_bytes: rustix::fs::statvfs(&self.options.data)
                .map_or(0, |fs| fs.f_bavail * fs.f_frsize),
            notice: self.notice.clone(),
            drafts: self.lists.drafts.clone(),
            today: self.lists.today,
            queue: self.lists.queue.clone(),
            slip: self.slip.as_ref().map(|slip| slip.packet),
            work: self
                .work
                .as_ref()
                .map(|w| w.view(&policy, self.believed_now())),
            reviews: self.lists.reviews.clone(),
            own_reviews: self.lists.own_reviews,
            media: if self.session.is_some() {
                self.media.clone()
            } else {
                Vec::new()
            },
            colleagues: self.colleagues(),
            locked: self.lists.locked.clone(),
            review: self.reviewing.as_ref().map(|r| r.view.clone()),
            audit: self.audited.clone(),
        };
        self.slot.put(state);
        (self.options.wake)();
    }

    fn station_view(&self) -> Option<StationView> {
        let station = self.station.as_ref()?;
        let lease = station.lease.as_ref()?;
        Some(StationView {
            id: station.record.station.clone(),
            office_latin: lease.lease.office.name_latin.clone(),
            office_urdu: lease.lease.office.name_urdu.clone(),
            centre_url: station.record.centre_url.clone(),
            lease_expires: lease.lease.expires_at,
            lease_open: self.believed_now() < lease.lease.expires_at,
            packets_left: self.packets_left(),
            replay_allowed: lease.lease.policy.replay_allowed,
            policy_version: lease.lease.policy.version,
            staff: lease.lease.staff.iter().map(|s| s.id.clone()).collect(),
        })
    }

    /// Reads the lists again; a list that cannot be read stays empty, and the store has said why.
    fn read_lists(&self) -> Lists {
        let Some(store) = &self.store else {
            return Lists::default();
        };
        let mut lists = Lists {
            queue: read_queue(store),
            ..Lists::default()
        };
        let now = self.options.clock.now();
        if let Ok(day) = store.counters(&now.to_date()) {
            let (first, again) = (day.of("photo-first"), day.of("photo-again"));
            lists.today = Today {
                enrolled: day.of("submitted"),
                first_photo_good: first,
                photos: first + again,
                refused: domain::Refusal::ALL
                    .iter()
                    .map(|refusal| day.of(&refused_act(*refusal)))
                    .sum(),
                approved: day.of("approved"),
                settled: day.of("settled"),
            };
        }
        let Some(session) = &self.session else {
            return lists;
        };
        lists.drafts = store
            .drafts(&session.entry.id)
            .unwrap_or_default()
            .into_iter()
            .map(|d| DraftView {
                packet: d.packet,
                kind: Some(d.kind),
                step: Step::ALL
                    .into_iter()
                    .find(|s| s.key() == d.step)
                    .unwrap_or_default(),
                returned: d.returned_reason,
                saved_at: d.changed_at,
            })
            .collect();
        let reviews = store.reviews().unwrap_or_default();
        let all = reviews.len();
        let mut others: Vec<_> = reviews
            .iter()
            .filter(|r| r.officer != session.entry.id)
            .map(review_row)
            .collect();
        others.sort_by_key(|r| (std::cmp::Reverse(r.risk), r.since));
        lists.own_reviews = all - others.len();
        lists.reviews = others;
        if session.entry.role == Role::Supervisor {
            lists.locked = self.locked_sign_ins(store);
        }
        lists
    }

    /// Everybody of the lease but whoever is signed in, while a draft is open.
    fn colleagues(&self) -> Vec<Colleague> {
        let (Some(session), Some(_), Some(held)) = (&self.session, &self.work, self.lease()) else {
            return Vec::new();
        };
        let others = held.lease.staff.iter().filter(|s| s.id != session.entry.id);
        others.map(colleague).collect()
    }

    pub(super) fn refresh_camera(&mut self) {
        let status = self.camera.status();
        let view = &mut self.camera_view;
        view.status_key = status.key();
        if let CameraStatus::Live(live) = &status {
            view.name.clone_from(&live.device.name);
            view.size = Some((live.width, live.height));
            view.rate = live.fps;
            view.replayed = live.device.trust == capture::Trust::Replayed;
            view.trusted = live.device.trust == capture::Trust::Physical;
        } else {
            view.size = None;
            view.rate = 0.0;
        }
    }

    pub(super) fn list_cameras(&mut self) {
        self.camera_view.devices = capture::devices()
            .into_iter()
            .map(|d| (d.name.clone(), SourceChoice::Camera(d.node)))
            .collect();
    }
}

fn read_queue(store: &queue::Store) -> QueueView {
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
        oldest: rows.iter().map(|r| r.since).min(),
        rows,
        answers: crate::answers::answers(store),
    }
}

pub(super) fn colleague(entry: &StaffEntry) -> Colleague {
    Colleague {
        staff: entry.id.clone(),
        name_latin: entry.name_latin.clone(),
        name_urdu: entry.name_urdu.clone(),
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
