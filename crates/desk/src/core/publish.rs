//! The state that screens draw.

use super::Core;
use super::job::Job;
use crate::camera_rule;
use crate::{ActivityView, Colleague, SessionView, SignInView, SourceChoice, State, StationView};
use capture::CameraStatus;
use envelope::StaffEntry;

impl Core {
    pub(super) fn publish(&mut self) {
        self.refresh_lists();
        self.revision += 1;
        let policy = self.policy();
        let now = self.options.clock.now();
        let session = self.session.as_ref();
        let state = State {
            revision: self.revision,
            carried_out: self.carried_out,
            now,
            station: self.station_view(),
            blocked: self.blocked.clone(),
            activating: self.activating.is_some(),
            sign_in: SignInView {
                busy: self.running(Job::SignIn),
                error: self.sign_in_error.clone(),
            },
            session: session.map(|s| SessionView {
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
            slip: session
                .and_then(|s| s.slip.as_ref())
                .map(|slip| slip.packet),
            activity: session.map_or(ActivityView::AtDesk, |s| {
                s.activity.view(&policy, self.believed_now())
            }),
            reviews: self.lists.reviews.clone(),
            own_reviews: self.lists.own_reviews,
            media: if session.is_some() {
                self.media.clone()
            } else {
                Vec::new()
            },
            colleagues: self.colleagues(),
            locked: self.lists.locked.clone(),
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
            lease_serial: lease.lease.serial,
            lease_extended: lease.extended_at.is_some(),
            lease_expires: lease.ends(),
            lease_open: self.believed_now() < lease.ends(),
            packets_left: self.packets_left(),
            second_copy: self.second_copy_view(),
            second_copy_allowed: self.second_copy_allowed(),
            replay_allowed: lease.lease.policy.replay_allowed,
            policy_version: lease.lease.policy.version,
            staff: lease.lease.staff.iter().map(|s| s.id.clone()).collect(),
        })
    }

    /// Everybody of the lease but whoever is signed in, while a draft is open.
    fn colleagues(&self) -> Vec<Colleague> {
        let (Some(session), Some(_), Some(held)) = (&self.session, self.work(), self.lease())
        else {
            return Vec::new();
        };
        let others = held.lease.staff.iter().filter(|s| s.id != session.entry.id);
        others.map(colleague).collect()
    }

    pub(super) fn refresh_camera(&mut self) {
        let admission = camera_rule::of(&self.policy());
        if self.admission != admission {
            self.camera.admit(admission.clone());
            self.admission = admission;
        }
        let status = self.camera.status();
        let pins = &self.admission.pins;
        let view = &mut self.camera_view;
        view.status_key = status.key();
        if let CameraStatus::Live(live) = &status {
            view.name.clone_from(&live.device.name);
            view.size = Some((live.width, live.height));
            view.rate = live.fps;
            view.replayed = live.device.trust == capture::Trust::Replayed;
            view.trusted = live.device.standing(pins) == capture::Standing::Trusted;
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

pub(super) fn colleague(entry: &StaffEntry) -> Colleague {
    Colleague {
        staff: entry.id.clone(),
        name_latin: entry.name_latin.clone(),
        name_urdu: entry.name_urdu.clone(),
    }
}
